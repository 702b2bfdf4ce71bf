"""A snapshot brought up to date is as if read whole, whatever was changed, added or taken away."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from geoplan_api import patched as module
from geoplan_api.city import City
from geoplan_api.security.access import view
from geoplan_api.security.principal import Principal
from geoplan_api.settings import read_settings
from geoplan_api.snapshots import Snapshots

from geoplan.schemas import LAYERS
from geoplan.storage import Change, create_registry

WHEN = datetime(2026, 1, 1, tzinfo=UTC)
WORKSPACE = '[workspace]\nname = "t"\nmetric_crs = "EPSG:4547"\nsynthetic = true\n'


def change(name: str, rng: random.Random) -> Change:
    row = {"heritage_id": name, "name": rng.choice(["丙", "甲", "乙"]), "category": "类",
           "evidence": rng.choice([None, "书"]), "first_use_year": rng.choice([None, 1500, 1900]),
           "secrecy": rng.choice(["public", "internal"]),
           "synthetic": rng.choice([None, True]),
           "geometry": rng.choice([None, shapely.to_wkb(shapely.Point(rng.random(), 30).buffer(1e-2))])}  # fmt: skip
    return Change("heritage", row, None)


@pytest.fixture(params=["public", "viewer", "registrar"])
def kept(request, tmp_path: Path):
    (tmp_path / "workspace.toml").write_text(WORKSPACE, encoding="utf-8")
    with create_registry(tmp_path / "registry.gpkg") as registry:
        rng = random.Random(7)  # noqa: S311
        registry.write(
            [change(f"h{n:03}", rng) for n in range(40)], who="t", why="t", recorded_at=WHEN
        )
        city = City(read_settings(workspace=tmp_path))
        who = Principal(request.param, "t", "t")
        yield registry, city, view(LAYERS["heritage"], who), rng
        city.close()


def table(snapshot) -> pd.DataFrame:
    frame = snapshot.frame.copy()
    frame["wkb"] = shapely.to_wkb(snapshot.shapes)
    frame["version"] = snapshot.row_versions
    frame.index = snapshot.ids
    return frame.astype(object).where(frame.notna(), None).sort_index()


def test_as_if_read_whole(kept):
    registry, city, seen, rng = kept
    mine, names = Snapshots(city), [f"h{n:03}" for n in range(40)]
    mine.get(seen).boxes  # noqa: B018
    depths = []
    for turn in range(60):
        if rng.random() < 0.5:
            mine.get(seen).columns["name"]
        some = rng.sample(names, rng.choice([1, 1, 2, 5])) + rng.choice(
            [[], [f"h{rng.randrange(40):03}-{turn}"]]
        )
        names = sorted({*names, *some})
        registry.write([change(name, rng) for name in some], who="t", why="t", recorded_at=WHEN)
        if rng.random() < 0.4:
            gone = rng.choice(names)
            registry.write(
                [Change("heritage", {"heritage_id": gone}, None, retire=True)],
                who="t",
                why="t",
                recorded_at=WHEN,
            )
        if rng.random() < 0.3:
            continue  # more than one transaction at a time
        now, anew = mine.get(seen), Snapshots(city).get(seen)
        depths.append(now.depth)
        pd.testing.assert_frame_equal(table(now), table(anew))
        assert now.ids.tolist() == anew.ids.tolist()
        assert all(now.position(name) == at for at, name in enumerate(now.ids.tolist()))
        np.testing.assert_array_equal(now.boxes, anew.boxes)
        for name in now.columns.names:
            assert now.columns[name].dtype.kind == anew.columns[name].dtype.kind
    assert 20 < max(depths) <= module.DEEP


def test_too_many_changes_are_read_whole(kept, monkeypatch):
    registry, city, seen, rng = kept
    mine = Snapshots(city)
    mine.get(seen)
    registry.write([change(f"h{n:03}", rng) for n in range(9)], who="t", why="t", recorded_at=WHEN)
    monkeypatch.setattr("geoplan_api.snapshots.MOST", 8)
    assert mine.get(seen).depth == 0
    monkeypatch.setattr(module, "DEEP", 1)
    for depth in (1, 0, 1):
        registry.write([change("h001", rng)], who="t", why="t", recorded_at=WHEN)
        assert mine.get(seen).depth == depth
