"""Place names for others (地名交换): tables with Chinese titles, GeoJSON, Linked Places."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.crs import GEOGRAPHIC
from geoplan.errors import EmptyLayerError, InputError, MissingCRSError
from geoplan.io.atomic import replacing
from geoplan.io.secrecy import ranks, ranks_of, refuse_state_secrets
from geoplan.io.writing import write, write_gpkg, write_xlsx
from geoplan.placenames.linked_places import LEFT_OUT_COLUMNS, collection, right_handed
from geoplan.schemas import layer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geoplan.schemas import Layer

KINDS = (".gpkg", ".xlsx", ".csv", ".geojson")
LINKED_KINDS = (".jsonld", ".json", ".geojson")
_MANY = (".gpkg", ".xlsx")
_CELL = 32_000  # characters that a cell of a workbook holds


class LinkedFile(NamedTuple):
    """The file, and the rows that are not in it with their reasons."""

    path: Path
    left_out: pd.DataFrame


def write_names(
    layers: Mapping[str, pd.DataFrame],
    path: str | Path,
    *,
    chinese: bool | None = None,
    classified: bool = False,
) -> Path:
    """
    Write registers of place names to one file that `read_layer` reads back.

    Parameters
    ----------
    layers
        Layer name -> its rows: ``place_names``, ``name_forms`` or another register; any CRS.
    path
        ``.gpkg`` (CRS kept) and ``.xlsx`` (a sheet for each, to be named on reading) hold several
        layers, ``.csv`` (UTF-8 with mark) and ``.geojson`` (WGS84, right-hand rule) one. In
        tables, points are 经度 and 纬度 in CGCS2000 degrees; where there are lines or areas, all
        positions are WKT in 几何, to be read with ``crs="EPSG:4490"``.
    chinese
        Titles and coded words in Chinese; left out, tables have them and GIS files do not.
    classified
        ``classified_environment`` of the workspace.

    Returns
    -------
    path
        Where it was written.

    Raises
    ------
    EmptyLayerError
        If no layer is given.
    UnknownIdError
        If there is no such layer.
    InputError
        If the ending is none of these, several layers are to go into a file of one, or an area
        has more vertices than a cell of a workbook holds.
    MissingCRSError
        If there are positions without a CRS.
    SecrecyError
        If a row is state_* outside a classified environment.
    OutputError
        If the system refuses.

    Examples
    --------
    >>> import tempfile, geoplan.io
    >>> river = pd.DataFrame({"place_id": ["N1"], "standard_name": ["涢水"], "status": ["filed"]})
    >>> file = write_names({"place_names": river}, tempfile.mkdtemp() + "/names.csv")
    >>> file.read_text("utf-8-sig").splitlines()
    ['地名编号,标准名称,状态', 'N1,涢水,已备案']
    >>> geoplan.io.read_layer(file, "place_names").valid[["place_id", "status"]].values.tolist()
    [['N1', 'filed']]
    """
    target = Path(path)
    suffix = _suffix(target, KINDS)
    if not layers:
        raise EmptyLayerError.for_layer("place_names", str(target))
    if len(layers) > 1 and suffix not in _MANY:
        raise InputError(
            f"{target.name}: a {suffix} file holds one layer, not {', '.join(layers)}.",
            zh=f"{target.name}：{suffix} 文件只能存一个图层，不能存 {'、'.join(layers)}。",
            fix=f"use {' or '.join(_MANY)}, or a file for each",
            fix_zh=f"用 {'或 '.join(_MANY)}，或分开写",
            file=str(target),
        )
    for name, frame in layers.items():
        refuse_state_secrets(frame, layer(name), classified=classified)
    table = suffix in {".xlsx", ".csv"}
    words = table if chinese is None else chinese
    made = {}
    for name, frame in layers.items():
        about = layer(name)
        shaped = frame
        if isinstance(frame, gpd.GeoDataFrame) and suffix != ".gpkg":
            shaped = _in_columns(frame, target) if table else right_handed(frame)
        made[about.zh if words else name] = _in_chinese(shaped, about) if words else shaped
    if suffix == ".gpkg":
        return write_gpkg(made, target)
    return (
        write_xlsx(made, target) if suffix == ".xlsx" else write(next(iter(made.values())), target)
    )


def _suffix(target: Path, kinds: tuple[str, ...]) -> str:
    suffix = target.suffix.lower()
    if suffix not in kinds:
        raise InputError(
            f"{target.name}: place names are not written as {suffix or 'a file without ending'}.",
            zh=f"{target.name}：地名不能写为 {suffix or '没有扩展名的文件'}。",
            fix=f"use one of {', '.join(kinds)}", fix_zh=f"可用的有 {', '.join(kinds)}",
            file=str(target),
        )  # fmt: skip
    return suffix


def _in_columns(frame: gpd.GeoDataFrame, target: Path) -> pd.DataFrame:
    """Return a table with positions as degrees, or as WKT where some are no points."""
    shapes = frame.geometry
    plain = pd.DataFrame(frame.drop(columns=shapes.name))
    if shapes.isna().all():
        return plain
    if shapes.crs is None:
        raise MissingCRSError.for_layer("place_names")
    shapes = shapes.to_crs(GEOGRAPHIC)
    if shapes.geom_type.dropna().isin(["Point"]).all():
        return plain.assign(经度=shapes.x.round(8), 纬度=shapes.y.round(8))
    texts = shapes.to_wkt(rounding_precision=8)
    if target.suffix.lower() == ".xlsx" and (longest := int(texts.str.len().max())) > _CELL:
        raise InputError(
            f"{target.name}: an outline of {longest} characters does not fit into a cell.",
            zh=f"{target.name}：有图形的坐标串长 {longest} 字符，单元格放不下。",
            fix="write a .gpkg or .csv, or leave out the geometry",
            fix_zh="改写为 .gpkg 或 .csv，或去掉几何",
            file=str(target),
        )
    return plain.assign(几何=texts)


def _in_chinese(frame: pd.DataFrame, about: Layer) -> pd.DataFrame:
    """Return a frame with the declared titles, and Chinese words for codes and flags."""
    out = frame.copy()
    for column in about.columns:
        if column.name not in out.columns:
            continue
        words: dict[Any, str] = {c.code: c.zh for c in column.choices}
        if column.dtype == "bool":
            words = {True: "是", False: "否"}
        if words and column.dtype != "set":
            cells = out[column.name].astype(object)
            out[column.name] = cells.map(lambda c, w=words: w.get(c, c), na_action="ignore")
    taken = set(out.columns)
    titles = {c.name: c.zh for c in about.columns if c.zh not in taken}
    return out.rename(columns=titles)


def write_linked_places(  # noqa: PLR0913  (the tables beside the places)
    places: pd.DataFrame,
    path: str | Path,
    *,
    base: str,
    as_of: str,
    forms: pd.DataFrame | None = None,
    units: pd.DataFrame | None = None,
    links: pd.DataFrame | None = None,
    highest: str = "internal",
    classified: bool = False,
) -> LinkedFile:
    """
    Write places as a Linked Places v1.3 file.

    Parameters
    ----------
    places, base, as_of, forms, units, links
        As `geoplan.placenames.linked_places.collection` takes them.
    path
        ``.jsonld``, ``.json`` or ``.geojson``.
    highest
        Highest class to write; ``public`` for a file that is published.
    classified
        ``classified_environment`` of the workspace.

    Returns
    -------
    path, left_out
        The file (UTF-8), and the rows that are not in it with their reasons.

    Raises
    ------
    SecrecyError
        If a row is state_* outside a classified environment.
    InputError
        If the ending is none of these, or ``base`` no http address.
    OutputError
        If the system refuses.

    Examples
    --------
    >>> import tempfile
    >>> river = pd.DataFrame({"place_id": ["N1", "N2"], "standard_name": ["涢水", "府河"],
    ...     "category_code": "12100", "secrecy": ["public", "internal"]})
    >>> made = write_linked_places(river, tempfile.mkdtemp() + "/names.jsonld",
    ...     base="https://names.example/", as_of="2026-01-01", highest="public")
    >>> made.left_out[["place_id", "field", "value"]].values.tolist()
    [['N2', 'secrecy', 'internal']]
    """
    target = Path(path)
    _suffix(target, LINKED_KINDS)
    shown, held = _at_most(places, "place_names", highest, classified=classified)
    told = None if forms is None else _at_most(forms, "name_forms", highest, classified=classified)
    made = collection(shown, base=base, as_of=as_of, units=units, links=links,
                      forms=None if told is None else told[0])  # fmt: skip
    parts = [held, made.left_out, *([] if told is None else [told[1]])]
    with replacing(target) as temporary:
        text = json.dumps(made.collection, ensure_ascii=False, allow_nan=False)
        temporary.write_text(text + "\n", encoding="utf-8")
    found = [p for p in parts if len(p)]
    return LinkedFile(target, pd.concat(found, ignore_index=True) if found else held)


def _at_most(
    frame: pd.DataFrame, name: str, highest: str, *, classified: bool
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows up to a class, and the others with the reason."""
    about = layer(name)
    refuse_state_secrets(frame, about, classified=classified)
    rank = ranks(frame, about)
    above = rank > ranks_of([highest], about)[0]
    said = frame["secrecy"] if "secrecy" in frame.columns else pd.Series(np.nan, index=frame.index)
    said = said.astype(object).where(said.notna(), about.secrecy)
    rows = [
        (str(place), "secrecy", str(word), f"密级高于“{highest}”", f"its class is above {highest}")
        for place, word in zip(frame.loc[above, "place_id"], said[above], strict=True)
    ]
    return frame.loc[~above], pd.DataFrame(rows, columns=list(LEFT_OUT_COLUMNS))
