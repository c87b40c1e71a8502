"""The process's stdout and stderr, whose other ends may fail at any moment: a reader goes away, a disk is full.

What a command does never depends on whether somebody can read about it, so no write to them raises. What is lost of
stdout, other than by its reader's own wish, is remembered, and told at the command's end.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, cast

from importer.core.model import ExitCode

if TYPE_CHECKING:
    from typing_extensions import Buffer

_READER_GONE = frozenset({errno.EPIPE, errno.ECONNRESET, *([errno.EINVAL] if os.name == "nt" else [])})
"""Windows says EINVAL of a pipe that nobody reads any more, now and then.

Source: https://github.com/python/cpython/issues/74603, and what subprocess does about its own pipes.
"""
_GOOD_ENOUGH = frozenset({ExitCode.DONE, ExitCode.ROWS})
LOST = (
    "What this command prints could not be written: {reason}. The files that it saved are not concerned. "
    "Make room, or have it print elsewhere, and repeat the command. To repeat a run is safe."
)


class _Outlet(io.RawIOBase):
    """What writes to `raw` until that fails, and to nothing from then on."""

    def __init__(self, raw: io.RawIOBase) -> None:
        self.failed: OSError | None = None
        self._raw = raw

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._raw.fileno()

    def isatty(self) -> bool:
        return self._raw.isatty()

    def write(self, data: Buffer) -> int | None:
        if self.failed is None:
            try:
                return self._raw.write(data)
            except OSError as error:
                self.failed = error
        return memoryview(data).nbytes


def prepare() -> None:
    """Put an outlet before stdout and stderr, or nothing where the process was given none.

    What stands in for them, as in a test, is left there; whatever it is, it shows a `?` for what it can't show.
    """
    sys.stdout = _prepared(sys.stdout, sys.__stdout__)
    sys.stderr = _prepared(sys.stderr, sys.__stderr__)


def printed(code: int) -> int:
    """Return the exit code of a command whose own is `code`: what it printed counts, if it was lost, and is told."""
    outlet = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    sys.stdout.flush()
    if not isinstance(outlet, _Outlet) or outlet.failed is None or outlet.failed.errno in _READER_GONE:
        return code
    print(LOST.format(reason=os.strerror(outlet.failed.errno or errno.EIO)), file=sys.stderr)  # noqa: T201 - stderr itself
    outlet.failed = OSError(errno.EPIPE, "told")
    return ExitCode.RESULTS if code in _GOOD_ENOUGH else code


def _prepared(stream: TextIO | None, own: TextIO | None) -> TextIO:
    if stream is None:
        return Path(os.devnull).open("w", encoding="utf-8")
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    stream.reconfigure(errors="replace")  # a cp1252 or ASCII console shows a ? rather than crash the run
    if stream is not own:
        return stream
    raw = cast("io.RawIOBase", getattr(stream.buffer, "raw", stream.buffer))  # with -u there is no buffer in between
    return io.TextIOWrapper(
        io.BufferedWriter(_Outlet(raw)),
        encoding=stream.encoding,
        errors="replace",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
