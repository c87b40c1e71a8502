"""The program as a process of its own that is started in no time: a fork of one that has loaded everything.

A start of `python -m importer run` loads pandas and pandera for two seconds of a processor, and then works for a tenth
of one. Here one server loads them, and each program is a fork of it. All that the system knows of a program is its own
and like that of any other: number, session, signals, streams, environment, folder, and how it ends. What a fork can't
show is the start: its locale, and where it finds modules, are those of the server.

    tests --request, streams, a socket--> server --fork--> program
          <--number, and how it ended, by that socket--'
"""

from __future__ import annotations

import gc
import importlib
import io
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn

import importer
from tests.cli.rosters import values, xlsx_file

if sys.platform != "win32":
    import fcntl
    import termios

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT = Path(__file__).parents[1]
STREAMS = (("stdin", "r", None), ("stdout", "w", None), ("stderr", "w", "backslashreplace"))
LONGEST = 1 << 17
"""Bytes of a request, which has an environment in it."""
PATIENCE = 240.0
"""Seconds until another process is given up: on a machine with ten times the work, a start takes over a minute."""


@dataclass
class Program:
    """A program that was started, with those members of `subprocess.Popen` that the tests use."""

    pid: int
    end: socket.socket
    printed: Sequence[IO[str]]
    returncode: int | None = None
    said: list[str] = field(default_factory=list)

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        with suppress(BlockingIOError):
            return self.wait(0)
        return None

    def wait(self, timeout: float = PATIENCE) -> int:
        """Return the exit code, a signal's with a minus. Raise TimeoutError after `timeout` seconds."""
        if self.returncode is None:
            self.end.settimeout(timeout)
            self.returncode = int(self.end.recv(16))
            self.end.close()
            for file in self.printed:
                file.seek(0)
                self.said.append(file.read())
                file.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout: float = PATIENCE) -> tuple[str, str]:
        """Wait for its end and return what it has printed to stdout and stderr. Raise as `wait` does."""
        self.wait(timeout)
        out, err = self.said
        return out, err


def start(
    *arguments: object,
    environment: Mapping[str, str] | None = None,
    encoding: str = "utf-8",
    stdout: int = subprocess.PIPE,
    stderr: int = subprocess.PIPE,
) -> subprocess.Popen[str]:
    """Start the command as anybody does, no fork."""
    return subprocess.Popen(
        [sys.executable, "-m", "importer", *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        encoding=encoding,
        errors="replace",
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PYTHONIOENCODING": encoding,
            "PYTHONUTF8": "0",
            **(environment or {}),
        },
    )


Started = Program | subprocess.Popen[str]
Start = Callable[..., Started]


@dataclass(frozen=True)
class Forks:
    """What starts programs."""

    server: socket.socket

    def start(
        self,
        *arguments: object,
        environment: Mapping[str, str] | None = None,
        encoding: str = "utf-8",
        stdout: int | None = None,
        stderr: int | None = None,
        terminal: int | None = None,
    ) -> Program:
        """Start the command with this process's folder and environment, and with what `environment` adds.

        It prints to where it can be read afterwards, or to `stdout` and `stderr`. `terminal` is for all three streams,
        and is the one that Ctrl-C is pressed at.
        """
        added = {"PYTHONIOENCODING": encoding, **(environment or {})}
        request = {
            "arguments": [_hex(str(argument)) for argument in arguments],
            "environment": {_hex(name): _hex(value) for name, value in {**os.environ, **added}.items()},
            "folder": _hex(os.getcwd()),  # noqa: PTH109 - as bytes
            "terminal": terminal is not None,
        }
        printed = [tempfile.TemporaryFile("w+", encoding=encoding, errors="replace") for _ in range(2)]  # noqa: SIM115 - closed by `wait`
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, open(os.devnull) as nothing:  # noqa: PTH123 - a device
            given = (nothing.fileno(), stdout or printed[0].fileno(), stderr or printed[1].fileno())
            streams = given if terminal is None else (terminal,) * 3
            socket.send_fds(self.server, [json.dumps(request).encode()], [*streams, theirs.fileno()])
        return Program(int(ours.recv(16)), ours, printed)


@contextmanager
def forks(**environment: str) -> Iterator[Forks]:
    """Serve forks while the block runs; `environment` is what their start would have obeyed, as LC_ALL.

    Lines of theirs are not counted as covered: one that is killed could not say which they are.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    line = [sys.executable, "-m", "tests.forks", str(theirs.fileno())]
    scope = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    with ours, subprocess.Popen(line, pass_fds=[theirs.fileno()], cwd=ROOT, env={**scope, **environment}):
        theirs.close()
        yield Forks(ours)
        ours.close()


def load() -> None:
    """Do what a process does once: import every module, and run, for what is worked out at its first use."""
    for module in pkgutil.walk_packages(importer.__path__, "importer."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    main: Callable[[list[str]], int] = importlib.import_module("importer.cli.main").main
    with tempfile.TemporaryDirectory() as folder, redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        roster = xlsx_file(Path(folder, "r.xlsx"), [values("1"), values("2", start="x")])
        outputs = ["--report", f"{folder}/r.html", "--ics", f"{folder}/ics", "--log-file", f"{folder}/r.log"]
        main(["run", str(roster), "--sandbox", "--state-dir", f"{folder}/state", *outputs])
    gc.freeze()  # else a fork's collector copies all of it


def _hex(text: str) -> str:
    """Return what names the same file to a process of another locale."""
    return os.fsencode(text).hex()


class _Server:
    """Starts what is asked for, and tells how it ended, until nobody asks any more."""

    def __init__(self, requests: socket.socket) -> None:
        self.requests = requests
        self.running: dict[int, socket.socket] = {}
        self.woken, self.wakes = socket.socketpair()

    def serve(self) -> None:
        self.wakes.setblocking(False)  # noqa: FBT003 - the library's own
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self.wakes.fileno())
        loaded = False
        while True:
            ready, _, _ = select.select([self.requests, self.woken], [], [])
            if self.woken in ready:
                self.woken.recv(4096)
                self.tell()
            if self.requests in ready:
                asked, streams, _, _ = socket.recv_fds(self.requests, LONGEST, 4)
                if not asked:
                    return
                if not loaded:
                    load()
                    loaded = True
                self.start(json.loads(asked), streams)

    def start(self, request: dict[str, Any], streams: list[int]) -> None:
        program = os.fork()
        if not program:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for end in (self.requests, self.woken, self.wakes, *self.running.values()):
                end.close()
            _become(request, streams)
        *streams, told = streams
        self.running[program] = socket.socket(fileno=told)
        self.running[program].send(str(program).encode())
        for stream in streams:
            os.close(stream)

    def tell(self) -> None:
        for program in list(self.running):
            ended, status = os.waitpid(program, os.WNOHANG)
            if ended:
                with self.running.pop(program) as told, suppress(BrokenPipeError):
                    told.send(str(os.waitstatus_to_exitcode(status)).encode())


def _become(request: dict[str, Any], streams: Sequence[int]) -> NoReturn:
    """Be what `python -m importer` is after its start."""
    assert sys.platform != "win32"
    for number, given in enumerate(streams[:3]):
        os.dup2(given, number)
    for given in streams:
        os.close(given)
    if request["terminal"]:
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    os.environb.clear()
    os.environb.update({bytes.fromhex(name): bytes.fromhex(value) for name, value in request["environment"].items()})
    os.chdir(bytes.fromhex(request["folder"]))
    sys.argv[1:] = [os.fsdecode(bytes.fromhex(argument)) for argument in request["arguments"]]
    encoding = os.environ["PYTHONIOENCODING"]
    for number, (name, mode, errors) in enumerate(STREAMS):
        stream = open(number, mode, encoding=encoding, errors=errors, closefd=False)  # noqa: SIM115 - as Python does
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    runpy.run_module("importer", run_name="__main__", alter_sys=True)
    raise AssertionError("It ends by SystemExit.")


if __name__ == "__main__":
    _Server(socket.socket(fileno=int(sys.argv[1]))).serve()
