"""Writing a kind as TOML: the form in which a store keeps it, and the template for the next one.

The text is canonical: equal kinds give equal texts, and what a key would be anyway is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from layers.kinds.model import Choice, CodeList, Field, FieldType, Kind, Style, Theme

_NOTHING: tuple[object, ...] = (None, "", (), [])


def write_declaration(kind: Kind, theme: Theme | None, *, built_in: Mapping[str, CodeList]) -> str:
    """Write a kind, the theme that is its own, and those of its code lists that are not built in.

    Examples
    --------
    >>> bench = Kind(key="bench", title_zh="长椅", title_en="Bench", group="green")
    >>> print(write_declaration(bench, None, built_in={}))
    key = "bench"
    title_zh = "长椅"
    title_en = "Bench"
    group = "green"
    geometry = []
    <BLANKLINE>
    [style]
    fill = "#888888"
    stroke = "#555555"
    <BLANKLINE>
    """
    lists = {
        codes.key: codes
        for field in kind.own_fields
        for codes in (field.codes, *field.code_systems)
        if codes is not None and built_in.get(codes.key) != codes
    }
    parts = [_lines(_kind(kind))]
    if theme is not None:
        parts.append("[theme]\n" + _lines(vars(theme)))
    parts.append("[style]\n" + _lines(_style(kind.style)))
    parts += ["[[field]]\n" + _lines(_field(field)) for field in kind.own_fields]
    parts += ["[[code_list]]\n" + _code_list(codes) for codes in lists.values()]
    return "\n".join(parts)


def _kind(kind: Kind) -> dict[str, object]:
    return {
        "key": kind.key,
        "title_zh": kind.title_zh,
        "title_en": kind.title_en,
        "group": kind.group,
        # An empty list says that this is only a register.
        "geometry": _Always(family.value for family in kind.geometry),
        "geometry_required": None if kind.geometry_required else False,
        "placed_by": kind.placed_by,
        "key_field": None if kind.key_field == "code" else kind.key_field,
        "near_m": kind.near_m or None,
        "beyond_m": kind.beyond_m or None,
        "code_aliases": kind.code_aliases,
        "name_aliases": kind.name_aliases,
    }


def _style(style: Style) -> dict[str, object]:
    usual = vars(Style(fill="", stroke=""))
    return {name: value for name, value in vars(style).items() if value != usual[name]}


def _field(field: Field) -> dict[str, object]:
    return {
        "key": field.key,
        "title_zh": field.title_zh,
        "title_en": field.title_en,
        "type": None if field.type is FieldType.TEXT else field.type.value,
        "unit": field.unit,
        "codes": field.codes and field.codes.key,
        "code_systems": [codes.key for codes in field.code_systems],
        "aliases": field.aliases,
        "required": field.required or None,
        "minimum": field.minimum,
        "maximum": field.maximum,
        "refers_to": field.refers_to,
        "refers_by": field.refers_by,
    }


def _code_list(codes: CodeList) -> str:
    head = {
        "key": codes.key,
        "title_zh": codes.title_zh,
        "title_en": codes.title_en,
        "source": codes.source,
        "verified": codes.verified or None,
        "extensible": codes.extensible or None,
    }
    choices = "".join(f"  {{ {_choice(choice)} }},\n" for choice in codes.choices)
    return f"{_lines(head)}choices = [\n{choices}]\n"


def _choice(choice: Choice) -> str:
    told = {
        "value": choice.value,
        "title_zh": choice.title_zh,
        "title_en": choice.title_en,
        "aliases": choice.aliases,
        "verified": None if choice.verified else False,
    }
    return ", ".join(f"{key} = {_literal(value)}" for key, value in told.items() if _is_said(value))


class _Always(list[str]):
    """A list that is written even when it is empty."""


def _is_said(value: object) -> bool:
    return isinstance(value, _Always | bool) or value not in _NOTHING


def _lines(values: Mapping[str, Any]) -> str:
    return "".join(
        f"{key} = {_literal(value)}\n" for key, value in values.items() if _is_said(value)
    )


def _literal(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    items: Iterable[object] | None = value if isinstance(value, list | tuple) else None
    if items is not None:
        return f"[{', '.join(_literal(item) for item in items)}]"
    # JSON and TOML write texts, numbers and truth values alike, but for one character.
    return json.dumps(value, ensure_ascii=False, allow_nan=False).replace("\x7f", "\\u007F")
