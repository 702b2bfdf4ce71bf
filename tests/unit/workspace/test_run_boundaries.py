"""Boundaries in the main job: judged, on the board, in the papers, and never in the way."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from geoplan import boundaries, indicators
from geoplan.errors import InputError
from geoplan.standards import explain
from geoplan.workspace import compute, judge, judging, mainjob, open_workspace
from geoplan.workspace.judging import together


def only_boundaries(patch):
    """Leave of the main job what reads, one indicator, and the boundaries."""
    whole, few = judging.judge_standards, {"rules": ["IND.3"]}
    patch.setattr(judging, "judge_standards", lambda w, net, **_: whole(w, net, **few))
    for name in ("later", "urban", "estates", "network_or_none"):
        patch.setattr(judging, name, lambda *_: None)
    for name in ("_reach", "_areas"):
        patch.setattr(mainjob, name, lambda *_: None)


@pytest.fixture(scope="module")
def found(demo):
    told = []
    with pytest.MonkeyPatch.context() as patch:
        only_boundaries(patch)
        result = compute(open_workspace(demo), on_progress=lambda *step: told.append(step))
    return result, told


def lines_of(checks):
    return checks[checks["rule_id"].str.startswith("BND-").to_numpy(dtype=bool)]


def test_every_rule_is_judged_and_on_the_board(found, policy):
    result, told = found
    rows = lines_of(result.report.checks)
    assert set(rows["rule_id"]) == set(boundaries.judged(policy))
    assert rows["synthetic"].all()
    board = indicators.board(result.report.checks, policy)
    assert set(lines_of(board)["rule_id"]) == set(boundaries.judged(policy))
    shares = [share for share, word in told if word.startswith("BND-")]
    assert len(shares) == len(boundaries.judged(policy))
    assert shares == sorted(shares)
    assert (0.70, "界线") in told


def test_the_demo_gives_every_rule_something_to_judge(found):
    city = lines_of(found[0].report.checks)
    city = city[city["level"] == "prefecture"]
    assert (city["status"] != "no_data").all()
    status = city.drop_duplicates("rule_id").set_index("rule_id")["status"]
    sound = {"BND-03", "BND-04", "BND-20", "BND-21", "BND-23", "BND-24", "BND-25"}
    assert set(status.index[status == "met"]) == sound
    assert set(status.index[status == "no_target"]) == {"BND-18", "BND-27"}
    missed = city[city["status"] == "not_met"]
    assert (missed["failing"] != "").all()
    assert (missed["gap"] > 0).all()


def test_one_rule_alone_and_explained(demo, policy):
    workspace = open_workspace(demo)
    rows = judge(workspace, None, rules=["BND-22"])
    assert set(rows["rule_id"]) == {"BND-22"}
    city = rows[rows["level"] == "prefecture"].iloc[0]
    for lang, said in (("zh", "与协议书长度不符"), ("en", "differs from the agreed length")):
        assert said in explain(city, policy, lang=lang)
    both = judge(workspace, None, rules=["IND.3", "BND-22"])
    assert set(both["rule_id"]) == {"IND.3", "BND-22"}
    assert judge(workspace, None, rules=["BND-22"], urban_only=True).empty


def test_a_table_of_units_is_no_data_for_lines(tmp_path):
    units = pd.DataFrame({"unit_code": ["421300", "421303"], "name": ["随州市", "曾都区"],
                          "level": ["prefecture", "county"], "kind": ["prefecture_city", "district"],
                          "parent_code": [None, "421300"]})  # fmt: skip
    units.to_csv(tmp_path / "admin_units.csv", index=False)
    (tmp_path / "workspace.toml").write_text(
        '[workspace]\nname = "t"\npolicy = "suizhou-2022"\n[layers.admin_units]\n'
        'path = "admin_units.csv"\n', encoding="utf-8",
    )  # fmt: skip
    try:
        rows = lines_of(judge(open_workspace(tmp_path), None))
    except InputError as error:
        pytest.fail(json.dumps(error.as_problem(), ensure_ascii=False))
    assert set(rows["status"]) == {"no_data"}


def test_what_cannot_be_judged_does_not_stop_the_rest(demo, monkeypatch):
    def broken(*_args, **_options):
        raise InputError("broken", zh="坏了", fix="mend it", fix_zh="修好")

    only_boundaries(monkeypatch)
    monkeypatch.setattr(judging.boundaries, "check", broken)
    result = compute(open_workspace(demo))
    assert set(result.skipped) == {"boundaries"}
    assert set(result.report.checks["rule_id"]) == {"IND.3"}


def test_parts_are_put_together():
    rows = pd.DataFrame({"a": ["x"]})
    assert together([None, None]).empty
    assert together([rows, None, pd.DataFrame(columns=["a"])])["a"].tolist() == ["x"]
    assert list(together([pd.DataFrame(columns=["a"])]).columns) == ["a"]
