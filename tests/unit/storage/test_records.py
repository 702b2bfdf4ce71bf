"""How changes become what is recorded: the content by hand, one by one as in batches."""

from __future__ import annotations

from hashlib import sha256

import numpy as np
import pandas as pd
import pytest
import shapely
from fixtures.register import gone, line, marker
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.schemas import layer as declared
from geoplan.storage import Change
from geoplan.storage.records import encode, examine

LINES = declared("boundary_lines")


def only(changes, **options):
    (batch,) = encode(changes, **options)
    return batch


def test_content_and_digest_by_hand():
    point = shapely.Point(113.5, 31).wkb
    row = {"marker_no": '4142"001\\Q', "marker_id": "M1", "secrecy": "internal", "卷号": 7, "chainage_m": 2,
           "synthetic": 1, "inscription": "", "registered_on": "20010501", "valid_from": "2020-01-01",
           "geometry": point, "row_version": 3}  # fmt: skip
    batch = only([Change("boundary_markers", row, 3)])
    content = (
        '{"chainage_m":2.0,"marker_id":"M1","marker_no":"4142\\"001\\\\Q","registered_on":"2001-05-01",'
        '"secrecy":"internal","synthetic":true,"valid_from":"2020-01-01","卷号":7}'
    )
    assert batch.content == [content]
    text = f"boundary_markers\x1fM1\x1fput\x1f2020-01-01\x1f\x1f{content}\x1f"
    assert batch.digests == [sha256(text.encode() + point).digest()]
    assert batch.wkb == [point]
    assert batch.bounds.tolist() == [[113.5, 31, 113.5, 31]]
    assert "inscription" not in batch.cells


def test_a_retirement_keeps_its_key_and_valid_time():
    batch = only([line("L1", name="一"), gone("L2", name="二", valid_from="2024-01-01")])
    assert batch.content == [
        '{"line_id":"L1","name":"一"}',
        '{"line_id":"L2","valid_from":"2024-01-01"}',
    ]
    assert batch.ops == ["put", "retire"]
    assert batch.wkb[1] is None


def test_the_first_day_is_for_those_that_name_none():
    batch = only([line("L1", valid_from="2020-01-01"), line("L2")], valid_from="2024-01-01")
    assert batch.cells["valid_from"] == ["2020-01-01", "2024-01-01"]
    assert batch.hold_on("2023-12-31") == [True, False]
    assert batch.hold_on("2024-01-01") == [True, True]


numbers = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from([0.0, -0.0, 1.0, 2.5, 1e-9, float("nan")])
)  # fmt: skip
texts = st.sampled_from([None, "", "1", "甲", 'a"b', "c\\", "},{", "\n"])
cells = st.fixed_dictionaries(
    {}, optional={"length_m": numbers, "precise": numbers, "name": texts, "approved_on": st.sampled_from(
        [None, "2001-01-01", "20010101", pd.Timestamp(2001, 1, 1), "2001-13-01"]),
        "level": st.sampled_from([None, "county", "planet", 1]), "note_a": numbers | texts,
        "note_b": st.sampled_from([[1], {"a": 2}, np.float64(1.0), np.int64(1), 1, True])},
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(rows=st.lists(cells, min_size=2, max_size=6))
def test_a_batch_is_what_its_changes_are_one_by_one(rows):
    changes = [line(f"L{at}", **row) for at, row in enumerate(rows)]
    batch, problems = examine(changes, LINES)
    for at, change in enumerate(changes):
        alone, wrong = examine([change], LINES)
        assert alone.content[0] == batch.content[at]
        assert alone.digests[0] == batch.digests[at]
        mine = [p._replace(at=0) for p in problems if p.at == at]
        assert str(mine) == str(wrong)
        for name, kept in batch.cells.items():
            assert repr(kept[at]) == repr(alone.cells.get(name, [None])[0])


@pytest.mark.parametrize(
    ("cells", "word"),
    [
        ({"set_up_year": float("inf")}, "infinity"),
        ({"set_up_year": 10**400}, "too large"),
        ({"chainage_m": 10**400}, "too large"),
        ({"set_up_year": "1998"}, "whole number"),
        ({"set_up_year": 1998.5}, "whole number"),
        ({"materials": "\ud800"}, "character"),
        ({"materials": "a\x00b"}, "character"),
    ],
)
def test_cells_no_database_keeps(cells, word):
    _, problems = examine([marker("001", **cells)], declared("boundary_markers"))
    assert [p.field for p in problems] == list(cells)
    assert word in problems[0].en


def test_problems_come_by_row():
    _, problems = examine(
        [line("L1", level="x", valid_from="2024-01-02", valid_to="2024-01-01"), line("L1"),
         Change("boundary_lines", {"name": 5})], LINES,
    )  # fmt: skip
    assert [(p.at, p.key, p.rule) for p in problems] == [
        (0, "L1", "bad_value"),
        (0, "L1", "bad_period"),
        (1, "L1", "duplicate_key"),
        (2, "", "bad_value"),
        (2, "", "invalid_geometry"),
        (2, "", "missing_required"),
    ]
