"""The words of our own sheets beside titles, read from `words.toml`.

They stand here, as titles stand in the declarations, because a sheet comes back: the reader knows
by them which line explains, and which cell names the datum.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType

LANGS = ("zh", "en")

WORDS: Mapping[str, Mapping[str, Mapping[str, str]]] = MappingProxyType(
    tomllib.loads(files("layers.exporting.workbook").joinpath("words.toml").read_text("utf-8"))
)
"""By group and name, the word in either language."""

FORMAT = "GreenGrid 1"
"""What the notes of our own workbooks say of their format."""


class Words:
    """The words in one language."""

    def __init__(self, lang: str) -> None:
        self.lang = lang if lang in LANGS else LANGS[-1]

    def __call__(self, group: str, name: str, **values: object) -> str:
        """Say the word `name` of a group, with values filled in."""
        return WORDS[group][name][self.lang].format_map(values)

    def unit(self, unit: str) -> str:
        """Give a unit as people write it."""
        return self("units", unit) if unit in WORDS["units"] else unit

    def title(self, thing: object) -> str:
        """Give the title of whatever is declared with a Chinese and an English one."""
        return str(getattr(thing, f"title_{self.lang}"))


def spelt(group: str, name: str) -> frozenset[str]:
    """Give a word in all languages."""
    return frozenset(WORDS[group][name].values())
