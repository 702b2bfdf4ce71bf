"""Secrecy of what is written for others (涉密数据不外发, SEC-01, SEC-06)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geoplan.errors import SecrecyError
from geoplan.schemas.vocabulary import SECRECY

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    from geoplan.schemas import Layer

_ORDER = tuple(c.code for c in SECRECY)
_CLASS_OF = {word: c.code for c in SECRECY for word in (c.code, c.zh, *c.aliases)}


def ranks(frame: pd.DataFrame, layer: Layer) -> npt.NDArray[np.intp]:
    """Return how high the class of each row of a frame is; see `ranks_of`."""
    if "secrecy" not in frame.columns:
        return np.full(len(frame), _ORDER.index(layer.secrecy))
    words = frame["secrecy"].astype(object)
    return ranks_of(words.where(words.notna(), None).tolist(), layer)


def ranks_of(words: Sequence[str | None], layer: Layer) -> npt.NDArray[np.intp]:
    """
    Return how high the class of each row is, from 0 for public: its own, or its layer's.

    A word that is no class counts as the highest, for what it hides is not known.
    """
    table = {word: _rank(word, layer) for word in set(words)}
    return np.fromiter((table[word] for word in words), dtype=np.intp, count=len(words))


def _rank(word: str | None, layer: Layer) -> int:
    said = "" if word is None else str(word).strip()
    return _ORDER.index(_CLASS_OF.get(said, _ORDER[-1]) if said else layer.secrecy)


def classes(frame: pd.DataFrame, layer: Layer) -> pd.Series[str]:
    """Return the class of each row: its own, or its layer's where it has none; see `ranks`."""
    found = np.array(_ORDER, dtype=object)[ranks(frame, layer)]
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
