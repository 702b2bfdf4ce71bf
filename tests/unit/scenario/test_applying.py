"""Carrying out steps: changed copies, nothing else touched."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pandas.testing import assert_frame_equal

from geoplan.errors import (
    GeoplanError,
    InputError,
    MissingColumnsError,
    PolicyError,
    UnknownIdError,
)
from geoplan.scenario import Scenario, apply
from tests.fixtures import small_city, toytown

BASE = Scenario("x")


def town():
    sites = toytown.facilities().assign(
        secrecy=["internal", "public"], synthetic=pd.array([False, True], dtype="boolean"),
        beds=pd.array([10, None], dtype="Int64"),
    )  # fmt: skip
    boxes = [shapely.box(499_900, 3_499_900, 500_200, 3_500_500),
             shapely.box(500_200, 3_499_900, 500_600, 3_500_900)]  # fmt: skip
    units = gpd.GeoDataFrame(
        {"unit_code": ["420000001", "420000001001", "420000001002"], "name": list("tab"),
         "level": ["township", "village", "village"],
         "parent_code": [None, "420000001", "420000001"], "population": [230.0, 160.0, 70.0]},
        geometry=[shapely.union_all(boxes), *boxes], crs=4547,
    )  # fmt: skip
    return {"facilities": sites, "population": toytown.people(), "admin_units": units}


def run(scenario, policy=None, layers=None):
    layers = town() if layers is None else layers
    before = {k: v.copy(deep=True) for k, v in layers.items()}
    found, changed = apply(scenario, layers, policy)
    for name, frame in layers.items():
        assert_frame_equal(pd.DataFrame(frame), pd.DataFrame(before[name]))  # inputs as they were
    return found, changed


def test_no_steps_is_the_same_city(policy):
    layers = town()
    found, same = apply(BASE.close("F1").undo(), layers, policy)
    assert found["facilities"] is layers["facilities"]
    assert same is policy
    assert set(found) == set(layers)


def test_a_new_facility_is_the_last_row():
    place = gpd.GeoSeries([toytown.at(300, 100)], crs=4547).to_crs(4490).iloc[0]
    plan = BASE.add(
        "N1", place, facility_kind="daycare", floor_m2=500, beds=12, services="meals;bathing"
    )
    found, _ = run(plan)
    frame, old = found["facilities"], town()["facilities"]
    assert frame.index.tolist() == [0, 1, 2]
    assert list(frame.columns) == list(old.columns)
    assert_frame_equal(pd.DataFrame(frame.iloc[:2]), pd.DataFrame(old))
    assert frame.dtypes.equals(old.dtypes)
    new = frame.iloc[2]
    assert (new["facility_id"], new["name"], new["status"]) == ("N1", "N1", "operating")
    assert (new["floor_m2"], new["beds"], new["unit_code"]) == (500.0, 12, "420000001002")
    assert pd.isna(new["land_m2"])
    assert new.geometry.distance(toytown.at(300, 100)) < 1e-3
    assert isinstance(frame, gpd.GeoDataFrame)
    assert frame.crs == old.crs


def test_closed_moved_and_resized_rows_stay_in_their_place():
    plan = (
        BASE.close("F1").move("F2", toytown.at(0, 0), crs=4547).resize("F2", beds=8, floor_m2=99.5)
    )
    frame, old = run(plan)[0]["facilities"], town()["facilities"]
    assert frame["facility_id"].tolist() == ["F1", "F2"]
    assert frame["status"].tolist() == ["closed", "operating"]
    assert frame["secrecy"].tolist() == old["secrecy"].tolist()
    assert frame["synthetic"].tolist() == [False, True]
    assert frame["beds"].tolist() == [10, 8]
    assert frame["floor_m2"].tolist() == [60.0, 99.5]
    assert frame.geometry.iloc[1].distance(toytown.at(0, 0)) < 1e-3
    assert frame["unit_code"].tolist() == ["420000001001", "420000001001"]  # moved over the border
    assert frame.geometry.iloc[0] == old.geometry.iloc[0]


def test_whole_numbers_and_new_columns_can_be_written():
    layers = town()
    layers["facilities"] = layers["facilities"].drop(columns="beds").assign(floor_m2=[60, 20])
    frame = run(BASE.resize("F1", floor_m2=0.5, beds=4), layers=layers)[0]["facilities"]
    assert frame["floor_m2"].tolist() == [0.5, 20.0]
    assert frame["beds"].tolist()[0] == 4
    assert pd.isna(frame["beds"].iloc[1])


def test_people_grow():
    found, _ = run(BASE.grow(2030, from_year=2025, factor=1.1))
    old = town()
    assert found["population"]["persons"].tolist() == pytest.approx(
        old["population"]["persons"] * 1.1
    )
    assert found["population"]["households"].tolist() == pytest.approx(
        old["population"]["households"] * 1.1
    )
    assert found["admin_units"]["population"].tolist() == pytest.approx([253.0, 176.0, 77.0])
    some, _ = run(BASE.grow(2030, from_year=2025, factor=2, groups=["elders_60"]))
    assert some["population"]["elders_60"].tolist() == [40.0, 20.0, 16.0, 12.0, 10.0]
    assert some["population"]["persons"].tolist() == old["population"]["persons"].tolist()
    assert some["facilities"] is not None


def test_people_grow_by_the_rate_of_the_lowest_unit_that_has_one():
    rates = {"420000001": 0.02, "420000001002": -0.5}
    found, _ = run(BASE.grow(2027, from_year=2025, rates=rates))
    times = [1.02**2, 1.02**2, 0.25, 0.25, 0.25]
    want = town()["population"]["persons"] * times
    assert found["population"]["persons"].tolist() == pytest.approx(want)
    assert found["admin_units"]["population"].tolist() == pytest.approx(
        [230 * 1.02**2, 160 * 1.02**2, 70 / 4]
    )
    with pytest.raises(UnknownIdError, match="420000009"):
        run(BASE.grow(2027, from_year=2025, rates={"420000009": 0.1}))


def test_another_policy_says_so(policy):
    plan = BASE.set_policy("circle_limits_min", [5, 10]).set_policy("ELD-01", 0.2)
    _, found = run(plan.set_policy("service_circle_min", 10), policy)
    assert found.numbers("circle_limits_min") == (5.0, 10.0)
    assert found.rule("ELD-01").value == 0.2
    assert found.value("service_circle_min") == 10.0
    assert found.id == f"{policy.id}-scenario"
    assert "x" in found.title
    assert "原为 0.1" in found.rule("ELD-01").note_zh
    assert found != policy
    assert found.rule("ELD-01").clause == policy.rule("ELD-01").clause
    others = [n for n in policy.parameters if n not in {"circle_limits_min", "service_circle_min"}]
    assert all(found.parameter(n) == policy.parameter(n) for n in others)
    assert policy.value("service_circle_min") == 15.0


@pytest.mark.parametrize(
    ("plan", "error", "match"),
    [
        (BASE.set_policy("service_circle_mins", 10), UnknownIdError, "Did you mean service_circle_min"),
        (BASE.set_policy("ELD-99", 10), UnknownIdError, "ELD-99"),
        (BASE.set_policy("service_circle_min", -5), PolicyError, "service_circle_min"),
        (BASE.set_policy("circle_limits_min", ["a"]), PolicyError, "circle_limits_min"),
        (BASE.close("F3"), UnknownIdError, "No facility 'F3'"),
        (BASE.move("F3", shapely.Point(114, 31)), UnknownIdError, "F3"),
        (BASE.resize("F3", beds=1), UnknownIdError, "F3"),
        (BASE.close("F1").close("F1"), InputError, "closed already"),
        (BASE.add("F1", shapely.Point(114, 31), facility_kind="daycare"), InputError, "there already"),
        (BASE.add("N", shapely.Point(114, 31), facility_kind="day"), InputError, "facility_kind='day'"),
        (BASE.add("N", shapely.Point(114, 31), facility_kind="daycare", beds=-1), InputError, "beds"),
        (BASE.add("N", shapely.Point(114, 31), facility_kind="daycare", beds="many"), InputError, "beds"),
        (BASE.add("N", shapely.Point(114, 31), facility_kind="daycare", services="meals;x"), InputError, "services"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused(policy, plan, error, match):
    layers = town()
    with pytest.raises(error, match=match) as found:
        apply(plan, layers, policy)
    assert isinstance(found.value, GeoplanError)
    assert found.value.message_zh
    assert_frame_equal(pd.DataFrame(layers["facilities"]), pd.DataFrame(town()["facilities"]))


def test_layers_that_lack_what_a_step_needs():
    with pytest.raises(UnknownIdError, match="facilities"):
        apply(BASE.close("F1"), {}, None)
    with pytest.raises(UnknownIdError, match="population"):
        apply(BASE.grow(2030, from_year=2025, factor=1.0), {}, None)
    with pytest.raises(MissingColumnsError, match="facility_id"):
        apply(BASE.close("F1"), {"facilities": pd.DataFrame({"name": ["a"]})}, None)
    with pytest.raises(GeoplanError, match="coordinate reference"):
        apply(
            BASE.move("F1", shapely.Point(114, 31)),
            {"facilities": pd.DataFrame({"facility_id": ["F1"]})},
            None,
        )


def test_a_table_without_places_or_statuses():
    layers = {"facilities": pd.DataFrame({"facility_id": ["a", "b"]}, index=["x", "y"])}
    frame = apply(BASE.close("b"), layers, None)[0]["facilities"]
    assert frame.index.tolist() == ["x", "y"]
    assert pd.isna(frame["status"].iloc[0])
    assert frame["status"].iloc[1] == "closed"
    sites = small_city.facilities(small_city.facility("d", "daycare", "A1001"))
    new = apply(
        BASE.add("e", toytown.at(5, 5), crs=4547, facility_kind="daycare"),
        {"facilities": sites},
        None,
    )
    assert new[0]["facilities"]["facility_id"].tolist() == ["d", "e"]
    assert np.isnan(new[0]["facilities"]["floor_m2"]).all()
