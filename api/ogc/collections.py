"""Layers as collections: what they are, where their features lie, what these consist of."""

from typing import Any

from fastapi import Response

from api.ogc import pages
from api.ogc.answers import answer
from api.ogc.crs import CRS84, address, addresses
from api.ogc.door import FILES, Door
from api.ogc.tile_links import tile_links
from layers.axes import LONGITUDE_LATITUDE, box_in
from layers.kinds import Field, FieldType, GeometryFamily, Kind
from layers.store.spatial import GEOMETRY_PROPERTY

_REL = "http://www.opengis.net/def/rel/ogc/1.0/"
_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_SCHEMA_TYPES: dict[FieldType, dict[str, str]] = {
    FieldType.TEXT: {"type": "string"},
    FieldType.TEXT_LIST: {"type": "string"},
    FieldType.INTEGER: {"type": "integer"},
    FieldType.REAL: {"type": "number"},
    FieldType.BOOLEAN: {"type": "boolean"},
    FieldType.DATE: {"type": "string", "format": "date"},
    FieldType.DATETIME: {"type": "string", "format": "date-time"},
}
_GEOMETRIES = {
    GeometryFamily.POINT: "geometry-point",
    GeometryFamily.LINE: "geometry-multilinestring",
    GeometryFamily.AREA: "geometry-multipolygon",
}


def every(door: Door) -> Response:
    """List the layers."""
    door.parameters()
    form = door.format()

    def make() -> Any:
        kinds = door.collections()
        if form == "html":
            return pages.collections(door, kinds)
        door.look_at(kinds)
        return {
            "links": door.alternates(form, {"json": "json", "html": "html"}),
            "collections": [described(door, kind) for kind in kinds],
            "crs": list(addresses(door.store.settings)),
        }

    return answer(door, form, make)


def one(door: Door, key: str) -> Response:
    """Describe a layer."""
    kind = door.collection(key)
    door.parameters()
    form = door.format()

    def make() -> Any:
        if form == "html":
            return pages.collection(door, kind, described(door, kind))
        return described(door, kind)

    return answer(door, form, make)


def described(door: Door, kind: Kind) -> dict[str, Any]:
    """Describe a layer as the standard wants it."""
    texts, path = door.texts, f"/collections/{kind.key}"
    title = texts.title(kind)
    items = [
        door.link("items", door.url(f"{path}/items", f=name), MEDIA_OF[name], title)
        for name in MEDIA_OF
    ]
    return {
        "id": kind.key,
        "title": title,
        "description": texts.title(door.store.kinds.theme_of(kind)),
        "itemType": "feature",
        "extent": extent_of(door, kind),
        "crs": list(addresses(door.store.settings)),
        "storageCrs": address(door.store.settings.storage_crs),
        "links": [
            door.link("self", door.url(path, f="json"), "json", title),
            door.link("alternate", door.url(path, f="html"), "html", title),
            *items,
            *(
                door.link(f"{_REL}{name}", door.url(f"{path}/{name}"), "schema")
                for name in ("queryables", "sortables", "schema")
            ),
            *tile_links(door, kind),
        ],
    }


MEDIA_OF = {"json": "geojson", "html": "html", **{name: name for name in FILES}}


def queryables(door: Door, key: str) -> Response:
    """Say by which properties features can be asked for."""
    return _schema(door, key, "queryables")


def sortables(door: Door, key: str) -> Response:
    """Say by which properties features can be ordered."""
    return _schema(door, key, "sortables")


def schema(door: Door, key: str) -> Response:
    """Say what a feature consists of."""
    return _schema(door, key, "schema")


def _schema(door: Door, key: str, resource: str) -> Response:
    kind = door.collection(key)
    door.parameters()
    form = door.format()

    def make() -> Any:
        if form == "html":
            return pages.fields(door, kind, resource)
        return {
            "$schema": _DRAFT,
            "$id": door.url(f"/collections/{kind.key}/{resource}"),
            "type": "object",
            "title": door.texts.title(kind),
            "properties": _properties(door, kind, resource),
            "additionalProperties": False,
        }

    return answer(door, "html" if form == "html" else "schema", make, kind=kind.key)


def _properties(door: Door, kind: Kind, resource: str) -> dict[str, Any]:
    fields = {field.key: _property(door, field) for field in kind.fields}
    if resource == "sortables":
        return fields
    identifier = {"type": "string", "format": "uuid", "x-ogc-role": "id"}
    place = {
        "title": door.texts("ogc.geometry"),
        "x-ogc-role": "primary-geometry",
        "format": _GEOMETRIES[kind.geometry[0]] if len(kind.geometry) == 1 else "geometry-any",
    }
    placed = {GEOMETRY_PROPERTY: place} if kind.is_spatial else {}
    return {"uid": {"title": door.texts("ogc.uid"), **identifier}, **fields, **placed}


def _property(door: Door, field: Field) -> dict[str, Any]:
    described: dict[str, Any] = {"title": door.texts.title(field), **_SCHEMA_TYPES[field.type]}
    if field.unit:
        described["x-ogc-unit"] = field.unit
    bounds = {"minimum": field.minimum, "maximum": field.maximum}
    described |= {name: bound for name, bound in bounds.items() if bound is not None}
    codes = field.codes
    if codes is not None and field.type is FieldType.TEXT and not codes.extensible:
        described["oneOf"] = [
            {"const": choice.value, "title": door.texts.title(choice)} for choice in codes.choices
        ]
    return described


def extent_of(door: Door, kind: Kind) -> dict[str, Any]:
    """Say where and when the features of a layer are."""
    found = door.extent(kind)
    first, last = (None if day is None else f"{day.isoformat()}T00:00:00Z" for day in found.days)
    extent: dict[str, Any] = {"temporal": {"interval": [[first, last]]}}
    if found.bounds is not None:
        box = box_in(found.bounds, door.store.settings.storage_crs, LONGITUDE_LATITUDE)
        extent["spatial"] = {"bbox": [[round(edge, 6) for edge in box]], "crs": CRS84}
    return extent
