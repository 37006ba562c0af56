"""Findings as a list that a desktop GIS or a spreadsheet opens."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyogrio
import shapely
from geopandas import GeoDataFrame, GeoSeries

from layers.checking.rows import Finding
from layers.exporting.formulas import guard
from layers.store import Store

_COLUMNS = ("kind", "key", "uid", "field", "code", "severity", "message", "remedy")
_LONGITUDE_LATITUDE = "EPSG:4326"
_DECIMALS = 7  # of a degree: a centimetre


def findings_frame(
    store: Store, findings: Sequence[Finding], words: Sequence[tuple[str, str]]
) -> GeoDataFrame:
    """Put findings in a frame, each with a point of its feature in longitude and latitude.

    Parameters
    ----------
    words
        For each finding what is wrong and what to do, in the reader's language.
    """
    rows = [
        {**finding.to_dict(), "message": message, "remedy": remedy}
        for finding, (message, remedy) in zip(findings, words, strict=True)
    ]
    frame = pd.DataFrame(rows, columns=list(_COLUMNS), dtype=object)
    places = [_places(store, key) for key in dict.fromkeys(frame["kind"])]
    known = pd.concat(places) if places else pd.Series(dtype=object)
    points = frame["uid"].map(known.to_dict()).to_numpy(dtype=object)
    return GeoDataFrame(frame, geometry=GeoSeries(points, crs=_LONGITUDE_LATITUDE))


def write_findings(frame: GeoDataFrame, path: Path) -> None:
    """Write a list of findings as the file's ending says: `.gpkg`, or `.csv` for all others."""
    if path.suffix.lower() == ".gpkg":
        geometry = "Point"
        pyogrio.write_dataframe(
            frame, path, layer="findings", driver="GPKG", geometry_type=geometry
        )
        return
    plain = pd.DataFrame(frame.drop(columns=frame.geometry.name)).map(guard)
    plain["lon"] = shapely.get_x(frame.geometry.to_numpy()).round(_DECIMALS)
    plain["lat"] = shapely.get_y(frame.geometry.to_numpy()).round(_DECIMALS)
    plain.to_csv(path, index=False, encoding="utf-8-sig")


def _places(store: Store, kind: str) -> pd.Series:
    """Give a point of each feature; the middle of its box, for what is invalid has no other."""
    features = store.read(kind, columns=[])
    boxes = shapely.bounds(features.to_crs(_LONGITUDE_LATITUDE).geometry.to_numpy())
    middles = shapely.points((boxes[:, :2] + boxes[:, 2:]) / 2)
    somewhere = shapely.is_valid(middles) & ~shapely.is_empty(middles)
    return pd.Series(middles, index=features.index).where(somewhere, None)
