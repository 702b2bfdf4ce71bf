"""Writing the results (写出成果): every file of a run, all of them or none."""

from __future__ import annotations

import json
import platform
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan import __version__, indicators, io, maps, reports
from geoplan.errors import GeoplanError, MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from geoplan.workspace.opening import Workspace
    from geoplan.workspace.steps import Progress, RunResult


def write_results(result: RunResult, workspace: Workspace, tell: Progress) -> None:
    """
    Write ``results.gpkg``, tables, map, report and manifest into the result's folder.

    Raises
    ------
    OutputError
        If the system refuses; the folder is left as it was.
    """
    report = result.report
    with io.replacing_folder(result.folder) as folder:
        tell(0.0, "results.gpkg")
        io.write_gpkg(_result_layers(report), folder / "results.gpkg")
        tell(0.3, "tables")
        sheets = reports.sheets(report)
        io.write_xlsx(sheets, folder / "tables.xlsx")
        (folder / "tables").mkdir(exist_ok=True)
        for name, table in _tables(report).items():
            io.write(table, folder / "tables" / f"{name}.csv")
        for name, read in _rejected(workspace):
            io.write(read, folder / "tables" / f"rejected_{name}.csv")
        tell(0.5, "map.html")
        page = maps.city_map(
            report.units, report.coverage, report.areas, report.facilities, report.demand,
            title=report.title_zh, synthetic=report.synthetic, unserved=report.unserved,
            policy_id=report.policy_id,
            data_date=report.assessment_date,
        )  # fmt: skip
        (folder / "map.html").write_text(page, encoding="utf-8")
        tell(0.8, "report.html")
        _papers(report, folder, result)
        written = (str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())
        result.files = [*sorted(written), "manifest.json"]
        manifest = json.dumps(_manifest(result, workspace, folder), ensure_ascii=False, indent=2)
        (folder / "manifest.json").write_text(manifest + "\n", encoding="utf-8")


def _papers(report: reports.CityReport, folder: Path, result: RunResult) -> None:
    """Write the report in every kind; Word and PDF where their extra is installed."""
    document = reports.city_document(report)
    for name in ("report.html", "report.xlsx", "report.docx", "report.pdf"):
        try:
            reports.write_document(document, folder / name)
        except MissingExtraError as error:
            result.skipped[name] = error


def _tables(report: reports.CityReport) -> dict[str, pd.DataFrame]:
    return {
        "standards_checks": report.checks,
        "coverage": report.coverage,
        "walking_minutes": report.histogram,
        "unserved_clusters": pd.DataFrame(
            report.unserved.drop(columns="geometry", errors="ignore")
        ),
        "gaps": report.gaps,
        "scoreboard": _board(report),
        "series": report.series,
        "closing": report.closing,
        "estates": report.estates,
        "inputs": report.inputs,
        "defects": report.defects,
    }


def _board(report: reports.CityReport) -> pd.DataFrame:
    if report.policy is None or report.checks.empty:
        return pd.DataFrame()
    return indicators.board(report.checks, report.policy, later=report.later)


def _rejected(workspace: Workspace) -> Iterator[tuple[str, pd.DataFrame]]:
    for name in workspace.layers:
        try:
            rejected = workspace.read(name).rejected
        except GeoplanError:
            continue
        if len(rejected):
            plain = pd.DataFrame(rejected)
            if "geometry" in plain.columns:
                plain = plain.assign(geometry=plain["geometry"].astype(str))
            yield name, plain


def _result_layers(report: reports.CityReport) -> dict[str, pd.DataFrame]:
    """Return what GIS staff open: areas, coverage by unit, checks by unit, doors with minutes."""
    layers: dict[str, pd.DataFrame] = {}
    if len(report.areas):
        layers["service_areas"] = report.areas
    shapes = report.units.drop_duplicates("unit_code").set_index("unit_code").geometry
    checks = reports.judged_rows(report.checks)
    for name, table in (("coverage", report.coverage), ("standards_checks", checks)):
        if len(table):
            geometry = gpd.GeoSeries(
                shapes.reindex(table["unit_code"]).to_numpy(), crs=report.units.crs
            )
            wide = _wide(table) if name == "coverage" else table
            if name == "coverage":
                geometry = gpd.GeoSeries(
                    shapes.reindex(wide["unit_code"]).to_numpy(), crs=report.units.crs
                )
            layers[name] = gpd.GeoDataFrame(wide.reset_index(drop=True), geometry=geometry.array)
    if len(report.demand):
        layers["demand_minutes"] = report.demand
    if len(report.unserved):
        layers["unserved_clusters"] = report.unserved
    if len(report.gaps):
        layers["gaps"] = report.gaps
    return layers


def _wide(coverage: pd.DataFrame) -> pd.DataFrame:
    """Return one row per unit: a share column per group and limit, for all facilities."""
    rows = coverage[coverage["service"] == "any"]
    label = rows["group"] + "_" + rows["limit_min"].map("{:.0f}".format) + "min_share"
    wide = rows.assign(label=label).pivot_table(
        index=["unit_code", "unit_name", "level"], columns="label", values="cov_share",
        aggfunc="first", sort=True,
    )  # fmt: skip
    return wide.reset_index().rename_axis(columns=None).assign(synthetic=bool(
        rows["synthetic"].any()))  # fmt: skip


def _manifest(result: RunResult, workspace: Workspace, folder: Path) -> dict[str, Any]:
    report = result.report
    return {
        "geoplan": __version__,
        "python": platform.python_version(),
        "workspace": workspace.file.name,
        "policy": {"id": report.policy_id, "digest": report.policy_digest},
        "assessment_date": report.assessment_date,
        "metric_crs": report.metric_crs,
        "synthetic": report.synthetic,
        "parameters": {k: _plain(v) for k, v in report.facts.items()},
        "inputs": json.loads(report.inputs.to_json(orient="records", force_ascii=False)),
        "files": {
            name: io.digest_file(folder / name) for name in result.files
            if (folder / name).exists()
        },
        "skipped": {k: e.as_problem() for k, e in result.skipped.items()},
        "seconds": result.seconds,
    }  # fmt: skip


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
