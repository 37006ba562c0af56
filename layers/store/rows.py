"""Rows of a table as GeoDataFrames, and back.

Inside the store a feature is a row of values that SQLAlchemy understands; outside it is a row of
a GeoDataFrame whose columns are the kind's fields, each of the field's own dtype, indexed by uid.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from layers.errors import FeatureRejectedError
from layers.kinds.model import Field, FieldType, Kind
from layers.store.geometries import fit_geometries
from layers.store.schema import GEOMETRY_COLUMN

Decode = Callable[[Sequence[bytes | None]], NDArray[np.object_]]
Encode = Callable[[Iterable[object], int], list[bytes | None]]

_UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TOO_LARGE = 2**63  # for an integer column of either backend

# Nullable dtypes: an unknown number of households is not 0, an unknown flag is not False.
DTYPES: dict[FieldType, str] = {
    FieldType.TEXT: "str",
    FieldType.TEXT_LIST: "str",
    FieldType.INTEGER: "Int64",
    FieldType.REAL: "Float64",
    FieldType.BOOLEAN: "boolean",
    FieldType.DATE: "object",
    FieldType.DATETIME: "datetime64[us, UTC]",
}


def columns_of_rows(rows: Sequence[Any], names: Sequence[str]) -> dict[str, Sequence[Any]]:
    """Turn result rows into columns by name; there are none where there are no rows."""
    return dict(zip(names, zip(*rows, strict=True), strict=True)) if rows else {}


def frame_from_rows(
    kind: Kind, rows: Sequence[Any], names: Sequence[str], crs: str, decode: Decode
) -> GeoDataFrame:
    """Build the frame of `kind` from result rows whose columns are `names`, uid first.

    `decode` makes geometries out of what the backend gives.

    Returns
    -------
    frame
        Indexed by uid; geometry in `crs`, None for features without a place.
    """
    return frame_of_columns(kind, columns_of_rows(rows, names), names, crs, decode)


def frame_of_columns(
    kind: Kind,
    columns: Mapping[str, Sequence[Any]],
    names: Sequence[str],
    crs: str,
    decode: Decode,
) -> GeoDataFrame:
    """Build the frame of `kind` from columns as `columns_of_rows` gives them."""
    index = pd.Index(columns.get("uid", ()), name="uid", dtype="object")
    fields = {
        field.key: typed(field.type, columns.get(field.key, ()), index)
        for field in kind.fields
        if field.key in names
    }
    places = columns.get(GEOMETRY_COLUMN, (None,) * len(index))
    geometry = gpd.GeoSeries(decode(places), index=index, crs=crs)
    return GeoDataFrame(pd.DataFrame(fields, index=index), geometry=geometry)


def typed(kind_of: FieldType, values: Sequence[Any], index: pd.Index | None = None) -> pd.Series:
    """Type a column; what another program wrote that is no such value is unknown."""
    dtype = DTYPES[kind_of]
    try:
        if kind_of is FieldType.REAL:
            return _finite_series(values, index)
        with np.errstate(invalid="raise"):  # a number too large for the type
            return pd.Series(list(values), index=index, dtype=dtype)
    except (TypeError, ValueError, ArithmeticError):
        readable = [_readable(_CONVERT[kind_of], value) for value in values]
        return pd.Series(readable, index=index, dtype=dtype)


def _finite_series(values: Sequence[Any], index: pd.Index | None) -> pd.Series:
    # From objects so that None and nan both become NA; no sum may become infinite.
    numbers = [None if value is None else float(value) for value in values]
    series = pd.Series(numbers, index=index, dtype=DTYPES[FieldType.REAL])
    infinite = np.isinf(series.to_numpy(dtype=float, na_value=np.nan))
    return series.mask(infinite) if infinite.any() else series


def _readable(convert: Callable[[Any], Any], value: Any) -> Any:
    try:
        return None if value is None else convert(value)
    except (TypeError, ValueError):
        return None


def columns_from_frame(
    kind: Kind, frame: GeoDataFrame, srid: int, encode: Encode
) -> dict[str, list[Any]]:
    """Turn a frame into columns of values: `uid`, the kind's fields that it has, and `geom`.

    `encode` gives geometries the form in which the backend takes them.

    Raises
    ------
    FeatureRejectedError
        A column that is no field of the kind, a value that is not of its field's type, a geometry
        that the kind does not hold or that is in another CRS than `srid`.
    """
    known = {field.key: field for field in kind.fields}
    names = [name for name in frame.columns if name != frame.geometry.name]
    for name in names:
        if name not in known:
            raise FeatureRejectedError(kind=kind.key, field=name, found="unknown field")
    columns: dict[str, list[Any]] = {"uid": frame.index.tolist()}
    for name in names:
        columns[name] = _plain_values(kind, name, known[name].type, frame[name])
    if kind.is_spatial:
        columns[GEOMETRY_COLUMN] = encode(fit_geometries(kind, frame.geometry, srid), srid)
    return columns


def require_uids(kind: str, uids: Collection[Any]) -> None:
    """Refuse uids that are no UUIDs in their usual form, or of which one comes twice.

    Raises
    ------
    FeatureRejectedError
    """
    for uid in uids:
        if not isinstance(uid, str) or not _UUID.fullmatch(uid):
            raise FeatureRejectedError(kind=kind, field="uid", found=uid)
    require_distinct(kind, uids)


def require_distinct(kind: str, uids: Collection[Any]) -> None:
    """Refuse uids of which one comes twice.

    Raises
    ------
    FeatureRejectedError
    """
    seen: set[Any] = set()
    for uid in uids:
        if uid in seen:
            raise FeatureRejectedError(kind=kind, field="uid", found=uid)
        seen.add(uid)


def _plain_values(kind: Kind, name: str, kind_of: FieldType, values: pd.Series) -> list[Any]:
    convert = _CONVERT[kind_of]
    plain: list[Any] = []
    for value, missing in zip(values.tolist(), pd.isna(values).tolist(), strict=True):
        try:
            plain.append(None if missing else convert(value))
        except (TypeError, ValueError) as fault:
            raise FeatureRejectedError(kind=kind.key, field=name, found=value) from fault
    return plain


def plain_value(kind: Kind, of: Field, value: Any) -> Any:
    """Give one value of a field the type in which it is stored; None stays None.

    Raises
    ------
    FeatureRejectedError
    """
    try:
        return None if value is None else _CONVERT[of.type](value)
    except (TypeError, ValueError) as fault:
        raise FeatureRejectedError(kind=kind.key, field=of.key, found=value) from fault


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(type(value))
    value.encode()  # refuses half of a surrogate pair
    if "\0" in value:
        raise ValueError(value)
    return value


def _whole(value: Any) -> int:
    number = _finite(value) if isinstance(value, float | np.floating) else value
    if isinstance(value, bool | np.bool_) or int(number) != value or abs(number) >= _TOO_LARGE:
        raise ValueError(value)
    return int(value)


def _finite(value: Any) -> float:
    if isinstance(value, bool | np.bool_ | str | bytes):
        raise TypeError(type(value))
    number = float(value)
    if not np.isfinite(number):
        raise ValueError(value)
    return number


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool | np.bool_):
        raise TypeError(type(value))
    return bool(value)


def _date(value: Any) -> dt.date:
    if isinstance(value, str):
        return dt.date.fromisoformat(value)
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    raise TypeError(type(value))


def _moment(value: Any) -> dt.datetime:
    if not isinstance(value, str | dt.date):
        raise TypeError(type(value))
    moment = pd.Timestamp(value)
    aware = moment.tz_localize("UTC") if moment.tzinfo is None else moment.tz_convert("UTC")
    return aware.to_pydatetime()


_CONVERT: dict[FieldType, Callable[[Any], Any]] = {
    FieldType.TEXT: _text,
    FieldType.TEXT_LIST: _text,
    FieldType.INTEGER: _whole,
    FieldType.REAL: _finite,
    FieldType.BOOLEAN: _boolean,
    FieldType.DATE: _date,
    FieldType.DATETIME: _moment,
}
