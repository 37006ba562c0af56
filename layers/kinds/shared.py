"""Fields that several kinds have, declared once."""

from __future__ import annotations

from layers.kinds.codes.civic import UNIT_KIND
from layers.kinds.codes.components import COMPONENT_CODE_SYSTEM
from layers.kinds.fields import integer, real, text
from layers.kinds.model import CodeList, Field, GeometryFamily

AREA = (GeometryFamily.AREA,)
LINE = (GeometryFamily.LINE,)
POINT = (GeometryFamily.POINT,)

# `near_m` of kinds of which several may well lie at one place.
ANY_NUMBER = -1.0
# `beyond_m` of what is kept beyond the border too, since people walk across it.
OUTSIDE_M = 3000.0

AREA_M2 = real(
    "area_m2",
    "面积",
    "Area",
    unit="m²",
    minimum=0,
    aliases=("面积（平方米）", "面积（㎡）", "面积㎡", "mj"),
)
"""The declared area; where it is empty the geometry is measured."""

LOCATION = text(
    "location",
    "位置描述",
    "Location",
    aliases=("位置", "详细位置", "具体位置", "地址", "address", "LocateDSC", "wzms"),
)

HOUSEHOLDS = integer(
    "households",
    "户数",
    "Households",
    minimum=0,
    aliases=("住户数", "家庭户数", "总户数", "居民户数", "hs"),
)

POPULATION = integer(
    "population",
    "人口",
    "Population",
    minimum=0,
    aliases=("人口数", "常住人口", "总人口", "居住人口", "rks", "pop"),
)

OWNER_ORG = text(
    "owner_org", "权属单位", "Owner", aliases=("产权单位", "所有权单位", "qsdw", "DeptName2")
)
"""Which of a component's three departments owns it is a reading, not a published fact."""

MAINTAINER_ORG = text(
    "maintainer_org",
    "养护单位",
    "Maintainer",
    aliases=("管护单位", "维护单位", "管养单位", "yhdw", "operator", "DeptName3"),
)

COMPETENT_ORG = text(
    "competent_org", "主管单位", "Competent authority", aliases=("主管部门", "zgdw", "DeptName1")
)

RESPONSIBLE_ORG = text(
    "responsible_org", "责任单位", "Responsible organisation", aliases=("责任部门", "zrdw")
)

PROPERTY_ORG = text(
    "property_org", "物业企业", "Property firm", aliases=("物业公司", "物业单位", "物业服务企业")
)

GRID_CODE = text(
    "grid_code", "所属网格", "Grid", refers_to="grid", aliases=("网格编码", "网格编号", "所在网格")
)

COMMUNITY_CODE = text(
    "community_code",
    "所属社区",
    "Community",
    refers_to="community",
    aliases=("社区编码", "所在社区"),
)

COMPONENT_CODE = text(
    "component_code", "部件标识码", "Component code", aliases=("部件编码", "部件代码")
)

COMPONENT_SYSTEM = text(
    "code_system",
    "部件编码规则",
    "Component code system",
    codes=COMPONENT_CODE_SYSTEM,
    aliases=("编码规则",),
)

UNIT_KIND_FIELD = text("unit_kind", "单元类型", "Kind of unit", codes=UNIT_KIND)

UNIT_CODE = text(
    "unit_code", "单元编码", "Unit", refers_by="unit_kind", aliases=("所属单元", "单元代码")
)


def parent(zh: str, en: str, *, refers_to: str | None, aliases: tuple[str, ...]) -> Field:
    """Declare the unit that a territorial unit belongs to."""
    more = ("上级编码", "上级代码", "父级编码", "parent", "sjbm")
    return text("parent_code", zh, en, refers_to=refers_to, aliases=(*aliases, *more))


def condition(codes: CodeList, *aliases: str) -> Field:
    """Declare the condition of an object, by the words that suit it."""
    return text(
        "condition", "状况", "Condition", codes=codes, aliases=(*aliases, "完好情况", "ObjState")
    )
