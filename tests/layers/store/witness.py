"""A store that is made to do what a chronicle tells, and asked what it remembers of it."""

from __future__ import annotations

import datetime as dt
import json
import typing
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from shapely import Geometry

from layers import Store, open_store
from layers.importing import ImportOptions, ImportReport, import_file
from layers.importing import Mapping as ColumnMapping
from layers.kinds import KINDS
from layers.store import ChangeWriter
from layers.store.geopackage import blob
from layers.store.units import territory_rows
from layers.territory import Division
from tests.layers.store import databases, files
from tests.layers.store.chronicle import (
    FIELDS,
    Delete,
    Edit,
    Entry,
    Insert,
    Values,
    as_stored,
    place_text,
)

_SRID = 4490


class Witness:
    """One store under test; it knows its features' uids by the names they bear in the chronicle."""

    def __init__(self, place: str | Path) -> None:
        self.place = place
        self.store: Store = open_store(place)
        self._uids: dict[str, str] = {}
        self._names: dict[str, str] = {}

    def reopen(self) -> None:
        """Come back as another process would."""
        self.store.close()
        self.store = open_store(self.place)

    # ---------------------------------------------------------------- writing

    def write(
        self,
        edits: Sequence[Edit],
        author: str,
        *,
        then: Callable[[ChangeWriter], None] = lambda _: None,
    ) -> int | None:
        """Make one changeset, with something else done at its end; give its number."""
        with self.store.change(author=author, message="") as change:
            for edit in edits:
                self.enter(change, edit)
            then(change)
        return change.changeset

    def enter(self, change: ChangeWriter, edit: Edit) -> None:
        """Write one edit."""
        if isinstance(edit, Delete):
            change.delete(edit.kind, [self._uids[name] for name in edit.names])
            return
        frame = frame_of(edit.kind, edit.rows.values())
        if isinstance(edit, Insert):
            if edit.gives_uids:
                frame = frame.set_axis(pd.Index(map(self._own_uid, edit.rows), name="uid"))
            self._call(edit.rows, change.insert(edit.kind, frame))
        else:
            change.update(edit.kind, frame.set_axis(pd.Index(map(self._uids.get, edit.rows))))

    def take(self, kind: str, path: Path, new: Mapping[str, str]) -> ImportReport:
        """Import a file by its codes; `new` names the features that come, by code."""
        datum = "CGCS2000" if KINDS[kind].is_spatial else None
        options = ImportOptions(
            datum=datum, mapping=ColumnMapping(key=("code",)), author="importer"
        )
        report = import_file(self.store, kind, path, options)
        self.name_by_code(kind, new)
        return report

    def name_by_code(self, kind: str, new: Mapping[str, str]) -> None:
        """Name the features that got their uids from the store, by their codes."""
        codes = self.store.read(kind, columns=["code"])["code"]
        codes = codes[~codes.index.isin(self._names)]
        self._call([new[code] for code in codes], codes.index)

    def edit_directly(self, edits: Sequence[Edit]) -> None:
        """Do what another program does that knows nothing of us, in one transaction."""
        statements = [each for edit in edits for each in self._statements(edit)]
        if isinstance(self.place, Path):
            with files.raw(self.place) as connection:
                connection.execute("BEGIN IMMEDIATE")
                for statement, bound in statements:
                    connection.execute(statement, bound)
                connection.execute("COMMIT")
            return
        with databases.editing(self.place) as session:
            for statement, bound in statements:
                session.execute(statement.replace("?", "%s").encode(), bound)

    def names_known(self) -> set[str]:
        """List the uids that have names."""
        return set(self._names)

    def forget_all_but(self, uids: set[str]) -> None:
        """Take back the names that were given since `names_known`."""
        for uid in set(self._names) - uids:
            self._uids.pop(self._names.pop(uid), None)

    def _statements(self, edit: Edit) -> list[tuple[str, list[Any]]]:
        if isinstance(edit, Delete):
            uids = [self._uids[name] for name in edit.names]
            return [(f"DELETE FROM {edit.kind} WHERE uid = ?", [uid]) for uid in uids]
        made = []
        for name, values in edit.rows.items():
            columns = ["geom" if each == "geometry" else each for each in values]
            bound = [self._bound(edit.kind, *each) for each in values.items()]
            if isinstance(edit, Insert):
                uid = self._own_uid(name) if edit.gives_uids else None
                places = ", ".join("?" * (len(columns) + 1))
                filled = ", ".join(["uid", *columns])
                made.append(
                    (f"INSERT INTO {edit.kind} ({filled}) VALUES ({places})", [uid, *bound])
                )
                if edit.gives_uids and uid:
                    self._call([name], [uid])
            else:
                changed = ", ".join(f"{each} = ?" for each in columns)
                made.append(
                    (f"UPDATE {edit.kind} SET {changed} WHERE uid = ?", [*bound, self._uids[name]])
                )
        return made

    def _bound(self, kind: str, column: str, value: Any) -> Any:
        """Write a value as an editor of this database binds it."""
        if value is None:
            return None
        on_file = isinstance(self.place, Path)
        if column == "geometry":
            place = typing.cast("Geometry", as_stored(kind, value))
            return blob.encode([place], _SRID)[0] if on_file else f"SRID={_SRID};{place.wkt}"
        if on_file and isinstance(value, dt.datetime):
            return value.strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"
        return value.isoformat() if on_file and isinstance(value, dt.date) else value

    def _own_uid(self, name: str) -> str:
        return self._uids.get(name) or str(uuid.uuid5(uuid.NAMESPACE_OID, name))

    def _call(self, names: Any, uids: Any) -> None:
        for name, uid in zip(names, uids, strict=True):
            self._uids[name] = uid
            self._names[uid] = name

    # ---------------------------------------------------------------- answering

    def tells(self, kind: str, **question: Any) -> dict[str, Values]:
        """Read features as the chronicle writes them down."""
        frame = self.store.read(kind, columns=FIELDS[kind], **question)
        assert list(frame.index) == sorted(frame.index)
        return self._told(kind, frame)

    def unreplayed(self, kind: str) -> list[Any]:
        """List where today's features and the last versions of all differ, as SQL sees them."""
        if isinstance(self.place, Path):
            return files.unreplayed(self.place, kind)
        return databases.unreplayed(self.place, kind)

    def tells_by_difference(self, kind: str, since: int, *until: int) -> dict[str, Values]:
        """Read one state and walk on from it over differences, from one state to the next."""
        frame = self.store.read(kind, as_of=since)
        for number in until:
            diff = self.store.diff(since, number, kinds=[kind])
            assert (diff.since, diff.until) == (since, number)
            back = self.store.diff(number, since, kinds=[kind])
            if kind in diff.kinds:
                later = diff.kinds[kind].applied_to(frame)
                again = back.kinds[kind].applied_to(later)
                assert self._told(kind, again) == self._told(kind, frame)
                assert diff.inverse().counts == back.counts
                frame = later
            since = number
        return self._told(kind, frame)

    def entries(self) -> list[Entry]:
        """List the changesets."""
        return [Entry(each.author, each.changes) for each in self.store.changesets()]

    def grids(self, kind: str) -> dict[str, str | None]:
        """Say which grid each feature is kept to lie in."""
        return self._named(self.store.territory(kind)["grid"])

    def grids_anew(self, kind: str) -> dict[str, str | None]:
        """Say the same, located now."""
        reader = self.store._reader
        features = self.store.read(kind, columns=["code"])
        levels = ("grid", "community", "street", "district")
        today = dt.datetime.now().astimezone().date()
        units = {level: reader.in_metres(self.store.read(level, on=today)) for level in levels}
        rows = territory_rows(kind, reader.in_metres(features), Division(units))
        grids = rows[rows["level"] == "grid"].set_index("uid")["unit_uid"]
        return self._named(grids.reindex(features.index))

    def _named(self, units: pd.Series) -> dict[str, str | None]:
        return {
            self._names[str(uid)]: None if pd.isna(unit) else self._names[unit]
            for uid, unit in units.items()
        }

    def _told(self, kind: str, frame: gpd.GeoDataFrame) -> dict[str, Values]:
        columns: dict[str, list[Any]] = {
            name: [
                None if missing else value
                for value, missing in zip(frame[name].tolist(), frame[name].isna(), strict=True)
            ]
            for name in FIELDS[kind]
        }
        columns["geometry"] = [place_text(place) for place in frame.geometry]
        rows = zip(*columns.values(), strict=True)
        return {
            self._names[uid]: dict(zip(columns, row, strict=True))
            for uid, row in zip(frame.index, rows, strict=True)
        }


def frame_of(kind: str, rows: Any) -> pd.DataFrame:
    """Make a frame of the columns that the rows have."""
    drawn = list(rows)
    columns = {
        name: pd.Series([row[name] for row in drawn], dtype=object)
        for name in drawn[0]
        if name != "geometry"
    }
    plain = pd.DataFrame(columns, index=range(len(drawn)))
    if "geometry" not in drawn[0]:
        return plain
    return gpd.GeoDataFrame(plain, geometry=[row["geometry"] for row in drawn], crs=_SRID)


def save_survey(path: Path, kind: str, rows: Mapping[str, Values], *, useless: int) -> Path:
    """Write rows as a file of the kind that people send: a table, or places as GeoJSON.

    So many `useless` rows have an empty place.
    """
    if not KINDS[kind].is_spatial:
        path = path.with_suffix(".csv")
        pd.DataFrame(rows.values()).assign(adopter_kind="household").to_csv(path, index=False)
        return path
    nowhere = {"code": "nowhere", "geometry": shapely.Polygon()}
    features = [
        {
            "type": "Feature",
            "properties": {name: value for name, value in row.items() if name != "geometry"},
            "geometry": shapely.geometry.mapping(row["geometry"]),
        }
        for row in [*rows.values(), *[nowhere] * useless]
    ]
    path = path.with_suffix(".geojson")
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    return path
