"""Codes of administrative divisions, and the former ones that older tables still carry.

An older file may name a district by a code or a name that is no longer in force. `divisions.toml`
says which district is meant, and until when the old spelling was the right one; a city elsewhere
brings entries of its own in a mapping file. Nothing is replaced unless somebody asks for it.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from importlib.resources import files
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

COUNTY_DIGITS = 6


@dataclass(frozen=True, kw_only=True)
class DivisionAlias:
    """Declare a former, mistaken or short spelling of a division.

    `code` and `name` are the division now in force. `found_code` and `found_name` are the
    spelling met in files. `last_year` is the last year in which it was official, None where that
    is unknown or where it never was. `verified` is False for what is from memory.
    """

    code: str
    name: str = ""
    found_code: str | None = None
    found_name: str | None = None
    last_year: int | None = None
    source: str = ""
    verified: bool = False

    def holds_on(self, day: dt.date) -> bool:
        """Tell whether the old spelling was out of force on `day`."""
        return self.last_year is None or day.year > self.last_year


ALIAS_KEYS = tuple(field.name for field in fields(DivisionAlias))


def aliases_from(tables: Sequence[Mapping[str, object]]) -> tuple[DivisionAlias, ...]:
    """Make aliases of TOML tables that are known to have the right keys and types."""
    return tuple(DivisionAlias(**table) for table in tables)  # type: ignore[arg-type]  # by key


DIVISION_ALIASES = aliases_from(
    tomllib.loads(files(__package__).joinpath("divisions.toml").read_text(encoding="utf-8"))[
        "divisions"
    ]
)
"""Those that come with the package."""


@dataclass(frozen=True, kw_only=True)
class DivisionReading:
    """Say how former codes and names of divisions are read.

    What was out of force on `as_of` is replaced; nothing is where no day is given. `own` are
    entries beside those of the package, and win over them.
    """

    own: tuple[DivisionAlias, ...] = ()
    as_of: dt.date | None = None

    @property
    def former(self) -> FormerDivisions:
        """Look up former spellings."""
        return FormerDivisions((*DIVISION_ALIASES, *self.own))

    def over(self, earlier: DivisionReading) -> DivisionReading:
        """Take what was said earlier where this says nothing; these entries win."""
        own = (*earlier.own, *self.own)
        return DivisionReading(own=own, as_of=self.as_of or earlier.as_of)

    def on(self, as_of: dt.date | None) -> DivisionReading:
        """Ask for what was out of force on a day; None leaves it as it is."""
        return self if as_of is None else replace(self, as_of=as_of)


class FormerDivisions:
    """Look up former spellings; later entries win over earlier ones, a city's own over ours."""

    def __init__(self, aliases: Sequence[DivisionAlias] = DIVISION_ALIASES) -> None:
        self._by_code = {each.found_code: each for each in aliases if each.found_code}
        self._by_name = {each.found_name: each for each in aliases if each.found_name}

    def of_code(self, code: str) -> DivisionAlias | None:
        """Find what is meant by a code that begins with a former county's; digits only.

        Examples
        --------
        >>> FormerDivisions().of_code("220604001001").code
        '220605'
        """
        return self._by_code.get(code[:COUNTY_DIGITS]) if is_digits(code) else None

    def of_name(self, name: str) -> DivisionAlias | None:
        """Find what is meant by a former or short name."""
        return self._by_name.get(name.strip())


def is_digits(code: str) -> bool:
    """Tell whether a code consists of the digits 0 to 9 alone."""
    return code.isascii() and code.isdigit()


def present_code(code: str, alias: DivisionAlias) -> str:
    """Write a former code, or that of a unit below, with the county that is in force."""
    return alias.code + code[COUNTY_DIGITS:]
