"""Small surveys to import, and the account that every import must give."""

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pandas as pd
from shapely import box

from layers import Store
from layers.importing import ImportReport, Mapping, read_mapping

MAPPINGS = Path(__file__).parent / "mappings"

BY_ID = Mapping(key=("id",))

Import = Callable[..., ImportReport]
Save = Callable[..., Path]


def assert_accounted(report: ImportReport) -> None:
    """Insist that every row went somewhere, and every rejected one with a reason."""
    parts = (report.filtered_out, report.added, report.changed, report.unchanged, report.rejected)
    assert report.read == sum(parts)
    errors = {problem.row for problem in report.problems if problem.severity == "error"}
    assert len(errors) == report.rejected


def named_mapping(name: str) -> Mapping:
    """Read one of the mappings that lie beside the tests."""
    return read_mapping(MAPPINGS / f"{name}.toml")


def squares(count: int, **columns: object) -> gpd.GeoDataFrame:
    """Make squares of 0.001 degrees side by side in the store's city."""
    shapes = [box(126.5 + i / 500, 42.0, 126.501 + i / 500, 42.001) for i in range(count)]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=4326)


def values(store: Store, kind: str, field: str) -> list[object]:
    """Read one field of all features, in the order of their codes; missing ones as None."""
    frame = store.read(kind).sort_values("code")
    return [None if pd.isna(value) else value for value in frame[field]]
