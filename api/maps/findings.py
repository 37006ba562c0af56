"""The map of what a check found: the ground that is wrong, by sort of finding, upon the units."""

from collections.abc import Mapping, Sequence
from typing import Any

from geopandas import GeoDataFrame
from pandas import Series

from api.maps.base import Look, MapLayer, OfflineMap
from api.maps.classes import PARTLY, UNCOVERED
from api.maps.scene import MapOptions, compose, credit_lines, entry_of, ground_layers, kind_look
from api.texts import Texts
from layers.kinds import KINDS

# Told apart by shape of the outline as well as by colour.
SEVERITY_LOOKS: Mapping[str, Look] = {
    "error": Look(UNCOVERED, UNCOVERED, fill_opacity=0.45, width=2.4, radius_px=6.5),
    "warning": Look(PARTLY, "#7a5200", fill_opacity=0.5, width=2.2, radius_px=6.0),
    "notice": Look("#8aa0b3", "#3c5366", fill_opacity=0.4, width=1.8, radius_px=5.0, dash="4 3"),
}
_LEVELS = ("district", "street", "community", "grid")
_BRIEF = 2


def findings_map(
    listed: GeoDataFrame,
    ground: Mapping[str, GeoDataFrame],
    account: str,
    options: MapOptions,
) -> OfflineMap:
    """Draw findings by code, the gravest first; each says what is wrong and what to do.

    Parameters
    ----------
    listed
        As `layers.checking.findings_frame` gives it, in longitude and latitude.
    ground
        Water and roads, and the units by level, which are drawn hollow.
    account
        The sentence that says how much was checked.
    """
    texts = options.texts
    layers = [_layer(code, rows, texts) for code, rows in _by_code(listed)]
    placed = [layer for layer in layers if layer.count]
    view: dict[str, Any] = {
        "title": texts("check.map.title"),
        "count": len(listed),
        "account": account,
        "severities": [
            (look, texts(f"check.severity.{key}"), int((listed["severity"] == key).sum()))
            for key, look in SEVERITY_LOOKS.items()
        ],
        "entries": [entry_of(layer, "area", options) for layer in placed],
        "unplaced": int((listed.geometry.isna() | listed.geometry.is_empty).sum()),
        "foot": credit_lines(options, None),
    }
    drawn = [*ground_layers(ground, texts), *_unit_layers(ground, texts), *reversed(placed)]
    return compose(options, view["title"], ("panel_findings.html", view), drawn)


def _by_code(listed: GeoDataFrame) -> list[tuple[str, GeoDataFrame]]:
    """Group findings by code: the gravest first, of those the most frequent."""
    gravity = list(SEVERITY_LOOKS)
    groups = [(str(code), rows) for code, rows in listed.groupby("code")]
    return sorted(
        groups,
        key=lambda each: (gravity.index(each[1]["severity"].iloc[0]), -len(each[1]), each[0]),
    )


def _layer(code: str, rows: GeoDataFrame, texts: Texts) -> MapLayer:
    def titled(key: str) -> Series:
        return Series(rows[key].to_numpy(dtype=object), index=rows.index, dtype=object)

    kinds = titled("kind").map(lambda key: texts.title(KINDS[key]) if key in KINDS else key)
    names = titled("key").where(titled("key") != "", titled("uid"))
    return MapLayer(
        name=f"finding-{code}",
        title=texts(f"check.title.{code}") if texts.has(f"check.title.{code}") else code,
        frame=rows,
        looks=[SEVERITY_LOOKS[rows["severity"].iloc[0]]],
        heading=kinds + " " + names,
        fields=[
            (texts("check.map.wrong"), titled("message")),
            (texts("check.map.remedy"), titled("remedy")),
            (texts("check.map.code"), titled("code")),
        ],
        brief=_BRIEF,
    )


def _unit_layers(ground: Mapping[str, GeoDataFrame], texts: Texts) -> Sequence[MapLayer]:
    return [
        MapLayer(
            name=level,
            title=texts.title(KINDS[level]),
            frame=ground[level],
            looks=[kind_look(KINDS[level])],
            interactive=False,
        )
        for level in reversed(_LEVELS)
        if level in ground
    ]
