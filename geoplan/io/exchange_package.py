"""
The boundary exchange package (界线界桩数据交换包): attributes, geometry, metadata, digests.

It has the parts that MZ/T 149—2020 (markers) and MZ/T 150—2020 (lines) are known to have. Their
field tables are not public: names of fields come from ``mapping.toml``, which a bureau edits.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import pandas as pd
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError

from geoplan import crs as _crs
from geoplan.errors import (
    EmptyLayerError,
    InputError,
    MissingCRSError,
    PackageError,
    UnknownIdError,
)
from geoplan.io.atomic import replacing, replacing_folder
from geoplan.io.mapping import FOLDER, Table, parse_mapping, read_mapping
from geoplan.io.package_readme import readme
from geoplan.io.raw import ZIP_ERRORS, Raw
from geoplan.io.secrecy import classes, highest, refuse_state_secrets
from geoplan.io.writing import write
from geoplan.schemas import LAYERS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from geoplan.schemas import Layer

FORMAT, VERSION = "geoplan-boundary-exchange", 1
_NAME = "mzt-149-150"
_MANIFEST, _METADATA, _MAPPING, _README = (
    "manifest.json",
    "metadata.json",
    "mapping.toml",
    "README.txt",
)
_SERIAL = "要素序号"  # joins a row of attributes to its geometry
_NOT_PUBLIC = (
    "MZ/T 149—2020、MZ/T 150—2020 的字段表未公开，本包字段名不是标准字段名，见 README.txt",
    "the field tables of MZ/T 149-2020 and 150-2020 are not public; see README.txt",
)


class Package(NamedTuple):
    """
    A package that was read.

    ``tables`` holds each table by its layer (``tri_junctions`` among them), columns as ours,
    EPSG:4490, the index the row number in the attributes; ``notes`` (zh, en) what was found.
    """

    metadata: dict[str, Any]
    mapping: dict[str, Table]
    tables: dict[str, pd.DataFrame]
    notes: list[tuple[str, str]]


def write_exchange_package(
    layers: Mapping[str, pd.DataFrame],
    path: str | Path,
    *,
    mapping: str | Path = _NAME,
    classified: bool = False,
    name: str = "",
    producer: str = "",
    produced_on: date | None = None,
) -> Path:
    """
    Write units, lines, markers, tri-junctions and documents as one package.

    Parameters
    ----------
    layers
        Any of ``admin_units``, ``boundary_lines``, ``boundary_markers``, ``documents`` as
        `read_layer` gives them, and ``tri_junctions`` of `boundaries.tri_junctions`; any CRS.
    path
        A ``.zip``, or a folder that is new, empty or a package already.
    mapping
        TOML file that renames fields and codes; the one that ships otherwise.
    classified
        Whether the environment is declared classified (``classified_environment``).
    name, producer, produced_on
        For the metadata.

    Returns
    -------
    path
        With ``manifest.json`` (SHA-256 of every file), ``metadata.json``, ``README.txt``,
        ``mapping.toml``, ``attributes/*.csv`` and ``spatial/*.geojson``.

    Raises
    ------
    SecrecyError
        If rows are state_* and the environment is not classified. [SEC-06]
    EmptyLayerError
        If none of the tables' layers is given.
    PackageError
        If the mapping is wrong.
    InputError
        If the folder holds something else.
    OutputError
        If the system refuses.

    Notes
    -----
    The field tables of MZ/T 149/150 are not public; the names are those of the mapping.

    Examples
    --------
    >>> import tempfile, geopandas as gpd, shapely, geoplan.io
    >>> stone = gpd.GeoDataFrame({"marker_id": ["m"], "marker_no": ["4142001Q"],
    ...     "secrecy": ["internal"]}, geometry=[shapely.Point(113.38, 31.7)], crs="EPSG:4490")
    >>> file = write_exchange_package({"boundary_markers": stone}, tempfile.mkdtemp() + "/p.zip")
    >>> geoplan.io.read_layer(file, "boundary_markers").valid["marker_no"].tolist()
    ['4142001Q']
    """
    source = Path(mapping) if Path(mapping).suffix == ".toml" else FOLDER / f"{mapping}.toml"
    tables = {t.name: t for t in read_mapping(mapping).values() if t.layer in layers}
    if not tables:
        raise EmptyLayerError.for_layer("boundary_lines", str(path))
    declared = [(layers[n], LAYERS[n]) for n in layers if n in LAYERS]
    held: set[str] = set()
    for frame, about in declared:
        refuse_state_secrets(frame, about, classified=classified)
        held |= set(classes(frame, about))
    facts = {
        "format": FORMAT, "format_version": VERSION, "name": name, "producer": producer,
        "produced_on": None if produced_on is None else produced_on.isoformat(),
        "structure_of": ["MZ/T 149—2020", "MZ/T 150—2020"], "note_zh": _NOT_PUBLIC[0],
        "note_en": _NOT_PUBLIC[1], "crs": _crs.GEOGRAPHIC, "axis_order": "longitude, latitude",
        "secrecy": highest(held), "synthetic": _any_synthetic(layers),
    }  # fmt: skip
    target = Path(path)
    if target.suffix.lower() == ".zip":
        with replacing(target) as temporary:
            folder = temporary.parent / "content"
            _fill(folder, tables, layers, facts, source)
            _zip(folder, temporary)
        return target
    if target.is_dir() and any(target.iterdir()) and not is_package(target):
        raise InputError(
            f"{target} holds other files.", zh=f"{target} 中有其他文件。",
            fix="name a new folder, or a .zip", fix_zh="换一个新文件夹，或写成 .zip",
            file=str(target),
        )  # fmt: skip
    with replacing_folder(target) as temporary:
        _fill(temporary, tables, layers, facts, source)
        kept = {p.relative_to(temporary) for p in temporary.rglob("*") if p.is_file()}
    for old in [p for p in target.rglob("*") if p.is_file()]:
        if old.relative_to(target) not in kept:
            old.unlink()
    return target


def _any_synthetic(layers: Mapping[str, pd.DataFrame]) -> bool:
    return any(bool(f["synthetic"].fillna(value=False).any())
               for f in layers.values() if "synthetic" in f.columns)  # fmt: skip


def _fill(
    folder: Path, tables: Mapping[str, Table], layers: Mapping[str, pd.DataFrame],
    facts: dict[str, Any], mapping: Path,
) -> None:  # fmt: skip
    """Write the files of a package into an empty folder, the manifest last."""
    about = {t.name: _write_table(folder, t, layers[t.layer]) for t in tables.values()}
    (folder / _MAPPING).write_bytes(mapping.read_bytes())
    metadata = {**facts, "tables": about}
    text = json.dumps(metadata, ensure_ascii=False, indent=1)
    (folder / _METADATA).write_text(text + "\n", encoding="utf-8")
    (folder / _README).write_text(readme(metadata, tables), encoding="utf-8")
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    listed = [
        {"path": p.relative_to(folder).as_posix(), "bytes": p.stat().st_size,
         "sha256": hashlib.sha256(p.read_bytes()).hexdigest()}
        for p in files
    ]  # fmt: skip
    manifest = {"format": FORMAT, "format_version": VERSION, "files": listed}
    text = json.dumps(manifest, ensure_ascii=False, indent=1)
    (folder / _MANIFEST).write_text(text + "\n", encoding="utf-8")


def _write_table(folder: Path, table: Table, frame: pd.DataFrame) -> dict[str, Any]:
    """Write one table as attributes and geometry; return what the metadata say of it."""
    made = table.out(frame)
    plain = pd.DataFrame(made.drop(columns="geometry", errors="ignore"))
    plain.insert(0, _SERIAL, range(1, len(plain) + 1))
    attributes = write(plain, folder / "attributes" / f"{table.name}.csv")
    about: dict[str, Any] = {"layer": table.layer, "title": table.title, "rows": len(plain),
                             "fields": [str(c) for c in plain.columns],
                             "attributes": f"attributes/{attributes.name}"}  # fmt: skip
    if isinstance(made, gpd.GeoDataFrame):
        if made.crs is None:
            raise MissingCRSError.for_layer(table.layer)
        shapes = made.geometry.to_crs(_crs.GEOGRAPHIC)
        spatial = gpd.GeoDataFrame({_SERIAL: plain[_SERIAL]}, geometry=shapes)
        about["spatial"] = f"spatial/{table.name}.geojson"
        write(spatial[spatial.geometry.notna()], folder / about["spatial"])
    return about


def _zip(folder: Path, target: Path) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(p for p in folder.rglob("*") if p.is_file()):
            info = zipfile.ZipInfo(file.relative_to(folder).as_posix())  # no clock in it
            archive.writestr(info, file.read_bytes(), zipfile.ZIP_DEFLATED)


def is_package(path: Path) -> bool:
    """Tell whether a folder or zip holds an exchange package."""
    if path.is_dir():
        return (path / _MANIFEST).is_file()
    if path.suffix.lower() != ".zip":
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return any(PurePosixPath(n).name == _MANIFEST for n in archive.namelist())
    except (zipfile.BadZipFile, OSError):
        return False


def open_package(path: str | Path, *, mapping: str | Path | None = None) -> Package:
    """
    Read every table of a package after checking the digest of every file.

    Parameters
    ----------
    path
        The folder or zip.
    mapping
        TOML file to read it by, where its own ``mapping.toml`` is not right.

    Returns
    -------
    package

    Raises
    ------
    MissingFileError
        If the mapping does not exist.
    PackageError
        If it is no package, a file lacks or was altered, or the mapping is wrong.
    """
    where = Path(path)
    files = _files(where)
    notes = _verify(files, where)
    metadata = _json(files, _METADATA, where)
    tables = (parse_mapping(files.get(_MAPPING, b""), where / _MAPPING) if mapping is None
              else read_mapping(mapping))  # fmt: skip
    listed = metadata.get("tables")
    if not isinstance(listed, dict) or not all(isinstance(t, dict) for t in listed.values()):
        raise _broken(where, "its metadata list no tables", "元数据中没有表")
    read = {tables[name].layer: _read_table(files, about, tables[name], where)
            for name, about in listed.items() if name in tables}  # fmt: skip
    return Package(metadata, tables, read, notes)


def open_table(path: Path, layer: Layer) -> Raw:
    """
    Read the table of one layer; the index is the line of the attributes.

    Raises
    ------
    PackageError
        As `open_package`.
    UnknownIdError
        If the package has no table of the layer.
    """
    package = open_package(path)
    if layer.name not in package.tables:
        raise UnknownIdError.among("layer in the package", "交换包内图层", layer.name,
                                   package.tables)  # fmt: skip
    raw = Raw(package.tables[layer.name], "exchange package", "utf-8", notes=package.notes)
    raw.note(*_NOT_PUBLIC)
    return raw


def _files(path: Path) -> dict[str, bytes]:
    """Return the content of every file by its name in the package."""
    try:
        if path.is_dir():
            return {p.relative_to(path).as_posix(): p.read_bytes()
                    for p in sorted(path.rglob("*")) if p.is_file()}  # fmt: skip
        with zipfile.ZipFile(path) as archive:
            names = [n for n in archive.namelist() if not n.endswith("/")]
            root = min((n for n in names if PurePosixPath(n).name == _MANIFEST), key=len)
            root = root.removesuffix(_MANIFEST)  # packages are often zipped with their folder
            return {n.removeprefix(root): archive.read(n) for n in names if n.startswith(root)}
    except (*ZIP_ERRORS, ValueError) as error:
        raise _broken(path, f"not readable ({error})", f"不能读取（{error}）") from error


def _verify(files: Mapping[str, bytes], path: Path) -> list[tuple[str, str]]:
    """Hold every file against its digest; return notes on files that the manifest has not."""
    manifest = _json(files, _MANIFEST, path)
    if manifest.get("format") != FORMAT or manifest.get("format_version") != VERSION:
        raise _broken(path, f"its format is {manifest.get('format')!r} "
                      f"{manifest.get('format_version')!r}, not {FORMAT} {VERSION}",
                      f"格式是 {manifest.get('format')!r}，不是 {FORMAT} {VERSION}")  # fmt: skip
    try:
        listed = {str(f["path"]): str(f["sha256"]) for f in manifest["files"]}
    except (KeyError, TypeError) as error:
        raise _broken(path, "its manifest lists no files", "清单中没有文件") from error
    for name, digest in listed.items():
        if name not in files:
            raise _broken(path, f"{name} is missing", f"缺少 {name}")
        if hashlib.sha256(files[name]).hexdigest() != digest:
            raise _broken(path, f"{name} was altered (SHA-256 differs)",
                          f"{name} 被改动过（SHA-256 不符）")  # fmt: skip
    more = sorted(set(files) - set(listed) - {_MANIFEST})
    if not more:
        return []
    names = ", ".join(more[:5])
    return [(f"清单之外的文件，略去：{names}", f"files not in the manifest, left out: {names}")]


def _json(files: Mapping[str, bytes], name: str, path: Path) -> dict[str, Any]:
    try:
        content = json.loads(files[name].decode("utf-8"))
    except KeyError as error:
        raise _broken(path, f"{name} is missing", f"缺少 {name}") from error
    except (ValueError, RecursionError) as error:
        raise _broken(path, f"{name} is no JSON", f"{name} 不是 JSON") from error
    if not isinstance(content, dict):
        raise _broken(path, f"{name} is no JSON object", f"{name} 不是 JSON 对象")
    return content


def _broken(path: Path, reason: str, reason_zh: str) -> PackageError:
    return PackageError(
        f"{path} is no sound exchange package: {reason}.",
        zh=f"{path} 不是完好的交换包：{reason_zh}。",
        fix="ask the sender for the package again; change fields by its mapping, not by hand",
        fix_zh="请对方重新发送；要改字段名，改 mapping.toml 后重新生成，不要直接改包内文件",
        file=str(path),
    )  # fmt: skip


def _read_table(
    files: Mapping[str, bytes], about: Mapping[str, Any], table: Table, path: Path
) -> pd.DataFrame:
    """Return one table with our columns, joined to its geometry."""
    try:
        text = io.BytesIO(files[about["attributes"]])
        plain = pd.read_csv(text, dtype=object, encoding="utf-8-sig")
        serial = plain.pop(_SERIAL).astype(int)
        shapes = _shapes(files, about)
    except (KeyError, TypeError, ValueError, DataSourceError, DataLayerError) as error:
        raise _broken(path, f"table {table.name}: {error}", f"表 {table.name}：{error}") from error
    plain.index = pd.RangeIndex(2, len(plain) + 2)  # the lines of the attributes
    if shapes is None:
        return table.back(plain)
    geometry = gpd.GeoSeries(serial.map(shapes).to_numpy(), index=plain.index, crs=shapes.crs)
    return table.back(gpd.GeoDataFrame(plain, geometry=geometry))


def _shapes(files: Mapping[str, bytes], about: Mapping[str, Any]) -> gpd.GeoSeries | None:
    if "spatial" not in about:
        return None
    found = pyogrio.read_dataframe(io.BytesIO(files[about["spatial"]]), use_arrow=False)
    if found.empty:  # GeoJSON without features has no columns either
        return gpd.GeoSeries([], crs=_crs.GEOGRAPHIC)
    if found[_SERIAL].duplicated().any():
        raise ValueError(f"{_SERIAL} comes twice in {about['spatial']}")
    return found.set_index(_SERIAL).geometry.set_crs(_crs.GEOGRAPHIC, allow_override=True)
