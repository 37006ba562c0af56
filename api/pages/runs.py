"""The proof of a figure: which data, rules and program gave it."""

import json
import shlex
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from api import claims, crosswalks, figures, holes, hotspots, indicators, matches, scenarios
from api.definitions import named_tier, rule_note, rule_title, tier_definition
from api.listing import printed
from api.maps.base import Rendered
from api.pages.visit import Visit, VisitNow
from api.tables import Table
from api.texts import Texts
from gis import RuleSet
from layers import Run
from layers.analysis.keeping import scope_from
from layers.errors import RunUnknownError
from layers.store import Verb

router = APIRouter(include_in_schema=False)


@router.get("/runs/{run_id}")
def run(visit: VisitNow, run_id: Annotated[str, Path(max_length=80)]) -> Response:
    """Show what a figure rests on."""
    found = visit.service.store.run(run_id)
    if not visit.scope.covers(scope_from(found.parameters["scope"]), found.inputs):
        raise RunUnknownError(found=run_id)  # as if there were none

    def make() -> Rendered:
        return visit.page(
            "run.html",
            run=found,
            **_ruled(found, visit),
            tables=_tables(found, visit),
            inputs=[
                (
                    visit.texts.title(visit.kinds[key]) if key in visit.kinds else key,
                    # That of a layer tells of changes in units that are not the visitor's.
                    revision if visit.scope.units_for(Verb.READ, key) is None else "",
                )
                for key, revision in found.inputs.items()
            ],
            parameters=json.dumps(found.parameters, ensure_ascii=False),
            command=f"greengrid run {found.id} --verify --store {_place(visit)}",
        )

    return visit.answer(f"{visit.texts('pages.run.title')} {found.id[:8]}", make)


def _place(visit: Visit) -> str:
    """Say where the store is to whoever looks after it; to others, that there is one."""
    return shlex.quote(visit.service.store.place) if visit.visitor.administers else "STORE"


def _ruled(found: Run, visit: Visit) -> dict[str, Any]:
    """Write rules and figures of a run that follows a rule set; nothing for any other."""
    if "tiers" not in found.results:
        return {"rules": None, "tiers": []}
    rules = RuleSet.from_dict(found.rules)
    said = {
        "title": rule_title(rules, visit.texts),
        "note": rule_note(rules, visit.texts),
        "source": rules.source,
        "verified": rules.verified,
    }
    return {"rules": said, "tiers": _tiers(found, rules, visit)}


# By analysis, the tables that hold the main figures of a kept run without a rule set.
_TABLES: Mapping[str, Callable[[Run, Texts], Table]] = {
    "claim": claims.summary_table,
    "crosswalk": crosswalks.account_table,
    "holes": holes.account_table,
    "indicators": indicators.verdict_table,
    "hotspots": hotspots.label_table,
    "match": matches.pair_table,
    "scenario": scenarios.figure_table,
}


def _tables(found: Run, visit: Visit) -> list[dict[str, Any]]:
    if found.analysis not in _TABLES:
        return []
    table = _TABLES[found.analysis](found, visit.texts)
    headings, rows, numbers = printed(table, visit.texts)
    return [{"headings": headings, "rows": rows, "numbers": numbers}]


def _tiers(found: Run, rules: RuleSet, visit: Visit) -> list[dict[str, Any]]:
    """Write the stored figures, tier by tier; nothing is computed again."""
    texts, weight = visit.texts, figures.counted(found.parameters)
    kept = {one["tier"]: one for one in found.results["tiers"]}
    return [
        {
            "title": named_tier(tier.name, tier.name_zh, texts),
            "definition": tier_definition(tier, texts, visit.kinds),
            "share": figures.share(kept[tier.name]["share"], texts),
            "ratio": figures.ratio(
                kept[tier.name]["covered"], kept[tier.name]["base"], weight, texts
            ),
            "total": figures.quantity(kept[tier.name]["total"], weight, texts),
            "reasons": figures.reasons(kept[tier.name]["reasons"], weight, texts),
            "excluded": [
                (figures.reason(code, texts), count)
                for code, count in kept[tier.name]["excluded_places"].items()
                if count
            ],
        }
        for tier in rules.tiers
    ]
