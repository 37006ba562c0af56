"""Roads, walkways, water and place names of the base map."""

from __future__ import annotations

from layers.kinds.codes import COMMON_WORDS
from layers.kinds.model import CodeList, choices

ROAD_CLASS = CodeList(
    key="road_class",
    title_zh="道路等级",
    title_en="Class of road",
    choices=choices(
        ("motorway", "高速公路", "Motorway", "motorway_link"),
        ("expressway", "快速路", "Expressway", "trunk", "trunk_link"),
        ("arterial", "主干路", "Arterial road", "主干道", "primary", "primary_link"),
        ("secondary", "次干路", "Secondary road", "次干道", "secondary_link"),
        ("branch", "支路", "Branch road", "tertiary", "tertiary_link", "unclassified"),
        ("local", "街坊路", "Local street", "小区道路", "residential", "living_street", "背街小巷"),
        ("service", "内部道路", "Service road", "busway"),
        ("track", "机耕路", "Track", "乡村道路"),
    ),
    source=COMMON_WORDS,
    extensible=True,
)

WALKWAY_CLASS = CodeList(
    key="walkway_class",
    title_zh="步行道类型",
    title_en="Class of walkway",
    choices=choices(
        ("footway", "人行道", "Footway", "sidewalk", "cycleway"),
        ("path", "小路", "Path", "步道", "track"),
        ("steps", "台阶", "Steps", "阶梯"),
        ("pedestrian", "步行街", "Pedestrian street"),
        ("crossing", "人行横道", "Crossing", "过街天桥", "地下通道"),
        (
            "street",
            "沿街步行",
            "Along a street",
            "residential",
            "living_street",
            "service",
            "unclassified",
            "tertiary",
            "tertiary_link",
            "secondary",
            "secondary_link",
            "primary",
            "primary_link",
        ),
    ),
    source=COMMON_WORDS,
    extensible=True,
)

WATER_TYPE = CodeList(
    key="water_type",
    title_zh="水体类型",
    title_en="Type of water",
    choices=choices(
        ("river", "河流", "River", "江", "河", "riverbank"),
        ("stream", "溪流", "Stream", "沟渠", "brook"),
        ("canal", "渠道", "Canal", "ditch", "drain"),
        ("lake", "湖泊", "Lake", "湖"),
        ("reservoir", "水库", "Reservoir", "basin"),
        ("pond", "池塘", "Pond", "坑塘"),
        ("unknown", "水域", "Water", "水面"),
    ),
    source=COMMON_WORDS,
    extensible=True,
)

PLACE_TYPE = CodeList(
    key="place_type",
    title_zh="地名类型",
    title_en="Type of place",
    choices=choices(
        ("city", "城市", "City", "town"),
        ("suburb", "片区", "Suburb", "quarter", "neighbourhood"),
        ("village", "村屯", "Village", "hamlet", "屯", "村"),
        ("square", "广场", "Square"),
        ("hill", "山", "Hill", "peak"),
        ("locality", "地名", "Locality"),
    ),
    source=COMMON_WORDS,
    extensible=True,
)
