"""Dispute cases in a table: whose state, who decides, where it is filed."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import pandas as pd
import pytest
from fixtures.two_counties import layers, units

from geoplan.boundaries import case_table
from geoplan.errors import MissingColumnsError

TODAY = date(2026, 11, 24)


def claims(*parties, **cells):
    return pd.DataFrame({"case_id": "D1", "party": parties, "state": "negotiating"} | cells)


def only(frame, **options):
    table = case_table(frame, units(), TODAY, **options)
    assert len(table) == 1
    return table.iloc[0]


def test_a_case_on_a_registered_line():
    data = layers()
    row = only(data["claims"], lines=data["boundary_lines"])
    assert row[["level", "state_zh", "due_state", "decided_by", "decided_by_zh"]].tolist() == [
        "county", "协商中", "soon", "421300", "随城"]  # fmt: skip
    assert (row["filed_with_zh"], row["filed_with_en"]) == ("民政部", "Ministry of Civil Affairs")
    assert row["next_zh"] == "协商达成协议、上报共同的上一级政府"


@pytest.mark.parametrize(("parties", "level", "decider", "filed"), [
    (("甲一镇", "甲二镇"), "township", "421303", "省级人民政府"),
    (("421303001", "421303002"), "township", "421303", "省级人民政府"),
    (("甲区", "乙县"), "county", "421300", "民政部"),
    (("甲二镇", "乙一镇"), "county", "421300", "民政部"),  # their line is the counties'
    (("甲方", "乙方"), None, None, None),
    (("甲二镇",), None, None, None),
])  # fmt: skip
def test_without_a_line_the_parties_tell(parties, level, decider, filed):
    row = only(claims(*parties))
    told = [None if pd.isna(v) else v for v in row[["level", "decided_by", "filed_with_zh"]]]
    assert told == [level, decider, filed]


def test_provinces_go_to_the_state_council():
    """A county of another province stands alone in the table: its code tells the province."""
    far = units().iloc[[1]].assign(unit_code="411528", name="息县", parent_code="411500",
                                   neighbour=True)  # fmt: skip
    every = gpd.GeoDataFrame(pd.concat([units().assign(neighbour=False), far], ignore_index=True))
    row = case_table(claims("乙县", "息县"), every, TODAY).iloc[0]
    assert row[["level", "decided_by", "decided_by_zh", "filed_with_zh"]].tolist() == [
        "province", "", "国务院", "国务院"]  # fmt: skip
    row = case_table(claims("甲区", "乙县"), every, TODAY, autonomous=True).iloc[0]
    assert row["filed_with_zh"] == "国务院"


def test_states_and_days_that_are_not_known():
    row = only(claims("甲区", "乙县", state=None))
    assert row["due_state"] == "no_data"
    assert [row["next_zh"], row["next_en"]] == ["", ""]
    assert pd.isna(row["state"])
    bare = pd.DataFrame({"case_id": ["1", "2"], "party": "甲区"})
    assert case_table(bare, units(), TODAY)["case_id"].tolist() == ["1", "2"]
    assert case_table(bare.iloc[:0], units(), TODAY).empty
    with pytest.raises(MissingColumnsError):
        case_table(bare.drop(columns="case_id"), units(), TODAY)
