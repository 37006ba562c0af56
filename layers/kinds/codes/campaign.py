"""Bare land and adoption: from the survey of a plot to its care."""

from __future__ import annotations

from layers.kinds.codes import PROPOSAL
from layers.kinds.model import CodeList, choices

PLOT_TYPE = CodeList(
    key="plot_type",
    title_zh="地块类型",
    title_en="Type of plot",
    choices=choices(
        ("idle", "闲置地块", "Idle plot", "空闲地", "闲置", "greenfield", "plot"),
        ("demolished", "拆迁地块", "Demolished plot", "拆迁空地", "brownfield"),
        ("building_site", "建筑工地", "Building site", "施工工地", "construction"),
        ("reserve_land", "储备土地", "Reserve land", "储备用地"),
        ("unit_idle_land", "单位闲置地", "Idle land of an organisation"),
        ("village_idle_land", "村集体闲置地", "Idle land of a village", "村闲置地"),
        ("house_surround", "房前屋后", "Ground around houses"),
        ("slope", "裸露边坡", "Bare slope", "边坡"),
        ("roadside", "道路两侧", "Roadside"),
        ("quarry", "采石场", "Quarry"),
        ("landfill", "垃圾填埋场", "Landfill"),
        (
            "natural_bare",
            "自然裸地",
            "Natural bare ground",
            "bare_rock",
            "scree",
            "shingle",
            "sand",
        ),
    ),
    source="scopes of published city surveys, extended by this project",
    extensible=True,
)

TENURE = CodeList(
    key="tenure",
    title_zh="权属",
    title_en="Tenure",
    choices=choices(
        ("state", "国有", "State", "国有土地", "public"),
        ("reserve", "政府储备", "Government reserve", "储备"),
        ("collective", "集体", "Collective", "集体土地", "村集体"),
        ("organisation", "单位", "Organisation", "企事业单位"),
        ("private", "私有", "Private"),
        ("disputed", "权属争议", "Disputed", "争议"),
        ("unknown", "权属不明", "Unknown", "不明", "不详", "无主"),
    ),
    source=PROPOSAL,
    extensible=True,
)

SITE_CONDITION = CodeList(
    key="site_condition",
    title_zh="立地条件",
    title_en="Site condition",
    choices=choices(
        ("good_soil", "土质良好", "Good soil", "适宜种植", "良好"),
        ("thin_soil", "土层较薄", "Thin soil", "土层薄"),
        ("rubble", "建筑垃圾", "Rubble", "渣土"),
        ("compacted", "土壤板结", "Compacted", "板结"),
        ("rocky", "石砾地", "Rocky", "岩石裸露"),
        ("steep", "坡度较大", "Steep", "陡坡"),
        ("waterlogged", "低洼积水", "Waterlogged", "积水"),
        ("shaded", "光照不足", "Shaded", "遮荫"),
        ("sealed", "硬化地面", "Sealed", "硬化"),
        ("polluted", "土壤污染", "Polluted", "污染"),
    ),
    source=PROPOSAL,
    extensible=True,
)

TREATMENT = CodeList(
    key="treatment",
    title_zh="治理方式",
    title_en="Treatment",
    choices=choices(
        ("plant", "绿化", "Plant", "栽植", "覆绿", "增绿补绿", "种植"),
        ("pave", "硬化", "Pave", "铺装"),
        ("cover", "覆盖", "Cover", "苫盖", "防尘网覆盖"),
        ("garden", "建设游园", "Garden", "口袋公园", "小菜园", "果园"),
        ("build", "建设开发", "Build", "开发建设"),
        ("none", "暂不治理", "None yet", "暂缓"),
    ),
    source=PROPOSAL,
    extensible=True,
)

BARE_LAND_STATUS = CodeList(
    key="bare_land_status",
    title_zh="治理状态",
    title_en="State of treatment",
    choices=choices(
        ("surveyed", "已摸排", "Surveyed", "已普查", "未治理", "待治理"),
        ("planned", "已列计划", "Planned", "计划中"),
        ("in_treatment", "治理中", "In treatment", "施工中", "整治中"),
        ("treated", "已治理", "Treated", "已完成", "已覆绿", "已恢复"),
        ("accepted", "已验收", "Accepted", "验收合格"),
        ("relapsed", "反弹", "Bare again", "复裸"),
    ),
    source=PROPOSAL,
)

PLANTING_TYPE = CodeList(
    key="planting_type",
    title_zh="种植类型",
    title_en="Planting",
    choices=choices(
        ("tree", "乔木", "Trees", "植树"),
        ("shrub", "灌木", "Shrubs", "绿篱"),
        ("flower", "花卉", "Flowers", "鲜花", "花坛"),
        ("lawn", "草坪", "Lawn", "草皮"),
        ("science_farm", "科普农园", "Science farm"),
        ("science_orchard", "科普果园", "Science orchard"),
        ("science_herb_garden", "科普药园", "Science herb garden"),
        ("charity_vegetable_garden", "爱心菜园", "Charity vegetable garden"),
    ),
    source="reported practice of Baishan and neighbouring cities",
    verified=True,
    extensible=True,
)

ADOPTION_KIND = CodeList(
    key="adoption_kind",
    title_zh="认养方式",
    title_en="Kind of adoption",
    choices=choices(
        ("build", "认建", "Build"),
        ("maintain", "认养", "Maintain"),
        ("manage", "认管", "Manage"),
    ),
    source="published adoption rules of cities",
    verified=True,
)

CONTRIBUTION = CodeList(
    key="contribution",
    title_zh="认养形式",
    title_en="Contribution",
    choices=choices(
        ("work", "出力", "Work", "出劳", "自行养护"),
        ("money", "出资", "Money", "委托养护"),
        ("both", "出资出力", "Work and money"),
        verified=False,
    ),
    source="published adoption rules know doing the work oneself and paying for it; words unread",
)

ADOPTION_STATE = CodeList(
    key="adoption_state",
    title_zh="认养状态",
    title_en="State of adoption",
    choices=choices(
        ("available", "可认养", "Available", "待认养", "未认养"),
        ("applied", "已申请", "Applied", "申请中"),
        ("confirmed_on_site", "现场确认", "Confirmed on site", "已踏勘"),
        ("agreed", "已签协议", "Agreed", "已签约"),
        ("active", "认养中", "Active", "已认养", "养护中"),
        ("renewed", "已续签", "Renewed", "续签"),
        ("terminated", "提前终止", "Terminated", "终止", "解除"),
        ("expired", "已到期", "Expired", "到期", "过期"),
        ("relocated", "已调整地块", "Relocated", "易地"),
    ),
    source="states implied by published adoption rules; the set is a proposal of this project",
)

ADOPTER_KIND = CodeList(
    key="adopter_kind",
    title_zh="认养主体类型",
    title_en="Kind of adopter",
    choices=choices(
        ("department", "机关单位", "Government department", "机关", "包保部门", "部门"),
        ("public_institution", "事业单位", "Public institution", "学校", "医院"),
        ("enterprise", "企业", "Enterprise", "公司", "商户"),
        ("alliance_unit", "联建单位", "Alliance unit", "共建单位", "党建联盟单位"),
        ("party_branch", "党支部", "Party branch", "党组织"),
        ("cadres", "党员干部", "Cadres", "干部"),
        ("three_heads", "三长", "Grid, building and section heads", "网格长", "楼栋长", "单元长"),
        ("volunteers", "志愿服务队", "Volunteers", "志愿者", "社会组织"),
        ("residents", "居民", "Residents", "居民家庭", "家庭", "群众"),
    ),
    source="reported practice of Baishan and neighbouring cities, extended by this project",
    extensible=True,
)

CARE_WORK = CodeList(
    key="care_work",
    title_zh="养护内容",
    title_en="Care work",
    choices=choices(
        ("watering", "浇水", "Watering", "灌溉"),
        ("weeding", "除草", "Weeding", "清除杂草"),
        ("pruning", "修剪", "Pruning", "整形"),
        ("fertilising", "施肥", "Fertilising", "追肥"),
        ("pest_control", "病虫害防治", "Pest control", "打药"),
        ("replanting", "补植", "Replanting", "补种", "补栽"),
        ("cleaning", "清洁", "Cleaning", "捡拾垃圾", "保洁"),
        ("winter_protection", "防寒", "Winter protection", "越冬防寒"),
        ("inspection", "巡查", "Inspection", "检查"),
    ),
    source=PROPOSAL,
    extensible=True,
)
