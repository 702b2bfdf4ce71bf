"""Columns of the results (成果图层): titles and units of what geoplan writes."""

from __future__ import annotations

BANNER = "演示数据·非真实"
"""Stands wherever a number from synthetic input is shown."""

COLUMN_ZH: dict[str, str] = {
    "rule_id": "规则编号", "title_zh": "标准", "title_en": "Rule", "clause": "条款",
    "unit_code": "单元代码", "unit_name": "单元", "level": "级别", "denominator": "分母",
    "denominator_zh": "口径", "value": "数值", "unit": "单位", "operator": "比较",
    "target": "目标值", "status": "结论", "gap": "缺口", "gap_unit": "缺口单位",
    "numerator": "分子", "denominator_value": "分母值", "completeness_share": "数据完整率",
    "value_min": "下限", "value_max": "上限", "failing": "未达标单元", "remark_zh": "备注",
    "remark_en": "Remark", "attribute": "属性", "basis": "依据等级", "basis_note_zh": "依据说明",
    "basis_note_en": "Basis", "source": "来源", "policy_id": "标准库",
    "policy_digest": "标准库摘要", "synthetic": "演示数据",
    "service": "服务", "group": "人群", "limit_min": "时限（分钟）",
    "persons": "人数", "covered": "已覆盖", "uncovered": "未覆盖", "cov_share": "覆盖率",
    "walk_min": "步行时间（分钟）", "facility_id": "设施编号", "access_m": "到路网距离（米）",
    "reach": "可达情况", "rank": "序号", "layer": "图层", "file": "文件", "row": "行号",
    "id": "编号", "field": "字段", "rule": "检查项", "effect": "处理",
    "reason_zh": "原因", "reason_en": "Reason",
    "fix_zh": "办法", "fix_en": "Fix", "name": "名称", "kind": "类型", "population": "常住人口",
    "elders_60": "60岁以上人口", "elders_65": "65岁以上人口", "elders_80": "80岁以上人口",
    "households": "户数", "facility_kind": "设施类型", "missing": "缺数据个数",
}  # fmt: skip
"""Result column -> Chinese title; layer columns carry theirs in their own declarations."""
