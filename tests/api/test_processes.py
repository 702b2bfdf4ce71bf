"""OGC API Processes: every analysis once, at once or as a job; who may do what; bad requests."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from threading import Event

import pytest
from fixtures.service import is_problem
from fixtures.walked_town import RELEASES, degrees, write_town
from geoplan_api.app import create_app
from geoplan_api.ogc.processes.catalogue import PROCESSES
from geoplan_api.ogc.processes.model import OUTPUT
from geoplan_api.security.principal import Principal
from geoplan_api.settings import Settings
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient

EXCEPTIONS = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/"
PATIENCE_S = 60
LON, LAT = degrees(0.9)
CHANGE = {"title": "t", "changes": [{"kind": "transfer", "from_codes": ["421303002201"],
          "to_codes": "421321001", "effective_on": "2026-07-01"}]}  # fmt: skip
INPUTS = {
    "service-circle-at": {"lon": LON, "lat": LAT}, "what-if": {"add": [[LON, LAT]]},
    "service-areas": {"points": [[LON, LAT]], "minutes": [5, 15]}, "coverage": {},
    "unserved-clusters": {"at_least": 1}, "street-findings": {}, "standards-checks": {},
    "standards-judge": {"rules": ["ELD-03"]}, "estate-checks": {}, "standards-gaps": {},
    "functional-totals": {}, "estate-review": {"estate": "长街小区"},
    "explain": {"rule": "ELD-01", "unit": "随城"}, "scoreboard": {}, "indicator-series": {},
    "coverage-matrix": {}, "compare-units": {"one": "甲区", "other": "乙县"},
    "boundary-lines": {}, "boundary-defects": {}, "boundary-nesting": {},
    "boundary-repair-plan": {}, "boundary-markers-check": {"every": True},
    "boundary-impact": {"change": CHANGE}, "boundary-compare": {},
    "boundary-simplify": {"form": "gpkg"}, "report": {"format": "html"},
    "reports": {"formats": ["html"], "levels": ["county"]},
    "estate-sheet": {"estate": "长街小区", "format": "html"}, "marker-papers": {"format": "docx"},
    "siting": {"sites": 1}, "siting-alternatives": {"sites": 1},
    "siting-why-not": {"sites": 1, "candidate": "S1"}, "siting-curve": {"upto": 2},
    "siting-phases": {"steps": [[2025, 1]]}, "siting-stability": {"sites": 1},
    "run": {},
    "scenario-compare": {"b": [{"step": "add", "facility_id": "N1", "lon": LON, "lat": LAT,
                                "cells": {"facility_kind": "daycare"}}]},
}  # fmt: skip
"""Inputs of every process; a new one must be added here to be tried."""


def by_role(request) -> Principal:
    role = request.headers.get("x-role", "public")
    return Principal(role, "" if role == "public" else f"{role}-1")


class Asked:
    """The service, asked by several roles."""

    def __init__(self, client):
        self.client, self.jobs = client, client.app.state.jobs

    def get(self, url, role="admin", **more):
        return self.client.get(url, headers={"x-role": role}, **more)

    def delete(self, url, role="admin"):
        return self.client.delete(url, headers={"x-role": role})

    def do(self, process, inputs=None, role="admin", prefer=None, **more):
        headers = {"x-role": role, **({"Prefer": prefer} if prefer else {})}
        return self.client.post(f"/processes/{process}/execution", headers=headers,
                                json={"inputs": inputs or {}, **more})  # fmt: skip

    def finished(self, answer, role="admin"):
        """Wait for the job that an answer speaks of; return how it ended."""
        assert answer.status_code == 201, answer.text
        info = answer.json()
        job = self.jobs.get(info["jobID"], Principal("admin", "x"))
        assert self.jobs.wait(job, PATIENCE_S)
        return self.get(f"/jobs/{info['jobID']}", role).json()


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    folder = write_town(tmp_path_factory.mktemp("town") / "ws", releases=RELEASES)
    app = create_app(Settings(workspace=folder, warm=False, max_jobs=100), identify=by_role)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield Asked(client)


def test_every_process_can_be_tried():
    assert set(INPUTS) == {p.id for p in PROCESSES}
    assert len({p.id for p in PROCESSES}) == len(PROCESSES)


@pytest.mark.parametrize("process", PROCESSES, ids=lambda p: p.id)
def test_every_process_answers_at_once_or_as_a_job(asked, process):
    answer = asked.do(process.id, INPUTS[process.id])
    if process.mode == "async":
        info = asked.finished(answer)
        assert (info["status"], info["progress"]) == ("successful", 100), info
        assert info["processID"] == process.id
        answer = asked.get(f"/jobs/{info['jobID']}/results")
    assert answer.status_code == 200, answer.text
    media = answer.headers["content-type"]
    assert any(media.startswith(m.split(";")[0]) for m in process.media), media
    if "json" in media:
        assert answer.json()
    elif media == "application/zip":
        with zipfile.ZipFile(io.BytesIO(answer.content)) as made:
            assert made.testzip() is None
            assert made.namelist()
    else:
        assert len(answer.content) > 1000


@pytest.mark.parametrize("process", PROCESSES, ids=lambda p: p.id)
def test_every_process_describes_its_inputs_as_json_schema(asked, process):
    body = asked.get(f"/processes/{process.id}").json()
    assert body["jobControlOptions"]
    assert body["outputs"].keys() == {OUTPUT}
    given = INPUTS[process.id]
    for name, about in body["inputs"].items():
        Draft202012Validator.check_schema(about["schema"])
        assert about["minOccurs"] == 0 or name in given
        if name in given:
            Draft202012Validator(about["schema"]).validate(given[name])
    assert set(given) <= set(body["inputs"])


def test_the_same_as_a_job_and_at_once(asked):
    inputs = {"add": [[LON, LAT]]}
    now = asked.do("what-if", inputs)
    later = asked.do("what-if", inputs, prefer="respond-async; wait=1")
    assert later.headers["preference-applied"] == "respond-async"
    info = later.json()
    assert later.headers["location"].endswith(f"/jobs/{info['jobID']}")
    assert info["status"] in {"accepted", "running", "successful"}
    asked.finished(later)
    found = asked.get(f"{later.headers['location']}/results")
    assert found.json() == now.json()
    persons = next(r for r in now.json()["groups"] if r["group"] == "persons")
    assert (persons["covered_before"], persons["newly_covered"]) == (150, 40)


def test_a_result_in_a_document(asked):
    plain = asked.do("scoreboard").json()
    assert asked.do("scoreboard", response="document").json() == {OUTPUT: plain}
    job = asked.do("marker-papers", {"format": "pdf"}, response="document")
    info = asked.finished(job)
    (value,) = asked.get(f"/jobs/{info['jobID']}/results").json().values()
    assert value["mediaType"] == "application/pdf"
    assert base64.b64decode(value["value"]).startswith(b"%PDF")


def test_inputs_may_be_qualified(asked):
    plain = asked.do("explain", INPUTS["explain"])
    told = asked.do("explain", {"rule": {"value": "ELD-01", "mediaType": "text/plain"},
                                "unit": {"value": "随城"}})  # fmt: skip
    assert told.json() == plain.json()


@pytest.mark.parametrize(("process", "body", "field"), [
    ("what-if", {"inputs": {"add": [[LON, LAT]], "minutes": -1}}, "minutes"),
    ("what-if", {"inputs": {"add": [[LON]]}}, "add.0.1"),
    ("what-if", {"inputs": {"add": [[200, LAT]]}}, "add.0.0"),
    ("what-if", {"inputs": {"add": "x"}}, "add"),
    ("what-if", {"inputs": {"ad": []}}, "ad"),
    ("what-if", {"inputs": {}}, "add"),
    ("service-circle-at", {"inputs": {"lat": LAT}}, "lon"),
    ("service-circle-at", {"inputs": {"lon": 10, "lat": LAT}}, "lon"),
    ("service-areas", {"inputs": {"points": [[LON, LAT]] * 101}}, "points"),
    ("scoreboard", {"inputs": {"level": "planet"}}, "level"),
    ("scoreboard", {"outputs": {"other": {}}}, "outputs.other"),
    ("scoreboard", {"outputs": {"result": {"transmissionMode": "reference"}}},
     "outputs.result.transmissionMode"),
    ("report", {"inputs": {"format": "exe"}}, "format"),
])  # fmt: skip
def test_bad_inputs_name_their_field(asked, process, body, field):
    answer = asked.client.post(f"/processes/{process}/execution", json=body,
                               headers={"x-role": "admin"})  # fmt: skip
    assert is_problem(answer, 400)["context"]["field"] == field


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"inputs": 3}', b'{"nothing": 1}',
                                  b'{"response": "xml"}', b'{"inputs": {"a": NaN}}'])  # fmt: skip
def test_bad_bodies_are_problems(asked, body):
    answer = asked.client.post("/processes/scoreboard/execution", content=body,
                               headers={"x-role": "admin", "content-type": "application/json"})  # fmt: skip
    is_problem(answer, 400)


def test_unknown_ids_in_inputs_are_told_as_the_library_tells_them(asked):
    body = is_problem(asked.do("what-if", {"close": ["F9"]}), 404, "unknown_id")
    assert "F1" in body["fix"]
    is_problem(asked.do("estate-review", {"estate": "无"}), 404, "unknown_id")
    is_problem(asked.do("standards-checks", {"rule": "ELD-99"}), 404, "unknown_id")


def test_processes_are_those_that_a_role_may_do(asked):
    names = {role: {p["id"] for p in asked.get("/processes", role).json()["processes"]}
             for role in ("public", "viewer", "planner", "inspector", "admin")}  # fmt: skip
    assert names["admin"] == set(INPUTS)
    assert names["public"] == {p.id for p in PROCESSES if p.public}
    markers = {"boundary-markers-check", "marker-papers"}
    assert names["admin"] - names["planner"] == markers
    people = {"unserved-clusters", "standards-judge", "scenario-compare", "run",
              *(name for name in INPUTS if name.startswith("siting"))}  # fmt: skip
    assert names["planner"] - names["viewer"] == people
    assert names["inspector"] - names["viewer"] == markers


def test_a_hidden_process_and_an_absent_one_are_the_same(asked):
    for role in ("viewer", "public"):
        for url in ("/processes/{}", "/processes/{}/execution"):
            bodies = []
            for name in ("run", "rux"):
                answer = (asked.do(name, role=role) if url.endswith("execution")
                          else asked.get(url.format(name), role))  # fmt: skip
                body = is_problem(answer, 404, "unknown_id")
                assert body["type"] == f"{EXCEPTIONS}no-such-process"
                bodies.append(json.dumps(body, ensure_ascii=False).replace(name, "ID"))
            assert bodies[0] == bodies[1]


def test_without_a_release_everybody_has_no_process(tmp_path):
    app = create_app(Settings(workspace=write_town(tmp_path / "ws"), warm=False),
                     identify=by_role)  # fmt: skip
    with TestClient(app, raise_server_exceptions=False) as client:
        closed = Asked(client)
        assert closed.get("/processes", "public").json()["processes"] == []
        is_problem(closed.do("what-if", INPUTS["what-if"], role="public"), 404, "unknown_id")
        assert closed.do("what-if", INPUTS["what-if"], role="viewer").status_code == 200


def test_everybody_has_no_jobs(asked):
    about = asked.get("/processes/what-if", "public").json()
    assert about["jobControlOptions"] == ["sync-execute"]
    answer = asked.do("what-if", INPUTS["what-if"], role="public", prefer="respond-async")
    assert answer.status_code == 200
    assert "preference-applied" not in answer.headers
    assert asked.get("/jobs", "public").json()["jobs"] == []


def test_a_job_and_its_results_are_for_its_maker(asked):
    made = asked.do("coverage", role="planner", prefer="respond-async")
    info = asked.finished(made, "planner")
    url = f"/jobs/{info['jobID']}"
    absent = "/jobs/00000000-0000-4000-8000-000000000000"
    for role in ("viewer", "public", "inspector"):
        assert info["jobID"] not in asked.get("/jobs", role).text
        for end in ("", "/results"):
            hidden, none = asked.get(url + end, role), asked.get(absent + end, role)
            assert is_problem(hidden, 404)["type"] == f"{EXCEPTIONS}no-such-job"
            assert hidden.text.replace(url[6:], "") == none.text.replace(absent[6:], "")
        is_problem(asked.delete(url, role), 404)
    for role in ("planner", "admin"):
        assert asked.get(f"{url}/results", role).status_code == 200
        assert info["jobID"] in asked.get("/jobs", role).text


def test_results_that_are_not_ready_or_dismissed(asked):
    gate, begun = Event(), Event()

    def work(run):
        run.tell(0.3, "读取")
        begun.set()
        assert gate.wait(PATIENCE_S)
        run.tell(0.6, "计算")
        return {}

    job = asked.jobs.submit("held", Principal("admin", "admin-1"), work)
    try:
        assert begun.wait(PATIENCE_S)
        info = asked.get(f"/jobs/{job.job_id}").json()
        assert (info["status"], info["progress"], info["message"]) == ("running", 30, "读取")
        assert "finished" not in info
        waiting = is_problem(asked.get(f"/jobs/{job.job_id}/results"), 404, "result_not_ready")
        assert waiting["type"] == f"{EXCEPTIONS}result-not-ready"
        assert asked.delete(f"/jobs/{job.job_id}").json()["status"] == "dismissed"
    finally:
        gate.set()
    is_problem(asked.get(f"/jobs/{job.job_id}/results"), 404, "result_not_ready")
    assert asked.get(f"/jobs/{job.job_id}").json()["status"] == "dismissed"


def test_results_of_a_failed_job_are_its_error(asked):
    info = asked.finished(asked.do("report", {"unit": "无此县"}))
    assert info["status"] == "failed"
    assert "无此县" in info["message"]
    body = is_problem(asked.get(f"/jobs/{info['jobID']}/results"), 404, "unknown_id")
    assert body["detail"] == info["message"]


def test_pages_of_jobs_hold_each_once(asked):
    made = [asked.finished(asked.do("coverage", role="registrar", prefer="respond-async"),
                           "registrar")["jobID"] for _ in range(5)]  # fmt: skip
    url, found = "/jobs?limit=2", []
    while url:
        body = asked.get(url, "registrar").json()
        found += [j["jobID"] for j in body["jobs"]]
        url = next((k["href"] for k in body["links"] if k["rel"] == "next"), None)
    assert found == made[::-1]
    some = asked.get("/jobs", "registrar", params={"status": "failed"}).json()["jobs"]
    assert some == []
    params = {"processID": ["coverage", "run"], "status": "successful", "minDuration": 0}
    assert len(asked.get("/jobs", "registrar", params=params).json()["jobs"]) == 5
    for bad in ({"limit": 0}, {"status": "lost"}, {"minDuration": "x"}, {"lmit": 1}):
        is_problem(asked.get("/jobs", params=bad), 400)


def test_pages_of_processes_hold_each_once(asked):
    url, found = "/processes?limit=7", []
    while url:
        body = asked.get(url).json()
        found += [p["id"] for p in body["processes"]]
        url = next((k["href"] for k in body["links"] if k["rel"] == "next"), None)
    assert found == [p.id for p in PROCESSES]


def test_the_folder_of_the_main_job_holds_what_is_seen(asked):
    """A planner's folder has the people but nothing of the markers' layer."""
    names = {}
    for role in ("admin", "planner"):
        info = asked.finished(asked.do("run", role=role), role)
        answer = asked.get(f"/jobs/{info['jobID']}/results", role)
        with zipfile.ZipFile(io.BytesIO(answer.content)) as made:
            names[role] = {n: made.read(n) for n in made.namelist()}
    for files in names.values():
        assert {"results.gpkg", "tables.xlsx", "map.html", "report.pdf", "manifest.json"} <= set(
            files
        )
    inputs = {role: {i["layer"] for i in json.loads(f["manifest.json"])["inputs"]}
              for role, f in names.items()}  # fmt: skip
    assert inputs["admin"] - inputs["planner"] == {"boundary_markers", "claims"}
    assert "population" in inputs["planner"]


def test_the_description_is_true_to_the_answers(asked):
    described = asked.client.get("/openapi.json", headers={"x-role": "admin"}).json()
    paths = described["paths"]
    assert {"/processes", "/processes/{process_id}", "/processes/{process_id}/execution", "/jobs",
            "/jobs/{job_id}", "/jobs/{job_id}/results"} <= set(paths)  # fmt: skip
    parts = described["components"]["schemas"]
    url = f"/jobs/{asked.finished(asked.do('coverage', prefer='respond-async'))['jobID']}"
    for path, answer in {"/processes": asked.get("/processes"), "/jobs": asked.get("/jobs"),
                         "/processes/{process_id}": asked.get("/processes/run"),
                         "/jobs/{job_id}": asked.get(url)}.items():  # fmt: skip
        told = paths[path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        schema = {**told, "components": {"schemas": parts}}
        Draft202012Validator(schema).validate(answer.json())
