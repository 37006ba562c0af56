"""Land use, buildings and their uses, and the two kinds of grid."""

from __future__ import annotations

from layers.kinds.codes import COMMON_WORDS, systems
from layers.kinds.model import CodeList, choices

GB50137 = CodeList(
    key="gb50137_2011",
    title_zh="城市用地分类与规划建设用地标准 GB 50137-2011",
    title_en="Urban land classification GB 50137-2011",
    choices=choices(
        ("R", "居住用地", "Residential land"),
        ("R1", "一类居住用地", "Residential land, first class"),
        ("R2", "二类居住用地", "Residential land, second class"),
        ("R3", "三类居住用地", "Residential land, third class"),
        verified=False,
    ),
    source="GB 50137-2011, unread",
    extensible=True,
)

LAND_SEA_USE = CodeList(
    key="land_sea_use",
    title_zh="国土空间用地用海分类",
    title_en="Land and sea use classification for territorial planning",
    choices=choices(
        ("0701", "城镇住宅用地", "Urban housing land"),
        ("0702", "城镇社区服务设施用地", "Urban community service land", "社区服务设施"),
        ("1401", "公园绿地", "Park green space"),
        ("1402", "防护绿地", "Protective green space"),
        ("1403", "广场用地", "Square land"),
    ),
    source="国土空间用地用海分类, as quoted by planning publications; only what this project needs",
    verified=True,
    extensible=True,
)

OSM_TAGS = CodeList(
    key="osm",
    title_zh="OpenStreetMap 标签",
    title_en="OpenStreetMap tags",
    choices=choices(
        ("residential", "居住用地", "Residential land"),
        ("park", "公园", "Park"),
        ("garden", "花园", "Garden"),
        ("playground", "游乐场", "Playground"),
        ("nature_reserve", "自然保护区", "Nature reserve"),
        ("common", "公共绿地", "Common"),
        ("recreation_ground", "休闲场地", "Recreation ground"),
        ("village_green", "村镇绿地", "Village green"),
        ("pitch", "运动场", "Sports pitch"),
        ("dog_park", "宠物公园", "Dog park"),
        ("fitness_station", "健身点", "Fitness station"),
        ("grass", "草地", "Grass"),
        ("meadow", "草甸", "Meadow"),
        ("forest", "林地", "Forest"),
        ("wood", "天然林", "Wood"),
        ("scrub", "灌丛", "Scrub"),
        ("heath", "荒原", "Heath"),
        ("orchard", "果园", "Orchard"),
        ("allotments", "市民菜园", "Allotments"),
        ("cemetery", "墓地", "Cemetery"),
        ("beach", "沙滩", "Beach"),
        ("picnic_site", "野餐地", "Picnic site"),
    ),
    source="OpenStreetMap, values of leisure, landuse and natural",
    verified=True,
    extensible=True,
)

RESIDENTIAL_CLASSES = (LAND_SEA_USE, GB50137, OSM_TAGS)

RESIDENTIAL_CODE_SYSTEM = systems(
    "residential_code_system", "用地分类标准", "Land-use code system", *RESIDENTIAL_CLASSES
)

BUILDING_USE = CodeList(
    key="building_use",
    title_zh="建筑用途",
    title_en="Use of a building",
    choices=choices(
        (
            "residential",
            "住宅",
            "Residential",
            "居住",
            "居民楼",
            "house",
            "apartments",
            "detached",
            "semidetached_house",
            "terrace",
            "bungalow",
            "dormitory",
            "宿舍",
        ),
        ("mixed", "商住", "Mixed", "商住楼", "底商住宅"),
        (
            "commercial",
            "商业",
            "Commercial",
            "retail",
            "supermarket",
            "shops",
            "bars",
            "restaurant",
            "bank",
            "kiosk",
        ),
        ("hotel", "宾馆", "Hotel", "旅馆", "酒店"),
        ("office", "办公", "Office", "government", "机关"),
        (
            "education",
            "教育",
            "Education",
            "学校",
            "school",
            "kindergarten",
            "college",
            "university",
        ),
        ("medical", "医疗", "Medical", "医院", "hospital", "clinic"),
        (
            "public",
            "公共服务",
            "Public service",
            "civic",
            "hall",
            "library",
            "museum",
            "theatre",
            "stadium",
            "sports_centre",
            "transportation",
        ),
        ("religious", "宗教", "Religious", "church", "cathedral", "chapel", "temple", "mosque"),
        ("industrial", "工业", "Industrial", "厂房", "factory"),
        ("storage", "仓储", "Storage", "仓库", "warehouse"),
        (
            "utility",
            "附属设施",
            "Outbuilding",
            "service",
            "garage",
            "garages",
            "parking",
            "hut",
            "shed",
            "roof",
            "车库",
            "锅炉房",
        ),
        ("agricultural", "农业", "Agricultural", "stable", "barn", "greenhouse", "farm"),
        ("ruin", "废弃", "Ruin", "ruins", "危房"),
        ("unknown", "不详", "Unknown", "yes", "未知"),
    ),
    source=COMMON_WORDS,
    extensible=True,
)

GRID_TYPE = CodeList(
    key="grid_type",
    title_zh="网格类型",
    title_en="Type of grid",
    choices=choices(
        (
            "comprehensive",
            "综合网格",
            "Comprehensive",
            "居民区网格",
            "基础网格",
            "普通网格",
            "综合",
        ),
        ("dedicated", "专属网格", "Dedicated", "专用网格", "专属"),
    ),
    source="central guidance on urban grid division, as quoted by publications",
    verified=True,
)

GRID_CODE_SYSTEM = CodeList(
    key="grid_code_system",
    title_zh="网格编码规则",
    title_en="Grid code system",
    choices=(
        *choices(
            ("cell_15", "15位单元网格编码（6+3+3+3）", "15-digit cell code (6+3+3+3)"),
            ("cjt349_20", "20位社区网格编码（CJ/T 349）", "20-digit grid code (CJ/T 349)"),
        ),
        *choices(
            ("cell_14", "14位单元网格编码（6+3+3+2）", "14-digit cell code (6+3+3+2)"),
            ("local", "地方编码", "Local code"),
            verified=False,
        ),
    ),
    source="published local standards and CJ/T 349-2010, as quoted by publications",
    verified=True,
    extensible=True,
)
