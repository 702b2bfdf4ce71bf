"""A division change of a workspace (区划变更): entered, and everything it does put side by side."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import pandas as pd

from geoplan import boundaries, indicators, standards
from geoplan.boundaries.change_impact import PLACED
from geoplan.boundaries.change_land import levels_with_land
from geoplan.boundaries.change_lines import REGISTERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geoplan.boundaries.change_file import Change
    from geoplan.workspace.opening import Workspace


class ChangeReview(NamedTuple):
    """
    What a division change does, frame by frame.

    ``admin_units`` holds all versions, ``moved_land`` and ``line_changes`` the pieces by level;
    ``statistics`` every unit that differs, before and after; ``impact`` every row whose unit
    differs, ``persons`` their number by pair of units; ``standards`` every check that differs;
    ``approvals``, ``deadlines``, ``dossier`` what the law asks; ``findings`` odd shapes.
    """

    admin_units: gpd.GeoDataFrame
    moved_land: gpd.GeoDataFrame
    line_changes: gpd.GeoDataFrame
    statistics: pd.DataFrame
    impact: gpd.GeoDataFrame
    persons: pd.DataFrame
    standards: pd.DataFrame
    approvals: pd.DataFrame
    deadlines: pd.DataFrame
    dossier: pd.DataFrame
    findings: pd.DataFrame


def review_change(
    workspace: Workspace,
    change: Change,
    *,
    layers: Mapping[str, pd.DataFrame] | None = None,
    judge: bool = True,
) -> ChangeReview:
    """
    Enter a division change and return what it does to everything else (RULES §5.9).

    The workspace is not changed.

    Parameters
    ----------
    workspace
        With ``admin_units``.
    change
        From `boundaries.parse_change`.
    layers
        Look at these instead of the workspace's own.
    judge
        Whether to judge the city by its policy before and after; takes the most time. Reach is
        left out: nobody walks farther because a line moves.

    Returns
    -------
    review
        Shapes in the workspace's metric CRS. Days as of the latest day of effect.

    Raises
    ------
    UnknownIdError, InputError
        If the change cannot be entered, as `boundaries.apply_changes` says.
    """
    layers = workspace.layers if layers is None else layers
    units = gpd.GeoDataFrame(layers["admin_units"]).to_crs(workspace.metric_crs)
    rows = change.rows.to_crs(units.crs)
    versions = boundaries.apply_changes(units, rows)
    last, first = rows["effective_on"].max(), rows["effective_on"].min()
    before = boundaries.valid_on(versions, first - timedelta(days=1))
    after = boundaries.valid_on(versions, last)
    levels = levels_with_land(before, after)
    there = {n: _projected(f, workspace.metric_crs) for n in (*PLACED, *REGISTERS)
             if (f := layers.get(n)) is not None}  # fmt: skip
    lines = boundaries.line_changes(before, after)
    impact = boundaries.impact(before, after, there, levels=levels, lines=lines)
    return ChangeReview(
        admin_units=versions,
        moved_land=_each(levels, lambda v: boundaries.moved_land(before, after, v)),
        line_changes=lines,
        statistics=_each(levels, lambda v: boundaries.statistics(before, after, there, v)
                         .reset_index()),
        impact=_placed(impact, there, units.crs),
        persons=_persons(impact),
        standards=_judged(workspace, layers, before, after) if judge else pd.DataFrame(),
        approvals=boundaries.approvals(rows, before, **change.facts),
        deadlines=boundaries.deadlines(change.approved_on, workspace.policy,
                                       extended=change.extended),
        dossier=boundaries.dossier(change.documents),
        findings=boundaries.land_findings(before, after, levels=levels),
    )  # fmt: skip


def _projected(frame: pd.DataFrame, crs: str) -> pd.DataFrame:
    """Project a layer once, not at every level."""
    placed = isinstance(frame, gpd.GeoDataFrame) and frame.crs is not None
    return gpd.GeoDataFrame(frame).to_crs(crs) if placed else frame


def _each(levels: list[str], work: Any) -> Any:
    """Put the frames of all levels under one another, the level first."""
    parts = [part for level in levels if len(part := work(level).assign(level=level))]
    table = pd.concat(parts, ignore_index=True) if parts else work(levels[0]).assign(level="")
    return table[["level", *(c for c in table.columns if c != "level")]]


def _placed(impact: pd.DataFrame, layers: Mapping[str, pd.DataFrame], crs: Any) -> gpd.GeoDataFrame:
    """Give every row of the impact the shape it has in its layer."""
    shapes = pd.Series(None, index=impact.index, dtype=object)
    for name, rows in impact.groupby("layer"):
        frame = layers[str(name)]
        if isinstance(frame, gpd.GeoDataFrame):
            shapes[rows.index] = frame.geometry.reindex(rows["row"]).to_numpy(dtype=object)
    return gpd.GeoDataFrame(impact.drop(columns="row"), geometry=list(shapes), crs=crs)


def _persons(impact: pd.DataFrame) -> pd.DataFrame:
    """Add up the people that are in another unit afterwards, by level and pair of units."""
    rows = impact[impact["layer"] == "population"]
    pairs = rows.groupby(["level", "unit_before", "unit_after"], dropna=False, sort=True)
    return pairs["persons"].sum(min_count=1).reset_index()


def _judged(
    workspace: Workspace, layers: Mapping[str, pd.DataFrame], before: gpd.GeoDataFrame,
    after: gpd.GeoDataFrame,
) -> pd.DataFrame:  # fmt: skip
    """Judge both states of the city and return what differs."""
    found = {n: f for n in standards.NEEDS if (f := layers.get(n)) is not None}
    sides = []
    for units, frames in ((before, found), (after, boundaries.recoded(found, before, after))):
        # of one day: only the change is to differ, not the date
        undated = units.drop(columns=[c for c in ("valid_from", "valid_to") if c in units])
        sides.append(standards.check({**frames, "admin_units": undated}, workspace.policy,
                                     code_system=workspace.file.code_system))  # fmt: skip
    return indicators.compare(*sides)
