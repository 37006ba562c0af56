"""What may be wrong with a store: a code, how grave it is, and the values that tell where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """How much an ailment matters."""

    FAULT = "fault"  # the store says something wrong, or will
    WARNING = "warning"  # it works, with a risk
    NOTE = "note"  # to be known, nothing to be done


@dataclass(frozen=True)
class Declared:
    """Declare an ailment: the names of its values, how grave it is, whether we can repair it."""

    names: tuple[str, ...] = ()
    severity: Severity = Severity.FAULT
    is_repairable: bool = False


_SHOWN = 5

_WARNING, _NOTE = Severity.WARNING, Severity.NOTE

AILMENTS: Mapping[str, Declared] = {
    # schema
    "migration_pending": Declared(("found", "head"), is_repairable=True),
    "table_missing": Declared(("table",)),
    "column_missing": Declared(("table", "column")),
    "index_missing": Declared(("table", "index"), is_repairable=True),
    "index_invalid": Declared(("index",), is_repairable=True),
    "trigger_missing": Declared(("table", "triggers"), is_repairable=True),
    "trigger_outdated": Declared(("table", "triggers"), is_repairable=True),
    "trigger_disabled": Declared(("table", "triggers"), is_repairable=True),
    "function_outdated": Declared(("function",), is_repairable=True),
    # history
    "changeset_left_open": Declared(("changeset",), is_repairable=True),
    "changeset_gap": Declared(("missing", "count")),
    "edits_unadopted": Declared(("count",), _NOTE, is_repairable=True),
    "versions_orphaned": Declared(("count", "changesets")),
    "origins_orphaned": Declared(("count",), _WARNING),
    "territory_orphaned": Declared(("table", "count"), is_repairable=True),
    "feature_unrecorded": Declared(("table", "count", "uids"), is_repairable=True),
    "deletion_unrecorded": Declared(("table", "count", "uids"), is_repairable=True),
    "change_unrecorded": Declared(("table", "count", "uids"), is_repairable=True),
    "uid_missing": Declared(("table", "count"), is_repairable=True),
    "clock_behind": Declared(("recorded_at", "now"), _WARNING),
    # a GeoPackage file
    "file_damaged": Declared(("reason",)),
    "layer_unregistered": Declared(("table", "register"), is_repairable=True),
    "count_wrong": Declared(("table", "counted", "found"), is_repairable=True),
    "spatial_index_missing": Declared(("table",), is_repairable=True),
    "spatial_index_wrong": Declared(("table", "count"), is_repairable=True),
    "log_large": Declared(("bytes",), _WARNING, is_repairable=True),
    "disk_low": Declared(("free", "size"), _WARNING),
    "network_share": Declared(("system",), _WARNING),
    # a PostgreSQL database
    "encoding_wrong": Declared(("found",)),
    "right_missing": Declared(("role", "rights", "tables")),
    "sessions_waiting": Declared(("count", "seconds"), _WARNING),
    "session_idle": Declared(("count", "seconds"), _WARNING),
}


@dataclass(frozen=True)
class Ailment:
    """One thing wrong with a store."""

    code: str
    details: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if set(self.details) != set(AILMENTS[self.code].names):
            message = f"{self.code} takes {AILMENTS[self.code].names}, not {tuple(self.details)}"
            raise TypeError(message)

    @property
    def severity(self) -> Severity:
        """Tell how much it matters."""
        return AILMENTS[self.code].severity

    @property
    def is_repairable(self) -> bool:
        """Tell whether `repair` can put it right."""
        return AILMENTS[self.code].is_repairable

    def to_dict(self) -> dict[str, object]:
        """Give plain values, for JSON."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "repairable": self.is_repairable,
            "values": self.shown(),
        }

    def shown(self) -> dict[str, object]:
        """Give the values, of long lists the beginning."""
        return {
            name: list(value)[:_SHOWN] if isinstance(value, list | tuple) else value
            for name, value in self.details.items()
        }
