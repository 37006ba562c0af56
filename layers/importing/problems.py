"""What may be wrong with one row, and how it is written down.

A `Problem` names a row, where it applies a field, and a code; `PROBLEMS` declares every code with
the values it carries, so that the texts written for it can be checked. The same code may cost one
row and only be a warning on another: a number that cannot be read rejects its row where the field
is required, and leaves an optional field empty.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from layers.importing.limits import MAX_TEXT_SHOWN


class Severity(StrEnum):
    """What a problem does to its row."""

    ERROR = "error"  # the row is not taken
    WARNING = "warning"  # the row is taken, without the value in question
    NOTICE = "notice"  # the row is taken as it is; somebody should look at it


@dataclass(frozen=True)
class ProblemCode:
    """Declare a code, the names of the values that go with it, and how severe it is.

    A value that cannot be read is only a warning in an optional field, unless the problem is
    `grave`: the value looks readable and is wrong.
    """

    code: str
    names: tuple[str, ...] = ()
    severity: Severity = Severity.ERROR
    grave: bool = False


def _declare(*codes: ProblemCode) -> Mapping[str, ProblemCode]:
    return {code.code: code for code in codes}


PROBLEMS = _declare(
    # values
    ProblemCode("required_missing"),
    ProblemCode("not_an_integer", ("found",)),
    ProblemCode("not_a_number", ("found",)),
    ProblemCode("not_a_boolean", ("found", "allowed")),
    ProblemCode("not_a_date", ("found",)),
    ProblemCode("date_order_unknown", ("found",)),
    ProblemCode("below_minimum", ("found", "minimum")),
    ProblemCode("above_maximum", ("found", "maximum")),
    ProblemCode("code_unknown", ("found", "allowed")),
    ProblemCode("unit_unknown", ("found", "unit")),
    ProblemCode("formula_error", ("found",)),
    ProblemCode("code_in_scientific_notation", ("found",), grave=True),
    ProblemCode("code_turned_into_date", ("found",), grave=True),
    ProblemCode("text_too_long", ("characters", "allowed")),
    ProblemCode("text_with_control_characters", ("found",)),
    ProblemCode("valid_to_not_after_valid_from", ("valid_from", "valid_to")),
    # features sent by a program
    ProblemCode("field_unknown", ("found", "allowed")),
    ProblemCode("value_composite", ("found",)),
    # geometry
    ProblemCode("geometry_missing"),
    ProblemCode("geometry_unbuildable", ("reason",)),
    ProblemCode("geometry_invalid", ("reason", "x", "y")),
    ProblemCode("geometry_family", ("found", "allowed")),
    ProblemCode("geometry_several_points", ("parts",)),
    ProblemCode("geometry_mixed", ("found", "allowed")),
    ProblemCode("coordinates_not_a_number", ("found",)),
    ProblemCode("coordinates_out_of_range", ("x", "y")),
    ProblemCode("coordinates_outside_area", ("x", "y", "area")),
    ProblemCode("datum_of_row_unknown", ("found", "allowed")),
    # keys
    ProblemCode("key_missing", ("columns",)),
    ProblemCode("key_repeated", ("key", "count", "rows")),
    ProblemCode("key_exists", ("key",)),
    ProblemCode("key_ambiguous", ("key", "features")),
    # rows that came out of a store and come back
    ProblemCode("feature_gone", ("found",)),
    ProblemCode("row_copied", ("found",)),
    ProblemCode("row_stale", ("seen", "now")),
    ProblemCode("reference_unknown", ("found", "kind")),
    # codes, and what they refer to
    ProblemCode("code_not_digits", ("found", "system"), Severity.NOTICE),
    ProblemCode("code_length", ("found", "digits", "allowed", "system"), Severity.NOTICE),
    ProblemCode("code_level", ("found", "level"), Severity.NOTICE),
    ProblemCode("code_not_in_parent", ("found", "parent", "meant"), Severity.NOTICE),
    ProblemCode("code_of_other_class", ("found", "meant", "class"), Severity.NOTICE),
    ProblemCode("code_of_other_division", ("found", "division"), Severity.NOTICE),
    ProblemCode("refers_to_nothing", ("found", "kind"), Severity.NOTICE),
    ProblemCode("reference_spelt_otherwise", ("found", "meant"), Severity.NOTICE),
    ProblemCode("division_former", ("found", "meant", "until", "source"), Severity.NOTICE),
    ProblemCode("division_unverified", ("found", "meant", "until", "source"), Severity.NOTICE),
    ProblemCode("division_replaced", ("found", "meant", "source"), Severity.NOTICE),
    # places among other places
    ProblemCode("outside_territory", ("distance_m", "level"), Severity.NOTICE),
    ProblemCode("in_no_unit", ("distance_m", "level"), Severity.NOTICE),
    ProblemCode("same_place_in_file", ("row",), Severity.NOTICE),
    ProblemCode("near_in_file", ("row", "distance_m", "allowed"), Severity.NOTICE),
    ProblemCode("overlaps_in_file", ("row", "percent"), Severity.NOTICE),
    ProblemCode("same_place_in_store", ("key",), Severity.NOTICE),
    ProblemCode("near_in_store", ("key", "distance_m", "allowed"), Severity.NOTICE),
    ProblemCode("overlaps_in_store", ("key", "percent"), Severity.NOTICE),
    # repair
    ProblemCode(
        "geometry_repaired",
        ("reason", "x", "y", "before_m2", "after_m2", "parts_before", "parts_after"),
        Severity.NOTICE,
    ),
    ProblemCode("geometry_repair_refused", ("reason", "x", "y", "percent", "allowed")),
    # what other programs write into a store, past every import
    ProblemCode("value_unreadable", ("found",)),
    ProblemCode("text_unreadable", ("found",)),
    ProblemCode("code_by_other_name", ("found", "meant")),
    ProblemCode("moment_without_zone", ("found",), Severity.WARNING),
    ProblemCode("uid_malformed", ("found",), Severity.WARNING),
    ProblemCode("geometry_with_heights", (), Severity.WARNING),
    # units that do not tile the ground
    ProblemCode("unit_gap", ("level", "area_m2", "width_m"), Severity.WARNING),
    ProblemCode("unit_gap_sliver", ("level", "area_m2", "width_m"), Severity.NOTICE),
    ProblemCode("unit_overlap", ("other", "area_m2", "width_m"), Severity.WARNING),
    ProblemCode("unit_overlap_sliver", ("other", "area_m2", "width_m"), Severity.NOTICE),
    ProblemCode("unit_bulge", ("parent", "area_m2", "width_m", "percent"), Severity.WARNING),
    ProblemCode("unit_bulge_sliver", ("parent", "area_m2", "width_m", "percent"), Severity.NOTICE),
    ProblemCode("unit_elsewhere", ("parent", "percent", "meant"), Severity.WARNING),
    ProblemCode("unit_in_two_parents", ("parents", "percent"), Severity.WARNING),
    ProblemCode("unit_without_parent", ("level",), Severity.WARNING),
    ProblemCode("unit_too_few_households", ("found", "least", "most", "source"), Severity.NOTICE),
    ProblemCode("unit_too_many_households", ("found", "least", "most", "source"), Severity.NOTICE),
    ProblemCode("unit_too_many_people", ("found", "most", "source"), Severity.NOTICE),
    ProblemCode("unit_total_differs", ("found", "total", "units", "level"), Severity.NOTICE),
    # places brought back
    ProblemCode("feature_unknown", ("found",)),
    ProblemCode("feature_has_place", ("found",)),
    ProblemCode("feature_repeated", ("found",)),
    ProblemCode("proposal_is_no_area"),
    ProblemCode("proposal_missing"),
)


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one row.

    `row` counts as the file does: features from 1, lines of a sheet with its header.
    """

    row: int
    code: str
    field: str | None = None
    values: Mapping[str, object] = dataclasses.field(default_factory=dict)
    severity: Severity = Severity.ERROR

    @property
    def remedy(self) -> str:
        """Name the text that says what to do."""
        return f"{self.code}_remedy"

    def found(self, name: str) -> object:
        """Give one of the values, None where there is none of that name."""
        return self.values.get(name)

    def to_dict(self) -> dict[str, object]:
        """Give plain values, for JSON."""
        return {
            "row": self.row,
            "field": self.field,
            "code": self.code,
            "severity": self.severity.value,
            "values": dict(self.values),
            "remedy": self.remedy,
        }


def shown(value: object) -> object:
    """Shorten a found value so that a report stays readable."""
    if value is None or isinstance(value, bool | int | float):
        return value
    text = str(value)
    return text if len(text) <= MAX_TEXT_SHOWN else text[: MAX_TEXT_SHOWN - 1] + "…"
