"""A run as a GeoPackage: places, targets, gaps and units with their figures, for a desktop GIS."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import pandas as pd
import pyogrio
from geopandas import GeoDataFrame

from layers.analysis.recipes import Analysis
from layers.store import Store
from layers.territory import LEVELS

_FIGURES = ["covered", "uncovered", "base", "share"]


def write_geopackage(store: Store, made: Analysis, path: Path) -> None:
    """Write a run to `path`, replacing it whole; column `tier.share` is written `tier_share`."""
    write_layers(_layers(store, made), path)


def write_layers(layers: Iterable[tuple[str, GeoDataFrame]], path: Path) -> None:
    """Write layers by name to `path`, replacing it whole; empty ones are left out."""
    unfinished = path.with_name(f".{path.stem}.{os.getpid()}.new.gpkg")
    unfinished.unlink(missing_ok=True)
    try:
        for name, frame in layers:
            if not frame.empty:
                pyogrio.write_dataframe(
                    frame, unfinished, layer=name, driver="GPKG", append=unfinished.exists()
                )
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _layers(store: Store, made: Analysis) -> Iterator[tuple[str, GeoDataFrame]]:
    run_id = made.run.id
    yield "places", flat(made.coverage.places.rename_axis("place").reset_index(), run_id)
    for tier, targets in made.coverage.targets.items():
        yield f"targets_{tier}", flat(targets, run_id)
    if made.gaps is not None:
        yield "gaps", flat(made.gaps, run_id)
    for level in LEVELS:
        yield f"units_{level}", _units(store, made, level)


def _units(store: Store, made: Analysis, level: str) -> GeoDataFrame:
    units = store.read(
        level, as_of=made.run.parameters["as_of"], columns=["code", "name", "parent_code"]
    )
    rows = made.coverage.by_unit
    here = rows[(rows["level"] == level) & rows["unit"].notna()]
    figures = [
        part.set_index("unit")[_FIGURES].add_prefix(f"{tier}.")
        for tier, part in here.groupby("tier", sort=False)
    ]
    if figures:
        units = units.join(pd.concat(figures, axis=1))
    metric = units.to_crs(store.settings.metric_crs)
    return flat(metric.rename_axis("uid").reset_index(), made.run.id)


def flat(frame: GeoDataFrame, run_id: str) -> GeoDataFrame:
    """Make columns that any program can read, and say on each row which run it belongs to."""
    plain = frame.rename(columns={name: str(name).replace(".", "_") for name in frame.columns})
    for name in plain.columns.drop(plain.geometry.name):
        if plain[name].dtype == "boolean":
            plain[name] = plain[name].astype("Int8")
        elif plain[name].dtype == object:
            plain[name] = plain[name].map(lambda value: None if pd.isna(value) else str(value))
    return plain.assign(run=run_id)
