"""Secrecy of what is written for others (涉密数据不外发, SEC-01, SEC-06)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from geoplan.errors import SecrecyError
from geoplan.schemas.vocabulary import SECRECY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from geoplan.schemas import Layer

_ORDER = tuple(c.code for c in SECRECY)
_CLASS_OF = {word: c.code for c in SECRECY for word in (c.code, c.zh, *c.aliases)}


def classes(frame: pd.DataFrame, layer: Layer) -> pd.Series[str]:
    """
    Return the class of each row: its own, or its layer's where it has none.

    A word that is no class counts as the highest, for what it hides is not known.
    """
    if "secrecy" not in frame.columns:
        return pd.Series(layer.secrecy, index=frame.index, dtype="str")
    words = frame["secrecy"].astype("string").str.strip().fillna("")
    found = [_CLASS_OF.get(w, _ORDER[-1]) if w else layer.secrecy for w in words]
    return pd.Series(found, index=frame.index, dtype="str")


def highest(found: Iterable[str]) -> str:
    """Return the highest of some classes; ``internal`` of none."""
    return max(found, key=_ORDER.index, default="internal")


def refuse_state_secrets(frame: pd.DataFrame, layer: Layer, *, classified: bool) -> None:
    """
    Refuse to write state-secret rows outside a classified environment.

    Parameters
    ----------
    frame
        Rows of the layer.
    layer
        Its declaration.
    classified
        ``classified_environment`` of the workspace.

    Raises
    ------
    SecrecyError
        If a row is state_*, by itself or because its layer is and it says nothing.

    Examples
    --------
    >>> from geoplan.schemas import layer
    >>> stone = pd.DataFrame({"marker_id": ["m1"], "secrecy": ["internal"]})
    >>> refuse_state_secrets(stone, layer("boundary_markers"), classified=False)
    """
    found = classes(frame, layer)
    state = found.str.startswith("state_")
    if classified or not state.any():
        return
    key = next((k for k in layer.key if k in frame.columns), None)
    keys = [] if key is None else frame.loc[state, key].astype(str).tolist()
    raise SecrecyError.for_rows(layer.name, highest(found), keys)
