"""What a mapping file says about former divisions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from layers.importing.errors import MappingTypeError, MappingUnknownKeyError
from layers.kinds.codes.divisions import ALIAS_KEYS, DivisionReading, aliases_from

_TYPES: Mapping[str, tuple[type, str]] = {
    "last_year": (int, "number"),
    "verified": (bool, "boolean"),
}
_MAX_OWN = 10_000


def parse_divisions(content: Mapping[str, object]) -> DivisionReading:
    """Understand `divisions_as_of` and the `[[divisions]]` tables of a mapping file.

    Raises
    ------
    MappingTypeError, MappingUnknownKeyError
    """
    as_of = content.get("divisions_as_of")
    if as_of is not None and (not isinstance(as_of, dt.date) or isinstance(as_of, dt.datetime)):
        raise _wrong("divisions_as_of", as_of, "date")
    tables = content.get("divisions", [])
    if not isinstance(tables, list) or len(tables) > _MAX_OWN:
        raise _wrong("divisions", tables, "list of tables")
    for number, table in enumerate(tables, 1):
        _check(f"divisions[{number}]", table)
    return DivisionReading(own=aliases_from(tables), as_of=as_of)


def _check(where: str, table: object) -> None:
    """Refuse an entry that has other keys or types, or does not say what it is about."""
    if not isinstance(table, dict):
        raise _wrong(where, table, "table")
    for key, value in table.items():
        if key not in ALIAS_KEYS:
            raise MappingUnknownKeyError(where=where, found=key, allowed=list(ALIAS_KEYS))
        wanted, name = _TYPES.get(key, (str, "string"))
        if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
            raise _wrong(f"{where}.{key}", value, name)
    if "code" not in table or not {"found_code", "found_name"} & set(table):
        raise _wrong(where, table, "table with code, and found_code or found_name")


def _wrong(where: str, value: object, allowed: str) -> MappingTypeError:
    return MappingTypeError(where=where, found=type(value).__name__, allowed=allowed)
