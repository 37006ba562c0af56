"""The register of objects to repair or to paint: covers, granite balls, dead trees, walls."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.random import Generator
from shapely import LineString, Point

from layers.demo.frames import Row
from layers.demo.land import street_names
from layers.demo.streams import one_of, pick
from layers.demo.town import Town
from layers.demo.uses import HOMES

_COVERS = 1500
_IN_COURTYARDS = 420
_APART_M = 2.0
# Class, component minor class, owner's place in the plan's list of utilities, weight.
_COVER_CLASSES: tuple[tuple[str, str, int, float], ...] = (
    ("sewage_cover", "02", 1, 24.0),
    ("stormwater_cover", "03", 1, 17.0),
    ("storm_drain_grate", "04", 1, 14.0),
    ("water_supply_cover", "01", 0, 12.0),
    ("heating_cover", "", 5, 11.0),
    ("telecom_cover", "07", 4, 8.0),
    ("power_cover", "05", 2, 5.0),
    ("street_light_cover", "06", 3, 4.0),
    ("gas_cover", "11", 6, 3.0),
    ("cable_tv_cover", "08", 7, 1.0),
    ("ownerless_cover", "14", -1, 2.4),
)
_CONDITIONS = {
    "intact": 84.0, "damaged": 5.0, "loose": 3.5, "sunken": 3.0, "noisy": 2.0, "displaced": 1.0,
    "missing": 0.7, "wrong_cover": 0.6, "abandoned": 0.4,
}  # fmt: skip
_SPACING_M = {"main": 38.0, "secondary": 46.0, "branch": 60.0, "lane": 75.0}


def cover_rows(town: Town) -> list[Row]:
    """List the manhole covers along the streets and in the courtyards.

    Dirt is put in on purpose, as every survey has some: covers without owner, one component code
    used twice, covers of an unknown class.
    """
    chance = town.chance("covers")
    places = _street_places(town, chance, _COVERS - _IN_COURTYARDS)
    places += _courtyard_places(town, chance, _COVERS - len(places))
    roads = _nearest_roads(town, [point for point, _ in places])
    rows = [
        _cover(town, serial, point, placement, chance)
        | {"road_name": None if placement == "courtyard" else road}
        for serial, ((point, placement), road) in enumerate(zip(places, roads, strict=True), 1)
    ]
    for index in (211, 733, 1204):
        rows[index] |= {
            "component_code": rows[index - 1]["component_code"],
            "note": "编码重复，待核",
        }
    for index in (95, 617, 958, 1377):
        rows[index] |= {"minor_class": "unknown", "note": "井盖无字，类别待核"}
    return rows


def _cover(
    town: Town, serial: int, point: Point, placement: str, chance: Generator
) -> dict[str, Any]:
    by_name = {entry[0]: entry for entry in _COVER_CLASSES}
    name = pick(chance, {entry[0]: entry[3] for entry in _COVER_CLASSES})
    _, minor, owner, _ = by_name[name]
    utilities = town.plan.part("organisations")["utilities"]
    square = name in {"storm_drain_grate", "telecom_cover"}
    system = {"sewage_cover": "wastewater", "water_supply_cover": "water"}.get(name, "other")
    return {
        "code": town.code("JG", serial, 5),
        "component_code": f"{town.county}{f'01{minor}' if minor else '2101'}{serial:06d}",
        "code_system": "component_2_2_6" if minor else "local",
        "minor_class": name,
        "system_type": "stormwater" if name.startswith("storm") else system,
        "status": "existing",
        "condition": pick(chance, _CONDITIONS),
        "owner_org": utilities[owner] if owner >= 0 else None,
        "maintainer_org": utilities[owner] if owner >= 0 and chance.random() < 0.9 else None,
        "competent_org": "青岭区城市管理局",
        "material": pick(
            chance, {"ductile_iron": 6, "cast_iron": 2, "composite": 2, "concrete": 1}
        ),
        "shape": "rectangular" if square else "round",
        "specification": "450×750" if square else one_of(chance, ("Φ700", "Φ800")),
        "placement": placement,
        "on_tactile_paving": bool(placement == "footway" and chance.random() < 0.08),
        "accuracy_grade": pick(chance, {"A": 6, "B": 3, "C": 1}),
        "surveyed_on": town.before(int(chance.integers(10, 300))),
        "geometry": point,
    }


def _street_places(town: Town, chance: Generator, count: int) -> list[tuple[Point, str]]:
    """Spread places along the streets, denser on the wide ones."""
    places: list[tuple[Point, str]] = []
    for street in town.ground.streets:
        if street.is_bridge:
            continue
        spacing_m = _SPACING_M[street.street_class]
        reach = np.arange(chance.uniform(8.0, spacing_m), street.line.length - 8.0, spacing_m)
        for along in (reach + chance.normal(0.0, 4.0, len(reach))).tolist():
            aside = float(chance.uniform(-1.0, 1.0)) * (street.half_width_m + 1.0)
            on_footway = abs(aside) > street.half_width_m - 2.0
            places.append(
                (_beside(street.line, along, aside), "footway" if on_footway else "carriageway")
            )
    chosen = np.sort(chance.permutation(len(places))[:count])
    return _clear(town, [places[i] for i in chosen.tolist()])


def _nearest_roads(town: Town, points: Sequence[Point]) -> list[str | None]:
    names = street_names(town)
    streets = town.ground.streets
    nearest = shapely.STRtree([street.line for street in streets]).nearest(points)
    return [names.get(streets[index].group) for index in nearest.tolist()]


def _courtyard_places(town: Town, chance: Generator, count: int) -> list[tuple[Point, str]]:
    lots = [
        town.ground.lots[key]
        for key in sorted(town.uses)
        if town.uses[key].key in {"compound", "tower", "old", "school", "hospital"}
    ]
    places: list[tuple[Point, str]] = []
    while len(places) < count:
        lot = lots[int(chance.integers(len(lots)))]
        minx, miny, maxx, maxy = lot.land.bounds
        point = Point(round(chance.uniform(minx, maxx), 2), round(chance.uniform(miny, maxy), 2))
        if lot.land.contains(point) and town.is_clear([point], 1.0)[0]:
            places.append((point, "courtyard"))
    return places


def _beside(line: LineString, along_m: float, aside_m: float) -> Point:
    here = line.interpolate(along_m)
    ahead = line.interpolate(min(along_m + 1.0, line.length))
    dx, dy = ahead.x - here.x, ahead.y - here.y
    length = float(np.hypot(dx, dy)) or 1.0
    return Point(round(here.x - dy / length * aside_m, 2), round(here.y + dx / length * aside_m, 2))


def _clear(town: Town, places: Sequence[tuple[Point, str]]) -> list[tuple[Point, str]]:
    """Drop places in a building, in the water, or on top of an earlier one."""
    points = np.array([point for point, _ in places], dtype=object)
    good = town.is_clear(points, 0.5) & ~shapely.intersects(
        points, shapely.union_all([town.ground.river, town.ground.tributary])
    )
    first, second = shapely.STRtree(points).query(points, predicate="dwithin", distance=_APART_M)
    good[np.maximum(first, second)[first != second]] = False
    return [place for place, is_good in zip(places, good.tolist(), strict=True) if is_good]


def ball_rows(town: Town) -> list[Row]:
    """List the granite balls: rows of them before squares, parks and crossings."""
    chance = town.chance("balls")
    rings = [p.shape.exterior for p in town.parcels.of("red_square") + town.parcels.of("square")]
    rings += [g.shape.exterior for g in town.greens if g.class_code == "G12"]
    rows: list[Row] = []
    for ring in rings:
        start = float(chance.uniform(0, ring.length))
        for step in range(int(chance.integers(14, 26))):
            spot = ring.interpolate((start + step * 2.4) % ring.length)
            rows.append(
                {
                    "code": town.code("SQ", len(rows) + 1),
                    "condition": pick(
                        chance,
                        {"intact": 70, "worn": 12, "damaged": 8, "displaced": 6, "missing": 4},
                    ),
                    "diameter_m": one_of_numbers(chance, (0.3, 0.4, 0.5)),
                    "owner_org": "青岭区城市管理局",
                    "surveyed_on": town.before(int(chance.integers(30, 250))),
                    "geometry": shapely.set_precision(spot, 0.01),
                }
            )
    return rows


def one_of_numbers(chance: Generator, options: tuple[float, ...]) -> float:
    """Pick one number, each as likely as the next."""
    return options[int(chance.integers(len(options)))]


def tree_rows(town: Town) -> list[Row]:
    """List the dead trees along the streets and in the greens."""
    chance = town.chance("trees")
    streets = [s for s in town.ground.streets if s.street_class in {"main", "secondary"}]
    places: list[tuple[Point, str]] = []
    for _ in range(110):
        street = streets[int(chance.integers(len(streets)))]
        aside = (street.half_width_m + 1.2) * (1 if chance.random() < 0.5 else -1)
        places.append((_beside(street.line, chance.uniform(5, street.line.length - 5), aside), ""))
    open_greens = [g for g in town.greens if g.shape.area > 800 and g.class_code[0] == "G"]
    for _ in range(50):
        green = open_greens[int(chance.integers(len(open_greens)))]
        ring = green.shape.buffer(-6.0).boundary
        if not ring.is_empty:
            spot = ring.interpolate(float(chance.random()), normalized=True)
            places.append((shapely.set_precision(spot, 0.01), ""))
    return [
        {
            "code": town.code("KM", serial),
            "condition": pick(
                chance, {"standing": 60, "leaning": 15, "broken": 10, "stump": 10, "removed": 5}
            ),
            "species": one_of(chance, ("榆树", "杨树", "柳树", "五角枫", "山梨", "樟子松")),
            "height_m": float(chance.uniform(3.0, 16.0)),
            "girth_m": float(chance.uniform(0.4, 2.2)),
            "owner_org": "青岭区园林管理中心",
            "surveyed_on": town.before(int(chance.integers(20, 260))),
            "geometry": point,
        }
        for serial, (point, _) in enumerate(_clear(town, places), start=1)
    ]


def wall_rows(town: Town) -> list[Row]:
    """List the large walls: gable ends of houses and walls of works, as lines."""
    chance = town.chance("walls")
    candidates = [
        index
        for index, building in enumerate(town.buildings)
        if town.uses[building.lot].key in {*HOMES, "industrial", "school"}
        and building.shape.area > 200
    ]
    chosen = np.sort(chance.permutation(candidates)[:120]).tolist()
    rows = []
    for serial, index in enumerate(chosen, start=1):
        building = town.buildings[index]
        corners = list(building.shape.exterior.coords)
        side = int(chance.integers(0, 4))
        wall = LineString([corners[side], corners[side + 1]])
        height_m = round(min(building.floors * 3.0, 21.0), 1)
        rows.append(
            {
                "code": town.code("QM", serial),
                "area_m2": wall.length * height_m * float(chance.uniform(0.5, 0.95)),
                "condition": pick(
                    chance, {"intact": 5, "stained": 3, "peeling": 3, "cracked": 1, "damp": 1}
                ),
                "material": pick(chance, {"render": 4, "paint": 4, "brick": 2, "tile": 1}),
                "length_m": wall.length,
                "height_m": height_m,
                "building_code": town.building_codes[index],
                "surveyed_on": town.before(int(chance.integers(15, 220))),
                "geometry": wall,
            }
        )
    return rows


_PAINTED_SHARE = {
    "manhole_cover": 0.14,
    "granite_ball": 0.4,
    "dead_tree": 0.3,
    "wall_surface": 0.45,
}
_THEMES = {
    "red_culture": 3,
    "civility": 3,
    "local_culture": 3,
    "nature": 3,
    "cartoon": 2,
    "safety": 2,
}


def painting_rows(town: Town, objects: dict[str, list[Row]]) -> list[Row]:
    """List the paintings on covers, balls, dead trees and walls, in every state."""
    chance = town.chance("paintings")
    rows: list[Row] = []
    for kind in sorted(_PAINTED_SHARE):
        for thing in objects[kind]:
            if chance.random() > _PAINTED_SHARE[kind]:
                continue
            state = pick(chance, {"painted": 70, "planned": 14, "faded": 12, "removed": 4})
            area_m2 = thing["area_m2"] * 0.8 if kind == "wall_surface" else chance.uniform(0.3, 1.6)
            rows.append(
                {
                    "code": town.code("CH", len(rows) + 1),
                    "of_kind": kind,
                    "of_code": thing["code"],
                    "theme": pick(chance, _THEMES),
                    "state": state,
                    "painted_on": None
                    if state == "planned"
                    else town.before(int(chance.integers(5, 500))),
                    "team_org": one_of(chance, _TEAMS),
                    "area_m2": float(area_m2),
                }
            )
    return rows


_TEAMS = ("青岭职业技术学校美术队", "松岗志愿服务队", "云泉社区彩绘队", "青岭区文化馆")
