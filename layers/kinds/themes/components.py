"""City components to repair or to paint: covers, granite balls, dead trees, walls."""

from __future__ import annotations

from layers.kinds.codes.components import (
    ACCURACY_GRADE,
    ASSET_STATUS,
    COVER_CLASS,
    COVER_CONDITION,
    COVER_MATERIAL,
    COVER_SHAPE,
    DEAD_TREE_CONDITION,
    OBJECT_CONDITION,
    PLACEMENT,
    SYSTEM_TYPE,
    WALL_CONDITION,
    WALL_MATERIAL,
)
from layers.kinds.fields import real, text, yes_no
from layers.kinds.model import GeometryFamily, Kind, Style, Theme
from layers.kinds.shared import (
    AREA_M2,
    COMPETENT_ORG,
    COMPONENT_CODE,
    COMPONENT_SYSTEM,
    LOCATION,
    MAINTAINER_ORG,
    OWNER_ORG,
    POINT,
    condition,
)

THEME = Theme(key="components", title_zh="井盖与彩绘对象", title_en="City components", position=50)

MANHOLE_COVER = Kind(
    key="manhole_cover",
    title_zh="井盖",
    title_en="Manhole cover",
    group=THEME.key,
    geometry=POINT,
    near_m=0.5,
    geometry_required=False,
    placed_by=("location", "road_name", "grid_cell_code"),
    code_aliases=("井盖编号", "井编号", "JCJBH"),
    name_aliases=("井盖名称",),
    own_fields=(
        COMPONENT_CODE,
        COMPONENT_SYSTEM,
        text(
            "minor_class",
            "井盖小类",
            "Minor class",
            codes=COVER_CLASS,
            aliases=("小类", "小类代码", "小类名称", "井盖类型", "SmallClass", "Type"),
        ),
        text(
            "system_type",
            "管网系统",
            "Pipe system",
            codes=SYSTEM_TYPE,
            aliases=("管网类型", "Wastewater System", "Wastwater system"),
        ),
        text("status", "存在状态", "Existence", codes=ASSET_STATUS, aliases=("使用状态",)),
        condition(COVER_CONDITION, "井盖状况", "井盖情况", "JGQK"),
        OWNER_ORG,
        MAINTAINER_ORG,
        COMPETENT_ORG,
        text("material", "井盖材质", "Material", codes=COVER_MATERIAL, aliases=("材质", "JGCZ")),
        text("shape", "井盖形状", "Shape", codes=COVER_SHAPE, aliases=("形状", "ObjShape")),
        text("specification", "规格型号", "Specification", aliases=("规格", "型号", "尺寸")),
        text(
            "placement", "设置位置", "Where it is set", codes=PLACEMENT, aliases=("SetLoc", "场景")
        ),
        yes_no(
            "on_tactile_paving", "是否占用盲道", "On tactile paving", aliases=("AtBlindPth", "盲道")
        ),
        LOCATION,
        text("road_name", "所在道路", "Road", aliases=("道路名称", "所在路段", "SZDL")),
        text(
            "grid_cell_code",
            "所属单元网格",
            "Grid cell",
            refers_to="grid_cell",
            aliases=("单元网格编码", "BGID"),
        ),
        text("chamber_condition", "井室状况", "Condition of the chamber", aliases=("JSQK",)),
        text("chamber_material", "井室材质", "Material of the chamber", aliases=("JSCZ",)),
        text("chamber_size", "井室尺寸", "Size of the chamber", aliases=("JSCC",)),
        text(
            "accuracy_grade",
            "定位精度等级",
            "Grade of accuracy",
            codes=ACCURACY_GRADE,
            aliases=("精度等级",),
        ),
    ),
    style=Style(
        fill="#525252",
        stroke="#ffffff",
        fill_opacity=0.95,
        stroke_width=0.8,
        radius_px=3.0,
        visible=False,
        order=115,
    ),
)

GRANITE_BALL = Kind(
    key="granite_ball",
    title_zh="花岗岩球石",
    title_en="Granite ball",
    group=THEME.key,
    geometry=POINT,
    near_m=0.3,
    geometry_required=False,
    placed_by=("location",),
    code_aliases=("球石编号", "石球编号"),
    own_fields=(
        condition(OBJECT_CONDITION),
        real("diameter_m", "直径", "Diameter", unit="m", minimum=0, aliases=("直径（米）",)),
        OWNER_ORG,
        MAINTAINER_ORG,
        LOCATION,
        COMPONENT_CODE,
        COMPONENT_SYSTEM,
    ),
    style=Style(
        fill="#a6a6b8", stroke="#4a4a66", radius_px=3.5, fill_opacity=0.9, visible=False, order=116
    ),
)

DEAD_TREE = Kind(
    key="dead_tree",
    title_zh="裸露枯木",
    title_en="Dead tree",
    group=THEME.key,
    geometry=POINT,
    near_m=0.5,
    geometry_required=False,
    placed_by=("location",),
    code_aliases=("枯木编号", "树木编号"),
    own_fields=(
        condition(DEAD_TREE_CONDITION, "枯木状况"),
        text("species", "树种", "Species", aliases=("树木种类",)),
        real(
            "height_m",
            "树高",
            "Height",
            unit="m",
            minimum=0,
            maximum=120,
            aliases=("高度（米）", "树高（米）", "height"),
        ),
        real(
            "girth_m",
            "胸围",
            "Girth",
            unit="m",
            minimum=0,
            aliases=("胸围（米）", "circumference"),
        ),
        OWNER_ORG,
        MAINTAINER_ORG,
        LOCATION,
        COMPONENT_CODE,
        COMPONENT_SYSTEM,
    ),
    style=Style(
        fill="#6b4a1f", stroke="#4d3319", radius_px=3.5, fill_opacity=0.9, visible=False, order=117
    ),
)

WALL_SURFACE = Kind(
    key="wall_surface",
    title_zh="大面积墙壁",
    title_en="Wall surface",
    group=THEME.key,
    geometry=(GeometryFamily.LINE, GeometryFamily.AREA, GeometryFamily.POINT),
    geometry_required=False,
    placed_by=("location", "building_code"),
    code_aliases=("墙面编号", "墙体编号"),
    name_aliases=("墙面名称", "墙体名称"),
    own_fields=(
        AREA_M2,
        condition(WALL_CONDITION, "墙面状况"),
        text("material", "墙面材质", "Surface", codes=WALL_MATERIAL, aliases=("材质",)),
        real("length_m", "长度", "Length", unit="m", minimum=0, aliases=("长度（米）",)),
        real("height_m", "高度", "Height", unit="m", minimum=0, aliases=("高度（米）",)),
        text(
            "building_code",
            "所属楼栋",
            "Building",
            refers_to="building",
            aliases=("楼栋编码", "所在楼栋"),
        ),
        OWNER_ORG,
        LOCATION,
    ),
    style=Style(
        fill="#998ec3",
        stroke="#542788",
        stroke_width=3.0,
        fill_opacity=0.8,
        visible=False,
        order=100,
    ),
)

KINDS = (MANHOLE_COVER, GRANITE_BALL, DEAD_TREE, WALL_SURFACE)
