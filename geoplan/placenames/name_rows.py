"""Columns of an index of names (地名索引的列): compact texts, numbers, hashes in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.errors import InputError, MissingColumnsError, MissingCRSError
from geoplan.placenames.classes import CLASSES, class_of
from geoplan.placenames.normalise import keys
from geoplan.placenames.scopes import in_built_up, merged_built_up, unit_number, unit_text
from geoplan.placenames.sounds import spoken

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import geopandas as gpd
    import numpy.typing as npt

    from geoplan.placenames.generics import Generics

    Places = npt.NDArray[np.int64]
    Mask = npt.NDArray[np.bool_]
    Texts = npt.NDArray[Any]

TEXT = np.dtypes.StringDType()
REQUIRED = ("place_id", "name", "category_code", "unit_code")
_GONE = ("renamed", "abolished")
_CLASS_CODES = tuple(CLASSES)


class Rows:
    """
    Names by row, with the order of the hashes of id, specific part and sound.

    Parameters
    ----------
    columns
        ``ids``, ``names``, ``specifics``, ``generics``, ``readings``, ``built_up_ids`` as
        `TEXT`; ``units`` (12 digits), ``categories``, ``classes`` as numbers.
    """

    def __init__(self, columns: dict[str, npt.NDArray[Any]]) -> None:
        self.columns = columns
        self.ids, self.names = columns["ids"], columns["names"]
        self.units: npt.NDArray[np.int64] = columns["units"]
        self.alive = np.ones(len(self.ids), bool)
        sounds = [spoken(r) for r in columns["readings"].tolist()]
        self._read = np.array([bool(s) for s in sounds], bool)
        self._orders = {
            "id": _ordered(self.ids), "specific": _ordered(columns["specifics"]),
            "sound": _ordered(sounds, self._read),
        }  # fmt: skip

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def alive_count(self) -> int:
        """Return how many rows were not taken out."""
        return int(self.alive.sum())

    @property
    def unread(self) -> int:
        """Return how many of them have no reading."""
        return int((self.alive & ~self._read).sum())

    @property
    def nbytes(self) -> int:
        """Return the bytes of columns and orders."""
        orders = sum(h.nbytes + o.nbytes for h, o in self._orders.values())
        return orders + sum(c.nbytes for c in self.columns.values())

    def lookup(self, which: str, code: np.uint64) -> Places:
        """Return the rows whose ``id``, ``specific`` or ``sound`` has a hash, in their order."""
        hashes, order = self._orders[which]
        begin, end = np.searchsorted(hashes, code, "left"), np.searchsorted(hashes, code, "right")
        at = np.sort(order[begin:end]).astype(np.int64)
        return at[self.alive[at]]

    def drop(self, ids: Sequence[str]) -> int:
        """Take rows out by their ids and return how many there were."""
        gone = 0
        for text, code in zip(ids, hashed(ids), strict=True):
            for at in self.lookup("id", code):
                if self.ids[at] == text:
                    self.alive[at] = False
                    gone += 1
        return gone

    def take(self, at: Places | Mask) -> Rows:
        """Return some rows."""
        return Rows({name: column[at] for name, column in self.columns.items()})

    def joined(self, other: Rows) -> Rows:
        """Return the rows of both that were not taken out."""
        return Rows({
            name: np.concatenate([column[self.alive], other.columns[name][other.alive]])
            for name, column in self.columns.items()
        })  # fmt: skip

    def generic_is(self, at: Places, generic: str) -> Mask:
        """Tell which rows have a generic."""
        return np.asarray(self.columns["generics"][at] == generic, bool)

    def class_is(self, at: Places, name_class: str) -> Mask:
        """Tell which rows are of a class."""
        return np.asarray(self.columns["classes"][at] == _CLASS_CODES.index(name_class), bool)

    def specifics(self, at: Places) -> list[str]:
        """Return the comparison keys of specific parts."""
        return [str(t) for t in self.columns["specifics"][at]]

    def built_up(self, at: Places) -> Texts:
        """Return the built-up areas that rows lie in."""
        return self.columns["built_up_ids"][at]

    def sound(self, at: int) -> str:
        """Return the reading of a row's specific part."""
        return str(self.columns["readings"][at])

    def category(self, at: int) -> str:
        """Return a row's category code."""
        return f"{self.columns['categories'][at]:05d}"

    def name_class(self, at: int) -> str:
        """Return a row's class."""
        return _CLASS_CODES[int(self.columns["classes"][at])]

    def unit(self, at: int) -> str:
        """Return a row's unit."""
        return unit_text(int(self.units[at]))


def register_names(
    place_names: gpd.GeoDataFrame | pd.DataFrame, built_up: gpd.GeoDataFrame | None = None
) -> pd.DataFrame:
    """
    Return the names of a register that an index is made from.

    Parameters
    ----------
    place_names
        Layer ``place_names``: ``place_id``, ``standard_name``, ``category_code``, ``unit_code``,
        and where known ``reading`` and ``status``.
    built_up
        Layer ``built_up``; with it each name has the built-up area that its place lies in.

    Returns
    -------
    names
        Columns for `geoplan.placenames.name_index.NameIndex`; without names that were changed or
        abolished. Names only applied for stay: two applications for one name clash too.

    Raises
    ------
    MissingColumnsError
        If a column is absent.
    MissingCRSError
        If there are built-up areas and either layer has no CRS.
    """
    missing = {"place_id", "standard_name", "category_code", "unit_code"} - {*place_names.columns}
    if missing:
        raise MissingColumnsError.for_layer("place_names", missing, place_names.columns)
    status = place_names.get("status", pd.Series("", index=place_names.index))
    rows: Any = place_names[~status.isin(_GONE)]
    names = pd.DataFrame(rows.rename(columns={"standard_name": "name"}))
    kept = names[[*REQUIRED, *(["reading"] if "reading" in names.columns else [])]]
    if built_up is None:
        return kept
    for layer, name in ((rows, "place_names"), (built_up, "built_up")):
        if layer.crs is None:
            raise MissingCRSError.for_layer(name)
    merged = merged_built_up(built_up.to_crs(rows.crs))
    return kept.assign(built_up_id=in_built_up(rows, merged))


def usable(names: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Return the rows that an index can hold, and those it cannot with the reason.

    Parameters
    ----------
    names
        Columns `REQUIRED`.

    Returns
    -------
    names, rejected
        ``rejected`` has the index of ``names``: ``place_id``, ``field``, ``value``, ``reason_zh``,
        ``reason_en``.

    Raises
    ------
    MissingColumnsError
        If a required column is absent.
    """
    missing = set(REQUIRED) - set(names.columns)
    if missing:
        raise MissingColumnsError.for_layer("place_names", missing, names.columns)
    codes = names["category_code"].astype(str)
    known = codes.isin([code for code in codes.unique() if _has_class(code)])
    nameless = names["name"].isna() | (names["name"].astype(str).str.strip() == "")
    bad, lacks = names[nameless | ~known], nameless[nameless | ~known].to_numpy()
    rejected = pd.DataFrame({
        "place_id": bad["place_id"], "field": np.where(lacks, "name", "category_code"),
        "value": np.where(lacks, "", bad["category_code"].astype(str)),
        "reason_zh": np.where(lacks, "没有名称", "没有对应的地名类别"),
        "reason_en": np.where(lacks, "no name", "no class of names holds the code"),
    }, index=bad.index)  # fmt: skip
    return names[~nameless & known], rejected


def _has_class(category_code: str) -> bool:
    try:
        class_of(category_code)
    except InputError:
        return False
    return True


def rows_of(names: pd.DataFrame, generics: Generics) -> Rows:
    """Return the rows of a frame of names, as `usable` gives it."""
    texts = names["name"].astype(str).tolist()
    code, kinds = pd.factorize(names["category_code"].astype(str))
    classes = np.array([_CLASS_CODES.index(class_of(k)) for k in kinds], np.int8)[code]
    wholes = keys(texts)
    cuts = np.zeros(len(wholes), np.int64)
    for number in np.unique(classes):
        at = np.flatnonzero(classes == number)
        cuts[at] = generics.lengths([wholes[i] for i in at], _CLASS_CODES[number])
    parts = [(w[: len(w) - c], w[len(w) - c :]) for w, c in zip(wholes, cuts.tolist(), strict=True)]
    readings = zip(_column(names, "reading"), cuts.tolist(), strict=True)
    place, units = pd.factorize(names["unit_code"].astype(object), use_na_sentinel=False)
    return Rows({
        "ids": np.array(names["place_id"].astype(str).tolist(), TEXT),
        "names": np.array(texts, TEXT),
        "specifics": np.array([s for s, _ in parts], TEXT),
        "generics": np.array([generics.standard.get(g, g) for _, g in parts], TEXT),
        "readings": np.array([specific_reading(r, c) for r, c in readings], TEXT),
        "built_up_ids": np.array(_column(names, "built_up_id"), TEXT),
        "units": np.array([unit_number(u) for u in units], np.int64)[place],
        "categories": np.array([int(k) for k in kinds], np.int32)[code],
        "classes": classes,
    })  # fmt: skip


def specific_reading(reading: str, generic_length: int) -> str:
    """
    Return the reading of the specific part: all syllables but those of the generic.

    Parameters
    ----------
    reading
        Of the whole name; a syllable for each character.
    generic_length
        Characters of the generic's key. A reading that is no longer than that is empty.

    Examples
    --------
    >>> specific_reading("zeng1 du1 qu1", 1), specific_reading("qu1", 1)
    ('zeng1 du1', '')
    """
    if "（" in reading or "(" in reading:
        reading = " ".join(t for t in reading.split() if t not in {"（", "）", "(", ")"})
    if reading.count(" ") < generic_length:
        return ""
    return reading.rsplit(" ", generic_length)[0] if generic_length else reading


def hashed(texts: Iterable[str]) -> npt.NDArray[np.uint64]:
    """Return the hashes of texts, the same in every process."""
    return pd.util.hash_array(np.array(list(texts), dtype=object), categorize=False)


def _ordered(
    texts: Iterable[str], these: Mask | None = None
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int32]]:
    codes = hashed(texts)
    order = np.argsort(codes).astype(np.int32)
    if these is not None:
        order = order[these[order]]
    return codes[order], order


def _column(names: pd.DataFrame, column: str) -> list[str]:
    if column not in names.columns:
        return [""] * len(names)
    return ["" if pd.isna(v) else str(v) for v in names[column]]
