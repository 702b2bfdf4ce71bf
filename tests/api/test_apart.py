"""The main job in another process says what it says here, errors included, and can be ended."""

from __future__ import annotations

import multiprocessing

import pandas as pd
import pytest
from fixtures.two_counties import write_workspace
from geoplan_api.apart import Asked, compute_apart

from geoplan.errors import MissingFileError
from geoplan.workspace import compute, open_workspace


def asked(folder, **more):
    return Asked(folder, more.get("policy"), more.get("store"))


def test_the_same_answers_with_progress(tmp_path):
    folder = write_workspace(tmp_path)
    told: list[tuple[float, str]] = []
    found = compute_apart(asked(folder), lambda share, word: told.append((share, word)))
    here = compute(open_workspace(folder))
    pd.testing.assert_frame_equal(found.report.checks, here.report.checks)
    assert found.skipped.keys() == here.skipped.keys()
    assert {type(e) for e in found.skipped.values()} == {type(e) for e in here.skipped.values()}
    assert max(share for share, _ in told) > 0.5
    assert multiprocessing.active_children() == []


def test_an_error_comes_across_whole(tmp_path):
    with pytest.raises(MissingFileError) as caught:
        compute_apart(asked(tmp_path / "none"), lambda *_: None)
    assert caught.value.code == "missing_file"
    assert "workspace.toml" in caught.value.render("zh")
    assert caught.value.as_problem("en")["context"]


def test_it_ends_when_nobody_wants_it(tmp_path):
    class EnoughError(Exception):
        pass

    def stop(*_):
        raise EnoughError

    with pytest.raises(EnoughError):
        compute_apart(asked(write_workspace(tmp_path)), stop)
    assert multiprocessing.active_children() == []
