"""What a layer kind is: its key, titles, geometry families, fields, code lists and style.

A kind is declared once, as data. Its table, migration, import validation, Excel template, OGC
collection, form, legend and documentation are all derived from that one declaration, so nothing
here knows about databases, files or pages.

`Choice`
    one value of a code list, with the words by which real ledgers spell it.
`CodeList`
    a closed set of choices, or an open one (`extensible`) that admits further values.
`Field`
    one column: what it holds, in which unit, and under which headings it is found elsewhere.
`Kind`
    one layer: a geometry family (or none), a key field, fields, a default style.
`Theme`
    the kinds that are declared, listed and shown together.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property


class FieldType(StrEnum):
    """The types a field may have; every store, form and file format maps these and no others."""

    TEXT = "text"
    TEXT_LIST = "text_list"  # several values in one cell, stored with `LIST_SEPARATOR` between
    INTEGER = "integer"
    REAL = "real"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"


LIST_SEPARATOR = ";"

_BETWEEN_WORDS = re.compile(r"[\s_\-]+")


def fold(text: str) -> str:
    """Reduce a heading or a word to what its spellings have in common.

    Width, letter case, spaces, underscores and hyphens do not count: `System Type`,
    `SYSTEM_TYPE` and `SystemType` are the same heading, `（㎡）` and `(m2)` the same unit.
    """
    return _BETWEEN_WORDS.sub("", unicodedata.normalize("NFKC", text).casefold())


class GeometryFamily(StrEnum):
    """The families of geometries, whatever the number of parts."""

    POINT = "point"
    LINE = "line"
    AREA = "area"


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Declare one value of a code list.

    `verified` is False where this line is from memory although the list has a source.
    """

    value: str
    title_zh: str
    title_en: str
    aliases: tuple[str, ...] = ()
    verified: bool = True

    @property
    def words(self) -> tuple[str, ...]:
        """List everything that names this choice: value, titles and aliases."""
        return (self.value, self.title_zh, self.title_en, *self.aliases)


def choices(*rows: tuple[str, ...], verified: bool = True) -> tuple[Choice, ...]:
    """Declare choices as rows of value, Chinese title, English title, then aliases."""
    return tuple(
        Choice(value=value, title_zh=zh, title_en=en, aliases=tuple(aliases), verified=verified)
        for value, zh, en, *aliases in rows
    )


@dataclass(frozen=True, kw_only=True)
class CodeList:
    """Declare the values a field may take, and where the list comes from.

    `verified` is False where the list was not read in its source: it is then an offer, never a
    rule. `extensible` lists accept values they do not know.
    """

    key: str
    title_zh: str
    title_en: str
    choices: tuple[Choice, ...]
    source: str = ""
    verified: bool = False
    extensible: bool = False

    @property
    def values(self) -> tuple[str, ...]:
        """List the values in declared order."""
        return tuple(choice.value for choice in self.choices)

    def find(self, word: str) -> Choice | None:
        """Find the choice that `word` names by value, title or alias, however it is spelt."""
        return self._choice_by_word.get(fold(word))

    @cached_property
    def _choice_by_word(self) -> dict[str, Choice]:
        return {fold(word): choice for choice in self.choices for word in choice.words}


@dataclass(frozen=True, kw_only=True)
class Field:
    """Declare one field of a kind.

    `aliases` are headings seen in real ledgers, the better one first where a file has several.
    `minimum` and `maximum` bound numbers, inclusive. `code_systems` are the lists of which the
    row's own `code_system` chooses one, since the same code means different things in two of
    them. `refers_to` names the kind whose key this field holds; `refers_by` names the field of
    the same row that holds that kind.
    """

    key: str
    title_zh: str
    title_en: str
    type: FieldType = FieldType.TEXT
    unit: str = ""
    codes: CodeList | None = None
    code_systems: tuple[CodeList, ...] = ()
    aliases: tuple[str, ...] = ()
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    refers_to: str | None = None
    refers_by: str | None = None

    @property
    def headings(self) -> tuple[str, ...]:
        """List every heading under which this field is recognised, in order of precedence."""
        return (self.key, self.title_zh, self.title_en, *self.aliases)

    def codes_in(self, system: str | None) -> CodeList | None:
        """Find the code list that holds for a row whose code system is `system`."""
        for candidate in self.code_systems:
            if candidate.key == system:
                return candidate
        return self.codes


@dataclass(frozen=True, kw_only=True)
class Style:
    """Declare how a kind is drawn unless somebody chooses otherwise; colours are `#rrggbb`.

    Kinds of a higher `order` lie above those of a lower one.
    """

    fill: str
    stroke: str
    fill_opacity: float = 0.5
    stroke_width: float = 1.0
    radius_px: float = 4.0
    dash: str = ""
    visible: bool = True
    order: int = 0


@dataclass(frozen=True, kw_only=True)
class Theme:
    """Declare a group of kinds; themes are listed by `position`."""

    key: str
    title_zh: str
    title_en: str
    position: int


@dataclass(frozen=True, kw_only=True)
class Kind:
    """Declare a layer kind.

    `geometry` lists the families it may hold, none for a kind that is only a register.
    `geometry_required` is False where a row may wait for its place on the map; `placed_by` are then
    the fields of which one must say in words where it is, none where it need not be said.
    Two points of the kind within `near_m` metres of each other are probably one and the same;
    negative where several may well lie at one place. `beyond_m` is how far outside the territory
    one may lie without a remark. `group` is the key of a theme. `own_fields` are those beyond the
    ones that every kind has, `code_aliases` and `name_aliases` the headings that these two have in
    ledgers of this kind.
    """

    key: str
    title_zh: str
    title_en: str
    group: str
    geometry: tuple[GeometryFamily, ...] = ()
    geometry_required: bool = True
    placed_by: tuple[str, ...] = ()
    key_field: str = "code"
    near_m: float = 0.0
    beyond_m: float = 0.0
    own_fields: tuple[Field, ...] = ()
    code_aliases: tuple[str, ...] = ()
    name_aliases: tuple[str, ...] = ()
    style: Style = field(default_factory=lambda: Style(fill="#888888", stroke="#555555"))

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """List every field in column order: code and name, the kind's own, then the common rest."""
        code, name = IDENTITY_FIELDS
        return (
            replace(code, aliases=(*self.code_aliases, *code.aliases)),
            replace(name, aliases=(*self.name_aliases, *name.aliases)),
            *self.own_fields,
            *RECORD_FIELDS,
        )

    @property
    def is_spatial(self) -> bool:
        """Tell whether features of this kind may have a place on the map."""
        return bool(self.geometry)

    def field_named(self, key: str) -> Field:
        """Find a field by its key.

        Raises
        ------
        KeyError
        """
        for candidate in self.fields:
            if candidate.key == key:
                return candidate
        raise KeyError(key)

    def field_headed(self, heading: str) -> Field | None:
        """Find the field that a column called `heading` holds, however it is spelt."""
        return self._field_by_heading.get(fold(heading))

    @cached_property
    def _field_by_heading(self) -> dict[str, Field]:
        return {fold(name): known for known in self.fields for name in known.headings}


IDENTITY_FIELDS = (
    Field(
        key="code",
        title_zh="编码",
        title_en="Code",
        aliases=("编号", "代码", "标识码", "ObjID", "bh", "bm", "osm_id"),
    ),
    Field(
        key="name",
        title_zh="名称",
        title_en="Name",
        aliases=("ObjName", "mc"),
    ),
)

RECORD_FIELDS = (
    Field(
        key="valid_from",
        title_zh="生效日期",
        title_en="Valid from",
        type=FieldType.DATE,
        aliases=("启用日期", "开始日期", "始用日期", "ORDate", "start_date"),
    ),
    Field(
        key="valid_to",
        title_zh="失效日期",
        title_en="Valid to",
        type=FieldType.DATE,
        aliases=("停用日期", "结束日期", "终止日期", "end_date"),
    ),
    Field(
        key="source",
        title_zh="数据来源",
        title_en="Source",
        aliases=("来源", "DataSource", "sjly"),
    ),
    Field(
        key="surveyed_on",
        title_zh="调查日期",
        title_en="Surveyed on",
        type=FieldType.DATE,
        aliases=(
            "普查日期",
            "采集日期",
            "摸排日期",
            "survey_date",
            "SourceDate",
            "MapDate",
            "CreateDate",
        ),
    ),
    Field(
        key="note",
        title_zh="备注",
        title_en="Note",
        aliases=("说明", "Notes", "Comment", "Comments", "bz"),
    ),
)
