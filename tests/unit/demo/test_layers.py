"""The frames: exact sums, exact partition, gaps that are meant to be there."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

from geoplan import schemas
from geoplan.demo import facts as demo_facts
from geoplan.demo import frame as demo_frame
from geoplan.demo import projects, settlement
from geoplan.demo.metres import to_metres

REAL = {"unit_codes", "admin_units"}
COUNTS = {"persons": "population", "elders_60": "elders_60", "elders_65": "elders_65",
          "elders_80": "elders_80", "households": "households"}  # fmt: skip


def level(layers, name):
    units = layers["admin_units"]
    return units[(units["level"] == name) & ~units["neighbour"]].set_index("unit_code")


def test_every_layer_of_the_schema_is_made(layers):
    assert set(layers) == set(schemas.LAYERS)
    for name, frame in layers.items():
        declared = schemas.layer(name)
        assert len(frame), name
        required = {c.name for c in declared.columns if c.required}
        assert required <= set(frame.columns), name
        assert set(frame.columns) - {"geometry"} <= set(declared.names), name


def test_codes_written_are_in_the_word_lists(layers):
    for name, frame in layers.items():
        for column in schemas.layer(name).columns:
            if column.choices and column.name in frame:
                cells = frame[column.name].dropna().astype(str).str.split(";").explode()
                assert set(cells) <= {c.code for c in column.choices}, (name, column.name)


def test_keys_are_unique(layers):
    for name, frame in layers.items():
        key = [k for k in schemas.layer(name).key if k in frame]
        assert not frame.duplicated(key).any(), name


def test_synthetic_layers_say_so(layers):
    for name in set(layers) - REAL:
        assert layers[name]["synthetic"].all(), name
        assert (layers[name]["source"] == "synthetic: geoplan demo").all(), name
    units = layers["admin_units"]
    low = units["level"].isin(["township", "village"])
    assert units.loc[low, "synthetic"].all()
    assert units.loc[low, "approximate"].all()
    assert not units.loc[~low, "synthetic"].any()


def test_residents_sum_exactly_to_the_census(layers):
    census = demo_facts.load().census
    people = layers["population"]
    county = people["unit_code"].str[:6]
    for column, name in COUNTS.items():
        assert people.groupby(county)[column].sum().to_dict() == census[name].to_dict()
    assert len(people) >= 60_000
    assert (people["elders_80"] <= people["elders_65"]).all()
    assert (people["elders_65"] <= people["elders_60"]).all()
    assert (people["elders_60"] <= people["persons"]).all()
    assert (people["households"] <= people["persons"]).all()
    assert (people["persons"] >= 1).all()


def test_every_level_sums_to_the_next(layers):
    for name in ("county", "township", "village"):
        rows = level(layers, name)
        parents = layers["admin_units"].set_index("unit_code")
        for column in (*COUNTS.values(), "population_urban"):
            sums = rows.groupby("parent_code")[column].sum()
            assert (sums == parents.loc[sums.index, column]).all(), (name, column)
    assert level(layers, "prefecture")["population_urban"].item() == 1_163_902
    assert (level(layers, "village")["population_urban"]
            <= level(layers, "village")["population"]).all()  # fmt: skip


def test_points_lie_in_their_village_near_a_road(layers):
    people, villages = layers["population"], level(layers, "village")
    own = villages.geometry.reindex(people["unit_code"]).to_numpy()
    assert shapely.intersects(own, people.geometry.to_numpy()).all()
    roads = layers["roads"]
    lines = shapely.transform(roads.loc[roads["walk"]].geometry.to_numpy(), to_metres)
    places = shapely.transform(people.geometry.to_numpy(), to_metres)
    _, away = shapely.STRtree(lines).query_nearest(places, all_matches=False, return_distance=True)
    assert 5 < np.median(away) < 40
    assert 0.02 < (away > 200).mean() < 0.03
    assert away.max() < 450


def test_areas_partition_exactly(layers):
    counties, _ = demo_frame.county_polygons()
    whole = shapely.area(counties.to_numpy()).sum()
    for name, count in (("county", 3), ("township", 46), ("village", 1009)):
        shapes = level(layers, name).geometry.to_numpy()
        assert len(shapes) == count
        assert shapely.is_valid(shapes).all()
        assert shapely.coverage_is_valid(shapes)
        assert shapely.area(shapes).sum() == pytest.approx(whole, rel=1e-9)
    units = layers["admin_units"]
    both = units[(units["level"] == "village") | units["neighbour"]]
    assert shapely.coverage_is_valid(both.geometry.to_numpy())


def test_exclave_is_kept(layers):
    place = shapely.Point(demo_frame.EXCLAVE)
    units = layers["admin_units"]
    there = units[units.geometry.contains(place)].set_index("level")
    assert there["unit_code"].to_dict() == {
        "prefecture": "421300", "county": "421321", "township": "421321105",
        "village": there.loc["village", "unit_code"],
    }  # fmt: skip
    assert len(there.loc["county", "geometry"].geoms) == 2


def test_functional_zones(layers):
    zones, members = layers["stat_units"], layers["stat_unit_members"]
    assert len(zones) == 5
    assert len(members) == 21
    assert not set(zones["stat_code"]) & set(layers["admin_units"]["unit_code"])
    assert set(members["unit_code"]) <= set(level(layers, "village").index)


def test_projects_have_the_beds_of_the_plan(layers):
    box5 = layers["projects"][layers["projects"]["column_box"] == "专栏5"]
    assert len(box5) == 30
    assert {c: box5[c].sum() for c in projects.BEDS} == {
        "beds_public": 2861, "beds_inclusive": 1366, "beds_market": 1650}  # fmt: skip
    assert box5[list(projects.BEDS)].sum().sum() == 5877
    assert box5["beds_medical"].sum() == 3260


def test_facility_gaps(layers):
    register = layers["facilities"]
    working = register[register["status"] == "operating"]
    elderly = working[working["facility_kind"].isin(
        ["institution", "hardship_institution", "community_elderly", "daycare",
         "activity_centre", "guidance_centre"])]  # fmt: skip
    assert 0.75 < elderly["land_m2"].sum() / 204_792 < 0.85
    assert 0.75 < working["elder_floor_m2"].sum() / 146_283 < 0.85
    parent = layers["admin_units"].set_index("unit_code")["parent_code"]
    homes = working[working["facility_kind"] == "institution"]
    full = (
        homes["functions"]
        .fillna("")
        .map(lambda s: {"full_time", "day", "home"} <= set(s.split(";")))
    )
    assert homes.loc[full, "unit_code"].map(parent).nunique() == 24
    communities = level(layers, "village").query("kind == 'community'").index
    day = working.loc[working["facility_kind"] == "daycare", "unit_code"]
    assert 0.6 < communities.isin(day).mean() < 0.8
    assert register["geometry"].isna().sum() > 20
    assert set(register.loc[register["geometry"].isna(), "unit_code"].str.len()) == {9}


def test_lines_lie_between_the_units_they_name(layers):
    lines = layers["boundary_lines"].to_crs("EPSG:4547")
    units = layers["admin_units"].set_index("unit_code").to_crs("EPSG:4547")
    assert lines["length_m"].isna().all()
    half = shapely.line_interpolate_point(lines.geometry.to_numpy(), 0.5, normalized=True)
    rest = shapely.line_interpolate_point(
        lines.geometry.to_numpy(), shapely.length(lines.geometry.to_numpy()) / 2 + 0.5
    )
    step = shapely.get_coordinates(rest) - shapely.get_coordinates(half)
    across = np.column_stack([-step[:, 1], step[:, 0]])
    for side, column in ((1, "left_code"), (-1, "right_code")):
        places = shapely.points(shapely.get_coordinates(half) + side * across)
        own = units.geometry.reindex(lines[column]).to_numpy()
        assert shapely.contains(own, places).mean() > 0.97


def test_markers_are_invented_and_not_secret(layers):
    markers = layers["boundary_markers"]
    assert markers["synthetic"].all()
    assert (markers["secrecy"] == "internal").all()
    assert not markers["marker_no"].duplicated().any()
    assert markers["marker_no"].str.match(r"^[0-9-]+\d{3}[QAB]$").all()


def test_place_codes(layers):
    names = layers["place_names"]
    assert names["place_code"].str.fullmatch(r"\d{20}").all()
    assert not names["place_code"].duplicated().any()
    assert (names["place_code"].str[9:14] == names["category_code"]).all()


def test_validates_against_the_schemas(layers):
    validate = pytest.importorskip("geoplan.schemas.validate").validate
    for name, frame in layers.items():
        result = validate(frame, schemas.layer(name))
        valid = result[0] if isinstance(result, tuple) else result
        assert len(valid) == len(frame), name


def test_same_seed_same_content():
    facts = demo_facts.load()
    made = []
    for _ in range(2):
        towns = settlement.towns(facts, np.random.default_rng(5))
        frame = demo_frame.build(facts, towns, np.random.default_rng(6))
        made.append((towns.urban.tolist(), shapely.to_wkb(frame.villages.to_numpy()).tolist()))
    assert made[0] == made[1]


def test_another_seed_keeps_the_census(layers):
    facts = demo_facts.load()
    towns = settlement.towns(facts, np.random.default_rng(99))
    assert towns.urban.sum() == 1_163_902
    first = layers["admin_units"]
    own = first[first["level"] == "township"].set_index("unit_code")["population_urban"]
    assert not pd.Series(towns.urban, index=list(towns.codes)).equals(own)
