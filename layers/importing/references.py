"""Codes that name other features: each has to be in the store, or in the workbook that names it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from layers.importing.limits import MAX_ROWS_SHOWN
from layers.importing.plan import Plan, without_rejected
from layers.kinds import LIST_SEPARATOR, Field
from layers.store import Store

# A row, the field that names something, the kind and the code of what it names.
Reference = tuple[int, str, str, str]


def require_references(store: Store, plans: Sequence[Plan]) -> list[Plan]:
    """Reject rows that name what is not there, and then the rows that name those.

    Only what a row adds or changes is looked at.
    """
    _reject_shared_codes(plans)
    plans = [without_rejected(plan) for plan in plans]
    stored: dict[str, pd.Series[Any]] = {}
    while True:
        known: dict[str, set[str]] = {}
        broken = False
        for plan in plans:
            for row, field, kind, code in list(_references(plan, store)):
                if kind not in known:
                    codes = stored.setdefault(kind, _stored_codes(store, kind))
                    known[kind] = _codes_after(codes, kind, plans)
                if code not in known[kind]:
                    broken = True
                    plan.prepared.findings.add(
                        row, "reference_unknown", field, found=code, kind=kind
                    )
        if not broken:
            return list(plans)
        plans = [without_rejected(plan) for plan in plans]


def _reject_shared_codes(plans: Sequence[Plan]) -> None:
    """Reject rows of several sheets that bring the same new code."""
    brought: dict[tuple[str, str], list[tuple[Plan, int]]] = defaultdict(list)
    for plan in plans:
        kind = plan.prepared.kind
        for row in plan.added:
            code = _value(plan, row, kind.key_field)
            if code is not None:
                brought[kind.key, code].append((plan, row))
    for (_, code), places in brought.items():
        if len(places) < 2:
            continue
        rows = [int(plan.prepared.source.row_numbers[row]) for plan, row in places]
        for plan, row in places:
            values = {"key": code, "count": len(rows), "rows": rows[:MAX_ROWS_SHOWN]}
            plan.prepared.findings.add(row, "key_repeated", plan.prepared.kind.key_field, **values)


def _references(plan: Plan, store: Store) -> Iterator[Reference]:
    """Give what the rows of a plan newly name."""
    kind = plan.prepared.kind
    numbers = plan.prepared.source.row_numbers
    changes = {change.row: change.fields for change in plan.changes}
    for field in kind.fields:
        if field.key not in plan.prepared.fields or not (field.refers_to or field.refers_by):
            continue
        edited = [row for row in plan.changed if field.key in changes[int(numbers[row])]]
        for row in (*plan.added, *edited):
            target = _target(plan, row, field)
            for code in (_value(plan, row, field.key) or "").split(LIST_SEPARATOR):
                if code and target in store.kinds:
                    yield row, field.key, str(target), code


def _target(plan: Plan, row: int, field: Field) -> str | None:
    if field.refers_to is not None:
        return field.refers_to
    return _value(plan, row, str(field.refers_by))


def _value(plan: Plan, row: int, field: str) -> str | None:
    """Give what a row says in a field or, where its sheet has no such column, what is stored."""
    fields = plan.prepared.fields
    uid = plan.changed.get(row)
    if field in fields:
        value = fields[field].iloc[row]
    elif uid is not None and plan.stored is not None and field in plan.stored:
        value = plan.stored[field][uid]
    else:
        return None
    return None if pd.isna(value) else str(value)


def _stored_codes(store: Store, kind: str) -> pd.Series[Any]:
    key = store.kind(kind).key_field
    return store.read(kind, columns=[key])[key]


def _codes_after(stored: pd.Series[Any], kind: str, plans: Sequence[Plan]) -> set[str]:
    """Give the codes that a kind will have when the plans are carried out."""
    mine = [plan for plan in plans if plan.prepared.kind.key == kind]
    if not mine:
        return set(stored.dropna())
    after = stored.copy()
    added: set[str] = set()
    for plan in mine:
        key = plan.prepared.kind.key_field
        if key not in plan.prepared.fields:
            continue
        for row, uid in plan.changed.items():
            after[uid] = _value(plan, row, key)
        added.update(code for row in plan.added if (code := _value(plan, row, key)) is not None)
    return set(after.dropna()) | added
