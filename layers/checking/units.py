"""Whether the units of the territory tile the ground, and whether their figures add up."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import pandas as pd
import shapely
from geopandas import GeoDataFrame, GeoSeries

from gis.ground.tiling import shares_in_parents, tiling_faults
from layers.checking.bands import Band
from layers.checking.rows import Finding
from layers.importing.checks import Register
from layers.importing.problems import PROBLEMS
from layers.territory import LEVELS

CELL = "grid_cell"
GEOMETRY = "geometry"
FIGURES = ("households", "population")
# A unit that lies in its parent with less than half of itself lies elsewhere.
_MOST = 0.5
# Less than this share in a second parent is a border that was drawn twice.
_SECOND = 0.05


def check_units(register: Register, checked: Collection[str], band: Band | None) -> list[Finding]:
    """Check the units of the levels in `checked` against each other and the level above.

    Only units that are in force today and have a valid area take part.
    """
    found: list[Finding] = []
    for level in (*reversed(LEVELS), CELL):
        above = _level_above(register, level)
        if level not in checked and above not in checked:
            continue
        units = register.units(level)
        if units.empty:
            continue
        parents = None if above is None else register.units(above)
        pair = _Pair(register, level, above, units, parents)
        found += [*pair.faults(), *pair.places()]
        if level != CELL:
            found += pair.totals()
        if level == LEVELS[0] and band is not None:
            found += _out_of_band(units, band)
    return found


def _level_above(register: Register, level: str) -> str | None:
    """Name the next coarser level that has units."""
    coarser = ("community",) if level == CELL else LEVELS[LEVELS.index(level) + 1 :]
    return next((each for each in coarser if len(register.units(each))), None)


class _Pair:
    """The units of one level under those of the level above."""

    def __init__(
        self,
        register: Register,
        level: str,
        above: str | None,
        units: GeoDataFrame,
        parents: GeoDataFrame | None,
    ) -> None:
        self._level, self._above = level, above
        self._units, self._parents = units, parents
        self._storage_crs = register.store.settings.storage_crs
        field = "community_code" if level == CELL else "parent_code"
        self._named = units[field] if field in units else pd.Series(None, index=units.index)
        self._field = field
        self._parent_of = pd.Series(None, index=units.index, dtype=object)
        if parents is not None:
            by_code = parents.reset_index().drop_duplicates("code", keep=False)
            known = by_code.set_index("code")[parents.index.name or "index"]
            self._parent_of = self._named.map(known)

    def faults(self) -> Iterator[Finding]:
        """Say where there are gaps, overlaps, and units that reach out of their parent."""
        parents = None if self._parents is None else self._parents.geometry
        found = tiling_faults(self._units.geometry, parents, self._parent_of)
        if self._level == CELL:  # cells need not cover woods and fields
            found = found[found["fault"] != "gap"]
        shapes = GeoSeries(found.geometry).to_crs(self._storage_crs).array
        elsewhere = {each.uid for each in self.places() if each.code == "unit_elsewhere"}
        for (_, fault), shape in zip(found.iterrows(), shapes, strict=True):
            if fault["fault"] == "bulge" and fault["unit"] in elsewhere:
                continue
            yield self._fault(fault, shape)

    def _fault(self, fault: pd.Series, shape: shapely.Geometry) -> Finding:
        size = {
            "area_m2": round(float(fault["area_m2"]), 1),
            "width_m": round(float(fault["width_m"]), 2),
        }
        code = f"unit_{fault['fault']}{'_sliver' if fault['is_sliver'] else ''}"
        if fault["fault"] == "gap":
            level, uid = (self._above or self._level), fault["other"]
            values = {"level": self._level, **size}
            key = None if self._parents is None else self._parents["code"].get(uid)
            return _finding(level, (uid, key), code, values, shape=shape)
        unit, other = fault["unit"], fault["other"]
        if fault["fault"] == "overlap":
            values = {"other": self._name(other), **size}
        else:
            share = fault["area_m2"] / self._units.geometry[unit].area
            values = {"parent": self._named[unit], **size, "percent": round(100 * share, 1)}
        return _finding(self._level, (unit, self._units["code"][unit]), code, values, shape=shape)

    def places(self) -> Iterator[Finding]:
        """Say which units lie in another parent than they name, in two, or name none."""
        if self._parents is None or self._above is None:
            return
        shares = shares_in_parents(self._units.geometry, self._parents.geometry)
        codes = self._parents["code"]
        shares_of = dict(iter(shares.groupby("unit", sort=False)))
        for uid in self._units.index:
            rows = shares_of.get(uid, shares.iloc[:0])
            who = (uid, self._units["code"][uid])
            parent = self._parent_of[uid]
            if pd.isna(parent):
                yield from self._unnamed(who, rows, codes)
                continue
            share = float(rows.loc[rows["parent"] == parent, "share"].sum())
            if share < _MOST:
                meant = codes[rows["parent"].iloc[0]] if len(rows) else None
                values = {
                    "parent": self._named[uid], "percent": round(100 * share), "meant": meant,
                }  # fmt: skip
                yield _finding(self._level, who, "unit_elsewhere", values, field=self._field)

    def _unnamed(
        self, who: tuple[str, object], rows: pd.DataFrame, codes: pd.Series
    ) -> Iterator[Finding]:
        """Say that a unit names no parent; a code that there is not is said by another check."""
        if pd.isna(self._named[who[0]]):
            values: dict[str, object] = {"level": self._above}
            yield _finding(self._level, who, "unit_without_parent", values, field=self._field)
        if len(rows) > 1 and rows["share"].iloc[1] >= _SECOND:
            values = {
                "parents": codes[rows["parent"]].astype(str).tolist(),
                "percent": round(100 * float(rows["share"].iloc[1])),
            }
            yield _finding(self._level, who, "unit_in_two_parents", values)

    def totals(self) -> Iterator[Finding]:
        """Say where the figures of a parent are not the sum of its units', all of them known."""
        if self._parents is None:
            return
        for figure in FIGURES:
            if figure not in self._units or figure not in self._parents:
                continue
            by_parent = self._units[figure].groupby(self._parent_of)
            for uid, values in by_parent:
                own = self._parents[figure][uid]
                if pd.isna(own) or values.isna().any() or int(values.sum()) == int(own):
                    continue
                said = {
                    "found": int(own), "total": int(values.sum()), "units": len(values),
                    "level": self._level,
                }  # fmt: skip
                who = (str(uid), self._parents["code"][uid])
                level = self._above or self._level
                yield _finding(level, who, "unit_total_differs", said, field=figure)

    def _name(self, uid: str) -> str:
        code = self._units["code"][uid]
        return uid if pd.isna(code) else str(code)


def _out_of_band(grids: GeoDataFrame, band: Band) -> Iterator[Finding]:
    """Say which grids have many more or fewer households than is usual."""
    alike = grids[grids["grid_type"] == band.grid_type]
    bounds = {"least": band.least_households, "most": band.most_households}
    for uid, grid in alike.iterrows():
        who = (str(uid), grid["code"])
        households, people = grid["households"], grid["population"]
        if pd.notna(households) and not bounds["least"] <= households <= bounds["most"]:
            how = "few" if households < bounds["least"] else "many"
            values = {"found": int(households), **bounds, "source": band.source}
            yield _finding(LEVELS[0], who, f"unit_too_{how}_households", values, field="households")
        if pd.notna(people) and people > band.most_people:
            values = {"found": int(people), "most": band.most_people, "source": band.source}
            yield _finding(LEVELS[0], who, "unit_too_many_people", values, field="population")


def _finding(
    level: str,
    who: tuple[object, object],
    code: str,
    values: dict[str, object],
    *,
    field: str = GEOMETRY,
    shape: shapely.Geometry | None = None,
) -> Finding:
    uid, key = ("" if each is None or each != each else str(each) for each in who)  # noqa: PLR0124 - missing ones
    return Finding(
        kind=level,
        key=key,
        uid=uid,
        field=field,
        code=code,
        severity=PROBLEMS[code].severity,
        values=values,
        shape=shape,
    )
