"""The register of the land: units, unit cells, roads, water, place names."""

from collections import Counter, defaultdict
from itertools import pairwise

import numpy as np
import shapely
from shapely import LineString, Point, Polygon

from layers.demo.frames import Row
from layers.demo.lattice import STEP_M, Cell
from layers.demo.names import Names
from layers.demo.town import Town

_UNIT_CELL_M = 110.0
_BUILT_UP_STRIPS = ("L1", "L2", "R2")
_ROAD_CLASS = {
    "main": ("arterial", 26.0, 4),
    "secondary": ("secondary", 15.0, 2),
    "branch": ("branch", 9.0, 2),
    "lane": ("local", 5.2, 1),
    "bridge": ("secondary", 14.0, 2),
}
_LAND_USE = {
    "compound": "居住", "tower": "居住", "old": "居住", "village": "村庄", "hillside": "居住",
    "commercial": "商业", "market": "商业", "office": "行政办公", "school": "教育",
    "hospital": "医疗", "culture": "文化", "station": "交通", "industrial": "工业",
    "park": "绿地", "field": "耕地", "bank": "水域岸线", "wooded": "林地",
}  # fmt: skip


def unit_rows(town: Town, level: str) -> list[Row]:
    """List the units of one level with their households and people."""
    households: Counter[str] = Counter()
    people: Counter[str] = Counter()
    for building in town.buildings:
        households[building.lot] += building.households or 0
        people[building.lot] += building.population or 0
    rows = []
    for unit in town.territory.of(level):
        row = {
            "code": unit.code,
            "name": unit.name,
            "parent_code": unit.parent,
            "households": sum(households[cell] for cell in unit.cells),
            "population": sum(people[cell] for cell in unit.cells),
            "valid_from": town.before(1500),
            "source": "演示数据",
            "geometry": unit.shape,
        }
        if level == "grid":
            row |= {"grid_type": unit.grid_type, "code_system": "local"}
        rows.append(row)
    return rows


def unit_cell_rows(town: Town) -> list[Row]:
    """List the cells of digital city management: the built-up lattice in pieces of a hectare."""
    pieces: dict[str, list[tuple[Polygon, Cell]]] = defaultdict(list)
    for cell in town.ground.lattice.cells:
        if cell.strip in _BUILT_UP_STRIPS and 900 <= cell.start < 6700:
            community = town.territory.community_of_cell(cell.key)
            pieces[community] += [(shape, cell) for shape in _pieces(town, cell)]
    rows = []
    for community in sorted(pieces):
        ordered = sorted(
            pieces[community], key=lambda p: (-round(p[0].centroid.y / 120), p[0].centroid.x)
        )
        for serial, (shape, cell) in enumerate(ordered, start=1):
            use = town.uses[cell.key].key if cell.key in town.uses else "bank"
            rows.append(
                {
                    "code": f"{community}{serial:03d}",
                    "code_system": "cell_15",
                    "community_code": community,
                    "grid_code": town.territory.grid_of_cell[cell.key],
                    "area_m2": shape.area,
                    "land_use": _LAND_USE[use],
                    "management_grade": 1 if 2400 <= cell.start < 4640 else 2,
                    "responsible_org": "青岭区城市管理局",
                    "valid_from": town.before(1200),
                    "geometry": shape,
                }
            )
    return rows


def _pieces(town: Town, cell: Cell) -> list[Polygon]:
    count = max(1, round((cell.end - cell.start) / _UNIT_CELL_M))
    cuts = np.round(np.linspace(cell.start, cell.end, count + 1) / STEP_M) * STEP_M
    stations = sorted({float(cut) for cut in cuts})
    return [
        town.ground.lattice.outline(Cell(cell.strip, cell.row, cell.rows, a, b))
        for a, b in pairwise(stations)
    ]


def road_rows(town: Town) -> list[Row]:
    """List the roads; streets without a name in the plan get one of their own."""
    rows = []
    names = street_names(town)
    for serial, street in enumerate(town.ground.streets, start=1):
        road_class, width_m, lanes = _ROAD_CLASS[street.street_class]
        rows.append(
            {
                "code": town.code("DL", serial),
                "name": names.get(street.group),
                "class": road_class,
                "width_m": width_m,
                "lanes": lanes,
                "note": "桥梁" if street.is_bridge else None,
                "surveyed_on": town.before(400),
                "geometry": street.line,
            }
        )
    return rows


def street_names(town: Town) -> dict[str, str]:
    """Name the streets by their group; most lanes have no name."""
    names = Names(town.chance("roads/names"))
    named: dict[str, str] = {}
    for street in town.ground.streets:
        if street.name:
            named[street.group] = street.name
        elif street.street_class != "lane" and street.group not in named:
            named[street.group] = _street_name(street.line, names)
    return named


def _street_name(line: LineString, names: Names) -> str:
    first, last = line.coords[0], line.coords[-1]
    runs_east = abs(last[0] - first[0]) > abs(last[1] - first[1])
    return names.street("街" if runs_east else "路")


def water_rows(town: Town) -> list[Row]:
    """List the river, its tributary, brooks on the slopes, and ponds in the woods."""
    rows: list[Row] = [
        _water(town, 1, "青岭江", "river", town.ground.river, 48.0),
        _water(
            town, 2, "听泉溪", "stream",
            town.ground.tributary.difference(town.ground.river), 14.0,
        ),
    ]  # fmt: skip
    for serial, entry in enumerate(town.plan.part("brook"), start=3):
        valley = town.ground.lattice.valley
        foot = float(valley.offset(entry["foot"], entry["station"]))
        ridge = float(valley.offset(entry["ridge"], entry["station"]))
        reach = np.linspace(0.0, 0.85, 30)
        bend = entry["station"] + 28.0 * np.sin(reach * 11.0 + serial) * np.sqrt(reach)
        line = LineString(valley.locate(bend, foot + (ridge - foot) * reach))
        rows.append(_water(town, serial, entry["name"], "stream", line, 3.0))
    return rows


def _water(
    town: Town, serial: int, name: str, water_type: str, shape: Polygon | LineString, width_m: float
) -> Row:
    return {
        "code": town.code("SX", serial),
        "name": name,
        "water_type": water_type,
        "width_m": width_m,
        "geometry": shape,
    }


def place_name_rows(town: Town) -> list[Row]:
    """List the names on the map: the town, its quarters, villages, hills and squares."""
    places: list[tuple[str, str, Point]] = []
    for unit in town.territory.of("district"):
        centre = town.ground.lattice.locate("L1", 3500.0, 0.5)[0]
        places.append((unit.name.removesuffix("区"), "city", Point(centre)))
    for unit in town.territory.of("community"):
        built = [town.ground.lots[c].land for c in unit.cells if _is_inhabited(town, c)]
        centre_of = shapely.union_all(built).centroid if built else unit.shape.centroid
        places.append((unit.name.removesuffix("社区"), "suburb", centre_of))
    places += [
        (parcel.name, "square", parcel.shape.centroid)
        for parcel in (*town.parcels.of("red_square"), *town.parcels.of("square"))
    ]
    for entry in town.plan.part("landmark"):
        spot = town.ground.lattice.locate(entry["strip"], entry["station"], entry["share"])[0]
        places.append((entry["name"], entry["place_type"], Point(spot)))
    return [
        {
            "code": town.code("DM", serial),
            "name": name,
            "place_type": place_type,
            "geometry": shapely.set_precision(point, 0.01),
        }
        for serial, (name, place_type, point) in enumerate(places, start=1)
    ]


def _is_inhabited(town: Town, cell: str) -> bool:
    return cell in town.uses and town.uses[cell].key in {"compound", "tower", "old", "hillside"}
