"""What was filled into a form, by what it is proved, and what was not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Proof:
    """Prove one filled cell.

    `features` is how many features the figure was made from, `missing` how many of them have no
    value, `measured` how many areas were measured because none is declared, `estimated` how many
    are estimates. `run` names the run that a figure of coverage comes from.
    """

    sheet: str
    cell: str
    heading: str
    value: Any
    expression: Mapping[str, Any]
    unit: str | None = None
    features: int = 0
    missing: int = 0
    measured: int = 0
    estimated: int = 0
    run: str | None = None


@dataclass(frozen=True, kw_only=True)
class Gap:
    """Name one cell that was not filled, and why: `reason` is a code."""

    sheet: str
    cell: str
    heading: str
    reason: str
    found: str = ""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Name a formula whose result is not the figure of the store."""

    sheet: str
    cell: str
    heading: str
    formula: str
    found: float
    expected: float


@dataclass(frozen=True, kw_only=True)
class FormReport:
    """Describe a filled form.

    `changeset` and `on` are the state and the day it was filled for. `kept` counts the formulas
    that stand where a figure belongs, `checked` those whose result was compared; `lost` names what
    of the form could not be carried over.
    """

    form: str
    file: str
    changeset: int
    on: dt.date
    proofs: tuple[Proof, ...] = ()
    gaps: tuple[Gap, ...] = ()
    differences: tuple[Difference, ...] = ()
    kept: int = 0
    checked: int = 0
    lost: tuple[str, ...] = field(default=())

    @property
    def reasons(self) -> dict[str, int]:
        """Count the gaps by reason."""
        counts: dict[str, int] = {}
        for gap in self.gaps:
            counts[gap.reason] = counts.get(gap.reason, 0) + 1
        return counts

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, for JSON."""
        return {**_plain(asdict(self)), "reasons": self.reasons}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, dt.date) else value
