"""
ELD-01 四(一)1(1)：“严格按照人均用地不少于0.1平方米的标准，编制养老服务设施布局专项规划”.

Two population bases side by side, no verdict until the bureau confirms the denominator.
"""

from __future__ import annotations

import numpy as np
import pytest
from fixtures.small_city import SYSTEM, facilities, facility, one, units

from geoplan.errors import CodeSystemError
from geoplan.standards import check, measures
from geoplan.standards.explanation import explain


def run(policy, *rows, **cells):
    layers = {"admin_units": units(), "facilities": facilities(*rows)}
    return check(layers, policy, code_system=SYSTEM, rules=["ELD-01"], **cells)


@pytest.fixture
def confirmed(policy_with):
    return policy_with(denominator_confirmed=True)


def test_g8_need_gap_and_value(policy):
    """P = 20 000, land 1 500 m²: need 2 000, gap 500 m², 0.075 m²/person."""
    checks = run(policy, facility("f", "institution", "A1001", land_m2=1500.0))
    row = one(checks, "ELD-01", "A1", denominator="resident")
    assert row["value"] == pytest.approx(0.075)
    assert row["gap"] == pytest.approx(500.0)
    assert row["target"] == 0.1
    assert row["denominator_value"] == 20_000


def test_no_verdict_until_the_denominator_is_confirmed(policy, confirmed):
    land = facility("f", "institution", "A1001", land_m2=1500.0)
    assert set(run(policy, land)["status"]) == {"to_verify", "no_data"}
    assert one(run(confirmed, land), "ELD-01", "A1", denominator="resident")["status"] == "not_met"
    enough = facility("f", "institution", "A1001", land_m2=2000.0)
    assert one(run(confirmed, enough), "ELD-01", "A1", denominator="resident")["status"] == "met"


def test_both_bases_are_printed(policy):
    checks = run(policy, facility("f", "institution", "A1001", land_m2=1500.0))
    city = checks[checks["unit_code"] == "C"].set_index("denominator")
    assert city.loc["resident", "denominator_zh"] == "全市常住口径"
    assert city.loc["urban", "denominator_zh"] == "城镇口径"
    assert city.loc["resident", "gap"] == pytest.approx(3000 - 1500)
    assert city.loc["urban", "gap"] == pytest.approx(2000 - 1500)


def test_missing_land_is_never_zero(confirmed):
    checks = run(
        confirmed,
        facility("f", "institution", "A1001", land_m2=1500.0),
        facility("g", "institution", "A1002"),
    )
    row = one(checks, "ELD-01", "A1", denominator="resident")
    assert row["status"] == "to_verify"
    assert (row["missing"], row["completeness_share"]) == (1, 0.5)
    assert np.isinf(row["value_max"])


def test_a_unit_without_population_has_no_data(confirmed):
    checks = run(confirmed, facility("f", "institution", "A3200", land_m2=50.0))
    row = one(checks, "ELD-01", "A3", denominator="resident")
    assert row["status"] == "no_data"
    assert np.isnan(row["value"])


def test_closed_and_other_facilities_do_not_count(policy):
    checks = run(
        policy,
        facility("f", "institution", "A1001", land_m2=1500.0, status="closed"),
        facility("g", "lottery_outlet", "A1001", land_m2=900.0),
        facility("h", "institution", "A1001", land_m2=10.0, lease_end="2020-01-01"),
    )
    assert one(checks, "ELD-01", "A1", denominator="resident")["numerator"] == 0.0


def test_eld_02_embedded_land_is_apportioned(policy):
    """ELD-02: land of an embedded facility = site × its floor ÷ the building's floor."""
    row = facility("f", "community_elderly", "A1001", floor_m2=500.0, site_m2=4000.0,
                   building_floor_m2=10_000.0)  # fmt: skip
    checks = run(policy, row)
    assert one(checks, "ELD-01", "A1", denominator="resident")["numerator"] == pytest.approx(200.0)


def test_codes_of_another_system_are_refused_not_called_empty(policy):
    layers = {"admin_units": units(), "facilities": facilities()}
    with pytest.raises(CodeSystemError, match="toy"):
        check(layers, policy, code_system="nbs-2023")


def test_functional_units_are_no_township(policy):
    checks = run(policy, facility("f", "institution", "A1001", land_m2=1.0))
    assert "A9" not in set(checks["unit_code"])


def test_facility_known_only_by_its_town_counts(policy):
    checks = run(policy, facility("f", "institution", "A2", land_m2=300.0))
    assert one(checks, "ELD-01", "A2", denominator="resident")["numerator"] == 300.0
    assert one(checks, "ELD-01", "C", denominator="resident")["numerator"] == 300.0


def test_the_explanation_shows_the_numbers(policy):
    checks = run(policy, facility("f", "institution", "A1001", land_m2=1500.0))
    row = one(checks, "ELD-01", "A1", denominator="resident")
    zh, en = explain(row, policy), explain(row, policy, lang="en")
    assert "1,500.00 ÷ (20,000)" in zh
    assert "缺口 500.00 平方米" in zh
    assert "short by 500.00 m2" in en
    assert policy.digest[:12] in zh


def test_status_words():
    assert measures.STATUS == ("met", "not_met", "to_verify", "no_data", "no_target")
