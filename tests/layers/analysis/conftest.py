"""A town small enough to be counted in the head."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from layers import Store, create_store
from tests.layers.analysis.asking import GREEN
from tests.layers.store.town import METRIC_CRS, buildings, frame, territory, write


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Give an empty store."""
    made = create_store(tmp_path / "town.gpkg", metric_crs=METRIC_CRS)
    yield made
    made.close()


@pytest.fixture
def units(store: Store) -> dict[str, str]:
    """Give a town with a green and five buildings, and its uids by code.

    b1 is 10 m from the green, in g00; b2 110 m, in g10; b3 far away, in g33; b4 is outside of
    the district; nobody knows where b5 is.
    """
    uids = territory(store)
    uids |= write(store, "green_space", frame({"park": GREEN}, access="public", name="河滨公园"))
    places = buildings((60, 0), (160, 0), (350, 350), (900, 900)) | {"b5": None}
    rows = frame(
        places,
        households=pd.array([10, 20, None, 40, 5], dtype="Int64"),
        population=[30, 60, 90, 120, 15],
        households_estimated=pd.array([True, False, None, False, False], dtype="boolean"),
    )
    return uids | write(store, "building", rows)
