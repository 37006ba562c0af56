"""Why figures for one city differ: every preset with its definition and its figures."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api import figures
from api.definitions import rule_note, rule_title, tier_definition, tier_title
from api.errors import ParameterError
from api.maps.base import Rendered
from api.maps.coverage import figure_view
from api.pages.visit import Visit, VisitNow
from api.service import Question
from gis import RuleSet, presets
from layers.analysis import WEIGHTS, Analysis

router = APIRouter(include_in_schema=False)


@router.get("/rules")
def rules(visit: VisitNow, weight: Annotated[str | None, Query(max_length=80)] = None) -> Response:
    """Compare the presets."""
    weights = visit.service.weights(visit.scope)
    counted = weight or next(iter(weights), "buildings")
    if counted not in WEIGHTS:
        raise ParameterError(parameter="weight", found=counted, allowed=list(WEIGHTS))

    def make() -> Rendered:
        return visit.page(
            "rules.html",
            weights=[
                {
                    "title": figures.weight_title(one, visit.texts),
                    "url": visit.url("/rules", weight=one),
                    "current": one == counted,
                }
                for one in weights
            ],
            weight=figures.weight_title(counted, visit.texts),
            rulesets=[_compared(visit, ruleset, counted) for ruleset in presets.values()],
        )

    return visit.answer(visit.texts("pages.rules.title"), make)


def _compared(visit: Visit, ruleset: RuleSet, weight: str) -> dict[str, Any]:
    texts = visit.texts
    made = visit.service.try_coverage(Question(ruleset, weight, visit.today), visit.scope)
    found = made.coverage if isinstance(made, Analysis) else None
    return {
        "key": ruleset.key,
        "title": rule_title(ruleset, texts),
        "recommended": ruleset.key == next(iter(presets)),
        "verified": ruleset.verified,
        "source": ruleset.source,
        "note": rule_note(ruleset, texts),
        "failure": "" if isinstance(made, Analysis) else texts.error(made),
        "run": visit.url(f"/runs/{made.run.id}") if isinstance(made, Analysis) else "",
        "tiers": [
            {
                "title": tier_title(tier, texts),
                "definition": tier_definition(tier, texts, visit.kinds),
                "figure": found and figure_view(found.figure(tier.name), weight, texts),
                "map": visit.url(
                    "/maps/coverage", rules=ruleset.key, tier=tier.name, weight=weight
                ),
            }
            for tier in ruleset.tiers
        ],
    }
