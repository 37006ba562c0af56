"""What an export wrote, and what the format could not hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class ExportReport:
    """Describe a written file.

    `names` gives the fields whose names the format had to cut; `losses` counts by field the
    values that it could not hold whole. `crs` is None for a kind without places.
    """

    kind: str
    file: str
    rows: int
    crs: str | None
    names: Mapping[str, str] = field(default_factory=dict)
    losses: Mapping[str, int] = field(default_factory=dict)

    def to_dict(self) -> dict[str, object]:
        """Give plain values, for JSON."""
        return {**vars(self), "names": dict(self.names), "losses": dict(self.losses)}
