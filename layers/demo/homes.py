"""The register of homes: compounds, buildings, residential land, cells of population."""

from collections import defaultdict

import numpy as np
import shapely
from shapely import box

from layers.demo.frames import Row
from layers.demo.names import Names
from layers.demo.town import Town

_POPULATION_CELL_M = 100.0
_COMPOUND_USES = ("compound", "tower", "old")
_CLASS_OF_USE = {"compound": "R2", "tower": "R2", "old": "R3", "hillside": "R3", "village": "R1"}
# Of the old quarters, every third is known only as a list of buildings.
_OUTLINED_OLD_SHARE = 0.66


def compound_codes(town: Town) -> dict[str, str]:
    """Give each lot that is a compound its code, counted within its community."""
    serials: dict[str, int] = defaultdict(int)
    built = {building.lot for building in town.buildings}
    codes = {}
    for key in sorted(town.uses):
        if town.uses[key].key in _COMPOUND_USES and key in built:
            community = town.territory.community_of_cell(key)
            serials[community] += 1
            codes[key] = f"{community}X{serials[community]:02d}"
    return codes


def compound_rows(town: Town) -> list[Row]:
    """List the compounds; some have an outline, some are a list of buildings."""
    names = Names(town.chance("compounds/names"))
    chance = town.chance("compounds")
    members: dict[str, list[int]] = defaultdict(list)
    for index, building in enumerate(town.buildings):
        members[building.lot].append(index)
    rows = []
    for key, code in compound_codes(town).items():
        listed = members[key]
        some = [town.buildings[index] for index in listed]
        outlined = town.uses[key].key != "old" or chance.random() < _OUTLINED_OLD_SHARE
        managed = chance.random() < (0.95 if town.uses[key].key != "old" else 0.45)
        rows.append(
            {
                "code": code,
                "name": names.compound(),
                "community_code": code[:12],
                "households": sum(building.households or 0 for building in some),
                "population": sum(building.population or 0 for building in some),
                "property_org": property_org(town, key) if managed else None,
                "building_codes": None
                if outlined
                else [town.building_codes[index] for index in listed],
                "location": _address(town, key),
                "surveyed_on": town.before(int(chance.integers(60, 400))),
                "geometry": town.ground.lots[key].land.buffer(-1.0) if outlined else None,
            }
        )
    return rows


def property_org(town: Town, lot: str) -> str:
    """Tell which property firm serves a lot: a handful of firms share the town."""
    firms = town.plan.part("organisations")["property"]
    return str(firms[(int(lot[3:7]) // 20 + ord(lot[0]) + int(lot[1])) % len(firms)])


def building_rows(town: Town) -> list[Row]:
    """List the buildings."""
    compounds = compound_codes(town)
    chance = town.chance("buildings/estimated")
    numbers: dict[str, int] = defaultdict(int)
    rows = []
    for building, code in zip(town.buildings, town.building_codes, strict=True):
        numbers[building.lot] += 1
        number = numbers[building.lot]
        rows.append(
            {
                "code": code,
                "name": f"{_address(town, building.lot)}{number}号楼",
                "use": building.use,
                "floors": building.floors,
                "sections": building.sections,
                "dwellings": building.dwellings,
                "households": building.households,
                "population": building.population,
                "households_estimated": bool(building.dwellings and chance.random() < 0.07),
                "compound_code": compounds.get(building.lot),
                "grid_code": town.territory.grid_of_cell[building.lot],
                "location": f"{_address(town, building.lot)}{number}号",
                "source": "演示数据",
                "surveyed_on": town.before(int(chance.integers(20, 500))),
                "geometry": building.shape,
            }
        )
    return rows


def _address(town: Town, lot: str) -> str:
    """Tell an address: community and a block number that follows the valley."""
    unit = next(
        unit.name
        for unit in town.territory.of("community")
        if unit.code == town.territory.community_of_cell(lot)
    )
    return f"{unit.removesuffix('社区')}{int(lot[3:7]) // 20:03d}-{lot[-2:]}街区"


def residential_rows(town: Town) -> list[Row]:
    """List the residential land: the lots of homes without what is set aside in them."""
    built = {building.lot for building in town.buildings}
    keys = [k for k in sorted(town.uses) if town.uses[k].key in _CLASS_OF_USE and k in built]
    rows = []
    for serial, key in enumerate(keys, start=1):
        land = town.ground.lots[key].land
        others = [
            parcel.shape
            for parcel in town.parcels.taken.get(key, [])
            if parcel.purpose not in {"yard", "adoption"}
        ]
        shape = land.difference(shapely.union_all(others)) if others else land
        modern = serial % 9 == 0
        rows.append(
            {
                "code": town.code("ZZ", serial),
                "class_code": "0701" if modern else _CLASS_OF_USE[town.uses[key].key],
                "code_system": "land_sea_use" if modern else "gb50137_2011",
                "area_m2": shape.area,
                "geometry": shape,
            }
        )
    return rows


def population_rows(town: Town) -> list[Row]:
    """Count people in square cells of 100 m, by where their building's inner point lies."""
    points = shapely.get_coordinates(shapely.point_on_surface(town.building_shapes))
    district = town.territory.of("district")[0].shape
    people: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
    for (x, y), building in zip(points.tolist(), town.buildings, strict=True):
        cell = people[int(x // _POPULATION_CELL_M), int(y // _POPULATION_CELL_M)]
        cell[0] += building.population or 0
        cell[1] += building.households or 0
    return [
        {
            "code": town.code("RK", serial),
            "population": count,
            "households": households,
            "population_estimated": False,
            "geometry": district.intersection(
                box(*(np.array([x, y, x + 1, y + 1]) * _POPULATION_CELL_M))
            ),
        }
        for serial, ((x, y), (count, households)) in enumerate(sorted(people.items()), start=1)
        if count
    ]
