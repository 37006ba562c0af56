"""One constructor for each type of field, so that a kind reads as a table of its columns."""

from __future__ import annotations

from typing import TypedDict, Unpack

from layers.kinds.model import CodeList, Field, FieldType


class FieldOptions(TypedDict, total=False):
    """What a field may say beyond its key, titles and type; see `Field`."""

    unit: str
    codes: CodeList | None
    code_systems: tuple[CodeList, ...]
    aliases: tuple[str, ...]
    required: bool
    minimum: float | None
    maximum: float | None
    refers_to: str | None
    refers_by: str | None


def text(key: str, zh: str, en: str, **options: Unpack[FieldOptions]) -> Field:
    """Declare a field of text."""
    return Field(key=key, title_zh=zh, title_en=en, type=FieldType.TEXT, **options)


def text_list(key: str, zh: str, en: str, **options: Unpack[FieldOptions]) -> Field:
    """Declare a field of several texts."""
    return Field(key=key, title_zh=zh, title_en=en, type=FieldType.TEXT_LIST, **options)


def integer(key: str, zh: str, en: str, **options: Unpack[FieldOptions]) -> Field:
    """Declare a field of whole numbers."""
    return Field(key=key, title_zh=zh, title_en=en, type=FieldType.INTEGER, **options)


def real(key: str, zh: str, en: str, **options: Unpack[FieldOptions]) -> Field:
    """Declare a field of real numbers."""
    return Field(key=key, title_zh=zh, title_en=en, type=FieldType.REAL, **options)


def yes_no(key: str, zh: str, en: str, **options: Unpack[FieldOptions]) -> Field:
    """Declare a field that is true or false."""
    return Field(key=key, title_zh=zh, title_en=en, type=FieldType.BOOLEAN, **options)


def day(key: str, zh: str, en: str, **options: Unpack[FieldOptions]) -> Field:
    """Declare a field of dates."""
    return Field(key=key, title_zh=zh, title_en=en, type=FieldType.DATE, **options)


def moment(key: str, zh: str, en: str, **options: Unpack[FieldOptions]) -> Field:
    """Declare a field of dates with a time of day."""
    return Field(key=key, title_zh=zh, title_en=en, type=FieldType.DATETIME, **options)
