"""
Disputed land (争议地段): who lives there, what may not be built, which proof counts.

RULES §5.8; 行政区域边界争议处理条例 Art. 7 to 10.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geoplan.boundaries.notes import shapes_of, texts
from geoplan.errors import MissingColumnsError

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy.typing as npt

    Array = npt.NDArray[Any]


def inside(
    faces: gpd.GeoDataFrame,
    *,
    population: gpd.GeoDataFrame | None = None,
    facilities: gpd.GeoDataFrame | None = None,
    villages: gpd.GeoDataFrame | None = None,
) -> pd.DataFrame:
    """
    Tell who and what is inside disputed faces.

    Parameters
    ----------
    faces
        From `compare_claims`, any CRS.
    population
        Points or polygons with ``persons``; counted where their inner point lies in the face.
    facilities
        Points or polygons; likewise. Rows without a position cannot be placed.
    villages
        Polygons with ``name``; named where more than a touch of them is in the face.

    Returns
    -------
    inside
        The index of ``faces``: ``persons``, ``facilities`` (numbers), ``villages``
        (``;``-joined). Missing where the layer is not given, or a number of persons is not known.
        The edge of a face belongs to it.

    Raises
    ------
    MissingColumnsError
        If ``persons`` or ``name`` is absent.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> face = gpd.GeoDataFrame({"case_id": ["c"]}, crs="EPSG:4547",
    ...     geometry=[shapely.box(450000, 3500000, 450100, 3500100)])
    >>> homes = gpd.GeoDataFrame({"persons": [3, 4]}, crs="EPSG:4547",
    ...     geometry=[shapely.Point(450050, 3500050), shapely.Point(450200, 3500050)])
    >>> inside(face, population=homes)[["persons", "facilities"]].values.tolist()
    [[3.0, <NA>]]
    """
    out = pd.DataFrame(index=faces.index)
    cells = shapes_of(faces)
    out["persons"], out["facilities"] = np.nan, pd.array([pd.NA] * len(faces), dtype="Int64")
    out["villages"] = pd.Series([None] * len(faces), index=faces.index, dtype=object)
    if population is not None:
        rows, at = _within(cells, faces, _need(population, "population", "persons"))
        heads = pd.to_numeric(population["persons"]).to_numpy(dtype=float, na_value=np.nan)
        total = np.zeros(len(faces))
        np.add.at(total, rows, heads[at])
        out["persons"] = total
    if facilities is not None:
        rows, _ = _within(cells, faces, facilities)
        count = np.bincount(rows, minlength=len(faces))
        out["facilities"] = pd.array(count, dtype="Int64")
    if villages is not None:
        shapes = shapes_of(_need(villages, "admin_units", "name").to_crs(faces.crs))
        hit = shapely.STRtree(shapes).query(cells, predicate="intersects")
        area = shapely.area(shapely.intersection(cells[hit[0]], shapes[hit[1]]))
        real = area > 1e-9 * shapely.area(cells[hit[0]])
        name = np.array(texts(villages, "name"), dtype=object)
        out["villages"] = [";".join(sorted(set(name[hit[1][real & (hit[0] == k)]])))
                           for k in range(len(faces))]  # fmt: skip
    return out


def _need(frame: gpd.GeoDataFrame, layer: str, column: str) -> gpd.GeoDataFrame:
    if column not in frame.columns:
        raise MissingColumnsError.for_layer(layer, {column}, frame.columns)
    return frame


def _within(cells: Array, faces: gpd.GeoDataFrame, frame: gpd.GeoDataFrame) -> tuple[Array, Array]:
    points = shapely.point_on_surface(shapes_of(frame.to_crs(faces.crs)))
    hit = shapely.STRtree(points).query(cells, predicate="intersects")
    return hit[0], hit[1]


_LAW = "行政区域边界争议处理条例"
EVIDENCE: dict[str, tuple[str, str, str, str]] = {
    "A": ("basis", "依据", "basis", f"{_LAW} 第七条"),
    "B": ("reference", "参考", "for reference", f"{_LAW} 第八条"),
    "none": ("inadmissible", "不予采纳", "inadmissible", f"{_LAW} 第九条"),
    "": ("no_data", "未分类", "not classed", f"{_LAW} 第七至九条"),
}
"""Evidence class -> weight, its words, the article it comes from."""
_RANK = ("A", "B", "none", "")


def weigh_evidence(claims: pd.DataFrame) -> pd.DataFrame:
    """
    Tell what each party's evidence is worth, by its best piece (处理条例 Art. 7 to 9).

    Parameters
    ----------
    claims
        ``case_id``, ``party``, ``evidence_class`` (A, B, none); any CRS. One row per piece.

    Returns
    -------
    weights
        One row per case and party: ``case_id``, ``party``, ``best_class``, ``weight`` (``basis``,
        ``reference``, ``inadmissible``, ``no_data``), ``weight_zh``, ``weight_en``, ``clause``,
        ``pieces`` (counted by class, as ``A1 B2``).

    Raises
    ------
    MissingColumnsError
        If a column is absent.

    Examples
    --------
    >>> claims = pd.DataFrame({"case_id": "c", "party": ["甲", "甲", "乙"],
    ...                        "evidence_class": ["B", "A", None]})
    >>> weigh_evidence(claims)[["party", "best_class", "weight"]].values.tolist()
    [['乙', '', 'no_data'], ['甲', 'A', 'basis']]
    """
    need = {"case_id", "party", "evidence_class"}
    if not need <= set(claims.columns):
        raise MissingColumnsError.for_layer("claims", need - set(claims.columns), claims.columns)
    table = pd.DataFrame({c: texts(claims, c) for c in ("case_id", "party", "evidence_class")})
    rows = []
    for (case_id, party), group in table.groupby(["case_id", "party"], sort=True):
        found = group["evidence_class"].where(group["evidence_class"].isin(_RANK), "")
        best = min(found, key=_RANK.index)
        weight, zh, en, clause = EVIDENCE[best]
        counts = " ".join(f"{c or '?'}{n}" for c in _RANK if (n := int((found == c).sum())))
        rows.append((case_id, party, best, weight, zh, en, clause, counts))
    return pd.DataFrame(rows, columns=["case_id", "party", "best_class", "weight", "weight_zh",
                                       "weight_en", "clause", "pieces"])  # fmt: skip


_NEW = ("planned", "building")


def freeze_warnings(
    objects: gpd.GeoDataFrame, faces: gpd.GeoDataFrame, *, new: tuple[str, ...] = _NEW
) -> pd.DataFrame:
    """
    Warn of new facilities and projects on disputed land (处理条例 Art. 10).

    Parameters
    ----------
    objects
        Facilities or projects with ``status``; any geometry and CRS. Rows without a position
        cannot be placed and are left out.
    faces
        Disputed faces with ``case_id``, from `geoplan.boundaries.claims.compare_claims`.
    new
        Statuses that mean something new; what stands already is not frozen.

    Returns
    -------
    warnings
        One row per object and case, under the label of the object: ``case_id``, ``id``, ``name``,
        ``object_status``, ``status``: ``warning`` for what is new, ``to_verify`` where its status
        is not known; ``remark_zh``, ``remark_en``, ``clause``. What touches a face counts.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> face = gpd.GeoDataFrame({"case_id": ["c"]}, crs="EPSG:4547",
    ...     geometry=[shapely.box(450000, 3500000, 450100, 3500100)])
    >>> home = gpd.GeoDataFrame({"facility_id": ["f"], "status": "planned"}, crs="EPSG:4547",
    ...     geometry=[shapely.Point(450050, 3500050)])
    >>> freeze_warnings(home, face)[["case_id", "id", "status"]].values.tolist()
    [['c', 'f', 'warning']]
    """
    shapes = shapes_of(objects.to_crs(faces.crs))
    cells = shapes_of(faces)
    hit = shapely.STRtree(shapes).query(cells, predicate="intersects")
    state, case = np.array(texts(objects, "status"), dtype=object), texts(faces, "case_id")
    key = next((c for c in objects.columns if c.endswith("_id")), "")
    ids, names = texts(objects, key), texts(objects, "name")
    pairs = dict.fromkeys((int(o), case[f]) for f, o in zip(*hit, strict=True))
    rows = [(o, c) for o, c in sorted(pairs) if state[o] in {*new, ""}]
    unknown = [not state[o] for o, _ in rows]
    return pd.DataFrame({
        "case_id": [c for _, c in rows], "id": [ids[o] for o, _ in rows],
        "name": [names[o] for o, _ in rows], "object_status": [state[o] for o, _ in rows],
        "status": ["to_verify" if u else "warning" for u in unknown],
        "remark_zh": ["状态不明，若属新建则不得动工" if u else "争议未决，不得在争议地段新建"
                      for u in unknown],
        "remark_en": ["status unknown; if new, it must not go on" if u
                      else "nothing new on disputed land until it is settled" for u in unknown],
        "clause": f"{_LAW} 第十条",
    }, index=objects.index[[o for o, _ in rows]])  # fmt: skip
