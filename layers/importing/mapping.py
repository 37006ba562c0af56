"""Which column of a file goes into which field, and which of its words mean what.

A `Mapping` is what the user says, in a TOML file or by options; `match_columns` completes it by
the headings that the kind's declaration knows, and says how every column was treated.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field, replace
from enum import StrEnum

from layers.exporting.names import cut_names
from layers.importing.errors import (
    KeyNotStoredError,
    MappingColumnError,
    MappingFieldError,
    RequiredFieldUnmappedError,
)
from layers.importing.headings import (
    Proposal,
    fields_by_letters,
    letters_of,
    propose,
    split_unit,
    unit_for,
)
from layers.importing.notation import Notation
from layers.importing.readers import SourceOptions
from layers.importing.readers.layout import spellings
from layers.kinds import Field, Kind, fold
from layers.kinds.codes.divisions import DivisionReading

KEY_JOINER = "/"
ANY_OTHER_WORD = "*"
# The one legal time of the cities that this is made for (GB/T 37149 asks for it).
DEFAULT_TIME_ZONE = "Asia/Shanghai"
DATE_ORDERS = ("ymd", "mdy", "dmy")


@dataclass(frozen=True, kw_only=True)
class Mapping:
    """What the user says about a file.

    `columns` maps a field to its columns: the first filled one of a row counts. `words` maps,
    field by field, words of the file to values; the empty word stands for an empty cell, `*` for
    every word that means nothing to the field. `fixed` gives fields one value for all rows.
    `key` names the columns that identify a row. `date_order` is `ymd`, `mdy` or `dmy`, for
    dates such as 4/28/2020; `time_zone` is where times without an offset were written down.
    `repair` asks for invalid areas to be mended, `divisions` says what former codes mean.
    """

    columns: MappingType[str, tuple[str, ...]] = field(default_factory=dict)
    words: MappingType[str, MappingType[str, object]] = field(default_factory=dict)
    fixed: MappingType[str, object] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    where: str | None = None
    datum: str | None = None
    date_order: str = "ymd"
    time_zone: str = DEFAULT_TIME_ZONE
    automatic: bool = True
    repair: bool = False
    divisions: DivisionReading = field(default_factory=DivisionReading)
    source: SourceOptions = field(default_factory=SourceOptions)
    notation: Notation = field(default_factory=Notation)

    def extended(
        self,
        *,
        columns: MappingType[str, str],
        fixed: MappingType[str, object],
        key: Sequence[str] = (),
        where: str | None = None,
        layer: str | None = None,
    ) -> Mapping:
        """Add what was said on the command line; it wins over the file."""
        return replace(
            self,
            columns={
                **{name: said for name, said in self.columns.items() if name not in fixed},
                **{name: (column,) for name, column in columns.items()},
            },
            fixed={
                **{name: value for name, value in self.fixed.items() if name not in columns},
                **fixed,
            },
            key=tuple(key) or self.key,
            where=where or self.where,
            source=replace(self.source, layer=layer or self.source.layer),
        )

    def asking(self, *, repair: bool, divisions_as_of: dt.date | None) -> Mapping:
        """Add what is to be mended or replaced, beside what the file asks for."""
        divisions = self.divisions.on(divisions_as_of)
        return replace(self, repair=repair or self.repair, divisions=divisions)

    def under(self, said: Mapping) -> Mapping:
        """Take this one where `said` says nothing: what was said now wins."""
        columns = {**self.columns, **said.columns}
        fixed = {**self.fixed, **said.fixed}
        words = {
            name: {**self.words.get(name, {}), **said.words.get(name, {})}
            for name in (*self.words, *said.words)
        }
        return replace(
            said,
            columns={name: each for name, each in columns.items() if name not in said.fixed},
            fixed={name: each for name, each in fixed.items() if name not in said.columns},
            words=words,
            key=said.key or self.key,
            where=said.where or self.where,
            datum=said.datum or self.datum,
            date_order=_said(said.date_order, self.date_order, DATE_ORDERS[0]),
            time_zone=_said(said.time_zone, self.time_zone, DEFAULT_TIME_ZONE),
            automatic=said.automatic and self.automatic,
            repair=said.repair or self.repair,
            divisions=said.divisions.over(self.divisions),
            source=_source_under(self.source, said.source),
            notation=self.notation if said.notation == Notation() else said.notation,
        )


def _said(now: str, before: str, default: str) -> str:
    return before if now == default else now


def _source_under(before: SourceOptions, now: SourceOptions) -> SourceOptions:
    said = {name: value for name, value in vars(now).items() if value}
    return replace(before, **said)


class How(StrEnum):
    """How a column came to its field."""

    DECLARED = "declared"
    KEY = "key"
    HEADING = "heading"
    UNIT = "unit"  # its heading without the unit
    LETTERS = "letters"  # Chinese in Latin letters
    FIXED = "fixed"


@dataclass(frozen=True, kw_only=True)
class ColumnMatch:
    """One field and where its values come from; `columns` is empty for a fixed value."""

    field: Field
    columns: tuple[str, ...]
    how: How


@dataclass(frozen=True, kw_only=True)
class Matches:
    """Every field that the file fills, the columns that are not stored, and the key.

    `key_columns` identify a row of the file, `key_fields` the same row in the store; both are
    empty where an import only adds. `proposed` says of columns that nothing takes what they may be
    meant for. `identifying` names the fields that tell features apart all
    the same: a row is not taken without what it says there.
    """

    fields: tuple[ColumnMatch, ...]
    not_stored: tuple[str, ...]
    key_columns: tuple[str, ...]
    key_fields: tuple[str, ...]
    identifying: frozenset[str]
    proposed: tuple[Proposal, ...] = ()

    def field_keys(self) -> tuple[str, ...]:
        """List the keys of the fields that the file fills."""
        return tuple(match.field.key for match in self.fields)


def match_columns(
    kind: Kind,
    columns: Sequence[str],
    mapping: Mapping,
    *,
    structured: frozenset[str] = frozenset(),
) -> Matches:
    """Decide for every field of `kind` which of the file's `columns` fill it.

    Columns that are `structured` (lists, objects) are stored only where the mapping says so.

    Raises
    ------
    MappingFieldError, MappingColumnError, RequiredFieldUnmappedError, KeyNotStoredError
    """
    mapping = _found_by_spelling(mapping, columns)
    _check_names(kind, columns, mapping)
    found = {match.field.key: match for match in _declared(kind, mapping)}
    if mapping.key and kind.key_field not in found:
        # Several key columns become one code, joined by `KEY_JOINER`.
        key_field = kind.field_named(kind.key_field)
        found[kind.key_field] = ColumnMatch(field=key_field, columns=mapping.key, how=How.KEY)
    if mapping.automatic:
        simple = [column for column in columns if column not in structured]
        for match in _by_heading(kind, simple, found.values()):
            found[match.field.key] = match
        for way in (_by_heading_with_unit, _by_letters):
            for match in way(kind, _left(simple, found.values()), found):
                found[match.field.key] = match
    matches = tuple(found[each.key] for each in kind.fields if each.key in found)
    unused = [column for column in _left(columns, matches) if column not in mapping.key]
    proposed = propose(kind, unused, found)
    _check_required(kind, columns, found)
    used = {column for match in matches for column in match.columns}
    key_fields = _key_fields(kind, mapping, matches)
    return Matches(
        fields=matches,
        not_stored=tuple(column for column in columns if column not in used),
        key_columns=mapping.key,
        key_fields=key_fields,
        identifying=frozenset({kind.key_field, *key_fields}),
        proposed=proposed,
    )


def _found_by_spelling(mapping: Mapping, columns: Sequence[str]) -> Mapping:
    """Find the columns that were said with other marks, or by their lowest heading alone."""
    by_spelling = _by_spelling(columns)

    def whole(said: str) -> str:
        return said if said in columns else by_spelling.get(fold(said), said)

    return replace(
        mapping,
        columns={name: tuple(map(whole, said)) for name, said in mapping.columns.items()},
        key=tuple(map(whole, mapping.key)),
    )


def _check_names(kind: Kind, columns: Sequence[str], mapping: Mapping) -> None:
    keys = [each.key for each in kind.fields]
    fields = {"columns": mapping.columns, "values": mapping.words, "set": mapping.fixed}
    for where, named in fields.items():
        for name in named:
            if name not in keys:
                raise MappingFieldError(where=where, found=name, allowed=keys)
    wanted = {f"columns.{name}": said for name, said in mapping.columns.items()}
    for where, said in {**wanted, "key": mapping.key}.items():
        for name in said:
            if name not in columns:
                raise MappingColumnError(where=where, found=name, allowed=list(columns))


def _declared(kind: Kind, mapping: Mapping) -> Iterable[ColumnMatch]:
    for each in kind.fields:
        if each.key in mapping.fixed:
            yield ColumnMatch(field=each, columns=(), how=How.FIXED)
        elif each.key in mapping.columns:
            yield ColumnMatch(field=each, columns=mapping.columns[each.key], how=How.DECLARED)


def _by_heading(
    kind: Kind, columns: Sequence[str], taken: Iterable[ColumnMatch]
) -> Iterable[ColumnMatch]:
    """Match the columns that are left; a column goes where its heading ranks highest."""
    taken = list(taken)
    filled = {match.field.key for match in taken}
    used = {column for match in taken for column in match.columns}
    free = _by_spelling([column for column in columns if column not in used])
    cut = cut_names(["uid", *(each.key for each in kind.fields)])  # as a shapefile has them
    ranked = sorted(
        (rank, position, each, fold(heading))
        for position, each in enumerate(kind.fields)
        for rank, heading in enumerate((*each.headings, cut[each.key]))
        if each.key not in filled
    )
    for _, _, each, heading in ranked:
        if free.get(heading) not in {None, *used} and each.key not in filled:
            filled.add(each.key)
            used.add(free[heading])
            yield ColumnMatch(field=each, columns=(free[heading],), how=How.HEADING)


def _left(columns: Sequence[str], taken: Iterable[ColumnMatch]) -> list[str]:
    used = {column for match in taken for column in match.columns}
    return [column for column in columns if column not in used]


def _by_heading_with_unit(
    kind: Kind, columns: Sequence[str], filled: MappingType[str, ColumnMatch]
) -> Iterable[ColumnMatch]:
    """Match columns whose heading is a field's but for a unit that can be converted."""
    bases = {column: split_unit(column)[0] for column in columns}
    named: dict[str, list[str]] = {}
    for column, base in bases.items():
        for spelling in spellings(base) if base != column else ():
            named.setdefault(spelling, []).append(column)
    for each in kind.fields:
        found = (named.get(fold(split_unit(heading)[0]), []) for heading in each.headings)
        fitting = [c for group in found for c in group if unit_for(each, c) is not None]
        if each.key not in filled and len(set(fitting)) == 1:
            yield ColumnMatch(field=each, columns=(fitting[0],), how=How.UNIT)


def _by_letters(
    kind: Kind, columns: Sequence[str], filled: MappingType[str, ColumnMatch]
) -> Iterable[ColumnMatch]:
    """Match columns headed by Chinese in Latin letters that can only mean one field."""
    spelt = {column: letters_of(column) for column in columns}
    same = Counter(letters for letters in spelt.values() if letters)
    if not same:
        return
    by_letters = fields_by_letters(kind)
    meant = {
        column: by_letters[letters][0]
        for column, letters in spelt.items()
        if letters
        and same[letters] == 1
        and len(by_letters.get(letters, ())) == 1
        and by_letters[letters][0]
    }
    once = Counter(meant.values())
    for column, key in meant.items():
        if key not in filled and once[key] == 1:
            yield ColumnMatch(field=kind.field_named(key), columns=(column,), how=How.LETTERS)


def _by_spelling(columns: Sequence[str]) -> dict[str, str]:
    """Find columns by what their headings may be looked up under; plainer spellings go first."""
    found: dict[str, str] = {}
    spelt = [(spellings(column), column) for column in columns]
    for depth in range(max((len(each) for each, _ in spelt), default=0)):
        same = Counter(each[depth] for each, _ in spelt if depth < len(each))
        for each, column in spelt:
            # A lower heading that stands under two others says nothing by itself.
            if depth < len(each) and (depth == 0 or same[each[depth]] == 1):
                found.setdefault(each[depth], column)
    return found


def _check_required(
    kind: Kind, columns: Sequence[str], found: MappingType[str, ColumnMatch]
) -> None:
    for each in kind.fields:
        if each.required and each.key not in found:
            raise RequiredFieldUnmappedError(field=each.key, columns=list(columns))


def _key_fields(kind: Kind, mapping: Mapping, matches: Sequence[ColumnMatch]) -> tuple[str, ...]:
    """Name the fields by which the store finds a row again."""
    if not mapping.key:
        return ()
    if any(match.how is How.KEY for match in matches):
        return (kind.key_field,)
    by_column = {match.columns[0]: match.field.key for match in matches if len(match.columns) == 1}
    for column in mapping.key:
        if column not in by_column:
            raise KeyNotStoredError(column=column, key_field=kind.key_field)
    return tuple(by_column[column] for column in mapping.key)
