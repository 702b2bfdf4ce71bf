"""Items: filters, pages, conditions, formats; answers that are counted by hand on the map."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from fixtures.ogc_city import NAMES, PUBLIC, STATUS, place
from fixtures.service import is_problem
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ITEMS = "/collections/place_names/items"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"


def ids(client, path=ITEMS, **params) -> list[str]:
    answer = client.get(path, params={"limit": 1000, **params})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["numberMatched"] == body["numberReturned"] == len(body["features"])
    return [f["id"] for f in body["features"]]


def test_a_feature_has_all_its_cells_in_the_order_declared(client):
    body = client.get(ITEMS, params={"place_id": "P07"}).json()
    assert (body["numberMatched"], body["numberReturned"]) == (1, 1)
    feature = body["features"][0]
    assert feature["id"] == "P07"
    assert feature["geometry"]["type"] == "Polygon"
    assert min(map(tuple, feature["geometry"]["coordinates"][0])) == (113.2, 31.1)
    cells = feature["properties"]
    assert list(cells)[:3] == ["place_id", "place_code", "standard_name"]
    assert cells["standard_name"] == "第7村"
    assert cells["place_code"] is None
    assert cells["valid_from"] == "2021-01-01"
    assert cells["synthetic"] is False
    assert "row_version" not in cells


def test_a_role_gets_the_rows_of_its_class(ask):
    assert ids(ask("public")) == PUBLIC
    assert ids(ask("planner")) == NAMES


@pytest.mark.parametrize(
    ("bbox", "found"),
    [
        ("113.0,31.0,113.15,31.05", ["P00", "P01"]),  # closed: the edge of P01 counts
        ("113.0,31.0,0,113.04,31.1,99", ["P00", "P05"]),
        ("113.06,31.06,113.09,31.09", []),
        ("113.1,31.4,113.1,31.4", ["P21"]),
        ("113.21,31.41,113.22,31.42", ["P22"]),
        ("179,31.0,113.04,31.04", ["P00"]),  # over the antimeridian
        ("113.41,31.39,-179,31.41", ["P24"]),
        ("-180,-90,180,90", [n for n in NAMES if n != "P20"]),
    ],
)
def test_bbox_gives_what_meets_it(ask, bbox, found):
    assert ids(ask("planner"), bbox=bbox) == found
    assert ids(ask("public"), bbox=bbox) == [n for n in found if n in PUBLIC]


@pytest.mark.parametrize("bbox", ["1,2,3", "1,2,3,4,5", "a,b,c,d", "1,2,nan,4", "1,inf,2,3", "",
                                  "113,32,114,31", "1,2,3,"])  # fmt: skip
def test_a_bbox_that_is_none_is_refused(client, bbox):
    told = is_problem(client.get(ITEMS, params={"bbox": bbox}), 400, "bad_input")
    assert told["context"]["parameter"] == "bbox"


@pytest.mark.parametrize(
    ("when", "rows"),
    [
        ("2020-01-01", [0]), ("2019-12-31", []), ("2021-06-01", [0, 1]), ("2025-01-01", [0, 1, 2, 3, 4]),
        ("2029-12-31", [0, 1, 2, 3, 4]), ("2030-01-01", [1, 2, 3, 4]), ("../2020-12-31", [0]),
        ("2030-01-01/..", [1, 2, 3, 4]), ("2031-01-01/", [1, 2, 3, 4]), ("/2021-01-01", [0, 1]),
        ("2019-01-01/2022-01-01", [0, 1, 2]), ("2019-12-31T16:00:00Z", [0]),
        ("2019-12-31t15:59:59z", []), ("2019-12-31T23:59:59.5+07:00", [0]),
    ],
)  # fmt: skip
def test_datetime_gives_what_is_valid_on_some_day_of_it(client, when, rows):
    assert ids(client, datetime=when) == [n for k, n in enumerate(NAMES) if k // 5 in rows]


@pytest.mark.parametrize("when", ["garbage", "2021", "2021-13-01", "2021-02-30", "../..", "/", "",
                                  "2022-01-01/2021-01-01", "2021-01-01/2022-01-01/2023-01-01",
                                  "2021-01-01T25:00:00Z", "2021-01-01T00:00:00", "20210101"])  # fmt: skip
def test_a_time_that_is_none_is_refused(client, when):
    told = is_problem(client.get(ITEMS, params={"datetime": when}), 400, "bad_input")
    assert told["context"]["parameter"] == "datetime"


@given(first=st.dates(date(2018, 1, 1), date(2032, 1, 1)), days=st.integers(0, 2000))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_interval_gives_what_each_of_its_ends_or_a_day_between_gives(client, first, days):
    last = first + timedelta(days=days)
    found = ids(client, datetime=f"{first}/{last}")
    want = [
        name for number, name in enumerate(NAMES)
        if date(2020 + number // 5, 1, 1) <= last and (number // 5 or first < date(2030, 1, 1))
    ]  # fmt: skip
    assert found == want


@pytest.mark.parametrize(
    ("params", "test"),
    [
        ({"status": "draft"}, lambda k: STATUS[k % 5] == "draft"),
        ({"status": "draft", "category_code": "1"}, lambda k: k % 5 == 2 and k % 3 == 1),
        ({"synthetic": "true"}, lambda k: k % 2 == 0),
        ({"synthetic": "FALSE"}, lambda k: k % 2 == 1),
        ({"valid_from": "2021-01-01"}, lambda k: k // 5 == 1),
        ({"standard_name": "第3村"}, lambda k: k == 3),
        ({"standard_name": "第3"}, lambda _: False),
        ({"place_code": "x"}, lambda _: False),
    ],
)
def test_a_property_gives_what_has_its_value(client, params, test):
    assert ids(client, **params) == [n for k, n in enumerate(NAMES) if test(k)]


@pytest.mark.parametrize(("name", "value"), [("status", "nope"), ("synthetic", "perhaps"),
                                             ("valid_from", "2021"), ("valid_from", "2021-02-31")])  # fmt: skip
def test_a_value_that_a_column_cannot_hold_is_refused(client, name, value):
    told = is_problem(client.get(ITEMS, params={name: value}), 400, "bad_input")
    assert told["context"] == {"parameter": name, "value": value}


def test_numbers_and_sets_are_read_as_such(client):
    people = "/collections/population/items"
    assert ids(client, people, persons="40") == ids(client, people, persons="40.0") != []
    assert ids(client, people, persons="41") == []
    for wrong in ("many", "nan", "inf"):
        is_problem(client.get(people, params={"persons": wrong}), 400, "bad_input")


def test_an_unknown_parameter_is_named_with_the_known_ones(client):
    told = is_problem(client.get(ITEMS, params={"stauts": "draft"}), 400, "bad_input")
    assert told["context"]["parameter"] == "stauts"
    assert "standard_name" in told["fix"]
    assert "bbox" in told["fix"]


def test_a_parameter_twice_or_empty_is_not_silence(client):
    is_problem(client.get(f"{ITEMS}?status="), 400, "bad_input")
    is_problem(client.get(f"{ITEMS}?status=draft&status=filed"), 400, "bad_input")
    is_problem(client.get(f"{ITEMS}?bbox=1,2,3,4&bbox=5,6,7,8"), 400, "bad_input")


@pytest.mark.parametrize("limit", ["0", "-1", "abc", "10001", "1.5", ""])
def test_a_limit_outside_is_refused(client, limit):
    is_problem(client.get(ITEMS, params={"limit": limit}), 400)


def test_properties_are_selected_in_the_order_asked(client):
    found = client.get(ITEMS, params={"properties": "status,place_id", "limit": 1}).json()
    assert found["features"][0]["properties"] == {"status": "announced", "place_id": "P00"}
    assert (
        client.get(ITEMS, params={"properties": "", "limit": 1}).json()["features"][0]["properties"]
        == {}
    )
    told = is_problem(client.get(ITEMS, params={"properties": "status,nope"}), 400)
    assert "place_id" in told["fix"]


def test_sorting_goes_both_ways_and_pages_by_number(client):
    order = ids(client, sortby="status,-place_id")
    want = sorted(range(25), key=lambda k: (STATUS[k % 5], -k))
    assert order == [NAMES[k] for k in want]
    assert ids(client, sortby="+place_id") == NAMES
    assert walked(client, sortby="status,-place_id", limit=4) == order
    is_problem(client.get(ITEMS, params={"sortby": "geometry"}), 400)
    is_problem(client.get(ITEMS, params={"sortby": "row_version"}), 400)


def test_empty_cells_come_last_both_ways(client):
    for way in ("valid_to", "-valid_to"):
        assert set(ids(client, sortby=way)[:5]) == set(NAMES[:5])


def linked(body, rel):
    return next((k["href"] for k in body["links"] if k["rel"] == rel), None)


def walked(client, rel="next", path=ITEMS, start=None, **params) -> list[str]:
    """Follow the links from page to page; return the ids met."""
    url, found = start, []
    body = client.get(path, params=params).json() if url is None else client.get(url).json()
    while True:
        page = [f["id"] for f in body["features"]]
        found = found + page if rel == "next" else page + found
        url = linked(body, rel)
        if url is None:
            return found
        body = client.get(url).json()


@given(limit=st.integers(1, 30), status=st.sampled_from(["", *STATUS]),
       bbox=st.sampled_from(["", "113,31,113.3,31.3"]), offset=st.integers(0, 5))  # fmt: skip
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_union_of_pages_is_all_with_no_item_twice(client, limit, status, bbox, offset):
    params = {k: v for k, v in {"status": status, "bbox": bbox}.items() if v}
    whole = ids(client, **params)
    assert walked(client, limit=limit, offset=offset, **params) == whole[offset:]


def test_prev_leads_back_over_the_same_pages(client):
    body = client.get(ITEMS, params={"limit": 7}).json()
    assert linked(body, "prev") is None
    while linked(body, "next"):
        last = linked(body, "next")
        body = client.get(last).json()
    assert body["numberReturned"] == 4
    assert walked(client, "prev", start=last) == NAMES


def test_pages_go_on_in_place_while_records_come_and_go(own_folder):
    from fixtures.service import service

    with (
        service(own_folder, "planner") as client,
        service(own_folder, "registrar", writable=True) as editor,
    ):
        body = client.get(ITEMS, params={"limit": 10}).json()
        assert [f["id"] for f in body["features"]] == NAMES[:10]
        etag = editor.get(f"{ITEMS}/P03").headers["etag"]
        assert editor.delete(f"{ITEMS}/P03", headers={"If-Match": etag}).status_code == 204
        new = {"type": "Feature", "id": "P055", "geometry": None,
               "properties": {"standard_name": "新村", "secrecy": "public"}}  # fmt: skip
        assert editor.post(ITEMS, json=new).status_code == 201
        later = walked(client, start=linked(body, "next"))
        assert later == NAMES[10:]  # by number, P10 would be missing


def test_an_answer_says_when_it_was_made_and_how_many_there_are(client):
    body = client.get(ITEMS, params={"limit": 3, "status": "draft"}).json()
    assert (body["numberMatched"], body["numberReturned"]) == (5, 3)
    assert body["timeStamp"].endswith("Z")
    assert len(body["timeStamp"]) == 20


def test_an_answer_is_sent_once_and_again_only_when_it_changed(own_folder):
    from fixtures.service import service

    with service(own_folder, "registrar", writable=True) as client:
        first = client.get(ITEMS, params={"limit": 2})
        assert first.headers["cache-control"] == "no-cache"
        assert {"Accept", "Authorization", "X-API-Key"} <= set(first.headers["vary"].split(", "))
        seen = {"If-None-Match": first.headers["etag"]}
        again = client.get(ITEMS, params={"limit": 2}, headers=seen)
        assert again.status_code == 304
        assert again.content == b""
        assert again.headers["etag"] == first.headers["etag"]
        for other in ({"limit": 3}, {"limit": 2, "f": "html"}, {"limit": 2, "crs": f"{EPSG}4490"}):
            assert client.get(ITEMS, params=other, headers=seen).status_code == 200
        etag = client.get(f"{ITEMS}/P24").headers["etag"]
        client.patch(f"{ITEMS}/P24", json={"properties": {"pinyin": "x"}},
                     headers={"If-Match": etag})  # fmt: skip
        assert client.get(ITEMS, params={"limit": 2}, headers=seen).status_code == 200


def test_roles_have_tags_of_their_own(ask):
    tags = [ask(r).get(ITEMS).headers["etag"] for r in ("public", "planner")]
    assert len(set(tags)) == 2


def test_one_item_and_its_tag(client):
    answer = client.get(f"{ITEMS}/P07")
    assert answer.headers["content-type"] == "application/geo+json"
    assert answer.json()["id"] == "P07"
    assert {"self", "alternate", "collection"} <= {k["rel"] for k in answer.json()["links"]}
    tag = answer.headers["etag"]
    assert tag.startswith('"1.')  # the record's version
    assert client.get(f"{ITEMS}/P07", headers={"If-None-Match": f'"x", {tag}'}).status_code == 304
    assert client.get(f"{ITEMS}/P07", headers={"If-None-Match": "*"}).status_code == 304
    assert client.get(f"{ITEMS}/P07?f=html").headers["etag"] != tag


def test_hidden_and_absent_items_are_the_same(ask):
    told = [
        is_problem(ask("public").get(f"{ITEMS}/{name}"), 404, "unknown_id")
        for name in ("P24", "P99")
    ]
    assert told[0]["detail"].replace("P24", "P99") == told[1]["detail"]
    assert ask("planner").get(f"{ITEMS}/P24").status_code == 200
    is_problem(ask("planner").get(f"{ITEMS}/P07?x=1"), 400)


def test_an_id_with_parts_is_one_part_of_the_url(client):
    found = client.get("/collections/admin_units/items", params={"name": "甲区"}).json()[
        "features"
    ][0]
    assert found["id"] == "t~421303"
    one = client.get("/collections/admin_units/items/t~421303").json()
    assert one["properties"]["name"] == "甲区"
    assert client.get(linked(one, "self")).json() == one


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("*/*", "application/geo+json"), ("application/json", "application/geo+json"),
        ("application/geo+json, application/json;q=0.9", "application/geo+json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html; charset=utf-8"),
        ("text/html;q=0.1, application/*;q=0.5", "application/geo+json"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("application/json;q=0, */*;q=0.1", "application/geo+json"),
    ],
)  # fmt: skip
def test_the_format_that_is_liked_best_is_sent(client, accept, media):
    assert client.get(ITEMS, headers={"Accept": accept}).headers["content-type"] == media


def test_a_format_that_is_not_there_is_refused(client):
    is_problem(client.get(ITEMS, headers={"Accept": "image/png"}), 406, "not_acceptable")
    is_problem(client.get(ITEMS, headers={"Accept": "application/json;q=0, text/html;q=0"}), 406)
    is_problem(client.get(ITEMS, params={"f": "xml"}), 400)
    assert (
        client.get(ITEMS, params={"f": "json"}, headers={"Accept": "image/png"}).status_code == 200
    )


def test_head_says_what_get_would(client):
    for path in (ITEMS, f"{ITEMS}/P01", "/collections", "/", "/conformance", f"{ITEMS}?f=csv"):
        get, head = client.get(path), client.head(path)
        assert head.status_code == 200, path
        assert head.content == b""
        for name in ("content-type", "etag", "content-length"):
            assert head.headers.get(name) == get.headers.get(name), (path, name)
    assert client.head(f"{ITEMS}/P99").status_code == 404


def test_long_answers_are_compressed_for_those_who_take_it(client):
    assert client.get(ITEMS).headers["content-encoding"] == "gzip"
    plain = client.get(ITEMS, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert "Accept-Encoding" in plain.headers["vary"]


def test_labels_are_points_in_their_polygons(client):
    body = client.get("/collections/admin_units_labels/items", params={"limit": 100}).json()
    assert {f["geometry"]["type"] for f in body["features"]} == {"Point"}
    whole = client.get("/collections/admin_units/items", params={"limit": 100}).json()
    assert [f["id"] for f in body["features"]] == [f["id"] for f in whole["features"]]


def test_a_filter_meets_the_other_parameters(client):
    found = ids(
        client, filter="standard_name LIKE '第1%' AND status <> 'draft'", bbox="113,31,114,31.25"
    )
    assert found == ["P01", "P10", "P11", "P13", "P14"]
    found = ids(
        client,
        **{
            "filter": '{"op":"=","args":[{"property":"status"},"draft"]}',
            "filter-lang": "cql2-json",
        },
    )
    assert found == [NAMES[k] for k in range(2, 25, 5)]
    is_problem(client.get(ITEMS, params={"filter": "nope = 1"}), 400)
    is_problem(client.get(ITEMS, params={"filter": "(("}), 400)
    is_problem(client.get(ITEMS, params={"filter": "status = 'draft'", "filter-lang": "sql"}), 400)


def test_shapes_in_a_filter_are_in_its_crs(client):
    inside = {"filter": "S_INTERSECTS(geometry, POINT(113.02 31.02))"}
    assert ids(client, **inside) == ["P00"]
    turned = {"filter": "S_INTERSECTS(geometry, POINT(31.02 113.02))", "filter-crs": f"{EPSG}4490"}
    assert ids(client, **turned) == ["P00"]
    is_problem(client.get(ITEMS, params={**inside, "filter-crs": "EPSG:4490"}), 400)


def test_columns_that_no_declaration_knows_are_known_to_the_office_only(own_folder):
    from fixtures.ogc_city import WHEN
    from fixtures.service import service

    from geoplan.storage import open_registry
    from geoplan.workspace import open_workspace

    with open_registry(open_workspace(own_folder).store.url) as registry:
        registry.write([place(0, seen=None, remark="旧村")], who="乙", why="改", recorded_at=WHEN)
    with service(own_folder, "planner") as office, service(own_folder, "public") as everybody:
        assert ids(office, remark="旧村") == ["P00"]
        assert ids(office, bbox="113.1,31,113.2,31.01", sortby="remark") == ["P01", "P02"]
        assert "remark" in office.get(f"{ITEMS}/P00").json()["properties"]
        assert "remark" not in everybody.get(f"{ITEMS}/P00").json()["properties"]
        for params in ({"remark": "旧村"}, {"sortby": "remark"}, {"properties": "remark"},
                       {"filter": "remark = '旧村'"}):  # fmt: skip
            hidden = is_problem(everybody.get(ITEMS, params=params), 400)
            absent = is_problem(everybody.get(
                ITEMS, params={k.replace("remark", "nothng"): v.replace("remark", "nothng")
                               for k, v in params.items()}), 400)  # fmt: skip
            assert hidden["detail"].replace("remark", "nothng") == absent["detail"]


@pytest.mark.parametrize("name", ["%00", "P0%001", "a%1Fb", "%1F", "%ED%A0%80", "%FF", "x" * 5000, "%F0%9F%98%80", "..", "%2E%2E%2FP01"])  # fmt: skip
def test_odd_ids_are_not_there(own_folder, name):
    from fixtures.service import service

    with service(own_folder, "registrar", writable=True) as client:
        assert client.get(f"{ITEMS}/{name}").status_code in {404, 200, 431}
        for call in (client.put, client.patch):
            answer = call(f"{ITEMS}/{name}", json={}, headers={"If-Match": "*"})
            assert answer.status_code in {404, 405, 431}, answer.text
        assert client.delete(f"{ITEMS}/{name}", headers={"If-Match": "*"}).status_code in {404, 405}
        for params in (
            {"place_id": "a\x00b"},
            {"after": "\x00"},
            {"filter": "place_id = 'a\x00b'"},
            {"sortby": "\x00"},
        ):
            assert client.get(ITEMS, params=params).status_code < 500


odd = (st.text(max_size=12) | st.integers().map(str) | st.floats().map(str) | st.dates().map(str)
       | st.lists(st.floats() | st.integers(), min_size=3, max_size=7).map(lambda v: ",".join(map(str, v)))
       | st.tuples(st.dates(), st.dates()).map(lambda v: f"{v[0]}/{v[1]}")
       | st.sampled_from([f"{EPSG}4490", f"{EPSG}4547", "csv", "html", "-status,place_id", "-180,-90,180,90",
                          "9999-12-31/..", "../0001-01-01", "1e308,1e308,1e308,1e308", "0,0,1e300,1e300"]))  # fmt: skip
names = st.sampled_from(["limit", "offset", "after", "before", "bbox", "bbox-crs", "crs", "datetime", "filter", "filter-lang",
                         "filter-crs", "properties", "sortby", "f", "status", "valid_from", "synthetic", "standard_name"])  # fmt: skip


@given(params=st.dictionaries(names, odd, max_size=3))
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_query_makes_the_service_fail(client, params):
    answer = client.get(ITEMS, params=params)
    assert answer.status_code in {200, 400}, answer.text
    if answer.status_code == 400:
        is_problem(answer, 400)
