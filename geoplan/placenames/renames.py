"""
Renames and retirements (更名、销名): the old name stays as a former one, and what bears it queues.

The place keeps its id. Whatever shows the old name – signs, door numbers, facilities, markers,
lines, maps – goes on a list that somebody works off (地名管理条例第十八条).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from geoplan.errors import InputError, UnknownIdError
from geoplan.placenames.cells import require, texts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from geoplan.placenames.cases import Case

BEARERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "name_signs": ("sign_id", ("text_zh",)),
    "door_numbers": ("door_id", ("address",)),
    "facilities": ("facility_id", ("name", "address")),
    "residential_areas": ("area_id", ("name",)),
    "roads": ("road_id", ("name",)),
    "boundary_markers": ("marker_id", (
        "position_text", "location_a", "location_b", "location_c",
        "ref1_name", "ref2_name", "ref3_name",
    )),
    "boundary_lines": ("line_id", ("name", "start_point", "end_point", "direction_text")),
    "cemeteries": ("cemetery_id", ("name",)),
    "place_names": ("place_id", ("standard_name",)),
    "maps": ("map_id", ("title", "names")),
}  # fmt: skip
"""Layer (or list of maps) -> its key and the columns in which a name can stand."""
_QUEUE = ["place_id", "layer", "id", "field", "value", "bears", "old_name", "new_name", "status"]


class Renamed(NamedTuple):
    """What a rename writes: rows of ``place_names`` and ``name_forms``, and the queue."""

    place: pd.DataFrame
    forms: pd.DataFrame
    queue: pd.DataFrame


def queue(
    place_id: str, old_name: str, new_name: str, layers: Mapping[str, pd.DataFrame]
) -> pd.DataFrame:  # fmt: skip
    """
    Return everything that bears the old name of a place (更换清单).

    Parameters
    ----------
    place_id
        The place, whose id does not change.
    old_name, new_name
        Before and after; the latter is empty where the name is retired.
    layers
        Layers by name; those of `BEARERS` are searched, others are left alone. Maps: a table with
        ``map_id``, ``title``, ``names``. CRS does not matter.

    Returns
    -------
    queue
        A row per cell to be changed, layers in the order of `BEARERS`: ``place_id``, ``layer``,
        ``id``, ``field``, ``value``, ``bears`` – ``place`` (belongs to the place, whatever it
        shows), ``exact`` or ``within`` (the text holds the name: somebody must look) –,
        ``old_name``, ``new_name``, ``status`` ``to_do``. Signs of the place are all in it, save
        those taken down.

    Raises
    ------
    InputError
        If there is no old name.
    MissingColumnsError
        If a layer lacks its key.

    Examples
    --------
    >>> signs = pd.DataFrame({"sign_id": ["1", "2"], "place_id": ["P", "Q"],
    ...                       "text_zh": ["老路", "新街"]})
    >>> queue("P", "老路", "涢水路", {"name_signs": signs})[["id", "bears"]].values.tolist()
    [['1', 'place']]
    """
    if not old_name.strip():
        raise InputError(
            f"Place {place_id!r} has no old name to look for.",
            zh=f"地名“{place_id}”没有原名称，无法查找。",
            fix="give the name before the change", fix_zh="填写更名前的名称", place_id=place_id,
        )  # fmt: skip
    parts = [pd.DataFrame(columns=_QUEUE)]
    for layer, (id_column, columns) in BEARERS.items():
        if layer not in layers or layers[layer].empty:
            continue
        frame = layers[layer]
        require(frame, layer, id_column)
        found = _bearing(place_id, old_name.strip(), layer, frame, columns)
        rows = found.assign(id=texts(frame, id_column).to_numpy()[found["at"]], layer=layer)
        parts.append(rows.drop(columns="at"))
    table = pd.concat([p for p in parts[1:] if len(p)] or parts, ignore_index=True)
    return table.assign(place_id=place_id, old_name=old_name, new_name=new_name,
                        status="to_do")[_QUEUE]  # fmt: skip


def _bearing(
    place_id: str, old: str, layer: str, frame: pd.DataFrame, columns: tuple[str, ...]
) -> pd.DataFrame:
    """Return the cells of a layer that show the name, and all rows that belong to the place."""
    own = (texts(frame, "place_id") == place_id).to_numpy()
    if layer == "place_names":  # the place itself is renamed, not queued
        own, skip = np.zeros(len(frame), bool), own
    else:
        skip = (texts(frame, "condition") == "removed").to_numpy() & (layer == "name_signs")
    parts = []
    shown = np.zeros(len(frame), bool)
    for column in columns:
        value = texts(frame, column)
        exact = (value == old).to_numpy()
        within = value.str.contains(old, regex=False).to_numpy(dtype=bool)
        hit = within & ~skip
        shown |= hit
        bears = np.where(own, "place", np.where(exact, "exact", "within"))
        at = np.flatnonzero(hit)
        parts.append(pd.DataFrame({"at": at, "field": column, "value": value.to_numpy()[at],
                                   "bears": bears[at]}))  # fmt: skip
    at = np.flatnonzero(own & ~shown & ~skip)
    first = texts(frame, columns[0]).to_numpy()
    parts.append(pd.DataFrame({"at": at, "field": columns[0], "value": first[at],
                               "bears": "place"}))  # fmt: skip
    return pd.concat(parts, ignore_index=True).sort_values("at", kind="stable")


def rename(
    case: Case, places: pd.DataFrame, forms: pd.DataFrame, layers: Mapping[str, pd.DataFrame],
    *, on: date, name_id: str, reading: str = "", roman: str = "",
) -> Renamed:  # fmt: skip
    """
    Close the old name of a place as a former one, open the new one, and queue what bears the old.

    Parameters
    ----------
    case
        An approved case of the kind ``rename``, or ``retire`` to give the name up.
    places, forms
        The layers ``place_names`` and ``name_forms``.
    layers
        As for `queue`.
    on
        The first day of the new name.
    name_id
        Id of the new form.
    reading, roman
        Of the new name, as reviewed; empty where not known.

    Returns
    -------
    renamed
        The place with the new name and its old id; the forms that change: the standard one
        closed as ``former`` the day before ``on``, the new one; the queue. Rows to write to the
        registry, which keeps what they replace.

    Raises
    ------
    UnknownIdError
        If there is no such place.
    InputError
        If the case is not approved, is of another kind, or states another old name.
    """
    place = places[texts(places, "place_id") == case.place_id]
    if place.empty:
        raise UnknownIdError.among("place", "地名", case.place_id, texts(places, "place_id"))
    old = texts(place, "standard_name").iloc[0]
    _require_decided(case, old)
    retire = case.case_kind == "retire"
    new = "" if retire else case.name
    cells = {"status": "abolished", "abolished_year": on.year} if retire else {
        "standard_name": new, "reading": reading or None, "pinyin": roman or None,
        "reading_source": None, "reading_reviewer": None, "specific": None, "generic": None,
        "status": "approved",
    }  # fmt: skip
    changed = _forms(case, place, forms, on)
    place = place.assign(**cells)
    if not retire:
        row = {"name_id": name_id, "place_id": case.place_id, "text": new, "kind": "standard",
               "reading": reading or None, "roman": roman or None, "status": "current",
               "case_id": case.case_id, "valid_from": pd.Timestamp(on)}  # fmt: skip
        changed = pd.concat([changed, pd.DataFrame([row])], ignore_index=True)
    return Renamed(place, changed, queue(case.place_id, old, new, layers))


def _require_decided(case: Case, old: str) -> None:
    """Refuse what is not approved, no change of a name, or about another name."""
    fault = ""
    if case.case_kind not in {"rename", "retire"}:
        fault, zh = f"is a {case.case_kind}, no change of a name", "不是更名或销名"
    elif case.approved_on is None:
        fault, zh = "is not approved", "尚未批准"
    elif (case.former_name if case.case_kind == "rename" else case.name) != old:
        fault, zh = f"is not about {old!r}, the name on record", f"所写原名称与登记的“{old}”不一致"
    if fault:
        raise InputError(
            f"Case {case.case_id!r} {fault}.", zh=f"案卷“{case.case_id}”{zh}。",
            fix="approve the case first, and state the name on record", case_id=case.case_id,
            fix_zh="先批准案卷，并写明登记的原名称",
        )  # fmt: skip


def _forms(case: Case, place: pd.DataFrame, forms: pd.DataFrame, on: date) -> pd.DataFrame:
    """Return the standard forms of the place closed; the old name as a row where it has none."""
    mine = texts(forms, "place_id") == case.place_id
    own = forms[mine & (texts(forms, "kind") == "standard")]
    if own.empty:
        old = place.iloc[[0]].reindex(columns=["place_id", "standard_name", "reading",
                                               "reading_source", "pinyin", "source"])  # fmt: skip
        own = old.rename(columns={"standard_name": "text", "pinyin": "roman"})
        own = own.assign(name_id=f"{case.place_id}-{case.case_id}")
    last = pd.Timestamp(on) - pd.Timedelta(days=1)
    return own.assign(kind="former", status="closed", valid_to=last, case_id=case.case_id)
