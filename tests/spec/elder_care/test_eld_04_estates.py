"""ELD-04 (a convention): how a facility's floor is given to residential areas (分配方法)."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from fixtures.plan_city import SYSTEM, facilities, facility, units

from geoplan.standards import METHODS, check_estates

X, Y = 500_000.0, 3_500_000.0


def estates(*rows: tuple[str, str, int, float]) -> gpd.GeoDataFrame:
    """Squares of 100 m: id, build status, households, left edge in metres from the origin."""
    frame = pd.DataFrame(rows, columns=["area_id", "build_status", "households", "x"])
    shapes = [shapely.box(X + x, Y, X + x + 100, Y + 100) for x in frame.pop("x")]
    return gpd.GeoDataFrame(frame.assign(unit_code="A1001", name=frame["area_id"]),
                            geometry=shapes, crs="EPSG:4547")  # fmt: skip


def hall(x: float, m2: float, **cells: object) -> dict:
    return facility(f"h{x}", "daycare", "A1001", elder_floor_m2=m2,
                    geometry=shapely.Point(X + x, Y + 50), **cells)  # fmt: skip


def run(policy, areas, *halls, **options: object) -> pd.DataFrame:
    layers = {"admin_units": units(), "residential_areas": areas, "facilities": facilities(*halls)}
    return check_estates(layers, policy, code_system=SYSTEM, **options).set_index("unit_code")


def test_eld_04__new_estates_by_containment(policy):
    """1,000 new households need 200 m² of their own: 200 m² inside meet, next door do not."""
    areas = estates(("p", "new", 1000, 0), ("q", "new", 1000, 200))
    rows = run(policy, areas, hall(50, 200.0))
    assert rows["denominator"].tolist() == ["containment", "containment"]
    assert rows["status"].to_dict() == {"p": "met", "q": "not_met"}
    assert rows["gap"].to_dict() == {"p": 0.0, "q": 200.0}


def test_eld_04__built_up_estates_share_by_households(policy):
    """
    400 m² between p (1,500) and q (500 households), both within 300 m: 300 and 100 m².

    They need 300 and 100 m²: both meet. With 396 m² p has 297 (3 short), q 99 (1 short).
    """
    areas = estates(("p", "existing", 1500, 0), ("q", "existing", 500, 200))
    rows = run(policy, areas, hall(150, 400.0))
    assert rows["numerator"].to_dict() == pytest.approx({"p": 300.0, "q": 100.0})
    assert set(rows["status"]) == {"met"}
    rows = run(policy, areas, hall(150, 396.0))
    assert rows["gap"].to_dict() == pytest.approx({"p": 3.0, "q": 1.0})
    assert set(rows["status"]) == {"not_met"}


def test_eld_04__the_radius_of_300_metres_is_closed(policy):
    areas = estates(("p", "existing", 1000, 0))
    assert run(policy, areas, hall(400, 200.0)).loc["p", "status"] == "met"
    assert run(policy, areas, hall(400.01, 200.0)).loc["p", "status"] == "not_met"


def test_eld_04__every_result_names_its_method(policy):
    row = run(policy, estates(("p", "new", 100, 0)), hall(50, 20.0), method="shared_circle").loc[
        "p"
    ]
    assert (row["denominator"], row["denominator_zh"]) == ("shared_circle", "共享圈")
    assert set(METHODS) == {"containment", "shared_circle", "two_step"}


def test_eld_05__an_estate_beside_a_hall_of_unknown_status_is_open(policy):
    areas = estates(("p", "existing", 1000, 0))
    row = run(policy, areas, hall(50, 200.0, status=None)).loc["p"]
    assert (row["status"], row["numerator"]) == ("to_verify", 0.0)
    assert run(policy, areas, hall(50, 200.0, status="closed")).loc["p", "status"] == "not_met"


def test_eld_05__an_estate_without_households_has_no_data(policy):
    areas = estates(("p", "existing", 0, 0)).astype({"households": float})
    areas.loc[0, "households"] = np.nan
    assert run(policy, areas, hall(50, 200.0)).loc["p", "status"] == "no_data"
