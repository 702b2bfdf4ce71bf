"""The city of `fixtures.ogc_city` behind the service, asked by any role."""

from __future__ import annotations

import pytest
from fixtures.ogc_city import write_city
from fixtures.service import service


@pytest.fixture(scope="package")
def folder(tmp_path_factory):
    """The city in one GeoPackage, which nobody changes."""
    home = tmp_path_factory.mktemp("city")
    return write_city(home, home / "registry.gpkg")


@pytest.fixture(scope="package")
def ask(folder):
    """Give the client of a role."""
    clients = {}

    def of(role="planner"):
        if role not in clients:
            clients[role] = service(folder, role).__enter__()
        return clients[role]

    yield of
    for client in clients.values():
        client.__exit__(None, None, None)


@pytest.fixture(scope="package")
def client(ask):
    """A planner's client."""
    return ask("planner")


@pytest.fixture
def own_folder(tmp_path, store_url):
    """The city on either store, to be changed."""
    return write_city(tmp_path, store_url)
