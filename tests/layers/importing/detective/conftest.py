"""A town in a store, and surveys of it as they come in."""

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from layers import Scope, Store, create_store
from layers.importing.detective import Detection, Ground, detect, subject_from
from layers.importing.readers import Axes
from layers.importing.source import Source
from layers.kinds import KINDS
from tests.layers.importing.detective.towns import BAISHAN, Place, make_town

HELD = ("district", "community", "road", "building", "green_space")
Distort = Callable[[NDArray[np.float64]], NDArray[np.float64]]
Ask = Callable[..., Detection]


def held(
    town: dict[str, GeoDataFrame], path: Path, place: Place, kinds: Iterable[str] = HELD
) -> Store:
    """Put some layers of a town into a new store."""
    store = create_store(path, metric_crs=f"EPSG:{place.metric}", storage_crs="EPSG:4326")
    with store.change(author="test", message="") as writer:
        for kind in kinds:
            writer.insert(kind, town[kind])
    return store


@pytest.fixture(scope="session")
def town() -> dict[str, GeoDataFrame]:
    return make_town(seed=1)


@pytest.fixture(scope="session")
def town_path(town: dict[str, GeoDataFrame], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("town") / "town.gpkg"
    held(town, path, BAISHAN, (*HELD, "manhole_cover")).close()
    return path


@pytest.fixture(scope="session")
def ground(town: dict[str, GeoDataFrame], tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """Hold all of the town but its covers, which are still to be surveyed."""
    store = held(town, tmp_path_factory.mktemp("ground") / "town.gpkg", BAISHAN)
    return Ground(store, Scope.all())


@pytest.fixture(scope="session")
def ground_with_covers(
    town: dict[str, GeoDataFrame], tmp_path_factory: pytest.TempPathFactory
) -> Ground:
    kinds = (*HELD, "manhole_cover")
    store = held(town, tmp_path_factory.mktemp("covers") / "town.gpkg", BAISHAN, kinds)
    return Ground(store, Scope.all())


def survey(frame: GeoDataFrame, distort: Distort | None = None) -> Source:
    """Make a file's content of features, their numbers distorted."""
    shapes = frame.geometry.to_numpy()
    if distort is not None:
        shapes = shapely.transform(shapes, distort)
    return Source(
        name="survey.csv", sha256="", layer=None, encoding=None, remarks=(),
        structured=frozenset(), crs=None, crs_is_default=False,
        frame=frame.drop(columns="geometry").astype(object).reset_index(drop=True),
        row_numbers=np.arange(1, len(frame) + 1), geometry=shapes, original=None,
        axes=Axes.KNOWN, dates_from_1904=False, faults=(),
    )  # fmt: skip


def ask(
    ground: Ground,
    kind: str,
    frame: GeoDataFrame,
    distort: Distort | None = None,
    says: tuple[str, ...] = (),
) -> Detection:
    """Ask the detective about features of a kind, of which the file says a few fields."""
    source = survey(frame, distort)
    by = ("code",) if "code" in says else ()
    return detect(subject_from(source, KINDS[kind], source.frame[list(says)], by), ground)
