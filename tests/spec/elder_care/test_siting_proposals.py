"""
四(一)1(1) 盘活闲置资源：通过补建、购置、置换、租赁、改造等方式 …… 用于养老服务。

A proposal says by which of the five ways, how many m², for how many households and elders, and what
is missing before and after.
"""

from __future__ import annotations

from geoplan.schemas import vocabulary
from geoplan.workspace import open_workspace
from geoplan.workspace.siting import site
from geoplan.workspace.siting_table import proposals


def test_a_proposal_states_mode_size_people_and_residual_gap(demo):
    city = open_workspace(demo)
    found = proposals(site(city, p=10, where="sites"))
    ways = {c.code: c.zh for c in vocabulary.ACQUISITION}
    assert set(ways.values()) == {"补建", "购置", "置换", "租赁", "改造"}
    assert set(found["acquisition"]) <= set(ways)
    assert (found["used_m2"] == found["floor_m2"]).all()
    assert (found["elders_newly"] <= found["elders_served"]).all()
    assert (found["elders_served"] <= found["households_served"] * 10).all()
    closed = (found["gap_before_m2"] - found["used_m2"]).clip(lower=0)
    assert (found["gap_after_m2"] - closed).abs().max() < 1e-6


def test_closing_the_gap_takes_no_more_than_is_missing_nor_than_a_room_has(demo):
    city = open_workspace(demo)
    found = site(city, model="close_gap")
    told = proposals(found)
    assert (told["used_m2"] <= told["floor_m2"] + 1e-6).all()
    need, left = found.plan.extra["need_m2"], found.plan.extra["left_m2"]["m2"]
    assert told["used_m2"].sum() + left.sum() - need["before"].sum() < 1e-6
    assert (need["after"] >= 0).all()
    assert set(need.index[need["after"] > 0]) == set(left.index)
