"""Findings as a list that a desktop GIS or a spreadsheet opens."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
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
    """Put findings in a frame, each with its ground, or else a point of its feature.

    Places are in longitude and latitude.

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
    places_of = np.array(frame["uid"].map(known.to_dict()), dtype=object)
    ground = GeoSeries([each.shape for each in findings], crs=store.settings.storage_crs)
    shapes = ground.to_crs(_LONGITUDE_LATITUDE).to_numpy()
    drawn = ~shapely.is_missing(shapes)
    places_of[drawn] = shapes[drawn]
    return GeoDataFrame(frame, geometry=GeoSeries(places_of, crs=_LONGITUDE_LATITUDE))


def write_findings(frame: GeoDataFrame, path: Path) -> None:
    """Write a list of findings as the file's ending says: `.gpkg`, `.geojson`, else `.csv`.

    A GeoPackage has a layer `findings` with a point for each, to walk through, and where ground
    is wrong a layer `ground` with its outline.
    """
    suffix = path.suffix.lower()
    if suffix == ".gpkg":
        points = frame.set_geometry(frame.geometry.representative_point())
        _write_layer(points, path, "findings", "Point")
        ground = frame[frame.geometry.geom_type.isin(("Polygon", "MultiPolygon"))]
        if len(ground):
            _write_layer(ground, path, "ground", "Polygon", append=True)
        return
    if suffix == ".geojson":
        pyogrio.write_dataframe(frame, path, driver="GeoJSON")
        return
    points = frame.geometry.representative_point().to_numpy()
    plain = pd.DataFrame(frame.drop(columns=frame.geometry.name)).map(guard)
    plain["lon"] = shapely.get_x(points).round(_DECIMALS)
    plain["lat"] = shapely.get_y(points).round(_DECIMALS)
    plain.to_csv(path, index=False, encoding="utf-8-sig")


def _write_layer(
    frame: GeoDataFrame, path: Path, name: str, family: str, *, append: bool = False
) -> None:
    pyogrio.write_dataframe(
        frame, path, layer=name, driver="GPKG", geometry_type=family, append=append
    )


def _places(store: Store, kind: str) -> pd.Series:
    """Give a point of each feature; the middle of its box, for what is invalid has no other."""
    features = store.read(kind, columns=[])
    boxes = shapely.bounds(features.to_crs(_LONGITUDE_LATITUDE).geometry.to_numpy())
    middles = shapely.points((boxes[:, :2] + boxes[:, 2:]) / 2)
    somewhere = shapely.is_valid(middles) & ~shapely.is_empty(middles)
    return pd.Series(middles, index=features.index).where(somewhere, None)
