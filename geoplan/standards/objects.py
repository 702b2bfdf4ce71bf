"""Objects (设施、项目): shares and numbers of facilities, projects of a box, lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geoplan.schemas.consistency import contradictions
from geoplan.standards import measures, registers
from geoplan.standards.city import certainly_open, number
from geoplan.standards.presence import has_all, needed, target_share
from geoplan.standards.rows import rows

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from geoplan.network import Network
    from geoplan.policy import Rule
    from geoplan.standards.city import City

    BoolArray = npt.NDArray[np.bool_]

_DONE, _GOING, _PLANNED = "complete", "building", "planned"


def _levels(rule: Rule) -> tuple[str, ...]:
    """City and counties always, and what the rule names besides."""
    named = rule.options.levels or ((rule.options.level,) if rule.options.level else ())
    return tuple(dict.fromkeys(("prefecture", "county", *named)))


def facility_share(city: City, rule: Rule, _: Network | None) -> pd.DataFrame:
    """IND.8, IND.12, ELD-16, FAC-04 …: facilities (or their beds) with a property over all."""
    facilities = city.of_kinds(rule.options.facility_kinds)
    if rule.options.denominator_column:
        found, names = _sums(city, rule, facilities), "beds"
    else:
        found, names = _numbers(city, rule, facilities), "facilities"
    words = {"beds": "床位", "facilities": "设施数"}
    goal = target_share(rule)
    parts = []
    for level, here, bad in found:
        status = measures.judge(here, rule.meets_share)
        base = here["denominator_value"]
        whole = base.map(lambda n: np.nan if np.isnan(n) else needed(rule, round(n)))
        parts.append(
            rows(
                city, rule, level, here, target=goal, unit="share", status=status,
                needed=whole, gap=(whole - here["numerator"]).clip(lower=0.0), failing=bad,
                gap_unit="bed" if names == "beds" else "count", denominator=names,
                denominator_zh=words[names], data_date=city.dates["facilities"],
            )
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _sums(
    city: City, rule: Rule, facilities: pd.DataFrame
) -> list[tuple[str, pd.DataFrame, list[str]]]:
    """
    Sum a part and a whole of each facility; a missing part lies between none and all.

    A facility of unknown status may not count at all: lowest with what it lacks, highest with
    what it has.
    """
    whole = number(facilities, rule.options.denominator_column)
    columns = rule.options.numerator_column, rule.options.denominator_column
    part = number(facilities, columns[0]).mask(contradictions(facilities, *columns))
    part = part.where(whole != 0, 0.0)
    told, sure = whole.notna() & part.notna(), certainly_open(facilities)
    known = told & sure
    table = pd.DataFrame({
        "part": part.where(known), "whole": whole.where(known),
        "open_whole": whole.where(~told & sure), "open": (~known).astype(int),
        "unsized": whole.isna().astype(int),
        "yes": part.fillna(whole).where(~sure), "no": (whole - part.fillna(0.0)).where(~sure),
    })  # fmt: skip
    out = []
    for level in _levels(rule):
        units = city.at(level).index
        sums = table.groupby(facilities[level].to_numpy(dtype=object)).sum().reindex(units)
        base, yes, no = sums["whole"] + sums["open_whole"], sums["yes"], sums["no"]
        with np.errstate(invalid="ignore", divide="ignore"):
            low = sums["part"] / (base + no)
            high = (sums["part"] + sums["open_whole"] + yes) / (base + yes)
            value = (sums["part"] / sums["whole"]).where(sums["whole"] > 0)
        low = low.fillna(0.0).where(sums["unsized"] == 0, 0.0)
        high = high.fillna(1.0).where(sums["unsized"] == 0, 1.0)
        some = (base + yes + no > 0) | (sums["unsized"] > 0)
        rows_ = facilities.groupby(facilities[level].to_numpy(dtype=object)).size().reindex(units)
        here = pd.DataFrame({
            "value": value, "value_min": low.where(some), "value_max": high.where(some),
            "numerator": sums["part"].where(some), "denominator_value": sums["whole"].where(some),
            "missing": sums["open"].fillna(0.0),
            "completeness_share": 1.0 - (sums["open"] / rows_).fillna(0.0),
        })  # fmt: skip
        out.append((level, here, [""] * len(here)))
    return out


def _numbers(
    city: City, rule: Rule, facilities: pd.DataFrame
) -> list[tuple[str, pd.DataFrame, list[str]]]:
    options = rule.options
    if options.of_min_grade is not None:
        grade = number(facilities, "grade")
        facilities = facilities.loc[(grade.isna() | (grade >= options.of_min_grade)).to_numpy()]
    full, maybe = has_all(facilities, options.functions, "functions")
    serve, may_serve = has_all(facilities, options.services, "services")
    full, maybe = full & serve, maybe & may_serve
    if options.min_grade is not None:
        grade = number(facilities, "grade")
        full = full & (grade >= options.min_grade).to_numpy()
        maybe = maybe & (grade.isna() | (grade >= options.min_grade)).to_numpy()
    counted = certainly_open(facilities)
    if options.of_min_grade is not None:  # unknown level: perhaps not in the denominator at all
        counted = counted & number(facilities, "grade").notna().to_numpy()
    doubt = ~counted
    table = pd.DataFrame({
        "sure": full & counted, "all": counted, "perhaps": maybe & ~full & counted,
        "open_yes": doubt & maybe, "open_no": doubt & ~full,
    })  # fmt: skip
    names = facilities["name"].astype("string").fillna("").to_numpy(dtype=object)
    out = []
    for level in _levels(rule):
        units = city.at(level).index
        owner = facilities[level].to_numpy(dtype=object)
        sums = table.groupby(owner).sum().reindex(units).fillna(0.0).astype(float)
        here = _share_bounds(sums)
        failed = counted & ~maybe
        bad = pd.Series(names[failed]).groupby(owner[failed]).agg(";".join).reindex(units)
        out.append((level, here, bad.fillna("").tolist()))
    return out


def _share_bounds(sums: pd.DataFrame) -> pd.DataFrame:
    """Bound a share whose members may lack the property's data, or may not count at all."""
    sure, base, perhaps = sums["sure"], sums["all"], sums["perhaps"]
    yes, no = sums["open_yes"], sums["open_no"]
    with np.errstate(invalid="ignore", divide="ignore"):
        low = sure / (base + no)
        high = (sure + perhaps + yes) / (base + yes)
    some = base > 0
    any_ = some | (yes + no > 0)
    return pd.DataFrame({
        "value": (sure / base).where(some), "value_min": low.fillna(0.0).where(any_),
        "value_max": high.fillna(1.0).where(any_),
        "numerator": sure.where(some), "denominator_value": base.where(some),
        "missing": perhaps + np.maximum(yes, no),
        "completeness_share": ((base - perhaps) / (base + np.maximum(yes, no))).where(any_, 0.0),
    })  # fmt: skip


def count(city: City, rule: Rule, _: Network | None) -> pd.DataFrame:
    """IND.13 (facilities), ELD-17 (beds of projects), IND.11, ELD-21 (figures): a number."""
    options = rule.options
    if options.project_columns:
        return _project_sum(city, rule)
    if not options.facility_kinds:
        return registers.counted(city, rule)
    facilities = city.of_kinds(options.facility_kinds)
    full, maybe = has_all(facilities, options.functions, "functions")
    open_now = certainly_open(facilities)
    table = pd.DataFrame({"sure": full & open_now, "more": maybe & ~(full & open_now)})
    told = city.facilities["facility_kind"].isin(options.facility_kinds).any()
    return _totals(city, rule, table, facilities, city.dates["facilities"], told=bool(told))


def _totals(
    city: City, rule: Rule, table: pd.DataFrame, owner: pd.DataFrame, data_date: str,
    remarks: dict[str, pd.DataFrame] | None = None, *, told: bool,
) -> pd.DataFrame:  # fmt: skip
    """Sum up ``sure`` and ``more``; ``told`` is whether the register has any, open or closed."""
    parts = []
    for level in _levels(rule):
        units = city.at(level).index
        sums = table.groupby(owner[level].to_numpy(dtype=object)).sum().reindex(units)
        sums = sums.fillna(0.0).astype(float)
        found = pd.DataFrame({
            "value": sums["sure"], "value_min": sums["sure"],
            "value_max": sums["sure"] + sums["more"], "numerator": sums["sure"],
            "missing": sums.get("open", sums["more"]),
            "completeness_share": 1.0 if told else np.nan,
        })  # fmt: skip
        if not told:  # no register at all is not "none"
            found[["value", "value_min", "value_max"]] = np.nan
        judged = level == "prefecture" and rule.has_target
        status = ["no_data" if np.isnan(v) else "no_target" for v in found["value"]]
        if judged:
            status = measures.judge(found, rule.meets)
        said = (remarks or {}).get(level, pd.DataFrame({"zh": "", "en": ""}, index=units))
        parts.append(
            rows(
                city, rule, level, found, target=rule.target() if judged else np.nan,
                unit=rule.unit, status=status, gap_unit=rule.unit, data_date=data_date,
                gap=(rule.target() - found["value"]).clip(lower=0.0) if judged else np.nan,
                remark_zh=said["zh"].to_numpy(), remark_en=said["en"].to_numpy(),
            )
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def box_projects(city: City, rule: Rule) -> pd.DataFrame:
    """Return the projects of a rule's column box (专栏) where it has one, of the kinds it names."""
    table = city.projects
    if "column_box" not in table.columns:
        return table.iloc[:0]
    pick = np.ones(len(table), bool)
    if rule.options.column_box is not None:
        box = table["column_box"].astype("string").str.extract(r"(\d+)", expand=False)
        pick = (box == str(rule.options.column_box)).fillna(value=False).to_numpy(dtype=bool)
    if rule.options.project_kinds:
        pick = pick & table["kind"].isin(rule.options.project_kinds).to_numpy(dtype=bool)
    return table.loc[pick]


def _project_sum(city: City, rule: Rule) -> pd.DataFrame:
    """Sum beds of complete projects; those under way are told beside, never added."""
    table = box_projects(city, rule)
    cells = pd.DataFrame({c: number(table, c) for c in rule.options.project_columns})
    beds, unknown = cells.sum(axis=1), cells.isna().any(axis=1).to_numpy(dtype=bool)
    state = table["status"] if "status" in table else pd.Series(pd.NA, index=table.index)
    done = (state == _DONE).fillna(value=False).to_numpy(dtype=bool)
    unsure = state.isna().to_numpy(dtype=bool)
    sums = pd.DataFrame({
        "sure": beds.where(done, 0.0),
        "more": beds.where(unsure, 0.0) + np.where((done | unsure) & unknown, np.inf, 0.0),
        "open": (unsure | (done & unknown)).astype(float),
    }, index=table.index)  # fmt: skip
    return _totals(city, rule, sums, table, city.dates["projects"],
                   _states(city, rule, table, beds, state), told=not table.empty)  # fmt: skip


def _states(
    city: City, rule: Rule, table: pd.DataFrame, size: pd.Series[float], state: pd.Series[str]
) -> dict[str, pd.DataFrame]:
    """Say how much is under way or planned, per unit."""
    out = {}
    for level in _levels(rule):
        units = city.at(level).index
        going, planned = (
            size.where((state == word).fillna(value=False).to_numpy(dtype=bool), 0.0)
            .groupby(table[level].to_numpy(dtype=object)).sum().reindex(units).fillna(0.0)
            if len(table) else pd.Series(0.0, index=units)
            for word in (_GOING, _PLANNED)
        )  # fmt: skip
        out[level] = pd.DataFrame({
            "zh": [f"另有在建 {a:,.0f}、规划 {b:,.0f}" if a or b else ""
                   for a, b in zip(going, planned, strict=True)],
            "en": [f"besides: {a:,.0f} under way, {b:,.0f} planned" if a or b else ""
                   for a, b in zip(going, planned, strict=True)],
        }, index=units)  # fmt: skip
    return out


def project_state(city: City, rule: Rule, _: Network | None) -> pd.DataFrame:
    """ELD-17e, CEM-02a, PLN-024 …: projects of a column box that are complete."""
    table = box_projects(city, rule)
    state = table["status"] if "status" in table else pd.Series(pd.NA, index=table.index)
    done = (state == _DONE).fillna(value=False).to_numpy(dtype=bool)
    unsure = state.isna().to_numpy(dtype=bool)
    one: pd.Series[float] = pd.Series(1.0, index=table.index)
    remarks = _states(city, rule, table, one, state)
    if rule.unit == "count":
        sums = pd.DataFrame({"sure": done, "more": unsure}, index=table.index).astype(float)
        when = city.dates["projects"]
        out = _totals(city, rule, sums, table, when, remarks, told=not table.empty)
    else:
        out = _project_share(city, rule, table, done, unsure, remarks)
    return out.assign(failing=_late(table.loc[~done & ~unsure], out))


def _late(table: pd.DataFrame, out: pd.DataFrame) -> list[str]:
    """Name the projects that are not complete, for every row of the result."""
    if "name" not in table:
        return [""] * len(out)
    names = table["name"].astype("string").fillna("")
    by_level = {
        level: names.groupby(table[level].to_numpy(dtype=object)).agg(";".join)
        for level in set(out["level"])
    }
    return [str(by_level[level].get(unit, ""))
            for level, unit in zip(out["level"], out["unit_code"], strict=True)]  # fmt: skip


def _project_share(
    city: City, rule: Rule, table: pd.DataFrame, done: BoolArray, unsure: BoolArray,
    remarks: dict[str, pd.DataFrame],
) -> pd.DataFrame:  # fmt: skip
    parts = []
    for level in _levels(rule):
        units = city.at(level).index
        found = measures.share_of_units(
            pd.DataFrame(index=table.index), done, done | unsure, table[level], units
        )
        whole = found["denominator_value"].map(
            lambda n: np.nan if np.isnan(n) else needed(rule, int(n))
        )
        judged = rule.has_target
        status = ["no_data" if np.isnan(v) else "no_target" for v in found["value"]]
        parts.append(
            rows(
                city, rule, level, found, target=target_share(rule) if judged else np.nan,
                unit="share", denominator="projects", denominator_zh="项目数",
                status=measures.judge(found, rule.meets_share) if judged else status,
                needed=whole if judged else np.nan,
                gap=(whole - found["numerator"]).clip(lower=0.0) if judged else np.nan,
                gap_unit="count", data_date=city.dates["projects"],
                remark_zh=remarks[level]["zh"].to_numpy(),
                remark_en=remarks[level]["en"].to_numpy(),
            )
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


MEASURES: dict[str, Callable[[City, Rule, Network | None], pd.DataFrame]] = {
    "share_of_facilities": facility_share,
    "count": count,
    "project_state": project_state,
}
