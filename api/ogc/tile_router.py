"""The addresses of tiles under `/ogc`, and who answers at each."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from api.ogc import run_tiles, tiles
from api.ogc.door import DoorNow

router = APIRouter(include_in_schema=False)

_READ = ["GET", "HEAD"]
_LONGEST = 200
Name = Annotated[str, Path(max_length=_LONGEST)]
Number = Annotated[str, Path(max_length=20)]


@router.api_route("/tileMatrixSets", methods=_READ)
def matrix_sets(door: DoorNow) -> Response:
    """List the tile matrix sets."""
    return tiles.matrix_sets(door)


@router.api_route("/tileMatrixSets/{matrix_set}", methods=_READ)
def matrix_set(door: DoorNow, matrix_set: Name) -> Response:
    """Describe a tile matrix set."""
    return tiles.matrix_set(door, matrix_set)


@router.api_route("/collections/{collection}/tiles", methods=_READ)
def tile_sets(door: DoorNow, collection: Name) -> Response:
    """List the tile sets of a layer."""
    return tiles.tile_sets(door, collection)


@router.api_route("/collections/{collection}/tiles/{matrix_set}", methods=_READ)
def tile_set(door: DoorNow, collection: Name, matrix_set: Name) -> Response:
    """Describe the tiles of a layer."""
    return tiles.tile_set(door, collection, matrix_set)


@router.api_route(
    "/collections/{collection}/tiles/{matrix_set}/{level}/{row}/{column}", methods=_READ
)
def tile(
    door: DoorNow, collection: Name, matrix_set: Name, level: Number, row: Number, column: Number
) -> Response:
    """Give a tile of a layer."""
    return tiles.tile(door, collection, matrix_set, (level, row, column))


@router.api_route("/runs", methods=_READ)
def runs(door: DoorNow) -> Response:
    """List the runs whose results can be had."""
    return run_tiles.every(door)


@router.api_route("/runs/{run}", methods=_READ)
def run(door: DoorNow, run: Name) -> Response:
    """Describe a run."""
    return run_tiles.one(door, run)


@router.api_route("/runs/{run}/tiles", methods=_READ)
def run_tile_sets(door: DoorNow, run: Name) -> Response:
    """List the tile sets of a run."""
    return run_tiles.tile_sets(door, run)


@router.api_route("/runs/{run}/tiles/{matrix_set}", methods=_READ)
def run_tile_set(door: DoorNow, run: Name, matrix_set: Name) -> Response:
    """Describe the tiles of a run."""
    return run_tiles.tile_set(door, run, matrix_set)


@router.api_route("/runs/{run}/tiles/{matrix_set}/{level}/{row}/{column}", methods=_READ)
def run_tile(
    door: DoorNow, run: Name, matrix_set: Name, level: Number, row: Number, column: Number
) -> Response:
    """Give a tile of a run."""
    return run_tiles.tile(door, run, matrix_set, (level, row, column))
