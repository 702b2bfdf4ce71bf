"""Policies that state only their differences, compared, and their digests."""

from __future__ import annotations

import pytest

from geoplan.errors import MissingFileError, PolicyError
from geoplan.policy import as_frame, diff, parse_policy

PROFILES = {
    "national-2014": ((20, None), (15, None)),
    "henan-2018": ((30, None), (20, None)),
    "anhui-2022": ((30, 350), (20, None)),
}
HEAD = '[policy]\nid = "{0}"\ntitle = "{0}"\ntitle_en = "{0}"\nextends = "{1}"\n'


def load(name, resolve):
    text, file = resolve(name)
    return parse_policy(text, file=file, resolve=resolve)


@pytest.mark.parametrize("name", PROFILES)
def test_profiles_state_only_their_difference(name, resolve, suizhou):
    policy = load(name, resolve)
    new, existing = policy.rule("ELD-03").classes
    expected = PROFILES[name]
    assert (new.value, new.min_single_m2) == expected[0]
    assert (existing.value, existing.min_single_m2) == expected[1]
    assert policy.id == name
    assert policy.extends == "suizhou-2022"
    assert policy.assessment_date == suizhou.assessment_date
    assert list(policy.rules) == list(suizhou.rules)
    assert all(policy.rule(r) == suizhou.rule(r) for r in suizhou.rules if r != "ELD-03")
    assert policy.digest != suizhou.digest


def test_anhui_pools_by_the_five_minute_circle(resolve):
    assert load("anhui-2022", resolve).rule("ELD-03").options.pool_min == 5


def test_a_changed_figure_does_not_keep_the_plans_words(resolve, suizhou):
    rule = load("henan-2018", resolve).rule("ELD-03")
    assert suizhou.rule("ELD-03").text_zh
    assert rule.text_zh == ""
    assert rule.sources == ("S17",)
    assert rule.effective_from is None
    assert rule.title_zh == suizhou.rule("ELD-03").title_zh


def test_diff_shows_the_changed_figures_only(resolve, suizhou):
    rows = diff(suizhou, load("national-2014", resolve))
    assert list(rows.columns) == ["key", "a", "b", "unit", "clause"]
    assert rows.to_numpy().tolist() == [
        ["rules.ELD-03.classes.existing", 20.0, 15.0, "m2/100hh", "民发〔2014〕116号"]
    ]


def test_diff_of_anhui(resolve, suizhou):
    rows = diff(suizhou, load("anhui-2022", resolve)).set_index("key")
    assert set(rows.index) == {
        "rules.ELD-03.classes.new",
        "rules.ELD-03.classes.new.allocation",
        "rules.ELD-03.classes.new.min_single_m2",
        "rules.ELD-03.pool_min",
    }
    assert rows.loc["rules.ELD-03.classes.new.min_single_m2", "b"] == 350
    assert rows.loc["rules.ELD-03.pool_min", "a"] is None


def test_diff_with_itself_is_empty(suizhou):
    rows = diff(suizhou, suizhou)
    assert rows.empty
    assert list(rows.columns) == ["key", "a", "b", "unit", "clause"]


def test_diff_says_when_the_strictness_changes(small_text):
    one = parse_policy(small_text, file="a")
    two = parse_policy(small_text.replace('operator = ">"\n', 'operator = ">="\n'), file="b")
    assert diff(one, two)[["key", "a", "b"]].to_numpy().tolist() == [
        ["rules.COM-01.operator", ">", ">="]
    ]


def test_a_child_must_answer_for_its_figure(resolve):
    child = HEAD.format("x", "suizhou-2022") + "[parameters.snap_cap_m]\nvalue = 150\n"
    with pytest.raises(PolicyError) as caught:
        parse_policy(child, file="x.toml", resolve=resolve)
    found = caught.value.context["problems"]
    assert {p.key.rsplit(".", 1)[1] for p in found} == {"clause", "basis", "confidence", "sources"}
    assert {p.line for p in found} == {6}


def test_a_child_may_change_an_option_alone(resolve, suizhou):
    child = HEAD.format("x", "suizhou-2022") + '[rules."ELD-03"]\npool_min = 10\n'
    policy = parse_policy(child, file="x.toml", resolve=resolve)
    assert policy.rule("ELD-03").text_zh == suizhou.rule("ELD-03").text_zh
    assert policy.rule("ELD-03").options.pool_min == 10


def test_a_child_may_add_a_rule_of_a_known_kind(small_text):
    base = parse_policy(small_text, file="small.toml")
    child = (
        '[policy]\nid = "x"\ntitle = "x"\ntitle_en = "x"\nextends = "small"\n[rules."NEW-1"]\n'
        'kind = "min_size"\ntitle_zh = "新"\ntitle_en = "new"\nclause = "1"\nattribute = "text"\n'
        'value = 90\nunit = "m2"\noperator = ">="\nlevel = "village"\n'
        'facility_kinds = ["daycare"]\ncolumn = "floor_m2"\n'
        'basis = "P"\nconfidence = 0\nsources = ["S01"]\n'
    )
    policy = parse_policy(child, file="x.toml", base=base)
    assert list(policy.rules) == ["ELD-01", "COM-01", "NEW-1"]
    assert policy.rule("NEW-1").meets(90)


def test_a_contradiction_with_the_base_is_found(resolve):
    child = HEAD.format("x", "suizhou-2022") + (
        '[rules."ELD-18"]\nvalue = 55\nclause = "c"\nattribute = "text"\nbasis = "V"\n'
        'confidence = 1.0\nsources = ["S21"]\n'
    )
    with pytest.raises(PolicyError) as caught:
        parse_policy(child, file="x.toml", resolve=resolve)
    (found,) = caught.value.context["problems"]
    assert (found.key, found.line) == ("rules.ELD-18", 6)


def extends_error(text, **more):
    with pytest.raises(PolicyError) as caught:
        parse_policy(text, file="x.toml", **more)
    return caught.value.context["problems"]


def test_unknown_extends_has_its_line_and_the_rest_is_still_checked(resolve):
    text = HEAD.format("x", "atlantis") + "[parameters.snap_cap_m]\nvalue = -1\n"

    def missing(name):
        raise MissingFileError.for_path(f"{name}.toml", "extends")

    for more in ({}, {"resolve": missing}, {"resolve": {}.__getitem__}):
        found = extends_error(text, **more)
        assert [(p.key, p.line) for p in found] == [
            ("policy.extends", 5),
            ("parameters.snap_cap_m.value", 7),
        ]


def test_a_circle_is_found_and_named():
    texts = {a: HEAD.format(a, b) for a, b in ["ab", "bc", "ca"]}
    found = extends_error(texts["a"], resolve=lambda n: (texts[n], f"{n}.toml"))
    assert "a → b → c → a" in found[0].en
    assert (found[0].file, found[0].line) == ("c.toml", 5)


def test_a_policy_that_extends_itself():
    text = HEAD.format("a", "a")
    assert "a → a" in extends_error(text, resolve=lambda n: (text, n))[0].en


def test_a_file_under_another_name_does_not_hide_the_circle():
    texts = {"b": HEAD.format("zzz", "b"), "a": HEAD.format("a", "b")}
    found = extends_error(texts["a"], resolve=lambda n: (texts[n], n))
    assert "circle" in found[0].en


def test_another_base_than_the_one_named(small_text):
    base = parse_policy(small_text, file="small.toml")
    (found,) = extends_error(HEAD.format("x", "other"), base=base)
    assert "'small'" in found.en


def test_grandchildren(small_text):
    texts = {"small": small_text, "mid": HEAD.format("mid", "small")}
    policy = parse_policy(HEAD.format("x", "mid"), file="x.toml", resolve=lambda n: (texts[n], n))
    assert policy.value("elder_walk_speed_m_s") == 1.0


def test_digest_ignores_comments_order_and_number_style(small_text):
    one = parse_policy(small_text, file="a")
    head, rules = small_text.split('[rules."ELD-01"]')
    first, second = rules.split('[rules."COM-01"]')
    swapped = f'# note\n{head}[rules."COM-01"]{second}\n[rules."ELD-01"]{first}'
    two = parse_policy(swapped.replace("value = 30", "value = 30.0"), file="b")
    assert one.digest == two.digest
    assert one == two
    assert hash(one) == hash(two)
    assert len(one.digest) == 64


def test_digest_changes_with_a_figure_and_a_clause(small_text):
    digests = {
        parse_policy(t, file="a").digest
        for t in (
            small_text,
            small_text.replace("value = 30", "value = 31"),
            small_text.replace("主要指标 14", "主要指标 15"),
            small_text.replace('operator = ">"\n', 'operator = ">="\n'),
        )
    }
    assert len(digests) == 4


def test_the_table_has_a_row_per_figure(suizhou):
    rows = as_frame(suizhou)
    classes = sum(max(len(r.classes), 1) for r in suizhou.rules.values())
    assert len(rows) == len(suizhou.parameters) + classes
    assert (rows["clause"] != "").all()
    assert (rows["basis"] != "").all()
    land = rows.set_index("key").loc["ELD-01"]
    assert (land["operator"], land["value"], land["unit"]) == (">=", 0.1, "m2/person")
    circles = rows.set_index("key").loc["circle_limits_min"]
    assert circles["value"] == "5;10;15"
