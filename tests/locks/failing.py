"""A share whose every call can fail: the program runs in a fork in which the system's calls raise as they are told.

    python -m tests.locks.failing < cases

A case is a line of JSON: `home` (a folder to work in, its `share` is the share), `line` (the arguments), `cwd` (below
the home), `at` (the number of the call from which on the share fails; 0: not), `once` (only that call), `errno`.
Answers with a line of what came of it: exit code, stderr, the calls that the share was asked, and which one failed
first. A case that takes minutes is ended, and its stderr says where it was.
What belongs to Python is replaced here, nothing of the program's own.
"""

# ruff: noqa: T201, PTH118, ANN401 - a program of its own, which stands where calls of pathlib end and takes what they take
from __future__ import annotations

import builtins
import errno
import faulthandler
import io
import json
import os
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tests.forks import load

if TYPE_CHECKING:
    from collections.abc import Callable

CALLS = [
    *("access", "chmod", "link", "listdir", "lstat", "mkdir", "open", "readlink"),
    *("remove", "rename", "replace", "rmdir", "scandir", "stat", "unlink", "utime"),
]
"""What is asked of a path. (`os.getcwd` is asked of the folder that one works in.)"""
ON_FILES = ("close", "flush", "read", "readline", "write", "writelines")
PATIENCE = 200.0
"""Seconds that a run may take; most take a tenth of one."""


@dataclass
class Share:
    """The calls on `folder`; from the `at`th on they fail with `errno`, or only that one does."""

    folder: str
    at: int
    once: bool
    errno: int
    calls: list[str] = field(default_factory=list)
    failed: str = ""
    handles: dict[int, str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    cwd: Callable[[], str] = os.getcwd

    def holds(self, path: Any) -> bool:
        if isinstance(path, int):
            return path in self.handles
        if not isinstance(path, str | bytes | os.PathLike):
            return False
        whole = os.path.normpath(os.path.join(self.cwd(), os.fsdecode(path)))
        return whole == self.folder or whole.startswith(self.folder + os.sep)

    def ask(self, name: str, path: Any) -> None:
        with self.lock:
            self.calls.append(f"{name} {self.handles.get(path, '') if isinstance(path, int) else os.fsdecode(path)}")
            fails = self.at and (len(self.calls) == self.at if self.once else len(self.calls) >= self.at)
            if fails:
                self.failed = self.failed or self.calls[-1]
        if fails:
            raise OSError(self.errno, os.strerror(self.errno), os.fsdecode(path) if not isinstance(path, int) else None)

    def watch(self) -> None:
        """Record itself between Python and the system."""
        for name in CALLS:
            setattr(os, name, self._asking(name, getattr(os, name)))
        os.getcwd = self._getcwd
        os.fsync = self._asking("fsync", os.fsync)
        builtins.open = io.open = self._opening(io.open)

    def _asking(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            for path in given[: 2 if name in {"rename", "replace", "link"} else 1]:
                if self.holds(path):
                    try:
                        self.ask(name, path)
                    except OSError:
                        if name == "access":  # which answers every failure with no: access(2), os.access
                            return False
                        raise
                    break
            found = real(*given, **named)
            if name == "open" and self.holds(given[0]):
                self.handles[found] = str(given[0])
            return found

        return call

    def _getcwd(self) -> str:
        """Fail as getcwd(2) can: the kernel answers it from memory, and knows of a folder only that it is gone."""
        if self.holds("."):
            try:
                self.ask("getcwd", ".")
            except OSError as error:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT)) from error
        return self.cwd()

    def _opening(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(file: Any, *given: Any, **named: Any) -> Any:
            if not self.holds(file):
                return real(file, *given, **named)
            if not isinstance(file, int):
                self.ask("open", file)
            opened = real(file, *given, **named)
            self.handles[opened.fileno()] = str(file)
            return _File(opened, self)

        return call


class _File:
    """An open file of the share."""

    def __init__(self, real: Any, share: Share) -> None:
        self._real = real
        self._share = share

    def __getattr__(self, name: str) -> Any:
        if name in ON_FILES and not self._real.closed:
            return lambda *given: self._asked(name, *given)
        return getattr(self._real, name)

    def _asked(self, name: str, *given: Any) -> Any:
        handle = self._real.fileno()
        try:
            self._share.ask(name, handle)
        except OSError:
            if name == "close":  # the system has let go of it all the same
                self._real.close()
                self._share.handles.pop(handle, None)
            raise
        if name == "close":
            self._share.handles.pop(handle, None)
        return getattr(self._real, name)(*given)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if not self._real.closed:
            self._asked("close")

    def __iter__(self) -> Any:
        return iter(self._real)


def child(case: dict[str, Any]) -> None:
    """Run the program in this process, which is a fork; never returns."""
    home = case["home"]
    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(f"{home}/{name}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    faulthandler.dump_traceback_later(PATIENCE, exit=True)
    os.environ.update(HOME=f"{home}/user", MEETING_IMPORTER_STATE_DIR=f"{home}/state", **case.get("environment", {}))
    os.chdir(f"{home}/{case.get('cwd', 'state')}")
    from importer.cli.main import main  # noqa: PLC0415 - imported by the parent before, with all it needs

    share = Share(f"{home}/share", case["at"], case["once"], case["errno"])
    share.watch()
    code = 70  # a traceback
    try:
        code = main(case["line"])
    except SystemExit as error:
        code = int(error.code or 0)
    except BaseException:  # noqa: BLE001 - told as the interpreter would
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        share.at = 0
        Path(f"{home}/calls").write_text(json.dumps([share.calls, share.failed]), encoding="utf-8")
        os._exit(code)


def main() -> None:
    """Work off the cases. What a process does once is done here, and each case is a fork that has it already."""
    time.sleep = lambda _seconds: None  # before anything keeps it as a default: nobody waits for what is not there
    load()
    for line in sys.stdin:
        print(json.dumps(outcome(json.loads(line))), flush=True)


def outcome(case: dict[str, Any]) -> dict[str, Any]:
    """Return what comes of a case."""
    home = Path(case["home"])
    pid = os.fork()
    if not pid:
        child(case)
    _, status = os.waitpid(pid, 0)
    told = home / "calls"
    calls, failed = json.loads(told.read_text("utf-8")) if told.exists() else ([], "ended")
    return {
        "home": case["home"],
        "code": os.waitstatus_to_exitcode(status),
        "err": (home / "err").read_text("utf-8", "replace"),
        "out": (home / "out").read_text("utf-8", "replace"),
        "calls": calls,
        "failed": failed,
    }


if __name__ == "__main__":
    main()
