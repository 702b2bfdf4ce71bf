"""Many editors at once through HTTP: one wins per version, nothing acknowledged is lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from fixtures.service import is_problem, service
from fixtures.two_counties import write_workspace

from geoplan import storage
from geoplan.storage.backups import backup

EDITORS = 50
NAMES = "/collections/place_names/items"


@pytest.fixture
def client(tmp_path, store_url):
    folder = write_workspace(tmp_path / "ws")
    with storage.create_registry(store_url) as registry:
        row = {"place_id": "P1", "standard_name": "长街", "geometry": None}
        registry.write([storage.Change("place_names", row)], who="甲", why="首次",
                       recorded_at=datetime(2026, 7, 1, tzinfo=UTC))  # fmt: skip
    with service(folder, "registrar", store=str(store_url), writable=True) as client:
        yield client


def edit(client, number: int, tag: str):
    body = {"type": "Feature", "properties": {"pinyin": f"editor {number}"}}
    return client.patch(f"{NAMES}/P1", json=body, headers={
        "If-Match": tag, "Content-Type": "application/merge-patch+json"})  # fmt: skip


@pytest.mark.slow
def test_of_fifty_editors_one_wins_per_version_and_the_others_are_told_the_newest(client):
    tag = client.get(f"{NAMES}/P1").headers["etag"]
    gate = Barrier(EDITORS)

    def at_once(number: int):
        gate.wait(30)
        return edit(client, number, tag)

    with ThreadPoolExecutor(EDITORS) as pool:
        answers = list(pool.map(at_once, range(EDITORS)))
    won = [(k, a) for k, a in enumerate(answers) if a.status_code == 200]
    assert len(won) == 1, sorted(a.status_code for a in answers)
    number, winner = won[0]
    now = client.get(f"{NAMES}/P1")
    assert now.json()["properties"]["pinyin"] == f"editor {number}"
    assert now.headers["etag"] != tag
    for loser in (a for a in answers if a is not winner):
        body = is_problem(loser, 412)
        newest = now.headers["etag"].removeprefix("W/").strip('"').partition(".")[0]
        assert newest in str(body["context"])
    history = client.app.state.city.registry.layer("place_names").history("P1")
    assert len(history) == 2  # the first one and the winner's


@pytest.mark.slow
def test_editors_that_read_again_all_get_in_one_after_the_other(client):
    def until_in(number: int) -> int:
        for tries in range(1, 200):
            tag = client.get(f"{NAMES}/P1").headers["etag"]
            answer = edit(client, number, tag)
            if answer.status_code == 200:
                return tries
            assert answer.status_code == 412, answer.text
        raise AssertionError(number)

    with ThreadPoolExecutor(8) as pool:
        tries = list(pool.map(until_in, range(16)))
    assert sum(tries) >= 16
    history = client.app.state.city.registry.layer("place_names").history("P1")
    assert sorted(history["pinyin"].dropna()) == sorted(f"editor {k}" for k in range(16))
    assert history["who"].tolist()[1:] == ["tester"] * 16


@pytest.mark.slow
def test_a_backup_while_serving_is_whole_and_stops_no_writer(client, tmp_path):
    """Whatever moment it is of, it verifies, and holds a beginning of what was acknowledged."""

    def add(number: int) -> str:
        body = {"type": "Feature", "id": f"N{number}", "geometry": None,
                "properties": {"standard_name": f"第{number}街"}}  # fmt: skip
        answer = client.post(NAMES, json=body, headers={"Content-Type": "application/geo+json"})
        assert answer.status_code == 201, answer.text
        return f"N{number}"

    files = [tmp_path / f"backup-{k}.gpkg" for k in range(3)]
    with ThreadPoolExecutor(4) as pool:
        written = [pool.submit(add, k) for k in range(40)]
        heads = [backup(client.app.state.city.registry, file) for file in files]
        acknowledged = {w.result() for w in written}
    assert [h.tx for h in heads] == sorted(h.tx for h in heads)
    for file, head in zip(files, heads, strict=True):
        with storage.open_registry(file, read_only=True) as kept:
            assert len(kept.verify()) == 0
            assert kept.head == head
            assert kept.layer("place_names").count() == head.tx
    backup(client.app.state.city.registry, files[0])
    with storage.open_registry(files[0], read_only=True) as kept:
        assert acknowledged <= set(kept.layer("place_names").frame()["place_id"])
