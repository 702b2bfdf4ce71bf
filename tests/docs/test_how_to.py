"""The how-to pages do what they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_helsinki(tmp_path, monkeypatch):
    text = (ROOT / "docs" / "how-to" / "helsinki.md").read_text("utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    exec(compile(code, "helsinki.md", "exec"), names)  # noqa: S102  (our own page)
    result = names["result"]
    assert result.skipped == {}
    assert result.report.metric_crs == "EPSG:32635"
    assert not result.report.synthetic
    facts = result.report.facts
    assert facts["edges"] > 4000
    assert facts["circle_facilities"] == 2  # the extract has two elder-care places
    cover = result.report.coverage
    city = cover[(cover["level"] == "prefecture") & (cover["group"] == "persons")
                 & (cover["service"] == "any")].set_index("limit_min")  # fmt: skip
    assert city.loc[15.0, "persons"] == facts["doors"] > 400
    assert 0 < city.loc[5.0, "cov_share"] < city.loc[15.0, "cov_share"] <= 1
    checks = result.report.checks
    assert set(checks.loc[checks["rule_id"] == "ELD-03", "status"]) == {"no_data"}
    assert (tmp_path / "helsinki-results" / "map.html").exists()
