"""A file's turn: no other run saves in the same place while this one is at work."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.core.catalogue import problem
from importer.core.model import ExitCode, Stop
from importer.ledger.process import born, goes_on, machine
from importer.places import BesideLock, HeldError, Holder, StateLock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from importer.cli.settling import Settling

LOCKS = "locks"
"""The state folder's folder for locks."""
LOOK = 1.0
"""Seconds between two looks at a lock that is waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Waits for a place to be free, at most `wait` seconds. `sleep` may raise Stop to end the waiting.

    `settling` then waits for the file to be whole.
    """

    folder: Path
    wait: float
    now: Callable[[], datetime]
    sleep: Callable[[float], object]
    say: Callable[[str], None]
    settling: Settling

    @contextmanager
    def at(self, target: Path) -> Iterator[Callable[[], bool]]:
        """Keeps other runs from saving as `target` while the block runs. Raises Stop (exit 8) where one is at work.

        Gives what tells whether it still does; that raises OSError where it can't be told.
        """
        me, waited = Holder(born=born(os.getpid()) or "", since=self.now(), machine=machine()), 0.0
        with ExitStack() as held:
            locks: list[BesideLock] = []
            while (other := self._take(held, target, me, locks)) is not None:
                if waited >= self.wait:
                    raise Stop(problem("another-run", value=str(target), who=self._words(other)), ExitCode.LOCKED)
                if not waited:
                    self.say(f"Waiting for another run ({self._words(other)}).")
                self.sleep(LOOK)
                waited += LOOK
            yield lambda: all(lock.still_holds() for lock in locks)

    def _take(self, held: ExitStack, target: Path, me: Holder, locks: list[BesideLock]) -> HeldError | None:
        """Takes both locks or none; gives what was held instead. Adds to `locks` the one that can be lost again.

        A folder that can't be written takes no lock either; whether that matters is seen where it is to be saved in.
        """
        with ExitStack() as taken:
            for lock in (StateLock(self.folder / LOCKS, target, me), BesideLock(target, me, goes_on=goes_on)):
                try:
                    lock.acquire()
                except HeldError as error:
                    return error
                except OSError:
                    continue
                taken.callback(lock.release)
                if isinstance(lock, BesideLock):
                    locks.append(lock)
            held.push(taken.pop_all())
        return None

    def _words(self, held: HeldError) -> str:
        return "it does not say which" if held.holder is None else held.holder.words(self.now())
