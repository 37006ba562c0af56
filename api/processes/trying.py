"""Scenarios kept warm, so that a plot toggled on a map answers at once.

What is asked is the whole set of plots that are green, not a change of it: whichever process of
the service answers, and whatever was asked before, the figures are those of that set.
"""

import json
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, cast

from api.cli.crosswalk_command import read_names
from api.cli.options import read_day
from api.errors import ParameterError
from api.processes.analyses import rules_of
from api.processes.declared import process_named
from api.processes.inputs import Given
from api.processes.performing import measured_scope, require_allowed
from layers import Store
from layers.accounts import Visitor
from layers.analysis import Warm, warm_scenario
from layers.analysis.keeping import plain, scope_to_dict
from layers.clock import today
from layers.errors import PlotUnknownError

__all__ = ["Trials"]

_MOST = 32
# Places times tiers that all scenarios of a process may hold: about two hundred bytes each.
_ROOM = 4_000_000


@dataclass
class _Trial:
    """A warm scenario of one visitor; None until it is measured."""

    warm: Warm | None = None
    # What units are called, what is covered in each with no plot green, and which plot a code is.
    names: Mapping[Any, tuple[Any, Any]] = field(default_factory=dict)
    before: Mapping[tuple[Any, ...], Any] = field(default_factory=dict)
    labels: Mapping[str, Any] = field(default_factory=dict)
    codes: Mapping[Any, str] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    @property
    def size(self) -> int:
        """Say how much it holds, in places times tiers."""
        if self.warm is None:
            return 0
        return len(self.warm.inputs.places) * len(self.warm.scenario.bare.ruleset.tiers)


class Trials:
    """Warm scenarios, those asked last; each for one visitor and one state of the store."""

    def __init__(self, store: Store, *, room: int = _ROOM, most: int = _MOST) -> None:
        self._store, self._room, self._most = store, room, most
        self._kept: OrderedDict[Hashable, _Trial] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        """Count the scenarios that are kept."""
        return len(self._kept)

    def ask(self, asked: dict[str, Any], visitor: Visitor) -> dict[str, Any]:
        """Give the figures with some plots green, and what differs from what was asked before.

        Raises
        ------
        ParameterError, SignInNeededError, AnalysisInputError, PlotUnknownError
        """
        process = process_named("scenario")
        given = process.read(asked)
        require_allowed(process, given, visitor)
        if given["as_of"] is not None:
            raise ParameterError(parameter="as-of", found=given["as_of"], allowed="–")
        trial = self._trial(given, visitor)
        with trial.lock:
            return self._tried(trial, given, visitor)

    def _tried(self, trial: _Trial, given: Given, visitor: Visitor) -> dict[str, Any]:
        if trial.warm is None:
            self._warm_up(trial, given, visitor)
        scenario = cast("Warm", trial.warm).scenario
        wanted = {_label(trial, code) for code in read_names(given["green"])}
        changed = [scenario.toggle(label) for label in set(scenario.green) ^ wanted]
        alone = changed[0] if len(changed) == 1 else None
        return {
            "green": [trial.codes[label] for label in scenario.green],
            "tiers": [_figures(row) for row in scenario.tier_rows()],
            "by_unit": [
                {**_named(row, trial), "before": before}
                for row in scenario.all_unit_rows()
                if row["covered"] != (before := trial.before[_key(row)])
            ],
            "changed": None
            if alone is None
            else {
                "plot": trial.codes[alone.plot],
                "is_green": alone.is_green,
                "figures": [_named(row, trial) for row in alone.rows()],
            },
        }

    def _warm_up(self, trial: _Trial, given: Given, visitor: Visitor) -> None:
        warm = self._measured(given, visitor)
        called = ((plain(row[0]), plain(row[1])) for row in warm.units[["code", "name"]].to_numpy())
        trial.names = dict(zip(warm.units.index, called, strict=True))
        trial.before = {_key(row): row["covered"] for row in warm.scenario.all_unit_rows()}
        trial.codes = {label: str(code) for label, code in warm.plots["code"].items()}
        trial.labels = {code: label for label, code in trial.codes.items()}
        trial.warm = warm
        self._make_room(trial)

    def _measured(self, given: Given, visitor: Visitor) -> Warm:
        return warm_scenario(
            self._store,
            rules_of(given["rules"]),
            weight=given["weight"],
            plots=given["plots"],
            on=read_day(given["on"]),
            scope=measured_scope(self._store, given, visitor.scope, "scenario"),
        )

    def _trial(self, given: Given, visitor: Visitor) -> _Trial:
        """Find the scenario of a visitor, or make room for one; one that is stale is forgotten."""
        whose = (visitor.standing, visitor.account_id)
        question = json.dumps(
            [given[name] for name in ("rules", "weight", "plots")], sort_keys=True
        )
        state = (
            self._store.state(),
            given["on"] or today().isoformat(),
            json.dumps(scope_to_dict(visitor.scope), sort_keys=True),
        )
        with self._lock:
            for key in [key for key in self._kept if key[:2] == (whose, question)]:  # type: ignore[index]  # a tuple
                if key[2] != state:  # type: ignore[index]  # a tuple
                    del self._kept[key]
            trial = self._kept.setdefault((whose, question, state), _Trial())
            self._kept.move_to_end((whose, question, state))
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
            return trial

    def _make_room(self, newest: _Trial) -> None:
        """Forget what was asked longest ago, until the rest fits; the newest stays in any case."""
        with self._lock:
            while sum(trial.size for trial in self._kept.values()) > self._room:
                key, oldest = next(iter(self._kept.items()))
                if oldest is newest:
                    return
                del self._kept[key]


def _label(trial: _Trial, code: str) -> Any:
    """Find a plot by its code.

    Raises
    ------
    PlotUnknownError
    """
    if code not in trial.labels:
        raise PlotUnknownError(code=code)
    return trial.labels[code]


def _key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return row["level"], plain(row["unit"]), row["tier"]


def _figures(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("tier", "covered", "base", "share")}


def _named(row: Mapping[str, Any], trial: _Trial) -> dict[str, Any]:
    code, name = trial.names.get(row["unit"], (None, None))
    return {**row, "unit": plain(row["unit"]), "code": code, "name": name}
