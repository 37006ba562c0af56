"""Where in a sheet the table is: its header, its rows, and the lines that are neither.

People write titles above a table, merge the cells of its header, explain the columns in a second
line, and close it with totals, remarks and signatures. What is passed over is always said, by
line; with `[source] header` and `every_line` the user decides instead.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from layers.exporting.workbook.columns import UID
from layers.importing.errors import SourceHeaderMissingError
from layers.importing.readers.lines import (
    Line,
    are_words,
    filled,
    is_blank,
    is_explanation,
    is_note,
    is_our_explanation,
    is_total,
    known_in,
    looks_like_headings,
    same_words,
)
from layers.importing.readers.table import Remark, SourceOptions, remark_on_rows
from layers.kinds import fold

HEADING_JOINER = " / "
_LINES_ABOVE = 30  # at most so many lines stand above a header
_LINES_SAMPLED = 80
_BREAKS = re.compile(r"\s*[\r\n]+\s*")
_PUNCTUATION = re.compile(r"[^\w]+")
_SAYING_MORE = re.compile(r"[(\[{【%°/]")
_MARKS = re.compile(r"[*＊★]|[(（][必选]填[)）]")  # of what must be filled

_IDENTITY = frozenset(fold(name) for name in UID.headings)
_UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

# First line, first column, last line, last column; lines by their number, columns from 0.
Range = tuple[int, int, int, int]


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A sheet as it lies there: lines of cells with their numbers, and which cells are merged."""

    lines: Sequence[Line]
    numbers: Sequence[int]
    merged: Sequence[Range] = ()


@dataclass(frozen=True, kw_only=True)
class Layout:
    """A sheet understood: one name a column, the rows below, and what was passed over."""

    names: list[str]
    rows: list[Line]
    numbers: list[int]
    header: tuple[int, ...] = ()
    remarks: list[Remark] = field(default_factory=list)


def lay_out(grid: Grid, options: SourceOptions, *, name: str) -> Layout:
    """Find the header of a sheet, and which of the lines below it are rows.

    Raises
    ------
    SourceHeaderMissingError
        Where the user names a line that the sheet does not have.
    """
    if options.header:
        places = _header_said(grid, options.header, name)
        top, bottom = min(places), max(places)
    else:
        top = _find_header(grid, options.headings)
        bottom = _bottom_of_header(grid, top, options.headings)
    header = [list(line) for line in grid.lines[top : bottom + 1]]
    as_written = [list(line) for line in header]
    _spread_merged(header, grid, top)
    names = unique_names(_joined(header))
    remarks = _on_header(grid, top, bottom, found=not options.header)
    identity = next((at for at, each in enumerate(names) if fold(each) in _IDENTITY), None)
    body = _Body(header=as_written, identity=identity, options=options)
    rows, numbers, passed_over = _read_body(grid, bottom + 1, body)
    remarks += remark_on_rows("blank_lines", _blank_lines(grid))
    return Layout(
        names=names,
        rows=rows,
        numbers=numbers,
        header=tuple(grid.numbers[top : bottom + 1]),
        remarks=[*remarks, *passed_over],
    )


def _header_said(grid: Grid, said: Sequence[int], name: str) -> list[int]:
    places = [place for place, number in enumerate(grid.numbers) if number in said]
    if len(places) < len(set(said)):
        raise SourceHeaderMissingError(file=name, found=list(said), lines=len(grid.lines))
    return places


# ------------------------------------------------------------------ the header


def _find_header(grid: Grid, headings: frozenset[str]) -> int:
    """Find the first line of the header: the first wide line, or the one of known headings.

    A title is narrow, even where its cell was spread over all columns.
    """
    sample = range(min(len(grid.lines), _LINES_ABOVE))
    width = max((len(filled(line)) for line in grid.lines[:_LINES_SAMPLED]), default=0)
    wide = [place for place in sample if _breadth(grid.lines[place]) * 2 > width]
    first = next((place for place in sample if not is_blank(grid.lines[place])), 0)
    guess = wide[0] if wide else first
    known = [known_in(grid.lines[place], headings) for place in sample]
    best = max(known, default=0)
    # One word among the rows may be a heading elsewhere; two of them in one line are the header.
    if best > max(1, 2 * known[guess]) or (best and not wide):
        guess = known.index(best)
    return _raised(grid, guess, headings)


def _breadth(line: Line) -> int:
    cells = filled(line)
    return 1 if len(cells) > 2 and len(set(cells)) == 1 else len(cells)


def _raised(grid: Grid, place: int, headings: frozenset[str]) -> int:
    """Go up to the upper line of a header of two, if `place` is the lower one."""
    number = grid.numbers[place] if grid.numbers else 0
    tops = [first for first, _, last, _ in grid.merged if first < number <= last]
    if tops and min(tops) in grid.numbers:
        return grid.numbers.index(min(tops))
    if place and not grid.merged and known_in(grid.lines[place - 1], headings):
        above = place - 1
        if _has_parts_below(grid, above, headings):
            return above
    return place


def _bottom_of_header(grid: Grid, top: int, headings: frozenset[str]) -> int:
    """Find the last line of the header: merged cells reach down to it, or have parts below."""
    number = bottom = grid.numbers[top] if grid.numbers else 0
    for first, left, last, right in grid.merged:
        if first == number:
            bottom = max(bottom, last if right == left or last > first else last + 1)
    deepest = max(
        (place for place in range(top, len(grid.lines)) if grid.numbers[place] <= bottom),
        default=top,
    )
    if deepest > top and are_words(grid.lines[deepest]):
        return deepest
    return top + 1 if _has_parts_below(grid, top, headings) else top


def _has_parts_below(grid: Grid, top: int, headings: frozenset[str]) -> bool:
    """Tell whether the next line completes a header whose merging was lost, as it is in CSV."""
    if top + 1 >= len(grid.lines):
        return False
    above, below = grid.lines[top], grid.lines[top + 1]
    gaps = [
        column
        for column in range(1, len(below))
        if below[column] is not None and (column >= len(above) or above[column] is None)
    ]
    whole = any(
        cell is not None and (column >= len(below) or below[column] is None)
        for column, cell in enumerate(above)
    )
    return bool(gaps) and whole and are_words(below) and known_in(below, headings) > 0


def _spread_merged(header: list[Line], grid: Grid, top: int) -> None:
    """Write the text of merged cells into all the columns that they cover."""
    numbers = grid.numbers[top : top + len(header)]
    for first, left, _, right in grid.merged:
        if first in numbers:
            line = header[numbers.index(first)]
            line.extend([None] * (right + 1 - len(line)))
            line[left : right + 1] = [line[left]] * (right + 1 - left)
    if not grid.merged and len(header) > 1:
        _spread_to_the_right(header[0], header[1])


def _spread_to_the_right(above: Line, below: Line) -> None:
    above.extend([None] * (len(below) - len(above)))
    for column in range(1, len(above)):
        has_part = column < len(below) and below[column] is not None
        if above[column] is None and has_part:
            above[column] = above[column - 1]


def _joined(header: list[Line]) -> list[str | None]:
    width = max((len(line) for line in header), default=0)
    names: list[str | None] = []
    for column in range(width):
        cells = (line[column] if column < len(line) else None for line in header)
        words = [_BREAKS.sub("", str(cell)).strip() for cell in cells if cell is not None]
        names.append(HEADING_JOINER.join(dict.fromkeys(word for word in words if word)) or None)
    return names


def unique_names(wanted: Sequence[str | None]) -> list[str]:
    """Name every column; nameless ones by position, repeated ones with a number.

    Examples
    --------
    >>> unique_names(["a", None, "a"])
    ['a', 'column_2', 'a_2']
    """
    names: list[str] = []
    taken: set[str] = set()
    for position, heading in enumerate(wanted, start=1):
        plain = heading or f"column_{position}"
        name, copy = plain, 2
        while name in taken:
            name, copy = f"{plain}_{copy}", copy + 1
        names.append(name)
        taken.add(name)
    return names


def _on_header(grid: Grid, top: int, bottom: int, *, found: bool) -> list[Remark]:
    above = [grid.numbers[place] for place in range(top) if not is_blank(grid.lines[place])]
    remarks = [*remark_on_rows("lines_above_header", above)]
    if not grid.lines or not found:
        return remarks
    if above:
        remarks.append(Remark("header_row", {"row": grid.numbers[top]}))
    if bottom > top:
        remarks.append(
            Remark("header_of_two_lines", {"rows": list(grid.numbers[top : bottom + 1])})
        )
    if not looks_like_headings(grid.lines[top]):
        found_there = [str(cell) for cell in filled(grid.lines[top])[:3]]
        remarks.append(Remark("header_like_data", {"row": grid.numbers[top], "found": found_there}))
    return remarks


# ------------------------------------------------------------------ the rows


@dataclass(frozen=True, kw_only=True)
class _Body:
    """What tells rows from other lines; `identity` is the column of identifiers, if any."""

    header: Sequence[Line]
    identity: int | None
    options: SourceOptions

    def is_row(self, line: Line) -> bool:
        """Tell whether a line is a row whatever its words are: it names a feature."""
        at = self.identity
        cell = line[at] if at is not None and at < len(line) else None
        return isinstance(cell, str) and _UUID.fullmatch(cell.strip()) is not None

    def why_below(self, line: Line) -> str | None:
        """Say why a line may stand below the table."""
        return None if self.is_row(line) else _why_below(line)

    def why_no_row(self, line: Line, *, first: bool) -> str | None:
        """Say why a line within the table is no row."""
        if self.is_row(line):
            return None
        if is_our_explanation(line):
            return "explanations"
        if self.options.every_line:
            return None
        why = _why_no_row(line, self.header)
        explains = first and is_explanation(line, self.options.headings)
        return "explanations" if why is None and explains else why


def _read_body(grid: Grid, start: int, body: _Body) -> tuple[list[Line], list[int], list[Remark]]:
    places = [place for place in range(start, len(grid.lines)) if not is_blank(grid.lines[place])]
    passed_over: dict[str, list[int]] = {}
    rows: list[Line] = []
    numbers: list[int] = []
    every = body.options.every_line
    end = len(places) if every else _end_of_table(grid, places, body)
    for order, place in enumerate(places):
        line, number = grid.lines[place], grid.numbers[place]
        below = body.why_below(line) if order >= end else None
        why = below or body.why_no_row(line, first=not rows)
        if why is None:
            rows.append(line)
            numbers.append(number)
        else:
            passed_over.setdefault(why, []).append(number)
    remarks = [one for code, lines in passed_over.items() for one in remark_on_rows(code, lines)]
    return rows, numbers, remarks


def _end_of_table(grid: Grid, places: Sequence[int], body: _Body) -> int:
    """Count the lines down to the last row: totals, remarks and signatures may follow."""
    end = len(places)
    while end and body.why_below(grid.lines[places[end - 1]]):
        end -= 1
    return end


def _why_below(line: Line) -> str | None:
    if is_note(line):
        return "notes_below"
    return "totals" if is_total(line, at_end=True) else None


def _why_no_row(line: Line, header: Sequence[Line]) -> str | None:
    if any(same_words(line, one) for one in header):
        return "repeated_headers"
    return "totals" if is_total(line) else None


def _blank_lines(grid: Grid) -> list[int]:
    """List the empty lines above the last filled one, even those that were never written."""
    known = {
        number for number, line in zip(grid.numbers, grid.lines, strict=True) if not is_blank(line)
    }
    return [number for number in range(1, max(known, default=0)) if number not in known]


def leaf_of(heading: str) -> str:
    """Give the lowest level of a heading of several lines.

    Examples
    --------
    >>> leaf_of("中心点 / 经度")
    '经度'
    """
    return heading.rpartition(HEADING_JOINER)[2]


def spellings(heading: str) -> tuple[str, ...]:
    """Give what a heading may be looked up under, folded: as it is, in one, its lowest level.

    Marks of what must be filled do not count.

    Examples
    --------
    >>> spellings("*名称（必填）"), spellings("楼栋·编号：")
    (('*名称(必填)', '名称'), ('楼栋·编号:', '楼栋编号'))
    """
    plain = _MARKS.sub("", heading)
    whole = plain.replace(HEADING_JOINER, "")
    folded = [fold(each) for each in (heading, whole, leaf_of(plain))]
    bare = _PUNCTUATION.sub("", folded[1]) if _is_worded(folded[1]) else folded[1]
    return tuple(dict.fromkeys((*folded, bare)))


def _is_worded(heading: str) -> bool:
    """Tell whether a heading says the same without its punctuation: brackets and % say more."""
    return not _SAYING_MORE.search(heading)
