"""Layers as vector tiles: which there are, and each of them."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from fastapi import Response

from api.errors import CollectionMissingError, MatrixSetMissingError, ParameterError
from api.ogc import tile_pages as pages
from api.ogc.answers import answer
from api.ogc.asking import TILE_PARAMETERS, read_tile
from api.ogc.collections import extent_of
from api.ogc.crs import CRS84
from api.ogc.door import Door
from api.ogc.matrix import MATRIX_SET, MATRIX_SET_URI, MERCATOR, describe_matrix_set
from api.ogc.pages import layer_trail
from api.ogc.tile_answers import Depends, tile_answer
from api.ogc.tile_links import REL
from layers.clock import today
from layers.kinds import Field, FieldType, GeometryFamily, Kind
from layers.store import Verb
from layers.tiles import Tile, TileQuestion

__all__ = [
    "LAST_LEVEL",
    "SetOfTiles",
    "brief",
    "matrix_set",
    "matrix_sets",
    "numbered",
    "require_matrix_set",
    "shown_as",
    "tile",
    "tile_set",
    "tile_sets",
]

LAST_LEVEL = 18
"""Beyond it a map draws the tiles of this level larger: their units are four centimetres."""

_DIMENSIONS = {GeometryFamily.POINT: 0, GeometryFamily.LINE: 1, GeometryFamily.AREA: 2}
_JSON_TYPES = {
    FieldType.INTEGER: "integer",
    FieldType.REAL: "number",
    FieldType.BOOLEAN: "boolean",
}
_TILEJSON_TYPES = {"integer": "Number", "number": "Number", "boolean": "Boolean"}


def matrix_sets(door: Door) -> Response:
    """List the tile matrix sets."""
    door.parameters()
    form = door.format()

    def make() -> Any:
        if form == "html":
            return pages.matrix_sets(door)
        described = describe_matrix_set()
        one = {name: described[name] for name in ("id", "title", "uri", "crs")}
        link = door.link("self", door.url(f"/tileMatrixSets/{MATRIX_SET}"), "json")
        return {"tileMatrixSets": [{**one, "links": [link]}]}

    return answer(door, form, make)


def matrix_set(door: Door, name: str) -> Response:
    """Describe a tile matrix set.

    Raises
    ------
    MatrixSetMissingError
    """
    require_matrix_set(name)
    door.parameters()
    form = door.format()

    def make() -> Any:
        described = describe_matrix_set()
        return pages.matrix_set(door, described) if form == "html" else described

    return answer(door, form, make)


def require_matrix_set(name: str) -> None:
    """Refuse a tile matrix set that is not served.

    Raises
    ------
    MatrixSetMissingError
    """
    if name != MATRIX_SET:
        raise MatrixSetMissingError(name=name, known=MATRIX_SET)


def tile_sets(door: Door, key: str) -> Response:
    """List the tile sets of a layer."""
    kind = _placed(door, key)
    door.parameters(*TILE_PARAMETERS)
    form = door.format()
    read_tile(door, kind)
    path, title = f"/collections/{kind.key}/tiles", door.texts.title(kind)

    def make() -> Any:
        if form == "html":
            return pages.tile_sets(door, path, title, layer_trail(door, kind))
        links = door.alternates(form, {"json": "json", "html": "html"})
        return {"links": links, "tilesets": [brief(door, path, title)]}

    return answer(door, form, make, kind=kind.key)


def tile_set(door: Door, key: str, name: str) -> Response:
    """Describe the tiles of a layer, as the standard does or as TileJSON."""
    kind = _placed(door, key)
    require_matrix_set(name)
    form = door.format(("json", "html", "tilejson"))
    asked = read_tile(door, kind)
    fields = [field for field in kind.fields if asked.columns is None or field.key in asked.columns]

    def make() -> Any:
        layer = layer_of(door, kind, fields)
        path = f"/collections/{kind.key}/tiles"
        box = extent_of(door, kind).get("spatial", {}).get("bbox", [None])[0]
        what = SetOfTiles(path, door.texts.title(kind), [layer], box)
        return shown_as(door, form, what, layer_trail(door, kind))

    return answer(door, "html" if form == "html" else "json", make, kind=kind.key)


def tile(door: Door, key: str, name: str, numbers: tuple[str, str, str]) -> Response:
    """Give a tile of a layer."""
    sight = door.sight(key)
    kind = _placed(door, key)
    require_matrix_set(name)
    door.format(("mvt",))
    asked = read_tile(door, kind)
    found = numbered(numbers)
    source, scope = door.visit.service.tiles, door.scope
    if sight is None or asked.as_of is not None:
        sight = source.look(kind.key, as_of=asked.as_of)
    units, hidden = scope.units_for(Verb.READ, kind.key), scope.hidden_fields(kind.key)
    depends = Depends(
        state=sight.state if units is not None else sight.state._replace(changeset=0),
        revision=sight.revision,
        # Units may begin or end with the day.
        seen=(None if units is None else (sorted(units), today()), sorted(hidden)),
    )
    question = TileQuestion(
        kind=kind.key,
        tile=found,
        valid=asked.valid,
        as_of=asked.as_of,
        columns=asked.columns,
    )
    return tile_answer(door, depends, lambda: source.tile(question, scope=scope, sight=sight))


def numbered(numbers: tuple[str, str, str]) -> Tile:
    """Read level, row and column.

    Raises
    ------
    ParameterError
        What are no whole numbers.
    TileOutsideError
    """
    for name, text in zip(("tileMatrix", "tileRow", "tileCol"), numbers, strict=True):
        if not (text.isascii() and text.isdigit()):
            raise ParameterError(parameter=name, found=text, allowed="0, 1, 2 …")
    z, y, x = map(int, numbers)
    return Tile(z, x, y)


def brief(door: Door, path: str, title: str) -> dict[str, Any]:
    """Describe a tile set in a few words; `path` is the address of its list."""
    return {
        "title": title,
        "dataType": "vector",
        "crs": MERCATOR,
        "tileMatrixSetURI": MATRIX_SET_URI,
        "links": [
            door.link("self", door.url(f"{path}/{MATRIX_SET}"), "json", title),
            door.link(
                "describedby", door.url(f"{path}/{MATRIX_SET}", f="tilejson"), "json", "TileJSON"
            ),
            _matrix_link(door),
            door.link("alternate", door.url(f"{path}/{MATRIX_SET}", f="html"), "html", title),
        ],
    }


class SetOfTiles(NamedTuple):
    """A tile set; `path` is the address of the list that it is in."""

    path: str
    title: str
    layers: Sequence[dict[str, Any]]
    box: Sequence[float] | None


def shown_as(door: Door, form: str, what: SetOfTiles, trail: pages.Trail) -> Any:
    """Describe a tile set in one of its forms: as the standard does, as TileJSON, for people."""
    if form == "tilejson":
        return _tile_json(door, what)
    found = _described(door, what)
    return pages.tile_set(door, found, trail) if form == "html" else found


def _described(door: Door, what: SetOfTiles) -> dict[str, Any]:
    """Describe a tile set as the standard wants it."""
    path, title, layers, box = what
    found = brief(door, path, title)
    item = {
        "rel": "item",
        "href": _template(door, path, ("tileMatrix", "tileRow", "tileCol")),
        "type": "application/vnd.mapbox-vector-tile",
        "templated": True,
    }
    told = {**found, "layers": list(layers), "links": [*found["links"], item]}
    if box is not None:
        corners = {"lowerLeft": list(box[:2]), "upperRight": list(box[2:]), "crs": CRS84}
        told["boundingBox"] = corners
    return told


def _tile_json(door: Door, what: SetOfTiles) -> dict[str, Any]:
    """Describe a tile set for map libraries (TileJSON 3.0)."""
    path, title, layers, box = what
    told = {
        "tilejson": "3.0.0",
        "name": title,
        "scheme": "xyz",
        "tiles": [_template(door, path, ("z", "y", "x"))],
        "minzoom": 0,
        "maxzoom": LAST_LEVEL,
        "vector_layers": [
            {
                "id": layer["id"],
                "description": layer["title"],
                "fields": {
                    name: _TILEJSON_TYPES.get(one["type"], "String")
                    for name, one in layer["propertiesSchema"]["properties"].items()
                },
            }
            for layer in layers
        ],
    }
    return told if box is None else {**told, "bounds": list(box)}


def layer_of(door: Door, kind: Kind, fields: Iterable[Field]) -> dict[str, Any]:
    """Describe what a layer of a tile consists of."""
    told = {
        field.key: {
            "title": door.texts.title(field),
            "type": _JSON_TYPES.get(field.type, "string"),
        }
        for field in fields
    }
    uid = {"uid": {"title": door.texts("ogc.uid"), "type": "string", "format": "uuid"}}
    layer: dict[str, Any] = {
        "id": kind.key,
        "title": door.texts.title(kind),
        "dataType": "vector",
        "propertiesSchema": {"type": "object", "properties": {**told, **uid}},
    }
    if len(kind.geometry) == 1:
        layer["geometryDimension"] = _DIMENSIONS[kind.geometry[0]]
    return layer


def _placed(door: Door, key: str) -> Kind:
    """Find a layer that has places.

    Raises
    ------
    CollectionMissingError
    """
    kind = door.collection(key)
    if not kind.is_spatial:
        raise CollectionMissingError(collection=f"{key}/tiles")
    return kind


def _matrix_link(door: Door) -> dict[str, Any]:
    return door.link(f"{REL}tiling-scheme", door.url(f"/tileMatrixSets/{MATRIX_SET}"), "json")


def _template(door: Door, path: str, names: Sequence[str]) -> str:
    """Give the address of every tile, with what was asked of the tile set."""
    given = door.request.query_params
    kept = {name: given[name] for name in TILE_PARAMETERS if name in given}
    base, mark, rest = door.url(f"{path}/{MATRIX_SET}/%", f="mvt", **kept).partition("%")
    numbers = "/".join(f"{{{name}}}" for name in names)
    return f"{base}{numbers}{rest}" if mark else base
