"""Green space, its entrances, and scenery."""

from __future__ import annotations

from layers.kinds.codes.green import ACCESS, GREEN_CLASSES, GREEN_CODE_SYSTEM, SCENIC_TYPE
from layers.kinds.fields import integer, real, text, yes_no
from layers.kinds.model import GeometryFamily, Kind, Style, Theme
from layers.kinds.shared import (
    AREA,
    AREA_M2,
    LOCATION,
    MAINTAINER_ORG,
    OUTSIDE_M,
    OWNER_ORG,
    POINT,
)

THEME = Theme(key="green", title_zh="绿地与景观", title_en="Green space", position=30)

_ACCESS = text(
    "access",
    "开放程度",
    "Public access",
    codes=ACCESS,
    aliases=("开放情况", "是否对外开放", "是否开放"),
)

GREEN_SPACE = Kind(
    key="green_space",
    title_zh="绿地",
    title_en="Green space",
    group=THEME.key,
    geometry=AREA,
    beyond_m=OUTSIDE_M,
    code_aliases=("绿地编码", "绿地编号", "ldbm", "ldbh"),
    name_aliases=("绿地名称", "公园名称", "ldmc"),
    own_fields=(
        text(
            "class_code",
            "绿地分类代码",
            "Green space class",
            code_systems=GREEN_CLASSES,
            aliases=("绿地类型", "分类代码", "ldfldm", "leisure", "landuse", "natural"),
        ),
        text(
            "code_system",
            "绿地分类标准",
            "Green space code system",
            codes=GREEN_CODE_SYSTEM,
            aliases=("分类标准",),
        ),
        _ACCESS,
        yes_no("counts_as_green", "是否计入绿地", "Counts as green space", aliases=("sfjrld",)),
        yes_no(
            "counts_as_coverage",
            "是否计入绿化覆盖",
            "Counts as green coverage",
            aliases=("sfjrlhfg",),
        ),
        AREA_M2,
        real("width_m", "宽度", "Width", unit="m", minimum=0, aliases=("宽度（米）", "kd")),
        OWNER_ORG,
        MAINTAINER_ORG,
        LOCATION,
    ),
    style=Style(fill="#4ea55a", stroke="#1b7837", fill_opacity=0.75, stroke_width=0.8, order=25),
)

GREEN_ENTRANCE = Kind(
    key="green_entrance",
    title_zh="绿地出入口",
    title_en="Entrance of a green space",
    group=THEME.key,
    geometry=POINT,
    near_m=2.0,
    beyond_m=OUTSIDE_M,
    code_aliases=("出入口编码",),
    name_aliases=("出入口名称",),
    own_fields=(
        text(
            "green_code",
            "所属绿地",
            "Green space",
            required=True,
            refers_to="green_space",
            aliases=("绿地编码", "绿地编号", "ldbm"),
        ),
        yes_no("barrier_free", "无障碍", "Barrier-free", aliases=("是否无障碍", "wheelchair")),
    ),
    style=Style(
        fill="#1b7837",
        stroke="#ffffff",
        fill_opacity=1.0,
        radius_px=3.0,
        visible=False,
        order=120,
    ),
)

SCENIC_SPOT = Kind(
    key="scenic_spot",
    title_zh="景点",
    title_en="Scenic spot",
    group=THEME.key,
    geometry=(GeometryFamily.POINT, GeometryFamily.AREA),
    near_m=5.0,
    beyond_m=OUTSIDE_M,
    code_aliases=("景点编码",),
    name_aliases=("景点名称", "景区名称"),
    own_fields=(
        text(
            "scenic_type",
            "景点类型",
            "Kind of scenery",
            codes=SCENIC_TYPE,
            aliases=("景观类型", "tourism"),
        ),
        _ACCESS,
        integer("grade", "景区等级", "Grade", minimum=1, maximum=5, aliases=("A级",)),
        AREA_M2,
        LOCATION,
    ),
    style=Style(fill="#cc6bb0", stroke="#7d2a66", fill_opacity=0.85, radius_px=6.0, order=110),
)

KINDS = (GREEN_SPACE, GREEN_ENTRANCE, SCENIC_SPOT)
