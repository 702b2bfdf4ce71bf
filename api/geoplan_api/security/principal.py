"""Who asks (请求方): a role, and a name for the audit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Role = Literal["public", "viewer", "planner", "inspector", "registrar", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True, slots=True)
class Principal:
    """
    Who makes a request.

    Parameters
    ----------
    role
        What they may do.
    name
        For the audit and the registry's ``who``; empty for the public.
    key_id
        Which key or token it was, for limits and the audit.
    """

    role: Role = "public"
    name: str = ""
    key_id: str = ""


PUBLIC = Principal()
