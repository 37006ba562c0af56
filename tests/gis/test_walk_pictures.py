"""Pictures of walks: what they show is within reach, and what is not shown is not."""

from typing import Any

import pytest
import shapely
from geopandas import GeoSeries
from shapely import LineString, Point, box

from gis import WalkNetwork, draw_reach, walking_distance
from gis.errors import RadiusError
from tests.gis.towns import CRS

LINES = [LineString([(x, 0), (x, 400)]) for x in range(0, 401, 100)] + [
    LineString([(0, 100), (400, 100)]), LineString([(0, 400), (400, 400)]),
    LineString([(900, 0), (999, 0)]),
]  # fmt: skip
NETWORK = WalkNetwork.from_lines(GeoSeries(LINES, crs=CRS), noding="crossings")


@pytest.mark.parametrize("target", [Point(130, 104), box(190, 150, 230, 220), box(30, 20, 60, 50)])
@pytest.mark.parametrize("limit_m", [60.0, 190.0, 700.0])
def test_a_picture_shows_the_streets_within_the_limit(target: Any, limit_m: float) -> None:
    picture = draw_reach(GeoSeries([target], crs=CRS), NETWORK, limit_m=limit_m, width_m=2)
    assert picture["for_picture_only"].all()
    assert (picture["limit_m"] == limit_m).all()
    spots = [line.interpolate(at + 0.5) for line in LINES for at in range(0, int(line.length), 7)]
    metres = walking_distance(
        GeoSeries(spots, crs=CRS), GeoSeries([target], crs=CRS), NETWORK, limit_m=1e6
    )["distance_m"]
    outline = picture.geometry.iloc[0]
    for spot, distance_m in zip(spots, metres, strict=True):
        if abs(distance_m - limit_m) > 3:  # the rounded end of what is drawn
            assert outline.intersects(spot) == (distance_m < limit_m)


def test_nothing_reached_is_no_picture() -> None:
    nowhere = draw_reach(GeoSeries([Point(5000, 0)], crs=CRS), NETWORK, limit_m=300)
    assert nowhere.empty
    assert nowhere.crs == CRS
    with pytest.raises(RadiusError):
        draw_reach(GeoSeries([Point(0, 0)], crs=CRS), NETWORK, limit_m=-1)
    assert shapely.is_valid(
        draw_reach(GeoSeries([Point(0, 0)], crs=CRS), NETWORK, limit_m=50).geometry.to_numpy()
    ).all()
