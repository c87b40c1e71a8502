"""A file put in place whole or not at all; and whether one could be replaced, told without touching it."""

from __future__ import annotations

import errno
import os
import re
import secrets
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from importer.paths import refuse_kept

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path


_TELLING = frozenset({errno.EBUSY, errno.EPERM, errno.EROFS, errno.EAGAIN})
"""What opening for writing says of a file that can't be replaced either: held on a share, immutable, read-only disk.

A mode without write permission is not among them: it is the folder's mode that a replacement needs.
"""


def try_replacing(path: Path) -> None:
    """Raise OSError where a file of that name is there and could not be replaced; leaves it as it is."""
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


TEMPORARY = ".tmp"
"""How a temporary file's name ends; it begins with a dot, so that a run over the folder never takes it for input."""

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)

_PRIVATE, _OPEN = 0o600, 0o666
_ACCESS_LIST = "system.posix_acl_access"

_NAME_KEPT = 100
"""Characters of the target's name in the temporary one: file systems stop at 255 bytes."""


def save(path: Path, data: bytes, *, like: Sequence[Path] = ()) -> None:
    """Write `data` to `path` by a temporary file in the same folder, so that no half-written file is ever seen.

    Who may read none of the files in `like`, from which the data comes, may not read this one either: it gets their
    permissions, the narrower ones of several; an existing file's are kept where they are narrower still. The temporary
    file is removed whatever happens. Raise OSError, for the caller to put into words.
    """
    with _temporary(path, data, _PRIVATE if like else _OPEN) as temporary:
        if like:
            with suppress(OSError):  # a share that has no permissions of its own; the file stays private elsewhere
                _permit(temporary, like, path)
        else:
            with suppress(FileNotFoundError):
                temporary.chmod(path.stat().st_mode)
        temporary.replace(path)


def _permit(temporary: Path, like: Sequence[Path], before: Path) -> None:
    """Give the file the permissions that all of `like` have, and no more than the one `before` it."""
    facts = [path.stat() for path in like]
    mode = 0o777
    for one in facts:
        mode &= one.st_mode
    with suppress(FileNotFoundError):
        mode &= before.stat().st_mode
    if not _as_theirs(temporary, like, {one.st_gid for one in facts}):
        mode &= 0o707 | (mode & 0o007) << 3  # another group gets no more than everybody
    temporary.chmod(mode | _PRIVATE)  # its owner may always replace it, on Windows too


def _as_theirs(temporary: Path, like: Sequence[Path], groups: Collection[int]) -> bool:
    """Return whether the file's group, and the list of who else may read it, are those of the files in `like`.

    The list is POSIX's (https://man7.org/linux/man-pages/man5/acl.5.html), in which the group's bits of the mode are
    the most that anybody in it may. On Windows a file has the list of its folder, and there is no group.
    """
    if sys.platform == "win32":
        return True
    lists, owner = {_access_list(path) for path in like}, like[0].stat()
    if len(groups) > 1 or len(lists) > 1:
        return False
    with suppress(OSError):  # only a privileged account can give a file away
        os.chown(temporary, owner.st_uid, -1)
    try:
        if temporary.stat().st_gid != owner.st_gid:
            os.chown(temporary, -1, owner.st_gid)
        for one in lists - {b""}:
            os.setxattr(temporary, _ACCESS_LIST, one)
    except (OSError, AttributeError):
        return False
    return True


def _access_list(path: Path) -> bytes:
    try:
        return os.getxattr(path, _ACCESS_LIST)
    except (OSError, AttributeError):  # none, or a system or a share that has no such lists
        return b""


def try_place(path: Path) -> None:
    """Does what `save` does up to the last step, so that nothing is left and `path` stays as it is.

    Raise OSError where `save` would: no such folder, no right to write there, a folder of that name, no space, or a
    file of that name that somebody holds.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    try_replacing(path)
    with _temporary(path, b"tried\n", _PRIVATE):
        """Written and synced is enough; it is removed again."""


def remove_leftovers(path: Path) -> None:
    """Remove what a killed run has left beside `path` of a copy that it was writing.

    For whoever holds the lock on `path` alone: a run at work has such a file too.
    """
    ours = re.compile(re.escape(f".{path.name[:_NAME_KEPT]}-") + "[0-9a-f]{8}" + re.escape(TEMPORARY))
    with suppress(OSError):
        for found in path.parent.iterdir():
            if ours.fullmatch(found.name):
                with suppress(OSError):
                    found.unlink()


@contextmanager
def _temporary(path: Path, data: bytes, mode: int) -> Iterator[Path]:
    """Return a file with `data` beside `path`, which is removed in the end unless it was moved away."""
    refuse_kept(path)
    temporary = path.with_name(f".{path.name[:_NAME_KEPT]}-{secrets.token_hex(4)}{TEMPORARY}")
    handle = os.open(temporary, _FLAGS, mode)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        yield temporary
    finally:
        with suppress(OSError):  # a share that has gone away; what is left is removed by the next run
            _remove(temporary)


def _remove(temporary: Path) -> None:
    try:
        temporary.unlink(missing_ok=True)
    except PermissionError:  # it has the permissions of a file that is marked read-only, and Windows removes none
        temporary.chmod(_PRIVATE)
        temporary.unlink()
