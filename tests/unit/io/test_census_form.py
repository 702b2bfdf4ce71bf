"""The census form: titles of the form, nothing lost, positions, names in a cell, secrecy."""

from __future__ import annotations

import openpyxl
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geoplan.errors import InputError, MissingFileError, UnreadableFileError
from geoplan.io import read_layer
from geoplan.io.census_form import CENSUS_FORM, Release, read_census_form, write_census_template
from geoplan.io.name_exports import write_names
from geoplan.schemas import layer

RELEASE = Release("随民发〔2024〕12号", "internal")
CODES = ["42130310122200000001", "42130310122200000002", "42130310122200000003"]
GOOD = {
    "地名代码": CODES[0], "标准名称": "塔儿塆", "罗马字母拼写": "Tǎ'érwān", "普通话读音": "tǎ ér wān",
    "别名": "塔湾、塔儿湾", "简称": "塔塆；无", "曾用名": "宝塔塆（1950、1958年）, 红旗三队", "地名类别": "农村居民点",
    "使用时间": "现今", "命名时间": "1981年", "设立年份": "1644", "东经": "113°22′30″", "北纬": "31.7",
    "坐标系": "2000国家大地坐标系", "测量方法": "图解", "地名的含义": "以村前古塔得名", "密级": "秘密",
    "海拔": "112.5米", "登记人": "张三", "所在（跨）行政区": "曾都区万店镇", "备注": "留",
}  # fmt: skip


def form(tmp_path, *rows, titles=None, above=True):
    """A workbook as filled in: a title line above, rows of texts or numbers."""
    titles = titles or list(dict.fromkeys(k for row in rows for k in row))
    book = openpyxl.Workbook()
    page = book.active
    page.title = "地名普查成果表"
    if above:
        page.append(["随州市第二次全国地名普查成果表"])
        page.append(["填报单位：演示"])
    page.append(titles)
    for row in rows:
        page.append([row.get(t) for t in titles])
    path = tmp_path / "form.xlsx"
    book.save(path)
    return path


def read(tmp_path, *rows, **options):
    return read_census_form(form(tmp_path, *rows), **{"release": RELEASE, **options})


def reasons(got):
    return [
        (r.row, r.field, r.rule) for r in got.findings.itertuples() if r.effect == "row_rejected"
    ]


def test_a_row_of_the_form_becomes_a_place_and_its_names(tmp_path):
    got = read(tmp_path, GOOD)
    assert got.rejected.empty, got.rejected["原因"].tolist()
    place = got.places.iloc[0]
    assert place["place_id"] == place["place_code"] == CODES[0]
    assert place["standard_name"] == "塔儿塆"
    assert (place["category_code"], place["unit_code"]) == ("22200", "421303101")
    assert place["reading"] == "ta3 er2 wan1"
    assert place["pinyin"] == "Tǎ'érwān"
    assert (place["use_period"], place["survey_method"]) == ("current", "map")
    assert (place["named_on"], place["set_year"], place["elevation_m"]) == (
        pd.Timestamp("1981-01-01"), 1644, 112.5)  # fmt: skip
    assert place.geometry == shapely.Point(113.375, 31.7)
    assert got.places.crs == 4490
    assert (place["regions"], place["form_crs"]) == ("曾都区万店镇", "2000国家大地坐标系")
    assert place["备注"] == "留"  # a column that nobody declared is kept
    names = got.forms[["text", "kind", "status"]].to_numpy().tolist()
    assert names == [
        ["塔儿塆", "standard", "current"],
        ["宝塔塆（1950、1958年）", "former", "closed"], ["红旗三队", "former", "closed"],
        ["塔湾", "alias", "current"], ["塔儿湾", "alias", "current"], ["塔塆", "short", "current"],
    ]  # fmt: skip
    assert got.forms["name_id"].is_unique
    assert set(got.forms["place_id"]) == {CODES[0]}


def test_both_frames_may_be_imported_as_they_are(tmp_path):
    got = read(tmp_path, GOOD, {**GOOD, "地名代码": CODES[1], "至经度": "113.4", "至纬度": "31.8"})
    assert list(got.places.columns)[: len(layer("place_names").names)] == list(
        layer("place_names").names)  # fmt: skip
    file = write_names({"place_names": got.places, "name_forms": got.forms}, tmp_path / "n.gpkg")
    for name, rows in (("place_names", got.places), ("name_forms", got.forms)):
        valid, rejected, _ = read_layer(file, name)
        assert rejected.empty
        assert len(valid) == len(rows)


@pytest.mark.parametrize(
    ("cells", "wkt"),
    [
        ({"东经": 113.4, "北纬": 31.7}, "POINT (113.4 31.7)"),
        ({"东经": "113度24分", "北纬": "北纬31°42′00″"}, "POINT (113.4 31.7)"),
        ({"东经": "113.4", "北纬": "31.7", "至经度": "113°30′", "至纬度": "31.8"},
         "LINESTRING (113.4 31.7, 113.5 31.8)"),
        ({"东经": "113.4", "北纬": "31.7", "至经度": 113.4, "至纬度": 31.7}, "POINT (113.4 31.7)"),
        ({"东经": None, "北纬": None}, None),
        ({"东经": "/", "北纬": "—"}, None),
    ],
)  # fmt: skip
def test_positions(tmp_path, cells, wkt):
    got = read(tmp_path, {**GOOD, **cells})
    assert got.rejected.empty, got.rejected["原因"].tolist()
    shape = got.places.geometry.iloc[0]
    assert (shape is None) if wkt is None else shape.equals_exact(shapely.from_wkt(wkt), 1e-12)


def test_from_and_to_under_the_same_title(tmp_path):
    titles = ["标准名称", "密级", "东经", "北纬", "东经", "北纬"]
    book = openpyxl.Workbook()
    for row in (titles, ["涢水", "公开", 113.1, 31.5, 113.4, 31.7]):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    line = read_census_form(tmp_path / "a.xlsx").places.geometry.iloc[0]
    assert line.wkt == "LINESTRING (113.1 31.5, 113.4 31.7)"


BROKEN = {
    "no name": ({"标准名称": None}, "standard_name", "missing_required"),
    "control characters": ({"标准名称": "塔\u202e塆"}, "standard_name", "not_a_name"),
    "300 characters": ({"标准名称": "塆" * 300}, "standard_name", "not_a_name"),
    "swapped": ({"东经": "31.7", "北纬": "113.4"}, "geometry", "swapped_lon_lat"),
    "plane": ({"东经": "38441223.8", "北纬": "3508765.2"}, "geometry", "outside_range"),
    "words": ({"东经": "村委会旁"}, "lon", "not_degrees"),
    "half": ({"北纬": None}, "lon", "half_position"),
    "half an end": ({"至经度": "113.5"}, "lon", "half_position"),
    "Xian 80": ({"坐标系": "1980西安坐标系"}, "form_crs", "legacy_crs"),
    "Beijing 54": ({"坐标系": "1954年北京坐标系"}, "form_crs", "legacy_crs"),
    "GCJ-02": ({"坐标系": "GCJ-02"}, "form_crs", "shifted_crs"),
    "no CRS": ({"坐标系": "地方坐标系"}, "form_crs", "unknown_crs"),
    "code of 19 digits": ({"地名代码": CODES[0][:-1]}, "place_code", "bad_place_code"),
    "cut by Excel": ({"地名代码": 4.21303101222e19}, "place_code", "cut_code"),
    "category": ({"地名类别": "某类"}, "category_code", "unknown_category"),
    "category of the code": ({"地名类别": "河流"}, "place_code", "other_category"),
    "years": ({"设立年份": "1990", "废止年份": "1984"}, "abolished_year", "years_reversed"),
    "class": ({"密级": "保密"}, "secrecy", "unknown_choice"),
    "top secret": ({"密级": "绝密"}, "secrecy", "SEC-06"),
}


def test_each_broken_row_comes_back_with_row_field_value_and_reason(tmp_path):
    rows = [{**GOOD, "地名代码": f"{CODES[0][:14]}{at:06d}", "标准名称": f"塆{at}", **BROKEN[name][0]}
            for at, name in enumerate(BROKEN, start=1)]  # fmt: skip
    got = read(tmp_path, *rows, GOOD | {"地名代码": CODES[0][:14] + "000099"})
    assert got.places["standard_name"].tolist() == ["塔儿塆"]
    assert got.rejected["source_row"].tolist() == list(range(4, 4 + len(BROKEN)))
    found = reasons(got)
    for row, (name, (_, field, rule)) in enumerate(BROKEN.items(), start=4):
        assert (row, field, rule) in found, name
        assert {r for at, _, r in found if at == row} == {rule}, name
    assert got.rejected["原因"].str.len().gt(5).all()
    words = got.findings[["reason_zh", "reason_en", "fix_zh", "fix_en"]]
    assert words.map(len).gt(0).all(axis=None)
    assert not words.map(lambda w: "{value}" in w).any(axis=None)
    values = got.findings.set_index("rule")["value"]
    assert values["legacy_crs"].tolist() == ["1980西安坐标系", "1954年北京坐标系"]
    assert values["not_degrees"] == "村委会旁"


def test_ten_percent_broken_of_two_hundred_rows(tmp_path):
    faults = list(BROKEN.values())
    rows, broken = [], []
    for i in range(200):
        row = {
            **GOOD,
            "地名代码": f"421303101222{i + 1:08d}"[:14] + f"{i + 1:06d}",
            "标准名称": f"塆{i}",
        }
        if i % 10 == 3:
            row |= faults[(i // 10) % len(faults)][0]
            broken.append(i + 4)
        rows.append(row)
    got = read(tmp_path, *rows)
    assert got.rejected["source_row"].tolist() == broken
    assert len(got.places) + len(got.rejected) == 200
    assert len(got.places) == 180
    assert set(got.forms["place_id"]) == set(got.places["place_id"])


def test_a_code_given_twice_comes_back_once(tmp_path):
    got = read(tmp_path, GOOD, {**GOOD, "标准名称": "另塆"})
    assert reasons(got) == [(5, "place_code", "reused_code")]
    assert got.places["standard_name"].tolist() == ["塔儿塆"]


def test_the_division_of_a_code_is_checked_on_the_day_of_naming(tmp_path):
    units = pd.DataFrame({"unit_code": ["421303", "421303101"],
                          "valid_from": [None, "1990-01-01"]})  # fmt: skip
    got = read(
        tmp_path, GOOD, {**GOOD, "地名代码": CODES[1], "命名时间": "1991-05-01"}, units=units
    )
    assert reasons(got) == [(4, "place_code", "division_not_valid")]


@pytest.mark.parametrize("said", ["秘密", None, "", "state_confidential"])
def test_secret_as_pre_filled_is_refused_released_or_kept(tmp_path, said):
    rows = ({**GOOD, "密级": said}, {**GOOD, "地名代码": CODES[1], "密级": "公开"})
    got = read(tmp_path, *rows, release=None)
    assert reasons(got) == [(4, "secrecy", "SEC-06")]
    assert "SEC-06" in got.rejected["原因"].item()
    assert "文号" in got.rejected["原因"].item()  # the answer says how
    assert got.places["secrecy"].tolist() == ["public"]
    freed = read(tmp_path, *rows)
    assert freed.places["secrecy"].tolist() == ["internal", "public"]
    assert freed.places["release_no"].fillna("").tolist() == [RELEASE.number, ""]
    assert any(RELEASE.number in zh for zh, _ in freed.notes)
    assert set(freed.forms["secrecy"]) == {"internal", "public"}
    kept = read(tmp_path, *rows, release=None, classified=True)
    assert kept.places["secrecy"].tolist() == ["state_confidential", "public"]
    assert kept.forms.loc[kept.forms["place_id"] == CODES[0], "secrecy"].unique().tolist() == [
        "state_confidential"]  # fmt: skip


@pytest.mark.parametrize("release", [Release(" "), Release("文〔2024〕1号", "state_secret"),
                                     Release("", "public")])  # fmt: skip
def test_a_release_names_its_document_and_an_open_class(tmp_path, release):
    with pytest.raises(InputError, match="文号"):
        read(tmp_path, GOOD, release=release)


def test_rows_without_a_crs_are_counted(tmp_path):
    got = read(
        tmp_path, {**GOOD, "坐标系": None}, {**GOOD, "地名代码": CODES[1], "坐标系": "WGS-84"}
    )
    assert got.rejected.empty
    assert got.notes[1][0].startswith("1 行未写坐标系")


def test_an_id_without_a_code_is_the_same_at_each_reading(tmp_path):
    row = {k: v for k, v in GOOD.items() if k != "地名代码"}
    path = form(tmp_path, row, {**row, "标准名称": "另塆"})
    first, again = (read_census_form(path, release=RELEASE).places["place_id"] for _ in "ab")
    assert first.tolist() == again.tolist()
    assert first.is_unique
    assert first[0].endswith("-4")


def test_names_that_are_none_are_said_and_the_row_goes_on(tmp_path):
    got = read(tmp_path, {**GOOD, "别名": "塔\u200b湾、好塆", "少数民族文字书写": "ᠲᠠ"})
    assert "好塆" in got.forms["text"].tolist()
    assert got.forms.loc[got.forms["kind"] == "minority", "text"].tolist() == ["ᠲᠠ"]
    assert got.findings[["field", "effect"]].to_numpy().tolist() == [["alias", "cell_emptied"]]


def test_a_historic_name_is_no_current_one(tmp_path):
    got = read(tmp_path, {**GOOD, "使用时间": "历史"})
    assert set(got.forms["status"]) == {"closed"}
    assert got.places["use_period"].tolist() == ["historic"]


def test_titles_of_the_template_are_understood_and_explained(tmp_path):
    path = write_census_template(tmp_path / "t.xlsx")
    page = openpyxl.load_workbook(path)[CENSUS_FORM.zh]
    titles = [c.value for c in page[1]]
    assert titles == [c.zh for c in CENSUS_FORM.columns]
    assert len(set(titles)) == len(titles)
    assert {"标准名称", "曾用名", "经度", "至经度", "坐标系", "密级", "登记人"} <= set(titles)
    book = openpyxl.load_workbook(path)
    book[CENSUS_FORM.zh].append([{"标准名称": "涢水", "密级": "公开", "经度": 113.4, "纬度": 31.7,
                                  "地名类别代码": 12100}.get(t) for t in titles])  # fmt: skip
    book.save(path)
    got = read_census_form(path)
    assert got.rejected.empty, got.rejected["原因"].tolist()
    assert got.places[["standard_name", "category_code", "secrecy"]].to_numpy().tolist() == [
        ["涢水", "12100", "public"]]  # fmt: skip


def test_every_alias_leads_to_one_column():
    from geoplan.schemas.match import normal

    seen: dict[str, str] = {}
    for column in CENSUS_FORM.columns:
        for word in {normal(w) for w in (column.zh, *column.aliases)}:
            assert seen.setdefault(word, column.name) == column.name, word


def test_files_that_are_no_form(tmp_path):
    with pytest.raises(MissingFileError):
        read_census_form(tmp_path / "none.xlsx")
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    (tmp_path / "a.xlsx").write_bytes(b"no workbook")
    for name in ("a.pdf", "a.xlsx"):
        with pytest.raises(UnreadableFileError):
            read_census_form(tmp_path / name)


_TEXT = st.text(max_size=12)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "标准名称": st.sampled_from(["涢水", "", "塆"]) | _TEXT,
                "地名代码": st.sampled_from(["", *CODES]) | _TEXT,
                "地名类别": st.sampled_from(["河流", "22200", ""]) | _TEXT,
                "曾用名": _TEXT, "东经": st.sampled_from(["113.4", "", "200"]) | _TEXT,
                "北纬": st.sampled_from(["31.7", ""]) | _TEXT, "至经度": st.sampled_from(["", "113.5"]),
                "至纬度": st.sampled_from(["", "31.8"]), "坐标系": st.sampled_from(["", "WGS84", "西安80"]),
                "密级": st.sampled_from(["公开", "秘密", "机密", "?"]), "设立年份": _TEXT,
            }
        ),
        min_size=1, max_size=6,
    )
)  # fmt: skip
def test_whatever_is_in_the_cells_every_row_is_in_one_place(tmp_path, rows):
    import csv

    path = tmp_path / "form.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    got = read_census_form(path, encoding="utf-8")
    with path.open(encoding="utf-8", newline="") as file:
        filled = sum(any(c.strip() for c in r) for r in csv.reader(file)) - 1
    assert len(got.places) + len(got.rejected) == filled
    assert not got.places["secrecy"].str.startswith("state_").any()
    assert set(got.forms["place_id"]) == set(got.places["place_id"])
    assert got.places["place_id"].is_unique
