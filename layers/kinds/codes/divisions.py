"""Codes of administrative divisions, and the former ones that older tables still carry.

An older file may name a district by a code or a name that is no longer in force. What is listed
here says which district is meant, and until when the old spelling was the right one; a year is
None where it is not established.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

BAISHAN: Mapping[str, str] = MappingProxyType(
    {
        "220600": "白山市",
        "220602": "浑江区",
        "220605": "江源区",
        "220621": "抚松县",
        "220622": "靖宇县",
        "220623": "长白朝鲜族自治县",
        "220681": "临江市",
    }
)
"""The city and its districts, by the codes now in force."""


@dataclass(frozen=True, kw_only=True)
class DivisionAlias:
    """Declare a former or short spelling of a division.

    `code` is the division now in force. `found_code` and `found_name` are the spelling met in
    files, whichever of them differs. `last_year` is the last year in which it was official, None
    where that is unknown or where it never was. `verified` is False for what is from memory.
    """

    code: str
    found_code: str | None = None
    found_name: str | None = None
    last_year: int | None = None
    source: str = "public tables of division codes"
    verified: bool = True


DIVISION_ALIASES = (
    DivisionAlias(
        code="220602",
        found_name="八道江区",
        last_year=2010,
        source="approval of the renaming to 浑江区 in 2010, as quoted by publications",
    ),
    DivisionAlias(code="220605", found_code="220604"),
    DivisionAlias(
        code="220605",
        found_code="220625",
        found_name="江源县",
        last_year=2006,
        source="county made a district; the year is from memory",
        verified=False,
    ),
    DivisionAlias(code="220623", found_name="长白县", source="short name in public tables"),
)
