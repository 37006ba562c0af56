"""What every analysis hands out: a run, the store that it is of, and a way to be shown."""

from __future__ import annotations

from dataclasses import dataclass, field

from gis.result import Rendered
from layers.runs import Run
from layers.store import Store

__all__ = ["Made"]


@dataclass(frozen=True, kw_only=True)
class Made(Rendered):
    """An analysis that was just made.

    `store` is what it was made from: where it is shown, water, roads and names are read from it,
    as of the moment of the run. None for what was measured without a store.
    """

    run: Run
    store: Store | None = field(default=None, repr=False, compare=False)
