"""Reading features: one statement from a selection, one frame from its rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from geopandas import GeoDataFrame, GeoSeries
from numpy.typing import NDArray
from pyproj import CRS
from sqlalchemy import (
    Connection,
    FromClause,
    LargeBinary,
    MetaData,
    Select,
    select,
    type_coerce,
)

from layers.axes import transformed
from layers.errors import UnknownFieldError
from layers.kinds.model import Kind
from layers.store import changesets, relation
from layers.store.backend import Backend, Bounds
from layers.store.cql import Filter, compile_filter, refusing_values
from layers.store.found import FoundRows
from layers.store.points import LayerPoints, order_of_uids
from layers.store.rows import frame_from_rows
from layers.store.schema import GEOMETRY_COLUMN
from layers.store.settings import StoreSettings
from layers.store.spatial import Place
from layers.store.withholding import withhold
from layers.territory import NAMING_COLUMNS

Moment = int | dt.datetime

# SQLite binds at most 32,766 values in one statement, older builds 999.
_CHUNK = 900


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Say which features are wanted; see `Store.read`."""

    bbox: Bounds | None = None
    where: str | None = None
    as_of: Moment | None = None
    on: dt.date | None = None
    columns: Collection[str] | None = None
    # Fields that no filter may name, and that are empty but of those features that are told of.
    hidden: frozenset[str] = frozenset()
    told: Collection[str] = ()
    # Selects the uids of all that may be read.
    among: Select[tuple[str]] | None = None


class FeatureReader:
    """Read features of any kind over a connection that the caller holds."""

    def __init__(self, backend: Backend, metadata: MetaData, settings: StoreSettings) -> None:
        self._backend = backend
        self._metadata = metadata
        self._settings = settings

    def read(self, connection: Connection, kind: Kind, selection: Selection) -> GeoDataFrame:
        """Read what `selection` describes, in the storage CRS, ordered by uid."""
        source = self.source(connection, kind, selection.as_of)
        names = self.names(kind, selection.columns)
        statement = select(*(source.c[name] for name in names)).order_by(source.c.uid)
        if selection.where is not None:
            wanted = Filter(selection.where)
            statement = self.filtered(statement, source, kind, wanted, hidden=selection.hidden)
        if selection.among is not None:
            statement = statement.where(source.c.uid.in_(selection.among))
        if selection.on is not None:
            statement = statement.where(relation.valid_on(source, selection.on))
        bounds = selection.bbox if kind.is_spatial else None
        if bounds is not None:
            statement = self._backend.window(statement, source, kind, bounds)
        with refusing_values(selection.where):
            frame = self.frame(connection, statement, kind, names)
        withhold(frame, selection.hidden, selection.told)
        return frame if bounds is None else frame[frame.intersects(shapely.box(*bounds))]

    def read_points(
        self, connection: Connection, kind: Kind, as_of: Moment | None, on: dt.date | None
    ) -> LayerPoints:
        """Read the points of a layer, in the storage CRS, ordered by uid."""
        source = self.source(connection, kind, as_of)
        # As bytes: PostgreSQL would else be asked to write each anew.
        place = type_coerce(source.c[GEOMETRY_COLUMN], LargeBinary)
        statement = select(source.c.uid, place)
        if on is not None:
            statement = statement.where(relation.valid_on(source, on))
        uids, coordinates = self._backend.points(connection, statement)
        order = order_of_uids(uids)
        crs = CRS.from_user_input(self._settings.storage_crs)
        return LayerPoints(uids[order], coordinates[order], crs)

    def read_touched(
        self, connection: Connection, kind: Kind, number: int, between: tuple[int, int]
    ) -> GeoDataFrame:
        """Read, as they stood after changeset `number`, what changesets have touched.

        They are those after the first and up to the second number of `between`.
        """
        uids = relation.touched(self._metadata, kind, *between)
        source = relation.as_of(self._backend, self._metadata, kind, number, uids)
        names = self.names(kind, None)
        statement = select(*(source.c[name] for name in names)).order_by(source.c.uid)
        return self.frame(connection, statement, kind, names)

    def read_metric(
        self,
        connection: Connection,
        kind: Kind,
        uids: Collection[str] | None,
        *,
        on: dt.date | None = None,
    ) -> GeoDataFrame:
        """Read the codes and places of some features, or of all, in the metric CRS."""
        table = self._metadata.tables[kind.key]
        names = self.names(kind, ("code", "parent_code", *NAMING_COLUMNS))
        statement = select(*(table.c[name] for name in names)).order_by(table.c.uid)
        if on is not None:
            statement = statement.where(relation.valid_on(table, on))
        if uids is not None:
            statement = statement.where(self._backend.among(table.c.uid, uids))
        return self.in_metres(self.frame(connection, statement, kind, names))

    def in_metres(self, frame: GeoDataFrame) -> GeoDataFrame:
        """Bring features into the metric CRS; what lies where it has no numbers has no place.

        Only another program can have written such a thing, and it must not keep us from reading.
        """
        metric = frame.to_crs(self._settings.metric_crs)
        coordinates, rows = shapely.get_coordinates(metric.geometry.array, return_index=True)
        lost = np.unique(rows[~np.isfinite(coordinates).all(axis=1)])
        if not len(lost):
            return metric
        places = metric.geometry.to_numpy().copy()
        places[lost] = None
        return metric.set_geometry(GeoSeries(places, index=metric.index, crs=metric.crs))

    def places_in_metres(self, places: NDArray[np.object_]) -> NDArray[np.object_]:
        """Bring places into the metric CRS; what lies where it has no numbers has no place."""
        known = self._settings
        return transformed(places, known.storage_crs, known.metric_crs)

    def filtered(
        self,
        statement: Select[Any],
        source: FromClause,
        kind: Kind,
        wanted: Filter,
        *,
        hidden: frozenset[str] = frozenset(),
    ) -> Select[Any]:
        """Keep what satisfies a filter, by the spatial index where that can help.

        It may not name fields that are hidden.

        Raises
        ------
        FilterError
        """
        fields = {each.key: source.c[each.key] for each in kind.fields if each.key not in hidden}
        place = self._place(source, kind)
        found = compile_filter(wanted, {"uid": source.c.uid, **fields}, place)
        statement = statement.where(found)
        for window in place.windows if place else ():
            statement = self._backend.window(statement, source, kind, window)
        return statement

    def _place(self, source: FromClause, kind: Kind) -> Place | None:
        if not kind.is_spatial:
            return None
        place = source.c[GEOMETRY_COLUMN]
        return Place(
            lambda relation, geometry: self._backend.relates(relation, place, geometry),
            is_missing=place.is_(None),
            storage_crs=self._settings.storage_crs,
        )

    def source(self, connection: Connection, kind: Kind, as_of: Moment | None) -> FromClause:
        """Give the features of a kind as they are, or were, with the columns of its table."""
        if as_of is None:
            return self._metadata.tables[kind.key]
        number = changesets.number_at(connection, self._metadata, as_of)
        if changesets.revision(connection, self._metadata, kind.key) <= number:
            return self._metadata.tables[kind.key]  # nothing has changed since: today's is faster
        return relation.as_of(self._backend, self._metadata, kind, number)

    def names(self, kind: Kind, columns: Collection[str] | None) -> list[str]:
        """Name the columns that are read: uid, fields, place."""
        geometry = [GEOMETRY_COLUMN] if kind.is_spatial else []
        wanted = [field.key for field in kind.fields if columns is None or field.key in columns]
        return ["uid", *wanted, *geometry]

    def frame(
        self, connection: Connection, statement: Select[Any], kind: Kind, names: list[str]
    ) -> GeoDataFrame:
        """Read the rows of a statement that selects columns by these names, as a frame."""
        rows = self._backend.fetch(connection, statement)
        return frame_from_rows(kind, rows, names, self._settings.storage_crs, self._backend.decode)

    def found(
        self,
        rows: Sequence[Any],
        kind: Kind,
        names: list[str],
        hidden: frozenset[str],
        told: frozenset[str] = frozenset(),
    ) -> FoundRows:
        """Keep rows of columns with these names as they came."""
        return FoundRows(
            kind=kind,
            rows=[tuple(row) for row in rows],
            names=names,
            crs=self._settings.storage_crs,
            decode=self._backend.decode,
            hidden=hidden,
            told=told,
        )


def require_fields(kind: Kind, columns: Collection[str] | None) -> None:
    """Refuse columns that are no fields of `kind`.

    Raises
    ------
    UnknownFieldError
    """
    known = tuple(field.key for field in kind.fields)
    for name in columns or ():
        if name not in known:
            raise UnknownFieldError(kind=kind.key, field=name, known=known)


def chunks(uids: Collection[str]) -> Iterator[list[str]]:
    """Cut uids into parts that one statement can bind; at least one part, be it empty."""
    ordered = list(uids)
    for start in range(0, max(len(ordered), 1), _CHUNK):
        yield ordered[start : start + _CHUNK]
