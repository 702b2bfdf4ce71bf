"""Disputes of a workspace (边界争议): two parties' lines compared, with all that lies between."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
import pandas as pd

from geoplan import boundaries
from geoplan.boundaries.notes import texts
from geoplan.errors import EmptyLayerError, UnknownIdError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from geoplan.workspace.opening import Workspace

_DEMARCATED = ("agreed", "approved")
_NEW = ("planned", "building", "new")


class DisputeReview(NamedTuple):
    """
    What lies between two parties' lines, case by case.

    ``disputed_faces`` with people, facilities and villages inside, the ``claims`` themselves, the
    ``official`` lines where they were demarcated, ``cases`` with state and filing chain,
    ``evidence`` by party, ``freeze_warnings`` for what is new on disputed land, ``findings`` on
    the lines.
    """

    disputed_faces: gpd.GeoDataFrame
    claims: gpd.GeoDataFrame
    official: gpd.GeoDataFrame
    cases: pd.DataFrame
    evidence: pd.DataFrame
    freeze_warnings: pd.DataFrame
    findings: pd.DataFrame


def review_claims(
    workspace: Workspace,
    claims: gpd.GeoDataFrame,
    *,
    today: date,
    case: str = "",
    left: str = "",
    layers: Mapping[str, pd.DataFrame] | None = None,
) -> DisputeReview:
    """
    Compare the claims of two parties, case by case (RULES §5.8).

    Parameters
    ----------
    workspace
        With ``admin_units``, and ``population``, ``facilities``, ``projects``,
        ``candidate_sites``, ``residential_areas``, ``boundary_lines`` where there are.
    claims
        The layer ``claims``, any CRS.
    today
        The day asked about.
    case
        One ``case_id``; empty for all.
    left
        The party on the left of its own line, where the parties are no units.
    layers
        Look at these instead of the workspace's own.

    Returns
    -------
    review
        Shapes in the workspace's metric CRS.

    Raises
    ------
    UnknownIdError
        If there is no such case or party.
    EmptyLayerError
        If there are no claims.
    """
    layers = workspace.layers if layers is None else layers
    units = gpd.GeoDataFrame(layers["admin_units"]).to_crs(workspace.metric_crs)
    own = _chosen(claims, case).to_crs(units.crs)
    parties = dict.fromkeys(p for p in texts(own, "party") if p)
    if left and left not in parties:
        raise UnknownIdError.among("party", "主张方", left, parties)
    lines = layers.get("boundary_lines")
    named = dict.fromkeys(texts(own, "case_id"), left) if left else {}
    official = _official(own, lines)
    faces, findings = boundaries.compare_claims(
        own, official, left_parties=named, admin_units=units
    )
    inside = boundaries.inside(
        faces, population=layers.get("population"), facilities=layers.get("facilities"),
        villages=units[(units["level"] == "village").to_numpy(dtype=bool)],
    )  # fmt: skip
    return DisputeReview(
        disputed_faces=gpd.GeoDataFrame(pd.concat([faces, inside], axis=1), crs=faces.crs),
        claims=own,
        official=official,
        cases=boundaries.case_table(own, units, today, lines=lines),
        evidence=boundaries.weigh_evidence(own.reindex(columns=[*own.columns.union(
            ["evidence_class"], sort=False)])),
        freeze_warnings=_frozen(layers, faces),
        findings=findings,
    )  # fmt: skip


def _chosen(claims: gpd.GeoDataFrame, case: str) -> gpd.GeoDataFrame:
    cases = pd.Series(texts(claims, "case_id"), index=claims.index)
    if not len(claims):
        raise EmptyLayerError.for_layer("claims")
    if case and case not in set(cases):
        raise UnknownIdError.among("case", "案件", case, sorted(set(cases)))
    return claims[(cases == case).to_numpy(dtype=bool)] if case else claims


def _official(claims: gpd.GeoDataFrame, lines: pd.DataFrame | None) -> gpd.GeoDataFrame:
    """Return the demarcated lines that the cases are about, case by case."""
    empty = gpd.GeoDataFrame({"case_id": [], "line_id": []}, geometry=[], crs=claims.crs)
    if not isinstance(lines, gpd.GeoDataFrame) or "line_id" not in claims.columns:
        return empty
    about = claims[["case_id", "line_id"]].dropna().drop_duplicates()
    agreed = lines[lines["legal_status"].isin(_DEMARCATED).to_numpy(dtype=bool)].to_crs(claims.crs)
    found = about.merge(pd.DataFrame(agreed)[["line_id", "geometry"]], on="line_id")
    return gpd.GeoDataFrame(found, crs=claims.crs) if len(found) else empty


def _frozen(layers: Mapping[str, pd.DataFrame], faces: gpd.GeoDataFrame) -> pd.DataFrame:
    """Warn of facilities, projects, sites and estates that are new on disputed land."""
    status = {"residential_areas": "build_status"}
    parts = []
    for name in ("facilities", "projects", "candidate_sites", "residential_areas"):
        frame = layers.get(name)
        if not isinstance(frame, gpd.GeoDataFrame) or not len(frame) or not len(faces):
            continue
        if name == "candidate_sites":  # whatever is proposed is new
            frame = frame.assign(status="planned")
        frame = frame.rename(columns={status.get(name, "status"): "status"})
        parts.append(boundaries.freeze_warnings(frame, faces, new=_NEW).assign(layer=name))
    empty = boundaries.freeze_warnings(faces.iloc[:0], faces).assign(layer="")
    table = pd.concat(parts, ignore_index=True) if parts else empty
    return table[["layer", *(c for c in table.columns if c != "layer")]]
