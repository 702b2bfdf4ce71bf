"""A name that is proposed (拟用地名), what it is judged by, and the verdict of one rule."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from geoplan.errors import UnknownIdError
from geoplan.placenames.classes import class_of
from geoplan.placenames.generics import MEASURES, USES
from geoplan.placenames.normalise import checked
from geoplan.schemas import vocabulary as words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geoplan.placenames.characters import Characters
    from geoplan.placenames.generics import Generics, Split
    from geoplan.placenames.lexicons import Lexicons
    from geoplan.placenames.name_index import Bearer, NameIndex
    from geoplan.policy import Policy

ERROR, WARNING, MANUAL, INFO, OK, NO_DATA = "error", "warning", "manual", "info", "ok", "no_data"
SEVERITIES = (ERROR, WARNING, MANUAL, NO_DATA, INFO, OK)
"""Severities, the gravest first; ``manual`` is for a person to decide."""

_HERITAGE = tuple(c.code for c in words.HERITAGE_STATUS)
_REASONS = tuple(c.code for c in words.RENAME_REASON)


@dataclass(frozen=True)
class Proposal:
    """
    A name for a place, with what is known of the place.

    Parameters
    ----------
    name
        As it is proposed.
    category_code
        Five digits (地名类别代码); gives the class.
    unit_code
        Smallest unit the place lies in: 6, 9 or 12 digits; empty where unknown.
    place_id
        Of the place, so that it is not its own rival.
    built_up_id
        Built-up area (建成区) of a street, residential area or building, see
        `geoplan.placenames.scopes.in_built_up`.
    reading
        Of the whole name, ``zeng1 du1``; empty where unknown.
    famous
        Whether it is a famous natural entity (第九条（七）).
    measures
        Of the object: ``land_m2``, ``gfa_m2``, ``floors``, ``height_m``, ``green_share``,
        ``open_share``, ``open_m2``; what is unknown is absent.
    use
        ``housing``, ``commercial`` or ``mixed``; empty where unknown.
    developer
        Name of the firm that builds it; empty where unknown.
    association
        What the name has to do with the place, where it bears the name of a person or a firm and
        is said not to be taken from them (民政部令第71号 第三、四条).
    local_names
        Names of the units it lies in and of places around; empty where unknown.
    former_name
        The name it has; a proposal with one is a renaming.
    reason_code
        Reason of a renaming, of `geoplan.schemas.vocabulary.RENAME_REASON`.
    heritage
        Status of the former name in the list of heritage: ``none``, ``candidate``, ``listed``,
        ``struck``; empty where nobody looked.
    protected
        Whether measures of protection were laid down before (第二十五条).

    Raises
    ------
    InputError
        If the name is none (see `geoplan.placenames.normalise.checked`) or the code has no class.
    UnknownIdError
        If a measure, use, reason or status does not exist.
    """

    name: str
    category_code: str
    unit_code: str = ""
    place_id: str = ""
    built_up_id: str = ""
    reading: str = ""
    famous: bool = False
    measures: Mapping[str, float] = field(default_factory=dict)
    use: str = ""
    developer: str = ""
    association: str = ""
    local_names: tuple[str, ...] = ()
    former_name: str = ""
    reason_code: str = ""
    heritage: str = ""
    protected: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", checked(self.name))
        class_of(self.category_code)
        for measure in self.measures:
            _among("measure", "量", measure, MEASURES)
        _among("use", "用途", self.use, USES)
        _among("reason", "更名理由", self.reason_code, ("", *_REASONS))
        _among("heritage status", "遗产状态", self.heritage, ("", "none", *_HERITAGE))

    @property
    def name_class(self) -> str:
        """Class of the name."""
        return class_of(self.category_code)

    @property
    def is_rename(self) -> bool:
        """Whether the place has a name already."""
        return bool(self.former_name)


@dataclass(frozen=True)
class Reference:
    """
    What names are judged by.

    Parameters
    ----------
    policy
        Severities, thresholds, bases and clauses.
    generics, lexicons
        From `geoplan.io.placename_files`.
    index
        Names that exist; without it PN-08 and PN-09 answer ``no_data``.
    characters
        The table of standard characters; without it PN-04 answers ``no_data``.
    profile
        Table of sizes for PN-03: one of ``generics.sizes``. Suizhou has published none.
    dialect
        Whether PN-09 also tells what only Hubei speech does not tell apart.
    most_evidence
        Clashing names to list; the rest is counted.
    """

    policy: Policy
    generics: Generics
    lexicons: Lexicons
    index: NameIndex | None = None
    characters: Characters | None = None
    profile: str = "suizhou"
    dialect: bool = False
    most_evidence: int = 20

    def split(self, proposal: Proposal) -> Split:
        """Return the two parts of a proposed name."""
        return self.generics.split(proposal.name, proposal.name_class)


class Verdict(NamedTuple):
    """
    What one rule says.

    Parameters
    ----------
    severity
        One of `SEVERITIES`.
    zh, en
        What was found.
    evidence
        Names that clash.
    basis
        Mark of evidence where it is not the rule's own.
    """

    severity: str
    zh: str
    en: str
    evidence: tuple[Bearer, ...] = ()
    basis: str = ""


def _among(kind: str, kind_zh: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise UnknownIdError.among(kind, kind_zh, value, [k for k in known if k])
