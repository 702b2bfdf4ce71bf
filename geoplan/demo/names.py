"""Place names (地名): divisions, committees, streets, hamlets and rivers with codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.demo import facts as _facts
from geoplan.demo.metres import rounded_degrees
from geoplan.demo.roads import street_name
from geoplan.demo.spelling import spelled
from geoplan.demo.streets import MAJOR_EVERY

if TYPE_CHECKING:
    from geoplan.demo.frame import Frame
    from geoplan.demo.roads import Terrain
    from geoplan.demo.settlement import Towns

_CATEGORY = {"prefecture": "21300", "county": "21400", "township": "21500"}
_COMMUNITY, _VILLAGE, _HAMLET, _STREET, _RIVER, _HIGHWAY = (
    "21620", "21610", "22200", "23500", "12100", "23200",
)  # fmt: skip
_TAILS = ("居民委员会", "村民委员会", "居委会（社区）", "居委会", "村委会")
_GENERICS = ("街道", "大道", "社区", "新村", "高速", "市", "区", "县", "镇", "村", "路", "街", "塆",
             "河")  # fmt: skip
_HAMLET_WORDS = ("上", "下", "东", "西", "老", "新", "大", "小", "前", "后", "中", "外")
_HAMLET_TREES = ("柳", "槐", "枫", "栎", "桑", "枣", "杏", "松", "竹", "荷", "石", "塘", "岗", "堰")
_HAMLETS = 700


def plain_name(official: str, kind: str) -> str:
    """
    Return the place name inside a committee's official name.

    Examples
    --------
    >>> plain_name("石庙村村民委员会", "village"), plain_name("乌龙巷居委会（社区）", "community")
    ('石庙村', '乌龙巷社区')
    """
    tail = {"community": "社区", "village": "村"}.get(kind, "")
    name = official
    for ending in _TAILS:
        if name.endswith(ending):
            name = name[: -len(ending)]
            break
    return name if name.endswith(("社区", "村")) or not tail else name + tail


def split_name(name: str) -> tuple[str, str]:
    """Split a name into its specific (专名) and generic (通名) part."""
    generic = next((g for g in _GENERICS if name.endswith(g) and len(name) > len(g)), "")
    return (name[: -len(generic)], generic) if generic else (name, "")


def place_names(
    facts: _facts.Facts, frame: Frame, towns: Towns, terrain: Terrain, rng: np.random.Generator
) -> gpd.GeoDataFrame:
    """
    Return the layer ``place_names``.

    Parameters
    ----------
    facts
        Units.
    frame
        Areas (EPSG:4490) and village centres.
    towns
        Seats, EPSG:4547.
    terrain
        Streets and rivers, EPSG:4547.
    rng
        Source of randomness.

    Returns
    -------
    place_names
        Points and lines in EPSG:4490 with 20-digit codes (6 + 3 + 5 + 6).
    """
    rows = _units(facts, frame, towns) + _streets(terrain, towns)
    rows += _hamlets(frame, facts, rng)
    rows += [(_bare(n), "", _RIVER, "421300", g) for n, g in terrain.rivers.items()]
    rows += [(_bare(n), "", _HIGHWAY, "421300", g) for n, g in terrain.expressways.items()]
    heads = ["standard_name", "generic", "category_code", "unit_code"]
    table = pd.DataFrame([r[:4] for r in rows], columns=heads)
    parts = [split_name(n) if not g else (n.removesuffix(g), g) for n, g in
             zip(table["standard_name"], table["generic"], strict=True)]  # fmt: skip
    serial = table.groupby([table["unit_code"].str[:9], "category_code"]).cumcount() + 1
    first = table["unit_code"].str[:9].str.ljust(9, "0")
    status = rng.choice(["announced", "filed", "approved", "draft"], len(table),
                        p=[0.955, 0.02, 0.015, 0.01])  # fmt: skip
    official = table["category_code"].isin([*_CATEGORY.values(), _COMMUNITY, _VILLAGE])
    table = table.assign(
        place_id=[f"N{i:05d}" for i in range(1, len(table) + 1)],
        place_code=first + table["category_code"] + serial.astype(str).str.zfill(6),
        specific=[p[0] for p in parts],
        generic=np.array([p[1] or None for p in parts], dtype=object),
        status=np.where(official, "announced", status),
        source=_facts.SOURCE,
        source_date=_facts.DATE,
        secrecy="internal",
        synthetic=True,
    )
    columns = ["place_id", "place_code", "standard_name", "specific", "generic", "reading",
               "reading_source", "pinyin", "roman_rules", "category_code", "unit_code", "status",
               "source", "source_date", "secrecy", "synthetic"]  # fmt: skip
    shapes = shapely.transform(np.array([r[4] for r in rows], dtype=object), rounded_degrees)
    return gpd.GeoDataFrame(spelled(table)[columns], geometry=shapes, crs="EPSG:4490")


def _bare(name: str) -> str:
    return name.removesuffix("（演示）")


def _units(facts: _facts.Facts, frame: Frame, towns: Towns) -> list[tuple[str, str, str, str, Any]]:
    seat: dict[str, Any] = {c: shapely.Point(p) for c, p in zip(towns.codes, towns.xy, strict=True)}
    seat |= {str(c): shapely.Point(p)
             for c, p in zip(frame.villages.index, frame.centres_m, strict=True)}  # fmt: skip
    seat |= {"421300": seat["421303001"], "421303": seat["421303003"],
             "421321": seat["421321101"], "421381": seat["421381001"]}  # fmt: skip
    rows = []
    for code, unit in facts.units.iterrows():
        if unit["kind"] == "functional":
            continue
        own = _COMMUNITY if unit["kind"] == "community" else _VILLAGE
        name = plain_name(unit["name"], unit["kind"])
        rows.append((name, "", _CATEGORY.get(unit["level"], own), str(code), seat[str(code)]))
    return rows


def _streets(terrain: Terrain, towns: Towns) -> list[tuple[str, str, str, str, Any]]:
    """Merge the pieces of each named street of a grid into one line."""
    nodes, edges = terrain.nodes, terrain.edges
    a, b = edges.uv.T
    same = (nodes.line[a] == nodes.line[b]) & (nodes.group[a] == nodes.group[b])[:, None]
    same &= (nodes.group[a] >= 0)[:, None] & (nodes.line[a] % MAJOR_EVERY == 0)
    same &= (edges.rank <= 3)[:, None]
    rows = []
    for axis in (0, 1):
        row = np.flatnonzero(same[:, axis])
        key = pd.Series(zip(nodes.group[a[row]], nodes.line[a[row], axis], strict=True))
        for (group, number), own in pd.Series(row).groupby(key):
            line = shapely.line_merge(shapely.union_all(terrain.lines[own.to_numpy()]))
            if len(own) >= 4:
                name = street_name(int(group), axis, int(number))
                rows.append((name, "", _STREET, towns.codes[group], line))
    return rows


def _hamlets(
    frame: Frame, facts: _facts.Facts, rng: np.random.Generator
) -> list[tuple[str, str, str, str, Any]]:
    villages = facts.villages()
    rural = np.flatnonzero((villages["kind"] == "village").to_numpy())
    rows = []
    for i in rng.choice(rural, _HAMLETS, replace=False):
        word = str(rng.choice(_HAMLET_WORDS)) + str(rng.choice(_HAMLET_TREES)) + "家塆"
        place = shapely.Point(frame.centres_m[i] + rng.normal(0, 220.0, 2))
        rows.append((word, "塆", _HAMLET, str(villages.index[i]), place))
    return rows
