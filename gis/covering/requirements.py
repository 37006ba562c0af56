"""What is asked of indicators: a value, whether it may be just reached, and where it was found.

A value that was not found in a published text that states it is kept, but nothing is judged by it.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from gis.presets import presets

__all__ = ["Judgement", "Requirement", "requirements"]

Judgement = Literal["met", "not_met", "undecided", "unverified", "other_base", "not_given"]


@dataclass(frozen=True)
class Requirement:
    """One value that is asked of an indicator.

    `least` is in the unit of the indicator; with `strict` more than that is asked. `verified` says
    whether the number was found in a published text that states it.
    """

    key: str
    indicator: str
    least: float
    strict: bool
    verified: bool
    source_zh: str
    source_en: str
    note_zh: str = ""
    note_en: str = ""

    def judge(self, lower: float | None, upper: float | None) -> Judgement:
        """Judge a value between two bounds; nothing is judged by what is not verified.

        Examples
        --------
        >>> asked = requirements()["landscape_code_per_capita"]
        >>> asked.judge(8.0, 8.0), asked.judge(8.1, 8.1), asked.judge(7.9, 8.1)
        ('not_met', 'met', 'undecided')
        """
        if lower is None or upper is None:
            return "not_given"
        if not self.verified:
            return "unverified"
        least, most = self._is_enough(lower), self._is_enough(upper)
        if least == most:
            return "met" if least else "not_met"
        return "undecided"

    def _is_enough(self, value: float) -> bool:
        return value > self.least if self.strict else value >= self.least


@cache
def requirements() -> dict[str, Requirement]:
    """Read everything that is asked, by key, the first of each indicator first."""
    text = (files("gis") / "requirements.toml").read_text(encoding="utf-8")
    found = [_requirement(entry) for entry in tomllib.loads(text)["required"]]
    return {each.key: each for each in found}


def _requirement(entry: dict[str, Any]) -> Requirement:
    values = dict(entry)
    preset, tier = values.pop("ruleset", None), values.pop("tier", None)
    if preset is not None:
        rules = presets[preset]
        values |= {"least": rules.tier(tier).required_share, "verified": rules.verified}
    return Requirement(**values)
