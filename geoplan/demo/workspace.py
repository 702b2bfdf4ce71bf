"""The demo workspace (演示工作区): every layer made in turn, written to a folder in one move."""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geoplan.demo import (
    admin,
    boundaries,
    burial,
    cases,
    estates,
    facilities,
    figures,
    name_registers,
    names,
    papers,
    people,
    projects,
    roads,
    settlement,
    supplements,
    writing,
)
from geoplan.demo import facts as _facts
from geoplan.demo import (
    frame as _frame,
)
from geoplan.demo.metres import to_metres
from geoplan.demo.register import Places
from geoplan.errors import OutputError
from geoplan.schemas import LAYERS

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd

SEED = 20220207


def _silent(share: float, message: str) -> None:
    del share, message


def build(
    folder: str | Path,
    *,
    seed: int = SEED,
    on_progress: Callable[[float, str], None] | None = None,
) -> Path:
    """
    Make the demo workspace (随州演示工作区).

    Parameters
    ----------
    folder
        Where to put it. An existing demo workspace there is replaced in one move; an interrupt
        leaves what was there before.
    seed
        The same seed gives the same content.
    on_progress
        Called with the share done (0–1) and what is being made, in Chinese.

    Returns
    -------
    folder
        The folder with ``workspace.toml``.

    Raises
    ------
    OutputError
        If the folder holds something else than a workspace, or cannot be written.
    MissingExtraError
        If the package with the county polygons is not installed.
    """
    target = Path(folder).absolute()
    _check_target(target)
    tell = on_progress or _silent
    made = layers(seed=seed, on_progress=lambda share, text: tell(share * 0.8, text))
    tell(0.8, "写出文件")
    scratch = target.parent / f".{target.name}-{secrets.token_hex(6)}"
    try:
        scratch.mkdir(mode=0o700, parents=True)
        writing.write(made, scratch)
        _swap(scratch, target)
    except OSError as error:
        raise OutputError.for_path(target, error) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    tell(1.0, "完成")
    return Path(folder)


def _check_target(target: Path) -> None:
    if not target.exists():
        return
    if not target.is_dir() or (any(target.iterdir()) and not (target / "workspace.toml").is_file()):
        raise OutputError.for_path(target, "it exists and is not a demo workspace")


def _swap(scratch: Path, target: Path) -> None:
    """Put the finished folder in place; the old one goes only when the new one is there."""
    scratch.chmod(0o755)
    old = scratch.with_name(scratch.name + "-old")
    if target.exists():
        target.rename(old)
    try:
        scratch.rename(target)
    except BaseException:
        if old.exists():
            old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def layers(
    *, seed: int = SEED, on_progress: Callable[[float, str], None] | None = None
) -> dict[str, Any]:
    """
    Make every layer of the demo city without writing anything.

    Parameters
    ----------
    seed
        The same seed gives the same content.
    on_progress
        Called with the share done (0–1) and what is being made, in Chinese.

    Returns
    -------
    layers
        Frames by layer name, as in `geoplan.schemas`; geometry in EPSG:4490.
    """
    tell = on_progress or _silent
    facts = _facts.load()
    draw = _streams(seed)
    tell(0.0, "行政区划")
    towns = settlement.towns(facts, draw("towns"))
    frame = _frame.build(facts, towns, draw("frame"))
    residents = settlement.village_residents(facts, towns, frame.centres_m, draw("residents"))
    areas = list(shapely.transform(frame.villages.to_numpy(), to_metres))
    tell(0.12, "路网")
    terrain = roads.build(towns, areas, frame.centres_m, residents["rural"], draw("roads"))
    tell(0.6, "人口")
    blocks = estates.choose_blocks(terrain, draw("blocks"))
    population = people.points(facts, residents, areas, terrain, blocks.lived_in, draw("people"))
    units = admin.units(facts, frame, residents, population)
    stat_units, members = admin.zones(facts, frame)
    out: dict[str, Any] = {
        "roads": roads.layer(terrain, draw("slopes")),
        "population": population,
        "admin_units": units,
        "stat_units": stat_units,
        "stat_unit_members": members,
        "unit_codes": _codes(facts),
        "built_up": admin.built_up(towns, terrain, facts.units["name"], frame.city),
        "residential_areas": estates.residential_areas(
            blocks, population, frame.villages, draw("estates")
        ),
    }
    named = names.place_names(facts, frame, towns, terrain, draw("names"))
    out |= name_registers.registers(named, draw)
    tell(0.8, "设施、殡葬")
    places = Places(population, units, terrain.lines, draw("places"))
    out |= _sites(facts, places, draw, out["residential_areas"])
    out["restricted_features"] = burial.restricted(
        terrain, places.with_stream(draw("reserves")), out["built_up"], frame.city
    )
    tell(0.92, "界线")
    return _opened(out | _lines(units, draw))


def _opened(layers: dict[str, Any]) -> dict[str, Any]:
    """Mark the rows of layers that are for everybody: none of them is real."""
    return {
        name: frame.assign(secrecy="public") if LAYERS[name].audience == "open" else frame
        for name, frame in layers.items()
    }


def _sites(
    facts: _facts.Facts,
    places: Places,
    draw: Callable[[str], np.random.Generator],
    areas: gpd.GeoDataFrame,
) -> dict[str, Any]:
    """Make the layers whose things stand near homes; what came later has streams of its own."""
    census = facts.census.sum(numeric_only=True)
    homes, persons = int(census["households"]), int(census["population"])

    def later(part: str) -> Places:
        return places.with_stream(draw(part))

    register = supplements.complete(
        facilities.build(places, homes, persons), areas, later("supplements")
    )
    out: dict[str, Any] = {
        "facilities": register,
        "residential_areas": estates.mark_relocation(areas, register),
        "candidate_sites": estates.candidate_sites(places, register, later("idle rooms")),
        "projects": projects.projects(places, later("projects")),
        "cemeteries": burial.cemeteries(places),
        "graves": burial.graves(places),
    }
    out["indicator_figures"] = figures.indicator_figures(
        later("figures"), register, out["cemeteries"]
    )
    return out


def _lines(units: gpd.GeoDataFrame, draw: Callable[[str], np.random.Generator]) -> dict[str, Any]:
    """Make the boundary layers."""
    layers = boundaries.lines(units, draw)
    lines, rng = layers["boundary_lines"], draw("boundary cases")
    markers = boundaries.markers(lines, draw("markers"))
    inspections = cases.inspections(lines, rng)
    names_ = units.set_index("unit_code")["name"]
    return {
        **layers,
        "boundary_lines": papers.agreed(lines, draw("agreements")),
        "boundary_markers": papers.registered(markers, lines, names_, draw("registers")),
        "documents": papers.documents(lines, inspections, draw("documents")),
        "inspections": inspections,
        "observations": papers.observations(markers, inspections, draw("observations")),
        "claims": cases.claims(lines),
        "hazards": cases.hazards(lines, rng),
    }


def _streams(seed: int) -> Callable[[str], np.random.Generator]:
    """Give each part its own stream, so that a change in one leaves the others as they were."""

    def stream(part: str) -> np.random.Generator:
        return np.random.default_rng([seed, *part.encode()])

    return stream


def _codes(facts: _facts.Facts) -> pd.DataFrame:
    return facts.codes.assign(
        source="NBS 2023; MCA place-name database 2025; paired by county and name",
        source_date=_facts.DATE,
        secrecy="public",
        synthetic=False,
        valid_from=pd.Timestamp("2000-01-01"),
    )


__all__ = ["SEED", "build", "layers"]
