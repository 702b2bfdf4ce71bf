"""The committed tables: counts, parents, codes of two systems, census."""

from __future__ import annotations

import numpy as np
import pytest

from geoplan.demo import facts as demo_facts
from geoplan.demo.names import plain_name, split_name


@pytest.fixture(scope="module")
def facts() -> demo_facts.Facts:
    return demo_facts.load()


def test_counts_of_units(facts):
    units = facts.units
    assert (units["level"] == "county").sum() == 3
    assert len(facts.townships()) == 46
    assert (facts.townships()["kind"] == "street").sum() == 9
    assert (units["kind"] == "functional").sum() == 5
    villages = facts.villages()
    assert len(villages) == 1009
    assert villages["kind"].value_counts().to_dict() == {"village": 842, "community": 167}


def test_every_village_has_a_statutory_township_as_parent(facts):
    villages = facts.villages()
    assert set(villages["parent_code"]) == set(facts.townships().index)
    assumed = villages[villages["parent_basis"] == "assumed"]
    assert len(assumed) == 21
    assert (assumed["stat_code"] != "").all()
    assert (assumed["parent_code"].str[:6] == assumed.index.str[:6]).all()


def test_kind_follows_the_code_range(facts):
    villages = facts.villages()
    number = villages.index.str[9:].astype(int)
    assert ((number < 200) == (villages["kind"] == "community")).all()


def test_crosswalk_goes_by_name_not_by_digits(facts):
    codes = facts.codes
    assert codes.groupby("code_system").size().to_dict() == {"mca-2025": 50, "nbs-2023": 50}
    assert not codes.duplicated(["code_system", "code"]).any()
    same_digits = codes[codes["code"] == "421321101"].set_index("code_system")["name"]
    assert same_digits.to_dict() == {"nbs-2023": "厉山镇", "mca-2025": "殷店镇"}


def test_census_sums_to_the_published_city_figures(facts):
    census = facts.census
    assert census["population"].sum() == 2_047_923
    assert census["population_urban"].sum() == 1_163_902
    assert census["households"].sum() == 731_415
    share = census["population_urban"] / census["population"]
    assert np.abs(share - census["urban_share"].astype(float)).max() <= 0.00005


def test_every_table_has_its_source_named():
    folder = demo_facts.default_folder()
    text = (folder / "SOURCES.md").read_text(encoding="utf-8")
    tables = sorted(p.name for p in folder.glob("*.csv"))
    assert tables == ["census_2020.csv", "seats.csv", "unit_codes.csv", "units.csv"]
    assert all(f"`{name}`" in text for name in tables)


def test_seats(facts):
    assert len(facts.seats) == 36
    assert set(facts.seats.index) <= set(facts.townships().index)


@pytest.mark.parametrize(
    ("weights", "total", "lower", "upper"),
    [([1, 1, 1], 10, 0, None), ([5, 1, 0], 7, 1, None), ([9, 1, 1], 8, 0, [3, 3, 3]),
     ([0, 0, 0], 5, 0, [4, 4, 4]), ([1, 2, 3], 0, 0, None)],
)  # fmt: skip
def test_apportion_is_exact_and_keeps_to_its_limits(weights, total, lower, upper):
    limit = None if upper is None else np.array(upper)
    parts = demo_facts.apportion(np.array(weights, float), total, lower=lower, upper=limit)
    assert parts.sum() == total
    assert (parts >= lower).all()
    assert limit is None or (parts <= limit).all()


@pytest.mark.parametrize(
    ("official", "kind", "name"),
    [("石庙村村民委员会", "village", "石庙村"), ("乌龙巷居委会（社区）", "community", "乌龙巷社区"),
     ("首义社区居委会", "community", "首义社区"), ("新春村委会", "village", "新春村"),
     ("寨塆居委会", "community", "寨塆社区"), ("西城街道", "street", "西城街道")],
)  # fmt: skip
def test_plain_name(official, kind, name):
    assert plain_name(official, kind) == name


def test_split_name():
    assert split_name("西城街道") == ("西城", "街道")
    assert split_name("随州市") == ("随州", "市")
    assert split_name("石庙村") == ("石庙", "村")
