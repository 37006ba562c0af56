"""A small town with figures that can be added up in the head."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from shapely import Point

from layers import Store, create_store
from tests.layers.store import town

ON = dt.date(2026, 11, 20)
# Units of 667 m² are one mu and half a square metre: two of them show what rounding does.
PLOTS_M2 = {"p1": 1000.0, "p2": 334.0, "p3": 2000.0}


def squares(**corners_m: tuple[float, float]) -> dict[str, shapely.Geometry]:
    return {code: shapely.box(x, y, x + 20, y + 20) for code, (x, y) in corners_m.items()}


def build(path: Path) -> Store:
    """Divide a town into 西街街道 and 东街街道, and lay out plots, bare land and homes."""
    made = create_store(path, metric_crs=town.METRIC_CRS)
    names = {"d": "示范区", "s0": "西街街道", "s1": "东街街道"}
    names |= {"c0": "柳树社区", "c1": "中心社区", "c2": "中心社区", "c3": "河东社区"}
    with made.change(author="tester", message="divide") as change:
        for level, drawn in town.units().items():
            change.insert(level, drawn.assign(name=drawn["code"].map(lambda c: names.get(c, c))))
    plots = squares(p1=(10, 10), p2=(150, 10), p3=(250, 10))
    town.write(made, "adoption_plot", town.frame(plots, area_m2=list(PLOTS_M2.values())))
    bare = squares(b1=(10, 50), b2=(210, 50), b3=(310, 50))
    bare_frame = town.frame(
        bare, name=["北坡", "=1+1", "河边"], area_m2=[400.0, None, 1600.0],
        status=["surveyed", "surveyed", "treated"],
    )  # fmt: skip
    town.write(made, "bare_land", bare_frame)
    homes = town.buildings((10, 100), (110, 100), (210, 100), (310, 100))
    homes_frame = town.frame(
        homes, households=[10, 20, None, 40], households_estimated=[False, False, False, True]
    )
    town.write(made, "building", homes_frame)
    adoptions = gpd.GeoDataFrame(
        {
            "code": ["a1", "a2", "a3"],
            "plot_code": ["p1", "p2", "p3"],
            "state": ["active", "terminated", "applied"],
            "agreed_from": [dt.date(2026, 11, 2), dt.date(2026, 10, 30), dt.date(2026, 11, 20)],
        },
        geometry=[None] * 3,
        crs=4490,
    )
    with made.change(author="tester", message="adopt") as change:
        change.insert("adoption", adoptions)
        park = town.frame({"park": shapely.box(0, 100, 20, 120)}, access=["public"])
        change.insert("green_space", park)
        change.insert("service_station", town.frame({"far": Point(5000, 5000)}))
    return made


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    made = build(tmp_path_factory.mktemp("forms") / "city.gpkg")
    yield made
    made.close()
