"""Classes of place names (地名类别): codes, scope of uniqueness and approving body of each."""

from __future__ import annotations

from typing import NamedTuple

from geoplan.errors import InputError, UnknownIdError


class NameClass(NamedTuple):
    """
    One class of names (地名管理条例 第三条, finer where the rules differ).

    Parameters
    ----------
    code
        English word: ``natural``, ``division``, ``township``, ``committee``, ``park``, ``street``,
        ``residential``, ``building``, ``facility``, ``hamlet``, ``other``.
    item
        Item of article 3, 1–8.
    title_zh, title_en
        What it holds.
    prefixes
        First digits of its category codes (地名类别代码); the longest that fits decides.
    scope
        Where a name occurs once: ``nation``, ``province``, ``county``, ``built_up``, ``township``.
    scope_basis
        ``V-law`` where article 9 states it, ``P`` where it is a convention of the project.
    approving_zh, approving_en
        Approving body by article 12.
    """

    code: str
    item: int
    title_zh: str
    title_en: str
    prefixes: tuple[str, ...]
    scope: str
    scope_basis: str
    approving_zh: str
    approving_en: str


_DIVISIONS = ("依行政区划管理条例", "by the regulation on divisions")
_PROVINCE = ("按省级人民政府规定", "as the province rules")
_HOUSING = ("市、县住房城乡建设主管部门，先征求地名主管部门意见",
            "housing department of city or county, after the name department")  # fmt: skip

CLASSES: dict[str, NameClass] = {c.code: c for c in (
    NameClass("natural", 1, "自然地理实体", "natural entities", ("11", "12", "13"),
              "county", "P", "按省级人民政府规定；著名、跨省的由国务院",
              "as the province rules; famous or multi-province ones the State Council"),
    NameClass("division", 2, "县级以上行政区划", "divisions at county level and above",
              ("211", "212", "213", "214"), "nation", "V-law", *_DIVISIONS),
    NameClass("township", 2, "乡级行政区划", "township-level divisions", ("215",),
              "province", "V-law", *_DIVISIONS),
    NameClass("committee", 3, "村（居）民委员会所在地",
              "seats of villagers' and residents' committees", ("2161", "2162", "2761", "2762"),
              "county", "V-law", *_PROVINCE),
    NameClass("park", 4, "城市公园、自然保护地", "city parks and nature reserves", ("252", "253"),
              "county", "P", "按国家有关规定", "by the national rules"),
    NameClass("street", 5, "街路巷", "streets and lanes", ("235",), "built_up", "V-law",
              "市、县人民政府", "city or county government"),
    NameClass("residential", 6, "住宅区", "residential areas", ("221",), "built_up", "V-law",
              *_HOUSING),
    NameClass("building", 6, "楼宇、建筑物", "buildings", ("26",), "built_up", "V-law", *_HOUSING),
    NameClass("facility", 7, "交通、水利、电力、通信、气象设施",
              "transport, water, power, communications and weather facilities",
              ("231", "232", "233", "234", "2353", "2354", "236", "24"), "county", "P",
              "有审批权的部门，征求本级人民政府意见",
              "responsible department, after consulting the local government"),
    NameClass("hamlet", 8, "自然村", "natural villages", ("222", "223", "224", "229"),
              "township", "P", *_PROVINCE),
    NameClass("other", 8, "其他地理实体", "other entities", ("2163", "217", "251", "27"),
              "county", "P", *_PROVINCE),
)}  # fmt: skip
"""Class -> its row. Prefixes: RULES §6.6; scopes: 第九条（七）（八）; bodies: 第十二条."""

CODE_DIGITS = 5
_BY_PREFIX = {prefix: c.code for c in CLASSES.values() for prefix in c.prefixes}
_SAME_ENTITY = {"27610": "21610", "27620": "21620"}


def class_of(category_code: str) -> str:
    """
    Return the class of a category code, by its longest known prefix.

    Parameters
    ----------
    category_code
        Five digits, such as 21610 for an administrative village.

    Raises
    ------
    InputError
        If it is not five digits, or no class holds it.

    Examples
    --------
    >>> [class_of(c) for c in ("21610", "21500", "23500", "23530", "22200", "12100")]
    ['committee', 'township', 'street', 'facility', 'hamlet', 'natural']
    """
    code = str(category_code)
    if len(code) == CODE_DIGITS and code.isascii() and code.isdigit():
        for length in range(CODE_DIGITS, 1, -1):
            if (found := _BY_PREFIX.get(code[:length])) is not None:
                return found
    raise InputError(
        f"No class of place names holds the category code {code!r}.",
        zh=f"没有地名类别对应类别代码“{code}”。",
        fix="give the five digits of the category, such as 21610, 21620, 22200 or 23500",
        fix_zh="填写五位类别代码，如 21610、21620、22200、23500",
        value=code,
    )


def name_class(code: str) -> NameClass:
    """
    Return one class.

    Raises
    ------
    UnknownIdError
        If there is none of that code.

    Examples
    --------
    >>> name_class("committee").scope
    'county'
    """
    if code not in CLASSES:
        raise UnknownIdError.among("class of names", "地名类别", code, CLASSES)
    return CLASSES[code]


def entity_code(category_code: str) -> str:
    """
    Return the category an entity is compared by.

    A committee registered as a unit (27610, 27620) is the same entity as its seat (21610, 21620),
    not a second bearer of the name.

    Examples
    --------
    >>> entity_code("27610"), entity_code("23500")
    ('21610', '23500')
    """
    return _SAME_ENTITY.get(category_code, category_code)
