"""Compiling kernels (编译): one decorator, and where the compiled code may be kept."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numba

_CONFIG: Any = numba.config


def _cache_folder() -> str | None:
    """
    Return where compiled kernels may be kept: "" for beside the code, None for nowhere.

    Only folders of the user's own: compiled code is never read from a shared temporary folder.
    """
    if _CONFIG.CACHE_DIR or os.access(Path(__file__).parent, os.W_OK):
        return ""
    base = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache")
    try:
        folder = base.expanduser() / "geoplan-numba"
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):  # no home, or one that cannot be written
        return None
    return str(folder) if os.access(folder, os.W_OK) else None


CACHE = _cache_folder()
if CACHE:
    _CONFIG.CACHE_DIR = CACHE

if TYPE_CHECKING:
    from collections.abc import Callable

    def jit(function: Callable[..., Any]) -> Callable[..., Any]:
        """Compile a function of numbers and arrays, and keep the result where that is allowed."""
else:
    jit = numba.njit(cache=CACHE is not None, nogil=True, error_model="numpy")
