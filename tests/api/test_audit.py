"""Audit: writes, refusals and reads of guarded layers are noted; nothing secret is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from fixtures.service import is_problem, service
from fixtures.two_counties import opened, write_workspace

from geoplan.errors import StoreUnavailableError
from geoplan.storage.access_log import Access, moment

MARKERS = "/boundaries/markers/check"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_workspace(
        tmp_path_factory.mktemp("two-counties"), releases=["boundaries"], **opened()
    )


@pytest.fixture
def as_role(folder, tmp_path):
    def make(role):
        return service(folder, role, state=tmp_path / "state.sqlite")

    return make


def noted(client) -> list[dict]:
    return client.get("/audit", params={"limit": 1000}).json()["rows"]


def test_reads_of_guarded_layers_are_noted_others_not(as_role):
    inspector = as_role("inspector")
    for path in ("/boundaries/lines", "/health/live", MARKERS):
        assert (
            inspector.get(path, headers={"X-Request-ID": f"id-of-{path[-5:]}"}).status_code == 200
        )
    (row,) = noted(as_role("admin"))
    assert row["path"] == MARKERS
    assert (row["role"], row["name"], row["method"], row["status"]) == (
        "inspector", "tester", "GET", 200)  # fmt: skip
    assert row["layers"] == "boundary_lines;boundary_markers"[15:]
    assert row["request_id"] == "id-of-check"
    assert row["address"] == "testclient"


def test_reads_that_give_nothing_away_are_not_noted(as_role):
    inspector = as_role("inspector")
    assert inspector.get("/collections/boundary_markers").status_code == 200
    assert inspector.get(MARKERS, params={"line": "none"}).status_code == 404
    assert inspector.get("/collections/boundary_markers/items").status_code == 200
    (row,) = noted(as_role("admin"))
    assert (row["path"], row["layers"]) == (
        "/collections/boundary_markers/items",
        "boundary_markers",
    )


def test_it_is_noted_how_many_rows_were_given(as_role):
    inspector = as_role("inspector")
    for query in ("limit=1", "limit=10", "f=csv"):
        assert inspector.get(f"/collections/boundary_markers/items?{query}").status_code == 200
    assert [r["rows"] for r in noted(as_role("admin"))] == [2, 2, 1]  # the newest first


def test_everybody_reading_what_is_public_is_not_noted(as_role):
    assert as_role("public").get("/boundaries/lines").status_code == 200
    assert noted(as_role("admin")) == []


def test_what_changes_or_computes_by_post_is_noted_with_its_status(as_role):
    as_role("viewer").post("/boundaries/impact", json=[1])
    (row,) = noted(as_role("admin"))
    assert (row["method"], row["path"], row["status"]) == ("POST", "/boundaries/impact", 400)


def test_refusals_are_noted(as_role):
    is_problem(as_role("viewer").get("/audit"), 403, "forbidden")
    is_problem(as_role("public").get("/audit"), 401, "unauthenticated")
    rows = noted(as_role("admin"))
    assert [(r["role"], r["status"]) for r in rows] == [("public", 401), ("viewer", 403)]


def test_files_of_the_bureau_are_noted(demo, demo_result, tmp_path):
    client = service(demo, "viewer", result=demo_result, state=tmp_path / "state.sqlite")
    assert client.get("/indicators/report", params={"kind": "xlsx"}).status_code == 200
    admin = service(demo, "admin", state=tmp_path / "state.sqlite")
    assert [r["path"] for r in noted(admin)] == ["/indicators/report"]


def test_neither_queries_nor_credentials_are_kept(as_role, tmp_path):
    client = as_role("inspector")
    secret = "gp_12345678_" + "S" * 43
    client.get(MARKERS, params={"line": "421303-421321"}, headers={"X-API-Key": secret})
    client.post("/boundaries/impact", params={"most": 7}, json={"note": secret})
    assert [r["path"] for r in noted(as_role("admin"))] == ["/boundaries/impact", MARKERS]
    for file in tmp_path.iterdir():
        assert b"S" * 43 not in file.read_bytes()
        assert b"421303-421321" not in file.read_bytes()


def test_only_administrators_read_the_log_and_that_is_noted(as_role):
    admin = as_role("admin")
    admin.get("/audit")
    (row,) = noted(admin)
    assert (row["path"], row["role"]) == ("/audit", "admin")
    for role in ("viewer", "planner", "inspector", "registrar"):
        is_problem(as_role(role).get("/audit"), 403, "forbidden")


def test_pages_times_and_names(as_role):
    admin = as_role("admin")
    log = admin.app.state.ledger.log
    first = datetime(2026, 7, 1, tzinfo=UTC)
    for k in range(7):
        log.add(Access(moment(first + timedelta(hours=k)), "甲乙"[k % 2], "inspector", "", "",
                       "GET", f"/{k}", "", 200, None, ""))  # fmt: skip
    page = admin.get("/audit", params={"limit": 4}).json()
    assert [r["path"] for r in page["rows"]] == ["/6", "/5", "/4", "/3"]
    rest = admin.get("/audit", params={"limit": 4, "before": page["next"]}).json()
    assert [r["path"] for r in rest["rows"]] == ["/2", "/1", "/0"]
    assert rest["next"] is None
    some = admin.get("/audit", params={"since": "2026-07-01T09:00:00+08:00", "name": "甲",
                                       "until": "2026-07-01T04:00:00"}).json()  # fmt: skip
    assert [r["path"] for r in some["rows"]] == ["/2"]
    for bad in ({"limit": 0}, {"limit": 1001}, {"since": "yesterday"}, {"before": 0}, {"who": "x"}):
        is_problem(admin.get("/audit", params=bad), 400)


def test_old_rows_go_once_a_day(as_role):
    admin = as_role("admin")
    ledger = admin.app.state.ledger
    old = Access(
        moment(ledger.now() - timedelta(days=366)), "", "", "", "", "", "/old", "", 200, None, ""
    )
    young = Access(
        moment(ledger.now() - timedelta(days=364)), "", "", "", "", "", "/young", "", 200, None, ""
    )
    for access in (old, young):
        ledger.log.add(access)
    as_role("inspector").get(MARKERS)
    assert [r["path"] for r in noted(admin)] == [MARKERS, "/young"]


def test_what_cannot_be_noted_is_not_answered(as_role, monkeypatch):
    client = as_role("inspector")

    def fails(_: Access) -> None:
        raise StoreUnavailableError.for_url("service.sqlite", "it is held.", "被占用。")

    monkeypatch.setattr(client.app.state.ledger, "note", fails)
    body = is_problem(client.get(MARKERS), 503, "store_unavailable")
    assert "M1" not in str(body)
    assert client.get("/boundaries/lines").status_code == 200


def test_a_service_that_only_reads_keeps_its_log_in_memory_where_it_cannot_write(folder, tmp_path):
    nowhere = tmp_path / "none" / "state.sqlite"
    client = service(folder, "admin", state=nowhere)
    assert client.get(MARKERS).status_code == 200
    assert [r["path"] for r in noted(client)] == [MARKERS]
    assert not nowhere.parent.exists()
    writing = service(folder, "admin", state=nowhere, writable=True)
    is_problem(writing.get(MARKERS), 500, "cannot_write")
