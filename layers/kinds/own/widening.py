"""What a new declaration of a kind may change: more of everything, and how it is called and drawn.

Whatever would lose recorded values, or make them wrong where they were right, is refused.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from layers.kinds.model import CodeList, Field, Kind
from layers.kinds.own.errors import KindLossError


def widening_problems(old: Kind, new: Kind) -> tuple[KindLossError, ...]:
    """List what `new` takes away from `old`; nothing where it only widens it."""
    return tuple(_of_kind(old, new))


def _of_kind(old: Kind, new: Kind) -> Iterator[KindLossError]:
    families = [family.value for family in old.geometry]
    if set(old.geometry) != set(new.geometry):
        found = [family.value for family in new.geometry]
        yield _problem("geometry", "geometry", found, families)
    if new.geometry_required and not old.geometry_required:
        yield _problem("geometry_required", "tightened", found=True, allowed=False)
    if old.key_field != new.key_field:
        yield _problem("key_field", "key_field", new.key_field, old.key_field)
    kept = {field.key: field for field in new.own_fields}
    for field in old.own_fields:
        where = f"field {field.key}"
        if field.key not in kept:
            yield _problem(where, "field_gone", field.key, field.key)
        else:
            yield from _of_field(where, field, kept[field.key])
    before = {field.key for field in old.own_fields}
    for field in new.own_fields:
        if field.key not in before and field.required:
            yield _problem(f"field {field.key}", "new_required", found=True, allowed=False)


def _of_field(where: str, old: Field, new: Field) -> Iterator[KindLossError]:
    if old.type is not new.type:
        yield _problem(f"{where}.type", "type", new.type.value, old.type.value)
    if old.unit not in {"", new.unit}:
        yield _problem(f"{where}.unit", "unit", new.unit, old.unit)
    if new.required and not old.required:
        yield _problem(f"{where}.required", "tightened", found=True, allowed=False)
    if _low(new) > _low(old):
        yield _problem(f"{where}.minimum", "tightened", new.minimum, old.minimum)
    if _high(new) < _high(old):
        yield _problem(f"{where}.maximum", "tightened", new.maximum, old.maximum)
    yield from _of_codes(f"{where}.codes", old.codes, new.codes)
    systems = {codes.key: codes for codes in new.code_systems}
    for codes in old.code_systems:
        if codes.key not in systems:
            yield _problem(f"{where}.code_systems", "values_gone", codes.key, codes.key)
        else:
            yield from _of_codes(f"{where}.code_systems", codes, systems[codes.key])


def _of_codes(where: str, old: CodeList | None, new: CodeList | None) -> Iterator[KindLossError]:
    if new is None or new.extensible:
        missing = () if old is None or new is None else _missing(old, new)
    elif old is None or old.extensible:
        yield _problem(where, "tightened", new.key, None if old is None else old.key)
        return
    else:
        missing = _missing(old, new)
    if missing:
        yield _problem(where, "values_gone", list(missing), list(old.values) if old else [])


def _missing(old: CodeList, new: CodeList) -> tuple[str, ...]:
    return tuple(value for value in old.values if value not in new.values)


def _low(field: Field) -> float:
    return -math.inf if field.minimum is None else field.minimum


def _high(field: Field) -> float:
    return math.inf if field.maximum is None else field.maximum


def _problem(at: str, reason: str, found: object, allowed: object) -> KindLossError:
    return KindLossError(at=at, reason=reason, found=found, allowed=allowed)
