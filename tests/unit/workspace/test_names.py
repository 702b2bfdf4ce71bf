"""Place names of a workspace: checks, spelling, search and geocoding by hand on two counties."""

from __future__ import annotations

from datetime import UTC, date, datetime

import geopandas as gpd
import pandas as pd
import pytest
from fixtures.named_counties import write_names
from fixtures.two_counties import CRS, point

from geoplan import io, open_workspace
from geoplan.errors import (
    InputError,
    MissingColumnsError,
    MissingFileError,
    UnknownIdError,
)
from geoplan.placenames import blocking
from geoplan.workspace import Names
from geoplan.workspace.names_files import (
    export_names,
    import_census,
    read_addresses,
    read_points,
    require_imported,
)
from geoplan.workspace.registry import import_workspace

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_names(tmp_path_factory.mktemp("names") / "ws")


@pytest.fixture(scope="module")
def names(folder):
    with Names(open_workspace(folder)) as found:
        yield found


def at(x, y):
    return gpd.GeoSeries([point(x, y)], crs=CRS)


def severity(results, rule):
    return results.set_index("rule_id").loc[rule, "severity"]


def test_a_name_clashes_in_its_own_township_only(names):
    """PN-08: a hamlet's scope is the township [P]: 红旗塆 is in 甲一镇 and 乙一镇, not in 甲二镇."""
    hamlet = {"category_code": "22200"}
    there = names.check("红旗塆", unit_code="421303001202", **hamlet)
    assert severity(there, "PN-08") == "warning"
    assert names.evidence(there)[["place_id", "rule_id", "match"]].to_numpy().tolist() == [
        ["flag-a", "PN-08", "full"]
    ]
    free = names.check("红旗塆", unit_code="421303002201", **hamlet)
    assert severity(free, "PN-08") == "ok"
    assert not len(names.evidence(free))
    own = names.check("红旗塆", unit_code="421303001201", place_id="flag-a", **hamlet)
    assert severity(own, "PN-08") == "ok"


def test_names_given_up_do_not_clash(names):
    found = names.check("旧塆", category_code="22200", unit_code="421303001201")
    assert severity(found, "PN-08") == "ok"


def test_readings_missing_in_the_register_are_proposed_for_homophones(names):
    """洪齐塆 and 红旗塆 are both hóng qí wān; 曾家塆 is céng here, as the register says, not zēng."""
    found = names.check("洪齐塆", category_code="22200", unit_code="421303001201")
    assert severity(found, "PN-09") == "warning"
    assert "红旗塆" in found.set_index("rule_id").loc["PN-09", "message_zh"]
    assert names.reading("曾家塆", "hamlet").text == "ceng2 jia1 wan1"
    assert names.reading("曾家塆", "hamlet").source == "reviewed"


def test_a_street_is_judged_in_the_built_up_area_of_its_position(names):
    """PN-08 for streets: 中山路 is in the built-up area y < 0.6 km; beyond it nothing is known."""
    inside = names.check("中山路", category_code="23500", at=at(0.5, 0.2), rule_ids=["PN-08"])
    assert severity(inside, "PN-08") == "error"
    assert len(blocking(inside)) == 1
    outside = names.check("中山路", category_code="23500", at=at(0.5, 0.9), rule_ids=["PN-08"])
    assert severity(outside, "PN-08") == "no_data"
    made = names.proposal("中山路", category_code="23500", at=at(0.5, 0.2))
    assert (made.unit_code, made.built_up_id) == ("421303001201", "b")


def test_a_proposal_knows_the_names_around(names):
    made = names.proposal("甲一水库", category_code="24230", unit_code="421303001201")
    assert made.local_names[:4] == ("甲一南村", "甲一镇", "甲区", "随城")
    assert {"红旗塆", "柳林塆", "曾家塆"} <= set(made.local_names)
    assert not {"旧塆", "甲二镇"} & set(made.local_names)
    checked = names.check("甲一水库", category_code="24230", unit_code="421303001201")
    assert severity(checked, "PN-11") == "ok"


def test_a_renaming_is_held_against_the_list_of_heritage(names):
    def heritage(**known):
        return names.proposal("新名塆", category_code="22200", **known).heritage

    assert heritage(place_id="willow", former_name="柳林塆") == "listed"
    assert heritage(place_id="flag-b", former_name="红旗塆") == "candidate"  # listed by name only
    assert heritage(place_id="zeng", former_name="柳林塆") == "none"  # another place's name
    assert heritage() == ""  # no renaming: nobody asks
    found = names.check("新名塆", category_code="22200", unit_code="421303001201",
                        place_id="willow", former_name="柳林塆", reason_code="construction")  # fmt: skip
    assert severity(found, "PN-15") == "error"


@pytest.mark.parametrize(("error", "match", "more"), [
    (InputError, "no character", {"name": " "}),
    (InputError, "No class", {"category_code": "99999"}),
    (UnknownIdError, "421302", {"unit_code": "421302"}),
    (InputError, "lies in no unit", {"at": at(9, 9)}),
    (UnknownIdError, "PN-99", {"rule_ids": ["PN-99"]}),
    (UnknownIdError, "reason", {"former_name": "旧", "reason_code": "whim"}),
])  # fmt: skip
def test_what_cannot_be_checked_is_told(names, error, match, more):
    with pytest.raises(error, match=match):
        names.check(**{"name": "新塆", "category_code": "22200", **more})


def test_names_are_spelled_by_class_and_those_that_cannot_say_why(names):
    found = names.romanise(["曾家塆", "中山路", "甲二镇", "查无此路", ""]).set_index("name")
    assert found["roman"].tolist() == ["Céngjiāwān", "Zhōngshān Lù", "Jiǎ'èr Zhèn", "", ""]
    assert found["rules"].tolist()[0] == "R3 R10"
    assert found.loc["曾家塆", "reading_source"] == "reviewed"
    assert "类别不明" in found.loc["查无此路", "reason_zh"]
    assert found.loc["", "reason_en"]
    given = names.romanise(["查无此路"], category_code="23500", tones=False, capitals="all")
    assert given["roman"].tolist() == ["CHAWUCI LU"]
    with pytest.raises(InputError, match="No class"):
        names.romanise(["中山路"], category_code="1")


@pytest.mark.parametrize(("q", "place", "match", "kind"), [
    ("中山", "road", "generic_omitted", "standard"),
    ("zhongshanlu", "road", "pinyin", "standard"),
    ("zsl", "road", "initials", "standard"),
    ("cengjiawan", "zeng", "pinyin", "standard"),  # by the reviewed reading
    ("前湾", "willow", "exact", "former"),
    ("老街", "town-a2", "generic_omitted", "former"),
    ("旧塆", "old", "exact", "former"),  # abolished: no longer a standard name
])  # fmt: skip
def test_search_finds_forms_of_the_register(names, q, place, match, kind):
    first = names.search(q).iloc[0]
    assert first[["place_id", "match", "kind"]].tolist() == [place, match, kind]


def test_search_goes_by_nearness_class_and_secrecy(names):
    both = names.search("红旗塆", near_unit="421321001")
    assert both["place_id"].tolist() == ["flag-b", "flag-a"]
    assert not len(names.search("红旗塆", classes=["street"]))
    assert len(names.search("曾家塆")) == 1
    assert not len(names.search("曾家塆", allowed_secrecy=["public"]))
    typed = names.search("zhongs", unfinished=True)
    assert typed["place_id"].tolist() == ["road"]
    with pytest.raises(InputError):
        names.search("红旗", limit=0)


def test_the_index_is_made_once_and_anew_when_the_register_changes(tmp_path):
    folder = write_names(tmp_path / "ws")
    told = []

    def ask(q):
        told.clear()
        with Names(open_workspace(folder), progress=lambda *share: told.append(share[0])) as n:
            return n.search(q)["place_id"].tolist()

    assert ask("中山路") == ["road"]
    assert (told[0], told[-1]) == (0.0, 1.0)
    assert ask("中山路") == ["road"]
    assert told == []  # nothing changed
    (folder / ".cache" / "names.sqlite").write_bytes(b"no index")
    assert ask("中山路") == ["road"]
    assert told  # damaged: made again
    city = open_workspace(folder)
    with city.store.open(create=True) as registry:
        import_workspace(registry, city.file, who="张三", why="建库", recorded_at=NOW)
    assert ask("前湾") == ["willow"]
    assert told  # the registry is the truth now
    assert ask("前湾") == ["willow"]
    assert told == []


def test_a_workspace_that_cannot_be_written_is_searched_too(tmp_path):
    folder = write_names(tmp_path / "ws")
    (folder / ".cache").write_text("in the way")
    with Names(open_workspace(folder)) as found:
        assert found.search("zsl")["place_id"].tolist() == ["road"]
    assert (folder / ".cache").read_text() == "in the way"


def test_a_register_without_positions_is_checked_searched_and_geocoded(tmp_path):
    """The register as a plain table under the bureau's own headers."""
    folder = write_names(tmp_path / "ws")
    (folder / "names.csv").write_text(
        "地名编号,标准名称,类别代码,所属单元代码\nx,红旗塆,22200,421303001201\n", "utf-8"
    )
    file = folder / "workspace.toml"
    file.write_text(file.read_text("utf-8").replace("place_names.gpkg", "names.csv"), "utf-8")
    with Names(open_workspace(folder)) as found:
        hamlet = {"category_code": "22200", "unit_code": "421303001202"}
        assert severity(found.check("红旗塆", **hamlet), "PN-08") == "warning"
        assert found.search("hongqiwan")["place_id"].tolist() == ["x"]
        assert found.geocode(["甲一镇红旗塆"])["place_id"].tolist() == ["x"]
        points = gpd.GeoDataFrame(geometry=[point(0.3, 0.3)], crs=CRS)
        assert found.reverse(points)["unit_code"].tolist() == ["421303001201"]


def test_addresses_are_found_by_units_places_and_former_names(names):
    found = names.geocode(pd.Series(
        ["随城甲区甲一镇中山路12号", "甲区老街镇", "甲一镇前湾", "", "甲二镇"], index=[7, 8, 9, 10, 11],
    ))  # fmt: skip
    assert found.index.tolist() == [7, 8, 9, 10, 11]
    assert found["grade"].tolist() == ["street", "township", "place", "unreadable", "township"]
    assert found["place_id"].fillna("").tolist() == ["road", "town-a2", "willow", "", "town-a2"]
    assert found.loc[[8, 11], "unit_code"].tolist() == ["421303002"] * 2
    assert found.loc[7, "number"] == "12号"
    at_willow = gpd.GeoSeries([point(0.7, 0.7)], crs=CRS).to_crs("EPSG:4490").iloc[0]
    assert found.loc[9, ["lon", "lat"]].tolist() == pytest.approx([at_willow.x, at_willow.y])


def test_points_tell_their_units_and_the_public_no_dispute(names):
    """(2.1, 1.0) lies in the claimed triangle; (0.3, 0.31) is 10 m from 红旗塆."""
    points = gpd.GeoDataFrame(geometry=[point(0.3, 0.31), point(2.1, 1.0), point(9, 9)], crs=CRS)
    found = names.reverse(points)
    assert found["unit_code"].fillna("").tolist()[::2] == ["421303001201", ""]
    assert found.loc[0, "place_id"] == "flag-a"
    assert found.loc[0, "place_m"] == pytest.approx(10)
    assert found.loc[0, "boundary_m"] == pytest.approx(300)
    assert "in_dispute" in found.loc[1, "reason"]
    open_answer = names.reverse(points, public=True)
    assert not open_answer["reason"].str.contains("dispute").any()
    assert "boundary_m" not in open_answer
    secret = gpd.GeoDataFrame(geometry=[point(0.5, 1.5)], crs=CRS)
    assert names.reverse(secret).loc[0, "place_id"] == "zeng"
    assert names.reverse(secret, public=True).loc[0, "place_id"] != "zeng"


def test_tables_of_addresses_and_points_keep_every_row(tmp_path, names):
    file = tmp_path / "list.csv"
    file.write_text(
        "编号,户籍地址,经度,纬度\n1,甲一镇,113.1,31.6\n1,,x,\n3,甲二镇,31.6,113.1\n", "utf-8"
    )
    read = read_addresses(file)
    assert read.valid["source_row"].tolist() == [2, 3, 4]
    assert read.valid["address"].tolist() == ["甲一镇", "", "甲二镇"]
    assert names.geocode(read.valid["address"])["reason_zh"].tolist()[1] == "内容为空"
    points = read_points(file)
    assert points.valid["source_row"].tolist() == [2, 3]
    assert points.report.defects["rule"].tolist() == ["swapped_lon_lat"]
    assert read_addresses(file, column="编号").valid["address"].tolist() == ["1", "1", "3"]
    with pytest.raises(MissingColumnsError, match="编码"):
        read_addresses(file, column="编码")
    with pytest.raises(MissingFileError):
        read_points(tmp_path / "none.csv")


def test_exports_hold_names_and_forms(tmp_path, names):
    city = names.workspace
    made = export_names(city, tmp_path / "names.xlsx")
    assert (made.places, made.left_out) == (10, None)
    back = io.read_layer(made.path, "name_forms", sheet="地名名称").valid
    assert back["text"].tolist() == ["前湾", "老街镇", "柳林塆"]
    table = export_names(city, tmp_path / "n.csv").path
    assert len(io.read_layer(table, "place_names", crs="EPSG:4490").valid) == 10
    linked = export_names(city, tmp_path / "n.jsonld", base="https://names.example/",
                          today=date(2026, 3, 1), highest="public")  # fmt: skip
    assert linked.left_out["place_id"].tolist() == ["zeng"]
    assert linked.places == 9
    for path, match in (("n.jsonld", "address that ids begin with"), ("n.doc", "not written as")):
        with pytest.raises(InputError, match=match):
            export_names(city, tmp_path / path)


def test_a_census_form_goes_into_the_registry_with_all_forms(tmp_path):
    folder = write_names(tmp_path / "ws")
    form = tmp_path / "form.csv"
    form.write_text("标准名称,曾用名,地名类别,东经,北纬,坐标系,密级\n"
                    "新塆,古塆、小塆,22200,113.1,31.66,2000,秘密\n"
                    "坏塆,,22200,113.1,31.66,1980西安坐标系,秘密\n", "utf-8")  # fmt: skip
    city = open_workspace(folder)
    with pytest.raises(InputError, match="would hide its names"):
        require_imported(city)
    with city.store.open(create=True) as registry:
        options = {"who": "张三", "why": "建库", "recorded_at": NOW}
        import_workspace(registry, city.file, **options)
        release = {"release": io.Release("随民发〔2026〕1号", "public")}
        done = import_census(registry, form, form=release, **options)
        again = import_census(registry, form, form=release, **options)
    require_imported(open_workspace(folder))
    assert [i.counts["new"] for i in done.imported] == [1, 3]
    assert [i.counts["unchanged"] for i in again.imported] == [1, 3]
    assert done.read.rejected["source_row"].tolist() == [3]
    with Names(open_workspace(folder)) as found:
        assert found.search("古塆")["standard_text"].tolist() == ["新塆"]
        assert found.search("红旗塆")["place_id"].tolist() == ["flag-a", "flag-b"]
