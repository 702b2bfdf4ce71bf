"""What the verbs of siting take (选址命令的公用选项)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    import pandas as pd

HEAD = 10
"""Rows on the screen, and new sites where nobody says how many."""

SitesOption = Annotated[int | None, typer.Option("--sites", min=0, help="新增几处。 How many new.")]
BudgetOption = Annotated[
    float | None, typer.Option("--budget", min=0, help="经费上限（元）。 Most they may cost, yuan.")
]
MinutesOption = Annotated[float | None, typer.Option("--minutes", help="时限。 Limit, minutes.")]
GroupOption = Annotated[str, typer.Option("--group", help="人群。 Whom to count.")]
WhereOption = Annotated[
    Literal["both", "sites", "streets"],
    typer.Option(
        "--where", help="备选闲置用房、道路点或两者。 Idle buildings, street places, both."
    ),
]
EveryOption = Annotated[
    float, typer.Option("--every-m", help="道路点间距（米）。 Between street places.")
]
SeedOption = Annotated[int, typer.Option("--seed", help="随机种子。 Seed.")]
TimeOption = Annotated[
    float | None,
    typer.Option("--time-limit-s", help="最多几秒，到时给出当前最好方案。 Then the best so far."),
]
CoverOption = Annotated[
    Literal["mclp", "lscp"],
    typer.Option("--model", help="mclp 覆盖最多，lscp 全覆盖最少。 Which model."),
]


def number(value: float) -> float | None:
    """Return a number that JSON has, else nothing."""
    return float(value) if math.isfinite(value) else None


def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a table as JSON has it: no shapes, nothing where no data tells."""
    import json

    plain = frame.drop(columns="geometry", errors="ignore")
    found: list[dict[str, Any]] = json.loads(plain.to_json(orient="records", double_precision=15))
    return found


def amount(sites: int | None, budget: float | None) -> int | None:
    """Return how many new sites where neither is given."""
    return HEAD if sites is None and budget is None else sites
