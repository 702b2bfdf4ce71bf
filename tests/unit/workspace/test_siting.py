"""Siting in a workspace, on a street where every answer is worked by hand."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
from fixtures.two_counties import point
from fixtures.walked_town import CRS, write_town

from geoplan.errors import EmptyLayerError, InputError, UnknownIdError
from geoplan.workspace import open_workspace
from geoplan.workspace.siting import site
from geoplan.workspace.siting_choices import alternatives, why_not
from geoplan.workspace.siting_outlook import curve, phases, stability
from geoplan.workspace.siting_question import gaps
from geoplan.workspace.siting_table import COLUMNS, proposals

# elders 12 30 | 20 5 at x = 0.2 1.0 | 2.3 3.5; F1 at 1.5 serves 30 and 20; a walk is 900 m.
# A reaches p0 and p1, B only p3, C p2 and p3; D is in a cellar. Every township of 50 households
# needs 10 m2 of floor, of 200 persons 20 m2 of land; 甲二镇 alone has floor enough.
SITES = gpd.GeoDataFrame(
    {"site_id": ["A", "B", "C", "D"], "name": ["甲", "乙", "丙", "丁"],
     "acquisition": ["lease", "convert", "build", "lease"], "floor_m2": [6.0, 60.0, 100.0, 500.0],
     "land_m2": [20.0, None, 80.0, 9.0], "cost": [10.0, 20.0, 40.0, 5.0],
     "floor_level": [1, 1, 1, -1]},
    geometry=[point(x, 0.5) for x in (0.2, 3.4, 2.9, 0.3)], crs=CRS,
)  # fmt: skip


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    return open_workspace(write_town(tmp_path_factory.mktemp("town") / "ws", candidate_sites=SITES))


@pytest.fixture(scope="module")
def two(town):
    return site(town, p=2, where="sites")


def with_sites(tmp_path, **columns):
    return open_workspace(write_town(tmp_path / "ws", candidate_sites=SITES.assign(**columns)))


def test_two_sites_serve_all(two):
    assert two.plan.status == "optimal"
    assert two.plan.covered == 67.0
    assert two.sites["site_id"].tolist() == ["A", "B"]
    assert two.sites["gain"].tolist() == [12.0, 5.0]
    assert two.sites["unit_code"].tolist() == ["421303001201", "421321002201"]
    assert two.sites["cost_basis"].tolist() == ["given", "given"]
    assert two.rejected["site_id"].tolist() == ["D"]


def test_proposals_tell_mode_people_and_the_gap_before_and_after(two):
    found = proposals(two)
    assert list(found.columns) == [*COLUMNS, "geometry"]
    assert found.crs == "EPSG:4490"
    first, second = found.to_dict("records")
    assert first["acquisition"] == "lease"
    assert (first["elders_served"], first["elders_newly"]) == (42.0, 12.0)
    assert (second["elders_served"], second["elders_newly"]) == (5.0, 5.0)
    assert np.isnan(first["households_served"])  # the layer has no households: no data
    assert (first["gap_unit"], first["gap_before_m2"], first["gap_after_m2"]) == ("甲一镇", 10, 4)
    assert (second["used_m2"], second["gap_after_m2"]) == (60.0, 0.0)
    assert found["gap_rule"].tolist() == ["ELD-03"] * 2
    assert found["gap_status"].tolist() == ["not_met"] * 2
    assert found["gap_denominator_zh"].tolist() == ["户数"] * 2


def test_unknown_land_leaves_the_gap_and_stays_unknown(two):
    found = proposals(two, "land").set_index("site_id")
    assert found.loc["A", ["gap_before_m2", "gap_after_m2"]].tolist() == [20.0, 0.0]
    assert found.loc["B", ["gap_before_m2", "gap_after_m2"]].tolist() == [20.0, 20.0]
    assert np.isnan(found.loc["B", "used_m2"])
    assert set(found["gap_status"]) == {"to_verify"}
    assert set(found["gap_denominator_zh"]) == {"全市常住口径"}


def test_sites_of_one_township_close_its_gap_one_after_the_other(tmp_path):
    near = SITES.set_geometry([point(x, 0.5) for x in (0.2, 0.21, 2.9, 0.3)], crs=CRS)
    near = near.assign(floor_m2=[6.0, 3.0, 100.0, 500.0])
    city = open_workspace(write_town(tmp_path / "ws", candidate_sites=near))
    found = proposals(site(city, model="k_cover", where="sites"))  # twice: p0 needs A and B
    told = found.set_index("site_id")
    assert told["gap_unit"].to_dict() == {"A": "甲一镇", "B": "甲一镇", "C": "乙一镇"}
    assert told.loc["A", ["gap_before_m2", "gap_after_m2", "elders_newly"]].tolist() == [10, 4, 12]
    assert told.loc["B", ["gap_before_m2", "gap_after_m2", "elders_newly"]].tolist() == [4, 1, 0]


def test_close_gap_by_floor_takes_what_each_township_lacks(town):
    found = site(town, model="close_gap")
    # A has 6 of the 10 m2 of 甲一镇; C alone reaches both townships of the other county
    assert found.sites["site_id"].tolist() == ["A", "C"]
    assert found.plan.objective == 50.0
    assert found.plan.extra["left_m2"]["m2"].to_dict() == {"421303001": 4.0}
    told = proposals(found).set_index("site_id")
    assert told.loc["C", "gap_unit"] == "乙一镇；乙二镇"
    assert told.loc["C", ["used_m2", "gap_before_m2", "gap_after_m2"]].tolist() == [20, 20, 0]
    assert told.loc["A", ["used_m2", "gap_before_m2", "gap_after_m2"]].tolist() == [6, 10, 4]
    assert found.sites["replacement"].isna().all()
    assert set(found.sites["clause"]) == {"ELD-03"}
    assert "30 平方米" in found.summary("zh")
    assert "4 m2 left" in found.summary("en")


def test_close_gap_by_land_leaves_out_what_has_none(town):
    found = site(town, model="close_gap", standard="land", where="both")
    assert "B" not in found.question.problem.candidate_ids
    # A reaches both townships of the first county and has 20 of their 40 m2
    assert found.plan.extra["left_m2"]["m2"].sum() == pytest.approx(20.0)
    with pytest.raises(InputError, match="street"):
        site(town, model="close_gap", where="streets")
    with pytest.raises(InputError, match="takes no p"):
        site(town, model="close_gap", p=1)


def test_a_register_without_sizes_cannot_close_a_gap(tmp_path):
    city = with_sites(tmp_path, floor_m2=np.nan)
    with pytest.raises(EmptyLayerError):
        site(city, model="close_gap")


def test_unknown_costs_stay_unknown(tmp_path):
    city = with_sites(tmp_path, cost=[10.0, np.nan, 40.0, 5.0])
    found = site(city, p=2, where="sites")
    assert not found.question.priced
    assert proposals(found)["cost"].isna().tolist() == found.sites["cost"].isna().tolist()
    assert "费用未知" in site(city, model="close_gap").summary()
    assert curve(city, 2, where="sites").table["cost"].isna().all()
    assert phases(city, [(2025, 1)], where="sites").table["cost"].isna().all()
    assert alternatives(found, 0.5).found.table["cost"].isna().all()
    for budget in (lambda: site(city, budget=30.0, where="sites"),
                   lambda: curve(city, [10.0, 20.0], where="sites"),
                   lambda: phases(city, [(2025, 30.0)], by="budget", where="sites")):  # fmt: skip
        with pytest.raises(InputError, match="1 of 3"):
            budget()


def test_gains_by_unit_and_age(two):
    found = two.gains()
    assert set(found["people"]) == {"persons", "elders_60"}
    row = found[(found["group"] == "甲区") & (found["people"] == "persons")].iloc[0]
    assert (row["covered_before"], row["covered_after"], row["newly"]) == (100.0, 140.0, 40.0)
    towns = two.gains("township").set_index(["group", "people"])["newly"]
    assert towns["甲一镇", "elders_60"] == 12.0
    assert towns["甲二镇", "elders_60"] == 0.0


def test_counties_may_be_given_a_share(town):
    # of 甲区 30 of 42 elders are served, of 乙县 20 of 25: one site lifts one of them
    fair = site(town, p=1, where="sites", aim="max_min")
    assert fair.sites["site_id"].tolist() == ["A"]
    none = site(town, p=1, where="sites", at_least=0.9)
    assert none.plan.status == "infeasible"
    assert none.plan.nearest


def test_alternatives_say_core_and_swing(two):
    found = alternatives(two, 0.05)
    assert found.found.complete
    assert found.found.core == ("A",)
    assert set(found.found.swing) == {"B", "C"}
    assert found.sites["role"].tolist() == ["core", "swing", "swing"]
    assert found.sites["plans"].tolist() == [2, 1, 1]
    assert "必选：A" in found.summary()


def test_why_not_is_asked_by_id_or_name(two):
    said = why_not(two, "丙")
    assert (said["site_id"], said["verdict"]) == ("C", "free")
    assert (said["out"], said["covered_change"], said["cost_change"]) == (["B"], 0.0, 20.0)
    assert said["bound"] == 67.0
    assert why_not(two, "A")["verdict"] == "chosen"
    assert why_not(two, "F1")["verdict"] == "existing"
    assert why_not(two, "丁")["verdict"] == "rejected"
    with pytest.raises(UnknownIdError, match="无此处"):
        why_not(two, "无此处")


def test_the_curve_rises_by_what_each_adds(town):
    found = curve(town, 9, where="sites")
    assert found.table["covered"].tolist() == [50.0, 62.0, 67.0, 67.0]
    assert found.table["bound"].tolist() == [50.0, 62.0, 67.0, 67.0]
    assert len(found.sentences("en")) == 4
    sums = curve(town, [9.0, 10.0, 30.0], where="sites").table
    assert sums["covered"].tolist() == [50.0, 62.0, 67.0]


def test_phases_nest(town):
    found = phases(town, [(2025, 1), (2030, 1)], where="sites")
    assert found.sites[["site_id", "year"]].to_numpy().tolist() == [["A", 2025], ["B", 2030]]
    assert found.table["covered"].tolist() == [62.0, 67.0]
    assert "2030" in found.summary("en")
    money = phases(town, [(2025, 10.0), (2030, 20.0)], by="budget", where="sites")
    assert money.table["cost"].tolist() == [10.0, 20.0]


def test_stability_sets_the_plan_beside_those_made_for_each_scenario(town):
    one = site(town, p=1, where="sites")
    found = stability(one, more=9.0, slower=0.5, lost=1)
    # 9 times more in 乙县: 50 elders newly there, 12 here
    assert found.scenarios.loc["more_乙县", ["covered", "best"]].tolist() == [242.0, 280.0]
    assert found.scenarios.loc["more_甲区", "regret_share"] == 0.0
    # a walk of 450 m: F1 serves nobody, A 12, B 5, C 20 - no: 2.9 to 2.3 is 600 m
    assert found.scenarios.loc["slower", ["covered", "best"]].tolist() == [12.0, 12.0]
    # F1 lost: A serves 42, C 25
    assert found.scenarios.loc["lost_F1", ["covered", "best"]].tolist() == [42.0, 42.0]
    assert found.sites.loc["A", ["times", "share"]].tolist() == [3, 0.75]
    assert "4" in found.summary("en")
    with pytest.raises(InputError, match="slower"):
        stability(one, slower=0.0)


def test_what_cannot_be_asked_beside_a_plan_is_refused(town):
    median = site(town, model="p_median", p=1, where="sites")
    fair = site(town, p=1, where="sites", aim="max_min")
    none = site(town, model="lscp", p=0, where="sites")
    for found, word in ((median, "p_median"), (fair, "counties"), (none, "p = 0 is not enough")):
        with pytest.raises(InputError, match=word):
            alternatives(found)
        with pytest.raises(InputError):
            stability(found)
    with pytest.raises(InputError):
        why_not(none, "A")


def test_gaps_are_of_townships(town):
    found = gaps(town, "floor")
    assert found["gap"].to_dict() == {
        "421303001": 10.0, "421303002": 0.0, "421321001": 10.0, "421321002": 10.0,
    }  # fmt: skip
    assert set(found["rule_id"]) == {"ELD-03"}


def test_no_data_is_not_no_gap(tmp_path):
    city = open_workspace(write_town(tmp_path / "ws", candidate_sites=SITES))
    units = city.layers["admin_units"]
    units.loc[units["unit_code"] == "421303001", "households"] = None
    found = site(city, model="close_gap")
    assert "421303001" not in found.plan.extra["take_m2"]["group"].tolist()
    told = proposals(site(city, p=2, where="sites")).set_index("site_id")
    assert np.isnan(told.loc["A", "gap_before_m2"])
    assert np.isnan(told.loc["A", "gap_after_m2"])
    assert told.loc["A", "gap_status"] == "no_data"
    assert "另有 1 个乡镇" in found.summary()
    assert "1 more are not counted" in found.summary("en")
    units["households"] = None
    with pytest.raises(InputError, match="No township"):
        site(city, model="close_gap")


def test_a_policy_without_the_rule_has_no_gap_to_tell(two, tmp_path):
    city = open_workspace(write_town(tmp_path / "ws", candidate_sites=SITES))
    rules = {name: rule for name, rule in city.policy.rules.items() if name != "ELD-03"}
    city.policy = replace(city.policy, rules=rules)
    told = proposals(site(city, p=2, where="sites"))
    assert told["site_id"].tolist() == two.sites["site_id"].tolist()
    assert told[["gap_before_m2", "gap_after_m2"]].isna().all(axis=None)
    with pytest.raises(InputError, match="No township"):
        site(city, model="close_gap")
