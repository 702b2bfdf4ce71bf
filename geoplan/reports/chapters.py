"""Chapters of the report (报告各章): elder care, community facilities, other tasks, gaps, data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from geoplan.maps.static import Points, Sheet, number_scale, static_map, status_scale
from geoplan.reports import charts
from geoplan.reports.document import Figure, Paragraph, Section
from geoplan.reports.model import GROUP_ZH, limits_of
from geoplan.reports.parts import checks_table, frame_table
from geoplan.units import show, unit_word

if TYPE_CHECKING:
    import geopandas as gpd

    from geoplan.reports.document import Block
    from geoplan.reports.view import View

_ELDER = ("ELD-", "FIN-")
_COMMUNITY = ("COM-", "FAC-")
_MOST_ROWS = 30
_SHARES = (0.25, 0.5, 0.75, 0.9)


def _rows(view: View, starts: tuple[str, ...]) -> pd.DataFrame:
    rows = view.board
    if rows.empty:
        return rows
    return rows.loc[rows["rule_id"].str.startswith(starts).to_numpy(dtype=bool)]


def _standards(view: View, starts: tuple[str, ...], key: str, title: str) -> list[Block]:
    rows = _rows(view, starts)
    if rows.empty:
        return [Paragraph(view.say("本级没有这类要求。", "None at this level."))]
    caption = f"{view.name}{title}" if view.zh else f"{title}, {view.name}"
    return [checks_table(view, key, caption, rows, sheet=title)]


def _places(view: View, level: str) -> gpd.GeoDataFrame:
    """Units of a level inside the view's unit that have a shape."""
    units = view.report.units
    keep = (units["level"] == level) & units["unit_code"].isin(view.inside)
    if "kind" in units:
        keep &= (units["kind"] != "functional").fillna(value=True)
    keep &= units.geometry.notna()
    return units.loc[keep.to_numpy(dtype=bool)]


def _map(view: View, key: str, caption: str, values: pd.Series[Any], *, shares: bool,
         points: tuple[Points, ...] = ()) -> list[Block]:  # fmt: skip
    """Return a map of the townships by a value; nothing where no unit has a shape."""
    places = _places(view, "township")
    if places.empty or values.empty:
        return []
    frame = places.assign(_value=places["unit_code"].map(values))
    title = view.say("覆盖率", "Share covered") if shares else view.say("结论", "Verdict")
    scale = (number_scale(_SHARES, title=title, lang=view.lang) if shares
             else status_scale(view.lang, title))  # fmt: skip
    counties = _places(view, "county")
    svg = static_map(
        frame, "_value", scale, points=points, outlines=counties if len(counties) else None,
        sheet=Sheet(lang=view.lang, note=view.report.assessment_date),
    )  # fmt: skip
    return [Figure(key, caption, svg, caption)]


def chapter_elder_care(view: View) -> Section:
    """Return 养老服务设施: the circle, land and floor, beds."""
    parts = [
        Section(view.say("一刻钟居家养老服务圈", "The 15-minute circle"), tuple(_circle(view))),
        Section(view.say("用地与用房标准", "Land and floor"), tuple(_floor(view))),
        Section(view.say("床位", "Beds"), tuple(_beds(view))),
    ]
    own = _standards(view, _ELDER, "elder_care", view.say("养老服务要求", "Elder care"))
    filled = tuple(s for s in parts if s.blocks)
    return Section(view.say("养老服务设施", "Elder care"), tuple(own), filled)


def _circle(view: View) -> list[Block]:
    coverage = view.report.coverage
    if coverage.empty:
        return []
    limits = limits_of(view.report)
    whole = coverage[(coverage["service"] == "any") & (coverage["group"] == "elders_60")]
    last = max(limits)
    by_town = whole[(whole["level"] == "township") & (whole["limit_min"] == last)]
    shares = by_town.drop_duplicates("unit_code").set_index("unit_code")["cov_share"]
    own = whole[(whole["unit_code"] == view.unit_code) & (whole["limit_min"] == last)]
    out: list[Block] = []
    if len(own):
        row = own.iloc[0]
        out.append(Paragraph(view.say(
            f"步行 {last:g} 分钟内可达养老服务设施的 60 岁以上人口占 {row['cov_share']:.1%}"
            f"（{row['covered']:,.0f} / {row['persons']:,.0f} 人）。规划未定量，不作判定。",
            f"{row['cov_share']:.1%} of those of 60 and over reach elder care within {last:g} "
            f"minutes on foot ({row['covered']:,.0f} of {row['persons']:,.0f}). The plan has no "
            "figure, so there is no verdict.",
        )))  # fmt: skip
    caption = view.say(f"{view.name}步行 {last:g} 分钟覆盖率（60 岁以上人口）",
                       f"Elders within {last:g} minutes on foot, {view.name}")  # fmt: skip
    out += _map(view, "map_circle", caption, shares, shares=True)
    out += minutes_figure(view)
    rows = view.part(whole, view.level, *_below(view)[:1])
    table = _wide(rows, limits)
    heads = [("unit_name", view.say("单元", "Unit"), "", 2.0),
             ("persons", view.say("60岁以上（人）", "60 and over"), "person", 1.4),
             *((f"m{m:g}", view.say(f"{m:g} 分钟", f"{m:g} min"), "share", 1.0)
               for m in limits)]  # fmt: skip
    return [*out, frame_table("coverage", view.say("步行覆盖率", "Walking coverage"), table, heads,
                              sheet=view.say("步行覆盖率", "Coverage"))]  # fmt: skip


def _below(view: View) -> list[str]:
    ladder = ["prefecture", "county", "township", "village"]
    return ladder[ladder.index(view.level) + 1 :] if view.level in ladder else []


def _wide(rows: pd.DataFrame, limits: list[float]) -> pd.DataFrame:
    if rows.empty:
        return pd.DataFrame(columns=["unit_name", "persons"])
    rank = {"prefecture": 0, "county": 1, "township": 2, "village": 3}
    keys = ["level", "unit_code", "unit_name"]
    wide = rows.pivot_table(index=keys, columns="limit_min", values="cov_share").reset_index()
    wide = wide.rename(columns={m: f"m{m:g}" for m in limits})
    people = rows.drop_duplicates("unit_code").set_index("unit_code")["persons"]
    wide["persons"] = wide["unit_code"].map(people)
    return wide.sort_values(["level", "unit_code"], key=lambda c: c.map(rank) if c.name == "level"
                            else c, kind="stable")  # fmt: skip


def minutes_figure(view: View) -> list[Block]:
    """Return the distribution over 5/10/15/20+ minutes of the unit's elders."""
    table = view.report.histogram
    if table.empty or "group" not in table:
        return []
    rows = table[(table["unit_code"] == view.unit_code) & (table["group"] == "elders_60")]
    if rows.empty:
        return []
    rows = rows.reset_index(drop=True)
    word = view.say("分钟", "min")
    names, within = [], 0
    limit = view.policy.value("service_circle_min")
    for low, high in zip(rows["from_min"], rows["to_min"], strict=True):
        names.append(view.say("到不了", "beyond reach") if pd.isna(low)
                     else f"> {low:g} {word}" if pd.isna(high) or high == float("inf")
                     else f"≤ {high:g} {word}")  # fmt: skip
        within += bool(pd.notna(high) and high <= limit)
    caption = view.say(f"{GROUP_ZH['elders_60']}人口按步行时间分布", "Elders by minutes on foot")
    svg = charts.distribution(names, [float(v) for v in rows["persons"]], within=within,
                              unit=view.say("人", "persons"), lang=view.lang)  # fmt: skip
    return [Figure("minutes", caption, svg, caption, width=0.75)]


def _floor(view: View) -> list[Block]:
    checks = view.report.checks
    rows = view.part(checks[(checks["rule_id"] == "ELD-03").to_numpy()], "township") if len(
        checks) else checks  # fmt: skip
    if rows.empty:
        return []
    status = rows.drop_duplicates("unit_code").set_index("unit_code")["status"]
    caption = view.say(f"{view.name}每百户养老服务用房达标情况",
                       f"Floor for elder care per 100 households, {view.name}")  # fmt: skip
    out = _map(view, "map_floor", caption, status, shares=False)
    out += _bars(view, "bars_floor", rows, caption)
    return out + _estates(view)


def _bars(view: View, key: str, rows: pd.DataFrame, caption: str) -> list[Block]:
    ordered = rows.sort_values(["value", "unit_code"], ascending=[False, True])
    target = ordered["target"].dropna()
    same = len(target) and target.min() == target.max()
    unit = str(ordered["unit"].iloc[0])
    svg = charts.bars(
        list(ordered["unit_name"]), [float(v) for v in ordered["value"]],
        target=float(target.min()) if same else None,
        unit=unit_word(unit, view.lang), lang=view.lang,
    )  # fmt: skip
    return [
        Figure(key, view.say(f"{caption}（各镇街与目标）", f"{caption}, by town"), svg, caption)
    ]


def _estates(view: View) -> list[Block]:
    table = view.part(view.report.estates)
    if table.empty:
        return []
    count = {s: int(table[s].sum()) for s in ("met", "not_met", "to_verify", "no_data")}
    text = view.say(
        f"逐个居住区评价 {int(table['estates'].sum())} 个：达标 {count['met']}，"
        f"未达标 {count['not_met']}，待核 {count['to_verify']}，无数据 {count['no_data']}；"
        f"缺口合计 {show(float(table['gap_m2'].sum()), 'm2')} 平方米。新建按包含、已建成按共享圈"
        "分配设施面积[P]。",
        f"{int(table['estates'].sum())} residential areas judged one by one: {count['met']} met, "
        f"{count['not_met']} not met, {count['to_verify']} to verify, {count['no_data']} without "
        f"data; short by {show(float(table['gap_m2'].sum()), 'm2')} m2 in all [P].",
    )
    heads = [("unit_name", view.say("村（社区）", "Community"), "", 2.0),
             ("estates", view.say("居住区", "Estates"), "count", 1.0),
             ("met", view.say("达标", "Met"), "count", 0.8),
             ("not_met", view.say("未达标", "Not met"), "count", 0.8),
             ("households", view.say("户数", "Households"), "household", 1.0),
             ("gap_m2", view.say("缺口（平方米）", "Gap, m2"), "m2", 1.2)]  # fmt: skip
    caption = view.say("居住区养老用房缺口（按村、社区）", "Estates short of floor")
    return [Paragraph(text), frame_table("estates", caption, table, heads, most_rows=10,
                                         sheet=view.say("居住区", "Estates"))]  # fmt: skip


def _beds(view: View) -> list[Block]:
    projects = view.report.projects
    columns = ["beds_public", "beds_inclusive", "beds_market"]
    if projects.empty or not set(columns) <= set(projects.columns):
        return []
    rungs = view.ladder.reindex(projects["unit_code"])
    below = _below(view)[:1] or [view.level]
    table = projects.assign(_at=rungs[below[0]].to_numpy())
    table = table[(table["status"] == "complete") & table["_at"].isin(view.inside)]
    if table.empty:
        return []
    sums = table.groupby("_at")[[*columns, "beds_medical"]].sum(min_count=1).astype(float)
    names = view.report.units.drop_duplicates("unit_code").set_index("unit_code")["name"]
    caption = view.say("已建成养老项目床位构成（医养结合另计）",
                       "Beds of complete projects; medical-care beds apart")  # fmt: skip
    svg = charts.bed_mix(
        [str(names.get(c, c)) for c in sums.index],
        sums[columns].fillna(0.0).to_numpy().tolist(),
        [view.say(*w) for w in (("公办", "public"), ("普惠", "inclusive"), ("市场化", "market"))],
        apart=[float(v) for v in sums["beds_medical"].fillna(0.0)],
        apart_name=view.say("医养结合", "medical care"), unit=view.say("张", "beds"),
        lang=view.lang,
    )  # fmt: skip
    return [Figure("beds", caption, svg, caption, width=0.8)]


def chapter_community(view: View) -> Section:
    """Return 城乡社区服务设施和其他福利设施."""
    title = view.say("社区与福利设施", "Community and welfare facilities")
    blocks = _standards(view, _COMMUNITY, "community", title)
    checks = view.report.checks
    rows = view.part(checks[(checks["rule_id"] == "COM-02").to_numpy()], "township") if len(
        checks) else checks  # fmt: skip
    if len(rows):
        caption = view.say(f"{view.name}村级综合服务设施达标村的比例（每处不少于 500 平方米）",
                           f"Villages with a facility of 500 m2, {view.name}")  # fmt: skip
        shares = rows.drop_duplicates("unit_code").set_index("unit_code")["value"]
        blocks += _map(view, "map_village", caption, shares, shares=True)
    return Section(title, tuple(blocks))


def chapter_tasks(view: View) -> Section:
    """Return the other tasks of the plan, and burial."""
    title = view.say("殡葬和其他规划任务", "Burial and other tasks of the plan")
    burial = _standards(view, ("CEM-",), "burial", view.say("殡葬", "Burial"))
    tasks = _standards(view, ("PLN-",), "tasks", view.say("规划任务", "Tasks"))
    return Section(title, (*burial, *tasks))


def chapter_gaps(view: View) -> Section:
    """Return 缺口与补缺办法: what is lacking, who has too much, which idle buildings fit."""
    table = view.part(view.report.closing, "township", "village", "county")
    blocks: list[Block] = []
    if len(table):
        towns = table[table["level"] == "township"]
        for rule, rows in towns.groupby("rule_id", sort=False):
            idle = rows["gap"] - rows["left_m2"]
            blocks.append(Paragraph(view.say(
                f"{rule} {rows['title_zh'].iloc[0]}：{len(rows)} 个镇（街道）共缺 "
                f"{show(float(rows['gap'].sum()), 'm2')} 平方米，闲置房屋可补 "
                f"{show(float(idle.sum()), 'm2')} 平方米，其余 "
                f"{show(float(rows['left_m2'].sum()), 'm2')} 平方米需另找。",
                f"{rule}: {len(rows)} towns short by {show(float(rows['gap'].sum()), 'm2')} m2; "
                f"idle buildings could give {show(float(idle.sum()), 'm2')}; "
                f"{show(float(rows['left_m2'].sum()), 'm2')} m2 to be found.",
            )))  # fmt: skip
        heads = [("rule_id", view.say("编号", "Id"), "", 0.8),
                 ("unit_name", view.say("单元", "Unit"), "", 1.4),
                 ("gap", view.say("缺口（平方米）", "Gap, m2"), "m2", 1.2),
                 ("households", view.say("户数", "Households"), "household", 1.0),
                 ("elders_60", view.say("60岁以上", "60 and over"), "person", 1.0),
                 ("nearest_surplus", view.say("最近的富余单元", "Nearest surplus"), "", 1.4),
                 ("surplus_km", view.say("相距（公里）", "km"), "km", 0.9),
                 ("idle_sites", view.say("可用闲置房屋", "Idle buildings"), "", 2.2),
                 ("idle_floor_m2", view.say("其面积", "Their floor"), "m2", 1.0),
                 ("left_m2", view.say("仍缺", "Left"), "m2", 1.0)]  # fmt: skip
        blocks.append(frame_table("gaps", view.say("面积缺口与补缺", "Gaps and what fits"), towns,
                                   heads, most_rows=_MOST_ROWS,
                                  sheet=view.say("缺口", "Gaps")))  # fmt: skip
        small = table[table["level"] == "village"]
        if len(small):
            blocks.append(frame_table(
                "gaps_village", view.say("村（社区）面积缺口", "Gaps of villages"), small, heads,
                annex=True, sheet=view.say("村社区缺口", "Village gaps"),
            ))  # fmt: skip
    blocks += _unserved(view)
    if not blocks:
        blocks = [Paragraph(view.say("没有缺口。", "No gap."))]
    return Section(view.say("缺口与补缺办法", "Gaps, and how to close them"), tuple(blocks))


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
    return [frame_table("unserved", caption, rows, heads, most_rows=15,
                        sheet=view.say("未覆盖聚集区", "Unserved"))]  # fmt: skip


def chapter_data(view: View) -> Section:
    """Return 数据与方法: what was read, what was found wrong in it, how it was reckoned."""
    inputs = view.report.inputs
    blocks: list[Block] = [Paragraph(view.say(
        "时间为门到门最短步行时间，时限含端点；面积与长度为椭球面值；比例目标化为整数个单元"
        "（向上取整）；依据为 [M] 或 [P] 的参数在各表“依据”栏标明。地图为示意，不作划界依据。",
        "Minutes are door to door, limits closed; areas and lengths ellipsoidal; shares become "
        "whole units, rounded up; parameters of basis [M] or [P] are marked. Maps are sketches.",
    ))]  # fmt: skip
    if len(inputs):
        heads = [("zh", view.say("图层", "Layer"), "", 1.4),
                 ("file", view.say("文件", "File"), "", 1.8),
                 ("rows", view.say("行数", "Rows"), "count", 0.8),
                 ("rejected", view.say("退回", "Sent back"), "count", 0.7),
                 ("source_date", view.say("数据日期", "Data of"), "", 1.0),
                 ("notes_zh", view.say("说明", "Notes"), "", 2.4)]  # fmt: skip
        blocks.append(frame_table("inputs", view.say("数据来源", "Inputs"), inputs, heads,
                                  sheet=view.say("数据来源", "Inputs")))  # fmt: skip
    defects = view.report.defects
    if len(defects) and {"layer", "reason_zh"} <= set(defects.columns):
        heads = [(c, t, "", w) for c, t, w in (
            ("layer", view.say("图层", "Layer"), 1.0), ("row", view.say("行", "Row"), 0.5),
            ("id", view.say("编号", "Id"), 1.0), ("field", view.say("字段", "Field"), 1.0),
            (view.say("reason_zh", "reason_en"), view.say("原因", "Reason"), 2.6),
            (view.say("fix_zh", "fix_en"), view.say("办法", "Fix"), 2.2))]  # fmt: skip
        blocks.append(frame_table("defects", view.say("数据问题", "Findings in the data"), defects,
                                  heads, most_rows=20,
                                  sheet=view.say("问题清单", "Findings")))  # fmt: skip
    return Section(view.say("数据与方法", "Data and method"), tuple(blocks))
