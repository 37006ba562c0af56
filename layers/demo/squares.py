"""The register of red squares with their facilities, and of the service stations."""

import numpy as np
import shapely
from shapely import Point, Polygon

from layers.demo.frames import Row
from layers.demo.streams import pick
from layers.demo.town import Town

_FACILITIES = {"corridor": (1, 2), "pavilion": (1, 3), "stage": (0, 2), "lamp": (4, 10),
               "notice_board": (2, 5)}  # fmt: skip
_CONDITIONS = {"intact": 74, "worn": 14, "damaged": 8, "displaced": 2, "missing": 1, "abandoned": 1}
_THEMES = ("抗联精神", "劳模风采", "乡村振兴", "家风家训", "青岭记忆")
_EVERYDAY = ("government_service", "party_activity", "mediation", "childcare", "elderly_care",
             "reading", "health", "rest", "volunteering")  # fmt: skip
_EMERGENCY = ("command", "shelter", "supplies", "medical", "warming", "notification",
              "snow_clearing")  # fmt: skip


def square_rows(town: Town) -> list[Row]:
    """List the red squares."""
    chance = town.chance("squares")
    return [
        {
            "code": town.code("HG", serial),
            "name": parcel.name,
            "theme": _THEMES[(serial - 1) % len(_THEMES)],
            "area_m2": parcel.shape.area,
            "capacity": int(parcel.shape.area // 4),
            "owner_org": "青岭区文化和旅游局",
            "responsible_org": _office(town, parcel.lot),
            "surveyed_on": town.before(int(chance.integers(20, 200))),
            "geometry": parcel.shape,
        }
        for serial, parcel in enumerate(town.parcels.of("red_square"), start=1)
    ]


def facility_rows(town: Town) -> list[Row]:
    """List corridors, pavilions, stages, lamps and notice boards of the red squares."""
    chance = town.chance("facilities")
    rows: list[Row] = []
    for serial, parcel in enumerate(town.parcels.of("red_square"), start=1):
        spots = _spots(parcel.shape, chance.uniform(0.0, 1.0, 40))
        for kind, (least, most) in _FACILITIES.items():
            for _ in range(int(chance.integers(least, most + 1))):
                spot = spots.pop()
                in_plan = kind in {"corridor", "stage"}
                shape = shapely.set_precision(spot.buffer(3.0, 1), 0.01) if in_plan else spot
                rows.append(
                    {
                        "code": town.code("HS", len(rows) + 1),
                        "facility_type": kind,
                        "red_square_code": town.code("HG", serial),
                        "condition": pick(chance, _CONDITIONS),
                        "responsible_org": _office(town, parcel.lot),
                        "surveyed_on": town.before(int(chance.integers(20, 200))),
                        "geometry": shape,
                    }
                )
    return rows


def _spots(square: Polygon, shares: np.ndarray) -> list[Point]:
    """Spread spots on two rings inside a square."""
    rings = [square.buffer(-depth).boundary for depth in (4.5, 9.0)]
    rings = [ring for ring in rings if not ring.is_empty]
    return [
        shapely.set_precision(
            rings[index % len(rings)].interpolate(
                (index * 0.11 + share * 0.02) % 1.0, normalized=True
            ),
            0.01,
        )
        for index, share in enumerate(shares.tolist())
    ]


def _office(town: Town, lot: str) -> str:
    code = town.territory.community_of_cell(lot)[:9] + "000"
    return next(u.name for u in town.territory.of("street") if u.code == code) + "办事处"


def station_rows(town: Town) -> list[Row]:
    """List the service stations: a centre a street, a station a community, points in grids."""
    chance = town.chance("stations")
    wanted = [
        *((u.code, f"{u.name}党群服务中心", "centre") for u in town.territory.of("street")),
        *((u.code, f"{u.name}党群服务站", "station") for u in town.territory.of("community")),
    ]
    living = [unit for unit in town.territory.of("grid") if unit.grid_type == "comprehensive"]
    some = np.sort(chance.permutation(len(living))[:26]).tolist()
    wanted += [(living[i].code, f"{living[i].name}党群服务点", "point") for i in some]
    rows = []
    used: set[int] = set()
    for serial, (code, name, kind) in enumerate(wanted, start=1):
        index = _building_in(town, code.rstrip("0") if kind != "point" else code, used, serial)
        used.add(index)
        rows.append(
            {
                "code": town.code("FW", serial, 3),
                "name": name,
                "station_type": kind,
                "functions_normal": _some(_EVERYDAY, serial, 8 if kind == "centre" else 4),
                "functions_emergency": _some(_EMERGENCY, serial, 6 if kind == "centre" else 3),
                "area_m2": float(chance.integers(60, 1200 if kind == "centre" else 380)),
                "opening_hours": "08:30-17:00" if kind != "point" else "08:30-20:00",
                "grid_code": town.territory.grid_of_cell[town.buildings[index].lot],
                "responsible_org": _office(town, town.buildings[index].lot),
                "geometry": shapely.set_precision(town.buildings[index].shape.centroid, 0.01),
            }
        )
    return rows


def _building_in(town: Town, prefix: str, used: set[int], turn: int) -> int:
    inside = [
        index
        for index, building in enumerate(town.buildings)
        if town.territory.grid_of_cell[building.lot].startswith(prefix) and index not in used
    ]
    return inside[(turn * 37) % len(inside)]


def _some(options: tuple[str, ...], turn: int, count: int) -> list[str]:
    return sorted(options[(turn + step * 2) % len(options)] for step in range(count))
