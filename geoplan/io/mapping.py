"""
Mappings to exchange formats (字段对照): tables, fields and codes of others, declared in TOML.

A mapping names tables; a table says which layer it holds, their field -> our column, constants
they ask for, and their words for our codes. It is read both ways: a field that is listed first
counts when the table is read back, what no field names keeps its name.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.errors import MissingFileError, PackageError, UnreadableFileError
from geoplan.schemas import LAYERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FOLDER = Path(__file__).parent / "mappings"
_TABLE = ("layer", "title", "also", "fields", "constants", "codes")


@dataclass(frozen=True, slots=True)
class Table:
    """One table of an exchange format, and the layer that it holds."""

    name: str
    layer: str
    title: str
    also: tuple[str, ...]
    fields: Mapping[str, str]
    constants: Mapping[str, str]
    codes: Mapping[str, Mapping[str, str]]

    def out(self, frame: pd.DataFrame) -> pd.DataFrame:
        """
        Return a layer's frame in the table's words.

        Parameters
        ----------
        frame
            Columns as our layer has them; geometry, if any, stays.

        Returns
        -------
        frame
            Their fields in order, then columns that no field takes under their own names, without
            those that hold nothing in any row.
        """
        geometry = frame.geometry.name if isinstance(frame, gpd.GeoDataFrame) else None
        plain = pd.DataFrame(frame)
        made: dict[str, Any] = {}
        for field, column in self.fields.items():
            if column in plain.columns:
                made[field] = self._worded(field, plain[column])
        made.update({field: np.full(len(plain), text, object)
                     for field, text in self.constants.items()})  # fmt: skip
        taken = set(self.fields.values())
        for column in plain.columns:
            if column != geometry and column not in taken and plain[column].notna().any():
                made[str(column)] = plain[column]
        out = pd.DataFrame(made, index=plain.index)
        return out if geometry is None else gpd.GeoDataFrame(out, geometry=frame.geometry)

    def _worded(self, field: str, values: pd.Series[Any]) -> pd.Series[Any]:
        words = self.codes.get(field)
        if words is None:
            return values
        return values.astype(object).map(lambda v: words.get(str(v), v), na_action="ignore")

    def back(self, frame: pd.DataFrame) -> pd.DataFrame:
        """
        Return a table of theirs with our columns; the inverse of `out`.

        Of several fields for one column the first listed counts, the next where it is empty; a
        constant that stands as declared is left out.
        """
        made = frame.copy()
        for field, text in self.constants.items():
            if field in made.columns and (made[field].astype(str) == text).all():
                made = made.drop(columns=field)
        found: dict[str, Any] = {}
        for field, column in self.fields.items():
            if field not in made.columns:
                continue
            values = self._ours(field, made[field])
            found[column] = values if column not in found else found[column].where(
                pd.notna(found[column]), values)  # fmt: skip
        made = made.drop(columns=[f for f in self.fields if f in made.columns])
        clash = {c: f"{c}_原" for c in found if c in made.columns}
        return made.rename(columns=clash).assign(**found)

    def _ours(self, field: str, values: pd.Series[Any]) -> pd.Series[Any]:
        inverse: dict[str, str] = {}
        for ours, theirs in self.codes.get(field, {}).items():
            inverse.setdefault(theirs, ours)

        def word(value: Any) -> Any:
            text = str(value)  # a code may stand as the address of its entry in a code list
            return inverse.get(text, inverse.get(text.rsplit("/", 1)[-1], value))

        return values.astype(object).map(word, na_action="ignore")


def read_mapping(source: str | Path) -> dict[str, Table]:
    """
    Read a mapping.

    Parameters
    ----------
    source
        Name of one that ships (``inspire-au``, ``mzt-149-150``), or the path of a TOML file.

    Returns
    -------
    tables
        By their name.

    Raises
    ------
    MissingFileError
        If there is no such file.
    UnreadableFileError
        If it is no TOML.
    PackageError
        If it names a layer, a column or a key that does not exist, or a field twice.

    Examples
    --------
    >>> read_mapping("inspire-au")["AdministrativeUnit"].fields["nationalCode"]
    'unit_code'
    """
    path = Path(source)
    if path.suffix != ".toml":
        path = FOLDER / f"{source}.toml"
    if not path.exists():
        raise MissingFileError.for_path(path, "--mapping")
    return parse_mapping(path.read_bytes(), path)


def parse_mapping(raw: bytes, path: Path) -> dict[str, Table]:
    """
    Read the text of a mapping; ``path`` is named in errors.

    Raises
    ------
    UnreadableFileError
        If it is no TOML.
    PackageError
        If it names what does not exist.
    """
    try:
        content = tomllib.loads(raw.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UnreadableFileError.for_file(path, error) from error
    tables = content.get("tables", {})
    tables = tables if isinstance(tables, dict) else {}
    wrong = [f"{name}: {said}" for name, table in tables.items() for said in _wrong(table)]
    if wrong or not tables:
        raise PackageError(
            f"{path}: {'; '.join(wrong) or 'it declares no [tables.…]'}.",
            zh=f"{path}：{'；'.join(wrong) or '没有 [tables.…]'}。",
            fix="correct the mapping: left of = stands their field, right of it our column",
            fix_zh="改正对照表：等号左边是对方字段，右边是本软件字段", file=str(path),
        )  # fmt: skip
    return {
        name: Table(name, table["layer"], table.get("title", ""), tuple(table.get("also", ())),
                    table.get("fields", {}), table.get("constants", {}), table.get("codes", {}))
        for name, table in tables.items()
    }  # fmt: skip


def _wrong(table: Any) -> Iterable[str]:
    """Give what is wrong with one table of a mapping."""
    if not isinstance(table, dict) or not isinstance(table.get("layer"), str):
        yield "no layer"
        return
    yield from (f"unknown key {key!r}" for key in table if key not in _TABLE)
    for part, kind in (("fields", str), ("constants", str), ("codes", dict)):
        rows = table.get(part, {})
        if not isinstance(rows, dict) or not all(isinstance(v, kind) for v in rows.values()):
            yield f"{part} is no table of {'texts' if kind is str else 'tables'}"
            return
    about = LAYERS.get(table["layer"])
    if about is None:
        if table["layer"] != "tri_junctions":
            yield f"unknown layer {table['layer']!r}"
        return
    for field, column in table.get("fields", {}).items():
        if column not in about.names:
            yield f"{field} = {column!r} is no column of {about.name}"
    yield from (f"codes.{f} has no field" for f in table.get("codes", {})
                if f not in table.get("fields", {}))  # fmt: skip
