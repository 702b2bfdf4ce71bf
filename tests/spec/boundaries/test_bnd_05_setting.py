"""BND-05: “界桩形状与埋设”, shape and setting of markers (RULES §5.2)."""

from __future__ import annotations

from fixtures import lined_city as lined

from geoplan.boundaries import check


def judge(policy, markers):
    layers = {"admin_units": lined.units(), "boundary_lines": lined.lines(),
              "boundary_markers": markers}  # fmt: skip
    return lined.row(check(layers, policy, rules=["BND-05"]), "BND-05")


def test_bnd_05__shape_and_setting_are_written(policy):
    """Shape, material, size, depth, year: all five of four markers; then one depth is missing."""
    assert judge(policy, lined.markers())["status"] == "met"
    found = judge(policy, lined.markers(buried_m=[0.8, None, 0.8, 0.8]))
    assert (found["numerator"], found["denominator_value"]) == (3, 4)
    assert found["failing"] == f"{lined.COUNTY_CODE}002A"
    assert "缺埋深" in found["remark_zh"]


def test_bnd_05__three_faces_where_three_units_meet(policy):
    """“线路交会处立三面桩”: 一镇, 二镇 and 三镇 meet at (1000, 500)."""
    there = lined.markers(("004Q", 1000, 500.5))
    found = judge(policy, there)
    assert (found["status"], found["remark_zh"]) == ("not_met", "三交点处应为三面桩 1")
    assert judge(policy, there.assign(shape="three_faced"))["status"] == "met"
