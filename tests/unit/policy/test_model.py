"""Rules and parameters: what they answer, and that they cannot be changed."""

from __future__ import annotations

import pickle
import subprocess
import sys
from dataclasses import FrozenInstanceError
from datetime import date

import pytest

from geoplan.errors import InputError, PolicyError, UnknownIdError
from geoplan.policy import parse_policy


def test_strictly_more_than_thirty(suizhou):
    for rule in (suizhou.rule("IND.14"), suizhou.rule("COM-01")):
        assert rule.operator == ">"
        assert not rule.meets(30.0)
        assert not rule.meets(30.0 + 1e-10)
        assert not rule.meets(29.99)
        assert rule.meets(30.01)


def test_at_least_is_closed(suizhou):
    land = suizhou.rule("ELD-01")
    assert land.meets(0.1)
    assert land.meets(0.1 - 1e-17)
    assert not land.meets(0.0999)


@pytest.mark.parametrize(
    ("operator", "below", "at", "above"),
    [
        (">=", False, True, True),
        (">", False, False, True),
        ("<=", True, True, False),
        ("<", True, False, False),
        ("=", False, True, False),
    ],
)
def test_every_operator_below_at_and_above(small_text, operator, below, at, above):
    text = small_text.replace('operator = ">"\n', f'operator = "{operator}"\n')
    rule = parse_policy(text, file="a").rule("COM-01")
    assert [rule.meets(v) for v in (29, 30, 31)] == [below, at, above]
    assert not rule.meets(float("nan"))


def test_classes_are_judged_by_their_own_figure(suizhou):
    rule = suizhou.rule("ELD-03")
    assert rule.value is None
    assert rule.has_target
    assert (rule.target("new"), rule.target("existing")) == (20.0, 20.0)
    assert rule.meets(20, status="new")
    assert not rule.meets(12, status="existing")
    with pytest.raises(InputError, match="status"):
        rule.meets(20)
    with pytest.raises(UnknownIdError, match="Did you mean new"):
        rule.target("news")


def test_shares_meet_per_cent(suizhou):
    rule = suizhou.rule("ELD-09")
    assert rule.target_share == pytest.approx(0.6)
    assert rule.meets_share(28 / 46)
    assert not rule.meets_share(27 / 46)
    assert rule.meets_share(0.6)
    with pytest.raises(InputError, match="not a share"):
        suizhou.rule("ELD-01").meets_share(0.5)


@pytest.mark.parametrize(
    ("rule_id", "total", "needed"),
    [
        ("ELD-09", 46, 28),
        ("IND.10", 46, 23),
        ("IND.12", 46, 37),
        ("COM-04", 46, 46),
        ("ELD-10", 9, 9),
        ("IND.7", 3, 3),
        ("FIN-01", 100, 55),
        ("ELD-09", 0, 0),
    ],
)
def test_per_cent_of_units_becomes_whole_units(suizhou, rule_id, total, needed):
    assert suizhou.rule(rule_id).needed(total) == needed


def test_no_figure_no_verdict(suizhou):
    rule = suizhou.rule("PLN-034")
    assert not rule.has_target
    with pytest.raises(InputError, match="no single figure"):
        rule.meets(1)
    assert not suizhou.rule("ELD-07").has_target


def test_in_force_includes_both_ends(small_text):
    text = small_text.replace(
        '[rules."COM-01"]\n',
        '[rules."COM-01"]\neffective_from = 2022-02-07\neffective_to = 2025-12-31\n',
    )
    rule = parse_policy(text, file="a").rule("COM-01")
    assert rule.in_force(date(2022, 2, 7))
    assert rule.in_force(date(2025, 12, 31))
    assert not rule.in_force(date(2022, 2, 6))
    assert not rule.in_force(date(2026, 1, 1))


def test_what_is_not_verified_says_so(suizhou):
    assert suizhou.rule("ELD-01").basis_note() == ""
    assert suizhou.rule("BND-10").basis_note("en") == ""
    assert "一般知识" in suizhou.parameter("elder_walk_speed_m_s").basis_note("zh")
    assert "to be verified" in suizhou.parameter("elder_walk_speed_m_s").basis_note("en")
    assert "项目约定" in suizhou.parameter("snap_cap_m").basis_note()
    for entry in (*suizhou.rules.values(), *suizhou.parameters.values()):
        if entry.basis[0] in "MP":
            assert entry.basis_note("zh")
            assert entry.basis_note("en")


def test_parameters_by_type(suizhou):
    assert suizhou.value("elder_walk_speed_m_s") == 1.0
    assert suizhou.numbers("circle_limits_min") == (5.0, 10.0, 15.0)
    assert suizhou.flag("denominator_confirmed") is False
    assert suizhou.names("integrated_functions") == ("full_time", "day", "home")
    assert suizhou.names("capable_towns") == ()
    assert suizhou.text("no_burial_zone_profile") == "plan_literal"
    assert suizhou.title == "随州市民政事业发展“十四五”规划"
    assert suizhou.rule("ELD-01").title("en") == "Elder-care land per person"


@pytest.mark.parametrize(
    ("method", "name"),
    [
        ("value", "circle_limits_min"),
        ("value", "denominator_confirmed"),
        ("flag", "snap_cap_m"),
        ("numbers", "snap_cap_m"),
        ("numbers", "integrated_functions"),
        ("names", "circle_limits_min"),
        ("text", "snap_cap_m"),
    ],
)
def test_a_parameter_of_another_type(suizhou, method, name):
    with pytest.raises(PolicyError, match=name):
        getattr(suizhou, method)(name)


def test_unknown_names_suggest_the_nearest(suizhou):
    with pytest.raises(UnknownIdError, match="Did you mean elder_walk_speed_m_s"):
        suizhou.value("elder_walk_speed_ms")
    with pytest.raises(UnknownIdError, match="Did you mean COM-01"):
        suizhou.rule("COM-1")


def test_nothing_can_be_changed(suizhou):
    with pytest.raises(FrozenInstanceError):
        suizhou.rule("ELD-01").value = 0.2
    with pytest.raises(FrozenInstanceError):
        suizhou.id = "x"
    with pytest.raises(TypeError):
        suizhou.rules["ELD-01"] = None
    with pytest.raises(TypeError):
        suizhou.content["rules"]["ELD-01"]["value"] = 0.2


def test_a_policy_travels_between_processes(suizhou):
    again = pickle.loads(pickle.dumps(suizhou))  # noqa: S301
    assert again == suizhou
    assert again.rule("ELD-03") == suizhou.rule("ELD-03")
    assert "ELD-01" in repr(suizhou.rules)


def test_reading_a_policy_needs_no_pandas():
    code = (
        "import sys, geoplan.policy as p; "
        "print(sorted({'pandas', 'geopandas', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
