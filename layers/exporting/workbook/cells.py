"""What stands in a cell for a value: words for codes, texts for codes of digits, local times.

`written` is what a program reads in the cell, and so what an unedited cell still says when the
sheet comes back; `text_of` is how a text has to be spelt in the file to be read so.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from zoneinfo import ZoneInfo

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from layers.exporting.formulas import FORMULA_STARTS, GUARD
from layers.exporting.workbook.words import Words
from layers.kinds import LIST_SEPARATOR, CodeList, Field, FieldType

# The one legal time of the cities that this is made for, and what an import reads times in.
TIME_ZONE = ZoneInfo("Asia/Shanghai")
MAX_CHARACTERS = 32_767

_EXACT = 10**15  # a spreadsheet keeps fifteen digits of a number
_FIRST_DAY = dt.date(1900, 3, 1)  # before it, spreadsheets disagree about which day is which
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


def written(field: Field, value: Any, words: Words) -> object:
    """Give what is read in the cell of a value that is not missing."""
    if field.type is FieldType.BOOLEAN:
        return truth(value=bool(value), words=words)
    if field.type is FieldType.DATETIME:
        return _moment(value)
    if field.type is FieldType.DATE:
        return value if value >= _FIRST_DAY else value.isoformat()
    if field.type is FieldType.INTEGER:
        return value if isinstance(value, str) else _whole(value)  # a text says why there is none
    if field.type is FieldType.REAL:
        return float(value)
    text = str(value) if field.codes is None else _worded(field.codes, str(value), words)
    return ILLEGAL_CHARACTERS_RE.sub("", text)[:MAX_CHARACTERS]


def _whole(value: Any) -> object:
    return int(value) if abs(value) < _EXACT else str(int(value))


def truth(*, value: bool, words: Words) -> str:
    """Say yes or no."""
    chinese = words.lang == "zh"
    if value:
        return "是" if chinese else "yes"
    return "否" if chinese else "no"


def is_whole(field: Field, value: object) -> bool:
    """Tell whether a cell holds all of a text."""
    return field.type not in {FieldType.TEXT, FieldType.TEXT_LIST} or (
        len(text_of(str(value))) <= MAX_CHARACTERS
    )


def text_of(text: str) -> str:
    """Spell a text so that it is read as it is.

    Examples
    --------
    >>> text_of("'=1"), text_of("a_x0041_")
    ("''=1", 'a_x005F_x0041_')
    """
    if text[:1] == GUARD and text[1:2] in (*FORMULA_STARTS, GUARD):
        text = GUARD + text  # the reader takes one off
    return _ESCAPE.sub("_x005F_", text).replace("\r", "_x000D_")


def is_risky(text: str) -> bool:
    """Tell whether a spreadsheet would run a text that was typed into it."""
    return text.startswith(FORMULA_STARTS)


def _worded(codes: CodeList, value: str, words: Words) -> str:
    titles = {choice.value: words.title(choice) for choice in codes.choices}
    return LIST_SEPARATOR.join(titles.get(part, part) for part in value.split(LIST_SEPARATOR))


def _moment(value: dt.datetime) -> object:
    """Give a moment in local time; with its offset as a text where a cell could not hold it."""
    local = value.astimezone(TIME_ZONE)
    bare = local.replace(tzinfo=None, fold=0)
    again = bare.replace(tzinfo=TIME_ZONE).astimezone(dt.UTC)
    fits = local.microsecond == 0 and local.date() >= _FIRST_DAY and again == value
    return bare if fits else local.isoformat()
