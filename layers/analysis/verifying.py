"""Every kept run can be computed again, whatever it measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from layers.analysis.claim import claim_again
from layers.analysis.crosswalks import crosswalk_again
from layers.analysis.holes import holes_again
from layers.analysis.hotspots import hotspots_again
from layers.analysis.indicators import indicators_again
from layers.analysis.kept import made_anew
from layers.analysis.made import Made
from layers.analysis.matching import match_again
from layers.analysis.recipes import measured_again
from layers.analysis.scenario import scenario_again
from layers.analysis.siting import site_again
from layers.runs import Run
from layers.store import Store

__all__ = ["made_again", "verify_run"]

_AGAIN: Mapping[str, Callable[[Store, Run], Made]] = {
    "claim": claim_again,
    "coverage": measured_again,
    "gaps": measured_again,
    "crosswalk": crosswalk_again,
    "holes": holes_again,
    "site": site_again,
    "scenario": scenario_again,
    "indicators": indicators_again,
    "hotspots": hotspots_again,
    "match": match_again,
}
"""By analysis, how it is computed from a kept run; what is new keeps nothing."""


def verify_run(store: Store, run_id: str) -> tuple[Run, Run]:
    """Compute a kept run again from the state that it was computed from.

    Returns
    -------
    kept, again
        Equal in `rules`, `inputs` and `results` when the run is verified. The second is not kept.

    Raises
    ------
    RunUnknownError
    """
    kept = store.run(run_id)
    with made_anew():
        return kept, made_again(store, kept).run


def made_again(store: Store, kept: Run) -> Made:
    """Compute a kept run again, with all that cannot be kept in it; nothing is kept of it."""
    return _AGAIN[kept.analysis](store, kept)
