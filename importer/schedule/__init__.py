"""A run made into a nightly job: the text that Task Scheduler, systemd or cron understands. Starts nothing.

Here is what is to be started, the same facts for every kind of scheduler; `forms` writes them. A scheduled run has no
working folder, no mapped drives and often another account. So paths are made full, a drive letter of Windows that
belongs to one sign-in session is replaced by the share behind it, and paths in a home folder that is not the account's
own are found: those fail at night with 'permission denied'.
"""

from __future__ import annotations

import ctypes
import ntpath
import posixpath
import re
import sys
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from importer.core.catalogue import problem
from importer.core.model import ExitCode, Stop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date, time, timedelta


DEFAULT_NAME = "Meeting importer"

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}")
"""What every scheduler takes for a name: Windows forbids most signs in a task's path, systemd all but a few."""


class SchedulerKind(StrEnum):
    """Which scheduler it is for."""

    TASK = "task"
    """Windows Task Scheduler."""
    SYSTEMD = "systemd"
    CRON = "cron"


@dataclass(frozen=True, slots=True)
class Variable:
    """An environment variable that the run needs. `instead` are others that would do; the value is not in here."""

    name: str
    secret: bool = False
    instead: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NightlyJob:
    """A run at a time of day. Paths are full ones of the computer that is to run it.

    `program` are the words that start the program and `arguments` the rest of the line; `places` are the paths
    among them. An empty `folder` or `user` leaves the choice to the scheduler. `limit` is when it is ended by force.
    """

    name: str
    at: time
    first: date
    program: tuple[str, ...]
    arguments: tuple[str, ...]
    folder: str
    places: tuple[str, ...]
    user: str
    limit: timedelta
    variables: tuple[Variable, ...]

    @property
    def slug(self) -> str:
        """Return the name as file names want it: lower case, with hyphens."""
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")

    @property
    def needed(self) -> str:
        """Return the names of the variables that its account needs: 'A, B or C'."""
        return ", ".join(" or ".join((variable.name, *variable.instead)) for variable in self.variables)

    def needs_any(self, roots: Iterable[str]) -> bool:
        """Return whether its folder or one of its paths lies at or below one of `roots`."""
        places = (self.folder, *self.places)
        return any(place == root or place.startswith(root + "/") for place in places for root in roots)

    @property
    def line(self) -> tuple[str, ...]:
        """Return the whole line, word by word."""
        return (*self.program, *self.arguments)


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """How paths are made full. `folder` is where relative ones start from, None where that can't be known.

    `windows` says which kind of paths they are; `drive` tells what a letter stands for.
    """

    windows: bool
    folder: str | None
    drive: Callable[[str], Drive]

    def full(self, path: str) -> str:
        """Return the full path.

        Raise Stop with exit code 2 (`schedule-path-relative`, `drive-mapped`, `drive-unknown`).
        A pattern's `*` stays; nothing is looked up but the drive letter.
        """
        return self._on_windows(path) if self.windows else self._on_posix(path)

    def _on_windows(self, path: str) -> str:
        joined = ntpath.join(self.folder or "", path)
        drive, rest = ntpath.splitdrive(joined)
        if not drive or (rest or drive)[0] not in "\\/":  # `Z:folder` hangs on the session's own folder there
            raise _relative(path, "Windows", "\\\\server\\share\\rosters or C:\\rosters")
        letter = drive.replace("/", "\\").removeprefix("\\\\?\\").removeprefix("\\\\.\\")
        if len(letter) == len("Z:"):
            self._check(letter.upper(), path, rest)
        return ntpath.normpath(joined)

    def _check(self, letter: str, path: str, rest: str) -> None:
        drive = self.drive(letter)
        if not drive.known:
            raise Stop(problem("drive-unknown", value=path, drive=letter), ExitCode.USAGE)
        if drive.mapped:
            instead = ntpath.normpath(drive.target + rest) if drive.target else "the path with \\\\server\\share"
            raise Stop(problem("drive-mapped", value=path, drive=letter, instead=instead), ExitCode.USAGE)

    def _on_posix(self, path: str) -> str:
        joined = posixpath.join(self.folder or "", path)
        if not joined.startswith("/"):
            raise _relative(path, "Linux or macOS", "/srv/rosters")
        return "/" + posixpath.normpath(joined).lstrip("/")


def _relative(path: str, system: str, example: str) -> Stop:
    return Stop(problem("schedule-path-relative", value=path, system=system, example=example), ExitCode.USAGE)


LOCAL_ELSEWHERE = frozenset({"C:", "D:"})
"""Letters that are taken for disks where the computer can't be asked: the system's, and the one after it."""

REMOTE = 4
"""DRIVE_REMOTE. Source: https://learn.microsoft.com/windows/win32/api/fileapi/nf-fileapi-getdrivetypew"""

ROOM = 1024
"""Characters of room for what a letter stands for: a share's name is far shorter."""

_SUBST = "\\??\\"
"""How the target of a subst drive begins: it too belongs to one session.

Source: https://learn.microsoft.com/windows/win32/api/fileapi/nf-fileapi-querydosdevicew
"""


@dataclass(frozen=True, slots=True)
class Drive:
    """`known` is False where only the other computer can tell. `target` is what a session's own letter stands for."""

    known: bool = True
    mapped: bool = False
    target: str = ""


DISK = Drive()
UNKNOWN = Drive(known=False)


class Windows(Protocol):
    """The three questions, as Windows answers them."""

    def kind(self, drive: str) -> int:
        """Return GetDriveType's number for a drive like `Z:`."""
        ...

    def device(self, drive: str) -> str:
        """Return the device behind the letter, empty where there is none."""
        ...

    def share(self, drive: str) -> str:
        """Return the share behind the letter, empty where there is none."""
        ...


class Calls:
    """Windows' own answers, through its libraries kernel32 and mpr.

    Source: https://learn.microsoft.com/windows/win32/api/winnetwk/nf-winnetwk-wnetgetconnectionw, and those above.
    """

    def __init__(self, kernel32: Any, mpr: Any) -> None:  # noqa: ANN401 - ctypes looks functions up by name
        self._kernel32 = kernel32
        self._mpr = mpr

    def kind(self, drive: str) -> int:
        """Return GetDriveType's number for a drive like `Z:`."""
        return int(self._kernel32.GetDriveTypeW(drive + "\\"))

    def device(self, drive: str) -> str:
        """Return the device behind the letter, empty where there is none."""
        room = ctypes.create_unicode_buffer(ROOM)
        return room.value if self._kernel32.QueryDosDeviceW(drive, room, ROOM) else ""

    def share(self, drive: str) -> str:
        """Return the share behind the letter, empty where there is none."""
        room, length = ctypes.create_unicode_buffer(ROOM), ctypes.c_ulong(ROOM)
        failed = self._mpr.WNetGetConnectionW(drive, room, ctypes.byref(length))
        return "" if failed else room.value


def this_computer() -> Callable[[str], Drive]:
    """Return who can tell what a drive is: Windows itself, elsewhere a guess."""
    if sys.platform == "win32":  # pragma: no cover - the calls themselves are tested with stand-ins
        calls = Calls(ctypes.windll.kernel32, ctypes.windll.mpr)
        return lambda drive: asked(drive, calls)
    return guessed


def guessed(drive: str) -> Drive:
    """Return what a drive is likely to be on another computer."""
    return DISK if drive.upper() in LOCAL_ELSEWHERE else UNKNOWN


def asked(drive: str, windows: Windows) -> Drive:
    """Return what Windows says about a drive."""
    device = windows.device(drive)
    if device.startswith(_SUBST):
        target = device.removeprefix(_SUBST)
        return Drive(mapped=True, target="\\\\" + target[4:] if target.upper().startswith("UNC\\") else target)
    if windows.kind(drive) == REMOTE:
        return Drive(mapped=True, target=windows.share(drive))
    return DISK


_HOME = re.compile(
    r"/(?:home|Users)/(?P<linux>[^/]+)/|(?P<root>/root)/|[A-Za-z]:\\Users\\(?P<windows>[^\\]+)\\", re.IGNORECASE
)
"""Where systems keep homes by default; /Users and C:\\Users have a common one too, `Shared` and `Public`."""

_COMMON = frozenset({"shared", "public"})


def anothers(job: NightlyJob) -> list[str]:
    """Return the paths in another account's home, the program's own first."""
    user = job.user.rpartition("\\")[2].casefold()
    paths = dict.fromkeys((*job.program[:1], *filter(None, (job.folder,)), *job.places))
    return [path for path in paths if (owner := _owner(path)) and owner not in {user, *_COMMON}]


def _owner(path: str) -> str:
    found = _HOME.match(path + ("\\" if "\\" in path else "/"))
    return "" if found is None else (found["linux"] or found["windows"] or "root").casefold()
