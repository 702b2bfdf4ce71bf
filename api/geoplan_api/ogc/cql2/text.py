"""CQL2 text (文本写法) as the same tree that CQL2 JSON is."""

from __future__ import annotations

import math
import re
from typing import Any, NamedTuple, NoReturn

from geoplan_api.ogc.cql2.mistakes import MAX_DEPTH, MAX_LIST, too_long, unreadable

_TOKEN = re.compile(
    r"""(?P<space>\s+)
    | (?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<text>'(?:''|\\'|[^'])*')
    | (?P<quoted>"(?:""|[^"])+")
    | (?P<word>[^\W\d][\w.:]*)
    | (?P<sign><>|<=|>=|!=|[=<>+\-*/%^(),])""",
    re.VERBOSE,
)
_RESERVED = frozenset(
    ("and", "or", "not", "like", "in", "between", "is", "null", "true", "false", "div")
)
_COMPARE = {"=": "=", "<>": "<>", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_NESTING = {
    "point": ("Point", 0), "linestring": ("LineString", 1), "polygon": ("Polygon", 2),
    "multipoint": ("MultiPoint", 1), "multilinestring": ("MultiLineString", 2),
    "multipolygon": ("MultiPolygon", 3),
}  # fmt: skip
"""WKT word -> GeoJSON type, and how deep its positions lie."""


class _Token(NamedTuple):
    kind: str
    word: str
    at: int


def parse(text: str) -> Any:
    """
    Read a filter.

    Raises
    ------
    InputError
        If it cannot be read; names the character.

    Examples
    --------
    >>> parse("beds >= 10")
    {'op': '>=', 'args': [{'property': 'beds'}, 10]}
    """
    reader = _Reader(text)
    tree = reader.either()
    reader.need("end", "", "AND, OR or the end", " AND、OR 或结尾")
    return tree


def _tokens(text: str) -> list[_Token]:
    out, at = [], 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None and text[at] in "'\"":
            raise unreadable(text, at, "a closing quote", "成对的引号")
        if found is None:
            raise unreadable(text, at, "a name, number or 'text'", "名称、数值或 '文本'")
        kind, word = str(found.lastgroup), found.group()
        if kind == "word" and word.lower() in _RESERVED:
            kind, word = "reserved", word.lower()
        if kind != "space":
            out.append(_Token(kind, word, at))
        at = found.end()
    out.append(_Token("end", "", len(text)))
    return out


class _Reader:
    """Reads by descent; nothing is read twice, so time is linear in the length."""

    def __init__(self, text: str) -> None:
        self._text, self._all = text, _tokens(text)
        self._at, self._depth = 0, 0

    @property
    def _now(self) -> _Token:
        return self._all[self._at]

    def _stop(self, expected: str, zh: str) -> NoReturn:
        raise unreadable(self._text, self._now.at, expected, zh)

    def _take(self, kind: str, *words: str) -> str | None:
        token = self._now
        if token.kind != kind or (words and token.word not in words):
            return None
        self._at += 1
        return token.word

    def need(self, kind: str, word: str, expected: str, zh: str) -> str:
        """Read on over one token."""
        found = self._now
        if found.kind != kind or (word and found.word != word):
            self._stop(expected, zh)
        self._at = min(self._at + 1, len(self._all) - 1)
        return found.word

    def _open(self) -> None:
        self.need("sign", "(", "(", "“(”")

    def _close(self) -> None:
        self.need("sign", ")", ")", "“)”")

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise too_long("nested levels", "嵌套层数", MAX_DEPTH)

    def either(self) -> Any:
        """Read conditions joined by OR."""
        self._deeper()
        parts = [self._both()]
        while self._take("reserved", "or"):
            parts.append(self._both())
        self._depth -= 1
        return parts[0] if len(parts) == 1 else {"op": "or", "args": parts}

    def _both(self) -> Any:
        parts = [self._negated()]
        while self._take("reserved", "and"):
            parts.append(self._negated())
        return parts[0] if len(parts) == 1 else {"op": "and", "args": parts}

    def _negated(self) -> Any:
        if not self._take("reserved", "not"):
            return self._condition()
        self._deeper()
        inner = self._negated()
        self._depth -= 1
        return {"op": "not", "args": [inner]}

    def _condition(self) -> Any:
        left = self._sum()
        if self._now.word in _COMPARE and self._now.kind == "sign":
            op = _COMPARE[self.need("sign", "", "", "")]
            return {"op": op, "args": [left, self._sum()]}
        if self._take("reserved", "is"):
            negated = self._take("reserved", "not")
            self.need("reserved", "null", "NULL", " NULL")
            return _unless(negated, {"op": "isNull", "args": [left]})
        negated = self._take("reserved", "not")
        if self._take("reserved", "like"):
            return _unless(negated, {"op": "like", "args": [left, self._sum()]})
        if self._take("reserved", "between"):
            low = self._sum()
            self.need("reserved", "and", "AND", " AND")
            return _unless(negated, {"op": "between", "args": [left, low, self._sum()]})
        if self._take("reserved", "in"):
            self._open()
            return _unless(negated, {"op": "in", "args": [left, self._entries()]})
        if negated:
            self._stop("LIKE, BETWEEN or IN", " LIKE、BETWEEN 或 IN")
        return left

    def _entries(self) -> list[Any]:
        """Read what stands between brackets, the closing one included."""
        if self._take("sign", ")"):
            return []
        out = [self.either()]
        while self._take("sign", ","):
            out.append(self.either())
        self._close()
        if len(out) > MAX_LIST:
            raise too_long("entries in a list", "列表项数", MAX_LIST)
        return out

    def _sum(self) -> Any:
        return self._chain(self._product, "+", "-")

    def _product(self) -> Any:
        return self._chain(self._power, "*", "/", "%", "div")

    def _chain(self, operand: Any, *signs: str) -> Any:
        left, count = operand(), 0
        while sign := self._take("sign", *signs) or self._take("reserved", *signs):
            count += 1
            if count > MAX_DEPTH:
                raise too_long("terms in a row", "连续运算项数", MAX_DEPTH)
            left = {"op": sign, "args": [left, operand()]}
        return left

    def _power(self) -> Any:
        base = self._signed()
        if self._take("sign", "^"):
            return {"op": "^", "args": [base, self._signed()]}
        return base

    def _signed(self) -> Any:
        if not self._take("sign", "-"):
            return self._operand()
        self._deeper()
        inner = self._signed()
        self._depth -= 1
        if isinstance(inner, (int, float)) and not isinstance(inner, bool):
            return -inner
        return {"op": "*", "args": [-1, inner]}

    def _operand(self) -> Any:
        token = self._now
        if token.kind == "number":
            return self._number()
        if self._take("sign", "("):
            inside = self._entries()
            return inside[0] if len(inside) == 1 else inside
        if self._take("reserved", "true", "false", "null"):
            return {"true": True, "false": False}.get(token.word)
        if token.kind not in {"text", "quoted", "word"}:
            self._stop("a name, number, 'text' or (", "名称、数值、'文本'或“(”")
        self._at += 1
        return self._named(token)

    def _named(self, token: _Token) -> Any:
        if token.kind == "text":
            return _text(token.word)
        if token.kind == "quoted":
            return {"property": token.word[1:-1].replace('""', '"')}
        return self._called(token) if self._now.word == "(" else {"property": token.word}

    def _number(self, *, negative: bool = False) -> int | float:
        word = self.need("number", "", "a number", "数值")
        plain = word.isdigit() and len(word) < 16  # noqa: PLR2004  (whole numbers a float holds)
        value = int(word) if plain else float(word)
        if not math.isfinite(value):
            self._at -= 1
            self._stop("a smaller number", "较小的数值")
        return -value if negative else value

    def _called(self, token: _Token) -> Any:
        name = token.word.lower()
        if name in _NESTING or name in {"geometrycollection", "bbox"}:
            return self._shape(name)
        if name in {"date", "timestamp"}:
            self._open()
            word = self.need("text", "", "'…'", "'…'")
            self._close()
            return {name: _text(word)}
        self._open()
        args = self._entries()
        return {"interval": args} if name == "interval" else {"op": token.word, "args": args}

    def _shape(self, name: str) -> dict[str, Any]:
        if name == "bbox":
            self._open()
            numbers = [self._coordinate()]
            while self._take("sign", ","):
                numbers.append(self._coordinate())
            self._close()
            return {"bbox": numbers}
        if name == "geometrycollection":
            self._deeper()
            self._open()
            parts = [self._member()]
            while self._take("sign", ","):
                parts.append(self._member())
            self._close()
            self._depth -= 1
            return {"type": "GeometryCollection", "geometries": parts}
        kind, nesting = _NESTING[name]
        if nesting == 0:
            self._open()
            at = self._position()
            self._close()
            return {"type": kind, "coordinates": at}
        return {"type": kind, "coordinates": self._positions(nesting, points=name == "multipoint")}

    def _member(self) -> Any:
        name = self.need("word", "", "a geometry", "图形").lower()
        if name not in _NESTING:
            self._at -= 1
            self._stop("a geometry", "图形")
        return self._shape(name)

    def _positions(self, nesting: int, *, points: bool) -> list[Any]:
        self._open()
        out: list[Any] = []
        while not out or self._take("sign", ","):
            bracketed = points and self._take("sign", "(")
            out.append(
                self._position() if nesting == 1 else self._positions(nesting - 1, points=points)
            )
            if bracketed:
                self._close()
        self._close()
        return out

    def _position(self) -> list[float]:
        out = [self._coordinate(), self._coordinate()]
        while self._now.kind == "number" or self._now.word == "-":
            out.append(self._coordinate())
        return out

    def _coordinate(self) -> float:
        negative = self._take("sign", "-") is not None
        return self._number(negative=negative)


def _text(word: str) -> str:
    return re.sub(r"''|\\'", "'", word[1:-1])


def _unless(negated: str | None, condition: dict[str, Any]) -> dict[str, Any]:
    return {"op": "not", "args": [condition]} if negated else condition
