"""What a layer is (图层): columns, types, units, geometry, key and titles, declared once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Dtype = Literal["str", "int", "float", "bool", "date", "set"]
Home = Literal["file", "registry", "result"]
Kind = Literal["point", "line", "polygon"]
Audience = Literal["open", "office", "planning", "boundary"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One permitted value of a coded column, with the words people write for it."""

    code: str
    zh: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """
    One column of a layer.

    Parameters
    ----------
    name
        English identifier with its unit as suffix.
    dtype
        What a cell holds. ``set`` is several codes joined by ``;``.
    zh, en
        Titles shown to people.
    aliases
        Other headers that mean this column, in Chinese ledgers or short field names.
    required
        A row without it is rejected. Other bad cells are emptied and reported.
    unit
        Unit of measure as in `geoplan.units`.
    minimum, maximum
        Closed limits of the value.
    choices
        Permitted codes; empty means free text.
    secrecy
        Class of this column where it is higher than its layer's.
    """

    name: str
    dtype: Dtype
    zh: str
    en: str = ""
    aliases: tuple[str, ...] = ()
    required: bool = False
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[Choice, ...] = ()
    secrecy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """
    One layer or table: the single declaration readers, checks, templates and services use.

    Parameters
    ----------
    name
        Name in files, collections and tiles.
    zh, en
        Titles.
    home
        ``file`` (read-only source), ``registry`` (kept with versions) or ``result``.
    geometry
        Permitted kinds. Empty means a table.
    geometry_optional
        Rows without a position are kept (a facility known only by its town).
    key
        Columns that together identify a row.
    columns
        The declaration of each column, key first.
    label
        Column that labels a feature on a map.
    secrecy
        Class of rows that say none.
    audience
        Whom the layer is for, whatever the class of a row: everybody (``open``), the bureau
        (``office``), those who plan, or those who keep the boundaries.
    """

    name: str
    zh: str
    en: str
    home: Home
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    geometry: tuple[Kind, ...] = ()
    geometry_optional: bool = False
    label: str = ""
    secrecy: str = "internal"
    audience: Audience = "office"

    def column(self, name: str) -> Column | None:
        """Return the declaration of one column, or None for an undeclared one."""
        return next((c for c in self.columns if c.name == name), None)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all declared columns, in order."""
        return tuple(c.name for c in self.columns)


def code(name: str, zh: str, *aliases: str, required: bool = True) -> Column:
    """Declare an identifier kept as text (leading zeros, no arithmetic)."""
    return Column(name=name, dtype="str", zh=zh, aliases=aliases, required=required)


def text(name: str, zh: str, *aliases: str, required: bool = False) -> Column:
    """Declare free text."""
    return Column(name=name, dtype="str", zh=zh, aliases=aliases, required=required)


def coded(
    name: str, zh: str, choices: tuple[Choice, ...], *aliases: str, required: bool = False
) -> Column:
    """Declare a column with a closed list of values."""
    return Column(
        name=name, dtype="str", zh=zh, aliases=aliases, choices=choices, required=required
    )


def codeset(name: str, zh: str, choices: tuple[Choice, ...], *aliases: str) -> Column:
    """Declare a set of codes joined by ``;``."""
    return Column(name=name, dtype="set", zh=zh, aliases=aliases, choices=choices)


def amount(
    name: str,
    zh: str,
    unit: str,
    *aliases: str,
    maximum: float | None = None,
    required: bool = False,
) -> Column:
    """Declare a non-negative measured value."""
    return Column(
        name=name, dtype="float", zh=zh, unit=unit, aliases=aliases,
        minimum=0.0, maximum=maximum, required=required,
    )  # fmt: skip


def count(name: str, zh: str, unit: str, *aliases: str, required: bool = False) -> Column:
    """Declare a non-negative whole number."""
    return Column(
        name=name, dtype="int", zh=zh, unit=unit, aliases=aliases, minimum=0.0, required=required
    )


def flag(name: str, zh: str, *aliases: str) -> Column:
    """Declare yes or no."""
    return Column(name=name, dtype="bool", zh=zh, aliases=aliases)


def date(name: str, zh: str, *aliases: str) -> Column:
    """Declare a calendar date."""
    return Column(name=name, dtype="date", zh=zh, aliases=aliases)
