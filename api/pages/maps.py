"""The map pages: all layers, coverage, gaps."""

from fastapi import APIRouter, Response

from api.maps.base import MapLayer, Rendered
from api.maps.coverage import coverage_map
from api.maps.gaps import gap_map
from api.maps.layers import found_layer, kind_layer, layers_map
from api.pages.asking import AskedNow, controls
from api.pages.visit import Visit, VisitNow
from api.scenes import gaps_seen, scene_of, seen
from layers.kinds import Kind
from layers.store import PageQuestion

router = APIRouter(prefix="/maps", include_in_schema=False)

# What could become green, shown with the gaps.
_BARE_LAND = "bare_land"
# No layer has more features.
_ALL = 2**31 - 2


@router.get("/layers")
def layers(visit: VisitNow) -> Response:
    """Show every layer of the store."""

    def make() -> Rendered:
        store, counts = visit.service.store, visit.service.counts(visit.scope)
        spatial = [key for key in counts if counts[key] and store.kind(key).is_spatial]
        drawn = [_drawn(visit, store.kinds[key]) for key in spatial]
        return layers_map(drawn, counts, visit.map_options()).finish()

    return visit.answer(visit.texts("pages.layers.title"), make)


def _drawn(visit: Visit, kind: Kind) -> MapLayer:
    """Draw a layer, or take what was drawn when it was last written to."""

    def draw() -> MapLayer:
        today = PageQuestion(valid=(visit.today, visit.today), limit=_ALL)
        page = visit.service.store.page(kind.key, today, scope=visit.scope)
        return found_layer(kind, page.rows, visit.texts)

    asked = (visit.texts.lang, visit.today)
    return visit.service.drawing(kind.key, visit.scope, asked, draw)


@router.get("/coverage")
def coverage(visit: VisitNow, asked: AskedNow) -> Response:
    """Show the coverage of one rule set, by units and place by place."""

    def make() -> Rendered:
        made = visit.service.coverage(asked.question, visit.scope)
        scene = scene_of(
            visit.service.store,
            made,
            tier=asked.tier.name,
            level=asked.level,
            scope=visit.scope,
        )
        options = visit.map_options(
            controls=controls(visit, asked, with_level=True, with_tier=False),
            compare=visit.url("/rules", weight=asked.question.weight),
            proof=visit.url(f"/runs/{made.run.id}"),
        )
        return coverage_map(scene, options).finish()

    return visit.answer(visit.texts("pages.coverage.title"), make)


@router.get("/gaps")
def gaps(visit: VisitNow, asked: AskedNow) -> Response:
    """Show the gaps of one tier beside their ranking."""

    def make() -> Rendered:
        store, made = visit.service.store, visit.service.gaps(asked.question, visit.scope)
        scene = scene_of(store, made, tier=asked.tier.name, scope=visit.scope)
        bare = seen(store, visit.scope, _BARE_LAND, on=asked.question.on)
        options = visit.map_options(
            controls=controls(visit, asked, with_level=False, with_tier=True),
            proof=visit.url(f"/runs/{made.run.id}"),
        )
        extra = [kind_layer(store.kinds[_BARE_LAND], bare, visit.texts)] if len(bare) else []
        return gap_map(scene, gaps_seen(made.gaps, scene), options, extra=extra).finish()

    return visit.answer(visit.texts("pages.gaps.title"), make)
