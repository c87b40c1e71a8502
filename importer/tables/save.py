"""A file put in place whole or not at all."""

from __future__ import annotations

import errno
import os
import re
import secrets
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from importer.tables.replaceable import try_replacing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEMPORARY = ".tmp"
"""How a temporary file's name ends; it begins with a dot, so that a run over the folder never takes it for input."""

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)

_NAME_KEPT = 100
"""Characters of the target's name in the temporary one: file systems stop at 255 bytes."""


def save(path: Path, data: bytes) -> None:
    """Writes `data` to `path` by a temporary file in the same folder, so that no half-written file is ever seen.

    The temporary file is removed whatever happens, and an existing file's permissions are kept. Raises OSError,
    for the caller to put into words.
    """
    with _temporary(path, data) as temporary:
        with suppress(FileNotFoundError):
            temporary.chmod(path.stat().st_mode)
        temporary.replace(path)


def try_place(path: Path) -> None:
    """Does what `save` does up to the last step, so that nothing is left and `path` stays as it is.

    Raises OSError where `save` would: no such folder, no right to write there, a folder of that name, no space, or a
    file of that name that somebody holds.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    try_replacing(path)
    with _temporary(path, b"tried\n"):
        """Written and synced is enough; it is removed again."""


def remove_leftovers(path: Path) -> None:
    """Removes what a killed run has left beside `path` of a copy that it was writing.

    For whoever holds the lock on `path` alone: a run at work has such a file too.
    """
    ours = re.compile(re.escape(f".{path.name[:_NAME_KEPT]}-") + "[0-9a-f]{8}" + re.escape(TEMPORARY))
    with suppress(OSError):
        for found in path.parent.iterdir():
            if ours.fullmatch(found.name):
                with suppress(OSError):
                    found.unlink()


@contextmanager
def _temporary(path: Path, data: bytes) -> Iterator[Path]:
    """Gives a file with `data` beside `path`, which is removed in the end unless it was moved away."""
    temporary = path.with_name(f".{path.name[:_NAME_KEPT]}-{secrets.token_hex(4)}{TEMPORARY}")
    handle = os.open(temporary, _FLAGS, 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        yield temporary
    finally:
        with suppress(OSError):  # a share that has gone away; what is left is removed by the next run
            temporary.unlink(missing_ok=True)
