"""One peer on the covers of ``topology.py``; prints seconds of process CPU as JSON."""

from __future__ import annotations

import json
import sys
import time
import warnings

import geopandas as gpd
import numpy as np
import shapely

warnings.filterwarnings("ignore")


def shapes_of(array: np.ndarray) -> np.ndarray:
    raw, at, out = array.tobytes(), 0, []
    while at < len(raw):
        size = int.from_bytes(raw[at : at + 8], "little")
        out.append(raw[at + 8 : at + 8 + size])
        at += 8 + size
    return shapely.from_wkb(out)


def by_topojson(clean, _) -> dict[str, object]:
    import topojson

    frame = gpd.GeoDataFrame(geometry=clean)
    begin = time.process_time()
    made = topojson.Topology(frame, prequantize=False, shared_coords=False)
    seconds = time.process_time() - begin
    return {"arcs_s": seconds, "arcs": len(made.output["arcs"]), "sides": "no"}


def by_noding(clean, _) -> dict[str, object]:
    begin = time.process_time()
    lines = shapely.get_parts(shapely.line_merge(shapely.union_all(shapely.boundary(clean))))
    first = shapely.get_coordinates(shapely.line_interpolate_point(lines, 0.0))
    near = shapely.get_coordinates(shapely.line_interpolate_point(lines, 0.02))
    step = near - first
    across = np.column_stack([-step[:, 1], step[:, 0]]) * 0.5
    tree = shapely.STRtree(clean)
    for side in (1, -1):
        tree.query(shapely.points((first + near) / 2 + side * across), predicate="within")
    return {"arcs_s": time.process_time() - begin, "arcs": len(lines),
            "length_m": float(shapely.length(lines).sum())}  # fmt: skip


def by_overlay(_, dirty) -> dict[str, object]:
    """Noded faces, asked how many units cover them: exact gaps and overlaps."""
    begin = time.process_time()
    faces = shapely.get_parts(
        shapely.polygonize(shapely.get_parts(shapely.union_all(shapely.boundary(dirty))))
    )
    inside = shapely.point_on_surface(faces)
    who, _unit = shapely.STRtree(dirty).query(inside, predicate="within")
    cover = np.bincount(who, minlength=len(faces))
    area = shapely.area(faces)
    return {"diagnose_s": time.process_time() - begin, "gap_m2": float(area[cover == 0].sum()),
            "overlap_m2": float(area[cover > 1].sum())}  # fmt: skip


def by_geoplanar(_, dirty) -> dict[str, object]:
    import geoplanar

    frame = gpd.GeoDataFrame(geometry=dirty[:300], crs=32649)
    begin = time.process_time()
    geoplanar.overlaps(frame)
    overlaps = time.process_time() - begin
    geoplanar.gaps(frame)
    return {"units": 300, "overlaps_s": overlaps, "both_s": time.process_time() - begin}


if __name__ == "__main__":
    covers = np.load(sys.argv[2])
    work = {"topojson": by_topojson, "noding": by_noding, "overlay": by_overlay,
            "geoplanar": by_geoplanar}[sys.argv[1]]  # fmt: skip
    print(json.dumps(work(shapes_of(covers["clean"]), shapes_of(covers["dirty"]))))
