"""The same polygons for all: a registry for geoplan, tables in PostGIS for the others."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geoplan.storage import Change, create_registry, open_registry

if TYPE_CHECKING:
    from pathlib import Path

WHEN = datetime(2026, 1, 1, tzinfo=UTC)
WEST, SOUTH, SIDE_DEG = 112.5, 30.9, 2.0
VERTICES = 25
LAYERS = {"heritage": 10_000, "place_names": 100_000}
KEYS = {"heritage": "heritage_id", "place_names": "place_id"}
FIELDS = {
    "heritage": ("heritage_id", "name", "category", "evidence", "first_use_year"),
    "place_names": ("place_id", "standard_name", "category_code", "unit_code", "pinyin"),
}


def shapes(count: int) -> np.ndarray:
    """Polygons of 25 vertices, to 8 decimals, so that all print the same digits."""
    rng = np.random.default_rng(count)
    centre = np.array([WEST, SOUTH]) + rng.random((count, 2)) * SIDE_DEG
    angle = np.linspace(0, 2 * np.pi, VERTICES - 1, endpoint=False)
    radius = rng.uniform(0.6, 1.4, (count, VERTICES - 1)) * 0.4 * SIDE_DEG / np.sqrt(count)
    ring = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=2)
    ring = np.round(centre[:, None, :] + ring, 8)
    return np.asarray(shapely.polygons(np.concatenate([ring, ring[:, :1]], axis=1)))


def rows(layer: str) -> list[dict[str, Any]]:
    """The five fields of each record."""
    count, (key, name, kind, more, last) = LAYERS[layer], FIELDS[layer]
    number = layer == "heritage"
    return [
        {key: f"K{i:07}", name: f"随州市第{i}处", kind: f"类别{i % 17}", more: f"42130{i % 9}",
         last: 1500 + i % 500 if number else f"di {i} chu"}
        for i in range(count)
    ]  # fmt: skip


def changes(layer: str) -> list[Change]:
    """All records of a layer."""
    wkb = shapely.to_wkb(shapes(LAYERS[layer]), byte_order=1)
    return [Change(layer, {**row, "secrecy": "public", "synthetic": True, "geometry": shape})
            for row, shape in zip(rows(layer), wkb, strict=True)]  # fmt: skip


def make_workspace(folder: Path) -> Path:
    """A workspace whose two layers are in its registry."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "workspace.toml").write_text(
        '[workspace]\nname = "bench"\nmetric_crs = "EPSG:4547"\nsynthetic = true\n',
        encoding="utf-8",
    )
    with create_registry(folder / "registry.gpkg") as registry:
        for layer in LAYERS:
            registry.write(changes(layer), who="bench", why="bench", recorded_at=WHEN)
    return folder


def edit(folder: Path, layer: str, turn: int) -> None:
    """Change one word of one record, as another program does: what is kept of the layer is old."""
    row = rows_of_first(layer, turn)
    with open_registry(folder / "registry.gpkg") as registry:
        registry.write([Change(layer, row, None)], who="bench", why="edit", recorded_at=WHEN)


def rows_of_first(layer: str, turn: int) -> dict[str, Any]:
    """The first record with another word."""
    key, name, *_ = FIELDS[layer]
    return {
        key: "K0000000",
        name: f"改{turn}",
        "secrecy": "public",
        "synthetic": True,
        "geometry": shapely.to_wkb(shapely.box(WEST, SOUTH, WEST + 0.01, SOUTH + 0.01)),
    }
