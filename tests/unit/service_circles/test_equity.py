"""Theil, min-max and what lies between groups, against plain formulas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan import service_circles as sc
from geoplan.errors import InputError

rows = st.lists(
    st.tuples(st.integers(0, 20), st.integers(0, 9), st.sampled_from("abc")),
    min_size=1,
    max_size=25,
)


def plain_theil(value, weight):
    people = np.repeat(value, weight.astype(int))
    if not people.sum() > 0:
        return np.nan
    part = people / people.mean()
    return np.mean([p * np.log(p) if p > 0 else 0.0 for p in part])


@settings(max_examples=80)
@given(rows)
def test_theil_and_its_parts(found):
    value, weight, group = (np.array(c) for c in zip(*found, strict=True))
    value, weight = value.astype(float), weight.astype(float)
    want = plain_theil(value, weight)
    assert sc.theil(value, weight) == pytest.approx(want, abs=1e-12, nan_ok=True)
    parts = sc.inequality(pd.Series(value), pd.Series(weight), pd.Series(group))
    if np.isnan(want):
        assert np.isnan(parts.theil)
        assert parts.worst is None
        return
    assert parts.theil == pytest.approx(want, abs=1e-12)
    live = [g for g in set(group) if weight[group == g].sum() > 0]
    mean = {g: np.average(value[group == g], weights=weight[group == g]) for g in live}
    as_mean = np.array([mean.get(g, 0.0) for g in group])
    assert parts.between == pytest.approx(plain_theil(as_mean, weight), abs=1e-12)
    assert parts.min_max == pytest.approx(min(mean.values()) / max(mean.values()))
    assert mean[parts.worst] == pytest.approx(min(mean.values()))
    assert mean[parts.best] == pytest.approx(max(mean.values()))


def test_scale_does_not_matter_and_equal_is_none():
    value, people = np.array([1.0, 2.0, 5.0]), np.array([3.0, 1.0, 2.0])
    assert sc.theil(value * 7, people) == pytest.approx(sc.theil(value, people * 2))
    assert sc.theil([4.0, 4.0], [1.0, 9.0]) == 0.0
    assert sc.theil([0.0, 0.0, 0.0, 9.0], [1.0] * 4) == pytest.approx(np.log(4))
    assert sc.min_max([2.0, 8.0, np.nan], [1.0, 1.0, 1.0]) == 0.25
    assert np.isnan(sc.min_max([], []))
    assert np.isnan(sc.theil([0.0], [5.0]))


def test_rows_by_unit_and_by_urban_or_rural():
    value = pd.Series([1.0, 3.0, 2.0, 2.0, 6.0])
    people = pd.Series([1.0, 1.0, 2.0, 2.0, 1.0])
    keys = pd.DataFrame({"unit_code": ["a", "a", "b", "b", None],
                         "area": ["urban", "rural", "urban", "urban", "urban"]})  # fmt: skip
    table = sc.equity(value, people, keys)
    assert table.index.tolist() == [("a", "rural"), ("a", "urban"), ("b", "urban")]
    assert table["mean"].tolist() == [3.0, 1.0, 2.0]
    assert table["theil"].tolist() == [0.0, 0.0, 0.0]
    by_unit = sc.equity(value, people, keys["unit_code"])
    assert by_unit["min_max"].tolist() == pytest.approx([1 / 3, 1.0])
    assert by_unit.loc["a", "theil"] == pytest.approx(plain_theil(np.array([1.0, 3.0]), np.ones(2)))
    assert sc.equity(value, people).index.tolist() == ["all"]
    parts = sc.inequality(value, people, keys["unit_code"])
    assert parts.between == pytest.approx(0.0)
    assert parts.within == parts.theil > 0


def test_columns_that_cannot_be():
    one = pd.Series([1.0])
    for measure in (sc.theil, sc.min_max):
        with pytest.raises(InputError, match="negative"):
            measure([-1.0], [1.0])
        with pytest.raises(InputError, match="as many"):
            measure([1.0, 2.0], [1.0])
    with pytest.raises(InputError, match="same doors"):
        sc.equity(one, one, pd.DataFrame({"g": ["x"]}, index=[5]))
    with pytest.raises(InputError, match="negative"):
        sc.inequality(one, -one, pd.Series(["x"]))
