"""Place names of a workspace (工作区的地名): check, spell, search, geocode, by its own lists."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import geopandas as gpd
import pandas as pd

from geoplan import boundaries, io
from geoplan.errors import InputError, UnknownIdError
from geoplan.placenames import rules
from geoplan.placenames.cells import texts
from geoplan.placenames.classes import class_of
from geoplan.placenames.geocode import Geocoder
from geoplan.placenames.name_index import NameIndex
from geoplan.placenames.name_rows import register_names
from geoplan.placenames.normalise import checked
from geoplan.placenames.reverse import reverse
from geoplan.placenames.scopes import in_built_up, merged_built_up
from geoplan.placenames.unit_cover import UnitCover
from geoplan.schemas.vocabulary import SECRECY
from geoplan.workspace.names_around import (
    Above,
    by_township,
    heritage_status,
    local_names,
    other_names,
)
from geoplan.workspace.names_search import GONE, open_search
from geoplan.workspace.names_spelling import Spelled, spell

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from geoplan.errors import Lang
    from geoplan.placenames.characters import Characters
    from geoplan.placenames.generics import Generics
    from geoplan.placenames.readings import Reading, Readings
    from geoplan.placenames.romanise import Capitals
    from geoplan.storage.name_search import NameSearch
    from geoplan.workspace.opening import Progress, Workspace

_ALL = tuple(c.code for c in SECRECY)


class Names:
    """
    The place names of a workspace, with the lists and indexes that they are judged by.

    Everything is made when first asked for, of the layers as they are then; make another one
    after the registry has changed. It is for those who may see all that the workspace holds.

    Parameters
    ----------
    workspace
        With ``place_names``, and ``admin_units``, ``name_forms``, ``built_up``, ``heritage``,
        ``claims`` where there are.
    progress
        Called with the share done (0–1) and a word while the search index is made.

    Attributes
    ----------
    generics, lexicons, readings
        The lists that ship; the register's reviewed readings over them.
    """

    def __init__(self, workspace: Workspace, *, progress: Progress | None = None) -> None:
        self.workspace, self._progress = workspace, progress
        self.generics: Generics = io.read_generics()
        self.lexicons = io.read_lexicons()
        self._search: NameSearch | None = None

    def close(self) -> None:
        """Close the search index."""
        if self._search is not None:
            self._search.close()
            self._search = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def register(self) -> pd.DataFrame:
        """The layer ``place_names``."""
        return self.workspace.layers["place_names"]

    @property
    def forms(self) -> pd.DataFrame | None:
        """The layer ``name_forms``, None where there is none."""
        return self.workspace.layers["name_forms"] if "name_forms" in self.workspace.names else None

    @cached_property
    def current(self) -> pd.DataFrame:
        """Places of the register whose name was not given up."""
        return self.register[~texts(self.register, "status").isin(GONE)]

    @cached_property
    def readings(self) -> Readings:
        """The table of readings, with the register's reviewed ones over it."""
        reviewed = self.register[texts(self.register, "reading_source") == "reviewed"]
        pairs = pd.DataFrame({c: texts(reviewed, c) for c in ("standard_name", "reading")})
        pairs = pairs[pairs["reading"] != ""].drop_duplicates()
        sure = pairs[~pairs.duplicated("standard_name", keep=False)]
        table = io.read_readings()
        return table.with_reviewed(dict(zip(sure["standard_name"], sure["reading"], strict=True)))

    def reading(self, name: str, name_class: str | None = None) -> Reading:
        """Read a name part by part: the register's reading, the table's, else a proposal."""
        specific, generic = self.generics.split(name, name_class)
        return self.readings.read(name, parts=[p for p in (specific, generic) if p])

    @cached_property
    def index(self) -> NameIndex:
        """All names by writing and sound; missing readings are those of the table, or proposed."""
        drawn = isinstance(self.register, gpd.GeoDataFrame)
        built_up = self.workspace.layers.get("built_up") if drawn else None
        names = register_names(self.register, built_up)
        given = texts(names, "reading")
        proposed = self.readings.read_many(texts(names, "name"))
        return NameIndex(names.assign(reading=given.where(given != "", proposed)), self.generics)

    def reference(
        self, *, characters: Characters | None = None, dialect: bool = False
    ) -> rules.Reference:
        """Return what names are judged by."""
        return rules.Reference(
            self.workspace.policy, self.generics, self.lexicons, self.index,
            characters=characters, dialect=dialect,
        )  # fmt: skip

    def proposal(
        self, name: str, *, category_code: str, unit_code: str = "",
        at: gpd.GeoSeries | None = None, **known: Any,
    ) -> rules.Proposal:  # fmt: skip
        """
        Describe a proposed name, with what the workspace knows of its place.

        Parameters
        ----------
        name, category_code
            As for `geoplan.placenames.rules.Proposal`.
        unit_code
            Smallest unit that it lies in; of the position where empty.
        at
            One point or shape, any CRS: gives the unit and the built-up area.
        **known
            More of `geoplan.placenames.rules.Proposal`. A reading, the names around, and for a
            renaming the heritage status are found where they are not given.

        Raises
        ------
        UnknownIdError
            If the workspace has no such unit, or a word is unknown.
        InputError
            If the name is none, the category has no class, or the position is in no unit.
        """
        name, name_class = checked(name), class_of(category_code)
        if at is not None:
            known.setdefault("built_up_id", self._built_up(at))
            unit_code = unit_code or self._unit(at)
        if unit_code and unit_code not in self._own_codes:
            raise UnknownIdError.among("unit", "行政区划", unit_code, self._own_codes)
        if "reading" not in known:
            found = self.reading(name, name_class)
            known["reading"] = "" if found.unknown else found.text
        own, former = known.get("place_id", ""), known.get("former_name", "")
        known.setdefault("local_names", local_names(self._around, self._units, unit_code, own))
        listed = self.workspace.layers.get("heritage")
        if former and listed is not None:
            known.setdefault("heritage", heritage_status(listed, own, former))
        return rules.Proposal(name, category_code, unit_code, **known)

    def check(
        self, name: str, *, category_code: str, unit_code: str = "",
        at: gpd.GeoSeries | None = None, characters: Characters | None = None,
        dialect: bool = False, rule_ids: Sequence[str] | None = None, **known: Any,
    ) -> pd.DataFrame:  # fmt: skip
        """
        Check a proposed name by PN-01 to PN-16 against the register.

        Parameters
        ----------
        name, category_code, unit_code, at, **known
            As for `proposal`.
        characters
            The table of standard characters; without it PN-04 answers ``no_data``.
        dialect
            Whether PN-09 also tells what only Hubei speech does not tell apart.
        rule_ids
            Rules to check; None for all.

        Returns
        -------
        results
            As `geoplan.placenames.rules.check_name`.

        Raises
        ------
        UnknownIdError
            If the workspace has no such unit, or a rule or word is unknown.
        InputError
            If the name is none, or the category has no class.
        """
        proposal = self.proposal(
            name, category_code=category_code, unit_code=unit_code, at=at, **known
        )
        reference = self.reference(characters=characters, dialect=dialect)
        return rules.check_name(proposal, reference, rules=rule_ids)

    def evidence(self, results: pd.DataFrame) -> pd.DataFrame:
        """
        Return the places whose names clash, for a map.

        Parameters
        ----------
        results
            From `check`.

        Returns
        -------
        places
            Rows of the register (its geometry and CRS) with ``rule_id`` and ``match``; one for
            each rule that names the place.
        """
        pairs = pd.DataFrame(
            [(b.place_id, r, b.match) for r, found in
             zip(results["rule_id"], results["evidence"], strict=True) for b in found],
            columns=["place_id", "rule_id", "match"],
        )  # fmt: skip
        return self.register.merge(pairs, on="place_id")

    def romanise(
        self, names: Iterable[str], *, category_code: str = "", tones: bool = True,
        capitals: Capitals = "first",
    ) -> pd.DataFrame:  # fmt: skip
        """
        Write names in roman letters.

        Parameters
        ----------
        names
            Standard names, without the divisions above them.
        category_code
            Of all of them; empty: as the register has it, name by name.
        tones, capitals
            As for `geoplan.placenames.romanise`.

        Returns
        -------
        spelled
            One row per name, columns of `geoplan.workspace.names_spelling.Spelled`; one that
            cannot be spelled says why.

        Raises
        ------
        InputError
            If the category has no class.
        """
        rows = []
        for name in names:
            code = category_code or self._categories.get(name, "")
            rows.append(spell(name, code, self.generics, self.readings, tones=tones,
                              capitals=capitals))  # fmt: skip
        return pd.DataFrame(rows, columns=list(Spelled._fields))

    def search(
        self, q: str, *, limit: int = 10, near_unit: str | None = None,
        kinds: Sequence[str] | None = None, classes: Sequence[str] | None = None,
        allowed_secrecy: Sequence[str] | None = None, unfinished: bool = False, lang: Lang = "zh",
    ) -> pd.DataFrame:  # fmt: skip
        """
        Find names by characters, pinyin, initials, a mix of them, or with a typing error.

        Parameters
        ----------
        q, limit, near_unit, kinds, classes, lang
            As `geoplan.storage.name_search.NameSearch.search`.
        allowed_secrecy
            Classes that may be shown; None for all that the workspace holds.
        unfinished
            Only names that begin with it, as one types; kinds and classes do not matter then.

        Returns
        -------
        hits
            One row per place, best first.

        Raises
        ------
        InputError
            If the query or an option cannot be.
        """
        if self._search is None:
            self._search = open_search(self.workspace, self.generics, self.readings, self._progress)
        allowed = _ALL if allowed_secrecy is None else allowed_secrecy
        asked: dict[str, Any] = {"limit": limit, "near_unit": near_unit, "lang": lang,
                                 "allowed_secrecy": allowed}  # fmt: skip
        if unfinished:
            return self._search.autocomplete(q, **asked)
        return self._search.search(q, kinds=kinds, classes=classes, **asked)

    @cached_property
    def units(self) -> pd.DataFrame:
        """All units in the workspace's code system, neighbours and former ones with them."""
        units = self.workspace.layers["admin_units"]
        wanted = ("", self.workspace.file.code_system)
        system = texts(units, "code_system")
        return units[system.isin(wanted)] if wanted[1] else units

    @cached_property
    def geocoder(self) -> Geocoder:
        """Units and places by name; former and other names count."""
        places, forms = self.current, self.forms
        if forms is None:
            return Geocoder.of(self.units, places)
        names, aliases = other_names(places, forms)
        return Geocoder.of(self.units, places.assign(other_names=names), aliases=aliases)

    def geocode(self, addresses: Iterable[Any]) -> pd.DataFrame:
        """
        Find unit, place and position of addresses; see `geoplan.placenames.geocode.geocode`.

        Parameters
        ----------
        addresses
            A series or any iterable of texts.

        Returns
        -------
        found
            One row per address, with the index of a series; positions in EPSG:4490.
        """
        return self.geocoder.find(addresses)

    @cached_property
    def cover(self) -> UnitCover:
        """The land of the units."""
        return UnitCover.of(gpd.GeoDataFrame(self.units), metric_crs=self.workspace.metric_crs)

    @cached_property
    def disputes(self) -> gpd.GeoDataFrame | None:
        """Land between the lines of two parties; None where there are no claims."""
        claims = self.workspace.layers["claims"] if "claims" in self.workspace.names else None
        if claims is None or not len(claims):
            return None
        return boundaries.compare_claims(self.workspace.metric("claims"))[0]

    def reverse(
        self, points: gpd.GeoDataFrame, *, ambiguous_m: float | None = None, public: bool = False
    ) -> pd.DataFrame:
        """
        Tell the units, the nearest name and the distance to the line of points.

        Parameters
        ----------
        points
            Points in any CRS.
        ambiguous_m, public
            As for `geoplan.placenames.reverse.reverse`.

        Returns
        -------
        found
            The index of ``points``.

        Raises
        ------
        MissingCRSError
            If the points have no CRS.
        InputError
            If ``ambiguous_m`` is no distance.
        """
        places = self.current
        if public:
            places = places[texts(places, "secrecy") == "public"]
        drawn = isinstance(places, gpd.GeoDataFrame) and not places.geometry.isna().all()
        return reverse(
            points, self.cover, policy=self.workspace.policy, ambiguous_m=ambiguous_m,
            places=gpd.GeoDataFrame(places) if drawn else None, public=public,
            disputes=None if public else self.disputes,
        )  # fmt: skip

    def _unit(self, at: gpd.GeoSeries) -> str:
        point = gpd.GeoDataFrame(geometry=at.representative_point())
        found = reverse(point, self.cover, policy=self.workspace.policy).iloc[0]
        if not isinstance(found["unit_code"], str):
            raise InputError(
                f"The position lies in no unit: {found['reason_en']}.",
                zh=f"位置不在任何单元内：{found['reason_zh']}。",
                fix="give the position, east first, or the unit code",
                fix_zh="改正位置（东在前），或给出区划代码", position=str(at.iloc[0]),
            )  # fmt: skip
        return str(found["unit_code"])

    def _built_up(self, at: gpd.GeoSeries) -> str:
        areas = self.workspace.layers.get("built_up")
        if areas is None:
            return ""
        places = gpd.GeoDataFrame(geometry=at).to_crs(areas.crs)
        return str(in_built_up(places, merged_built_up(areas)).iloc[0])

    @cached_property
    def _units(self) -> dict[str, Above]:
        """Code -> unit."""
        columns = (texts(self.units, c) for c in ("unit_code", "name", "parent_code"))
        return {code: Above(name, above) for code, name, above in zip(*columns, strict=True)}

    @cached_property
    def _own_codes(self) -> dict[str, None]:
        """The city's own units, in their order."""
        return dict.fromkeys(texts(self.workspace.units(), "unit_code"))

    @cached_property
    def _around(self) -> dict[str, dict[str, str]]:
        """Township -> place -> name."""
        return by_township(self.current)

    @cached_property
    def _categories(self) -> dict[str, str]:
        """Name in force -> its category."""
        columns = (texts(self.current, c) for c in ("standard_name", "category_code"))
        return dict(zip(*columns, strict=True))
