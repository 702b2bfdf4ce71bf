"""
Boundary markers on their lines (界桩与界线, BND-09, BND-25): in place, in order.

Single markers (单立) stand on the line. Paired and triple ones (双立、三立) stand on banks: only
what they construct is tested, and none is ever moved onto the line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.boundaries.chainage import locate, longest_run
from geoplan.boundaries.direction import needs_reversal
from geoplan.boundaries.marker_numbers import STANDING, parse_numbers
from geoplan.boundaries.notes import WARNING, Notes, each, numbers, shapes_of, texts
from geoplan.errors import MissingColumnsError

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.policy import Policy

    Array = npt.NDArray[Any]

_HIGHER = ("province",)
TESTED = ("line_id", "chainage_m", "offset_m", "tested", "deviation_m", "tolerance_m", "status",
          "remark_zh", "remark_en", "rule_id")  # fmt: skip


def plotted_tolerance_m(levels: list[str], policy: Policy) -> Array:
    """
    Return how far a marker may lie off its line, by level: least and most it can be, m.

    0.1 mm on the map at the scale of the level is the mean error; the limit is twice that (BND-08):
    10 m for provincial lines at 1:50,000, 2 m below at 1:10,000.

    Parameters
    ----------
    levels
        Level of each line; empty where unknown.
    policy
        Gives the error on the map, the scales and the factor.

    Returns
    -------
    tolerance_m
        Shape (n, 2); the two differ where the level is unknown.
    """
    per_scale = policy.value("marker_error_map_mm") / 1000.0 * policy.value("marker_limit_factor")
    high = per_scale * policy.value("boundary_scale_provincial")
    low = per_scale * policy.value("boundary_scale_below")
    by_level = {"": (low, high), **dict.fromkeys(_HIGHER, (high, high))}
    return np.array([by_level.get(level, (low, low)) for level in levels]).reshape(-1, 2)


def line_test(
    markers: gpd.GeoDataFrame,
    lines: gpd.GeoDataFrame,
    policy: Policy,
    *,
    calibration: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """
    Test whether markers stand where their type says, seen from the line (BND-09).

    Q: within tolerance of the line. A and B: the line at the stated distance (``offset_m`` of the
    register) or, where none is stated, at the middle of the two; a line that runs between them
    though not in the middle is left to be verified. C, D, E: at the stated distance only.

    Parameters
    ----------
    markers
        ``marker_no`` and points in a metric CRS; ``line_id``, ``marker_type``, ``level`` and
        ``offset_m`` where known. The sign of a stated offset does not matter.
    lines
        ``line_id``, line geometry in the same CRS; ``level`` where known.
    policy
        Gives the tolerance.
    calibration
        From `geoplan.boundaries.chainage.calibrate`.

    Returns
    -------
    tests
        The index of ``markers``, columns `TESTED`: ``tested`` (``on_line``, ``midpoint``,
        ``stated_offset`` or empty), ``deviation_m`` from where it should be, ``status``: ``met``,
        ``not_met``, ``to_verify``, ``no_data``. The limit is closed.

    Raises
    ------
    MissingCRSError, NotMetricCRSError, CRSMismatchError
        If markers and lines cannot be measured together.
    MissingColumnsError
        If ``marker_no`` or ``line_id`` is absent.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> from geoplan.io import read_policy
    >>> line = gpd.GeoDataFrame({"line_id": ["a"], "level": "county"}, crs="EPSG:4547",
    ...     geometry=[shapely.LineString([(450000, 3500000), (451000, 3500000)])])
    >>> stone = gpd.GeoDataFrame({"marker_no": ["421303421321001Q"], "line_id": "a"},
    ...     geometry=[shapely.Point(450500, 3500008)], crs="EPSG:4547")
    >>> test = line_test(stone, line, read_policy("suizhou-2022"))
    >>> test[["deviation_m", "tolerance_m", "status"]].round(3).values.tolist()
    [[8.0, 2.0, 'not_met']]
    """
    if "marker_no" not in markers.columns:
        raise MissingColumnsError.for_layer("boundary_markers", {"marker_no"}, markers.columns)
    on = locate(markers, lines, calibration)
    parts = parse_numbers(markers["marker_no"])
    kind = pd.Series(texts(markers, "marker_type"), index=markers.index)
    kind = kind.where(kind != "", parts["letter"])
    tolerance = plotted_tolerance_m(_levels(markers, lines, on), policy)
    stated = numbers(markers, "offset_m").abs()
    middle, between = _middles(markers, lines, kind, parts, on, calibration)
    paired = kind.isin(list(STANDING["paired"]))
    banks = paired | kind.isin(list(STANDING["triple"]))
    offset = on["offset_m"].abs()
    rules = [kind == "Q", banks & stated.notna(), paired & middle.notna()]
    tested = np.select(rules, ["on_line", "stated_offset", "midpoint"], "")
    deviation = np.select(rules, [offset, (offset - stated).abs(), middle.abs()], np.nan)
    status = _status(deviation, tolerance, on, tested, between.to_numpy())
    said = [_why(*row) for row in zip(status, tested, kind, on["problem"], on["ambiguous"],
                                      strict=True)]  # fmt: skip
    table = on[["line_id", "chainage_m", "offset_m"]].assign(
        tested=tested, deviation_m=deviation, tolerance_m=tolerance[:, 0], status=status,
        remark_zh=[s[0] for s in said], remark_en=[s[1] for s in said], rule_id="BND-09",
    )  # fmt: skip
    return table[list(TESTED)]


def _levels(markers: pd.DataFrame, lines: pd.DataFrame, on: pd.DataFrame) -> list[str]:
    of_line = dict(zip(texts(lines, "line_id"), texts(lines, "level"), strict=True))
    own = texts(markers, "level")
    return [level or of_line.get(line, "") for level, line in zip(own, on["line_id"], strict=True)]


def _middles(
    markers: gpd.GeoDataFrame, lines: gpd.GeoDataFrame, kind: pd.Series[str],
    parts: pd.DataFrame, on: pd.DataFrame, calibration: pd.DataFrame | None,
) -> tuple[pd.Series[float], pd.Series[bool]]:  # fmt: skip
    """Return the offset of the middle of each pair, and whether the line runs between the two."""
    table = pd.DataFrame({
        "serial": parts["line_code"] + parts["serial"], "kind": kind, "line_id": on["line_id"],
        "offset": on["offset_m"], "x": shapely.get_x(shapes_of(markers)),
        "y": shapely.get_y(shapes_of(markers)),
    })  # fmt: skip
    table = table[table["kind"].isin(list(STANDING["paired"])) & table["offset"].notna()]
    pairs = table.groupby("serial").agg(
        kinds=("kind", lambda k: "".join(sorted(k))), line_id=("line_id", "first"),
        x=("x", "mean"), y=("y", "mean"), low=("offset", "min"), high=("offset", "max"),
    )  # fmt: skip
    pairs = pairs[pairs["kinds"] == STANDING["paired"]]
    centres = gpd.GeoDataFrame(
        pairs[["line_id"]], geometry=gpd.points_from_xy(pairs["x"], pairs["y"]), crs=markers.crs
    )
    pairs["middle"] = locate(centres, lines, calibration)["offset_m"]
    of = pairs.reindex(table["serial"].reindex(markers.index))
    between = (of["low"] < 0) & (of["high"] > 0)
    return (pd.Series(of["middle"].to_numpy(), index=markers.index),
            pd.Series(between.to_numpy(dtype=bool), index=markers.index))  # fmt: skip


def _status(
    deviation: Array, tolerance: Array, on: pd.DataFrame, tested: Array, between: Array
) -> Array:
    with np.errstate(invalid="ignore"):
        inside, outside = deviation <= tolerance[:, 0], deviation > tolerance[:, 1]
    unsure = on["ambiguous"].to_numpy(dtype=bool) & ~inside
    unsure |= (tested == "midpoint") & between & ~inside
    found = np.select([unsure, inside, outside], ["to_verify", "met", "not_met"], "to_verify")
    nothing = on["offset_m"].isna().to_numpy()
    return np.where(nothing, "no_data", found)


_PROBLEMS = {
    "no_position": ("没有坐标", "no position"),
    "unknown_line": ("所属界线不在图层中", "its line is not in the layer"),
    "zero_length_line": ("所属界线长度为零", "its line has no length"),
    "before_start": ("在界线起点之外", "before the start of the line"),
    "beyond_end": ("在界线终点之外", "beyond the end of the line"),
}


def _why(status: str, tested: str, kind: str, problem: str, ambiguous: Any) -> tuple[str, str]:
    said = [_PROBLEMS[problem]] if problem else []
    if status == "to_verify" and ambiguous:
        said.append(("近旁不止一条界线，未写明所属界线", "several lines near, none stated"))
    elif status == "to_verify" and tested == "midpoint":
        said.append(("界线在两桩之间但不居中，且未登记偏距",
                     "the line runs between the two, not midway; no distance stated"))  # fmt: skip
    elif status == "to_verify" and not tested:
        untold = ("两岸立桩未登记偏距，不能判定", "no distance to the line is stated")
        said.append(untold if kind else ("立桩类型不明", "type unknown"))
    elif status == "to_verify":
        said.append(("级别不明，限差不定", "level unknown, so is the tolerance"))
    return "；".join(s[0] for s in said), "; ".join(s[1] for s in said)


def order_check(
    markers: gpd.GeoDataFrame,
    lines: gpd.GeoDataFrame,
    *,
    calibration: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """
    Check that numbers run along each line, west to east or north to south (BND-25).

    Parameters
    ----------
    markers
        ``marker_no``, points in a metric CRS, ``line_id``; those without a line are not looked at,
        nor withdrawn ones.
    lines
        ``line_id`` and line geometry in the same CRS, in whichever direction.
    calibration
        From `geoplan.boundaries.chainage.calibrate`.

    Returns
    -------
    findings
        Warnings under the label of the marker's row: ``order_broken`` for the fewest markers whose
        removal leaves the rest in order; ``numbered_against`` under the first marker of a line
        whose numbers run the wrong way. Columns as `marker_numbers.check_numbers`.

    Raises
    ------
    MissingCRSError, NotMetricCRSError, CRSMismatchError
        If markers and lines cannot be measured together.
    MissingColumnsError
        If ``marker_no`` or ``line_id`` is absent.
    """
    missing = {"marker_no", "line_id"} - set(markers.columns)
    if missing:
        raise MissingColumnsError.for_layer("boundary_markers", missing, markers.columns)
    said = zip(texts(markers, "condition"), texts(markers, "line_id"), strict=True)
    here = np.array([c != "withdrawn" and bool(line) for c, line in said], dtype=bool)
    on = locate(markers, lines, calibration)
    parts = parse_numbers(markers["marker_no"])
    table = pd.DataFrame({
        "line": on["line_id"], "chainage_m": on["chainage_m"], "number": parts["number"],
        "along_m": pd.to_numeric(parts["serial"], errors="coerce"),  # the serial runs along
        "marker_id": texts(markers, "marker_id"),
    })[here].dropna()  # fmt: skip
    turned = dict(zip(texts(lines, "line_id"), needs_reversal(lines), strict=True))
    notes = Notes("marker_id", "marker_no", clause="BND-25")
    for line, group in table.groupby("line", sort=False):
        _order_of_one(str(line), group, notes, reversed_line=bool(turned[str(line)]))
    return notes.frame()


def _order_of_one(line: str, group: pd.DataFrame, notes: Notes, *, reversed_line: bool) -> None:
    stand = group.groupby("along_m", as_index=False)["chainage_m"].mean()
    if len(stand) < 2:  # noqa: PLR2004
        return
    up, down = (longest_run(stand.assign(chainage_m=sign * stand["chainage_m"]))
                for sign in (1.0, -1.0))  # fmt: skip
    falling = down.sum() > up.sum()
    good = set(stand.loc[down if falling else up, "along_m"])
    for row in each(group[~group["along_m"].isin(good)]):
        notes.add(row.Index, (row.marker_id, row.number), "order_broken",
                  f"{row.number} 与沿线次序不符", f"{row.number} is out of order along the line",
                  severity=WARNING)  # fmt: skip
    if falling != reversed_line and up.sum() != down.sum():
        first = next(iter(each(group.sort_values("along_m", kind="stable"))))
        notes.add(first.Index, (first.marker_id, first.number), "numbered_against",
                  f"界线 {line} 的编号不是自西向东或自北向南",
                  f"the numbers of line {line} run neither west to east nor north to south",
                  severity=WARNING)  # fmt: skip
