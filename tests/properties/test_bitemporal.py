"""What was known on one day about another: the store answers as a list read from the end does."""

from __future__ import annotations

from datetime import date, timedelta

import shapely
from fixtures.register import START
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geoplan.storage import Change, create_registry
from geoplan.storage.transactions import BEIJING

KEYS = ("L1", "L2", "L3")
FIRST = date(2024, 2, 25)
SHAPE = shapely.LineString([(113, 31), (114, 31)]).wkb

day = st.integers(0, 20).map(lambda n: FIRST + timedelta(days=n))
period = (
    st.tuples(st.none() | day, st.none() | day)
    .map(lambda p: (p[1], p[0]) if None not in p and p[0] > p[1] else p)
    .filter(lambda p: None in p or p[0] != p[1])
)
assertion = st.tuples(st.sampled_from(KEYS), st.booleans() | st.just(value=True), period)
# transactions: hours since the last one, and assertions of different keys
history = st.lists(
    st.tuples(st.integers(0, 60), st.lists(assertion, min_size=1, max_size=3, unique_by=lambda a: a[0])),
    min_size=1, max_size=8,
)  # fmt: skip


def brute(timeline, key, tx, on):
    """Read the list of assertions from the end: the first that covers the day says it."""
    for number, name, put, (start, end) in reversed(timeline):
        covers = (start is None or start <= on) and (end is None or on < end)
        if number <= tx and name == key and covers:
            return number if put else None
    return None


def change(key, put, ends, number):
    row = {"line_id": key, "name": f"tx {number}", "geometry": SHAPE}
    for column, end in zip(("valid_from", "valid_to"), ends, strict=True):
        if end is not None:
            row[column] = end.isoformat()
    return Change("boundary_lines", row, seen=None, retire=not put)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(history=history, asked=st.lists(day, min_size=3, max_size=6), last=day)
def test_answers_equal_brute_force(store_maker, history, asked, last):
    timeline, moments, now = [], [], START
    with create_registry(store_maker()) as registry:
        for number, (hours, assertions) in enumerate(history, start=1):
            now += timedelta(hours=hours)
            registry.write(
                [change(*a, number) for a in assertions], who="a", why="b", recorded_at=now
            )
            timeline += [(number, *a) for a in assertions]
            moments.append(now)
            today = now.astimezone(BEIJING).date()
            shown = {r.cells["line_id"]: r.cells["name"] for r in registry.boundary_lines.rows()}
            expect = {
                k: f"tx {n}" for k in KEYS if (n := brute(timeline, k, number, today)) is not None
            }
            assert shown == expect
        for on in asked:
            for moment in (moments[0] - timedelta(seconds=1), *moments):
                known = sum(m <= moment for m in moments)
                rows = registry.boundary_lines.rows(known_on=moment, valid_on=on)
                found = {r.cells["line_id"]: int(r.cells["name"][3:]) for r in rows}
                expected = {k: n for k in KEYS if (n := brute(timeline, k, known, on)) is not None}
                assert found == expected
                newest = {
                    k: max(t[0] for t in timeline if t[1] == k and t[0] <= known) for k in found
                }
                assert {r.cells["line_id"]: r.row_version for r in rows} == newest
        registry.refresh(last)
        on = max(last, now.astimezone(BEIJING).date())
        shown = {r.cells["line_id"] for r in registry.boundary_lines.rows()}
        assert shown == {k for k in KEYS if brute(timeline, k, len(history), on) is not None}
        assert registry.verify().empty
