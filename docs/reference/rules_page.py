"""
Makes ``rules.md``: clause -> rule -> test -> value on the demo city.

``python docs/reference/rules_page.py DEMO`` writes the page; a test holds it to the code.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from geoplan import indicators
from geoplan.policy import KINDS
from geoplan.reports.model import goal, quantity, status_word
from geoplan.workspace import judge, open_workspace

if TYPE_CHECKING:
    from geoplan.policy import Policy

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference" / "rules.md"
SPEC = ROOT / "tests" / "spec"
_HEAD = """# Rules, tests and values

Made by `python docs/reference/rules_page.py data/demo`; a test holds it to the code. Every rule of
the policy in force, by clause: how it is measured, the spec test that quotes its words, and what
it says of the demo city (演示数据·非真实). «pending» belongs to a later part of geoplan; «applied»
is a method that the others use.

"""


def tests_by_rule() -> dict[str, str]:
    """Return for each rule id (as in a test's name) the spec file that tests it."""
    found: dict[str, str] = {}
    for file in sorted(SPEC.rglob("test_*.py")):
        text = file.read_text(encoding="utf-8")
        where = file.relative_to(SPEC).as_posix()
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and "__" in node.name:
                found.setdefault(node.name.split("__")[0], where)
        for rule in re.findall(r'^    \("(PLN-\d+)"', text, re.MULTILINE):
            found.setdefault(name_of(rule), where)
    return found


def name_of(rule_id: str) -> str:
    """Return the beginning of the names of a rule's tests."""
    return "test_" + rule_id.lower().replace("-", "_").replace(".", "_")


def page(policy: Policy, checks: pd.DataFrame) -> str:
    """Return the page's text."""
    matrix = indicators.coverage_matrix(policy)
    city = checks[checks["level"] == "prefecture"].drop_duplicates("rule_id").set_index("rule_id")
    tests = tests_by_rule()
    lines = [
        "| clause | rule | what | measure | spec test | demo city | target | verdict |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in matrix.itertuples():
        test = tests.get(name_of(row.rule_id), "")
        link = f"[{Path(test).stem}](../../tests/spec/{test})" if test else "–"
        kind = KINDS[policy.rule(row.rule_id).kind].zh
        value, target, verdict = "–", "–", f"{row.state} ({row.part})"
        if row.state == "judged" and row.rule_id in city.index:
            found = city.loc[row.rule_id]
            value, verdict = quantity(found["value"], found["unit"]), status_word(found["status"])
            target = goal(found) if pd.notna(found["target"]) else "–"
        lines.append(
            f"| {row.clause} | {row.rule_id} | {row.title_zh} | {kind} | {link} | {value} | "
            f"{target} | {verdict} |"
        )
    return _HEAD + "\n".join(lines) + "\n"


def main() -> None:
    """Write the page from a demo workspace."""
    city = open_workspace(sys.argv[1] if len(sys.argv) > 1 else ROOT / "data" / "demo")
    PAGE.write_text(page(city.policy, judge(city, city.network())), encoding="utf-8")


if __name__ == "__main__":
    main()
