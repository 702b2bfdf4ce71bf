from __future__ import annotations

import pytest

from geoplan.storage import create_registry


@pytest.fixture
def registry(store_url):
    with create_registry(store_url) as made:
        yield made


@pytest.fixture
def gpkg(tmp_path):
    with create_registry(tmp_path / "registry.gpkg") as made:
        yield made
