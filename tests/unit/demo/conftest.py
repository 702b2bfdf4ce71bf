"""One demo workspace and one set of frames for all tests of this folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from geoplan import demo

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def layers() -> dict[str, Any]:
    return demo.layers()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo.build(tmp_path_factory.mktemp("demo") / "city")
