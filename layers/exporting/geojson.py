"""Features as GeoJSON text, many at a time, for whoever sends them rather than keeps them.

Columns are written as wholes and then laid together row by row: a thousand features have a few
thousand values, of which most say what the row before said.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise
from json.encoder import encode_basestring
from typing import Any

import numpy as np
import shapely
from geopandas import GeoSeries
from numpy.typing import NDArray
from pyproj import CRS

from layers.axes import are_alike, as_written, begins_north
from layers.exporting._coordinates import write_nested
from layers.exporting._pieces import Pieces
from layers.kinds import FieldType, Kind
from layers.store.found import FoundRows

_DEGREE_DECIMALS = 9  # a tenth of a millimetre
_METRE_DECIMALS = 4
_NULL = "null"
# By shapely's number: the type's name, and how deep its coordinates are nested.
_NESTED = {
    0: ("Point", 0),
    1: ("LineString", 1),
    3: ("Polygon", 2),
    5: ("MultiLineString", 2),
    6: ("MultiPolygon", 3),
}
_LEVELS = 3
_EXACT = 2.0**53  # below it whole numbers are exact
# Texts of features that are kept, in each process.
_PIECES = Pieces(48 * 1024**2)
_LONGEST = 48  # characters of a corner: two numbers of at most 20, brackets and commas


def feature_texts(kind: Kind, found: FoundRows, crs: str) -> list[bytes]:
    """Write each feature as a GeoJSON object: `id` is its uid, properties have the keys of `kind`.

    Places are in `crs`, in its own axis order, to a tenth of a millimetre.

    Returns
    -------
    texts
        One for each row of `found`, in UTF-8.
    """
    if not len(found):
        return []
    if found.hidden:  # whose counts are told depends on others, too
        return _written_anew(kind, found, crs)
    fields = tuple((field.key, field.type) for field in kind.fields)
    return _PIECES.texts(
        (kind.key, fields, tuple(found.names), found.crs, crs),
        found.rows,
        lambda rows: _written_anew(kind, replace(found, rows=rows), crs),
    )


def _written_anew(kind: Kind, found: FoundRows, crs: str) -> list[bytes]:
    if not len(found):
        return []
    varying: list[Sequence[str]] = [_texts(found.uids, FieldType.TEXT), _places(found, crs)]
    pattern = []
    for field in kind.fields:
        if field.key not in found.names:
            continue
        texts = _texts(found.values(field), field.type)
        first = texts[0]
        # What all rows say is a part of the pattern.
        if texts.count(first) == len(texts):
            pattern.append(f"{_key(field.key)}:{_literal(first)}")
        else:
            pattern.append(f"{_key(field.key)}:%s")
            varying.append(texts)
    told = ",".join(pattern)
    whole = f'{{"type":"Feature","id":%s,"geometry":%s,"properties":{{{told}}}}}'
    return [(whole % row).encode() for row in zip(*varying, strict=True)]


def _key(key: str) -> str:
    return _literal(encode_basestring(key))


def _literal(text: str) -> str:
    return text.replace("%", "%%")


def _texts(values: Sequence[Any], kind_of: FieldType) -> list[str]:
    """Write the values of a field as JSON, each of those that are alike once."""
    write = _WRITERS[kind_of]
    if kind_of is FieldType.REAL:  # where -0.0 equals 0.0
        return [_NULL if value is None else write(value) for value in values]
    known = {value: write(value) for value in set(values) if value is not None}
    known[None] = _NULL
    return [known[value] for value in values]


def _places(found: FoundRows, crs: str) -> list[str]:
    here = found.places
    placed = here if are_alike(found.crs, crs) else _moved(here, found.crs, crs)
    decimals = _METRE_DECIMALS if _is_projected(crs) else _DEGREE_DECIMALS
    # What has no coordinates here, whoever wrote it, has no place.
    there = np.flatnonzero(~shapely.is_missing(placed) & ~shapely.is_empty(placed))
    texts = [_NULL] * len(placed)
    written = _written_at_once(placed[there], crs, decimals)
    if written is None:
        written = _written(placed[there], crs, decimals)
    for row, text in zip(there.tolist(), written, strict=True):
        texts[row] = text
    return texts


def _moved(places: NDArray[np.object_], here: str, crs: str) -> NDArray[np.object_]:
    moved: NDArray[np.object_] = GeoSeries(places, crs=here).to_crs(crs).to_numpy()
    return moved


def _written_at_once(places: NDArray[np.object_], crs: str, decimals: int) -> list[str] | None:
    """Write geometries of one type, as those of most layers are; None where they are not."""
    types = np.unique(shapely.get_type_id(places))
    if len(types) != 1 or types[0] not in _NESTED:
        return None
    _, xy, offsets = shapely.to_ragged_array(places, include_z=False)
    whole = np.rint(xy[:, ::-1] * 10**decimals) if begins_north(crs) else np.rint(xy * 10**decimals)
    if not (np.abs(whole) < _EXACT).all():  # nor are infinity and what is no number
        return None
    name, depth = _NESTED[int(types[0])]
    first = len(xy) if not offsets else len(offsets[0]) - 1
    levels = [np.arange(first + 1) if depth == 0 else offsets[0], *offsets[1:]]
    while len(levels) < _LEVELS:  # what has no parts is its own
        levels.append(np.arange(len(levels[-1])))
    out = np.empty(len(xy) * _LONGEST + 2 * sum(map(len, levels)), dtype=np.uint8)
    ends = np.zeros(len(places) + 1, dtype=np.int64)
    rings, parts, wholes = (each.astype(np.int64) for each in levels)
    write_nested(whole.astype(np.int64), rings, parts, wholes, depth, decimals, out, ends[1:])
    text, bounds = out[: ends[-1]].tobytes().decode("ascii"), ends.tolist()
    head = f'{{"type":"{name}","coordinates":'
    return [f"{head}{text[a:b]}}}" for a, b in pairwise(bounds)]


def _written(places: NDArray[np.object_], crs: str, decimals: int) -> list[str]:
    """Write geometries of any type, and what somebody else wrote that is nowhere."""
    rounded = as_written(shapely.transform(places, lambda xy: np.round(xy, decimals)), crs)
    coordinates, rows = shapely.get_coordinates(rounded, return_index=True)
    rounded[rows[~np.isfinite(coordinates).all(axis=1)]] = None
    return [_NULL if text is None else text for text in shapely.to_geojson(rounded).tolist()]


@cache
def _is_projected(crs: str) -> bool:
    return bool(CRS.from_user_input(crs).is_projected)


def _moment(value: dt.datetime) -> str:
    return f'"{value.isoformat(timespec="milliseconds").replace("+00:00", "Z")}"'


_WRITERS: dict[FieldType, Callable[[Any], str]] = {
    FieldType.TEXT: encode_basestring,
    FieldType.TEXT_LIST: encode_basestring,
    FieldType.INTEGER: str,
    FieldType.REAL: float.__repr__,
    FieldType.BOOLEAN: lambda truth: "true" if truth else "false",
    FieldType.DATE: lambda day: f'"{day.isoformat()}"',
    FieldType.DATETIME: _moment,
}
