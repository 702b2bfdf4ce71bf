"""
Registers beside boundaries (联检、隐患、争议): invented records.

Parties to disputes are called 甲方 and 乙方; no claim here is one that anybody makes.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.demo import facts as _facts
from geoplan.demo.metres import rounded_degrees, to_metres

_COMMON: dict[str, Any] = {
    "source": _facts.SOURCE,
    "source_date": _facts.DATE,
    "secrecy": "internal",
    "synthetic": True,
}


def inspections(lines: gpd.GeoDataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """
    Return the table ``inspections`` (联合检查): the last round of each agreed line.

    Parameters
    ----------
    lines
        The layer ``boundary_lines``, any CRS.
    rng
        Source of randomness.

    Returns
    -------
    inspections
        Done between 2016 and 2024; a few rounds were begun and not finished.
    """
    own = lines[lines["legal_status"].isin(["agreed", "approved"])]
    done = pd.Timestamp("2016-05-01") + pd.to_timedelta(rng.integers(0, 3_150, len(own)), unit="D")
    open_ = rng.random(len(own)) < 0.1
    table = pd.DataFrame({
        "inspection_id": [f"I{i:04d}" for i in range(1, len(own) + 1)],
        "line_id": own["line_id"].to_numpy(),
        "year": done.year.to_numpy(),
        "inspection_kind": "五年联合检查",
        "completed_on": pd.Series(done).where(~open_),
        "state": np.where(open_, "进行中", "已完成"),
        "parties": own["name"].str.removesuffix("线").str.replace("—", ";").to_numpy(),
    })  # fmt: skip
    return table.assign(**_COMMON)


def claims(lines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    Return the layer ``claims`` (争议主张): two invented claims for each disputed line.

    Parameters
    ----------
    lines
        The layer ``boundary_lines``, EPSG:4490.

    Returns
    -------
    claims
        Lines in EPSG:4490 that bulge to either side of the middle third.
    """
    rows, shapes = [], []
    disputed = lines[lines["legal_status"] == "disputed"]
    for number, (line_id, line) in enumerate(
        zip(disputed["line_id"], disputed.geometry, strict=True), 1
    ):
        metric = shapely.transform(line, to_metres)
        for side, party in ((1.0, "甲方（虚构）"), (-1.0, "乙方（虚构）")):
            rows.append({
                "claim_id": f"K{number:03d}{'A' if side > 0 else 'B'}",
                "case_id": f"D{number:03d}", "party": party, "line_id": line_id,
                "evidence_class": "B", "evidence": "演示材料", "state": "negotiating",
            })  # fmt: skip
            shapes.append(shapely.transform(_bulge(metric, side), rounded_degrees))
    return gpd.GeoDataFrame(pd.DataFrame(rows).assign(**_COMMON), geometry=shapes, crs="EPSG:4490")


def _bulge(line: Any, side: float) -> Any:
    along = np.linspace(line.length / 3, line.length * 2 / 3, 15)
    xy = shapely.get_coordinates(shapely.line_interpolate_point(line, along))
    step = np.gradient(xy, axis=0)
    across = (
        np.column_stack([-step[:, 1], step[:, 0]]) / np.maximum(np.hypot(*step.T), 1e-9)[:, None]
    )
    swell = np.sin(np.linspace(0, np.pi, 15)) * min(180.0, line.length * 0.04)
    return shapely.LineString(xy + across * (side * swell)[:, None])


def hazards(lines: gpd.GeoDataFrame, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Return the layer ``hazards`` (边界隐患台账): fourteen invented entries, EPSG:4490."""
    what = ("林地经营权交叉", "采砂点跨线", "界桩被施工覆盖", "河道改道影响界线", "水源使用纠纷")
    picked = lines.iloc[np.sort(rng.choice(len(lines), 14, replace=False))]
    places = shapely.line_interpolate_point(
        picked.geometry.to_numpy(), rng.uniform(0.1, 0.9, 14), normalized=True
    )
    days = pd.to_timedelta(rng.integers(-200, 500, 14), unit="D")
    table = pd.DataFrame({
        "hazard_id": [f"H{i:03d}" for i in range(1, 15)],
        "line_id": picked["line_id"].to_numpy(),
        "description": [what[int(k)] + "（演示）" for k in rng.integers(0, len(what), 14)],
        "state": rng.choice(["closed", "handling", "open"], 14, p=[0.5, 0.3, 0.2]),
        "due_on": pd.Timestamp("2025-06-30") + days,
    })  # fmt: skip
    return gpd.GeoDataFrame(table.assign(**_COMMON), geometry=places, crs="EPSG:4490")
