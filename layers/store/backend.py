"""What a store asks of the database it lives in; everything else is the same SQL on both.

There are two: `layers.store.geopackage`, a file, and `layers.store.postgis`, a server. They differ
in how a transaction is begun, how a geometry travels, how many rows are written at once, which
spatial index narrows a window, how a recorded value is read, and in what is laid down beside the
tables. All of that is here, and nothing else in the package asks which of the two it is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, FromClause, MetaData, Select, Table

from layers.kinds.model import FieldType, Kind
from layers.store.ailments import Ailment
from layers.store.batch import Batch, LayerRows
from layers.store.pulse import Vital

Bounds = tuple[float, float, float, float]
Row = Mapping[str, Any]
# Takes how much is done, and of how much.
Tell = Callable[[int, int], None]
BATCH = 2_000  # rows of features that are held at a time where a whole layer passes through


class Backend(Protocol):
    """One database that holds a store, or will hold one."""

    @property
    def place(self) -> str:
        """Say where the store is, for people: a path, or a URL that holds no secret."""

    # ---------------------------------------------------------------- transactions

    def reading(self) -> AbstractContextManager[Connection]:
        """Open a transaction that sees one state of the store from beginning to end.

        Raises
        ------
        StoreBusyError, StoreUnreachableError
        """

    def ask(self, statement: Select[Any], given: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """Fetch the rows of a single statement: it sees one state without a transaction.

        Meant for statements that are made once; each is kept in the form in which it is sent.

        Raises
        ------
        StoreBusyError, StoreUnreachableError
        """

    def writing(self) -> AbstractContextManager[Connection]:
        """Open the one transaction that may write; it is committed whole or leaves no trace.

        Nobody else's write, be it an editor's, is committed between its beginning and its end, so
        that changesets are numbered in the order of commits. Readers are not disturbed.

        Raises
        ------
        StoreBusyError, StoreForbiddenError, StoreUnreachableError
        """

    def creating(self) -> AbstractContextManager[Connection]:
        """Open the transaction that makes a new store; it appears whole, or not at all.

        Raises
        ------
        StoreExistsError, StoreMissingError, and what `writing` raises
        """

    def creating_from(
        self, origin: Backend, reading: Connection, tell: Tell
    ) -> AbstractContextManager[Connection] | None:
        """Open the transaction that makes a new store out of the state that `reading` sees.

        The store has all its tables and rows then. `tell` is told how much of how much is done.
        None where stores of these two sorts have no form in common, so that rows must be carried.
        """

    def workroom(self) -> AbstractContextManager[Path]:
        """Give a folder for what has to be written before a new store is, gone after the block.

        Raises
        ------
        StoreExistsError, StoreMissingError
        """

    def require_store(self) -> None:
        """Refuse a place where there is no store.

        Raises
        ------
        StoreMissingError, NotAStoreError, StoreUnreachableError
        """

    def vital(self) -> Vital:
        """Give what tells whether anything was committed to the database."""

    def close(self) -> None:
        """Let go of the connections."""

    # ---------------------------------------------------------------- values

    def encode(self, geometries: Iterable[object], srid: int) -> list[bytes | None]:
        """Give geometries the binary form in which their columns take them."""

    def decode(self, values: Sequence[bytes | None]) -> NDArray[np.object_]:
        """Make shapely geometries out of what their columns give; None stays None."""

    def to_wkb(self, values: Sequence[bytes | None]) -> list[bytes | None]:
        """Give what geometry columns hold as well-known binary, whatever else it says."""

    def to_record(self, value: object) -> object:
        """Give a value the form in which the triggers record it."""

    def plain(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """Read a column as it is kept, where reading it by its type may fail.

        Other programs can write into some databases what is of another type.
        """

    def recorded(
        self, attributes: ColumnElement[Any], field: str, kind_of: FieldType
    ) -> ColumnElement[Any]:
        """Read one of the recorded attributes with the type of its field."""

    # ---------------------------------------------------------------- rows

    def window(
        self, statement: Select[Any], relation: FromClause, kind: Kind, bounds: Bounds
    ) -> Select[Any]:
        """Keep candidates whose box may touch `bounds`, by the spatial index where there is one.

        The answer may hold a few too many and never too few: indexes store rounded boxes.
        """

    def relates(
        self, relation: str, place: ColumnElement[Any], geometry: shapely.Geometry
    ) -> ColumnElement[bool]:
        """Tell exactly how a feature lies to `geometry`: `intersects`, `within` and so on.

        Unknown where the feature has no place.
        """

    def count_in_box(self, connection: Connection, kind: Kind, table: Table, box: Bounds) -> int:
        """Count the features of a kind's table that have something in common with a box.

        As `relates` tells, but most of them without a look at the features themselves.
        """

    def extent(self, connection: Connection, relation: FromClause, kind: Kind) -> Bounds | None:
        """Give the box around all features of a kind's table; None where none has a place."""

    def fetch(
        self,
        connection: Connection,
        statement: Select[Any],
        given: Mapping[str, Any] = MappingProxyType({}),
    ) -> Sequence[Any]:
        """Read the rows of features that a statement selects with the values it is given."""

    def points(
        self, connection: Connection, statement: Select[Any]
    ) -> tuple[NDArray[np.bytes_], NDArray[np.float64]]:
        """Read the uid and point of rows that a statement selects, in no particular order.

        What is no point, or cannot be read, has NaN for coordinates.
        """

    def stream(self, connection: Connection, statement: Select[Any]) -> Iterator[Sequence[Any]]:
        """Read rows in batches, of which no more than one is held at a time."""

    def insert(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        """Add rows, all with the same columns."""

    def add(self, connection: Connection, table: Table, batch: Batch) -> None:
        """Add rows that are bound already."""

    def write(self, connection: Connection, table: Table, rows: LayerRows) -> None:
        """Write what a change does to one layer, and a version of each feature.

        Features that change or go must be there; what comes is new.
        """

    def make_ready(self, connection: Connection, table: Table, rows: LayerRows) -> LayerRows:
        """Do what `write` can do ahead, without the lock, on the layer as `connection` sees it."""

    def among(self, of: ColumnElement[Any], values: Collection[str]) -> ColumnElement[bool]:
        """Tell which values of a column are among `values`, however many those are."""

    # ---------------------------------------------------------------- beside the tables

    def lay_ground(self, connection: Connection, srid: int) -> None:
        """Make what all tables rest on; called once, before the first of them."""

    def clear_ground(self, connection: Connection) -> None:
        """Take away what `lay_ground` made, after the last table has gone."""

    def register_layer(self, connection: Connection, table: str, title: str, srid: int) -> None:
        """Announce a feature table to other programs."""

    def retitle_layer(self, connection: Connection, table: str, title: str) -> None:
        """Announce a feature table under another title."""

    def unregister_layer(self, connection: Connection, table: str) -> None:
        """Take back what `register_layer` did, before the table goes."""

    def create_history_triggers(self, connection: Connection, table: str) -> None:
        """Have every version of a table's features recorded, whoever edits them.

        Existing triggers are replaced: call it again whenever a column came. Before a column
        goes, they have to be dropped: SQLite refuses to drop what a trigger names.
        """

    def drop_history_triggers(self, connection: Connection, table: str) -> None:
        """Drop the triggers that record versions; whoever calls this creates them again."""

    def announce_change(self, connection: Connection, table: str, *, has_geometry: bool) -> None:
        """Tell other programs that a layer changed, and where its features now lie."""

    # ---------------------------------------------------------------- health

    def about(self, connection: Connection) -> dict[str, Any]:
        """Name the database, its versions and its size, as plain values."""

    def symptoms(
        self, connection: Connection, metadata: MetaData, *, deep: bool
    ) -> Iterator[Ailment]:
        """Look at what only this backend has: triggers, spatial indexes, rights, files."""

    def treat(
        self, connection: Connection, metadata: MetaData, ailment: Ailment, srid: int
    ) -> bool:
        """Put one ailment of this backend right; False where it is none that can be."""

    def tidy(self, ailments: Iterable[Ailment]) -> list[str]:
        """Put right what no transaction can; return the codes of what was."""
