"""``workspace.toml`` (工作区文件): which layers a city has and where they are."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoplan import crs
from geoplan.datum import DATUMS
from geoplan.errors import GeoplanError, InputError, MissingFileError, UnreadableFileError
from geoplan.io.atomic import replacing
from geoplan.schemas import LAYERS
from geoplan.schemas.hierarchy import adjoining

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from geoplan.io.plane import Place

NAME = "workspace.toml"
_TOP = ("workspace", "layers", "store", "releases")
_WORKSPACE = ("name", "title", "policy", "metric_crs", "code_system", "synthetic")
_LAYER = ("path", "crs", "datum", "encoding", "sheet", "source_layer", "columns")
_USUAL_STORE = "registry.gpkg"
_STORE = ("url", "classified_environment")
RELEASABLE = ("service_circles", "standards", "indicators", "boundaries")
"""Results that a recorded decision can open to everybody (SEC-04); without it they are internal."""


@dataclass(frozen=True, slots=True)
class LayerSource:
    """
    Where one layer comes from.

    ``crs`` and ``datum`` override what the file says; ``columns`` maps its headers to columns;
    ``place`` tells where the workspace is, for plane coordinates.
    """

    path: Path
    crs: str | None = None
    datum: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    source_layer: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    place: Callable[[], Place | None] | None = field(default=None, compare=False, repr=False)

    def reading(self) -> dict[str, Any]:
        """Return the options with which `read_layer` reads it."""
        return {**{key: getattr(self, key) for key in _LAYER if key != "path"}, "place": self.place}


@dataclass(frozen=True, slots=True)
class WorkspaceFile:
    """
    A parsed ``workspace.toml``; layer paths are absolute or relative to ``folder``.

    ``releases`` holds, by result, the decision that opens it to everybody.
    """

    folder: Path
    name: str
    layers: Mapping[str, LayerSource]
    title: str = ""
    policy: str = "suizhou-2022"
    metric_crs: str = "auto"
    code_system: str = ""
    synthetic: bool = False
    store_url: str = _USUAL_STORE
    classified_environment: bool = False
    releases: Mapping[str, str] = field(default_factory=dict)

    @property
    def store(self) -> str | Path:
        """Where the registry is: a PostGIS URL, or a path resolved against the folder."""
        server = self.store_url.startswith("postgresql:")
        return self.store_url if server else self.folder / self.store_url

    def place(self) -> Place | None:
        """
        Where the workspace is: its metric CRS, and the extent of its units where they are read.

        None where the file names no CRS and has no units.
        """
        return _place(self.metric_crs, self.layers.get("admin_units"))


def read_workspace_file(folder: str | Path) -> WorkspaceFile:
    """
    Read ``workspace.toml`` of a folder.

    Parameters
    ----------
    folder
        The workspace, or the path of the file itself.

    Returns
    -------
    file
        Layer paths resolved against the folder; whether they exist is found when they are read.

    Raises
    ------
    MissingFileError
        If there is no such file.
    UnreadableFileError
        If it is no TOML.
    InputError
        If it has unknown keys, layers or datums, or values of the wrong kind: all of them,
        each with its line.
    """
    given = Path(folder)
    path = given if given.suffix == ".toml" else given / NAME
    if not path.exists():
        raise MissingFileError.for_path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UnreadableFileError.for_file(path, error) from error
    problems = _problems(content)
    if problems:
        raise _refusal(path, text, problems)
    return _build(path.parent, content)


def _build(folder: Path, content: dict[str, Any]) -> WorkspaceFile:
    head = content.get("workspace", {})
    layers = {
        name: LayerSource(**{**table, "path": folder / table["path"]})
        for name, table in content.get("layers", {}).items()
    }
    place = cache(partial(_place, head.get("metric_crs", "auto"), layers.get("admin_units")))
    layers = {n: s if n == "admin_units" else replace(s, place=place) for n, s in layers.items()}
    store = {"store_url" if k == "url" else k: v for k, v in content.get("store", {}).items()}
    return WorkspaceFile(
        folder=folder,
        layers=layers,
        releases=content.get("releases", {}),
        **store,
        **{"name": folder.resolve().name, **head},
    )


_Problem = tuple[str, str, str, str]  # table, key, English, Chinese


def _place(metric_crs: str, units: LayerSource | None) -> Place | None:
    """Return the CRS stated and the extent of the units; the zone of the units where none is."""
    from geoplan.io.layers import read_layer
    from geoplan.io.plane import Place

    stated = None if metric_crs in {"", "auto"} else metric_crs
    try:
        if units is None:
            return None if stated is None else Place(stated)
        frame = read_layer(units.path, "admin_units", **units.reading()).valid
        own = frame[~adjoining(frame)]
        grid = crs.metric_of(own, "admin_units")
        west, south, east, north = own.geometry.to_crs(crs.GEOGRAPHIC).total_bounds.tolist()
        return Place(stated or grid, (west, south, east, north))
    except GeoplanError:  # said where the units are read
        return None if stated is None else Place(stated)


def _problems(content: dict[str, Any]) -> list[_Problem]:
    found = list(_unknown("", content, _TOP))
    head = content.get("workspace", {})
    found += _unknown("workspace", head, _WORKSPACE)
    found += _kinds("workspace", head, {"synthetic": bool}, str)
    store = content.get("store", {})
    found += _unknown("store", store, _STORE)
    found += _kinds("store", store, {"classified_environment": bool}, str)
    releases = content.get("releases", {})
    found += _unknown("releases", releases, RELEASABLE)
    found += _kinds("releases", releases, {}, str)
    for name, table in content.get("layers", {}).items():
        where = f"layers.{name}"
        if name not in LAYERS:
            found += _unknown("layers", {name: table}, tuple(LAYERS), at=where)
            continue
        if not isinstance(table, dict) or "path" not in table:
            found.append((where, "", f"[{where}] has no path", f"[{where}] 缺少 path"))
            continue
        found += _unknown(where, table, _LAYER)
        found += _kinds(where, table, {"columns": dict}, str)
        datum = table.get("datum")
        if datum is not None and datum not in DATUMS:
            known = ", ".join(DATUMS)
            found.append((where, "datum", f"datum {datum!r} is not one of {known}",
                          f"datum “{datum}” 不在 {known} 之中"))  # fmt: skip
    return found


def _unknown(
    where: str, table: Any, known: Iterable[str], *, at: str | None = None
) -> list[_Problem]:
    if not isinstance(table, dict):
        return [(where, "", f"[{where}] is not a table", f"[{where}] 不是一个表")]
    out = []
    for key in table:
        if key in known:
            continue
        near = difflib.get_close_matches(key, list(known), n=1)
        hint, hint_zh = (
            (f"; did you mean {near[0]}?", f"；是否指 {near[0]}？") if near else ("", "")
        )
        out.append((at or where, key, f"unknown key {key!r}{hint}", f"未知的键“{key}”{hint_zh}"))
    return out


def _kinds(where: str, table: Any, special: dict[str, type], default: type) -> list[_Problem]:
    if not isinstance(table, dict):
        return []
    wrong = [
        (key, value, kind)
        for key, value in table.items()
        if not isinstance(value, kind := special.get(key, default))
    ]
    return [
        (where, key, f"{key} must be {kind.__name__}, found {value!r}",
         f"{key} 应为 {kind.__name__}，现为 {value!r}")
        for key, value, kind in wrong
    ]  # fmt: skip


def _refusal(path: Path, text: str, problems: list[_Problem]) -> InputError:
    lines = [_line_of(text, table, key) for table, key, _, _ in problems]
    said = "; ".join(f"line {n}: {p[2]}" for n, p in zip(lines, problems, strict=True))
    said_zh = "；".join(f"第 {n} 行：{p[3]}" for n, p in zip(lines, problems, strict=True))
    return InputError(
        f"{path}: {said}",
        zh=f"{path}：{said_zh}",
        fix="correct the lines named",
        fix_zh="改正所列各行",
        file=str(path),
        line=lines[0],
        problems=len(problems),
    )


def _line_of(text: str, table: str, key: str) -> int:
    """Return the line of a key inside a table; of the table where the key is not found."""
    at, inside = 1, table == ""
    for number, line in enumerate(text.splitlines(), start=1):
        word = line.strip()
        if word.startswith("["):
            header = word.strip("[]").replace('"', "").strip()
            inside = header == table or (table == "layers" and header == f"layers.{key}")
            if inside:
                at = number
            if header.split(".")[0] == key and table == "":
                return number
        elif inside and word.split("=")[0].strip().strip('"') == key:
            return number
    return at


def write_workspace(file: WorkspaceFile) -> Path:
    """
    Write ``workspace.toml`` for a workspace; layer paths inside its folder become relative.

    Raises
    ------
    OutputError
        If the folder cannot be written.
    """
    lines = ["[workspace]", f"name = {_quoted(file.name)}"]
    lines += _stated(file, ("title", "policy", "metric_crs", "code_system"))
    lines.append(f"synthetic = {str(file.synthetic).lower()}")
    if file.store_url != _USUAL_STORE or file.classified_environment:
        lines += ["", "[store]", f"url = {_quoted(file.store_url)}"]
        lines.append(f"classified_environment = {str(file.classified_environment).lower()}")
    for name, source in file.layers.items():
        path = source.path
        if path.is_absolute() and path.is_relative_to(file.folder.resolve()):
            path = path.relative_to(file.folder.resolve())
        elif path.is_relative_to(file.folder):
            path = path.relative_to(file.folder)
        lines += ["", f"[layers.{name}]", f"path = {_quoted(path.as_posix())}"]
        lines += _stated(source, ("crs", "datum", "encoding", "sheet", "source_layer"))
        if source.columns:
            lines.append(f"[layers.{name}.columns]")
            lines += [f"{_quoted(k)} = {_quoted(v)}" for k, v in source.columns.items()]
    target = file.folder / NAME
    with replacing(target) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return target


def _stated(item: WorkspaceFile | LayerSource, keys: Iterable[str]) -> list[str]:
    return [f"{key} = {_quoted(value)}" for key in keys if (value := getattr(item, key))]


def _quoted(value: str) -> str:
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
