"""Grid events 网格事件: what is reported, by which code system, and how far it has come."""

from __future__ import annotations

from layers.kinds.codes.events import (
    EVENT_CHANNEL,
    EVENT_CLASSES,
    EVENT_CODE_SYSTEM,
    EVENT_LEVEL,
    EVENT_MAJOR,
    EVENT_STATE,
    WHISTLE_KIND,
)
from layers.kinds.fields import moment, text
from layers.kinds.model import Kind, Style, Theme
from layers.kinds.shared import ANY_NUMBER, LOCATION, POINT, UNIT_CODE, UNIT_KIND_FIELD

THEME = Theme(key="events", title_zh="网格事件", title_en="Events", position=80)

GRID_EVENT = Kind(
    key="grid_event",
    title_zh="网格事件",
    title_en="Grid event",
    group=THEME.key,
    geometry=POINT,
    near_m=ANY_NUMBER,
    geometry_required=False,
    code_aliases=("事件编号", "案卷编号", "工单编号", "Unique Key", "service_request_id"),
    name_aliases=("事件名称", "事项名称", "Complaint Type", "service_name"),
    own_fields=(
        text(
            "major_class",
            "事件大类",
            "Major class",
            codes=EVENT_MAJOR,
            aliases=("大类", "大类名称"),
        ),
        text(
            "class_code",
            "事件小类代码",
            "Class of event",
            code_systems=EVENT_CLASSES,
            aliases=("事件类型", "小类", "小类代码", "小类名称", "service_code"),
        ),
        text(
            "code_system",
            "事件分类标准",
            "Event code system",
            codes=EVENT_CODE_SYSTEM,
            aliases=("分类标准",),
        ),
        text(
            "state",
            "事件状态",
            "State",
            required=True,
            codes=EVENT_STATE,
            aliases=("状态", "办理状态", "Status"),
        ),
        text("level", "事件等级", "Level", codes=EVENT_LEVEL, aliases=("等级",)),
        moment(
            "reported_at",
            "上报时间",
            "Reported at",
            required=True,
            aliases=("立案时间", "受理时间", "诉求时间", "Created Date", "requested_datetime"),
        ),
        moment(
            "due_at",
            "应办结时间",
            "Due at",
            aliases=("截止时间", "应结案时间", "Due Date", "expected_datetime"),
        ),
        moment("closed_at", "办结时间", "Closed at", aliases=("结案时间", "Closed Date")),
        text(
            "channel", "上报渠道", "Channel", codes=EVENT_CHANNEL, aliases=("诉求来源", "事件来源")
        ),
        text("whistle_kind", "哨类", "Kind of whistle", codes=WHISTLE_KIND, aliases=("吹哨类型",)),
        text(
            "responsible_org",
            "责任单位",
            "Responsible organisation",
            aliases=("承办单位", "处置部门", "责任部门", "Agency", "agency_responsible"),
        ),
        UNIT_KIND_FIELD,
        UNIT_CODE,
        LOCATION,
    ),
    style=Style(
        fill="#d55e00",
        stroke="#ffffff",
        stroke_width=0.8,
        radius_px=4.0,
        fill_opacity=0.9,
        visible=False,
        order=119,
    ),
)

KINDS = (GRID_EVENT,)
