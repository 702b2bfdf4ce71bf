"""
A plan to mend a coverage (修复方案): reviewable JSON, one action per defect, nothing applied.

Authority order: a signed agreement's line, then an approved higher level, then the newer survey.
Where none of them decides, the plan proposes to mark a dispute or a true gap: it never gives away
land by the length of a border.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geoplan import crs as _crs

if TYPE_CHECKING:
    from collections.abc import Hashable

    import geopandas as gpd
    import numpy.typing as npt

    Array = npt.NDArray[Any]

ACTIONS = {
    "insert_vertex": "插入节点（不改变界线）",
    "snap_to": "贴合到依据方的界线",
    "assign_face": "面片划归某单元",
    "mark_dispute": "标为争议地段",
    "mark_true_gap": "标为确无归属",
    "decide": "须人工决定",
}
"""What an action does; ``mark_*`` and ``decide`` change no geometry."""
STATUSES = ("proposed", "accepted", "rejected")
_ON_LINE_M = 0.05
_AGREED = ("agreed", "approved")
_MOSTLY = 0.5
_ADVICE = {
    "displaced": ("向提供单位索要原始坐标与坐标系", "ask its source for the coordinates and CRS"),
    "duplicate": ("确认保留哪一条记录", "say which of the records stays"),
    "bow_tie": ("在原图上改正顶点次序", "put the vertices right at the source"),
    "invalid": ("在原图上改正", "mend it at the source"),
    "empty": ("补交该单元的图形", "ask for the shape of this unit"),
    "undissolved": ("合并该单元的两部分", "dissolve the parts of the unit"),
}


def digest_of(units: gpd.GeoDataFrame) -> str:
    """Return the digest of codes and shapes that a plan was made for."""
    seal = hashlib.sha256()
    for code, shape in zip(units["unit_code"], units.geometry, strict=True):
        seal.update(str(code).encode() + b"\0" + (b"" if shape is None else shape.wkb))
    return seal.hexdigest()


def plan_repair(
    admin_units: gpd.GeoDataFrame,
    defects: gpd.GeoDataFrame,
    *,
    lines: gpd.GeoDataFrame | None = None,
) -> dict[str, Any]:
    """
    Propose one action for each defect, with whose line counts and why.

    Parameters
    ----------
    admin_units
        The units that were diagnosed: ``unit_code``, metric CRS; ``source_date`` tells the newer
        survey.
    defects
        From `diagnose`.
    lines
        The layer ``boundary_lines`` in the same CRS; those agreed or approved are authority.

    Returns
    -------
    plan
        JSON-ready: ``units_digest``, ``crs`` and ``actions``; each action has ``id``,
        ``defect_id``, ``action`` (of `ACTIONS`), ``to`` and ``from`` (units that win and lose the
        ``face``), ``area_m2``, ``reason_zh``, ``reason_en`` and ``status``. Only vertices that
        change no line are accepted from the start; set the others to ``accepted`` or ``rejected``.

    Raises
    ------
    NotMetricCRSError, MissingCRSError
        If the units do not measure in metres.
    CRSMismatchError
        If the lines are in another CRS.
    """
    _crs.require_metric(admin_units, "admin_units")
    agreed = None
    if lines is not None:
        _crs.require_same(admin_units, lines, "admin_units", "boundary_lines")
        agreed = lines[lines["legal_status"].isin(_AGREED)].geometry.union_all()
    judge = _Authority(admin_units, agreed)
    actions = [_action(row, judge) for row in defects.to_dict("records")]
    for number, action in enumerate(actions, 1):
        action["id"] = f"R{number:04d}"
    return {
        "plan_version": 1,
        "crs": str(admin_units.crs.to_string()),
        "units_digest": digest_of(admin_units),
        "actions": actions,
    }


class _Authority:
    """Whose line counts between two units."""

    def __init__(self, units: gpd.GeoDataFrame, agreed: Any) -> None:
        self.shape = dict(zip(units["unit_code"].astype(str), units.geometry, strict=True))
        dates = units["source_date"] if "source_date" in units.columns else None
        self.date = (
            {} if dates is None
            else dict(zip(self.shape, pd.to_datetime(dates, errors="coerce"), strict=False))
        )  # fmt: skip
        self.agreed = agreed

    def between(self, a: str, b: str, face: Any) -> tuple[str, tuple[str, str]] | None:
        """Return the unit whose border counts along a face, and why; None where nothing tells."""
        if self.agreed is not None and not self.agreed.is_empty:
            on = [self._on_agreed(unit, face) for unit in (a, b)]
            if max(on) > _MOSTLY >= min(on):
                who = (a, b)[int(np.argmax(on))]
                return who, (f"{who} 的边与已签协议的界线一致", f"{who} follows the agreed line")
        dates = [self.date.get(unit) for unit in (a, b)]
        if all(d is not None and not pd.isna(d) for d in dates) and dates[0] != dates[1]:
            who = (a, b)[int(dates[1] > dates[0])]  # type: ignore[operator]
            return who, (f"{who} 的测绘较新", f"{who} was surveyed later")
        return None

    def _on_agreed(self, unit: str, face: Any) -> float:
        border = shapely.intersection(
            shapely.boundary(self.shape[unit]), shapely.buffer(face, _ON_LINE_M)
        )
        if border.length == 0.0:
            return 0.0
        near = shapely.intersection(border, shapely.buffer(self.agreed, _ON_LINE_M))
        return float(near.length / border.length)


def _action(row: dict[Hashable, Any], judge: _Authority) -> dict[str, Any]:
    kind, units, face = str(row["kind"]), str(row["units"]).split(";"), row["geometry"]
    base = {
        "id": "", "defect_id": row["defect_id"], "kind": kind, "units": units, "to": None,
        "from": [], "area_m2": None if pd.isna(row["area_m2"]) else float(row["area_m2"]),
        "face": None if face is None else shapely.to_wkt(face, rounding_precision=-1),
        "status": "proposed",
    }  # fmt: skip
    if kind in _ADVICE or str(row["remark_en"]).startswith("because"):
        zh, en = _ADVICE.get(kind, (str(row["remark_zh"]), str(row["remark_en"])))
        return {**base, "action": "decide", "reason_zh": zh, "reason_en": en}
    if kind == "t_junction":
        return {**base, "action": "insert_vertex", "to": units[0], "status": "accepted",
                "reason_zh": "邻边有此节点，插入后界线不变",
                "reason_en": "the neighbour has this vertex; the line stays"}  # fmt: skip
    if kind == "enclave_without_hole":
        return {**base, "action": "assign_face", "to": units[1], "from": [units[0]],
                "reason_zh": "飞地归其自身单元，外围单元挖空",
                "reason_en": "an enclave belongs to itself; its host gets a hole"}  # fmt: skip
    return {**base, **_by_authority(kind, units, face, judge)}


def _by_authority(kind: str, units: list[str], face: Any, judge: _Authority) -> dict[str, Any]:
    """Decide between two parties, or leave the place to people."""
    verdict = judge.between(units[0], units[1], face) if len(units) == 2 else None  # noqa: PLR2004
    gap = kind.endswith("gap")
    if verdict is None:
        word = "mark_true_gap" if gap else "mark_dispute"
        if kind == "near_parallel":
            word = "decide"
        return {"action": word, "reason_zh": "没有协议或新旧依据，须双方确认",
                "reason_en": "no agreement and no newer survey: both sides must say"}  # fmt: skip
    who, (zh, en) = verdict
    other = next(u for u in units if u != who)
    to, lose = (other, []) if gap else (who, [other])
    if kind == "near_parallel":
        to, lose = other, []
    slender = kind.startswith("sliver") or kind == "near_parallel"
    return {"action": "snap_to" if slender else "assign_face", "to": to, "from": lose,
            "authority": who, "reason_zh": zh, "reason_en": en}  # fmt: skip
