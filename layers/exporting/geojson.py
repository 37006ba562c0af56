"""Features as GeoJSON text, many at a time, for whoever sends them rather than keeps them.

Columns are written as wholes and then laid together row by row: a thousand features have a few
thousand values, of which most say what the row before said.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from functools import cache
from json.encoder import encode_basestring
from typing import Any

import numpy as np
import shapely
from geopandas import GeoSeries
from numpy.typing import NDArray
from pyproj import CRS

from layers.axes import are_alike, as_written
from layers.kinds import FieldType, Kind
from layers.store.found import FoundRows

_DEGREE_DECIMALS = 9  # a tenth of a millimetre
_METRE_DECIMALS = 4
_NULL = "null"


def feature_texts(kind: Kind, found: FoundRows, crs: str) -> list[str]:
    """Write each feature as a GeoJSON object: `id` is its uid, properties have the keys of `kind`.

    Places are in `crs`, in its own axis order, to a tenth of a millimetre.

    Returns
    -------
    texts
        One for each row of `found`.
    """
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
    return [whole % row for row in zip(*varying, strict=True)]


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
    values = _in_crs(found.places, found.crs, crs)
    absent = shapely.is_missing(values) | shapely.is_empty(values) | ~_is_finite(values)
    # What has no coordinates here, whoever wrote it, has no place.
    values[absent] = None
    texts = shapely.to_geojson(values)
    return [_NULL if text is None else text for text in texts]


def _in_crs(places: NDArray[np.object_], here: str, crs: str) -> NDArray[np.object_]:
    placed = places if are_alike(here, crs) else GeoSeries(places, crs=here).to_crs(crs).to_numpy()
    decimals = _METRE_DECIMALS if _is_projected(crs) else _DEGREE_DECIMALS
    return as_written(shapely.transform(placed, lambda xy: np.round(xy, decimals)), crs)


@cache
def _is_projected(crs: str) -> bool:
    return bool(CRS.from_user_input(crs).is_projected)


def _is_finite(values: Any) -> Any:
    coordinates, rows = shapely.get_coordinates(values, return_index=True)
    finite = np.ones(len(values), dtype=bool)
    finite[rows[~np.isfinite(coordinates).all(axis=1)]] = False
    return finite


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
