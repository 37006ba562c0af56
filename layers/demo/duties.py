"""The register of duties: property areas, responsibilities, ratings, with holes put in on purpose.

Where the holes, overlaps and expired posts are is listed in `KNOWN_FAULTS`, so that a test and a
reader can tell a fault of the town from a fault of the service.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from layers.demo.frames import Row
from layers.demo.streams import one_of, pick
from layers.demo.territory import Unit
from layers.demo.town import Town

KNOWN_FAULTS: Mapping[str, tuple[int, ...]] = {
    # Serial numbers of the comprehensive grids in the order of their codes, from 0.
    "grids without a grid head": (7, 23, 41, 66, 88),
    "grids with two departments": (3, 18, 52, 77),
    "grids without a department": (11, 12, 34, 60),
    "grids whose only head's post expired": (15, 49),
    # Serial numbers of the bank greens and parks with a responsibility drawn as a polygon.
    "greens cared for by two": (1, 4),
    "greens cared for by nobody": (2, 6),
}


def property_rows(town: Town, compounds: Sequence[Mapping[str, Any]]) -> list[Row]:
    """List the areas of the property firms; a quarter is only a list of compounds or buildings."""
    chance = town.chance("property")
    rows: list[Row] = []
    for compound in compounds:
        if compound["property_org"] is None:
            continue
        drawn = compound["geometry"] is not None and chance.random() < 0.78
        star = int(chance.choice([2, 3, 3, 4, 4, 5]))
        listed = compound["building_codes"]
        rows.append(
            {
                "code": town.code("WY", len(rows) + 1),
                "name": f"{compound['name']}物业服务区",
                "property_org": compound["property_org"],
                "star": star,
                "list": "red" if star == 5 else pick(chance, {"none": 8, "black": star < 3}),
                "fee_grade": min(5, max(1, star + int(chance.integers(-1, 2)))),
                "community_code": compound["community_code"],
                "compound_codes": [compound["code"]],
                "building_codes": None if drawn else listed,
                "households": compound["households"],
                "has_owners_committee": bool(chance.random() < 0.45),
                "geometry": compound["geometry"] if drawn else None,
            }
        )
    return rows


def responsibility_rows(town: Town) -> list[Row]:
    """List who answers for what: by lists of units, by polygons, and where two or nobody does."""
    rows = [
        *_community_sponsors(town),
        *_grid_departments(town),
        *_grid_heads(town),
        *_building_heads(town),
        *_green_keepers(town),
        *_frontages(town),
        *_snow(town),
    ]
    return [{"code": town.code("ZR", serial), **row} for serial, row in enumerate(rows, start=1)]


def living_grids(town: Town) -> list[Unit]:
    """List the comprehensive grids, to which `KNOWN_FAULTS` counts."""
    return [unit for unit in town.territory.of("grid") if unit.grid_type == "comprehensive"]


def _departments(town: Town) -> Sequence[str]:
    return [str(name) for name in town.plan.part("organisations")["departments"]]


def _community_sponsors(town: Town) -> list[Row]:
    departments = _departments(town)
    return [
        {
            "name": f"{unit.name}包保",
            "role": "sponsor",
            "holder_org": departments[index],
            "post": "包保专班",
            "post_rank": rank,
            "plan": plan,
            "unit_kind": "community",
            "unit_codes": [unit.code],
            "valid_from": town.before(700),
        }
        for index, unit in enumerate(town.territory.of("community"))
        for rank, plan in (("A", "normal"), ("B", "normal"), ("A", "emergency"))
    ]


def _grid_departments(town: Town) -> list[Row]:
    """Give each department some grids, except those that two have or nobody has."""
    departments = _departments(town)
    grids = living_grids(town)
    held: dict[str, list[str]] = {name: [] for name in departments}
    for index, unit in enumerate(grids):
        if index in KNOWN_FAULTS["grids without a department"]:
            continue
        held[departments[(index // 5) % len(departments)]].append(unit.code)
        if index in KNOWN_FAULTS["grids with two departments"]:
            held[departments[(index // 5 + 7) % len(departments)]].append(unit.code)
    return [
        {
            "name": f"{name}包保网格",
            "role": "sponsor",
            "holder_org": name,
            "post": "包保工作组",
            "post_rank": "A",
            "plan": "normal",
            "unit_kind": "grid",
            "unit_codes": codes,
            "valid_from": town.before(500),
        }
        for name, codes in held.items()
        if codes
    ]


def _grid_heads(town: Town) -> list[Row]:
    rows = []
    offices = {unit.code: unit.name for unit in town.territory.of("community")}
    for index, unit in enumerate(living_grids(town)):
        if index in KNOWN_FAULTS["grids without a grid head"]:
            continue
        expired = index in KNOWN_FAULTS["grids whose only head's post expired"]
        rows.append(
            {
                "name": f"{unit.name}网格长",
                "role": "grid_head",
                "holder_org": f"{offices[unit.code[:12]]}居民委员会",
                "post": "网格长",
                "post_rank": "A",
                "plan": "normal",
                "unit_kind": "grid",
                "unit_codes": [unit.code],
                "valid_from": town.before(900),
                "valid_to": town.before(45) if expired else None,
            }
        )
    return rows


def _building_heads(town: Town) -> list[Row]:
    """Name heads for groups of buildings in every other community."""
    rows = []
    for unit in town.territory.of("community")[::2]:
        codes = [code for code in town.building_codes if code.startswith(unit.code)]
        rows += [
            {
                "name": f"{unit.name}楼栋长第{start // 40 + 1}组",
                "role": "building_head",
                "holder_org": f"{unit.name}居民委员会",
                "post": "楼栋长",
                "post_rank": "A",
                "plan": "normal",
                "unit_kind": "building",
                "unit_codes": codes[start : start + 40],
                "valid_from": town.before(300),
            }
            for start in range(0, len(codes), 40)
        ]
    return rows


def _green_keepers(town: Town) -> list[Row]:
    """Draw who keeps the large greens; the drawn areas reach a little beyond them."""
    departments = _departments(town)
    large = [g for g in town.greens if g.class_code[0] == "G" and g.shape.area > 5000]
    rows = []
    for index, green in enumerate(large):
        if index in KNOWN_FAULTS["greens cared for by nobody"]:
            continue
        holders = ["青岭区园林管理中心"]
        if index in KNOWN_FAULTS["greens cared for by two"]:
            holders.append(departments[index])
        rows += [
            {
                "name": f"{green.name}管护",
                "role": "greening",
                "holder_org": holder,
                "post": "绿地管护岗",
                "post_rank": "A",
                "plan": "normal",
                "duties": ["greening", "sanitation"],
                "geometry": shapely.set_precision(green.shape.buffer(5.0, 4), 0.01),
                "valid_from": town.before(600),
            }
            for holder in holders
        ]
    return rows


def _frontages(town: Town) -> list[Row]:
    """Draw the frontage duties of shops: the ground between the house and the kerb."""
    chance = town.chance("frontages")
    kerbs = shapely.union_all(
        [street.line.buffer(street.half_width_m) for street in town.ground.streets]
    )
    shapely.prepare(kerbs)
    shops = [b for b in town.buildings if b.use == "commercial"]
    rows: list[Row] = []
    for building in shops:
        if building.shape.distance(kerbs) > 8.0 or chance.random() > 0.7:
            continue
        front = building.shape.buffer(7.0, cap_style="square", join_style="mitre")
        front = front.difference(building.shape).difference(kerbs)
        front = front.difference(shapely.union_all(town.building_shapes[_near(town, front)]))
        expired = chance.random() < 0.12
        rows.append(
            {
                "name": f"门前三包责任区{len(rows) + 1}",
                "role": "frontage",
                "holder_org": f"商户联盟第{len(rows) + 1}号",
                "post": "门前三包责任人",
                "plan": "normal",
                "duties": ["sanitation", "order", "greening"],
                "geometry": shapely.set_precision(front, 0.01),
                "valid_from": town.before(720),
                "valid_to": town.before(int(chance.integers(5, 200))) if expired else None,
            }
        )
    return rows


def _near(town: Town, shape: Any) -> Any:
    return np.sort(town.built_up.query(shape, predicate="intersects"))


def _snow(town: Town) -> list[Row]:
    """Share out snow clearing by streets, in winter's emergency plan."""
    chance = town.chance("snow")
    return [
        {
            "name": f"{unit.name}清冰雪",
            "role": "snow_clearing",
            "holder_org": one_of(chance, _departments(town)),
            "post": "清冰雪值班",
            "post_rank": "A",
            "plan": "emergency",
            "duties": ["snow_clearing"],
            "unit_kind": "street",
            "unit_codes": [unit.code],
            "valid_from": town.before(380),
        }
        for unit in town.territory.of("street")
    ]


def rating_rows(town: Town, compounds: Sequence[Mapping[str, Any]]) -> list[Row]:
    """List monthly ratings of grids and compounds; the scale of stars is the town's own."""
    chance = town.chance("ratings")
    rated = [("grid", unit.code) for unit in living_grids(town)]
    rated += [("compound", str(compound["code"])) for compound in compounds]
    months = [town.today.replace(day=1)]
    while len(months) < 6:
        previous = months[-1].toordinal() - 1
        months.append(months[-1].fromordinal(previous).replace(day=1))
    rows: list[Row] = []
    for unit_kind, code in rated:
        level = float(chance.normal(84.0, 7.0))
        for month in reversed(months[1:]):
            score = round(float(np.clip(level + chance.normal(0, 3), 40, 108)), 1)
            rows.append(
                {
                    "code": town.code("PX", len(rows) + 1, 5),
                    "unit_kind": unit_kind,
                    "unit_code": code,
                    "period": f"{month:%Y-%m}",
                    "score": score,
                    "stars": int(np.clip((score - 50) // 10, 0, 5)),
                    "scheme": "青岭评星2026",
                    "rated_on": month.replace(day=28),
                    "rating_org": "青岭区城市管理局",
                }
            )
    return rows
