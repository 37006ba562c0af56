"""Former divisions: a code or a name that is no longer in force, said, and replaced on request."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from layers.importing.checks.rows import Rows
from layers.importing.findings import Findings
from layers.kinds import Kind
from layers.kinds.codes.divisions import (
    DivisionAlias,
    DivisionReading,
    FormerDivisions,
    is_digits,
    present_code,
)
from layers.kinds.codes.structure import COMPONENT_STRUCTURES, DIVISION_DIGITS
from layers.territory import LEVELS

_NAME = "name"


def division_fields(kind: Kind) -> tuple[str, ...]:
    """Name the fields whose texts begin with the code of a division."""
    own = (kind.key_field, "parent_code") if kind.key in (*LEVELS, "grid_cell") else ()
    others = [
        field.key
        for field in kind.fields
        if field.refers_to in (*LEVELS, "grid_cell") or field.key == "component_code"
    ]
    return tuple(dict.fromkeys((*own, *others)))


def names_division(kind: Kind) -> bool:
    """Tell whether features of `kind` name a division at all."""
    return kind.key == "district" or bool(division_fields(kind))


def check_former(rows: Rows) -> None:
    """Say which codes and names of divisions are no longer in force."""
    for name in division_fields(rows.kind):
        for row, code in rows.texts(name):
            alias = rows.former.of_code(code) if _is_division_code(code) else None
            if alias is not None:
                _say(rows.findings, row, name, (code, present_code(code, alias)), alias)
    if rows.kind.key == "district":
        for row, name in rows.texts(_NAME):
            alias = rows.former.of_name(name)
            if alias is not None:
                _say(rows.findings, row, _NAME, (name, alias.name or alias.code), alias)


def _say(
    findings: Findings, row: int, field: str, spelt: tuple[str, str], alias: DivisionAlias
) -> None:
    found, meant = spelt
    code = "division_former" if alias.verified else "division_unverified"
    values = {"found": found, "meant": meant, "until": alias.last_year, "source": alias.source}
    findings.add(row, code, field, **values)


def replace_former(
    fields: pd.DataFrame, kind: Kind, findings: Findings, *, asked: DivisionReading
) -> pd.DataFrame:
    """Replace the spellings that were out of force on the day asked for; each one is said.

    Nothing is replaced where nobody asked for it.
    """
    if asked.as_of is None:
        return fields
    replaced = fields.copy()
    for name in (*division_fields(kind), *((_NAME,) if kind.key == "district" else ())):
        if name in fields:
            replaced[name] = _replaced(fields[name], name, findings, asked.former, asked.as_of)
    return replaced


def _replaced(
    values: pd.Series, name: str, findings: Findings, former: FormerDivisions, as_of: dt.date
) -> pd.Series:
    present = values.copy()
    for position, found in enumerate(values.tolist()):
        if not isinstance(found, str):
            continue
        alias, meant = _present(found, name, former)
        if alias is None or not alias.holds_on(as_of):
            continue
        present.iloc[position] = meant
        said = {"found": found, "meant": meant, "source": alias.source}
        findings.add(position, "division_replaced", name, **said)
    return present


def _present(found: str, name: str, former: FormerDivisions) -> tuple[DivisionAlias | None, str]:
    """Find what a former spelling means, and how it is spelt today."""
    if name == _NAME:
        alias = former.of_name(found)
        return alias, alias.name if alias is not None and alias.name else found
    alias = former.of_code(found) if _is_division_code(found) else None
    return alias, present_code(found, alias) if alias is not None else found


def _is_division_code(code: str) -> bool:
    """Tell whether a code is long enough, and of digits, to begin with a county's."""
    longest = max(each.digits for each in COMPONENT_STRUCTURES.values()) + 1
    lengths = {6, 9, DIVISION_DIGITS, *range(14, longest + 1)}
    return is_digits(code) and len(code) in lengths
