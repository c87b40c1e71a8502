"""Which process a run is, so that a later one can tell whether it still goes on."""

from __future__ import annotations

import os
import platform
import sys
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

_PROC = Path("/proc")
_MADE_UP = 1 << 40
"""Set in a number that stands for a card that was not found: https://docs.python.org/3/library/uuid.html#uuid.getnode"""
_STATE, _START = 0, 19
"""Fields of /proc/<pid>/stat after the name, counting from its state: man 5 proc_pid_stat, fields 3 and 22."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThisRun:
    """One call of the program. `target` is where it sends to, in words for `history`.

    `born` tells this process from a later one with its number.
    """

    run_id: str
    command: str
    inputs: tuple[str, ...]
    target: str
    started: datetime
    host: str = field(default_factory=platform.node)
    pid: int = field(default_factory=os.getpid)
    born: str = field(default_factory=lambda: born(os.getpid()) or "")


def born(pid: int) -> str | None:
    """Gives a text that two processes with the same number don't share; None where there is no such process.

    Empty where the system does not tell: then the number alone has to do.
    """
    if sys.platform == "win32":
        return _born_on_windows(pid)
    return _born_on_linux(pid) if _PROC.joinpath("self", "stat").exists() else born_elsewhere(pid)


def goes_on(pid: int, known: str) -> bool:
    """Tells whether the process that was `born` as `known` is still there."""
    now = born(pid)
    return now is not None and known in {"", now}


def born_elsewhere(pid: int) -> str | None:
    """Gives an empty text where there is such a process; a POSIX system tells no more without /proc."""
    try:
        os.kill(pid, 0)  # only asks; on Windows it would end the process
    except ProcessLookupError:
        return None
    except PermissionError:
        pass  # somebody else's
    return ""


def _born_on_linux(pid: int) -> str | None:
    try:
        fields = _PROC.joinpath(str(pid), "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        boot = _PROC.joinpath("sys", "kernel", "random", "boot_id").read_text("ascii").strip()
    except OSError:
        return None
    if fields[_STATE] in {"Z", "X"}:  # dead, and only not yet buried by its parent
        return None
    return f"{boot} {fields[_START]}"


def machine() -> str:
    """Gives what tells this machine from others that were given its name: its clones, and containers on it.

    Only within one machine does a process's number mean anything. On Linux that is the running kernel and the space of
    process numbers in it (man 7 pid_namespaces), else the address of the network card; empty where neither is known.
    """
    try:
        boot = _PROC.joinpath("sys", "kernel", "random", "boot_id").read_text("ascii").strip()
        return f"{boot} {os.readlink(_PROC / 'self' / 'ns' / 'pid')}"  # noqa: PTH115 - no path comes of it
    except OSError:
        card = uuid.getnode()
        return "" if card & _MADE_UP else f"{card:012x}"


if sys.platform == "win32":  # pragma: no cover - the tests' other system
    import ctypes
    from ctypes import wintypes

    _QUERY = 0x1000
    """PROCESS_QUERY_LIMITED_INFORMATION: https://learn.microsoft.com/windows/win32/procthread/process-security-and-access-rights"""
    _STILL_ACTIVE = 259
    _DENIED = 5

    def _born_on_windows(pid: int) -> str | None:
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.OpenProcess.restype = wintypes.HANDLE
        handle = kernel.OpenProcess(_QUERY, False, pid)  # noqa: FBT003 - Windows' own order
        if not handle:
            return "" if ctypes.get_last_error() == _DENIED else None
        try:
            code, times = wintypes.DWORD(), [wintypes.FILETIME() for _ in range(4)]
            kernel.GetExitCodeProcess(wintypes.HANDLE(handle), ctypes.byref(code))
            kernel.GetProcessTimes(wintypes.HANDLE(handle), *map(ctypes.byref, times))
        finally:
            kernel.CloseHandle(wintypes.HANDLE(handle))
        if code.value != _STILL_ACTIVE:
            return None
        return f"{times[0].dwHighDateTime} {times[0].dwLowDateTime}"
