"""Digests (内容摘要): what a file or a frame holds, in one line."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from geoplan.errors import MissingFileError

if TYPE_CHECKING:
    import pandas as pd

_SIDECARS = (".dbf", ".shx", ".prj", ".cpg")


def digest_file(path: str | Path) -> str:
    """
    Return the SHA-256 of a file, of a shapefile with its sidecars, or of a folder's files.

    Raises
    ------
    MissingFileError
        If there is no such file.
    """
    where = Path(path)
    if not where.exists():
        raise MissingFileError.for_path(where)
    state = hashlib.sha256()
    for part in _parts(where):
        if len(_parts(where)) > 1:
            state.update(part.name.encode())
        with part.open("rb") as file:
            while chunk := file.read(1 << 20):
                state.update(chunk)
    return state.hexdigest()


def _parts(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(p for p in path.rglob("*") if p.is_file())
    if path.suffix.lower() == ".shp":
        return [path, *(s for end in _SIDECARS if (s := path.with_suffix(end)).exists())]
    return [path]


def digest_frame(frame: pd.DataFrame) -> str:
    """Return the SHA-256 of a frame's columns, values in order, geometry and CRS."""
    import geopandas as gpd
    import pandas as pd

    state = hashlib.sha256("|".join(f"{c}" for c in frame.columns).encode())
    plain = pd.DataFrame(frame)
    if isinstance(frame, gpd.GeoDataFrame):
        state.update(str(frame.crs).encode())
        plain = plain.assign(**{frame.geometry.name: frame.geometry.to_wkb()})
    for name in plain.columns:
        cells = plain[name].astype("object")
        text = cells.map(repr).where(cells.notna(), "")
        state.update("\x1f".join(text).encode())
    return state.hexdigest()
