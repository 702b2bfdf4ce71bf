"""Policy files (标准库文件): found by name among those that ship, or by path."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from geoplan.errors import MissingFileError, UnknownIdError, UnreadableFileError
from geoplan.policy.parse import parse_policy

if TYPE_CHECKING:
    from geoplan.policy import Policy


def data_folder() -> Path:
    """
    Return the folder of the data that ships: in the wheel, or beside the package in a clone.

    Raises
    ------
    MissingFileError
        If neither is there.
    """
    package = Path(str(resources.files("geoplan")))
    for folder in (package / "data", package.parent / "data"):
        if (folder / "policy").is_dir():
            return folder
    raise MissingFileError.for_path(package / "data", "geoplan")


def list_policies() -> list[str]:
    """Return the names of the policies that ship, sorted."""
    return sorted(p.stem for p in (data_folder() / "policy").glob("*.toml"))


def read_policy(name_or_path: str | Path) -> Policy:
    """
    Read a policy that ships by its name, or any policy file by its path.

    Parameters
    ----------
    name_or_path
        ``suizhou-2022``, or a path that ends in ``.toml``. ``extends`` is looked up beside the
        file first, then among those that ship.

    Returns
    -------
    policy
        Frozen, with every problem of the file already refused.

    Raises
    ------
    UnknownIdError
        If no policy of that name ships.
    MissingFileError
        If the path does not exist.
    PolicyError
        If the file has unknown keys, wrong units or impossible values: each with its line.

    Examples
    --------
    >>> read_policy("suizhou-2022").rule("ELD-01").value
    0.1
    """
    text, file, folder = _text_of(str(name_or_path), None)
    return parse_policy(text, file=file, resolve=lambda base: _text_of(base, folder)[:2])


def _text_of(name: str, beside: Path | None) -> tuple[str, str, Path]:
    if name.endswith(".toml"):
        path = Path(name)
        if not path.exists():
            raise MissingFileError.for_path(path)
    else:
        ship = data_folder() / "policy"
        places = [ship / f"{name}.toml"]
        if beside is not None:
            places.insert(0, beside / f"{name}.toml")
        found = next((p for p in places if p.exists()), None)
        if found is None:
            raise UnknownIdError.among("policy", "标准库", name, list_policies())
        path = found
    try:
        return path.read_text(encoding="utf-8"), path.name, path.parent
    except UnicodeDecodeError as error:
        raise UnreadableFileError.for_file(path, error) from error
