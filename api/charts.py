"""Pages of results that have no place on a map: one file that needs nobody, as the maps are."""

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from api import bands, figures
from api.definitions import named_tier
from api.maps.assets import PAGE_STYLES, Assets, file_policy
from api.maps.base import Rendered
from api.templates import render
from api.texts import Texts
from api.unkept import Bands

__all__ = ["Chart", "band_chart"]

_PER_MILLE = 1000


@dataclass(frozen=True)
class Chart:
    """A finished page that a notebook shows in a frame, as it shows a map."""

    page: Rendered

    def finish(self) -> Rendered:
        """Give the page."""
        return self.page

    def save(self, path: str | Path) -> None:
        """Write the page."""
        Path(path).write_text(self.page.html, encoding="utf-8")

    def _repr_html_(self) -> str:
        held = escape(self.page.html)
        return f'<iframe srcdoc="{held}" style="width:100%;height:520px;border:0"></iframe>'


def band_chart(made: Bands, texts: Texts) -> Chart:
    """Draw for each tier what its share is with each choice changed, from 0 to 100 %."""
    weight = made.result.weight
    tiers = [
        {
            "title": named_tier(tier["tier"], tier["tier_zh"], texts),
            "share": figures.share(tier["share"], texts),
            "range": bands.band(tier, texts),
            "mark": _at(tier["share"]),
            "rows": [_row(one, weight, texts) for one in tier["variants"]],
        }
        for tier in made.run.results["sensitivity"]
    ]
    assets = Assets(PAGE_STYLES, (), inline=True)
    shared = {"assets": assets, "navigation": "", "policy": file_policy(())}
    return Chart(Rendered(str(render("bands.html", texts, tiers=tiers, **shared))))


def _row(one: dict[str, Any], weight: str, texts: Texts) -> dict[str, Any]:
    displaced = one["aspect"] == "position_m"
    return {
        "aspect": bands.aspect_title(one["aspect"], texts),
        "value": bands.value_text(one["aspect"], one["value"], texts),
        "share": bands.share_text(one, texts),
        "ratio": "" if displaced else figures.ratio(one["covered"], one["base"], weight, texts),
        "low": _at(one["lower"]),
        "high": _at(one["upper"]),
        "mark": None if displaced else _at(one["share"]),
    }


def _at(share: float | None) -> float | None:
    return None if share is None else round(share * _PER_MILLE, 1)
