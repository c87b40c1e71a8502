"""What a drive letter of Windows stands for: a disk of the computer, or something of one sign-in session only."""

from __future__ import annotations

import ctypes
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

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
        """Gives GetDriveType's number for a drive like `Z:`."""
        ...

    def device(self, drive: str) -> str:
        """Gives the device behind the letter, empty where there is none."""
        ...

    def share(self, drive: str) -> str:
        """Gives the share behind the letter, empty where there is none."""
        ...


class Calls:
    """Windows' own answers, through its libraries kernel32 and mpr.

    Source: https://learn.microsoft.com/windows/win32/api/winnetwk/nf-winnetwk-wnetgetconnectionw, and those above.
    """

    def __init__(self, kernel32: Any, mpr: Any) -> None:  # noqa: ANN401 - ctypes looks functions up by name
        self._kernel32 = kernel32
        self._mpr = mpr

    def kind(self, drive: str) -> int:
        """Gives GetDriveType's number for a drive like `Z:`."""
        return int(self._kernel32.GetDriveTypeW(drive + "\\"))

    def device(self, drive: str) -> str:
        """Gives the device behind the letter, empty where there is none."""
        room = ctypes.create_unicode_buffer(ROOM)
        return room.value if self._kernel32.QueryDosDeviceW(drive, room, ROOM) else ""

    def share(self, drive: str) -> str:
        """Gives the share behind the letter, empty where there is none."""
        room, length = ctypes.create_unicode_buffer(ROOM), ctypes.c_ulong(ROOM)
        failed = self._mpr.WNetGetConnectionW(drive, room, ctypes.byref(length))
        return "" if failed else room.value


def this_computer() -> Callable[[str], Drive]:
    """Gives who can tell what a drive is: Windows itself, elsewhere a guess."""
    if sys.platform == "win32":  # pragma: no cover - the calls themselves are tested with stand-ins
        calls = Calls(ctypes.windll.kernel32, ctypes.windll.mpr)
        return lambda drive: asked(drive, calls)
    return guessed


def guessed(drive: str) -> Drive:
    """Gives what a drive is likely to be on another computer."""
    return DISK if drive.upper() in LOCAL_ELSEWHERE else UNKNOWN


def asked(drive: str, windows: Windows) -> Drive:
    """Gives what Windows says about a drive."""
    device = windows.device(drive)
    if device.startswith(_SUBST):
        target = device.removeprefix(_SUBST)
        return Drive(mapped=True, target="\\\\" + target[4:] if target.upper().startswith("UNC\\") else target)
    if windows.kind(drive) == REMOTE:
        return Drive(mapped=True, target=windows.share(drive))
    return DISK
