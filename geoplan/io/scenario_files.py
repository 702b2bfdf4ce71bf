"""Scenario files (情景文件): ``scenarios/<name>.json`` in a workspace folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from geoplan.errors import GeoplanError, InputError, MissingFileError, UnreadableFileError
from geoplan.io.atomic import replacing

if TYPE_CHECKING:
    from geoplan.scenario import Scenario

FOLDER = "scenarios"


def list_scenarios(folder: str | Path) -> list[str]:
    """Return the names of the scenarios saved in a workspace folder, sorted."""
    return sorted(p.stem for p in (Path(folder) / FOLDER).glob("*.json") if p.name[0] != ".")


def write_scenario(scenario: Scenario, folder: str | Path) -> Path:
    """
    Save a scenario in a workspace folder under its name; an older one of that name is replaced.

    Returns
    -------
    path
        The file, which can be sent to others.

    Raises
    ------
    OutputError
        If the folder cannot be written; the older file then stays.
    """
    path = Path(folder) / FOLDER / f"{scenario.name}.json"
    with replacing(path) as temporary:
        temporary.write_text(scenario.to_json(), encoding="utf-8")
    return path


def read_scenario(name_or_path: str | Path, folder: str | Path | None = None) -> Scenario:
    """
    Read a scenario by its name in a workspace folder, or from any file.

    Parameters
    ----------
    name_or_path
        A name, with ``folder``; or a path that ends in ``.json``.
    folder
        The workspace.

    Raises
    ------
    MissingFileError
        If there is no such file.
    UnreadableFileError
        If it is no text in UTF-8, or no scenario.
    """
    from geoplan.scenario import Scenario

    path = Path(name_or_path)
    if folder is not None and path.suffix != ".json":
        path = Path(folder) / FOLDER / Scenario(str(name_or_path)).name
        path = path.with_name(f"{path.name}.json")
    try:
        return Scenario.from_json(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise MissingFileError.for_path(path) from None
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFileError.for_file(path, error) from error
    except InputError as error:
        raise _named(error, path) from error


def _named(error: InputError, path: Path) -> GeoplanError:
    return UnreadableFileError(
        f"{path}: {error.message}", zh=f"{path}：{error.message_zh}", fix=error.fix,
        fix_zh=error.fix_zh, file=str(path),
    )  # fmt: skip
