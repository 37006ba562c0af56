"""What can be asked of the coverage and gap pages, and the lists to choose from."""

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Query

from api import figures
from api.definitions import level_title, rule_title, tier_title
from api.errors import ParameterError
from api.maps.scene import Control, Option
from api.pages.visit import Visit, VisitNow
from api.service import Question
from gis import RuleSet, Tier, presets
from layers.analysis import WEIGHTS
from layers.clock import today

_KEY = Query(max_length=80)


@dataclass(frozen=True)
class Asked:
    """A question, and how its answer is to be shown."""

    question: Question
    tier: Tier
    level: str | None

    @property
    def parameters(self) -> dict[str, Any]:
        """Give the question as the parameters of an address."""
        on = None if self.question.on == today() else self.question.on
        return {
            "rules": self.question.rules.key,
            "tier": self.tier.name,
            "weight": self.question.weight,
            "on": on,
        }


def asked(
    visit: VisitNow,
    rules: Annotated[str | None, _KEY] = None,
    tier: Annotated[str | None, _KEY] = None,
    weight: Annotated[str | None, _KEY] = None,
    by: Annotated[str | None, _KEY] = None,
    on: Annotated[dt.date | None, Query()] = None,
) -> Asked:
    """Read the question; what is left out is chosen by what the store holds.

    Raises
    ------
    ParameterError
    """
    ruleset = presets[_one_of("rules", rules or next(iter(presets)), list(presets))]
    counted = _one_of("weight", weight, list(WEIGHTS)) if weight else _first_weight(visit)
    levels = visit.service.levels(visit.scope)
    level = _one_of("by", by, levels) if by else next(iter(levels), None)
    # Choosing other rules leaves the old tier in the address; it then means the first one.
    names = [one.name for one in ruleset.tiers]
    known = {one.name for other in presets.values() for one in other.tiers}
    chosen = _one_of("tier", tier, sorted(known)) if tier else names[0]
    question = Question(ruleset, counted, on or visit.today)
    return Asked(question, ruleset.tier(chosen if chosen in names else names[0]), level)


AskedNow = Annotated[Asked, Depends(asked)]


def controls(visit: Visit, asked: Asked, *, with_level: bool, with_tier: bool) -> list[Control]:
    """Make the lists to choose from."""
    texts, question = visit.texts, asked.question
    chosen = [_rules_control(visit, question.rules)]
    if with_tier and len(question.rules.tiers) > 1:
        options = [Option(one.name, tier_title(one, texts)) for one in question.rules.tiers]
        title = texts("pages.coverage.tier")
        chosen.append(Control("tier", title, asked.tier.name, options))
    weights = visit.service.weights(visit.scope)
    listed = weights if question.weight in weights else [*weights, question.weight]
    options = [Option(one, figures.weight_title(one, texts)) for one in listed]
    chosen.append(Control("weight", texts("pages.coverage.weight"), question.weight, options))
    if with_level and asked.level is not None:
        levels = [Option(one, level_title(one, texts)) for one in visit.service.levels(visit.scope)]
        chosen.append(Control("by", texts("pages.coverage.by"), asked.level, levels))
    return chosen


def _rules_control(visit: Visit, rules: RuleSet) -> Control:
    texts = visit.texts
    recommended = next(iter(presets))
    options = [
        Option(
            key,
            rule_title(one, texts)
            + (f" · {texts('pages.rule.recommended')}" if key == recommended else ""),
        )
        for key, one in presets.items()
    ]
    return Control("rules", texts("pages.coverage.rules"), rules.key, options)


def _first_weight(visit: Visit) -> str:
    return next(iter(visit.service.weights(visit.scope)), "buildings")


def _one_of(parameter: str, found: str, allowed: list[str]) -> str:
    if found not in allowed:
        raise ParameterError(parameter=parameter, found=found, allowed=allowed)
    return found
