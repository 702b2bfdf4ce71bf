"""An error from another process is the one that was raised there."""

from __future__ import annotations

import pickle

import pytest

from geoplan import errors

ALL = [e for e in vars(errors).values()
       if isinstance(e, type) and issubclass(e, errors.GeoplanError)]  # fmt: skip


@pytest.mark.parametrize("kind", ALL)
def test_every_error_goes_to_another_process_whole(kind):
    error = kind("Wrong.", zh="错。", fix="mend it", fix_zh="改正", row=3, value="x")
    error.newer = ({"a": 1},)
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is kind
    assert back.as_problem("zh") == error.as_problem("zh")
    assert back.as_problem("en") == error.as_problem("en")
    assert str(back) == str(error)
    assert back.newer == ({"a": 1},)
