"""What a drive letter of Windows stands for: a disk of the computer, or something of one sign-in session only."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

LOCAL_ELSEWHERE = frozenset({"C:", "D:"})
"""Letters that are taken for disks where the computer can't be asked: the system's, and the one after it."""

REMOTE = 4
"""DRIVE_REMOTE. Source: https://learn.microsoft.com/windows/win32/api/fileapi/nf-fileapi-getdrivetypew"""

LONGEST = 1024
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


def this_computer() -> Callable[[str], Drive]:
    """Gives who can tell what a drive is: Windows itself, elsewhere a guess."""
    if sys.platform == "win32":
        from importer.schedule.windows import Calls  # noqa: PLC0415 - only there

        calls = Calls()
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
