"""
Papers of the boundaries (界线文件、登记表、观测): invented agreements, registers, observations.

Gaps are meant to be there: an agreement whose map is lost, an agreed length that is wrong, a
register without signatures, a peace agreement that ran out, a marker that has moved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.crs import METRIC, ellipsoidal_length_m
from geoplan.demo import facts as _facts
from geoplan.demo.metres import rounded_degrees, to_metres

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

_COMMON: dict[str, Any] = {
    "source": _facts.SOURCE,
    "source_date": _facts.DATE,
    "secrecy": "internal",
    "synthetic": True,
}
_HIGHER = ("province", "prefecture", "county")
_GOVERNMENT = "上级人民政府（演示）"
# kind, title, share of lines that have it, issuer
_PAPERS = (
    ("agreement", "界线协议书", 0.97, "双方人民政府（演示）"),
    ("agreement_map", "协议书附图", 0.93, "双方人民政府（演示）"),
    ("approval", "批复", 0.95, _GOVERNMENT),
    ("marker_register", "界桩登记表", 0.88, "双方民政部门（演示）"),
    ("peace_agreement", "平安边界协议", 0.8, "双方人民政府（演示）"),
)
_OBSERVED = 70


def _days(rng: np.random.Generator, first: str, days: int, count: int) -> pd.Series[Any]:
    return pd.Series(pd.Timestamp(first) + pd.to_timedelta(rng.integers(0, days, count), unit="D"))


def _some(values: Any, rng: np.random.Generator, share: float) -> pd.Series[Any]:
    """Keep that share of the values; the others are missing."""
    column = pd.Series(values)
    return column.where(rng.random(len(column)) < share)


def agreed(lines: gpd.GeoDataFrame, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """
    Return the layer ``boundary_lines`` with what an agreement says of each demarcated line.

    Parameters
    ----------
    lines
        From `boundaries.lines`, EPSG:4490.
    rng
        Source of randomness.

    Returns
    -------
    boundary_lines
        Approval, agreement, agreed length (one in twenty is three per cent off), direction,
        whether the geometry is precise (county and above) and from the standard map.
    """
    count = len(lines)
    done = lines["legal_status"].isin(["agreed", "approved"]).to_numpy()
    higher = lines["level"].isin(_HIGHER).to_numpy()
    off = np.where(rng.random(count) < 0.05, 1.03, 1.0 + rng.normal(0, 0.001, count))
    length = pd.Series((ellipsoidal_length_m(lines) * off).round(1))
    number = np.arange(1, count + 1)
    ends = [c.fillna("界线交会处") for c in (lines["start_point"], lines["end_point"])]
    said = [f"自{a}起，沿山脊、河流中心线行至{b}止（演示文本，以协议书为准）"
            for a, b in zip(*ends, strict=True)]  # fmt: skip
    table = pd.DataFrame({
        "approval_doc": [f"演示批〔{2001 + n % 9}〕{n}号" for n in number],
        "approved_on": _days(rng, "2001-03-01", 3_000, count),
        "agreement_no": [f"演示协〔{2001 + n % 9}〕{n}号" for n in number],
        "agreement_map": [f"演示图 {n:03d}" for n in number],
        "agreed_length_m": _some(length, rng, 0.95), "direction_text": _some(said, rng, 0.92),
    })  # fmt: skip
    table = table.where(pd.Series(done), other=np.nan)
    refined = pd.array(rng.random(count) < 0.85, dtype="boolean")
    refined[~higher] = pd.NA
    drawn = pd.array(rng.random(count) < np.where(higher, 0.95, 0.6), dtype="boolean")
    drawn[~done] = False
    return lines.assign(**{str(c): table[c].to_numpy() for c in table}, precise=refined,
                        std_drawing=drawn)  # fmt: skip


def registered(
    markers: gpd.GeoDataFrame,
    lines: gpd.GeoDataFrame,
    names: pd.Series,
    rng: np.random.Generator,
) -> gpd.GeoDataFrame:
    """
    Return the layer ``boundary_markers`` with the fields of the register (界桩登记表).

    Parameters
    ----------
    markers
        From `boundaries.markers`, EPSG:4490.
    lines
        The layer ``boundary_lines``.
    names
        Unit names by code.
    rng
        Source of randomness.

    Returns
    -------
    boundary_markers
        The columns of ``markers`` as they were, the register beside them; about one register in
        six lacks something.
    """
    count = len(markers)
    line = lines.set_index("line_id").loc[markers["line_id"]]
    xy = to_metres(shapely.get_coordinates(markers.geometry.to_numpy()))
    where = [[f"{names.get(c, c)}演示村" for c in line[side]] for side in ("left_code",
                                                                        "right_code")]  # fmt: skip
    files = markers["marker_id"].to_numpy(dtype=object)
    old = rng.random(count) < 0.03
    return markers.assign(
        line_code=line["line_code"].to_numpy(), level=line["level"].to_numpy(),
        shape="two_faced", material=_some(["花岗石"] * count, rng, 0.98).to_numpy(),
        location_a=where[0], location_b=where[1],
        x_north_m=xy[:, 1].round(3), y_east_m=xy[:, 0].round(3), source_crs=METRIC,
        elevation_m=_some(rng.uniform(60, 420, count).round(1), rng, 0.97).to_numpy(),
        height_datum=np.where(old, "1956黄海高程系", "1985国家高程基准"), frame="CGCS2000",
        position_text="位于山脊线上，距道路约百米（演示）",
        photos_near=files + "_近景.jpg", photos_a=files + "_甲方.jpg",
        photos_b=_some(files + "_乙方.jpg", rng, 0.94).to_numpy(),
        size_text=_some(["140×20×20 厘米"] * count, rng, 0.98).to_numpy(),
        buried_m=0.8, set_up_year=pd.array(rng.integers(2002, 2012, count), dtype="Int64"),
        iot=rng.random(count) < 0.05, surveyors="演示员一、演示员二",
        officers=_some(["甲方演示员、乙方演示员"] * count, rng, 0.93).to_numpy(),
        registered_on=_days(rng, "2003-01-01", 3_000, count).to_numpy(),
    )  # fmt: skip


def documents(
    lines: gpd.GeoDataFrame, inspections: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """
    Return the table ``documents`` (协议与批准文件): the papers of each demarcated line.

    Parameters
    ----------
    lines
        The layer ``boundary_lines``, any CRS.
    inspections
        The table ``inspections``: most that were completed have their report.
    rng
        Source of randomness.

    Returns
    -------
    documents
        Agreements, maps, approvals, registers, peace agreements (some run out, some without an
        end), inspection reports; ``internal``, as they are invented.
    """
    own = lines[lines["legal_status"].isin(["agreed", "approved"])].reset_index(drop=True)
    parts = []
    for kind, word, share, issuer in _PAPERS:
        held = own[rng.random(len(own)) < share]
        signed = _days(rng, "2001-03-01", 3_000, len(held))
        until = pd.Series(pd.NaT, index=held.index)
        if kind == "peace_agreement":
            signed = _days(rng, "2019-06-01", 1_500, len(held))
            until = _some(signed + pd.Timedelta(days=5 * 365), rng, 0.95)
        parts.append(_rows(held, kind, word, issuer, signed, until))
    done = inspections[inspections["completed_on"].notna()]
    done = done[rng.random(len(done)) < 0.9].merge(own[["line_id", "name"]], on="line_id")
    parts.append(_rows(done, "inspection_report", "联合检查报告", "双方人民政府（演示）",
                       done["completed_on"], pd.Series(pd.NaT, index=done.index)))  # fmt: skip
    table = pd.concat(parts, ignore_index=True)
    ids = [f"W{i:04d}" for i in range(1, len(table) + 1)]
    table.insert(0, "document_id", ids)
    table["document_no"] = [f"演示〔{d.year}〕{i}号" for i, d in
                            enumerate(table["document_date"], 1)]  # fmt: skip
    return table.assign(**_COMMON)


def _rows(
    held: pd.DataFrame, kind: str, word: str, issuer: str, signed: pd.Series, until: pd.Series
) -> pd.DataFrame:
    return pd.DataFrame({
        "title": [f"{name}{word}（演示）" for name in held["name"]], "document_kind": kind,
        "document_date": pd.to_datetime(signed).to_numpy(),
        "valid_until": pd.to_datetime(until).to_numpy(), "issuer": issuer,
        "line_id": held["line_id"].to_numpy(),
    })  # fmt: skip


def observations(
    markers: gpd.GeoDataFrame, inspections: pd.DataFrame, rng: np.random.Generator
) -> gpd.GeoDataFrame:
    """
    Return the layer ``observations`` (外业观测): markers seen again, EPSG:4490.

    Parameters
    ----------
    markers
        The layer ``boundary_markers``.
    inspections
        The table ``inspections``.
    rng
        Source of randomness.

    Returns
    -------
    observations
        By satellite survey and by telephone; those of condition ``moved`` stand elsewhere, one
        position comes from a consumer map, two markers could not be reached.
    """
    there = markers[markers["condition"] != "lost"].reset_index(drop=True)
    moved = np.flatnonzero(there["condition"] == "moved")
    drawn = np.union1d(rng.choice(len(there), _OBSERVED, replace=False), moved)
    seen = there.iloc[drawn].reset_index(drop=True)
    count = len(seen)
    surveyed, map_, away = rng.random(count) < 0.4, np.arange(count) == 7, np.arange(count) < 2
    sigma = np.where(surveyed, 0.03, 1.5)
    turn = rng.uniform(0, 2 * np.pi, count)
    step = np.abs(rng.normal(0, sigma))
    step = np.where(seen["condition"] == "moved", rng.uniform(15, 40, count), step)
    step = np.where(map_, 600.0, step)
    xy = to_metres(shapely.get_coordinates(seen.geometry.to_numpy()))
    xy = rounded_degrees(xy + np.column_stack([np.sin(turn), np.cos(turn)]) * step[:, None])
    places = np.asarray(shapely.points(xy), dtype=object)
    places[away] = None
    last = inspections.drop_duplicates("line_id", keep="last").set_index("line_id")
    table = pd.DataFrame({
        "observation_id": [f"O{i:04d}" for i in range(1, count + 1)],
        "inspection_id": last["inspection_id"].reindex(seen["line_id"]).to_numpy(),
        "marker_id": seen["marker_id"].to_numpy(),
        "method": np.where(away, "unreachable", "walked"),
        "observed_on": _days(rng, "2023-04-01", 540, count),
        "positioning": np.where(surveyed, "rtk", "phone"),
        "accuracy_m": _some(np.where(surveyed, 0.05, 3.0), rng, 0.9),
        "datum": [{True: "GCJ-02"}.get(m) for m in map_.tolist()],
        "frame": np.where(surveyed, "CGCS2000", "WGS84"),
        "epoch_year": np.where(surveyed, 2000.0, np.nan),
        "finding": [f"{'水深不能到达' if a else '见桩'}（演示）" for a in away],
    })  # fmt: skip
    return gpd.GeoDataFrame(table.assign(**_COMMON), geometry=places, crs="EPSG:4490")
