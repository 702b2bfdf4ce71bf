"""What each role sees of a layer, and that it is never of yesterday."""

from __future__ import annotations

from datetime import UTC, datetime

import geopandas as gpd
import numpy as np
import pytest
import shapely
from geoplan_api.city import City
from geoplan_api.reading import ROUGH_DEG, ids_of, rough_shapes
from geoplan_api.security import access
from geoplan_api.security.principal import ROLES, Principal
from geoplan_api.settings import Settings
from geoplan_api.snapshots import Snapshots
from geoplan_api.views import Views
from hypothesis import given
from hypothesis import strategies as st

from geoplan.errors import ReadOnlyStoreError, UnknownIdError
from geoplan.schemas import LAYERS
from geoplan.schemas.vocabulary import SECRECY
from geoplan.storage import Change, create_registry, open_registry

WHEN = datetime(2026, 3, 1, tzinfo=UTC)
CLASSES = [c.code for c in SECRECY]


def place(number: int, x: float = 113.0, *, seen: int | None = 0, **more):
    return Change("place_names", {
        "place_id": f"P{number}", "standard_name": f"第{number}村", "secrecy": "public",
        "geometry": shapely.to_wkb(shapely.box(x, 31, x + 0.1, 31.1)), **more}, seen)  # fmt: skip


@pytest.fixture
def folder(tmp_path, store_url):
    (tmp_path / "workspace.toml").write_text(
        f'[workspace]\nname = "w"\nmetric_crs = "EPSG:4547"\n[store]\nurl = "{store_url}"\n'
    )
    with create_registry(store_url) as registry:
        registry.write(
            [place(1), place(2, 114.0, secrecy="internal", remark="内情"),
             place(3, 115.0, secrecy=None), Change("name_signs", {"sign_id": "S1",
             "geometry": shapely.to_wkb(shapely.Point(113, 31))})], who="甲", why="建库", recorded_at=WHEN)  # fmt: skip
    return tmp_path


@pytest.fixture
def city(folder):
    city = City(Settings(workspace=folder))
    yield city
    city.close()


def write(folder, *changes):
    from geoplan.workspace import open_workspace

    with open_registry(open_workspace(folder).store.url) as registry:
        registry.write(list(changes), who="乙", why="改", recorded_at=WHEN)


def seen(city, role):
    return Views(city, Snapshots(city), Principal(role, "t"))


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("classified", [False, True])
def test_no_role_sees_above_its_class_nor_state_secrets_in_an_ordinary_system(role, classified):
    for layer in LAYERS.values():
        view = access.view(layer, Principal(role), classified=classified)
        if view is None:
            continue
        frame = gpd.pd.DataFrame({"secrecy": [*CLASSES, "no such word", None]})
        shown = {c for c, yes in zip([*CLASSES, "?", ""], view.rows(frame), strict=True) if yes}
        assert "?" not in shown  # what it hides is not known
        assert "state_top_secret" not in shown
        if not classified:
            assert not any(c.startswith("state_") for c in shown)
        if role == "public":
            assert shown <= {"public"} | ({""} if layer.secrecy == "public" else set())
            assert layer.audience == "open"


def test_audiences():
    def names(role):
        return {n for n, layer in LAYERS.items() if access.view(layer, Principal(role))}

    assert names("public") < names("viewer") < names("planner") < names("registrar")
    assert (
        names("viewer") < names("inspector") < names("admin") == names("registrar") == set(LAYERS)
    )
    assert "boundary_markers" not in names("planner")
    assert "population" not in names("inspector")
    assert "boundary_lines" not in names("public")


def test_only_registry_layers_are_written_and_only_by_those_who_keep_them():
    def writers(name):
        return {r for r in ROLES if (v := access.view(LAYERS[name], Principal(r))) and v.writable}

    assert writers("place_names") == {"registrar", "admin"}
    assert writers("observations") == {"inspector", "registrar", "admin"}
    assert writers("facilities") == set()


def test_rows_and_columns_by_role(city):
    public, office = (seen(city, r).snapshot("place_names") for r in ("public", "viewer"))
    assert public.ids.tolist() == ["P1"]
    assert office.ids.tolist() == ["P1", "P2", "P3"]  # who says nothing is internal
    assert "remark" not in public.frame  # a column that no declaration knows
    assert office.frame["remark"].tolist()[1] == "内情"
    assert "geometry" not in office.frame
    assert public.key != office.key


def test_an_edit_is_seen_at_once_and_only_its_layer_changes(city, folder):
    views = seen(city, "viewer")
    before, other = views.snapshot("place_names"), city.version("name_signs")
    assert views.snapshot("place_names") is before  # kept
    write(folder, place(1, seen=1, standard_name="新村"))
    after = views.snapshot("place_names")
    assert after.version != before.version
    assert after.frame["standard_name"].tolist()[0] == "新村"
    assert after.row_versions.tolist() == [2, 1, 1]
    assert city.version("name_signs") == other


def test_right_after_an_edit_a_box_reads_only_what_is_near(city, folder):
    views = seen(city, "viewer")
    views.snapshot("place_names")
    write(folder, place(4, 113.05))
    near = views.snapshot("place_names", bbox=(112.9, 30.9, 113.2, 31.2))
    assert near.ids.tolist() == ["P1", "P4"]
    assert views.snapshot("place_names").ids.tolist() == ["P1", "P2", "P3", "P4"]
    assert len(views.snapshot("place_names", bbox=(112.9, 30.9, 113.2, 31.2)).ids) == 4  # kept now


def test_hidden_and_absent_layers_are_the_same(city):
    told = []
    for name in ("boundary_markers", "place_namez", "name_cases"):
        with pytest.raises(UnknownIdError) as caught:
            seen(city, "public").snapshot(name)
        told.append((caught.value.code, str(caught.value).replace(name, "*")))
    assert "name_cases" not in told[0][1]
    assert told[0][0] == told[1][0] == told[2][0]
    write_to = seen(city, "public").names
    assert write_to == ("place_names", "name_signs")


def test_a_file_layer_and_a_read_only_service_are_not_written(city):
    with pytest.raises(ReadOnlyStoreError):
        city.writable("place_names")


def test_small_cells_are_empty_for_everybody_and_there_for_the_office():
    from geoplan_api.reading import shown_columns

    frame = gpd.pd.DataFrame({"unit_code": ["1", "2", "3"], "population": [9.0, 10.0, 0.0]})
    public = access.view(LAYERS["admin_units"], Principal("public"))
    office = access.view(LAYERS["admin_units"], Principal("viewer"))
    assert np.isnan(shown_columns(public, frame)["population"][0])
    assert shown_columns(public, frame)["population"][1:].tolist() == [10.0, 0.0]
    assert shown_columns(office, frame)["population"].tolist() == [9.0, 10.0, 0.0]
    frame["population"] = gpd.pd.array([9, None, 10], dtype="Int64")
    assert shown_columns(public, frame)["population"].isna().tolist() == [True, True, False]


def test_ids_are_the_parts_of_the_key():
    view = access.view(LAYERS["admin_units"], Principal("viewer"))
    frame = gpd.pd.DataFrame({"unit_code": ["421303", "421321"], "code_system": ["nbs-2023"] * 2,
                              "valid_from": [gpd.pd.NaT, gpd.pd.Timestamp("2020-01-02")]})  # fmt: skip
    assert ids_of(view, frame).tolist() == ["nbs-2023~421303", "nbs-2023~421321~2020-01-02"]


COVER = [shapely.box(113 + i * 0.013, 31 + j * 0.017, 113 + (i + 1) * 0.013, 31 + (j + 1) * 0.017)
         for i in range(4) for j in range(4)]  # fmt: skip


def test_rough_neighbours_still_meet():
    rough = rough_shapes(np.array(COVER, dtype=object))
    assert shapely.coverage_is_valid(rough)
    assert shapely.area(shapely.union_all(rough)) == pytest.approx(shapely.area(rough).sum())


@given(st.lists(st.tuples(st.floats(-0.05, 0.05), st.floats(-0.05, 0.05)), min_size=3, max_size=9))
def test_rough_shapes_are_on_the_rough_grid_and_valid(corners):
    ring = [(113 + x, 31 + y) for x, y in corners]
    given_ = [shapely.Polygon(ring), shapely.LineString(ring), shapely.Point(ring[0]), None,
              shapely.Polygon()]  # fmt: skip
    rough = rough_shapes(np.array(given_, dtype=object))
    assert rough[3] is None
    assert rough[4] is None
    there = [g for g in rough if g is not None]
    assert all(shapely.is_valid(there))
    xy = shapely.get_coordinates(there) / ROUGH_DEG
    assert np.abs(xy - np.rint(xy)).max() < 1e-6
