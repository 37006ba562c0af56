"""Who serves and who answers: stations, property areas, responsibilities.

A holder is an organisation and a post. A person's name has no column here, or anywhere.
"""

from __future__ import annotations

from layers.kinds.codes.civic import (
    EMERGENCY_FUNCTION,
    FRONTAGE_DUTY,
    NORMAL_FUNCTION,
    PLAN,
    POST_RANK,
    PROPERTY_LIST,
    ROLE,
    STATION_TYPE,
)
from layers.kinds.fields import integer, text, text_list, yes_no
from layers.kinds.model import Kind, Style, Theme
from layers.kinds.shared import (
    ANY_NUMBER,
    AREA,
    AREA_M2,
    COMMUNITY_CODE,
    GRID_CODE,
    HOUSEHOLDS,
    LOCATION,
    POINT,
    RESPONSIBLE_ORG,
    UNIT_KIND_FIELD,
)
from layers.kinds.shared import PROPERTY_ORG as _PROPERTY_ORG

THEME = Theme(key="duties", title_zh="服务与责任", title_en="Services and duties", position=70)

SERVICE_STATION = Kind(
    key="service_station",
    title_zh="党群服务站",
    title_en="Service station",
    group=THEME.key,
    geometry=POINT,
    near_m=5.0,
    code_aliases=("站点编码", "站点编号"),
    name_aliases=("站点名称", "服务站名称"),
    own_fields=(
        text("station_type", "站点类型", "Type of station", codes=STATION_TYPE),
        text_list(
            "functions_normal",
            "平时功能",
            "Functions in normal times",
            codes=NORMAL_FUNCTION,
            aliases=("日常功能", "服务功能"),
        ),
        text_list(
            "functions_emergency",
            "急时功能",
            "Functions in an emergency",
            codes=EMERGENCY_FUNCTION,
            aliases=("应急功能", "战时功能"),
        ),
        AREA_M2,
        text("opening_hours", "开放时间", "Opening hours", aliases=("服务时间",)),
        GRID_CODE,
        RESPONSIBLE_ORG,
        LOCATION,
    ),
    style=Style(
        fill="#0072b2",
        stroke="#ffffff",
        stroke_width=1.5,
        radius_px=6.0,
        fill_opacity=1.0,
        order=125,
    ),
)

PROPERTY_AREA = Kind(
    key="property_area",
    title_zh="物业服务区",
    title_en="Property service area",
    group=THEME.key,
    geometry=AREA,
    geometry_required=False,
    code_aliases=("物业区编码",),
    name_aliases=("物业项目名称", "物业区名称"),
    own_fields=(
        _PROPERTY_ORG,
        integer(
            "star",
            "物业星级",
            "Stars",
            minimum=0,
            maximum=5,
            aliases=("星级", "服务星级"),
        ),
        text("list", "红黑榜", "Red or black list", codes=PROPERTY_LIST, aliases=("红黑榜情况",)),
        integer("fee_grade", "收费等级", "Fee grade", minimum=1, maximum=5),
        COMMUNITY_CODE,
        text_list(
            "compound_codes",
            "服务小区",
            "Compounds",
            refers_to="compound",
            aliases=("小区编码", "覆盖小区"),
        ),
        text_list(
            "building_codes",
            "服务楼栋",
            "Single buildings",
            refers_to="building",
            aliases=("楼栋编码", "覆盖单体楼"),
        ),
        HOUSEHOLDS,
        yes_no(
            "has_owners_committee",
            "是否成立业委会",
            "Has an owners' committee",
            aliases=("业委会",),
        ),
    ),
    style=Style(
        fill="#fdb863",
        stroke="#b35806",
        fill_opacity=0.15,
        stroke_width=1.4,
        dash="8 3",
        visible=False,
        order=45,
    ),
)

RESPONSIBILITY = Kind(
    key="responsibility",
    title_zh="包保责任",
    title_en="Responsibility",
    group=THEME.key,
    geometry=AREA,
    near_m=ANY_NUMBER,
    geometry_required=False,
    code_aliases=("责任区编码", "责任区编号"),
    name_aliases=("责任区名称",),
    own_fields=(
        text("role", "责任类型", "Role", required=True, codes=ROLE, aliases=("责任类别",)),
        text(
            "holder_org",
            "责任单位",
            "Organisation",
            required=True,
            aliases=("包保部门", "包保单位", "责任部门", "zrdw"),
        ),
        text("post", "责任岗位", "Post", aliases=("岗位", "职务")),
        text("post_rank", "AB岗", "A or B post", codes=POST_RANK, aliases=("岗位类别",)),
        text("plan", "适用预案", "Plan", codes=PLAN, aliases=("平急状态",)),
        text_list("duties", "责任内容", "Duties", codes=FRONTAGE_DUTY, aliases=("责任事项",)),
        UNIT_KIND_FIELD,
        text_list(
            "unit_codes",
            "责任单元",
            "Units",
            refers_by="unit_kind",
            aliases=("单元编码", "包保单元", "责任单元编码"),
        ),
    ),
    style=Style(
        fill="#56b4e9",
        stroke="#0a5c8f",
        fill_opacity=0.12,
        stroke_width=1.4,
        dash="6 3",
        visible=False,
        order=46,
    ),
)

KINDS = (SERVICE_STATION, PROPERTY_AREA, RESPONSIBILITY)
