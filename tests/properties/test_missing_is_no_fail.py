"""
Missing data are no failure (IND-02): blanks may open a verdict, never turn it.

A complete city with random facilities, figures, projects and cemeteries is judged; then random
cells are blanked and it is judged again. Who fails with less data failed with all of them, and who
meets with less met with all.

What a blank *means* is left alone here, and told in the tests at the end: a lease without an end is
no lease; a service centre that states no elder rooms has none; a facility of another kind that
states no functions has none (FAC-01); a facility without a unit is nowhere.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from fixtures import toytown
from fixtures.plan_city import TOWNSHIPS, VILLAGES, facility, fig, judge, one, project, units, yard
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from geoplan import network as nw
from geoplan.io import read_policy

POLICY = read_policy("suizhou-2022")
RULES = ["IND.2", "IND.3", "IND.8", "IND.9", "IND.10", "IND.11", "IND.12", "IND.13", "ELD-01",
         "ELD-03", "ELD-08", "ELD-10", "ELD-12a", "ELD-12b", "ELD-13", "ELD-16", "ELD-17", "ELD-17e",
         "ELD-21", "COM-01", "COM-02", "COM-04", "FAC-04", "FAC-05", "FAC-06", "CEM-01", "CEM-02",
         "CEM-02a", "CEM-12", "PLN-018", "PLN-029", "PLN-069", "PLN-129"]  # fmt: skip

COMMUNITIES = ("A1001", "A1002", "A2001", "D1001")
PLACES = (*COMMUNITIES, *VILLAGES, *TOWNSHIPS)
FULL = "full_time;day;home"
KINDS = {  # kind of facility -> the functions it may state
    "institution": (FULL, FULL, "full_time", "full_time;dementia"),
    "hardship_institution": ("disability_care", "full_time"),
    "community_elderly": (FULL, "day"),
    "daycare": ("daycare",),
    "community_service": ("volunteer", "volunteer", "other"),
    "social_work_station": ("social_work",),
    "child_protection_station": ("child_protection",),
    "child_protection_centre": ("child_protection",),
    "hospital": ("geriatrics", "geriatrics", "rehabilitation"),
    "marriage_office": ("other",),
    "lottery_outlet": ("other",),
}
STATES = ("operating",) * 6 + ("closed", "planned")
BLANKS = {
    "facilities": ("status", "functions", "land_m2", "floor_m2", "beds", "nursing_beds", "grade"),
    "indicator_figures": ("value", "numerator", "denominator", "figure_unit"),
    "admin_units": ("population", "population_urban", "households"),
    "population": ("elders_60", "persons"),
    "projects": ("status", "beds_public", "beds_inclusive", "beds_market"),
    "cemeteries": ("status",),
}


def a_facility(rng: np.random.Generator, at: int) -> dict:
    kind, beds = str(rng.choice(list(KINDS))), int(rng.integers(20, 200))
    here = PLACES if kind != "community_service" or at % 9 == 0 else (*COMMUNITIES, *VILLAGES)
    floor_m2 = float(rng.integers(100, 900))
    return facility(
        f"f{at}", kind, str(rng.choice(here)), status=str(rng.choice(STATES)),
        functions=str(rng.choice(KINDS[kind])), land_m2=float(rng.integers(200, 2000)),
        floor_m2=floor_m2, elder_floor_m2=0.0 if kind == "community_service" else floor_m2,
        beds=float(beds), nursing_beds=float(rng.integers(beds // 4, beds + 1)),
        grade=float(rng.integers(2, 5)), geometry=toytown.at(*rng.integers(0, 900, 2)),
    )  # fmt: skip


def counted(rng: np.random.Generator, rule: str, unit: str) -> dict:
    """Numbers and the same as a share, per cent but for a capacity."""
    base = int(rng.integers(1, 40))
    top = int(base - rng.integers(0, 2) * rng.integers(0, base + 1))
    return fig(rule, unit, top, base, value=(1.0 if rule == "PLN-129" else 100.0) * top / base)


def told(rng: np.random.Generator) -> list[dict]:
    rows = [
        counted(rng, rule, c) for rule in ("IND.2", "ELD-12b", "CEM-12", "PLN-129") for c in "ABD"
    ]
    towns = [counted(rng, "IND.3", t) for t in TOWNSHIPS]
    rows += towns
    of_a = pd.DataFrame(towns[:2])[["numerator", "denominator"]].sum()
    rows.append(fig("IND.3", "A", *of_a, value=100.0 * of_a["numerator"] / of_a["denominator"]))
    rows += [fig("PLN-029", v, value=100.0 * rng.integers(0, 2)) for v in VILLAGES]
    rows += [fig("PLN-069", u, value=float(rng.integers(0, 2))) for u in "CABD"]
    rows += [fig("FAC-06", t, value=float(rng.integers(0, 2))) for t in TOWNSHIPS]
    rows += [
        fig("IND.11", c, value=float(rng.integers(900, 1500)), figure_unit="person") for c in "ABD"
    ]
    rows += [fig("ELD-21", c, value=float(rng.integers(500, 900))) for c in "ABD"]
    return [*rows, fig("PLN-018", "C", value=float(rng.choice([16, 18])))]


def city(rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    """All layers, nothing missing (but the figures of a functional unit)."""
    from fixtures.small_city import facilities, people

    frame = units()
    numbers = ["population", "population_urban", "households"]
    frame[numbers] = frame[numbers].astype(float) / rng.choice([5.0, 50.0])
    works = [
        project(f"p{i}", 5, "ABD"[i % 3], str(rng.choice(["complete"] * 4 + ["building"])),
                beds_public=float(rng.integers(0, 900)), beds_market=float(rng.integers(0, 900)))
        for i in range(int(rng.integers(1, 60)))
    ]  # fmt: skip
    works += [project(f"q{i}", 8, "A", str(rng.choice(["complete", "complete", "planned"])),
                      kind="公益性公墓") for i in range(2)]  # fmt: skip
    yards = [yard(u, level, u, u, status=str(rng.choice(STATES)))
             for level, codes in (("county", "ABD"), ("township", TOWNSHIPS)) for u in codes]  # fmt: skip
    graves = gpd.GeoDataFrame(yards, geometry=[toytown.at(*rng.integers(0, 9_000, 2))
                                               for _ in yards], crs=toytown.CRS)  # fmt: skip
    doors = [(u, *rng.integers(0, 900, 2), int(rng.integers(1, 20))) for u in COMMUNITIES * 3]
    rows = [a_facility(rng, at) for at in range(int(rng.integers(20, 220)))]
    return {
        "admin_units": frame, "facilities": facilities(*rows), "population": people(*doors),
        "indicator_figures": pd.DataFrame(told(rng)), "projects": pd.DataFrame(works),
        "cemeteries": graves,
    }  # fmt: skip


def blanked(layers: dict, rng: np.random.Generator, share: float) -> dict:
    out = {}
    for name, frame in layers.items():
        less = frame.copy()
        for column in BLANKS[name]:
            gone = rng.random(len(less)) < share
            less[column] = less[column].mask(pd.Series(gone, index=less.index))
        out[name] = less
    return out


def verdicts(layers: dict, *, urban_only: bool, network=None) -> pd.Series:
    checks = judge(CONFIRMED, RULES, layers=layers, urban_only=urban_only, network=network)
    keys = ["rule_id", "level", "unit_code", "denominator"]
    assert not checks.duplicated(keys).any()
    return checks.set_index(keys)["status"]


def confirmed_policy():
    from dataclasses import replace

    flag = replace(POLICY.parameter("denominator_confirmed"), value=True)
    return replace(POLICY, parameters={**POLICY.parameters, flag.name: flag})


CONFIRMED = confirmed_policy()
STREETS = nw.from_roads(toytown.roads(), nw.profile("elder_walk", POLICY))


@settings(max_examples=7, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(
    seed=st.integers(0, 10**6),
    share=st.sampled_from([0.02, 0.1, 0.3, 0.6]),
    urban_only=st.booleans(),
    streets=st.booleans(),
)
def test_blanks_open_verdicts_and_turn_none(seed, share, urban_only, streets):
    rng = np.random.default_rng(seed)
    layers = city(rng)
    how = {"urban_only": urban_only, "network": STREETS if streets else None}
    before = verdicts(layers, **how)
    after = verdicts(blanked(layers, rng, share), **how)
    both = pd.DataFrame({"before": before, "after": after}).dropna()
    sure = both[both["after"].isin(["met", "not_met"])]
    assert sure[sure["before"] != sure["after"]].empty, sure[sure["before"] != sure["after"]]


def test_the_city_is_no_foregone_conclusion():
    """In the first four cities nearly every rule is met somewhere and failed somewhere."""
    seen = pd.concat([verdicts(city(np.random.default_rng(s)), urban_only=False) for s in range(4)])
    words = seen.groupby("rule_id").agg(set)
    one_sided = {rule for rule, said in words.items() if not {"met", "not_met"} <= said}
    assert one_sided <= {"IND.13", "PLN-018", "ELD-13"}, words[list(one_sided)]


@pytest.mark.parametrize(
    ("rule", "row", "blank", "status"),
    [
        # what a blank means by convention: each of these turns the verdict, and is meant to
        ("ELD-11", facility("f", "guidance_centre", "B", lease_end="2020-01-01"), "lease_end",
         ("not_met", "met")),
        ("ELD-03", facility("f", "community_service", "B1200", elder_floor_m2=400.0, floor_m2=900.0),
         "elder_floor_m2", ("met", "not_met")),
        ("COM-04", facility("f", "community_service", "B1", functions="social_work"), "functions",
         ("met", "not_met")),
        ("ELD-11", facility("f", "guidance_centre", "B"), "unit_code", ("met", "not_met")),
    ],
)  # fmt: skip
def test_what_a_blank_says(rule, row, blank, status):
    unit = "B" if rule == "ELD-11" else "B1"
    full = judge(POLICY, rule, standing=[row])
    less = judge(POLICY, rule, standing=[row | {blank: None}])
    assert (one(full, rule, unit)["status"], one(less, rule, unit)["status"]) == status
