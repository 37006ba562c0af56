"""The columns of a sheet: for each field of a kind, its place, and what the program keeps.

    编码 | 名称 | … | *认养地块 | … | 经度 | 纬度 | 唯一标识 | 版本

A column knows how it is headed, what the line below its heading explains, and which values a
spreadsheet may offer or refuse.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from layers.exporting.workbook.cells import truth
from layers.exporting.workbook.words import Words
from layers.kinds import Field, FieldType, GeometryFamily, Kind, Kinds

UID = Field(key="uid", title_zh="唯一标识", title_en="Identifier")
REVISION = Field(key="revision", title_zh="版本", title_en="Revision", type=FieldType.INTEGER)
WKT = Field(key="wkt", title_zh="几何（WKT）", title_en="Geometry (WKT)")
LONGITUDE = Field(key="lon", title_zh="经度", title_en="Longitude", type=FieldType.REAL)
LATITUDE = Field(key="lat", title_zh="纬度", title_en="Latitude", type=FieldType.REAL)
EASTING = Field(key="x", title_zh="横坐标", title_en="Easting", type=FieldType.REAL)
NORTHING = Field(key="y", title_zh="纵坐标", title_en="Northing", type=FieldType.REAL)
IDENTITY = (UID, REVISION)

REQUIRED_MARK = "*"
_EXAMPLES = {"lon": "126.590600", "lat": "41.900600"}
_LINE = "\n"
_EITHER = 3  # so many columns of places: a row has coordinates or a shape


class Role(StrEnum):
    """What a column is to a row."""

    FIELD = "field"
    PLACE = "place"
    IDENTITY = "identity"  # kept by the program: which feature, and as of when


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a sheet.

    `choices` are the words that may be chosen; with `closed` there are no others. `names` is the
    key of the kind whose codes may be chosen instead.
    """

    field: Field
    role: Role
    heading: str
    explanation: str
    choices: tuple[str, ...] = ()
    closed: bool = False
    names: str | None = None


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How the sheets of one workbook are written: language, datum (None: still to be chosen)."""

    words: Words
    kinds: Kinds
    datum: str | None = None
    in_metres: bool = False


def columns_of(kind: Kind, layout: Layout, *, with_identity: bool) -> tuple[Column, ...]:
    """Lay out the columns of a kind."""
    fields = [_of_field(kind, field, layout) for field in kind.fields]
    places = [_of_place(kind, field, layout) for field in place_fields(kind, layout)]
    kept = [_of_identity(field, layout) for field in IDENTITY] if with_identity else []
    return (*fields, *places, *kept)


def place_fields(kind: Kind, layout: Layout) -> tuple[Field, ...]:
    """Name the fields in which the place of a feature stands."""
    if not kind.is_spatial:
        return ()
    axes = (EASTING, NORTHING) if layout.in_metres else (LONGITUDE, LATITUDE)
    if kind.geometry == (GeometryFamily.POINT,):
        return axes
    # Most features of such a kind may be points, which nobody writes as WKT.
    return (*axes, WKT) if GeometryFamily.POINT in kind.geometry else (WKT,)


def _of_field(kind: Kind, field: Field, layout: Layout) -> Column:
    words = layout.words
    explained = [words("marks", "required" if field.required else "optional")]
    explained += _explained(kind, field, layout)
    choices = _choices(field, words)
    return Column(
        field=field,
        role=Role.FIELD,
        heading=f"{REQUIRED_MARK if field.required else ''}{words.title(field)}",
        explanation=_LINE.join(explained),
        choices=choices,
        closed=_is_closed(field),
        names=field.refers_to if field.refers_to in layout.kinds else None,
    )


def _choices(field: Field, words: Words) -> tuple[str, ...]:
    if field.type is FieldType.BOOLEAN:
        return (truth(value=True, words=words), truth(value=False, words=words))
    return tuple(words.title(choice) for choice in field.codes.choices) if field.codes else ()


def _is_closed(field: Field) -> bool:
    if field.type is FieldType.BOOLEAN:
        return True
    several = field.type is FieldType.TEXT_LIST
    return field.codes is not None and not field.codes.extensible and not several


def _explained(kind: Kind, field: Field, layout: Layout) -> list[str]:
    words = layout.words
    said: list[str] = []
    if field.type not in {FieldType.TEXT, FieldType.DATETIME}:
        said.append(words("cells", field.type.value))
    if field.type is FieldType.DATETIME:
        said.append(words("cells", "datetime", zone=_zone(words)))
    if field.codes is not None:
        offered = "choose" if _is_closed(field) else "choose_or_write"
        said.append(words("cells", offered))
    if field.unit:
        said.append(words("cells", "unit", unit=words.unit(field.unit)))
    if (within := range_of(field, words)) is not None:
        said.append(within)
    return [*said, *_references(kind, field, layout)]


def _references(kind: Kind, field: Field, layout: Layout) -> list[str]:
    words = layout.words
    if field.key == kind.key_field:
        return [words("cells", "code")]
    if field.refers_to is not None and field.refers_to in layout.kinds:
        target = words.title(layout.kinds[field.refers_to])
        return [words("cells", "refers_to", kind=target)]
    if field.refers_by is not None:
        other = words.title(kind.field_named(field.refers_by))
        return [words("cells", "refers_by", field=other)]
    if field.code_systems:
        system = words.title(kind.field_named("code_system"))
        return [words("cells", "by_system", field=system)]
    return [words("cells", "words")] if field.key in kind.placed_by else []


def range_of(field: Field, words: Words) -> str | None:
    """Say between which bounds the numbers of a field lie."""
    low, high = (_number(bound) for bound in (field.minimum, field.maximum))
    if low is None and high is None:
        return None
    if high is None:
        return words("cells", "at_least", minimum=low)
    if low is None:
        return words("cells", "at_most", maximum=high)
    return words("cells", "between", minimum=low, maximum=high)


def _number(bound: float | None) -> str | None:
    return None if bound is None else f"{bound:g}"


def _zone(words: Words) -> str:
    return "北京时间" if words.lang == "zh" else "Beijing time"


def _of_place(kind: Kind, field: Field, layout: Layout) -> Column:
    words = layout.words
    said = [words("marks", "optional")]
    if field is WKT:
        said.append(words("cells", "wkt"))
    elif layout.in_metres:
        said.append(words("cells", "metres"))
    else:
        said.append(words("cells", "degrees", example=_EXAMPLES[field.key]))
    if layout.datum is None:
        said.append(words("cells", "datum_asked"))
    else:
        said.append(words("cells", "datum_said", datum=layout.datum))
    must = kind.geometry_required and len(place_fields(kind, layout)) < _EITHER
    if must:
        said[0] = words("marks", "required")
    return Column(
        field=field,
        role=Role.PLACE,
        heading=f"{REQUIRED_MARK if must else ''}{words.title(field)}",
        explanation=_LINE.join(said),
    )


def _of_identity(field: Field, layout: Layout) -> Column:
    words = layout.words
    return Column(
        field=field,
        role=Role.IDENTITY,
        heading=words.title(field),
        explanation=_LINE.join([words("marks", "optional"), words("cells", "kept")]),
    )
