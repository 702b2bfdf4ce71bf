"""Registers of boundaries (界线、界桩、协议、争议、联检、隐患), each declared once."""

from __future__ import annotations

from geoplan.schemas import vocabulary as v
from geoplan.schemas.declare import layer
from geoplan.schemas.model import (
    Column,
    amount,
    code,
    coded,
    count,
    date,
    flag,
    text,
)

BOUNDARY_LINES = layer(
    "boundary_lines", "行政区域界线", "Administrative boundary lines", "registry", "line_id",
    code("line_id", "界线编号", "编号"),
    text("line_code", "界线代码", "JXDM"),
    text("name", "界线名称", "名称"),
    coded("level", "级别", v.LEVEL, "界线级别"),
    text("left_code", "左侧单元代码", "左代码"),
    text("right_code", "右侧单元代码", "右代码"),
    amount("length_m", "长度（米）", "m", "长度"),
    coded("legal_status", "法定状态", v.LEGAL_STATUS),
    coded("technical_status", "技术状态", v.TECHNICAL_STATUS),
    text("start_point", "起点", "起点位置"),
    text("end_point", "止点", "终点", "止点位置"),
    text("approval_doc", "批准文号", "批准文件"),
    date("approved_on", "批准日期"),
    text("agreement_no", "协议书编号", "协议书文号"),
    text("agreement_map", "协议书附图"),
    amount("agreed_length_m", "协议书长度（米）", "m", "协议长度"),
    text("direction_text", "走向说明"),
    flag("precise", "是否精准落地", "细化", "精确几何已确认"),
    flag("std_drawing", "是否标准画法图", "标准画法"),
    geometry="line", label="name",
)  # fmt: skip
VILLAGE_LINES = layer(
    "village_lines", "村级管理线", "Village management lines", "registry", "line_id",
    code("line_id", "管理线编号", "编号"),
    text("line_code", "管理线代码"),
    text("left_code", "左侧单元代码"),
    text("right_code", "右侧单元代码"),
    amount("length_m", "长度（米）", "m", "长度"),
    flag("checked", "是否核定", "核定"),
    date("checked_on", "核定日期"),
    coded("technical_status", "技术状态", v.TECHNICAL_STATUS),
    geometry="line",
)  # fmt: skip


def _reference_object(number: int, zh: str, short: str) -> tuple[Column, Column, Column]:
    """Declare one reference object (方位物): what it is, grid azimuth, distance."""
    name = f"ref{number}"
    azimuth = Column(
        name=f"{name}_azimuth_deg", dtype="float", zh=f"方位物{zh}方位角（度）", unit="degree",
        aliases=(f"方位物{number}方位角", f"{short}HFWWFWJ"), minimum=0.0, maximum=360.0,
    )  # fmt: skip
    return (
        text(f"{name}_name", f"方位物{zh}名称", f"方位物{number}", f"{short}HFWWWZ"),
        azimuth,
        amount(f"{name}_distance_m", f"方位物{zh}距离（米）", "m", f"方位物{number}距离",
               f"{short}HFWWJL"),
    )  # fmt: skip


def _photos(name: str, zh: str, *aliases: str) -> Column:
    """Declare the photos of one view of a marker: names of files, joined by ``;``."""
    return text(f"photos_{name}", f"{zh}照片", *aliases)


def _number(name: str, zh: str, unit: str, *aliases: str) -> Column:
    return Column(name=name, dtype="float", zh=zh, unit=unit, aliases=aliases)


BOUNDARY_MARKERS = layer(
    "boundary_markers", "界桩", "Boundary markers", "registry", "marker_id",
    code("marker_id", "界桩标识", "编号", "KJSJBSM"),
    text("marker_no", "界桩号", "界桩编号", "JZBH", required=True),
    text("inscription", "刻号", "桩面刻号"),
    code("line_id", "界线编号", "所属界线", required=False),
    text("line_code", "界线代码", "JXDM"),
    coded("level", "级别", v.LEVEL, "界桩等级", "JZDJ"),
    amount("chainage_m", "里程（米）", "m", "里程"),
    _number("offset_m", "偏距（米）", "m", "偏距"),
    coded("marker_type", "界桩类型", v.MARKER_TYPE, "JZLX", "类型"),
    coded("shape", "界桩形状", v.MARKER_SHAPE, "形状"),
    text("material", "界桩材质", "JZCZ", "材质"),
    coded("condition", "状况", v.MARKER_CONDITION, "现状"),
    text("managing_unit", "管护单位", "管理单位"),
    text("location_a", "甲方所在地", "SZD1", "所在地一"),
    text("location_b", "乙方所在地", "SZD2", "所在地二"),
    text("location_c", "丙方所在地", "SZD3", "所在地三"),
    _number("x_north_m", "纵坐标X（米）", "m", "ZZB", "X坐标", "纵坐标"),
    _number("y_east_m", "横坐标Y（米）", "m", "HZB", "Y坐标", "横坐标"),
    text("source_crs", "原坐标系", "坐标系"),
    Column(name="elevation_m", dtype="float", zh="高程（米）", unit="m", aliases=("高程", "GC")),
    text("height_datum", "高程基准"),
    text("frame", "参考框架"),
    _number("epoch_year", "历元（年）", "year", "历元"),
    amount("sigma_m", "点位中误差（米）", "m", "点位中误差"),
    text("azimuth_kind", "方位角类别"),
    *_reference_object(1, "一", "Y"),
    *_reference_object(2, "二", "E"),
    *_reference_object(3, "三", "S"),
    text("position_text", "位置描述", "WZMS", "位置说明"),
    _photos("near", "近景"),
    _photos("a", "甲方方向", "甲方向照片"),
    _photos("b", "乙方方向", "乙方向照片"),
    _photos("c", "丙方方向", "丙方向照片"),
    text("size_text", "规格", "尺寸"),
    amount("buried_m", "埋深（米）", "m", "埋深"),
    Column(name="set_up_year", dtype="int", zh="埋设年份", unit="year", aliases=("埋设年度",)),
    flag("iot", "是否物联网桩", "物联网"),
    text("surveyors", "作业人员"),
    text("officers", "双方界线管理人员", "签字人员"),
    date("registered_on", "登记日期"),
    text("remark", "备注", "说明"),
    geometry="point", label="marker_no", secrecy="state_confidential", audience="boundary",
)  # fmt: skip

DOCUMENTS = layer(
    "documents", "协议与批准文件", "Agreements and approvals", "registry", "document_id",
    code("document_id", "文件编号", "编号"),
    text("title", "文件名称", "标题", required=True),
    coded("document_kind", "文件类型", v.DOCUMENT_KIND, "类型"),
    text("document_no", "文号"),
    date("document_date", "日期", "签订日期", "批准日期"),
    date("valid_until", "有效期至", "有效期"),
    text("issuer", "签发单位", "批准机关"),
    text("line_id", "界线编号"),
    text("case_id", "案件编号"),
    text("digest", "附件摘要"),
    secrecy="state_confidential", audience="boundary",
)  # fmt: skip
CLAIMS = layer(
    "claims", "争议主张", "Boundary claims", "registry", "claim_id",
    code("claim_id", "主张编号", "编号"),
    text("case_id", "案件编号"),
    text("party", "主张方", required=True),
    text("line_id", "界线编号"),
    coded("evidence_class", "证据类别", v.EVIDENCE_CLASS),
    text("evidence", "证据", "证据材料"),
    coded("state", "案件状态", v.CASE_STATE),
    date("raised_on", "提出日期"),
    date("due_on", "提醒日期", "办结期限"),
    text("decision_doc", "处理决定文号", "协议文号"),
    geometry="line", secrecy="state_confidential", audience="boundary",
)  # fmt: skip
HAZARDS = layer(
    "hazards", "边界隐患台账", "Boundary hazards", "registry", "hazard_id",
    code("hazard_id", "隐患编号", "编号"),
    text("line_id", "界线编号"),
    text("description", "隐患描述", "描述", required=True),
    text("responsible", "责任单位"),
    coded("state", "处理状态", v.HAZARD_STATE, "状态"),
    date("found_on", "发现日期"),
    date("due_on", "办结期限"),
    date("closed_on", "办结日期"),
    geometry="point line polygon", optional=True, audience="boundary",
)  # fmt: skip

INSPECTIONS = layer(
    "inspections", "联合检查", "Joint inspections", "registry", "inspection_id",
    code("inspection_id", "检查编号", "编号"),
    text("line_id", "界线编号", required=True),
    count("year", "年度", "year"),
    text("inspection_kind", "检查类型", "类型"),
    date("completed_on", "完成日期"),
    text("state", "状态"),
    text("parties", "联检双方"),
    audience="boundary",
)  # fmt: skip
OBSERVATIONS = layer(
    "observations", "外业观测", "Field observations", "registry", "observation_id",
    code("observation_id", "观测编号", "编号"),
    text("inspection_id", "检查编号"),
    text("marker_id", "界桩标识"),
    text("method", "观测方式"),
    date("observed_on", "观测日期"),
    coded("positioning", "定位方式", v.POSITIONING, "定位手段"),
    amount("accuracy_m", "精度（米）", "m", "精度"),
    text("datum", "坐标基准", "基准"),
    text("frame", "参考框架"),
    _number("epoch_year", "历元（年）", "year", "历元"),
    text("finding", "发现情况"),
    geometry="point line", optional=True, audience="boundary",
)  # fmt: skip
