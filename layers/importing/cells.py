"""What one cell means: text, numbers, truths and codes as people write them.

Each parser takes one cell that is not missing and gives a value, or raises `Wrong` with the code
of the problem. Nothing is guessed: 12.5 is no whole number, 1.2E+14 is no code any more. Dates
are in `dates`, numbers with units in `quantities`.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
import unicodedata
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from layers.importing.limits import MAX_TEXT_CHARACTERS
from layers.importing.mapping import KEY_JOINER
from layers.importing.readers.table import NOT_CALCULATED

# Unless a code list or the user's mapping gives one of them a meaning.
MISSING_WORDS = frozenset(
    {"null", "none", "nan", "nat", "n/a", "#n/a", "<na>", "-", "--", "—", "——", "/", "\\"}
)
_TRUE_WORDS = frozenset({"是", "有", "对", "真", "yes", "y", "true", "t", "1", "√", "✓"})
_FALSE_WORDS = frozenset({"否", "无", "不", "错", "假", "no", "n", "false", "f", "0", "×", "x"})
_TRUTH_WORDS_SHOWN = ("是", "否", "yes", "no", "true", "false", "1", "0")
# What a spreadsheet shows where a formula gave nothing, and our own word for one never calculated.
_FORMULA_ERRORS = frozenset(
    {"#ref!", "#value!", "#name?", "#div/0!", "#null!", "#num!", "#spill!", "#calc!"}
    | {NOT_CALCULATED.casefold()}
)
# Codes such as 3-2 that a spreadsheet took for the second of March.
_DAY_OF_MONTH = re.compile(r"\d{1,2}月\d{1,2}日|\d{1,2}-[A-Z][a-z]{2}|[A-Z][a-z]{2}-\d{2}")
_EXACT = 10**15  # a spreadsheet keeps fifteen digits of a number and writes zeros for the others
_SCIENTIFIC = re.compile(r"\d+(\.\d+)?[eE]\+?\d+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class Kept:
    """Stand in a cell for the value that its feature has: nobody touched the cell."""

    value: Hashable


class Wrong(ValueError):  # noqa: N818 - a control signal between parser and column, never shown
    """Say that a cell cannot be what its field holds."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values: Mapping[str, object] = MappingProxyType(values)


def plain(cell: object) -> Hashable:
    """Reduce a cell to a hashable Python value without blanks around it; an empty one to None."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return None
    if isinstance(cell, list | dict | tuple):
        return json.dumps(cell, ensure_ascii=False, default=str)
    if not isinstance(cell, str):
        return cell.decode("utf-8", "replace") if isinstance(cell, bytes) else cell
    text = cell.strip().strip("\u3000\ufeff")
    return text or None


def is_missing(cell: object) -> bool:
    """Tell whether a plain cell says that there is nothing, in whatever word."""
    return cell is None or (isinstance(cell, str) and cell.casefold() in MISSING_WORDS)


def word_of(cell: object) -> str:
    """Give the word under which a plain cell is looked up; width and letter case do not count."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else unicodedata.normalize("NFKC", str(cell)).casefold()


def parse_text(cell: object) -> str:
    """Give a cell as text; whole numbers lose the `.0` that spreadsheets give them.

    Examples
    --------
    >>> parse_text(220605001001.0)
    '220605001001'
    """
    if isinstance(cell, str) and cell.casefold() in _FORMULA_ERRORS:
        raise Wrong("formula_error", found=cell)
    text = _written(cell)
    if len(text) > MAX_TEXT_CHARACTERS:
        raise Wrong("text_too_long", characters=len(text), allowed=MAX_TEXT_CHARACTERS)
    if _CONTROL.search(text):
        raise Wrong("text_with_control_characters", found=_CONTROL.sub("�", text))
    return text


def legible(cell: object) -> str:
    """Give a cell as text for people, whatever it holds.

    Examples
    --------
    >>> legible(220605001001.0), legible("B" + chr(21))
    ('220605001001', 'B�')
    """
    return _CONTROL.sub("�", _written(cell))[:MAX_TEXT_CHARACTERS]


def _written(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, dt.date) else str(cell)


def parse_identifier(cell: object) -> str:
    """Give a code as text, its digits and letters of ordinary width.

    Examples
    --------
    >>> parse_identifier("２２０６０５")
    '220605'
    """
    text = unicodedata.normalize("NFKC", parse_text(cell))
    if isinstance(cell, dt.date) or _DAY_OF_MONTH.fullmatch(text):
        raise Wrong("code_turned_into_date", found=text)
    if any(_SCIENTIFIC.fullmatch(part) for part in text.split(KEY_JOINER)) or _is_rounded(cell):
        raise Wrong("code_in_scientific_notation", found=text)
    return text


def _is_rounded(cell: object) -> bool:
    """Tell whether a number has more digits than a spreadsheet keeps: zeros stand for the rest."""
    if isinstance(cell, float):
        return abs(cell) >= _EXACT
    if isinstance(cell, bool) or not isinstance(cell, int) or cell < _EXACT:
        return False
    return int(str(cell)[15:]) == 0


def parse_boolean(cell: object) -> bool:
    """Give a truth: 是 and 否, yes and no, 1 and 0.

    Examples
    --------
    >>> parse_boolean("是"), parse_boolean(0)
    (True, False)
    """
    word = parse_text(cell).casefold()
    if word in _TRUE_WORDS:
        return True
    if word in _FALSE_WORDS:
        return False
    raise Wrong("not_a_boolean", found=str(cell), allowed=_TRUTH_WORDS_SHOWN)
