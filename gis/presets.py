"""Rule sets that are published, or at least spoken of, ready to use.

The first is the one to begin with: of all of them it alone is a clause of a national standard in
force whose radius, land classes, denominator and demanded share were all found in print. The
others answer why figures for one city differ. Each says in its notes what it assumes.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from gis.errors import PresetUnknownError
from gis.rules import RuleSet

__all__ = ["RECOMMENDED", "presets"]

_KEYS = (
    "gbt51346_500m",
    "park_activity_site_2022",
    "nantong_2018",
    "who_2016",
    "angst_2010",
    "baishan_slogan_300_500_1000",
)

RECOMMENDED = _KEYS[0]
"""Key of the rule set to begin with."""


class _Presets(Mapping[str, RuleSet]):
    """Rule sets by key, each read from its file once, when first asked for."""

    def __getitem__(self, key: str) -> RuleSet:
        if key not in _KEYS:
            raise PresetUnknownError(preset=key, presets=_KEYS)
        return _read(key)

    def __iter__(self) -> Iterator[str]:
        return iter(_KEYS)

    def __len__(self) -> int:
        return len(_KEYS)


@cache
def _read(key: str) -> RuleSet:
    text = (files("gis") / "rulesets" / f"{key}.toml").read_text(encoding="utf-8")
    return RuleSet.from_toml(text)


presets: Mapping[str, RuleSet] = _Presets()
"""The rule sets that come with the package, the recommended one first.

Examples
--------
>>> [(tier.radius_m, tier.min_area_m2) for tier in presets["who_2016"].tiers]
[(300.0, 5000.0), (300.0, 10000.0)]
>>> presets["baishan_slogan_300_500_1000"].verified
False
"""
