"""A collection as a file (下载): GeoPackage, FlatGeobuf, CSV; the same filters as for items."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import geopandas as gpd
from starlette.responses import StreamingResponse

from geoplan import io
from geoplan_api.ogc import query
from geoplan_api.ogc.links import MEDIA
from geoplan_api.ogc.refusals import bad_parameter

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import numpy.typing as npt
    import pandas as pd
    from fastapi import Response

    from geoplan_api.ogc.collections import Collection
    from geoplan_api.snapshot import Snapshot
    from geoplan_api.views import Views


_PART_BYTES = 1 << 18


def kinds(one: Collection) -> tuple[str, ...]:
    """Return the formats there are: a table has no FlatGeobuf."""
    return ("csv", "gpkg", "fgb") if one.kinds else ("csv", "gpkg")


def answer(
    views: Views, one: Collection, snapshot: Snapshot, wanted: query.Wanted, asked: query.Asked,
    kind: str, headers: dict[str, str],
) -> Response:  # fmt: skip
    """
    Return a file of all items that are wanted; nothing of it is left on the disk.

    Raises
    ------
    InputError
        If there is no such file of a table.
    """
    if kind not in kinds(one):
        raise bad_parameter("f", kind, "a table has no such file", "无几何的表没有这种格式",
                            fix="use csv or gpkg", fix_zh="可用 csv 或 gpkg")  # fmt: skip
    rows = query.rows(snapshot, wanted)
    first = asked.offset or 0
    rows = rows[first : None if asked.limit is None else first + asked.limit]
    views.rows = len(rows)
    frame, name = _frame(snapshot, rows, wanted), f"{one.id}.{kind}"
    with tempfile.TemporaryDirectory(prefix="geoplan-") as folder:
        file = io.write(frame, Path(folder) / name).open("rb")
    # the file has no name any more: it is gone once it is closed, however the sending ends
    headers |= {"Content-Disposition": f'attachment; filename="{name}"',
                "Content-Length": str(os.fstat(file.fileno()).st_size)}  # fmt: skip
    return StreamingResponse(_parts(file), media_type=MEDIA[kind], headers=headers)


def _parts(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while part := file.read(_PART_BYTES):
            yield part


def _frame(snapshot: Snapshot, rows: npt.NDArray[np.intp], wanted: query.Wanted) -> pd.DataFrame:
    """Return the rows with their shapes; files keep x before y."""
    frame = snapshot.frame
    if wanted.columns is not None:
        frame = frame[[c for c in wanted.columns if c in frame]]
    frame = frame.iloc[rows].reset_index(drop=True)
    if snapshot.shapes is None:
        return frame
    shapes = snapshot.some_in(wanted.crs.epsg, rows)
    placed: pd.DataFrame = gpd.GeoDataFrame(frame, geometry=shapes, crs=f"EPSG:{wanted.crs.epsg}")
    return placed
