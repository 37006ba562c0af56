"""The folium map that every page is built on, its layers, and the page around it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

import folium
from branca.element import Element, Figure
from folium.elements import MacroElement
from folium.template import Template
from geopandas import GeoDataFrame
from markupsafe import Markup
from pandas import Series

from api.maps.assets import Assets, file_policy, nonce_mark, script_hash
from api.maps.encode import box_of, column, encode, to_json
from api.templates import render
from api.texts import Texts

_WORLD = [[-60.0, -170.0], [75.0, 170.0]]


@dataclass(frozen=True)
class Look:
    """How a feature is drawn; `fill` None leaves it hollow, `width` 0 without an outline."""

    fill: str | None
    stroke: str = "#ffffff"
    fill_opacity: float = 0.7
    width: float = 0.6
    radius_px: float = 3.5
    dash: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Give the style under the names that the page's script knows."""
        return {
            "fill": self.fill,
            "fillOpacity": self.fill_opacity,
            "stroke": self.stroke,
            "weight": self.width,
            "radius": self.radius_px,
            "dash": self.dash,
        }


@dataclass(frozen=True, kw_only=True)
class MapLayer:
    """One layer of a map: features, how they look, and what they say when pointed at.

    `heading` (the name of a feature) and `fields` (title, column) are finished texts in rows like
    `frame`. `look_at` gives for each row the number of its look. A layer with a `tier` shows only
    while that tier is chosen; `same_as` names the layer that has the same shapes already.
    """

    name: str
    title: str
    frame: GeoDataFrame
    looks: Sequence[Look]
    look_at: Sequence[int] | None = None
    heading: Series | None = None
    fields: Sequence[tuple[str, Series]] = ()
    brief: int = 8
    visible: bool = True
    interactive: bool = True
    thin: bool = False
    tier: str | None = None
    same_as: str | None = None

    @property
    def id(self) -> str:
        """Name the layer in a way that no other layer of the map has."""
        return self.name if self.tier is None else f"{self.name}-{self.tier}"

    @cached_property
    def count(self) -> int:
        """Count the features that have a place on the map."""
        geometry = self.frame.geometry
        return int((~(geometry.isna() | geometry.is_empty)).sum())

    @cached_property
    def box(self) -> tuple[float, float, float, float] | None:
        """Find west, south, east and north of the features; None where none has a place."""
        return box_of(self.frame.geometry)

    @cached_property
    def written(self) -> dict[int, str]:
        """Hold what a page is given of this layer, by how many shapes it draws at most.

        Layers that are kept from one page to the next are not written again.
        """
        return {}


@dataclass(frozen=True)
class Label:
    """A text that stands on the map, at latitude and longitude.

    One with a `size` (degrees north and east of what it names) shows only where that has room for
    it. A `badge` is a number in a disc.
    """

    at: tuple[float, float]
    text: str
    detail: str = ""
    size: tuple[float, float] | None = None
    badge: bool = False
    tier: str | None = None


@dataclass(frozen=True)
class Rendered:
    """A finished page, and the content-security sources of the scripts of one that is a file."""

    html: str
    script_sources: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PageParts:
    """What stands around a map: titles, panel, and the links that only a served page has."""

    texts: Texts
    title: str
    panel: str = ""
    assets: Assets = field(default_factory=lambda: Assets(inline=True))
    navigation: str = ""


class MapFigure(Figure):
    """The page around a map; replaces folium's own, which would fetch things from outside."""

    def __init__(self, parts: PageParts) -> None:
        super().__init__(title=parts.title)
        self.parts = parts
        # Left to chance, the same map would be another file each time.
        self._id = "greengrid"

    def finish(self) -> Rendered:
        """Render the page, with the sources that a content-security policy must name.

        A page that is one file carries the policy itself, and so cannot fetch anything. One that
        is served has a mark where the word by which its scripts are known will stand.
        """
        script, kwargs = self._render_parts()
        if not self.parts.assets.inline:
            html = render("map.html", self.parts.texts, policy="", nonce=nonce_mark(), **kwargs)
            return Rendered(str(html))
        sources = (script_hash(script), *self.parts.assets.script_hashes)
        policy = file_policy(sources)
        html = render("map.html", self.parts.texts, policy=policy, nonce="", **kwargs)
        return Rendered(str(html), sources)

    def render(self, **_: Any) -> str:
        """Render the page as folium does, open to whatever else was added to the map."""
        kwargs = self._render_parts()[1]
        return str(render("map.html", self.parts.texts, policy="", nonce="", **kwargs))

    def _render_parts(self) -> tuple[str, dict[str, Any]]:
        for child in self._children.values():
            child.render()
        script = f"\n{self.script.render()}\n{self._finishing()}\n"
        return script, {
            "page": self.parts,
            "head": Markup(self.header.render()),  # noqa: S704  folium's own markup
            "body": Markup(self.html.render()),  # noqa: S704  the same; data is escaped JSON
            "script": Markup(script),  # noqa: S704  the same
        }

    def _finishing(self) -> str:
        maps = [child for child in self._children.values() if isinstance(child, OfflineMap)]
        return "\n".join(f"greengrid.finish({found.get_name()});" for found in maps)


class OfflineMap(folium.Map):
    """A folium map without a base map, that asks nobody for anything.

    Further folium layers may be added; those that need scripts of their own need a network.
    """

    _template = Template(
        """
        {% macro html(this, kwargs) %}
            <div class="folium-map" id={{ this.get_name()|tojson }}></div>
            <script type="application/json" id="{{ this.get_name() }}-setup">
            {{- this.setup -}}</script>
        {% endmacro %}
        {% macro script(this, kwargs) %}
            var {{ this.get_name() }} = L.map({{ this.get_name()|tojson }}, {
                center: {{ this.location|tojson }},
                crs: L.CRS.{{ this.crs }},
                ...{{ this.options|tojavascript }}
            });
            greengrid.begin({{ this.get_name() }}, "{{ this.get_name() }}-setup");
        {% endmacro %}
        """
    )
    default_js: list[tuple[str, str]] = []  # noqa: RUF012  declared so by folium
    default_css: list[tuple[str, str]] = []  # noqa: RUF012  the same

    def __init__(
        self,
        parts: PageParts,
        *,
        bounds: list[list[float]] | None,
        labels: Sequence[Label] = (),
        tier: str | None = None,
    ) -> None:
        corners = bounds or _WORLD
        centre = [sum(corner[axis] for corner in corners) / 2 for axis in (0, 1)]
        super().__init__(
            location=centre,
            tiles=None,
            zoom_start=12,
            prefer_canvas=True,
            max_zoom=20,
            zoom_snap=0.25,
            attribution_control=False,
        )
        self._id = "greengrid"
        self.setup = to_json(
            {
                "bounds": corners,
                "north": parts.texts("pages.map.north"),
                "labels": [asdict(label) for label in labels],
                "tier": tier,
            }
        )
        self.add_to(MapFigure(parts))

    def finish(self) -> Rendered:
        """Render the page that the map stands in."""
        figure = self.get_root()
        if not isinstance(figure, MapFigure):
            return Rendered(figure.render())
        return figure.finish()


class Verbatim(Element):
    """A text that stands in a page as it is, and is no template to be read through."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def render(self, **_: Any) -> str:
        """Give the text."""
        return self._text


class VectorLayer(MacroElement):
    """A layer of features, held in the page as compact JSON and drawn by our own script."""

    _name = "layer"
    _template = Template(
        """
        {% macro html(this, kwargs) %}
            <script type="application/json" id="{{ this.get_name()|e }}">{{ this.data }}</script>
        {% endmacro %}
        {% macro script(this, kwargs) %}
            greengrid.layer({{ this._parent.get_name() }}, {{ this.get_name()|tojson }});
        {% endmacro %}
        """
    )

    def __init__(self, layer: MapLayer, *, max_shapes: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # not annotated in branca
        self._name = "layer"
        self._id = layer.id
        if max_shapes not in layer.written:
            layer.written[max_shapes] = to_json(_document(layer, max_shapes))
        self.data = layer.written[max_shapes]

    def render(self, **kwargs: Any) -> str:
        """Put the data and the call that draws them into the page."""
        figure, macros = self.get_root(), self._template.module
        if not isinstance(figure, Figure):
            raise TypeError(type(figure))
        for part, place in (("html", figure.html), ("script", figure.script)):
            text = getattr(macros, part)(self, kwargs)
            place.add_child(Verbatim(text), name=self.get_name())
        return ""


def _document(layer: MapLayer, max_shapes: int) -> dict[str, Any]:
    return {
        "name": layer.name,
        "tier": layer.tier,
        "title": layer.title,
        "sameAs": layer.same_as and f"layer_{layer.same_as}",
        "families": [] if layer.same_as else _families(layer, max_shapes),
        "styles": [look.to_dict() for look in layer.looks],
        "styleAt": None if layer.look_at is None else list(layer.look_at),
        "heading": None if layer.heading is None else column(layer.heading),
        "fields": [{"title": title, "values": column(values)} for title, values in layer.fields],
        "brief": layer.brief,
        "visible": layer.visible,
        "interactive": layer.interactive,
    }


def _families(layer: MapLayer, max_shapes: int) -> list[dict[str, Any]]:
    found = encode(layer.frame.geometry, max_shapes=max_shapes, thin=layer.thin)
    return [
        {
            "shape": one.shape,
            "parts": one.parts,
            "rows": one.rows.tolist(),
            "asPoints": one.as_points,
        }
        for one in found
    ]


def build_map(
    parts: PageParts,
    layers: Sequence[MapLayer],
    *,
    bounds: list[list[float]] | None,
    max_shapes: int,
    labels: Sequence[Label] = (),
    tier: str | None = None,
) -> OfflineMap:
    """Build a map of `layers`, the first one lowest; `tier` is the one that shows first."""
    made = OfflineMap(parts, bounds=bounds, labels=labels, tier=tier)
    for layer in layers:
        VectorLayer(layer, max_shapes=max_shapes).add_to(made)
    return made


__all__ = [
    "Element",
    "Label",
    "Look",
    "MapFigure",
    "MapLayer",
    "OfflineMap",
    "PageParts",
    "Rendered",
    "VectorLayer",
    "build_map",
]
