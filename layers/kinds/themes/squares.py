"""Red squares 红色广场 and what stands on them."""

from __future__ import annotations

from layers.kinds.codes.civic import FACILITY_TYPE
from layers.kinds.codes.components import OBJECT_CONDITION
from layers.kinds.fields import integer, text
from layers.kinds.model import GeometryFamily, Kind, Style, Theme
from layers.kinds.shared import AREA_M2, LOCATION, OWNER_ORG, RESPONSIBLE_ORG, condition

THEME = Theme(key="squares", title_zh="红色广场", title_en="Red squares", position=60)

RED_SQUARE = Kind(
    key="red_square",
    title_zh="红色广场",
    title_en="Red square",
    group=THEME.key,
    geometry=(GeometryFamily.AREA, GeometryFamily.POINT),
    near_m=5.0,
    code_aliases=("广场编码", "广场编号"),
    name_aliases=("广场名称",),
    own_fields=(
        text("theme", "广场主题", "Theme", aliases=("主题",)),
        AREA_M2,
        integer("capacity", "容纳人数", "Capacity", minimum=0, aliases=("可容纳人数",)),
        OWNER_ORG,
        RESPONSIBLE_ORG,
        LOCATION,
    ),
    # The one red on the map: these squares are red by name.
    style=Style(fill="#c0282f", stroke="#8e0b23", fill_opacity=0.55, radius_px=7.0, order=40),
)

SQUARE_FACILITY = Kind(
    key="square_facility",
    title_zh="广场设施",
    title_en="Facility on a square",
    group=THEME.key,
    geometry=(GeometryFamily.POINT, GeometryFamily.AREA),
    near_m=0.3,
    code_aliases=("设施编码", "设施编号"),
    name_aliases=("设施名称",),
    own_fields=(
        text(
            "facility_type",
            "设施类型",
            "Type of facility",
            required=True,
            codes=FACILITY_TYPE,
            aliases=("设施种类",),
        ),
        text(
            "red_square_code",
            "所属广场",
            "Red square",
            refers_to="red_square",
            aliases=("广场编码", "所在广场"),
        ),
        condition(OBJECT_CONDITION, "设施状况"),
        OWNER_ORG,
        RESPONSIBLE_ORG,
    ),
    style=Style(
        fill="#e69f00", stroke="#7a5400", radius_px=4.0, fill_opacity=0.9, visible=False, order=118
    ),
)

KINDS = (RED_SQUARE, SQUARE_FACILITY)
