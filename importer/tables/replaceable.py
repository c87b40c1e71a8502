"""Whether a file that is there could be replaced now, told without touching it."""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_TELLING = frozenset({errno.EBUSY, errno.EPERM, errno.EROFS, errno.EAGAIN})
"""What opening for writing says of a file that can't be replaced either: held on a share, immutable, read-only disk.

A mode without write permission is not among them: it is the folder's mode that a replacement needs.
"""


def try_replacing(path: Path) -> None:
    """Raises OSError where a file of that name is there and could not be replaced; leaves it as it is."""
    if not path.is_file():
        return
    if sys.platform == "win32":
        _open_for_deletion(path)
        return
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))  # without O_TRUNC nothing in it changes
    except OSError as error:
        if error.errno in _TELLING:
            raise


if sys.platform == "win32":  # pragma: no cover - the tests' other system
    import ctypes
    import stat
    from ctypes import wintypes

    _DELETE = 0x00010000
    """The right a replacement needs; refused while somebody has the file open and does not share it, as Excel does."""
    _SHARE_ALL = 0x7
    _OPEN_EXISTING = 3
    """https://learn.microsoft.com/windows/win32/api/fileapi/nf-fileapi-createfilew"""

    def _open_for_deletion(path: Path) -> None:
        if path.stat().st_file_attributes & stat.FILE_ATTRIBUTE_READONLY:
            raise PermissionError(errno.EACCES, "the file is marked read-only", str(path))
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.CreateFileW.restype = wintypes.HANDLE
        handle = kernel.CreateFileW(str(path), _DELETE, _SHARE_ALL, None, _OPEN_EXISTING, 0, None)
        if handle in {None, wintypes.HANDLE(-1).value}:
            raise ctypes.WinError(ctypes.get_last_error())
        kernel.CloseHandle(wintypes.HANDLE(handle))
