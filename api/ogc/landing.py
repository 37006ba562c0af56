"""What there is under `/ogc`, what is promised, and the description for programs."""

from typing import Any

from fastapi import Response

from api.ogc import document, pages, process_document
from api.ogc.answers import answer
from api.ogc.door import Door
from api.ogc.tile_links import landing_links
from api.ogc.writing import writable

_FEATURES = "http://www.opengis.net/spec/ogcapi-features-"
_REL = "http://www.opengis.net/def/rel/ogc/1.0/"
_CQL2 = "http://www.opengis.net/spec/cql2/1.0/conf/"
_TILES = "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/"
_MATRIX_SETS = "http://www.opengis.net/spec/tms/2.0/conf/"
# Each has its abstract tests among ours, named in `tests/api/ogc/conformance.py`.
CONFORMS_TO = (
    *process_document.CONFORMS_TO,
    *(f"{_FEATURES}1/1.0/conf/{name}" for name in ("core", "geojson", "html", "oas30")),
    f"{_FEATURES}2/1.0/conf/crs",
    *(
        f"{_FEATURES}3/1.0/conf/{name}"
        for name in ("queryables", "queryables-query-parameters", "filter", "features-filter")
    ),
    *(
        f"{_FEATURES}4/1.0/conf/{name}"
        for name in ("create-replace-delete", "update", "features", "optimistic-locking-etags")
    ),
    *(
        f"{_CQL2}{name}"
        for name in (
            *("cql2-text", "cql2-json", "basic-cql2", "advanced-comparison-operators"),
            *("case-insensitive-comparison", "basic-spatial-functions"),
            *("basic-spatial-functions-plus", "spatial-functions", "property-property"),
        )
    ),
    *(
        f"{_TILES}{name}"
        for name in (
            *("core", "tileset", "tilesets-list", "geodata-tilesets"),
            *("datetime", "mvt", "oas30"),
        )
    ),
    *(f"{_MATRIX_SETS}{name}" for name in ("tilematrixset", "json-tilematrixset")),
)


def landing_page(door: Door) -> Response:
    """Say what there is."""
    door.parameters()
    form = door.format()
    texts = door.texts

    def make() -> Any:
        if form == "html":
            return pages.landing(door)
        return {
            "title": door.visit.settings.public_title or texts("pages.product"),
            "description": texts("pages.product_line"),
            "links": [
                *door.alternates(form, {"json": "json", "html": "html"}),
                door.link("service-desc", door.url("/api"), "openapi", texts("ogc.api")),
                door.link("service-doc", door.url("/api", f="html"), "html", texts("ogc.api")),
                door.link(
                    "conformance", door.url("/conformance"), "json", texts("ogc.conformance")
                ),
                door.link("data", door.url("/collections"), "json", texts("ogc.collections")),
                *landing_links(door),
                door.link(f"{_REL}processes", door.url("/processes"), "json"),
                door.link(f"{_REL}job-list", door.url("/jobs"), "json"),
            ],
        }

    return answer(door, form, make)


def conformance(door: Door) -> Response:
    """Say what is promised."""
    door.parameters()
    form = door.format()

    def make() -> Any:
        if form == "html":
            return pages.conformance(door, CONFORMS_TO)
        return {
            "conformsTo": list(CONFORMS_TO),
            "links": door.alternates(form, {"json": "json", "html": "html"}),
        }

    return answer(door, form, make)


def api(door: Door) -> Response:
    """Describe every address, for programs or for people."""
    door.parameters()
    form = door.format()

    def make() -> Any:
        described = document.describe(door)
        return pages.api(door, described) if form == "html" else described

    opened = [kind.key for kind in writable(door)]
    return answer(door, "html" if form == "html" else "openapi", make, also=opened)
