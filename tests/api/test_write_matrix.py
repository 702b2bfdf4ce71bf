"""Every registry layer, every role, every way of writing: who may, who may not, for whom it is not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from fixtures.marked_city import mark, marked_rows
from fixtures.service import is_problem, service
from fixtures.two_counties import write_workspace
from geoplan_api.security.principal import ROLES

from geoplan import storage
from geoplan.schemas import LAYERS

REGISTRY = [name for name, layer in LAYERS.items() if layer.home == "registry"]
OFFICE = {"viewer", "planner", "inspector", "registrar", "admin"}
KEEPERS = {"boundary_markers", "documents", "claims", "inspections", "observations", "hazards"}
OPEN = {"place_names", "name_forms", "name_signs", "door_numbers", "heritage"}
FIELD = {"inspections", "observations", "hazards"}


def sees(role: str, layer: str) -> bool:
    if layer in KEEPERS:
        return role in {"inspector", "registrar", "admin"}
    return role in OFFICE or layer in OPEN


def writes(role: str, layer: str) -> bool:
    return role in {"registrar", "admin"} or (role == "inspector" and layer in FIELD)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = write_workspace(tmp_path_factory.mktemp("registered") / "ws")
    changes = []
    for name in REGISTRY:
        rows = marked_rows(LAYERS[name])
        if "geometry" in rows:
            rows = rows.to_crs("EPSG:4490")
        row = rows.iloc[0]
        cells = {k: v for k, v in row.items() if k != "geometry"}
        changes.append(storage.Change(name, {**cells, "geometry": row.get("geometry")}))
    with storage.create_registry(place / "registry.gpkg") as registry:
        registry.write(changes, who="甲", why="首次", recorded_at=datetime(2026, 7, 1, tzinfo=UTC))
    return place


@pytest.mark.parametrize("role", ROLES)
def test_who_may_write_what(folder, role):
    with service(folder, role, writable=True) as client:
        for layer in REGISTRY:
            path = f"/collections/{layer}/items/{mark(layer, 'public')}"
            seen = {"If-Match": "*", "Content-Type": "application/merge-patch+json"}
            answers = [client.patch(path, json={"properties": {"source": "新"}}, headers=seen),
                       client.delete(path.replace("-public", "-absent"), headers=seen)]  # fmt: skip
            if writes(role, layer):
                assert answers[0].status_code == 200, (layer, answers[0].text)
                is_problem(answers[1], 404)
                continue
            for answer in answers:
                is_problem(answer, 403 if sees(role, layer) else 404)


@pytest.mark.parametrize("role", ROLES)
def test_nobody_records_what_is_above_their_class(folder, role):
    """Not even an administrator: the environment is not declared classified (SEC-06)."""
    with service(folder, role, writable=True) as client:
        for layer in (name for name in REGISTRY if writes(role, name)):
            path = f"/collections/{layer}/items/{mark(layer, 'public')}"
            answer = client.patch(path, json={"properties": {"secrecy": "state_secret"}}, headers={
                "If-Match": "*", "Content-Type": "application/merge-patch+json"})  # fmt: skip
            is_problem(answer, 403)


def test_what_is_written_is_recorded_with_who_wrote_it(folder):
    with service(folder, "registrar", writable=True) as client:
        path = f"/collections/heritage/items/{mark('heritage', 'public')}"
        answer = client.patch(path, json={"properties": {"evidence": "碑"}}, headers={
            "If-Match": "*", "Content-Type": "application/merge-patch+json",
            "X-Reason": "%E5%AE%9E%E5%9C%B0"})  # fmt: skip
        assert answer.status_code == 200
        history = client.app.state.city.registry.layer("heritage").history(
            mark("heritage", "public")
        )
        assert history.iloc[-1][["who", "why"]].tolist() == ["tester", "实地"]
