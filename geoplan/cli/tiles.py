"""Vector tiles (矢量瓦片): ``geoplan tiles``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geoplan.cli.app import app
from geoplan.cli.options import Bar, JsonOption, OutOption, WorkspaceArg

if TYPE_CHECKING:
    from geoplan.tiles import TileLayer
    from geoplan.workspace import Workspace


@app.command()
def tiles(
    workspace: WorkspaceArg,
    out: OutOption = Path("city.pmtiles"),
    layer: Annotated[
        list[str] | None,
        typer.Option(help="图层，可多次；缺省 admin_units 和 facilities。 Layers, repeatable."),
    ] = None,
    zooms: Annotated[
        str, typer.Option(metavar="LOW-HIGH", help="级别范围。 Zooms, as 7-12.")
    ] = "7-12",
    as_json: JsonOption = False,
) -> None:
    """把图层做成一个矢量瓦片包（PMTiles）。 Make layers one archive of vector tiles."""
    from geoplan import io
    from geoplan.workspace import open_workspace

    city = open_workspace(workspace)
    names = list(dict.fromkeys(layer or ["admin_units", "facilities"]))
    made = [part for name in names for part in _layers(city, name)]
    with Bar() as tell:
        io.write_pmtiles(made, out, zooms=_range(zooms), name=city.file.title or city.file.name,
                         on_progress=tell)  # fmt: skip
    found = {"file": str(out), "bytes": out.stat().st_size, "layers": [m.name for m in made]}
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
        return
    print(f"瓦片 tiles: {out}  {out.stat().st_size / 1e6:,.1f} MB（示意 not a legal boundary）")
    print(f"图层 layers: {', '.join(m.name for m in made)}")


def _layers(city: Workspace, name: str) -> list[TileLayer]:
    """Return a layer with its own attributes and, of polygons, a layer of points to label."""
    import geopandas as gpd

    from geoplan import io
    from geoplan import tiles as vector_tiles
    from geoplan.errors import EmptyLayerError
    from geoplan.schemas import layer as declared
    from geoplan.schemas.vocabulary import COMMON

    about = declared(name)
    frame = city.layers[name]
    if not isinstance(frame, gpd.GeoDataFrame):
        raise EmptyLayerError.for_layer(name, "no geometry")
    io.refuse_state_secrets(frame, about, classified=city.file.classified_environment)
    passed_by = {c.name for c in COMMON} - {"synthetic"}
    columns = [c for c in about.names if c in frame.columns and c not in passed_by]
    made = [vector_tiles.layer_of(frame, name, columns=columns)]
    if about.label and (frame.geom_type.isin(["Polygon", "MultiPolygon"])).any():
        areas = frame[frame.geom_type.isin(["Polygon", "MultiPolygon"])]
        points = vector_tiles.label_points(areas)
        kept = [about.label, *(c for c in ("level", "kind") if c in columns)]
        made.append(vector_tiles.layer_of(points, f"{name}_label", columns=kept))
    return made


def _range(text: str) -> range:
    from geoplan.errors import InputError

    low, _, high = text.partition("-")
    if not (low.isdigit() and (high or low).isdigit()):
        raise InputError(
            f"Zooms {text!r} cannot be read.", zh=f"级别“{text}”无法读取。",
            fix="give the lowest and the highest, as 7-12", fix_zh="请写最低和最高级别，如 7-12",
        )  # fmt: skip
    return range(int(low), int(high or low) + 1)
