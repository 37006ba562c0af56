"""How a figure would be by other definitions, in words: a band, and what stands behind it.

Reads the plain form in which a run keeps it, so that a kept run says the same as a new one.
"""

from collections.abc import Mapping
from typing import Any

from api import figures
from api.definitions import named_tier
from api.tables import Column, Table
from api.texts import Texts

__all__ = [
    "aspect_title",
    "band",
    "band_table",
    "bands_by_tier",
    "between",
    "brief_table",
    "choices",
    "share_text",
    "value_text",
]

Plain = Mapping[str, Any]


def bands_by_tier(results: Plain) -> dict[str, Plain]:
    """Find the bands of a run by tier; none where it has none."""
    return {found["tier"]: found for found in results.get("sensitivity", ())}


def band(found: Plain | None, texts: Texts) -> str:
    """Write the band of a tier from its least to its greatest share."""
    if found is None or found["low"] is None:
        return texts("pages.value.none")
    return between(found["low"], found["high"], texts)


def choices(found: Plain, texts: Texts) -> list[tuple[str, str]]:
    """List each choice that was changed, with the shares that it leads to."""
    by_aspect: dict[str, list[str]] = {}
    for one in found["variants"]:
        if one["aspect"] != "rule":
            value = value_text(one["aspect"], one["value"], texts)
            said = texts("bands.value", value=value, share=share_text(one, texts))
            by_aspect.setdefault(one["aspect"], []).append(said)
    return [
        (aspect_title(aspect, texts), texts.enumerate(said)) for aspect, said in by_aspect.items()
    ]


def aspect_title(aspect: str, texts: Texts) -> str:
    """Name a choice."""
    return texts(f"bands.aspect.{aspect}")


def value_text(aspect: str, value: Any, texts: Texts) -> str:
    """Write what was chosen."""
    if aspect == "rule":
        return ""
    if aspect in {"distance", "to"}:
        return texts(f"bands.choice.{value}")
    if aspect == "min_area_m2":
        return texts("bands.square_metres", value=f"{value:,.0f}")
    signed = f"{value:+g}" if aspect == "radius_m" else f"±{value:g}"
    return texts("bands.metres", value=signed.replace("-", "−"))


def band_table(results: Plain, texts: Texts) -> Table:
    """Make one row for each tier and definition."""
    rows = [
        [
            named_tier(tier["tier"], tier["tier_zh"], texts),
            aspect_title(one["aspect"], texts),
            value_text(one["aspect"], one["value"], texts),
            *(one[name] for name in ("covered", "base", "share", "lower", "upper")),
        ]
        for tier in results.get("sensitivity", ())
        for one in tier["variants"]
    ]
    columns = [
        Column(texts("pages.column.tier"), texts("pages.sheet.tier")),
        *(
            Column(texts(f"bands.sheet.{name}"), texts(f"bands.sheet.{name}_note"))
            for name in ("aspect", "value")
        ),
        *(
            Column(texts(f"pages.column.{name}"), texts(f"pages.sheet.{name}"), "#,##0.##")
            for name in ("covered", "base")
        ),
        Column(texts("pages.column.share"), texts("pages.sheet.share"), "0.0%"),
        *(
            Column(texts(f"bands.sheet.{name}"), texts(f"bands.sheet.{name}_note"), "0.0%")
            for name in ("lower", "upper")
        ),
    ]
    return Table(texts("bands.sheet.title"), columns, rows)


def brief_table(results: Plain, texts: Texts) -> Table:
    """Make one row for each tier: its share, and the band."""
    rows = [
        [named_tier(tier["tier"], tier["tier_zh"], texts), tier["share"], band(tier, texts)]
        for tier in results.get("sensitivity", ())
    ]
    columns = [
        Column(texts("pages.column.tier"), ""),
        Column(texts("pages.column.share"), "", "0.0%"),
        Column(texts("bands.heading"), ""),
    ]
    return Table(texts("bands.title"), columns, rows)


def share_text(one: Plain, texts: Texts) -> str:
    """Write the share with one choice changed; of displaced positions, its bounds."""
    if one["aspect"] == "position_m":
        return between(one["lower"], one["upper"], texts)
    return figures.share(one["share"], texts)


def between(low: float | None, high: float | None, texts: Texts) -> str:
    """Write what lies between two shares."""
    least, greatest = figures.share(low, texts), figures.share(high, texts)
    if least == greatest:
        return least
    return texts("bands.range", low=least.removesuffix(" %"), high=greatest)
