"""A pseudo terminal with a person at it, for what only a real one shows. There is none on Windows."""

from __future__ import annotations

import os
import select
import signal
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyte

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.forks import Start, Started

LINES = 60
PATIENCE = 240.0
"""Seconds until a program that says nothing is given up."""


@dataclass
class Terminal:
    """What a person sees of a program that runs in their terminal."""

    program: Started
    end: int
    screen: pyte.Screen
    raw: bytearray = field(default_factory=bytearray)

    def __post_init__(self) -> None:
        self._stream = pyte.ByteStream(self.screen)

    @property
    def lines(self) -> list[str]:
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip().split("\n")

    def see(self, text: str) -> list[str]:
        """Return the screen as soon as `text` stands on it."""
        while text not in "\n".join(self.screen.display):
            assert self._read(), f"{text!r} was never seen, but {self.lines}"
        return self.lines

    def press(self, keys: bytes) -> None:
        os.write(self.end, keys)

    def leave(self) -> int:
        """Read until the program has ended; return its exit code."""
        while self._read():
            pass
        return self.program.wait(PATIENCE)

    def _read(self) -> bool:
        ready, _, _ = select.select([self.end], [], [], PATIENCE)
        assert ready, f"nothing more came after {self.lines}"
        try:
            data = os.read(self.end, 65536)
        except OSError:  # Linux says so when the other end is closed
            return False
        self.raw += data
        self._stream.feed(data)
        return bool(data)


@contextmanager
def terminal(start: Start, *arguments: object, columns: int, **environment: str) -> Iterator[Terminal]:
    """Run a command in a terminal of its own while the block runs."""
    assert sys.platform != "win32"
    import fcntl  # noqa: PLC0415 - POSIX only
    import pty  # noqa: PLC0415 - likewise
    import struct  # noqa: PLC0415 - with them
    import termios  # noqa: PLC0415 - likewise

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, columns, 0, 0))
    program = start(*arguments, environment={"TERM": "xterm-256color", **environment}, terminal=theirs)
    os.close(theirs)
    try:
        yield Terminal(program, ours, pyte.Screen(columns, LINES))
    finally:
        program.send_signal(signal.SIGKILL)
        program.wait(PATIENCE)
        os.close(ours)
