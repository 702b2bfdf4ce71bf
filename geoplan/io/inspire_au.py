"""INSPIRE Administrative Units in a GeoPackage (INSPIRE 行政单元), by a declared mapping."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pandas as pd

from geoplan.errors import EmptyLayerError, MissingColumnsError
from geoplan.io.mapping import Table, read_mapping
from geoplan.io.writing import write_gpkg

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from geoplan.io.raw import Raw
    from geoplan.schemas import Layer

RELATION = "AdministrativeBoundary_admUnit"
"""Table of which boundary bounds which unit, and on which side of it the unit lies."""
_NAME = "inspire-au"


@cache
def _shipped() -> dict[str, Table]:
    return read_mapping(_NAME)


def write_inspire(
    layers: Mapping[str, pd.DataFrame], path: str | Path, *, mapping: str | Path = _NAME
) -> Path:
    """
    Write units and boundary lines as the INSPIRE tables of Administrative Units.

    Parameters
    ----------
    layers
        ``admin_units`` and ``boundary_lines``, or one of them, as `read_layer` gives them; any
        CRS, which is kept.
    path
        ``.gpkg`` file to make.
    mapping
        Another mapping than the one that ships, as a TOML file.

    Returns
    -------
    path
        With ``AdministrativeUnit`` (geometry, inspireId_localId, nationalCode, nationalLevel
        2ndOrder to 6thOrder, nationalLevelName, name, upperLevelUnit, beginLifespanVersion …),
        ``AdministrativeBoundary`` (legalStatus agreed or notAgreed, technicalStatus edgeMatched
        or notEdgeMatched …) and `RELATION`. Columns of ours that INSPIRE has no word for keep
        their names, so that reading gives them back.

    Raises
    ------
    EmptyLayerError
        If neither layer is given.
    MissingColumnsError
        If the lines have no ``line_id``.
    OutputError
        If the system refuses.

    Notes
    -----
    INSPIRE Data Specification on Administrative Units 3.1, names flattened with ``_``. INSPIRE
    lists every level a boundary serves; here only its highest is given.

    Examples
    --------
    >>> import tempfile, geopandas as gpd, shapely, geoplan.io
    >>> unit = gpd.GeoDataFrame({"unit_code": ["421303"], "name": ["曾都区"], "level": ["county"]},
    ...     geometry=[shapely.box(113.3, 31.6, 113.5, 31.8)], crs="EPSG:4490")
    >>> file = write_inspire({"admin_units": unit}, tempfile.mkdtemp() + "/au.gpkg")
    >>> geoplan.io.read_layer(file, "admin_units").valid[["unit_code", "level"]].values.tolist()
    [['421303', 'county']]
    """
    tables = _shipped() if str(mapping) == _NAME else read_mapping(mapping)
    made = {t.name: t.out(layers[t.layer]) for t in tables.values() if t.layer in layers}
    if not made:
        raise EmptyLayerError.for_layer("admin_units", str(path))
    if "boundary_lines" in layers:
        lines = layers["boundary_lines"]
        if "line_id" not in lines.columns:
            raise MissingColumnsError.for_layer("boundary_lines", ["line_id"], lines.columns)
        made[RELATION] = _relation(lines)
    return write_gpkg(made, path)


def _relation(lines: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each unit beside each line."""
    sides = [
        pd.DataFrame({"boundary": lines["line_id"], "admUnit": lines[column], "side": side})
        for side, column in (("left", "left_code"), ("right", "right_code"))
        if column in lines.columns
    ]
    rows = pd.concat([pd.DataFrame(columns=["boundary", "admUnit", "side"], dtype=object), *sides])
    return rows[rows["admUnit"].notna()].sort_values(["boundary", "side"], ignore_index=True)


def table_of(names: Sequence[str], layer: Layer) -> str | None:
    """Return the INSPIRE table in a file that holds a layer, where no layer has our own name."""
    if {layer.name, layer.zh} & set(names):
        return None
    for table in _shipped().values():
        if table.layer == layer.name:
            return next((n for n in names if n in (table.name, *table.also)), None)
    return None


def read_back(raw: Raw, layer: Layer) -> None:
    """Give an INSPIRE table that was read our columns and words."""
    table = next(t for t in _shipped().values() if t.layer == layer.name)
    raw.frame = table.back(raw.frame)
    raw.driver = "INSPIRE AU GeoPackage"
    raw.note(f"按 INSPIRE {table.name} 读取", f"read as INSPIRE {table.name}")
