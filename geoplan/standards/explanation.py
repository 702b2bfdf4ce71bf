"""
Explaining a number (数字说明): formula with the figures, inputs, clause, basis, policy version.

Three depths: ``leader`` 领导 one sentence, ``planner`` 规划人员 the working, ``analyst`` 分析人员
everything that would let another person compute it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

import pandas as pd

from geoplan.errors import InputError
from geoplan.policy import KINDS
from geoplan.schemas.results import BANNER
from geoplan.standards.inputs import parse_inputs
from geoplan.units import show, unit_word

if TYPE_CHECKING:
    from geoplan.errors import Lang
    from geoplan.policy import Policy, Rule

Depth = Literal["leader", "planner", "analyst"]
DEPTHS: tuple[Depth, ...] = get_args(Depth)

STATUS_ZH = {"met": "达标", "not_met": "未达标", "to_verify": "待核", "no_data": "无数据",
             "no_target": "规划未定量"}  # fmt: skip
STATUS_EN = {"met": "met", "not_met": "not met", "to_verify": "to verify", "no_data": "no data",
             "no_target": "no target"}  # fmt: skip
_MOST_NAMES = 12


def explain(
    row: pd.Series[Any], policy: Policy, *, lang: Lang = "zh", depth: Depth = "planner"
) -> str:
    """
    Explain one row of results in words.

    Parameters
    ----------
    row
        One row as `standards.check`, `check_estates`, `gaps`, `scoreboard` or
        `service_circles.coverage` gives it.
    policy
        The policy it was judged by.
    lang
        ``zh`` or ``en``.
    depth
        ``leader``, ``planner`` or ``analyst``.

    Returns
    -------
    text
        What was measured, the formula with the numbers, the verdict, the clause, the basis and
        the policy's version; says so where inputs are synthetic.

    Raises
    ------
    InputError
        If the depth is unknown, or the row is of no result.
    UnknownIdError
        If the policy has no such rule.
    """
    if depth not in DEPTHS:
        raise InputError(
            f"There is no depth {depth!r}.",
            zh=f"没有“{depth}”这种说明深度。",
            fix=f"one of: {', '.join(DEPTHS)}",
            fix_zh="可用：leader（领导）、planner（规划人员）、analyst（分析人员）",
            depth=depth,
        )
    zh = lang == "zh"
    if "rule_id" not in row.index:
        return _coverage(row, zh=zh)
    rule = policy.rule(str(row["rule_id"]))
    row = _filled(row)
    if depth == "leader":
        return _sentence(row, rule, zh=zh)
    lines = [
        f"{row['rule_id']} {rule.title('zh' if zh else 'en')} — {row['unit_name']}",
        _formula(row, zh=zh), _verdict(row, zh=zh), _shortfall(row, zh=zh),
        *_clause(policy, rule, zh=zh), *_inputs(row, zh=zh),
    ]  # fmt: skip
    if depth == "analyst":
        lines += _working(row, rule, policy, zh=zh)
    lines.append(
        ("标准库：" if zh else "Policy: ") + f"{row['policy_id']} {str(row['policy_digest'])[:12]}"
    )
    lines.append(_banner(row, zh=zh))
    return "\n".join(line for line in lines if line)


def _filled(row: pd.Series[Any]) -> pd.Series[Any]:
    """Rows of other tables lack some cells; give them as missing."""
    words = ("unit_name", "remark_zh", "remark_en", "failing", "denominator", "denominator_zh",
             "policy_id", "policy_digest", "data_date", "inputs", "gap_unit", "operator",
             "status")  # fmt: skip
    numbers = ("value", "numerator", "denominator_value", "needed", "target", "gap", "missing",
               "completeness_share", "value_min", "value_max")  # fmt: skip
    fill: dict[Any, Any] = dict.fromkeys(words, "")
    fill |= {**dict.fromkeys(numbers, float("nan")), "unit": "none", "synthetic": False}
    return pd.Series({**fill, **row.to_dict()})


def _banner(row: pd.Series[Any], *, zh: bool) -> str:
    if not bool(row["synthetic"]):
        return ""
    return BANNER if zh else f"Synthetic data, not real ({BANNER})"


def _known(value: Any) -> float | None:
    return None if value is None or pd.isna(value) else float(value)


def _amount(value: Any, unit: str, *, zh: bool) -> str:
    number = _known(value)
    if number is None:
        return "无数据" if zh else "no data"
    if unit == "share":
        return f"{100.0 * number:.1f}%"
    return f"{show(number, unit)} {unit_word(unit, 'zh' if zh else 'en')}".rstrip()


def _sentence(row: pd.Series[Any], rule: Rule, *, zh: bool) -> str:
    """Say it as one would to a leader: what, how much, against what, verdict, what is lacking."""
    unit, status = str(row["unit"]), str(row["status"])
    said = _amount(row["value"], unit, zh=zh)
    goal = "" if _known(row["target"]) is None else _amount(row["target"], unit, zh=zh)
    short = _known(row["gap"])
    lack = _amount(short, str(row["gap_unit"]), zh=zh) if short else ""
    if unit == "count" and _known(row["target"]) == 1.0 and rule.unit == "pct":
        return _has_or_not(row, rule, zh=zh)
    if zh:
        text = f"{row['unit_name']}{rule.title_zh}为 {said}"
        text += f"，目标 {rule.operator_sign}{goal}" if goal else ""
        text += f"，{STATUS_ZH.get(status, status)}" + (f"，尚差 {lack}" if lack else "") + "。"
        return text + _marked(row, zh=True)
    text = f"{row['unit_name']}: {rule.title_en} is {said}"
    text += f", target {rule.operator} {goal}" if goal else ""
    text += f", {STATUS_EN.get(status, status)}" + (f", short by {lack}" if lack else "") + "."
    return text + _marked(row, zh=False)


def _marked(row: pd.Series[Any], *, zh: bool) -> str:
    banner = _banner(row, zh=zh)
    if not banner:
        return ""
    return f"（{banner}）" if zh else f" {banner}."


def _has_or_not(row: pd.Series[Any], rule: Rule, *, zh: bool) -> str:
    """Say of one unit whether it has what the plan asks of every unit."""
    value, status = _known(row["value"]), str(row["status"])
    if zh:
        has = "情况不明" if value is None else "有" if value >= 1.0 else "没有"
        text = (
            f"{row['unit_name']}：{rule.title_zh}，本单元{has}，{STATUS_ZH.get(status, status)}。"
        )
        return text + _marked(row, zh=True)
    has = "not known" if value is None else "has it" if value >= 1.0 else "has none"
    text = f"{row['unit_name']}: {rule.title_en}: {has}, {STATUS_EN.get(status, status)}."
    return text + _marked(row, zh=False)


def _formula(row: pd.Series[Any], *, zh: bool) -> str:
    unit = str(row["unit"])
    value = _known(row["value"])
    top, base = _known(row["numerator"]), _known(row["denominator_value"])
    label = "数值：" if zh else "Value: "
    if value is None:
        return label + ("无数据" if zh else "no data")
    if top is None or base is None:
        return label + _amount(value, unit, zh=zh)
    by = f"{base:,.0f} ÷ 100" if unit == "m2/100hh" else f"{base:,.0f}"
    basis = str(row["denominator_zh"] if zh else row["denominator"])
    name = f"（{basis}）" if zh and basis else (f" ({basis})" if basis else "")
    whole = top.is_integer() and not unit.startswith("m2")
    shown = f"{top:,.0f}" if whole else f"{top:,.2f}"
    return label + f"{shown} ÷ ({by}){name} = {_amount(value, unit, zh=zh)}"


def _verdict(row: pd.Series[Any], *, zh: bool) -> str:
    unit, status = str(row["unit"]), str(row["status"])
    goal = "" if _known(row["target"]) is None else (
        f"{row['operator']} {_amount(row['target'], unit, zh=zh)}"
    )  # fmt: skip
    text = (
        f"目标：{goal or '未定量'}；结论：{STATUS_ZH.get(status, status)}" if zh
        else f"Target: {goal or 'none'}; verdict: {STATUS_EN.get(status, status)}"
    )  # fmt: skip
    whole, of = _known(row["needed"]), _known(row["denominator_value"])
    if whole is not None and of is not None:
        text += f"；即 {of:,.0f} 个中不少于 {whole:,.0f} 个" if zh else (
            f"; that is {whole:,.0f} of {of:,.0f}"
        )  # fmt: skip
    gap, missing = _known(row["gap"]), _known(row["missing"])
    if gap:
        lack = _amount(gap, str(row["gap_unit"]), zh=zh)
        text += f"；缺口 {lack}" if zh else f"; short by {lack}"
    if missing:
        text += f"；缺数据 {missing:.0f} 个" if zh else f"; {missing:.0f} without data"
    return text


def _shortfall(row: pd.Series[Any], *, zh: bool) -> str:
    """Say how the gap comes about where it is an area, or a number of whole things."""
    gap, have, unit = _known(row["gap"]), _known(row["numerator"]), str(row["gap_unit"])
    if not gap or have is None or unit == "pct" or row["operator"] not in {">=", ">"}:
        return ""
    need, have_, lack = (show(v, unit) for v in (have + gap, have, gap))
    word = unit_word(unit, "zh" if zh else "en")
    return f"缺口：应有 {need} - 现有 {have_} = {lack} {word}" if zh else (
        f"Gap: needed {need} - there {have_} = {lack} {word}"
    )  # fmt: skip


def _clause(policy: Policy, rule: Rule, *, zh: bool) -> list[str]:
    lines = [("条款：" if zh else "Clause: ") + f"{policy.title} {rule.clause}"]
    if rule.text_zh:
        lines.append(("原文：" if zh else "Text: ") + rule.text_zh)
    read = "依据：原文可查" if zh else "Basis: read in the source"
    lines.append(f"{rule.basis_note('zh' if zh else 'en') or read} [{rule.basis}]")
    return lines


def _inputs(row: pd.Series[Any], *, zh: bool) -> list[str]:
    lines = []
    if row["data_date"]:
        lines.append(("数据日期：" if zh else "Data of: ") + str(row["data_date"]))
    read = [i.words("zh" if zh else "en") for i in parse_inputs(str(row["inputs"] or ""))]
    if read:
        lines.append(("输入：" if zh else "Inputs: ") + ("；" if zh else "; ").join(read))
    remark = row["remark_zh" if zh else "remark_en"]
    if isinstance(remark, str) and remark:
        lines.append(("备注：" if zh else "Remark: ") + remark)
    failing = str(row["failing"] or "").split(";") if row["failing"] else []
    if failing:
        names = "、".join(failing[:_MOST_NAMES]) if zh else ", ".join(failing[:_MOST_NAMES])
        more = len(failing) - _MOST_NAMES
        tail = (f" 等 {len(failing)} 个" if zh else f" and {more} more") if more > 0 else ""
        lines.append(("未达标：" if zh else "Failing: ") + names + tail)
    return lines


def _working(row: pd.Series[Any], rule: Rule, policy: Policy, *, zh: bool) -> list[str]:
    """Say what another person needs to compute it again."""
    unit, kind = str(row["unit"]), KINDS[rule.kind]
    low, high = (_amount(row[c], unit, zh=zh) for c in ("value_min", "value_max"))
    share = _known(row["completeness_share"])
    formula = rule.options.formula_zh if zh else rule.options.formula_en
    chosen = {
        name: value for name in type(rule.options).__dataclass_fields__
        if name not in {"formula_zh", "formula_en", "indicator"}
        and (value := getattr(rule.options, name)) not in ((), "", None, False, ("operating",))
    }  # fmt: skip
    lines = [
        ("度量：" if zh else "Measure: ") + f"{rule.kind} {kind.zh if zh else kind.en}",
        ("公式：" if zh else "Formula: ") + (formula or "–"),
        ("界限：" if zh else "Bounds: ") + f"{low} … {high}",
        ("参数：" if zh else "Options: ")
        + ", ".join(f"{k}={_listed(v)}" for k, v in chosen.items()),
        ("依据可信度：" if zh else "Confidence: ") + f"{rule.confidence:g}",
        ("来源：" if zh else "Sources: ")
        + "; ".join(policy.sources[s].title if s in policy.sources else s for s in rule.sources),
    ]  # fmt: skip
    if share is not None:
        lines.insert(3, ("数据完整率：" if zh else "Completeness: ") + f"{share:.1%}")
    return lines


def _listed(value: Any) -> str:
    return "|".join(str(v) for v in value) if isinstance(value, tuple) else str(value)


def _coverage(row: pd.Series[Any], *, zh: bool) -> str:
    """Explain a row of walking coverage: people inside over all people."""
    need = {"persons", "covered", "cov_share", "limit_min"}
    if not need <= set(row.index):
        raise InputError(
            f"This row is of no result that can be explained: columns {list(row.index)[:8]}.",
            zh=f"这一行不是可说明的结果：列 {list(row.index)[:8]}。",
            fix="pass a row of standards.check, indicators.scoreboard or service_circles.coverage",
            fix_zh="传入 standards.check、indicators.scoreboard 或 service_circles.coverage 的一行",
        )
    place = row.get("unit_name", row.get("unit_code", ""))
    share = _amount(row["cov_share"], "share", zh=zh)
    covered, persons = (_amount(row[c], "person", zh=zh) for c in ("covered", "persons"))
    limit = f"{float(row['limit_min']):g}"
    if zh:
        return (f"{place}：步行 {limit} 分钟内 {covered} ÷ {persons} = {share}；"
                "规划未定量，不作达标判定。门到门最短步行时间，时限含端点。")  # fmt: skip
    return (f"{place}: {covered} within {limit} minutes on foot ÷ {persons} = {share}; no figure "
            "in the plan, so no verdict. Door-to-door least time, limits closed.")  # fmt: skip
