"""
What a planner says of a plan (方案说明): sentences in Chinese and English from the tables.

Every number stands in the table given; nothing is added.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geoplan.errors import Lang
    from geoplan.siting.alternatives import Alternatives
    from geoplan.siting.candidates import Candidates


class People(NamedTuple):
    """What the weight counts: with its measure word in Chinese, in the plural in English."""

    zh: str = "位老人"
    en: str = "elders"


ELDERS = People()
_FIRST = 3


def summary(reasons: pd.DataFrame, lang: Lang = "zh", *, people: People = ELDERS) -> list[str]:
    """
    Say of each site what it is for.

    Parameters
    ----------
    reasons
        From `reasons.of_sites`.
    lang
        ``zh`` or ``en``.
    people
        What the weight counts.

    Returns
    -------
    sentences
        One per site, in the order of the table.
    """
    return [_site(str(name), row, lang, people) for name, row in reasons.iterrows()]


def _site(name: str, row: pd.Series[Any], lang: Lang, people: People) -> str:
    zh, who = lang == "zh", people.zh if lang == "zh" else people.en
    said = (
        f"选址 {name}：新增覆盖 {_n(row['gain'])} {who}，其中 {_n(row['only'])} {who}只有它能覆盖；"
        f"去掉它损失 {_n(row['loss'])} {who}；"
        if zh else
        f"Site {name}: adds {_n(row['gain'])} {who}; {_n(row['only'])} {who} reach no other open "
        f"site; without it {_n(row['loss'])} {who} are lost; "
    )  # fmt: skip
    said += _replacement(row, zh=zh, who=who)
    if row["clause"]:
        said += f"；对应条款 {row['clause']}" if zh else f"; rule {row['clause']}"
    return said + ("。" if zh else ".")


def _replacement(row: pd.Series[Any], *, zh: bool, who: str) -> str:
    other, loss = row["replacement"], row["replacement_loss"]
    if other is None or pd.isna(other):
        return "没有可替代的备选点" if zh else "there is no candidate for its place"
    if loss == 0:
        change, change_en = "覆盖不减", "which loses nobody"
    elif loss > 0:
        change, change_en = f"少覆盖 {_n(loss)} {who}", f"which loses {_n(loss)} {who}"
    else:
        change, change_en = f"多覆盖 {_n(-loss)} {who}", f"which serves {_n(-loss)} {who} more"
    more = row["replacement_cost"]
    if more:
        change += f"，费用{'增加' if more > 0 else '减少'} {_n(abs(more))}"
        change_en += f" and costs {_n(abs(more))} {'more' if more > 0 else 'less'}"
    return (
        f"最好的替代是 {other}，{change}"
        if zh
        else f"the best in its place is {other}, {change_en}"
    )


def curve(table: pd.DataFrame, lang: Lang = "zh", *, people: People = ELDERS) -> list[str]:
    """
    Say what each step of a curve buys.

    Parameters
    ----------
    table
        From `reasons.curve`.
    lang, people
        As `summary`.

    Returns
    -------
    sentences
        One per step that has an answer.
    """
    zh, by_count = lang == "zh", table.index.name == "p"
    who = people.zh if zh else people.en
    out = []
    for step, row in table[(table["status"] != "infeasible").to_numpy(dtype=bool)].iterrows():
        if zh:
            said = f"{'新建 ' if by_count else '预算 '}{_n(step)}{' 处' if by_count else ''}："
            said += f"覆盖 {_n(row['covered'])} {who}（{_share(row['covered_share'])}）"
            said += "" if pd.isna(row["gain"]) else f"，比上一档多 {_n(row['gain'])} {who}"
            said += ("，已证明最优" if row["status"] == "optimal" else
                     f"，最多不超过 {_n(row['bound'])} {who}")  # fmt: skip
            out.append(said + "。")
        else:
            said = f"{_n(step)} new sites: " if by_count else f"A budget of {_n(step)}: "
            said += f"{_n(row['covered'])} {who} ({_share(row['covered_share'])})"
            said += "" if pd.isna(row["gain"]) else f", {_n(row['gain'])} more than the step before"
            said += (", proved the best" if row["status"] == "optimal" else
                     f", at most {_n(row['bound'])}")  # fmt: skip
            out.append(said + ".")
    return out


def why_not(said: Mapping[str, Any], lang: Lang = "zh", *, people: People = ELDERS) -> str:
    """
    Say why a candidate is not in the plan.

    Parameters
    ----------
    said
        From `reasons.why_not`.
    lang, people
        As `summary`.

    Returns
    -------
    sentence
        What would follow if it had to be.
    """
    zh, name, verdict = lang == "zh", said["site_id"], said["verdict"]
    who = people.zh if zh else people.en
    if verdict in _VERDICTS:
        return _VERDICTS[verdict][0 if zh else 1].format(name)
    if verdict == "rejected":
        text = (f"{name} 未列为备选点：{said['reasons_zh']}" if zh
                else f"{name} is no candidate: {said['reasons_en']}")  # fmt: skip
        return text + ("。" if zh else ".")
    by = list(said["served_by"].items())[:_FIRST]
    text = (
        f"{name} 可覆盖 {_n(said['reach'])} {who}，其中 {_n(said['new'])} {who}尚无设施覆盖"
        if zh else
        f"{name} is reached by {_n(said['reach'])} {who}, {_n(said['new'])} of whom no open site "
        "serves"
    )  # fmt: skip
    if by:
        shared = [f"{i}（{_n(n)}）" if zh else f"{i} ({_n(n)})" for i, n in by]
        more = len(said["served_by"]) > _FIRST
        text += (f"；其余已由 {'、'.join(shared)}{'等' if more else ''}覆盖" if zh else
                 f"; the others by {', '.join(shared)}{' and more' if more else ''}")  # fmt: skip
    return f"{text}{_consequence(said, zh=zh, who=who)}" + ("。" if zh else ".")


def _consequence(said: Mapping[str, Any], *, zh: bool, who: str) -> str:
    change, cost = said["covered_change"], said["cost_change"]
    left = "、".join(said["out"]) if zh else ", ".join(said["out"])
    text = "；若必须选它" if zh else "; with it"
    if left:
        text += f"，换下 {left}" if zh else f", and without {left}"
    if change:
        word, word_en = ("多", "more") if change > 0 else ("少", "fewer")
        text += (f"，{word}覆盖 {_n(abs(change))} {who}" if zh
                 else f", {_n(abs(change))} {word_en} {who} are served")  # fmt: skip
    else:
        text += "，覆盖不变" if zh else ", as many are served"
    if cost:
        text += (f"，费用{'增加' if cost > 0 else '减少'} {_n(abs(cost))}" if zh
                 else f", for {_n(abs(cost))} {'more' if cost > 0 else 'less'}")  # fmt: skip
    return text


_VERDICTS = {
    "chosen": ("{} 已在方案中。", "{} is in the plan."),
    "existing": ("{} 是现有设施，已在方案中。", "{} exists, and is in every plan."),
    "forbidden": ("{} 已被指定不得选用。", "{} was ruled out."),
}


def alternatives(found: Alternatives, lang: Lang = "zh") -> str:
    """
    Say how much choice there is.

    Parameters
    ----------
    found
        From `alternatives.within`.
    lang
        ``zh`` or ``en``.

    Returns
    -------
    sentences
        How many plans are near the best, which sites all have, which may be swapped, and what of
        this is proved.
    """
    zh, count, join = lang == "zh", len(found.table), "、" if lang == "zh" else ", "
    share = _share(abs(found.limit - found.bound) / abs(found.bound) if found.bound else 0.0)
    if zh:
        text = f"与上界相差不超过 {share} 的方案{'共' if found.complete else '已找到'} {count} 个"
        text += "（已证明没有其他）" if found.complete else "（可能还有）"
    else:
        text = f"{count} plans are within {share} of the bound"
        text += " (proved: no others)" if found.complete else " (there may be more)"
    if found.core:
        proved = (
            ("已证明都需要" if zh else "proved")
            if found.core_proved
            else ("就已找到的方案而言" if zh else "of those found")
        )
        text += (f"；必选：{join.join(found.core)}（{proved}）" if zh
                 else f"; in all: {join.join(found.core)} ({proved})")  # fmt: skip
    if found.swing:
        text += (
            f"；可换：{join.join(found.swing)}" if zh else f"; in some: {join.join(found.swing)}"
        )
    return text + ("。" if zh else ".")


def gains(table: pd.DataFrame, lang: Lang = "zh", *, people: People = ELDERS) -> list[str]:
    """
    Say who gains and who loses.

    Parameters
    ----------
    table
        From `reasons.gains`.
    lang, people
        As `summary`.

    Returns
    -------
    sentences
        One per row in which something changes.
    """
    zh, who = lang == "zh", people.zh if lang == "zh" else people.en
    words = (("newly", "新覆盖 {} {}", "{} {} newly served"),
             ("lost", "失去覆盖 {} {}", "{} {} lost"),
             ("nearer", "路程缩短 {} {}", "{} {} nearer"),
             ("farther", "路程变长 {} {}", "{} {} farther"))  # fmt: skip
    out = []
    for row in table.to_dict("records"):
        told = [(a if zh else b).format(_n(row[k]), who) for k, a, b in words if row[k] > 0]
        name = " ".join(str(v) for k in ("group", "people")
                        if (v := row[k]) not in {"", "weight"})  # fmt: skip
        if told:
            head = name or ("未分组" if zh else "no group")
            out.append(f"{head}：{'，'.join(told)}。" if zh else f"{head}: {', '.join(told)}.")
    return out


def stability(table: pd.DataFrame, lang: Lang = "zh") -> list[str]:
    """Say of each site of `reasons.stability` in what share of the scenarios it is chosen."""
    out = []
    for name, row in table.iterrows():
        share = _share(row["share"])
        if lang == "zh":
            mine = "" if row["chosen"] else "（不在方案中）"
            out.append(f"{name}{mine}：在 {share} 的情景中入选（{_n(row['times'])} 次）。")
        else:
            mine = "" if row["chosen"] else " (not in the plan)"
            out.append(f"{name}{mine}: chosen in {share} of the scenarios ({_n(row['times'])}).")
    return out


def candidates(judged: Candidates, lang: Lang = "zh") -> list[str]:
    """Say of `candidates.from_sites` which sites are no candidates and what to look at."""
    zh, out = lang == "zh", []
    for table, words in ((judged.rejected, ("不可用", "not usable")),
                         (judged.warnings, ("须注意", "to look at"))):  # fmt: skip
        for name, rows in table.groupby("site_id", sort=False):
            told = rows["reason_zh" if zh else "reason_en"]
            rules = " ".join(dict.fromkeys(rows["rule_id"]))
            out.append(f"{name} {words[0]}：{'；'.join(told)}（{rules}）。" if zh
                       else f"{name} {words[1]}: {'; '.join(told)} ({rules}).")  # fmt: skip
    return out


def _n(value: Any) -> str:
    """Return a number with thousands apart, whole where it is."""
    number = float(value)
    return f"{number:,.0f}" if number == round(number) else f"{number:,.1f}"


def _share(value: Any) -> str:
    """Return a share in per cent; less than all is never said to be all."""
    share = float(value) * 100
    text = f"{min(share, 99.9) if share < 100 else share:.1f}"  # noqa: PLR2004
    return f"{text.removesuffix('.0')}%"
