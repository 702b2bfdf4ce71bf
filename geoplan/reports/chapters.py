"""Chapters of the report (报告各章): elder care, community facilities, other tasks, gaps, data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from geoplan.indicators import once_each
from geoplan.maps.static import Sheet, number_scale, static_map, status_scale
from geoplan.reports import charts
from geoplan.reports.document import Figure, Paragraph, Section
from geoplan.reports.model import GROUP_ZH, limits_of
from geoplan.reports.parts import checks_table, frame_table
from geoplan.units import show, unit_word

if TYPE_CHECKING:
    import geopandas as gpd

    from geoplan.maps.static import Scale
    from geoplan.reports.document import Block
    from geoplan.reports.view import View

_ELDER = ("ELD-", "FIN-")
_COMMUNITY = ("COM-", "FAC-")
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


def _map(view: View, key: str, caption: str, values: pd.Series[Any], *, shares: bool) -> (
    list[Block]
):  # fmt: skip
    """Return a map of the townships by their share or their verdict."""
    title = view.say("覆盖率", "Share covered") if shares else view.say("结论", "Verdict")
    scale = (number_scale(_SHARES, title=title, lang=view.lang) if shares
             else status_scale(view.lang, title))  # fmt: skip
    return town_map(view, key, caption, values, scale)


def town_map(
    view: View, key: str, caption: str, values: pd.Series[Any], scale: Scale
) -> list[Block]:
    """Return a map of the townships by a value; nothing where no unit has a shape."""
    places = _places(view, "township")
    if places.empty or values.empty:
        return []
    frame = places.assign(_value=places["unit_code"].map(values))
    counties = _places(view, "county")
    svg = static_map(
        frame, "_value", scale, outlines=counties if len(counties) else None,
        sheet=Sheet(lang=view.lang, note=view.report.assessment_date,
                    review_number=view.report.review_number),
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


def minutes_bands(view: View) -> list[tuple[str, float]]:
    """Return the unit's elders by how long they walk: the name of each band and the persons."""
    table = view.report.histogram
    if table.empty or "group" not in table:
        return []
    rows = table[(table["unit_code"] == view.unit_code) & (table["group"] == "elders_60")]
    rows = rows.loc[((rows["band"] != "no_way") | (rows["persons"] > 0)).to_numpy(dtype=bool)]
    word = view.say("分钟", "min")
    lost = {"no_way": view.say("无路可达", "no way"),
            "unsnapped": view.say("离路过远", "off the streets")}  # fmt: skip
    bands = []
    for band, low, high, persons in zip(rows["band"], rows["from_min"], rows["to_min"],
                                        rows["persons"], strict=True):  # fmt: skip
        endless = pd.isna(high) or high == float("inf")
        name = f"> {low:g} {word}" if endless else f"≤ {high:g} {word}"
        bands.append((lost.get(str(band), name), float(persons)))
    return bands


def minutes_figure(view: View) -> list[Block]:
    """Return the distribution over 5/10/15/20+ minutes of the unit's elders."""
    bands = minutes_bands(view)
    if not bands:
        return []
    limit = view.policy.value("service_circle_min")
    ends = (name.removeprefix("≤ ").split() for name, _ in bands if name.startswith("≤"))
    within = sum(float(end[0]) <= limit for end in ends)
    caption = view.say(f"{GROUP_ZH['elders_60']}人口按步行时间分布", "Elders by minutes on foot")
    svg = charts.distribution([n for n, _ in bands], [p for _, p in bands], within=within,
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
    return out + _urban(view) + _estates(view)


def _urban(view: View) -> list[Block]:
    """Return the area standards of the urban communities alone (城镇口径)."""
    rows = view.report.urban
    if rows.empty:
        return []
    rows = rows.loc[(rows["unit_code"] == view.unit_code).to_numpy(dtype=bool)]
    if rows.empty:
        return []
    caption = view.say(f"{view.name}面积标准，只看城市社区（城镇口径）",
                       f"Area standards of urban communities alone, {view.name}")  # fmt: skip
    return [checks_table(view, "urban", caption, once_each(rows, view.policy),
                         sheet=view.say("城镇口径", "Urban"))]  # fmt: skip


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


def rule_caption(view: View, rule_id: str) -> str:
    """Return a standard's name with its figure as the policy has it."""
    rule = view.policy.rule(rule_id)
    if rule.value is None:
        return rule.title(view.lang)
    figure = f"{rule.operator_sign} {rule.value:g} {unit_word(rule.unit, view.lang)}"
    return f"{rule.title(view.lang)}（{figure}）" if view.zh else f"{rule.title('en')} ({figure})"


def chapter_community(view: View) -> Section:
    """Return 城乡社区服务设施和其他福利设施."""
    title = view.say("社区与福利设施", "Community and welfare facilities")
    blocks = _standards(view, _COMMUNITY, "community", title)
    checks = view.report.checks
    rows = view.part(checks[(checks["rule_id"] == "COM-02").to_numpy()], "township") if len(
        checks) else checks  # fmt: skip
    if len(rows):
        said = rule_caption(view, "COM-02")
        caption = view.say(f"{view.name}达标村的比例：{said}",
                           f"Villages that meet it: {said}, {view.name}")  # fmt: skip
        shares = rows.drop_duplicates("unit_code").set_index("unit_code")["value"]
        blocks += _map(view, "map_village", caption, shares, shares=True)
    return Section(title, tuple(blocks))


def chapter_tasks(view: View) -> Section:
    """Return the other tasks of the plan, burial and boundaries."""
    title = view.say("殡葬、界线和其他规划任务", "Burial, boundaries, other tasks of the plan")
    burial = _standards(view, ("CEM-",), "burial", view.say("殡葬", "Burial"))
    lines = _standards(view, ("BND-",), "boundaries", view.say("界线", "Boundaries"))
    tasks = _standards(view, ("PLN-",), "tasks", view.say("规划任务", "Tasks"))
    return Section(title, (*burial, *lines, *tasks))


def chapter_boxes(view: View) -> Section:
    """Return 专栏项目: the targets of the eight column boxes, box by box."""
    title = view.say("专栏任务", "Column boxes")
    rows = view.board
    box = {r: rule.options.column_box for r, rule in view.policy.rules.items()}
    if len(rows):
        rows = rows.assign(_box=rows["rule_id"].map(box))
        rows = rows.loc[rows["_box"].notna().to_numpy(dtype=bool)]
    if rows.empty:
        return Section(title, (Paragraph(view.say("本级没有专栏任务。", "None at this level.")),))
    word = view.say("专栏", "Box ")
    rows = rows.sort_values("_box", kind="stable")
    rows = rows.assign(clause=[f"{word}{int(n)}" for n in rows["_box"]])
    caption = view.say(f"{view.name}专栏任务完成情况", f"Column boxes, {view.name}")
    return Section(title, (checks_table(view, "boxes", caption, rows, sheet=title),))


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
