"""What one cell means: text, numbers, truths, dates and codes as people write them.

Each parser takes one cell that is not missing and gives a value, or raises `Wrong` with the code
of the problem. Nothing is guessed: 4/28/2020 needs a declared order of day and month, 12.5 is no
whole number, 1.2E+14 is no code any more.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
import unicodedata
from collections.abc import Hashable, Mapping
from types import MappingProxyType
from zoneinfo import ZoneInfo

from layers.importing.limits import MAX_TEXT_CHARACTERS

# Unless a code list or the user's mapping gives one of them a meaning.
MISSING_WORDS = frozenset(
    {"null", "none", "nan", "nat", "n/a", "#n/a", "<na>", "-", "--", "—", "——", "/", "\\"}
)
_TRUE_WORDS = frozenset({"是", "有", "对", "真", "yes", "y", "true", "t", "1", "√", "✓"})
_FALSE_WORDS = frozenset({"否", "无", "不", "错", "假", "no", "n", "false", "f", "0", "×", "x"})
_TRUTH_WORDS_SHOWN = ("是", "否", "yes", "no", "true", "false", "1", "0")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")
_SCIENTIFIC = re.compile(r"\d+(\.\d+)?[eE]\+?\d+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

_YEAR_FIRST = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[T\s]+(.+))?"
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_YEAR_LAST = re.compile(r"(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4})(?:[T\s]+(.+))?")
_WITH_MONTH_NAME = (
    "%b %d, %Y",
    "%B %d, %Y",
    "%d %b %Y",
    "%d %B %Y",
    "%d-%b-%Y",
    "%a, %d %b %Y %H:%M:%S GMT",
)
_TIME = re.compile(
    r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6})\d*)?)?\s*(AM|PM)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
# Spreadsheets count days from 1899-12-30; these serial numbers are 1954 to 2119.
_SERIAL_EPOCH = dt.date(1899, 12, 30)
_SERIAL_DAYS = range(20_000, 80_000)


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
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date().isoformat()
    text = cell.isoformat() if isinstance(cell, dt.date) else str(cell)
    if len(text) > MAX_TEXT_CHARACTERS:
        raise Wrong("text_too_long", characters=len(text), allowed=MAX_TEXT_CHARACTERS)
    if _CONTROL.search(text):
        raise Wrong("text_with_control_characters", found=_CONTROL.sub("�", text))
    return text


def parse_identifier(cell: object) -> str:
    """Give a code as text, its digits and letters of ordinary width.

    Examples
    --------
    >>> parse_identifier("２２０６０５")
    '220605'
    """
    text = parse_text(cell)
    if _SCIENTIFIC.fullmatch(text):
        raise Wrong("code_in_scientific_notation", found=text)
    return unicodedata.normalize("NFKC", text)


def parse_real(cell: object, unit: str = "") -> float:
    """Give a number; thousands separators, wide digits and the field's own unit are understood.

    Examples
    --------
    >>> parse_real("１,234.5 m2", unit="m²")
    1234.5
    """
    if isinstance(cell, bool):
        raise Wrong("not_a_number", found=cell)
    value = float(cell) if isinstance(cell, int | float) else _number(cell, unit)
    if not math.isfinite(value):
        raise Wrong("not_a_number", found=str(cell))
    return value


def _number(cell: object, unit: str) -> float:
    text = unicodedata.normalize("NFKC", str(cell)).strip()
    text = text.removesuffix(unicodedata.normalize("NFKC", unit)).strip() if unit else text
    if _THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    try:
        return float(text)
    except ValueError:
        raise Wrong("not_a_number", found=str(cell)) from None


def parse_integer(cell: object, unit: str = "") -> int:
    """Give a whole number; 12.0 is one, 12.5 is not.

    Examples
    --------
    >>> parse_integer("1,200")
    1200
    """
    if isinstance(cell, int) and not isinstance(cell, bool):
        return cell
    try:
        value = parse_real(cell, unit)
    except Wrong:
        raise Wrong("not_an_integer", found=str(cell)) from None
    if not value.is_integer():
        raise Wrong("not_an_integer", found=str(cell))
    return int(value)


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


def parse_date(cell: object, order: str = "ymd") -> dt.date:
    """Give a day; a time of day, if any, is left off.

    Examples
    --------
    >>> parse_date("2024年5月6日"), parse_date("4/28/2020", order="mdy")
    (datetime.date(2024, 5, 6), datetime.date(2020, 4, 28))
    """
    if isinstance(cell, dt.datetime):
        return cell.date()
    if isinstance(cell, dt.date):
        return cell
    return _day_and_time(cell, order)[0]


def parse_moment(cell: object, order: str = "ymd", zone: str = "UTC") -> dt.datetime:
    """Give a moment in UTC; without an offset of its own it is read in the time zone `zone`.

    Examples
    --------
    >>> parse_moment("2024-05-06 08:30", zone="Asia/Shanghai").isoformat()
    '2024-05-06T00:30:00+00:00'
    """
    if isinstance(cell, dt.datetime):
        moment = cell
    elif isinstance(cell, dt.date):
        moment = dt.datetime.combine(cell, dt.time())
    else:
        moment = dt.datetime.combine(*_day_and_time(cell, order))
    aware = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
    return aware.astimezone(dt.UTC)


def _day_and_time(cell: object, order: str) -> tuple[dt.date, dt.time]:
    text = unicodedata.normalize("NFKC", parse_text(cell)).strip()
    if _is_serial(text):
        return _SERIAL_EPOCH + dt.timedelta(days=int(text)), dt.time()
    try:
        if match := _YEAR_FIRST.fullmatch(text) or _COMPACT.fullmatch(text):
            year, month, day, *time = match.groups()
            return dt.date(int(year), int(month), int(day)), _time_of_day(*time)
        if match := _YEAR_LAST.fullmatch(text):
            return _year_last(cell, order, *match.groups())
        return _with_month_name(text)
    except ValueError as error:
        raise error if isinstance(error, Wrong) else Wrong("not_a_date", found=str(cell)) from None


def _is_serial(text: str) -> bool:
    return text.isdecimal() and int(text) in _SERIAL_DAYS


def _year_last(
    cell: object, order: str, first: str, second: str, year: str, time: str | None
) -> tuple[dt.date, dt.time]:
    if order == "ymd":
        raise Wrong("date_order_unknown", found=str(cell))
    day, month = (first, second) if order == "dmy" else (second, first)
    return dt.date(int(year), int(month), int(day)), _time_of_day(time)


def _time_of_day(text: str | None = None) -> dt.time:
    if text is None:
        return dt.time()
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise ValueError(text)
    hour, minute, second, fraction, half, offset = match.groups()
    hours = int(hour) % 12 + (12 if half.upper() == "PM" else 0) if half else int(hour)
    microseconds = int((fraction or "").ljust(6, "0"))
    return dt.time(hours, int(minute), int(second or 0), microseconds, tzinfo=_offset(offset))


def _offset(text: str | None) -> dt.tzinfo | None:
    if text is None:
        return None
    if text.upper() in {"Z", "UTC"}:
        return dt.UTC
    sign = -1 if text[0] == "-" else 1
    digits = text[1:].replace(":", "")
    return dt.timezone(sign * dt.timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))


def _with_month_name(text: str) -> tuple[dt.date, dt.time]:
    for form in _WITH_MONTH_NAME:
        try:
            moment = dt.datetime.strptime(text, form)  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        time = moment.time()
        return moment.date(), time.replace(tzinfo=dt.UTC) if form.endswith("GMT") else time
    raise ValueError(text)
