"""Classes of green space, and who may enter it.

The two editions of CJJ/T 85 give the same codes to different things: G3 is protective green in
2002 and square land in 2017. A class therefore means nothing without its code system.
"""

from __future__ import annotations

from layers.kinds.codes import COMMON_WORDS, PROPOSAL, systems
from layers.kinds.codes.land import LAND_SEA_USE, OSM_TAGS
from layers.kinds.model import CodeList, choices

CJJT85_2017 = CodeList(
    key="cjjt85_2017",
    title_zh="城市绿地分类标准 CJJ/T 85-2017",
    title_en="Classification of urban green space CJJ/T 85-2017",
    choices=(
        *choices(
            ("G1", "公园绿地", "Park green space"),
            ("G2", "防护绿地", "Protective green space"),
            ("G3", "广场用地", "Square land"),
            ("XG", "附属绿地", "Attached green space"),
        ),
        *choices(
            ("EG", "区域绿地", "Regional green space"),
            ("G11", "综合公园", "Comprehensive park"),
            ("G12", "社区公园", "Community park"),
            ("G13", "专类公园", "Specialised park"),
            ("G131", "动物园", "Zoo"),
            ("G132", "植物园", "Botanical garden"),
            ("G133", "历史名园", "Historic garden"),
            ("G134", "遗址公园", "Heritage site park"),
            ("G135", "游乐公园", "Amusement park"),
            ("G139", "其他专类公园", "Other specialised park"),
            ("G14", "游园", "Garden park", "口袋公园", "小游园", "街头游园"),
            ("RG", "居住用地附属绿地", "Green attached to residential land"),
            ("AG", "公共管理与公共服务设施用地附属绿地", "Green attached to public services"),
            ("BG", "商业服务业设施用地附属绿地", "Green attached to commercial land"),
            ("MG", "工业用地附属绿地", "Green attached to industrial land"),
            ("WG", "物流仓储用地附属绿地", "Green attached to logistics land"),
            ("SG", "道路与交通设施用地附属绿地", "Green attached to streets and transport"),
            ("UG", "公用设施用地附属绿地", "Green attached to public utilities"),
            ("EG1", "风景游憩绿地", "Scenic and recreational green space"),
            ("EG2", "生态保育绿地", "Ecological conservation green space"),
            ("EG3", "区域设施防护绿地", "Protective green of regional infrastructure"),
            ("EG4", "生产绿地", "Productive green space"),
            verified=False,
        ),
    ),
    source="CJJ/T 85-2017, first letters as used in published data models; codes below them unread",
    verified=True,
    extensible=True,
)

CJJT85_2002 = CodeList(
    key="cjjt85_2002",
    title_zh="城市绿地分类标准 CJJ/T 85-2002（已废止）",
    title_en="Classification of urban green space CJJ/T 85-2002 (superseded)",
    choices=choices(
        ("G1", "公园绿地", "Park green space"),
        ("G2", "生产绿地", "Productive green space"),
        ("G3", "防护绿地", "Protective green space"),
        ("G4", "附属绿地", "Attached green space"),
        ("G5", "其他绿地", "Other green space"),
    ),
    source="CJJ/T 85-2002, as quoted by later publications",
    verified=True,
    extensible=True,
)

GREEN_CLASSES = (CJJT85_2017, CJJT85_2002, LAND_SEA_USE, OSM_TAGS)

GREEN_CODE_SYSTEM = systems(
    "green_code_system", "绿地分类标准", "Green space code system", *GREEN_CLASSES
)

ACCESS = CodeList(
    key="access",
    title_zh="开放程度",
    title_en="Public access",
    choices=choices(
        (
            "public",
            "对外开放",
            "Public",
            "公共",
            "开放",
            "免费开放",
            "yes",
            "permissive",
            "designated",
            "foot",
            "open",
        ),
        (
            "restricted",
            "有条件开放",
            "Restricted",
            "限制开放",
            "半开放",
            "收费",
            "customers",
            "permit",
            "residents",
            "destination",
            "delivery",
        ),
        ("private", "不开放", "Private", "内部", "封闭", "no", "military", "closed"),
        ("unknown", "不详", "Unknown", "未知", "不明"),
    ),
    source=COMMON_WORDS,
)

SCENIC_TYPE = CodeList(
    key="scenic_type",
    title_zh="景点类型",
    title_en="Kind of scenery",
    choices=choices(
        ("viewpoint", "观景点", "Viewpoint", "观景台"),
        ("natural", "自然景观", "Natural scenery"),
        ("heritage", "历史文化景观", "Heritage", "文物古迹", "memorial", "monument"),
        ("waterfront", "滨水景观", "Waterfront"),
        ("landmark", "城市地标", "Landmark", "attraction"),
        ("artwork", "雕塑小品", "Artwork", "雕塑"),
        ("museum", "博物馆", "Museum"),
    ),
    source=PROPOSAL,
    extensible=True,
)
