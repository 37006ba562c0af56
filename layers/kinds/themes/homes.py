"""Where people live: compounds, buildings, residential land, population cells."""

from __future__ import annotations

from layers.kinds.codes.land import BUILDING_USE, RESIDENTIAL_CLASSES, RESIDENTIAL_CODE_SYSTEM
from layers.kinds.fields import integer, text, text_list, yes_no
from layers.kinds.model import Kind, Style, Theme
from layers.kinds.shared import (
    AREA,
    AREA_M2,
    COMMUNITY_CODE,
    GRID_CODE,
    HOUSEHOLDS,
    LOCATION,
    OUTSIDE_M,
    POPULATION,
    PROPERTY_ORG,
)

THEME = Theme(key="homes", title_zh="小区与楼栋", title_en="Homes", position=20)

_DWELLINGS = integer(
    "dwellings",
    "住宅套数",
    "Dwellings",
    minimum=0,
    aliases=("套数", "building:flats"),
)

COMPOUND = Kind(
    key="compound",
    title_zh="小区",
    title_en="Residential compound",
    group=THEME.key,
    geometry=AREA,
    geometry_required=False,
    code_aliases=("小区编码", "小区编号"),
    name_aliases=("小区名称", "楼盘名称"),
    own_fields=(
        COMMUNITY_CODE,
        HOUSEHOLDS,
        POPULATION,
        PROPERTY_ORG,
        text_list(
            "building_codes",
            "楼栋编码",
            "Buildings",
            refers_to="building",
            aliases=("所含楼栋", "楼栋清单"),
        ),
        LOCATION,
    ),
    style=Style(
        fill="#fdf0d9",
        stroke="#b39a6b",
        fill_opacity=0.25,
        stroke_width=1.2,
        dash="4 2",
        visible=False,
        order=15,
    ),
)

BUILDING = Kind(
    key="building",
    title_zh="楼栋",
    title_en="Building",
    group=THEME.key,
    geometry=AREA,
    geometry_required=False,
    placed_by=("compound_code", "grid_code", "location"),
    code_aliases=("楼栋编码", "楼栋编号", "楼幢编号", "opa_id"),
    name_aliases=("楼栋名称", "楼名", "楼号"),
    own_fields=(
        text(
            "use",
            "用途",
            "Use",
            codes=BUILDING_USE,
            aliases=("建筑用途", "房屋用途", "楼栋类型", "building"),
        ),
        integer(
            "floors",
            "层数",
            "Floors",
            minimum=0,
            maximum=200,
            aliases=("楼层数", "总层数", "地上层数", "building:levels", "cs"),
        ),
        integer("sections", "单元数", "Sections", minimum=0, aliases=("楼栋单元数", "单元个数")),
        _DWELLINGS,
        HOUSEHOLDS,
        POPULATION,
        yes_no(
            "households_estimated", "户数为估算", "Households are estimated", aliases=("是否估算",)
        ),
        text(
            "compound_code",
            "所属小区",
            "Compound",
            refers_to="compound",
            aliases=("小区编码", "所在小区"),
        ),
        GRID_CODE,
        LOCATION,
    ),
    style=Style(fill="#c6c3bf", stroke="#97938e", fill_opacity=0.9, stroke_width=0.5, order=50),
)

RESIDENTIAL_LAND = Kind(
    key="residential_land",
    title_zh="居住用地",
    title_en="Residential land",
    group=THEME.key,
    geometry=AREA,
    code_aliases=("地块编码", "地块编号", "dkbh"),
    name_aliases=("地块名称",),
    own_fields=(
        text(
            "class_code",
            "用地代码",
            "Land-use class",
            code_systems=RESIDENTIAL_CLASSES,
            aliases=("用地分类代码", "用地性质代码", "yddm", "landuse"),
        ),
        text(
            "code_system",
            "用地分类标准",
            "Land-use code system",
            codes=RESIDENTIAL_CODE_SYSTEM,
            aliases=("分类标准",),
        ),
        AREA_M2,
    ),
    style=Style(fill="#f4eadb", stroke="#dccbb0", fill_opacity=0.8, stroke_width=0.6, order=5),
)

POPULATION_CELL = Kind(
    key="population_cell",
    title_zh="人口格网",
    title_en="Population cell",
    group=THEME.key,
    geometry=AREA,
    beyond_m=OUTSIDE_M,
    code_aliases=("格网编码", "cell_id", "id"),
    own_fields=(
        POPULATION,
        HOUSEHOLDS,
        yes_no(
            "population_estimated", "人口为估算", "Population is estimated", aliases=("是否估算",)
        ),
    ),
    style=Style(
        fill="#bcbddc",
        stroke="#9e9ac8",
        fill_opacity=0.35,
        stroke_width=0.4,
        visible=False,
        order=8,
    ),
)

KINDS = (COMPOUND, BUILDING, RESIDENTIAL_LAND, POPULATION_CELL)
