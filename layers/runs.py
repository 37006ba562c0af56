"""Runs: what was computed, from what, by which rules, so that every figure can be proved."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any

from layers.clock import now


@dataclass(frozen=True, kw_only=True)
class Run:
    """Record one analysis.

    `inputs` holds the revision of every layer it read, `rules` the rule set in full, `results`
    the figures with numerators, denominators and exclusions. All three are plain data.
    """

    analysis: str
    rules: dict[str, Any]
    inputs: dict[str, int]
    evaluated_on: dt.date
    parameters: dict[str, Any]
    code_version: str
    seconds: float
    results: dict[str, Any]
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    created_at: dt.datetime = field(default_factory=now)
