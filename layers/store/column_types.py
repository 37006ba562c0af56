"""Column types that mean the same on a GeoPackage and on PostgreSQL.

The GeoPackage form is the base and PostgreSQL the variant, never the other way round:
GeoAlchemy2's table listeners look at the base type and would call SpatiaLite functions that a
plain SQLite does not have.
"""

from __future__ import annotations

import datetime as dt
import json
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from geoalchemy2 import Geometry
from sqlalchemy import JSON, BigInteger, Boolean, Date, DateTime, Double, Integer, LargeBinary, Text
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.sqlite import base as sqlite_base
from sqlalchemy.types import TypeDecorator, TypeEngine, UserDefinedType

from layers.kinds.model import FieldType, GeometryFamily, Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine import Dialect

_Read = TypeVar("_Read")

_MULTI = {
    GeometryFamily.POINT: "POINT",
    GeometryFamily.LINE: "MULTILINESTRING",
    GeometryFamily.AREA: "MULTIPOLYGON",
}


def geometry_type_name(kind: Kind) -> str:
    """Name the OGC type that stores `kind`: points single, lines and areas multi, mixed any."""
    return _MULTI[kind.geometry[0]] if len(kind.geometry) == 1 else "GEOMETRY"


class GpkgGeometry(UserDefinedType[bytes]):
    """A GeoPackage geometry column: blobs in, blobs out (see `layers.store.geopackage.blob`)."""

    cache_ok = True

    def __init__(self, geometry_type: str = "GEOMETRY", srid: int = 0) -> None:
        self.geometry_type = geometry_type
        self.srid = srid

    def get_col_spec(self, **_: object) -> str:
        """Return the declared type, by which GDAL and QGIS recognise the column."""
        return self.geometry_type


# GeoAlchemy2 teaches SQLite's reflection its own types, which then ask for SpatiaLite's tables.
for _name in ("GEOMETRY", "POINT", "MULTILINESTRING", "MULTIPOLYGON"):
    sqlite_base.ischema_names[_name] = partial(GpkgGeometry, _name)  # type: ignore[assignment]  # only called


class PostgisGeometry(Geometry):
    """A PostGIS geometry column: EWKB in, plain WKB out, as bytes; whole arrays are made of it."""

    from_text = "ST_GeomFromEWKB"
    as_binary = "ST_AsBinary"
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> None:
        """Hand bytes on as they are."""

    def result_processor(self, dialect: Dialect, coltype: object) -> None:
        """Hand bytes on as they are."""


class _GpkgDateTime(sqlite.DATETIME):
    """GeoPackage's form of a moment: `YYYY-MM-DDTHH:MM:SS.fffZ`, milliseconds and no more."""

    def bind_processor(self, dialect: Dialect) -> Callable[[dt.datetime | None], str | None]:
        """Write a UTC time as text."""
        del dialect
        return lambda value: (
            None
            if value is None
            else value.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
        )

    def result_processor(
        self, dialect: Dialect, coltype: object
    ) -> Callable[[str | None], dt.datetime | None]:
        """Read text back, whoever wrote it; what is no moment is unknown."""
        del dialect, coltype
        return partial(_read_or_none, dt.datetime.fromisoformat)


class _GpkgDate(sqlite.DATE):
    """GeoPackage's form of a day: `YYYY-MM-DD`."""

    def result_processor(
        self, dialect: Dialect, coltype: object
    ) -> Callable[[str | None], dt.date | None]:
        """Read text back, whoever wrote it; what is no day is unknown."""
        del dialect, coltype
        return partial(_read_or_none, dt.date.fromisoformat)


class _GpkgBoolean(Boolean):
    """GeoPackage's form of a flag: 0 or 1."""

    def result_processor(
        self, dialect: Dialect, coltype: object
    ) -> Callable[[object], bool | None]:
        """Read numbers back, whoever wrote them; what is neither 0 nor 1 is unknown."""
        del dialect, coltype
        return _TRUTHS.get


# By what SQLite gives; other programs may have written anything.
_TRUTHS: dict[object, bool] = {0: False, 1: True}
# Types that a SQLite engine of ours reads in ways of its own.
GEOPACKAGE_TYPES: dict[type[TypeEngine[Any]], type[TypeEngine[Any]]] = {
    Date: _GpkgDate,
    Boolean: _GpkgBoolean,
}


def _read_or_none(read: Callable[[str], _Read], value: object) -> _Read | None:
    try:
        return None if value is None else read(str(value))  # 20260501 may stand as a number
    except ValueError:
        return None


_GPKG_DATETIME: TypeEngine[dt.datetime] = _GpkgDateTime()  # type: ignore[no-untyped-call]  # SQLAlchemy's own __init__


class UtcDateTime(TypeDecorator[dt.datetime]):
    """A moment in UTC to the millisecond, aware on reading, on either backend."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the storage form of the dialect."""
        stored = _GPKG_DATETIME if dialect.name == "sqlite" else DateTime(timezone=True)
        return dialect.type_descriptor(stored)

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Move an aware time to UTC; a naive one is taken as UTC."""
        del dialect
        if value is None:
            return None
        aware = value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)
        return aware.replace(microsecond=aware.microsecond // 1000 * 1000)

    def process_result_value(
        self, value: dt.datetime | None, dialect: Dialect
    ) -> dt.datetime | None:
        """Return an aware UTC time."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


BigKey = BigInteger().with_variant(Integer(), "sqlite")
# Compared and ordered by code point, whatever language a database server was set up for.
PlainText = Text().with_variant(Text(collation="C"), "postgresql")
# A document that is kept as it was written: order of keys, digits of numbers.
Json = JSON(none_as_null=True)
# The values of one version, read one by one.
Record = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
Bytes = LargeBinary()

# What is no JSON is refused here, not by whoever reads it one day.
to_json = partial(json.dumps, ensure_ascii=False, allow_nan=False)

FIELD_TYPES: dict[FieldType, TypeEngine[Any]] = {
    FieldType.TEXT: PlainText,
    FieldType.TEXT_LIST: PlainText,
    FieldType.INTEGER: BigKey,
    FieldType.REAL: Double(),
    FieldType.BOOLEAN: Boolean(),
    FieldType.DATE: Date(),
    FieldType.DATETIME: UtcDateTime(),
}


def geometry_column_type(geometry_type: str, srid: int) -> TypeEngine[Any]:
    """Make the type of a geometry column on either backend; the index is declared by itself."""
    postgis = PostgisGeometry(geometry_type, srid=srid, spatial_index=False)
    return GpkgGeometry(geometry_type, srid).with_variant(postgis, "postgresql")
