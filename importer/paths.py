"""What is asked of a path of the user's, which may lie on a share: any call can fail there at any moment.

Theory of operation. What is asked beforehand is only ever a hint, so a question that gets no answer is answered with
no; reading and writing themselves then say what is wrong, to whoever has words for it. No answer is never guessed at
where a file could be replaced for it: names that are free are looked for by `free_name`, which raises.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path, PurePath
from stat import S_ISDIR, S_ISREG
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable


WORKBOOK_SUFFIXES = (".xlsx", ".xlsm")
TEXT_SUFFIXES = (".csv", ".tsv", ".txt")
ROSTER_SUFFIXES = (*WORKBOOK_SUFFIXES, *TEXT_SUFFIXES)
"""What files that can be read are called, in lower case."""

NOTHING_THERE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.EINVAL, errno.ELOOP})
"""What a system says of a name that nothing has: one that is too long, or a pattern's on Windows, included."""

_PORTS = (f"{kind}{number}" for kind in ("COM", "LPT") for number in "123456789¹²³")
_DEVICES = frozenset({"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", *_PORTS})
_LONGEST = 2 * 255
"""Bytes of a name in UTF-16. Of a longer one Windows says that nothing is there, and no more."""
_NOT_IN_A_NAME = frozenset('"*:<>?|') | {chr(number) for number in range(32)}


def windows_keeps(path: PurePath) -> bool:
    """Return whether Windows has no file of that name: it means a device, a stream, another name, or nothing at all.

    Python's own os.path.isreserved is of 3.13.
    Source: https://learn.microsoft.com/windows/win32/fileio/naming-a-file
    """
    parts = (part for part in path.parts if part not in {path.anchor, "..", "."})
    return any(
        part[-1:] in {".", " "}
        or len(part.encode("utf-16-le", "surrogatepass")) > _LONGEST
        or _NOT_IN_A_NAME.intersection(part)
        or part.partition(".")[0].rstrip(" ").upper() in _DEVICES
        for part in parts
    )


def refuse_kept(path: PurePath) -> None:
    """Raise OSError where what is saved under that name would be in no file of that name, here."""
    if os.name == "nt" and windows_keeps(path):
        raise OSError(errno.EINVAL, "Windows has no file of such a name", str(path))


def mode_of(path: Path) -> int:
    """Return the mode of what is there, 0 where there is nothing. Raise OSError where that can't be told."""
    try:
        return path.stat().st_mode
    except OSError as error:
        if error.errno in NOTHING_THERE:
            return 0
        raise
    except ValueError:  # a name that no system can have
        return 0


def is_file(path: Path) -> bool:
    """Return whether there is such a file; False too where that can't be told."""
    return S_ISREG(_mode_if_told(path))


def is_folder(path: Path) -> bool:
    """Return whether there is such a folder; False too where that can't be told."""
    return S_ISDIR(_mode_if_told(path))


def is_there(path: Path) -> bool:
    """Return whether there is anything of that name; False too where that can't be told."""
    return bool(_mode_if_told(path))


def _mode_if_told(path: Path) -> int:
    try:
        return mode_of(path)
    except OSError:
        return 0


def resolved(path: Path) -> Path:
    """Return the full path without links; with them, where they can't be followed or lead to themselves."""
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):
        return Path(full(path))


def full(path: Path | str) -> str:
    """Return the full path, as it was typed otherwise; just that where the working folder has gone away."""
    try:
        return str(Path(path).absolute())
    except OSError:
        return str(path)


def free_name(named: Callable[[int], Path]) -> Path:
    """Return the first of `named(1)`, `named(2)` … that nothing has. Raise OSError where that can't be told."""
    number = 1
    while True:
        path = named(number)
        try:
            path.lstat()
        except FileNotFoundError:
            return path
        number += 1


def own_folder(kind: Literal["config", "state"]) -> Path | None:
    """Return the account's own folder for settings, or for what is kept, as the platform has it.

    None where the account has no home: in a container it can be a number that no list of accounts has.
    """
    from platformdirs import PlatformDirs  # noqa: PLC0415 - a part of the time that --help takes

    folders = PlatformDirs("meeting-importer", appauthor=False)
    try:
        path = folders.user_config_path if kind == "config" else folders.user_state_path
    except RuntimeError:
        return None
    return path if path.is_absolute() else None  # older versions of it leave the sign for the home as it is
