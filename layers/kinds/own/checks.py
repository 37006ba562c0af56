"""What must hold between the parts of a declaration, and between it and the kinds there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from layers.kinds.model import (
    IDENTITY_FIELDS,
    RECORD_FIELDS,
    CodeList,
    Field,
    FieldType,
    Kind,
    fold,
)
from layers.kinds.own.declaration import Declaration
from layers.kinds.own.errors import (
    KindNameError,
    KindSizeError,
    KindTakenError,
    KindTypeError,
    KindValueError,
    KindWordError,
)
from layers.kinds.own.limits import MAX_KIND_TITLE, NOT_FOR_TABLES, NOT_IN_SHEET_NAMES
from layers.kinds.own.tables import Findings
from layers.kinds.registry import Kinds

_COMMON = {field.key for field in (*IDENTITY_FIELDS, *RECORD_FIELDS)}
_NUMBERS = (FieldType.INTEGER, FieldType.REAL)
_TEXTS = (FieldType.TEXT, FieldType.TEXT_LIST)


def check(declaration: Declaration, known: Kinds, findings: Findings) -> None:
    """List what does not fit together, beside what was wrong with each part."""
    kind = declaration.kind
    _check_key(kind, known, findings)
    _check_titles(kind, known, findings)
    _check_theme(declaration, known, findings)
    _check_fields(kind, known, findings)
    _check_headings(kind, findings)
    for where, codes in _code_lists(kind):
        _check_words(where, codes, findings)


def _check_key(kind: Kind, known: Kinds, findings: Findings) -> None:
    if kind.key.startswith(NOT_FOR_TABLES):
        findings.add(KindNameError, "key", kind.key, "prefix")
    if kind.key in known and kind.key not in known.own:
        findings.add(KindTakenError, "key", kind.key, "kind")
    by_key = {field.key: field for field in kind.fields}
    if kind.key_field not in by_key:
        findings.add(KindValueError, "key_field", kind.key_field, tuple(by_key))
    elif by_key[kind.key_field].type is not FieldType.TEXT:
        findings.add(KindTypeError, "key_field", by_key[kind.key_field].type.value, "text")


def _check_titles(kind: Kind, known: Kinds, findings: Findings) -> None:
    """Refuse titles that cannot name the sheet of a workbook, or that name another kind."""
    others = [each for key, each in known.items() if key != kind.key]
    for name in ("title_zh", "title_en"):
        title: str = getattr(kind, name)
        if len(title) > MAX_KIND_TITLE:
            findings.add(KindSizeError, name, len(title), MAX_KIND_TITLE)
        if set(title) & set(NOT_IN_SHEET_NAMES):
            findings.add(KindValueError, name, title, "sheet_name")
        if title and title in {getattr(each, name) for each in others}:
            findings.add(KindTakenError, name, title, "kind")


def _check_theme(declaration: Declaration, known: Kinds, findings: Findings) -> None:
    group, theme = declaration.kind.group, declaration.theme
    themes = [*known.themes, *([theme.key] if theme else [])]
    if group and group not in themes:
        findings.add(KindValueError, "group", group, tuple(themes))
    if theme is None:
        return
    if theme.key in {known[key].group for key in known if key not in known.own}:
        findings.add(KindTakenError, "theme.key", theme.key, "theme")
    elif theme.key and group and theme.key != group:
        findings.add(KindValueError, "theme.key", theme.key, (group,))


def _check_fields(kind: Kind, known: Kinds, findings: Findings) -> None:
    seen = set(_COMMON)
    for number, field in enumerate(kind.own_fields, 1):
        where = f"field[{number}]"
        if field.key in seen:
            findings.add(KindTakenError, f"{where}.key", field.key, "field")
        seen.add(field.key)
        _check_type(where, field, findings)
        _check_references(where, field, kind, known, findings)


def _check_type(where: str, field: Field, findings: Findings) -> None:
    for name in ("minimum", "maximum"):
        if getattr(field, name) is not None and field.type not in _NUMBERS:
            findings.add(KindTypeError, f"{where}.{name}", field.type.value, "integer_or_real")
    if field.minimum is not None and field.maximum is not None and field.minimum > field.maximum:
        findings.add(KindValueError, f"{where}.minimum", field.minimum, f"≤ {field.maximum:g}")
    if (field.codes or field.code_systems) and field.type not in _TEXTS:
        name = "codes" if field.codes else "code_systems"
        findings.add(KindTypeError, f"{where}.{name}", field.type.value, "text_or_text_list")


def _check_references(
    where: str, field: Field, kind: Kind, known: Kinds, findings: Findings
) -> None:
    kinds = (*known, kind.key)
    if field.refers_to is not None and field.refers_to not in kinds:
        findings.add(KindValueError, f"{where}.refers_to", field.refers_to, kinds)
    by_key = {each.key: each for each in kind.fields}
    if field.refers_by is not None and field.refers_by not in by_key:
        findings.add(KindValueError, f"{where}.refers_by", field.refers_by, tuple(by_key))
    if field.code_systems and "code_system" not in by_key:
        findings.add(KindValueError, f"{where}.code_systems", "code_system", tuple(by_key))


def _check_headings(kind: Kind, findings: Findings) -> None:
    """Refuse a heading of two fields: which of them a column fills would be left to chance."""
    places = {field.key: f"field[{n}]" for n, field in enumerate(kind.own_fields, 1)}
    taken: dict[str, str] = {}
    for field in sorted(kind.fields, key=lambda each: each.key in places):
        for heading in field.headings:
            other = taken.setdefault(fold(heading), field.key)
            if heading and other != field.key:
                where = places.get(field.key, f"{field.key}_aliases")
                findings.add(KindWordError, where, heading, other)


def _check_words(where: str, codes: CodeList, findings: Findings) -> None:
    taken: dict[str, str] = {}
    for choice in codes.choices:
        for word in filter(None, choice.words):
            other = taken.setdefault(fold(word), choice.value)
            if other != choice.value:
                findings.add(KindWordError, where, word, f"{codes.key}: {other}")
    values = [choice.value for choice in codes.choices]
    for value in {value for value in values if values.count(value) > 1}:
        findings.add(KindTakenError, where, value, "choice")


def _code_lists(kind: Kind) -> Iterator[tuple[str, CodeList]]:
    """Give each list of the kind once, with the first place that names it."""
    seen: set[str] = set()
    for number, field in enumerate(kind.own_fields, 1):
        named: Iterable[CodeList] = (*([field.codes] if field.codes else []), *field.code_systems)
        for codes in named:
            if codes.key not in seen:
                seen.add(codes.key)
                yield f"field[{number}].codes", codes
