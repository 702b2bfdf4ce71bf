"""Rules (规范条文): a target, how it is measured, on whose word."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from geoplan.errors import InputError, Lang, UnknownIdError
from geoplan.policy.vocabulary import BASES, OPERATORS

if TYPE_CHECKING:
    from datetime import date

TOLERANCE = 1e-9
"""Relative difference below which a result equals its target: rounding decides no verdict."""

_PER_SHARE = {"pct": 100.0, "permille": 1000.0, "share": 1.0}


class Remark:
    """The visible remark of anything that has a basis."""

    __slots__ = ()

    def basis_note(self, lang: Lang = "zh") -> str:
        """Return the remark that must stand beside a result; empty for verified text."""
        return BASES[cast("Any", self).basis][0 if lang == "zh" else 1]

    def title(self, lang: Lang = "zh") -> str:
        """Return the title in one language."""
        own = cast("Any", self)
        return str(own.title_zh if lang == "zh" else own.title_en)


@dataclass(frozen=True, slots=True)
class ClassValue:
    """
    The target of one class of a rule (分类指标), for example new estates.

    Parameters
    ----------
    status
        ``new`` 新建 or ``existing`` 已建成.
    value
        Target, in the rule's unit.
    min_single_m2
        Least size of one facility; None for none.
    allocation
        How areas are given to estates: ``containment``, ``shared_circle``, ``two_step``.
    """

    status: str
    value: float
    min_single_m2: float | None = None
    allocation: str = ""


@dataclass(frozen=True, slots=True)
class RuleOptions:
    """
    What a kind of measure needs to know beside its target. Empty means: does not matter.

    Parameters
    ----------
    level
        Level of the units judged; ``levels`` where several are (city and county).
    levels
        See ``level``.
    unit_kinds
        Kinds of units in the denominator.
    urban_only
        Only communities that count as urban.
    facility_kinds
        Kinds of facility that count.
    functions
        Functions one facility must have, all of them.
    services
        Services asked for.
    statuses
        Status a facility must have to count.
    column
        Column of the facilities that holds the size.
    numerator_column, denominator_column
        Columns whose sums are divided (nursing beds over beds).
    numerator_set
        What counts in the numerator (kinds of burial).
    denominators
        Populations to divide by: ``resident``, ``urban``.
    sharing
        A facility nearby counts, by ``share_radius_m`` and ``share_elders_share``.
    or_functions
        A facility of any other kind with all of these functions counts too (FAC-01).
    cemetery_kinds
        Kinds of cemetery that count.
    coverage
        ``own``: a cemetery of the unit itself; ``served``: one that serves the unit.
    also_units
        Parameter that lists further units to judge.
    or_figure
        A figure above 0 in the table of figures counts in place of a facility.
    verdict_flag
        Parameter that must be true before a verdict is given.
    pool_min
        Areas are pooled within this walking time, minutes; None: not pooled.
    profiles
        Ways of moving.
    limit_min
        Travel time, minutes, closed.
    demand
        Column of the population that is reached.
    project_columns, project_kinds
        Columns summed, kinds of project.
    sum_of
        Rules whose targets sum to this one's.
    min_grade
        Least grade (A count) a facility must have to meet the rule.
    of_min_grade
        Least grade of a facility to be in the denominator at all (hospitals of level two).
    against, against_lag_year
        Series of figures that a growth is compared with, of so many years before.
    other_kinds
        Kinds of facility that must stand beside one of ``facility_kinds``.
    distance
        Parameter with the distance at which two facilities stand together.
    presence
        Measure how many units have such a facility, though the plan gives no figure.
    objects
        Which objects a list names: a word of `geoplan.policy.vocabulary.LISTS`.
    kinds_at
        Kinds of facility that count at each level, as ``level:kind``.
    profile
        Parameter that names the zone's profile.
    severity
        ``error``, ``warning`` or ``manual``.
    indicator
        The same target's id in the indicator table.
    column_box
        Number of the special column (专栏).
    formula_zh, formula_en
        The computation in words.
    """

    level: str = ""
    levels: tuple[str, ...] = ()
    unit_kinds: tuple[str, ...] = ()
    urban_only: bool = False
    facility_kinds: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ("operating",)
    column: str = ""
    numerator_column: str = ""
    denominator_column: str = ""
    numerator_set: tuple[str, ...] = ()
    denominators: tuple[str, ...] = ()
    sharing: bool = False
    or_functions: tuple[str, ...] = ()
    cemetery_kinds: tuple[str, ...] = ()
    coverage: str = ""
    also_units: str = ""
    or_figure: bool = False
    verdict_flag: str = ""
    pool_min: float | None = None
    profiles: tuple[str, ...] = ()
    limit_min: float | None = None
    demand: str = ""
    project_columns: tuple[str, ...] = ()
    project_kinds: tuple[str, ...] = ()
    sum_of: tuple[str, ...] = ()
    min_grade: int | None = None
    of_min_grade: int | None = None
    against: str = ""
    against_lag_year: int = 0
    other_kinds: tuple[str, ...] = ()
    distance: str = ""
    presence: bool = False
    objects: str = ""
    kinds_at: tuple[str, ...] = ()
    profile: str = ""
    severity: str = ""
    indicator: str = ""
    column_box: int | None = None
    formula_zh: str = ""
    formula_en: str = ""


@dataclass(frozen=True, slots=True)
class Rule(Remark):
    """
    One norm (规范条文) with its target.

    Parameters
    ----------
    id
        Such as ``ELD-01``, ``IND.9``, ``PLN-036``.
    kind
        Kind of measure, see `geoplan.policy.vocabulary.KINDS`.
    title_zh, title_en
        Short titles.
    text_zh
        The plan's or statute's words; empty for rules of the project.
    clause
        Section of the plan, or article.
    attribute
        ``binding`` 约束性, ``expected`` 预期性 or ``text`` 正文.
    value
        Target; None where the rule has classes or no figure.
    unit, operator
        Of the target. ``>`` is strict.
    classes
        Targets by class, where they differ.
    basis, confidence, sources
        What supports it.
    due
        Day by which the target is to be met; None: the policy's assessment date.
    effective_from, effective_to
        When the norm applies.
    note_zh, note_en
        Anything a reader must know.
    options
        What the kind of measure needs.
    """

    id: str
    kind: str
    title_zh: str
    title_en: str
    clause: str
    attribute: str
    basis: str
    confidence: float
    sources: tuple[str, ...]
    text_zh: str = ""
    value: float | None = None
    unit: str = "none"
    operator: str = ">="
    classes: tuple[ClassValue, ...] = ()
    due: date | None = None
    effective_from: date | None = None
    effective_to: date | None = None
    note_zh: str = ""
    note_en: str = ""
    options: RuleOptions = field(default_factory=RuleOptions)

    @property
    def has_target(self) -> bool:
        """Whether the rule holds a figure that a result can be judged by."""
        return self.value is not None or bool(self.classes)

    @property
    def operator_sign(self) -> str:
        """The operator as it is printed: ≥ > ≤ < =."""
        return OPERATORS[self.operator]

    def target(self, status: str | None = None) -> float:
        """
        Return the target, of one class where the rule has classes.

        Raises
        ------
        InputError
            If the rule has no figure, or has classes and ``status`` is None.
        UnknownIdError
            If there is no such class.
        """
        if self.classes and status is not None:
            by_status = {c.status: c.value for c in self.classes}
            if status not in by_status:
                raise UnknownIdError.among("class", "类别", status, by_status)
            return by_status[status]
        if self.value is None:
            raise _no_figure(self)
        return self.value

    def meets(self, value: float, *, status: str | None = None) -> bool:
        """
        Tell whether a value, in the rule's own unit, meets the target.

        A difference below `TOLERANCE` is equality, so ``>`` is strict and ``>=`` closed. NaN
        never meets: what is unknown is decided by bounds (IND-02), not here.

        Raises
        ------
        InputError
            If the rule has no figure.
        UnknownIdError
            If there is no such class.
        """
        target = self.target(status)
        equal = math.isclose(value, target, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
        if equal or self.operator == "=":
            return equal and "=" in self.operator
        return value > target if ">" in self.operator else value < target

    @property
    def target_share(self) -> float:
        """
        The target as a share 0–1, for a rule in per cent or shares.

        Raises
        ------
        InputError
            If the rule has no figure or is in another unit.
        """
        return self.target() / self._per_share

    @property
    def _per_share(self) -> float:
        if self.unit not in _PER_SHARE:
            raise _not_a_share(self)
        return _PER_SHARE[self.unit]

    def meets_share(self, share: float) -> bool:
        """
        Tell whether a share 0–1 meets the target, whatever unit the rule states it in.

        Raises
        ------
        InputError
            If the rule has no figure or is not about shares.
        """
        return self.meets(share * self._per_share)

    def needed(self, total: int) -> int:
        """
        Return how many of ``total`` units meet the target (UNIT-02): 60 % of 46 is 28.

        Raises
        ------
        InputError
            If the rule has no figure or is not about shares.
        """
        exact = self.target_share * total
        whole = round(exact)
        if math.isclose(exact, whole, rel_tol=TOLERANCE, abs_tol=TOLERANCE):
            return whole + (self.operator == ">")
        return math.ceil(exact)

    def in_force(self, day: date) -> bool:
        """Tell whether the norm applies on a day; both ends are in."""
        return (self.effective_from is None or self.effective_from <= day) and (
            self.effective_to is None or day <= self.effective_to
        )


def _no_figure(rule: Rule) -> InputError:
    return InputError(
        f"Rule {rule.id} ({rule.kind}) has no single figure to judge by.",
        zh=f"条文 {rule.id}（{rule.title_zh}）没有单一指标值，不能判定。",
        fix="ask rule.has_target first; where it has classes, pass status='new' or 'existing'",
        fix_zh="先看 rule.has_target；有分类指标时，传入 status='new' 或 'existing'",
        rule_id=rule.id,
    )


def _not_a_share(rule: Rule) -> InputError:
    return InputError(
        f"Rule {rule.id} is in {rule.unit}, not a share.",
        zh=f"条文 {rule.id} 的单位是 {rule.unit}，不是比例。",
        fix="use rule.meets with a value in the rule's own unit",
        fix_zh="用 rule.meets，传入以该条文单位计的数值",
        rule_id=rule.id,
        unit=rule.unit,
    )
