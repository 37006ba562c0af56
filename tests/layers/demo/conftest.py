"""The demo town, built once for all its tests."""

import pytest
from geopandas import GeoDataFrame

from layers.demo import METRIC_CRS, build_town


@pytest.fixture(scope="session")
def town() -> dict[str, GeoDataFrame]:
    """Build the town as it is stored, in degrees."""
    return build_town()


@pytest.fixture(scope="session")
def metric_town(town: dict[str, GeoDataFrame]) -> dict[str, GeoDataFrame]:
    """Give the town in metres."""
    return {key: frame.to_crs(METRIC_CRS) for key, frame in town.items()}
