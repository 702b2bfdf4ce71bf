"""UNIT-01: by functional unit with the remainder, or by administrative unit: one city total."""

from __future__ import annotations

import pandas as pd
import pytest
from fixtures.small_city import SYSTEM, facilities, facility, units

from geoplan.errors import EmptyLayerError, InputError
from geoplan.standards import check, functional_totals


def layers(*members):
    table = pd.DataFrame(members, columns=["stat_code", "unit_code", "share"])
    places = facilities(
        facility("a", "daycare", "A1001", elder_floor_m2=300.0),
        facility("b", "daycare", "A1002", elder_floor_m2=400.0),
        facility("t", "daycare", "A1", elder_floor_m2=50.0),  # known only by its street
    )
    return {
        "admin_units": units(), "facilities": places, "stat_unit_members": table,
        "stat_units": pd.DataFrame({"stat_code": ["Z"], "name": ["开发区"]}),
    }  # fmt: skip


def found(policy, data, **options):
    return functional_totals(data, policy, code_system=SYSTEM, **options).set_index("stat_code")


def test_both_ways_come_to_the_same_total(policy):
    """A1001 (250 households, 300 m2) and half of A1002 (7,750, 400) are the zone's."""
    data = layers(("Z", "A1001", None), ("Z", "A1002", 0.5))
    table = found(policy, data)
    assert table.loc["Z", ["households", "area_m2"]].tolist() == [250 + 3_875, 300 + 200]
    assert table.loc["Z", "need_m2"] == 825.0
    assert table.loc["Z", "gap_m2"] == 325.0
    assert table.loc["Z", "name"] == "开发区"
    for column in ("persons", "households", "area_m2", "need_m2"):
        parts = table.loc[["Z", "remainder"], column].sum()
        assert parts == pytest.approx(table.loc["total", column])
    checks = check(data, policy, code_system=SYSTEM, rules=["ELD-03"])
    city = checks[(checks["level"] == "prefecture")].iloc[0]
    assert table.loc["total", "area_m2"] == city["numerator"]
    assert table.loc["total", "households"] == city["denominator_value"]


def test_a_whole_township_and_land(policy):
    data = layers(("Z", "A1", None))
    assert found(policy, data).loc["Z", "households"] == 8_000.0
    land = found(policy, data, rule="ELD-01")
    assert land.loc["Z", "need_m2"] == 2_000.0
    assert land.loc["total", "need_m2"] == 3_000.0


def test_unknown_stays_unknown(policy):
    table = found(policy, layers(("Z", "A3200", None)))
    assert pd.isna(table.loc["Z", "households"])
    assert pd.isna(table.loc["remainder", "households"])
    assert table.loc["total", "households"] == 10_000.0


def test_nobody_is_counted_twice(policy):
    with pytest.raises(InputError, match="一居委会"):
        found(policy, layers(("Z", "A1001", 0.7), ("Y", "A1001", 0.5)))
    with pytest.raises(EmptyLayerError):
        found(policy, {"admin_units": units(), "facilities": facilities()})
