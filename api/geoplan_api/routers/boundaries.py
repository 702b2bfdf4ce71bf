"""
``/boundaries`` 界线: lines, defects, nesting, markers; impact of a change, claims compared.

No answer to the public shows a precise place: shapes are simplified and rounded (SEC-02).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

import geopandas as gpd
import pandas as pd
import shapely
from fastapi import APIRouter, Body, Query
from pydantic import BaseModel, ConfigDict

from geoplan import boundaries, crs
from geoplan.boundaries import diagnosis as _diagnosis
from geoplan.boundaries import nesting as _nesting
from geoplan.boundaries.marker_checks import MARKER_CHECKS
from geoplan.errors import InputError, UnknownIdError
from geoplan.workspace.changes import review_change
from geoplan.workspace.disputes import review_claims
from geoplan_api.deps import (
    SMALL_CELL,
    MostQuery,
    TodayDep,
    ViewsDep,
    records,
    rough,
)
from geoplan_api.limits import HEAVY

if TYPE_CHECKING:
    from geoplan_api.views import Views

router = APIRouter(prefix="/boundaries", tags=["boundaries"])

LineLevel = Literal["county", "township", "village"]
FormatQuery = Annotated[
    Literal["table", "geojson"], Query(alias="format", description="table | geojson")
]
_NOTE, _ROUGHLY = "示意，非法定界线", "；图形已概略化"
_VERTICES = 50_000
_LINES = ("line_id", "line_code", "name", "level", "left_code", "right_code", "length_m",
          "technical_status", "start_point", "end_point")  # fmt: skip
_PRECISE = ("max_width_m", "dx_m", "dy_m")
_BANDS_M = (0.0, 50.0, 100.0, 500.0, float("inf"))
_BAND_WORDS = ("0–50", "50–100", "100–500", "≥500")
_ROUNDED = (("area_m2", 10_000.0), ("length_m", 100.0))
_PEOPLE = ("population", "households", "persons")


@router.get("/lines", dependencies=[HEAVY])
def lines(
    views: ViewsDep,
    level: LineLevel = "township",
    only: LineLevel | Literal["province", "prefecture"] | None = None,
    form: FormatQuery = "table",
    most: MostQuery = 1000,
) -> dict[str, Any]:
    """Boundary lines derived from the units, down to a level; ``only`` those of one level."""
    layers = views.layers
    found = boundaries.derive_lines(gpd.GeoDataFrame(layers["admin_units"]), level=level)
    found = found if only is None else found[(found["level"] == only).to_numpy(dtype=bool)]
    columns = [c for c in _LINES if c in found.columns]
    return _answer(views, found[[*columns, "geometry"]].round({"length_m": 0}), form, most)


@router.get("/defects", dependencies=[HEAVY])
def defects(
    views: ViewsDep, kind: str | None = None, form: FormatQuery = "table",
    most: MostQuery = 1000,
) -> dict[str, Any]:  # fmt: skip
    """Gaps, overlaps, slivers, T-junctions of the units, measured, with the remedy proposed."""
    views.require_result("boundaries")
    units = views.layers.metric("admin_units")
    tolerance_m = _diagnosis.map_tolerance_m(views.city.workspace.policy)
    found = boundaries.diagnose(units, tolerance_m=tolerance_m)
    plan = {a["defect_id"]: a for a in boundaries.plan_repair(units, found)["actions"]}
    actions = [plan[d] for d in found["defect_id"]]
    found = found.assign(remedy=[a["action"] for a in actions],
                         reason_zh=[a["reason_zh"] for a in actions],
                         reason_en=[a["reason_en"] for a in actions])  # fmt: skip
    if kind is not None:
        found = _of_kind(found, kind, _diagnosis.KINDS)
    return _answer(views, found, form, most)


@router.get("/nesting", dependencies=[HEAVY])
def nesting(
    views: ViewsDep, kind: str | None = None, form: FormatQuery = "table",
    most: MostQuery = 1000,
) -> dict[str, Any]:  # fmt: skip
    """Where a level does not divide the level above it edge for edge."""
    views.require_result("boundaries")
    units = views.layers.metric("admin_units")
    share = views.city.workspace.policy.value("area_sum_tolerance")
    found = boundaries.check_nesting(units, area_share=share)
    if kind is not None:
        found = _of_kind(found, kind, _nesting.KINDS)
    return _answer(views, found, form, most)


@router.get("/markers/check", dependencies=[HEAVY])
def markers(
    views: ViewsDep, *, line: str | None = None, every: bool = False,
    most: MostQuery = 1000,
) -> dict[str, Any]:  # fmt: skip
    """Numbers, register, place and order of the markers; those in order only with ``every``."""
    views.require_result("boundaries")
    layers = views.layers
    drawn = layers.metric("boundary_lines")
    checks = boundaries.check_markers(
        layers.metric("boundary_markers"), drawn, views.city.workspace.policy
    )
    if line is not None:
        if line not in set(drawn["line_id"]):
            raise UnknownIdError.among("line", "界线", line, drawn["line_id"])
        checks = checks[(checks["line_id"] == line).to_numpy(dtype=bool)]
    if not every:
        open_ = (checks[list(MARKER_CHECKS)] != "met").any(axis=1)
        checks = checks[open_.to_numpy(dtype=bool)]
    return _answer(views, checks.drop(columns=["chainage_m", "offset_m"]), "table", most)


@router.post("/impact", dependencies=[HEAVY])
def impact(
    views: ViewsDep,
    *,
    change: Annotated[dict[str, Any], Body(description="变更文件 a change file as JSON")],
    standards: bool = False,
    most: MostQuery = 1000,
) -> dict[str, Any]:
    """
    Everything that a division change moves, with approval level, deadlines and dossier.

    The workspace is not changed. People are counted by pair of units, never listed; fewer than ten
    are left empty.
    """
    views.require_result("boundaries")
    read = boundaries.parse_change(change)
    _few_vertices(read.rows.geometry)
    review = review_change(views.city.workspace, read, judge=standards,
                           layers=views.layers)  # fmt: skip
    rows = review.impact[(review.impact["layer"] != "population").to_numpy(dtype=bool)]
    persons = review.persons
    persons = persons.assign(persons=persons["persons"].where(persons["persons"] >= SMALL_CELL))
    return {
        **_head(views), "title": read.title, "total": len(rows),
        "rows": _records(rows.head(most)), "persons": records(persons),
        "statistics": records(_no_few(review.statistics)),
        **{name: _records(getattr(review, name)) for name in
           ("moved_land", "line_changes", "standards", "approvals", "deadlines", "dossier",
            "findings")},
    }  # fmt: skip


class CompareBody(BaseModel):
    """
    Two parties' lines as GeoJSON in CGCS2000 degrees, or nothing: then the layer ``claims``.

    ``left`` is the party whose land is on the left of its own line; ``ours_name`` and
    ``theirs_name`` may be codes or names of units, which tell it too.
    """

    model_config = ConfigDict(extra="forbid")

    ours: dict[str, Any] | None = None
    theirs: dict[str, Any] | None = None
    ours_name: str = "ours"
    theirs_name: str = "theirs"
    left: str = ""
    case: str = ""


@router.post("/compare", dependencies=[HEAVY])
def compare(views: ViewsDep, body: CompareBody, day: TodayDep) -> dict[str, Any]:
    """Faces between two parties' lines, with what is inside, evidence, freeze and case state."""
    views.require_result("boundaries")
    layers = views.layers
    if (body.ours is None) != (body.theirs is None):
        raise _one_sided()
    claims = gpd.GeoDataFrame(layers["claims"]) if body.ours is None else _claims(body)
    review = review_claims(views.city.workspace, claims, today=day, case=body.case, left=body.left,
                           layers=layers)  # fmt: skip
    faces = review.disputed_faces
    faces = faces.assign(persons=faces["persons"].where(
        (faces["persons"] == 0) | (faces["persons"] >= SMALL_CELL)))  # fmt: skip
    found: dict[str, Any] = json.loads(_drawn(views, faces).to_json(na="null"))
    return {
        **_head(views), "faces": found,
        **{name: _records(getattr(review, name)) for name in
           ("cases", "evidence", "freeze_warnings", "findings")},
    }  # fmt: skip


def _head(views: ViewsDep) -> dict[str, Any]:
    note = _NOTE + _ROUGHLY if views.public else _NOTE
    return {"synthetic": views.city.workspace.file.synthetic, "note": note}


def _answer(views: ViewsDep, frame: pd.DataFrame, form: str, most: int) -> dict[str, Any]:
    """Return the first rows of a result, as a table or on a map, to everybody in bands."""
    shown = _banded(frame.head(most)) if views.public else frame.head(most)
    head = {**_head(views), "total": len(frame)}
    if form == "table":
        return {**head, "rows": _records(shown)}
    found: dict[str, Any] = json.loads(_drawn(views, gpd.GeoDataFrame(shown)).to_json(na="null"))
    return {**found, **head}


def _banded(frame: pd.DataFrame) -> pd.DataFrame:
    """Return widths and shifts as bands, sizes rounded: none tells a line's place (SEC-02)."""
    out = frame.copy()
    for name in _PRECISE:
        if name in out.columns:
            sizes = pd.to_numeric(out[name], errors="coerce").abs()
            out[name] = pd.cut(sizes, _BANDS_M, right=False, labels=_BAND_WORDS).astype("object")
    if any(name in out.columns for name in _PRECISE):
        for name, step in _ROUNDED:
            out[name] = (out[name] / step).round() * step
    return out


def _drawn(views: Views, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return shapes in degrees, rough ones to everybody."""
    return rough(frame) if views.public else frame.to_crs(crs.GEOGRAPHIC)


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return records(pd.DataFrame(frame).drop(columns="geometry", errors="ignore"))


def _of_kind(frame: gpd.GeoDataFrame, kind: str, known: dict[str, Any]) -> gpd.GeoDataFrame:
    if kind not in known:
        raise UnknownIdError.among("kind", "类型", kind, known)
    return frame[(frame["kind"] == kind).to_numpy(dtype=bool)]


def _no_few(statistics: pd.DataFrame) -> pd.DataFrame:
    """Leave out numbers whose difference would tell of fewer than ten persons."""
    out = statistics.copy()
    for name in _PEOPLE:
        moved = (out[f"{name}_after"] - out[f"{name}_before"]).abs()
        few = ((moved > 0) & (moved < SMALL_CELL)).fillna(value=False).to_numpy(dtype=bool)
        out[f"{name}_after"] = out[f"{name}_after"].mask(few)
    return out


def _claims(body: CompareBody) -> gpd.GeoDataFrame:
    """Read the two lines of a request."""
    rows, shapes = [], []
    for name, party, given in (("ours", body.ours_name, body.ours),
                               ("theirs", body.theirs_name, body.theirs)):  # fmt: skip
        drawn = shapely.from_geojson(json.dumps(given), on_invalid="ignore")
        parts = shapely.get_parts(shapely.get_parts(drawn)) if drawn is not None else []
        if not len(parts) or any(p.geom_type != "LineString" or p.is_empty for p in parts):
            raise _no_line(name)
        rows += [{"claim_id": f"{name}{k}", "case_id": "1", "party": party or name}
                 for k in range(len(parts))]  # fmt: skip
        shapes += list(parts)
    _few_vertices(shapes)
    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry=shapes, crs=crs.GEOGRAPHIC)


def _few_vertices(shapes: Any) -> None:
    count = int(shapely.get_num_coordinates(list(shapes)).sum())
    if count > _VERTICES:
        raise InputError(
            f"The shapes have {count:,} vertices; {_VERTICES:,} are allowed.",
            zh=f"图形共 {count:,} 个顶点，最多 {_VERTICES:,} 个。",
            fix="simplify the shapes", fix_zh="简化图形", vertices=count,
        )  # fmt: skip


def _one_sided() -> InputError:
    return InputError(
        "One party's line is missing.", zh="缺少一方的主张线。",
        fix="give both ours and theirs, or neither: then the layer claims is compared",
        fix_zh="ours 与 theirs 须同时给出，或都不给（比较 claims 图层）",
    )  # fmt: skip


def _no_line(name: str) -> InputError:
    return InputError(
        f"{name} is no line.", zh=f"{name} 不是线。",
        fix="give a GeoJSON LineString or MultiLineString, bare or as Features",
        fix_zh="请给出 GeoJSON 的 LineString 或 MultiLineString，可置于 Feature 中",
        field=name,
    )  # fmt: skip
