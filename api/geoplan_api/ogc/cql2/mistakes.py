"""What can be wrong with a filter (过滤条件错误): each names the place, and the way out."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from geoplan.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_BYTES = 8192
"""Longest filter, in bytes of UTF-8. [P]"""
MAX_DEPTH = 32
"""Deepest nesting of a filter. [P]"""
MAX_LIST = 1000
"""Most entries of one list. [P]"""
_SHOWN = 60
_INFIX = frozenset(("=", "<>", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "^", "and", "or",
                    "div", "like"))  # fmt: skip

KINDS_ZH = {
    "number": "数值", "text": "文本", "bool": "是否值", "date": "日期", "interval": "时段",
    "shape": "图形", "list": "列表", "null": "空值",
}  # fmt: skip
"""Kind of a value -> Chinese."""


def said(node: Any, depth: int = 3) -> str:
    """Return a part of a filter as short text, to name it in a message."""
    text = _said(node, depth)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _said(node: Any, depth: int) -> str:
    if isinstance(node, dict | list) and depth == 0:
        return "…"
    if isinstance(node, list):
        return "(" + ", ".join(_said(n, depth - 1) for n in node[:5]) + ")"
    return _said_object(node, depth) if isinstance(node, dict) else _said_scalar(node)


def _said_scalar(node: Any) -> str:
    if node is None or isinstance(node, bool):
        return {None: "NULL", True: "TRUE", False: "FALSE"}[node]
    if isinstance(node, str):
        return f"'{node[:_SHOWN]}'"
    return f"{node:.12g}" if isinstance(node, float) else f"{node}"[:_SHOWN]


def _said_object(node: dict[str, Any], depth: int) -> str:
    if "property" in node:
        return str(node["property"])[:_SHOWN]
    if "op" in node:
        name, args = str(node["op"])[:_SHOWN], node.get("args")
        parts = [_said(a, depth - 1) for a in args[:5]] if isinstance(args, list) else []
        if name.lower() in _INFIX and len(parts) > 1:
            return f" {name} ".join(parts)
        return f"{name}({', '.join(parts)})"
    for key in ("date", "timestamp", "interval", "bbox"):
        if key in node:
            return f"{key.upper()}({_said(node[key], 1).strip('()')})"
    return str(node.get("type", "{…}"))[:_SHOWN].upper()


def too_long(what: str, zh: str, most: int) -> InputError:
    """Name the limit that a filter is over."""
    return InputError(
        f"The filter has more {what} than {most}.", zh=f"过滤条件的{zh}超过 {most}。",
        fix="split it, or filter a downloaded file", fix_zh="请拆分条件，或下载后再过滤",
        limit=most,
    )  # fmt: skip


def unreadable(text: str, at: int, expected: str, zh: str) -> InputError:
    """Name the character at which a text cannot be read on."""
    near = text[at : at + 20] or "⏎"
    return InputError(
        f"The filter cannot be read at character {at + 1}, {near!r}: expected {expected}.",
        zh=f"过滤条件从第 {at + 1} 个字符“{near}”起无法读懂：此处应为{zh}。",
        fix="write it like name = '随州' AND beds >= 10",
        fix_zh="写法如 name = '随州' AND beds >= 10", position=at + 1,
    )  # fmt: skip


def malformed(node: Any, why: str, zh: str) -> InputError:
    """Name a part of a filter that is no part of the language."""
    return InputError(
        f"In the filter, {said(node)}: {why}.", zh=f"过滤条件中的 {said(node)}：{zh}。",
        fix="see OGC CQL2 (21-065r2)", fix_zh="参见 OGC CQL2（21-065r2）", place=said(node),
    )  # fmt: skip


def wrong_kind(node: Any, operand: Any, found: str, wanted: tuple[str, ...]) -> InputError:
    """Name an operand whose type does not fit its operator."""
    zh = "、".join(KINDS_ZH[w] for w in wanted)
    if isinstance(operand, dict) and "property" in operand and found != "shape":
        how = f"name a property of type {' or '.join(wanted)}"
        how_zh = f"请用{zh}类型的属性"
    else:
        how, how_zh = _repair(found, wanted)
    return InputError(
        f"In {said(node)}: {said(operand)} is of type {found}; it should be "
        f"{' or '.join(wanted)}.",
        zh=f"{said(node)} 中，{said(operand)} 的类型是{KINDS_ZH[found]}，应为{zh}。",
        fix=how, fix_zh=how_zh, place=said(node), found=found,
    )  # fmt: skip


def _repair(found: str, wanted: tuple[str, ...]) -> tuple[str, str]:
    if found == "null":
        return "write name IS NULL", "空值请写 name IS NULL"
    if "date" in wanted and found in {"text", "number"}:
        return "write a date as DATE('2024-01-31')", "日期写作 DATE('2024-01-31')"
    if "text" in wanted and found == "number":
        return "put text in single quotes: '421303'", "文本用单引号：'421303'"
    if "number" in wanted and found == "text":
        return "write numbers without quotes: 10", "数值不加引号：10"
    if found == "shape":
        return "compare shapes by S_INTERSECTS and the like", "图形用 S_INTERSECTS 等函数比较"
    return "compare values of one type", "请比较同一类型的值"


def unknown_property(name: str, known: Iterable[str]) -> InputError:
    """Name a property that the layer does not have, and the nearest that it has."""
    return _unknown("property", "属性", name, list(known))


def unknown_function(name: str, known: Iterable[str]) -> InputError:
    """Name a function or operator that is not known, and the nearest that is."""
    return _unknown("function", "函数", name, list(known))


def _unknown(kind: str, zh: str, name: str, known: list[str]) -> InputError:
    name = name[:_SHOWN]
    near = get_close_matches(name, known, n=3, cutoff=0.6)
    shown = ", ".join(near or known)
    return InputError(
        f"The filter names an unknown {kind}: {name}."
        + (f" Did you mean {shown}?" if near else ""),
        zh=f"过滤条件中有未知的{zh}：{name}。" + (f"是否指 {shown}？" if near else ""),
        fix=f"use one of: {shown}", fix_zh=f"可用的有：{shown}", place=name,
    )  # fmt: skip


def wrong_count(node: Any, least: int, most: int | None) -> InputError:
    """Name a function that was given too few or too many arguments."""
    wanted = str(least) if most == least else f"{least}–{most or '…'}"
    return InputError(
        f"{said(node)} takes {wanted} arguments.", zh=f"{said(node)} 应有 {wanted} 个参数。",
        fix="give as many", fix_zh="请按此给出参数", place=said(node),
    )  # fmt: skip
