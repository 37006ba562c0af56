"""The demo town as a store."""

import datetime as dt
import os
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path

from geopandas import GeoDataFrame

from layers.demo import DEFAULT_SEED, METRIC_CRS, STORAGE_CRS, build_town
from layers.errors import StoreExistsError
from layers.kinds import KINDS, THEMES
from layers.store import Store, create_store, open_store

AUTHOR = "demo"


def write_demo(
    path: str | os.PathLike[str], *, seed: int = DEFAULT_SEED, today: dt.date | None = None
) -> Store:
    """Build the demo town into a new store, a changeset a theme, and open it.

    The file appears when it is complete, and not before.

    Raises
    ------
    StoreExistsError, StoreMissingError
    """
    target = Path(path)
    if target.exists():
        raise StoreExistsError(path=str(target))
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.demo")
    unfinished.unlink(missing_ok=True)
    try:
        store = create_store(unfinished, metric_crs=METRIC_CRS, storage_crs=STORAGE_CRS)
        _fill(store, build_town(seed, today=today))
        store.close()
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return open_store(target)


def _fill(store: Store, town: Mapping[str, GeoDataFrame]) -> None:
    for theme, kinds in groupby(KINDS.values(), key=lambda kind: kind.group):
        with store.change(
            author=AUTHOR, message=THEMES[theme].title_zh, source="layers.demo"
        ) as writer:
            for kind in kinds:
                frame = town[kind.key]
                if not frame.empty:
                    writer.insert(kind.key, frame)
