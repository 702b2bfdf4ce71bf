"""Reports (报告): scoreboard, web page and tables from one report model."""

from __future__ import annotations

from pathlib import Path

from geoplan.errors import InputError
from geoplan.reports.html_page import write_html
from geoplan.reports.model import CityReport
from geoplan.reports.scoreboard import print_scoreboard
from geoplan.reports.tables import sheets
from geoplan.schemas.results import BANNER

__all__ = ["BANNER", "CityReport", "print_scoreboard", "sheets", "write", "write_html"]


def write(report: CityReport, path: str | Path) -> Path:
    """
    Write a report; the ending says how.

    Parameters
    ----------
    report
        From the main job.
    path
        ``.html`` (self-contained, works offline) or ``.xlsx``.

    Returns
    -------
    path
        Where it was written.

    Raises
    ------
    InputError
        If the ending is another.
    OutputError
        If the system refuses.
    """
    from geoplan import io

    target = Path(path)
    if target.suffix == ".xlsx":
        return io.write_xlsx(sheets(report), target)
    if target.suffix == ".html":
        with io.replacing(target) as temporary:
            temporary.write_text(write_html(report), encoding="utf-8")
        return target
    raise InputError(
        f"{target.name}: reports are written as .html or .xlsx.",
        zh=f"{target.name}：报告可写为 .html 或 .xlsx。",
        fix="give the file one of these endings",
        fix_zh="改用这两种扩展名",
        file=str(target),
    )
