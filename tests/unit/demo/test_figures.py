"""The figures: shares that follow from their register, counties that add up, gaps meant to be."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from geoplan.demo import figures as demo_figures
from geoplan.demo.facts import CITY, COUNTIES
from geoplan.io import read_policy

SERIES = ("IND.1", "IND.1-consumption", "IND.2", "IND.3", "IND.4", "IND.5", "IND.6", "IND.11",
          "IND.15")  # fmt: skip


@pytest.fixture(scope="module")
def figures(layers):
    return layers["indicator_figures"]


@pytest.fixture(scope="module")
def policy():
    return read_policy("suizhou-2022")


def of(figures, indicator, period="2025"):
    rows = figures[(figures["indicator_id"] == indicator) & (figures["period"] == period)]
    return rows.set_index("unit_code")


def with_station(layers, kind):
    register = layers["facilities"]
    there = register[(register["facility_kind"] == kind) & (register["status"] == "operating")]
    parent = layers["admin_units"].set_index("unit_code")["parent_code"]
    return set(there["unit_code"].map(parent))


def test_every_figure_is_of_a_rule_and_a_unit(figures, layers, policy):
    assert set(figures["indicator_id"]) - set(policy.rules) == {"IND.1-consumption"}
    assert policy.rule("IND.1").options.against == "IND.1-consumption"
    assert set(figures["unit_code"]) <= set(layers["admin_units"]["unit_code"])


def test_value_follows_from_the_register(figures):
    rows = figures[figures["denominator"].notna()]
    assert rows["numerator"].notna().all()
    assert (rows["numerator"] >= 0).all()
    nobody = rows["denominator"] == 0
    assert rows.loc[nobody, "value"].isna().all()
    told = rows[~nobody]
    share = (100.0 * told["numerator"] / told["denominator"]).round(2)
    np.testing.assert_allclose(told["value"], share, rtol=0, atol=1e-9)
    assert (told.loc[told["indicator_id"] != "PLN-129", "value"] <= 100.0).all()
    assert figures.loc[figures["denominator"].isna(), "value"].notna().all()


def test_the_city_is_the_sum_of_its_counties(figures):
    now = figures[figures["period"] == "2025"].set_index("unit_code")
    checked = 0
    for indicator, rows in now.groupby("indicator_id"):
        if CITY not in rows.index or not set(COUNTIES) <= set(rows.index):
            continue
        columns = ["numerator", "denominator"]
        if indicator == "ELD-21":
            columns = ["value"]
        elif rows["denominator"].isna().any():
            continue
        total = rows.loc[list(COUNTIES), columns].sum()
        assert rows.loc[CITY, columns].tolist() == total.tolist(), indicator
        checked += 1
    assert checked > 25


def test_registers_count_what_other_layers_hold(figures, layers):
    register, units = layers["facilities"], layers["admin_units"]
    open_ = register[register["status"] == "operating"]
    homes = open_["facility_kind"].isin(["institution", "hardship_institution"]).sum()
    villages = units[(units["level"] == "village") & ~units["neighbour"]]
    cemeteries = layers["cemeteries"]
    expected = {
        "ELD-22": homes, "PLN-090": homes, "COM-08": 1009, "PLN-030": 842, "PLN-106": 46 + 1009,
        "IND.5": (open_["facility_kind"] == "marriage_office").sum(),
        "ELD-23": open_["facility_kind"].isin(["hospital", "tcm_hospital"]).sum(),
        "PLN-135": (cemeteries["status"] == "operating").sum(),
    }  # fmt: skip
    for indicator, count in expected.items():
        assert of(figures, indicator).loc[CITY, "denominator"] == count, indicator
    assert len(villages) == 1009
    deaths = [of(figures, name)["denominator"].to_dict() for name in ("PLN-129", "CEM-11")]
    assert deaths[0] == deaths[1]


def test_the_indicators_have_a_series_and_a_little_later_data(figures):
    for indicator in SERIES:
        rows = figures[(figures["indicator_id"] == indicator) & (figures["unit_code"] == CITY)]
        years = sorted(set(rows["period"]) - {"2026"})
        assert years == list(demo_figures.YEARS), indicator
    later = figures[figures["period"] == "2026"]
    assert sorted(later["indicator_id"]) == ["IND.11", "IND.3"]
    assert (figures["source_date"].dt.year.astype(str) == figures["period"]).all()
    assert set(figures["period"]) == {*demo_figures.YEARS, "2026"}


def test_counts_say_their_unit(figures, policy):
    for indicator, unit in (("IND.11", "person"), ("IND.15", "person"), ("ELD-21", "household")):
        assert set(figures.loc[figures["indicator_id"] == indicator, "figure_unit"]) == {unit}
    assert policy.rule("IND.11").unit == "10k_person"


def test_growth_holds_against_the_same_and_the_year_before(figures):
    own, other = (
        figures[(figures["indicator_id"] == name) & (figures["unit_code"] == CITY)]
        .set_index("period")["value"]
        for name in ("IND.1", "IND.1-consumption")
    )  # fmt: skip
    assert (own >= other).all()
    assert (own.iloc[1:].to_numpy() >= other.iloc[:-1].to_numpy()).all()


def test_one_county_has_not_reported(figures):
    assert set(of(figures, "PLN-025").index) == {"421303", "421321"}
    assert (of(figures, "PLN-025")["value"] == 100.0).all()
    assert not (figures["indicator_id"].eq("PLN-025") & figures["unit_code"].eq(CITY)).any()


@pytest.mark.parametrize("indicator", ["PLN-022", "PLN-042", "PLN-137"])
def test_some_rules_have_no_figures(figures, policy, indicator):
    assert indicator in policy.rules
    assert indicator not in set(figures["indicator_id"])


def test_some_targets_are_missed(figures, policy):
    assert of(figures, "CEM-12").loc[CITY, "value"] < policy.rule("CEM-12").value == 70
    conditions = of(figures, "PLN-047")
    assert conditions["numerator"].sum() == 41 - 4
    files = of(figures, "PLN-105")
    assert (files["value"] < 100).sum() == 3
    assert files["value"].min() > 90


def test_a_register_with_nobody_in_it(figures):
    for indicator in ("CEM-14", "CEM-15"):
        rows = of(figures, indicator)
        assert rows.loc["421321", ["numerator", "denominator"]].tolist() == [0.0, 0.0]
        assert rows.loc[CITY, "value"] == 100.0


def test_townships(figures, layers):
    towns = layers["admin_units"].query("level == 'township' and kind != 'functional'")
    towns = set(towns.loc[~towns["neighbour"], "unit_code"])
    streets = {c for c in towns if int(c[6:]) < 100}
    assert len(towns) == 46
    assert set(of(figures, "PLN-032").index) == streets
    for indicator in ("ELD-24", "PLN-047", "PLN-105", "PLN-107"):
        assert set(of(figures, indicator).index) == towns
    told = of(figures, "FAC-06")
    workers = set(told.index[told["value"] > 0])
    stations = with_station(layers, "child_protection_station")
    assert not workers & stations
    assert len(towns - stations - workers) == 4
    good = of(figures, "PLN-047").query("numerator > 0").index
    assert set(good) <= with_station(layers, "social_work_station")


def test_villages_with_a_council(figures, layers):
    units = layers["admin_units"]
    rural = set(units.loc[units["kind"].eq("village") & ~units["neighbour"], "unit_code"])
    rows = of(figures, "PLN-029")
    assert set(rows.index) <= rural
    assert 0.01 <= 1 - len(rows) / len(rural) <= 0.02
    assert (rows["denominator"] == 1).all()
    assert 0.9 < rows["numerator"].mean() < 1.0
    others = figures[figures["unit_code"].str.len() == 12]
    assert set(others["indicator_id"]) == {"PLN-029"}


def test_all_invented_and_said_so(figures):
    assert figures["synthetic"].all()
    assert (figures["note"] == "演示数据").all()
    assert pd.api.types.is_float_dtype(figures["value"])
