"""Rows of a store as values that belong to neither backend, in batches.

A geometry is a shapely geometry in the form in which its kind is stored, a value has the type of
its field, in a table as in what a version recorded, whatever the form in which a backend keeps it.
A value of another type, which only another program can have written, is given as it is found, and
refused where it is to be written. The numbers that a table gives its rows by itself are left out:
nothing refers to them, and another store counts in its own way.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, Table, func, select

from layers.errors import FeatureRejectedError
from layers.kinds.model import FieldType, Kind
from layers.store.backend import Backend
from layers.store.geometries import require_stored_form, stored_form
from layers.store.schema import GEOMETRY_COLUMN

if TYPE_CHECKING:
    from layers.store.column_types import GpkgGeometry

Batch = list[dict[str, Any]]

_RECORD = "attributes"  # the column of what a version recorded
_LAYER = "layer"  # and of the kind that it is a version of


class Carrier:
    """Read the tables of one store, or write those of another, over a connection of the caller."""

    def __init__(self, connection: Connection, backend: Backend, kinds: Mapping[str, Kind]) -> None:
        self._connection = connection
        self._backend = backend
        self._kinds = kinds
        self._read = {key: _readers(kind) for key, kind in kinds.items()}

    def count(self, tables: Iterable[Table]) -> int:
        """Count the rows of some tables."""
        counted = (select(func.count()).select_from(table) for table in tables)
        return sum(self._connection.execute(each).scalar_one() for each in counted)

    def read(self, table: Table, order: Sequence[ColumnElement[Any]]) -> Iterator[Batch]:
        """Read a table in batches, of which no more than one is held at a time."""
        columns = [each for each in table.columns if each is not table.autoincrement_column]
        names = [column.name for column in columns]
        # Only into features could others have written what is not of a column's type.
        plain = [
            self._backend.plain(each) if table.name in self._kinds else each for each in columns
        ]
        for rows in self._backend.stream(self._connection, select(*plain).order_by(*order)):
            batch = [dict(zip(names, row, strict=True)) for row in rows]
            self._understand(table, batch)
            yield batch

    def write(self, table: Table, batch: Batch) -> None:
        """Add rows that were read; they are brought into the backend's form in place.

        Raises
        ------
        FeatureRejectedError
            Another program had written what is not of its field's type, or no place of its kind.
        """
        for kind, rows in self._by_kind(table, batch):
            records = [row[_RECORD] for row in rows] if _RECORD in table.columns else None
            _require_types(kind, rows if records is None else records)
            if records is not None:
                self._record(kind, records)
            if GEOMETRY_COLUMN in table.columns:
                require_stored_form(kind, _places(rows))
        if GEOMETRY_COLUMN in table.columns:
            srid = cast("GpkgGeometry", table.c[GEOMETRY_COLUMN].type).srid
            _place(batch, self._backend.encode(_places(batch), srid))
        self._backend.insert(self._connection, table, batch)

    def _understand(self, table: Table, batch: Batch) -> None:
        if GEOMETRY_COLUMN in table.columns:
            blobs = [row[GEOMETRY_COLUMN] for row in batch]
            _place(batch, self._backend.decode(blobs))
        for kind, rows in self._by_kind(table, batch):
            if GEOMETRY_COLUMN in table.columns:
                _place(rows, stored_form(kind, _places(rows)))
            readers = self._read[kind.key]
            for row in rows:
                values = row[_RECORD] if _RECORD in table.columns else row
                for name, read in readers:
                    if values.get(name) is not None:
                        values[name] = _as_far_as_possible(read, values[name])

    def _record(self, kind: Kind, records: Batch) -> None:
        """Write values of a version down as the backend's triggers do."""
        for record in records:
            for name, _ in self._read[kind.key]:
                if record.get(name) is not None:
                    record[name] = self._backend.to_record(record[name])

    def _by_kind(self, table: Table, batch: Batch) -> Iterator[tuple[Kind, Batch]]:
        """Part the rows of a table by the kind of the features of which they speak."""
        if table.name in self._kinds:
            yield self._kinds[table.name], batch
        elif _RECORD in table.columns:
            for key in {row[_LAYER] for row in batch} & self._kinds.keys():
                yield self._kinds[key], [row for row in batch if row[_LAYER] == key]


def _places(rows: Batch) -> NDArray[np.object_]:
    places = np.empty(len(rows), dtype=object)
    places[:] = [row[GEOMETRY_COLUMN] for row in rows]
    return places


def _place(rows: Batch, places: Iterable[Any]) -> None:
    for row, place in zip(rows, places, strict=True):
        row[GEOMETRY_COLUMN] = place


def _require_types(kind: Kind, rows: Batch) -> None:
    for field in kind.fields:
        of = _TYPES[field.type]
        for row in rows:
            value = row.get(field.key)
            if value is not None and (
                not isinstance(value, of) or (isinstance(value, str) and "\0" in value)
            ):
                raise FeatureRejectedError(kind=kind.key, field=field.key, found=value)


def _readers(kind: Kind) -> list[tuple[str, Callable[[Any], Any]]]:
    return [(field.key, _READ[field.type]) for field in kind.fields if field.type in _READ]


def _as_far_as_possible(read: Callable[[Any], Any], value: Any) -> Any:
    try:
        return read(value)
    except (TypeError, ValueError):
        return value


def _real(value: Any) -> float:
    return float(value) + 0.0  # there is but one zero: JSON and SQLite know no negative one


def _day(value: Any) -> dt.date:
    return value if isinstance(value, dt.date) else dt.date.fromisoformat(value)


def _moment(value: Any) -> dt.datetime:
    """Read a moment to the millisecond; a naive one is taken as UTC."""
    moment = value if isinstance(value, dt.datetime) else dt.datetime.fromisoformat(value)
    aware = moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)
    return aware.replace(microsecond=aware.microsecond // 1000 * 1000)


# How those are read that a backend keeps in a form of its own.
_READ: dict[FieldType, Callable[[Any], Any]] = {
    FieldType.REAL: _real,
    FieldType.BOOLEAN: bool,
    FieldType.DATE: _day,
    FieldType.DATETIME: _moment,
}
_TYPES: dict[FieldType, type] = {
    FieldType.TEXT: str,
    FieldType.TEXT_LIST: str,
    FieldType.INTEGER: int,
    FieldType.REAL: float,
    FieldType.BOOLEAN: bool,
    FieldType.DATE: dt.date,
    FieldType.DATETIME: dt.datetime,
}
