"""Adoption: who adopts, which plot for how long, and the care it gets.

An adopter is a kind of adopter with its organisation, or a number of households; never a person.
"""

from __future__ import annotations

from layers.kinds.codes.campaign import (
    ADOPTER_KIND,
    ADOPTION_KIND,
    ADOPTION_STATE,
    CARE_WORK,
    CONTRIBUTION,
)
from layers.kinds.fields import day, integer, real, text, text_list, yes_no
from layers.kinds.model import Kind, Style, Theme

THEME = Theme(key="adoption", title_zh="认养登记", title_en="Adoption", position=100)

ADOPTER = Kind(
    key="adopter",
    title_zh="认养主体",
    title_en="Adopter",
    group=THEME.key,
    code_aliases=("认养主体编码",),
    own_fields=(
        text(
            "adopter_kind",
            "认养主体类型",
            "Kind of adopter",
            required=True,
            codes=ADOPTER_KIND,
            aliases=("主体类型", "认养类别"),
        ),
        text("org", "认养单位", "Organisation", aliases=("单位名称", "单位")),
        integer(
            "households",
            "认养户数",
            "Households",
            minimum=0,
            aliases=("户数", "参与户数"),
        ),
    ),
    style=Style(fill="#35978f", stroke="#003c30"),
)

ADOPTION = Kind(
    key="adoption",
    title_zh="认养",
    title_en="Adoption",
    group=THEME.key,
    code_aliases=("认养编号", "协议编号"),
    own_fields=(
        text(
            "plot_code",
            "认养地块",
            "Adoption plot",
            required=True,
            refers_to="adoption_plot",
            aliases=("认养地块编码", "地块编码", "地块编号"),
        ),
        text(
            "adopter_code",
            "认养主体",
            "Adopter",
            refers_to="adopter",
            aliases=("认养主体编码", "认养单位编码"),
        ),
        text(
            "adoption_kind",
            "认养方式",
            "Kind of adoption",
            codes=ADOPTION_KIND,
            aliases=("认养类型",),
        ),
        text("contribution", "认养形式", "Contribution", codes=CONTRIBUTION),
        text(
            "state",
            "认养状态",
            "State",
            required=True,
            codes=ADOPTION_STATE,
            aliases=("状态", "认养情况"),
        ),
        day("applied_on", "申请日期", "Applied on", aliases=("申请时间",)),
        day("agreed_from", "认养开始日期", "Agreed from", aliases=("协议开始日期", "认养起始日期")),
        day("agreed_to", "认养结束日期", "Agreed to", aliases=("协议结束日期", "认养到期日期")),
        day("ended_on", "实际终止日期", "Ended on", aliases=("终止时间",)),
        integer(
            "care_interval_days",
            "养护间隔",
            "Care interval",
            unit="d",
            minimum=1,
            aliases=("养护间隔（天）", "养护周期"),
        ),
        real(
            "survival_share_required",
            "要求成活率",
            "Required survival",
            minimum=0,
            maximum=1,
            aliases=("成活率要求",),
        ),
        yes_no("has_signboard", "是否立牌", "Has a signboard", aliases=("标志牌", "认养牌")),
    ),
    style=Style(fill="#5ab4ac", stroke="#01665e"),
)

CARE_LOG = Kind(
    key="care_log",
    title_zh="养护记录",
    title_en="Care log",
    group=THEME.key,
    code_aliases=("养护记录编号",),
    own_fields=(
        text(
            "adoption_code",
            "认养编号",
            "Adoption",
            required=True,
            refers_to="adoption",
            aliases=("协议编号",),
        ),
        day("cared_on", "养护日期", "Cared on", required=True, aliases=("养护时间", "日期")),
        text_list("work", "养护内容", "Work", codes=CARE_WORK, aliases=("养护工作", "工作内容")),
        real("survival_share", "成活率", "Survival", minimum=0, maximum=1, aliases=("苗木成活率",)),
        integer("participants", "参加人数", "Participants", minimum=0, aliases=("参与人数",)),
    ),
    style=Style(fill="#c7eae5", stroke="#35978f"),
)

KINDS = (ADOPTER, ADOPTION, CARE_LOG)
