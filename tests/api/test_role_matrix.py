"""
Every route, every role, every class of secrecy: what leaves the service tells nobody too much.

A workspace has rows of every class in every layer, each with a text of its own. Every route that
the app has is called by every role, and no answer may hold a text that the role may not see. A new
route must be entered in `CALLS`, or the first test says so.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from fixtures.marked_city import CLASSES, MARKED, mark, marks, write_marked
from fixtures.service import is_problem, operations
from fixtures.walked_town import RELEASES, degrees
from geoplan_api.app import create_app
from geoplan_api.ogc.processes.catalogue import PROCESSES
from geoplan_api.security.principal import ROLES, Principal
from geoplan_api.settings import Settings
from starlette.testclient import TestClient

from geoplan.schemas import LAYERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# ---- what each role may see, written out once more, not taken from the service ----------------
OFFICE = {"viewer", "planner", "inspector", "registrar", "admin"}
AUDIENCE = {
    "open": OFFICE | {"public"}, "office": OFFICE, "planning": {"planner", "registrar", "admin"},
    "boundary": {"inspector", "registrar", "admin"},
}  # fmt: skip
FOR = {
    "planning": {"population", "candidate_sites", "graves"},
    "boundary": {"boundary_markers", "documents", "claims", "inspections", "observations", "hazards"},
    "office": {"residential_areas", "roads", "indicator_figures", "boundary_lines", "village_lines",
               "name_cases", "restricted_features"},
}  # fmt: skip
HIGHEST = {"public": "public", **dict.fromkeys(OFFICE, "internal")}
IN_CLASSIFIED = HIGHEST | {
    "inspector": "state_confidential", "registrar": "state_secret", "admin": "state_secret",
}  # fmt: skip


def audience(layer: str) -> set[str]:
    return AUDIENCE[next((a for a, names in FOR.items() if layer in names), "open")]


def may_see(role: str, layer: str, secrecy: str, highest: dict[str, str] = HIGHEST) -> bool:
    within = CLASSES.index(secrecy) <= CLASSES.index(highest[role])
    return role in audience(layer) and within


# ---- how each route is called ---------------------------------------------------------------
@dataclass(frozen=True)
class Call:
    """One request; ``asks`` are texts that it holds itself, so the answer may repeat them."""

    path: str
    params: dict[str, Any] = field(default_factory=dict)
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    asks: tuple[tuple[str, str], ...] = ()


def at(path: str, **params: Any) -> list[Call]:
    return [Call(path, params)]


ALL = [*LAYERS, *(f"{n}_labels" for n, made in LAYERS.items() if "polygon" in made.geometry)]
LON, LAT = degrees(0.9, 0.7)
CHANGE = {"title": "t", "changes": [{"kind": "transfer", "from_codes": ["421303002201"],
          "to_codes": "421321001", "effective_on": "2026-07-01"}]}  # fmt: skip
FEATURE = {"type": "Feature", "id": "new", "geometry": None, "properties": {}}
FIRST = "421303"


def each(path: str, *formats: str) -> Callable[[], list[Call]]:
    """The path for every layer, in every format."""

    def calls() -> list[Call]:
        return [
            Call(path.format(layer), {"f": f} if f else {})
            for layer in ALL
            for f in formats or [""]
        ]

    return calls


def items() -> list[Call]:
    """All items in every format; those that a filter finds, and the order of a sort."""
    found = each("/collections/{}/items", "json", "html", "csv")()
    found += [Call(f"/collections/{n}/items", {"f": f}) for n in LAYERS for f in ("gpkg", "fgb")]
    for layer in ALL:
        path = f"/collections/{layer}/items"
        found += [Call(path, {"limit": 3, "offset": 2}), Call(path, {"bbox": "110,30,116,33"}),
                  Call(path, {"filter": "synthetic = TRUE"}), Call(path, {"sortby": "-source"}),
                  Call(path, {"filter": "secrecy LIKE 'state%'", "f": "json"})]  # fmt: skip
    return found


def item() -> list[Call]:
    """Every marked row by its id."""
    return [
        Call(f"/collections/{layer}/items/{mark(layer, secrecy)}", {"f": f}, asks=((layer, secrecy),))
        for layer in MARKED for secrecy in CLASSES for f in ("json", "html")
    ]  # fmt: skip


def writes(body: Any) -> Callable[[], list[Call]]:
    def calls() -> list[Call]:
        return [
            Call(f"/collections/{layer}/items/{mark(layer, secrecy)}", body=body,
                 headers={"If-Match": "*", "Content-Type": "application/geo+json"},
                 asks=((layer, secrecy),))
            for layer in MARKED for secrecy in CLASSES
        ]  # fmt: skip

    return calls


def tiles(path: str) -> Callable[[], list[Call]]:
    """The tile of the marked rows, and its neighbours, far and near."""

    def calls() -> list[Call]:
        names = ALL if "{}" in path else [""]
        return [Call(f"{path.format(name)}/WebMercatorQuad/{z}/{y}/{x}") for name in names
                for z, x, y in _tiles()]  # fmt: skip

    return calls


def _tiles() -> Iterator[tuple[int, int, int]]:
    import math

    for z in (6, 12, 14):
        n = 2**z
        x = int((LON + 180) / 360 * n)
        y = int((1 - math.asinh(math.tan(math.radians(LAT))) / math.pi) / 2 * n)
        yield z, x, y


def searches() -> list[Call]:
    """The beginning of every text, whole texts of every class, and what all have in common."""
    texts = [("qx", ()), ("xq", ()), ("state", ())]
    texts += [(mark(n, c), ((n, c),)) for n in MARKED for c in CLASSES]
    return [Call("/search", {"q": text, "limit": 100}, asks=asks) for text, asks in texts]


INPUTS: dict[str, dict[str, Any]] = {
    "service-circle-at": {"lon": LON, "lat": LAT}, "what-if": {"add": [[LON, LAT]]},
    "service-areas": {"minutes": [5]}, "coverage": {}, "unserved-clusters": {"at_least": 1},
    "street-findings": {}, "standards-checks": {}, "standards-judge": {}, "estate-checks": {},
    "standards-gaps": {}, "functional-totals": {}, "estate-review": {"estate": "长街小区"},
    "explain": {"rule": "ELD-01", "unit": "随城"}, "scoreboard": {}, "indicator-series": {},
    "coverage-matrix": {}, "compare-units": {"one": "甲区", "other": "乙县"}, "boundary-lines": {},
    "boundary-defects": {}, "boundary-nesting": {}, "boundary-repair-plan": {},
    "boundary-markers-check": {"every": True}, "boundary-impact": {"change": CHANGE},
    "boundary-compare": {}, "boundary-simplify": {"form": "gpkg"}, "report": {"format": "html"},
    "reports": {"formats": ["html", "xlsx"], "levels": ["county"]},
    "estate-sheet": {"estate": "长街小区", "format": "html"}, "marker-papers": {"format": "docx"},
    "siting": {"sites": 1}, "siting-alternatives": {"sites": 1},
    "siting-why-not": {"sites": 1, "candidate": "S1"}, "siting-curve": {"upto": 2},
    "siting-phases": {"steps": [[2025, 1]]}, "siting-stability": {"sites": 1},
    "run": {},
    "scenario-compare": {"rules": ["ELD-03", "ELD-08"], "b": [
        {"step": "add", "facility_id": "N1", "lon": degrees(0.9)[0], "lat": degrees(0.9)[1],
         "cells": {"facility_kind": "daycare"}},
        {"step": "grow", "year": 2035, "from_year": 2020, "factor": 1000}]},
}  # fmt: skip
"""Inputs of every process; a new one must be added here."""


def executions() -> list[Call]:
    return [
        Call(f"/processes/{p.id}/execution", body={"inputs": INPUTS.get(p.id, {})})
        for p in PROCESSES
    ]


CALLS: dict[tuple[str, str], Callable[[], list[Call]]] = {
    ("GET", "/"): lambda: at("/", f="json") + at("/", f="html"),
    ("GET", "/api"): lambda: at("/api"),
    ("GET", "/api.html"): lambda: at("/api.html"),
    ("GET", "/openapi.json"): lambda: at("/openapi.json"),
    ("GET", "/browse.css"): lambda: at("/browse.css"),
    ("GET", "/favicon.ico"): lambda: at("/favicon.ico"),
    ("GET", "/conformance"): lambda: at("/conformance"),
    ("GET", "/health/live"): lambda: at("/health/live"),
    ("GET", "/health/ready"): lambda: at("/health/ready"),
    ("GET", "/metrics"): lambda: at("/metrics"),
    ("GET", "/audit"): lambda: at("/audit"),
    ("GET", "/basemaps"): lambda: at("/basemaps"),
    ("GET", "/basemaps/{name}/{z}/{x}/{y}"): lambda: at("/basemaps/none/1/0/0"),
    ("GET", "/boundaries/lines"): lambda: [
        Call("/boundaries/lines", {"format": f, "level": "village"}) for f in ("table", "geojson")],
    ("GET", "/boundaries/defects"): lambda: at("/boundaries/defects"),
    ("GET", "/boundaries/nesting"): lambda: at("/boundaries/nesting"),
    ("GET", "/boundaries/markers/check"): lambda: at("/boundaries/markers/check", every=True),
    ("POST", "/boundaries/compare"): lambda: [Call("/boundaries/compare", body={})],
    ("POST", "/boundaries/impact"): lambda: [Call("/boundaries/impact", body=CHANGE)],
    ("GET", "/collections"): lambda: at("/collections", f="json") + at("/collections", f="html"),
    ("GET", "/collections/{collectionId}"): each("/collections/{}", "json", "html"),
    ("GET", "/collections/{collectionId}/queryables"): each("/collections/{}/queryables"),
    ("GET", "/collections/{collectionId}/schema"): each("/collections/{}/schema"),
    ("GET", "/collections/{collectionId}/items"): items,
    ("OPTIONS", "/collections/{collectionId}/items"): each("/collections/{}/items"),
    ("POST", "/collections/{collectionId}/items"): lambda: [
        Call(f"/collections/{n}/items", body=FEATURE) for n in ALL],
    ("GET", "/collections/{collectionId}/items/{featureId}"): item,
    ("OPTIONS", "/collections/{collectionId}/items/{featureId}"): writes(None),
    ("PUT", "/collections/{collectionId}/items/{featureId}"): writes(FEATURE),
    ("PATCH", "/collections/{collectionId}/items/{featureId}"): writes({"properties": {"source": "x"}}),
    ("DELETE", "/collections/{collectionId}/items/{featureId}"): writes(None),
    ("GET", "/collections/{collectionId}/tiles"): each("/collections/{}/tiles"),
    ("GET", "/collections/{collectionId}/tiles/{tileMatrixSetId}"): lambda: [
        Call(f"/collections/{n}/tiles/WebMercatorQuad", p) for n in ALL for p in ({}, {"f": "tilejson"})],
    ("GET", "/collections/{collectionId}/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}"):
        tiles("/collections/{}/tiles"),
    ("GET", "/tiles"): lambda: at("/tiles"),
    ("GET", "/tiles/{tileMatrixSetId}"): lambda: [
        Call("/tiles/WebMercatorQuad", p) for p in ({}, {"f": "tilejson"})],
    ("GET", "/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}"): tiles("/tiles"),
    ("GET", "/tileMatrixSets"): lambda: at("/tileMatrixSets"),
    ("GET", "/tileMatrixSets/{tileMatrixSetId}"): lambda: at("/tileMatrixSets/CGCS2000Quad"),
    ("GET", "/styles"): lambda: at("/styles"),
    ("GET", "/styles/{styleId}"): lambda: [
        *at("/styles/city"), *(Call(f"/styles/{n}", {"f": f}) for n in LAYERS for f in ("qml", "sld"))],
    ("GET", "/search"): searches,
    ("GET", "/indicators/compare"): lambda: at("/indicators/compare", one="甲区", other="乙县"),
    ("GET", "/indicators/coverage-matrix"): lambda: at("/indicators/coverage-matrix"),
    ("GET", "/indicators/report"): lambda: [
        Call("/indicators/report", {"kind": k}) for k in ("html", "xlsx", "docx")],
    ("GET", "/indicators/scoreboard"): lambda: at("/indicators/scoreboard"),
    ("GET", "/indicators/series"): lambda: at("/indicators/series"),
    ("GET", "/service-circles/at"): lambda: at("/service-circles/at", lon=LON, lat=LAT),
    ("GET", "/service-circles/coverage"): lambda: at("/service-circles/coverage"),
    ("GET", "/service-circles/unserved"): lambda: at("/service-circles/unserved"),
    ("GET", "/service-circles/walking-minutes"): lambda: at("/service-circles/walking-minutes"),
    ("GET", "/service-circles/what-if"): lambda: [
        Call("/service-circles/what-if", {"lon": LON, "lat": LAT}),
        *(Call("/service-circles/what-if", {"close": mark("facilities", c)}, asks=(("facilities", c),))
          for c in CLASSES)],
    ("GET", "/standards/checks"): lambda: at("/standards/checks"),
    ("GET", "/standards/explain"): lambda: at("/standards/explain", rule="ELD-01", unit="随城"),
    ("GET", "/standards/functional"): lambda: at("/standards/functional"),
    ("GET", "/standards/gaps"): lambda: at("/standards/gaps"),
    ("GET", "/standards/review"): lambda: [
        *at("/standards/review", estate="长街小区"),
        *(Call("/standards/review", {"estate": mark("residential_areas", c)},
               asks=(("residential_areas", c),)) for c in CLASSES)],
    ("GET", "/processes"): lambda: at("/processes"),
    ("GET", "/processes/{process_id}"): lambda: [Call(f"/processes/{p.id}") for p in PROCESSES],
    ("POST", "/processes/{process_id}/execution"): executions,
    ("GET", "/jobs"): lambda: at("/jobs"),
    ("GET", "/jobs/{job_id}"): lambda: at("/jobs/nothing-such"),
    ("GET", "/jobs/{job_id}/results"): lambda: at("/jobs/nothing-such/results"),
    ("DELETE", "/jobs/{job_id}"): lambda: at("/jobs/nothing-such"),
}  # fmt: skip
"""Every route -> how to call it so that it could tell too much. A new route is entered here."""

ADMIN_ONLY = {("GET", "/metrics"), ("GET", "/audit")}


# ---- the city, asked by all --------------------------------------------------------------------
def by_role(request) -> Principal:
    role = request.headers.get("x-role", "public")
    return Principal(role, "" if role == "public" else f"{role}-1")


class City:
    """A workspace asked by all roles."""

    def __init__(self, client: TestClient, highest: dict[str, str], *, released: bool) -> None:
        self.client, self.highest, self.released = client, highest, released

    def ask(self, method: str, call: Call, role: str):
        headers = {"x-role": role, "Accept-Encoding": "identity", **call.headers}
        content = None if call.body is None else json.dumps(call.body).encode()
        if content is not None:
            headers.setdefault("Content-Type", "application/json")
        return self.client.request(
            method, call.path, params=call.params, headers=headers, content=content
        )

    def leaks(self, method: str, call: Call, role: str) -> set[tuple[str, str]]:
        answer = self.ask(method, call, role)
        assert answer.status_code < 500, (method, call, role, answer.text[:500])
        found = told(answer)
        if answer.status_code == 201 and "/execution" in call.path:
            found |= self.told_by_job(answer.json()["jobID"], role)
        return {m for m in found - set(call.asks) if not may_see(role, *m, self.highest)}

    def told_by_job(self, job_id: str, role: str) -> set[tuple[str, str]]:
        """What a job and its results tell; others have no such job."""
        jobs = self.client.app.state.jobs
        assert jobs.wait(jobs.get(job_id, Principal("admin", "x")), 60)
        other = "viewer" if role != "viewer" else "planner"
        for path in (f"/jobs/{job_id}", f"/jobs/{job_id}/results"):
            is_problem(self.ask("GET", Call(path), other), 404)
        found = set()
        for path in (f"/jobs/{job_id}", f"/jobs/{job_id}/results", "/jobs"):
            answer = self.ask("GET", Call(path), role)
            assert answer.status_code < 500, (path, role, answer.text[:500])
            found |= told(answer)
        self.ask("DELETE", Call(f"/jobs/{job_id}"), role)
        return found


def told(answer) -> set[tuple[str, str]]:
    """All marked texts of an answer: body, packed bodies, headers."""
    found = marks(repr(answer.headers.raw).encode()) | marks(answer.content)
    if answer.content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(answer.content)) as made:
            for name in made.namelist():
                inner = made.read(name)
                found |= marks(inner) | marks(name.encode())
                if inner[:2] == b"PK":
                    with zipfile.ZipFile(io.BytesIO(inner)) as deeper:
                        found |= set().union(*(marks(deeper.read(n)) for n in deeper.namelist()))
    for piece in answer.content.split(b"\x1f\x8b\x08")[1:]:
        found |= marks(_unpacked(b"\x1f\x8b\x08" + piece))
    return found


def _unpacked(piece: bytes) -> bytes:
    try:
        return zlib.decompressobj(31).decompress(piece)
    except zlib.error:
        return b""


KINDS = ("nothing released", "all released", "classified")
PAIRS = [(kind, role) for kind in KINDS for role in ROLES if kind != KINDS[1] or role == "public"]
"""A decision to release a result opens it to everybody; for the office it changes nothing."""
AS_ELSEWHERE = {(KINDS[0], "admin"), *((KINDS[2], r) for r in ROLES if r != "inspector")}
"""Who sees what the registrar sees, or in a classified environment what they see in another, or more
of what the inspector is shown there."""


def pytest_generate_tests(metafunc):
    """Give every test that has a role all of them; ``make soak`` those of `AS_ELSEWHERE` too."""
    if "role" in metafunc.fixturenames:
        whole = metafunc.config.getoption("--soak") >= 1
        pairs = [p for p in PAIRS if whole or p not in AS_ELSEWHERE]
        metafunc.parametrize(("city", "role"), pairs, indirect=["city"], scope="module")


@pytest.fixture(scope="module")
def city(request, tmp_path_factory):
    released, classified = request.param == "all released", request.param == "classified"
    folder = write_marked(tmp_path_factory.mktemp("marked") / "ws", classified=classified,
                          releases=RELEASES if released else ())  # fmt: skip
    settings = Settings(workspace=folder, warm=False, rate_per_s=0, max_jobs=200)
    with TestClient(
        create_app(settings, identify=by_role), raise_server_exceptions=False
    ) as client:
        yield City(client, IN_CLASSIFIED if classified else HIGHEST, released=released)


# ---- the tests ---------------------------------------------------------------------------------
@pytest.mark.parametrize("city", KINDS[:1], indirect=True)
def test_no_route_is_unlisted(city):
    there = operations(city.client.app)
    new = sorted(there - set(CALLS))
    assert not new, f"enter {new} in CALLS of {__file__}: how to call it so that it could leak"
    assert not sorted(set(CALLS) - there), "these routes are gone"
    assert set(INPUTS) == {p.id for p in PROCESSES}, "enter the new process in INPUTS"


def test_layers_are_for_whom_this_page_says():
    for name, layer in LAYERS.items():
        assert audience(name) == AUDIENCE[layer.audience], name


@pytest.mark.slow
@pytest.mark.parametrize("route", CALLS, ids=" ".join)
def test_no_answer_tells_what_the_role_may_not_see(city, route, role):
    method, _ = route
    found = {}
    for call in CALLS[route]():
        if leaked := city.leaks(method, call, role):
            found[call.path, str(call.params)] = leaked
    assert not found


def test_the_items_are_all_that_the_role_may_see(city, role):
    """Nothing is hidden either: the other half of the rule, or an empty answer would pass."""
    for layer in MARKED:
        call = Call(f"/collections/{layer}/items", {"f": "json", "limit": 1000})
        answer = city.ask("GET", call, role)
        visible = {(layer, c) for c in CLASSES if may_see(role, layer, c, city.highest)}
        assert {m for m in told(answer) if m[0] == layer} == visible, layer
        if role in audience(layer):
            assert answer.status_code == 200
        else:
            is_problem(answer, 404)


def test_tiles_hold_all_that_the_role_may_see(city, role):
    z, x, y = list(_tiles())[1]
    body = city.ask("GET", Call(f"/tiles/WebMercatorQuad/{z}/{y}/{x}"), role)
    layers = {n for n in MARKED if LAYERS[n].geometry}
    visible = {(n, c) for n in layers for c in CLASSES if may_see(role, n, c, city.highest)}
    rough = {"built_up", "stat_units", "residential_areas"}  # some fall below the roughness
    assert {m for m in told(body) if m[0] not in rough} <= visible
    assert {n for n, _ in told(body)} >= {n for n, _ in visible} - rough


def test_hidden_and_absent_are_the_same_404(city, role):
    absent = {}
    for name in ("nothing_such", *LAYERS):
        if name in LAYERS and role in audience(name):
            continue
        for tail in ("", "/items", "/items/x", "/queryables", "/schema", "/tiles",
                     "/tiles/WebMercatorQuad", "/tiles/WebMercatorQuad/0/0/0"):  # fmt: skip
            body = city.ask("GET", Call(f"/collections/{name}{tail}"), role)
            assert body.status_code == 404, (name, tail)
            text = body.text.replace(name, "NAME")
            text = json.loads(text) | {"detail": "", "fix": ""}
            assert absent.setdefault(tail, text) == text, (name, tail)


def test_a_hidden_item_is_as_one_that_is_not_there(city, role):
    for layer in (n for n in MARKED if role in audience(n)):
        bodies = set()
        hidden = [mark(layer, c) for c in CLASSES if not may_see(role, layer, c, city.highest)]
        for name in (*hidden, "not-there"):
            answer = city.ask(
                "GET", Call(f"/collections/{layer}/items/{name}", {"f": "json"}), role
            )
            is_problem(answer, 404)
            bodies.add(answer.text.replace(name, "NAME"))
        assert len(bodies) == 1, layer


def test_only_administrators_do_what_is_theirs(city, role):
    for method, path in ADMIN_ONLY:
        status = city.ask(method, Call(path), role).status_code
        assert status == {"admin": 200, "public": 401}.get(role, 403)


def test_nothing_is_changed_where_nothing_is_writable(city, role):
    for route in CALLS:
        if "/collections/" in route[1] and route[0] in {"PUT", "PATCH", "DELETE", "POST"}:
            for call in CALLS[route]()[:60:7]:
                assert city.ask(route[0], call, role).status_code in {403, 404}, call
