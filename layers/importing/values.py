"""From the columns of a file to the fields of a kind, one distinct value at a time."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from pandas import DataFrame, Index, Series

from layers.importing.cells import (
    Kept,
    Wrong,
    is_missing,
    parse_boolean,
    parse_identifier,
    parse_text,
    plain,
    word_of,
)
from layers.importing.dates import EPOCH_1900, EPOCH_1904, parse_date, parse_moment
from layers.importing.errors import MappingValueError
from layers.importing.findings import Findings
from layers.importing.headings import factor_for, unit_for
from layers.importing.mapping import (
    ANY_OTHER_WORD,
    KEY_JOINER,
    ColumnMatch,
    How,
    Matches,
)
from layers.importing.mapping import (
    Mapping as UserMapping,
)
from layers.importing.progress import Stage, Tell, tell_nobody
from layers.importing.quantities import note_of, parse_integer, parse_real, with_unit
from layers.kinds import LIST_SEPARATOR, CodeList, Field, FieldType
from layers.store.rows import DTYPES

CODE_SYSTEM_FIELD = "code_system"
_TERM = ("valid_from", "valid_to")
_LIST_SEPARATORS = str.maketrans(dict.fromkeys("；、，,|/\n", LIST_SEPARATOR))

Parse = Callable[[Any], object]


def convert_columns(
    frame: DataFrame,
    matches: Matches,
    mapping: UserMapping,
    findings: Findings,
    *,
    dates_from_1904: bool = False,
    tell: Tell = tell_nobody,
) -> DataFrame:
    """Convert a file's columns to typed fields; what does not fit is written into `findings`.

    A value that cannot be read rejects its row where the field is required or identifies the
    row; elsewhere the row is taken without it.

    Returns
    -------
    DataFrame
        Indexed as `frame`, one column for each field that the file fills.

    Raises
    ------
    MappingValueError
        Where a constant of the mapping itself does not fit its field.
    """
    result: dict[str, Series[Any]] = {}
    reading = _Reading(mapping, dates_from_1904)
    # A class code is read in the code system of its own row, so that has to be known before.
    ordered = sorted(matches.fields, key=lambda match: bool(match.field.code_systems))
    for done, match in enumerate(ordered):
        tell(Stage.CHECKING, len(frame) * done // len(ordered), len(frame))
        systems = result.get(CODE_SYSTEM_FIELD) if match.field.code_systems else None
        notebook = _Notebook(findings, match.field, matches.identifying)
        values = _convert(frame, match, reading, systems, notebook)
        result[match.field.key] = _typed(match.field, values, frame.index)
    tell(Stage.CHECKING, len(frame), len(frame))
    _check_term(result, findings)
    return DataFrame({key: result[key] for key in matches.field_keys()}, index=frame.index)


def convert_cells(
    fields: Sequence[Field], cells: Mapping[str, Hashable], findings: Findings
) -> dict[str, object]:
    """Convert what is written of one feature, as `convert_columns` does with a file of one row.

    What cannot be read is not left out, whichever field it is in.

    Returns
    -------
    values
        By field, None for what is missing or wrong.
    """
    reading, identifying = _Reading(UserMapping()), frozenset(field.key for field in fields)
    found: dict[str, object] = {}
    for field in sorted(fields, key=lambda field: bool(field.code_systems)):
        system = found.get(CODE_SYSTEM_FIELD)
        codes = field.codes
        if field.code_systems and CODE_SYSTEM_FIELD in found:
            codes = field.codes_in(None if system is None else str(system))
        (cell,) = _in_unit_of(field.key, field, [plain(cells.get(field.key))])
        notebook = _Notebook(findings, field, identifying)
        found[field.key] = _Parser(field, reading, {}, codes).cell(0, cell, notebook)
    _check_term({key: (found[key],) for key in _TERM if key in found}, findings)
    return {field.key: found[field.key] for field in fields}


def _convert(
    frame: DataFrame,
    match: ColumnMatch,
    reading: _Reading,
    systems: Series[Any] | None,
    notebook: _Notebook,
) -> list[object]:
    words = _read_words(match.field, reading)
    if match.how is How.FIXED:
        fixed = plain(reading.mapping.fixed[match.field.key])
        where = f"set.{match.field.key}"
        return [_constant(match.field, fixed, reading, where)] * len(frame)
    cells = source_cells(frame, match)
    if systems is None:
        parser = _Parser(match.field, reading, words, match.field.codes)
        return parser.column(cells, notebook)
    values: list[object] = []
    parsers: dict[str | None, _Parser] = {}
    for position, (cell, found) in enumerate(zip(cells, systems, strict=True)):
        system = None if pd.isna(found) else str(found)
        if system not in parsers:
            codes = match.field.codes_in(system)
            parsers[system] = _Parser(match.field, reading, words, codes)
        values.append(parsers[system].cell(position, cell, notebook))
    return values


def source_cells(frame: DataFrame, match: ColumnMatch) -> list[Hashable]:
    """Give the cells of one field: the first filled column, or the key's columns joined."""
    columns = [_plain_cells(frame, column, match.field) for column in match.columns]
    if len(columns) == 1:
        return columns[0]
    rows = zip(*columns, strict=True)
    if match.how is How.KEY:
        return [joined_key(row) for row in rows]
    return [next((cell for cell in row if not is_missing(cell)), None) for row in rows]


def _plain_cells(frame: DataFrame, column: str, field: Field) -> list[Hashable]:
    """Give the cells of one column; numbers get the unit that its heading names."""
    return _in_unit_of(column, field, [plain(cell) for cell in frame[column]])


def _in_unit_of(heading: str, field: Field, cells: list[Hashable]) -> list[Hashable]:
    unit = unit_for(field, heading)
    if unit is None or factor_for(field, unit) == 1:
        return cells
    return [with_unit(cell, unit) for cell in cells]


def joined_key(cells: Sequence[object]) -> str | None:
    """Join the parts of a key; None unless all are there."""
    if any(is_missing(cell) for cell in cells):
        return None
    return KEY_JOINER.join(parse_text(cell) for cell in cells)


@dataclass(frozen=True)
class _Reading:
    """What the user and the file say about how values are written."""

    mapping: UserMapping
    dates_from_1904: bool = False


class _Notebook:
    """Write down what is wrong with the cells of one field."""

    def __init__(self, findings: Findings, field: Field, identifying: frozenset[str]) -> None:
        self.note = findings.note
        costs_the_row = field.required or field.key in identifying
        self._write = findings.add if costs_the_row else findings.leave_out
        self._field = field.key

    def add(self, position: int, wrong: Wrong) -> None:
        """Write down one wrong cell."""
        self._write(position, wrong.code, self._field, **wrong.values)


class _Parser:
    """Parse the cells of one field, each distinct one once."""

    def __init__(
        self,
        field: Field,
        reading: _Reading,
        words: Mapping[str, object],
        codes: CodeList | None,
    ) -> None:
        self._field = field
        self._words = words
        self._codes = codes
        self._parse = _parser_of(field, reading, codes)
        self._known: dict[Hashable, object] = {}
        self._notes: dict[Hashable, str] = {}

    def column(self, cells: Sequence[Hashable], notebook: _Notebook) -> list[object]:
        """Parse a whole column."""
        return [self.cell(position, cell, notebook) for position, cell in enumerate(cells)]

    def cell(self, position: int, cell: Hashable, notebook: _Notebook) -> object:
        """Parse one cell, writing down what is wrong with it."""
        if isinstance(cell, Kept):
            return cell.value
        label = (type(cell), cell)  # 1, 1.0 and True are equal, but not the same cell
        if label not in self._known:
            self._known[label] = self._meaning(cell)
        if label in self._notes:
            notebook.note(self._notes[label], 1)
        value = self._known[label]
        if isinstance(value, Wrong):
            notebook.add(position, value)
            return None
        return value

    def _meaning(self, cell: Hashable) -> object:
        """Find what a cell means: a value, None for missing, or what is wrong."""
        word = word_of(cell)
        found = self._words.get(word, cell)
        value = self._value(found)
        if isinstance(value, Wrong) and word and ANY_OTHER_WORD in self._words:
            self._notes[type(cell), cell] = "other_words_replaced"
            return self._value(self._words[ANY_OTHER_WORD])
        if isinstance(value, int | float) and (note := note_of(found, self._field.unit)):
            self._notes[type(cell), cell] = note
        return value

    def _value(self, found: object) -> object:
        if is_missing(found) and not (self._codes and found and self._codes.find(str(found))):
            return Wrong("required_missing") if self._field.required else None
        try:
            return self._parse(found)
        except Wrong as wrong:
            return wrong


def _read_words(field: Field, reading: _Reading) -> dict[str, object]:
    """Fold the words of the mapping and check that what they stand for fits the field."""
    said = reading.mapping.words.get(field.key, {})
    words = {word_of(plain(word)): plain(meaning) for word, meaning in said.items()}
    for word, meaning in words.items():
        if meaning is not None and not field.code_systems:
            _constant(field, meaning, reading, f"values.{field.key}.{word}")
    return words


def _constant(field: Field, value: object, reading: _Reading, where: str) -> object:
    if value is None:
        return None
    try:
        return _parser_of(field, reading, field.codes)(value)
    except Wrong as wrong:
        allowed = wrong.values.get("allowed", field.type.value)
        raise MappingValueError(
            where=where, found=value, problem=wrong.code, allowed=allowed
        ) from None


def _parser_of(field: Field, reading: _Reading, codes: CodeList | None) -> Parse:
    order, zone = reading.mapping.date_order, reading.mapping.time_zone
    epoch = EPOCH_1904 if reading.dates_from_1904 else EPOCH_1900
    parsers: dict[FieldType, Parse] = {
        FieldType.TEXT: parse_identifier if _is_identifier(field) else parse_text,
        FieldType.TEXT_LIST: parse_text,
        FieldType.INTEGER: lambda cell: _in_range(field, parse_integer(cell, field.unit)),
        FieldType.REAL: lambda cell: _in_range(field, parse_real(cell, field.unit)),
        FieldType.BOOLEAN: parse_boolean,
        FieldType.DATE: lambda cell: parse_date(cell, order, epoch),
        FieldType.DATETIME: lambda cell: parse_moment(cell, order, zone, epoch),
    }
    parse = parsers[field.type]
    if field.type is FieldType.TEXT_LIST:
        return lambda cell: _parse_list(parse_text(cell), codes)
    return parse if codes is None else lambda cell: _parse_code(parse(cell), codes)


def _is_identifier(field: Field) -> bool:
    return field.key == "code" or field.key.endswith("_code") or field.refers_to is not None


def _in_range(field: Field, value: float) -> float:
    if field.minimum is not None and value < field.minimum:
        raise Wrong("below_minimum", found=value, minimum=field.minimum)
    if field.maximum is not None and value > field.maximum:
        raise Wrong("above_maximum", found=value, maximum=field.maximum)
    return value


def _parse_code(value: object, codes: CodeList) -> str:
    choice = codes.find(str(value))
    if choice is not None:
        return choice.value
    if codes.extensible:
        return str(value)
    raise Wrong("code_unknown", found=value, allowed=codes.values)


def _parse_list(text: str, codes: CodeList | None) -> str:
    items = [item.strip() for item in text.translate(_LIST_SEPARATORS).split(LIST_SEPARATOR)]
    items = [item for item in items if item]
    if codes is not None:
        items = [_parse_code(item, codes) for item in items]
    return LIST_SEPARATOR.join(dict.fromkeys(items))


def _typed(field: Field, values: list[object], index: Index[Any]) -> Series[Any]:
    return Series(values, index=index, dtype=DTYPES[field.type], name=field.key)


def _check_term(fields: Mapping[str, Iterable[Any]], findings: Findings) -> None:
    """Refuse rows that end before they begin."""
    if "valid_from" not in fields or "valid_to" not in fields:
        return
    for position, (start, end) in enumerate(
        zip(fields["valid_from"], fields["valid_to"], strict=True)
    ):
        if not (pd.isna(start) or pd.isna(end)) and end <= start:
            findings.add(
                position,
                "valid_to_not_after_valid_from",
                "valid_to",
                valid_from=start.isoformat(),
                valid_to=end.isoformat(),
            )
