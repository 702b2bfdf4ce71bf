"""
The map of claims (争议主张图): one side's line red, the other's blue, the land between by kind.

No line on it is a boundary; a line that was demarcated is drawn dashed.
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import folium
import geopandas as gpd
import pandas as pd
import shapely

from geoplan import crs
from geoplan.boundaries.claims import KIND_ZH
from geoplan.maps.base import bounds_of, labels, outlines, own, with_margin
from geoplan.maps.explore import add_layer
from geoplan.maps.features import collection, degrees
from geoplan.maps.offline import OfflineMap
from geoplan.maps.static import Fill, Lines, Scale, Sheet, static_map
from geoplan.standards import is_synthetic

if TYPE_CHECKING:
    from collections.abc import Iterator

SIDES = ("#c8102e", "#1f4e9e")
"""Red for the party on the left, or the first one; blue for the other (RULES §5.5)."""
_FILLS = {
    "overlap": ("#d9a0c8", "lines"), "both_renounce": ("#f7e3a1", "dots"),
    "gap": ("#d8dadc", "cross"), "position": ("#b9d6a3", "lines"), "unknown": ("#e9d8b4", "dots"),
}  # fmt: skip
_LAND = "#f7f7f4"
_PAPER_PX = 1.13  # 0.3 mm
_POPUP = ("案件", "地块", "类型", "主张方", "红线一方", "蓝线一方", "面积（平方米）", "长度（米）",
          "人数", "设施（处）", "涉及村")  # fmt: skip
_WHO = {"both": "双方", "neither": "双方均不主张", "unknown": "不明"}


def claims_map(
    units: gpd.GeoDataFrame,
    claims: gpd.GeoDataFrame,
    faces: gpd.GeoDataFrame,
    *,
    official: gpd.GeoDataFrame | None = None,
    title: str = "边界争议主张",
) -> OfflineMap:
    """
    Show two parties' lines and the land between them.

    Parameters
    ----------
    units
        ``admin_units``, any CRS.
    claims
        ``case_id``, ``party``, lines; any CRS.
    faces
        From `boundaries.compare_claims`, any CRS; ``persons``, ``facilities``, ``villages`` from
        `boundaries.inside` where they are.
    official
        Demarcated lines of the cases, any CRS.
    title
        Heading.

    Returns
    -------
    map
        Fetches nothing; a click on a face tells its measures.
    """
    shown = own(units)
    chart = OfflineMap(with_margin(bounds_of(claims)), title=title,
                       synthetic=is_synthetic(units) or is_synthetic(claims),
                       lines=(f"{len(faces)} 处争议地块；面积为分析值",))  # fmt: skip
    for level in ("township", "county"):
        outlines(chart, shown, level)
    if official is not None and len(official):
        style = {"color": "#22303a", "weight": 1.6, "dashArray": "6 4"}
        drawn = degrees(official)
        add_layer(chart, collection(drawn, [], [style] * len(drawn)), [], "已定界线")
    table = _words(faces)
    for kind, (colour, _) in _FILLS.items():
        part = degrees(gpd.GeoDataFrame(table[(faces["kind"] == kind).to_numpy(dtype=bool)]))
        style = {"color": "#5d6a73", "weight": 0.6, "fillColor": colour, "fillOpacity": 0.7}
        data = collection(part, list(_POPUP), [style] * len(part))
        add_layer(chart, data, ["案件", "类型"], KIND_ZH[kind], popup=_POPUP)
    for side, rows in _by_side(claims, faces):
        style = {"color": SIDES[side], "weight": 2.5}
        drawn = degrees(rows.rename(columns={"case_id": "案件", "party": "主张方"}))
        data = collection(drawn, ["案件", "主张方"], [style] * len(drawn))
        add_layer(chart, data, ["案件", "主张方"], _party(rows, side))
    labels(chart, shown)
    folium.LayerControl(collapsed=False).add_to(chart)
    chart.add_html(_legend(claims, faces))
    return chart


def claims_sheet(
    units: gpd.GeoDataFrame,
    claims: gpd.GeoDataFrame,
    faces: gpd.GeoDataFrame,
    *,
    official: gpd.GeoDataFrame | None = None,
    sheet: Sheet | None = None,
) -> str:
    """
    Draw the claims of one case on a sheet for paper: lines of 0.3 mm, red and blue.

    Parameters
    ----------
    units, claims, faces, official
        As for `claims_map`; give one case, the sheet shows where it is.
    sheet
        Title, size, notes.

    Returns
    -------
    svg
        A complete drawing that says 示意图.

    Raises
    ------
    InputError
        If the claims have no place.
    """
    metric = crs.metric_of(claims, "claims")
    west, south, east, north = claims.to_crs(metric).total_bounds.tolist()
    x, y, half = (west + east) / 2, (south + north) / 2, max(east - west, north - south) / 2
    window = with_margin((x - half, y - half, x + half, y + half))
    land = own(units).to_crs(metric)
    land = land[(land["level"] == "township").to_numpy(dtype=bool)]
    land = land.set_geometry(shapely.clip_by_rect(land.geometry.array, *window))
    land = land[~land.geometry.is_empty].assign(kind="land")
    drawn = faces.to_crs(metric).assign(name=None)
    columns = ["name", "kind", "geometry"]
    both = gpd.GeoDataFrame(pd.concat([land[columns], drawn[columns]]), crs=metric)
    kinds = [k for k in _FILLS if (faces["kind"] == k).any()]
    fills = [Fill(KIND_ZH[k], *_FILLS[k]) for k in kinds]
    scale = Scale((Fill("无争议", _LAND), *fills), keys=("land", *kinds), title="争议地块")
    strokes = [Lines(rows, _party(rows, side), SIDES[side], _PAPER_PX)
               for side, rows in _by_side(claims, faces)]  # fmt: skip
    if official is not None and len(official):
        strokes.insert(0, Lines(official, "已定界线", dashes="5 3"))
    return static_map(both, "kind", scale, lines=strokes, sheet=sheet)


def _by_side(
    claims: gpd.GeoDataFrame, faces: gpd.GeoDataFrame
) -> Iterator[tuple[int, gpd.GeoDataFrame]]:
    """Return the lines of the left parties, then those of the others, of all cases."""
    left = dict(zip(faces["case_id"], faces["left_party"], strict=True))
    first = claims.drop_duplicates("case_id").set_index("case_id")["party"]
    red = claims["party"] == claims["case_id"].map({**first, **left})
    for side, rows in (
        (0, claims[red.to_numpy(dtype=bool)]),
        (1, claims[~red.to_numpy(dtype=bool)]),
    ):
        if len(rows):
            yield side, gpd.GeoDataFrame(rows)


def _party(rows: gpd.GeoDataFrame, side: int) -> str:
    """Return whose lines these are: the party's name where it is one."""
    names = rows["party"].dropna().unique()
    return f"{names[0]}主张线" if len(names) == 1 else ("一方主张线", "另一方主张线")[side]


def _words(faces: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the faces with what a click tells."""

    def number(column: str, digits: int) -> list[str | None]:
        cells = faces[column] if column in faces.columns else pd.Series(None, index=faces.index)
        return [None if pd.isna(v) else f"{float(v):,.{digits}f}" for v in cells]

    said = pd.DataFrame({
        "案件": faces["case_id"], "地块": faces["face"], "类型": faces["kind"].map(KIND_ZH),
        "主张方": faces["claimed_by"].replace(_WHO), "红线一方": faces["left_party"],
        "蓝线一方": faces["right_party"], "面积（平方米）": number("area_m2", 1),
        "长度（米）": number("length_m", 1), "人数": number("persons", 0),
        "设施（处）": number("facilities", 0),
        "涉及村": faces["villages"] if "villages" in faces.columns else None,
    }, index=faces.index)  # fmt: skip
    return gpd.GeoDataFrame(said, geometry=faces.geometry, crs=faces.crs)


def _legend(claims: gpd.GeoDataFrame, faces: gpd.GeoDataFrame) -> str:
    items = "".join(
        f'<div><i style="background:{SIDES[side]};height:3px;vertical-align:3px"></i>'
        f"{html.escape(_party(rows, side))}</div>"
        for side, rows in _by_side(claims, faces)
    )
    items += "".join(
        f'<div><i style="background:{colour}"></i>{KIND_ZH[kind]}</div>'
        for kind, (colour, _) in _FILLS.items() if (faces["kind"] == kind).any()
    )  # fmt: skip
    return (f'<div class="gp-card gp-legend"><b>争议主张</b>{items}'
            "<div>主张线不是界线；示意</div></div>")  # fmt: skip
