"""Every tile of a real city: sound, and with every feature that is there."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from layers.tiles.arrays import arrays_of
from layers.tiles.encoder import Part, draw
from layers.tiles.grid import Tile, to_world
from layers.tiles.shapes import shapes_of_geometries
from tests.layers.tiles.decoding import decoded

pytestmark = pytest.mark.long


@pytest.mark.parametrize("layer", ["buildings", "green", "water", "residential_land"])
def test_tiles_of_las_palmas_are_sound_and_whole(test_data: Path, layer: str) -> None:
    frame = gpd.read_parquet(test_data / f"las_palmas/{layer}.parquet").to_crs("EPSG:4326")
    frame = frame[frame.geom_type.isin(["Polygon", "MultiPolygon"])]
    geometries = frame.geometry.to_numpy()
    names = [f"{n:08x}-0000-4000-8000-000000000000" for n in range(len(frame))]
    arrays = arrays_of(names, shapes_of_geometries(geometries, "EPSG:4326"), {})
    corners = to_world(shapely.get_coordinates(geometries), "EPSG:4326")
    for z in (9, 11, 13, 15, 16):
        seen: set[int] = set()
        gone = 0
        for x, y in np.unique(np.floor(corners * 2**z).astype(int), axis=0).tolist():
            tile = Tile(z, x, y)
            made = draw("a", tile, [Part(arrays)], columns=["uid"])
            gone += made.dropped
            if not made.data:
                continue
            found = decoded(made.data, tile)
            assert found.geometry.is_valid.all(), tile
            assert made.stands_for == (found["count"].sum() if "count" in found else len(found))
            seen |= set(found["mvt_id"])
        assert len(seen) <= len(frame)
        if z >= 15:
            assert len(seen) + gone >= len(frame)
