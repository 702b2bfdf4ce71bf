"""Files of the place-name rules (地名规则数据): generics, lexicons, the table of characters."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoplan.errors import MissingFileError, UnreadableFileError
from geoplan.io.encodings import decode
from geoplan.io.policy_files import data_folder
from geoplan.placenames.characters import Characters
from geoplan.placenames.generics import Generics
from geoplan.placenames.lexicons import Lexicons

if TYPE_CHECKING:
    from collections.abc import Iterable


def read_generics(*overlays: str | Path) -> Generics:
    """
    Read the generic terms that ship, with files of one's own laid over.

    Parameters
    ----------
    *overlays
        TOML files with tables ``generics`` and ``sizes`` as in ``data/placenames/generics.toml``.

    Raises
    ------
    MissingFileError
        If a file does not exist.
    UnreadableFileError
        If it is not TOML in UTF-8.
    InputError
        If a row is wrong.

    Examples
    --------
    >>> read_generics().split("东城街道", "township")
    Split(specific='东城', generic='街道')
    """
    return Generics.of(*_documents("generics.toml", overlays))


def read_lexicons(*overlays: str | Path) -> Lexicons:
    """
    Read the lists of words that ship, with files of one's own laid over.

    Parameters
    ----------
    *overlays
        TOML files with sections as in ``data/placenames/lexicons.toml``; words are added to the
        section of the same name, and its ``scope`` is replaced where it is given.

    Raises
    ------
    MissingFileError
        If a file does not exist.
    UnreadableFileError
        If it is not TOML in UTF-8.
    InputError
        If a section is wrong.

    Examples
    --------
    >>> read_lexicons().section("famous").found("泰山")
    ('泰山',)
    """
    return Lexicons.of(*_documents("lexicons.toml", overlays))


def read_characters(path: str | Path) -> Characters:
    """
    Read the table of standard characters (通用规范汉字表), which does not ship.

    Parameters
    ----------
    path
        A text file, UTF-8 or GB18030. Either one line each with character and level (1–3), parted
        by a comma, tab or blank, in any order, with or without a header; or the characters alone,
        a paragraph for each level (parted by an empty line).

    Returns
    -------
    characters

    Raises
    ------
    MissingFileError
        If the file does not exist.
    InputError
        If a line is neither, or a character stands twice; names the line.
    """
    file = Path(path)
    if not file.exists():
        raise MissingFileError.for_path(file)
    return Characters.parse(decode(file.read_bytes(), file)[0])


def _documents(name: str, overlays: Iterable[str | Path]) -> list[dict[str, Any]]:
    return [_document(Path(p)) for p in (data_folder() / "placenames" / name, *overlays)]


def _document(path: Path) -> dict[str, Any]:
    if not path.exists():
        raise MissingFileError.for_path(path)
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UnreadableFileError.for_file(path, error) from error
