"""What a heading says beyond its words: a unit, and Chinese in Latin letters.

    面积（公顷）   →  面积, in hectares
    SZJD, suozaijiedao  →  所在街道, where no other field of the kind can be meant

What is only similar is never taken for the same; it is proposed.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache

from layers.importing.words import ELSEWHERE, UNITS
from layers.kinds import Field, FieldType, Kind, fold

_NUMBERS = (FieldType.INTEGER, FieldType.REAL)
_UNIT_WORDS = sorted({word for units in UNITS.values() for word in units}, key=len, reverse=True)
_UNIT = "|".join(map(re.escape, _UNIT_WORDS))
_WITH_UNIT = re.compile(
    rf"(?P<base>.*?\S)\s*(?:"
    rf"[(\[【]\s*(?:单位\s*:?)?\s*(?P<bracket>{_UNIT})\s*[)\]】]"
    rf"|[/_,:;\s-]+(?:单位\s*:?)?\s*(?P<plain>{_UNIT}))\s*",
    re.IGNORECASE,
)
_BRACKETS = re.compile(r"[(\[【].*?[)\]】]")
_CHINESE = re.compile(r"[\u4e00-\u9fff]+")
_LETTERS = re.compile(r"[a-z]{2,}")
_DBF_NAME_LENGTH = 10
_SIMILAR = 0.7
_HALF = 0.5
_SHOWN = 2  # fields that are proposed for one column
_COLUMNS_COMPARED = 200
_CHARACTERS_COMPARED = 40


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A column that nothing takes, and the fields that it may be meant for, the likeliest first."""

    column: str
    fields: tuple[str, ...]


def split_unit(heading: str) -> tuple[str, str | None]:
    """Take the unit off a heading.

    Examples
    --------
    >>> split_unit("面积（公顷）"), split_unit("长度/km"), split_unit("名称（全称）")
    (('面积', '公顷'), ('长度', 'km'), ('名称(全称)', None))
    """
    plain = unicodedata.normalize("NFKC", heading).strip()
    found = _WITH_UNIT.fullmatch(plain)
    if found is None:
        return plain, None
    return found["base"], (found["bracket"] or found["plain"]).lower()


def unit_for(field: Field, heading: str) -> str | None:
    """Give the unit that a heading names, if numbers in it can be converted to the field's own."""
    if field.type not in _NUMBERS:
        return None
    unit = split_unit(heading)[1]
    own = unicodedata.normalize("NFKC", field.unit).lower()
    return unit if unit in UNITS.get(own, {}) else None


def factor_for(field: Field, unit: str) -> float:
    """Tell how many of the field's own unit one of `unit` is."""
    return UNITS[unicodedata.normalize("NFKC", field.unit).lower()][unit]


def letters_of(heading: str) -> str | None:
    """Give a heading that may be Chinese in Latin letters, folded; None for any other."""
    plain = fold(heading)
    return plain if _LETTERS.fullmatch(plain) else None


@cache
def _readings(title: str) -> tuple[str, ...]:
    """Write a Chinese title in letters: initials, in full, and in full as a shapefile cuts it."""
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415 - its dictionary is large

    plain = _BRACKETS.sub("", unicodedata.normalize("NFKC", title))
    if not _CHINESE.fullmatch(plain):
        return ()
    initials = "".join(lazy_pinyin(plain, style=Style.FIRST_LETTER))
    whole = "".join(lazy_pinyin(plain, v_to_u=False))
    return tuple(dict.fromkeys((initials, whole, whole[:_DBF_NAME_LENGTH])))


def fields_by_letters(kind: Kind) -> Mapping[str, tuple[str, ...]]:
    """Find by letters the fields of a kind that they can stand for, by their Chinese headings.

    A field without a name stands for what ledgers have and no kind stores.

    Examples
    --------
    >>> from layers.kinds import KINDS
    >>> fields_by_letters(KINDS["bare_land"])["sswg"]
    ('grid_code',)
    """
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for word in ELSEWHERE:  # a column of serial numbers is no field, whatever else it may mean
        for letters in _readings(word):
            found[letters][""] = None
    for field in kind.fields:
        for heading in field.headings:
            for letters in _readings(heading):
                found[letters][field.key] = None
    return {letters: tuple(fields) for letters, fields in found.items() if len(letters) > 1}


def propose(kind: Kind, columns: Sequence[str], filled: Iterable[str]) -> tuple[Proposal, ...]:
    """Name for columns that nothing took the fields that they look like."""
    taken = set(filled)
    free = [field for field in kind.fields if field.key not in taken]
    by_letters = fields_by_letters(kind) if any(map(letters_of, columns)) else {}
    found: list[Proposal] = []
    for column in columns[:_COLUMNS_COMPARED]:
        meant = [
            key for key in by_letters.get(letters_of(column) or "", ()) if key and key not in taken
        ]
        alike = [key for _, key in sorted(_alike(column, free), reverse=True)]
        fields = tuple(dict.fromkeys((*meant, *alike)))[:_SHOWN]
        if fields:
            found.append(Proposal(column=column, fields=fields))
    return tuple(found)


def _alike(column: str, fields: Sequence[Field]) -> Iterable[tuple[float, str]]:
    plain = fold(split_unit(column)[0])[:_CHARACTERS_COMPARED]
    for field in fields:
        ratio = max(_likeness(plain, fold(heading)) for heading in field.headings)
        if ratio:
            yield ratio, field.key


def _likeness(one: str, other: str) -> float:
    """Tell how alike two folded headings are, zero unless they are so to the eye."""
    if min(len(one), len(other)) < (2 if _CHINESE.search(other) else 4):
        return 0.0
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    if matcher.real_quick_ratio() < _HALF or matcher.quick_ratio() < _HALF:
        return 0.0
    ratio = matcher.ratio()
    is_part = one in other or other in one
    return ratio if ratio >= _SIMILAR or (is_part and ratio >= _HALF) else 0.0
