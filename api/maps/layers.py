"""The layer map: every kind that has features, as its declaration says it looks."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from geopandas import GeoDataFrame, GeoSeries
from pandas import Index, Series

from api.maps.base import Label, MapLayer, OfflineMap
from api.maps.encode import is_missing
from api.maps.scene import (
    LayerEntry,
    MapOptions,
    compose,
    credit_lines,
    entry_of,
    kind_look,
    kind_shape,
    label_points,
)
from api.texts import Texts
from layers.kinds import LIST_SEPARATOR, Field, Kind, Kinds
from layers.store.found import FoundRows
from layers.store.scope import COUNTS
from layers.store.withholding import WITHHELD

# The tooltip shows so many fields, a click shows all.
_BRIEF = 4


def layers_map(
    drawn: Iterable[MapLayer], counts: Mapping[str, int], options: MapOptions
) -> OfflineMap:
    """Draw layers of `kind_layer`; `counts` also tells of kinds that cannot be drawn."""
    texts, kinds = options.texts, options.kinds
    layers = sorted(
        (layer for layer in drawn if len(layer.frame)),
        key=lambda layer: kinds[layer.name].style.order,
    )
    entries = {
        layer.name: entry_of(layer, kind_shape(kinds[layer.name]), options)
        for layer in layers
        if layer.count
    }
    title = texts("pages.layers.title")
    view = {
        "title": title,
        "count": sum(counts.values()),
        "groups": _groups(kinds, entries, texts),
        "registers": _registers(kinds, counts, entries, texts),
        "empty": texts.enumerate(_empty_titles(kinds, counts, texts)),
        "foot": credit_lines(options, None, frames=[layer.frame for layer in layers]),
    }
    return compose(options, title, ("panel_layers.html", view), layers, _place_names(layers))


def found_layer(kind: Kind, rows: FoundRows, texts: Texts) -> MapLayer:
    """Draw features as `kind_layer` does, from what the database gave: no value is typed twice."""
    index = Index(list(rows.uids), name="uid", dtype="object")
    withheld = rows.withheld

    def column(field: Field) -> Series | None:
        written = _texts_of(rows.values(field), field, texts)
        found = Series(written, index=index, dtype=object)
        if withheld and field.key in COUNTS:
            found[index.isin(withheld)] = texts("pages.withheld.mark")
        return None if all(text is None for text in found.tolist()) else found

    frame = GeoDataFrame(index=index, geometry=GeoSeries(rows.places, index=index, crs=rows.crs))
    if "name" in rows.names:
        frame["name"] = Series(list(rows.values(kind.field_named("name"))), index, dtype=object)
    if rows.hidden:
        frame.attrs[WITHHELD] = frozenset(withheld)
    shown = [field for field in kind.fields if field.key in rows.names and field.key != "name"]
    columns = [(field_title(field, texts), column(field)) for field in shown]
    named = (
        _texts_of(frame["name"].tolist(), kind.field_named("name"), texts)
        if "name" in frame
        else None
    )
    return MapLayer(
        name=kind.key,
        title=texts.title(kind),
        frame=frame,
        looks=[kind_look(kind)],
        heading=None if named is None else Series(named, index=index, dtype=object),
        fields=[(title, values) for title, values in columns if values is not None],
        brief=_BRIEF,
        visible=kind.style.visible,
    )


def kind_layer(kind: Kind, frame: GeoDataFrame, texts: Texts) -> MapLayer:
    """Draw the features of a kind, with the values of every field that holds something."""
    shown = [field for field in kind.fields if field.key in frame and field.key != "name"]
    columns = [(field_title(field, texts), field_texts(frame, field, texts)) for field in shown]
    return MapLayer(
        name=kind.key,
        title=texts.title(kind),
        frame=frame,
        looks=[kind_look(kind)],
        heading=field_texts(frame, kind.field_named("name"), texts) if "name" in frame else None,
        fields=[(title, values) for title, values in columns if values.notna().any()],
        brief=_BRIEF,
        visible=kind.style.visible,
    )


def field_title(field: Field, texts: Texts) -> str:
    """Name a field with its unit."""
    title = texts.title(field)
    return f"{title} ({field.unit})" if field.unit else title


def field_texts(frame: GeoDataFrame, field: Field, texts: Texts) -> Series:
    """Write the values of a field as people read them; missing where there is none."""
    values = frame[field.key]
    there = values.notna().to_numpy()
    found = np.full(len(values), None, dtype=object)
    found[there] = _texts_of(values[there].tolist(), field, texts)
    column = Series(found, index=frame.index, dtype=object)
    withheld = frame.attrs.get(WITHHELD, ()) if field.key in COUNTS else ()
    if withheld:
        column[column.index.isin(list(withheld))] = texts("pages.withheld.mark")
    return column


def _texts_of(values: Sequence[Any], field: Field, texts: Texts) -> list[str | None]:
    """Write values as people read them, each of those that are alike once; None stays None."""
    known: dict[str, str | None] = {"": None}

    def written(value: Any) -> str | None:
        said = str(value)
        if said not in known:
            known[said] = _written(value, field, texts)
        return known[said]

    return [None if value is None else written(value) for value in values]


def _written(value: Any, field: Field, texts: Texts) -> str:
    if field.codes is None:
        return texts.value(value.item() if hasattr(value, "item") else value)
    parts = value if isinstance(value, list | tuple) else str(value).split(LIST_SEPARATOR)
    choices = [(part, field.codes.find(part)) for part in parts]
    return texts.enumerate(
        part if choice is None else texts.title(choice) for part, choice in choices
    )


def _groups(kinds: Kinds, entries: Mapping[str, LayerEntry], texts: Texts) -> list[dict[str, Any]]:
    groups = [
        {
            "title": texts.title(theme),
            "entries": [
                entries[kind.key]
                for kind in kinds.values()
                if kind.group == theme.key and kind.key in entries
            ],
        }
        for theme in kinds.themes.values()
    ]
    return [group for group in groups if group["entries"]]


def _registers(
    kinds: Kinds, counts: Mapping[str, int], entries: Mapping[str, LayerEntry], texts: Texts
) -> list[dict[str, Any]]:
    return [
        {"title": texts.title(kinds[key]), "count": count}
        for key, count in counts.items()
        if count and key in kinds and key not in entries
    ]


def _empty_titles(kinds: Kinds, counts: Mapping[str, int], texts: Texts) -> Iterable[str]:
    return [texts.title(kinds[key]) for key, count in counts.items() if not count and key in kinds]


def _place_names(layers: Iterable[MapLayer]) -> list[Label]:
    """Write place names on the map, else the names of streets."""
    frames = {layer.name: layer.frame for layer in layers}
    for key in ("place_name", "street", "community"):
        frame = frames.get(key)
        if frame is not None and len(frame) and "name" in frame:
            points = zip(label_points(frame), frame["name"], strict=True)
            return [Label(at, str(name)) for at, name in points if at and not is_missing(name)]
    return []
