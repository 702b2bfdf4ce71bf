"""Text encodings (编码): decided by evidence, never guessed into mojibake (乱码)."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from geoplan.errors import UnreadableFileError

if TYPE_CHECKING:
    from pathlib import Path

_LATIN_RUN = re.compile(r"[\u00c0-\u00ff]{2,}|[\u00a1-\u00bf][\u00c0-\u00ff]")


def looks_garbled(text: str) -> bool:
    """
    Tell whether a text is Chinese read as Latin letters.

    Examples
    --------
    >>> looks_garbled("À÷É½Õò"), looks_garbled("厉山镇"), looks_garbled("Zürich")
    (True, False, False)
    """
    if not _LATIN_RUN.search(text):
        return False
    try:
        back = text.encode("latin-1").decode("gb18030")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return False
    chinese = sum("\u4e00" <= c <= "\u9fff" for c in back)
    return chinese * 2 >= len(back.strip()) > 0


def decide(raw: bytes) -> str | None:
    """Return the first of UTF-8 and GB18030 that reads the bytes strictly, or None."""
    for encoding in ("utf-8", "gb18030"):
        try:
            raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return None


def decode(raw: bytes, path: Path, encoding: str | None = None) -> tuple[str, str]:
    """
    Read the bytes of a text file and say how they were read.

    Parameters
    ----------
    raw
        The file's bytes.
    path
        Named in errors.
    encoding
        What the user says it is.

    Returns
    -------
    text, encoding

    Raises
    ------
    UnreadableFileError
        If neither the encoding given, nor UTF-8, nor GB18030 reads it.
    """
    if raw.startswith(codecs.BOM_UTF8):
        return raw.decode("utf-8-sig", errors="strict"), "utf-8-sig"
    for mark in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        if raw.startswith(mark):
            return raw.decode("utf-16"), "utf-16"
    chosen = encoding or decide(raw)
    try:
        return raw.decode(chosen or "utf-8"), chosen or "utf-8"
    except (UnicodeDecodeError, LookupError) as error:
        raise UnreadableFileError.for_file(path, error) from error


def of_shapefile(path: Path, encoding: str | None = None) -> str:
    """
    Decide the encoding of a shapefile's attributes: as told, by ``.cpg``, by its bytes.

    The bytes are read strictly as UTF-8, then as GB18030; the language byte of the ``.dbf`` is
    not trusted, since 0x57 stands in UTF-8 and GBK files alike.

    Raises
    ------
    UnreadableFileError
        If there is no ``.dbf``, or neither encoding reads it.
    """
    if encoding:
        return encoding
    for cpg in (path.with_suffix(".cpg"), path.with_suffix(".CPG")):
        if cpg.exists():
            named = cpg.read_text(encoding="ascii", errors="ignore").strip()
            return _named(named)
    dbf = next((p for p in (path.with_suffix(".dbf"), path.with_suffix(".DBF")) if p.exists()),
               None)  # fmt: skip
    if dbf is None:
        raise UnreadableFileError.for_file(path, "its .dbf is missing")
    raw = dbf.read_bytes()
    found = decide(raw[32:].translate(None, b"\x00"))
    if found is None:
        raise UnreadableFileError.for_file(dbf, "neither UTF-8 nor GB18030 reads its text")
    return found


def _named(name: str) -> str:
    """Return the Python name of what a ``.cpg`` says; every GB code page reads as GB18030."""
    word = name.upper().replace("-", "").replace("_", "")
    if word in {"936", "CP936", "GBK", "GB2312", "GB18030", "ANSI936", "54936"}:
        return "gb18030"
    return "utf-8" if word in {"UTF8", "65001", ""} else name
