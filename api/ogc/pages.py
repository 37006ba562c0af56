"""The same for people: what there is, fields with their codes, features on a map and in a list."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup
from pandas import Series

from api.maps.base import Rendered
from api.maps.layers import field_texts, field_title, kind_layer
from api.maps.scene import compose, credit_lines
from api.ogc.door import FILES, Door
from layers.kinds import Field, Kind
from layers.store import Page
from layers.store.found import FoundRows

# A list beside the map has room for so many columns; the page of a feature shows all.
_COLUMNS = 3
_FIRST = ("code", "name")


def landing(door: Door) -> Rendered:
    """Show what there is."""
    t = door.texts
    entries = [
        (t("ogc.collections"), door.url("/collections", f="html")),
        (t("ogc.runs"), door.url("/runs", f="html")),
        (t("ogc.matrix_sets"), door.url("/tileMatrixSets", f="html")),
        (t("jobs.processes"), door.url("/processes", f="html")),
        (t("jobs.mine"), door.url("/jobs", f="html")),
        (t("ogc.api"), door.url("/api", f="html")),
        (t("ogc.conformance"), door.url("/conformance", f="html")),
    ]
    advice = [
        t(f"ogc.in.{name}", url=door.url()) for name in ("desktop", "spreadsheet", "notebook")
    ]
    shown = {"lead": t("ogc.lead"), "address": door.url(), "advice": advice}
    return plain_page(door, t("ogc.title"), entries=entries, **shown)


def conformance(door: Door, classes: Sequence[str]) -> Rendered:
    """Show what is promised."""
    table = {
        "title": "",
        "heads": [],
        "rows": [[Markup("<code>{}</code>").format(each)] for each in classes],
    }
    return plain_page(door, door.texts("ogc.conformance"), tables=[table])


def api(door: Door, described: Mapping[str, Any]) -> Rendered:
    """Show every address and every parameter."""
    t = door.texts
    code = Markup("<code>{}</code>")
    paths = [
        [code.format(f"{verb.upper()} /ogc{path}"), operation["summary"]]
        for path, operations in described["paths"].items()
        for verb, operation in operations.items()
    ]
    parameters = [
        [code.format(one["name"]), one["description"]]
        for key, one in described["components"]["parameters"].items()
        if key != "f"  # that of features says all of it
    ]
    tables = [
        {"title": t("ogc.addresses"), "heads": [t("ogc.address"), t("ogc.what")], "rows": paths},
        {
            "title": t("ogc.parameters"),
            "heads": [t("ogc.name"), t("ogc.what")],
            "rows": parameters,
        },
    ]
    entries = [(t("ogc.for_programs"), door.url("/api", f="json"))]
    return plain_page(door, t("ogc.api"), entries=entries, tables=tables)


def collections(door: Door, kinds: Sequence[Kind]) -> Rendered:
    """Show the layers, theme by theme."""
    t = door.texts
    themes = door.store.kinds.themes.values()
    link = Markup('<a href="{}">{}</a> <code class="gg-key">{}</code>')
    tables = [
        {
            "title": t.title(theme),
            "heads": [],
            "rows": [
                [
                    link.format(_address(door, kind), t.title(kind), kind.key),
                    Markup('<a href="{}">{}</a>').format(
                        door.url(f"/collections/{kind.key}/items", f="html"), t("ogc.items")
                    ),
                ]
                for kind in kinds
                if kind.group == theme.key
            ],
        }
        for theme in themes
    ]
    shown = [table for table in tables if table["rows"]]
    return plain_page(door, t("ogc.collections"), lead=t("ogc.lead"), tables=shown)


def collection(door: Door, kind: Kind, described: Mapping[str, Any]) -> Rendered:
    """Show a layer: where it lies, how it is had, what its features consist of."""
    t = door.texts
    path = f"/collections/{kind.key}"
    entries = [(t("ogc.items"), door.url(f"{path}/items", f="html"))]
    entries += [
        (t("ogc.download", format=t(f"ogc.format.{name}")), door.url(f"{path}/items", f=name))
        for name in ("json", *FILES)
    ]
    if kind.is_spatial:
        entries.append((t("ogc.tiles"), door.url(f"{path}/tiles", f="html")))
    spatial = described["extent"].get("spatial")
    facts = [(t("ogc.box"), ", ".join(map(str, spatial["bbox"][0])))] if spatial else []
    facts += [(t("ogc.systems"), "\n".join(described["crs"]))]
    return plain_page(
        door,
        t.title(kind),
        lead=described["description"],
        entries=entries,
        facts=facts,
        tables=[_fields(door, kind)],
        address=door.url(path),
        trail=[(t("ogc.collections"), door.url("/collections", f="html"))],
    )


def fields(door: Door, kind: Kind, resource: str) -> Rendered:
    """Show the fields of a layer."""
    title = f"{door.texts.title(kind)} · {door.texts(f'ogc.{resource}')}"
    return plain_page(door, title, tables=[_fields(door, kind)], trail=layer_trail(door, kind))


def items(door: Door, kind: Kind, page: Page, links: Sequence[Mapping[str, Any]]) -> Rendered:
    """Show features on a map, with a list beside it."""
    t, frame = door.texts, page.features
    onward = next((link["href"] for link in links if link["rel"] == "next"), "")
    columns = _columns(kind, page)
    view = {
        "title": t.title(kind),
        "matched": page.matched,
        "returned": len(frame),
        "heads": [t.title(field) for field in columns],
        "rows": _rows(door, kind, page, columns),
        "next": onward,
        "trail": layer_trail(door, kind),
        "downloads": [
            (t(f"ogc.format.{name}"), door.here(f=name, limit=None)) for name in ("json", *FILES)
        ],
        "foot": credit_lines(door.visit.map_options(), None, frames=[frame]),
    }
    layers = [kind_layer(kind, frame, t)] if kind.is_spatial and len(frame) else []
    options = door.visit.map_options()
    return compose(options, t.title(kind), ("panel_items.html", view), layers).finish()


def item(door: Door, kind: Kind, rows: FoundRows) -> Rendered:
    """Show one feature: where it is, and every value."""
    t, frame = door.texts, rows.frame
    name = next((str(v) for v in (frame[k].iloc[0] for k in reversed(_FIRST)) if _is_told(v)), "")
    values = ((field, field_texts(frame, field, t).iloc[0]) for field in kind.fields)
    told = [(field_title(field, t), text) for field, text in values if text is not None]
    view = {
        "title": name or t.title(kind),
        "kind": t.title(kind),
        "uid": frame.index[0],
        "values": told,
        "trail": [
            *layer_trail(door, kind),
            (t("ogc.items"), door.url(f"/collections/{kind.key}/items", f="html")),
        ],
        "json": door.here(f="json"),
        "foot": credit_lines(door.visit.map_options(), None, frames=[frame]),
    }
    layers = [kind_layer(kind, frame, t)] if kind.is_spatial else []
    options = door.visit.map_options()
    return compose(options, view["title"], ("panel_item.html", view), layers).finish()


def plain_page(door: Door, title: str, **shown: Any) -> Rendered:
    """Show what is under `/ogc` in words: entries, facts, tables."""
    trail = [(door.texts("ogc.title"), door.url(f="html")), *shown.pop("trail", ())]
    home = [] if title == door.texts("ogc.title") else trail
    plain = {"lead": "", "advice": (), "address": "", "entries": (), "facts": (), "tables": ()}
    return door.visit.page("ogc.html", title=title, trail=home, **(plain | shown))


def layer_trail(door: Door, kind: Kind) -> list[tuple[str, str]]:
    """Lead back to a layer."""
    return [
        (door.texts("ogc.collections"), door.url("/collections", f="html")),
        (door.texts.title(kind), _address(door, kind)),
    ]


def _address(door: Door, kind: Kind) -> str:
    return door.url(f"/collections/{kind.key}", f="html")


def _fields(door: Door, kind: Kind) -> dict[str, Any]:
    t = door.texts
    rows = [
        [
            Markup("<code>{}</code>").format(field.key),
            field_title(field, t),
            t(f"ogc.type.{field.type.value}"),
            "" if field.codes is None else t.title(field.codes),
        ]
        for field in kind.fields
    ]
    heads = [t(f"ogc.{name}") for name in ("name", "heading", "type_of", "codes")]
    return {"title": t("ogc.schema"), "heads": heads, "rows": rows}


def _columns(kind: Kind, page: Page) -> list[Field]:
    """Choose what a list shows: code and name first, then what most features have."""
    frame = page.features
    told = [field for field in kind.fields if field.key in frame and frame[field.key].notna().any()]
    first = [field for field in told if field.key in _FIRST]
    return [*first, *(field for field in told if field.key not in _FIRST)][:_COLUMNS]


def _rows(door: Door, kind: Kind, page: Page, columns: Sequence[Field]) -> list[dict[str, Any]]:
    texts = [field_texts(page.features, field, door.texts) for field in columns]
    path = f"/collections/{kind.key}/items"
    return [
        {
            "url": door.url(f"{path}/{uid}", f="html"),
            "cells": [_cell(column, position) for column in texts] or [uid],
        }
        for position, uid in enumerate(page.features.index)
    ]


def _cell(column: Series, position: int) -> str:
    value = column.iloc[position]
    return "" if value is None else str(value)


def _is_told(value: Any) -> bool:
    return isinstance(value, str) and bool(value)
