"""Change files: what people write, read whole or refused with every place named."""

from __future__ import annotations

import json
import tomllib
from datetime import date

import pytest
import shapely

from geoplan.boundaries.change_file import parse_change
from geoplan.errors import InputError

MERGE = {"kind": "merge", "from_codes": ["421303001", "421303002"], "to_codes": "421303002",
         "effective_on": "2026-07-01"}  # fmt: skip
SQUARE = "POLYGON ((113 31, 113.1 31, 113.1 31.1, 113 31.1, 113 31))"


def refused(given) -> InputError:
    with pytest.raises(InputError) as caught:
        parse_change(given)
    return caught.value


def test_a_toml_file():
    text = """
        title = "两镇合并"
        approved_on = 2026-05-01
        extended = true
        seat = true
        documents = ["application", "maps"]

        [[changes]]
        kind = "merge"
        from_codes = [421303001, "421303002"]
        to_codes = "421303002"
        effective_on = 2026-07-01
    """
    change = parse_change(tomllib.loads(text))
    assert (change.title, change.approved_on, change.extended) == (
        "两镇合并", date(2026, 5, 1), True)  # fmt: skip
    assert change.facts == {"seat": True}
    assert change.documents == ("application", "maps")
    row = change.rows.iloc[0]
    assert (row["from_codes"], row["to_codes"]) == ("421303001;421303002", "421303002")
    assert row["effective_on"] == date(2026, 7, 1)
    assert change.rows.crs.to_epsg() == 4490
    assert row["geometry"] is None


def test_a_collection_drawn_in_a_gis():
    """Properties of other names are the program's own; a misspelt one of ours is not."""
    feature = {"type": "Feature", "geometry": json.loads(shapely.to_geojson(shapely.from_wkt(SQUARE))),
               "properties": {"fid": 3, "note": "x", "kind": "transfer", "from_codes": "421303001",
                              "to_codes": "421303002", "effective_on": "2026/07/01"}}  # fmt: skip
    given = {"type": "FeatureCollection", "name": "draft", "features": [feature],
             "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}}  # fmt: skip
    change = parse_change(given)
    assert change.rows.geometry.iloc[0].equals(shapely.from_wkt(SQUARE))
    assert change.rows["effective_on"].iloc[0] == date(2026, 7, 1)
    feature["properties"]["from_code"] = "1"
    assert "features[1].from_code: unknown key; did you mean from_codes?" in str(refused(given))


def test_rows_of_one_kind_givers_and_day_are_one_change():
    split = {"kind": "split", "from_codes": "421303001", "effective_on": "2026-07-01"}
    rows = [
        {**split, "to_codes": "421303011", "name": "东", "geometry": SQUARE},
        {**split, "to_codes": "421303012", "name": "西"},
        {"kind": "rename", "from_codes": "421303002", "name": "新", "effective_on": "2026-07-01"},
    ]
    assert parse_change({"changes": rows}).rows["change_id"].tolist() == ["1", "1", "2"]


def test_a_day_for_all_rows_and_plane_coordinates():
    plane = "POLYGON ((450000 3505000, 451000 3505000, 451000 3506000, 450000 3505000))"
    row = {k: v for k, v in MERGE.items() if k != "effective_on"} | {"geometry": plane}
    change = parse_change({"effective_on": "2026-07-01", "crs": "EPSG:4547", "changes": [row]})
    assert change.rows.crs.to_epsg() == 4547
    assert change.rows["effective_on"].iloc[0] == date(2026, 7, 1)


@pytest.mark.parametrize(("given", "place", "words"), [
    ({}, "changes", "at least one"),
    ({"changes": []}, "changes", "at least one"),
    ({"changes": "x"}, "changes", "at least one"),
    ({"chnages": [MERGE]}, "chnages", "did you mean changes?"),
    ({"changes": [MERGE | {"kind": "conquer"}]}, "changes[1].kind", "transfer, merge"),
    ({"changes": [MERGE | {"from_codes": ""}]}, "changes[1].from_codes", "no codes"),
    ({"changes": [MERGE | {"from_codes": [1.5]}]}, "changes[1].from_codes", "must be text"),
    ({"changes": [MERGE | {"effective_on": None}]}, "changes[1].effective_on", "no day"),
    ({"changes": [MERGE | {"effective_on": "1 July"}]}, "changes[1].effective_on", "no date"),
    ({"changes": [MERGE | {"to_code": "x"}]}, "changes[1].to_code", "did you mean to_codes?"),
    ({"changes": [MERGE | {"geometry": "POLYGON (1"}]}, "changes[1].geometry", "neither WKT"),
    ({"changes": [MERGE | {"geometry": {"type": "Cube"}}]}, "changes[1].geometry", "neither WKT"),
    ({"changes": [MERGE | {"geometry": "POINT (1 1)"}]}, "changes[1].geometry", "found Point"),
    ({"changes": [MERGE | {"geometry": "POLYGON EMPTY"}]}, "changes[1].geometry", "must be a polygon"),
    ({"changes": [MERGE | {"geometry": "POLYGON ((0 0, 1 1, 0 1, 1 0, 0 0))"}]}, "changes[1].geometry", "not valid"),
    ({"changes": [MERGE | {"geometry": "POLYGON ((450000 3500000, 450001 3500000, 450001 3500001, 450000 3500000))"}]}, "crs", "no degrees"),
    ({"crs": "EPSG:moon", "changes": [MERGE]}, "crs", "is no CRS"),
    ({"crs": {"type": "name"}, "changes": [MERGE]}, "crs", "is no CRS"),
    ({"approved_on": "2026-08-01", "changes": [MERGE]}, "changes[1].effective_on", "before the approval"),
    ({"approved_on": "soon", "changes": [MERGE]}, "approved_on", "no date"),
    ({"seat": "yes", "changes": [MERGE]}, "seat", "true or false"),
    ({"documents": ["poem"], "changes": [MERGE]}, "documents", "no item of the dossier"),
    ({"title": {"zh": "x"}, "changes": [MERGE]}, "title", "must be text"),
    ({"changes": [MERGE | {"change_id": "1"}, MERGE | {"change_id": "1", "kind": "split"}]}, "changes[2]", "another kind or day"),
])  # fmt: skip
def test_what_cannot_be_read_is_named(given, place, words):
    error = refused(given)
    assert error.code == "bad_input"
    assert error.context["first"] == place
    assert words in str(error)
    assert "docs/how-to/boundary-changes.md" in error.fix


def test_all_faults_are_told_at_once():
    error = refused({"titel": "x", "changes": [{"kind": "x"}, {"kind": "y"}]})
    assert error.context["problems"] == 7
    many = refused({"changes": [{"kind": "x"}] * 9})
    assert "19 more" in str(many)
    assert "另有 19 处" in str(many)
