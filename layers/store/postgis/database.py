"""A PostgreSQL database with PostGIS as the home of a store."""

from __future__ import annotations

import datetime as dt
import math
import tempfile
import typing
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    FromClause,
    MetaData,
    Select,
    Table,
    any_,
    bindparam,
    cast,
    collate,
    delete,
    func,
    inspect,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.schema import SetTableComment

from layers.errors import PostgisMissingError, StoreExistsError, StoreMissingError
from layers.kinds import KINDS
from layers.kinds.model import FieldType, Kind
from layers.store.ailments import Ailment
from layers.store.backend import BATCH, Backend, Bounds, Row, Tell
from layers.store.batch import Batch, LayerRows
from layers.store.column_types import FIELD_TYPES, GpkgGeometry, PlainText
from layers.store.geometries import read_wkb
from layers.store.points import uids_of
from layers.store.postgis import bulk, ddl, health, windows
from layers.store.postgis.at_once import ask
from layers.store.postgis.engine import ANEW, BINARY, FAULTS, place_of, postgis_engine, refusal
from layers.store.postgis.points import copied_points
from layers.store.postgis.vital import ServerVital
from layers.store.pulse import Vital
from layers.store.schema import GEOMETRY_COLUMN

_OLDEST_SERVER = 14
_EDGES = ("ST_XMin", "ST_YMin", "ST_XMax", "ST_YMax")
_TEXTS = (FieldType.TEXT, FieldType.TEXT_LIST)


class Postgis(Backend):
    """A database, in whose current schema a store lives or will live."""

    def __init__(self, url: URL) -> None:
        self._place = place_of(url)
        self._engine = postgis_engine(url)

    @property
    def place(self) -> str:
        """Give the URL without password and parameters."""
        return self._place

    # ---------------------------------------------------------------- transactions

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Read one snapshot, which nobody can write to."""
        with self._telling(), self._engine.connect() as connection:
            snapshot = connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            with snapshot.begin():
                yield snapshot

    def ask(self, statement: Select[Any], given: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """Spare the ways to the server on which a transaction is begun and ended."""
        with self._telling():
            return ask(self._engine, statement, given)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Wait for the lock that all writers of this store take."""
        with self._telling(), self._engine.connect() as connection, connection.begin():
            ddl.take_lock(connection)  # each later statement sees what was committed before
            yield connection

    @contextmanager
    def creating(self) -> Iterator[Connection]:
        """Make everything in one transaction, in the schema that comes first in the search path."""
        with self.writing() as connection:
            self._require_postgis(connection)
            self._require_room(connection)
            yield connection

    def creating_from(
        self, origin: Backend, reading: Connection, tell: Tell
    ) -> AbstractContextManager[Connection] | None:
        """Give None: a database is filled row by row."""

    @contextmanager
    def workroom(self) -> Iterator[Path]:
        """Make a folder where the system wants such things."""
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)

    def require_store(self) -> None:
        """Look for the settings."""
        with self.reading() as connection:
            if connection.scalar(text("SELECT to_regclass('gg_setting')::text")) is None:
                raise StoreMissingError(path=self.place)

    def vital(self) -> Vital:
        """Ask the server."""
        return ServerVital(self._engine)

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Say in the store's own words what the driver reports."""
        try:
            yield
        except FAULTS as fault:
            known = refusal(self._engine, self.place, fault)
            if known is None:
                raise
            raise known from fault

    def _require_postgis(self, connection: Connection) -> None:
        missing = {
            f"PostgreSQL {_OLDEST_SERVER}": "SELECT current_setting('server_version_num')::int"
            f" >= {_OLDEST_SERVER}0000",
            "UTF8": "SELECT current_setting('server_encoding') = 'UTF8'",
            "postgis": "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'postgis')",
        }
        for name, is_there in missing.items():
            if not connection.scalar(text(is_there)):
                raise PostgisMissingError(path=self.place, missing=name)

    def _require_room(self, connection: Connection) -> None:
        """Refuse a schema that holds a store already, or anybody's table of one of our names."""
        there = set(inspect(connection).get_table_names())
        if "gg_setting" in there:
            raise StoreExistsError(path=self.place)
        taken = sorted(there & {*KINDS, "alembic_version"})
        if taken:
            raise StoreExistsError(path=f"{self.place}: {', '.join(taken)}")

    # ---------------------------------------------------------------- values

    def encode(self, geometries: Iterable[object], srid: int) -> list[bytes | None]:
        """Write EWKB: the number of the reference system travels along."""
        marked = shapely.set_srid(np.asarray(geometries, dtype=object), srid)
        encoded: list[bytes | None] = shapely.to_wkb(
            marked, byte_order=1, include_srid=True
        ).tolist()
        return encoded

    def decode(self, values: Sequence[bytes | None]) -> NDArray[np.object_]:
        """Read WKB, whoever wrote it."""
        return read_wkb(values)

    def to_wkb(self, values: Sequence[bytes | None]) -> list[bytes | None]:
        """Give it as it is sent."""
        return list(values)

    def to_record(self, value: object) -> object:
        """Write moments as `to_jsonb` does; JSON has no infinity."""
        if isinstance(value, dt.datetime):
            text = value.replace(tzinfo=None).isoformat(timespec="milliseconds")
            return f"{text.rstrip('0').removesuffix('.') if '.' in text else text}+00:00"
        if isinstance(value, dt.date):
            return value.isoformat()
        return None if isinstance(value, float) and not math.isfinite(value) else value

    def plain(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """Read it by its type, to which the database holds everybody."""
        return column

    def recorded(
        self, attributes: ColumnElement[Any], field: str, kind_of: FieldType
    ) -> ColumnElement[Any]:
        """Cast the text of the value; `C` compares it as the columns themselves do."""
        text_of = attributes[field].as_string()
        if kind_of in _TEXTS:
            return collate(text_of, "C")
        return cast(text_of, FIELD_TYPES[kind_of])

    # ---------------------------------------------------------------- rows

    def window(
        self, statement: Select[Any], relation: FromClause, kind: Kind, bounds: Bounds
    ) -> Select[Any]:
        """Compare boxes, for which the GiST index is made."""
        del kind
        place = relation.c[GEOMETRY_COLUMN]
        srid = typing.cast("GpkgGeometry", place.type).srid
        box = func.ST_MakeEnvelope(*bounds, srid)
        found = statement.where(place.op("&&", is_comparison=True)(box))
        return found.execution_options(**{ANEW: True})

    def relates(
        self, relation: str, place: ColumnElement[Any], geometry: shapely.Geometry
    ) -> ColumnElement[bool]:
        """Ask PostGIS, which asks its index."""
        return windows.relates(relation, place, geometry)

    def count_in_box(self, connection: Connection, kind: Kind, table: Table, box: Bounds) -> int:
        """Count in the index what lies within, and look at what reaches into the rim."""
        del kind
        return windows.count_in_box(connection, table, box)

    def extent(self, connection: Connection, relation: FromClause, kind: Kind) -> Bounds | None:
        """Ask PostGIS."""
        del kind
        box = select(func.ST_Extent(relation.c[GEOMETRY_COLUMN]).label("box")).subquery()
        edges = (getattr(func, name)(box.c.box) for name in _EDGES)
        west, south, east, north = connection.execute(select(*edges)).one()
        return None if west is None else (west, south, east, north)

    def fetch(
        self,
        connection: Connection,
        statement: Select[Any],
        given: Mapping[str, Any] = MappingProxyType({}),
    ) -> Sequence[Any]:
        """Have the rows sent in binary form."""
        return connection.execute(statement, given, execution_options={BINARY: True}).all()

    def points(
        self, connection: Connection, statement: Select[Any]
    ) -> tuple[NDArray[np.bytes_], NDArray[np.float64]]:
        """Copy what has a geometry, and ask for the uids of what has none."""
        uid, place = statement.selected_columns
        uids, coordinates = copied_points(connection, statement.where(place.is_not(None)))
        bare = connection.scalars(statement.with_only_columns(uid).where(place.is_(None))).all()
        if bare:
            uids = np.concatenate([uids, uids_of(bare)])
            coordinates = np.vstack([coordinates, np.full((len(bare), 2), np.nan)])
        return uids, coordinates

    def stream(self, connection: Connection, statement: Select[Any]) -> Iterator[Sequence[Any]]:
        """Have the server keep the result and send it in parts, in binary form."""
        options = {BINARY: True, "yield_per": BATCH}
        with connection.execute(statement, execution_options=options) as result:
            yield from result.partitions()

    def insert(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        """Copy the rows in."""
        bulk.copy_in(connection, table, rows)

    def add(self, connection: Connection, table: Table, batch: Batch) -> None:
        """Copy the rows in."""
        bulk.copy_batch(connection, table, batch)

    def write(self, connection: Connection, table: Table, rows: LayerRows) -> None:
        """Insert, change and delete in one statement each; the triggers record them as sets."""
        if rows.inserted:
            bulk.copy_batch(connection, table, rows.inserted)
        if rows.updated:
            bulk.update_from_arrays(connection, table, rows.updated)
        if rows.deleted:
            connection.execute(delete(table).where(self.among(table.c.uid, rows.deleted)))

    def make_ready(self, connection: Connection, table: Table, rows: LayerRows) -> LayerRows:
        """Leave them as they are: nothing of it would be quicker ahead."""
        del connection, table
        return rows

    def among(self, of: ColumnElement[Any], values: Collection[str]) -> ColumnElement[bool]:
        """Hand the values over as one array."""
        return of == any_(bindparam(None, list(values), type_=ARRAY(PlainText)))

    # ---------------------------------------------------------------- beside the tables

    def lay_ground(self, connection: Connection, srid: int) -> None:
        """Create the functions of the history."""
        del srid  # PostGIS knows the reference systems
        ddl.create_functions(connection)

    def clear_ground(self, connection: Connection) -> None:
        """Drop the functions of the history."""
        ddl.drop_functions(connection)

    def register_layer(self, connection: Connection, table: str, title: str, srid: int) -> None:
        """Do nothing: a table has its title as comment, and its column says the rest."""

    def retitle_layer(self, connection: Connection, table: str, title: str) -> None:
        """Change the table's comment."""
        connection.execute(SetTableComment(Table(table, MetaData(), comment=title)))

    def unregister_layer(self, connection: Connection, table: str) -> None:
        """Do nothing: comment, index and triggers go with the table."""

    def create_history_triggers(self, connection: Connection, table: str) -> None:
        """Create the triggers; they look at the columns whenever they fire."""
        ddl.create_triggers(connection, table)

    def drop_history_triggers(self, connection: Connection, table: str) -> None:
        """Drop them; the functions that they call stay."""
        ddl.drop_triggers(connection, table)

    def announce_change(self, connection: Connection, table: str, *, has_geometry: bool) -> None:
        """Do nothing: who asks the database sees its tables as they are."""

    # ---------------------------------------------------------------- health

    def about(self, connection: Connection) -> dict[str, Any]:
        """Name server, versions, user and size."""
        return health.about(connection)

    def symptoms(
        self, connection: Connection, metadata: MetaData, *, deep: bool
    ) -> Iterator[Ailment]:
        """Look at functions, triggers, indexes, rights and sessions."""
        del deep  # the server looks after its own files
        yield from health.symptoms(connection, metadata)

    def treat(
        self, connection: Connection, metadata: MetaData, ailment: Ailment, srid: int
    ) -> bool:
        """Create functions, triggers and indexes anew."""
        del srid
        return health.treat(connection, metadata, ailment)

    def tidy(self, ailments: Iterable[Ailment]) -> list[str]:
        """Do nothing: everything here is done within transactions."""
        del ailments
        return []
