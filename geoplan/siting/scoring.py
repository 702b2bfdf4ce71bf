"""A score of candidates by six criteria (备选点评分, ELD-20), the weights shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from geoplan import crs as _crs
from geoplan.network.checks import numbers
from geoplan.siting.checked import wrong
from geoplan.siting.places import xy_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import numpy.typing as npt

    from geoplan.policy import Policy

    Floats = npt.NDArray[np.float64]

WEIGHTS: Mapping[str, float] = {
    "newly": 0.4, "deficit": 0.2, "clinic": 0.1, "stop": 0.1, "cost": 0.1, "owner": 0.1,
}  # fmt: skip
"""Weights of `score` [P]: a convention of this project; state your own."""
EASE: Mapping[str, float] = {"国有": 1.0, "集体": 1.0, "": 0.0}
"""How easily a site is had by a word in its owner [P]; other owners 0.5."""
_OTHER_EASE = 0.5


def score(
    sites: gpd.GeoDataFrame, policy: Policy, *, newly: npt.ArrayLike | None = None,
    deficit_m2: npt.ArrayLike | None = None, clinics: gpd.GeoDataFrame | None = None,
    stops: gpd.GeoDataFrame | None = None, weights: Mapping[str, float] | None = None,
) -> pd.DataFrame:  # fmt: skip
    """
    Score candidates by six criteria, the weights shown (ELD-20).

    Parameters
    ----------
    sites
        ``cost`` and ``owner`` where known; metric CRS.
    policy
        Gives ``site_clinic_distance_m``, used for stops too.
    newly, deficit_m2
        Elders newly served, and m² by which gaps shrink, of each site.
    clinics, stops
        In the same CRS.
    weights
        Of `WEIGHTS`, those to change; all are shown as shares of their sum.

    Returns
    -------
    score
        The input's index, in its order: for each criterion its value from 0 to 1 and its weight
        (``newly``, ``newly_weight`` …), ``score``, ``rank`` (1 the best; equals share it).

    Raises
    ------
    InputError
        If a weight is negative or unknown, or a column is not as long as the sites.
    NotMetricCRSError, MissingCRSError, CRSMismatchError
        If a layer is not in metres, or they differ.

    Notes
    -----
    ``newly``, ``deficit``: share of the largest. ``clinic``, ``stop``: 1 within the distance, then
    distance over metres. ``cost``: 1 less its share of the dearest. ``owner``: see `EASE`. What is
    not given has no weight; what is unknown of one site counts 0.
    """
    share = dict(WEIGHTS) | dict(weights or {})
    if set(share) != set(WEIGHTS) or not all(0 <= w < np.inf for w in share.values()):
        raise wrong(f"weights are {weights}.", f"weights 为 {weights}。",
                    f"give 0 or more for some of {', '.join(WEIGHTS)}",
                    f"可用的有：{'、'.join(WEIGHTS)}，不小于 0", parameter="weights")  # fmt: skip
    within_m = policy.value("site_clinic_distance_m")
    cost = numbers(sites, "cost") if "cost" in sites.columns else None
    value = {
        "newly": _of_largest("newly", newly, len(sites)),
        "deficit": _of_largest("deficit_m2", deficit_m2, len(sites)),
        "clinic": _nearness(sites, clinics, within_m, "clinics"),
        "stop": _nearness(sites, stops, within_m, "stops"),
        "cost": None if cost is None else 1.0 - cost / max(np.nanmax(cost, initial=0.0), 1e-12),
        "owner": _ease(sites["owner"]) if "owner" in sites.columns else None,
    }
    total = sum(share[n] for n, v in value.items() if v is not None) or 1.0
    out, points = {}, np.zeros(len(sites))
    for name, v in value.items():
        out[name] = np.full(len(sites), np.nan) if v is None else np.nan_to_num(v)
        out[f"{name}_weight"] = np.full(len(sites), 0.0 if v is None else share[name] / total)
        points += np.nan_to_num(out[name]) * out[f"{name}_weight"]
    frame = pd.DataFrame(out | {"score": points}, index=sites.index)
    return frame.assign(rank=frame["score"].rank(method="min", ascending=False).astype(int))


def _of_largest(name: str, values: npt.ArrayLike | None, count: int) -> Floats | None:
    if values is None:
        return None
    found = np.asarray(values, dtype=np.float64)
    if found.shape != (count,):
        raise wrong(f"{name} has the shape {found.shape}, not ({count},).",
                    f"{name} 的形状为 {found.shape}，应为 ({count},)。", "give one each",
                    "每项一个", parameter=name)  # fmt: skip
    return np.asarray(found / max(np.nanmax(found, initial=0.0), 1e-12))


def _nearness(
    sites: gpd.GeoDataFrame, places: gpd.GeoDataFrame | None, within_m: float, name: str
) -> Floats | None:
    if places is None or not len(places):
        return None
    _crs.require_metric(sites, "sites")
    _crs.require_same(sites, places, "sites", name)
    far, _ = cKDTree(xy_of(places, str(sites.crs), name)).query(
        xy_of(sites, str(sites.crs), "sites")
    )
    return np.asarray(within_m / np.maximum(far, within_m))


def _ease(owner: pd.Series[Any]) -> Floats:
    def of(word: str) -> float:
        known = [ease for part, ease in EASE.items() if part and part in word]
        return max(known, default=_OTHER_EASE) if word else EASE[""]

    return np.array([of(w) for w in owner.astype("string").fillna("").str.strip().tolist()])
