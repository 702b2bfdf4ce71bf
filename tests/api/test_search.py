"""Search: the same name first, then beginnings, then parts; roles hold."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from fixtures import two_counties
from geoplan_api.app import create_app
from geoplan_api.security.principal import Principal
from geoplan_api.settings import Settings
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    layers = two_counties.layers()
    units = layers["admin_units"].assign(secrecy="public")
    old = units[units["unit_code"] == "421303001"].assign(
        name="甲旧镇", valid_from=pd.Timestamp("1990-01-01"), valid_to=pd.Timestamp("2000-01-01")
    )
    units = gpd.GeoDataFrame(pd.concat([units, old], ignore_index=True), crs=units.crs)
    more = pd.DataFrame(
        {"facility_id": ["F4", "F10", "F5"], "name": ["养老院", "ＡＢ 养老院", "养老院第一分部"], "facility_kind": "institution",
         "status": "operating", "unit_code": "421303002201"}
    )  # fmt: skip
    facilities = pd.concat([layers["facilities"], more], ignore_index=True)
    facilities["secrecy"] = ["public", "internal", "public", "public", "public", "public"]
    facilities = gpd.GeoDataFrame(facilities, crs=two_counties.CRS)
    return two_counties.write_workspace(
        tmp_path_factory.mktemp("city") / "ws", admin_units=units, facilities=facilities
    )


@pytest.fixture(scope="module")
def ask(folder):
    def asking(role="viewer"):
        app = create_app(Settings(workspace=folder), identify=lambda _: Principal(role, "tester"))
        client = TestClient(app, raise_server_exceptions=False)
        return lambda q, **more: client.get("/search", params={"q": q, **more})

    clients = {role: asking(role) for role in ("public", "viewer")}
    return lambda q, role="viewer", **more: clients[role](q, **more)


def names(response):
    return [r["name"] for r in response.json()["results"]]


def test_the_same_name_stands_before_beginnings_and_parts(ask):
    assert names(ask("养老院")) == ["养老院", "养老院第一分部", "ＡＢ 养老院", "甲二养老院"]


def test_units_stand_from_the_city_down(ask):
    assert names(ask("甲"))[0] == "甲区"
    assert names(ask("421303"))[:2] == ["甲区", "甲一镇"]


def test_a_code_is_found_whole_and_by_its_beginning_but_not_by_its_middle(ask):
    assert names(ask("F4")) == ["养老院"]
    assert names(ask("F1")) == ["甲二养老院", "ＡＢ 养老院"]  # F1 itself, then F10
    assert names(ask("21303")) == []


def test_wide_letters_spaces_and_capitals_do_not_matter(ask):
    assert names(ask(" ab养老院 ")) == ["ＡＢ 养老院"]


def test_a_result_tells_where_it_is_and_what_it_lies_in(ask):
    (found,) = ask("甲二南村").json()["results"]
    assert found["context"] == "甲二镇 · 甲区"
    assert (found["layer"], found["code"], found["kind"]) == ("admin_units", "421303002201", "村级")
    west, south, east, north = found["bbox"]
    lon, lat = found["point"]
    assert west < lon < east
    assert south < lat < north
    (nowhere,) = ask("只有代码").json()["results"]
    assert (nowhere["bbox"], nowhere["point"]) == (None, None)
    assert nowhere["context"] == "甲二南村 · 甲二镇"


def test_versions_that_have_ended_are_not_found(ask):
    assert names(ask("甲旧镇")) == []


def test_what_a_role_may_not_see_is_not_found(ask):
    assert names(ask("拟建驿站", role="viewer")) == ["拟建驿站"]
    hidden, absent = ask("拟建驿站", role="public"), ask("没有这处", role="public")
    assert hidden.json() | {"q": ""} == absent.json() | {"q": ""}


def test_limit_cuts_but_the_number_of_hits_is_told(ask):
    body = ask("村", limit=3).json()
    assert (len(body["results"]), body["numberMatched"]) == (3, 8)


@pytest.mark.parametrize(
    "params",
    [{"q": " "}, {"q": ""}, {"q": "x" * 81}, {"q": "x", "limit": 0}, {"q": "x", "nope": 1}],
)
def test_a_bad_question_is_one_problem(ask, params):
    found = ask(**params)
    assert found.status_code == 400
    assert found.headers["content-type"] == "application/problem+json"


@given(st.text(max_size=80))
def test_no_text_breaks_it(ask, text):
    assert ask(text).status_code in {200, 400}
