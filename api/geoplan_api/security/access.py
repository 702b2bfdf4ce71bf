"""
Which role may see and change what (权限): the one place that decides.

A layer is for an audience; of its rows a role sees those up to a class of secrecy, of its columns
those up to the same class; a column that no declaration knows counts as internal. What a role may
not see is as if it were not there.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from geoplan.io.secrecy import ranks, ranks_of
from geoplan.schemas.vocabulary import SECRECY
from geoplan_api.security.errors import ForbiddenError, UnauthenticatedError
from geoplan_api.security.principal import ROLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from geoplan.schemas import Column, Layer
    from geoplan.schemas.model import Audience
    from geoplan_api.security.principal import Principal, Role

_CLASSES = tuple(c.code for c in SECRECY)
_OFFICE: frozenset[Role] = frozenset(ROLES) - {"public"}
AUDIENCES: Mapping[Audience, frozenset[Role]] = {
    "open": frozenset(ROLES),
    "office": _OFFICE,
    "planning": frozenset(("planner", "registrar", "admin")),
    "boundary": frozenset(("inspector", "registrar", "admin")),
}
"""Which roles a layer is for, by its declared audience."""
CLEARANCES: Mapping[Role, tuple[str, str]] = {
    "public": ("public", "public"),
    "viewer": ("internal", "internal"),
    "planner": ("internal", "internal"),
    "inspector": ("internal", "state_confidential"),
    "registrar": ("internal", "state_secret"),
    "admin": ("internal", "state_secret"),
}
"""Highest class by role: in an ordinary environment, and in one declared classified (SEC-06)."""
_GUARDED = ("planning", "boundary")
_REGISTERS: frozenset[Role] = frozenset(("registrar", "admin"))
_FIELD: frozenset[Role] = frozenset(("inspector", "registrar", "admin"))
WRITERS: Mapping[str, frozenset[Role]] = {
    "inspections": _FIELD, "observations": _FIELD, "hazards": _FIELD,
}  # fmt: skip
"""Who may write a registry layer, where others than the registrars may."""


@dataclass(frozen=True, slots=True)
class LayerView:
    """
    What one role sees of one layer.

    Parameters
    ----------
    layer
        The declaration.
    highest
        Highest class of the rows and columns that are shown.
    public
        Whether everybody may see the answer: shapes are rough, small cells empty.
    writable
        Whether the role may change its records.
    """

    layer: Layer
    highest: str
    public: bool
    writable: bool

    @property
    def columns(self) -> tuple[Column, ...]:
        """The declared columns that are shown."""
        return tuple(c for c in self.layer.columns if self._reaches(c.secrecy or "public"))

    @property
    def undeclared(self) -> bool:
        """Whether columns are shown that no declaration knows."""
        return self._reaches("internal")

    @property
    def guarded(self) -> bool:
        """Whether reading it is noted in the access log."""
        return self.layer.audience in _GUARDED or self.highest.startswith("state_")

    @property
    def key(self) -> str:
        """Text that is the same for two roles only if they see the same."""
        return hashlib.sha256(f"{self.layer.name}|{self.highest}".encode()).hexdigest()[:8]

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes of the rows that are shown."""
        return _CLASSES[: _CLASSES.index(self.highest) + 1]

    @property
    def shows_silent(self) -> bool:
        """Whether rows are shown that say no class."""
        return self._reaches(self.layer.secrecy)

    def rows(self, frame: pd.DataFrame) -> npt.NDArray[np.bool_]:
        """Tell which rows of the layer are shown."""
        return ranks(frame, self.layer) <= _CLASSES.index(self.highest)

    def shown(self, words: Sequence[str | None]) -> npt.NDArray[np.bool_]:
        """Tell which rows are shown by what their column ``secrecy`` says."""
        return ranks_of(words, self.layer) <= _CLASSES.index(self.highest)

    def _reaches(self, secrecy: str) -> bool:
        return _CLASSES.index(secrecy) <= _CLASSES.index(self.highest)


def view(layer: Layer, who: Principal, *, classified: bool = False) -> LayerView | None:
    """
    Return what somebody sees of a layer; None if for them there is none.

    Parameters
    ----------
    layer
        The declaration.
    who
        Who asks.
    classified
        ``classified_environment`` of the workspace.

    Returns
    -------
    view
        The same for all with the same role.
    """
    if who.role not in AUDIENCES[layer.audience]:
        return None
    highest = CLEARANCES[who.role][int(classified)]
    may_write = layer.home == "registry" and who.role in WRITERS.get(layer.name, _REGISTERS)
    return LayerView(layer, highest, public=who.role == "public", writable=may_write)


def may_see_result(result: str, who: Principal, releases: Mapping[str, str]) -> bool:
    """
    Tell whether somebody may see results of one kind.

    They inherit the class of what they are made from, so they are internal until a recorded
    decision (``[releases]`` of the workspace) opens them.
    """
    return who.role in _OFFICE or result in releases


def require(who: Principal, *roles: Role) -> None:
    """
    Check that somebody has one of some roles.

    Raises
    ------
    UnauthenticatedError
        If they have not said who they are.
    ForbiddenError
        If their role is another.
    """
    if who.role in roles:
        return
    if who.role == "public":
        raise UnauthenticatedError
    raise ForbiddenError.of_role(who.role, ", ".join(roles))
