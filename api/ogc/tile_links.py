"""Links by which clients find tiles."""

from typing import Any

from api.ogc.door import Door
from layers.kinds import Kind

__all__ = ["REL", "landing_links", "tile_links"]

REL = "http://www.opengis.net/def/rel/ogc/1.0/"


def tile_links(door: Door, kind: Kind) -> list[dict[str, Any]]:
    """Lead from a layer to its tiles."""
    if not kind.is_spatial:
        return []
    address = door.url(f"/collections/{kind.key}/tiles")
    return [door.link(f"{REL}tilesets-vector", address, "json", door.texts("ogc.tiles"))]


def landing_links(door: Door) -> list[dict[str, Any]]:
    """Lead from the landing page to the tile matrix sets, and to what runs have found."""
    sets, runs = door.texts("ogc.matrix_sets"), door.texts("ogc.runs")
    return [
        door.link(f"{REL}tiling-schemes", door.url("/tileMatrixSets"), "json", sets),
        door.link("related", door.url("/runs"), "json", runs),
    ]
