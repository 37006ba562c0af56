"""What a result tells of targets: all that counted, or those that whoever asks may see.

Green space beyond somebody's units counts for who lives in them; which it is, where it lies and
how much of it there is, is not theirs to know.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from geopandas import GeoDataFrame

from gis import CoverageResult
from layers.analysis.inputs import Question
from layers.store import Store, Verb


def within_sight(result: CoverageResult, store: Store, question: Question) -> CoverageResult:
    """Leave out of a result the targets that may not be seen, and their number."""
    if question.scope.reads_everything:
        return result
    uids = seen_targets(store, question, _layers(result))
    targets = {tier: rows[rows["label"].isin(uids)] for tier, rows in result.targets.items()}
    figures = tuple(replace(each, targets=len(targets[each.tier])) for each in result.figures)
    return replace(result, targets=targets, figures=figures)


def gaps_within_sight(
    gaps: GeoDataFrame, result: CoverageResult, store: Store, question: Question
) -> GeoDataFrame:
    """Take the nearest target away from gaps where it may not be seen; how far it is stays."""
    if question.scope.reads_everything:
        return gaps
    known = gaps["nearest"].isin(seen_targets(store, question, _layers(result)))
    return gaps.assign(nearest=gaps["nearest"].where(known, None))


def seen_targets(store: Store, question: Question, layers: Iterable[str]) -> set[str]:
    """Name the features of some layers that whoever asks may see."""
    scope, day = question.scope, question.evaluated_on
    return {
        uid
        for layer in layers
        if scope.allows(Verb.READ, layer)
        for uid in store.read(
            layer, columns=[], as_of=question.as_of, on=day, scope=scope
        ).index.tolist()
    }


def figures_within_sight(after: dict[str, Any], question: Question) -> dict[str, Any]:
    """Leave out of figures as plain data how many targets counted."""
    if question.scope.reads_everything:
        return after
    tiers = [{k: v for k, v in tier.items() if k != "targets"} for tier in after["tiers"]]
    return {**after, "tiers": tiers}


def _layers(result: CoverageResult) -> set[str]:
    return {layer for rows in result.targets.values() for layer in rows["layer"].unique()}
