"""
Rules about papers and progress (文件与进度): basis, consents, precise lines, 平安边界.

BND-12, 16, 26a–c, 27.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.boundaries.conformance_objects import (
    DEMARCATED,
    MET,
    NOT_MET,
    UNKNOWN,
    Finder,
    Judged,
    Registers,
    between_names,
    line_names,
    missing,
    objects,
    sides_of,
    state_of,
)
from geoplan.boundaries.ledgers import (
    COUNTED,
    basis_documents,
    done_lines,
    hazard_ledger,
    peace_agreements,
    precision_figures,
)
from geoplan.boundaries.notes import shapes_of, texts
from geoplan.boundaries.overlays import crossings
from geoplan.errors import EmptyLayerError

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.policy import Rule

    Array = npt.NDArray[Any]
    Words = tuple[str, str]

LINES = ("boundary_lines", "界线")
WORKS = ("projects", "residential_areas", "cemeteries", "facilities")
"""Layers that hold construction."""
_COMING = {"build_status": ("new",), "status": ("planned", "building")}
_CONSENT = ("跨界，未见双方同意的文件", "crosses a line; no consent of both on file")


def basis(held: Registers, _: Rule) -> list[Judged]:
    """BND-12 检查依据齐备: agreement, map, register of markers, approval of each agreed line."""
    lines = held.need("boundary_lines")
    lines = lines.loc[np.isin(texts(lines, "legal_status"), (*DEMARCATED, ""))]
    documents = held.need("documents")
    found = basis_documents(lines, documents, inspections=held.get("inspections"))
    state = state_of(found["status"], ["met"], ["warning"])
    why = [tuple((f"缺{zh}", f"no {en}") for zh, en in zip(
        z.removeprefix("缺").split("、"), m.split(";"), strict=True)) if m else ()
        for z, m in zip(found["remark_zh"], found["missing"], strict=True)]  # fmt: skip
    return [Judged(objects(line_names(lines), lines, state, why=why), *LINES)]


def works_across(held: Registers, _: Rule) -> list[Judged]:
    """
    BND-16 跨界工程: construction with a shape; across a line it needs the consent of both.

    Consent is on file where documents name the work in ``case_id``: one agreement, or approvals
    of two issuers. Without a register of documents a crossing is left to be verified.
    """
    lines = held.need("boundary_lines")
    parts = [_works(held.get(name)) for name in WORKS]
    shaped = [p for p in parts if p is not None]
    if not shaped:
        raise EmptyLayerError.for_layer("/".join(WORKS))
    works = gpd.GeoDataFrame(pd.concat(shaped, ignore_index=True), crs=shaped[0].crs)
    documents = held.get("documents")
    found = crossings(works, lines, consented=_consented(documents))
    open_ = found[(found["status"] == "consent_needed").to_numpy()]
    state = np.full(len(works), MET)
    state[np.unique(open_.index)] = UNKNOWN if documents is None else NOT_MET
    why = [() if s == MET else (_CONSENT,) for s in state]
    codes = pd.DataFrame(found[~found.index.duplicated()]).reindex(works.index)
    codes["left_code"] = codes["left_code"].fillna(works["unit_code"])
    return [Judged(objects(list(works["name"]), codes, state, why=why), "works", "建设项目")]


def _works(frame: pd.DataFrame | None) -> gpd.GeoDataFrame | None:
    """Return the construction of a layer that has a shape: id, name, unit."""
    if not isinstance(frame, gpd.GeoDataFrame) or frame.crs is None:
        return None
    shaped = shapely.get_dimensions(shapes_of(frame)) > 0
    for column, words in _COMING.items():
        if column in frame.columns:
            shaped &= np.isin(texts(frame, column), words)
            break
    here = frame.loc[shaped]
    key = next((c for c in here.columns if c.endswith("_id")), "")
    ids = texts(here, key)
    names = [n or i for n, i in zip(texts(here, "name"), ids, strict=True)]
    return gpd.GeoDataFrame({"project_id": ids, "name": names, "unit_code": texts(
        here, "unit_code")}, geometry=shapes_of(here), crs=here.crs)  # fmt: skip


def _consented(documents: pd.DataFrame | None) -> set[str]:
    """Return the works that both governments have consented to, by the documents that name them."""
    if documents is None:
        return set()
    table = pd.DataFrame({c: texts(documents, c) for c in ("case_id", "document_kind", "issuer")})
    agreed = set(table.loc[table["document_kind"] == "agreement", "case_id"])
    approved = table[(table["document_kind"] == "approval") & (table["issuer"] != "")]
    issuers = approved.groupby("case_id")["issuer"].nunique()
    return (agreed | set(issuers.index[issuers > 1])) - {""}


def precise(held: Registers, rule: Rule) -> list[Judged]:
    """BND-26a 核定, 26b 勘定, 26c 细化: each by what it is counted by, never put into one."""
    name = "village_lines" if rule.id == "BND-26a" else "boundary_lines"
    given: dict[str, Any] = {name: held.need(name)}
    levels = dict.fromkeys(("prefecture", "county", *rule.options.levels))
    units = {code: own for level in levels for code, own in held.members[level].items()}
    figures = precision_figures(held.policy, units=units, **given)
    lines, done = done_lines(given.get("boundary_lines"), given.get("village_lines"))[rule.id]
    if lines is None:
        raise EmptyLayerError.for_layer(name)
    words = {"count": ("lines", "条数", "count"), "length_m": ("length", "长度", "m")}
    why: list[tuple[Words, ...]] = [(("未知", "unknown"),) if np.isnan(d) else () for d in done]
    names = line_names(lines) if "name" in lines else between_names(lines, held.get("admin_units"))
    table = objects(names, lines, done, why=why)
    out = []
    for counted in (c for r, c in COUNTED if r == rule.id):
        kind, kind_zh, unit = words[counted]
        own = figures[(figures["rule_id"] == rule.id) & (figures["counted"] == counted)]
        measured = own.set_index("unit_code")[list(_MEASURED)]
        out.append(Judged(table, kind, kind_zh, unit=rule.unit, target=rule.target(),
                          gap_unit=unit, figures=measured))  # fmt: skip
    return out


_MEASURED = ("value", "value_min", "value_max", "numerator", "denominator_value", "missing",
             "completeness_share", "gap", "status")  # fmt: skip


def peace(held: Registers, _: Rule) -> list[Judged]:
    """BND-27 平安边界: agreements in force, and hazards in time; reported, never judged."""
    lines, documents, hazards = (
        held.need("boundary_lines"), held.get("documents"), held.get("hazards"),
    )  # fmt: skip
    told = peace_agreements(lines, documents, held.day)["status"]
    state = state_of(told, ["in_force"], ["expired", "missing"])
    words = {"expired": ("协议已过期", "agreement expired"),
             "missing": ("没有协议", "no agreement"),
             "to_verify": ("协议未写有效期", "no end written"),
             "no_data": ("没有文件登记", "no register of documents")}  # fmt: skip
    why = [(words[s],) if s in words else () for s in told]
    out = [Judged(objects(line_names(lines), lines, state, why=why), "agreements", "平安边界协议",
                  target=None)]  # fmt: skip
    if hazards is None:
        said = ("没有隐患台账", "no ledger of hazards")
        return [*out, missing("hazards", "隐患", said, None)]
    ledger = hazard_ledger(hazards, held.day)
    state = state_of(ledger["status"], ["due", "closed", "closed_late"], ["overdue"])
    late = {"overdue": ("逾期未办结", "overdue"), "no_data": ("缺状态或期限", "no state or date")}
    names = [f"{d}（{i}）" for d, i in zip(ledger["description"], ledger["hazard_id"], strict=True)]
    codes = sides_of(list(ledger["line_id"]), lines)
    why = [(late[s],) if s in late else () for s in ledger["status"]]
    return [*out, Judged(objects(names, codes, state, why=why), "hazards", "隐患", target=None)]


RULES: dict[str, Finder] = {
    "BND-12": Finder(basis, ("boundary_lines", "documents", "inspections")),
    "BND-16": Finder(works_across, ("boundary_lines", "documents", *WORKS)),
    "BND-26a": Finder(precise, ("village_lines", "admin_units")),
    "BND-26b": Finder(precise, ("boundary_lines",)),
    "BND-26c": Finder(precise, ("boundary_lines",)),
    "BND-27": Finder(peace, ("boundary_lines", "documents", "hazards")),
}
