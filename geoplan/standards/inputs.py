"""Inputs (输入): which layers a rule reads, of what date and whose, as a result row names them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from geoplan.schemas import LAYERS
from geoplan.standards.figures import latest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geoplan.errors import Lang
    from geoplan.policy import Rule
    from geoplan.standards.city import City

READS: dict[str, tuple[str, ...]] = {
    "area_per_person": ("facilities", "admin_units"),
    "area_per_100hh": ("facilities", "admin_units", "residential_areas"),
    "cemetery_coverage": ("cemeteries", "population"),
    "project_state": ("projects",),
    "reach": ("facilities", "population"),
    "list": ("facilities", "residential_areas"),
    **dict.fromkeys(("share_in_register", "rate", "area_share", "growth", "capacity", "check",
                     "document_state"), ("indicator_figures",)),
    **dict.fromkeys(("min_size", "presence_by_unit", "share_of_units", "existence_by_level",
                     "exists", "share_of_facilities", "duplicates", "colocation"),
                    ("facilities",)),
}  # fmt: skip
"""Kind of measure -> layers; the first is the register without which there is nothing to say."""


class Input(NamedTuple):
    """One layer that a number rests on."""

    layer: str
    date: str
    source: str

    def words(self, lang: Lang = "zh") -> str:
        """Say layer, date and source."""
        known = LAYERS.get(self.layer)
        name = self.layer if known is None else known.zh if lang == "zh" else known.en
        told = [t for t in (self.date, self.source) if t]
        if not told:
            return name
        return f"{name}（{'，'.join(told)}）" if lang == "zh" else f"{name} ({', '.join(told)})"


def layers_read(rule: Rule) -> tuple[str, ...]:
    """Return the layers that a rule is judged by."""
    options = rule.options
    if rule.kind == "count":
        return ("projects",) if options.project_columns else (
            ("facilities",) if options.facility_kinds else ("indicator_figures",)
        )  # fmt: skip
    if rule.kind == "no_target":
        return _shown_by(rule)
    found = READS.get(rule.kind, ())
    if options.sharing:
        found += ("population",)
    return (*found, "indicator_figures") if options.or_figure else found


def _shown_by(rule: Rule) -> tuple[str, ...]:
    """Return the layers that show what a text without a figure says."""
    options = rule.options
    if options.objects == "village_size":
        return ("admin_units",)
    if options.project_kinds:
        return ("projects",)
    if not (options.facility_kinds or options.kinds_at):
        return ("indicator_figures",)
    return ("facilities", "population") if options.demand or options.objects else ("facilities",)


def newest_day(layers: Mapping[str, pd.DataFrame]) -> str:
    """
    Return the last day that any data are of: sources, openings, closings, periods of figures.

    Parameters
    ----------
    layers
        As for `check`; columns ``source_date``, ``valid_from``, ``valid_to``, ``period`` where
        there are. CRS does not matter.

    Returns
    -------
    day
        ISO text; empty where no layer has a date. A year without a date is its last day.

    Examples
    --------
    >>> newest_day({"indicator_figures": pd.DataFrame({"period": ["2025", "2026"]})})
    '2026-12-31'
    """
    days: list[str] = []
    for name in ("facilities", "cemeteries", "projects", "indicator_figures"):
        frame = layers.get(name)
        if frame is None:
            continue
        told = [c for c in ("source_date", "valid_from", "valid_to") if c in frame.columns]
        found = [pd.to_datetime(frame[c], errors="coerce").max() for c in told]
        days += [str(d)[:10] for d in found if not pd.isna(d)]
        if "period" in frame.columns:
            years = pd.to_numeric(frame["period"].astype("string").str[:4], errors="coerce")
            if "source_date" in told:
                years = years[frame["source_date"].isna().to_numpy(dtype=bool)]
            days += [f"{int(years.max())}-12-31"] if years.notna().any() else []
    return max(days, default="")


def inputs_of(city: City, rule: Rule) -> str:
    """
    Return the inputs of a rule as a result row holds them: ``layer|date|source``, joined by ``;``.

    Parameters
    ----------
    city
        Knows dates and sources.
    rule
        What is judged by.
    """
    read = layers_read(rule)
    if rule.kind == "no_target" and len(latest(city.figures, rule.id, city.on.year)):
        read = ("indicator_figures",)
    return ";".join(
        f"{name}|{city.dates.get(name, '')}|{city.sources.get(name, '')}"
        for name in read if name not in city.absent
    )  # fmt: skip


def parse_inputs(text: str) -> list[Input]:
    """
    Return the inputs that a result row names.

    Examples
    --------
    >>> parse_inputs("facilities|2025-12-31|民政局")[0].words()
    '设施（2025-12-31，民政局）'
    """
    parts = (cell.split("|") for cell in text.split(";") if cell)
    return [Input(*[*cell, "", ""][:3]) for cell in parts]
