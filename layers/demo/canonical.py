"""One spelling of a layer, so that equal towns have equal checksums.

Canonical GeoJSON here is UTF-8 without blanks: features in the order of their uids, members and
properties in the order of their names, seven decimals of a degree, absent values as null.
"""

import datetime as dt
import json
from hashlib import sha256
from typing import Any

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame


def canonical_geojson(frame: GeoDataFrame) -> str:
    """Write a layer as canonical GeoJSON."""
    ordered = frame.sort_index()
    names = sorted(str(name) for name in ordered.columns if name != ordered.geometry.name)
    shapes = [json.loads(text) if text else None for text in _shapes(ordered)]
    columns = {name: [_plain(value) for value in ordered[name].tolist()] for name in names}
    features = [
        {
            "geometry": shapes[row],
            "id": str(uid),
            "properties": {name: columns[name][row] for name in names},
            "type": "Feature",
        }
        for row, uid in enumerate(ordered.index)
    ]
    collection = {"features": features, "type": "FeatureCollection"}
    return json.dumps(collection, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def checksum(frame: GeoDataFrame) -> str:
    """Compute the SHA-256 of a layer's canonical GeoJSON."""
    return sha256(canonical_geojson(frame).encode()).hexdigest()


def _shapes(frame: GeoDataFrame) -> list[str | None]:
    texts = shapely.to_geojson(frame.geometry.to_numpy())
    return [text if isinstance(text, str) else None for text in np.atleast_1d(texts).tolist()]


def _plain(value: Any) -> Any:
    if isinstance(value, str | bool | int):
        return value
    if pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp | dt.datetime | dt.date):
        return value.isoformat()
    return float(value)
