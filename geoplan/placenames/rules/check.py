"""All rules on one name (地名审查), overrides with a written reason, and what stops a case."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from geoplan.errors import InputError, UnknownIdError
from geoplan.placenames.rules.changes import historic_names_stay, renamed_for_a_reason
from geoplan.placenames.rules.form import FORM
from geoplan.placenames.rules.model import ERROR, MANUAL, NO_DATA, WARNING
from geoplan.placenames.rules.size import SIZE
from geoplan.placenames.rules.uniqueness import UNIQUENESS
from geoplan.placenames.rules.wording import WORDING
from geoplan.policy.vocabulary import BASES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from geoplan.placenames.rules.model import Proposal, Reference, Verdict

_BY_ITSELF: dict[str, Callable[[Proposal, Reference, str], Verdict]] = dict(sorted({
    **FORM, **SIZE, **WORDING, **UNIQUENESS, "PN-15": historic_names_stay,
}.items()))  # fmt: skip
RULES = (*_BY_ITSELF, "PN-16")
"""Ids of the rules, in order."""
COLUMNS = ("rule_id", "title_zh", "title_en", "severity", "message_zh", "message_en", "evidence",
           "clause", "basis", "basis_zh", "basis_en", "override_reason", "override_by",
           "override_on")  # fmt: skip
_MAY_BE_OVERRIDDEN = (ERROR, WARNING, MANUAL, NO_DATA)


def check_name(
    proposal: Proposal, reference: Reference, *, rules: Sequence[str] | None = None
) -> pd.DataFrame:
    """
    Check a proposed name by PN-01 to PN-16.

    Parameters
    ----------
    proposal
        The name and what is known of its place.
    reference
        Policy, lists, index of names.
    rules
        Ids to check; None for all. PN-16 asks what PN-01 to 11 of the same call say.

    Returns
    -------
    results
        One row for each rule, in order: ``rule_id``, ``title_zh``, ``title_en``, ``severity``
        (``error``, ``warning``, ``manual``, ``no_data``, ``info``, ``ok``), ``message_zh``,
        ``message_en``, ``evidence`` (a tuple of `geoplan.placenames.name_index.Bearer`: names
        that clash, with place and unit), ``clause``, ``basis`` and its remark ``basis_zh``,
        ``basis_en``, and ``override_reason``, ``override_by``, ``override_on``, empty.

    Raises
    ------
    UnknownIdError
        If a rule does not exist.

    Notes
    -----
    地名管理条例 第九、十、二十五条; RULES §6.2. A rule whose data is missing answers ``no_data``,
    never ``ok``.

    Examples
    --------
    >>> from geoplan.io import read_policy
    >>> from geoplan.io.placename_files import read_generics, read_lexicons
    >>> from geoplan.placenames.rules.model import Proposal, Reference
    >>> by = Reference(read_policy("suizhou-2022"), read_generics(), read_lexicons())
    >>> found = check_name(Proposal("曼哈顿国际广场花园", "22100"), by)
    >>> found.set_index("rule_id").loc[["PN-01", "PN-06", "PN-12", "PN-13"], "severity"].tolist()
    ['ok', 'error', 'warning', 'warning']
    """
    for rule in rules or ():
        if rule not in RULES:
            raise UnknownIdError.among("rule of names", "地名规则", rule, RULES)
    chosen = [r for r in RULES if rules is None or r in rules]
    severity = {r: reference.policy.rule(r).options.severity for r in chosen}
    verdicts = {r: _BY_ITSELF[r](proposal, reference, severity[r])
                for r in chosen if r in _BY_ITSELF}  # fmt: skip
    if "PN-16" in chosen:
        verdicts["PN-16"] = renamed_for_a_reason(proposal, severity["PN-16"], verdicts)
    rows = [_row(reference, rule, verdict) for rule, verdict in verdicts.items()]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def override(
    results: pd.DataFrame, rule_id: str, *, reason: str, by: str, on: date
) -> pd.DataFrame:
    """
    Set a rule's result aside with a written reason; the result itself stays.

    Parameters
    ----------
    results
        From `check_name`.
    rule_id
        The rule.
    reason
        Why, in words; kept in the case.
    by
        Who decides.
    on
        Day of the decision.

    Returns
    -------
    results
        A new frame with ``override_reason``, ``override_by``, ``override_on`` in the rule's row.

    Raises
    ------
    InputError
        If the reason or the person is empty, or the rule has nothing to set aside.
    UnknownIdError
        If the results have no such rule.
    """
    at = results.index[results["rule_id"] == rule_id]
    if not len(at):
        raise UnknownIdError.among("result of the rule", "审查结果", rule_id, results["rule_id"])
    found = str(results.loc[at[0], "severity"])
    if not reason.strip() or not by.strip() or found not in _MAY_BE_OVERRIDDEN:
        raise InputError(
            f"The result of {rule_id} ({found}) cannot be set aside by {by!r} for {reason!r}.",
            zh=f"{rule_id} 的结果（{found}）不能由“{by}”以“{reason}”为由放行。",
            fix="name who decides and write the reason; only errors, warnings, manual and no_data "
            "results are set aside",
            fix_zh="写明决定人和理由；只有错误、警告、人工和缺数据的结果可以放行",
            rule_id=rule_id,
        )
    made = results.copy()
    made.loc[at, ["override_reason", "override_by", "override_on"]] = (
        reason.strip(), by.strip(), on.isoformat(),
    )  # fmt: skip
    return made


def blocking(results: pd.DataFrame) -> pd.DataFrame:
    """
    Return the results that stop a case: errors without a written override.

    Parameters
    ----------
    results
        From `check_name`, after overrides.
    """
    written = results["override_reason"].fillna("").astype(str).str.strip() != ""
    return results[(results["severity"] == ERROR) & ~written]


def _row(reference: Reference, rule_id: str, verdict: Verdict) -> tuple[object, ...]:
    rule = reference.policy.rule(rule_id)
    basis = verdict.basis or rule.basis
    zh, en = BASES[basis]
    return (rule_id, rule.title_zh, rule.title_en, verdict.severity, verdict.zh, verdict.en,
            verdict.evidence, rule.clause, basis, zh, en, "", "", "")  # fmt: skip
