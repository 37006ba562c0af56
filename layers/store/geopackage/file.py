"""A GeoPackage file as the home of a store."""

from __future__ import annotations

import datetime as dt
import math
import sqlite3
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Date,
    FromClause,
    MetaData,
    Select,
    Table,
    TableClause,
    Text,
    and_,
    column,
    func,
    insert,
    not_,
    or_,
    select,
    table,
    type_coerce,
)

from layers.errors import NotAStoreError, StoreMissingError
from layers.kinds.model import FieldType, Kind
from layers.store.ailments import Ailment
from layers.store.backend import BATCH, Backend, Bounds, Row, Tell
from layers.store.batch import Batch, LayerRows
from layers.store.column_types import FIELD_TYPES, UtcDateTime, to_json
from layers.store.geopackage import blob, bulk, ddl, health, relating
from layers.store.geopackage.engine import (
    BUSY_TIMEOUT_MS,
    busy,
    fetch,
    is_busy,
    reading,
    sqlite_engine,
    writing,
)
from layers.store.geopackage.making import beside, building, copy_pages, require_room
from layers.store.geopackage.points import points_in
from layers.store.geopackage.vital import FileVital
from layers.store.pulse import Vital
from layers.store.schema import GEOMETRY_COLUMN

_SQLITE_MAGIC = b"SQLite format 3\x00"


class GeoPackage(Backend):
    """A store's file, which need not exist yet."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine = sqlite_engine(path)

    @property
    def place(self) -> str:
        """Give the path, as it was named."""
        return str(self._path)

    # ---------------------------------------------------------------- transactions

    def reading(self) -> AbstractContextManager[Connection]:
        """Read the snapshot that the write-ahead log gives."""
        return reading(self._engine)

    def ask(self, statement: Select[Any], given: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """Read as always: to begin a transaction costs nothing here."""
        with self.reading() as connection:
            return self.fetch(connection, statement, given)

    def writing(self) -> AbstractContextManager[Connection]:
        """Hold the file's one write lock from the beginning."""
        return writing(self._engine)

    @contextmanager
    def creating(self) -> Iterator[Connection]:
        """Build a file beside the place and move it there when it is complete."""
        with beside(self._path) as unfinished, building(unfinished) as connection:
            yield connection

    def creating_from(
        self, origin: Backend, reading: Connection, tell: Tell
    ) -> AbstractContextManager[Connection] | None:
        """Copy the pages of the other file."""
        return self._creating_from(reading, tell) if isinstance(origin, GeoPackage) else None

    @contextmanager
    def _creating_from(self, reading: Connection, tell: Tell) -> Iterator[Connection]:
        with beside(self._path) as unfinished:
            copy_pages(reading, unfinished, tell)
            with building(unfinished) as connection:
                yield connection

    @contextmanager
    def workroom(self) -> Iterator[Path]:
        """Make a folder beside the file, where there is as much room as it will need."""
        require_room(self._path)
        place = self._path.absolute()
        with tempfile.TemporaryDirectory(dir=place.parent, prefix=f".{place.name}.") as folder:
            yield Path(folder)

    def require_store(self) -> None:
        """Look into the file without changing it."""
        require_store(self._path)

    def vital(self) -> Vital:
        """Ask the file."""
        return FileVital(self._path)

    def close(self) -> None:
        """Close the file."""
        self._engine.dispose()

    # ---------------------------------------------------------------- values

    def encode(self, geometries: Iterable[object], srid: int) -> list[bytes | None]:
        """Write the GeoPackage's binary form."""
        return blob.encode(geometries, srid)

    def decode(self, values: Sequence[bytes | None]) -> NDArray[np.object_]:
        """Read the GeoPackage's binary form, whoever wrote it."""
        return blob.decode(values)

    def to_wkb(self, values: Sequence[bytes | None]) -> list[bytes | None]:
        """Leave the header out."""
        return [None if value is None else blob.wkb_of(value) for value in values]

    def to_record(self, value: object) -> object:
        """Write flags and moments as SQLite's tables hold them; JSON has no infinity."""
        if isinstance(value, bool):
            return int(value)
        if isinstance(value, dt.datetime):
            return value.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
        if isinstance(value, dt.date):
            return value.isoformat()
        return None if isinstance(value, float) and not math.isfinite(value) else value

    def plain(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """Read the text of days and moments, where anybody can write any text."""
        is_text = isinstance(column.type, (Date, UtcDateTime))
        return type_coerce(column, Text()).label(column.key) if is_text else column

    def recorded(
        self, attributes: ColumnElement[Any], field: str, kind_of: FieldType
    ) -> ColumnElement[Any]:
        """Take the value as SQLite keeps it: a cast would round a real and make a word a number."""
        return type_coerce(func.json_extract(attributes, f'$."{field}"'), FIELD_TYPES[kind_of])

    # ---------------------------------------------------------------- rows

    def window(
        self, statement: Select[Any], relation: FromClause, kind: Kind, bounds: Bounds
    ) -> Select[Any]:
        """Ask the R*Tree."""
        if "fid" not in relation.c:  # versions have no R*Tree
            return statement
        min_x, min_y, max_x, max_y = bounds
        tree = _tree_of(kind.key)
        touching = select(tree.c.id).where(
            tree.c.maxx >= min_x, tree.c.minx <= max_x, tree.c.maxy >= min_y, tree.c.miny <= max_y
        )
        return statement.where(relation.c.fid.in_(touching))

    def relates(
        self, relation: str, place: ColumnElement[Any], geometry: shapely.Geometry
    ) -> ColumnElement[bool]:
        """Ask the function that our connections bring."""
        wkb = shapely.to_wkb(geometry, byte_order=1)
        related = getattr(func, relating.NAME)(relation, place, wkb, type_=Boolean())
        layer = getattr(place, "table", None)
        is_box = geometry.equals(shapely.box(*geometry.bounds))
        if relation != "intersects" or not is_box or layer is None or "fid" not in layer.c:
            return related
        # What lies within a box has something in common with it. The tree knows most of that by
        # itself: it rounds outwards, so that what it has inside is inside.
        min_x, min_y, max_x, max_y = geometry.bounds
        tree = _tree_of(layer.name)
        inside = select(tree.c.id).where(
            tree.c.minx >= min_x, tree.c.maxx <= max_x, tree.c.miny >= min_y, tree.c.maxy <= max_y
        )
        return or_(layer.c.fid.in_(inside), related)

    def count_in_box(self, connection: Connection, kind: Kind, table: Table, box: Bounds) -> int:
        """Count in the R*Tree what lies within, and look at what reaches beyond."""
        min_x, min_y, max_x, max_y = box
        tree = _tree_of(kind.key)
        within = and_(
            tree.c.minx >= min_x, tree.c.maxx <= max_x, tree.c.miny >= min_y, tree.c.maxy <= max_y
        )
        touching = and_(
            tree.c.maxx >= min_x, tree.c.minx <= max_x, tree.c.maxy >= min_y, tree.c.miny <= max_y
        )
        wkb = shapely.to_wkb(shapely.box(*box), byte_order=1)
        related = getattr(func, relating.NAME)("intersects", table.c[GEOMETRY_COLUMN], wkb)
        beyond = table.c.fid.in_(select(tree.c.id).where(touching, not_(within)))
        inside = select(func.count()).select_from(tree).where(within)
        more = select(func.count()).select_from(table).where(beyond, related)
        both = select(inside.scalar_subquery() + more.scalar_subquery())
        return int(connection.execute(both).scalar_one())

    def extent(self, connection: Connection, relation: FromClause, kind: Kind) -> Bounds | None:
        """Ask the R*Tree, which rounds outwards."""
        del relation
        tree = _tree_of(kind.key)
        edges = (
            func.min(tree.c.minx),
            func.min(tree.c.miny),
            func.max(tree.c.maxx),
            func.max(tree.c.maxy),
        )
        west, south, east, north = connection.execute(select(*edges)).one()
        return None if west is None else (west, south, east, north)

    def fetch(
        self,
        connection: Connection,
        statement: Select[Any],
        given: Mapping[str, Any] = MappingProxyType({}),
    ) -> Sequence[Any]:
        """Read the rows, whoever wrote them."""
        return fetch(connection, statement, given)

    def points(
        self, connection: Connection, statement: Select[Any]
    ) -> tuple[NDArray[np.bytes_], NDArray[np.float64]]:
        """Read the blobs, and all of the usual form at once."""
        return points_in(fetch(connection, statement))

    def stream(self, connection: Connection, statement: Select[Any]) -> Iterator[Sequence[Any]]:
        """Read the rows while SQLite finds them."""
        with connection.execute(statement, execution_options={"yield_per": BATCH}) as result:
            yield from result.partitions()

    def among(self, of: ColumnElement[Any], values: Collection[str]) -> ColumnElement[bool]:
        """Hand the values over as one JSON text."""
        each = func.json_each(to_json(list(values))).table_valued("value")
        return of.in_(select(each.c.value))

    def insert(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        """Add the rows, one by one within one call."""
        connection.execute(insert(table), rows)

    def add(self, connection: Connection, table: Table, batch: Batch) -> None:
        """Add the rows, one by one within one call of the driver."""
        bulk.add(connection, table.name, batch)

    def write(self, connection: Connection, table: Table, rows: LayerRows) -> None:
        """Leave a few rows to the triggers, and do for many what the triggers would do."""
        if len(rows) < bulk.BULK_ROWS:
            bulk.write_with_triggers(connection, table.name, rows)
        else:
            bulk.write(connection, table.name, rows)

    def make_ready(self, connection: Connection, table: Table, rows: LayerRows) -> LayerRows:
        """Bring a copy of the R*Tree up to date, where many rows come."""
        if len(rows) < bulk.BULK_ROWS:
            return rows
        return replace(rows, ready=bulk.make_ready(connection, table.name, rows))

    # ---------------------------------------------------------------- beside the tables

    def lay_ground(self, connection: Connection, srid: int) -> None:
        """Make the file a GeoPackage: metadata and reference system."""
        ddl.create_geopackage_tables(connection, srid)

    def clear_ground(self, connection: Connection) -> None:
        """Leave the metadata's tables: a file without layers is a GeoPackage still."""

    def register_layer(self, connection: Connection, table: str, title: str, srid: int) -> None:
        """Enter a table into the metadata, with its R*Tree and count."""
        ddl.register_layer(connection, table, title, srid)

    def retitle_layer(self, connection: Connection, table: str, title: str) -> None:
        """Change the title in the metadata."""
        ddl.retitle_layer(connection, table, title)

    def unregister_layer(self, connection: Connection, table: str) -> None:
        """Take a table out of the metadata, with its R*Tree."""
        ddl.unregister_layer(connection, table)

    def create_history_triggers(self, connection: Connection, table: str) -> None:
        """Create the triggers anew, from the columns that the table has now."""
        ddl.create_history_triggers(connection, table)

    def drop_history_triggers(self, connection: Connection, table: str) -> None:
        """Drop them, because they name every column."""
        ddl.drop_history_triggers(connection, table)

    def announce_change(self, connection: Connection, table: str, *, has_geometry: bool) -> None:
        """Write the time of the change and the extent into the metadata."""
        ddl.announce_change(connection, table, has_geometry=has_geometry)

    # ---------------------------------------------------------------- health

    def about(self, connection: Connection) -> dict[str, Any]:
        """Name SQLite's version, the sizes of file and log, and the room there is."""
        del connection
        return health.about(self._path)

    def symptoms(
        self, connection: Connection, metadata: MetaData, *, deep: bool
    ) -> Iterator[Ailment]:
        """Look at the file, then at each layer's metadata, triggers and R*Tree."""
        yield from health.of_file(connection, self._path, deep=deep)
        yield from health.of_layers(connection, metadata)

    def treat(
        self, connection: Connection, metadata: MetaData, ailment: Ailment, srid: int
    ) -> bool:
        """Make metadata, triggers and R*Trees anew."""
        return health.treat(connection, metadata, ailment, srid)

    def tidy(self, ailments: Iterable[Ailment]) -> list[str]:
        """Empty the log."""
        if not any(each.code == "log_large" for each in ailments):
            return []
        with self._engine.connect() as connection:
            connection.exec_driver_sql("ROLLBACK")  # it is not done within a transaction
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.exec_driver_sql("BEGIN")
        return ["log_large"]


def _tree_of(layer: str) -> TableClause:
    """Name the R*Tree of a layer."""
    names = ("id", "minx", "maxx", "miny", "maxy")
    return table(ddl.rtree_name(layer), *(column(name) for name in names))


def require_store(path: Path) -> None:
    """Refuse a file that is no store.

    Raises
    ------
    StoreMissingError, NotAStoreError, StoreBusyError
    """
    if path.is_dir():
        raise NotAStoreError(path=str(path), found="folder")
    if not path.is_file():
        raise StoreMissingError(path=str(path))
    with path.open("rb") as file:
        if file.read(len(_SQLITE_MAGIC)) != _SQLITE_MAGIC:
            raise NotAStoreError(path=str(path), found="no_database")
    raw = sqlite3.connect(path, timeout=BUSY_TIMEOUT_MS / 1000)
    try:
        tables = {row[0] for row in raw.execute("SELECT name FROM sqlite_master")}
    except sqlite3.DatabaseError as fault:
        if is_busy(fault):
            raise busy(path) from fault
        raise NotAStoreError(path=str(path), found="no_database") from fault
    finally:
        raw.close()
    if "gg_setting" not in tables:
        found = "other_geopackage" if "gpkg_contents" in tables else "other_database"
        raise NotAStoreError(path=str(path), found=found)
