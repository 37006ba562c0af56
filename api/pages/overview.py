"""The overview: what is in the store, what follows from it, and what is missing for more."""

import shlex
from typing import Any

from fastapi import APIRouter, Response

from api import figures
from api.definitions import rule_note, rule_title, tier_definition, tier_title
from api.maps.base import Rendered
from api.maps.coverage import figure_view
from api.pages.visit import Visit, VisitNow
from api.service import Question
from gis import presets
from layers.analysis import Analysis
from layers.store import Verb

router = APIRouter(include_in_schema=False)

# One figure of the recommended rules for each of these, as far as the store can count them.
_CARD_WEIGHTS = ("area", "population", "households", "buildings")


@router.get("/")
def overview(visit: VisitNow) -> Response:
    """Show the overview."""

    def make() -> Rendered:
        rules = presets[next(iter(presets))]
        cards = figure_cards(visit) if visit.service.can_measure(visit.scope) else []
        return visit.page(
            "overview.html",
            place=visit.settings.public_title,
            steps=steps(visit),
            cards=cards,
            rules={
                "title": rule_title(rules, visit.texts),
                "note": rule_note(rules, visit.texts),
                "source": rules.source,
                "verified": rules.verified,
                "definitions": [
                    tier_definition(tier, visit.texts, visit.kinds) for tier in rules.tiers
                ],
            },
            groups=contents(visit),
            changed=last_change(visit),
        )

    return visit.answer(visit.texts("pages.overview.title"), make)


def figure_cards(visit: Visit) -> list[dict[str, Any]]:
    """Measure by the recommended rules, once for each thing that can be counted."""
    rules = presets[next(iter(presets))]
    cards = []
    for weight in _CARD_WEIGHTS:
        if weight not in visit.service.weights(visit.scope):
            continue
        made = visit.service.try_coverage(Question(rules, weight, visit.today), visit.scope)
        if isinstance(made, Analysis):
            cards.extend(_cards(visit, made, weight))
    return cards


def _cards(visit: Visit, made: Analysis, weight: str) -> list[dict[str, Any]]:
    result, texts = made.coverage, visit.texts
    return [
        {
            "title": figures.weight_title(weight, texts),
            "tier": tier_title(tier, texts),
            "figure": figure_view(result.figure(tier.name), weight, texts),
            "map": visit.url("/maps/coverage", weight=weight, tier=tier.name),
            "gaps": visit.url("/maps/gaps", weight=weight, tier=tier.name),
            "proof": visit.url(f"/runs/{made.run.id}"),
        }
        for tier in result.ruleset.tiers
    ]


def steps(visit: Visit) -> list[dict[str, Any]]:
    """List the four imports with what each unlocks; empty once all are done.

    They are for whoever looks after the store: to others they would say where it lies.
    """
    if not visit.visitor.administers:
        return []
    counts = visit.service.counts(visit.scope)
    boundary = next(iter(visit.service.levels(visit.scope)), "grid")
    people = {"households", "population"} & set(visit.service.weights(visit.scope))
    done = {
        "boundary": counts.get(boundary, 0),
        "buildings": counts.get("building", 0),
        "greens": counts.get("green_space", 0),
        "people": counts.get("building", 0) if people else 0,
    }
    if all(done.values()):
        return []
    store = shlex.quote(visit.service.store.place)
    commands = {
        "boundary": f"greengrid import grid grids.gpkg --store {store} --datum CGCS2000",
        "buildings": f"greengrid import building buildings.gpkg --store {store} --datum CGCS2000",
        "greens": f"greengrid import green_space greens.gpkg --store {store} --datum CGCS2000",
        "people": f"greengrid import building people.xlsx --store {store} --datum CGCS2000 "
        "--key code --map households=户数 --map population=人口",
    }
    return [{"key": key, "count": done[key], "command": commands[key]} for key in done]


def contents(visit: Visit) -> list[dict[str, Any]]:
    """List the kinds that hold something, theme by theme."""
    counts, kinds = visit.service.counts(visit.scope), visit.kinds
    # That of a layer tells of changes in units that are not the visitor's.
    revisions = {
        key: revision
        for key, revision in visit.service.store.revisions().items()
        if visit.scope.units_for(Verb.READ, key) is None
    }
    groups = [
        {
            "title": visit.texts.title(theme),
            "kinds": [
                {
                    "title": visit.texts.title(kinds[key]),
                    "key": key,
                    "count": counts[key],
                    "revision": revisions.get(key, "–"),
                }
                for key in kinds
                if kinds[key].group == theme.key and counts.get(key)
            ],
        }
        for theme in kinds.themes.values()
    ]
    return [group for group in groups if group["kinds"]]


def last_change(visit: Visit) -> str:
    """Say when the store was last changed and how; empty for a store without changes.

    Of which layer a change was is not told apart, so only who sees all of them is told.
    """
    if not visit.scope.reads_everything:
        return ""
    last = visit.service.store.last_change()
    if last is None:
        return ""
    when, message = last
    what = message or visit.texts("pages.overview.no_message")
    return visit.texts("pages.overview.last_change", when=when.astimezone(), what=what)
