"""What is recorded about other things: paintings, ratings, photos.

Each names what it is about by kind and code, so that the thing itself keeps no such column.
"""

from __future__ import annotations

from layers.kinds.codes.civic import PAINTED_KIND, RATED_KIND
from layers.kinds.codes.components import PAINTING_STATE, PAINTING_THEME
from layers.kinds.fields import day, integer, real, text
from layers.kinds.model import Kind, Style, Theme
from layers.kinds.shared import AREA_M2

THEME = Theme(key="records", title_zh="彩绘、评比与照片", title_en="Records", position=110)

PAINTING = Kind(
    key="painting",
    title_zh="彩绘",
    title_en="Painting",
    group=THEME.key,
    code_aliases=("彩绘编号", "作品编号"),
    name_aliases=("作品名称", "彩绘名称"),
    own_fields=(
        text(
            "of_kind",
            "彩绘对象类型",
            "Kind painted",
            required=True,
            codes=PAINTED_KIND,
            aliases=("对象类型",),
        ),
        text(
            "of_code",
            "彩绘对象编码",
            "What is painted",
            required=True,
            refers_by="of_kind",
            aliases=("对象编码", "对象编号"),
        ),
        text("theme", "彩绘主题", "Theme", codes=PAINTING_THEME, aliases=("主题",)),
        text("state", "彩绘状态", "State", codes=PAINTING_STATE, aliases=("状态",)),
        day("painted_on", "彩绘日期", "Painted on", aliases=("绘制日期", "完成日期")),
        text("team_org", "彩绘队伍", "Team", aliases=("绘制单位", "彩绘单位", "队伍")),
        AREA_M2,
    ),
    style=Style(fill="#b2abd2", stroke="#542788"),
)

RATING = Kind(
    key="rating",
    title_zh="评星定格",
    title_en="Rating",
    group=THEME.key,
    code_aliases=("评比编号",),
    own_fields=(
        text(
            "unit_kind",
            "被评对象类型",
            "Kind rated",
            required=True,
            codes=RATED_KIND,
            aliases=("对象类型", "单元类型"),
        ),
        text(
            "unit_code",
            "被评对象编码",
            "What is rated",
            required=True,
            refers_by="unit_kind",
            aliases=("对象编码", "单元编码"),
        ),
        text("period", "评比周期", "Period", required=True, aliases=("评比期次", "月份", "季度")),
        # The base is 100; bonus points may lift a score above it.
        real("score", "得分", "Score", minimum=0, aliases=("分数", "总分", "评分")),
        integer("stars", "星级", "Stars", minimum=0, maximum=5, aliases=("评定星级",)),
        text("scheme", "评比办法", "Scheme", aliases=("评分标准", "评比标准")),
        day("rated_on", "评比日期", "Rated on", aliases=("评定日期",)),
        text("rating_org", "评比单位", "Rated by", aliases=("评定单位",)),
    ),
    style=Style(fill="#f0e442", stroke="#8f8700"),
)

PHOTO = Kind(
    key="photo",
    title_zh="照片",
    title_en="Photo",
    group=THEME.key,
    code_aliases=("照片编号",),
    name_aliases=("照片名称", "图片名称"),
    own_fields=(
        text("of_kind", "拍摄对象类型", "Kind shown", required=True, aliases=("对象类型",)),
        text(
            "of_code",
            "拍摄对象编码",
            "What is shown",
            required=True,
            refers_by="of_kind",
            aliases=("对象编码", "对象编号"),
        ),
        text("sha256", "文件校验值", "SHA-256 of the file", required=True, aliases=("校验值",)),
        day("taken_on", "拍摄日期", "Taken on", aliases=("拍摄时间",)),
    ),
    style=Style(fill="#d9d9d9", stroke="#737373"),
)

KINDS = (PAINTING, RATING, PHOTO)
