"""Conversion between formats (格式转换): ``geoplan convert``."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from geoplan.cli.app import _finding_line, app
from geoplan.cli.options import JsonOption, LangOption

if TYPE_CHECKING:
    import pandas as pd

    from geoplan.io import LayerRead

_SHOWN = 20
_INSPIRE = ("admin_units", "boundary_lines")
_PACKAGE = ("admin_units", "boundary_lines", "boundary_markers", "documents")


@app.command()
def convert(
    source: Annotated[
        Path, typer.Argument(metavar="SRC", help="工作区，或一个文件。 A workspace, or a file.")
    ],
    to: Annotated[Path, typer.Option("--to", help="写成的文件；扩展名定格式。 The file to make.")],
    layer: Annotated[str | None, typer.Option(metavar="L", help="图层名。 Layer name.")] = None,
    form: Annotated[
        Literal["file", "inspire", "mzt"],
        typer.Option("--as", help="inspire：INSPIRE 行政单元；mzt：界线界桩交换包。 Or a package."),
    ] = "file",
    mapping: Annotated[
        Path | None, typer.Option(help="字段对照 TOML。 Names of fields, as TOML.")
    ] = None,
    crs: Annotated[
        str | None, typer.Option("--crs", help="源文件的坐标系。 CRS of the source file.")
    ] = None,
    grid: Annotated[
        str | None, typer.Option("--grid", help="坐标 TXT 的投影带，如 EPSG:4526。 Zone of a TXT.")
    ] = None,
    encoding: Annotated[
        Literal["gb18030", "utf-8"], typer.Option(help="坐标 TXT 的编码。 Encoding of a TXT.")
    ] = "gb18030",
    producer: Annotated[str, typer.Option(help="数据产生单位。 Who made the data.")] = "",
    day: Annotated[
        datetime | None,
        typer.Option(
            "--date", formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="数据产生日期。 When."
        ),
    ] = None,
    lang: LangOption = "zh",
    as_json: JsonOption = False,
) -> None:
    """转换格式：KML、坐标 TXT、INSPIRE、交换包等。 Convert a layer, or boundaries as a package."""
    from geoplan import io

    made: dict[str, Any] = {
        "producer": producer,
        "produced_on": None if day is None else day.date(),
    }
    if form == "file":
        read, classified = _read_one(source, layer, crs)
        target = _write_one(read, to, classified=classified, grid=grid, encoding=encoding, **made)
        rows = len(read.valid)
        if to.suffix.lower() == ".txt":
            rows = int(read.valid.geometry.notna().sum())  # those without a place are left out
        _tell(target, {read.report.layer: rows}, [read], lang, as_json=as_json)
        return
    source = source.parent if source.is_file() else source
    file = io.read_workspace_file(source)
    reads, layers = _read_boundaries(source, _INSPIRE if form == "inspire" else _PACKAGE)
    named: dict[str, Any] = {} if mapping is None else {"mapping": mapping}
    if form == "inspire":
        for name, frame in layers.items():
            _refuse(frame, name, classified=file.classified_environment)
        target = io.write_inspire(layers, to, **named)
    else:
        target = io.write_exchange_package(
            layers, to, name=file.title or file.name, classified=file.classified_environment,
            **made, **named,
        )  # fmt: skip
    counts = {name: len(frame) for name, frame in layers.items()}
    _tell(target, counts, list(reads.values()), lang, as_json=as_json)


def _refuse(frame: pd.DataFrame, layer: str, *, classified: bool) -> None:
    from geoplan import io
    from geoplan.schemas import layer as declared

    io.refuse_state_secrets(frame, declared(layer), classified=classified)


def _read_one(source: Path, layer: str | None, crs: str | None) -> tuple[LayerRead, bool]:
    """Read the layer of a workspace or of a file; say whether the environment is classified."""
    from geoplan import io
    from geoplan.workspace import open_workspace

    if layer is None:
        raise typer.BadParameter("给出 --layer。 Give --layer, or --as inspire or mzt.")
    if (source / "workspace.toml").is_file() or source.name == "workspace.toml":
        folder = source.parent if source.is_file() else source
        city = open_workspace(folder)
        _known(city.names, layer)
        return city.read(layer), city.file.classified_environment
    return io.read_layer(source, layer, crs=crs), False


def _known(names: tuple[str, ...], layer: str) -> None:
    from geoplan.errors import UnknownIdError

    if layer not in names:
        raise UnknownIdError.among("layer", "图层", layer, names)


def _write_one(
    read: LayerRead, to: Path, *, classified: bool, grid: str | None, encoding: str, **made: Any
) -> Path:
    """Write one layer as the ending says."""
    from geoplan import io
    from geoplan.schemas import layer as declared

    about, frame = declared(read.report.layer), read.valid
    _refuse(frame, about.name, classified=classified)
    synthetic = "synthetic" in frame and bool(frame["synthetic"].fillna(value=False).any())
    mark = "演示数据·非真实" if synthetic else ""
    if to.suffix.lower() == ".txt":
        key = next(k for k in about.key if not k.endswith("system"))
        made["producer"] = " ".join(p for p in (made["producer"], mark) if p)
        return io.write_coordinate_txt(frame, to, grid=grid, number=key, name=about.label or None,
                                       encoding=encoding, **made)  # fmt: skip
    if to.suffix.lower() in {".kml", ".kmz"}:
        title = f"{about.zh}（{mark}）" if mark else about.zh
        return io.write_kml(frame, to, label=about.label or None, title=title)
    return io.write(frame, to)


def _read_boundaries(
    folder: Path, names: tuple[str, ...]
) -> tuple[dict[str, LayerRead], dict[str, pd.DataFrame]]:
    """Read the layers of boundaries that a workspace has; add the tri-junctions of its units."""
    from geoplan import boundaries
    from geoplan.errors import GeoplanError
    from geoplan.workspace import open_workspace

    city = open_workspace(folder)
    reads = {name: city.read(name) for name in names if name in city.names}
    layers = {name: read.valid for name, read in reads.items()}
    if "admin_units" in layers and names == _PACKAGE:
        try:
            layers["tri_junctions"] = boundaries.tri_junctions(layers["admin_units"])
        except GeoplanError as error:  # units that do not close; the rest is still worth sending
            typer.secho(
                f"三交点未列入 no tri-junctions: {error.render('zh')}", err=True, fg="yellow"
            )
    return reads, layers


def _tell(
    path: Path, rows: dict[str, int], reads: list[LayerRead], lang: Literal["zh", "en"], *,
    as_json: bool,
) -> None:  # fmt: skip
    """Say what was written, and every finding of reading."""
    import pandas as pd

    defects = [r.report.defects for r in reads if len(r.report.defects)]
    found = pd.concat(defects, ignore_index=True) if defects else pd.DataFrame()
    if as_json:
        shown = json.loads(found.to_json(orient="records", force_ascii=False))
        rejected = {r.report.layer: len(r.rejected) for r in reads}
        facts = {"file": str(path), "rows": rows, "rejected": rejected, "defects": shown}
        print(json.dumps(facts, ensure_ascii=False))
        return
    print(f"{path}: " + "，".join(f"{name} {count}" for name, count in rows.items()))
    for row in found.head(_SHOWN).to_dict("records"):
        print("  " + _finding_line(row, lang))
    if len(found) > _SHOWN:
        print(f"  … 另有 {len(found) - _SHOWN} 条，见 --json。 More with --json.")
