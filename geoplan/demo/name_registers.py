"""
Registers beside place names (名称、案卷、标志、门牌、遗产): invented records, with gaps on purpose.

Cases, former names and door numbers are of invented streets and hamlets only: nothing is said of
a name that is real.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.demo import facts as _facts
from geoplan.demo.metres import rounded_degrees, to_metres
from geoplan.demo.spelling import INVENTED
from geoplan.placenames.approving import OTHER, approver

if TYPE_CHECKING:
    from collections.abc import Callable

_COMMON: dict[str, Any] = {
    "source": _facts.SOURCE,
    "source_date": _facts.DATE,
    "secrecy": "internal",
    "synthetic": True,
}
_STREET, _HAMLET = INVENTED
_VILLAGES = ("21610", "21620")
_CASES, _SIGNED, _NUMBERED, _DOORS = 60, 260, 16, 60
_DOOR_STEP_M, _DOOR_ASIDE_M = 25.0, 12.0
_BODIES = {"government": "演示市人民政府", "name_department": "演示市民政局",
           "other_department": "演示市住建局"}  # fmt: skip
_REASONS = ("division_change", "construction", "natural_change", "rule_breach")
_FILED = "application;approval;filing_form;filing_report"
_HERITAGE = (
    ("千年古镇", "演示古镇", 870, None), ("千年古镇", "演示老街", 1_180, None),
    ("千年古村落", "演示古塆", 960, None), ("千年古村落", "演示桃源塆", 1_420, None),
    ("近现代重要地名", "演示渡口", 1_905, "演示通航"),
    ("红色地名", "演示会师地", 1_938, "演示会师"), ("著名山川", "演示山", None, None),
    ("千年古县", "演示古县", 598, None),
)  # fmt: skip


def registers(
    names: gpd.GeoDataFrame, draw: Callable[[str], np.random.Generator]
) -> dict[str, Any]:  # fmt: skip
    """
    Return the layers that go with ``place_names``, and that layer with what the cases changed.

    Parameters
    ----------
    names
        From `names.place_names`, EPSG:4490.
    draw
        Gives each part its source of randomness.

    Returns
    -------
    layers
        ``place_names``, ``name_forms``, ``name_cases``, ``name_signs``, ``door_numbers``,
        ``heritage``; geometry in EPSG:4490.
    """
    made = cases(names, draw("name cases"))
    retired = made.loc[made["case_kind"] == "retire", "place_id"]
    gone = names["place_id"].isin(retired).to_numpy()
    names = names.assign(
        status=names["status"].mask(gone, "abolished"),
        abolished_year=pd.Series(2021, names.index, dtype="Int64").where(gone),
    )
    return {
        "place_names": names,
        "name_forms": forms(names, made),
        "name_cases": made,
        "name_signs": signs(names, draw("name signs")),
        "door_numbers": doors(names, draw("door numbers")),
        "heritage": heritage(names, draw("name heritage")),
    }


def cases(names: gpd.GeoDataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return the table ``name_cases`` (地名案卷): some filed late, some not announced yet."""
    own = names[names["category_code"].isin([_STREET, _HAMLET]) & (names["status"] != "draft")]
    own = own.iloc[np.sort(rng.choice(len(own), _CASES, replace=False))].reset_index(drop=True)
    kind = pd.Series(rng.choice(["naming", "rename", "retire"], _CASES, p=[0.75, 0.2, 0.05]))
    approver_kind = pd.Series([approver(c).kinds[0] for c in own["category_code"]])
    applied = pd.Timestamp("2019-03-01") + pd.to_timedelta(rng.integers(0, 900, _CASES), unit="D")
    approved = applied + pd.to_timedelta(rng.integers(10, 60, _CASES), unit="D")
    late = rng.random(_CASES) < 0.12
    filed = approved + pd.to_timedelta(np.where(late, 40, rng.integers(2, 15, _CASES)), unit="D")
    told = approved + pd.to_timedelta(rng.integers(3, 18, _CASES), unit="D")
    told = pd.DatetimeIndex(np.where(approver_kind == OTHER, np.maximum(told, filed), told))
    waits = rng.random(_CASES) < 0.08
    last = pd.DatetimeIndex(np.maximum(filed, told))
    sent = pd.Series(last + pd.to_timedelta(rng.integers(0, 2, _CASES), unit="D"))
    renamed = kind == "rename"
    number = np.arange(1, _CASES + 1)
    table = pd.DataFrame({
        "case_id": [f"NC{i:03d}" for i in number], "place_id": own["place_id"], "case_kind": kind,
        "state": np.where(waits, "filed", "published"), "name": own["standard_name"],
        "former_name": ("老" + own["standard_name"]).where(renamed),
        "category_code": own["category_code"],
        "reason_code": pd.Series(rng.choice(_REASONS, _CASES)).where(renamed),
        "reason": pd.Series("演示：村塆迁并").where(kind == "retire"),
        "submitted_by": "演示镇人民政府", "approving_body": approver_kind.map(_BODIES),
        "approver_kind": approver_kind, "approval_no": [f"演示地名〔2020〕{i}号" for i in number],
        "documents": np.where(waits, _FILED, _FILED + ";notice;receipt"),
        "submitted_on": applied, "approved_on": approved, "filed_on": filed,
        "announced_on": pd.Series(told).where(~waits), "published_on": sent.where(~waits),
        "receipt_no": pd.Series([f"演示回执{i:04d}" for i in number]).where(~waits),
    })  # fmt: skip
    return table.assign(**_COMMON)


def forms(names: gpd.GeoDataFrame, made: pd.DataFrame) -> pd.DataFrame:
    """
    Return the table ``name_forms`` (地名名称): the standard form of each place, and former ones.

    Parameters
    ----------
    names
        The layer ``place_names``.
    made
        The table ``name_cases``: each rename leaves a former name.
    """
    standard = pd.DataFrame({
        "place_id": names["place_id"].to_numpy(), "text": names["standard_name"].to_numpy(),
        "kind": "standard", "reading": names["reading"].to_numpy(),
        "reading_source": names["reading_source"].to_numpy(), "roman": names["pinyin"].to_numpy(),
        "status": np.where(names["status"] == "draft", "proposed", "current"),
    })  # fmt: skip
    own = made[made["case_kind"] == "rename"]
    former = pd.DataFrame({
        "place_id": own["place_id"].to_numpy(), "text": own["former_name"].to_numpy(),
        "kind": "former", "status": "closed", "case_id": own["case_id"].to_numpy(),
        "valid_to": (own["approved_on"] - pd.Timedelta(days=1)).to_numpy(),
    })  # fmt: skip
    table = pd.concat([standard, former], ignore_index=True)
    table.insert(0, "name_id", [f"F{i:05d}" for i in range(1, len(table) + 1)])
    started = table["place_id"].map(own.set_index("place_id")["approved_on"])
    table["valid_from"] = started.where(table["kind"] == "standard")
    return table.assign(**_COMMON)


def signs(names: gpd.GeoDataFrame, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """
    Return the layer ``name_signs`` (地名标志): at ends of streets and in villages, EPSG:4490.

    Parameters
    ----------
    names
        The layer ``place_names``, EPSG:4490.
    rng
        Source of randomness.

    Returns
    -------
    name_signs
        Points; some are missing or worn, some show another name, some have no spelling.
    """
    streets = names[names["category_code"] == _STREET].iloc[:_SIGNED]
    villages = names[names["category_code"].isin(_VILLAGES)]
    villages = villages[rng.random(len(villages)) < 0.7]
    ends = [shapely.get_coordinates(g)[[0, -1]] for g in streets.geometry]
    places = np.vstack([*ends, shapely.get_coordinates(villages.geometry.to_numpy())])
    rows = pd.concat([streets.loc[streets.index.repeat(2)], villages])
    count, on_street = len(rows), rows["category_code"].to_numpy() == _STREET
    wrong = on_street & (rng.random(count) < 0.02)
    shown = rows["standard_name"].to_numpy(dtype=object)
    table = pd.DataFrame({
        "place_id": rows["place_id"].to_numpy(),
        "sign_kind": np.where(on_street, "street", "village"),
        "text_zh": np.where(wrong, [n.replace("大道", "路") + "口" for n in shown], shown),
        "text_pinyin": rows["pinyin"].where(rng.random(count) < 0.95).to_numpy(),
        "condition": rng.choice(["intact", "faded", "damaged"], count, p=[0.85, 0.1, 0.05]),
        "installed_on": pd.Timestamp("2012-01-01")
        + pd.to_timedelta(rng.integers(0, 3_600, count), unit="D"),
    })  # fmt: skip
    there = ~on_street | (rng.random(count) >= 0.12)
    table, places = table[there].reset_index(drop=True), places[there]
    table.insert(0, "sign_id", [f"B{i:04d}" for i in range(1, len(table) + 1)])
    return gpd.GeoDataFrame(table.assign(**_COMMON), geometry=shapely.points(places),
                            crs="EPSG:4490")  # fmt: skip


def doors(names: gpd.GeoDataFrame, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """
    Return the layer ``door_numbers`` (门牌号): some streets, odd left and even right, EPSG:4490.

    Parameters
    ----------
    names
        The layer ``place_names``, EPSG:4490.
    rng
        Source of randomness.

    Returns
    -------
    door_numbers
        Points; one number in 200 is skipped, one given twice, one on the wrong side.
    """
    streets = names[names["category_code"] == _STREET].iloc[:_NUMBERED]
    parts = []
    for street in streets.itertuples():
        line = shapely.transform(street.geometry, to_metres)
        line = max(shapely.get_parts(line), key=shapely.length)
        count = min(int(line.length // _DOOR_STEP_M), _DOORS)
        parts += [_side(street, line, side, count, rng) for side in ("left", "right")]
    table = pd.concat(parts, ignore_index=True)
    xy = rounded_degrees(np.vstack(table.pop("xy").to_list()))
    table.insert(0, "door_id", [f"M{i:05d}" for i in range(1, len(table) + 1)])
    return gpd.GeoDataFrame(table.assign(**_COMMON), geometry=shapely.points(xy), crs="EPSG:4490")


def _side(street: Any, line: Any, side: str, count: int, rng: np.random.Generator) -> pd.DataFrame:
    """Give one side of a street its numbers, with faults."""
    left = side == "left"
    at = np.arange(1, count + 1) * _DOOR_STEP_M - _DOOR_STEP_M / 2
    odd = rng.random(count)
    numbers = 2 * np.arange(1, count + 1) - left + 2 * np.cumsum(odd < 1 / 200)
    numbers += np.where((odd >= 1 / 200) & (odd < 2 / 200), -2, 0) * (np.arange(count) > 0)
    numbers += (odd >= 2 / 200) & (odd < 3 / 200)
    here = shapely.get_coordinates(shapely.line_interpolate_point(line, at))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(line, at + 0.5))
    step = (ahead - here) / 0.5
    aside = np.column_stack([-step[:, 1], step[:, 0]]) * (_DOOR_ASIDE_M if left else -_DOOR_ASIDE_M)
    return pd.DataFrame({
        "place_id": street.place_id, "number": [f"{n}号" for n in numbers], "side": side,
        "chainage_m": at, "reserved": rng.random(count) < 0.05,
        "address": [f"{street.standard_name}{n}号" for n in numbers],
        "unit_code": street.unit_code, "xy": list(here + aside),
    })  # fmt: skip


def heritage(names: gpd.GeoDataFrame, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Return the layer ``heritage`` (地名文化遗产): eight invented entries, points in EPSG:4490."""
    hamlets = names[names["category_code"] == _HAMLET]
    own = hamlets.iloc[np.sort(rng.choice(len(hamlets), len(_HERITAGE), replace=False))]
    village = np.array([h[0] == "千年古村落" for h in _HERITAGE])
    listed = np.arange(len(_HERITAGE)) < len(_HERITAGE) // 2
    table = pd.DataFrame({
        "heritage_id": [f"Y{i:03d}" for i in range(1, len(_HERITAGE) + 1)],
        "place_id": own["place_id"].where(village).to_numpy(),
        "name": np.where(village, own["standard_name"], [h[1] for h in _HERITAGE]),
        "category": [h[0] for h in _HERITAGE],
        "first_use_year": pd.array([h[2] for h in _HERITAGE], dtype="Int64"),
        "evidence": [None if h[2] is None else "演示方志" for h in _HERITAGE],
        "event": [h[3] for h in _HERITAGE],
        "status": np.where(listed, "listed", "candidate"),
        "batch": pd.Series("演示第一批", own.index).where(listed).to_numpy(),
        "listed_on": pd.Series(pd.Timestamp("2021-06-12"), own.index).where(listed).to_numpy(),
    })  # fmt: skip
    geometry = own.geometry.to_numpy()
    return gpd.GeoDataFrame(table.assign(**_COMMON), geometry=geometry, crs="EPSG:4490")
