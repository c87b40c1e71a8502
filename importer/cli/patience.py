"""Waiting for what can pass: a file that somebody holds for a moment, a share that is busy."""

from __future__ import annotations

import errno
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence

PAUSES = (0.2, 0.5, 1.0, 2.0, 3.0, 3.5)
"""Seconds between tries, about ten together: a virus scanner is done in one, Excel's own saving in a few."""

PASSING = frozenset({errno.EACCES, errno.EBUSY, errno.EAGAIN, errno.ETXTBSY, errno.ESTALE})
"""A sharing violation is EACCES on Windows, and EBUSY or ETXTBSY on a mounted share. A full disk does not pass."""

Given = TypeVar("Given")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to try again, and after which `errno`."""

    sleep: Callable[[float], object] = time.sleep
    pauses: Sequence[float] = PAUSES
    passing: Container[int | None] = PASSING

    def attempt(self, act: Callable[[], Given]) -> Given:
        """Gives what `act` gives. Raises OSError at once where it can't pass, else when patience is at its end."""
        for pause in self.pauses:
            try:
                return act()
            except OSError as error:
                if error.errno not in self.passing:
                    raise
            self.sleep(pause)
        return act()


PATIENT = Patience()
