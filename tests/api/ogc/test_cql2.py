"""CQL2 filters: against an evaluator row by row, by hand, and what is refused."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import numpy as np
import pytest
import shapely
from fixtures import filters
from geoplan_api.columns import Columns
from geoplan_api.ogc import cql2
from geoplan_api.placed import Shapes
from geoplan_api.snapshot import Snapshot
from hypothesis import given
from hypothesis import strategies as st

from geoplan.errors import InputError

MEETS = '{"op": "s_intersects", "args": [{"property": "geometry"}, %s]}'
SNAPSHOT, ROWS = filters.snapshot(), filters.rows()


def rows(text: str, lang: str = "cql2-text", **options) -> list[int]:
    return np.flatnonzero(cql2.mask(text, lang, SNAPSHOT, **options)).tolist()


def refused(text: str, lang: str = "cql2-text", **options) -> InputError:
    with pytest.raises(InputError) as caught:
        cql2.mask(text, lang, SNAPSHOT, **options)
    assert caught.value.fix
    assert caught.value.fix_zh
    return caught.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name = '随州'", [0]),
        ("name <> '随州'", [1, 2, 3, 5, 6, 7]),
        ("NOT name = '随州'", [1, 2, 3, 5, 6, 7]),
        ("name = 'O''Brien'", [2]),
        (r"name = 'O\'Brien'", [2]),
        ("beds >= 10", [0, 4, 5]),
        ("beds > 3 AND beds < 10", [6]),
        ("beds = 3 OR beds = 7 AND clinic = TRUE", [3, 6]),
        ("(beds = 3 OR beds = 7) AND clinic = FALSE", []),
        ("beds IN (0, 25)", [1, 4]),
        ("beds NOT IN (0, 25)", [0, 3, 5, 6]),
        ("beds BETWEEN 3 AND 10", [0, 3, 5, 6]),
        ("beds NOT BETWEEN 3 AND 10", [1, 4]),
        ("beds IS NULL", [2, 7]),
        ("beds IS NOT NULL AND name IS NULL", [4]),
        ("clinic", [0, 3, 6]),
        ("NOT clinic", [1, 4, 7]),
        ("name LIKE '随%'", [0]),
        (r"name LIKE '100\%\_x'", [3]),
        ("name LIKE '____'", []),
        ("name LIKE '%区'", [1]),
        ("CASEI(name) = CASEI('APFEL')", [6]),
        ("ACCENTI(CASEI(name)) = 'apfel'", [5, 6]),
        ("beds * 2 + 1 = 21", [0, 5]),
        ("-beds < -9", [0, 4, 5]),
        ("100 / beds > 5", [0, 3, 5, 6]),
        ("beds % 2 = 1", [3, 4, 6]),
        ("beds div 2 = 3", [6]),
        ("beds ^ 2 = 100", [0, 5]),
        ("lease_end = DATE('2024-01-31')", [0, 4]),
        ("lease_end > DATE('2024-01-31')", [3, 7]),
        ("lease_end < TIMESTAMP('2024-01-30T16:00:01Z')", [0, 2, 4, 6]),
        ("lease_end = TIMESTAMP('2024-01-30T16:00:00Z')", [0, 4]),
        ("lease_end < TIMESTAMP('2024-01-31T00:00:00+08:00')", [2, 6]),
        ("T_AFTER(lease_end, DATE('2024-01-31'))", [3, 7]),
        ("T_DURING(lease_end, INTERVAL('2024-01-01', '2024-02-01'))", [0, 4]),
        ("T_INTERSECTS(lease_end, INTERVAL('2024-01-01', '2024-02-01'))", [0, 4, 7]),
        ("T_INTERSECTS(lease_end, INTERVAL('2024-02-01', '..'))", [3, 7]),
        ("T_INTERSECTS(INTERVAL(valid_from, valid_to), DATE('2021-06-01'))", [0, 1, 7]),
        ("A_CONTAINS(services, ('meal', 'bath'))", [0, 3]),
        ("A_OVERLAPS(services, ('bath', 'none'))", [0, 3, 7]),
        ("A_EQUALS(services, ('meal'))", [1]),
        ("A_CONTAINEDBY(services, ('meal', 'medical'))", [1, 4, 5, 6]),
        ("S_INTERSECTS(geometry, POINT(113.1 31.1))", [1, 4, 5, 6]),
        ("S_DISJOINT(geometry, POINT(113.1 31.1))", [0, 3, 7]),
        ("S_WITHIN(geometry, BBOX(113, 31, 113.2, 31.2))", [1, 5, 6]),
        ("S_CONTAINS(BBOX(113, 31, 113.2, 31.2), geometry)", [1, 5, 6]),
        ("S_CONTAINS(geometry, POINT(113.1 31.1))", [1, 5, 6]),
        ("S_TOUCHES(geometry, BBOX(113.2, 31, 113.4, 31.2))", [1]),
        ("S_EQUALS(geometry, POLYGON((113.2 31, 113.4 31, 113.4 31.2, 113.2 31.2, 113.2 31)))",
         [3]),
        ("S_CROSSES(geometry, BBOX(113, 31, 113.2, 31.2))", [4]),
        ("S_OVERLAPS(geometry, BBOX(113.1, 31, 113.3, 31.3))", [1, 3, 6]),
        ("geometry IS NULL", [2]),
        ("S_INTERSECTS(geometry, GEOMETRYCOLLECTION(POINT(113 31), POINT(113.3 31.1)))",
         [0, 1, 3, 4, 7]),
        ("S_INTERSECTS(geometry, MULTIPOINT((113 31), (113.3 31.1)))", [0, 1, 3, 4, 7]),
        ("1 = 1", list(range(8))),
        ("true", list(range(8))),
        ("FALSE OR beds = 0", [1]),
    ],
)  # fmt: skip
def test_filters_worked_out_by_hand(text, expected):
    assert rows(text) == expected


def test_a_declared_column_that_the_data_lacks_is_empty_and_no_error():
    assert rows("address = 'x' OR phase > 1") == []
    assert len(rows("address IS NULL AND grade IS NULL")) == 8


def test_filter_shapes_are_in_the_order_of_axes_of_their_crs():
    assert rows("S_INTERSECTS(geometry, POINT(31 113))", filter_epsg=4490) == [0, 1, 7]
    box = {"op": "s_within", "args": [{"property": "geometry"},
                                      {"bbox": [3430000, 400000, 3470000, 520000]}]}  # fmt: skip
    assert rows(json.dumps(box), "cql2-json", filter_epsg=4547) == [0, 1, 3, 4, 5, 6]
    west = "S_INTERSECTS(geometry, BBOX(12500000, 3600000, 12590000, 3700000))"
    assert rows(west, filter_epsg=3857) == [0, 1, 6, 7]


@pytest.mark.parametrize(
    ("text", "options", "word"),
    [
        ("S_INTERSECTS(geometry, POINT(31 113))", {}, "east"),
        ("S_INTERSECTS(geometry, POINT(113 31))", {"filter_epsg": 4490}, "north"),
        ("S_INTERSECTS(geometry, POINT(113 31 1 1 1))", {}, "position"),
        ("S_INTERSECTS(geometry, POLYGON((0 0, 1 1, 1 0, 0 1, 0 0)))", {}, "valid"),
        ("S_INTERSECTS(geometry, POLYGON((0 0, 1 1)))", {}, "ring"),
        ("S_INTERSECTS(geometry, POLYGON((0 0, 1 1, 1 0)))", {}, "ring"),
        ("S_INTERSECTS(geometry, POINT EMPTY)", {}, "character"),
        ("S_INTERSECTS(geometry, BBOX(2, 2, 1, 1))", {}, "minimum"),
        ("S_INTERSECTS(name, POINT(113 31))", {}, "shape"),
        ("S_INTERSECTS(geometry)", {}, "2 arguments"),
        ("S_INTERSECT(geometry, POINT(1 1))", {}, "s_intersects"),
        ("beds = 'x'", {}, "number"),
        ("name = 1", {}, "text"),
        ("name = NULL", {}, "IS NULL"),
        ("lease_end > '2024-01-01'", {}, "DATE("),
        ("lease_end > DATE('2024-02-30')", {}, "2024-02-30"),
        ("T_AFTER(lease_end, TIMESTAMP('2024-01-01'))", {}, "2024-01-01"),
        ("T_AFTER(name, DATE('2024-01-01'))", {}, "name a property of type date"),
        ("T_DURING(lease_end, INTERVAL('2024-02-01', '2024-01-01'))", {}, "beginning"),
        ("clinic > TRUE", {}, "bool"),
        ("geometry = 1", {}, "S_INTERSECTS"),
        ("beds + name > 1", {}, "number"),
        ("beds LIKE '1%'", {}, "text"),
        ("name LIKE name", {}, "pattern"),
        ("beds IN (1, 'x')", {}, "number"),
        ("beds IN (1, floor_m2)", {}, "properties"),
        ("beds", {}, "bool"),
        ("bets = 1", {}, "beds"),
        ("", {}, "character 1"),
        ("beds = ", {}, "character 8"),
        ("beds = 1 extra", {}, "character 10"),
        ("name = 'x", {}, "closing quote"),
        ("beds = 1e999", {}, "smaller"),
        ("beds = 1;", {}, "character 9"),
        ("beds NOT 1", {}, "LIKE"),
        ("A_CONTAINS(beds, ('x'))", {}, "list"),
        ("A_CONTAINS(services, (1, 2))", {}, "text"),
        ("foo(beds) = 1", {}, "function"),
        ("casei(beds) = 'x'", {}, "text"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_the_way_out(text, options, word):
    error = refused(text, **options)
    assert word in error.render("en")


@pytest.mark.parametrize(
    "text",
    [
        "", "[", "nul", "1", '"x"', "[]", "{}", '{"op": 1}', '{"op": "="}', '{"op": "=", "args": 1}',
        '{"op": "=", "args": []}', '{"op": "=", "args": [1, NaN]}', '{"op": "=", "args": [1, 1e999]}',
        '{"op": "not", "args": [1, 2]}', '{"op": "in", "args": [1, 2]}', '{"property": 1}',
        '{"op": "=", "args": [{"property": "name", "x": 1}, "a"]}', '{"args": []}', "null",
        MEETS % '{"type": "Point"}', MEETS % '{"type": ["Point"]}',
        MEETS % '{"type": "Point", "coordinates": []}',
        MEETS % '{"type": "Polygon", "coordinates": [[]]}',
        MEETS % '{"type": "Point", "coordinates": [true, 1]}',
        '{"op": "=", "args": [{"property": "name"}, "\\ud800"]}', '{"op": "\\udfff", "args": []}',
        '{"op": "=", "args": [{"property": "beds"}, ' + "9" * 5000 + "]}",
        '{"op": "=", "args": [{"property": "beds"}, ' + "9" * 400 + "]}",
        '{"op": "t_after", "args": [{"date": 5}, {"interval": {}}]}', "[" * 8000,
        '{"op":"not","args":[' * 380 + "true" + "]}" * 380,
    ],
)  # fmt: skip
def test_json_that_is_no_filter_is_refused(text):
    error = refused(text, "cql2-json")
    json.dumps(error.as_problem("zh"), ensure_ascii=False).encode()


def test_a_language_that_is_not_known_is_refused():
    assert "cql2-text" in refused("1 = 1", "sql").fix


@pytest.mark.parametrize(
    "text",
    [
        "(" * 4000 + "beds", "(" * 4000 + "beds" + ")" * 4000, "(" * 24 + "beds", "NOT " * 2000,
        "-" * 8000 + "1 = 1", "casei(" * 1000 + "name", "+".join(["1"] * 3000) + " = 1",
        "S_INTERSECTS(geometry, " + "GEOMETRYCOLLECTION(" * 300, "name LIKE '" + "a" * 9000 + "'",
        "beds IN (" + ",".join(["1"] * 1001) + ")", "POLYGON" + "(" * 60, "'" * 8001, '"' * 8001,
        "\\'" * 4000, "'" + "\\'" * 4000, "." * 8000, "beds = 1 AND " * 600,
    ],
)  # fmt: skip
def test_bombs_are_refused_at_once(text):
    begin = time.process_time()
    refused(text)
    assert time.process_time() - begin < 1


def test_a_pattern_of_many_wildcards_takes_no_time():
    words = filters.snapshot()
    long = Columns.of(words.frame.assign(name="a" * 4000 + "b"))
    words = replace(words, columns=long)
    begin = time.process_time()
    assert not cql2.mask("name LIKE '" + "%a" * 3000 + "%c%d'", "cql2-text", words).any()
    assert cql2.mask("name LIKE '" + "%a" * 3000 + "%'", "cql2-text", words).all()
    assert time.process_time() - begin < 2


def test_many_conditions_side_by_side_are_no_depth():
    assert rows(" OR ".join(f"beds = {n}" for n in range(400))) == [0, 1, 3, 4, 5, 6]


def test_a_column_that_is_not_shown_is_as_if_it_were_not_there():
    shown = SNAPSHOT.frame.drop(columns=["beds"])
    layer = SNAPSHOT.view.layer
    columns = tuple(c for c in layer.columns if c.name not in {"beds", "nursing_beds"})
    without = type(layer)(**{n: getattr(layer, n) for n in layer.__slots__} | {"columns": columns})
    view = type(SNAPSHOT.view)(without, "public", public=True, writable=False)
    less = Snapshot(view, "1", Columns.of(shown), SNAPSHOT.ids, SNAPSHOT.placed)
    told = []
    for name in ("beds", "buds"):
        with pytest.raises(InputError) as caught:
            cql2.mask(f"{name} = 1", "cql2-text", less)
        told.append(caught.value.render("en").replace(name, "X"))
    assert "beds" not in told[0].replace("nursing", "")
    assert told[0] == told[1]


def test_a_table_has_no_geometry():
    table = Snapshot(SNAPSHOT.view, "1", SNAPSHOT.columns, SNAPSHOT.ids, None)
    assert cql2.mask("beds = 10", "cql2-text", table).sum() == 2
    with pytest.raises(InputError, match="geometry"):
        cql2.mask("S_INTERSECTS(geometry, POINT(1 1))", "cql2-text", table)


def test_no_row_is_no_error():
    none = Snapshot(SNAPSHOT.view, "1", Columns.of(SNAPSHOT.frame.iloc[:0]), SNAPSHOT.ids[:0],
                    Shapes.of(np.array([], dtype=object)))  # fmt: skip
    for text in ("name LIKE 'a%' AND beds IN (1) AND clinic", "A_OVERLAPS(services, ('x'))",
                 "S_DISJOINT(geometry, POINT(1 1))", "CASEI(name) = 'x'", "1 = 1"):  # fmt: skip
        assert cql2.mask(text, "cql2-text", none).shape == (0,)


# --- against the evaluator row by row -------------------------------------------------------------

NUMBERS = st.sampled_from([-2, 0, 1, 1.5, 3, 7, 10, 25, 99.25]).map(lambda n: n)
WORDS = st.sampled_from(["随州", "曾都区", "O'Brien", "apfel", "Äpfel", "meal", "bath", "", "x"])
# a backslash before a quote is part of the text in JSON, and hides the quote in text
PATTERNS = st.text(st.sampled_from("随曾州%_ao\\'"), max_size=6).filter(
    lambda p: not p.endswith("\\") and "\\'" not in p
)
DAYS = st.sampled_from(["2020-01-01", "2024-01-31", "2019-12-31", "2022-01-01"])
DATES = DAYS.map(lambda d: {"date": d})


def prop(*names: str):
    return st.sampled_from(names).map(lambda n: {"property": n})


def op(name, *args):
    return st.tuples(name if isinstance(name, st.SearchStrategy) else st.just(name), *args).map(
        lambda found: {"op": found[0], "args": list(found[1:])}
    )


NUMBER = st.recursive(
    NUMBERS | prop("beds", "floor_m2"),
    lambda inner: op(st.sampled_from(["+", "-", "*", "/", "%", "div"]), inner, inner), max_leaves=4,
)  # fmt: skip
TEXT = st.recursive(
    WORDS | prop("name", "services"), lambda inner: op(st.sampled_from(["casei", "accenti"]), inner),
    max_leaves=2,
)  # fmt: skip
DATE = DATES | prop("lease_end", "valid_from", "valid_to")
ENDS = DAYS | prop("valid_from", "valid_to")
SPAN = DATE | st.tuples(ENDS | st.just(".."), ENDS | st.just("..")).filter(
    lambda e: not (isinstance(e[0], str) and isinstance(e[1], str) and ".." not in e and e[0] > e[1])
).map(lambda e: {"interval": list(e)})  # fmt: skip
SHAPE = st.sampled_from(
    [s for s in filters.SHAPES if s is not None]
    + [shapely.box(113.1, 31.1, 113.3, 31.3), shapely.LineString([(113, 31), (113.4, 31.2)])]
).map(lambda s: json.loads(shapely.to_geojson(s))) | prop("geometry")  # fmt: skip
SET = prop("services") | st.lists(st.sampled_from(["meal", "bath", "medical"]), min_size=2)
COMPARE = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
TIMES = st.sampled_from([
    "t_after", "t_before", "t_contains", "t_disjoint", "t_during", "t_equals", "t_finishedBy",
    "t_finishes", "t_intersects", "t_meets", "t_metBy", "t_overlappedBy", "t_overlaps",
    "t_startedBy", "t_starts",
])  # fmt: skip
SPACES = st.sampled_from(["s_" + n for n in ("intersects", "equals", "disjoint", "touches",
                                             "within", "overlaps", "crosses", "contains")])  # fmt: skip
LEAF = st.one_of(
    op(COMPARE, NUMBER, NUMBER), op(COMPARE, TEXT, TEXT), op(COMPARE, DATE, DATE),
    op(st.sampled_from(["=", "<>"]), prop("clinic"), st.booleans()), prop("clinic"), st.booleans(),
    op("between", NUMBER, NUMBER, NUMBER), op("between", DATE, DATE, DATE),
    op("in", NUMBER, st.lists(NUMBERS, min_size=2, max_size=4)),
    op("in", TEXT, st.lists(WORDS, min_size=2, max_size=4)), op("like", TEXT, PATTERNS),
    op("isNull", prop(*filters.KINDS, "geometry")), op(SPACES, SHAPE, SHAPE),
    op(TIMES, SPAN, SPAN),
    op(st.sampled_from(["a_equals", "a_contains", "a_containedBy", "a_overlaps"]), SET, SET),
)  # fmt: skip
CONDITION = st.recursive(
    LEAF,
    lambda inner: op("and", inner, inner) | op("or", inner, inner, inner) | op("not", inner),
    max_leaves=6,
)


@given(CONDITION)
def test_text_and_json_say_the_same_as_an_evaluator_row_by_row(node):
    expected = [filters.holds(node, row) is True for row in ROWS]
    found = cql2.mask(json.dumps(node), "cql2-json", SNAPSHOT)
    assert found.tolist() == expected
    assert cql2.mask(filters.text(node), "cql2-text", SNAPSHOT).tolist() == expected


@given(CONDITION)
def test_the_peer_reads_the_same_tree(node):
    peer = pytest.importorskip("cql2")
    text = filters.text(node)
    assert flat(cql2.read(text)) == flat(peer.parse_text(text).to_json())


def flat(node):
    """And within and, as the peer has it, is one."""
    if isinstance(node, list):
        return [flat(n) for n in node]
    if not isinstance(node, dict) or "op" not in node:
        return node
    args = flat(node["args"])
    if node["op"] in {"and", "or"}:
        args = [
            inner
            for a in args
            for inner in (a["args"] if isinstance(a, dict) and a.get("op") == node["op"] else [a])
        ]
    return {"op": node["op"], "args": args}  # fmt: skip


TOKENS = st.sampled_from(
    ["beds", "name", "geometry", "lease_end", "clinic", "services", "and", "or", "not", "like", "in",
     "between", "is", "null", "true", "=", "<", "<>", "+", "-", "*", "/", "^", "(", ")", ",", "1",
     "0", "1e308", "'x'", "''", '"beds"', "casei(", "s_within(", "t_after(", "a_overlaps(",
     "POINT(1 2)", "BBOX(1,2,3,4)", "DATE('2024-01-01')", "INTERVAL('..','..')", "POLYGON((", "¥"]
)  # fmt: skip


@given(st.lists(TOKENS, max_size=25).map(" ".join) | st.text(max_size=60))
def test_any_text_gives_a_mask_or_is_refused(text):
    answered(text, "cql2-text")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    | st.sampled_from(["beds", "name", "..", "2024-01-01", "Point", "Polygon"]),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from(["op", "args", "property", "date", "timestamp", "interval",
                                       "bbox", "type", "coordinates", "geometries"]), inner)
    | op(st.sampled_from([*cql2.FUNCTIONS, "x"]), inner, inner) | op("not", inner),
    max_leaves=12,
)  # fmt: skip


@given(JSON)
def test_any_json_gives_a_mask_or_is_refused(node):
    answered(json.dumps(node), "cql2-json")


@given(CONDITION, st.data())
def test_a_spoiled_filter_gives_a_mask_or_is_refused(node, data):
    for lang, text in (("cql2-text", filters.text(node)), ("cql2-json", json.dumps(node))):
        at = data.draw(st.integers(0, len(text)))
        answered(text[:at] + data.draw(st.sampled_from(["", "(", "'", "x", "1", "}"])) + text[at + 1 :],
                 lang)  # fmt: skip


def answered(text: str, lang: str) -> None:
    try:
        found = cql2.mask(text, lang, SNAPSHOT)
    except InputError as error:
        json.dumps([error.as_problem("zh"), error.as_problem("en")], ensure_ascii=False).encode()
        return
    assert found.dtype == bool
    assert found.shape == (8,)
