"""A day of service requests of New York in squares of 2 km: where they gather, beyond chance."""

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import shapely
from geopandas import GeoSeries
from scipy.stats import false_discovery_control, norm

from gis import HotspotsResult, hotspots, square_cells

CRS = 32618


@pytest.fixture(scope="module")
def rows(test_data: Path) -> list[dict[str, str]]:
    path = test_data / "service_requests_nyc/nyc311_2018-06-26_sample.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def requests(rows: list[dict[str, str]]) -> GeoSeries:
    points = [
        shapely.Point(float(row["Longitude"]), float(row["Latitude"])) if row["Latitude"] else None
        for row in rows
    ]
    return GeoSeries(points, crs=4326).to_crs(CRS)


@pytest.fixture(scope="module")
def found(requests: GeoSeries) -> HotspotsResult:
    ground = GeoSeries([requests.union_all().convex_hull.buffer(100)], crs=CRS)
    return hotspots(requests, square_cells(ground, 2000))


def test_every_request_is_counted_or_said_to_have_no_place(found: HotspotsResult) -> None:
    assert (found.events, found.outside, int(found.units["events"].sum())) == (1000, 107, 893)


def test_the_labels_are_those_of_the_printed_formula(found: HotspotsResult) -> None:
    units = found.units
    shapes = units.geometry.to_numpy()
    near = shapely.dwithin(shapes[:, None], shapes[None, :], 1.0)
    counts, n, k = units["events"].to_numpy(float), len(units), near.sum(axis=1)
    spread = np.sqrt((n * k - k**2) / (n - 1)) * counts.std()
    z = (near @ counts - counts.mean() * k) / spread
    assert units["z"].to_numpy() == pytest.approx(z)
    hot = (false_discovery_control(2 * norm.sf(np.abs(z))) <= 0.05) & (z > 0)
    assert (units["label"] == "hot").to_numpy().tolist() == hot.tolist()
    assert (len(units), int(hot.sum())) == (300, 46)


def test_the_dense_boroughs_are_hot_and_the_island_is_not(
    found: HotspotsResult, rows: list[dict[str, str]], requests: GeoSeries
) -> None:
    hot = found.units[found.units["label"] == "hot"].union_all()
    inside = requests.within(hot)
    boroughs = Counter(row["Borough"] for row, here in zip(rows, inside, strict=True) if here)
    dense = {"BROOKLYN": 191, "MANHATTAN": 155, "BRONX": 103, "QUEENS": 3}
    assert boroughs == {**dense, "Unspecified": 1}
