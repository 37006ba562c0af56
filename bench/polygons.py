"""Random buildings: what every benchmark of the store is measured on."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

CORNERS = 12
WEST, SOUTH, EAST, NORTH = 126.2, 41.8, 126.8, 42.3
_RADIUS_DEG = 1.5e-4  # some 15 metres
_USES = ["residential", "commercial", "school", None]


def random_buildings(count: int, *, seed: int = 20240601) -> gpd.GeoDataFrame:
    """Draw star-shaped areas of 12 corners, scattered evenly, with the fields of a building."""
    rng = np.random.default_rng(seed)
    centres = rng.uniform((WEST, SOUTH), (EAST, NORTH), (count, 1, 2))
    angles = np.arange(CORNERS) / CORNERS * 2 * np.pi
    reach = rng.uniform(0.4, 1, (count, CORNERS, 1)) * _RADIUS_DEG
    corners = centres + reach * np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    floors = rng.integers(1, 34, count)
    return gpd.GeoDataFrame(
        {
            "code": [f"B{n:07d}" for n in range(count)],
            "name": [f"浑江区第{n}号楼" for n in range(count)],
            "use": rng.choice(np.array(_USES, dtype=object), count),
            "floors": floors,
            "households": floors * rng.integers(1, 8, count),
        },
        geometry=shapely.multipolygons(shapely.polygons(corners)[:, None]),
        crs="EPSG:4490",
    )


def windows(width_deg: float, count: int, *, seed: int = 7) -> list[tuple[float, ...]]:
    """Choose square windows somewhere among the buildings."""
    rng = np.random.default_rng(seed)
    corners = rng.uniform((WEST, SOUTH), (EAST - width_deg, NORTH - width_deg), (count, 2))
    return [(x, y, x + width_deg, y + width_deg) for x, y in corners.tolist()]
