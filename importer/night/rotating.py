"""A log file that stays small, and that never stops a run."""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LARGEST = 5_000_000
"""Bytes of one file."""
KEPT = 5
"""Older files kept beside it."""


class Lines:
    """Lines appended to a file, which is opened with the first of them."""

    def __init__(self, path: Path, *, largest: int = LARGEST) -> None:
        self.failure: OSError | None = None
        """The first error met, None while all is well."""
        self._handler: _Handler | None = None
        try:
            self._handler = _Handler(path, largest)
        except OSError as error:  # a relative path, and the working folder has gone away
            self.failure = error

    def write(self, line: str) -> None:
        """Appends a line; does nothing more once writing has failed."""
        if self._handler is not None and self.failure is None:
            self._handler.handle(logging.LogRecord("run", logging.INFO, "", 0, line, None, None))
            self.failure = self._handler.failure

    def close(self) -> None:
        """Closes the file. What could not be written at last is remembered too."""
        try:
            if self._handler is not None:
                self._handler.close()
        except OSError as error:
            self.failure = self.failure or error


class _Handler(RotatingFileHandler):
    """The library's handler, except that it keeps its errors to itself and shifts files only if it can."""

    def __init__(self, path: Path, largest: int) -> None:
        super().__init__(path, maxBytes=largest, backupCount=KEPT, encoding="utf-8", errors="replace", delay=True)
        self.failure: OSError | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Writes a line. An OSError is remembered, anything else is a bug and raised."""
        try:
            if self.stream is None:
                os.makedirs(os.path.dirname(self.baseFilename), exist_ok=True)  # noqa: PTH103, PTH120 - the library's text
                self.stream = self._open()
            if self.shouldRollover(record):
                self.doRollover()
            self.stream.write(self.format(record) + self.terminator)
            self.flush()
        except OSError as error:
            self.failure = error

    def doRollover(self) -> None:  # noqa: N802 - the library's name
        """Shifts the files. On Windows none can be renamed while another program has it open: then it grows on.

        The file itself goes first. If only that failed after the others had been shifted, every further line would
        shift them again, until all of them were gone.
        """
        if self.stream is not None:
            self.stream.close()
        aside = f"{self.baseFilename}.0"
        try:
            os.replace(self.baseFilename, aside)  # noqa: PTH105 - the library's text
        except OSError:
            self.maxBytes = 0  # not again in this run
        else:
            for number in range(KEPT - 1, -1, -1):
                with suppress(OSError):  # a gap, or a file in use: one generation is lost, no more
                    os.replace(f"{self.baseFilename}.{number}", f"{self.baseFilename}.{number + 1}")  # noqa: PTH105 - os.replace, as in the saving of copies
        self.stream = self._open()
