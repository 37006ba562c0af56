"""A first mapping of a form: what its headings may mean, by the titles and words of the kinds.

Nothing proposed is true before somebody has read it; what no word explains stays open.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from layers.clock import today
from layers.forms.look import Form, FoundColumn, FoundLabel, FoundTable
from layers.forms.mapping import (
    CellMapping,
    ColumnMapping,
    Expression,
    FormMapping,
    TableMapping,
)
from layers.forms.naming import Names
from layers.forms.units import AREA_UNITS, SCALES, SPELLINGS
from layers.kinds import FieldType, Kind, fold
from layers.store import Store

_UNIT = re.compile(r"[（(]([^（()）]{1,8})[)）]|(%|％)|单位[：:]\s*(\S{1,4})")
_DECIMALS = {"亩": 2, "公顷": 2, "万平方米": 2, "㎡": 1, "平方米": 1, "平方公里": 3, "%": 1}
_NUMBERS = ("序号", "序", "编号", "no", "no.")
_LEAST_MATCHES = 2  # headings of a list that a kind must know
_LEAST_WORD = 2  # characters of a word of a code list that is looked for in a heading


def propose_mapping(store: Store, form: Form) -> FormMapping:
    """Propose what the tables and single cells of a form hold."""
    names = Names(store, as_of=store.changeset_at(), on=today())
    kinds = list(store.kinds.values())
    return FormMapping(
        tables=tuple(_table(table, names, kinds) for table in form.tables),
        cells=tuple(_cell(label) for label in form.labels),
    )


def _table(table: FoundTable, names: Names, kinds: list[Kind]) -> TableMapping:
    kind = _kind_of_list(table, kinds) if table.is_list else None
    filled = [column for column in table.columns if column.letter not in table.headed_by]
    if kind is not None:
        columns = [_listed(column, kind) for column in filled]
        return TableMapping(
            sheet=table.sheet, header=table.header, kind=kind.key, columns=tuple(columns)
        )
    return TableMapping(
        sheet=table.sheet,
        header=table.header,
        units=table.headed_by[-1] if table.headed_by else None,
        level=names.level_of(list(table.rows)),
        columns=tuple(
            ColumnMapping(
                column=column.letter, heading=column.heading, expression=_figure(column, kinds)
            )
            for column in filled
        ),
    )


def _kind_of_list(table: FoundTable, kinds: list[Kind]) -> Kind | None:
    """Find the kind whose fields most headings of a list name; the sheet's title decides ties."""

    def known(kind: Kind) -> tuple[int, bool]:
        matches = sum(_field(column, kind) is not None for column in table.columns)
        return matches, _mentions(table.sheet, [kind]) is kind

    best = max(kinds, key=known, default=None)
    return best if best is not None and known(best)[0] >= _LEAST_MATCHES else None


def _listed(column: FoundColumn, kind: Kind) -> ColumnMapping:
    if fold(column.heading) in _NUMBERS:
        said = Expression(measure="number")
    else:
        field = _field(column, kind)
        if field is None:
            said = Expression(measure="manual" if _is_manual(column.heading) else "open")
        else:
            unit = unit_of(column.heading)
            unit = unit if unit in AREA_UNITS and kind.field_named(field).unit == "m²" else None
            said = Expression(
                measure="field", field=field, unit=unit, decimals=_DECIMALS.get(unit or "")
            )
    return ColumnMapping(column=column.letter, heading=column.heading, expression=said)


def _field(column: FoundColumn, kind: Kind) -> str | None:
    bare = _UNIT.sub("", column.heading)
    found = kind.field_headed(bare) or kind.field_headed(column.heading)
    if found is None:
        ending = bare.removeprefix("地块").removeprefix(kind.title_zh)
        found = kind.field_headed(ending)
    return None if found is None else found.key


def _figure(column: FoundColumn, kinds: list[Kind]) -> Expression:
    """Propose a figure for a column of a table of units."""
    if fold(column.heading) in _NUMBERS or _is_manual(column.heading):
        return Expression(measure="manual")
    kind = _mentions(column.heading, kinds)
    unit = unit_of(column.heading)
    leaf = column.heading.split(" / ")[-1]
    if _says(leaf, _words()["measures"]["share"]) or unit == "%" or kind is None:
        return Expression(measure="open", kind=None if kind is None else kind.key)
    where = _where(column.heading, kind)
    if where is None and _says(leaf, _words()["narrowing"]["words"]):
        return Expression(measure="open", kind=kind.key)
    if _says(leaf, _words()["measures"]["area"]) or unit in AREA_UNITS:
        unit = unit if unit in AREA_UNITS else "㎡"
        decimals = _DECIMALS[unit] if column.decimals is None else column.decimals
        return Expression(measure="area", kind=kind.key, where=where, unit=unit, decimals=decimals)
    for field, words in _words()["fields"].items():
        if _says(leaf, words) and any(each.key == field for each in kind.own_fields):
            return Expression(measure="sum", kind=kind.key, field=field, where=where)
    return Expression(measure="count", kind=kind.key, where=where)


def _mentions(text: str, kinds: Iterable[Kind]) -> Kind | None:
    """Find the kind that a heading names: by the longest word, the last of the heading first."""
    for part in reversed(text.split(" / ")):
        found = [
            (len(word), kind)
            for kind in kinds
            for word in (kind.title_zh, *_words()["kinds"].get(kind.key, ()))
            if word in part
        ]
        if found:
            return max(found, key=lambda each: each[0])[1]
    return None


def _where(heading: str, kind: Kind) -> str | None:
    """Find the values of code lists that a heading names, and what it asks a truth of."""
    found: list[str] = []
    for field in kind.own_fields:
        if field.type is FieldType.BOOLEAN and field.title_zh in heading:
            found.append(f"{field.key} = TRUE")
        for choice in () if field.codes is None or field.code_systems else field.codes.choices:
            # 认养 says what the heading is about, not which sort of it.
            about = (kind.title_zh, *_words()["kinds"].get(kind.key, ()))
            words = [word for word in (choice.title_zh, *choice.aliases) if word not in about]
            if _says(heading.replace(kind.title_zh, ""), words, least=_LEAST_WORD):
                found.append(f"{field.key} = '{choice.value}'")
                break
    return " AND ".join(found) or None


def _cell(label: FoundLabel) -> CellMapping:
    words = _words()["measures"]["day"]
    measure = "manual" if _is_manual(label.label) else "open"
    if any(fold(word) == fold(label.label) for word in words):
        measure = "day"
    return CellMapping(
        sheet=label.sheet,
        cell=label.cell,
        label=label.label,
        expression=Expression(measure=measure),
    )


def _is_manual(heading: str) -> bool:
    return _says(heading.rsplit(" / ", maxsplit=1)[-1], _words()["measures"]["manual"])


def unit_of(heading: str) -> str | None:
    """Find the unit of measure that a heading names, as this package spells it.

    Examples
    --------
    >>> unit_of("绿化面积（m²）"), unit_of("占比（%）"), unit_of("备注")
    ('㎡', '%', None)
    """
    for match in _UNIT.finditer(heading.rsplit(" / ", maxsplit=1)[-1]):
        word = next(group for group in match.groups() if group)
        plain = fold(word).replace("％", "%")
        for unit in (*SCALES, *SPELLINGS):
            if plain == fold(unit):
                return SPELLINGS.get(unit, unit)
    return None


def _says(text: str, words: Iterable[str], *, least: int = 1) -> bool:
    return any(len(word) >= least and word in text for word in words)


@cache
def _words() -> Mapping[str, Mapping[str, list[str]]]:
    text = files("layers.forms").joinpath("words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
