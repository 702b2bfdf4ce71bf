"""
Residential areas (居住区): floor allotted to each estate, each judged by its own class (ELD-03/04).

Three ways to allot, each named in the result: ``containment`` 包含, ``shared_circle`` 共享圈,
``two_step`` 两步移动搜索.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan import crs
from geoplan.errors import EmptyLayerError, InputError
from geoplan.service_circles import accessibility
from geoplan.standards import measures
from geoplan.standards.areas import counted_floor_m2
from geoplan.standards.city import certainly_open, number, prepare
from geoplan.standards.inputs import inputs_of
from geoplan.standards.rows import rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from geoplan.network import Network
    from geoplan.policy import Policy, Rule

    FloatArray = npt.NDArray[np.float64]

METHODS = {"containment": "包含", "shared_circle": "共享圈", "two_step": "两步移动搜索"}
LEVEL = "residential_area"


def check_estates(
    layers: Mapping[str, pd.DataFrame],
    policy: Policy,
    *,
    method: str = "",
    network: Network | None = None,
    code_system: str = "",
    rule: str = "ELD-03",
) -> pd.DataFrame:
    """
    Judge every residential area by the floor standard of its class, new or existing.

    Parameters
    ----------
    layers
        ``admin_units``, ``residential_areas`` (polygons; ``area_id``, ``build_status``,
        ``households``) and ``facilities``. Any CRS.
    policy
        The norms; each class names its default method.
    method
        One of `METHODS` for all estates. Empty: each class by its own; a facility inside a new
        estate is that estate's alone and not shared again.
    network
        Needed by ``two_step``.
    code_system
        Units of this system only; empty keeps all.
    rule
        Id of a rule of kind ``area_per_100hh``.

    Returns
    -------
    checks
        Columns `rows.COLUMNS`; ``unit_code`` is the ``area_id``, ``level`` is ``residential_area``,
        ``denominator`` the method. Numerator: m² allotted; gap: m² short. An estate without
        households, or with a facility of unknown floor, says so and is not failed for it.

    Raises
    ------
    EmptyLayerError
        If there is no residential area with a polygon.
    InputError
        If the method is unknown, or ``two_step`` has no network.
    UnknownIdError
        If the policy has no such rule.

    Notes
    -----
    Clause: 随政发〔2022〕3号 四(一)1(1). Default methods by class are conventions [P].
    """
    norm = policy.rule(rule)
    _require_method(method, network)
    city = prepare(layers, policy, code_system=code_system)
    estates = city.areas
    if not isinstance(estates, gpd.GeoDataFrame) or not len(estates):
        raise EmptyLayerError.for_layer("residential_areas")
    estates = estates.loc[estates.geometry.notna().to_numpy(dtype=bool)]
    if estates.empty:
        raise EmptyLayerError.for_layer("residential_areas")
    metric = crs.metric_of(estates, "residential_areas")
    estates = estates.to_crs(metric).set_index("area_id", drop=False)
    places, floor_m2 = _facilities(city.of_kinds(norm.options.facility_kinds), norm, metric)
    status = estates["build_status"].astype("string").fillna("existing")
    used = [method or _method_of(norm, s) for s in status]
    allotted, unknown = _allot(estates, places, floor_m2, used, policy, network)
    return _dressed(city, norm, estates, status, used, allotted, unknown)


def _require_method(method: str, network: Network | None) -> None:
    if method and method not in METHODS:
        raise InputError(
            f"{method!r} is no way to allot floor.",
            zh=f"没有“{method}”这种分配方法。",
            fix=f"one of: {', '.join(METHODS)}",
            fix_zh="可用：" + "、".join(f"{k}（{v}）" for k, v in METHODS.items()),
            method=method,
        )
    if method == "two_step" and network is None:
        raise InputError(
            "The method two_step needs a network.",
            zh="两步移动搜索需要路网。",
            fix="pass network=city.network(), or use shared_circle",
            fix_zh="传入 network=city.network()，或改用 shared_circle",
        )


def _method_of(rule: Rule, status: str) -> str:
    by_class = {c.status: c.allocation for c in rule.classes}
    return by_class.get(status) or "shared_circle"


def _facilities(
    frame: pd.DataFrame, rule: Rule, metric: str
) -> tuple[gpd.GeoDataFrame, pd.Series[float]]:
    """Facilities that have a place, as points in metres; floor unknown where the status is."""
    floor_m2 = counted_floor_m2(frame, rule.options.column)
    frame = frame.loc[floor_m2.index]
    floor_m2 = floor_m2.where(certainly_open(frame))
    if not isinstance(frame, gpd.GeoDataFrame):
        frame = gpd.GeoDataFrame(frame, geometry=[None] * len(frame), crs=metric)
    placed = frame.geometry.notna().to_numpy(dtype=bool)
    points = gpd.GeoDataFrame(frame.loc[placed]).to_crs(metric)
    return points.set_geometry(points.geometry.representative_point()), floor_m2.loc[placed]


def _allot(
    estates: gpd.GeoDataFrame, places: gpd.GeoDataFrame, floor_m2: pd.Series[float],
    used: list[str], policy: Policy, network: Network | None,
) -> tuple[FloatArray, FloatArray]:  # fmt: skip
    """Square metres given to each estate, and facilities of unknown floor it would share in."""
    total, unknown = np.zeros(len(estates)), np.zeros(len(estates))
    left = np.ones(len(places), bool)
    for method in ("containment", "shared_circle", "two_step"):
        of = np.array([m == method for m in used], dtype=bool)
        if not of.any() or not left.any():
            continue
        some, size = places[left], floor_m2.to_numpy(dtype=float)[left]
        if method == "two_step" and network is not None:
            total[of] += _two_step(estates, some, size, policy, network)[of]
            continue
        weight = _weights(estates, some, policy, method, of)
        total += weight @ np.nan_to_num(size)
        unknown += (weight > 0) @ np.isnan(size).astype(float)
        if method == "containment":
            taken = np.flatnonzero(left)[np.asarray(weight.sum(axis=0) > 0).ravel()]
            left[taken] = False
    return total, unknown


def _weights(
    estates: gpd.GeoDataFrame, places: gpd.GeoDataFrame, policy: Policy, method: str,
    of: npt.NDArray[np.bool_],
) -> FloatArray:  # fmt: skip
    """Share of each facility's floor that each estate gets: (estates, facilities)."""
    radius_m = 0.0 if method == "containment" else policy.value("share_radius_m")
    shapes = np.asarray(estates.geometry.array, dtype=object)
    points = np.asarray(places.geometry.array, dtype=object)
    place, estate = shapely.STRtree(shapes).query(points, predicate="dwithin", distance=radius_m)
    keep = of[estate]
    place, estate = place[keep], estate[keep]
    households = number(estates, "households").to_numpy()
    weight = np.zeros((len(estates), len(places)))
    if method == "containment":
        first = np.unique(place, return_index=True)[1]  # where polygons overlap: the first
        weight[estate[first], place[first]] = 1.0
        return weight
    share = np.nan_to_num(households)[estate]
    whole = np.bincount(place, weights=share, minlength=len(places))
    with np.errstate(invalid="ignore", divide="ignore"):
        weight[estate, place] = np.where(whole[place] > 0, share / whole[place], 0.0)
    return weight


def _two_step(
    estates: gpd.GeoDataFrame, places: gpd.GeoDataFrame, floor_m2: Any, policy: Policy,
    network: Network,
) -> FloatArray:  # fmt: skip
    """Floor by the two-step floating catchment on the network (E2SFCA)."""
    doors = gpd.GeoDataFrame(
        {"households": number(estates, "households")},
        geometry=estates.geometry.representative_point(), crs=estates.crs,
    ).to_crs(network.crs)  # fmt: skip
    sites = places.assign(_floor_m2=floor_m2).to_crs(network.crs)
    found, _ = accessibility(network, sites, doors, supply="_floor_m2", group="households",
                             policy=policy)  # fmt: skip
    per_100 = found["per_100"].to_numpy(dtype=float)
    return np.asarray(np.nan_to_num(per_100 * number(estates, "households").to_numpy() / 100.0))


def _dressed(
    city: Any, rule: Rule, estates: gpd.GeoDataFrame, status: pd.Series[str], used: list[str],
    allotted: FloatArray, unknown: FloatArray,
) -> pd.DataFrame:  # fmt: skip
    households = number(estates, "households")
    households = households.where(households > 0)
    goal = pd.Series([rule.target(s if rule.classes else None) for s in status], estates.index)
    value = pd.Series(allotted, estates.index) / households * 100.0
    found = pd.DataFrame({
        "value": value, "value_min": value,
        "value_max": value.where(unknown == 0, np.inf).where(households.notna()),
        "numerator": pd.Series(allotted, estates.index).where(households.notna()),
        "denominator_value": households, "missing": unknown,
        "completeness_share": households.notna().astype(float) * (unknown == 0),
        "gap": (goal * households / 100.0 - allotted).clip(lower=0.0),
    })  # fmt: skip
    words = {"new": "新建", "existing": "已建成"}
    out = rows(
        city, rule, LEVEL, found, target=goal, unit=rule.unit,
        status=measures.judge_each(found, goal, rule.operator), gap_unit="m2",
        denominator=used, denominator_zh=[METHODS[m] for m in used],
        remark_zh=[f"{words.get(s, s)}居住区，按{METHODS[m]}分配"
                   for s, m in zip(status, used, strict=True)],
        remark_en=[f"{s} estate, floor allotted by {m}" for s, m in zip(status, used, strict=True)],
        data_date=city.dates["facilities"],
    )  # fmt: skip
    out["inputs"] = inputs_of(city, rule)
    names = estates["name"] if "name" in estates else pd.Series("", index=estates.index)
    out["unit_name"] = names.astype("string").fillna("").to_numpy(dtype=object)
    return out


def by_unit(checks: pd.DataFrame, estates: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """
    Sum the deficits of estates up by village, each estate judged by its own rule (ELD-05).

    Parameters
    ----------
    checks
        From `check_estates`.
    estates
        ``residential_areas``: ``area_id``, ``unit_code``; CRS does not matter.
    units
        ``admin_units``: ``unit_code``, ``name``; CRS does not matter.

    Returns
    -------
    units
        Columns ``unit_code``, ``unit_name``, ``estates``, ``met``, ``not_met``, ``to_verify``,
        ``no_data``, ``households``, ``gap_m2``, sorted by gap, the largest first.
    """
    home = estates.drop_duplicates("area_id").set_index("area_id")["unit_code"]
    table = checks.assign(home=checks["unit_code"].map(home))
    grouped = table.groupby("home")
    out = grouped.agg(estates=("unit_code", "size"), households=("denominator_value", "sum"),
                      gap_m2=("gap", "sum"))  # fmt: skip
    words = pd.crosstab(table["home"], table["status"])
    for word in ("met", "not_met", "to_verify", "no_data"):
        out[word] = words.get(word, 0)
    name = units.drop_duplicates("unit_code").set_index("unit_code")["name"]
    out = out.reset_index(names="unit_code")
    out.insert(1, "unit_name", out["unit_code"].map(name))
    order = ["unit_code", "unit_name", "estates", "met", "not_met", "to_verify", "no_data",
             "households", "gap_m2"]  # fmt: skip
    return out.sort_values(["gap_m2", "unit_code"], ascending=[False, True])[order].reset_index(
        drop=True
    )
