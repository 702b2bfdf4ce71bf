"""The page of rules is what the policy, the spec tests and the demo city say."""

from __future__ import annotations

import importlib.util

import pytest

from geoplan.workspace import judge, open_workspace


@pytest.fixture(scope="module")
def maker(root):
    spec = importlib.util.spec_from_file_location(
        "rules_page", root / "docs/reference/rules_page.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_judged_rule_of_the_plan_has_a_spec_test(maker, policy):
    from geoplan import boundaries, standards

    tests = maker.tests_by_rule()
    rules = (*standards.judged(policy), *boundaries.judged(policy))
    assert [r for r in rules if maker.name_of(r) not in tests] == []


def test_the_page_is_what_the_demo_says(maker, demo):
    city = open_workspace(demo)
    made = maker.page(city.policy, judge(city, city.network()))
    assert maker.PAGE.read_text(encoding="utf-8") == made, (
        "run: python docs/reference/rules_page.py data/demo"
    )
