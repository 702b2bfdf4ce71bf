"""
Candidates (备选点): which idle buildings and parcels can be used, why not, and what they cost.

Where there is no register of them: points of a grid, or junctions of the roads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from geoplan import crs as _crs
from geoplan.network.checks import in_range, numbers
from geoplan.schemas import vocabulary
from geoplan.service_circles.sources import require_columns
from geoplan.siting.checked import wrong
from geoplan.siting.places import grid, road_nodes, xy_of
from geoplan.siting.scoring import EASE, WEIGHTS, score
from geoplan.standards import usable_sites

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    import numpy.typing as npt

    from geoplan.policy import Policy

    Floats = npt.NDArray[np.float64]

__all__ = [
    "EASE", "RULE", "WEIGHTS", "Candidates", "costs", "from_sites", "grid", "road_nodes", "score",
]  # fmt: skip

RULE = "ELD-19"
_PLAIN = {"floor_level": 1, "hazard": "", "floor_m2": np.inf, "owner": "-"}
# The floor level is of a national notice, the least area of another province (RULES ELD-19).
_HARD = {"floor_level": ("V", "V-law", "V-2nd"), "floor_m2": ("V", "V-law")}
_LIFT = "M-high"  # JGJ 450
# Flag, what of it is bad, what is said, basis.
_FLAGS = (
    ("illegal", True, "违法建筑", "illegal building", ""),
    ("fire_check", False, "消防未合格", "fire check not passed", ""),
    ("structure_check", False, "结构安全未合格", "structural check not passed", ""),
    ("own_entrance", False, "无独立出入口（外地规定）", "no entrance of its own (a rule elsewhere)",
     "V"),
)  # fmt: skip
_MOST_POINTS = 2_000_000
_ROUNDING_M = 1e-6
_HA_M2 = 10_000.0
_COLUMNS = ["site_id", "field", "value", "rule_id", "reason_zh", "reason_en", "basis"]


class Candidates(NamedTuple):
    """
    A register, judged.

    ``usable``: sites with ``cost``, ``cost_basis``, ``same_place_as`` (site before it) and
    ``coincides_with`` (facility), both None mostly. ``rejected``, ``warnings``: a row per reason:
    ``site_id``, ``field``, ``value``, ``rule_id``, ``reason_zh``, ``reason_en``, ``basis`` (mark
    of evidence; ``given`` where the caller said so; empty where the rule has no mark).
    """

    usable: gpd.GeoDataFrame
    rejected: pd.DataFrame
    warnings: pd.DataFrame


class _Finding(NamedTuple):
    row: int
    field: str
    value: object
    zh: str
    en: str
    basis: str = ""
    hard: bool = False


def from_sites(
    sites: gpd.GeoDataFrame, policy: Policy, *, facilities: gpd.GeoDataFrame | None = None,
    deficit: gpd.GeoDataFrame | None = None, outside: gpd.GeoDataFrame | None = None,
    per_m2: Mapping[str, float] | None = None, same_m: float = 1.0,
) -> Candidates:  # fmt: skip
    """
    Judge a register of idle buildings and parcels (ELD-19).

    Hard is only what rests on a text read, or a national one, that applies here; the rest warns
    with its basis, so that no useful room is lost by another province's figure.

    Parameters
    ----------
    sites
        ``candidate_sites``: ``site_id``; of the columns ``floor_level``, ``hazard``, ``floor_m2``,
        ``owner``, ``land_m2``, ``cost``, ``acquisition``, and of ``lease_year``, ``illegal``,
        ``fire_check``, ``structure_check``, ``own_entrance`` (flags), those there are. Any CRS.
    policy
        Gives limits and their basis.
    facilities
        ``facility_id``; sites at their places are marked.
    deficit
        Areas that lack something: sites neither in nor beside one are warned of.
    outside
        Areas where nothing may be; ``name`` is said if it has one.
    per_m2
        Yuan per m² of floor by acquisition, for sites without a cost; see `costs`.
    same_m
        Within this distance two places are one, closed.

    Returns
    -------
    candidates
        Usable sites in the CRS and order given, and every reason.

    Raises
    ------
    MissingColumnsError
        If there is no ``site_id``.
    InputError
        If an id is missing or comes twice, or a cost is negative or no number.
    MissingCRSError
        If a layer has no CRS.
    """
    require_columns(sites, "candidate_sites", "site_id")
    ids = sites["site_id"].astype("str").to_numpy(dtype=object)
    bad = sites["site_id"].isna().to_numpy(dtype=bool) | pd.Series(ids).duplicated().to_numpy()
    if bad.any():
        raise wrong(f"site_id {ids[bad][0]!r} is missing or comes twice.",
                    f"备选点编号 {ids[bad][0]!r} 缺失或重复。", "give each site its own id",
                    "每个备选点一个不同的编号", layer="candidate_sites")  # fmt: skip
    same_m = in_range("same_m", same_m, 0.0, np.inf) + _ROUNDING_M
    money = costs(sites, policy, per_m2=per_m2)
    found = [*_judged(sites, policy), *_flagged(sites, policy)]
    found += [_Finding(i, "cost", None, "费用未填，也无单价", "neither cost nor price per m2")
              for i in np.flatnonzero(money["cost"].isna()).tolist()]  # fmt: skip
    places, same = _places(sites, facilities, deficit, outside, same_m)
    found += places
    out = np.array(sorted({f.row for f in found if f.hard}), dtype=np.int64)
    keep = np.setdiff1d(np.arange(len(sites)), out)
    usable = sites.assign(site_id=ids, cost=money["cost"], cost_basis=money["cost_basis"],
                          same_place_as=pd.Series(same[0], sites.index, dtype=object),
                          coincides_with=pd.Series(same[1], sites.index, dtype=object))  # fmt: skip
    found.sort(key=lambda f: f.row)
    return Candidates(usable.iloc[keep], _table(ids, found, hard=True),
                      _table(ids, found, hard=False))  # fmt: skip


def _table(ids: npt.NDArray[Any], found: Sequence[_Finding], *, hard: bool) -> pd.DataFrame:
    rows = [(ids[f.row], f.field, f.value, RULE, f.zh, f.en, f.basis)
            for f in found if f.hard == hard]  # fmt: skip
    return pd.DataFrame(rows, columns=_COLUMNS)


def _judged(sites: pd.DataFrame, policy: Policy) -> list[_Finding]:
    """Ask `usable_sites` one field at a time, so that each reason has its field."""
    found = []
    for field in _PLAIN:
        one = pd.DataFrame(_PLAIN, index=range(len(sites))).drop(columns=field)
        if field in sites.columns:
            one[field] = sites[field].to_numpy()
        said = usable_sites(one, policy)
        values = one[field].tolist() if field in one else [None] * len(one)
        for i, row in enumerate(said.itertuples(index=False)):
            zh, en = f"{row.reasons_zh}{row.warnings_zh}", f"{row.reasons_en}{row.warnings_en}"
            unknown = bool(pd.isna(values[i]))
            told = None if unknown else values[i]
            if zh:
                basis, hard = "", not row.usable
                if field in _HARD and not unknown:
                    low = not row.usable or field == "floor_m2"
                    basis = policy.parameter(f"site_min_{field}").basis if low else _LIFT
                    hard = low and basis in _HARD[field]
                found.append(_Finding(i, field, told, zh, en, basis, hard))
            elif field == "floor_m2" and unknown:
                found.append(_Finding(i, field, None, "面积未填", "floor area not stated"))
    return found


def _flagged(sites: pd.DataFrame, policy: Policy) -> list[_Finding]:
    """Return what only warns: lease, parcel, permits."""
    found = []
    for field, name, scale, below, zh, en in (
        ("lease_year", "site_min_lease_year", 1.0, True, "租期不足 {} 年", "lease below {} years"),
        ("land_m2", "site_max_land_ha", _HA_M2, False, "用地大于 {} 公顷", "parcel above {} ha"),
    ):
        limit = policy.parameter(name)
        value = numbers(sites, field) if field in sites.columns else np.full(len(sites), np.nan)
        most = policy.value(name) * scale
        text, text_en = (f"{t.format(f'{policy.value(name):g}')}[{limit.basis}]" for t in (zh, en))
        at = np.flatnonzero(value < most if below else value > most)
        found += [_Finding(i, field, float(value[i]), text, text_en, limit.basis)
                  for i in at.tolist()]  # fmt: skip
    for field, bad, zh, en, basis in _FLAGS:
        for i, flag in enumerate(sites[field].tolist() if field in sites.columns else []):
            if pd.isna(flag):
                found.append(_Finding(i, field, None, f"待核：{zh}？", f"to check: {en}?", basis))
            elif bool(flag) == bad:
                found.append(_Finding(i, field, flag, zh, en, basis))
    return found


def _places(
    sites: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame | None, deficit: gpd.GeoDataFrame | None,
    outside: gpd.GeoDataFrame | None, same_m: float,
) -> tuple[list[_Finding], tuple[npt.NDArray[Any], npt.NDArray[Any]]]:  # fmt: skip
    """Return what the place says, and for each site the one before it and the facility there."""
    nowhere = np.asarray(sites.geometry.isna() | sites.geometry.is_empty, dtype=bool)
    found = [_Finding(i, "geometry", None, "没有位置", "no place", hard=True)
             for i in np.flatnonzero(nowhere).tolist()]  # fmt: skip
    before, there = (np.full(len(sites), None, dtype=object) for _ in range(2))
    on = np.flatnonzero(~nowhere)
    if not len(on):
        return found, (before, there)
    metric = _crs.metric_of(sites, "candidate_sites")
    xy = xy_of(sites.iloc[on], metric, "candidate_sites")
    ids = sites["site_id"].astype("str").tolist()
    pairs = cKDTree(xy).query_pairs(same_m, output_type="ndarray")
    for a, b in sorted(np.sort(pairs, axis=1).tolist()):
        before[on[b]] = before[on[b]] or ids[int(on[a])]
    if facilities is not None and len(facilities):
        require_columns(facilities, "facilities", "facility_id")
        known = facilities[~(facilities.geometry.isna() | facilities.geometry.is_empty)]
        far, near = cKDTree(xy_of(known, metric, "facilities")).query(xy)
        hit = far <= same_m
        there[on[hit]] = (
            known["facility_id"].astype("str").to_numpy(dtype=object)[np.asarray(near)[hit]]
        )
    for name, other, zh, en in (
        ("same_place_as", before, "与备选点 {} 同址", "same place as site {}"),
        ("coincides_with", there, "与现有设施 {} 同址", "same place as facility {}"),
    ):
        found += [_Finding(i, name, other[i], zh.format(other[i]), en.format(other[i]))
                  for i in range(len(sites)) if other[i] is not None]  # fmt: skip
    points = np.asarray(shapely.points(xy), dtype=object)
    for i, area in zip(on.tolist(), _area(points, outside, metric, 0.0), strict=True):
        if area is not None:
            found.append(_Finding(i, "geometry", area, f"在排除范围内：{area}",
                                  f"in an excluded area: {area}", "given", hard=True))  # fmt: skip
    if deficit is not None:
        for i, area in zip(on.tolist(), _area(points, deficit, metric, same_m), strict=True):
            if area is None:
                found.append(_Finding(i, "geometry", None, "不在缺口范围内或旁边",
                                      "neither in nor beside an area that lacks it"))  # fmt: skip
    return found, (before, there)


def _area(
    points: npt.NDArray[np.object_], areas: gpd.GeoDataFrame | None, metric: str, beside_m: float
) -> list[str | None]:
    """Return the name of the first area each point is in or beside; None for none."""
    out: list[str | None] = [None] * len(points)
    if areas is None or not len(areas):
        return out
    names = (
        areas["name"].astype("string").fillna("").tolist()
        if "name" in areas.columns
        else (areas.index.astype(str).tolist())
    )
    shapes = np.asarray(_crs.to_metric(areas, metric, "areas").geometry.array, dtype=object)
    hits = shapely.STRtree(shapes).query(points, predicate="dwithin", distance=beside_m)
    for i, a in sorted(hits.T.tolist(), reverse=True):
        out[i] = names[a]
    return out


def costs(
    sites: pd.DataFrame, policy: Policy, *, per_m2: Mapping[str, float] | None = None
) -> pd.DataFrame:
    """
    Say what sites cost to acquire: 补建, 购置, 置换, 租赁 or 改造.

    Parameters
    ----------
    sites
        ``cost`` (yuan) where known; else ``acquisition`` (``build``, ``purchase``, ``swap``,
        ``lease``, ``convert``) and ``floor_m2``.
    policy
        May have ``site_<acquisition>_per_m2_yuan``.
    per_m2
        Yuan per m² by acquisition; goes before the policy's.

    Returns
    -------
    costs
        The input's index; ``cost`` (NaN where nothing tells it) and ``cost_basis``: ``given``,
        the mark of the policy's figure, ``P`` for those of ``per_m2``, or empty.

    Raises
    ------
    InputError
        If a cost is negative or no number, or ``per_m2`` names another way.
    """
    modes = tuple(c.code for c in vocabulary.ACQUISITION)
    for mode, price in (per_m2 or {}).items():
        if mode not in modes or not 0 <= price < np.inf:
            raise wrong(f"per_m2 has {mode!r}: {price}.", f"per_m2 中有 {mode!r}：{price}。",
                        f"give 0 or more for some of {', '.join(modes)}",
                        f"可用的方式：{'、'.join(modes)}，单价不小于 0",
                        parameter="per_m2")  # fmt: skip
    empty = np.full(len(sites), np.nan)
    cost, floor_m2 = (numbers(sites, n).copy() if n in sites.columns else empty.copy()
                      for n in ("cost", "floor_m2"))  # fmt: skip
    if (cost < 0).any() or np.isinf(cost).any():
        raise wrong("A site's cost is negative or infinite.", "备选点费用为负或无穷大。",
                    "give 0 or more, or leave it empty", "应不小于 0，未知则留空",
                    parameter="cost")  # fmt: skip
    basis = np.where(np.isnan(cost), "", "given").astype(object)
    mode_of = sites["acquisition"].tolist() if "acquisition" in sites.columns else []
    for i, mode in enumerate(mode_of):
        if not np.isnan(cost[i]) or pd.isna(mode):
            continue
        name = f"site_{mode}_per_m2_yuan"
        if per_m2 is not None and mode in per_m2:
            price, mark = float(per_m2[mode]), "P"
        elif name in policy.parameters:
            price, mark = policy.value(name), policy.parameter(name).basis
        else:
            continue
        cost[i] = price * floor_m2[i]
        basis[i] = "" if np.isnan(cost[i]) else mark
    return pd.DataFrame({"cost": cost, "cost_basis": basis}, index=sites.index)
