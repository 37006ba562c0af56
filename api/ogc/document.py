"""The description of `/ogc` for programs: an OpenAPI 3.0 document of its own.

The rest of the service is described in 3.1 under `/api`; the standard names 3.0, which clients
read.
"""

from importlib.metadata import version
from typing import Any

from api.ogc import process_document, tile_document, write_document
from api.ogc.asking import FILE_LIMIT, LANGUAGES, LIMITS
from api.ogc.crs import CRS84, addresses
from api.ogc.door import FILES, MEDIA, Door

_GEOJSON, _HTML, _PROBLEM = MEDIA["geojson"], MEDIA["html"], "application/problem+json"
_PAGE = {_HTML: {"schema": {"type": "string"}}}
_BINARY = {MEDIA[name]: {"schema": {"type": "string", "format": "binary"}} for name in FILES}


def describe(door: Door) -> dict[str, Any]:
    """Describe every address, with the layers that may be read."""
    texts = door.texts
    title = door.visit.settings.public_title or texts("pages.product")
    return {
        "openapi": "3.0.3",
        "info": {
            "title": f"{title} · OGC API – Features",
            "description": texts("ogc.lead"),
            "version": version("greengrid"),
        },
        "servers": [{"url": door.base}],
        "tags": [{"name": each} for each in ("Capabilities", "Data", "Tiles", "Processes")],
        "paths": _with_writing(
            door, {**_paths(door), **tile_document.paths(door), **process_document.paths(door)}
        ),
        "components": {
            "parameters": {**_parameters(door), **process_document.parameters(door)},
            "responses": {**_responses(), **write_document.responses()},
            "schemas": {
                **_schemas(),
                **tile_document.schemas(),
                **process_document.schemas(),
                **write_document.schemas(),
            },
        },
    }


def _with_writing(door: Door, paths: dict[str, Any]) -> dict[str, Any]:
    more = write_document.operations(door)
    return {path: {**operations, **more.get(path, {})} for path, operations in paths.items()}


def _paths(door: Door) -> dict[str, Any]:
    one = "/collections/{collectionId}"
    common = ["f", "lang"]
    every = [
        *("collectionId", "limit", "bbox", "bbox-crs", "datetime", "as-of", "filter"),
        *("filter-lang", "filter-crs", "sortby", "properties", "crs", "after", "queryables"),
    ]
    described = {
        "/": ("getLandingPage", "ogc.title", [], _document("LandingPage")),
        "/conformance": ("getConformance", "ogc.conformance", [], _document("Conformance")),
        "/api": ("getApi", "ogc.api", [], _document(media=MEDIA["openapi"])),
        "/collections": ("getCollections", "ogc.collections", [], _document("Collections")),
        one: ("describeCollection", "ogc.collection", ["collectionId"], _document("Collection")),
        **{
            f"{one}/{name}": (f"get{name.title()}", f"ogc.{name}", ["collectionId"], schema)
            for name, schema in (
                (name, _document(media=MEDIA["schema"]))
                for name in ("queryables", "sortables", "schema")
            )
        },
        f"{one}/items": ("getFeatures", "ogc.items", every, _features()),
        f"{one}/items/{{featureId}}": (
            "getFeature",
            "ogc.item",
            ["collectionId", "featureId", "crs", "as-of"],
            _content(_GEOJSON, "Feature", {"Content-Crs": _header()}),
        ),
    }
    return {
        path: {
            "get": {
                "operationId": operation,
                "summary": door.texts(summary),
                "tags": ["Data" if "{" in path else "Capabilities"],
                "parameters": [
                    _ref("parameters", name) for name in (*own, *_form(path), *common[1:])
                ],
                "responses": {"200": ok, "304": _ref("responses", "NotModified"), **_REFUSALS},
            }
        }
        for path, (operation, summary, own, ok) in described.items()
    }


def _form(path: str) -> list[str]:
    return ["fItems" if path.endswith("/items") else "f"]


_REFUSALS = {
    "400": {"$ref": "#/components/responses/BadRequest"},
    "401": {"$ref": "#/components/responses/SignInNeeded"},
    "403": {"$ref": "#/components/responses/NothingGranted"},
    "404": {"$ref": "#/components/responses/NotFound"},
    "500": {"$ref": "#/components/responses/ServerError"},
    "503": {"$ref": "#/components/responses/Busy"},
}


def _ref(section: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{section}/{name}"}


def _header() -> dict[str, Any]:
    return {"schema": {"type": "string"}}


def _document(schema: str = "", *, media: str = MEDIA["json"]) -> dict[str, Any]:
    return _content(media, schema, {})


def _content(media: str, schema: str, headers: dict[str, Any]) -> dict[str, Any]:
    shown = _ref("schemas", schema) if schema else {"type": "object"}
    return {
        "description": schema or media,
        "headers": {"ETag": _header(), **headers},
        "content": {media: {"schema": shown}, **_PAGE},
    }


def _features() -> dict[str, Any]:
    headers = {name: _header() for name in ("Content-Crs", "Link")}
    made = _content(_GEOJSON, "FeatureCollection", headers)
    return {**made, "content": {**made["content"], **_BINARY}}


def _responses() -> dict[str, Any]:
    content = {_PROBLEM: {"schema": _ref("schemas", "Problem")}, **_PAGE}
    said = {
        "BadRequest": "A parameter that means nothing here",
        "SignInNeeded": "Nothing is open to everybody, or the credentials are refused",
        "NothingGranted": "The account has been granted nothing",
        "NotFound": "Nothing under that address, or nothing that may be seen",
        "ServerError": "A fault of the program, under a reference number",
        "Busy": "The store is busy; try again",
    }
    described = {name: {"description": text, "content": content} for name, text in said.items()}
    return {**described, "NotModified": {"description": "What the client has is still right"}}


def _parameters(door: Door) -> dict[str, Any]:
    text = {"type": "string"}
    systems = {"type": "string", "enum": list(addresses(door.store.settings)), "default": CRS84}
    usual, most = LIMITS["json"]
    numbers = {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6}
    keys = [kind.key for kind in door.collections()]
    made = {
        "lang": _query("lang", {"type": "string", "enum": ["zh", "en"]}),
        "f": _query("f", {"type": "string", "enum": ["json", "html"]}),
        "fItems": _query("f", {"type": "string", "enum": ["json", "html", *FILES]}),
        "limit": _query(
            "limit", {"type": "integer", "minimum": 1, "maximum": most, "default": usual}
        ),
        "after": _query("after", text),
        "bbox": {**_query("bbox", numbers), "style": "form", "explode": False},
        "datetime": _query("datetime", text),
        "as-of": _query("as-of", text),
        "filter": _query("filter", text),
        "filter-lang": _query(
            "filter-lang", {"type": "string", "enum": list(LANGUAGES), "default": LANGUAGES[0]}
        ),
        **{name: _query(name, systems) for name in ("crs", "bbox-crs", "filter-crs")},
        **{
            name: {**_query(name, {"type": "array", "items": text}), "explode": False}
            for name in ("sortby", "properties")
        },
        "queryables": {
            **_query("queryables", {"type": "object", "additionalProperties": text}),
            "style": "form",
            "explode": True,
        },
        "collectionId": _path("collectionId", {"type": "string", "enum": keys} if keys else text),
        "featureId": _path("featureId", {"type": "string", "maxLength": 200}),
        **tile_document.parameters(),
        **write_document.parameters(door),
    }
    for name, parameter in made.items():
        key = f"ogc.parameter.{name}"
        parameter["description"] = door.texts(key, most=most, file=FILE_LIMIT)
    return made


def _query(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema}


def _path(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _schemas() -> dict[str, Any]:
    text, whole = {"type": "string"}, {"type": "integer", "minimum": 0}
    texts = {"type": "array", "items": text}
    links = {"type": "array", "items": _ref("schemas", "Link")}
    shape = {"type": "object", "nullable": True}
    feature = {
        "type": {"type": "string", "enum": ["Feature"]},
        "id": text,
        "geometry": shape,
        "properties": {"type": "object"},
        "links": links,
    }
    described = {
        "id": text,
        "title": text,
        "description": text,
        "itemType": text,
        "extent": {"type": "object"},
        "crs": texts,
        "storageCrs": text,
        "links": links,
    }
    features = {"type": "array", "items": _ref("schemas", "Feature")}
    counts = {"numberMatched": whole, "numberReturned": whole}
    stamp = {"timeStamp": {"type": "string", "format": "date-time"}}
    kind = {"type": {"type": "string", "enum": ["FeatureCollection"]}}
    told = dict.fromkeys(("type", "title", "detail", "code", "instance", "zh", "en"), text)
    collections = {"type": "array", "items": _ref("schemas", "Collection")}
    return {
        "Link": _object({"href": text, "rel": text, "type": text, "title": text}, "href", "rel"),
        "LandingPage": _object({"title": text, "description": text, "links": links}, "links"),
        "Conformance": _object({"conformsTo": texts, "links": links}, "conformsTo"),
        "Collections": _object(
            {"links": links, "collections": collections, "crs": texts}, "links", "collections"
        ),
        "Collection": _object(described, "id", "links"),
        "FeatureCollection": _object(
            {**kind, "features": features, "links": links, **stamp, **counts}, "type", "features"
        ),
        "Feature": _object(feature, "type", "geometry", "properties"),
        "Problem": _object({**told, "status": whole}, "title", "status", "code"),
    }


def _object(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required)}
