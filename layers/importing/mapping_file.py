"""Mapping files: TOML that says once how a supplier's files are to be read.

    datum = "WGS84"
    key = ["osm_type", "osm_id"]       # columns that identify a row
    where = "leisure = 'park'"         # CQL2, over the columns of the file
    date_order = "mdy"                 # for dates such as 4/28/2020
    time_zone = "Asia/Shanghai"        # of times without an offset
    automatic = true                   # match the other columns by their headings
    repair = true                      # mend invalid areas where that changes next to nothing
    divisions_as_of = 2026-05-01       # replace codes of divisions that were out of force by then

    [source]                           # layer, encoding; of a table x and y, or wkt
    layer = "parks"
    header = [3, 4]                    # the line, or the two lines, that hold the headings
    every_line = true                  # take totals and explanations as rows, too

    [columns]                          # field = column, or columns: the first filled one counts
    name = "NAME"

    [values.access]                    # word of the file = value of the field
    no = "private"
    "" = "unknown"                     # an empty cell
    "*" = "unknown"                    # every word that means nothing to the field

    [set]                              # one value for all rows
    code_system = "osm"

    [coordinates]                      # numbers written in an odd way: see `notation`
    swapped = true

    [[divisions]]                      # former codes and names beside those that are known
    found_code = "220604"
    code = "220605"
    source = "table of 2009"

Keys that mean nothing are errors: a misspelt one would otherwise be ignored for ever.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Callable, Sequence
from collections.abc import Mapping as MappingType
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from layers.importing.errors import (
    MappingTypeError,
    MappingUnknownKeyError,
    MappingUnreadableError,
    MappingValueError,
)
from layers.importing.mapping import DATE_ORDERS, DEFAULT_TIME_ZONE, Mapping
from layers.importing.mapping_divisions import parse_divisions
from layers.importing.notation import parse_notation
from layers.importing.readers import SourceOptions

_TOP = (
    "datum",
    "key",
    "where",
    "date_order",
    "time_zone",
    "automatic",
    "repair",
    "divisions_as_of",
)
_TABLES = ("source", "columns", "values", "set", "coordinates", "divisions")
SOURCE_KEYS = ("layer", "encoding", "x", "y", "wkt", "header", "every_line")

Item = TypeVar("Item")


def read_mapping(path: Path) -> Mapping:
    """Read a mapping file.

    Raises
    ------
    MappingError
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or getattr(error, "reason", "")
        raise MappingUnreadableError(file=path.name, reason=reason) from error
    return parse_mapping(text, name=path.name)


def parse_mapping(text: str, *, name: str = "") -> Mapping:
    """Understand the text of a mapping file.

    Raises
    ------
    MappingError

    Examples
    --------
    >>> parse_mapping('key = "osm_id"').key
    ('osm_id',)
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MappingUnreadableError(file=name, reason=str(error)) from error
    _check_keys(name, content, (*_TOP, *_TABLES))
    source = _table("source", content)
    _check_keys("source", source, SOURCE_KEYS)
    return Mapping(
        columns=_each("columns", content, _names),
        words=_each("values", content, _words),
        fixed=_each("set", content, _scalar),
        key=_names("key", content.get("key", [])),
        where=_text("where", content.get("where")),
        datum=_text("datum", content.get("datum")),
        date_order=_date_order(content.get("date_order", DATE_ORDERS[0])),
        time_zone=_time_zone(content.get("time_zone", DEFAULT_TIME_ZONE)),
        automatic=_truth("automatic", content.get("automatic", True)),
        repair=_truth("repair", content.get("repair", False)),
        divisions=parse_divisions(content),
        source=SourceOptions(
            layer=_text("source.layer", source.get("layer")),
            encoding=_text("source.encoding", source.get("encoding")),
            x=_text("source.x", source.get("x")),
            y=_text("source.y", source.get("y")),
            wkt=_text("source.wkt", source.get("wkt")),
            header=_lines("source.header", source.get("header", [])),
            every_line=_truth("source.every_line", source.get("every_line", False)),
        ),
        notation=parse_notation(_table("coordinates", content)),
    )


def _check_keys(where: str, table: MappingType[str, object], allowed: Sequence[str]) -> None:
    for key in table:
        if key not in allowed:
            raise MappingUnknownKeyError(where=where, found=key, allowed=list(allowed))


def _table(where: str, content: MappingType[str, object]) -> MappingType[str, object]:
    table = content.get(where, {})
    if not isinstance(table, dict):
        raise _wrong_type(where, table, "table")
    return table


def _each(
    where: str, content: MappingType[str, object], parse: Callable[[str, object], Item]
) -> dict[str, Item]:
    table = _table(where, content)
    return {key: parse(f"{where}.{key}", value) for key, value in table.items()}


def _names(where: str, value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list) and all(isinstance(name, str) for name in value):
        return tuple(value)
    raise _wrong_type(where, value, "string or list of strings")


def _lines(where: str, value: object) -> tuple[int, ...]:
    lines = value if isinstance(value, list) else [value]
    if all(isinstance(line, int) and not isinstance(line, bool) for line in lines):
        return tuple(lines)
    raise _wrong_type(where, value, "number or list of numbers")


def _words(where: str, value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise _wrong_type(where, value, "table")
    return {word: _scalar(f"{where}.{word}", meaning) for word, meaning in value.items()}


def _scalar(where: str, value: object) -> object:
    if isinstance(value, str | bool | int | float | dt.date):
        return value
    raise _wrong_type(where, value, "string, number, boolean or date")


def _text(where: str, value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise _wrong_type(where, value, "string")


def _truth(where: str, value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise _wrong_type(where, value, "boolean")


def _date_order(value: object) -> str:
    if value in DATE_ORDERS:
        return str(value)
    raise MappingValueError(
        where="date_order", found=value, problem="value", allowed=list(DATE_ORDERS)
    )


def _time_zone(value: object) -> str:
    try:
        return ZoneInfo(str(value)).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise MappingValueError(
            where="time_zone", found=value, problem="value", allowed=[DEFAULT_TIME_ZONE, "UTC"]
        ) from None


def _wrong_type(where: str, value: object, allowed: str) -> MappingTypeError:
    return MappingTypeError(where=where, found=type(value).__name__, allowed=allowed)
