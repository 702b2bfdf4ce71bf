"""Registers of place names (地名、名称、案卷、标志、门牌、遗产), each declared once."""

from __future__ import annotations

from geoplan.schemas import vocabulary as v
from geoplan.schemas.declare import UNIT, layer
from geoplan.schemas.model import Column, amount, code, coded, count, date, flag, text


def _year(name: str, zh: str, *aliases: str) -> Column:
    """Declare a year; those before the first are negative."""
    return Column(name=name, dtype="int", zh=zh, unit="year", aliases=aliases)


PLACE_NAMES = layer(
    "place_names", "地名", "Place names", "registry", "place_id",
    code("place_id", "地名编号", "编号"),
    text("place_code", "地名代码"),
    text("standard_name", "标准名称", "地名", "名称", required=True),
    text("specific", "专名"),
    text("generic", "通名"),
    text("reading", "读音", "普通话读音"),
    coded("reading_source", "读音来源", v.READING_SOURCE),
    text("reading_reviewer", "读音审定人"),
    text("original_reading", "原读音", "当地读音"),
    text("pinyin", "罗马字母拼写", "拼音", "汉语拼音"),
    text("roman_rules", "拼写规则版本"),
    text("language", "语种"),
    text("category_code", "地名类别代码", "类别代码"),
    UNIT,
    coded("use_period", "使用时间", v.USE_PERIOD),
    date("named_on", "命名日期", "命名时间"),
    _year("set_year", "设立年份", "设立时间"),
    _year("abolished_year", "废止年份", "废止时间", "撤销年份"),
    text("meaning", "地名含义", "含义"),
    text("origin", "地名来历", "来历"),
    text("history", "历史沿革", "沿革"),
    text("description", "地理实体概况", "实体概况", "位置描述"),
    count("sign_count", "标志数量", "count", "标志个数"),
    Column(name="elevation_m", dtype="float", zh="海拔（米）", unit="m", aliases=("海拔", "高程")),
    coded("survey_method", "测量方法", v.SURVEY_METHOD),
    text("map_number", "图号", "原图图号"),
    text("map_scale", "比例尺"),
    text("map_edition", "图名年版", "年版"),
    text("media", "多媒体信息", "照片"),
    text("registering_unit", "登记单位"),
    text("registered_by", "登记人"),
    date("registered_on", "登记日期", "登记时间"),
    text("part_of", "上位地名编号"),
    Column(name="successors", dtype="set", zh="沿用地名编号", aliases=("并入地名编号",)),
    coded("status", "状态", v.NAME_STATUS),
    geometry="point line polygon", optional=True, label="standard_name", audience="open",
)  # fmt: skip

NAME_FORMS = layer(
    "name_forms", "地名名称", "Forms of place names", "registry", "name_id",
    code("name_id", "名称编号", "编号"),
    code("place_id", "地名编号"),
    text("text", "名称", "汉字", "地名", required=True),
    coded("kind", "名称类型", v.NAME_FORM_KIND, "类型", required=True),
    text("language", "语种"),
    text("reading", "读音"),
    coded("reading_source", "读音来源", v.READING_SOURCE),
    text("roman", "罗马字母拼写", "拼音", "汉语拼音"),
    coded("status", "状态", v.NAME_FORM_STATUS),
    text("case_id", "案卷编号"),
    audience="open",
)  # fmt: skip

NAME_CASES = layer(
    "name_cases", "地名命名更名案卷", "Naming cases", "registry", "case_id",
    code("case_id", "案卷编号", "编号"),
    text("place_id", "地名编号"),
    coded("case_kind", "事项", v.NAME_CASE_KIND, "类型", required=True),
    coded("state", "办理状态", v.NAME_CASE_STATE, "状态"),
    text("name", "拟用名称", "名称"),
    text("former_name", "原名称"),
    text("category_code", "地名类别代码", "类别代码"),
    coded("reason_code", "更名理由", v.RENAME_REASON),
    text("reason", "理由说明"),
    text("submitted_by", "申请人", "申请单位"),
    text("approving_body", "批准机关"),
    coded("approver_kind", "批准机关类别", v.APPROVER_KIND),
    text("approval_no", "批准文号"),
    Column(name="documents", dtype="set", zh="材料", choices=v.NAME_PAPER, aliases=("材料清单",)),
    date("submitted_on", "申请日期"),
    date("approved_on", "批准日期"),
    date("filed_on", "备案日期"),
    date("announced_on", "公告日期"),
    date("published_on", "公布日期"),
    text("receipt_no", "公布回执号"),
)  # fmt: skip

NAME_SIGNS = layer(
    "name_signs", "地名标志", "Name signs", "registry", "sign_id",
    code("sign_id", "标志编号", "编号"),
    text("place_id", "地名编号"),
    coded("sign_kind", "标志类型", v.SIGN_KIND, "类型"),
    text("text_zh", "汉字"),
    text("text_pinyin", "罗马字母"),
    Column(name="facing_deg", dtype="float", zh="朝向（度）", unit="degree", aliases=("朝向",),
           minimum=0.0, maximum=360.0),
    coded("condition", "状况", v.SIGN_CONDITION),
    text("maintainer", "维护单位"),
    text("photos", "照片"),
    date("installed_on", "设置日期"),
    geometry="point", audience="open",
)  # fmt: skip

DOOR_NUMBERS = layer(
    "door_numbers", "门牌号", "Door numbers", "registry", "door_id",
    code("door_id", "门牌编号", "编号"),
    code("place_id", "地名编号", "道路地名编号"),
    text("number", "门牌号", "号码", required=True),
    coded("side", "街侧", v.STREET_SIDE, "左右侧"),
    amount("chainage_m", "里程（米）", "m", "里程"),
    flag("reserved", "是否预留", "预留"),
    text("address", "标准地址", "地址"),
    UNIT,
    geometry="point", optional=True, label="number", audience="open",
)  # fmt: skip

HERITAGE = layer(
    "heritage", "地名文化遗产", "Place-name heritage", "registry", "heritage_id",
    code("heritage_id", "遗产编号", "编号"),
    text("place_id", "地名编号"),
    text("name", "名称", required=True),
    text("category", "类别"),
    _year("first_use_year", "始用年份"),
    _year("settlement_year", "聚落始建年份", "建置年份"),
    text("evidence", "依据"),
    text("event", "相关事件", "事件人物"),
    text("language", "语种"),
    text("inscription", "铭文著录", "甲骨金文著录"),
    text("protection", "保护措施"),
    coded("status", "名录状态", v.HERITAGE_STATUS, "状态"),
    text("batch", "批次"),
    date("listed_on", "列入日期"),
    geometry="point polygon", optional=True, label="name", audience="open",
)  # fmt: skip
