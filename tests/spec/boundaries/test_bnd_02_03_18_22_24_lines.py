"""
BND-02, 03, 18, 22–24: lines of “省、市、县、乡四级界线精准落地” (三(四)3).

Fields and codes after the practice of the marker database, 行政区域界线管理条例 第十四条 for maps;
RULES §5.2, §10.
"""

from __future__ import annotations

import pytest
from fixtures import lined_city as lined

from geoplan.boundaries import check


def judge(policy, rule, **layers):
    return lined.row(check({"admin_units": lined.units(), **layers}, policy, rules=[rule]), rule)


def test_bnd_02__an_agreed_line_has_every_field(policy):
    """“界线字段”: code, name, level, both units, ends, approval, agreement, map, direction, length."""
    found = judge(policy, "BND-02", boundary_lines=lined.lines())
    assert (found["value"], found["status"]) == (1.0, "met")
    found = judge(policy, "BND-02", boundary_lines=lined.lines(agreement_no=["协1号", None]))
    assert (found["numerator"], found["denominator_value"], found["gap"]) == (1, 2, 1)
    assert (found["status"], found["failing"]) == ("not_met", "一镇—二镇线")
    assert "缺协议书编号 1" in found["remark_zh"]


def test_bnd_02__a_working_line_has_no_agreement_yet(policy):
    """批准、协议字段 are asked for once the line is 勘定."""
    bare = dict.fromkeys(("agreement_no", "approval_doc", "direction_text", "length_m",
                          "agreed_length_m"))  # fmt: skip
    working = lined.lines(legal_status="working", **bare)
    assert judge(policy, "BND-02", boundary_lines=working)["status"] == "met"


def test_bnd_03__two_provinces_the_smaller_first(policy):
    """豫 41、鄂 42: “4142”; “4241” is wrong."""
    border = {"level": "province", "left_code": "411528", "right_code": lined.EAST}
    right = lined.lines(**border, line_code="4142")
    assert judge(policy, "BND-03", boundary_lines=right)["status"] == "met"
    wrong = lined.lines(**border, line_code="4241")
    found = judge(policy, "BND-03", boundary_lines=wrong)
    assert (found["status"], found["numerator"]) == ("not_met", 0)


def test_bnd_03__official_codes_of_lower_lines_are_left_to_verify(policy):
    """县乡级编码为项目约定: another code may be the bureau's own, but names one pair of units."""
    own = lined.lines(line_code=["0801", "080101"])
    found = judge(policy, "BND-03", boundary_lines=own)
    assert found["status"] == "no_data"  # nothing known is for or against
    one = lined.lines(line_code=["421303421321", "080101"])
    assert judge(policy, "BND-03", boundary_lines=one)["status"] == "to_verify"
    shared = lined.lines(line_code="0801")
    assert judge(policy, "BND-03", boundary_lines=shared)["status"] == "not_met"


def test_bnd_18__maps_follow_the_standard_map(policy):
    """第十四条: one of two lines comes from the standard map; said, never judged."""
    found = judge(policy, "BND-18", boundary_lines=lined.lines(std_drawing=[True, False]))
    assert (found["value"], found["status"]) == (0.5, "no_target")
    assert "示意" in found["remark_zh"]
    untold = judge(policy, "BND-18", boundary_lines=lined.lines().drop(columns="std_drawing"))
    assert untold["status"] == "no_data"


@pytest.mark.parametrize(("agreed_m", "off_pct", "status"), [
    (1000.0, 0.0, "met"), (1010.0, 0.99, "met"), (1011.0, 1.09, "not_met"), (None, None, "no_data"),
])  # fmt: skip
def test_bnd_22__length_within_one_per_cent_of_the_agreement(policy, agreed_m, off_pct, status):
    """“界线长度与协议长度 ±1%”: 1000 m drawn is 0.99 % off 1010 m, 1.09 % off 1011 m."""
    found = judge(policy, "BND-22", boundary_lines=lined.lines(agreed_length_m=agreed_m))
    assert found["status"] == status
    if off_pct is not None:
        assert found["value"] == pytest.approx(off_pct, abs=0.05)


def test_bnd_23__village_lines_stay_in_their_township(policy):
    """“村级管理线不越出乡镇”: one that goes 100 m over the town line fails; 0.5 m is the map's own."""
    assert judge(policy, "BND-23", village_lines=lined.village_lines())["status"] == "met"
    over = lined.village_lines((500, 1000), (500, 400))
    found = judge(policy, "BND-23", village_lines=over)
    assert (found["status"], found["failing"]) == ("not_met", "乙村—甲村")
    barely = lined.village_lines((500, 1000), (500, 499.5))
    assert judge(policy, "BND-23", village_lines=barely)["status"] == "met"
    between = lined.village_lines((0, 500), (1000, 500), right="421303002001")
    assert "乡级界线" in judge(policy, "BND-23", village_lines=between)["remark_zh"]


def test_bnd_24__left_and_right_match_the_polygons(policy):
    """左右代码与面一致: southward along x = 1000 随县 lies left; turned round it must not."""
    lines = lined.lines()
    assert judge(policy, "BND-24", boundary_lines=lines)["status"] == "met"
    turned = lined.lines(left_code=[lined.WEST, lined.TOWN_N],
                         right_code=[lined.EAST, lined.TOWN_S])  # fmt: skip
    found = judge(policy, "BND-24", boundary_lines=turned)
    assert (found["status"], found["failing"]) == ("not_met", "曾都区—随县线")
