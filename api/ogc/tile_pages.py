"""Tiles for people: which there are, how a map asks for them, what is in them."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from api.maps.base import Rendered
from api.ogc.asking import TILE_PARAMETERS
from api.ogc.door import Door
from api.ogc.matrix import MATRIX_SET
from api.ogc.pages import plain_page
from layers import Run

__all__ = [
    "Trail",
    "matrix_set",
    "matrix_sets",
    "run",
    "runs",
    "runs_trail",
    "tile_set",
    "tile_sets",
]

Trail = Sequence[tuple[str, str]]
"""What lies above a page: titles and addresses."""

# Map programs have other names for level, row and column than the standard.
_SHORT = {"tileMatrix": "z", "tileRow": "y", "tileCol": "x"}
_TYPES = {"string": "text", "integer": "integer", "number": "real", "boolean": "boolean"}
_CODE = Markup("<code>{}</code>")
_LINK = Markup('<a href="{}">{}</a>')


def matrix_sets(door: Door) -> Rendered:
    """Show the one tile matrix set."""
    here = door.url(f"/tileMatrixSets/{MATRIX_SET}", f="html")
    return plain_page(door, door.texts("ogc.matrix_sets"), entries=[(MATRIX_SET, here)])


def matrix_set(door: Door, described: Mapping[str, Any]) -> Rendered:
    """Show the levels of a tile matrix set."""
    t = door.texts
    shown = ("id", "matrixWidth", "matrixHeight", "cellSize", "scaleDenominator")
    rows = [[_CODE.format(level[name]) for name in shown] for level in described["tileMatrices"]]
    table = {"title": "", "heads": [t(f"ogc.level.{name}") for name in shown], "rows": rows}
    return plain_page(
        door,
        described["id"],
        lead=described["title"],
        facts=[(t("ogc.systems"), described["crs"]), ("URI", described["uri"])],
        tables=[table],
        trail=[(t("ogc.matrix_sets"), door.url("/tileMatrixSets", f="html"))],
    )


def tile_sets(door: Door, path: str, title: str, trail: Trail) -> Rendered:
    """Show the tile sets of a layer or a run; `path` is the address of their list."""
    given = door.request.query_params
    asked = {name: given[name] for name in TILE_PARAMETERS if name in given}
    entries = [(f"{title} · {MATRIX_SET}", door.url(f"{path}/{MATRIX_SET}", f="html", **asked))]
    return plain_page(door, f"{title} · {door.texts('ogc.tiles')}", entries=entries, trail=trail)


def tile_set(door: Door, described: Mapping[str, Any], trail: Trail) -> Rendered:
    """Show how the tiles of a layer or a run are asked for, and what is in them."""
    t = door.texts
    (template,) = [link["href"] for link in described["links"] if link["rel"] == "item"]
    for name, short in _SHORT.items():
        template = template.replace(f"{{{name}}}", f"{{{short}}}")
    box = described.get("boundingBox")
    facts = [(t("ogc.matrix_sets"), MATRIX_SET), (t("ogc.systems"), described["crs"])]
    if box is not None:
        facts.append((t("ogc.box"), ", ".join(map(str, [*box["lowerLeft"], *box["upperRight"]]))))
    return plain_page(
        door,
        f"{described['title']} · {t('ogc.tiles')}",
        address=template,
        advice=[t("ogc.in.tiles", url=door.here(f="tilejson"))],
        entries=[
            ("TileJSON", door.here(f="tilejson")),
            (MATRIX_SET, door.url(f"/tileMatrixSets/{MATRIX_SET}", f="html")),
        ],
        facts=facts,
        tables=[_layer(door, layer) for layer in described["layers"]],
        trail=trail,
    )


def runs(door: Door, seen: Sequence[tuple[Run, str]]) -> Rendered:
    """Show runs, each with its title."""
    rows = [
        [_LINK.format(door.url(f"/runs/{one.id}", f="html"), title), one.evaluated_on.isoformat()]
        for one, title in seen
    ]
    table = {"title": "", "heads": [], "rows": rows}
    return plain_page(door, door.texts("ogc.runs"), tables=[table] if rows else [])


def run(door: Door, one: Run, title: str) -> Rendered:
    """Show a run: its tiles, and the page with its figures."""
    t = door.texts
    entries = [
        (t("ogc.tiles"), door.url(f"/runs/{one.id}/tiles", f="html")),
        (t("pages.run.title"), f"{door.base.removesuffix('/ogc')}/runs/{one.id}"),
    ]
    facts = [("id", one.id), (t("ogc.evaluated_on"), one.evaluated_on.isoformat())]
    return plain_page(door, title, entries=entries, facts=facts, trail=runs_trail(door))


def runs_trail(door: Door) -> Trail:
    """Lead back to the runs."""
    return [(door.texts("ogc.runs"), door.url("/runs", f="html"))]


def _layer(door: Door, layer: Mapping[str, Any]) -> dict[str, Any]:
    t = door.texts
    fields = layer["propertiesSchema"]["properties"]
    rows = [
        [_CODE.format(name), one["title"], t(f"ogc.type.{_TYPES[one['type']]}")]
        for name, one in fields.items()
    ]
    heads = [t(f"ogc.{name}") for name in ("name", "heading", "type_of")]
    return {"title": layer["title"], "heads": heads, "rows": rows}
