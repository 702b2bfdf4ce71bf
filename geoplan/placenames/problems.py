"""What is wrong with the tables of a room that users lay over (表格错误)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geoplan.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable


def unknown_keys(table: str, found: Iterable[str], known: Iterable[str]) -> None:
    """
    Refuse a row that has keys nothing reads.

    Raises
    ------
    InputError
        If there is one.
    """
    extra = sorted(set(found) - set(known))
    if extra:
        shown = ", ".join(sorted(known))
        raise InputError(
            f"The table {table!r} has the unknown keys {', '.join(extra)}.",
            zh=f"表“{table}”有无法识别的键：{'、'.join(extra)}。",
            fix=f"use only: {shown}",
            fix_zh=f"只能用：{shown}",
            table=table,
            value=", ".join(extra),
        )
