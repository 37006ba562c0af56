"""Grid events: what is reported, and the states a case goes through.

Cities number the minor classes differently after the fourth, so a class code means nothing
without its code system. The states are a proposal of this project that covers the five steps of
the whistle (诉求收集, 分析研判, 吹哨报到, 验收评价, 整理归档) and the seven links of digital city
management; `STATE_STEPS` projects them to both and to Open311, which knows two states.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from layers.kinds.codes import PROPOSAL, systems
from layers.kinds.model import CodeList, choices

EVENT_MAJOR = CodeList(
    key="event_major",
    title_zh="事件大类",
    title_en="Major class of an event",
    choices=(
        *choices(
            ("appearance", "市容环境", "City appearance"),
            ("advertising", "宣传广告", "Advertising"),
            ("construction", "施工管理", "Construction"),
            ("street_order", "街面秩序", "Street order"),
            ("emergency", "突发事件", "Emergency"),
        ),
        *choices(("other", "其他", "Other", "其他事件"), verified=False),
    ),
    source="major classes of events as published by cities",
    verified=True,
)

EVENTS_SHORT = CodeList(
    key="market_appearance_6",
    title_zh="市容环境事件（六项表）",
    title_en="City appearance events (table of six)",
    choices=choices(
        ("01", "违法搭建", "Illegal structure"),
        ("02", "暴露垃圾", "Exposed rubbish"),
        ("03", "积存垃圾渣土", "Piled rubbish and rubble"),
        ("04", "道路不洁", "Dirty road"),
        ("05", "水域不洁", "Dirty water"),
        ("06", "绿地脏乱", "Untidy green space"),
    ),
    source="published table of a city (Jiyuan)",
    verified=True,
    extensible=True,
)

EVENTS_LONG = CodeList(
    key="market_appearance_7",
    title_zh="市容环境事件（七项表）",
    title_en="City appearance events (table of seven)",
    choices=choices(
        ("01", "私搭乱建", "Illegal structure"),
        ("02", "暴露垃圾", "Exposed rubbish"),
        ("03", "建筑垃圾、渣土", "Building rubble"),
        ("04", "道路保洁", "Road cleaning"),
        ("05", "绿地保洁", "Cleaning of green space"),
        ("06", "绿地养护", "Care of green space"),
        ("07", "焚烧垃圾、树叶", "Burning of rubbish and leaves"),
    ),
    source="published table of another city",
    verified=True,
    extensible=True,
)

LOCAL_EVENTS = CodeList(
    key="local",
    title_zh="本地事件分类",
    title_en="Local classes of events",
    choices=choices(
        ("bare_land", "裸露土地", "Bare land"),
        ("plant_care", "绿化养护", "Plant care"),
        ("illegal_structure", "私搭乱建", "Illegal structure"),
        ("exposed_rubbish", "暴露垃圾", "Exposed rubbish"),
        ("cover_problem", "井盖问题", "Manhole cover"),
        ("road_damage", "道路破损", "Road damage"),
        ("street_light", "路灯故障", "Street light"),
        ("facility_damage", "公共设施损坏", "Damaged facility"),
        ("snow_ice", "积雪结冰", "Snow and ice"),
        ("heating", "供热问题", "Heating"),
        ("noise", "噪声扰民", "Noise"),
        ("parking", "车辆乱停", "Parking"),
        ("property_service", "物业服务", "Property service"),
        ("neighbour_dispute", "邻里纠纷", "Dispute between neighbours"),
    ),
    source=PROPOSAL,
    extensible=True,
)

EVENT_CLASSES = (LOCAL_EVENTS, EVENTS_SHORT, EVENTS_LONG)

EVENT_CODE_SYSTEM = systems(
    "event_code_system", "事件分类标准", "Event code system", *EVENT_CLASSES
)

EVENT_STATE = CodeList(
    key="event_state",
    title_zh="事件状态",
    title_en="State of an event",
    choices=choices(
        (
            "reported",
            "网格预报",
            "Reported",
            "诉求收集",
            "已上报",
            "待处置",
            "open",
            "Pending",
            "New",
        ),
        ("rejected", "不予受理", "Rejected", "驳回", "已驳回", "Cancel", "Cancelled"),
        ("triaged", "分析研判", "Triaged", "立案", "已立案"),
        ("resolved_in_grid", "网格自行解决", "Resolved in grid", "社区自行解决", "自行处置"),
        ("whistled", "街镇吹哨", "Whistled", "吹哨", "派遣", "已派遣", "Assigned"),
        ("checked_in", "部门报到", "Checked in", "报到", "已报到"),
        ("in_progress", "处置中", "In progress", "处理中", "Started"),
        ("feedback", "处理反馈", "Feedback", "已反馈"),
        ("accepted", "验收通过", "Accepted", "核查通过"),
        ("returned", "退回", "Returned", "验收不通过"),
        ("closed", "办结", "Closed", "已办结", "结案", "核查结案"),
        ("archived", "整理归档", "Archived", "归档", "已归档"),
    ),
    source=PROPOSAL,
)


@dataclass(frozen=True)
class StateStep:
    """Place a state among the five steps, the seven links and the two states of Open311."""

    five_step: int
    seven_link: int
    open311: str


STATE_STEPS: Mapping[str, StateStep] = MappingProxyType(
    {
        "reported": StateStep(1, 1, "open"),
        "rejected": StateStep(2, 2, "closed"),
        "triaged": StateStep(2, 2, "open"),
        # Solved, and only waiting to be closed: a citizen who asks is told that it is done.
        "resolved_in_grid": StateStep(2, 4, "closed"),
        "whistled": StateStep(3, 3, "open"),
        "checked_in": StateStep(3, 4, "open"),
        "in_progress": StateStep(3, 4, "open"),
        "feedback": StateStep(3, 5, "open"),
        "accepted": StateStep(4, 6, "open"),
        "returned": StateStep(4, 6, "open"),
        "closed": StateStep(4, 6, "closed"),
        "archived": StateStep(5, 7, "closed"),
    }
)

EVENT_LEVEL = CodeList(
    key="event_level",
    title_zh="事件等级",
    title_en="Level of an event",
    choices=choices(
        ("1", "一级", "Level 1", "一"),
        ("2", "二级", "Level 2", "二"),
        ("3", "三级", "Level 3", "三"),
    ),
    source="a public implementation of the newer drafts",
    verified=True,
)

EVENT_CHANNEL = CodeList(
    key="event_channel",
    title_zh="上报渠道",
    title_en="Channel",
    choices=choices(
        ("grid", "网格上报", "Grid", "网格员", "网格巡查"),
        ("hotline", "热线", "Hotline", "电话热线", "phone"),
        ("app", "移动应用", "App", "小程序", "mobile"),
        ("online", "网站", "Online", "网络"),
        ("visit", "来访", "Visit", "上门"),
        ("inspection", "督查", "Inspection", "督导检查"),
        ("unknown", "不详", "Unknown"),
    ),
    source=PROPOSAL,
    extensible=True,
)

WHISTLE_KIND = CodeList(
    key="whistle_kind",
    title_zh="哨类",
    title_en="Kind of whistle",
    choices=choices(
        ("daily", "日常哨", "Daily"),
        ("tough", "攻坚哨", "Tough matter"),
        ("emergency", "应急哨", "Emergency"),
    ),
    source="published practice of Beijing",
    verified=True,
)
