"""Policy (规范): parameters, rules and their sources, frozen once read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from geoplan.errors import PolicyError, UnknownIdError
from geoplan.policy.rule import Remark

if TYPE_CHECKING:
    from datetime import date

    from geoplan.policy.rule import Rule

V = TypeVar("V")


class Frozen(Mapping[str, V]):
    """A mapping that cannot be changed and can be pickled."""

    __slots__ = ("_rows",)

    def __init__(self, rows: Mapping[str, V]) -> None:
        self._rows = dict(rows)

    def __getitem__(self, key: str) -> V:
        """Return one entry."""
        return self._rows[key]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the keys in the order of the file."""
        return iter(self._rows)

    def __len__(self) -> int:
        """Return the number of entries."""
        return len(self._rows)

    def __repr__(self) -> str:
        """Show the entries."""
        return f"Frozen({self._rows!r})"


@dataclass(frozen=True, slots=True)
class Source:
    """
    Where a figure was read (来源).

    Parameters
    ----------
    id
        Such as ``S01``.
    title
        Document, in its own language.
    where
        Where it was read.
    note
        What was read of it, and what was not.
    """

    id: str
    title: str
    where: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Parameter(Remark):
    """
    One figure, flag or list that a computation needs (参数).

    Parameters
    ----------
    name
        English, ending in the unit: ``snap_cap_m``.
    value
        A number, a flag, a word, or a tuple of numbers or words.
    unit
        Unit of a number; ``none`` for the rest.
    title_zh, title_en
        What it is.
    clause
        Rule or section it belongs to.
    basis, confidence, sources
        What supports it: mark, 0–1 (0: a convention), ids of sources.
    effective_from, effective_to
        When it applies; None for no limit.
    note_zh, note_en
        Anything a reader must know.
    """

    name: str
    value: float | bool | str | tuple[float, ...] | tuple[str, ...]
    unit: str
    title_zh: str
    title_en: str
    clause: str
    basis: str
    confidence: float
    sources: tuple[str, ...]
    effective_from: date | None = None
    effective_to: date | None = None
    note_zh: str = ""
    note_en: str = ""


@dataclass(frozen=True, eq=False)
class Policy:
    """
    A norm as data (规范文件): what is judged, by which figure, on whose word.

    Two policies are equal when their digests are.

    Parameters
    ----------
    id
        Name such as ``suizhou-2022``.
    title_zh, title_en
        Title of the document.
    document_no
        Number of the document (文号).
    issued
        Day it was issued.
    assessment_date
        Day the targets are assessed at.
    extends
        Policy this one states its differences to; empty for none.
    schema_version
        Shape of the file.
    digest
        SHA-256 of the merged content; comments and order do not matter.
    parameters, rules, sources
        The content, in the order of the file.
    content
        The merged content as plain data.
    """

    id: str
    title_zh: str
    title_en: str
    document_no: str
    issued: date | None
    assessment_date: date
    extends: str
    schema_version: int
    digest: str
    parameters: Mapping[str, Parameter] = field(repr=False)
    rules: Mapping[str, Rule] = field(repr=False)
    sources: Mapping[str, Source] = field(repr=False)
    content: Mapping[str, Any] = field(repr=False)

    def __eq__(self, other: object) -> bool:
        """Compare by digest."""
        return isinstance(other, Policy) and self.digest == other.digest

    def __hash__(self) -> int:
        """Hash the digest."""
        return hash(self.digest)

    @property
    def title(self) -> str:
        """The title in Chinese."""
        return self.title_zh

    def parameter(self, name: str) -> Parameter:
        """
        Return one parameter with everything said about it.

        Raises
        ------
        UnknownIdError
            If there is none of that name; suggests the nearest.
        """
        if name not in self.parameters:
            raise UnknownIdError.among("parameter", "参数", name, self.parameters)
        return self.parameters[name]

    def rule(self, rule_id: str) -> Rule:
        """
        Return one rule.

        Raises
        ------
        UnknownIdError
            If there is none of that id; suggests the nearest.
        """
        if rule_id not in self.rules:
            raise UnknownIdError.among("rule", "条文", rule_id, self.rules)
        return self.rules[rule_id]

    def value(self, name: str) -> float:
        """
        Return a parameter that is one number, in the unit its name ends in.

        Raises
        ------
        UnknownIdError
            If there is no such parameter.
        PolicyError
            If it is not a number.
        """
        found = self.parameter(name).value
        if isinstance(found, bool) or not isinstance(found, int | float):
            raise _other_type(name, "a number", "一个数", found)
        return float(found)

    def flag(self, name: str) -> bool:
        """
        Return a parameter that is true or false.

        Raises
        ------
        UnknownIdError
            If there is no such parameter.
        PolicyError
            If it is not a flag.
        """
        found = self.parameter(name).value
        if not isinstance(found, bool):
            raise _other_type(name, "true or false", "true 或 false", found)
        return found

    def text(self, name: str) -> str:
        """
        Return a parameter that is one word.

        Raises
        ------
        UnknownIdError
            If there is no such parameter.
        PolicyError
            If it is not a word.
        """
        found = self.parameter(name).value
        if not isinstance(found, str):
            raise _other_type(name, "a word", "一个词", found)
        return found

    def numbers(self, name: str) -> tuple[float, ...]:
        """
        Return a parameter that is a list of numbers.

        Raises
        ------
        UnknownIdError
            If there is no such parameter.
        PolicyError
            If it is not a list of numbers.
        """
        found = self.parameter(name).value
        if not isinstance(found, tuple) or not all(isinstance(v, int | float) for v in found):
            raise _other_type(name, "a list of numbers", "一列数", found)
        return tuple(float(v) for v in found)

    def names(self, name: str) -> tuple[str, ...]:
        """
        Return a parameter that is a list of words.

        Raises
        ------
        UnknownIdError
            If there is no such parameter.
        PolicyError
            If it is not a list of words.
        """
        found = self.parameter(name).value
        if not isinstance(found, tuple) or not all(isinstance(v, str) for v in found):
            raise _other_type(name, "a list of words", "一列词", found)
        return tuple(str(v) for v in found)


def _other_type(name: str, wanted: str, wanted_zh: str, found: object) -> PolicyError:
    return PolicyError(
        f"Parameter {name!r} is not {wanted}: {found!r}.",
        zh=f"参数“{name}”不是{wanted_zh}：{found!r}。",
        fix=f"write {wanted} as the value of [parameters.{name}], or read it by its own type",
        fix_zh=f"把 [parameters.{name}] 的 value 写成{wanted_zh}，或按它的类型读取",
        parameter=name,
    )
