"""PN-01 … PN-16 (地名管理条例 第九、十、二十五条; RULES §6.2): named cases with the expected severity."""

from __future__ import annotations

from collections import Counter

import pytest
from fixtures import name_register as register

from geoplan.io.placename_files import read_lexicons
from geoplan.placenames.lexicons import Lexicons
from geoplan.placenames.rules import RULES, Proposal, check_name

DIVISION, TOWN, VILLAGE, COMMUNITY, UNIT = "21400", "21500", "21610", "21620", "27610"
STREET, ESTATE, BUILDING, PARK, HAMLET = "23500", "22100", "26100", "25200", "22200"
RIVER, MOUNTAIN, HIGHWAY, RESERVOIR, BRIDGE, OTHER = "12100", "13400", "23200", "24230", "23610", "27200"  # fmt: skip
SUIXIAN, ZENGDU, GUANGSHUI = "421321", "421303", "421381"


def case(name, category, severity, **situation):
    return name, category, severity, situation


CLAUSES = {
    "PN-01": "地名管理条例 第九条", "PN-02": "地名管理条例 第九条", "PN-03": "地名管理条例 第九条（二）",
    "PN-04": "地名管理条例 第九条（三）", "PN-05": "地名管理条例 第九条（四）",
    "PN-06": "地名管理条例 第九条（五）", "PN-07": "地名管理条例 第九条（六）",
    "PN-08": "地名管理条例 第九条（七）（八）", "PN-09": "地名管理条例 第九条（七）（八）",
    "PN-10": "地名管理条例 第九条（九）", "PN-11": "地名管理条例 第九条（十）", "PN-12": "PN-12",
    "PN-13": "PN-13", "PN-14": "PN-14", "PN-15": "地名管理条例 第十条、第二十五条",
    "PN-16": "地名管理条例 第十条",
}  # fmt: skip

CASES = {
    "PN-01": [
        case("曾都区", DIVISION, "ok"), case("随县", DIVISION, "ok"), case("曾都", DIVISION, "error"),
        case("洛阳镇", TOWN, "ok"), case("东城街道办事处", TOWN, "ok"), case("街道", TOWN, "error"),
        case("石庙村村民委员会", VILLAGE, "ok"), case("乌龙巷居委会（社区）", COMMUNITY, "ok"),
        case("石庙", VILLAGE, "error"), case("村委会", VILLAGE, "error"),
        case("汉东路", STREET, "ok"), case("汉东", STREET, "error"), case("大道", STREET, "error"),
        case("白云小区", ESTATE, "ok"), case("白云深处", ESTATE, "error"), case("花园", ESTATE, "error"),
        case("涢水", RIVER, "ok"), case("府河", RIVER, "ok"), case("河", RIVER, "error"),
        case("柳树塆", HAMLET, "ok"), case("张老三", HAMLET, "ok"), case("先觉庙水库", RESERVOIR, "ok"),
        case("先觉庙", RESERVOIR, "error"), case("汉东楼阁", OTHER, "manual"),
        case("文峰塔公园", PARK, "ok"), case("大別山", MOUNTAIN, "ok"),
    ],
    "PN-02": [case("汉东路", STREET, "manual"), case("怪兽村", VILLAGE, "manual")],
    "PN-04": [
        case("东城街道", TOWN, "ok"), case("长岭镇", TOWN, "ok"), case("曾都区", DIVISION, "ok"),
        case("淅河镇", TOWN, "ok"), case("涢水街道", TOWN, "warning"), case("澴水", RIVER, "warning"),
        case("曾都區", DIVISION, "error"), case("𪨶山镇", TOWN, "error"), case("㵐水", RIVER, "error"),
        case("A区花园", ESTATE, "error"), case("中山路2", STREET, "error"), case("3号路", STREET, "ok"),
        case("第2中山路", STREET, "error"), case("三环路", STREET, "ok"), case("白云·小区", ESTATE, "error"),
        case("白云😀小区", ESTATE, "error"), case("白云小区（一）", ESTATE, "error"),
        case("２号路", STREET, "ok"), case("Lucky花园", ESTATE, "error"), case("白云 小区", ESTATE, "error"),
    ],
    "PN-05": [
        case("毛泽东路", STREET, "error"), case("周恩来大道", STREET, "error"),
        case("诸葛亮广场", STREET, "warning"), case("李白路", STREET, "warning"),
        case("孙悟空小区", ESTATE, "warning"), case("炎帝社区", COMMUNITY, "warning"),
        case("神农路", STREET, "manual", association="神农镇旧名，与人物无关"),
        case("汉东路", STREET, "no_data"), case("红旗村", VILLAGE, "no_data"),
        case("孫悟空小區", ESTATE, "warning"),
    ],
    "PN-06": [
        case("曼哈顿花园", ESTATE, "error"), case("巴黎春天小区", ESTATE, "error"),
        case("威尼斯水城", ESTATE, "error"), case("罗斯福路", STREET, "error"),
        case("莱茵河畔小区", ESTATE, "error"), case("北欧小镇花园", ESTATE, "error"),
        case("格兰维亚花园", ESTATE, "manual"), case("柏林村", VILLAGE, "manual"),
        case("左岸花园", ESTATE, "manual"), case("汉东路", STREET, "ok"), case("柳林镇", TOWN, "ok"),
        case("马家塘村", VILLAGE, "ok"), case("曼 哈 顿花园", ESTATE, "error"),
    ],
    "PN-07": [
        case("万科城", ESTATE, "error"), case("碧桂园小区", ESTATE, "error"), case("恒大名都花园", ESTATE, "error"),
        case("世纪佳苑小区", ESTATE, "ok", developer="随州市鑫鼎房地产开发有限公司"),
        case("鑫鼎花园", ESTATE, "error", developer="随州市鑫鼎房地产开发有限公司"),
        case("鑫鼎花园", ESTATE, "error", developer="湖北鑫鼎置业集团有限公司"),
        case("鑫鼎花园", ESTATE, "manual", developer="湖北鑫鼎置业集团有限公司", association="取自鑫鼎山"),
        case("万达村", VILLAGE, "manual", association="万、达两姓聚居"),
        case("白云小区", ESTATE, "no_data"),
        case("广水花园", ESTATE, "no_data", developer="广水市城市建设投资开发有限公司"),
        case("金鼎花园", ESTATE, "ok", developer="鑫鼎置业（随州）有限公司"),
    ],
    "PN-08": [
        case("新集村", VILLAGE, "error", unit_code="421321109"),
        case("新集村民委员会", VILLAGE, "error", unit_code="421321109"),
        case("新集社区", COMMUNITY, "warning", unit_code="421321109"),
        case("新集村", VILLAGE, "ok", unit_code="421303009"),
        case("新集村", UNIT, "error", unit_code="421321109"),
        case("红旗村村委会", UNIT, "ok", unit_code="421321102"),
        case("紅旗村", VILLAGE, "error", unit_code="421321109"),
        case("红 旗 村", VILLAGE, "error", unit_code="421321109"),
        case("红旗村", VILLAGE, "no_data"),
        case("红旗村", VILLAGE, "no_data", unit_code="4213"),
        case("红旗村", VILLAGE, "ok", unit_code="421321102", place_id="red-flag"),
        case("洪山镇", TOWN, "error", unit_code="421381109"),
        case("洪山乡", TOWN, "warning", unit_code="421381109"),
        case("洪山镇", TOWN, "ok", unit_code="411502101"),
        case("东城街道", TOWN, "ok", unit_code="421381009"),
        case("东城街办", TOWN, "warning", unit_code="421303009"),
        case("随县", DIVISION, "error", unit_code="510100"),
        case("随市", DIVISION, "warning", unit_code="510100"),
        case("汉东路", STREET, "error", built_up_id="b1"), case("汉东街", STREET, "warning", built_up_id="b1"),
        case("汉东路", STREET, "ok", built_up_id="b2"), case("汉东路", STREET, "no_data", unit_code=ZENGDU),
        case("白云小区", ESTATE, "error", built_up_id="b1"), case("白云花园", ESTATE, "warning", built_up_id="b1"),
        case("凤凰大厦", BUILDING, "error", built_up_id="b1"),
        case("凤凰大厦", BUILDING, "ok", built_up_id="b2"),
        case("白云湖", RESERVOIR, "ok", unit_code=GUANGSHUI),
        case("洪山", MOUNTAIN, "warning", unit_code="421321109"),
        case("鸡公山", MOUNTAIN, "ok", unit_code=GUANGSHUI),
        case("鸡公山", MOUNTAIN, "error", unit_code=GUANGSHUI, famous=True),
        case("柳树塆", HAMLET, "warning", unit_code="421321101002"),
        case("柳树塆", HAMLET, "ok", unit_code="421321102001"),
        case("红旗村", HAMLET, "info", unit_code="421321102003"),
        case("长岭镇", TOWN, "error", unit_code="420503101"),
    ],
    "PN-09": [
        case("洪旗村", VILLAGE, "warning", unit_code=SUIXIAN, reading="hong2 qi2 cun1"),
        case("洪启村", VILLAGE, "warning", unit_code=SUIXIAN, reading="hong2 qi3 cun1"),
        case("洪旗村", VILLAGE, "ok", unit_code=ZENGDU, reading="hong2 qi2 cun1"),
        case("红旗村", VILLAGE, "ok", unit_code=SUIXIAN, reading="hong2 qi2 cun1"),
        case("宏齐社区", COMMUNITY, "warning", unit_code=SUIXIAN, reading="hong2 qi2 she4 qu1"),
        case("宏启社区", COMMUNITY, "ok", unit_code=SUIXIAN, reading="hong2 qi3 she4 qu1"),
        case("隆兴村", VILLAGE, "ok", unit_code=SUIXIAN, reading="long2 xing1 cun1"),
        case("洪旗村", VILLAGE, "no_data", unit_code=SUIXIAN), case("洪旗村", VILLAGE, "no_data", reading="hong2 qi2 cun1"),
        case("红山镇", TOWN, "warning", unit_code=GUANGSHUI, reading="hong2 shan1 zhen4"),
        case("红山镇", TOWN, "ok", unit_code="411502", reading="hong2 shan1 zhen4"),
        case("汉冬路", STREET, "warning", built_up_id="b1", reading="han4 dong1 lu4"),
        case("汉冬路", STREET, "ok", built_up_id="b2", reading="han4 dong1 lu4"),
        case("遂县", DIVISION, "warning", unit_code="510900", reading="sui4 xian4"),
        case("百云小区", ESTATE, "warning", built_up_id="b1", reading="bai3 yun2 xiao3 qu1"),
    ],
    "PN-10": [
        case("泰山镇", TOWN, "error"), case("长江区", DIVISION, "error"), case("黄河乡", TOWN, "error"),
        case("淮河镇", TOWN, "error"), case("故宫街道", TOWN, "error"), case("武当山区", DIVISION, "error"),
        case("黃山市", DIVISION, "error"), case("洪山镇", TOWN, "ok", unit_code="421321103"),
        case("洪山镇", TOWN, "manual", unit_code="421381101"),
        case("鸡公山镇", TOWN, "manual", unit_code="421381101"), case("泰山路", STREET, "ok"),
        case("柳林镇", TOWN, "ok"),
    ],
    "PN-11": [
        case("洪山水库", RESERVOIR, "ok", local_names=("洪山镇", "随县")),
        case("先觉庙水库", RESERVOIR, "warning", local_names=("洪山镇", "随县")),
        case("府河大桥", BRIDGE, "ok", local_names=("府河", "曾都区")),
        case("淅河府河大桥", BRIDGE, "ok", local_names=("淅河镇",)),
        case("幸福大桥", BRIDGE, "warning", local_names=("淅河镇",)),
        case("幸福大桥", BRIDGE, "no_data"), case("随县水厂", RESERVOIR, "ok", local_names=("随县",)),
        case("幸福路", STREET, "ok"),
    ],
    "PN-12": [
        case("锦绣广场花园", ESTATE, "warning"), case("银座中心大厦", BUILDING, "warning"),
        case("锦绣城小区", ESTATE, "warning"), case("东城小区", ESTATE, "ok"), case("白云小区", ESTATE, "ok"),
        case("中山大道路", STREET, "warning"), case("汉东路", STREET, "ok"), case("余家村村委会", VILLAGE, "ok"),
        case("石桥新村小区", ESTATE, "warning"), case("府河水库", RESERVOIR, "ok"),
    ],
    "PN-13": [
        case("国际广场", BUILDING, "warning"), case("中华山林场", TOWN, "warning"),
        case("世界花园", ESTATE, "warning"), case("帝都小区", ESTATE, "warning"), case("環球中心", BUILDING, "warning"),
        case("皇家花园", ESTATE, "warning"), case("至尊公馆", ESTATE, "warning"), case("亚洲大厦", BUILDING, "warning"),
        case("白云小区", ESTATE, "ok"), case("王府花园", ESTATE, "warning"),
    ],
    "PN-14": [
        case("随县", DIVISION, "warning"), case("曾都区", DIVISION, "ok"), case("府河", RIVER, "warning"),
        case("老孙家湾村村民委员会", VILLAGE, "ok"), case("东城街道办事处", TOWN, "ok"),
        case("滨江世纪锦绣花园", ESTATE, "warning"), case("乌龙巷社区居民委员会", COMMUNITY, "ok"),
        case("山", MOUNTAIN, "warning"), case("武胜关镇", TOWN, "ok"),
    ],
    "PN-15": [
        case("新山镇", TOWN, "error", former_name="厉山镇", heritage="listed"),
        case("新山镇", TOWN, "manual", former_name="厉山镇", heritage="listed", protected=True),
        case("新山镇", TOWN, "warning", former_name="厉山镇", heritage="candidate"),
        case("新山镇", TOWN, "ok", former_name="厉山镇", heritage="none"),
        case("新山镇", TOWN, "ok", former_name="厉山镇", heritage="struck"),
        case("新山镇", TOWN, "no_data", former_name="厉山镇"), case("新山镇", TOWN, "ok"),
    ],
    "PN-16": [
        case("新山镇", TOWN, "ok", former_name="甲镇", reason_code="division_change", unit_code="421321109"),
        case("新山镇", TOWN, "ok", former_name="甲镇", reason_code="construction", unit_code="421321109"),
        case("新山镇", TOWN, "ok", former_name="甲镇", reason_code="natural_change", unit_code="421321109"),
        case("新山镇", TOWN, "manual", former_name="甲镇", reason_code="rule_breach", unit_code="421321109"),
        case("新山镇", TOWN, "error", former_name="甲镇"), case("新山镇", TOWN, "ok"),
        case("洪山镇", TOWN, "error", former_name="甲镇", reason_code="construction", unit_code="421381109"),
        case("曼哈顿花园", ESTATE, "error", former_name="甲花园", reason_code="construction"),
    ],
}  # fmt: skip

SIZES = [  # profile, name, category, situation, severity
    ("suizhou", "凤凰大厦", BUILDING, {"measures": {"floors": 30}}, "no_data"),
    ("example_a", "凤凰大厦", BUILDING, {"measures": {"floors": 12}}, "ok"),
    ("example_a", "凤凰大厦", BUILDING, {"measures": {"floors": 11}}, "warning"),
    ("example_a", "凤凰大厦", BUILDING, {}, "no_data"),
    ("example_a", "凤凰大楼", BUILDING, {"measures": {"floors": 8}}, "ok"),
    ("example_a", "凤凰大楼", BUILDING, {"measures": {"floors": 12}}, "warning"),
    ("example_a", "凤凰广场", BUILDING, {"measures": {"land_m2": 10_000, "open_share": 0.3}}, "ok"),
    ("example_a", "凤凰广场", BUILDING, {"measures": {"gfa_m2": 50_000, "open_share": 0.3}}, "ok"),
    ("example_a", "凤凰广场", BUILDING, {"measures": {"land_m2": 9_999, "open_share": 0.3}}, "no_data"),
    ("example_a", "凤凰广场", BUILDING, {"measures": {"land_m2": 9e3, "gfa_m2": 4e4, "open_share": 0.3}}, "warning"),
    ("example_a", "凤凰广场", BUILDING, {"measures": {"land_m2": 10_000, "open_share": 0.29}}, "warning"),
    ("example_a", "凤凰中心", BUILDING, {"measures": {"gfa_m2": 50_000}}, "ok"),
    ("example_a", "凤凰城", ESTATE, {"measures": {"land_m2": 199_999}}, "warning"),
    ("example_a", "凤凰城", ESTATE, {"measures": {"land_m2": 200_000}}, "ok"),
    ("example_a", "凤凰花园", ESTATE, {"measures": {"land_m2": 10_000, "green_share": 0.4}}, "ok"),
    ("example_a", "凤凰苑", ESTATE, {"measures": {"land_m2": 10_000, "green_share": 0.39}}, "warning"),
    ("example_a", "凤凰里", ESTATE, {"measures": {"gfa_m2": 80_000}}, "ok"),
    ("example_a", "凤凰小区", ESTATE, {}, "ok"),
    ("example_b", "凤凰大厦", BUILDING, {"use": "housing", "measures": {"floors": 10}}, "ok"),
    ("example_b", "凤凰大厦", BUILDING, {"use": "mixed", "measures": {"height_m": 23.9}}, "warning"),
    ("example_b", "凤凰大厦", BUILDING, {"measures": {"floors": 10}}, "no_data"),
    ("example_b", "凤凰城", ESTATE, {"use": "commercial", "measures": {"gfa_m2": 100_000}}, "ok"),
    ("example_b", "凤凰城", ESTATE, {"use": "housing", "measures": {"gfa_m2": 100_000}}, "warning"),
    ("example_b", "凤凰广场", BUILDING, {"measures": {"land_m2": 10_000, "open_m2": 1999}}, "warning"),
    ("example_b", "凤凰家园", ESTATE, {"measures": {"green_share": 0.35}}, "ok"),
    ("example_b", "凤凰山庄", ESTATE, {"measures": {"green_share": 0.44}}, "warning"),
]  # fmt: skip


def judge(by, rule, name, category, **situation):
    rules = None if rule == "PN-16" else [rule]
    found = check_name(Proposal(name, category, **situation), by, rules=rules)
    return found.set_index("rule_id").loc[rule]


@pytest.fixture(scope="session")
def with_table(policy_with):
    table = register.characters()
    return register.reference(
        policy=policy_with(character_table_count=table.counts()), characters=table
    )


@pytest.mark.parametrize(
    ("rule", "name", "category", "severity", "situation"),
    [
        pytest.param(r, *c, id=f"{r}-{n}-{c[2]}")
        for r, cs in CASES.items()
        for n, c in enumerate(cs)
    ],
)
def test_pn__named_case(rule, name, category, severity, situation, with_table):
    """Each rule answers a name in its situation as the clause says."""
    found = judge(with_table, rule, name, category, **situation)
    assert (found["severity"], found["clause"]) == (severity, CLAUSES[rule]), found["message_zh"]


@pytest.mark.parametrize(("profile", "name", "category", "situation", "severity"), SIZES)
def test_pn_03__generic_matches_the_size(profile, name, category, situation, severity):
    """“符合面积、规模、性质” (9-2): figures are examples of other cities, and say so."""
    found = judge(register.reference(profile=profile), "PN-03", name, category, **situation)
    assert (found["severity"], found["clause"]) == (severity, CLAUSES["PN-03"]), found["message_zh"]
    if "≥" in found["message_zh"]:
        assert "转引" in found["basis_zh"]


def test_pn__every_rule_has_cases():
    counts = Counter({rule: len(cases) for rule, cases in CASES.items()})
    counts["PN-03"] = len(SIZES)
    assert set(counts) == set(RULES)
    assert counts.total() >= 150


def test_pn_08__evidence_names_place_and_unit():
    """A map can show who bears the name."""
    found = judge(register.reference(), "PN-08", "新集村", VILLAGE, unit_code="421321109")
    assert [(b.place_id, b.unit_code, b.match) for b in found["evidence"]] == [
        ("village", "421321101", "full"), ("as-unit", "421321101", "full")]  # fmt: skip
    assert "新集村（421321101）" in found["message_zh"]
    assert found["basis_zh"] == ""


def test_pn_08__the_key_may_be_the_specific_name(policy_with):
    """宁波 第十条（三）: the specific name is compared inside a class."""
    by = register.reference(policy=policy_with(name_comparison_key="specific_name"))
    assert judge(by, "PN-08", "汉东街", STREET, built_up_id="b1")["severity"] == "error"


def test_pn_08__a_scope_the_law_does_not_state_is_a_convention():
    found = judge(register.reference(), "PN-08", "洪山", MOUNTAIN, unit_code="421321109")
    assert (found["severity"], found["basis"]) == ("warning", "P")
    assert "项目约定" in found["basis_zh"]


def test_pn_09__strong_weak_and_spoken():
    """“避免同音”: with tone strong, without weak, n/l of Hubei only on wish."""
    by, spoken = register.reference(), register.reference(dialect=True)
    strong = judge(by, "PN-09", "洪旗村", VILLAGE, unit_code=SUIXIAN, reading="hong2 qi2 cun1")
    weak = judge(by, "PN-09", "洪启村", VILLAGE, unit_code=SUIXIAN, reading="hong2 qi3 cun1")
    assert "（强" in strong["message_zh"]
    assert "（弱" in weak["message_zh"]
    long = {"unit_code": SUIXIAN, "reading": "long2 xin1 cun1"}
    assert judge(by, "PN-09", "隆新村", VILLAGE, **long)["severity"] == "ok"
    heard = judge(spoken, "PN-09", "隆新村", VILLAGE, **long)
    assert [b.place_id for b in heard["evidence"]] == ["nongxing"]
    assert "方言" in heard["message_zh"]


def test_pn_05__a_list_of_the_bureau_answers():
    """A section laid over: what was no_data is ok, or an error by the bureau's own word."""
    mine = {"leaders": {"scope": "complete", "words": ["甲乙丙"]}}
    shipped = read_lexicons()
    laid = Lexicons.of({n: {"scope": s.scope, "words": list(s.words), "title_zh": s.title_zh}
                        for n, s in shipped.sections.items()}, mine)  # fmt: skip
    by = register.reference(lexicons=laid)
    assert judge(by, "PN-05", "汉东路", STREET)["severity"] == "ok"
    assert judge(by, "PN-05", "甲乙丙路", STREET)["severity"] == "error"


def test_pn_04__without_the_table_no_data():
    """The table of 8105 characters is loaded by the user."""
    by = register.reference()
    assert judge(by, "PN-04", "曾都区", DIVISION)["severity"] == "no_data"
    hint = judge(by, "PN-04", "曾都區", DIVISION)
    assert hint["severity"] == "no_data"
    assert "區 疑为繁体" in hint["message_zh"]
    assert judge(by, "PN-04", "A区", DIVISION)["severity"] == "error"


def test_pn_04__outside_a_part_of_the_table_is_no_data():
    by = register.reference(characters=register.characters())
    assert judge(by, "PN-04", "洛阳镇", TOWN)["severity"] == "no_data"
