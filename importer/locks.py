"""What others do with the same files: other runs of this program, and people who have them open.

Theory of operation. On one machine, out of one state folder, the system's own lock is enough (`StateLock`): the system
lets go of it when the process ends, however it ends, so that no lock of a dead run is ever in the way.

The system's locks can't be trusted on shares, but making a file that must not be there yet is one step on every file
server (`ShareLock`): a file beside the place, which every machine and account sees. In it stands who holds the lock, as
text that a person can read and a program can compare. It is renewed while the run goes on, so that one whose machine
went down is noticed by its age; one whose process is gone on this very machine is noticed at once (a name is no proof
of that: clones and containers share it). Only who has made a second such file may judge and remove the first, or two
runs could both remove it, and the later one remove the earlier one's new lock. Ages are differences between times that
the same file server gave. Whoever slept so long that another took the lock asks before saving whether it `still_holds`.

Who has a file open in Excel or LibreOffice is told by the small file that these put beside it (`opened_by`). Both are
left behind by a crash, so they say who may have it open, never that nobody has. They lie where strangers can write:
little is read of them, and only what can be printed is believed.
"""

from __future__ import annotations

import csv
import errno
import getpass
import json
import os
import platform
import secrets
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING

from importer.paths import resolved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


READ = 1024
"""Bytes looked at. Excel's file has 165, seen in files of Excel 2010 to 365; LibreOffice's is one line."""
NAME_LIMIT = 54
"""Characters of a name: Excel keeps as many."""
_ANSI, _WIDE = 0, 55
"""Where the length of the name stands: one byte before its ANSI text, two before its UTF-16 text."""

SOMEBODY = "somebody"


def opened_by(path: Path) -> str | None:
    """Return who seems to have the file open (`somebody` where there is no name), None where nobody seems to."""
    for sign, name_of in ((f"~${path.name}", _excel), (f".~lock.{path.name}#", _libreoffice)):
        try:
            with path.with_name(sign).open("rb") as file:
                return _printable(name_of(file.read(READ))) or SOMEBODY
        except FileNotFoundError:
            continue
        except OSError:  # it is there, and whoever has it open keeps it to themselves
            if os.path.exists(path.with_name(sign)):  # noqa: PTH110 - Path.exists raises where a name is too long
                return SOMEBODY
    return None


def _excel(data: bytes) -> str:
    """Return the name in Excel's file: in UTF-16 where that is whole, else in the ANSI of who knows which machine."""
    count = int.from_bytes(data[_WIDE : _WIDE + 2], "little")
    wide = data[_WIDE + 2 : _WIDE + 2 + 2 * count]
    if 0 < count <= NAME_LIMIT and len(wide) == 2 * count:
        with suppress(UnicodeDecodeError):
            return wide.decode("utf-16-le")
    return data[_ANSI + 1 : _ANSI + 1 + data[_ANSI]].decode("cp1252", "replace") if data else ""


def _libreoffice(data: bytes) -> str:
    """Return the first of LibreOffice's fields that says something: the person's name, else the account's."""
    line = data.decode("utf-8", "replace").partition("\n")[0].rstrip(";")
    try:
        fields = next(csv.reader([line], escapechar="\\"), [])
    except csv.Error:
        return ""
    name, account, host = [*(field.strip() for field in fields), "", "", ""][:3]
    who = name or account
    return f"{who} on {host}" if who and host else who


def _printable(text: str) -> str:
    return "".join(sign for sign in text if sign.isprintable()).strip()[:NAME_LIMIT]


TEXT_LIMIT = 4096
"""Bytes of a lock's text that are read: it lies where strangers can write."""
WORD_LIMIT = 60


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no name for this account, as in some containers
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockOwner:
    """A run that holds a lock. `born` tells its process from a later one with the same number; `token` is its alone.

    `machine` tells computers apart that have the same name (empty: not known).
    """

    born: str
    since: datetime
    machine: str = ""
    host: str = field(default_factory=platform.node)
    user: str = field(default_factory=_user)
    pid: int = field(default_factory=os.getpid)
    token: str = field(default_factory=lambda: secrets.token_hex(8))

    def text(self) -> str:
        """Return the holder as JSON on one line."""
        return json.dumps({**asdict(self), "since": self.since.isoformat(timespec="seconds")}) + "\n"

    def words(self, now: datetime) -> str:
        """Return who it is and since when, for a sentence."""
        minutes = max(0, int((now - self.since).total_seconds() // 60))
        who = f"{self.user} on {self.host}" if self.user else self.host
        return f"{who}, process {self.pid}, since {self.since.astimezone():%Y-%m-%d %H:%M} ({minutes} min)"


class HeldError(Exception):
    """Another run holds the lock; `holder` is None where it does not say who."""

    def __init__(self, holder: LockOwner | None) -> None:
        super().__init__("another run holds the lock")
        self.holder = holder


def read_holder(path: Path) -> LockOwner | None:
    """Return the holder that a lock's text names; None where there is no such file, or it can't be read."""
    try:
        return holder_in(path)
    except OSError:
        return None


def holder_in(path: Path) -> LockOwner | None:
    """Return the holder that a lock's text names; None where it says something else. Raise OSError."""
    with path.open("rb") as file:
        text = file.read(TEXT_LIMIT)
    try:
        found = json.loads(text)
        since = datetime.fromisoformat(found["since"]).astimezone(UTC)
        return LockOwner(
            born=str(found["born"]),
            since=since,
            machine=str(found.get("machine", "")),  # versions before did not say
            host=_word(found["host"]),
            user=_word(found["user"]),
            pid=int(found["pid"]),
            token=str(found["token"]),
        )
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return None


def _word(said: object) -> str:
    return "".join(sign for sign in str(said) if sign.isprintable())[:WORD_LIMIT]


RENEWED = 30.0
"""Seconds between renewals."""
AGED = 600.0
"""Seconds after which a lock that is not renewed is believed to be a dead run's: more than clocks in a domain may be
apart (5 minutes: https://learn.microsoft.com/windows/security/threat-protection/security-policy-settings/maximum-tolerance-for-computer-clock-synchronization)."""
UNFILLED = 15.0
"""Seconds after which a lock without any text is believed to be a dead run's: its maker writes it in the next moment,
and a share that takes longer is as good as away."""

TRIES = 8
"""How often the share is asked for what must not be left undone. smbnetfs answers nothing for two seconds after a
sharing violation (seen), and a file server that is restarted is back in a few."""
PAUSE = 0.5
"""Seconds between these."""

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL
_NAME_KEPT = 100


class ShareLock:
    """The lock beside `target`. `goes_on(pid, born)` tells whether that process of this machine is still there."""

    def __init__(
        self,
        target: Path,
        me: LockOwner,
        *,
        goes_on: Callable[[int, str], bool],
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        self.path = target.with_name(f".{target.name[:_NAME_KEPT]}.lock")
        self._judge = target.with_name(f".{target.name[:_NAME_KEPT]}.lock-judged")
        self._me = me
        self._goes_on = goes_on
        self._pause = pause
        self._ended = threading.Event()

    def acquire(self) -> None:
        """Take the lock. Raise HeldError at once where another has it, OSError where the folder can't be written."""
        try:
            self._make()
        except FileExistsError:
            self._remove_stale()
            self._make_or_wait()
        threading.Thread(target=self._keep_renewing, name="lock", daemon=True).start()

    def renew(self) -> None:
        """Show that the run goes on, unless the lock is another's by now."""
        with suppress(OSError):  # the share is away for a moment; if it stays away the copy will say so
            if self.still_holds():
                os.utime(self.path)

    def still_holds(self) -> bool:
        """Return whether no other run has taken the lock over, or had it since. Raise OSError where that can't be told.

        A run whose machine slept is believed dead by the others (`AGED`), and wakes up when they may be done.
        """
        try:
            holder = holder_in(self.path)
        except FileNotFoundError:
            return False
        return holder is not None and holder.token == self._me.token

    def release(self) -> None:
        """Let go, unless another run has taken it over; a share that does not answer is asked again."""
        self._ended.set()

        def remove() -> None:
            if self.still_holds():
                self.path.unlink(missing_ok=True)

        self._insist(remove)

    def _insist(self, act: Callable[[], None]) -> None:
        """Does it as soon as the share lets it be done, and return up after some tries."""
        for attempt in range(TRIES):
            if attempt:
                self._pause(PAUSE)
            with suppress(OSError):
                act()
                return

    def _make_or_wait(self) -> None:
        try:
            self._make()
        except FileExistsError as error:
            raise HeldError(read_holder(self.path)) from error

    def _make(self) -> None:
        """Make the file and write the text; where there is no room for the text, no empty file is left to block."""
        handle = os.open(self.path, _FLAGS, 0o666)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(self._me.text())
        except OSError:
            self._insist(lambda: self.path.unlink(missing_ok=True))
            raise

    def _remove_stale(self) -> None:
        """Remove the lock of a dead run; raise HeldError where the run goes on."""
        with self._judging() as now:
            holder = read_holder(self.path)
            if not self._is_gone(holder, now):
                raise HeldError(holder)
            self.path.unlink(missing_ok=True)

    @contextmanager
    def _judging(self) -> Iterator[float]:
        """Keep others from judging meanwhile; return what time it is on the file server."""
        try:
            os.close(os.open(self._judge, _FLAGS, 0o666))
        except FileExistsError as error:
            self._remove_forgotten()
            raise HeldError(read_holder(self.path)) from error
        try:
            yield self._judge.stat().st_mtime
        finally:
            self._insist(lambda: self._judge.unlink(missing_ok=True))

    def _remove_forgotten(self) -> None:
        """A run that was killed while it judged must not lock the place for ever."""
        probe = self._judge.with_name(f"{self._judge.name}-{self._me.token}")
        with suppress(OSError):
            os.close(os.open(probe, _FLAGS, 0o666))
            now = probe.stat().st_mtime
            probe.unlink()
            if self._age(self._judge, now) > AGED:
                self._judge.unlink()

    def _is_gone(self, holder: LockOwner | None, now: float) -> bool:
        if (
            holder is not None
            and self._me.machine
            and (holder.host, holder.machine) == (self._me.host, self._me.machine)
        ):
            return not self._goes_on(holder.pid, holder.born)
        try:
            lasts = AGED if self.path.stat().st_size else UNFILLED
            return self._age(self.path, now) > lasts
        except FileNotFoundError:
            return True

    def _age(self, path: Path, now: float) -> float:
        return now - path.stat().st_mtime

    def _keep_renewing(self) -> None:
        while not self._ended.wait(RENEWED):
            self.renew()


_NAME_KEPT = 60


class StateLock:
    """The lock in `folder` for what is saved as `target`; beside it, for people, lies who holds it."""

    def __init__(self, folder: Path, target: Path, me: LockOwner) -> None:
        from filelock import FileLock  # noqa: PLC0415 - half of the time that --help takes, which holds no lock

        place = os.path.normcase(resolved(target))
        name = f"{target.name[:_NAME_KEPT]}-{blake2b(os.fsencode(place), digest_size=8).hexdigest()}"
        self._lock = FileLock(folder / f"{name}.lock")
        self._note = folder / f"{name}.holder.json"
        self._me = me

    def acquire(self) -> None:
        """Take the lock. Raise HeldError at once where another has it, OSError where the folder can't be written."""
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
        """Let go."""
        with suppress(OSError):
            self._note.unlink(missing_ok=True)
        with suppress(OSError):  # the system lets go of it when the process ends
            self._lock.release()
