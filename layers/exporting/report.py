"""What an export wrote, and what the format could not hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class ExportReport:
    """Describe the layer of one kind in a written file.

    `crs` is None for a kind without places; `shifted` names the datum where the places are not
    the true ones. `names` gives the fields whose names the format had to cut, `losses` counts by
    field the values that it could not hold whole. `files` are those that a layer had to be parted
    into, with how many features lie in each.
    """

    kind: str
    file: str
    rows: int
    crs: str | None
    shifted: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    losses: Mapping[str, int] = field(default_factory=dict)
    files: Mapping[str, int] = field(default_factory=dict)

    def to_dict(self) -> dict[str, object]:
        """Give plain values, for JSON."""
        mappings = {name: dict(getattr(self, name)) for name in ("names", "losses", "files")}
        return {**vars(self), **mappings}
