"""Writing the demo (写出演示数据): several file formats on purpose, to show the readers."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pandas as pd

from geoplan import schemas
from geoplan.demo.facts import CODE_SYSTEM
from geoplan.io.workspace_files import RELEASABLE
from geoplan.io.writing import write_gpkg

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import geopandas as gpd

_GPKG = {
    "admin.gpkg": ("admin_units", "stat_units", "built_up"),
    "burial.gpkg": ("cemeteries", "graves", "restricted_features"),
    "boundaries.gpkg": ("boundary_lines", "village_lines", "boundary_markers", "observations",
                        "claims", "hazards"),
    "place_names.gpkg": ("place_names", "name_signs", "door_numbers", "heritage"),
}  # fmt: skip
_PARQUET = ("roads", "population")
_GEOJSON = ("residential_areas", "candidate_sites")
_TABLES = (
    "unit_codes",
    "stat_unit_members",
    "indicator_figures",
    "documents",
    "inspections",
    "name_forms",
    "name_cases",
)
_SHEET = "设施台账"
_STAMP = dt.datetime(2022, 2, 7, tzinfo=dt.UTC)


def write(layers: Mapping[str, Any], folder: Path) -> None:
    """
    Write all layers and ``workspace.toml``.

    Parameters
    ----------
    layers
        Frames by layer name, geometry in EPSG:4490.
    folder
        An empty folder.
    """
    for name, members in _GPKG.items():
        write_gpkg({m: _plain(layers[m]) for m in members}, folder / name)
    for name in _PARQUET:
        layers[name].to_parquet(folder / f"{name}.parquet", compression="zstd", index=False)
    for name in _GEOJSON:
        _write_geojson(_plain(layers[name]), folder / f"{name}.geojson")
    for name in _TABLES:
        _text(layers[name]).to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
    _ledger(layers["projects"], "projects").to_csv(
        folder / "projects.csv", index=False, lineterminator="\n", encoding="utf-8-sig"
    )
    _write_sheet(_ledger(layers["facilities"], "facilities"), folder / "facilities.xlsx")
    (folder / "workspace.toml").write_text(_toml(), encoding="utf-8")


def _plain(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Drop columns without any value and write dates as dates."""
    out = frame.copy()
    for name in out.columns.drop("geometry"):
        if pd.api.types.is_datetime64_any_dtype(out[name]):
            out[name] = pd.Series(
                [None if pd.isna(v) else v.date() for v in out[name]], index=out.index, dtype=object
            )
    empty = [c for c in out.columns.drop("geometry") if out[c].isna().all()]
    return out.drop(columns=empty)


def _text(table: pd.DataFrame) -> pd.DataFrame:
    out = table.copy()
    for name in out.columns:
        if pd.api.types.is_datetime64_any_dtype(out[name]):
            out[name] = out[name].dt.strftime("%Y-%m-%d")
        elif pd.api.types.is_bool_dtype(out[name]):
            out[name] = out[name].map({True: "true", False: "false"})
    return out


def _ledger(frame: gpd.GeoDataFrame, layer: str) -> pd.DataFrame:
    """Turn a layer into a ledger as a bureau keeps it: Chinese headers and words, 经度 and 纬度."""
    declared = schemas.layer(layer)
    table = pd.DataFrame(frame.drop(columns="geometry"))
    out = pd.DataFrame(index=table.index)
    for name in table.columns:
        column = declared.column(str(name))
        if column is None or table[name].isna().all():
            continue
        out[column.zh] = _words(table[name], column)
    place = frame.geometry
    out["经度"] = place.x.round(8)
    out["纬度"] = place.y.round(8)
    return out


def _words(values: pd.Series, column: schemas.Column) -> pd.Series:
    if column.dtype == "date":
        return pd.Series(values.dt.strftime("%Y-%m-%d"))
    if column.dtype == "bool":
        return values.astype(object).map({True: "是", False: "否"})
    if not column.choices:
        return values
    word = {c.code: c.zh for c in column.choices}
    cells = [";".join(word[code] for code in cell.split(";")) if isinstance(cell, str) else cell
             for cell in values]  # fmt: skip
    return pd.Series(cells, index=values.index, dtype=object)


def _write_sheet(table: pd.DataFrame, path: Path) -> None:
    with pd.ExcelWriter(path, engine="xlsxwriter") as writer:
        writer.book.set_properties({"created": _STAMP.replace(tzinfo=None), "title": _SHEET,
                                    "comments": "演示数据·非真实"})  # fmt: skip
        table.to_excel(writer, sheet_name=_SHEET, index=False, freeze_panes=(1, 2))
        sheet = writer.sheets[_SHEET]
        sheet.set_column(0, len(table.columns) - 1, 14)
        sheet.set_column(1, 1, 34)


def _write_geojson(frame: gpd.GeoDataFrame, path: Path) -> None:
    frame.to_file(path, driver="GeoJSON", engine="pyogrio", COORDINATE_PRECISION=8, RFC7946="NO")


def _toml() -> str:
    lines = [
        "# 演示数据·非真实：县界、代码、名称、普查数为真实资料，其余均为虚构。",
        "# Demo: county polygons, codes, names and census counts are real; all else is invented.",
        "[workspace]", 'name = "demo"', 'title = "随州（演示）"', 'policy = "suizhou-2022"',
        'metric_crs = "EPSG:4547"', f'code_system = "{CODE_SYSTEM}"', "synthetic = true",
    ]  # fmt: skip
    entries: list[tuple[str, dict[str, str]]] = []
    for file, members in _GPKG.items():
        entries += [(m, {"path": file, "source_layer": m}) for m in members]
    entries += [(n, {"path": f"{n}.parquet"}) for n in _PARQUET]
    entries += [(n, {"path": f"{n}.geojson", "crs": "EPSG:4490"}) for n in _GEOJSON]
    entries += [(n, {"path": f"{n}.csv"}) for n in _TABLES]
    entries.append(("projects", {"path": "projects.csv", "crs": "EPSG:4490"}))
    sheet = {"path": "facilities.xlsx", "sheet": _SHEET, "crs": "EPSG:4490"}
    entries.append(("facilities", sheet))
    order = list(schemas.LAYERS)
    for name, cells in sorted(entries, key=lambda e: order.index(e[0])):
        lines += ["", f"[layers.{name}]", *(f'{k} = "{v}"' for k, v in cells.items())]
    lines += ["", "[releases]", *(f'{r} = "演示数据，均为虚构"' for r in RELEASABLE)]
    return "\n".join(lines) + "\n"
