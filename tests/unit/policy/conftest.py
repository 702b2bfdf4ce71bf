"""The policy files of the repository and a small one to break."""

from __future__ import annotations

from pathlib import Path

import pytest

from geoplan.policy import parse_policy

FOLDER = Path(__file__).parents[3] / "data" / "policy"

SMALL = """\
[policy]
id = "small"
title = "小例"
title_en = "Small"
schema_version = 1
assessment_date = 2025-12-31

[sources.S01]
title = "一份文件"

[parameters.elder_walk_speed_m_s]
value = 1.0
unit = "m/s"
title_zh = "老年人步行速度"
title_en = "Walking speed of elders"
clause = "ELD-06"
basis = "M-med"
confidence = 0.75
sources = ["S01"]

[rules."ELD-01"]
kind = "area_per_person"
title_zh = "人均用地"
title_en = "Land per person"
clause = "四(一)1(1)"
attribute = "text"
value = 0.1
unit = "m2/person"
operator = ">="
facility_kinds = ["institution"]
column = "land_m2"
denominators = ["resident"]
basis = "V"
confidence = 1.0
sources = ["S01"]

[rules."COM-01"]
kind = "area_per_100hh"
title_zh = "每百户面积"
title_en = "Area per 100 households"
clause = "主要指标 14"
attribute = "expected"
value = 30
unit = "m2/100hh"
operator = ">"
facility_kinds = ["community_service"]
column = "floor_m2"
basis = "P"
confidence = 0.0
sources = ["S01"]
"""


def read(name):
    """Text and file name of a policy of the repository, as geoplan.io will give them."""
    path = FOLDER / f"{name}.toml"
    return path.read_text(encoding="utf-8"), path.name


@pytest.fixture(scope="session")
def suizhou():
    text, file = read("suizhou-2022")
    return parse_policy(text, file=file)


@pytest.fixture
def small_text():
    return SMALL


@pytest.fixture
def folder():
    return FOLDER


@pytest.fixture
def resolve():
    return read
