"""The campaign's ground: bare land and the plots offered for adoption.

Who adopted a plot, for how long and how it does is no column here: that lives in the kinds of
`layers.kinds.themes.adoption`, so that surveying the ground again cannot overwrite it.
"""

from __future__ import annotations

from layers.kinds.codes.campaign import (
    ADOPTION_KIND,
    BARE_LAND_STATUS,
    PLANTING_TYPE,
    PLOT_TYPE,
    SITE_CONDITION,
    TENURE,
    TREATMENT,
)
from layers.kinds.fields import day, text, yes_no
from layers.kinds.model import Kind, Style, Theme
from layers.kinds.shared import AREA, AREA_M2, GRID_CODE, LOCATION, OWNER_ORG, RESPONSIBLE_ORG

THEME = Theme(key="campaign", title_zh="裸露土地与认养", title_en="Bare land", position=40)

BARE_LAND = Kind(
    key="bare_land",
    title_zh="裸露土地",
    title_en="Bare land",
    group=THEME.key,
    geometry=AREA,
    geometry_required=False,
    placed_by=("grid_code", "location"),
    code_aliases=("地块编码", "地块编号", "plot_id", "dkbh", "opa_id"),
    name_aliases=("地块名称", "点位名称", "dkmc"),
    own_fields=(
        text(
            "plot_type",
            "地块类型",
            "Type of plot",
            codes=PLOT_TYPE,
            aliases=("裸露土地类型", "类型", "landuse", "place", "natural"),
        ),
        text(
            "tenure",
            "权属",
            "Tenure",
            codes=TENURE,
            aliases=("土地权属", "权属性质", "land_tenure", "owner_kind"),
        ),
        yes_no("is_unmanaged", "三不管", "Unmanaged", aliases=("是否三不管", "三不管地", "无主地")),
        AREA_M2,
        LOCATION,
        GRID_CODE,
        text("site_condition", "立地条件", "Site condition", codes=SITE_CONDITION),
        text(
            "treatment", "治理方式", "Treatment", codes=TREATMENT, aliases=("治理措施", "整治方式")
        ),
        day("target_date", "计划完成日期", "Target date", aliases=("完成时限", "计划完成时间")),
        text(
            "status",
            "治理状态",
            "State of treatment",
            codes=BARE_LAND_STATUS,
            aliases=("治理情况", "恢复情况", "hfqk"),
        ),
        OWNER_ORG,
        RESPONSIBLE_ORG,
    ),
    style=Style(fill="#efc87f", stroke="#8c510a", fill_opacity=0.8, stroke_width=1.0, order=30),
)

ADOPTION_PLOT = Kind(
    key="adoption_plot",
    title_zh="认养绿地",
    title_en="Adoption plot",
    group=THEME.key,
    geometry=AREA,
    geometry_required=False,
    placed_by=("grid_code", "location", "bare_land_code"),
    code_aliases=("认养地块编码", "地块编码", "地块编号"),
    name_aliases=("认养地块名称", "地块名称"),
    own_fields=(
        text(
            "planting_type",
            "种植类型",
            "Planting",
            codes=PLANTING_TYPE,
            aliases=("种植内容", "绿化类型"),
        ),
        text(
            "adoption_kind",
            "认养方式",
            "Kind of adoption offered",
            codes=ADOPTION_KIND,
            aliases=("认养类型",),
        ),
        text(
            "bare_land_code",
            "原裸露土地",
            "Former bare land",
            refers_to="bare_land",
            aliases=("裸露土地编码", "原地块编码"),
        ),
        text(
            "green_code",
            "所属绿地",
            "Green space",
            refers_to="green_space",
            aliases=("绿地编码",),
        ),
        AREA_M2,
        LOCATION,
        GRID_CODE,
        RESPONSIBLE_ORG,
    ),
    style=Style(fill="#2a9d8f", stroke="#01665e", fill_opacity=0.75, stroke_width=1.4, order=35),
)

KINDS = (BARE_LAND, ADOPTION_PLOT)
