"""Merged cells among the rows: one text for all of them, a number only for the first.

"Community A" merged over five buildings is the community of each. Their 120 households, merged
likewise, are not 120 for each: the number stays where it stands, and is said.
"""

from __future__ import annotations

from collections.abc import Sequence

from layers.importing.readers.lines import Line, is_word
from layers.importing.readers.table import Remark, remark_on_rows

_CODE_DIGITS = 6
Range = tuple[int, int, int, int]


def fill_merged(
    rows: Sequence[Line], numbers: Sequence[int], merged: Sequence[Range]
) -> list[Remark]:
    """Write merged texts into all the rows that they cover, in place, and say so."""
    place = {number: position for position, number in enumerate(numbers)}
    filled: list[int] = []
    left_alone: list[int] = []
    for first, left, last, _ in merged:
        if last == first or first not in place:
            continue
        line = rows[place[first]]
        value = line[left] if left < len(line) else None
        if value is None:
            continue
        below = [number for number in range(first + 1, last + 1) if number in place]
        if not is_amount(value):
            for number in below:
                _write(rows[place[number]], left, value)
            filled += below
        else:
            left_alone.append(first)
    return [
        *remark_on_rows("merged_cells_filled", filled),
        *remark_on_rows("merged_numbers", left_alone),
    ]


def is_amount(value: object) -> bool:
    """Tell whether a cell counts or measures something; a long text of digits is a code."""
    if isinstance(value, str):
        return not is_word(value) and len(value) < _CODE_DIGITS
    return isinstance(value, int | float)


def _write(line: Line, column: int, value: object) -> None:
    line.extend([None] * (column + 1 - len(line)))
    line[column] = value
