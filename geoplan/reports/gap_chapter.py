"""The chapter of gaps (缺口一章): by standard, where it lacks, who has too much, what fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geoplan.maps.static import number_scale
from geoplan.reports.chapters import town_map
from geoplan.reports.document import Paragraph, Section
from geoplan.reports.parts import frame_table
from geoplan.units import ha_from_m2, show

if TYPE_CHECKING:
    from geoplan.reports.document import Block
    from geoplan.reports.view import View

_MOST_ROWS, _MOST_CLUSTERS = 20, 15
_LEAST_ON_A_MAP = 3
_CLASSES = (0.25, 0.5, 0.75)
_NOTHING_M2 = 1.0


def chapter_gaps(view: View) -> Section:
    """Return 缺口与补缺办法: for each area standard its ranked deficits, then the unserved."""
    table = view.part(view.report.closing, "township", "village")
    parts: list[Section] = []
    if len(table):
        towns = table[table["level"] == "township"]
        for at, ((rule, basis), rows) in enumerate(
            towns.groupby(["rule_id", "denominator"], sort=False)
        ):
            parts.append(_standard(view, f"{rule}_{at}", str(rule), str(basis), rows))
    villages = _villages(view, table)
    if villages:
        parts.append(Section(view.say("村（社区）", "Villages"), tuple(villages)))
    unserved = _unserved(view)
    if unserved:
        parts.append(Section(view.say("服务圈外的老年人", "Elders beyond the circle"),
                             tuple(unserved)))  # fmt: skip
    title = view.say("缺口与补缺办法", "Gaps, and how to close them")
    none = (Paragraph(view.say("没有缺口。", "No gap.")),)
    return Section(title, () if parts else none, tuple(parts))


def _standard(view: View, key: str, rule: str, basis: str, rows: pd.DataFrame) -> Section:
    """Return one standard's deficits: the sum to find, a map, the ranked list."""
    name = view.policy.rule(rule).title(view.lang)
    word = str(rows["denominator_zh"].iloc[0]) if view.zh else basis
    if basis in {"resident", "urban"}:
        name = f"{name}（{word}）" if view.zh else f"{name} ({word})"
    land = view.policy.rule(rule).unit == "m2/person"
    gap, left = float(rows["gap"].sum()), float(rows["left_m2"].sum())
    said = view.say(
        f"{len(rows)} 个镇（街道）共缺 {show(gap, 'm2')} 平方米",
        f"{len(rows)} townships are short by {show(gap, 'm2')} m2",
    )
    if land:
        said += view.say(f"（合 {ha_from_m2(gap):,.2f} 公顷）。", f" ({ha_from_m2(gap):,.2f} ha).")
    else:
        said += view.say(
            f"，闲置房屋可补 {show(gap - left, 'm2')} 平方米，"
            f"其余 {show(left, 'm2')} 平方米需另找。",
            f"; idle buildings could give {show(gap - left, 'm2')}; "
            f"{show(left, 'm2')} m2 to be found.",
        )
    caption = view.say(f"{view.name}{name}缺口", f"{name}: gaps, {view.name}")
    blocks: list[Block] = [Paragraph(said)]
    if len(rows) >= _LEAST_ON_A_MAP:
        scale = number_scale(_breaks(rows["gap"].astype(float)), unit="m2",
                             title=view.say("缺口", "Gap"), lang=view.lang)  # fmt: skip
        blocks += town_map(view, f"map_gap_{key}", caption, _all_gaps(view, rule, basis), scale)
    blocks.append(frame_table(
        f"gaps_{key}", caption, rows, _heads(view, land=land), most_rows=_MOST_ROWS,
        sheet=view.say(f"缺口 {rule} {word}".strip(), f"Gaps {rule} {word}".strip()),
    ))  # fmt: skip
    return Section(f"{rule} {name}", tuple(blocks))


def _all_gaps(view: View, rule: str, basis: str) -> pd.Series[float]:
    """Return the gap of every township: 0 where there is none, missing where nobody knows."""
    checks = view.report.checks
    here = (checks["rule_id"] == rule) & (checks["denominator"] == basis)
    rows = checks.loc[(here & (checks["level"] == "township")).to_numpy(dtype=bool)]
    gap = rows["gap"].fillna(0.0).where(rows["status"] != "no_data")
    return gap.set_axis(rows["unit_code"]).astype(float)


def _breaks(values: pd.Series[float]) -> list[float]:
    """Return round numbers that part the deficits into classes; below the first is none."""
    out: list[float] = [_NOTHING_M2]
    for share in _CLASSES:
        value = float(values.quantile(share))
        step = 10.0 ** max(0.0, np.floor(np.log10(max(value, 1.0))) - 1.0)
        rounded = float(round(value / step) * step)
        if rounded > out[-1]:
            out.append(rounded)
    return out


def _heads(view: View, *, land: bool) -> list[tuple[str, str, str, float]]:
    heads = [("rank", view.say("序", "No."), "count", 0.5),
             ("unit_name", view.say("单元", "Unit"), "", 1.4),
             ("gap", view.say("缺口（平方米）", "Gap, m2"), "m2", 1.2),
             ("population", view.say("常住人口", "Persons"), "person", 1.0),
             ("households", view.say("户数", "Households"), "household", 1.0),
             ("elders_60", view.say("60岁以上", "60 and over"), "person", 1.0),
             ("nearest_surplus", view.say("最近的富余单元", "Nearest surplus"), "", 1.4),
             ("surplus_m2", view.say("其富余", "Its surplus"), "m2", 1.1),
             ("surplus_km", view.say("相距（公里）", "km"), "km", 0.9)]  # fmt: skip
    if land:
        return heads
    return [*heads, ("idle_sites", view.say("可用闲置房屋", "Idle buildings"), "", 2.4),
            ("idle_floor_m2", view.say("其面积", "Their floor"), "m2", 1.0),
            ("left_m2", view.say("仍缺", "Left"), "m2", 1.0)]  # fmt: skip


def _villages(view: View, table: pd.DataFrame) -> list[Block]:
    """Return the deficits of villages, by standard: how many and how much, the list as annex."""
    small = table[table["level"] == "village"] if len(table) else table
    if small.empty:
        return []
    by_rule = small.groupby("rule_id", sort=False).agg(
        title_zh=("title_zh", "first"), villages=("unit_code", "size"), gap=("gap", "sum"),
        households=("households", "sum"), elders_60=("elders_60", "sum"),
    ).reset_index()  # fmt: skip
    heads = [("rule_id", view.say("编号", "Id"), "", 0.8),
             ("title_zh", view.say("标准", "Standard"), "", 2.4),
             ("villages", view.say("缺的村（社区）", "Villages"), "count", 1.0),
             ("gap", view.say("缺口（平方米）", "Gap, m2"), "m2", 1.2),
             ("households", view.say("户数", "Households"), "household", 1.0),
             ("elders_60", view.say("60岁以上", "60 and over"), "person", 1.0)]  # fmt: skip
    each = [("rule_id", view.say("编号", "Id"), "", 0.8), *_heads(view, land=False)]
    return [
        frame_table("gaps_of_villages", view.say("村（社区）面积缺口汇总", "Gaps of villages"),
                    by_rule, heads),
        frame_table("gaps_village", view.say("村（社区）面积缺口", "Gaps, village by village"),
                    small, each, annex=True, sheet=view.say("村社区缺口", "Village gaps")),
    ]  # fmt: skip


def _unserved(view: View) -> list[Block]:
    table = view.report.unserved
    if table.empty:
        return []
    rows = pd.DataFrame(table.drop(columns="geometry", errors="ignore"))
    if "unit_code" in rows:
        rows = view.part(rows)
    if rows.empty:
        return []
    heads = [("name", view.say("地点", "Place"), "", 2.2),
             ("elders_60", view.say("60岁以上（人）", "60 and over"), "person", 1.2),
             ("persons", view.say("常住人口", "Persons"), "person", 1.2),
             ("walk_min", view.say("步行（分钟）", "Minutes"), "min", 1.0)]  # fmt: skip
    heads = [h for h in heads if h[0] in rows.columns]
    caption = view.say("服务圈外老年人集中处", "Where elders beyond the circle live close together")
    return [frame_table("unserved", caption, rows, heads, most_rows=_MOST_CLUSTERS,
                        sheet=view.say("未覆盖聚集区", "Unserved"))]  # fmt: skip
