"""How an analysis is kept: under a name made of all that it depends on, as plain data."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from layers.clock import today
from layers.runs import Run
from layers.store import Scope, Store, Verb

__all__ = [
    "Moment",
    "moment_of",
    "named_run",
    "plain",
    "plain_results",
    "scope_from",
    "scope_to_dict",
]

_RUNS = uuid.UUID("5d6c6a3e-3f0b-5b6e-9a55-0f4f5f1b9c11")


@dataclass(frozen=True, kw_only=True)
class Moment:
    """Say of which state of a store, and of which day, something is asked.

    `as_of` is the number of a changeset, so that the answer can be found again.
    """

    evaluated_on: dt.date
    as_of: int
    scope: Scope

    @classmethod
    def asked(
        cls,
        store: Store,
        *,
        on: dt.date | None = None,
        as_of: int | dt.datetime | None = None,
        scope: Scope = Scope.all(),
    ) -> Moment:
        """Take today, and the last state, where nothing else is asked.

        Raises
        ------
        ChangesetUnknownError
        """
        return cls(
            evaluated_on=on or today(),
            as_of=store.changeset_at(as_of),
            scope=scope,
        )

    def parameters(self) -> dict[str, Any]:
        """Give what a run keeps of it, beside its day."""
        return {"as_of": self.as_of, "scope": scope_to_dict(self.scope)}


def moment_of(run: Run) -> Moment:
    """Find of which moment a kept run tells."""
    return Moment(
        evaluated_on=run.evaluated_on,
        as_of=run.parameters["as_of"],
        scope=scope_from(run.parameters["scope"]),
    )


def named_run(store: Store, run: Run) -> Run:
    """Name a run by all that its results depend on: the same question has the same answer.

    Which changeset was the last is no part of it, as long as every input is the same.
    """
    parameters = {name: value for name, value in run.parameters.items() if name != "as_of"}
    depends_on = [
        store.settings.store_id,
        store.settings.restore_epoch,
        run.analysis,
        run.rules,
        run.inputs,
        run.evaluated_on.isoformat(),
        parameters,
        run.code_version,
    ]
    return replace(run, id=str(uuid.uuid5(_RUNS, json.dumps(depends_on, sort_keys=True))))


def scope_to_dict(scope: Scope) -> dict[str, Any]:
    """Give a scope as plain data."""
    limits = {"units": scope.units, "kinds": scope.kinds, "verbs": scope.verbs}
    said = {name: None if limit is None else sorted(limit) for name, limit in limits.items()}
    also = [scope_to_dict(each) for each in scope.also]
    return (
        said
        | ({"also": also} if also else {})
        | ({"without_counts": True} if scope.without_counts else {})
    )


def scope_from(limits: Mapping[str, Any]) -> Scope:
    """Read what `scope_to_dict` gave."""
    units, kinds, verbs = (limits[name] for name in ("units", "kinds", "verbs"))
    return Scope(
        without_counts=limits.get("without_counts", False),
        also=tuple(scope_from(each) for each in limits.get("also", ())),
        units=None if units is None else frozenset(units),
        kinds=None if kinds is None else frozenset(kinds),
        verbs=None if verbs is None else frozenset(Verb(verb) for verb in verbs),
    )


def plain(value: Any) -> Any:
    """Turn numpy and pandas scalars, and mappings of them, into what JSON holds."""
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if value is pd.NA or (isinstance(value, float) and np.isnan(value)) else value


def plain_results(run: Run) -> dict[str, Any]:
    """Give a run as JSON-able data, its results beside what they rest on."""
    return {
        "run": run.id,
        "analysis": run.analysis,
        "evaluated_on": run.evaluated_on.isoformat(),
        "parameters": run.parameters,
        **run.results,
        "inputs": run.inputs,
        "code_version": run.code_version,
    }
