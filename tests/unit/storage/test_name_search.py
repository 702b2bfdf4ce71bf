"""The name search on the real names of the demo city, and on small indexes made by hand."""

from __future__ import annotations

import random
import re
import sqlite3
import threading

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.errors import InputError, MissingFileError, StoreError, StoreUnavailableError
from geoplan.io.placename_files import read_generics
from geoplan.io.reading_files import read_readings
from geoplan.placenames.normalise import key
from geoplan.placenames.tokens import initials, syllables
from geoplan.storage import name_search_tables
from geoplan.storage.name_search import HIT_COLUMNS, NameSearch, build

IMPORTANCE = {"prefecture": 0.9, "county": 0.8, "township": 0.6, "village": 0.3}
ALL = ("public", "internal", "state_confidential", "state_secret", "state_top_secret")


def row(form_id, text, **more):
    return {
        "form_id": form_id, "place_id": more.pop("place_id", f"p-{form_id}"), "text": text,
        "kind": "standard", "importance": 0.3, "secrecy": "public", **more,
    }  # fmt: skip


@pytest.fixture(scope="module")
def names(root):
    """All units of Suizhou with their readings, and a former name."""
    units = pd.read_csv(root / "data" / "facts" / "units.csv", dtype=str)
    readings = read_readings().read_many(list(units["name"]))
    rows = [
        row(u.unit_code, u.name, place_id=u.unit_code, reading=said, name_class=u.kind,
            unit_code=u.unit_code, importance=IMPORTANCE[u.level])
        for u, said in zip(units.itertuples(index=False), readings, strict=True)
    ]  # fmt: skip
    place = next(r["place_id"] for r in rows if r["text"] == "厉山镇")
    former = row("f1", "烈山镇", place_id=place, reading="lie4 shan1 zhen4", kind="former",
                 unit_code=place, importance=0.6)  # fmt: skip
    return [*rows, former]


@pytest.fixture(scope="module")
def city(names, tmp_path_factory):
    path = tmp_path_factory.mktemp("names") / "names.sqlite"
    assert build(path, names, version=7).empty
    opened = NameSearch(path, generics=read_generics(), readings=read_readings())
    yield opened
    opened.close()


@pytest.fixture
def small(tmp_path):
    """Make an index of a few rows."""
    opened = []

    def make(*rows, **options):
        path = tmp_path / f"{len(opened)}.sqlite"
        assert build(path, rows).empty
        opened.append(NameSearch(path, **options))
        return opened[-1]

    yield make
    for search in opened:
        search.close()


def texts(hits):
    return list(hits["text"])


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        ("随州", "随州市"), ("曾都", "曾都区"), ("广水", "广水市"), ("随县", "随县"), ("szs", "随州市"),
        ("zengdu", "曾都区"), ("cengdu", "曾都区"), ("zengduqu", "曾都区"), ("zdq", "曾都区"),
        ("唐镇", "唐县镇"), ("唐县", "唐县镇"), ("曾du", "曾都区"), ("zeng都", "曾都区"), ("曾d", "曾都区"),
        ("ｚｅｎｇｄｕ", "曾都区"), ("Zēngdū Qū", "曾都区"), ("zeng1du1", "曾都区"), ("曾", "曾都区"),
        ("隨州", "随州市"), ("曾都區", "曾都区"), ("廣水市", "广水市"), ("都曾", "曾都区"),
        ("东城街办", "东城街道"), ("东城街道办事处", "东城街道"), ("东城", "东城街道"), ("历山镇", "厉山镇"),
        ("厉山正", "厉山镇"), ("洛羊镇", "洛阳镇"), ("zhengdu", "曾都区"), ("zngdu", "曾都区"),
        ("zegndu", "曾都区"), ("guangsui", "广水市"), ("luoyangzhen", "洛阳镇"), ("suizhuo", "随州市"),
        ("xihezhen", "淅河镇"), ("changling", "长岭镇"), ("huantan", "澴潭镇"), ("曾都县", "曾都区"),
    ],
)  # fmt: skip
def test_a_person_finds_what_was_meant_first(city, asked, first):
    assert texts(city.search(asked, limit=3))[0] == first


@pytest.mark.parametrize(
    ("asked", "found", "match"),
    [
        ("随州市", "随州市", "exact"), ("随州", "随州市", "generic_omitted"), ("szs", "随州市", "initials"),
        ("唐镇", "唐县镇", "typo"), ("cengdu", "曾都区", "pinyin_typo"), ("曾du", "曾都区", "mixed"),
        ("东城街办", "东城街道", "generic_alike"), ("历山镇", "厉山镇", "same_sound"),
        ("都经济", "湖北曾都经济开发区", "inside"), ("duqu", "曾都区", "pinyin_inside"),
    ],
)  # fmt: skip
def test_a_hit_says_how_it_matches(city, asked, found, match):
    hits = city.search(asked).set_index("text")
    assert hits.loc[found, "match"] == match
    assert found in hits.loc[found, "why"]


def test_a_former_name_shows_the_standard_one(city):
    for asked in ("烈山镇", "烈山", "lieshan"):
        first = city.search(asked).iloc[0]
        assert (first["text"], first["kind"]) == ("烈山镇", "former")
        assert first["standard_text"] == "厉山镇"
        assert first["why"].startswith("曾用名“烈山镇”")
    assert texts(city.search("烈山镇", kinds=["standard"]))[:1] != ["烈山镇"]


def test_a_place_is_shown_once(small):
    search = small(row("a", "曾都区", place_id="p"), row("b", "曾都", place_id="p", kind="short"))
    hits = search.search("曾都")
    assert list(hits["place_id"]) == ["p"]
    assert texts(hits) == ["曾都"]


def sample(names, count=60):
    return random.Random(3).sample(names, count)  # noqa: S311


def test_every_name_is_found_by_itself(city, names):
    for one in sample(names, 200):
        assert one["text"] in texts(city.search(one["text"], limit=30)), one


def test_every_name_is_found_by_its_pinyin(city, names):
    for one in sample(names):
        said = "".join(syllables(one["reading"]))
        hits = city.search(said, limit=50)
        assert one["text"] in texts(hits), one
        same = [h for h in hits.itertuples() if key(h.text) == key(one["text"])]
        assert all(h.match == "pinyin" for h in same)


def test_every_name_is_found_by_its_initials(city, names):
    for one in sample(names):
        first = initials(syllables(one["reading"]))
        assert one["text"] in texts(city.search(first, limit=100)), one


def test_long_names_are_found_with_a_character_dropped_or_two_swapped(city, names):
    asked = [
        (damaged, n["text"])
        for n in sample([n for n in names if len(n["text"]) >= 4], 100)
        for t in [n["text"]]
        for damaged in (t[:1] + t[2:], t[0] + t[2] + t[1] + t[3:])
    ]
    missed = [pair for pair in asked if pair[1] not in texts(city.search(pair[0]))]
    assert len(missed) <= 0.02 * len(asked), missed


def test_the_answer_is_the_same_each_time_and_ordered(city):
    for asked in ("新", "xin", "新村", "sc", "东风"):
        first, again = city.search(asked, limit=50), city.search(asked, limit=50)
        pd.testing.assert_frame_equal(first, again)
        assert list(first["score"]) == sorted(first["score"], reverse=True)


def test_names_near_the_asker_come_first(small):
    units = ["421303001001", "421303002001", "421321001001", "420100001001"]
    search = small(*(row(c, "新村", unit_code=c) for c in units))
    for unit in units:
        first = search.search("新村", near_unit=unit).iloc[0]
        assert first["unit_code"] == unit
        assert first["why"].endswith("离所给政区近")
    order = list(search.search("新村", near_unit="421303001001")["unit_code"])
    assert order == units


def test_an_unimportant_name_near_by_is_not_crowded_out(small):
    far = [row(f"f{n}", f"新村{n:03}", unit_code="420100", importance=0.9) for n in range(120)]
    near = row("near", "小新村", unit_code="421303001001", importance=0.0)
    assert "小新村" not in texts(small(*far, near).search("新村"))
    hits = small(*far, near).search("新村", near_unit="421303001001", limit=150)
    assert "小新村" in texts(hits)


def test_classes_and_kinds_choose(city):
    assert set(city.search("东", classes=["street"])["name_class"]) == {"street"}
    assert city.search("东", classes=[]).empty


def test_autocomplete_gives_beginnings_only(city):
    for typed in ("曾", "曾都", "zen", "zengd", "zengdu", "zd", "曾d"):
        hits = city.autocomplete(typed)
        assert texts(hits)[0] == "曾都区", typed
        assert "湖北曾都经济开发区" not in texts(city.autocomplete(typed)) or typed == "曾d"
    assert city.autocomplete("都区").empty


def test_what_may_not_be_read_is_not_there(names, small):
    rng = random.Random(5)  # noqa: S311
    secret = [
        {**one, "form_id": f"s{n}", "place_id": f"s{n}", "importance": 1.0, "text": text,
         "secrecy": rng.choice(ALL[1:])}
        for n, one in enumerate(sample(names, 150))
        for text in [one["text"][:-1] + "𪨶" if n % 3 else one["text"]]
    ]  # fmt: skip
    some = sample(names, 400)
    alone, mixed = small(*some), small(*some, *secret)
    for asked in [n["text"] for n in some[:40]] + ["zengdu", "新", "xc", "x", "曾du", "东𪨶", "𪨶"]:
        for limit in (1, 10, 60):
            pd.testing.assert_frame_equal(
                alone.search(asked, limit=limit), mixed.search(asked, limit=limit)
            )
        pd.testing.assert_frame_equal(alone.autocomplete(asked), mixed.autocomplete(asked))
    assert set(mixed.search("新", limit=500, allowed_secrecy=["internal"])["secrecy"]) <= {
        "internal"
    }
    everything = mixed.search(secret[0]["text"], limit=50, allowed_secrecy=ALL)
    assert "s0" in list(everything["place_id"])


def test_a_standard_name_that_may_not_be_read_is_not_shown_by_a_former_one(small):
    search = small(
        row("a", "甲山", place_id="p", secrecy="internal"),
        row("b", "乙山", place_id="p", kind="former"),
    )
    assert search.search("乙山").iloc[0]["standard_text"] is None
    both = search.search("乙山", allowed_secrecy=["public", "internal"])
    assert both.iloc[0]["standard_text"] == "甲山"


def test_a_row_that_says_no_secrecy_is_confidential(small):
    silent = row("a", "甲山")
    del silent["secrecy"]
    search = small(silent)
    assert search.search("甲山").empty
    hits = search.search("甲山", allowed_secrecy=["state_confidential"])
    assert list(hits["secrecy"]) == ["state_confidential"]


@pytest.mark.parametrize(
    "asked",
    [
        "曾都' OR 1=1 --", '"曾都" AND "随州"', "tokens:曾都", "NEAR(曾 都)", "曾都*", "^曾", "'); DROP TABLE forms;--",
        "曾都 OR 随州", "NOT 曾都", "%", "_曾_", "🏔️山", "𪨶", "c曾", "a+b", "- -曾", "\\曾\\", "NULL 曾",
        "曾" * 100, "曾都" * 50, "zengdu" * 16, "曾d" * 50, "x" * 100, "G316国道",
    ],
)  # fmt: skip
def test_syntax_and_odd_characters_are_plain_text(city, asked):
    try:
        hits = city.search(asked)
    except InputError:
        assert key(asked) == ""
        return
    assert list(hits.columns) == list(HIT_COLUMNS)
    assert texts(city.search("曾都"))[0] == "曾都区"


@pytest.mark.parametrize(
    "asked", ["曾" * 300, "", " ", "曾都\u202e", "曾\x00都", "曾\u2066都", None, 5]
)
def test_what_is_no_query_is_refused(city, asked):
    with pytest.raises(InputError):
        city.search(asked)


@settings(max_examples=150)
@given(st.text(max_size=20) | st.text("曾都随县zengduv'\"*():^-+ 1", max_size=12))
def test_any_text_has_a_clean_answer(city, asked):
    try:
        hits = city.search(asked, near_unit="421303001")
    except InputError:
        return
    assert len(hits) <= 10
    assert hits["place_id"].is_unique


@pytest.mark.parametrize(
    "options",
    [{"limit": 0}, {"limit": 1001}, {"allowed_secrecy": ["secret"]}, {"allowed_secrecy": "public"},
     {"kinds": ["nickname"]}, {"near_unit": "曾都"}, {"near_unit": "42' OR"}],
)  # fmt: skip
def test_options_that_cannot_be_are_refused(city, options):
    with pytest.raises(InputError):
        city.search("曾都", **options)


def test_nobody_may_read_nothing(city):
    assert city.search("曾都", allowed_secrecy=[]).empty


def test_bad_rows_come_back_and_good_ones_stay(tmp_path):
    rows = [
        row("a", "曾都区"), row("b", ""), row("c", "甲\u202e乙"), row("d", "甲山", kind="nickname"),
        row("e", "乙山", secrecy="maybe"), row("f", "丙山", importance=2), row("a", "丁山"),
        row("g", "戊山", lon="east"), row("h", None), row("", "己山"), row("i", "庚" * 201),
        row("j", "随县", reading=None, lon=None, lat=float("nan"), unit_code=""), row("k", "++"),
    ]  # fmt: skip
    for given_rows in (rows, pd.DataFrame(rows), iter(rows)):
        seen = []
        refused = build(tmp_path / "n.sqlite", given_rows, version=3, progress=seen.append)
        assert list(zip(refused["row"], refused["field"], strict=True)) == [
            (1, "text"), (2, "text"), (3, "kind"), (4, "secrecy"), (5, "importance"),
            (6, "form_id"), (7, "lon"), (8, "text"), (9, "form_id"), (10, "text"), (12, "text"),
        ]  # fmt: skip
        assert seen == [13]
        search = NameSearch(tmp_path / "n.sqlite")
        assert search.version == "3"
        assert [texts(search.search(t)) for t in ("曾都区", "随县", "丁山")] == [
            ["曾都区"],
            ["随县"],
            [],
        ]
        search.close()


def test_building_again_replaces_and_a_failure_leaves_the_old_one(tmp_path):
    path = tmp_path / "names.sqlite"
    build(path, [row("a", "甲山")])
    build(path, [row("a", "乙山")])

    def broken():
        yield row("b", "丙山")
        message = "the source broke"
        raise RuntimeError(message)

    with pytest.raises(RuntimeError):
        build(path, broken())
    search = NameSearch(path)
    assert (texts(search.search("乙山")), texts(search.search("丙山"))) == (["乙山"], [])
    assert [p.name for p in tmp_path.iterdir()] == ["names.sqlite"]
    search.close()


def test_no_index_is_an_error_that_says_so(tmp_path):
    with pytest.raises(MissingFileError):
        NameSearch(tmp_path / "none.sqlite")
    (tmp_path / "text.sqlite").write_text("no database at all, but long enough to be read" * 20)
    with pytest.raises(StoreError, match="build it again"):
        NameSearch(tmp_path / "text.sqlite")
    build(tmp_path / "old.sqlite", [row("a", "甲山")])
    with sqlite3.connect(tmp_path / "old.sqlite") as database:
        database.execute("UPDATE about SET value = 'other 0' WHERE name = 'format'")
    database.close()
    with pytest.raises(StoreError, match="other 0"):
        NameSearch(tmp_path / "old.sqlite")


def test_single_edits_give_what_a_new_index_gives(names, small):
    some = sample(names, 300)
    changed = [
        {**one, "text": f"新{one['text']}", "reading": f"xin1 {one['reading']}"}
        for one in some[:20]
    ]
    gone = [one["form_id"] for one in some[20:40]]
    edited = small(*some[:250])
    assert edited.update([*some[250:], *changed], gone, version="8").empty
    fresh = small(*changed, *some[40:])
    assert edited.version == "8"
    for asked in [n["text"] for n in some[:60]] + ["xin", "新", "xcc", "zengdu"]:
        pd.testing.assert_frame_equal(edited.search(asked, limit=40), fresh.search(asked, limit=40))


def test_a_bad_edit_leaves_the_old_form(small):
    search = small(row("a", "甲山"))
    refused = search.update([row("b", "乙山"), row("a", "\x00")])
    assert refused[["row", "field"]].to_numpy().tolist() == [[1, "text"]]
    assert [texts(search.search(t)) for t in ("甲山", "乙山")] == [["甲山"], ["乙山"]]


def test_nothing_of_a_form_that_is_gone_is_left(small):
    search = small(row("a", "甲山", reading="jia3 shan1", unit_code="421303"), row("b", "乙河"))
    search.update(gone=["a", "unknown"])
    with sqlite3.connect(search.path) as database:
        kept = database.execute(
            'SELECT rowid FROM grams WHERE grams MATCH \'"c山" OR "jjs"\''
        ).fetchall()
        check = database.execute("SELECT form_id FROM forms").fetchall()
    database.close()
    assert (kept, check) == ([], [("b",)])


def test_an_index_held_by_another_program_is_an_error_and_unchanged(small, monkeypatch):
    monkeypatch.setattr(name_search_tables, "BUSY_S", 0.01)
    search = small(row("a", "甲山"))
    other = sqlite3.connect(search.path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreUnavailableError):
        search.update([row("b", "乙山")])
    other.execute("ROLLBACK")
    other.close()
    assert search.search("乙山").empty


def test_many_threads_may_search_at_once(city):
    expected = {asked: texts(city.search(asked)) for asked in ("曾都", "szs", "cengdu", "唐镇")}
    wrong = []

    def ask():
        for asked, first in expected.items():
            if texts(city.search(asked)) != first:
                wrong.append(asked)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_the_code_of_the_page_runs(root, tmp_path, monkeypatch):
    page = (root / "docs" / "explanation" / "name-search.md").read_text("utf-8")
    said = {}
    monkeypatch.chdir(tmp_path)
    for block in re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL):
        exec(block, said)  # noqa: S102  (our own page)
    assert (said["rejected"].empty, texts(said["hits"])) == (True, ["曾都区"])


def test_reasons_are_said_in_english_too(city):
    assert (
        city.search("曾都区", lang="en").iloc[0]["why"] == "Standard name 曾都区 is what was asked"
    )
