"""The addresses under `/ogc`, and who answers at each."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from api.ogc import collections, items, landing, writing
from api.ogc.door import DoorNow
from api.ogc.process_router import router as processes
from api.ogc.sent import sent_body
from api.ogc.tile_router import router as tiles

router = APIRouter(prefix="/ogc", include_in_schema=False)
router.include_router(tiles)
router.include_router(processes)

_READ = ["GET", "HEAD"]
_LONGEST = 200
CollectionId = Annotated[str, Path(max_length=_LONGEST)]
BodyNow = Annotated[bytes, Depends(sent_body)]
ItemId = Annotated[str, Path(max_length=_LONGEST)]


@router.api_route("", methods=_READ)
@router.api_route("/", methods=_READ)
def landing_page(door: DoorNow) -> Response:
    """Say what there is."""
    return landing.landing_page(door)


@router.api_route("/conformance", methods=_READ)
def conformance(door: DoorNow) -> Response:
    """Say what is promised."""
    return landing.conformance(door)


@router.api_route("/api", methods=_READ)
def document(door: DoorNow) -> Response:
    """Describe every address for programs."""
    return landing.api(door)


@router.api_route("/collections", methods=_READ)
def all_collections(door: DoorNow) -> Response:
    """List the layers."""
    return collections.every(door)


@router.api_route("/collections/{collection}", methods=_READ)
def one_collection(door: DoorNow, collection: CollectionId) -> Response:
    """Describe a layer."""
    return collections.one(door, collection)


@router.api_route("/collections/{collection}/queryables", methods=_READ)
def queryables(door: DoorNow, collection: CollectionId) -> Response:
    """Say by which properties features can be asked for."""
    return collections.queryables(door, collection)


@router.api_route("/collections/{collection}/sortables", methods=_READ)
def sortables(door: DoorNow, collection: CollectionId) -> Response:
    """Say by which properties features can be ordered."""
    return collections.sortables(door, collection)


@router.api_route("/collections/{collection}/schema", methods=_READ)
def schema(door: DoorNow, collection: CollectionId) -> Response:
    """Say what a feature consists of."""
    return collections.schema(door, collection)


@router.api_route("/collections/{collection}/items", methods=_READ)
def all_items(door: DoorNow, collection: CollectionId) -> Response:
    """Give features."""
    return items.every(door, collection)


@router.options("/collections/{collection}/items")
def methods_of_all(door: DoorNow, collection: CollectionId) -> Response:
    """Say whether features can be added."""
    return writing.options(door, collection)


@router.post("/collections/{collection}/items")
async def create_item(door: DoorNow, collection: CollectionId, body: BodyNow) -> Response:
    """Add a feature."""
    return await door.visit.service.turns.take(writing.create, door, collection, body)


@router.api_route("/collections/{collection}/items/{item}", methods=_READ)
def one_item(door: DoorNow, collection: CollectionId, item: ItemId) -> Response:
    """Give one feature."""
    return items.one(door, collection, item)


@router.options("/collections/{collection}/items/{item}")
def methods_of_one(door: DoorNow, collection: CollectionId, item: ItemId) -> Response:
    """Say whether a feature can be changed."""
    return writing.options(door, collection, item)


@router.put("/collections/{collection}/items/{item}")
async def replace_item(
    door: DoorNow, collection: CollectionId, item: ItemId, body: BodyNow
) -> Response:
    """Replace a feature."""
    return await door.visit.service.turns.take(writing.replace, door, collection, item, body)


@router.patch("/collections/{collection}/items/{item}")
async def update_item(
    door: DoorNow, collection: CollectionId, item: ItemId, body: BodyNow
) -> Response:
    """Change a feature."""
    return await door.visit.service.turns.take(writing.update, door, collection, item, body)


@router.delete("/collections/{collection}/items/{item}")
async def delete_item(door: DoorNow, collection: CollectionId, item: ItemId) -> Response:
    """Delete a feature."""
    return await door.visit.service.turns.take(writing.delete, door, collection, item)
