"""A file that is still being copied is not read yet: half a roster looks like a whole one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from importer.core.catalogue import problem
from importer.core.model import ExitCode, Stop

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

SEARCHED = 2.0
"""Seconds a file found in a folder or by a pattern must stay as it is; one that is named is whole, its namer says."""
QUIET = 300.0
"""Seconds after its last change from which on a file is believed whole without waiting: clocks of a domain are at most
so far apart, and so the files of every other night cost no time."""
LONGEST = 600.0
"""Seconds after which a file that still changes is left for the next run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling:
    """Waits for files to be whole. `files` are the inputs as named, `seconds` None where nothing was said."""

    files: tuple[str, ...]
    seconds: float | None
    now: Callable[[], datetime]
    sleep: Callable[[float], object]

    def wait(self, source: Path) -> None:
        """Returns once size and times of `source` stay as they are. Raises Stop (exit 3) when they never do."""
        step, waited = self._step(source), 0.0
        before = _look(source)
        if step <= 0 or not self._is_fresh(before):
            return
        while waited < LONGEST:
            self.sleep(step)
            waited += step
            after = _look(source)
            if after == before:
                return
            before = after
        raise Stop(problem("file-still-changing", value=source.name), ExitCode.INPUT)

    def _step(self, source: Path) -> float:
        if self.seconds is not None:
            return self.seconds
        return 0.0 if source in map(Path, self.files) else SEARCHED

    def _is_fresh(self, look: tuple[int, float, float] | None) -> bool:
        return look is not None and self.now().timestamp() - max(look[1:]) < QUIET


def _look(source: Path) -> tuple[int, float, float] | None:
    """Gives size and times; None where the file can't be seen, which is said when it is read.

    The last is when it was made (Windows) or last touched in any way: copying can keep the time of the last change.
    """
    try:
        found = source.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime, found.st_ctime
