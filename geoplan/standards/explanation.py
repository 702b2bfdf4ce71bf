"""Explaining a number (数字说明): formula with the figures, clause, basis, policy version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from geoplan.units import show, unit_zh

if TYPE_CHECKING:
    from geoplan.errors import Lang
    from geoplan.policy import Policy

STATUS_ZH = {"met": "达标", "not_met": "未达标", "to_verify": "待核", "no_data": "无数据",
             "no_target": "规划未定量"}  # fmt: skip
STATUS_EN = {"met": "met", "not_met": "not met", "to_verify": "to verify", "no_data": "no data",
             "no_target": "no target"}  # fmt: skip


def explain(row: pd.Series[Any], policy: Policy, *, lang: Lang = "zh") -> str:
    """
    Explain one row of ``standards_checks`` in words.

    Parameters
    ----------
    row
        One row as `check` gives it.
    policy
        The policy it was judged by.
    lang
        ``zh`` or ``en``.

    Returns
    -------
    text
        What was measured, the formula with the numbers, the verdict, the clause, the basis and
        the policy's version; says so where inputs are synthetic.

    Raises
    ------
    UnknownIdError
        If the policy has no such rule.
    """
    rule = policy.rule(str(row["rule_id"]))
    zh = lang == "zh"
    unit = str(row["unit"])
    word = unit_zh(unit) if zh else unit
    lines = [
        f"{row['rule_id']} {rule.title_zh if zh else rule.title_en} — {row['unit_name']}",
        _formula(row, word, zh=zh),
        _verdict(row, word, zh=zh),
        ("条款：" if zh else "Clause: ") + f"{policy.title} {rule.clause}",
    ]
    if rule.text_zh:
        lines.append(("原文：" if zh else "Text: ") + rule.text_zh)
    read = "依据：原文可查" if zh else "Basis: read in the source"
    lines.append(f"{rule.basis_note('zh' if zh else 'en') or read} [{rule.basis}]")
    remark = row.get("remark_zh" if zh else "remark_en")
    if isinstance(remark, str) and remark:
        lines.append(("备注：" if zh else "Remark: ") + remark)
    lines.append(
        ("标准库：" if zh else "Policy: ") + f"{row['policy_id']} {str(row['policy_digest'])[:12]}"
    )
    if bool(row["synthetic"]):
        lines.append("演示数据·非真实" if zh else "Synthetic data, not real (演示数据·非真实)")
    return "\n".join(lines)


def _number(value: Any) -> float | None:
    return None if value is None or pd.isna(value) else float(value)


def _formula(row: pd.Series[Any], word: str, *, zh: bool) -> str:
    value = _number(row["value"])
    top, base = _number(row["numerator"]), _number(row["denominator_value"])
    if value is None:
        return "数值：无数据" if zh else "Value: no data"
    shown = show(value, str(row["unit"]))
    if top is None or base is None:
        return ("数值：" if zh else "Value: ") + f"{shown} {word}"
    by = f"{base:,.0f} ÷ 100" if str(row["unit"]) == "m2/100hh" else f"{base:,.0f}"
    basis = str(row["denominator_zh"] if zh else row["denominator"])
    label = f"（{basis}）" if zh and basis else (f" ({basis})" if basis else "")
    return ("数值：" if zh else "Value: ") + f"{top:,.2f} ÷ ({by}){label} = {shown} {word}"


def _verdict(row: pd.Series[Any], word: str, *, zh: bool) -> str:
    status = str(row["status"])
    target, gap = _number(row["target"]), _number(row["gap"])
    goal = "" if target is None else f"{row['operator']} {show(target, str(row['unit']))} {word}"
    text = (
        f"目标：{goal}；结论：{STATUS_ZH[status]}" if zh
        else f"Target: {goal}; verdict: {STATUS_EN[status]}"
    )  # fmt: skip
    if gap:
        unit = str(row["gap_unit"])
        shown = show(gap, unit)
        text += f"；缺口 {shown} {unit_zh(unit)}" if zh else f"; short by {shown} {unit}"
    missing = _number(row["missing"])
    if missing:
        text += f"；缺数据 {missing:.0f} 个" if zh else f"; {missing:.0f} without data"
    return text
