"""The layer kinds: every layer that the city keeps, each declared once.

Every module of `layers.kinds.themes` has a `THEME` and `KINDS`, and these make up the registry; a
kind is added by editing one of them, or by adding one. A city's own kinds come from TOML files
(`layers.kinds.own`) and belong to the store that they were added to.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType

from layers.errors import UnknownKindError
from layers.kinds import themes
from layers.kinds.model import (
    LIST_SEPARATOR,
    Choice,
    CodeList,
    Field,
    FieldType,
    GeometryFamily,
    Kind,
    Style,
    Theme,
    fold,
)
from layers.kinds.registry import Kinds

__all__ = [
    "KINDS",
    "LIST_SEPARATOR",
    "THEMES",
    "Choice",
    "CodeList",
    "Field",
    "FieldType",
    "GeometryFamily",
    "Kind",
    "Kinds",
    "Style",
    "Theme",
    "UnknownKindError",
    "fold",
    "kind",
]


def _theme_modules() -> list[ModuleType]:
    names = [info.name for info in pkgutil.iter_modules(themes.__path__)]
    modules = [import_module(f"{themes.__name__}.{name}") for name in names]
    return sorted(modules, key=lambda module: (module.THEME.position, module.THEME.key))


_MODULES = _theme_modules()

KINDS = Kinds(
    (declared for module in _MODULES for declared in module.KINDS),
    (module.THEME for module in _MODULES),
)
"""Every kind that comes with the package by its key, in declared order; a store may know more."""

THEMES: Mapping[str, Theme] = KINDS.themes
"""Every theme by its key, in the order of listing."""


def kind(key: str) -> Kind:
    """Find a kind that comes with the package by its key.

    Raises
    ------
    UnknownKindError
    """
    return KINDS.named(key)
