"""A file put in place whole or not at all."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
    temporary = path.with_name(f".{path.name[:_NAME_KEPT]}-{secrets.token_hex(4)}{TEMPORARY}")
    handle = os.open(temporary, _FLAGS, 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileNotFoundError):
            temporary.chmod(path.stat().st_mode)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
