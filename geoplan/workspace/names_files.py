"""Place names from and to files (地名文件): addresses, points, exports, census forms."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from geoplan import io
from geoplan.errors import InputError, MissingColumnsError
from geoplan.schemas.model import Layer, text
from geoplan.workspace.registry import import_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import pandas as pd

    from geoplan.io import LayerRead
    from geoplan.io.census_form import CensusRead
    from geoplan.storage import Registry
    from geoplan.workspace.opening import Workspace
    from geoplan.workspace.registry import Imported

_ROW = text("source_row", "源文件行号")
ADDRESSES = Layer(
    name="addresses", zh="地址", en="Addresses", home="file", key=("source_row",),
    columns=(_ROW, text("address", "地址", "详细地址", "住址", "家庭住址", "居住地址", "户籍地址",
                        "单位地址", "位置")),
)  # fmt: skip
POINTS = Layer(
    name="points", zh="点位", en="Points", home="file", key=("source_row",), columns=(_ROW,),
    geometry=("point",), geometry_optional=True,
)  # fmt: skip
_LAYERS = ("place_names", "name_forms")
_ONE_LAYER = (".csv", ".geojson")
_LINKED = (".jsonld", ".json")


def read_addresses(path: str | Path, *, column: str = "", **reading: Any) -> LayerRead:
    """
    Read a table of addresses (地址表).

    Parameters
    ----------
    path
        CSV, Excel, or any other file of `geoplan.io.read_layer`.
    column
        Header of the addresses; empty where it is 地址 or another word for it.
    **reading
        More options of `geoplan.io.read_layer`.

    Returns
    -------
    read
        ``valid`` has the table's own columns after ``source_row`` (the row in the file) and
        ``address``; a row without an address stays, for `Names.geocode` to say so.

    Raises
    ------
    GeoplanError
        Whatever the reader says.
    MissingColumnsError
        If no column holds addresses.
    """
    named = {column: "address"} if column else None
    read = io.read_layer(path, ADDRESSES, columns=named, **reading)
    known = read.report.columns
    if "address" not in known.values() or (column and column not in known):
        found = [*known, *read.report.unknown_columns]
        raise MissingColumnsError.for_layer("addresses", {column or "address"}, found)
    return _numbered(read._replace(valid=read.valid.fillna({"address": ""})))


def read_points(path: str | Path, **reading: Any) -> LayerRead:
    """
    Read a table or layer of points (点位表).

    Parameters
    ----------
    path
        A file of `geoplan.io.read_layer`: columns 经度 and 纬度, or a layer with geometry.
    **reading
        Options of `geoplan.io.read_layer`, such as ``crs``.

    Returns
    -------
    read
        ``valid`` in the CRS of the file (columns of degrees: EPSG:4490), with ``source_row``; a
        row without a position stays, for `Names.reverse` to say so.

    Raises
    ------
    GeoplanError
        Whatever the reader says.
    """
    return _numbered(io.read_layer(path, POINTS, **reading))


def _numbered(read: LayerRead) -> LayerRead:
    return read._replace(valid=read.valid.assign(source_row=read.report.source_rows))


class Exported(NamedTuple):
    """The file, how many places are in it, and the rows that are not, with their reasons."""

    path: Path
    places: int
    left_out: pd.DataFrame | None


def export_names(
    workspace: Workspace, path: str | Path, *, base: str = "", today: date | None = None,
    highest: str = "internal",
) -> Exported:  # fmt: skip
    """
    Write the place names of a workspace for others.

    Parameters
    ----------
    workspace
        With ``place_names``, and ``name_forms`` where there are.
    path
        ``.gpkg`` and ``.xlsx`` hold names and forms, ``.csv`` and ``.geojson`` the names,
        ``.jsonld`` and ``.json`` both as Linked Places v1.3.
    base, today, highest
        For Linked Places: the http address that ids begin with, the day the data are of, the
        highest class of secrecy to write.

    Returns
    -------
    exported

    Raises
    ------
    InputError
        If the ending is none of these, or Linked Places lack address or day.
    SecrecyError
        If a row is state_* outside a classified environment.
    OutputError
        If the system refuses.
    """
    target = Path(path)
    classified = workspace.file.classified_environment
    layers = {n: workspace.layers[n] for n in _LAYERS if n in workspace.names or n == _LAYERS[0]}
    places, suffix = layers["place_names"], target.suffix.lower()
    if suffix in _LINKED:
        if not base or today is None:
            raise InputError(
                "Linked Places need the address that ids begin with, and a day.",
                zh="Linked Places 需要编号所用的网址和数据日期。",
                fix="give base, such as https://names.example/, and the day",
                fix_zh="给出网址（如 https://names.example/）和日期", parameter="base",
            )  # fmt: skip
        made = io.write_linked_places(
            places, target, base=base, as_of=today.isoformat(), forms=layers.get("name_forms"),
            units=workspace.layers.get("admin_units"), highest=highest, classified=classified,
        )  # fmt: skip
        gone = made.left_out["place_id"].nunique()
        return Exported(made.path, len(places) - gone, made.left_out)
    if suffix in _ONE_LAYER:
        layers = {"place_names": places}
    return Exported(io.write_names(layers, target, classified=classified), len(places), None)


class CensusImport(NamedTuple):
    """What the form gave, and what became of its layers in the registry."""

    read: CensusRead
    imported: tuple[Imported, ...]


def require_imported(workspace: Workspace) -> None:
    """
    Refuse to add to registers that are still files: the registry's rows would hide theirs.

    Raises
    ------
    InputError
        If the workspace names a file for names or forms that was not imported.
    """
    waiting = [n for n in _LAYERS if n in workspace.file.layers and n not in workspace.store.layers]
    if waiting:
        file = workspace.file.layers[waiting[0]].path.name
        raise InputError(
            f"{file} was not imported yet, and what is imported now would hide its names.",
            zh=f"{file} 尚未导入登记库，此时导入成果表会遮住其中的地名。",
            fix=f"geoplan import --all --into {workspace.folder}",
            fix_zh=f"geoplan import --all --into {workspace.folder}", layer=waiting[0],
        )  # fmt: skip


def import_census(
    registry: Registry, path: str | Path, *, form: Mapping[str, Any], **recording: Any
) -> CensusImport:  # fmt: skip
    """
    Record a filled census form: its places, and all forms of their names.

    Parameters
    ----------
    registry
        Open for writing.
    path
        The form; its digest is kept with both transactions.
    form
        Options of `geoplan.io.read_census_form`.
    **recording
        ``who``, ``why``, ``recorded_at``, ``on_conflict`` … of
        `geoplan.workspace.registry.import_file`.

    Returns
    -------
    done
        One import per layer; rows that the form's own check sent back are in ``read``.

    Raises
    ------
    GeoplanError
        Whatever reading and recording say.
    """
    read = io.read_census_form(path, **form)
    done = []
    with tempfile.TemporaryDirectory() as folder:
        for name, frame in zip(_LAYERS, (read.places, read.forms), strict=True):
            if len(frame):
                file = io.write_names({name: frame}, Path(folder) / f"{name}.gpkg",
                                      classified=registry.classified)  # fmt: skip
                done.append(import_file(registry, file, name, document=path, **recording))
    return CensusImport(read, tuple(done))
