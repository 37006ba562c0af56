"""What one line of a sheet is: headings, an explanation of them, a total, a remark, or a row."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from layers.exporting.workbook.words import spelt
from layers.importing.words import LINE_WORDS
from layers.kinds import fold

Line = list[object]

_NUMBER = re.compile(r"[+-]?[\d.,]+(e[+-]?\d+)?%?", re.IGNORECASE)
_BRACKETS = re.compile(r"[(\[{].*?[)\]}]")
_TOTALS = frozenset(LINE_WORDS["totals"])
_TOTALS_AT_END = _TOTALS | {*LINE_WORDS["totals_at_end"]}
_NOTE = re.compile(f"({'|'.join(LINE_WORDS['notes'])})" + r"\s*\d*\s*[:.、]")
_EXPLAINING = LINE_WORDS["explaining"]
_FIRST_WORDS = frozenset(LINE_WORDS["explaining_first"])
_UNITS = frozenset(LINE_WORDS["units"])
# With one of these begins each cell of the explanatory line that we write.
_OUR_MARKS = spelt("marks", "required") | spelt("marks", "optional")
_NUMBERING_CELLS = 5  # fewer could be a row of small numbers


def filled(line: Sequence[object]) -> list[object]:
    """List the cells that hold something."""
    return [cell for cell in line if cell is not None and cell != ""]


def is_blank(line: Sequence[object]) -> bool:
    """Tell whether a line holds nothing."""
    return all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in line)


def is_word(cell: object) -> bool:
    """Tell whether a cell is a word, rather than a number, a day or a truth."""
    if not isinstance(cell, str):
        return False
    return cell[:1].isalpha() or not _NUMBER.fullmatch(_plain(cell))


def looks_like_headings(line: Sequence[object]) -> bool:
    """Tell whether a line may be a header: words, and hardly one of them twice."""
    words = [cell for cell in filled(line) if is_word(cell)]
    return are_words(line) and len(set(words)) * 10 >= len(words) * 6


def are_words(line: Sequence[object]) -> bool:
    """Tell whether a line holds words and hardly anything else."""
    cells = filled(line)
    return sum(map(is_word, cells)) * 10 >= len(cells) * 9


def known_in(line: Sequence[object], headings: frozenset[str]) -> int:
    """Count the cells that are known headings."""
    return sum(heading_of(cell) in headings for cell in line if isinstance(cell, str))


def heading_of(cell: str) -> str:
    """Fold a heading, without asterisks that mark what must be filled."""
    return fold(cell).strip("*")


def same_words(line: Sequence[object], header: Sequence[object]) -> bool:
    """Tell whether a line repeats the header, as lists printed page by page do."""
    cells = filled(line)
    return len(cells) > 1 and cells == filled(header)


def is_total(line: Sequence[object], *, at_end: bool = False) -> bool:
    """Tell whether a line adds up others: its first word, after a serial number, says so."""
    word = next((cell for cell in line if cell is not None and is_word(cell)), None)
    words = _TOTALS_AT_END if at_end else _TOTALS
    return isinstance(word, str) and fold(word).strip(":") in words


def is_note(line: Sequence[object]) -> bool:
    """Tell whether a line under a table is a remark or a signature."""
    cells = filled(line)
    return bool(cells) and isinstance(cells[0], str) and bool(_NOTE.match(_plain(cells[0])))


def is_explanation(line: Sequence[object], headings: frozenset[str]) -> bool:
    """Tell whether a line explains the headings above it: units, what to enter, other names."""
    cells = [_plain(cell) for cell in line if cell is not None and str(cell).strip()]
    if len(cells) < 2:
        return bool(cells) and _explains(cells[0])
    explaining = sum(_is_unit(cell) or _explains(cell) for cell in cells)
    said_first = cells[0].strip(":") in _FIRST_WORDS or is_numbering(line)
    return explaining * 2 > len(cells) or said_first or known_in(line, headings) * 2 > len(cells)


def is_our_explanation(line: Sequence[object]) -> bool:
    """Tell whether a line is the explanatory one of our workbooks, wherever it was sorted to."""
    cells = filled(line)
    return len(cells) > 1 and all(str(cell).split("\n")[0].strip() in _OUR_MARKS for cell in cells)


def is_numbering(line: Sequence[object]) -> bool:
    """Tell whether a line numbers the columns 1, 2, 3 …, as statistical forms do."""
    cells = [_plain(cell) for cell in filled(line)]
    if cells and cells[0] in {"栏次", "甲", "a"}:
        cells = [cell for cell in cells if cell.isdecimal()]
        return bool(cells) and cells == [str(n) for n in range(1, len(cells) + 1)]
    return len(cells) >= _NUMBERING_CELLS and cells == [str(n + 1) for n in range(len(cells))]


def _explains(cell: str) -> bool:
    return any(word in cell for word in _EXPLAINING)


def _is_unit(cell: str) -> bool:
    return cell.strip("()[]/ ") in _UNITS or fold(_BRACKETS.sub("", cell)) in _UNITS


def _plain(cell: object) -> str:
    return unicodedata.normalize("NFKC", str(cell)).strip().casefold()
