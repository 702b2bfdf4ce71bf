"""
Every layer and table geoplan knows (图层目录), each declared once.

Adding a layer is one entry here: header matching, checks, templates, collections, tiles
and the data dictionary follow from it.
"""

from __future__ import annotations

from geoplan.schemas import vocabulary as v
from geoplan.schemas.boundary_layers import (
    BOUNDARY_LINES,
    BOUNDARY_MARKERS,
    CLAIMS,
    DOCUMENTS,
    HAZARDS,
    INSPECTIONS,
    OBSERVATIONS,
    VILLAGE_LINES,
)
from geoplan.schemas.declare import UNIT, layer
from geoplan.schemas.model import (
    Column,
    Layer,
    amount,
    code,
    coded,
    codeset,
    count,
    date,
    flag,
    text,
)
from geoplan.schemas.name_layers import (
    DOOR_NUMBERS,
    HERITAGE,
    NAME_CASES,
    NAME_FORMS,
    NAME_SIGNS,
    PLACE_NAMES,
)

SCHEMA_VERSION = 1

_CODE_SYSTEM = text("code_system", "代码体系", "区划代码体系")
_ELDERS = (
    count("elders_60", "60岁以上人口", "person", "60岁及以上人口", "60岁及以上", "老年人口"),
    count("elders_65", "65岁以上人口", "person", "65岁及以上人口", "65岁及以上"),
    count("elders_80", "80岁以上人口", "person", "80岁及以上人口", "80岁及以上", "高龄人口"),
)
_HOUSEHOLDS = count("households", "户数", "household", "总户数", "常住户数", "居住户数")


ADMIN_UNITS = layer(
    "admin_units", "行政区划", "Administrative units", "file", "code_system unit_code valid_from",
    code("unit_code", "区划代码", "行政区划代码", "代码", "单元代码", "code", "adcode"),
    _CODE_SYSTEM,
    text("name", "名称", "单元名称", "区划名称", "行政区名称", required=True),
    coded("level", "级别", v.LEVEL, "行政级别", required=True),
    code("parent_code", "上级代码", "父级代码", "上级区划代码", required=False),
    coded("kind", "类型", v.UNIT_KIND, "单元类型", "区划类型"),
    count("population", "常住人口", "person", "人口", "总人口"),
    count("population_urban", "城镇人口", "person", "城镇常住人口"),
    _HOUSEHOLDS,
    text("households_basis", "户数口径", "户数类型"),
    *_ELDERS,
    flag("neighbour", "是否邻接单元", "邻接"),
    flag("approximate", "是否近似范围", "近似"),
    geometry="polygon", optional=True, label="name", audience="open",
)  # fmt: skip

UNIT_CODES = layer(
    "unit_codes", "区划代码对照", "Unit codes", "file", "code_system code valid_from",
    code("unit_code", "区划代码", "单元代码"),
    text("code_system", "代码体系", required=True),
    code("code", "代码", "外部代码"),
    text("name", "名称"),
    text("county_name", "县级名称"),
    audience="open",
)  # fmt: skip

STAT_UNITS = layer(
    "stat_units", "功能区", "Functional units", "file", "stat_code",
    code("stat_code", "功能区代码"), text("name", "名称", "功能区名称", required=True),
    geometry="polygon", optional=True, label="name", audience="open",
)  # fmt: skip
STAT_UNIT_MEMBERS = layer(
    "stat_unit_members", "功能区成员", "Members of functional units", "file",
    "stat_code unit_code",
    code("stat_code", "功能区代码"), code("unit_code", "区划代码", "单元代码"),
    amount("share", "占比", "share", maximum=1.0), audience="open",
)  # fmt: skip

RESIDENTIAL_AREAS = layer(
    "residential_areas", "居住区", "Residential areas", "file", "area_id",
    code("area_id", "居住区编号", "小区编号", "编号"),
    text("name", "名称", "小区名称", "居住区名称"),
    UNIT,
    coded("build_status", "建设状态", v.BUILD_STATUS, "新建/已建成", required=True),
    _HOUSEHOLDS,
    count("population", "人口", "person", "常住人口"),
    date("approval_date", "批准日期", "规划批准日期"),
    count("phase", "分期", "none", "期数"),
    amount("housing_floor_m2", "住宅建筑面积（平方米）", "m2", "住宅建筑面积"),
    flag("relocation", "是否易地搬迁安置区", "易地搬迁", "搬迁安置"),
    text("estate_gates", "小区出入口", "出入口"),
    geometry="polygon", label="name",
)  # fmt: skip

POPULATION = layer(
    "population", "人口", "Population", "file", "point_id",
    code("point_id", "人口点编号", "编号", "楼栋编号", "id"),
    UNIT,
    count("persons", "人口", "person", "常住人口", "人数", required=True),
    *_ELDERS,
    _HOUSEHOLDS,
    count("year", "年份", "year", "统计年份"),
    geometry="point polygon", audience="planning",
)  # fmt: skip

FACILITIES = layer(
    "facilities", "设施", "Facilities", "file", "facility_id",
    code("facility_id", "设施编号", "编号", "设施编码", "机构编号", "序号"),
    text("name", "设施名称", "名称", "机构名称", "设施名", required=True),
    coded("facility_kind", "设施类型", v.FACILITY_KIND, "类型", "设施类别", "机构类型",
          required=True),
    codeset("functions", "功能", v.FUNCTION, "服务功能"),
    codeset("services", "服务项目", v.SERVICE, "五助服务", "助老服务"),
    coded("status", "状态", v.FACILITY_STATUS, "运营状态", "使用状态"),
    UNIT,
    text("address", "地址", "详细地址"),
    count("phase", "所在分期", "none", "分期"),
    Column(name="floor_level", dtype="int", zh="所在楼层", aliases=("楼层",)),
    amount("housing_done_pct", "建成时住宅完成比例（%）", "pct", "住宅完成比例", maximum=100.0),
    amount("land_m2", "用地面积（平方米）", "m2", "用地面积", "占地面积", "占地面积（平方米）"),
    amount("floor_m2", "建筑面积（平方米）", "m2", "建筑面积", "房屋面积"),
    amount("elder_floor_m2", "养老用房面积（平方米）", "m2", "养老用房面积", "养老建筑面积",
           "其中养老用房面积"),
    amount("site_m2", "宗地面积（平方米）", "m2", "宗地面积"),
    amount("building_floor_m2", "楼栋总建筑面积（平方米）", "m2", "楼栋总建筑面积"),
    count("beds", "床位数", "bed", "床位", "养老床位"),
    count("nursing_beds", "护理型床位数", "bed", "护理床位", "护理型床位"),
    count("residents", "入住人数", "person", "在住人数"),
    flag("clinic", "是否内设医务室", "内设医务室", "医务室"),
    Column(name="grade", dtype="int", zh="等级", minimum=0, maximum=5,
           aliases=("级别（A）", "A级", "医院等级", "等级（A）")),
    flag("county_managed", "是否县级直管", "县级直管"),
    date("lease_end", "租赁到期", "租期截止"),
    code("place_id", "地名编号", required=False),
    geometry="point polygon", optional=True, label="name", audience="open",
)  # fmt: skip

CANDIDATE_SITES = layer(
    "candidate_sites", "备选与闲置资源", "Candidate sites", "file", "site_id",
    code("site_id", "备选点编号", "编号"),
    text("name", "名称"),
    coded("acquisition", "取得方式", v.ACQUISITION, "方式"),
    amount("floor_m2", "建筑面积（平方米）", "m2", "建筑面积"),
    amount("land_m2", "用地面积（平方米）", "m2", "用地面积"),
    amount("cost", "费用（元）", "yuan", "费用", "造价"),
    Column(name="floor_level", dtype="int", zh="所在楼层", aliases=("楼层",)),
    text("owner", "权属", "产权单位"),
    text("hazard", "安全隐患", "隐患"),
    UNIT,
    geometry="point polygon", label="name", audience="planning",
)  # fmt: skip

ROADS = layer(
    "roads", "路网", "Roads", "file", "road_id",
    code("road_id", "道路编号", "编号", "id", "osm_id", required=False),
    text("name", "道路名称", "名称", "路名"),
    coded("road_class", "道路等级", v.ROAD_CLASS, "等级", "highway", "fclass"),
    flag("walk", "可步行", "步行"),
    flag("drive", "可通车", "通车"),
    Column(name="oneway", dtype="int", zh="单行", minimum=-1, maximum=1,
           aliases=("单行线", "单向")),
    amount("speed_kmh", "限速（公里/小时）", "km/h", "限速", "maxspeed"),
    Column(name="layer", dtype="int", zh="层", aliases=("立交层",), minimum=-9, maximum=9),
    Column(name="slope", dtype="float", zh="坡度（%）", unit="pct", aliases=("坡度",)),
    flag("crossing", "人行横道", "过街"),
    text("surface", "路面", "铺装"),
    text("kerb", "路缘石", "缘石"),
    amount("width_m", "宽度（米）", "m", "路宽", "width"),
    geometry="line", label="name",
)  # fmt: skip

INDICATOR_FIGURES = layer(
    "indicator_figures", "指标数据", "Indicator figures", "file",
    "indicator_id unit_code period",
    code("indicator_id", "指标编号", "指标代码", "规则编号"),
    UNIT,
    text("period", "期间", "年份", "统计期", required=True),
    Column(name="value", dtype="float", zh="数值", aliases=("值", "完成值")),
    Column(name="numerator", dtype="float", zh="分子", aliases=("完成数", "已完成数")),
    Column(name="denominator", dtype="float", zh="分母", aliases=("应完成数", "总数")),
    text("figure_unit", "单位", "计量单位"),
    text("note", "备注", "说明"),
)  # fmt: skip

BUILT_UP = layer(
    "built_up", "建成区", "Built-up areas", "file", "built_up_id",
    code("built_up_id", "建成区编号", "编号"), text("name", "名称"), UNIT,
    geometry="polygon", label="name", audience="open",
)  # fmt: skip

CEMETERIES = layer(
    "cemeteries", "公墓与骨灰堂", "Cemeteries", "file", "cemetery_id",
    code("cemetery_id", "公墓编号", "编号"),
    text("name", "名称", "公墓名称", required=True),
    coded("level", "级别", v.LEVEL),
    coded("kind", "类型", v.CEMETERY_KIND),
    Column(name="served_codes", dtype="set", zh="服务单元", aliases=("服务范围",)),
    UNIT,
    count("plots", "墓穴数", "plot", "总墓穴数"),
    count("plots_used", "已用墓穴数", "plot", "已用墓穴"),
    count("niches", "格位数", "plot", "骨灰格位"),
    amount("area_m2", "面积（平方米）", "m2", "占地面积", "面积"),
    coded("status", "状态", v.FACILITY_STATUS),
    geometry="point polygon", optional=True, label="name", audience="open",
)  # fmt: skip
GRAVES = layer(
    "graves", "散埋坟墓", "Scattered graves", "file", "grave_id",
    code("grave_id", "坟墓编号", "编号"),
    text("treatment", "治理方式"),
    text("protected_reason", "保护原因"),
    UNIT,
    geometry="point", audience="planning",
)  # fmt: skip
RESTRICTED_FEATURES = layer(
    "restricted_features", "三沿五区要素", "Burial-restricted features", "file", "feature_id",
    code("feature_id", "要素编号", "编号"),
    coded("feature_class", "要素类别", v.RESTRICTED_CLASS, "类别", required=True),
    text("subclass", "要素子类", "子类"),
    text("name", "名称"),
    geometry="point line polygon", label="name",
)  # fmt: skip

PROJECTS = layer(
    "projects", "专栏项目", "Column-box projects", "file", "project_id",
    code("project_id", "项目编号", "编号"),
    text("name", "项目名称", "名称", required=True),
    text("column_box", "专栏"),
    text("kind", "项目类型", "类型"),
    count("beds_public", "公办床位", "bed", "公办养老床位"),
    count("beds_inclusive", "普惠床位", "bed", "普惠养老床位"),
    count("beds_market", "市场化床位", "bed", "市场化养老床位"),
    count("beds_medical", "医养结合床位", "bed"),
    coded("status", "进度", v.PROJECT_STATUS, "状态"),
    UNIT,
    geometry="point", optional=True, label="name", audience="open",
)  # fmt: skip


LAYERS: dict[str, Layer] = {
    each.name: each
    for each in (
        ADMIN_UNITS, UNIT_CODES, STAT_UNITS, STAT_UNIT_MEMBERS, RESIDENTIAL_AREAS, POPULATION,
        FACILITIES, CANDIDATE_SITES, ROADS, INDICATOR_FIGURES, BOUNDARY_LINES, VILLAGE_LINES,
        BOUNDARY_MARKERS, DOCUMENTS, CLAIMS, INSPECTIONS, OBSERVATIONS, HAZARDS, PLACE_NAMES,
        NAME_FORMS, NAME_CASES, NAME_SIGNS, DOOR_NUMBERS, HERITAGE, BUILT_UP, CEMETERIES, GRAVES,
        RESTRICTED_FEATURES, PROJECTS,
    )
}  # fmt: skip
"""All layers by name, in the order they are documented."""
