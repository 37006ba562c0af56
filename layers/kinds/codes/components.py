"""City components: their minor classes, codes, states and what the ground keeps of them.

A component code has 16 digits in both generations, but the older one reads 6+2+2+6 and the newer
6+2+3+5; which of them holds is said by the code system and cannot be seen in the digits.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from layers.kinds.codes import PROPOSAL
from layers.kinds.model import CodeList, choices

COMPONENT_CODE_SYSTEM = CodeList(
    key="component_code_system",
    title_zh="部件编码规则",
    title_en="Component code system",
    choices=(
        *choices(
            ("component_2_2_6", "16位（6+2+2+6）", "16 digits (6+2+2+6)"),
            ("component_2_3_5", "16位（6+2+3+5）", "16 digits (6+2+3+5)"),
            ("well_19", "一井一码19位", "19-digit well number"),
        ),
        *choices(("local", "地方编码", "Local code"), verified=False),
    ),
    source="live examples and a public implementation of the newer drafts",
    verified=True,
    extensible=True,
)

COMPONENT_CODE_DIGITS: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {"component_2_2_6": (6, 2, 2, 6), "component_2_3_5": (6, 2, 3, 5)}
)
"""Digits of division, major class, minor class and serial; the well number's are unknown."""

COVER_CLASS = CodeList(
    key="cover_class",
    title_zh="井盖小类",
    title_en="Minor class of a cover",
    choices=(
        *choices(
            (
                "water_supply_cover",
                "上水井盖",
                "Water supply cover",
                "0101",
                "给水井盖",
                "供水井盖",
            ),
            (
                "sewage_cover",
                "污水井盖",
                "Sewage cover",
                "0102",
                "Sanitary manhole",
                "Sewer manhole",
            ),
            ("stormwater_cover", "雨水井盖", "Stormwater cover", "0103", "Stormwater manhole"),
            (
                "storm_drain_grate",
                "雨水箅子",
                "Storm drain grate",
                "0104",
                "雨水篦子",
                "Catchbasin",
                "Combined sewer catchbasin",
                "CB tied to Sanitary Sewer",
            ),
            ("power_cover", "电力井盖", "Power cover", "0105"),
            ("street_light_cover", "路灯井盖", "Street light cover", "0106"),
            ("telecom_cover", "通讯井盖", "Telecommunication cover", "0107", "通信井盖"),
            ("cable_tv_cover", "电视井盖", "Cable television cover", "0108"),
            ("network_cover", "网络井盖", "Network cover", "0109"),
            ("gas_cover", "燃气井盖", "Gas cover", "0111"),
            ("police_cover", "公安井盖", "Police cover", "0112"),
            ("fire_facility", "消防设施", "Fire facility", "0113", "消防井盖"),
            ("ownerless_cover", "无主井盖", "Ownerless cover", "0114"),
            ("reclaimed_water_cover", "中水井盖", "Reclaimed water cover", "0127"),
            ("bus_cover", "公交井盖", "Bus cover", "0128"),
            ("pipeline_cover", "输油（气）井盖", "Pipeline cover", "0129", "输油井盖"),
            ("special_cover", "特殊井盖", "Special cover", "0130"),
        ),
        *choices(
            # The name is established; that its code is 0110 is not, so the code is no alias.
            ("heating_cover", "热力井盖", "Heating cover", "供热井盖"),
            ("combined_sewer_cover", "合流井盖", "Combined sewer cover", "Combined sewer manhole"),
            (
                "unknown",
                "不详",
                "Unknown",
                "Other",
                "Unknown Point",
                "Information point",
                "Other - insert comment",
                "未知",
            ),
            verified=False,
        ),
    ),
    source="component list of a city operations system (Shenzhen)",
    verified=True,
    extensible=True,
)

SYSTEM_TYPE = CodeList(
    key="system_type",
    title_zh="管网系统",
    title_en="Pipe system",
    choices=choices(
        ("stormwater", "雨水", "Stormwater", "Stormwater system", "雨水系统"),
        ("wastewater", "污水", "Wastewater", "Sanitary sewer system", "污水系统"),
        ("combined", "合流", "Combined", "Combined sewer system", "雨污合流"),
        ("water", "给水", "Water", "Potable water system", "供水"),
        ("other", "其他", "Other"),
    ),
    source="data standard of a state's towns (Vermont)",
    verified=True,
    extensible=True,
)

ASSET_STATUS = CodeList(
    key="asset_status",
    title_zh="存在状态",
    title_en="Existence",
    choices=choices(
        ("existing", "现有", "Existing", "E", "在用"),
        ("proposed", "拟建", "Proposed"),
        ("potential", "疑似", "Potential"),
        ("abandoned", "废弃", "Abandoned", "停用"),
        ("absent", "已不存在", "Absent", "已拆除"),
    ),
    source="data standard of a state's towns (Vermont)",
    verified=True,
)

COVER_CONDITION = CodeList(
    key="cover_condition",
    title_zh="井盖状况",
    title_en="Condition of a cover",
    choices=choices(
        ("intact", "完好", "Intact", "正常", "良好", "good"),
        ("damaged", "破损", "Damaged", "损坏", "broken"),
        ("missing", "缺失", "Missing", "丢失"),
        ("displaced", "移位", "Displaced"),
        ("loose", "松动", "Loose"),
        ("sunken", "沉塌", "Sunken", "沉降", "下沉"),
        ("noisy", "异响", "Noisy"),
        ("wrong_cover", "错盖", "Wrong cover", "井盖混盖"),
        ("abandoned", "废弃", "Abandoned"),
    ),
    source="problems named in published cover censuses and component standards",
    verified=True,
    extensible=True,
)

COVER_MATERIAL = CodeList(
    key="cover_material",
    title_zh="井盖材质",
    title_en="Material of a cover",
    choices=choices(
        ("cast_iron", "铸铁", "Cast iron", "生铁"),
        ("ductile_iron", "球墨铸铁", "Ductile iron", "球墨"),
        ("steel", "钢", "Steel", "钢板", "不锈钢"),
        ("concrete", "水泥", "Concrete", "混凝土"),
        ("composite", "复合材料", "Composite", "树脂", "塑料"),
        ("stone", "石材", "Stone"),
    ),
    source=PROPOSAL,
    extensible=True,
)

COVER_SHAPE = CodeList(
    key="cover_shape",
    title_zh="井盖形状",
    title_en="Shape of a cover",
    choices=choices(
        ("round", "圆", "Round", "圆形"),
        ("square", "方", "Square", "方形", "正方形"),
        ("rectangular", "矩形", "Rectangular", "长方形"),
        ("other", "其他", "Other", "异形"),
    ),
    source="a city's component exchange (Suzhou), extended by this project",
    extensible=True,
)

PLACEMENT = CodeList(
    key="placement",
    title_zh="设置位置",
    title_en="Where it is set",
    choices=choices(
        ("footway", "人行道", "Footway"),
        ("carriageway", "车行道", "Carriageway", "机动车道"),
        ("cycle_lane", "非机动车道", "Cycle lane"),
        ("green", "绿化带", "Green", "绿地"),
        ("courtyard", "小区庭院", "Courtyard", "小区内", "庭院"),
        ("square", "广场", "Square"),
    ),
    source="a city's component exchange (Suzhou), extended by this project",
    extensible=True,
)

ACCURACY_GRADE = CodeList(
    key="accuracy_grade",
    title_zh="定位精度等级",
    title_en="Grade of positional accuracy",
    choices=choices(
        ("A", "A级（±0.5米）", "A (±0.5 m)", "A级"),
        ("B", "B级（±1.0米）", "B (±1.0 m)", "B级"),
        ("C", "C级（±10.0米）", "C (±10.0 m)", "C级"),
    ),
    source="a public implementation of the component standards",
    verified=True,
)

OBJECT_CONDITION = CodeList(
    key="object_condition",
    title_zh="状况",
    title_en="Condition",
    choices=choices(
        ("intact", "完好", "Intact", "正常", "良好", "good"),
        ("worn", "陈旧", "Worn", "老化", "褪色"),
        ("damaged", "破损", "Damaged", "损坏", "broken"),
        ("displaced", "移位", "Displaced", "倾斜"),
        ("missing", "缺失", "Missing", "丢失"),
        ("abandoned", "废弃", "Abandoned", "停用"),
    ),
    source="component states 完好, 破损, 丢失, 废弃 of public implementations, extended",
    extensible=True,
)

DEAD_TREE_CONDITION = CodeList(
    key="dead_tree_condition",
    title_zh="枯木状况",
    title_en="Condition of a dead tree",
    choices=choices(
        ("standing", "枯立木", "Standing", "直立"),
        ("leaning", "倾斜", "Leaning"),
        ("broken", "断折", "Broken", "折断"),
        ("stump", "树桩", "Stump", "伐桩"),
        ("removed", "已清除", "Removed", "已移除"),
    ),
    source=PROPOSAL,
    extensible=True,
)

WALL_CONDITION = CodeList(
    key="wall_condition",
    title_zh="墙面状况",
    title_en="Condition of a wall",
    choices=choices(
        ("intact", "完好", "Intact", "良好", "good"),
        ("stained", "污损", "Stained", "乱涂乱画", "小广告"),
        ("peeling", "脱落", "Peeling", "起皮", "掉皮"),
        ("cracked", "开裂", "Cracked", "裂缝"),
        ("damp", "渗水", "Damp", "返潮"),
    ),
    source=PROPOSAL,
    extensible=True,
)

WALL_MATERIAL = CodeList(
    key="wall_material",
    title_zh="墙面材质",
    title_en="Surface of a wall",
    choices=choices(
        ("render", "水泥抹面", "Render", "水泥"),
        ("brick", "清水砖", "Brick", "砖"),
        ("paint", "涂料", "Paint", "乳胶漆"),
        ("tile", "瓷砖", "Tile", "面砖"),
        ("stone", "石材", "Stone"),
        ("hoarding", "围挡", "Hoarding", "铁皮围挡"),
    ),
    source=PROPOSAL,
    extensible=True,
)

PAINTING_STATE = CodeList(
    key="painting_state",
    title_zh="彩绘状态",
    title_en="State of a painting",
    choices=choices(
        ("planned", "计划", "Planned", "待绘"),
        ("painted", "已绘", "Painted", "完成"),
        ("faded", "褪色", "Faded", "破损"),
        ("removed", "已清除", "Removed", "覆盖"),
    ),
    source=PROPOSAL,
)

PAINTING_THEME = CodeList(
    key="painting_theme",
    title_zh="彩绘主题",
    title_en="Theme of a painting",
    choices=choices(
        ("red_culture", "红色文化", "Red culture", "党建"),
        ("civility", "文明新风", "Civility", "核心价值观"),
        ("local_culture", "地方文化", "Local culture", "长白山文化", "松花石"),
        ("nature", "自然生态", "Nature", "花鸟"),
        ("cartoon", "卡通", "Cartoon", "童趣"),
        ("safety", "安全宣传", "Safety", "消防宣传"),
    ),
    source=PROPOSAL,
    extensible=True,
)
