"""What the tests of importing share: an empty store, a way to fill it, a way to write files."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import pytest

from layers import Store, create_store, open_store
from layers.importing import ImportOptions, ImportReport, import_file
from tests.layers.importing.survey import Import, Save, assert_accounted


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create a store once; every test works on a copy of its own."""
    path = tmp_path_factory.mktemp("empty") / "city.gpkg"
    create_store(path, metric_crs="EPSG:4551").close()
    return path


@pytest.fixture
def store(tmp_path: Path, empty_store: Path) -> Iterator[Store]:
    opened = open_store(shutil.copy(empty_store, tmp_path / "city.gpkg"))
    yield opened
    opened.close()


@pytest.fixture
def take(store: Store) -> Import:
    """Import a file into the store and insist that every row is accounted for."""

    def run(kind: str, path: Path, **options: object) -> ImportReport:
        chosen = {"datum": "WGS84", "author": "test", **options}
        report = import_file(store, kind, path, ImportOptions(**chosen))  # type: ignore[arg-type]  # options of many types
        assert_accounted(report)
        return report

    return run


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Write a frame to a file in whatever format its name ends with."""

    def write(frame: gpd.GeoDataFrame, name: str = "survey.gpkg", **options: object) -> Path:
        path = tmp_path / name
        if path.suffix == ".parquet":
            frame.to_parquet(path)
        else:
            frame.to_file(path, **options)
        return path

    return write
