"""Units, posts, squares, stations, property services and ratings."""

from __future__ import annotations

from layers.kinds.codes import PROPOSAL
from layers.kinds.model import CodeList, choices

UNIT_KIND = CodeList(
    key="unit_kind",
    title_zh="单元类型",
    title_en="Kind of unit",
    choices=choices(
        ("district", "区县", "District"),
        ("street", "街道", "Street", "镇街", "乡镇"),
        ("community", "社区", "Community", "村"),
        ("grid", "网格", "Grid"),
        ("grid_cell", "单元网格", "Grid cell"),
        ("compound", "小区", "Compound"),
        ("building", "楼栋", "Building", "楼"),
    ),
    source="kinds of this project",
    verified=True,
)

RATED_KIND = CodeList(
    key="rated_kind",
    title_zh="被评对象类型",
    title_en="Kind of what is rated",
    choices=(
        *UNIT_KIND.choices,
        *choices(
            ("property_area", "物业服务区", "Property area", "物业"),
            ("service_station", "党群服务站", "Service station", "服务站"),
            ("green_space", "绿地", "Green space"),
            ("adoption_plot", "认养地块", "Adoption plot"),
            ("red_square", "红色广场", "Red square"),
        ),
    ),
    source="kinds of this project",
    verified=True,
)

PAINTED_KIND = CodeList(
    key="painted_kind",
    title_zh="彩绘对象类型",
    title_en="Kind of what is painted",
    choices=choices(
        ("manhole_cover", "井盖", "Manhole cover"),
        ("granite_ball", "花岗岩球石", "Granite ball", "石球"),
        ("dead_tree", "裸露枯木", "Dead tree", "枯木"),
        ("wall_surface", "大面积墙壁", "Wall surface", "墙面", "墙体"),
    ),
    source="kinds of this project",
    verified=True,
)

FACILITY_TYPE = CodeList(
    key="facility_type",
    title_zh="设施类型",
    title_en="Type of facility",
    choices=choices(
        ("corridor", "长廊", "Corridor", "廊道", "红色长廊"),
        ("pavilion", "凉亭", "Pavilion", "亭", "议事亭", "亭子"),
        ("stage", "舞台", "Stage", "戏台"),
        ("lamp", "路灯", "Lamp", "灯具", "灯"),
        ("notice_board", "宣传栏", "Notice board", "公告栏", "展板"),
    ),
    source="reported practice of Baishan and neighbouring cities",
    verified=True,
    extensible=True,
)

STATION_TYPE = CodeList(
    key="station_type",
    title_zh="站点类型",
    title_en="Type of station",
    choices=choices(
        ("centre", "党群服务中心", "Centre", "中心"),
        ("station", "党群服务站", "Station", "网格服务站", "服务站"),
        ("point", "党群服务点", "Point", "服务点", "驿站"),
    ),
    source=PROPOSAL,
    extensible=True,
)

NORMAL_FUNCTION = CodeList(
    key="normal_function",
    title_zh="平时功能",
    title_en="Function in normal times",
    choices=choices(
        ("government_service", "便民政务", "Government service", "政务服务"),
        ("party_activity", "党员活动", "Party activity", "党建活动"),
        ("mediation", "矛盾调解", "Mediation", "议事协商"),
        ("childcare", "儿童托管", "Childcare", "四点半课堂"),
        ("elderly_care", "养老助餐", "Elderly care", "老年活动"),
        ("reading", "图书阅览", "Reading"),
        ("health", "健康服务", "Health", "义诊"),
        ("rest", "歇脚饮水", "Rest", "暖心驿站"),
        ("volunteering", "志愿服务", "Volunteering"),
    ),
    source=PROPOSAL,
    extensible=True,
)

EMERGENCY_FUNCTION = CodeList(
    key="emergency_function",
    title_zh="急时功能",
    title_en="Function in an emergency",
    choices=choices(
        ("command", "应急指挥", "Command", "指挥"),
        ("shelter", "避难安置", "Shelter", "避险安置"),
        ("supplies", "物资储备", "Supplies", "物资发放"),
        ("medical", "医疗救护", "Medical", "健康监测"),
        ("warming", "应急取暖", "Warming"),
        ("notification", "预警通知", "Notification", "信息发布"),
        ("snow_clearing", "清雪除冰", "Snow clearing", "清冰雪"),
    ),
    source=PROPOSAL,
    extensible=True,
)

PROPERTY_LIST = CodeList(
    key="property_list",
    title_zh="红黑榜",
    title_en="Red and black list",
    choices=choices(
        ("red", "红榜", "Red list", "红"),
        ("black", "黑榜", "Black list", "黑"),
        ("none", "未上榜", "Not listed", "无"),
    ),
    source="reported practice of Baishan and neighbouring cities",
    verified=True,
)

ROLE = CodeList(
    key="role",
    title_zh="责任类型",
    title_en="Role",
    choices=choices(
        ("sponsor", "包保部门", "Sponsoring department", "包保", "包保单位"),
        ("grid_head", "网格长", "Grid head"),
        ("building_head", "楼栋长", "Building head", "楼长", "双楼长"),
        ("section_head", "单元长", "Section head"),
        ("frontage", "门前三包", "Frontage duties"),
        ("greening", "绿地管护", "Green space care", "绿地认领管护", "管护区"),
        ("sanitation", "环境卫生", "Sanitation", "保洁"),
        ("snow_clearing", "清冰雪", "Snow clearing", "清雪"),
        ("property", "物业服务", "Property service", "物业"),
        ("enforcement", "城管执法", "Enforcement", "执法"),
    ),
    source="reported practice of Baishan and neighbouring cities, extended by this project",
    extensible=True,
)

FRONTAGE_DUTY = CodeList(
    key="duty",
    title_zh="责任内容",
    title_en="Duty",
    choices=choices(
        ("sanitation", "卫生", "Sanitation", "环境卫生"),
        ("order", "秩序", "Order"),
        ("greening", "绿化", "Greening", "设施绿地"),
        ("appearance", "市容", "Appearance", "市容整洁"),
        ("snow_clearing", "清雪", "Snow clearing", "清冰雪"),
        ("safety", "安全", "Safety"),
    ),
    source="local regulations, which name different threes",
    verified=True,
    extensible=True,
)

POST_RANK = CodeList(
    key="post_rank",
    title_zh="AB岗",
    title_en="A and B posts",
    choices=choices(("A", "A岗", "Post A", "主岗"), ("B", "B岗", "Post B", "备岗")),
    source="reported practice of Baishan and neighbouring cities",
    verified=True,
)

PLAN = CodeList(
    key="plan",
    title_zh="适用预案",
    title_en="Plan",
    choices=choices(
        ("normal", "平时", "Normal", "日常", "常态"),
        ("emergency", "急时", "Emergency", "应急", "战时"),
    ),
    source="reported practice of Baishan and neighbouring cities",
    verified=True,
)
