"""Generic terms of names (通名): which class bears which, and a name split by them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from geoplan.errors import InputError
from geoplan.placenames.classes import name_class as class_row
from geoplan.placenames.normalise import key
from geoplan.placenames.problems import unknown_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Terms = tuple[tuple[int, frozenset[str]], ...]

MEASURES = ("land_m2", "gfa_m2", "floors", "height_m", "green_share", "open_share", "open_m2")
"""What a size can be stated in."""
USES = ("", "housing", "commercial", "mixed")
_GENERIC_KEYS = {"classes", "terms", "generic", "alike"}
_SIZE_KEYS = {"profile", "generics", "measure", "least", "range", "use", "any_of"}


class Split(NamedTuple):
    """A name in its specific (专名) and generic (通名) part; either may be empty."""

    specific: str
    generic: str


class Size(NamedTuple):
    """
    One figure that a generic stands for (通名规模, PN-03).

    Parameters
    ----------
    profile
        Whose table: ``example_a``.
    generics
        Terms it is about.
    measure
        One of `MEASURES`.
    parameter
        Parameter of the policy with the least value, or with the least and the greatest.
    use
        Use that it is about; empty for any.
    any_of
        Rows with the same word here are alternatives; empty: the row must be met by itself.
    """

    profile: str
    generics: tuple[str, ...]
    measure: str
    parameter: str
    use: str
    any_of: str


@dataclass(frozen=True)
class Generics:
    """
    Terms by class, and which of them are one term.

    Parameters
    ----------
    by_class
        Class -> terms.
    standard
        Other way to write a term -> the term.
    sizes
        What terms stand for, by profile.
    """

    by_class: Mapping[str, frozenset[str]]
    standard: Mapping[str, str]
    sizes: tuple[Size, ...] = ()
    _lengths: dict[str | None, Terms] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, *documents: Mapping[str, Any]) -> Generics:
        """
        Make the terms from parsed files, later ones laid over earlier ones.

        Parameters
        ----------
        *documents
            Tables ``generics`` (``classes`` with ``terms``, or with a ``generic`` and what is
            ``alike``) and ``sizes``, as `geoplan.io.placename_files.read_generics` reads them.

        Raises
        ------
        InputError
            If a row has an unknown key or measure, or a term is alike to two others.
        UnknownIdError
            If a class does not exist.
        """
        by_class: dict[str, set[str]] = {}
        standard: dict[str, str] = {}
        sizes: list[Size] = []
        for document in documents:
            unknown_keys("generics", document, {"generics", "sizes"})
            for row in document.get("generics", ()):
                _take(row, by_class, standard)
            sizes += [_size(row) for row in document.get("sizes", ())]
        return cls({c: frozenset(t) for c, t in by_class.items()}, standard, tuple(sizes))

    def split(self, name: str, name_class: str | None = None) -> Split:
        """
        Split a name at its longest generic.

        Parameters
        ----------
        name
            As it is written; both parts are given back as they are written.
        name_class
            Only terms of this class count; None for all.

        Returns
        -------
        split
            Without a generic the whole name is specific. The specific part is never empty.

        Examples
        --------
        >>> from geoplan.io.placename_files import read_generics
        >>> terms = read_generics()
        >>> terms.split("东城街道办事处", "township"), terms.split("新街镇", "township").specific
        (Split(specific='东城', generic='街道办事处'), '新街')
        """
        whole = key(name)
        tail = whole[len(whole) - self.length(whole, name_class) :]
        if not tail:
            return Split(name, "")
        cut = next(i for i in range(len(name) - 1, -1, -1) if key(name[i:]) == tail)
        return Split(name[:cut], name[cut:])

    def tail(self, name: str, name_class: str | None = None) -> tuple[str, ...]:
        """
        Return all generics that stand one on another at the end of a name, in their order.

        Examples
        --------
        >>> from geoplan.io.placename_files import read_generics
        >>> read_generics().tail("锦绣广场花园", "residential")
        ('广场', '花园')
        """
        found: list[str] = []
        rest, generic = self.split(name, name_class)
        while generic:
            found.insert(0, generic)
            rest, generic = self.split(rest, name_class)
        return tuple(found)

    def same(self, generic: str) -> tuple[str, ...]:
        """
        Return all ways to write a generic, the standard one first.

        Examples
        --------
        >>> from geoplan.io.placename_files import read_generics
        >>> read_generics().same("街办")[:3]
        ('街道', '街道办事处', '街办')
        """
        first = self.canonical(generic)
        return (first, *(other for other, to in self.standard.items() if to == first))

    def canonical(self, generic: str) -> str:
        """Return the standard way to write a generic (街办 as 街道), as a comparison key."""
        found = key(generic)
        return self.standard.get(found, found)

    def is_bare(self, name: str, name_class: str) -> bool:
        """Tell whether a name is nothing but a generic of its class."""
        return key(name) in self.by_class.get(name_class, ())

    def length(self, whole: str, name_class: str | None = None) -> int:
        """Return how many characters at the end of a comparison key are its generic."""
        size = len(whole)
        for n, terms in self._terms(name_class):
            if n < size and whole[-n:] in terms:
                return n
        return 0

    def lengths(self, wholes: Sequence[str], name_class: str | None = None) -> list[int]:
        """Return `length` of many comparison keys of one class."""
        self._terms(name_class)
        return [self.length(whole, name_class) for whole in wholes]

    def _terms(self, name_class: str | None) -> Terms:
        if name_class not in self._lengths:
            chosen: Iterable[str] = self.by_class.get(name_class or "", ())
            if name_class is None:
                chosen = {t for terms in self.by_class.values() for t in terms}
            by_length: dict[int, set[str]] = {}
            for term in chosen:
                by_length.setdefault(len(term), set()).add(term)
            made = sorted(by_length.items(), reverse=True)
            self._lengths[name_class] = tuple((n, frozenset(t)) for n, t in made)
        return self._lengths[name_class]


def _take(row: Mapping[str, Any], by_class: dict[str, set[str]], standard: dict[str, str]) -> None:
    unknown_keys("generics", row, _GENERIC_KEYS)
    first = key(row["generic"]) if "generic" in row else ""
    alike = [key(t) for t in row.get("alike", ())]
    for term in alike:
        if not first or standard.get(term, first) != first:
            raise InputError(
                f"The generic {term!r} is alike to {first!r} and to {standard.get(term)!r}.",
                zh=f"通名“{term}”既同“{first}”又同“{standard.get(term)}”。",
                fix="name one generic with what is alike to it",
                fix_zh="每个写法只归一个通名",
                value=term,
            )
    standard.update(dict.fromkeys(alike, first))
    terms = {*alike, *(key(t) for t in row.get("terms", ())), *([first] if first else [])}
    for code in row["classes"]:
        by_class.setdefault(class_row(code).code, set()).update(terms)


def _size(row: Mapping[str, Any]) -> Size:
    unknown_keys("sizes", row, _SIZE_KEYS)
    measure, use = str(row["measure"]), str(row.get("use", ""))
    if measure not in MEASURES or use not in USES or ("least" in row) == ("range" in row):
        raise InputError(
            f"A size of generics cannot be read: {dict(row)!r}.",
            zh=f"通名规模表有一行无法读取：{dict(row)!r}。",
            fix=f"give a measure of {', '.join(MEASURES)}, a use of {', '.join(USES[1:])} or none, "
            "and one of least and range",
            fix_zh=f"measure 取 {'、'.join(MEASURES)}；use 取 {'、'.join(USES[1:])} 或不写；"
            "least 与 range 只写一个",
            value=str(dict(row)),
        )
    return Size(str(row["profile"]), tuple(key(t) for t in row["generics"]), measure,
                str(row.get("least") or row["range"]), use, str(row.get("any_of", "")))  # fmt: skip
