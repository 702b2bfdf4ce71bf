"""Rows that a format sends back (读取时退回的行), found before columns are checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from geoplan.schemas.findings import DEFECT_COLUMNS, ROW_REJECTED, Words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geoplan.schemas import Layer

    Checked = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]


class Problem(NamedTuple):
    """
    What is wrong with one row.

    ``row`` is its label in the frame, ``line`` the number to name (of the file's line or sheet's
    row); ``effect`` ``row_rejected`` sends the row back, ``warning`` keeps it.
    """

    row: Any
    line: Any
    field: str
    value: str
    rule: str
    words: Words
    effect: str = ROW_REJECTED


def good_rows(frame: pd.DataFrame, problems: Sequence[Problem]) -> pd.DataFrame:
    """Return the rows that no problem sends back."""
    return frame.loc[~frame.index.isin(_bad(problems))]


def _bad(problems: Sequence[Problem]) -> set[Any]:
    return {p.row for p in problems if p.effect == ROW_REJECTED}


def with_problems(
    checked: Checked, frame: pd.DataFrame, problems: Sequence[Problem], layer: Layer, source: str
) -> Checked:
    """
    Add what the format found to what the declaration's check found.

    Parameters
    ----------
    checked
        Valid rows, rejected rows and defects of `validate`, which saw the good rows only.
    frame
        All rows, columns named as declared.
    problems
        Of these rows.
    layer, source
        The declaration; the file named in the findings.

    Returns
    -------
    valid, rejected, defects
        The rows sent back with ``source_row`` and ``原因``, in order.
    """
    if not problems:
        return checked
    valid, rejected, defects = checked
    rows = [
        (layer.name, source, p.line, _id(frame, layer, p.row), p.field, p.value, p.rule, p.effect,
         *(w.replace("{value}", p.value) for w in p.words))
        for p in problems
    ]  # fmt: skip
    found = pd.DataFrame(rows, columns=list(DEFECT_COLUMNS))
    defects = pd.concat([defects, found], ignore_index=True) if len(defects) else found
    defects = defects.sort_values("row", kind="stable", ignore_index=True)
    back = _sent_back(frame, problems)
    if len(rejected) and len(back):
        back = pd.concat([pd.DataFrame(rejected).astype(object), back])
    elif not len(back):
        back = pd.DataFrame(rejected)
    return valid, back.sort_values("source_row", ignore_index=True), defects


def _sent_back(frame: pd.DataFrame, problems: Sequence[Problem]) -> pd.DataFrame:
    why: dict[Any, list[str]] = {}
    for p in problems:
        if p.effect == ROW_REJECTED and p.row in frame.index:
            zh, _, fix_zh, _ = (w.replace("{value}", p.value) for w in p.words)
            place = f"第 {p.line} 行：" if p.line != p.row else ""
            why.setdefault(p.row, []).append(f"{place}{zh}（{fix_zh}）")
    labels = sorted(why)
    back = pd.DataFrame(frame.loc[labels]).astype(object)
    back.insert(0, "原因", ["；".join(why[label]) for label in labels])
    back.insert(0, "source_row", labels)
    return back


def _id(frame: pd.DataFrame, layer: Layer, row: Any) -> str:
    key = next((k for k in layer.key if k in frame.columns and not k.endswith("system")), "")
    if not key or row not in frame.index:
        return ""
    value = frame[key].to_numpy()[frame.index.get_loc(row)]
    return "" if pd.isna(value) else str(value)
