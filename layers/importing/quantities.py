"""Numbers with their units: 1,200㎡, 约120平方米, 3.5公顷 and 2.1亩 in a field of square metres."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Hashable

from layers.importing.cells import Wrong, parse_text
from layers.importing.words import UNITS

_QUANTITY = re.compile(
    r"(?P<about>约|大约|约为|近|~|≈|共|共计)?\s*(?P<number>[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?\.?\d*(?:e[+-]?\d+)?)"
    r"\s*(?P<many>万)?\s*(?P<unit>(?:(?!左右|多|余|以上)[^\d\s,.+-]+?[23]?)?)\s*(?P<more>左右|多|余|以上)?"
)


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
    text = parse_text(cell)
    try:
        return float(text)
    except ValueError:
        return parse_quantity(text, unit)


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


def parse_quantity(cell: object, unit: str = "") -> float:
    """Give the number that a text stands for, in `unit`.

    Examples
    --------
    >>> (
    ...     parse_quantity("１,234.5㎡", "m²"),
    ...     parse_quantity("约3.5公顷", "m²"),
    ...     parse_quantity("1.2万", ""),
    ... )
    (1234.5, 35000.0, 12000.0)
    """
    text = unicodedata.normalize("NFKC", str(cell)).strip()
    match = _QUANTITY.fullmatch(text.lower())
    if match is None or not match["number"].strip("+-."):
        raise Wrong("not_a_number", found=str(cell))
    number = float(match["number"].replace(",", "")) * (1e4 if match["many"] else 1)
    return number * _factor(match["unit"], unit, cell)


def with_unit(cell: Hashable, unit: str) -> Hashable:
    """Write a unit after a number that has none; whatever else a cell says stays.

    Examples
    --------
    >>> with_unit(3.5, "公顷"), with_unit("约２亩", "公顷"), with_unit("约2左右", "公顷")
    ('3.5公顷', '约２亩', '约2公顷左右')
    """
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return f"{cell}{unit}"
    if not isinstance(cell, str):
        return cell
    text = unicodedata.normalize("NFKC", cell).strip().lower()
    match = _QUANTITY.fullmatch(text)
    if match is None or match["unit"] or not match["number"].strip("+-."):
        return cell
    end = match.end("many") if match["many"] else match.end("number")
    return f"{text[:end]}{unit}{text[end:]}"


def _factor(said: str, unit: str, cell: object) -> float:
    own = unicodedata.normalize("NFKC", unit).lower()
    known = {"": 1.0, own: 1.0, **UNITS.get(own, {})}
    if said not in known:
        raise Wrong("unit_unknown", found=str(cell), unit=unit or "1")
    return known[said]


def note_of(cell: object, unit: str = "") -> str | None:
    """Name what was read into a number beyond its digits: another unit, or "about".

    Examples
    --------
    >>> note_of("约120平方米", "m²"), note_of("2亩", "m²"), note_of("120㎡", "m²")
    ('approximate_numbers', 'units_converted', None)
    """
    if not isinstance(cell, str):
        return None
    match = _QUANTITY.fullmatch(unicodedata.normalize("NFKC", cell).strip().lower())
    if match is None or not match["number"].strip("+-."):
        return None
    if match["about"] or match["more"]:
        return "approximate_numbers"
    return "units_converted" if _factor(match["unit"], unit, cell) != 1 else None
