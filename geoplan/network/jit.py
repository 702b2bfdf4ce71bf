"""
Compiling kernels (编译): one decorator, and where the compiled code may be kept.

Numba refreshes its cache by the file a kernel stands in, not by the files it calls: after editing
`segments.foot` or `kernels.minutes_at`, run ``make clean-kernels`` so that callers compile anew.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numba
from numba.core.cpu import CPUTargetOptions

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

    def leaf(function: Callable[..., Any]) -> Callable[..., Any]:
        """
        Compile a function that makes no array and is called millions of times.

        It does not count references to the arrays it is given: its callers hold them. Counting
        takes ten times as long as reading a number from a tuple of arrays.
        """
else:
    _OPTIONS = {"cache": CACHE is not None, "nogil": True, "error_model": "numpy"}
    jit = numba.njit(**_OPTIONS)
    # "_nrt" is an inner option of numba: where it is gone, leaves are only slower
    _COUNTS = {"_nrt": False} if hasattr(CPUTargetOptions, "_nrt") else {}
    leaf = numba.njit(**_OPTIONS, **_COUNTS)
