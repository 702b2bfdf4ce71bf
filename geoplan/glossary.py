"""Term pairs (术语对照): one English term, one Chinese term, what it means and where it lives."""

from __future__ import annotations

from dataclasses import dataclass

from geoplan.errors import UnknownIdError


@dataclass(frozen=True, slots=True)
class Term:
    """One term of the field."""

    en: str
    zh: str
    meaning: str
    clause: str
    module: str


TERMS: tuple[Term, ...] = (
    Term("administrative unit", "行政区划", "A unit of state administration at one of five levels; here the counties, townships and villages of one city.", "RULES §0.1", "schemas"),
    Term("township-level unit", "镇（街道）", "A town, township or street office; Suizhou has 37 + 9 = 46.", "指标 9、10", "schemas"),
    Term("village-level unit", "村（社区）", "A villagers' or residents' committee; told apart by the code range, never by the name.", "UNIT-04", "schemas"),
    Term("functional unit", "功能区", "A development zone, forest farm or scenic area: counted beside the statutory units, never among the 46.", "UNIT-01", "schemas"),
    Term("code system", "代码体系", "Who numbered the units and when (nbs-2023, mca-2025): the same nine digits can name different towns.", "RULES §0.1", "schemas"),
    Term("resident population", "常住人口", "People living in a place for half a year or more, by the 2020 census.", "ELD-01", "schemas"),
    Term("household", "户", "A census household; the city's number is derived from mean household size.", "ELD-03", "schemas"),
    Term("service circle", "服务圈", "The land, streets and people within a walking limit of a facility.", "四(一)1(2)", "service_circles"),
    Term("15-minute service circle", "一刻钟居家养老服务圈", "The service circle of elder-care facilities at 15 minutes on foot, door to door.", "四(一)1(2)", "service_circles"),
    Term("walking minutes", "步行时间", "Door to door on the network at the profile's speed, with the straight leg at both ends.", "ELD-06", "service_circles"),
    Term("coverage", "覆盖率", "Share of a unit's people whose door lies within the limit.", "ELD-07", "service_circles"),
    Term("road network", "路网", "Nodes and edges with minutes per direction for one profile.", "ELD-06", "network"),
    Term("profile", "出行方式", "Who moves, how fast, on which roads.", "ELD-06", "network"),
    Term("snapping", "吸附", "Joining a door to the nearest position on a street, within a cap.", "ELD-06", "network"),
    Term("elder-care institution", "养老机构", "A registered institution with beds; indicator 9 counts these.", "指标 9", "standards"),
    Term("community elder-care facility", "社区养老服务设施", "Rooms built or assigned for care in the community; ELD-10 counts these, not institutions.", "四(一)1(2)", "standards"),
    Term("day-care centre", "日间照料中心", "A place for semi-disabled elders by day: meals, care, rehabilitation.", "ELD-08", "standards"),
    Term("integrated functions", "综合功能", "Full-time care, day care and home service together; at street level also guidance.", "四(一)1(2)", "standards"),
    Term("five services", "助餐助洁助医助浴助行", "Meals, cleaning, medical escort, bathing and mobility.", "四(一)1(2)", "service_circles"),
    Term("time field", "时间场", "Minutes of every place: its nearest street's, and the straight leg.", "ELD-06", "service_circles"),
    Term("reached streets", "可达道路", "Streets within the limit, with the minutes at their ends.", "ELD-06", "service_circles"),
    Term("unserved cluster", "未覆盖聚集区", "Where people beyond the limit live close together.", "ELD-07", "service_circles"),
    Term("floating catchment", "移动搜索法 (2SFCA)", "Supply shared out among all who reach it.", "ELD-04", "service_circles"),
    Term("noding", "打断", "Giving lines that cross on one level a common vertex.", "ELD-06", "network"),
    Term("barrier", "障碍", "A point, line or area that closes or slows streets.", "ELD-06", "network"),
    Term("community service facility", "城乡社区综合服务设施", "The party and mass service centre of a village or community.", "指标 14", "standards"),
    Term("siting", "选址", "Choosing where new facilities go, with a bound on how much better any choice could be.", "ELD-20", "siting"),
    Term("candidate", "备选点", "A place where a facility could go: an idle building, a parcel, a place on a street.", "ELD-19", "siting"),
    Term("set covering", "集合覆盖 (LSCP)", "The fewest or cheapest sites that reach everybody who can be reached.", "ELD-20", "siting"),
    Term("maximal covering", "最大覆盖 (MCLP)", "The sites that reach the most people for a number of sites or a sum.", "ELD-20", "siting"),
    Term("p-median", "p-中位", "Sites from which the ways of all people together are shortest.", "ELD-20", "siting"),
    Term("bound", "界", "No answer is better than this; the gap to it is how much is not proved.", "ELD-20", "siting"),
    Term("scenario", "情景", "A named list of changes to facilities, people or policy, compared with what is there.", "ELD-20", "scenario"),
    Term("siting standard", "配建标准", "Land or floor that must be there per person or per 100 households.", "四(一)1(1)", "standards"),
    Term("land per person", "人均养老服务设施用地", "Elder-care land over population; at least 0.1 m² a person.", "四(一)1(1)", "standards"),
    Term("floor per 100 households", "每百户养老服务设施建筑面积", "Community elder-care floor per 100 households; at least 20 m².", "四(一)1(1)", "standards"),
    Term("gap", "缺口", "What is missing to the standard, in its natural unit.", "IND-01", "standards"),
    Term("to verify", "待核", "The data leave open whether the target is met.", "IND-02", "standards"),
    Term("no target", "规划未定量", "The plan asks for it but gives no figure; never met or not met.", "RULES §1.6", "standards"),
    Term("policy", "标准库", "Every norm as a value with unit, clause, basis and dates.", "DESIGN §3", "policy"),
    Term("basis", "依据等级", "How sure a norm is: V read in the source, M from general knowledge, P a project convention.", "RULES", "policy"),
    Term("boundary line", "界线", "The approved line between two units of one level.", "行政区域界线管理条例 2", "schemas"),
    Term("village management line", "村级管理线", "The checked line between villages; no boundary in law.", "三(四)3", "schemas"),
    Term("boundary marker", "界桩", "The stone that marks a boundary line on the ground.", "BND-04", "schemas"),
    Term("marker number", "界桩编号", "Line code, serial and type letter of a marker.", "BND-04", "boundaries"),
    Term("marker register", "界桩登记表", "What is recorded of a marker, signed by both sides.", "BND-06", "boundaries"),
    Term("marker label", "界桩标签", "A QR code with the marker's number, stuck on the stone.", "BND-06", "reports"),
    Term("standing", "单立、双立、三立", "One, two or three stones of one serial.", "BND-04", "boundaries"),
    Term("chainage", "里程", "Distance along a line, tied at fixed points.", "BND-02", "boundaries"),
    Term("zone number", "带号", "The number of a Gauss–Krüger zone, written before Y or left out.", "RULES §9", "io"),
    Term("coordinate TXT", "界址点坐标文件", "The text in which land offices pass on rings of points in metres.", "RULES §10.2", "io"),
    Term("exchange package", "数据交换包", "Attributes, geometry, metadata and digests of lines and markers in one file.", "MZ/T 149、150", "io"),
    Term("offset", "偏距", "Distance of a point from the line, left positive.", "BND-09", "boundaries"),
    Term("reference object", "方位物", "A lasting thing a marker is found by.", "BND-06", "boundaries"),
    Term("grid azimuth", "坐标方位角", "An angle told from grid north, as in registers.", "BND-06", "boundaries"),
    Term("meridian convergence", "子午线收敛角", "The angle from true north to grid north.", "BND-06", "boundaries"),
    Term("direction statement", "走向说明", "A line in words, from marker to marker; a draft.", "BND-07", "boundaries"),
    Term("move test", "移位判定", "A distance beyond twice both mean errors.", "BND-08", "boundaries"),
    Term("two-party rule", "双方在场", "No repair of a marker without the other side.", "行政区域界线管理条例 6", "boundaries"),
    Term("claim", "争议主张", "The line that a party to a dispute puts forward.", "行政区域边界争议处理条例", "boundaries"),
    Term("disputed face", "争议地块", "Land between two claim lines.", "行政区域边界争议处理条例", "boundaries"),
    Term("evidence class", "证据类别", "Basis, reference, or not admissible.", "行政区域边界争议处理条例 7–9", "boundaries"),
    Term("division change", "行政区划变更", "A transfer, merger, split, creation, abolition, renaming or upgrade.", "行政区划管理条例", "boundaries"),
    Term("moved land", "变更区域", "Land that is in another unit after a change.", "行政区划管理条例", "boundaries"),
    Term("line change", "界线变化", "A stretch of line that a division change makes, ends or gives another code.", "行政区域界线管理条例 9", "boundaries"),
    Term("exclave", "飞地", "Land of a unit apart from the rest of it.", "BND-17", "boundaries"),
    Term("dossier", "申报材料", "The papers that a division change is applied for with.", "行政区划管理条例 13", "boundaries"),
    Term("freeze", "争议地段冻结", "Nothing new on disputed land until it is settled.", "行政区域边界争议处理条例 10", "boundaries"),
    Term("cross-boundary works", "跨界工程", "Construction that crosses a line.", "BND-16", "boundaries"),
    Term("deviation report", "偏离报告", "How far a river has moved from the line that stays.", "BND-15", "boundaries"),
    Term("peaceful boundary", "平安边界", "The agreement and the hazard ledger of a line.", "BND-27", "boundaries"),
    Term("arc", "弧段", "A piece of border between two nodes, stored once with both sides.", "BND-01", "boundaries"),
    Term("tri-junction", "三交点", "A point where three units meet.", "BND-20", "boundaries"),
    Term("repair ledger", "修复台账", "What a repair did to each unit, and why it was accepted or refused.", "BND-20", "boundaries"),
    Term("joint inspection", "联合检查", "The inspection of a line by both sides every five years.", "行政区域界线管理条例 12", "schemas"),
    Term("place name", "地名", "A standard name with its reading, spelling, code and status.", "地名管理条例", "schemas"),
    Term("no-burial zone", "禁葬区", "Farmland and the 三沿五区 where burial is banned.", "四(五)1", "schemas"),
    Term("burial-restricted feature", "三沿五区要素", "A road, railway, river or protected area that makes a no-burial zone.", "四(五)1", "schemas"),
    Term("cemetery", "公墓", "A public-benefit or commercial burial ground, or an ash hall.", "四(五)2", "schemas"),
    Term("shifted coordinates", "火星坐标", "GCJ-02 or BD-09 positions of consumer maps, 0.6 to 1.3 km off at Suizhou.", "CRS-04", "datum"),
    Term("synthetic data", "演示数据", "Rows made up by the generator; every result from them says so.", "DESIGN §3", "demo"),
    Term("scoreboard", "计分板", "Every target of the plan at one unit, binding ones first, with its status by bounds.", "主要指标 1–15", "indicators"),
    Term("column box", "专栏", "One of the plan's eight boxes of projects; their beds and projects are counted by state.", "专栏1–8", "standards"),
    Term("register figure", "台账数据", "A number that is no map: a numerator and a denominator, or a count, of a unit and a year.", "主要指标", "standards"),
    Term("defect", "问题", "A row or cell that cannot be used, with its reason and fix.", "DESIGN §3", "schemas"),
)  # fmt: skip
"""In the order of GLOSSARY.md, which a test keeps equal."""


def zh(en: str) -> str:
    """
    Return the Chinese term for an English one.

    Raises
    ------
    UnknownIdError
        If the term is not in the glossary.

    Examples
    --------
    >>> zh("boundary marker")
    '界桩'
    """
    for term in TERMS:
        if term.en == en:
            return term.zh
    raise UnknownIdError.among("term", "术语", en, (t.en for t in TERMS))


def as_markdown() -> str:
    """Return the body of GLOSSARY.md."""
    rows = [f"| {t.en} | {t.zh} | {t.meaning} | {t.clause} | `{t.module}` |" for t in TERMS]
    head = "| term | 中文 | meaning | clause | module |\n|---|---|---|---|---|"
    return "\n".join([head, *rows])
