"""The folder written: formats, headers, a config that names them, nothing half done."""

from __future__ import annotations

import tomllib

import geopandas as gpd
import openpyxl
import pytest
import shapely

from geoplan import demo
from geoplan.demo import workspace
from geoplan.errors import OutputError


def test_every_layer_is_named_and_there(folder, layers):
    config = tomllib.loads((folder / "workspace.toml").read_text(encoding="utf-8"))
    assert config["workspace"] == {
        "name": "demo", "title": "随州（演示）", "policy": "suizhou-2022",
        "metric_crs": "EPSG:4547", "code_system": "nbs-2023", "synthetic": True,
    }  # fmt: skip
    assert set(config["layers"]) == set(layers)
    for entry in config["layers"].values():
        assert (folder / entry["path"]).is_file()


def test_what_is_written_is_what_was_made(folder, layers):
    for name in ("roads", "population"):
        back = gpd.read_parquet(folder / f"{name}.parquet")
        assert back.crs.to_epsg() == 4490
        assert back.geometry.geom_equals_exact(layers[name].geometry, 0).all()
        assert back.drop(columns="geometry").equals(layers[name].drop(columns="geometry"))
    back = gpd.read_file(folder / "admin.gpkg", layer="admin_units")
    assert len(back) == len(layers["admin_units"])
    made = layers["admin_units"]
    assert shapely.equals(back.geometry.to_numpy(), made.geometry.to_numpy()).all()


def test_ledger_is_in_chinese(folder, layers):
    sheet = openpyxl.load_workbook(folder / "facilities.xlsx")["设施台账"]
    rows = sheet.iter_rows(values_only=True)
    heads = next(rows)
    assert {"设施编号", "设施名称", "设施类型", "所属单元代码", "经度", "纬度"} <= set(heads)
    cells = [dict(zip(heads, row, strict=True)) for row in rows]
    assert len(cells) == len(layers["facilities"])
    assert "养老机构" in {c["设施类型"] for c in cells}
    assert all(c["是否演示数据"] == "是" for c in cells)
    assert any(c["经度"] is None for c in cells)


def test_same_content_same_bytes(folder, layers, tmp_path):
    from geoplan.demo import writing

    writing.write(layers, tmp_path)
    for path in sorted(folder.iterdir()):
        assert path.read_bytes() == (tmp_path / path.name).read_bytes(), path.name


def test_refuses_a_folder_that_is_something_else(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError):
        demo.build(tmp_path)
    assert (tmp_path / "thesis.txt").read_text(encoding="utf-8") == "mine"


def test_replaces_an_older_demo_in_one_move(tmp_path, monkeypatch):
    def fake(_layers, scratch):
        (scratch / "workspace.toml").write_text("new", encoding="utf-8")

    old = tmp_path / "city"
    old.mkdir()
    (old / "workspace.toml").write_text("old", encoding="utf-8")
    (old / "left.csv").write_text("x", encoding="utf-8")
    monkeypatch.setattr(workspace, "layers", lambda **_: {})
    monkeypatch.setattr(workspace.writing, "write", fake)
    assert demo.build(old) == old
    assert [p.name for p in old.iterdir()] == ["workspace.toml"]
    assert (old / "workspace.toml").read_text(encoding="utf-8") == "new"
    assert list(tmp_path.iterdir()) == [old]


def test_an_interrupt_leaves_no_half_demo(tmp_path, monkeypatch):
    def stop(*_args):
        raise KeyboardInterrupt

    monkeypatch.setattr(workspace, "layers", lambda **_: {})
    monkeypatch.setattr(workspace.writing, "write", stop)
    with pytest.raises(KeyboardInterrupt):
        demo.build(tmp_path / "city")
    assert list(tmp_path.iterdir()) == []
