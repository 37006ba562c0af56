"""Rule files: TOML read strictly and written plainly."""

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from gis.errors import RuleMissingKeyError, RuleSyntaxError, RuleTypeError, RuleUnknownKeyError

__all__ = ["check_keys", "parse_toml", "write_toml"]

_PLACE = re.compile(r"\(at (?:line (\d+), column (\d+)|end of document)\)")


def parse_toml(text: str) -> dict[str, Any]:
    """Parse TOML.

    Raises
    ------
    RuleSyntaxError
        With line and column, such as `2:8`; `end` where the text stops too early.

    Examples
    --------
    >>> parse_toml("radius_m = 300")
    {'radius_m': 300}
    """
    try:
        return tomllib.loads(text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}"))
    except tomllib.TOMLDecodeError as error:
        place = _PLACE.search(str(error))
        where = ":".join(filter(None, place.groups())) if place else ""
        found = _PLACE.sub("", str(error)).strip()
        raise RuleSyntaxError(where=where or "end", found=found, allowed="TOML") from None


def check_keys(
    values: object, known: Iterable[str], required: Iterable[str], *, where: str
) -> None:
    """Refuse anything but a table that has the `required` and only the `known` keys.

    Raises
    ------
    RuleTypeError, RuleMissingKeyError
    RuleUnknownKeyError
        With the known keys that look alike, or all of them where none does.
    """
    if not isinstance(values, Mapping):
        raise RuleTypeError(where=where, found=values, allowed="table")
    names = tuple(known)
    inside = f"{where}." if where else ""
    for key in values:
        if key not in names:
            alike = tuple(get_close_matches(str(key), names, cutoff=0.5)[:1]) or names
            raise RuleUnknownKeyError(where=f"{inside}{key}", found=key, allowed=alike)
    for key in required:
        if key not in values:
            raise RuleMissingKeyError(where=f"{inside}{key}", found=None, allowed=names)


def write_toml(ruleset: Mapping[str, Any]) -> str:
    """Write the keys of a rule set, then one `[[tier]]` table each.

    Examples
    --------
    >>> print(write_toml({"key": "ours", "tier": [{"name": "green", "access": None}]}))
    key = "ours"
    <BLANKLINE>
    [[tier]]
    name = "green"
    <BLANKLINE>
    """
    own = {key: value for key, value in ruleset.items() if key != "tier"}
    tables = [_lines(own), *("[[tier]]\n" + _lines(tier) for tier in ruleset["tier"])]
    return "\n".join(tables)


def _lines(values: Mapping[str, Any]) -> str:
    given = {key: value for key, value in values.items() if value is not None and value != ""}
    return "".join(f"{key} = {_literal(value)}\n" for key, value in given.items())


def _literal(value: object) -> str:
    # JSON and TOML write texts, numbers, truth values and lists alike, but for one character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
