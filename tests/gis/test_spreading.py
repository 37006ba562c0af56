"""Households spread over buildings: by hand, by law, against a slow independent account, in a city."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pytest
from geopandas import GeoDataFrame
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from shapely import Point, Polygon, box

from gis import spread_households
from gis.errors import (
    ColumnMissingError,
    CrsMismatchError,
    GeometryFamilyError,
    IndexMismatchError,
    NumberError,
    WeightError,
)
from gis.ground.apportionment import deal_whole
from gis.ground.spreading import SpreadResult

CRS = 4551
HOME = "residential"


def homes(*rows: tuple[float, float, Any, Any], **columns: list[Any]) -> GeoDataFrame:
    """Make buildings 10 m deep out of (x, width, floors, use)."""
    x, width, floors, use = zip(*rows, strict=True)
    shapes = [box(a, 0, a + w, 10) for a, w in zip(x, width, strict=True)]
    index = [f"b{number}" for number in range(len(rows))]
    frame = pd.DataFrame({"floors": list(floors), "use": list(use), **columns}, index=index)
    return GeoDataFrame(frame, geometry=shapes, crs=CRS)


def units(*totals: Any) -> GeoDataFrame:
    """Make units 100 m wide side by side."""
    shapes = [box(100 * n, -50, 100 * n + 100, 50) for n in range(len(totals))]
    index = [f"u{number}" for number in range(len(totals))]
    return GeoDataFrame({"households": list(totals)}, index=index, geometry=shapes, crs=CRS)


def plain(column: "pd.Series[Any]") -> list[Any]:
    return [None if pd.isna(one) else one for one in column]


def dealt(result: SpreadResult) -> list[Any]:
    return plain(result.buildings["households"])


def balanced(result: SpreadResult) -> bool:
    """Tell whether every unit's account adds up, and the buildings add up to it."""
    account = result.units[result.units["total"].notna()].astype({"reason": object})
    left = account["total"] + account["surplus"]
    right = account["kept"] + account["spread"] + account["unplaced"]
    rows = result.buildings
    by_unit = rows[rows["estimated"]].groupby("unit")["households"].sum()
    spread = by_unit.reindex(account.index, fill_value=0).astype(float)
    return bool(np.allclose(left.astype(float), right.astype(float), atol=1e-9)) and bool(
        np.allclose(spread, account["spread"].astype(float), atol=1e-9)
    )


def test_floor_area_decides() -> None:
    result = spread_households(
        homes((0, 10, 6, HOME), (20, 20, 3, HOME), (50, 10, 6, "mixed")), units(9)
    )
    assert dealt(result) == [3, 3, 3]
    assert result.buildings["estimated"].all()
    assert result.units.iloc[0, :-1].tolist() == [9, 0, 9, 0, 0, 3, 0]
    assert result.units["reason"].isna().all()


def test_the_largest_remainder_gets_what_is_left() -> None:
    # 10 × 4/7 = 5.71, 10 × 2/7 = 2.86, 10 × 1/7 = 1.43
    result = spread_households(
        homes((0, 10, 4, HOME), (20, 10, 2, HOME), (40, 10, 1, HOME)), units(10)
    )
    assert dealt(result) == [6, 3, 1]


def test_equal_remainders_are_dealt_by_label() -> None:
    assert dealt(spread_households(homes((0, 10, 1, HOME), (20, 10, 1, HOME)), units(3))) == [2, 1]


def test_who_is_no_home_gets_nothing_and_is_told_why() -> None:
    town = homes(
        (0, 10, 2, HOME),
        (20, 10, 2, "school"),
        (40, 10, 2, None),
        (500, 10, 2, HOME),
        (150, 10, 2, HOME),
    )
    result = spread_households(town, units(8, None))
    assert plain(result.buildings["reason"]) == [
        None,
        "not_residential",
        "no_use",
        "no_unit",
        "no_total",
    ]
    assert dealt(result) == [8, None, None, None, None]
    assert plain(result.units["reason"]) == [None, "no_total"]


def test_unknown_uses_can_count_and_uses_can_be_left_aside() -> None:
    town = homes((0, 10, 1, HOME), (20, 10, 1, None))
    assert dealt(spread_households(town, units(8), residential=[HOME, None])) == [4, 4]
    assert dealt(spread_households(town.drop(columns="use"), units(8), use=None)) == [4, 4]


def test_missing_floors_are_the_median_of_the_unit_then_of_all_then_one() -> None:
    town = homes(
        (0, 10, 2, HOME),
        (20, 10, 6, HOME),
        (40, 10, None, HOME),
        (60, 10, 0, HOME),
        (150, 10, np.nan, HOME),
        (70, 10, 90, "shop"),
    )
    result = spread_households(town, units(16, 5))
    assert result.buildings["floors"].tolist() == [2, 6, 4, 4, 4, 90]
    assert result.buildings["floors_assumed"].tolist() == [False, False, True, True, True, False]
    assert dealt(result) == [2, 6, 4, 4, 5, None]
    assert result.units["floors_assumed"].tolist() == [2, 1]
    bare = spread_households(homes((0, 10, None, HOME)), units(7))
    assert (bare.buildings["floors"].tolist(), dealt(bare)) == ([1], [7])


def test_floors_can_be_left_aside() -> None:
    town = homes((0, 10, 90, HOME), (20, 10, 1, HOME)).drop(columns="floors")
    result = spread_households(town, units(8), floors=None)
    assert dealt(result) == [4, 4]
    assert not result.buildings["floors_assumed"].any()


def test_what_is_known_is_kept_and_subtracted() -> None:
    town = homes((0, 10, 1, HOME), (20, 10, 1, HOME), (40, 10, 1, "shop"), households=[None, 5, 2])
    result = spread_households(town, units(10))
    assert dealt(result) == [3, 5, 2]
    assert plain(result.buildings["reason"]) == [None, "known", "known"]
    assert result.units[["kept", "spread"]].iloc[0].tolist() == [7, 3]
    anew = spread_households(town, units(10), keep_known=False)
    assert dealt(anew) == [5, 5, None]


def test_an_earlier_estimate_is_estimated_anew() -> None:
    town = homes(
        (0, 10, 1, HOME), (20, 10, 1, HOME), households=[4, 4], households_estimated=[True, None]
    )
    assert dealt(spread_households(town, units(10))) == [6, 4]


def test_nothing_is_lost_where_nobody_lives() -> None:
    town = homes(
        (0, 10, 1, HOME), (150, 10, 1, "shop"), (260, 10, 1, HOME), households=[None, None, 9]
    )
    result = spread_households(town, units(4, 6, 8))
    assert result.units["unplaced"].tolist() == [0, 6, 0]
    assert result.units["surplus"].tolist() == [0, 0, 1]
    assert plain(result.units["reason"]) == [None, "no_residential", "known_exceed_total"]
    assert balanced(result)


def test_what_is_known_may_leave_nothing_for_the_rest() -> None:
    town = homes((0, 10, 1, HOME), (20, 10, 1, HOME), households=[9, None])
    result = spread_households(town, units(8))
    assert dealt(result) == [9, 0]
    assert balanced(result)


def test_a_building_across_a_boundary_belongs_to_one_unit() -> None:
    result = spread_households(homes((80, 30, 1, HOME), (150, 10, 1, HOME)), units(5, 6))
    assert result.buildings["unit"].tolist() == ["u0", "u1"]
    assert dealt(result) == [5, 6]


def test_a_register_overrules_the_place() -> None:
    town = homes((0, 10, 1, HOME), (20, 10, 1, HOME), (500, 10, 1, HOME))
    said = pd.Series({"b1": "u1", "b2": "u1", "b0": None})
    result = spread_households(town, units(5, 6), unit_of=said)
    assert dealt(result) == [5, 3, 3]
    with pytest.raises(IndexMismatchError):
        spread_households(town, units(5, 6), unit_of=pd.Series({"b1": "elsewhere"}))
    with pytest.raises(IndexMismatchError):
        spread_households(town, units(5, 6), unit_of=pd.Series({"nobody": "u1"}))


def test_missing_and_empty_geometries_are_told() -> None:
    town = homes((0, 10, 1, HOME), (20, 10, 1, HOME), (40, 10, 1, HOME))
    town.loc["b1", "geometry"] = None
    town.loc["b2", "geometry"] = Polygon()
    result = spread_households(town, units(5))
    assert dealt(result) == [5, None, None]
    assert plain(result.buildings["reason"]) == [None, "no_geometry", "no_geometry"]


def test_no_buildings_and_no_units() -> None:
    town = homes((0, 10, 1, HOME))
    nobody = spread_households(town.iloc[:0], units(5))
    assert nobody.units["unplaced"].tolist() == [5]
    nowhere = spread_households(town, units(5).iloc[:0])
    assert nowhere.buildings["reason"].tolist() == ["no_unit"]


def test_parts_of_households() -> None:
    result = spread_households(homes((0, 10, 1, HOME), (20, 20, 1, HOME)), units(1.5), whole=False)
    assert dealt(result) == pytest.approx([0.5, 1.0])


def test_what_is_refused() -> None:
    town = homes((0, 10, 1, HOME))
    with pytest.raises(NumberError):
        spread_households(town, units(1.5))
    with pytest.raises(WeightError):
        spread_households(town, units(-1))
    with pytest.raises(ColumnMissingError):
        spread_households(town, units(1), households="people")
    with pytest.raises(ColumnMissingError):
        spread_households(town.drop(columns="floors"), units(1))
    with pytest.raises(CrsMismatchError):
        spread_households(town.to_crs(4550), units(1))
    with pytest.raises(GeometryFamilyError):
        spread_households(town.set_geometry([Point(0, 0)], crs=CRS), units(1))


def test_the_inputs_stay_as_they_were() -> None:
    town, grid = homes((0, 10, None, HOME), households=[None]), units(3)
    before = town.copy(), grid.copy()
    spread_households(town, grid)
    assert_frame_equal(town, before[0])
    assert_frame_equal(grid, before[1])


ROW = st.tuples(
    st.integers(0, 290),
    st.sampled_from([5, 7, 10, 13]),
    st.sampled_from([None, 0, 1, 2, 6, 11]),
    st.sampled_from([HOME, "mixed", "shop", None]),
)
TOTALS = st.lists(st.one_of(st.none(), st.integers(0, 400)), min_size=3, max_size=3)


def slowly(town: GeoDataFrame, grid: GeoDataFrame) -> dict[str, int]:
    """Deal by exact fractions, building by building; a footprint lies where its point does."""
    members: dict[str, list[str]] = {}
    for label, shape in town.geometry.items():
        point = shape.representative_point()
        inside = [unit for unit, area in grid.geometry.items() if area.contains(point)]
        members.setdefault(inside[0], []).append(label)
    lived = town["use"].isin([HOME, "mixed"])
    known_floors = town.loc[lived & (town["floors"] > 0), "floors"]
    found: dict[str, int] = {}
    for unit, labels in members.items():
        total = grid.loc[unit, "households"]
        here = [label for label in labels if lived[label]]
        if pd.isna(total) or not here:
            continue
        floors = known_floors[known_floors.index.isin(here)]
        typical = floors.median() if len(floors) else known_floors.median()
        typical = 1 if pd.isna(typical) else typical
        weight = {}
        for label in here:
            storeys = town.loc[label, "floors"]
            storeys = storeys if storeys and storeys > 0 else typical
            weight[label] = Fraction(round(town.geometry[label].area)) * Fraction(storeys)
        due = {label: Fraction(int(total)) * weight[label] / sum(weight.values()) for label in here}
        part = {label: int(due[label]) for label in here}
        most = sorted(here, key=lambda label: (-(due[label] - part[label]), label))
        for label in most[: int(total) - sum(part.values())]:
            part[label] += 1
        found |= part
    return found


@given(st.lists(ROW, min_size=1, max_size=10), TOTALS)
def test_an_account_by_exact_fractions_agrees(rows: list[Any], totals: list[Any]) -> None:
    # Boundaries are kept clear of representative points, about which two ways could disagree.
    rows = [
        (x + 0.3 if (x + width / 2) % 100 > 2 else x + 5.3, width, *rest)
        for x, width, *rest in rows
    ]
    rows = [(min(x, 284.0), *rest) for x, *rest in rows]
    town, grid = homes(*rows), units(*totals)
    result = spread_households(town, grid)
    estimated = result.buildings[result.buildings["estimated"]]
    assert estimated["households"].to_dict() == slowly(town, grid)
    assert balanced(result)


@given(st.lists(ROW, min_size=1, max_size=12), TOTALS, st.randoms(use_true_random=False))
def test_order_and_place_change_nothing(rows: list[Any], totals: list[Any], random: Any) -> None:
    town, grid = homes(*rows), units(*totals)
    result = spread_households(town, grid)
    order = list(town.index)
    random.shuffle(order)
    shuffled = spread_households(town.loc[order], grid.iloc[::-1])
    assert_frame_equal(shuffled.buildings.loc[town.index], result.buildings)
    assert_frame_equal(shuffled.units.loc[grid.index], result.units)
    east, north = 42_500_000.0, 4_650_000.0
    moved = spread_households(
        town.set_geometry(town.translate(east, north)),
        grid.set_geometry(grid.translate(east, north)),
    )
    assert_frame_equal(moved.buildings, result.buildings)


@given(
    st.integers(0, 10**9),
    st.lists(st.floats(1e-3, 1e6), min_size=1, max_size=50),
)
def test_whole_parts_add_up_and_are_near_what_is_due(total: int, weights: list[float]) -> None:
    group = np.zeros(len(weights), dtype=np.intp)
    parts = deal_whole(np.array([float(total)]), np.array(weights), group, np.arange(len(weights)))
    due = total * np.array(weights) / sum(weights)
    assert parts.sum() == total
    assert (np.abs(parts - due) < 1 + 1e-6).all()


def test_the_cells_of_helsinki_keep_every_person(test_data: Path) -> None:
    folder = test_data / "helsinki_core"
    town = geopandas.read_parquet(folder / "buildings.parquet").to_crs(3067)
    cells = geopandas.read_file(folder / "helsinki_population_grid_2020.gpkg").to_crs(3067)
    cells = cells.set_index("id")
    floors = pd.to_numeric(town["building:levels"], errors="coerce")
    town = town.assign(floors=floors).set_index(
        "osm_type_id" if "osm_type_id" in town else "osm_id"
    )
    town = town[~town.index.duplicated()]
    result = spread_households(town, cells, households="population", use=None)
    assert int(result.units["total"].sum()) == 71724
    assert int(result.units["spread"].sum() + result.units["unplaced"].sum()) == 71724
    assert int(result.buildings["households"].sum()) == int(result.units["spread"].sum())
    assert (result.units["unplaced"] > 0).sum() == (result.units["buildings"] == 0).sum()
    assert balanced(result)
