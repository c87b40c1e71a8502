"""One run at a time for a place, on this machine and out of one state folder: the system's own lock.

The system lets go of it when the process ends, however it ends, so that no lock of a dead run is ever in the way.
"""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from hashlib import blake2b
from typing import TYPE_CHECKING

from importer.places.holder import HeldError, Holder, read_holder
from importer.places.paths import resolved

if TYPE_CHECKING:
    from pathlib import Path

_NAME_KEPT = 60


class StateLock:
    """The lock in `folder` for what is saved as `target`; beside it, for people, lies who holds it."""

    def __init__(self, folder: Path, target: Path, me: Holder) -> None:
        from filelock import FileLock  # noqa: PLC0415 - half of the time that --help takes, which holds no lock

        place = os.path.normcase(resolved(target))
        name = f"{target.name[:_NAME_KEPT]}-{blake2b(os.fsencode(place), digest_size=8).hexdigest()}"
        self._lock = FileLock(folder / f"{name}.lock")
        self._note = folder / f"{name}.holder.json"
        self._me = me

    def acquire(self) -> None:
        """Takes the lock, or raises HeldError at once. Raises OSError where the folder can't be written."""
        from filelock import Timeout  # noqa: PLC0415 - as above

        self._note.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            self._lock.acquire(timeout=0)
        except Timeout as held:
            raise HeldError(read_holder(self._note)) from held
        except NotImplementedError as error:  # how it says that the file system knows no locks
            raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS), str(self._note.parent)) from error
        with suppress(OSError):  # the lock is what counts
            self._note.write_text(self._me.text(), encoding="utf-8")

    def release(self) -> None:
        """Lets go."""
        with suppress(OSError):
            self._note.unlink(missing_ok=True)
        with suppress(OSError):  # the system lets go of it when the process ends
            self._lock.release()
