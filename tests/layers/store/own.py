"""Kinds of one's own to try the stores with."""

from dataclasses import replace
from pathlib import Path

from layers.kinds import Field, FieldType, GeometryFamily, Kind
from layers.kinds.own import Declaration, read_kind_file

EXAMPLES = Path(__file__).resolve().parents[3] / "docs" / "examples"


def example(name: str) -> Declaration:
    """Read one of the examples of the documentation."""
    return read_kind_file(EXAMPLES / f"{name}.toml")


BENCH = Kind(
    key="bench",
    title_zh="长椅",
    title_en="Bench",
    group="green",
    geometry=(GeometryFamily.POINT,),
    own_fields=(Field(key="seats", title_zh="座位数", title_en="Seats", type=FieldType.INTEGER),),
)


def with_field(kind: Kind, key: str, type_: FieldType = FieldType.TEXT) -> Kind:
    """Give a kind with one more field."""
    more = Field(key=key, title_zh=f"字段{key}", title_en=f"Field {key}", type=type_)
    return replace(kind, own_fields=(*kind.own_fields, more))
