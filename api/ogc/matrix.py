"""The one tile matrix set that is served, as the standard describes it (OGC 17-083r4)."""

from typing import Any

from layers.tiles.grid import EXTENT, HALF_EQUATOR_M, LEVELS, cell_size_m

__all__ = ["MATRIX_SET", "MATRIX_SET_URI", "MERCATOR", "describe_matrix_set"]

MATRIX_SET = "WebMercatorQuad"
MATRIX_SET_URI = f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{MATRIX_SET}"
MERCATOR = "http://www.opengis.net/def/crs/EPSG/0/3857"

TILE_PIXELS = 256
_PIXEL_M = 0.28e-3  # as the standard has screens
_TITLE = "Google Maps Compatible for the World"

assert EXTENT % TILE_PIXELS == 0  # noqa: S101 - a pixel is a whole number of units


def describe_matrix_set() -> dict[str, Any]:
    """Give every level: how large its pixels are, and how many tiles it has."""
    return {
        "id": MATRIX_SET,
        "title": _TITLE,
        "uri": MATRIX_SET_URI,
        "crs": MERCATOR,
        "orderedAxes": ["X", "Y"],
        "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
        "tileMatrices": [_level(z) for z in range(LEVELS)],
    }


def _level(z: int) -> dict[str, Any]:
    return {
        "id": str(z),
        "scaleDenominator": cell_size_m(z) / _PIXEL_M,
        "cellSize": cell_size_m(z),
        "cornerOfOrigin": "topLeft",
        "pointOfOrigin": [-HALF_EQUATOR_M, HALF_EQUATOR_M],
        "tileWidth": TILE_PIXELS,
        "tileHeight": TILE_PIXELS,
        "matrixWidth": 2**z,
        "matrixHeight": 2**z,
    }
