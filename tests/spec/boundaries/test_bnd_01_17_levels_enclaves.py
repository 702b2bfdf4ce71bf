"""BND-01 “实现省、市、县、乡四级界线精准落地” (三(四)3); BND-17 飞地, 行政区域界线管理条例 第十一条."""

from __future__ import annotations

import pytest
import shapely
from fixtures import lined_city as lined

from geoplan.boundaries import check, derive_lines


def test_bnd_01__each_line_once_at_its_highest_level():
    """The county line is the line of the towns along it too: 1000 m once, not twice."""
    lines = derive_lines(lined.units(), level="village")
    shared = lines[lines["right_code"].notna() & lines["level"].notna()]
    assert shared["level"].tolist() == ["county", "township", "village"]
    assert shared["line_code"].iloc[0] == lined.COUNTY_CODE
    assert shared.geometry.length.round(6).tolist() == [1000, 1000, 500]
    outer = lines.geometry.length.sum() - shared.geometry.length.sum()
    towns = [lined.units().geometry.iloc[k].length for k in (3, 4, 5)]
    upper = shared.geometry.length.iloc[:2].sum()
    assert upper == pytest.approx((sum(towns) - outer) / 2)


def test_bnd_17__an_exclave_is_no_defect(policy):
    """第十一条: 随县 keeps a field of 100 m square inside 二镇; drawn without its hole it is one."""
    field = lined.box(200, 200, 300, 300)
    east = shapely.MultiPolygon([lined.box(1000, 0, 2000, 1000), field])
    south, west = lined.box(0, 0, 1000, 500), lined.box(0, 0, 1000, 1000)
    owned = {f"u{c}": east for c in (lined.EAST, lined.TOWN_E, "421321101001")}
    around = {f"u{c}": s.difference(field) for c, s in (
        (lined.WEST, west), (lined.TOWN_S, south), ("421303002001", south))}  # fmt: skip
    kept = check({"admin_units": lined.units(**owned, **around)}, policy, rules=["BND-20"])
    assert lined.row(kept, "BND-20")["status"] == "met"
    over = check({"admin_units": lined.units(**owned)}, policy, rules=["BND-20"])
    found = lined.row(over, "BND-20")
    assert found["status"] == "not_met"
    assert found["remark_zh"].startswith("重叠")
