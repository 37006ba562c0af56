"""What the OpenAPI document says of tiles."""

from typing import Any

from api.ogc.door import MEDIA, Door
from api.ogc.matrix import MATRIX_SET
from api.ogc.tile_answers import TOLD
from layers.tiles.grid import LEVELS

__all__ = ["parameters", "paths", "schemas"]

_JSON, _HTML, _MVT = MEDIA["json"], MEDIA["html"], MEDIA["mvt"]
_TILE = ("tileMatrix", "tileRow", "tileCol")
_ASKED = ("datetime", "as-of", "properties")
_REFUSED = {
    "400": "BadRequest",
    "401": "SignInNeeded",
    "403": "NothingGranted",
    "404": "NotFound",
    "500": "ServerError",
    "503": "Busy",
}


def paths(door: Door) -> dict[str, Any]:
    """Describe every address of tiles."""
    sets, layer = "/tileMatrixSets", "/collections/{collectionId}/tiles"
    tile = f"{layer}/{{tileMatrixSetId}}"
    one = ("collectionId", "tileMatrixSetId")
    run, run_one = "/runs/{runId}", ("runId", "tileMatrixSetId")
    run_tile = f"{run}/tiles/{{tileMatrixSetId}}"
    described: dict[str, tuple[str, str, tuple[str, ...], dict[str, Any]]] = {
        sets: ("getTileMatrixSets", "ogc.matrix_sets", ("f",), _document("TileMatrixSets")),
        f"{sets}/{{tileMatrixSetId}}": (
            "getTileMatrixSet",
            "ogc.matrix_set",
            ("tileMatrixSetId", "f"),
            _document("TileMatrixSet"),
        ),
        layer: (
            "getTileSets",
            "ogc.tiles",
            ("collectionId", "f", *_ASKED),
            _document("TileSets"),
        ),
        tile: (
            "getTileSet",
            "ogc.tile_set",
            (*one, "fTileSet", *_ASKED),
            _document("TileSet"),
        ),
        f"{tile}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}": (
            "getTile",
            "ogc.tile",
            (*one, *_TILE, "fTile", *_ASKED),
            _drawn(),
        ),
        "/runs": ("getRuns", "ogc.runs", ("f",), _document("Runs")),
        run: ("getRun", "ogc.run", ("runId", "f"), _document("Run")),
        f"{run}/tiles": ("getRunTileSets", "ogc.tiles", ("runId", "f"), _document("TileSets")),
        run_tile: ("getRunTileSet", "ogc.tile_set", (*run_one, "fTileSet"), _document("TileSet")),
        f"{run_tile}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}": (
            "getRunTile",
            "ogc.tile",
            (*run_one, *_TILE, "fTile"),
            _drawn(),
        ),
    }
    return {
        path: {"get": _operation(door, *told, is_tile=path.endswith("{tileCol}"))}
        for path, told in described.items()
    }


def _operation(
    door: Door,
    name: str,
    summary: str,
    own: tuple[str, ...],
    ok: dict[str, Any],
    *,
    is_tile: bool,
) -> dict[str, Any]:
    refused = {
        status: {"$ref": f"#/components/responses/{one}"} for status, one in _REFUSED.items()
    }
    nothing = {"204": {"description": "A tile without features", "headers": _headers()}}
    return {
        "operationId": name,
        "summary": door.texts(summary),
        "tags": ["Tiles"],
        "parameters": [{"$ref": f"#/components/parameters/{each}"} for each in (*own, "lang")],
        "responses": {
            "200": ok,
            **(nothing if is_tile else {}),
            "304": {"$ref": "#/components/responses/NotModified"},
            **refused,
        },
    }


def parameters() -> dict[str, Any]:
    """Describe the parameters that only tiles have."""
    number = {"type": "integer", "minimum": 0, "maximum": 2 ** (LEVELS - 1) - 1}
    levels = {"type": "string", "enum": [str(level) for level in range(LEVELS)]}
    sets = {"type": "string", "enum": [MATRIX_SET]}
    return {
        "fTileSet": _parameter(
            "f", "query", {"type": "string", "enum": ["json", "html", "tilejson"]}
        ),
        "fTile": _parameter("f", "query", {"type": "string", "enum": ["mvt"]}),
        "runId": _parameter("runId", "path", {"type": "string", "maxLength": 200}),
        "tileMatrixSetId": _parameter("tileMatrixSetId", "path", sets),
        "tileMatrix": _parameter("tileMatrix", "path", levels),
        "tileRow": _parameter("tileRow", "path", number),
        "tileCol": _parameter("tileCol", "path", number),
    }


def schemas() -> dict[str, Any]:
    """Describe the documents that only tiles have."""
    text, whole = {"type": "string"}, {"type": "integer", "minimum": 0}
    number = {"type": "number"}
    links = {"type": "array", "items": {"$ref": "#/components/schemas/Link"}}
    described = dict.fromkeys(("title", "dataType", "crs", "tileMatrixSetURI"), text)
    level = {
        **dict.fromkeys(("tileWidth", "tileHeight", "matrixWidth", "matrixHeight"), whole),
        "scaleDenominator": number,
        "cellSize": number,
        "id": text,
    }
    tile_json = {"tilejson": text, "tiles": {"type": "array", "items": text}}
    run = {**dict.fromkeys(("id", "title", "analysis", "evaluated_on"), text), "links": links}
    return {
        "Run": _object(run, "id", "links"),
        "Runs": _object({"links": links, "runs": _list(_object(run, "id", "links"))}, "runs"),
        "TileMatrixSets": _object({"tileMatrixSets": _list(_object({"id": text}, "id"))}),
        "TileMatrixSet": _object(
            {"id": text, "crs": text, "tileMatrices": _list(_object(level, "id"))}, "id", "crs"
        ),
        "TileSets": _object({"links": links, "tilesets": _list(_object(described))}, "tilesets"),
        "TileSet": _object({**described, **tile_json, "links": links}),
    }


def _document(schema: str) -> dict[str, Any]:
    shown = {"$ref": f"#/components/schemas/{schema}"}
    return {
        "description": schema,
        "headers": {"ETag": {"schema": {"type": "string"}}},
        "content": {_JSON: {"schema": shown}, _HTML: {"schema": {"type": "string"}}},
    }


def _drawn() -> dict[str, Any]:
    return {
        "description": "Mapbox Vector Tile 2.1",
        "headers": _headers(),
        "content": {_MVT: {"schema": {"type": "string", "format": "binary"}}},
    }


def _headers() -> dict[str, Any]:
    return {name: {"schema": {"type": "string"}} for name in ("ETag", TOLD)}


def _parameter(name: str, place: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": place, "required": place == "path", "schema": schema}


def _list(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item}


def _object(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    described = {"type": "object", "properties": properties}
    return {**described, "required": list(required)} if required else described
