"""Pages of collections and items (网页): made on the server, nothing is loaded from elsewhere."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import jinja2
import numpy as np
import pandas as pd
import shapely
from fastapi import APIRouter, Request, Response

from geoplan_api.ogc import sketch
from geoplan_api.ogc.links import HTML, base_of, part

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from geoplan.schemas import Column
    from geoplan_api.snapshot import Snapshot
    from geoplan_api.views import Views

router = APIRouter()
_DRAWN = 2_000


@lru_cache(maxsize=1)
def _templates() -> jinja2.Environment:
    loader = jinja2.PackageLoader("geoplan_api.ogc", "templates")
    return jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True,
                              lstrip_blocks=True, undefined=jinja2.StrictUndefined)  # fmt: skip


def page(
    template: str, request: Request, views: Views, headers: Mapping[str, str], **known: Any
) -> Response:  # fmt: skip
    """Return a page made from a template."""
    file = views.city.workspace.file
    text = _templates().get_template(template).render(
        base=base_of(request), city=file.title or file.name, synthetic=file.synthetic, part=part,
        **known,
    )  # fmt: skip
    return Response(text, media_type=HTML, headers=dict(headers))


def table(
    snapshot: Snapshot, rows: npt.NDArray[np.intp], known: Mapping[str, Column]
) -> dict[str, Any]:
    """Return what a page shows of some rows: their filled columns, and a sketch."""
    frame = snapshot.columns.at(rows).frame
    own = snapshot.view.layer.key  # of one column: the id says it
    filled = [n for n in frame.columns if frame[n].notna().any() and (n,) != own]
    ids = snapshot.ids[rows].tolist()
    words = [_words(frame[n], known[str(n)]) for n in filled]
    cells = zip(*words, strict=True) if filled else [()] * len(ids)
    shapes = None if snapshot.placed is None else snapshot.placed[rows[:_DRAWN]]
    return {
        "columns": [(n, known[str(n)].zh) for n in filled],
        "rows": list(zip(ids, cells, strict=True)), "picture": sketch.draw(shapes),
    }  # fmt: skip


def sheet(snapshot: Snapshot, at: int, known: Mapping[str, Column]) -> dict[str, Any]:
    """Return what a page shows of one row: its name, all cells, where it is, and a sketch."""
    row, label = np.array([at]), snapshot.view.layer.label
    frame = snapshot.columns.at(row).frame
    cells = [(n, known[str(n)].zh, _words(frame[n], known[str(n)])[0], known[str(n)].unit)
             for n in frame.columns]  # fmt: skip
    named = next((value for name, _, value, _ in cells if name == label), "")
    shapes = None if snapshot.placed is None else snapshot.placed[row]
    return {"item": str(snapshot.ids[at]), "named": named, "cells": cells,
            "picture": sketch.draw(shapes), "place": _place(shapes)}  # fmt: skip


def _words(values: pd.Series[Any], column: Column) -> list[str]:
    """Return cells as people read them: codes in words, dates without a time of day."""
    if pd.api.types.is_datetime64_any_dtype(values):
        values = values.dt.strftime("%Y-%m-%d")
    if pd.api.types.is_bool_dtype(values):
        values = values.map({True: "是", False: "否"})
    plain = values.astype(object).where(values.notna(), "").tolist()
    if column.choices:
        zh = {c.code: c.zh for c in column.choices}
        return ["、".join(zh.get(code, code) for code in str(v).split(";")) for v in plain]
    return [f"{v:,.6g}" if isinstance(v, float) else str(v) for v in plain]


def _place(shapes: npt.NDArray[Any] | None) -> str:
    """Return what kind of shape it is, and where."""
    if shapes is None or shapes[0] is None:
        return "无几何 no shape"
    x, y = shapely.get_coordinates(shapely.point_on_surface(shapes[0]))[0]
    return f"{shapes[0].geom_type} · {x:.6f}, {y:.6f}"


@router.get("/browse.css", include_in_schema=False)
def style() -> Response:
    """Return the style of the pages."""
    text = _templates().get_template("browse.css").render()
    return Response(text, media_type="text/css", headers={"Cache-Control": "max-age=3600"})
