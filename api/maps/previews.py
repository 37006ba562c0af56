"""The map of a preview: what an import would add, change and reject, and former places."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from geopandas import GeoDataFrame
from pandas import Series

from api.differences import ARROW, worded
from api.maps.base import Look, MapLayer, OfflineMap
from api.maps.classes import COVERED, NOT_COUNTED, PARTLY, UNCOVERED
from api.maps.layers import field_title
from api.maps.scene import MapOptions, compose, credit_lines, entry_of, ground_layers, kind_shape
from api.problems import problem_message
from api.texts import Texts
from layers.importing import Outcome, Preview, PreviewRow
from layers.kinds import Field

# Told apart by any colour vision, and by the outline too where there is no colour.
LOOKS: Mapping[Outcome, Look] = {
    Outcome.ADDED: Look(COVERED, COVERED, fill_opacity=0.55, width=2.0, radius_px=6.0),
    Outcome.CHANGED: Look(PARTLY, "#7a5200", fill_opacity=0.6, width=2.0, radius_px=6.0),
    Outcome.UNCHANGED: Look(NOT_COUNTED, "#8a8a86", fill_opacity=0.25, width=1.0, radius_px=4.0),
    Outcome.MISSING: Look(None, "#56636f", width=1.6, radius_px=5.0, dash="6 3"),
    Outcome.REJECTED: Look(
        UNCOVERED, UNCOVERED, fill_opacity=0.25, width=2.4, radius_px=6.0, dash="5 4"
    ),
}
BEFORE = Look(None, NOT_COUNTED, width=2.0, radius_px=6.0, dash="2 4")
_BEFORE = "before"
# Lowest first: what is to be looked at lies on top.
_ORDER = (
    Outcome.UNCHANGED, Outcome.MISSING, Outcome.ADDED, Outcome.CHANGED, Outcome.REJECTED,
)  # fmt: skip
_BRIEF = 2


def preview_map(
    preview: Preview, ground: Mapping[str, GeoDataFrame], options: MapOptions
) -> OfflineMap:
    """Draw what would become of each row upon water and roads."""
    texts = options.texts
    layers = _layers(preview, texts)
    shape = kind_shape(preview.kind)
    drawn = {layer.name: layer.count for layer in layers}
    shown = [layer for layer in layers if layer.count]
    source = preview.plan.prepared.source
    title = texts("preview.title")
    view = {
        "title": title,
        "from": texts("preview.from", file=source.name, kind=texts.title(preview.kind)),
        "count": sum(preview.counts.values()),
        "outcomes": [
            (LOOKS[each], texts(f"preview.outcome.{each}"), count)
            for each, count in preview.counts.items()
        ],
        "shape": shape,
        "before": BEFORE if drawn[_BEFORE] else None,
        "entries": [entry_of(layer, shape, options) for layer in reversed(shown)],
        "unplaced": [
            (texts(f"preview.outcome.{each}"), count - drawn[each])
            for each, count in preview.counts.items()
            if count > drawn[each]
        ],
        "foot": credit_lines(options, None),
    }
    panel = ("panel_preview.html", view)
    return compose(options, title, panel, [*ground_layers(ground, texts), *layers])


def _layers(preview: Preview, texts: Texts) -> list[MapLayer]:
    changed = list(preview.rows(Outcome.CHANGED))
    moved = [row for row in changed if row.geometry_before is not None]
    former = MapLayer(
        name=_BEFORE,
        title=texts("preview.before"),
        frame=preview.frame(moved, before=True),
        looks=[BEFORE],
        heading=_column(moved, [_heading(row, texts) for row in moved]),
    )
    layers = [
        _layer(preview, each, changed if each is Outcome.CHANGED else preview.rows(each), texts)
        for each in _ORDER
    ]
    return [former, *layers]


def _layer(preview: Preview, outcome: Outcome, rows: Any, texts: Texts) -> MapLayer:
    rows = list(rows)
    layer = MapLayer(
        name=outcome.value,
        title=texts(f"preview.outcome.{outcome}"),
        frame=preview.frame(rows),
        looks=[LOOKS[outcome]],
        heading=_column(rows, [_heading(row, texts) for row in rows]),
        brief=_BRIEF,
    )
    return replace(layer, fields=_fields(preview, outcome, rows, texts))


def _fields(
    preview: Preview, outcome: Outcome, rows: list[PreviewRow], texts: Texts
) -> list[tuple[str, Series]]:
    what = texts(f"preview.outcome.{outcome}")
    numbers = [None if row.row is None else str(row.row) for row in rows]
    told: list[tuple[str, list[Any]]] = [
        (texts("preview.column.outcome"), [_what(row, what, texts) for row in rows]),
        (texts("preview.column.row"), numbers),
        (texts("preview.column.key"), [row.key or None for row in rows]),
    ]
    if outcome is Outcome.REJECTED:
        said = [" ".join(problem_message(one, texts) for one in row.problems) for row in rows]
        told.append((texts("preview.column.problem"), said))
    by_name = [{name: values for name, *values in row.fields} for row in rows]
    touched = {name for fields in by_name for name in fields}
    is_new = outcome is Outcome.ADDED
    for field in preview.kind.fields:
        if field.key in touched:
            pairs = (fields.get(field.key) for fields in by_name)
            values = [_said(pair, field, texts, is_new=is_new) for pair in pairs]
            told.append((field_title(field, texts), values))
    return [(title, _column(rows, values)) for title, values in told]


def _said(pair: Sequence[object] | None, field: Field, texts: Texts, *, is_new: bool) -> str | None:
    """Say what a field was and would be; of what is new, only that."""
    if pair is None:
        return None
    was, becomes = pair
    after = worded(becomes, field, texts)
    return after if is_new else f"{worded(was, field, texts)}{ARROW}{after}"


def _what(row: PreviewRow, said: str, texts: Texts) -> str:
    return texts.enumerate([said, texts("preview.sheet.moved")]) if row.moved else said


def _heading(row: PreviewRow, texts: Texts) -> str:
    return row.name or row.key or texts("preview.row", row=row.row)


def _column(rows: list[PreviewRow], values: list[Any]) -> Series:
    return Series(values, index=range(len(rows)), dtype=object)
