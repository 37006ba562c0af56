"""The map of a difference: what was added, changed and removed, and where things lay before."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from geopandas import GeoDataFrame
from pandas import Series

from api.differences import ARROW, counted, happening_title, span, total, worded
from api.maps.base import Look, MapLayer, OfflineMap
from api.maps.classes import COVERED, NOT_COUNTED, PARTLY, UNCOVERED
from api.maps.layers import field_title
from api.maps.scene import (
    LayerEntry,
    MapOptions,
    compose,
    credit_lines,
    entry_of,
    ground_layers,
    kind_shape,
)
from api.texts import Texts
from layers import StoreDiff
from layers.kinds import Field, Kind
from layers.store import FeatureChange, Happening, KindDiff

# Told apart by any colour vision, and by the outline too where there is no colour.
LOOKS: Mapping[Happening, Look] = {
    Happening.ADDED: Look(COVERED, COVERED, fill_opacity=0.55, width=2.0, radius_px=6.0),
    Happening.CHANGED: Look(PARTLY, "#7a5200", fill_opacity=0.6, width=2.0, radius_px=6.0),
    Happening.REMOVED: Look(
        UNCOVERED, UNCOVERED, fill_opacity=0.25, width=2.4, radius_px=6.0, dash="5 4"
    ),
}
# Pointing at a feature says what happened to it, a click says all.
_BRIEF = 1
BEFORE = Look(None, NOT_COUNTED, width=2.0, radius_px=6.0, dash="2 4")


def difference_map(
    diff: StoreDiff, ground: Mapping[str, GeoDataFrame], options: MapOptions
) -> OfflineMap:
    """Draw a difference upon water and roads; each feature says what it was and became."""
    texts = options.texts
    title = texts("diff.title")
    by_kind = {key: _kind_layers(each, texts) for key, each in diff.kinds.items()}
    drawn = [layer for layers in by_kind.values() for layer in layers]
    view = {
        "title": title,
        "span": span(diff, texts),
        "count": total(diff),
        "happenings": [
            (LOOKS[each], happening_title(each, texts), total(diff, each)) for each in Happening
        ],
        "before": BEFORE,
        "groups": _groups(diff, by_kind, options),
        "unplaced": _unplaced(diff, by_kind, texts),
        "foot": credit_lines(options, None),
    }
    layers = [*ground_layers(ground, texts), *drawn]
    return compose(options, title, ("panel_diff.html", view), layers)


def _kind_layers(each: KindDiff, texts: Texts) -> list[MapLayer]:
    """Make a layer of each thing that happened, and of the former places below them."""
    changes = list(each.changes())
    rows = each.frame()
    layers = [_former_places(each, rows, texts)]
    for happening in reversed(Happening):
        chosen = [number for number, one in enumerate(changes) if one.happening is happening]
        if chosen:
            some = [changes[number] for number in chosen]
            layers.append(_happening_layer(each, happening, rows.iloc[chosen], some, texts))
    return [layer for layer in layers if layer.count]


def _happening_layer(
    each: KindDiff,
    happening: Happening,
    rows: GeoDataFrame,
    changes: list[FeatureChange],
    texts: Texts,
) -> MapLayer:
    differing = {one.field for change in changes for one in change.fields}
    fields = [field for field in each.kind.fields if field.key in differing]
    return MapLayer(
        name=f"{each.kind.key}-{happening}",
        title=f"{texts.title(each.kind)} · {happening_title(happening, texts)}",
        frame=rows,
        looks=[LOOKS[happening]],
        heading=_column(rows, changes, lambda one: one.name or one.code),
        fields=[
            (texts("diff.column.change"), _column(rows, changes, lambda one: _what(one, texts))),
            (texts("diff.column.code"), _column(rows, changes, lambda one: one.code)),
            *(
                (field_title(field, texts), _column(rows, changes, _said(field, texts)))
                for field in fields
                if field.key != each.kind.key_field or happening is Happening.CHANGED
            ),
        ],
        brief=_BRIEF,
    )


def _what(change: FeatureChange, texts: Texts) -> str:
    said = happening_title(change.happening, texts)
    return texts.enumerate([said, texts("diff.moved")]) if change.moved else said


def _said(field: Field, texts: Texts) -> Callable[[FeatureChange], str | None]:
    """Make a function that says what became of a field of a feature; None where nothing did."""

    def said(change: FeatureChange) -> str | None:
        for one in change.fields:
            if one.field != field.key:
                continue
            before, after = (worded(value, field, texts) for value in (one.before, one.after))
            if change.happening is Happening.CHANGED:
                return f"{before}{ARROW}{after}"
            return after if change.happening is Happening.ADDED else before
        return None

    return said


def _column(
    rows: GeoDataFrame,
    changes: list[FeatureChange],
    say: Callable[[FeatureChange], str | None],
) -> Series:
    return Series([say(change) for change in changes], index=rows.index, dtype=object)


def _former_places(each: KindDiff, rows: GeoDataFrame, texts: Texts) -> MapLayer:
    moved = rows[rows["moved"]].set_geometry("geometry_before")
    return MapLayer(
        name=f"{each.kind.key}-before",
        title=f"{texts.title(each.kind)} · {texts('diff.before')}",
        frame=moved,
        looks=[BEFORE],
        interactive=False,
    )


def _groups(
    diff: StoreDiff, by_kind: Mapping[str, list[MapLayer]], options: MapOptions
) -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = []
    for key, layers in by_kind.items():
        kind = diff.kinds[key].kind
        entries: list[LayerEntry] = [_entry(layer, kind, options) for layer in reversed(layers)]
        if entries:
            groups.append({"title": options.texts.title(kind), "entries": entries})
    return groups


def _entry(layer: MapLayer, kind: Kind, options: MapOptions) -> LayerEntry:
    """List a layer under the title of its kind, which it need not repeat."""
    entry = entry_of(layer, kind_shape(kind), options)
    return replace(entry, title=entry.title.rpartition(" · ")[2])


def _unplaced(
    diff: StoreDiff, by_kind: Mapping[str, list[MapLayer]], texts: Texts
) -> list[tuple[str, str]]:
    """Count in words what differs in layers of which nothing can be drawn."""
    titles = counted(diff, texts)
    return [
        (title, texts.enumerate(f"{happening_title(name, texts)} {texts.value(count)}"
                                for name, count in counts.items()))
        for (title, counts), layers in zip(titles, by_kind.values(), strict=True)
        if not layers
    ]  # fmt: skip
