"""Units coloured by the share of them that is covered, with their classes and labels."""

from collections.abc import Sequence
from typing import Any

from geopandas import GeoDataFrame
from pandas import DataFrame, Series, isna

from api import figures
from api.definitions import level_title
from api.maps.base import Label, Look, MapLayer
from api.maps.classes import NO_DATA, SHARE_CLASSES, UNIT_LINE, share_class
from api.maps.scene import Scene, label_points, sizes_of
from api.texts import Texts

UNIT_LOOKS = [
    *(Look(step.colour, UNIT_LINE, fill_opacity=1.0, width=0.8) for step in SHARE_CLASSES),
    Look(NO_DATA, UNIT_LINE, fill_opacity=1.0, width=0.8),
]


def _unit_rows(scene: Scene) -> DataFrame | None:
    """Take the rows of the shown level and tier, by unit; the row for "in no unit" has no area."""
    rows = scene.result.by_unit
    if scene.level is None or scene.units is None or rows.empty:
        return None
    chosen = rows[(rows["level"] == scene.level) & (rows["tier"] == scene.tier)]
    return chosen[chosen["unit"].notna()].set_index("unit").reindex(scene.units.index)


def unit_layer(scene: Scene, texts: Texts) -> list[MapLayer]:
    """Draw the units by their share of the tier in view; nothing where there are no units."""
    rows = _unit_rows(scene)
    if rows is None or scene.units is None:
        return []
    return [
        MapLayer(
            name="units",
            title=level_text("share_by", scene, texts),
            frame=scene.units,
            looks=UNIT_LOOKS,
            look_at=[_class_number(share) for share in rows["share"]],
            heading=unit_names(scene.units),
            fields=_unit_fields(scene, rows, texts),
            thin=True,
            tier=scene.tier,
            same_as=None if scene.is_first else f"units-{scene.first}",
        )
    ]


def _unit_fields(scene: Scene, rows: DataFrame, texts: Texts) -> list[tuple[str, Series]]:
    weight = scene.counted
    ratios = [
        figures.ratio(covered, base, weight, texts)
        for covered, base in zip(rows["covered"], rows["base"], strict=True)
    ]
    left = rows["uncovered"].map(lambda value: figures.quantity(value, weight, texts))
    return [
        (texts("pages.coverage.share"), rows["share"].map(lambda one: figures.share(one, texts))),
        (texts("pages.coverage.covered"), Series(ratios, index=rows.index)),
        (texts("pages.coverage.uncovered"), left),
    ]


def class_lines(scene: Scene, texts: Texts) -> list[dict[str, Any]]:
    """List the classes with the number of units in each, best first."""
    rows = _unit_rows(scene)
    if rows is None:
        return []
    return lines_of([_class_number(share) for share in rows["share"]], texts)


def lines_of(numbers: Sequence[int], texts: Texts) -> list[dict[str, Any]]:
    """List classes with how many of `numbers` name each, best first; the last is of no base."""
    lines = [
        {"look": UNIT_LOOKS[n], "title": _class_title(n, texts), "count": numbers.count(n)}
        for n in reversed(range(len(SHARE_CLASSES)))
    ]
    empty = numbers.count(len(SHARE_CLASSES))
    title = texts("pages.coverage.no_base")
    return [*lines, {"look": UNIT_LOOKS[-1], "title": title, "count": empty}] if empty else lines


def _class_title(number: int, texts: Texts) -> str:
    step = SHARE_CLASSES[number]
    lower, upper = figures.percent(step.lower), figures.percent(step.upper)
    if number == 0:
        return texts("pages.coverage.below", share=upper)
    if number == len(SHARE_CLASSES) - 1:
        return texts("pages.coverage.at_least", share=lower)
    return texts("pages.coverage.between", lower=lower.removesuffix(" %"), upper=upper)


def _class_number(share: Any) -> int:
    number = share_class(share)
    return len(SHARE_CLASSES) if number is None else number


def unit_labels(scene: Scene, texts: Texts) -> list[Label]:
    """Write name and share on the units; the script hides those for which there is no room."""
    rows = _unit_rows(scene)
    if rows is None or scene.units is None:
        return []
    names = unit_names(scene.units)
    return [
        Label(at, str(name), figures.share(share, texts), size=size, tier=scene.tier)
        for at, size, name, share in zip(
            label_points(scene.units), sizes_of(scene.units), names, rows["share"], strict=True
        )
        if at is not None and not isna(share)
    ]


def unit_names(units: GeoDataFrame) -> Series:
    """Name units, by their label where they have no name."""
    labels = Series(units.index.astype(str), index=units.index)
    return units["name"].fillna(labels) if "name" in units else labels


def level_text(key: str, scene: Scene, texts: Texts) -> str:
    """Say something about the level of the units."""
    title = level_title(scene.level or "", texts)
    return texts(f"pages.coverage.{key}", level=title if texts.lang == "zh" else title.lower())
