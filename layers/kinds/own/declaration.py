"""The declaration of one kind, read from TOML.

    key = "fitness_equipment"
    title_zh = "健身器材"
    title_en = "Fitness equipment"
    group = "public_service"            # a theme that there is, or the one declared here
    geometry = ["point"]                # point, line, area; none for a mere register
    geometry_required = true
    placed_by = []                      # fields of which one says where a row without a place is
    key_field = "code"
    near_m = 0.5                        # points nearer than that are probably one; -1: never
    beyond_m = 0                        # metres outside the territory without a remark
    code_aliases = ["器材编号"]           # headings that code and name have in ledgers
    name_aliases = ["器材名称"]

    [theme]                             # only where `group` names a new one
    key = "public_service"
    title_zh = "公共设施"
    title_en = "Public facilities"
    position = 55

    [style]
    fill = "#1b9e77"
    stroke = "#ffffff"

    [[field]]
    key = "equipment_type"
    title_zh = "器材类型"
    title_en = "Type"
    type = "text"                       # text, text_list, integer, real, boolean, date, datetime
    codes = "equipment_type"            # a list declared below, or one that comes with the package
    aliases = ["类型"]

    [[code_list]]
    key = "equipment_type"
    title_zh = "器材类型"
    title_en = "Type of equipment"
    choices = [
      { value = "walker", title_zh = "漫步机", title_en = "Air walker", aliases = ["太空漫步机"] },
    ]

The keys are those of `layers.kinds.model`, and there are no others.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from difflib import get_close_matches

from layers.kinds.model import (
    Choice,
    CodeList,
    Field,
    FieldType,
    GeometryFamily,
    Kind,
    Style,
    Theme,
)
from layers.kinds.own.errors import (
    KindFileError,
    KindSyntaxError,
    KindTakenError,
    KindTypeError,
    KindValueError,
)
from layers.kinds.own.limits import (
    COLOUR,
    DASH,
    MAX_CHOICES,
    MAX_CODE_LISTS,
    MAX_FIELDS,
    MAX_TEXT,
    MAX_UNIT,
    NOT_FOR_FIELDS,
)
from layers.kinds.own.lines import line_numbers
from layers.kinds.own.tables import Findings, Table
from layers.kinds.registry import Kinds

_FAMILIES = tuple(family.value for family in GeometryFamily)
_TYPES = tuple(each.value for each in FieldType)
_PLAIN = Style(fill="#888888", stroke="#555555")


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """One kind, and the theme it is listed under where that is declared with it."""

    kind: Kind
    theme: Theme | None = None


def parse_declaration(text: str, *, name: str, known: Kinds) -> tuple[Declaration, Findings]:
    """Understand the text of a declaration, and list what is wrong with each of its parts.

    Raises
    ------
    KindFileError
        The text is no TOML.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problem = KindSyntaxError(at=name, found=str(error), allowed="TOML")
        raise KindFileError(file=name, count=1, problems=(problem,)) from None
    findings = Findings(name, line_numbers(text))
    top = Table(findings, "", content)
    lists = _code_lists(top, known)
    declaration = Declaration(kind=_kind(top, lists), theme=_theme(top.table("theme")))
    _require_use(declaration.kind, lists, known, findings)
    _require_fields(declaration.kind, findings)
    top.done()
    return declaration, findings


def _kind(table: Table, lists: dict[str, CodeList]) -> Kind:
    return Kind(
        key=table.name("key"),
        title_zh=table.text("title_zh", required=True),
        title_en=table.text("title_en", required=True),
        group=table.text("group", required=True),
        geometry=_geometry(table),
        geometry_required=table.truth("geometry_required", default=True),
        placed_by=table.words("placed_by"),
        key_field=table.text("key_field") or "code",
        near_m=_number(table, "near_m", (-1, 1000), 0.0),
        beyond_m=_number(table, "beyond_m", (0, 100_000), 0.0),
        code_aliases=table.words("code_aliases"),
        name_aliases=table.words("name_aliases"),
        own_fields=tuple(_field(each, lists) for each in table.tables("field", most=MAX_FIELDS)),
        style=_style(table.table("style")),
    )


def _require_use(kind: Kind, lists: dict[str, CodeList], known: Kinds, findings: Findings) -> None:
    """Refuse a list that no field names: somebody meant one to."""
    used = {
        codes.key
        for field in kind.own_fields
        for codes in (field.codes, *field.code_systems)
        if codes is not None
    }
    declared = [key for key in lists if key not in known.code_lists()]
    for number, key in enumerate(declared, 1):
        if key not in used:
            findings.add(KindValueError, f"code_list[{number}].key", key, "used")


def _require_fields(kind: Kind, findings: Findings) -> None:
    """Refuse fields that are to say where a row is, and that are none."""
    fields = tuple(field.key for field in kind.fields)
    for number, key in enumerate(kind.placed_by, 1):
        if key not in fields:
            findings.add(KindValueError, f"placed_by[{number}]", key, fields)


def _geometry(table: Table) -> tuple[GeometryFamily, ...]:
    families = table.words("geometry", most=len(_FAMILIES))
    for number, family in enumerate(families, 1):
        if family not in _FAMILIES:
            where = f"{table.at('geometry')}[{number}]"
            table.findings.add(KindValueError, where, family, _FAMILIES)
    named = dict.fromkeys(family for family in families if family in _FAMILIES)
    return tuple(GeometryFamily(family) for family in named)


def _theme(table: Table | None) -> Theme | None:
    if table is None:
        return None
    theme = Theme(
        key=table.name("key"),
        title_zh=table.text("title_zh", required=True),
        title_en=table.text("title_en", required=True),
        position=table.whole("position", (0, 1000), default=95),
    )
    table.done()
    return theme


def _style(table: Table | None) -> Style:
    if table is None:
        return _PLAIN
    style = Style(
        fill=table.shaped("fill", COLOUR, "#rrggbb", _PLAIN.fill).lower(),
        stroke=table.shaped("stroke", COLOUR, "#rrggbb", _PLAIN.stroke).lower(),
        fill_opacity=_number(table, "fill_opacity", (0, 1), _PLAIN.fill_opacity),
        stroke_width=_number(table, "stroke_width", (0, 20), _PLAIN.stroke_width),
        radius_px=_number(table, "radius_px", (1, 30), _PLAIN.radius_px),
        dash=table.shaped("dash", DASH, "4 4", ""),
        visible=table.truth("visible", default=True),
        order=table.whole("order", (0, 1000), default=0),
    )
    table.done()
    return style


def _number(table: Table, key: str, bounds: tuple[float, float], default: float) -> float:
    found = table.number(key, bounds, default=default)
    return default if found is None else found


def _field(table: Table, lists: dict[str, CodeList]) -> Field:
    field = Field(
        key=table.name("key", NOT_FOR_FIELDS),
        title_zh=table.text("title_zh", required=True),
        title_en=table.text("title_en", required=True),
        type=FieldType(table.one_of("type", _TYPES, FieldType.TEXT.value)),
        unit=table.text("unit", longest=MAX_UNIT),
        codes=_listed(table, "codes", table.text("codes"), lists),
        code_systems=_systems(table, lists),
        aliases=table.words("aliases"),
        required=table.truth("required", default=False),
        minimum=table.number("minimum"),
        maximum=table.number("maximum"),
        refers_to=table.text("refers_to") or None,
        refers_by=table.text("refers_by") or None,
    )
    table.done()
    return field


def _systems(table: Table, lists: dict[str, CodeList]) -> tuple[CodeList, ...]:
    keys = table.words("code_systems")
    found = (
        _listed(table, f"code_systems[{number}]", key, lists) for number, key in enumerate(keys, 1)
    )
    return tuple(codes for codes in found if codes is not None)


def _listed(table: Table, where: str, key: str, lists: dict[str, CodeList]) -> CodeList | None:
    if not key or key in lists:
        return lists.get(key)
    # Those of the package are too many to be read.
    near = get_close_matches(key, lists) or ["[[code_list]]"]
    table.findings.add(KindValueError, table.at(where), key, tuple(near))
    return None


def _code_lists(top: Table, known: Kinds) -> dict[str, CodeList]:
    """Read the lists of the file, beside those that come with the package."""
    lists = known.code_lists()
    for table in top.tables("code_list", most=MAX_CODE_LISTS):
        codes = _code_list(table)
        if codes.key in lists:
            table.findings.add(KindTakenError, table.at("key"), codes.key, "code_list")
        elif codes.key:
            lists[codes.key] = codes
    return lists


def _code_list(table: Table) -> CodeList:
    codes = CodeList(
        key=table.name("key"),
        title_zh=table.text("title_zh", required=True),
        title_en=table.text("title_en", required=True),
        choices=tuple(
            _choice(each) for each in table.tables("choices", most=MAX_CHOICES, required=True)
        ),
        source=table.text("source", longest=MAX_TEXT),
        verified=table.truth("verified", default=False),
        extensible=table.truth("extensible", default=False),
    )
    if not codes.choices and table.has("choices"):
        table.findings.add(KindTypeError, table.at("choices"), "list", "choices")
    table.done()
    return codes


def _choice(table: Table) -> Choice:
    choice = Choice(
        value=table.text("value", required=True),
        title_zh=table.text("title_zh", required=True),
        title_en=table.text("title_en", required=True),
        aliases=table.words("aliases"),
        verified=table.truth("verified", default=True),
    )
    table.done()
    return choice
