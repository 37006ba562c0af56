"""Stores to test on, each a real GeoPackage of its own."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from layers import Store, create_store, open_store
from tests.layers.store.town import METRIC_CRS


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give an empty store's file, to be copied and never changed."""
    path = tmp_path_factory.mktemp("empty") / "empty.gpkg"
    create_store(path, metric_crs=METRIC_CRS).close()
    return path


@pytest.fixture
def path(empty_file: Path, tmp_path: Path) -> Path:
    """Give a new, empty store's file."""
    return Path(shutil.copy(empty_file, tmp_path / "town.gpkg"))


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    """Open a new, empty store."""
    opened = open_store(path)
    yield opened
    opened.close()


@pytest.fixture
def reopened(path: Path) -> Iterator[Callable[[], Store]]:
    """Open the same file again, as another process would."""
    opened: list[Store] = []

    def another() -> Store:
        opened.append(open_store(path))
        return opened[-1]

    yield another
    for each in opened:
        each.close()
