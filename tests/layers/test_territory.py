"""Where places belong, by position and by what finer units say of their parents."""

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from geopandas import GeoDataFrame, GeoSeries

from layers.territory import COLUMNS, Division

CRS = 4551


def units(rows: dict[str, tuple[shapely.Geometry | None, str | None]]) -> GeoDataFrame:
    """Make units with uids like `u-code` from codes, areas and parents."""
    return GeoDataFrame(
        {"code": list(rows), "parent_code": [parent for _, parent in rows.values()]},
        geometry=[area for area, _ in rows.values()],
        index=[f"u-{code}" for code in rows],
        crs=CRS,
    )


def locate(places: GeoSeries, units: dict[str, GeoDataFrame]) -> pd.DataFrame:
    return Division(units).locate(places).rows()


def points(*xy: tuple[float, float]) -> GeoSeries:
    """Make places p0, p1 and so on."""
    made = [shapely.Point(each) for each in xy]
    return gpd.GeoSeries(made, index=[f"p{n}" for n in range(len(made))], crs=CRS)


GRIDS = units({"g1": (shapely.box(0, 0, 10, 10), "c1"), "g2": (shapely.box(10, 0, 20, 10), "c2")})
COMMUNITIES = units(
    {"c1": (shapely.box(0, 0, 12, 10), None), "c2": (shapely.box(12, 0, 20, 10), None)}
)


def by_level(found: pd.DataFrame, place: str = "p0") -> dict[str, tuple[str, str]]:
    """Give unit and rule of each level of one place."""
    mine = found[found["uid"] == place]
    return dict(zip(mine["level"], zip(mine["unit_uid"], mine["rule"], strict=True), strict=True))


def test_the_parent_that_a_grid_names_goes_before_position() -> None:
    """Surveyed apart, the boundary of c1 lies two metres into g2: c2's sum is still g2's."""
    found = locate(points((11, 5)), {"grid": GRIDS, "community": COMMUNITIES})
    assert by_level(found) == {"grid": ("u-g2", "position"), "community": ("u-c2", "parent")}


def test_position_decides_where_nobody_names_a_parent() -> None:
    for parent in (None, "unheard of"):
        grids = units({"g2": (shapely.box(10, 0, 20, 10), parent)})
        found = locate(points((11, 5)), {"grid": grids, "community": COMMUNITIES})
        assert by_level(found)["community"] == ("u-c1", "position")
    outside_of_grids = units({"g1": (shapely.box(0, 0, 5, 5), "c2")})
    found = locate(points((8, 8)), {"grid": outside_of_grids, "community": COMMUNITIES})
    assert by_level(found) == {"community": ("u-c1", "position")}


def test_a_parent_code_that_two_units_bear_names_neither() -> None:
    twice = units({"c2": (shapely.box(12, 0, 20, 10), None)})
    again = pd.concat([COMMUNITIES, twice.set_axis(["u-again"])])
    found = locate(points((11, 5)), {"grid": GRIDS, "community": again})
    assert by_level(found)["community"] == ("u-c1", "position")


def test_both_units_of_a_boundary_are_named_whichever_leads() -> None:
    near = units(
        {"c1": (shapely.box(0, 0, 11, 10), None), "c2": (shapely.box(11, 0, 20, 10), None)}
    )
    found = locate(points((10.5, 5)), {"grid": GRIDS, "community": near}).set_index("level")
    assert found["on_boundary"].tolist() == [True, True]
    assert found["unit_uid"].tolist() == ["u-g2", "u-c2"]
    assert found["second_unit_uid"].tolist() == ["u-g1", "u-c1"]


@pytest.mark.parametrize(("x", "at_boundary"), [(11.0, True), (11.01, False), (9.0, True)])
def test_within_a_metre_is_at_the_boundary(x: float, at_boundary: bool) -> None:
    found = locate(points((x, 5)), {"grid": GRIDS})
    assert found["on_boundary"].tolist() == [at_boundary]
    assert found["second_unit_uid"].notna().tolist() == [at_boundary]


def test_missing_and_empty_places_belong_nowhere() -> None:
    places = gpd.GeoSeries(
        [None, shapely.Point(), shapely.Point(99, 99)], index=list("abc"), crs=CRS
    )
    assert locate(places, {"grid": GRIDS}).empty


def test_units_without_an_area_hold_nothing() -> None:
    odd = units(
        {
            "none": (None, None),
            "empty": (shapely.MultiPolygon(), None),
            "line": (shapely.LineString([(0, 0), (10, 10)]), None),
            "g": (shapely.box(0, 0, 10, 10), None),
        }
    )
    assert by_level(locate(points((5, 5)), {"grid": odd})) == {"grid": ("u-g", "position")}
    assert locate(points((5, 5)), {"grid": odd.iloc[:3]}).empty


@pytest.mark.parametrize("levels", [{}, {"grid": GRIDS.iloc[:0]}, {"street": COMMUNITIES.iloc[:0]}])
def test_no_units_no_territory(levels: dict[str, GeoDataFrame]) -> None:
    found = locate(points((5, 5)), levels)
    assert list(found) == COLUMNS
    assert found.empty


def test_no_places_no_territory() -> None:
    found = locate(points(), {"grid": GRIDS, "community": COMMUNITIES})
    assert list(found) == COLUMNS
    assert found.empty


def test_a_level_that_is_missing_is_passed_over() -> None:
    """Grids that name communities, in a town whose communities nobody has drawn yet."""
    streets = units({"s": (shapely.box(0, 0, 20, 10), None)})
    found = locate(points((5, 5)), {"grid": GRIDS, "street": streets})
    assert by_level(found) == {"grid": ("u-g1", "position"), "street": ("u-s", "position")}


def test_lines_and_areas_belong_where_their_inner_point_lies() -> None:
    places = gpd.GeoSeries(
        [shapely.box(8, 0, 20, 10), shapely.LineString([(0, 5), (9, 5)])],
        index=["p0", "p1"],
        crs=CRS,
    )
    found = locate(places, {"grid": GRIDS})
    assert found.set_index("uid")["unit_uid"].to_dict() == {"p0": "u-g2", "p1": "u-g1"}


def test_the_order_of_rows_is_irrelevant() -> None:
    places = points((5, 5), (11, 5), (10, 5), (15, 5))
    once = locate(places, {"grid": GRIDS, "community": COMMUNITIES})
    shuffled = locate(places[::-1], {"grid": GRIDS[::-1], "community": COMMUNITIES[::-1]})
    key = ["uid", "level"]
    pd.testing.assert_frame_equal(
        once.sort_values(key, ignore_index=True), shuffled.sort_values(key, ignore_index=True)
    )
