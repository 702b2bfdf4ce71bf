"""BND-20, BND-21: units close without gap or overlap, and children make up their parent (RULES §10)."""

from __future__ import annotations

import pytest
from fixtures import lined_city as lined

from geoplan.boundaries import check


def judge(policy, rule, unit=lined.CITY, **shapes):
    checks = check({"admin_units": lined.units(**shapes)}, policy, rules=[rule])
    return lined.row(checks, rule, unit)


def test_bnd_20__a_sound_cover(policy):
    """“面域不重叠、无缝隙”: nothing to see on the map."""
    found = judge(policy, "BND-20")
    assert (found["value"], found["unit"], found["target"]) == (0.0, "mm", 0.1)
    assert found["status"] == "met"


@pytest.mark.parametrize(("gap_m", "status"), [(1.0, "met"), (1.2, "not_met")])
def test_bnd_20__a_gap_of_a_tenth_of_a_millimetre_on_the_map(policy, gap_m, status):
    """“缝隙与重叠不大于图上 0.1 毫米”: at 1:10,000 1.0 m is 0.10 mm, 1.2 m is 0.12 mm."""
    south = lined.box(0, 0, 1000, 500 - gap_m)
    shapes = {f"u{lined.TOWN_S}": south, "u421303002001": south}
    found = judge(policy, "BND-20", **shapes)
    assert found["value"] == pytest.approx(gap_m / 10, abs=1e-6)
    assert found["status"] == status
    assert ("二镇" in found["failing"]) == (status == "not_met")
    assert judge(policy, "BND-20", lined.EAST, **shapes)["status"] == "met"


def test_bnd_20__lower_units_partition_their_parent(policy):
    """“下级严密套合上级”: the east town reaches 100 m into the west county."""
    shapes = {f"u{lined.TOWN_E}": lined.box(900, 0, 2000, 1000)}
    found = judge(policy, "BND-20", lined.EAST, **shapes)
    assert found["status"] == "not_met"
    assert "三镇" in found["failing"].split(";")
    assert "越出" in found["remark_zh"]


def test_bnd_21__parent_is_the_sum_of_its_children(policy):
    """“上级面积 = 下级之和，相对差 ≤ 1e-6”: 1 m of 1 km missing is 1000 ppm of the county."""
    found = judge(policy, "BND-21")
    assert (found["unit"], found["target"], found["status"]) == ("ppm", 1.0, "met")
    short = {f"u{lined.TOWN_E}": lined.box(1000, 0, 1999, 1000)}
    found = judge(policy, "BND-21", lined.EAST, **short)
    assert found["value"] == pytest.approx(1000, rel=0.01)
    assert found["status"] == "not_met"
    assert judge(policy, "BND-21", lined.WEST, **short)["status"] == "met"
