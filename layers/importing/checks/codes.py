"""Codes that are made of parts: whether these fit the kind, the unit above and the class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator

import pandas as pd

from gis import locate_in_units
from layers.importing.checks.rows import Rows
from layers.kinds import LIST_SEPARATOR, Kind
from layers.kinds.codes.divisions import COUNTY_DIGITS, is_digits
from layers.kinds.codes.structure import (
    COMPONENT_STRUCTURES,
    DIVISION,
    DIVISION_LEVELS,
    GRID_STRUCTURES,
    STREET_DIGITS,
    component_class,
    division_above,
    division_level,
    full_division,
)

CODE_SYSTEM = "code_system"
COMPONENT_CODE = "component_code"
MINOR_CLASS = "minor_class"
UNKNOWN = "unknown"  # says nothing that a code could contradict
_GRIDS = ("grid", "grid_cell")
# The field that names the unit above, by kind.
_ABOVE = {"street": "parent_code", "community": "parent_code", "grid": "parent_code",
          "grid_cell": "community_code"}  # fmt: skip


def is_division(kind: Kind) -> bool:
    """Tell whether codes of `kind` may be those of divisions."""
    return kind.key in DIVISION_LEVELS


def is_grid(kind: Kind) -> bool:
    """Tell whether codes of `kind` may be those of grids."""
    return kind.key in _GRIDS


def has_component_code(kind: Kind) -> bool:
    """Tell whether features of `kind` have a component code."""
    return any(field.key == COMPONENT_CODE for field in kind.fields)


def check_divisions(rows: Rows) -> None:
    """Check codes of districts, streets and communities, where they are the official ones."""
    key = rows.kind.key_field
    codes = list(rows.texts(key))
    allowed = DIVISION_LEVELS[rows.kind.key]
    if not _mostly([code for _, code in codes], allowed):
        return
    for row, code in codes:
        if not _has_form(rows, row, (key, code), allowed, DIVISION):
            continue
        level = division_level(code)
        if level != rows.kind.key:
            rows.findings.add(row, "code_level", key, found=code, level=level)
            continue
        _check_above(rows, row, code, division_above(code))


def check_grids(rows: Rows) -> None:
    """Check codes of grids and cells by the code system of their row, or of most rows."""
    key = rows.kind.key_field
    codes = list(rows.texts(key))
    usual = next(
        (
            system
            for system, structure in GRID_STRUCTURES.items()
            if _mostly([code for _, code in codes], (structure.digits,))
        ),
        None,
    )
    for row, code in codes:
        said = rows.text(CODE_SYSTEM, row)
        structure = GRID_STRUCTURES.get(said or usual or "")
        if structure is None or structure.division is None:
            continue
        if _has_form(rows, row, (key, code), (structure.digits,), structure.key):
            start, end = structure.division
            _check_above(rows, row, code, code[start:end])


def check_components(rows: Rows) -> None:
    """Check component codes by the code system of their row, which alone says how they split."""
    unsaid = 0
    found: list[tuple[int, str]] = []
    for row, code in rows.texts(COMPONENT_CODE):
        system = rows.text(CODE_SYSTEM, row)
        structure = COMPONENT_STRUCTURES.get(system or "")
        unsaid += system is None
        if structure is None or system is None:
            continue
        if not _has_form(rows, row, (COMPONENT_CODE, code), (structure.digits,), system):
            continue
        _check_class(rows, row, code, system)
        if structure.division is not None:
            found.append((row, code[:COUNTY_DIGITS]))
    rows.findings.note("component_system_unsaid", unsaid)
    _check_county(rows, found)


def _mostly(codes: Collection[str], lengths: Collection[int]) -> bool:
    """Tell whether at least half of the codes have one of these numbers of digits."""
    counted = Counter(len(code) for code in codes if is_digits(code))
    return bool(codes) and 2 * sum(counted[length] for length in lengths) >= len(codes)


def _has_form(
    rows: Rows, row: int, said: tuple[str, str], allowed: tuple[int, ...], system: str
) -> bool:
    """Tell whether a code has the digits that it should; if not, write it down."""
    field, code = said
    if not is_digits(code):
        rows.findings.add(row, "code_not_digits", field, found=code, system=system)
        return False
    if len(code) not in allowed:
        values = {"found": code, "digits": len(code), "allowed": list(allowed), "system": system}
        rows.findings.add(row, "code_length", field, **values)
        return False
    return True


def _check_above(rows: Rows, row: int, code: str, meant: str) -> None:
    """Compare the unit above that a code begins with, and the one that the row names."""
    named = rows.text(_ABOVE.get(rows.kind.key, ""), row)
    if named is not None and is_digits(named) and full_division(named) != meant:
        key = rows.kind.key_field
        rows.findings.add(row, "code_not_in_parent", key, found=code, parent=named, meant=meant)


def _check_class(rows: Rows, row: int, code: str, system: str) -> None:
    """Compare the class in a component code with the one that the row names."""
    named = rows.text(MINOR_CLASS, row)
    classes = next((field.codes for field in rows.kind.fields if field.key == MINOR_CLASS), None)
    digits = component_class(code, system)
    choice = classes.find(digits) if classes and digits else None
    if choice is not None and named not in (None, UNKNOWN, choice.value):
        values = {"found": code, "meant": choice.value, "class": named}
        rows.findings.add(row, "code_of_other_class", COMPONENT_CODE, **values)


def _check_county(rows: Rows, found: list[tuple[int, str]]) -> None:
    """Compare the county in component codes with the district in which they lie."""
    here = _county_of_place(rows)
    known = set(here.dropna())
    for row, county in found:
        if rows.former.of_code(county) is not None:
            continue  # said by another check
        lies_in = here.iloc[row]
        if pd.isna(lies_in) and (not known or county in known):
            continue
        if lies_in != county:
            division = sorted(known) if pd.isna(lies_in) else lies_in
            rows.findings.add(
                row, "code_of_other_division", COMPONENT_CODE, found=county, division=division
            )


def _county_of_place(rows: Rows) -> pd.Series:
    """Give the six digits of the district in which each row lies, missing where none does."""
    districts = rows.register.units("district")
    codes = districts["code"].where(districts["code"].map(_is_county).eq(other=True))
    if codes.isna().all():
        return pd.Series(pd.NA, index=rows.places.index, dtype=object)
    lies_in = locate_in_units(rows.places, districts.geometry)["unit"]
    return lies_in.map(codes.str.slice(0, COUNTY_DIGITS))


def _is_county(code: object) -> bool:
    return isinstance(code, str) and is_digits(code) and len(code) in DIVISION_LEVELS["district"]


def check_references(rows: Rows) -> None:
    """Check that what a row refers to is there; a layer that is still empty says nothing."""
    for field in rows.kind.fields:
        if field.refers_to is None and field.refers_by is None:
            continue
        for row, found, kind in _references(rows, field.key, field.refers_to, field.refers_by):
            known = rows.codes_of(kind)
            if not known or found in known:
                continue
            meant = _otherwise(found, known) if kind in DIVISION_LEVELS else None
            if meant is not None:
                values = {"found": found, "meant": meant}
                rows.findings.add(row, "reference_spelt_otherwise", field.key, **values)
            else:
                rows.findings.add(row, "refers_to_nothing", field.key, found=found, kind=kind)


def _references(
    rows: Rows, name: str, refers_to: str | None, refers_by: str | None
) -> Iterator[tuple[int, str, str]]:
    """Give row, code and kind of everything that a field refers to."""
    for row, text in rows.texts(name):
        kind = refers_to or rows.text(refers_by or "", row)
        if kind is not None and kind in rows.register.store.kinds:
            yield from ((row, found, kind) for found in text.split(LIST_SEPARATOR))


def _otherwise(found: str, known: Collection[str]) -> str | None:
    """Find the division that is meant by a code with more or fewer zeros at its end."""
    if not is_digits(found):
        return None
    full = full_division(found)
    spellings = (full, full[:STREET_DIGITS], full[:COUNTY_DIGITS])

    same = [code for code in spellings if code in known and full_division(code) == full]
    return same[0] if same else None
