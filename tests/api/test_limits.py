"""Limits: how often one key or address may ask, how many heavy requests run, how large they are."""

from __future__ import annotations

import threading

import pytest
from fixtures.service import is_problem, service
from fixtures.two_counties import write_workspace
from geoplan_api.app import create_app
from geoplan_api.busy import TooManyRequestsError
from geoplan_api.limits import Heavy, Rate
from geoplan_api.settings import Settings
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

LIVE = "/health/live"
ASKED = "/basemaps"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_workspace(tmp_path_factory.mktemp("two-counties"))


def passes(rate: Rate, who: str, cost: float = 1.0) -> bool:
    try:
        rate.take(who, cost)
    except TooManyRequestsError:
        return False
    return True


def test_a_burst_then_a_steady_rate_each_for_itself():
    second = [0.0]
    rate = Rate(2.0, 5, lambda: second[0])
    assert [passes(rate, "a") for _ in range(7)] == [True] * 5 + [False] * 2
    assert passes(rate, "b")
    second[0] = 0.5  # one more is earned
    assert [passes(rate, "a") for _ in range(2)] == [True, False]
    second[0] = 1000.0  # never more than the burst
    assert sum(passes(rate, "a") for _ in range(20)) == 5


def test_the_time_to_wait_is_said_and_enough():
    second = [0.0]
    rate = Rate(0.1, 1, lambda: second[0])
    rate.take("a")
    with pytest.raises(TooManyRequestsError) as told:
        rate.take("a")
    assert told.value.headers == {"Retry-After": "10"}
    second[0] = 10.0
    rate.take("a")


@given(st.lists(st.tuples(st.floats(0, 5), st.sampled_from("ab")), max_size=60))
def test_in_no_window_are_there_more_than_burst_and_rate(asked):
    second = [0.0]
    rate = Rate(3.0, 4, lambda: second[0])
    let_in = []
    for pause, who in asked:
        second[0] += pause
        if passes(rate, who):
            let_in.append((second[0], who))
    for who in "ab":
        times = [t for t, w in let_in if w == who]
        for i, start in enumerate(times):
            for n, end in enumerate(times[i:], start=1):
                assert n <= 4 + 3.0 * (end - start) + 1e-6


def test_strangers_take_no_memory_for_ever():
    rate = Rate(1.0, 1, lambda: 0.0)
    for k in range(30_000):
        rate.take(f"10.{k}")
    assert len(rate._buckets) == 10_000


def test_too_many_requests_are_told_when_to_come_back(folder):
    client = service(folder, "public", rate_per_s=0.01, rate_burst=3)
    assert [client.get(ASKED).status_code for _ in range(4)] == [200, 200, 200, 429]
    answer = client.get(ASKED)
    body = is_problem(answer, 429, "too_many_requests")
    assert int(answer.headers["retry-after"]) == body["context"]["retry_after_s"] >= 1
    assert client.get(LIVE).status_code == 200  # a probe is not counted


def test_wrong_keys_cost_their_address_more(folder):
    settings = Settings(workspace=folder, rate_per_s=0.01, rate_burst=120, warm=False)
    guesser = TestClient(create_app(settings))
    wrong = {"X-API-Key": "gp_00000000_" + "A" * 43}
    assert [guesser.get(LIVE, headers=wrong).status_code for _ in range(5)] == [401] * 3 + [429] * 2


def test_only_so_many_heavy_requests_run_at_once():
    heavy, ran = Heavy(2), []
    heavy.enter()
    heavy.enter()
    waiting = threading.Thread(target=lambda: (heavy.enter(), ran.append(1)))
    waiting.start()
    assert ran == []
    heavy.leave()  # the one that waits gets it
    waiting.join(5)
    assert ran == [1]


def test_one_heavy_request_too_many_is_told_to_come_later(folder, monkeypatch):
    monkeypatch.setattr("geoplan_api.limits._PATIENCE_S", 0.0)
    client = service(folder, heavy_at_once=1)
    turns: Heavy = client.app.state.heavy
    turns.enter()
    answer = client.post("/boundaries/impact", json={})
    is_problem(answer, 503, "heavy_load")
    assert answer.headers["retry-after"] == "5"
    assert client.get(ASKED).status_code == 200  # a light one goes on
    turns.leave()
    for _ in range(3):  # an error gives the turn back too
        is_problem(client.post("/boundaries/impact", json={}), 400)


def test_long_addresses_and_headers_are_refused(folder):
    client = service(folder, max_header_kb=4)
    assert client.get(LIVE, headers={"X-Any": "a" * 3000}).status_code == 200
    is_problem(client.get(LIVE, headers={"X-Any": "a" * 5000}), 431, "long_headers")
    is_problem(client.get("/boundaries/lines", params={"level": "a" * 5000}), 431, "long_headers")
