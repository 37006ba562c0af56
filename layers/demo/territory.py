"""The territory: district, streets, communities and grids, which tile the ground exactly."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import shapely
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from layers.demo.buildings import Building
from layers.demo.gridding import borders, components, merge
from layers.demo.ground import Ground
from layers.demo.plan import Plan
from layers.demo.uses import Use

# A grid of woods alone is worth having from this area on.
_LEAST_WOODS_M2 = 60_000.0
_CELL_WEIGHT = 6.0
_AREA_PER_WEIGHT_M2 = 9_000.0


@dataclass(frozen=True)
class Unit:
    """A unit of the territory."""

    kind: str
    code: str
    name: str
    parent: str | None
    shape: BaseGeometry
    cells: tuple[str, ...]
    grid_type: str | None = None


@dataclass(frozen=True)
class Territory:
    """All units, and the way from a cell to its units."""

    units: tuple[Unit, ...]
    grid_of_cell: Mapping[str, str]

    def of(self, kind: str) -> list[Unit]:
        """List the units of a level, in the order of their codes."""
        return [unit for unit in self.units if unit.kind == kind]

    def community_of_cell(self, cell: str) -> str:
        """Tell the code of the community of a cell."""
        return self.grid_of_cell[cell][:12]


def divide(
    plan: Plan, ground: Ground, uses: Mapping[str, Use], buildings: Sequence[Building]
) -> Territory:
    """Divide the district into streets, communities and grids."""
    outlines = ground.outlines
    households: Counter[str] = Counter()
    for building in buildings:
        households[building.lot] += building.households or 0
    shared = borders(outlines)
    members = _members(plan, ground)
    fixed = {name: _dedicated(keys, uses, shared, outlines) for name, keys in members.items()}
    wanted = plan.part("territory")["grids"] - sum(len(groups) for groups in fixed.values())
    counts = _apportion(
        {n: float(sum(households[k] for k in m)) for n, m in members.items()}, wanted
    )
    grids: dict[str, list[tuple[str, list[str]]]] = {}
    for name, keys in members.items():
        taken = {key for group in fixed[name] for key in group}
        rest = [key for key in keys if key not in taken]
        weights = {
            key: households[key] + _CELL_WEIGHT + outlines[key].area / _AREA_PER_WEIGHT_M2
            for key in rest
        }
        mixed = merge(rest, weights, shared, counts[name])
        grids[name] = [
            *(("comprehensive", group) for group in mixed),
            *(("dedicated", group) for group in fixed[name]),
        ]
    return _number(plan, outlines, uses, grids)


def _members(plan: Plan, ground: Ground) -> dict[str, list[str]]:
    cells = {cell.key: cell for cell in ground.lattice.cells}
    members: dict[str, list[str]] = {}
    for entry in plan.part("community"):
        start, end = entry["span"]
        members[entry["name"]] = [
            key
            for key in sorted(cells)
            if cells[key].strip in entry["strips"] and start <= cells[key].start < end
        ]
    return members


def _dedicated(
    keys: Sequence[str],
    uses: Mapping[str, Use],
    shared: Mapping[str, Mapping[str, float]],
    outlines: Mapping[str, Polygon],
) -> list[list[str]]:
    """Give institutions grids of their own, and woods one where they are large."""
    alone = [[key] for key in keys if key in uses and uses[key].is_dedicated]
    woods = [key for key in keys if key not in uses or uses[key].key == "wooded"]
    slopes = [key for key in woods if key[:2] in {"L3", "L4", "R3", "R4"}]
    large = [
        group
        for group in components(slopes, shared)
        if sum(outlines[key].area for key in group) >= _LEAST_WOODS_M2
    ]
    return alone + large


def _apportion(weights: Mapping[str, float], seats: int) -> dict[str, int]:
    """Share out seats by the largest remainders, two at the least."""
    total = sum(weights.values())
    free = seats - 2 * len(weights)
    exact = {name: free * weight / total for name, weight in weights.items()}
    counts = {name: 2 + int(share) for name, share in exact.items()}
    rest = sorted(exact, key=lambda name: (int(exact[name]) - exact[name], name))
    for name in rest[: seats - sum(counts.values())]:
        counts[name] += 1
    return counts


def _number(
    plan: Plan,
    outlines: Mapping[str, Polygon],
    uses: Mapping[str, Use],
    grids: Mapping[str, Sequence[tuple[str, list[str]]]],
) -> Territory:
    """Draw the units and give them codes, from west to east and north to south."""
    county = plan.part("territory")["county_code"]
    offices = [entry["name"] for entry in plan.part("street_office")]
    units: list[Unit] = []
    grid_of_cell: dict[str, str] = {}
    serials: Counter[int] = Counter()
    for entry in plan.part("community"):
        serials[entry["street"]] += 1
        street_code = f"{county}{entry['street']:03d}000"
        code = f"{street_code[:9]}{serials[entry['street']]:03d}"
        drawn = [
            (grid_type, group, shapely.coverage_union_all([outlines[key] for key in group]))
            for grid_type, group in grids[entry["name"]]
        ]
        drawn.sort(key=lambda item: (-round(item[2].centroid.y / 300), item[2].centroid.x))
        for serial, (grid_type, group, shape) in enumerate(drawn, start=1):
            grid_code = f"{code}{serial:03d}"
            name = _grid_name(entry["name"], serial, grid_type, group, uses)
            units.append(Unit("grid", grid_code, name, code, shape, tuple(group), grid_type))
            grid_of_cell.update(dict.fromkeys(group, grid_code))
        units.append(_join(units, "community", code, entry["name"], street_code))
    for index, name in enumerate(offices, start=1):
        code = f"{county}{index:03d}000"
        units.append(_join(units, "street", code, name, f"{county}000000"))
    units.append(
        _join(units, "district", f"{county}000000", plan.part("territory")["district"], None)
    )
    order = {"district": 0, "street": 1, "community": 2, "grid": 3}
    units.sort(key=lambda unit: (order[unit.kind], unit.code))
    return Territory(tuple(units), grid_of_cell)


def _join(units: Sequence[Unit], kind: str, code: str, name: str, parent: str | None) -> Unit:
    parts = [unit for unit in units if unit.parent == code]
    shape = shapely.coverage_union_all([unit.shape for unit in parts])
    cells = tuple(sorted(cell for unit in parts for cell in unit.cells))
    return Unit(kind, code, name, parent, shape, cells)


def _grid_name(
    community: str, serial: int, grid_type: str, group: Sequence[str], uses: Mapping[str, Use]
) -> str:
    if grid_type == "comprehensive":
        return f"{community}第{serial}网格"
    named = next((uses[key].name for key in group if key in uses and uses[key].name), "")
    return f"{named or community.removesuffix('社区') + '林场'}专属网格"
