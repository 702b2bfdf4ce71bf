"""The search index of a workspace's names (工作区地名检索库): made when missing or out of date."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from geoplan import io
from geoplan.crs import GEOGRAPHIC
from geoplan.errors import OutputError, StoreError
from geoplan.io.secrecy import ranks
from geoplan.placenames.cells import texts
from geoplan.schemas import LAYERS
from geoplan.schemas.vocabulary import SECRECY
from geoplan.storage.name_search import NameSearch, build
from geoplan.workspace.names_around import classes_of

if TYPE_CHECKING:
    from geoplan.placenames.generics import Generics
    from geoplan.placenames.readings import Readings
    from geoplan.workspace.opening import Progress, Workspace

GONE = ("renamed", "abolished")
"""Status of a name that is no longer one."""
FORM_COLUMNS = ("form_id", "place_id", "text", "reading", "kind", "name_class", "unit_code", "lon",
                "lat", "importance", "secrecy")  # fmt: skip
_LAYERS = ("place_names", "name_forms")
_IMPORTANCE = {"213": 1.0, "214": 0.9, "215": 0.8, "216": 0.5, "276": 0.5, "12": 0.6, "11": 0.5,
               "13": 0.5, "235": 0.4, "23": 0.4, "222": 0.3}  # fmt: skip
"""First digits of the category -> what it weighs in ranking (convention of the project)."""
_USUAL_IMPORTANCE = 0.3
_CLASSES = tuple(c.code for c in SECRECY)


def open_search(
    workspace: Workspace,
    generics: Generics,
    readings: Readings,
    progress: Progress | None = None,
) -> NameSearch:
    """
    Open the index of a workspace's names, made first where it is missing or out of date.

    Parameters
    ----------
    workspace
        With ``place_names``, and ``name_forms`` where there are.
    generics, readings
        For `geoplan.storage.name_search.NameSearch`.
    progress
        Called with the share done (0–1) and a word while it is made.

    Returns
    -------
    search
        Kept in the workspace's ``.cache``; where that cannot be written, in a temporary file that
        goes with it.

    Raises
    ------
    GeoplanError
        Whatever reading the layers says.
    """
    kept, version = workspace.folder / ".cache" / "names.sqlite", _version(workspace)
    if kept.is_file():
        try:
            found = NameSearch(kept, generics=generics, readings=readings)
        except StoreError:  # damaged, or of another version of geoplan
            pass
        else:
            if found.version == version:
                return found
            found.close()
    forms = forms_of(
        workspace.layers["place_names"],
        workspace.layers["name_forms"] if "name_forms" in workspace.names else None,
        readings,
    )
    try:
        kept.parent.mkdir(exist_ok=True)
        _build(kept, forms, version, progress)
    except (OSError, OutputError):  # a read-only workspace can be searched too
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            _build(Path(folder) / kept.name, forms, version, progress)
            return NameSearch(Path(folder) / kept.name, generics=generics, readings=readings)
    return NameSearch(kept, generics=generics, readings=readings)


def _build(path: Path, forms: pd.DataFrame, version: str, progress: Progress | None) -> None:
    word, total = "建立地名检索库 name-search index", max(len(forms), 1)
    tell = progress or (lambda *_: None)
    tell(0.0, word)
    build(path, forms, version=version, progress=lambda count: tell(0.9 * count / total, word))
    tell(1.0, word)


def _version(workspace: Workspace) -> str:
    """Say what the index rests on: the state of both layers and the table of readings."""
    names = [n for n in _LAYERS if n in workspace.names]
    stored = [n for n in names if n in workspace.store.layers]
    parts = [io.digest_file(io.data_folder() / "placenames" / "readings.csv")]
    if stored:
        with workspace.store.open(read_only=True) as registry:
            newest = registry.changed_since(0)
            parts += [f"{workspace.store.url} {registry.state()[1]}"]
        parts += [f"{n} {newest.get(n)}" for n in stored]
    for name in names:
        if name not in stored:
            source = workspace.file.layers[name]
            parts += [name, io.digest_file(source.path), str(source.columns), str(source.crs)]
    return hashlib.sha256("|".join(parts).encode()).hexdigest()


def forms_of(
    places: pd.DataFrame, forms: pd.DataFrame | None, readings: Readings
) -> pd.DataFrame:  # fmt: skip
    """
    Return every form of every name, as the index takes them.

    Parameters
    ----------
    places
        Layer ``place_names``, any CRS.
    forms
        Layer ``name_forms``; a place without a standard form there has its standard name.
    readings
        For forms whose reading is not registered.

    Returns
    -------
    forms
        Columns `FORM_COLUMNS`; positions in EPSG:4490. The class of secrecy is the higher one of
        place and form; the name of an abolished place is a ``former`` one.

    Raises
    ------
    MissingColumnsError
        If a column is absent.
    """
    place = _about_places(places)
    own = pd.DataFrame({
        "form_id": "place:" + place["place_id"], "place_id": place["place_id"],
        "text": texts(places, "standard_name"), "reading": texts(places, "reading"),
        "kind": "standard", "rank": place["rank"],
    })  # fmt: skip
    if forms is not None:
        others = pd.DataFrame({
            "form_id": texts(forms, "name_id"), "place_id": texts(forms, "place_id"),
            "text": texts(forms, "text"), "reading": texts(forms, "reading"),
            "kind": texts(forms, "kind"), "rank": ranks(forms, LAYERS["name_forms"]),
        })  # fmt: skip
        standard = others.loc[others["kind"] == "standard", "place_id"]
        own = pd.concat([own[~own["place_id"].isin(standard)], others], ignore_index=True)
    about = place.drop_duplicates("place_id").set_index("place_id").reindex(own["place_id"])
    about = about.set_axis(own.index)
    reading = own["reading"].where(own["reading"] != "", readings.read_many(own["text"]))
    rank = own["rank"].where(about["rank"].isna() | (own["rank"] > about["rank"]), about["rank"])
    gone = about["status"].isin(GONE) & (own["kind"] == "standard")
    made = own.assign(
        reading=reading, kind=own["kind"].mask(gone, "former"),
        secrecy=[_CLASSES[int(r)] for r in rank],
        **{c: about[c] for c in ("name_class", "unit_code", "lon", "lat")},
        importance=about["importance"].fillna(0.0),
    )  # fmt: skip
    return made[list(FORM_COLUMNS)]


def _about_places(places: pd.DataFrame) -> pd.DataFrame:
    code = texts(places, "category_code")
    weight = {c: _weight(c) for c in code.unique()}
    lon = lat = pd.Series(float("nan"), index=places.index)
    if isinstance(places, gpd.GeoDataFrame) and places.crs is not None:
        points = places.geometry.to_crs(GEOGRAPHIC).representative_point()
        lon, lat = points.x, points.y
    return pd.DataFrame({
        "place_id": texts(places, "place_id"), "name_class": classes_of(places),
        "unit_code": texts(places, "unit_code"), "status": texts(places, "status"),
        "importance": code.map(weight), "lon": lon, "lat": lat,
        "rank": ranks(places, LAYERS["place_names"]),
    })  # fmt: skip


def _weight(category_code: str) -> float:
    return _IMPORTANCE.get(category_code[:3], _IMPORTANCE.get(category_code[:2], _USUAL_IMPORTANCE))
