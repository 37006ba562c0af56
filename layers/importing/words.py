"""The words by which ledgers say what a line, a column or a unit is, read from `words.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Any

_CONTENT: Mapping[str, Any] = tomllib.loads(
    files("layers.importing").joinpath("words.toml").read_text("utf-8")
)

LINE_WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {name: tuple(words) for name, words in _CONTENT["lines"].items()}
)
"""What totals, remarks and explanations are known by."""

PLACE_WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {name: tuple(words) for name, words in _CONTENT["places"].items()}
)
"""What columns of coordinates are called, folded; better names first."""

ELSEWHERE: tuple[str, ...] = tuple(_CONTENT["elsewhere"]["headings"])
"""Headings of columns that ledgers have and no kind stores."""

RETURNED_HEADINGS: frozenset[str] = frozenset(_CONTENT["returned"]["headings"])
"""What the column of remarks on rejected rows is called, folded."""

DATUM_NAMES: Mapping[str, str] = MappingProxyType(
    {word: name for name, words in _CONTENT["datums"].items() for word in words}
)
"""Datums by their other names, folded."""

UNITS: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {unit: MappingProxyType(others) for unit, others in _CONTENT["units"].items()}
)
"""By unit, how many of it one of the others is."""
