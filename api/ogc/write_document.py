"""What the OpenAPI document says of writing: only of layers that whoever reads it may write."""

from typing import Any

from api.ogc.crs import CRS84, addresses
from api.ogc.door import MEDIA, Door
from api.ogc.sent import CRS_HEADER, PATCH, WHOLE_MEDIA
from api.ogc.writing import writable

__all__ = ["operations", "parameters", "responses", "schemas"]

_PROBLEM = "application/problem+json"
_REFUSED = {
    "400": "BadRequest",
    "401": "SignInNeeded",
    "403": "Forbidden",
    "404": "NotFound",
    "405": "NotWritable",
    "500": "ServerError",
    "503": "Busy",
}
_OF_BODIES = {"413": "TooLarge", "415": "MediaTypeUnsupported"}
_OF_VERSIONS = {"412": "VersionStale", "428": "VersionNeeded"}
# From what comes back for a feature that was added to what may be done with it.
_LINKS = {
    f"{deed}It": {
        "operationId": f"{deed}Feature",
        "parameters": {
            "path.collectionId": "$request.path.collectionId",
            "path.featureId": "$response.body#/id",
            "header.If-Match": "$response.header.ETag",
        },
    }
    for deed in ("replace", "update", "delete")
}


def operations(door: Door) -> dict[str, dict[str, Any]]:
    """Describe, by path, the methods that write."""
    if not writable(door):
        return {}
    items = "/collections/{collectionId}/items"
    sent, told = ("crs", "contentCrs"), ("ifMatch",)
    patch = {PATCH: {"schema": _ref("schemas", "FeaturePart")}}
    whole = {media: {"schema": _ref("schemas", "FeatureSent")} for media in WHOLE_MEDIA}
    made = {
        "201": {**_feature("Location"), "links": _LINKS},
        "409": _ref("responses", "Conflict"),
        **_of(_OF_BODIES),
    }
    changed = {"200": _feature(), **_of(_OF_BODIES), **_of(_OF_VERSIONS)}
    gone = {"204": {"description": "The feature is gone"}, **_of(_OF_VERSIONS)}
    return {
        items: {"post": _operation(door, "create", sent, made, whole)},
        f"{items}/{{featureId}}": {
            "put": _operation(door, "replace", ("featureId", *sent, *told), changed, whole),
            "patch": _operation(door, "update", ("featureId", *sent, *told), changed, patch),
            "delete": _operation(door, "delete", ("featureId", *told), gone, None),
        },
    }


def parameters(door: Door) -> dict[str, Any]:
    """Describe what comes beside the feature itself."""
    keys = [kind.key for kind in writable(door)]
    if not keys:
        return {}
    systems = {"type": "string", "enum": [f"<{one}>" for one in addresses(door.store.settings)]}
    return {
        "contentCrs": _header(CRS_HEADER, {**systems, "default": f"<{CRS84}>"}),
        "ifMatch": _header("If-Match", {"type": "string", "example": "*"}),
        "writableId": {
            "name": "collectionId",
            "in": "path",
            "required": True,
            "schema": {"type": "string", "enum": keys},
        },
    }


def responses() -> dict[str, Any]:
    """Describe what is refused."""
    said = {
        "Forbidden": "Not granted, or not asked for by one of our own pages",
        "NotWritable": "The layer is not open for writing",
        "Conflict": "There is or was a feature with that identifier",
        "VersionStale": "The feature is no longer the version that If-Match names",
        "VersionNeeded": "If-Match is missing",
        "TooLarge": "More bytes or more vertices than a feature may have",
        "MediaTypeUnsupported": "A type that is not taken here",
    }
    content = {
        _PROBLEM: {"schema": _ref("schemas", "Problem")},
        MEDIA["html"]: {"schema": {"type": "string"}},
    }
    return {name: {"description": text, "content": content} for name, text in said.items()}


def schemas() -> dict[str, Any]:
    """Describe a feature that is sent, and a part of one."""
    place = {"type": "object", "nullable": True}
    told = {"type": "object", "nullable": True, "additionalProperties": True}
    parts = {"id": {"type": "string", "format": "uuid"}, "geometry": place, "properties": told}
    kind = {"type": {"type": "string", "enum": ["Feature"]}}
    return {
        "FeatureSent": {
            "type": "object",
            "properties": {**kind, **parts},
            "required": ["type", "geometry", "properties"],
            "example": {"type": "Feature", "geometry": None, "properties": {"name": "河滩地"}},
        },
        "FeaturePart": {
            "type": "object",
            "properties": {**kind, **parts},
            "example": {"properties": {"note": None}},
        },
    }


def _operation(
    door: Door,
    deed: str,
    own: tuple[str, ...],
    answers: dict[str, Any],
    content: dict[str, Any] | None,
) -> dict[str, Any]:
    body = {} if content is None else {"requestBody": {"required": True, "content": content}}
    return {
        "operationId": f"{deed}Feature",
        "summary": door.texts(f"ogc.write.{deed}"),
        "tags": ["Data"],
        "parameters": [_ref("parameters", name) for name in ("writableId", *own, "lang")],
        **body,
        "responses": {**answers, **_of(_REFUSED)},
    }


def _of(named: dict[str, str]) -> dict[str, Any]:
    return {status: _ref("responses", name) for status, name in named.items()}


def _feature(*headers: str) -> dict[str, Any]:
    shown = ("ETag", CRS_HEADER, *headers)
    return {
        "description": "Feature",
        "headers": {name: {"schema": {"type": "string"}} for name in shown},
        "content": {MEDIA["geojson"]: {"schema": _ref("schemas", "Feature")}},
    }


def _header(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": False, "schema": schema}


def _ref(section: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{section}/{name}"}
