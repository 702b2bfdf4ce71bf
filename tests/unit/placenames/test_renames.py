"""Renames: the place keeps its id, the old name stays as a former one, what bears it queues."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.errors import InputError, MissingColumnsError, UnknownIdError
from geoplan.placenames.cases import Case
from geoplan.placenames.renames import BEARERS, queue, rename
from geoplan.schemas import LAYERS

ON = date(2026, 3, 2)
PLACES = pd.DataFrame({
    "place_id": ["P", "Q", "V"], "standard_name": ["老路", "新街", "老路口村"],
    "reading": ["lao3 lu4", "xin1 jie1", None], "pinyin": ["Lǎo Lù", "Xīn Jiē", None],
    "status": "announced",
})  # fmt: skip
FORMS = pd.DataFrame({
    "name_id": ["F1", "F2", "F3"], "place_id": ["P", "Q", "P"], "text": ["老路", "新街", "大老路"],
    "kind": ["standard", "standard", "alias"], "status": "current",
})  # fmt: skip
LAYERS_ = {
    "name_signs": pd.DataFrame({
        "sign_id": ["1", "2", "3", "4", "5"], "place_id": ["P", "P", "Q", None, "P"],
        "text_zh": ["老路", "字不清", "老路口", "新街", "老路"],
        "condition": ["intact", None, "intact", "intact", "removed"],
    }),
    "facilities": pd.DataFrame({
        "facility_id": ["a", "b", "c"], "name": ["老路养老院", "新街中心", "某站"],
        "address": ["老路3号", "新街1号", None], "place_id": [None, None, "P"],
    }),
    "boundary_markers": pd.DataFrame({"marker_id": ["m"], "position_text": ["老路北侧10米"]}),
    "door_numbers": pd.DataFrame({"door_id": ["d"], "place_id": ["P"], "address": ["老路1号"]}),
    "place_names": PLACES,
    "maps": pd.DataFrame({"map_id": ["图1", "图2"], "title": ["城区图", "县图"],
                          "names": ["新街;老路", "新街"]}),
    "cases": pd.DataFrame({"anything": ["老路"]}),
}  # fmt: skip


def case(**more) -> Case:
    return Case(**{"case_id": "NC1", "case_kind": "rename", "name": "涢水路", "place_id": "P",
                   "former_name": "老路", "category_code": "23500", "approved_on": ON} | more)  # fmt: skip


def test_everything_that_bears_the_name_is_in_the_queue():
    rows = queue("P", "老路", "涢水路", LAYERS_)
    found = {tuple(r) for r in rows[["layer", "id", "field", "bears"]].to_numpy().tolist()}
    assert found == {
        ("name_signs", "1", "text_zh", "place"), ("name_signs", "2", "text_zh", "place"),
        ("name_signs", "3", "text_zh", "within"), ("facilities", "a", "name", "within"),
        ("facilities", "a", "address", "within"), ("facilities", "c", "name", "place"),
        ("boundary_markers", "m", "position_text", "within"),
        ("door_numbers", "d", "address", "place"),
        ("place_names", "V", "standard_name", "within"), ("maps", "图1", "names", "within"),
    }  # fmt: skip
    assert set(rows["status"]) == {"to_do"}
    assert set(rows["new_name"]) == {"涢水路"}


def test_the_columns_searched_are_columns_of_the_layers():
    for layer, (id_column, columns) in BEARERS.items():
        if layer != "maps":
            assert {id_column, *columns} <= set(LAYERS[layer].names), layer


def test_a_name_that_looks_like_a_pattern_is_only_text():
    signs = pd.DataFrame({"sign_id": ["1"], "place_id": ["X"], "text_zh": ["老.路"]})
    assert queue("P", "老*路", "", {"name_signs": signs}).empty
    assert len(queue("P", "老.路", "", {"name_signs": signs})) == 1


@settings(max_examples=40)
@given(st.lists(st.tuples(st.sampled_from(["P", "Q", None]),
                          st.sampled_from(["老路", "老路北", "新街", None]),
                          st.sampled_from(["intact", "lost", None])), max_size=12))  # fmt: skip
def test_every_sign_of_the_place_is_queued(rows):
    signs = pd.DataFrame(rows, columns=["place_id", "text_zh", "condition"])
    signs.insert(0, "sign_id", [str(n) for n in range(len(signs))])
    made = rename(case(), PLACES, FORMS, {"name_signs": signs}, on=ON, name_id="F9")
    wanted = {str(n) for n, (place, text, _) in enumerate(rows)
              if place == "P" or "老路" in (text or "")}  # fmt: skip
    assert set(made.queue["id"]) == wanted


def test_the_old_name_stays_as_a_former_one():
    made = rename(case(), PLACES, FORMS, LAYERS_, on=ON, name_id="F9", reading="yun2 shui3 lu4",
                  roman="Yúnshuǐ Lù")  # fmt: skip
    place = made.place.iloc[0]
    assert (place["place_id"], place["standard_name"], place["pinyin"]) == (
        "P", "涢水路", "Yúnshuǐ Lù",
    )  # fmt: skip
    old, new = made.forms.iloc[0], made.forms.iloc[1]
    assert (old["name_id"], old["text"], old["kind"], old["status"]) == (
        "F1", "老路", "former", "closed",
    )  # fmt: skip
    assert (str(old["valid_to"].date()), str(new["valid_from"].date())) == (
        "2026-03-01", "2026-03-02",
    )  # fmt: skip
    assert (new["name_id"], new["kind"], new["case_id"]) == ("F9", "standard", "NC1")
    assert PLACES["standard_name"].tolist()[0] == "老路"  # what was given is left as it was


def test_a_place_without_forms_keeps_its_name_and_reading_all_the_same():
    made = rename(case(), PLACES, FORMS.iloc[:0], {}, on=ON, name_id="F9")
    assert made.forms.loc[0, ["text", "kind", "reading", "roman"]].tolist() == [
        "老路", "former", "lao3 lu4", "Lǎo Lù",
    ]  # fmt: skip
    assert made.queue.empty


def test_a_retired_name_is_closed_and_none_opened():
    gone = case(case_kind="retire", name="老路", former_name="")
    made = rename(gone, PLACES, FORMS, LAYERS_, on=ON, name_id="")
    assert made.place.iloc[0][["status", "abolished_year"]].tolist() == ["abolished", 2026]
    assert made.forms["kind"].tolist() == ["former"]
    assert set(made.queue["new_name"]) == {""}


@pytest.mark.parametrize(
    ("wrong", "match"),
    [({"approved_on": None}, "尚未批准"), ({"case_kind": "naming"}, "不是更名或销名"),
     ({"former_name": "旧路"}, "登记的“老路”不一致")],
)  # fmt: skip
def test_a_case_that_does_not_fit_is_refused(wrong, match):
    with pytest.raises(InputError, match=match):
        rename(case(**wrong), PLACES, FORMS, {}, on=ON, name_id="F9")


def test_what_is_missing_is_named():
    with pytest.raises(UnknownIdError, match="'X'"):
        rename(case(place_id="X"), PLACES, FORMS, {}, on=ON, name_id="F9")
    with pytest.raises(InputError, match="no old name"):
        queue("P", " ", "新", {})
    with pytest.raises(MissingColumnsError, match="sign_id"):
        queue("P", "老路", "新", {"name_signs": pd.DataFrame({"text_zh": ["老路"]})})
