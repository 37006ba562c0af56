"""Territory: district, street, community and grid, and the cells of digital city management.

A grid 网格 is a governance grid of a community; a grid cell 单元网格 is a management cell of about
10,000 m². They are different things and neither is a part of the other.
"""

from __future__ import annotations

from layers.kinds.codes.land import GRID_CODE_SYSTEM, GRID_TYPE
from layers.kinds.fields import integer, text
from layers.kinds.model import Kind, Style, Theme
from layers.kinds.shared import (
    AREA,
    AREA_M2,
    COMMUNITY_CODE,
    GRID_CODE,
    HOUSEHOLDS,
    POPULATION,
    RESPONSIBLE_ORG,
    parent,
)

THEME = Theme(key="territory", title_zh="区划与网格", title_en="Territory", position=10)

_GRID_CODE_SYSTEM = text(
    "code_system", "网格编码规则", "Grid code system", codes=GRID_CODE_SYSTEM, aliases=("编码规则",)
)

DISTRICT = Kind(
    key="district",
    title_zh="区县",
    title_en="District",
    group=THEME.key,
    geometry=AREA,
    code_aliases=("行政区划代码", "区划代码", "district_adcode", "adcode", "xzqdm", "areaCode"),
    name_aliases=("区县名称", "行政区名称", "district_name", "area_name", "xzqmc"),
    own_fields=(
        parent("所属地市", "City", refers_to=None, aliases=("city_adcode", "cityCode")),
        HOUSEHOLDS,
        POPULATION,
    ),
    style=Style(fill="#ffffff", stroke="#3b3b45", fill_opacity=0.0, stroke_width=3.0, order=90),
)

STREET = Kind(
    key="street",
    title_zh="街道",
    title_en="Street (subdistrict)",
    group=THEME.key,
    geometry=AREA,
    code_aliases=("街道编码", "街道代码", "镇街编码", "streetCode"),
    name_aliases=("街道名称", "镇街名称", "乡镇街道", "street_name"),
    own_fields=(
        parent(
            "所属区县",
            "District",
            refers_to="district",
            aliases=("区县编码", "区县代码", "areaCode"),
        ),
        HOUSEHOLDS,
        POPULATION,
    ),
    style=Style(
        fill="#ffffff",
        stroke="#52525e",
        fill_opacity=0.0,
        stroke_width=2.2,
        dash="10 4",
        order=80,
    ),
)

COMMUNITY = Kind(
    key="community",
    title_zh="社区",
    title_en="Community",
    group=THEME.key,
    geometry=AREA,
    code_aliases=("社区编码", "社区代码", "村居编码"),
    name_aliases=("社区名称", "村居名称"),
    own_fields=(
        parent(
            "所属街道", "Street", refers_to="street", aliases=("街道编码", "街道代码", "streetCode")
        ),
        HOUSEHOLDS,
        POPULATION,
    ),
    style=Style(
        fill="#ffffff", stroke="#71717e", fill_opacity=0.0, stroke_width=1.5, dash="6 4", order=70
    ),
)

GRID = Kind(
    key="grid",
    title_zh="网格",
    title_en="Grid",
    group=THEME.key,
    geometry=AREA,
    code_aliases=("网格编码", "网格编号", "网格代码", "wgbm"),
    name_aliases=("网格名称", "wgmc"),
    own_fields=(
        parent("所属社区", "Community", refers_to="community", aliases=("社区编码", "社区代码")),
        _GRID_CODE_SYSTEM,
        text(
            "grid_type", "网格类型", "Type of grid", codes=GRID_TYPE, aliases=("网格类别", "wglx")
        ),
        HOUSEHOLDS,
        POPULATION,
    ),
    style=Style(
        fill="#ffffff", stroke="#9a9aa6", fill_opacity=0.0, stroke_width=0.8, dash="2 3", order=60
    ),
)

GRID_CELL = Kind(
    key="grid_cell",
    title_zh="单元网格",
    title_en="Grid cell",
    group=THEME.key,
    geometry=AREA,
    code_aliases=("单元网格编码", "单元网格代码", "BGID"),
    name_aliases=("单元网格名称",),
    own_fields=(
        _GRID_CODE_SYSTEM,
        COMMUNITY_CODE,
        GRID_CODE,
        AREA_M2,
        text("land_use", "用地分类", "Land use", aliases=("用地性质", "土地利用分类")),
        integer(
            "management_grade", "管理等级", "Management grade", minimum=1, aliases=("管理级别",)
        ),
        RESPONSIBLE_ORG,
    ),
    style=Style(
        fill="#ffffff",
        stroke="#c4c4cf",
        fill_opacity=0.0,
        stroke_width=0.6,
        dash="1 3",
        visible=False,
        order=55,
    ),
)

KINDS = (DISTRICT, STREET, COMMUNITY, GRID, GRID_CELL)
