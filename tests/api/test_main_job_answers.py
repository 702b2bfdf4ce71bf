"""The main job beside the requests: started once, waited for kindly, outdated ones told so."""

from __future__ import annotations

from threading import Event

import pytest
from fixtures.service import is_problem, service
from fixtures.walked_town import RELEASES, write_town
from geoplan_api import city as city_module
from geoplan_api.busy import StartingError
from geoplan_api.computed import Computed

from geoplan.errors import StoreUnavailableError

PATIENCE_S = 20


class Data:
    """A state of data, and a computing that is held until it is let go."""

    def __init__(self, *, held=False):
        self.state, self.computed, self.begun, self.go = "a", [], Event(), Event()
        self.failure = None
        if not held:
            self.go.set()

    def stamp(self):
        return self.state

    def compute(self, tell):
        state = self.state
        tell(0.3, "读取")
        self.begun.set()
        assert self.go.wait(PATIENCE_S)
        tell(0.6, "计算")
        self.computed.append(state)
        if self.failure is not None:
            raise self.failure
        return f"answers of {state}"

    def answers(self, patience_s=PATIENCE_S):
        return Computed(self.compute, self.stamp, patience_s=patience_s)


def test_the_same_data_are_computed_once():
    data = Data()
    answers = data.answers()
    assert answers.get() == ("answers of a", False)
    assert answers.get() == ("answers of a", False)
    assert data.computed == ["a"]


def test_who_asks_while_it_starts_is_told_how_far_it_is():
    data = Data(held=True)
    answers = data.answers(patience_s=0.01)
    answers.begin()
    assert data.begun.wait(PATIENCE_S)
    assert not answers.ready
    with pytest.raises(StartingError) as starting:
        answers.get()
    assert starting.value.context["progress_pct"] == 30
    assert int(starting.value.headers["Retry-After"]) >= 1
    data.go.set()
    told = []
    assert answers.get(tell=lambda *said: told.append(said)) == ("answers of a", False)
    assert data.computed == ["a"]


def test_after_an_edit_the_older_answers_are_given_and_said_to_be():
    data = Data()
    answers = data.answers()
    answers.get()
    data.go.clear()
    data.begun.clear()
    data.state = "b"
    assert answers.get() == ("answers of a", True)
    assert data.begun.wait(PATIENCE_S)
    assert answers.get() == ("answers of a", True)
    data.go.set()
    assert answers.get(tell=lambda *_: None) == ("answers of b", False)
    assert data.computed == ["a", "b"]


def test_an_edit_while_it_computes_is_computed_after():
    data = Data(held=True)
    answers = data.answers()
    answers.begin()
    assert data.begun.wait(PATIENCE_S)
    data.state = "b"
    answers.begin()
    answers.begin()
    data.go.set()
    assert answers.get(tell=lambda *_: None) == ("answers of b", False)
    assert data.computed == ["a", "b"]


def test_without_patience_limits_no_older_answer_is_given():
    data = Data()
    answers = data.answers(patience_s=None)
    answers.get()
    data.state = "b"
    assert answers.get() == ("answers of b", False)


def test_a_failure_is_told_and_tried_again():
    data = Data()
    data.failure = StoreUnavailableError("x", zh="x", fix="x", fix_zh="x")
    answers = data.answers()
    with pytest.raises(StoreUnavailableError):
        answers.get()
    data.failure = None
    assert answers.get() == ("answers of a", False)


def test_a_failure_after_an_edit_leaves_the_older_answers():
    data = Data()
    answers = data.answers()
    answers.get()
    data.state, data.failure = "b", StoreUnavailableError("x", zh="x", fix="x", fix_zh="x")
    with pytest.raises(StoreUnavailableError):
        answers.get(tell=lambda *_: None)
    assert answers.get() == ("answers of a", True)


def test_closing_ends_the_computing_where_it_next_tells():
    data = Data(held=True)
    answers = data.answers()
    answers.begin()
    assert data.begun.wait(PATIENCE_S)
    answers.close()
    data.go.set()
    with pytest.raises(StartingError):
        answers.get(tell=lambda *_: None)
    assert data.computed == []
    assert not answers.ready


def test_the_service_says_when_to_ask_again(tmp_path, monkeypatch):
    monkeypatch.setattr(city_module, "_PATIENCE_S", 0.0)
    folder = write_town(tmp_path / "ws", releases=RELEASES)
    with service(folder, "planner", warm=True) as client:
        city = client.app.state.city
        assert client.get("/collections").status_code == 200  # what needs no answers has no wait
        answer = client.get("/standards/checks")
        if answer.status_code != 200:  # it may be that quick
            is_problem(answer, 503, "starting")
            assert int(answer.headers["Retry-After"]) >= 1
        city.computed.get(tell=lambda *_: None)
        body = client.get("/standards/checks").json()
        assert body["outdated"] is False
        assert body["rows"]


def test_it_is_computed_from_the_start(tmp_path):
    with service(write_town(tmp_path / "ws"), "planner", warm=True) as client:
        computed = client.app.state.city.computed
        told = []
        computed.get(tell=lambda *said: told.append(said))
        assert computed.ready
