"""Purchase list of signs (标志采购清单): what to make, after renames and where signs lack."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from geoplan.placenames.cells import looked_up, require, texts

if TYPE_CHECKING:
    from collections.abc import Sequence

_COLUMNS = ["sign_kind", "text_zh", "text_pinyin", "count", "reason", "replaces", "status"]


def purchase_list(
    names: pd.DataFrame,
    signs: pd.DataFrame,
    *,
    queue: pd.DataFrame | None = None,
    missing: pd.DataFrame | None = None,
    wrong: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """
    Return the signs to be bought, alike ones together.

    Parameters
    ----------
    names
        The layer ``place_names`` with the names as they are to be shown: ``place_id``,
        ``standard_name``, ``pinyin``.
    signs
        The layer ``name_signs``: ``sign_id``, ``place_id``, ``sign_kind``.
    queue
        From `geoplan.placenames.renames.queue`: signs of renamed places; those of retired ones
        (no new name) are taken down, not bought.
    missing
        From `geoplan.placenames.signs.missing_signs`.
    wrong
        From `geoplan.placenames.signs.sign_texts`: those ``not_met`` are replaced.

    Returns
    -------
    purchase
        ``sign_kind`` (empty where not known), ``text_zh``, ``text_pinyin``, ``count``, ``reason``
        (``rename``, ``missing``, ``wrong_text``), ``replaces`` (ids of signs joined by ``;``),
        ``status``: ``ready``, or ``no_data`` where the spelling is not known and nothing may be
        made yet. A sign to be replaced for two reasons is bought once, for the first.

    Raises
    ------
    MissingColumnsError
        If ``place_id`` or ``standard_name`` is absent.

    Examples
    --------
    >>> names = pd.DataFrame({"place_id": ["P"], "standard_name": "涢水路", "pinyin": "Yúnshuǐ Lù"})
    >>> signs = pd.DataFrame({"sign_id": ["1", "2"], "place_id": "P", "sign_kind": "street"})
    >>> queue = pd.DataFrame({"layer": "name_signs", "id": ["1", "2"], "place_id": "P",
    ...                       "new_name": "涢水路", "bears": "place"})
    >>> purchase_list(names, signs, queue=queue)[["text_zh", "count", "status"]].values.tolist()
    [['涢水路', 2, 'ready']]
    """
    require(names, "place_names", "place_id", "standard_name")
    parts = [pd.DataFrame({"sign_id": [], "place_id": [], "reason": []}, dtype=object)]
    if queue is not None:
        own = queue[(texts(queue, "layer") == "name_signs") & (texts(queue, "new_name") != "")
                    & (texts(queue, "bears") == "place")]  # fmt: skip
        parts.append(_rows(texts(own, "id"), texts(own, "place_id"), "rename"))
    if wrong is not None:
        own = wrong[texts(wrong, "status") == "not_met"]
        parts.append(_rows(texts(own, "sign_id"), texts(own, "place_id"), "wrong_text"))
    table = pd.concat(parts, ignore_index=True).drop_duplicates("sign_id")
    table["sign_kind"] = looked_up(table["sign_id"], signs, "sign_kind", "sign_id")
    if missing is not None:
        new = _rows(pd.Series("", index=missing.index), texts(missing, "place_id"), "missing")
        table = pd.concat([table, new.assign(sign_kind="street")], ignore_index=True)
    return _grouped(table, names)


def _rows(sign_id: pd.Series, place_id: pd.Series, reason: str) -> pd.DataFrame:
    return pd.DataFrame({"sign_id": sign_id, "place_id": place_id, "reason": reason})


def _grouped(table: pd.DataFrame, names: pd.DataFrame) -> pd.DataFrame:
    for column, found in (("text_zh", "standard_name"), ("text_pinyin", "pinyin")):
        table[column] = looked_up(table["place_id"], names, found)
    by: Sequence[str] = ["reason", "sign_kind", "text_zh", "text_pinyin"]
    groups = table.groupby(list(by), sort=True)["sign_id"]
    out = groups.agg(count="size", replaces=lambda s: ";".join(i for i in s if i)).reset_index()
    whole = (out["text_zh"] != "") & (out["text_pinyin"] != "")
    out["status"] = whole.map({True: "ready", False: "no_data"})
    return out.reindex(columns=_COLUMNS)
