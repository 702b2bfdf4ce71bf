"""Every rule of the plan has its words, its example, and a kind that needs no code."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from fixtures.plan_city import TOWNSHIPS, facility, fig, judge, one, people, units

from geoplan.io import read_policy

HERE = Path(__file__).parent
PLAN = HERE.parents[1].parent / "shared" / "plan-suizhou-2022-3.zh.txt"
COVERED = re.compile(
    r"(IND\.\d+|ELD-(0[1-9]|1[0-8]|2[1-5])[a-e]?|COM-\d+|FAC-\d+|FIN-01|CEM-(01|02a?|1[1-5])|PLN-\d+)"
)


def plain(text: str) -> str:
    return re.sub(r"\s+", "", text)


def ids(policy) -> list[str]:
    return [rule for rule in policy.rules if COVERED.fullmatch(rule)]


def names_tested() -> set[str]:
    """Beginnings of test names, and ids in the tables of the uniform rows."""
    found: set[str] = set()
    for file in HERE.rglob("test_*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and "__" in node.name:
                found.add(node.name.split("__")[0])
    rows = (HERE / "plan_rows" / "test_pln_rows.py").read_text(encoding="utf-8")
    return found | {_name(r) for r in re.findall(r'^    \("(PLN-\d+)"', rows, re.MULTILINE)}


def _name(rule: str) -> str:
    return "test_" + rule.lower().replace("-", "_").replace(".", "_")


def test_every_rule_has_a_test_of_its_name(policy):
    found = names_tested()
    assert [rule for rule in ids(policy) if _name(rule) not in found] == []


def test_the_rules_are_all_there(policy):
    """15 indicators; ELD with 12a–c, 16a, 17a–e; 60-odd further rows of the plan."""
    names = ids(policy)
    assert sum(n.startswith("IND.") for n in names) == 15
    assert {"ELD-12a", "ELD-12b", "ELD-12c", "ELD-16a", "ELD-17e", "CEM-02a", "FIN-01"} <= set(
        names
    )
    rules = PLAN.parent / "RULES.md"
    if rules.is_file():
        rows = re.findall(r"^\| (PLN-\d+) \|", rules.read_text(encoding="utf-8"), re.MULTILINE)
        assert {n for n in names if n.startswith("PLN-")} == set(rows)


def test_every_quotation_stands_in_the_plan(policy):
    if not PLAN.is_file():
        pytest.skip(f"the plan's text is not beside the project: {PLAN}")
    plan = plain(PLAN.read_text(encoding="utf-8"))
    quoted = {
        r.id: plain(r.text_zh) for r in policy.rules.values() if "S01" in r.sources and r.text_zh
    }
    assert len(quoted) > 120
    assert {i for i, words in quoted.items() if words not in plan} == set()


def test_every_rule_of_the_plan_quotes_it(policy):
    """Only conventions of the project (P00) have no words of the plan."""
    silent = {r for r in ids(policy) if not policy.rule(r).text_zh}
    assert {policy.rule(r).sources for r in silent} == {("P00",)}


# a new rule of a known kind is TOML only

NEW = """
[policy]
id = "with-more"
title = "加两条"
title_en = "two more"
extends = "suizhou-2022"

[rules."NEW-01"]
kind = "share_of_units"
title_zh = "每镇一处日间照料"
title_en = "Day care in every township"
text_zh = ""
clause = "NEW"
attribute = "text"
value = 80
operator = ">="
unit = "pct"
level = "township"
unit_kinds = ["street", "town"]
facility_kinds = ["daycare"]
basis = "P"
confidence = 0.0
sources = ["P00"]

[rules."NEW-02"]
kind = "share_in_register"
title_zh = "新台账"
title_en = "New register"
text_zh = ""
clause = "NEW"
attribute = "text"
value = 50
operator = ">="
unit = "pct"
levels = ["prefecture", "county"]
basis = "P"
confidence = 0.0
sources = ["P00"]
"""


@pytest.fixture
def more(tmp_path):
    file = tmp_path / "with-more.toml"
    file.write_text(NEW, encoding="utf-8")
    return read_policy(str(file))


@pytest.mark.parametrize(("so_many", "status"), [(4, "met"), (3, "not_met")])
def test_a_new_rule_about_townships_is_judged(more, so_many, status):
    """0.8 × 5 = 4 townships."""
    standing = [facility(t, "daycare", t) for t in TOWNSHIPS[:so_many]]
    row = one(judge(more, standing=standing), "NEW-01", "C")
    assert (row["status"], row["denominator_value"], row["title_zh"]) == (
        status,
        5,
        "每镇一处日间照料",
    )


@pytest.mark.parametrize(("done", "status"), [(50, "met"), (49, "not_met")])
def test_a_new_rule_about_a_register_is_judged(more, done, status):
    assert one(judge(more, told=[fig("NEW-02", "C", done, 100)]), "NEW-02", "C")["status"] == status


# nothing known is nothing failed


def test_with_the_units_alone_no_rule_is_met_or_failed(policy):
    """IND-02: without any other layer every row is 无数据 or 规划未定量."""
    checks = judge(policy)
    assert set(checks["status"]) <= {"no_data", "no_target"}
    assert set(checks["rule_id"]) >= {"ELD-01", "ELD-09", "COM-02", "CEM-01", "FAC-06", "ELD-17"}


def test_an_empty_register_is_a_register(policy):
    """A facility layer without a row says that there is none; no layer says nothing."""
    assert one(judge(policy, "ELD-11", standing=[]), "ELD-11", "C")["status"] == "not_met"
    assert one(judge(policy, "ELD-11"), "ELD-11", "C")["status"] == "no_data"


# 城镇口径: households and facilities of the urban communities alone


def test_urban_only_takes_households_and_facilities_of_urban_communities(policy):
    """
    Urban are A1001, A1002 (8,000 households) and D1001 (6,000): 14,000 of the city's 20,000.

    2,800 m² in A1001 are 20 m² for each hundred of 14,000: met; of all 20,000 they are 14: not met.
    9,999 m² in a village, and in the community of a town, do not count.
    """
    hall = facility("f", "daycare", "A1001", elder_floor_m2=2800.0)
    rural = [facility(u, "daycare", u, elder_floor_m2=9999.0) for u in ("A2200", "A2001")]
    urban = judge(policy, "ELD-03", standing=[hall, *rural], urban_only=True)
    row = one(urban, "ELD-03", "C")
    assert (row["numerator"], row["denominator_value"]) == (2800.0, 14_000)
    assert (row["value"], row["status"]) == (20.0, "met")
    whole = one(judge(policy, "ELD-03", standing=[hall]), "ELD-03", "C")
    assert (whole["denominator_value"], whole["value"], whole["status"]) == (
        20_000,
        14.0,
        "not_met",
    )
    assert not {"A2", "B1", "A2001", "A2200"} & set(urban["unit_code"])


def test_urban_only_people_and_a_hall_known_by_its_street(policy_with):
    """34,000 urban persons need 3,400 m²; land known only by the street A1 counts."""
    confirmed = policy_with(denominator_confirmed=True)
    rows = [facility("f", "institution", "A1", land_m2=3400.0),
            facility("g", "institution", "B1", land_m2=9999.0)]  # fmt: skip
    row = one(judge(confirmed, "ELD-01", standing=rows, urban_only=True), "ELD-01", "C",
              denominator="resident")  # fmt: skip
    assert (row["numerator"], row["denominator_value"], row["status"]) == (3400.0, 34_000, "met")


def test_urban_only_an_unknown_community_makes_the_whole_unknown(policy):
    frame = units()
    frame.loc[frame["unit_code"] == "D1001", "households"] = None
    hall = [facility("f", "daycare", "A1001", elder_floor_m2=2800.0)]
    checks = judge(policy, "ELD-03", standing=hall, urban_only=True, layers={"admin_units": frame})
    assert one(checks, "ELD-03", "C")["status"] == "no_data"
    assert one(checks, "ELD-03", "A")["status"] == "met"


def test_urban_only_leaves_out_doors_of_villages_and_figures_of_the_whole(policy):
    told = [fig("ELD-22", "C", 40, 40)]
    checks = judge(policy, ["ELD-22"], told=told, urban_only=True)
    assert one(checks, "ELD-22", "C")["status"] == "no_data"
    doors = {"population": people(("A2200", 0, 0, 10))}
    row = one(judge(policy, "ELD-06", layers=doors, urban_only=True), "ELD-06", "C")
    assert row["status"] == "no_data"
