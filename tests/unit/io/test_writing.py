"""Written files: the same content every time, and readable where people open them."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely

from geoplan.errors import InputError
from geoplan.io import digest_file, digest_frame, write, write_gpkg, write_template, write_xlsx
from geoplan.schemas import LAYERS


def frame() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"name": ["厉山镇", None], "value": [1.5, np.inf], "flag": [True, False],
         "when": pd.to_datetime(["2025-12-31", None]), "mixed": [1, "x"]},
        geometry=[shapely.Point(1, 2), None], crs=4490,
    )  # fmt: skip


@pytest.mark.parametrize("name", ["a.gpkg", "a.csv", "a.xlsx", "a.parquet", "a.geojson"])
def test_two_writes_are_one_content(tmp_path, name):
    first = write(frame().drop(columns="mixed"), tmp_path / "1" / name)
    second = write(frame().drop(columns="mixed"), tmp_path / "2" / name)
    assert digest_file(first) == digest_file(second)


def test_gpkg_of_several_layers(tmp_path):
    path = write_gpkg({"a": frame(), "b": pd.DataFrame({"x": [1]})}, tmp_path / "x.gpkg")
    assert pyogrio.list_layers(path)[:, 0].tolist() == ["a", "b"]
    back = pyogrio.read_dataframe(path, layer="a")
    assert back["name"].iloc[0] == "厉山镇"
    assert np.isnan(back["value"].iloc[1])
    assert back.crs == 4490


def test_csv_opens_in_excel(tmp_path):
    raw = write(frame(), tmp_path / "a.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in raw


def test_xlsx_has_frozen_titles_numbers_and_words(tmp_path):
    table = pd.DataFrame({"名称": ["甲"], "面积": [1234.5], "户数": [3], "演示": [True],
                          "日期": [pd.Timestamp("2025-12-31")], "无": [None]})  # fmt: skip
    path = write_xlsx({"计分板": table, "空": pd.DataFrame()}, tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(path)
    page = book["计分板"]
    assert page.freeze_panes == "A2"
    assert [c.value for c in page[1]] == list(table.columns)
    assert page["B2"].value == 1234.5
    assert page["D2"].value == "是"
    assert page["F2"].value is None
    assert book.sheetnames == ["计分板", "空"]


def test_an_ending_that_is_not_written(tmp_path):
    with pytest.raises(InputError, match=r"\.dwg"):
        write(frame(), tmp_path / "a.dwg")


@pytest.mark.parametrize("layer", list(LAYERS))
def test_a_template_for_every_layer(tmp_path, layer):
    book = openpyxl.load_workbook(write_template(layer, tmp_path / "t.xlsx"))
    titles = [c.value for c in book.worksheets[0][1]]
    assert LAYERS[layer].columns[0].zh in titles
    assert len(titles) == len(set(titles))


def test_digest_of_a_frame_is_of_its_content():
    a = frame()
    assert digest_frame(a) == digest_frame(a.copy())
    assert digest_frame(a) != digest_frame(a.assign(value=[1.5, 2.0]))
    assert digest_frame(a) != digest_frame(a.set_crs(4326, allow_override=True))
