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
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


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


class GeometryFamily(StrEnum):
    """The families of geometries, whatever the number of parts."""

    POINT = "point"
    LINE = "line"
    AREA = "area"


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Declare one value of a code list."""

    value: str
    title_zh: str
    title_en: str
    aliases: tuple[str, ...] = ()


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
        """Find the choice that `word` names by value, title or alias; letter case is ignored."""
        sought = word.strip().casefold()
        for choice in self.choices:
            names = (choice.value, choice.title_zh, choice.title_en, *choice.aliases)
            if sought in (name.casefold() for name in names):
                return choice
        return None


@dataclass(frozen=True, kw_only=True)
class Field:
    """Declare one field of a kind.

    `aliases` are headings seen in real ledgers. `minimum` and `maximum` bound numbers, inclusive.
    `refers_to` names the kind whose key this field holds.
    """

    key: str
    title_zh: str
    title_en: str
    type: FieldType = FieldType.TEXT
    unit: str = ""
    codes: CodeList | None = None
    aliases: tuple[str, ...] = ()
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    refers_to: str | None = None


@dataclass(frozen=True, kw_only=True)
class Style:
    """Declare how a kind is drawn unless somebody chooses otherwise; colours are `#rrggbb`."""

    fill: str
    stroke: str
    fill_opacity: float = 0.5
    stroke_width: float = 1.0
    radius_px: float = 4.0
    dash: str = ""
    visible: bool = True


@dataclass(frozen=True, kw_only=True)
class Kind:
    """Declare a layer kind.

    `geometry` lists the families it may hold, none for a kind that is only a register.
    `geometry_required` is False where a row may wait for its place on the map.
    `own_fields` are those beyond the ones that every kind has.
    """

    key: str
    title_zh: str
    title_en: str
    group: str
    geometry: tuple[GeometryFamily, ...] = ()
    geometry_required: bool = True
    key_field: str = "code"
    own_fields: tuple[Field, ...] = ()
    style: Style = field(default_factory=lambda: Style(fill="#888888", stroke="#555555"))

    @property
    def fields(self) -> tuple[Field, ...]:
        """List every field in column order: code and name, the kind's own, then the common rest."""
        return (*IDENTITY_FIELDS, *self.own_fields, *RECORD_FIELDS)

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


IDENTITY_FIELDS = (
    Field(
        key="code",
        title_zh="编码",
        title_en="Code",
        aliases=("编号", "代码", "标识码", "ObjID", "bh", "bm"),
    ),
    Field(
        key="name",
        title_zh="名称",
        title_en="Name",
        aliases=("名字", "ObjName", "name", "mc"),
    ),
)

RECORD_FIELDS = (
    Field(
        key="valid_from",
        title_zh="生效日期",
        title_en="Valid from",
        type=FieldType.DATE,
        aliases=("启用日期", "开始日期", "ORDate", "start_date"),
    ),
    Field(
        key="valid_to",
        title_zh="失效日期",
        title_en="Valid to",
        type=FieldType.DATE,
        aliases=("停用日期", "结束日期", "end_date"),
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
        aliases=("普查日期", "采集日期", "摸排日期", "survey_date"),
    ),
    Field(
        key="note",
        title_zh="备注",
        title_en="Note",
        aliases=("说明", "Note", "Comment", "Comments", "bz"),
    ),
)
