"""Sheets by which people keep the features of a kind, where it is not one sheet of all its fields.

An inspection is a care log whose work is the inspection: one kind, and yet a list of its own at
most desks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from layers.kinds.model import Kind
from layers.kinds.themes.adoption import CARE_LOG


@dataclass(frozen=True, kw_only=True)
class SheetView:
    """One sheet: a kind, the values that all its rows have, the fields that it does without."""

    key: str
    title_zh: str
    title_en: str
    kind: Kind
    fixed: Mapping[str, str] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()

    @classmethod
    def of(cls, kind: Kind) -> SheetView:
        """Give the sheet of all fields of a kind."""
        return cls(key=kind.key, title_zh=kind.title_zh, title_en=kind.title_en, kind=kind)


VIEWS: Mapping[str, SheetView] = MappingProxyType(
    {
        "inspection": SheetView(
            key="inspection",
            title_zh="巡查记录",
            title_en="Inspections",
            kind=CARE_LOG,
            fixed={"work": "inspection"},
            left_out=frozenset({"work"}),
        )
    }
)
"""Views by their keys, which are those of no kind."""
