"""When a run may begin: its input is whole, no other run saves in the same place, and its ledger is the right one.

Theory of operation. A file that is still being copied is read only when it has stopped growing, because half a roster
looks like a whole one. Then the run takes the lock of its place; who holds it is waited for as long as the call says.
The ledger is opened for the tenant and the sign-in that the meetings belong to; trials have a ledger of their own.
"""

from __future__ import annotations

import os
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from importer.cli.config.settings import is_sandbox_run
from importer.core.catalogue import problem
from importer.core.memory import TenantScope
from importer.core.model import ExitCode, Stop
from importer.graph.auth import claims_of
from importer.graph.auth.credentials import TENANT, TOKEN
from importer.ledger import open_ledger
from importer.ledger.opening import REAL, TRIALS, ThisRun, born, goes_on, machine, state_folder
from importer.locks import HeldError, LockOwner, ShareLock, StateLock
from importer.paths import resolved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

    from importer.cli.config.settings import Settings
    from importer.core.memory import Ledger


SEARCHED = 2.0
"""Seconds a file found in a folder or by a pattern must stay as it is; one that is named is whole, its namer says."""
QUIET = 300.0
"""Seconds after its last change from which on a file is believed whole without waiting: clocks of a domain are at most
so far apart, and so the files of every other night cost no time."""
LONGEST = 600.0
"""Seconds after which a file that still changes is left for the next run."""


Look: TypeAlias = tuple[int, float, float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitUntilStable:
    """Waits for files to be whole. `files` are the inputs as named, `seconds` None where nothing was said.

    Many files are looked at together beforehand, so that they prove whole while one of them is waited for or run.
    """

    files: tuple[str, ...]
    seconds: float | None
    now: Callable[[], datetime]
    sleep: Callable[[float], object]
    clock: Callable[[], float] = time.monotonic
    seen: dict[Path, tuple[float, Look]] = field(default_factory=dict)
    """How each file was when all were looked at, and when that was by the clock."""

    def look(self, sources: Iterable[Path]) -> None:
        """Look at all files of a call."""
        self.seen.update({source: (self.clock(), _look(source)) for source in sources if self._step(source) > 0})

    def wait(self, source: Path) -> None:
        """Return once size and times of `source` stay as they are. Raise Stop (exit 3) when they never do."""
        step, waited = self._step(source), 0.0
        before = _look(source)
        if step <= 0 or not self._is_fresh(before):
            return
        pause = step - self._unchanged(source, before)
        while pause > 0 and waited < LONGEST:
            self.sleep(pause)
            waited += pause
            after = _look(source)
            if after == before:
                return
            before, pause = after, step
        if pause > 0:
            raise Stop(problem("file-still-changing", value=source.name), ExitCode.INPUT)

    def _unchanged(self, source: Path, now: Look) -> float:
        """Return for how many seconds a file is known to have stayed as it is."""
        since, before = self.seen.get(source, (self.clock(), None))
        return self.clock() - since if before == now else 0.0

    def _step(self, source: Path) -> float:
        if self.seconds is not None:
            return self.seconds
        return 0.0 if source in map(Path, self.files) else SEARCHED

    def _is_fresh(self, look: Look) -> bool:
        return look is not None and self.now().timestamp() - max(look[1:]) < QUIET


def _look(source: Path) -> Look:
    """Return size and times; None where the file can't be seen, which is said when it is read.

    The last is when it was made (Windows) or last touched in any way: copying can keep the time of the last change.
    """
    try:
        found = source.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime, found.st_ctime


LOCKS = "locks"
"""The state folder's folder for locks."""
LOOK = 1.0
"""Seconds between two looks at a lock that is waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLock:
    """Waits for a place to be free, at most `wait` seconds. `sleep` may raise Stop to end the waiting.

    `until_stable` then waits for the file to be whole.
    """

    folder: Path
    wait: float
    now: Callable[[], datetime]
    sleep: Callable[[float], object]
    say: Callable[[str], None]
    until_stable: WaitUntilStable

    @contextmanager
    def at(self, target: Path) -> Iterator[Callable[[], bool]]:
        """Keep other runs from saving as `target` while the block runs. Raise Stop (exit 8) where one is at work.

        Return what tells whether it still does; that raises OSError where it can't be told.
        """
        me, waited = LockOwner(born=born(os.getpid()) or "", since=self.now(), machine=machine()), 0.0
        with ExitStack() as held:
            locks: list[ShareLock] = []
            while (other := self._take(held, target, me, locks)) is not None:
                if waited >= self.wait:
                    raise Stop(problem("another-run", value=str(target), who=self._words(other)), ExitCode.LOCKED)
                if not waited:
                    self.say(f"Waiting for another run ({self._words(other)}).")
                self.sleep(LOOK)
                waited += LOOK
            yield lambda: all(lock.still_holds() for lock in locks)

    def _take(self, held: ExitStack, target: Path, me: LockOwner, locks: list[ShareLock]) -> HeldError | None:
        """Take both locks or none; return what was held instead. Adds to `locks` the one that can be lost again.

        A folder that can't be written takes no lock either; whether that matters is seen where it is to be saved in.
        """
        with ExitStack() as taken:
            for lock in (StateLock(self.folder / LOCKS, target, me), ShareLock(target, me, goes_on=goes_on)):
                try:
                    lock.acquire()
                except HeldError as error:
                    return error
                except OSError:
                    continue
                taken.callback(lock.release)
                if isinstance(lock, ShareLock):
                    locks.append(lock)
            held.push(taken.pop_all())
        return None

    def _words(self, held: HeldError) -> str:
        return "it does not say which" if held.holder is None else held.holder.words(self.now())


def tenant_scope(settings: Settings, environment: Mapping[str, str]) -> TenantScope:
    """Return whose meetings they are, as far as it is known without asking anybody.

    The tenant is the one that a ready token names, else AZURE_TENANT_ID, else unknown (empty).
    """
    if settings.sandbox:
        return TenantScope("sandbox", str(resolved(settings.sandbox_file)) if settings.sandbox_file else "")
    tenant = str(claims_of(environment.get(TOKEN, "")).get("tid", "")) or environment.get(TENANT, "")
    return TenantScope(tenant.strip().casefold(), settings.graph_url or settings.cloud)


def ledger_of(
    settings: Settings, environment: Mapping[str, str], run_id: str, now: datetime, *, command: str = "run"
) -> Ledger:
    """Return the ledger of this call. A dry run leaves no trace in it."""
    scope = tenant_scope(settings, environment)
    run = ThisRun(
        run_id=run_id,
        command=command,
        inputs=settings.files,
        target=" ".join(filter(None, (scope.tenant, scope.service))),
        started=now,
    )
    ledger = open_ledger(ledger_path(settings), run)
    if not settings.dry_run:
        ledger.start()
    return ledger


def ledger_path(settings: Settings) -> Path:
    """Return where the ledger is: for trials one of their own."""
    return folder_of(settings) / (TRIALS if is_sandbox_run(settings) else REAL)


def folder_of(settings: Settings) -> Path:
    """Return the state folder."""
    return settings.state_dir or state_folder()
