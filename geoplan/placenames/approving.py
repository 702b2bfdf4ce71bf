"""Who approves a name (批准机关, 地名管理条例第十二条) and where it is filed (第十三条)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from geoplan.errors import TransitionRefusedError, UnknownIdError
from geoplan.placenames.classes import CLASSES, class_of
from geoplan.schemas.vocabulary import APPROVER_KIND, NAME_PAPER

if TYPE_CHECKING:
    from collections.abc import Collection

GOVERNMENT, NAME_DEPARTMENT, OTHER = (c.code for c in APPROVER_KIND)
LEVELS = ("province", "prefecture", "county")


class Approver(NamedTuple):
    """Kinds of bodies that may approve a class; papers that must be there; ``V-law`` or ``P``."""

    kinds: tuple[str, ...]
    papers: tuple[str, ...] = ()
    basis: str = "V-law"


_BY_PROVINCE = Approver((GOVERNMENT, NAME_DEPARTMENT), basis="P")
APPROVERS: dict[str, Approver] = {
    "natural": _BY_PROVINCE,
    "division": Approver((GOVERNMENT,)),
    "township": Approver((GOVERNMENT,)),
    "committee": _BY_PROVINCE,
    "park": Approver((GOVERNMENT, OTHER), basis="P"),
    "street": Approver((GOVERNMENT,)),
    "residential": Approver((OTHER,), ("department_opinion",)),
    "building": Approver((OTHER,), ("department_opinion",)),
    "facility": Approver((OTHER,), ("opinions",)),
    "hamlet": _BY_PROVINCE,
    "other": _BY_PROVINCE,
}  # fmt: skip
"""
Class of names -> who approves it. What article 12 leaves to the rules of the province, as read
without their text, is put with governments and the place-name department. [P]
"""
_LAW = "地名管理条例 第十二条"


def approver(category_code: str) -> Approver:
    """
    Return who approves a name of a category.

    Parameters
    ----------
    category_code
        Five digits; see `geoplan.placenames.classes`.

    Raises
    ------
    InputError
        If no class holds the code.

    Examples
    --------
    >>> approver("23500").kinds, approver("26100").papers
    (('government',), ('department_opinion',))
    """
    return APPROVERS[class_of(category_code)]


def require_approver(
    category_code: str, body: str, kind: str, papers: Collection[str], *, case_kind: str = "naming"
) -> None:
    """
    Refuse an approval by a body that has no power over the class, or without what it must hear.

    Parameters
    ----------
    category_code
        Category of the place.
    body, kind
        Who approved, and of which kind.
    papers
        Kinds of papers that are there.
    case_kind
        An existing name may be registered by the place-name department, whatever its class. [P]

    Raises
    ------
    InputError
        If no class holds the code.
    UnknownIdError
        If there is no such kind of body.
    TransitionRefusedError
        If the body is not named, may not approve this class, or a paper is missing.
    """
    known = {c.code: c.zh for c in APPROVER_KIND}
    if kind not in known:
        raise UnknownIdError.among("kind of approving body", "批准机关类别", kind, known)
    name_class = CLASSES[class_of(category_code)]
    power = APPROVERS[name_class.code]
    kinds = (*power.kinds, *((NAME_DEPARTMENT,) if case_kind == "register_existing" else ()))
    if not body.strip() or kind not in kinds:
        raise TransitionRefusedError(
            f"{name_class.title_en} are approved by {' or '.join(kinds)}, not by {kind} "
            f"({body or 'no body named'}; Art. 12: {name_class.approving_en}).",
            zh=f"{name_class.title_zh}由{name_class.approving_zh}批准，"
            f"不由{known[kind]}（{body or '未写明机关'}）批准（{_LAW}）。",
            fix="name the body that has the power, and its kind",
            fix_zh="写明有批准权的机关及其类别", body=body, kind=kind,
        )  # fmt: skip
    missing = [p for p in power.papers if p not in papers]
    if missing:
        words = {c.code: c.zh for c in NAME_PAPER}
        raise TransitionRefusedError(
            f"Approving {name_class.title_en} lacks: {', '.join(missing)} ({_LAW}).",
            zh=f"批准{name_class.title_zh}缺少：{'、'.join(words[m] for m in missing)}（{_LAW}）。",
            fix="get the opinion first, and add it to the documents",
            fix_zh="先征求意见，并加入材料", missing=", ".join(missing),
        )  # fmt: skip


_ROUTE = {
    "province": ("国务院", "State Council", "国务院地名主管部门", "national name department"),
    "prefecture": ("省级人民政府", "provincial government", "省级地名主管部门",
                   "provincial name department"),
    "county": ("设区的市级人民政府", "city government", "设区的市级地名主管部门",
               "city name department"),
}  # fmt: skip
_SAME = ("同级地名主管部门", "name department of the same level")


def filed_with(kind: str, level: str) -> tuple[str, str]:
    """
    Return where an approved name is filed (Art. 13), Chinese and English.

    Parameters
    ----------
    kind
        Of the approving body, `geoplan.schemas.vocabulary.APPROVER_KIND`.
    level
        Its level: ``province``, ``prefecture`` or ``county``.

    Raises
    ------
    UnknownIdError
        If there is no such kind or level.

    Examples
    --------
    >>> filed_with("government", "prefecture"), filed_with("other_department", "county")[0]
    (('省级人民政府', 'provincial government'), '同级地名主管部门')
    """
    if level not in LEVELS:
        raise UnknownIdError.among("level", "级别", level, LEVELS)
    if kind == OTHER:
        return _SAME
    if kind not in {GOVERNMENT, NAME_DEPARTMENT}:
        raise UnknownIdError.among("kind of approving body", "批准机关类别", kind,
                                   (GOVERNMENT, NAME_DEPARTMENT, OTHER))  # fmt: skip
    government = kind == GOVERNMENT
    zh, en, department_zh, department = _ROUTE[level]
    return (zh, en) if government else (department_zh, department)
