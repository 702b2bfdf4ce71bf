"""How people write a unit's name (行政区划名称的写法): in full, or by another generic or none."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from geoplan.placenames.simplified import TABLE

SHORT, OTHER, FULL = range(3)
"""Without its generic; with that of another kind of the same level; as registered or alike."""

GENERICS: dict[str, tuple[tuple[str, ...], ...]] = {
    "province": (("省",), ("自治区",), ("市",), ("特别行政区",)),
    "prefecture": (("市",), ("地区",), ("自治州",), ("盟",)),
    "county": (("区",), ("县",), ("市",), ("旗",)),
    "township": (
        ("街道", "街道办事处", "街道办", "街办", "办事处"),
        ("镇", "镇人民政府", "镇政府"),
        ("乡", "乡人民政府", "乡政府"),
    ),
    "village": (
        ("社区", "社区居民委员会", "社区居委会", "居民委员会", "居委会", "居委会(社区)"),
        ("村", "村民委员会", "村委会", "村村民委员会", "村村委会"),
    ),
}
"""The generics of each level, those that mean the same in one group."""

STREET_ENDINGS = ("大道", "大街", "公路", "国道", "省道", "县道", "胡同", "路", "街", "巷", "弄")

PROVINCES = {
    "11": "北京市", "12": "天津市", "13": "河北省", "14": "山西省", "15": "内蒙古自治区",
    "21": "辽宁省", "22": "吉林省", "23": "黑龙江省", "31": "上海市", "32": "江苏省",
    "33": "浙江省", "34": "安徽省", "35": "福建省", "36": "江西省", "37": "山东省",
    "41": "河南省", "42": "湖北省", "43": "湖南省", "44": "广东省", "45": "广西壮族自治区",
    "46": "海南省", "50": "重庆市", "51": "四川省", "52": "贵州省", "53": "云南省",
    "54": "西藏自治区", "61": "陕西省", "62": "甘肃省", "63": "青海省", "64": "宁夏回族自治区",
    "65": "新疆维吾尔自治区", "71": "台湾省", "81": "香港特别行政区", "82": "澳门特别行政区",
}  # fmt: skip
"""Provincial divisions by the first two digits of a code (GB/T 2260)."""


class _Tidy(dict[int, str | None]):
    """What a character becomes; decided once for each character met."""

    def __missing__(self, code: int) -> str | None:
        gone = unicodedata.category(chr(code))[0] in "CZ"
        self[code] = None if gone else chr(code)
        return self[code]


_TIDY = _Tidy(TABLE)
_PEOPLES = re.compile(r"(?:壮族|回族|维吾尔)$")
_ENDINGS = {g for groups in GENERICS.values() for group in groups for g in group}
_LONGEST_FIRST = sorted(_ENDINGS, key=len, reverse=True)
_NOT_AFTER_SHORT = re.compile("|".join(map(re.escape, [*_LONGEST_FIRST, *STREET_ENDINGS])))
_LEAST = 2


class Spelling(NamedTuple):
    """A way to write a name, and how near it is to the registered one."""

    text: str
    kind: int


def tidy(text: str) -> str:
    """
    Return a text as it is compared: NFKC, simplified, without spaces and invisible characters.

    Examples
    --------
    >>> tidy("  曾都區　东城街道１２号 ")
    '曾都区东城街道12号'
    """
    return unicodedata.normalize("NFKC", text).translate(_TIDY)


def split_unit(name: str, level: str) -> tuple[str, tuple[str, ...]]:
    """
    Split a tidy name into what is its own and the generics that mean the same as its own one.

    Parameters
    ----------
    name
        Name of a unit, from `tidy`.
    level
        One of the levels from province to village.

    Returns
    -------
    specific, generics
        The name as it is and no generics where it has none of its level.

    Examples
    --------
    >>> split_unit("东城街道", "township")[0], split_unit("乌龙巷居委会(社区)", "village")[0]
    ('东城', '乌龙巷')
    """
    found = [(g, group) for group in GENERICS[level] for g in group if name.endswith(g)]
    found = [(g, group) for g, group in found if len(g) < len(name)]
    if not found:
        return name, ()
    generic, group = max(found, key=lambda pair: len(pair[0]))
    specific = name[: -len(generic)]
    if level == "province":
        specific = _PEOPLES.sub("", specific) or specific
    return specific, group


def spellings(name: str, level: str) -> list[Spelling]:
    """
    Return the ways to write a unit's name.

    Parameters
    ----------
    name
        The registered name.
    level
        Its level.

    Returns
    -------
    spellings
        Each text once, the nearest to the registered one first. A specific part of one character
        is not used alone or with the generic of another kind (随县 is never 随 or 随市), nor is
        one that is a generic itself (街道居委会).

    Examples
    --------
    >>> [s.text for s in spellings("曾都区", "county")]
    ['曾都区', '曾都县', '曾都市', '曾都旗', '曾都']
    """
    plain = tidy(name)
    specific, own = split_unit(plain, level)
    found = {plain: FULL, **{specific + g: FULL for g in own}}
    if own and len(specific) >= _LEAST and specific not in _ENDINGS:
        for group in GENERICS[level]:
            for generic in group:
                found.setdefault(specific + generic, OTHER)
        found.setdefault(specific, SHORT)
    return [Spelling(*pair) for pair in found.items()]


def stands_alone(text: str, end: int, *, numbered: bool) -> bool:
    """
    Tell whether a name without its generic may end here: no other generic goes on with it.

    Parameters
    ----------
    text
        Tidy text.
    end
        Where the short name ends in it.
    numbered
        Whether a door number follows the text: then a name that ends like a street is one.

    Examples
    --------
    >>> stands_alone("东城大道", 2, numbered=False), stands_alone("东城文峰塔", 2, numbered=False)
    (False, True)
    """
    if _NOT_AFTER_SHORT.match(text, end):
        return False
    return not (numbered and end == len(text) and text.endswith(STREET_ENDINGS))
