"""Findings (检查发现): what is wrong in a layer, row by row, in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.schemas.model import Layer

    Mask = npt.NDArray[np.bool_]

DEFECT_COLUMNS = ("layer", "file", "row", "id", "field", "value", "rule", "effect",
                  "reason_zh", "reason_en", "fix_zh", "fix_en")  # fmt: skip
ROW_REJECTED, CELL_EMPTIED, WARNING = "row_rejected", "cell_emptied", "warning"
_MOST_SHOWN = 60


class Words(NamedTuple):
    """What to say of a finding, and what to do, in both languages."""

    zh: str
    en: str
    fix_zh: str
    fix_en: str


class Findings:
    """Collects the findings of one layer; ``reject`` marks the rows to send back."""

    def __init__(self, layer: Layer, source: str, rows: npt.NDArray[Any], ids: list[str]) -> None:
        self.layer, self.source, self.rows, self.ids = layer, source, rows, ids
        self.reject: Mask = np.zeros(len(rows), bool)
        self.cells: list[tuple[Any, ...]] = []

    def add(
        self, mask: Mask, field: str, values: Any, rule: str, effect: str, words: Words
    ) -> None:
        """Note one finding for every marked row; ``{value}`` in the words is the cell."""
        if effect == ROW_REJECTED:
            self.reject |= mask
        for at in np.flatnonzero(mask):
            value = "" if values is None else _shown(values[at])
            said = [w.replace("{value}", value) for w in words]
            self.cells.append((self.layer.name, self.source, self.rows[at], self.ids[at], field,
                               value, rule, effect, *said))  # fmt: skip

    def frame(self) -> pd.DataFrame:
        """Return the findings in order of row."""
        found = pd.DataFrame(self.cells, columns=list(DEFECT_COLUMNS))
        return found.sort_values("row", kind="stable", ignore_index=True) if len(found) else found


def _shown(value: Any) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= _MOST_SHOWN else text[: _MOST_SHOWN - 3] + "..."
