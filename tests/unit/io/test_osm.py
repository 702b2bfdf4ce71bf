"""OpenStreetMap files as editors and cuts leave them."""

from __future__ import annotations

import pytest

from geoplan.io import read_osm_roads

ODD = """<?xml version='1.0'?>
<osm version="0.6">
<node id="-1" lat="31.700" lon="113.380"/><node id="-2" lat="31.701" lon="113.380"/>
<node id="4" lat="31.700" lon="113.381"/><node id="5" lat="31.700" lon="113.382"/>
<way id="-10"><nd ref="-1"/><nd ref="-2"/><tag k="highway" v="residential"/></way>
<way id="11" visible="false"><nd ref="4"/><nd ref="5"/><tag k="highway" v="residential"/></way>
<way id="12"><nd ref="-1"/><nd ref="999"/><nd ref="4"/><tag k="highway" v="footway"/>
<tag k="footway" v="crossing"/><tag k="surface" v="gravel"/><tag k="width" v="1.5 m"/>
<tag k="incline" v="-8%"/></way>
<way id="13"><nd ref="998"/><nd ref="999"/><tag k="highway" v="residential"/></way>
<way id="14"><nd ref="4"/><nd ref="5"/><tag k="highway" v="steps"/><tag k="incline" v="up"/></way>
</osm>
"""


def test_negative_ids_deleted_ways_and_broken_references(tmp_path):
    path = tmp_path / "odd.osm"
    path.write_text(ODD, encoding="utf-8")
    roads = read_osm_roads(path).set_index("road_id")
    assert list(roads.index) == ["-10", "12", "14"]
    assert roads.attrs["dropped_ways"] == 1
    assert list(roads.geometry["12"].coords) == [(113.38, 31.7), (113.381, 31.7)]
    row = roads.loc["12"]
    assert bool(row["crossing"])
    assert (row["surface"], row["width_m"], row["slope"]) == ("gravel", 1.5, -8.0)
    assert roads["slope"].isna().tolist() == [True, False, True]
    assert roads["crossing"].tolist() == [False, True, False]


@pytest.mark.parametrize("highway", ["proposed", "construction", "abandoned"])
def test_what_is_no_road_is_left_out(tmp_path, highway):
    path = tmp_path / "odd.osm"
    path.write_text(ODD.replace('v="steps"', f'v="{highway}"'), encoding="utf-8")
    assert "14" not in set(read_osm_roads(path)["road_id"])
