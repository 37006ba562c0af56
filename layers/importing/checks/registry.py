"""The checks of rows among others: each declared once, for an import and for `greengrid check`.

What a single value or shape must be is checked where it is read (`values`, `shapes`, `keys`);
here is what shows only beside the other rows, the register and the tables of codes. None of these
checks costs a row: what they say is a notice, for somebody to look at.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from layers.importing.checks import codes, divisions, nearness
from layers.importing.checks.rows import Rows
from layers.kinds import Kind


@dataclass(frozen=True, kw_only=True)
class Check:
    """Declare a check: which problems it may find, on which kinds, and what finds them."""

    key: str
    finds: tuple[str, ...]
    applies: Callable[[Kind], bool]
    run: Callable[[Rows], None]


def _refers(kind: Kind) -> bool:
    return any(field.refers_to or field.refers_by for field in kind.fields)


CHECKS = (
    Check(
        key="division_codes",
        finds=("code_not_digits", "code_length", "code_level", "code_not_in_parent"),
        applies=codes.is_division,
        run=codes.check_divisions,
    ),
    Check(
        key="grid_codes",
        finds=("code_not_digits", "code_length", "code_not_in_parent"),
        applies=codes.is_grid,
        run=codes.check_grids,
    ),
    Check(
        key="component_codes",
        finds=("code_not_digits", "code_length", "code_of_other_class", "code_of_other_division"),
        applies=codes.has_component_code,
        run=codes.check_components,
    ),
    Check(
        key="former_divisions",
        finds=("division_former", "division_unverified"),
        applies=divisions.names_division,
        run=divisions.check_former,
    ),
    Check(
        key="references",
        finds=("refers_to_nothing", "reference_spelt_otherwise"),
        applies=_refers,
        run=codes.check_references,
    ),
    Check(
        key="territory",
        finds=("outside_territory", "in_no_unit"),
        applies=nearness.may_lie_outside,
        run=nearness.check_territory,
    ),
    Check(
        key="duplicates",
        finds=tuple(
            f"{how}_in_{where}"
            for where in ("file", "store")
            for how in ("same_place", "near", "overlaps")
        ),
        applies=nearness.may_repeat,
        run=nearness.check_duplicates,
    ),
)


def check_among_others(rows: Rows, *, leave_out: Collection[str] = ()) -> None:
    """Run every check that applies to the kind of the rows, but those named to be left out."""
    for check in CHECKS:
        if check.key not in leave_out and check.applies(rows.kind):
            check.run(rows)
