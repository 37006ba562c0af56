"""What the digits of structured codes say: divisions, grids and cells, components.

A structure cannot be seen in the digits: two generations of component codes have sixteen, and read
them differently. It is said by the row's code system, or follows from what most codes of a layer
look like. What is `verified` was read in a published source.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from layers.kinds.codes.components import COMPONENT_CODE_DIGITS
from layers.kinds.codes.divisions import COUNTY_DIGITS

DIVISION_DIGITS = 12
STREET_DIGITS = 9

DIVISION_LEVELS: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        "district": (COUNTY_DIGITS, DIVISION_DIGITS),
        "street": (STREET_DIGITS, DIVISION_DIGITS),
        "community": (DIVISION_DIGITS,),
    }
)
"""How many digits a division of each level may have; the longer ones are filled with zeros."""

DIVISION = "division_12"


@dataclass(frozen=True, kw_only=True)
class CodeStructure:
    """Declare of what a code is made: how many digits, and where the division stands in it.

    `division` is the span of digits that are the code of the unit above, None where it has none.
    """

    key: str
    digits: int
    division: tuple[int, int] | None = None
    verified: bool = True


GRID_STRUCTURES: Mapping[str, CodeStructure] = MappingProxyType(
    {
        "cell_15": CodeStructure(key="cell_15", digits=15, division=(0, DIVISION_DIGITS)),
        "cell_14": CodeStructure(
            key="cell_14", digits=14, division=(0, DIVISION_DIGITS), verified=False
        ),
        "cjt349_20": CodeStructure(key="cjt349_20", digits=20, division=(6, 18)),
    }
)
"""Codes of grids and cells: county, street, community and serial, with or without a class."""

COMPONENT_STRUCTURES: Mapping[str, CodeStructure] = MappingProxyType(
    {
        **{
            key: CodeStructure(key=key, digits=sum(parts), division=(0, parts[0]))
            for key, parts in COMPONENT_CODE_DIGITS.items()
        },
        # Its composition was not found anywhere.
        "well_19": CodeStructure(key="well_19", digits=19),
    }
)


def full_division(code: str) -> str:
    """Fill the code of a division with zeros to all its digits.

    Examples
    --------
    >>> full_division("220605")
    '220605000000'
    """
    return code.ljust(DIVISION_DIGITS, "0")


def division_level(code: str) -> str:
    """Tell of which level a division is by its code.

    Examples
    --------
    >>> [division_level(code) for code in ("220605", "220605001", "220605001002")]
    ['district', 'street', 'community']
    """
    full = full_division(code)
    if full.endswith("0" * (DIVISION_DIGITS - COUNTY_DIGITS)):
        return "district"
    return "street" if full.endswith("0" * (DIVISION_DIGITS - STREET_DIGITS)) else "community"


def division_above(code: str) -> str:
    """Give the division to which one belongs, in full; the city for a district.

    Examples
    --------
    >>> division_above("220605001002"), division_above("220605001"), division_above("220605")
    ('220605001000', '220605000000', '220600000000')
    """
    kept = {"community": STREET_DIGITS, "street": COUNTY_DIGITS, "district": 4}
    return full_division(full_division(code)[: kept[division_level(code)]])


def component_class(code: str, system: str) -> str | None:
    """Give major and minor class of a component; None where the list does not count so.

    Lists of classes number minors with two digits; how three-digit minors correspond was not
    found anywhere.

    Examples
    --------
    >>> component_class("3205080101000001", "component_2_2_6")
    '0101'
    """
    digits = COMPONENT_CODE_DIGITS.get(system)
    if digits is None or digits[2] != 2:
        return None
    return code[digits[0] : digits[0] + digits[1] + digits[2]]
