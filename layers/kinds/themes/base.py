"""The base map: roads, walkways, water, place names."""

from __future__ import annotations

from layers.kinds.codes.base import PLACE_TYPE, ROAD_CLASS, WALKWAY_CLASS, WATER_TYPE
from layers.kinds.codes.green import ACCESS
from layers.kinds.fields import integer, real, text
from layers.kinds.model import GeometryFamily, Kind, Style, Theme
from layers.kinds.shared import LINE, OUTSIDE_M, POINT

THEME = Theme(key="base", title_zh="底图", title_en="Base map", position=90)

_WIDTH_M = real(
    "width_m", "宽度", "Width", unit="m", minimum=0, aliases=("宽度（米）", "width", "kd")
)

ROAD = Kind(
    key="road",
    title_zh="道路",
    title_en="Road",
    group=THEME.key,
    geometry=LINE,
    beyond_m=OUTSIDE_M,
    code_aliases=("道路编码", "道路编号", "dlbm"),
    name_aliases=("道路名称", "路名", "dlmc"),
    own_fields=(
        text(
            "class", "道路等级", "Class", codes=ROAD_CLASS, aliases=("道路类型", "highway", "dldj")
        ),
        _WIDTH_M,
        integer("lanes", "车道数", "Lanes", minimum=0),
    ),
    style=Style(fill="#e3ded3", stroke="#cfc8b8", fill_opacity=0.0, stroke_width=2.4, order=20),
)

WALKWAY = Kind(
    key="walkway",
    title_zh="步行道",
    title_en="Walkway",
    group=THEME.key,
    geometry=LINE,
    beyond_m=OUTSIDE_M,
    code_aliases=("步道编码",),
    name_aliases=("步道名称",),
    own_fields=(
        text("class", "步行道类型", "Class", codes=WALKWAY_CLASS, aliases=("步道类型", "highway")),
        real(
            "slope_percent",
            "坡度",
            "Slope",
            unit="%",
            minimum=-100,
            maximum=100,
            aliases=("坡度（%）", "slope", "incline"),
        ),
        text("access", "开放程度", "Public access", codes=ACCESS, aliases=("是否开放",)),
        integer("level", "立体层级", "Level", aliases=("层级", "layer")),
        _WIDTH_M,
    ),
    style=Style(
        fill="#d9cbb2",
        stroke="#b8a27c",
        fill_opacity=0.0,
        stroke_width=1.0,
        dash="3 3",
        visible=False,
        order=22,
    ),
)

WATER = Kind(
    key="water",
    title_zh="水域",
    title_en="Water",
    group=THEME.key,
    geometry=(GeometryFamily.AREA, GeometryFamily.LINE),
    beyond_m=OUTSIDE_M,
    code_aliases=("水域编码",),
    name_aliases=("水域名称", "河流名称"),
    own_fields=(
        text(
            "water_type",
            "水体类型",
            "Type of water",
            codes=WATER_TYPE,
            aliases=("水域类型", "water", "waterway", "landuse", "natural"),
        ),
        _WIDTH_M,
    ),
    style=Style(fill="#a6cee3", stroke="#5b9bc7", fill_opacity=0.9, stroke_width=0.8, order=10),
)

PLACE_NAME = Kind(
    key="place_name",
    title_zh="地名",
    title_en="Place name",
    group=THEME.key,
    geometry=POINT,
    beyond_m=OUTSIDE_M,
    code_aliases=("地名编码",),
    name_aliases=("地名", "标准地名"),
    own_fields=(
        text(
            "place_type",
            "地名类型",
            "Type of place",
            codes=PLACE_TYPE,
            aliases=("地名类别", "place"),
        ),
    ),
    style=Style(
        fill="#2f2f38", stroke="#ffffff", radius_px=2.5, fill_opacity=1.0, visible=False, order=130
    ),
)

KINDS = (ROAD, WALKWAY, WATER, PLACE_NAME)
