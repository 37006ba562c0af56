"""Days and moments as people and spreadsheets write them.

2026年3月5日, 2026.3.5, 20260305, 二〇二六年三月五日, 2026-03-05 上午8:30 and the number 46086
are the same day. Nothing is guessed: 4/28/2020 needs a declared order of day and month.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from zoneinfo import ZoneInfo

from layers.importing.cells import Wrong, parse_text

# Spreadsheets count days from one of two beginnings; which, the workbook says.
EPOCH_1900 = dt.date(1899, 12, 30)
EPOCH_1904 = dt.date(1904, 1, 1)
_SERIAL_DAYS = range(18_000, 80_000)  # from about 1950 on; a number of other size is no day

_YEAR_FIRST = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?\.?"
    r"(?:\s*[(]?(?:星期|周)[一二三四五六日天][)]?)?(?:[T\s]*(.+))?"
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_YEAR_LAST = re.compile(r"(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4})(?:[T\s]+(.+))?")
_IN_WORDS = re.compile(
    r"([〇○零一二三四五六七八九]{4})年([一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})[日号]"
)
_DIGITS = {word: str(value) for value, word in enumerate("零一二三四五六七八九")} | {
    "〇": "0",
    "○": "0",
}
_WITH_MONTH_NAME = (
    "%b %d, %Y",
    "%B %d, %Y",
    "%d %b %Y",
    "%d %B %Y",
    "%d-%b-%Y",
    "%a, %d %b %Y %H:%M:%S GMT",
)
_TIME = re.compile(
    r"(?P<before>上午|凌晨|早上|中午|下午|晚上)?\s*(?P<hour>\d{1,2})\s*[:时点]\s*(?P<minute>\d{1,2})?\s*分?"
    r"(?::?(?P<second>\d{1,2})秒?(?:\.(?P<fraction>\d{1,6})\d*)?)?\s*(?P<half>AM|PM)?"
    r"\s*(?P<offset>Z|UTC|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
_AFTERNOON = ("下午", "晚上", "中午", "PM")


def parse_date(cell: object, order: str = "ymd", epoch: dt.date = EPOCH_1900) -> dt.date:
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
    return _day_and_time(cell, order, epoch)[0]


def parse_moment(
    cell: object, order: str = "ymd", zone: str = "UTC", epoch: dt.date = EPOCH_1900
) -> dt.datetime:
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
        moment = dt.datetime.combine(*_day_and_time(cell, order, epoch))
    aware = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
    return aware.astimezone(dt.UTC)


def _day_and_time(cell: object, order: str, epoch: dt.date) -> tuple[dt.date, dt.time]:
    text = unicodedata.normalize("NFKC", parse_text(cell)).strip()
    if (serial := _serial(text)) is not None:
        moment = dt.datetime.combine(epoch, dt.time()) + dt.timedelta(days=serial)
        # A day is a binary fraction: 0.354166666 of it is half past eight.
        moment = (moment + dt.timedelta(milliseconds=500)).replace(microsecond=0)
        return moment.date(), moment.time()
    try:
        if match := _YEAR_FIRST.fullmatch(text) or _COMPACT.fullmatch(text):
            year, month, day, *time = match.groups()
            return dt.date(int(year), int(month), int(day)), _time_of_day(*time)
        if match := _YEAR_LAST.fullmatch(text):
            return _year_last(cell, order, *match.groups())
        if match := _IN_WORDS.fullmatch(text):
            return _in_words(*match.groups()), dt.time()
        return _with_month_name(text)
    except ValueError as error:
        raise error if isinstance(error, Wrong) else Wrong("not_a_date", found=str(cell)) from None


def _serial(text: str) -> float | None:
    """Read a spreadsheet's number for a day, with its fraction; None where it is none."""
    if not re.fullmatch(r"\d{5}(\.\d+)?", text):
        return None
    days = float(text)
    return days if int(days) in _SERIAL_DAYS else None


def _year_last(
    cell: object, order: str, first: str, second: str, year: str, time: str | None
) -> tuple[dt.date, dt.time]:
    if order == "ymd":
        raise Wrong("date_order_unknown", found=str(cell))
    day, month = (first, second) if order == "dmy" else (second, first)
    return dt.date(int(year), int(month), int(day)), _time_of_day(time)


def _in_words(year: str, month: str, day: str) -> dt.date:
    return dt.date(int("".join(_DIGITS[digit] for digit in year)), _tens(month), _tens(day))


def _tens(words: str) -> int:
    """Read a Chinese number up to 99.

    Examples
    --------
    >>> _tens("三"), _tens("十"), _tens("二十一")
    (3, 10, 21)
    """
    tens, ten, ones = words.rpartition("十")
    count = int(_DIGITS[tens]) if tens else 1
    return (count * 10 if ten else 0) + (int(_DIGITS[ones]) if ones else 0)


def _time_of_day(text: str | None = None) -> dt.time:
    if text is None:
        return dt.time()
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise ValueError(text)
    half = match["before"] or (match["half"] or "").upper()
    hour = int(match["hour"])
    hour = hour % 12 + 12 if half in _AFTERNOON and hour <= 12 else hour % 12 if half else hour
    microseconds = int((match["fraction"] or "").ljust(6, "0"))
    minute, second = int(match["minute"] or 0), int(match["second"] or 0)
    return dt.time(hour, minute, second, microseconds, tzinfo=_offset(match["offset"]))


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
