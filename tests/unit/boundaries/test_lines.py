"""Lines derived from units: level, sides, direction, codes, lengths."""

import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geoplan.boundaries.junctions import tri_junctions
from geoplan.boundaries.line_codes import line_code
from geoplan.boundaries.lines import derive_arcs, derive_lines
from geoplan.errors import InputError, MissingColumnsError, MissingCRSError, UnknownIdError

TIANDITU = Path(__file__).parents[4] / "shared/data/tianditu"


def row(code, name, level, parent, shape, **more):
    return {"unit_code": code, "name": name, "level": level, "parent_code": parent,
            "geometry": shape, **more}  # fmt: skip


@pytest.fixture
def city():
    """Two counties of two towns each in a row from west to east, a neighbour of another city."""
    box = shapely.box
    rows = [
        row("421303", "甲区", "county", "421300", box(113.0, 31.0, 113.2, 31.1)),
        row("421321", "乙县", "county", "421300", box(113.2, 31.0, 113.4, 31.1)),
        row("421303001", "甲一", "township", "421303", box(113.0, 31.0, 113.1, 31.1)),
        row("421303002", "甲二", "township", "421303", box(113.1, 31.0, 113.2, 31.1)),
        row("421321100", "乙一", "township", "421321", box(113.2, 31.0, 113.3, 31.1)),
        row("421321101", "乙二", "township", "421321", box(113.3, 31.0, 113.4, 31.1)),
        row("420982", "邻市", "county", "420900", box(113.4, 31.0, 113.5, 31.1), neighbour=True),
        row("411502", "邻省", "county", "411500", box(112.9, 31.0, 113.0, 31.1), neighbour=True),
    ]
    frame = pd.DataFrame(rows).assign(neighbour=lambda f: f["neighbour"].eq(other=True))
    return gpd.GeoDataFrame(frame, crs="EPSG:4490")


def test_lines_by_hand(city):
    """The level of a line is the highest at which the units on its two sides differ."""
    lines = derive_lines(city).dropna(subset="level").set_index("line_code")
    assert lines["level"].to_dict() == {
        "4142": "province",
        "42094213": "prefecture",
        "421303421321": "county",
        "421303001-421303002": "township",
        "421321100-421321101": "township",
    }
    county = lines.loc["421303421321"]
    # a line from north to south has the east on its left
    assert (county["left_code"], county["right_code"]) == ("421321", "421303")
    assert shapely.get_coordinates(county["geometry"])[0].tolist() == [113.2, 31.1]
    assert county["length_m"] == pytest.approx(11_087.6, abs=2.0)  # 0.1 degree at 31.05 N
    assert county["technical_status"] == "edge_matched"


def test_outer_lines_need_the_neighbour(city):
    alone = city[~city["neighbour"]]
    lines = derive_lines(alone)
    assert lines.loc[lines["right_code"].isna(), "level"].isna().all()
    assert (lines.loc[lines["right_code"].isna(), "technical_status"] == "not_edge_matched").all()


def test_every_arc_once_and_county_arcs_are_township_arcs(city):
    towns = derive_arcs(city, level="township")
    counties = derive_arcs(city, level="county")
    assert not towns.duplicated(["left_unit", "right_unit", "geometry"]).any()
    county = towns[towns["level"] == "county"].geometry.union_all()
    whole = counties[counties["level"] == "county"].geometry.union_all()
    assert county.length == whole.length > 0


def test_tri_junctions():
    box = shapely.box
    rows = [row("421303", "甲", "county", "421300", box(0, 0, 1, 1)),
            row("421321", "乙", "county", "421300", box(1, 0, 2, 1)),
            row("421381", "丙", "county", "421300", box(0, 1, 2, 2))]  # fmt: skip
    # 丙 has a vertex where the three meet
    rows[2]["geometry"] = shapely.Polygon([(0, 1), (1, 1), (2, 1), (2, 2), (0, 2)])
    found = tri_junctions(gpd.GeoDataFrame(rows, crs="EPSG:4490"), level="county")
    assert found["units"].tolist() == ["421303;421321;421381"]
    assert shapely.get_coordinates(found.geometry).tolist() == [[1.0, 1.0]]


def test_official_codes_by_a_table(city):
    lines = derive_lines(city, official={"421303421321": "鄂-0801"})
    assert "鄂-0801" in set(lines["line_code"])


def test_codes():
    assert line_code("village", "421303001002", "421303001001") == "v421303001001-421303001002"
    with pytest.raises(InputError, match="9"):
        line_code("township", "421303", "421321")
    with pytest.raises(InputError, match="level"):
        line_code("street", "421303", "421321")


def test_bad_input(city):
    with pytest.raises(MissingColumnsError, match="parent_code"):
        derive_lines(city.drop(columns="parent_code"))
    with pytest.raises(MissingCRSError):
        derive_lines(city.set_crs(None, allow_override=True))
    with pytest.raises(UnknownIdError):
        derive_lines(city, level="street")


@pytest.fixture(scope="module")
def hubei():
    path = TIANDITU / "hubei_and_neighbours_district.geojson"
    if not path.exists():
        pytest.skip(f"needs {path}")
    rows = [
        {"unit_code": str(p["district_adcode"]), "name": p["district_name"],
         "parent_code": str(p["city_adcode"]), "level": "county",
         "geometry": shapely.from_geojson(json.dumps(f["geometry"]))}
        for f in json.loads(path.read_text())["features"] for p in [f["properties"]]
    ]  # fmt: skip
    return gpd.GeoDataFrame(rows, crs="EPSG:4490")


@pytest.mark.realdata
def test_suizhou_keeps_its_exclave(hubei):
    """随县 has a part of about 2.5 km² inside Henan: its line is closed and by itself."""
    frame = hubei.assign(neighbour=~hubei["unit_code"].str.startswith("4213"))
    lines = derive_lines(frame, level="county").set_index("line_id")
    assert len(lines) == 17
    main = lines.loc["411502-421321-1"]
    assert main["start_point"] == "浉河区、平桥区、随县三交点"
    exclave = lines.loc["411502-421321-2"]
    assert shapely.is_closed(exclave.geometry)
    assert exclave["level"] == "province"
    assert 5_000 < exclave["length_m"] < 8_000
    assert (lines["technical_status"] == "edge_matched").all()
    assert lines["level"].value_counts().to_dict() == {"prefecture": 9, "province": 5, "county": 3}


@pytest.mark.realdata
def test_all_of_hubei(hubei):
    frame = hubei.assign(neighbour=~hubei["unit_code"].str.startswith("42"))
    lines = derive_lines(frame, level="county")
    assert lines["level"].value_counts().to_dict() == {
        "county": 170, "prefecture": 86, "province": 21,
    }  # fmt: skip
    met = tri_junctions(frame, level="county")
    assert len(met) == 164
    assert met["units"].str.contains(r"(?:^|;)42").all()  # not those of Henan among themselves
