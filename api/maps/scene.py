"""What all three maps share: options, credits, the ground under the data, looks of kinds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Self

from geopandas import GeoDataFrame
from pandas import Series

from api.maps.assets import Assets
from api.maps.base import Label, Look, MapLayer, OfflineMap, PageParts, build_map
from api.maps.encode import on_map
from api.templates import render
from api.texts import Texts, texts_in
from gis import CoverageResult, SensitivityResult
from layers.clock import today
from layers.kinds import KINDS, GeometryFamily, Kind, Kinds
from layers.store.withholding import WITHHELD

# Lowest first. Quiet, so that the data stand out.
GROUND_LOOKS: dict[str, Look] = {
    "water": Look("#cfe3ec", "#b3d0dd", fill_opacity=1.0, width=1.0),
    "road": Look(None, "#d3d2ca", width=1.4),
}

_GROUND_SHAPES = {"road": "line"}

_SHAPES = {
    GeometryFamily.POINT: "point",
    GeometryFamily.LINE: "line",
    GeometryFamily.AREA: "area",
}


@dataclass(frozen=True)
class Option:
    """One choice of a control, with the value that goes into the address."""

    value: str
    title: str


@dataclass(frozen=True)
class Control:
    """A list to choose from in the panel of a served page."""

    name: str
    title: str
    value: str
    options: Sequence[Option]


@dataclass(frozen=True, kw_only=True)
class MapOptions:
    """How a map page is made; the defaults make one file that needs nobody.

    `kinds` are those of the store that is shown.
    `navigation`, `controls`, `compare` and `proof` lead to other pages, so an export has none.
    """

    texts: Texts = field(default_factory=lambda: texts_in("zh"))
    assets: Assets = field(default_factory=lambda: Assets(inline=True))
    navigation: str = ""
    max_shapes: int = 10_000
    place: str = ""
    data_credit: str = ""
    map_approval: str = ""
    kinds: Kinds = KINDS
    controls: Sequence[Control] = ()
    compare: str = ""
    proof: str = ""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A result and what is known around it, that the result itself does not hold.

    `tier` is the one in view. `units` are the areas of `level`, indexed as in the result's
    `by_unit`, with a column `name` if they have names. `names` label the places and
    `target_names` the targets. `weight` names what is counted where the result only knows of
    places. `sensitivity` says what the figures would be by other definitions, where that is known.
    `ground` holds water and roads. `kinds` are those that the targets may be of.
    """

    result: CoverageResult
    tier: str
    level: str | None = None
    units: GeoDataFrame | None = None
    names: Series | None = None
    target_names: Series | None = None
    ground: Mapping[str, GeoDataFrame] = field(default_factory=dict)
    weight: str | None = None
    run_id: str | None = None
    sensitivity: SensitivityResult | None = None
    kinds: Kinds = KINDS

    def by_tier(self) -> list[Self]:
        """Give the scene with each tier in view, in the order of the rule set."""
        return [replace(self, tier=tier.name) for tier in self.result.ruleset.tiers]

    @property
    def is_first(self) -> bool:
        """Tell whether the tier in view is the first, whose layers hold the shared shapes."""
        return self.tier == self.first

    @property
    def first(self) -> str:
        """Name the first tier."""
        return self.result.ruleset.tiers[0].name

    @property
    def counted(self) -> str:
        """Name what is counted."""
        return self.weight or self.result.weight


@dataclass(frozen=True)
class LayerEntry:
    """A line of the layer list in the panel."""

    name: str
    title: str
    count: int
    shape: str
    look: Look
    visible: bool
    as_points: bool = False


def compose(
    options: MapOptions,
    title: str,
    panel: tuple[str, Mapping[str, Any]],
    layers: Sequence[MapLayer],
    labels: Sequence[Label] = (),
    tier: str | None = None,
) -> OfflineMap:
    """Put layers and panel (template and what it shows) together to a page."""
    template, view = panel
    heading = f"{title} · {options.place}" if options.place else title
    parts = PageParts(
        texts=options.texts,
        title=heading,
        panel=render(template, options.texts, view=view),
        assets=options.assets,
        navigation=options.navigation,
    )
    drawn = [layer for layer in layers if layer.count]
    main = [layer for layer in drawn if layer.name not in GROUND_LOOKS]
    return build_map(
        parts,
        drawn,
        bounds=_corners(main or drawn),
        max_shapes=options.max_shapes,
        labels=labels,
        tier=tier,
    )


def _corners(layers: Iterable[MapLayer]) -> list[list[float]] | None:
    """Find the south-west and north-east corner of everything; None where there is nothing."""
    boxes = [layer.box for layer in layers if layer.box is not None]
    if not boxes:
        return None
    west, south, east, north = zip(*boxes, strict=True)
    return [[round(min(south), 6), round(min(west), 6)],
            [round(max(north), 6), round(max(east), 6)]]  # fmt: skip


def ground_layers(ground: Mapping[str, GeoDataFrame], texts: Texts) -> list[MapLayer]:
    """Make the quiet layers that lie under everything."""
    return [
        MapLayer(
            name=key,
            title=texts.title(KINDS[key]),
            frame=ground[key],
            looks=[look],
            interactive=False,
        )
        for key, look in GROUND_LOOKS.items()
        if key in ground
    ]


def kind_look(kind: Kind) -> Look:
    """Turn the declared style of a kind into a look."""
    style = kind.style
    return Look(
        style.fill,
        style.stroke,
        fill_opacity=style.fill_opacity,
        width=style.stroke_width,
        radius_px=style.radius_px,
        dash=style.dash,
    )


def kind_shape(kind: Kind) -> str:
    """Name the shape that stands for a kind in a legend."""
    return _SHAPES[kind.geometry[-1]] if kind.geometry else "area"


def entry_of(layer: MapLayer, shape: str, options: MapOptions) -> LayerEntry:
    """List a layer in the panel."""
    return LayerEntry(
        name=layer.name,
        title=layer.title,
        count=layer.count,
        shape=_GROUND_SHAPES.get(layer.name, shape),
        look=layer.looks[0],
        visible=layer.visible,
        as_points=shape != "point" and layer.count > options.max_shapes,
    )


def credit_lines(
    options: MapOptions,
    on: date | None,
    *,
    run_id: str | None = None,
    frames: Iterable[GeoDataFrame] = (),
) -> list[tuple[str, str]]:
    """List date, data, map approval number and run, as they stand at the foot of a legend.

    Where counts of `frames` are withheld it is said why.
    """
    texts = options.texts
    lines = [
        (texts("pages.map.date"), texts.value(on or today())),
        (texts("pages.map.data"), options.data_credit or texts("pages.map.data_unknown")),
        (
            texts("pages.map.approval"),
            options.map_approval or texts("pages.map.approval_empty"),
        ),
    ]
    if any(frame.attrs.get(WITHHELD) for frame in frames):
        lines.append((texts("pages.withheld.mark"), texts("pages.withheld.why")))
    return [*lines, (texts("pages.map.run"), run_id)] if run_id else lines


def sizes_of(frame: GeoDataFrame) -> list[tuple[float, float]]:
    """Find how many degrees north and east each feature extends."""
    box = on_map(frame.geometry).bounds
    north, east = box["maxy"] - box["miny"], box["maxx"] - box["minx"]
    return [(round(a, 6), round(b, 6)) for a, b in zip(north, east, strict=True)]


def label_points(frame: GeoDataFrame) -> list[tuple[float, float] | None]:
    """Find for each feature a latitude and longitude on it, for its name to stand at."""
    geometry = on_map(frame.geometry)
    inside = geometry.representative_point()
    return [
        None if point is None or point.is_empty else (round(point.y, 6), round(point.x, 6))
        for point in inside
    ]
