"""Boundaries (界线): ``geoplan boundaries derive|diagnose|repair|simplify``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from geoplan.cli.app import app, show
from geoplan.cli.options import JsonOption, OutOption, WorkspaceArg

boundaries_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None,
    help="界线：提取、检查、修复。 Boundary lines: derive, diagnose, repair.",
)  # fmt: skip
app.add_typer(boundaries_app, name="boundaries")

MapOption = Annotated[
    Path | None,
    typer.Option("--map", metavar="FILE", help="地图 .html，或 .svg、.png。 A map to make."),
]
LineLevel = Annotated[
    Literal["county", "township", "village"],
    typer.Option("--level", help="最低级别。 The finest level."),
]
_LINES = ["line_id", "name", "level", "left_code", "right_code", "length_m", "technical_status"]
_DEFECTS = ["defect_id", "kind", "level", "units", "area_m2", "max_width_m", "remark_zh"]
_NESTING = ["kind", "level", "unit_code", "parent_code", "area_m2", "max_width_m", "remark_zh"]


@boundaries_app.command()
def derive(
    workspace: WorkspaceArg,
    out: OutOption = Path("boundary_lines.gpkg"),
    level: LineLevel = "township",
    as_json: JsonOption = False,
) -> None:
    """由行政区划提取界线，每条一次。 Derive the boundary lines of the units, each once."""
    from geoplan import boundaries, io
    from geoplan.workspace import open_workspace

    units = open_workspace(workspace).layers["admin_units"]
    lines = boundaries.derive_lines(units, level=level)
    io.write_gpkg(
        {"boundary_lines": lines, "tri_junctions": boundaries.tri_junctions(units, level=level)},
        out,
    )
    shown = lines.drop(columns="geometry")
    if as_json:
        show(shown, None, as_json=True)
        return
    table = shown.groupby("level", dropna=False, sort=False).agg(
        lines=("line_id", "size"), length_km=("length_m", lambda v: round(v.sum() / 1_000, 2))
    )
    show(table.reset_index(), None, as_json=False)
    print(f"界线 lines: {out}（示意 not a legal boundary）")


@boundaries_app.command()
def diagnose(
    workspace: WorkspaceArg,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="写入 GeoPackage。 Also write a GeoPackage.")
    ] = None,
    map_: MapOption = None,
    as_json: JsonOption = False,
) -> None:
    """检查缝隙、重叠、逐级套合。 Find gaps, overlaps, and levels that do not nest."""
    from geoplan import boundaries, io, maps
    from geoplan.boundaries.diagnosis import map_tolerance_m
    from geoplan.workspace import open_workspace

    city = open_workspace(workspace)
    units = city.metric("admin_units")
    defects = boundaries.diagnose(units, tolerance_m=map_tolerance_m(city.policy))
    nesting = boundaries.check_nesting(units, area_share=city.policy.value("area_sum_tolerance"))
    if out is not None:
        io.write_gpkg({"boundary_defects": defects, "nesting": nesting}, out)
    if map_ is not None:
        plan = boundaries.plan_repair(units, defects)
        write_map(maps.page(maps.defect_map(units, defects, nesting=nesting, plan=plan)), map_)
    if as_json:
        found = {
            name: json.loads(frame.drop(columns="geometry").to_json(orient="records"))
            for name, frame in (("defects", defects), ("nesting", nesting))
        }
        print(json.dumps(found, ensure_ascii=False))
        return
    show(defects, _DEFECTS, as_json=False)
    show(nesting, _NESTING, as_json=False)
    print(f"缺陷 defects: {len(defects)}；套合 nesting: {len(nesting)}")


@boundaries_app.command()
def repair(
    workspace: WorkspaceArg,
    plan: Annotated[Path, typer.Option("--plan", help="方案 JSON。 The plan, JSON.")] = Path(
        "plan.json"
    ),
    level: LineLevel = "township",
    apply: Annotated[
        bool, typer.Option("--apply", help="执行方案中已接受的操作。 Apply what was accepted.")
    ] = False,
    out: OutOption = Path("admin_units.gpkg"),
    as_json: JsonOption = False,
) -> None:
    """制定修复方案；复核后加 --apply 执行。 Plan a repair; review it, then run with --apply."""
    from geoplan import boundaries, io
    from geoplan.errors import MissingFileError, UnreadableFileError
    from geoplan.io.atomic import replacing
    from geoplan.workspace import open_workspace

    city = open_workspace(workspace)
    units = city.metric("admin_units")
    units = units[units["level"] == level]
    if not apply:
        lines = city.metric("boundary_lines") if "boundary_lines" in city.layers else None
        made = boundaries.plan_repair(units, boundaries.diagnose(units), lines=lines)
        with replacing(plan) as temporary:
            temporary.write_text(json.dumps(made, ensure_ascii=False, indent=1), encoding="utf-8")
        print(f"方案 plan: {plan}（{len(made['actions'])} 项 actions）")
        return
    if not plan.exists():
        raise MissingFileError.for_path(plan, "--plan")
    try:
        reviewed = json.loads(plan.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UnreadableFileError.for_file(plan, error) from error
    mended, ledger = boundaries.apply_repair(units, reviewed)
    own_crs = city.layers["admin_units"].crs
    io.write_gpkg({"admin_units": mended.to_crs(own_crs), "repair_ledger": ledger}, out)
    show(ledger[ledger["changed"]], None, as_json=as_json)
    if not as_json:
        print(f"成果 results: {out}")


def write_map(text: str, path: Path) -> Path:
    """
    Write a page (``.html``) or a drawing (``.svg``, ``.png``), whole or not at all.

    Raises
    ------
    InputError
        If the ending does not fit what was drawn.
    """
    from geoplan.errors import InputError
    from geoplan.io.atomic import replacing
    from geoplan.reports.typeset import png_of

    kind = path.suffix.lower()
    if kind not in ((".svg", ".png") if text.startswith("<svg") else (".html",)):
        raise InputError(
            f"{path.name}: this map cannot be written as {kind or 'a file without an ending'}.",
            zh=f"{path.name}：该地图不能写成 {kind or '没有扩展名的文件'}。",
            fix="use .html; the map of claims may be .svg or .png too",
            fix_zh="用 .html；争议主张图也可用 .svg、.png", file=str(path),
        )  # fmt: skip
    with replacing(path) as temporary:
        temporary.write_bytes(png_of(text) if kind == ".png" else text.encode("utf-8"))
    return path


@boundaries_app.command()
def simplify(
    workspace: WorkspaceArg,
    tolerance_m: Annotated[
        float, typer.Option("--tolerance", metavar="M", help="容差，米。 Tolerance, metres.")
    ] = 20.0,
    level: LineLevel = "village",
    out: OutOption = Path("admin_units_simplified.gpkg"),
    as_json: JsonOption = False,
) -> None:
    """化简行政区划用于制图；界桩、三交点不动。 Fewer vertices for maps; markers stay in place."""
    from geoplan import boundaries, io
    from geoplan.workspace import open_workspace

    city = open_workspace(workspace)
    units = city.metric("admin_units")
    markers = city.metric("boundary_markers") if "boundary_markers" in city.layers else None
    made = boundaries.simplify(units, tolerance_m=tolerance_m, level=level, markers=markers)
    io.write_gpkg({"admin_units": made.to_crs("EPSG:4490")}, out)
    kept = units.loc[made.index]
    before, after = (int(f.count_coordinates().sum()) for f in (kept, made))
    apart = made.loc[~made["follows_children"], "name"].tolist()
    if as_json:
        found = {"file": str(out), "vertices_before": before, "vertices_after": after,
                 "not_nested": apart}  # fmt: skip
        print(json.dumps(found, ensure_ascii=False))
        return
    print(f"节点 vertices: {before:,} → {after:,}；{out}（示意 not a legal boundary）")
    if apart:
        print(f"与下级不套合，单独化简 simplified by themselves: {'、'.join(apart)}")
