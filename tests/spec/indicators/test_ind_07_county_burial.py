"""Indicator 7, binding: “县级公益性安葬(放)设施覆盖率 % 100”. The counties' own facilities alone."""

from __future__ import annotations

import pytest
from fixtures.plan_city import judge, one, yard

THREE = [yard("a", "county", "A"), yard("b", "county", "B", kind="ash_hall"),
         yard("d", "county", "D1", kind="burial_site")]  # fmt: skip


def test_ind_7__three_of_three_counties(policy):
    """主要指标 7：“县级公益性安葬(放)设施覆盖率”，100%."""
    city = one(judge(policy, "IND.7", yards=THREE), "IND.7", "C")
    assert (city["status"], city["numerator"], city["denominator_value"]) == ("met", 3, 3)
    # two of three: 66.7 %, one county to go
    two = one(judge(policy, "IND.7", yards=THREE[:2]), "IND.7", "C")
    assert (two["status"], two["gap"], two["failing"]) == ("not_met", 1, "丁市")
    assert policy.rule("IND.7").attribute == "binding"


@pytest.mark.parametrize(
    ("cells", "status"),
    [
        ({"level": "township"}, "not_met"),  # a town's cemetery is none of the county
        ({"kind": "commercial_cemetery"}, "not_met"),  # 公益性 only
        ({"status": "building"}, "not_met"),
        ({"status": None}, "to_verify"),
    ],
)
def test_ind_7__what_does_not_count(policy, cells, status):
    city = one(judge(policy, "IND.7", yards=[*THREE[:2], THREE[2] | cells]), "IND.7", "C")
    assert city["status"] == status


def test_ind_7__without_the_layer_nothing_is_known(policy):
    assert one(judge(policy, "IND.7"), "IND.7", "C")["status"] == "no_data"
