"""The log of a run: who looks at it on Monday finds every row, its code, and the IDs that Microsoft's support asks for.

Names, subjects, sign-in names and what cells say are left out unless they are asked for; secrets always are. The file
stays small (it is rotated) and never stops a run.
"""

from __future__ import annotations

import json
import logging
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from typing import TYPE_CHECKING, TypeAlias

from importer.core.catalogue import CATALOGUE
from importer.core.model import Severity
from importer.core.wording import where_raised
from importer.notify.event import timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from importer.core.model import Problem
    from importer.core.report import FileReport
    from importer.core.row import Row
    from importer.notify.event import RunEnded


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
        """Append a line; does nothing more once writing has failed."""
        if self._handler is not None and self.failure is None:
            self._handler.handle(logging.LogRecord("run", logging.INFO, "", 0, line, None, None))
            self.failure = self._handler.failure

    def close(self) -> None:
        """Close the file. What could not be written at last is remembered too."""
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
        """Write a line. An OSError is remembered, anything else is a bug and raised."""
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


_PLAIN = re.compile(r"[\w.:@/\\,+-]+")
"""Values that stand in a line as they are."""

Fields: TypeAlias = "dict[str, str | int]"

SCHEMA = 1
"""Raised when a key changes its meaning or goes; a new key does not raise it."""

_DETAIL = (
    ("http_status", re.compile(r"\bHTTP (\d{3})\b")),
    ("graph_code", re.compile(r"\bcode '([\w. -]{1,80})'")),
    ("request_id", re.compile(r"(?<![\w-])request-id ([\w-]{8,64})")),
    ("client_request_id", re.compile(r"\bclient-request-id ([\w-]{8,64})")),
    ("aadsts", re.compile(r"\b(AADSTS\d+)")),
    ("trace_id", re.compile(r"(?i)\btrace[ _]id:? ([\w-]{8,64})")),
    ("correlation_id", re.compile(r"(?i)\bcorrelation[ _]id:? ([\w-]{8,64})")),
)
"""What of a problem's detail is about the request and about nobody: the rest can name people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How lines are written: as JSON or as text, with or without what is about people, and without secrets."""

    as_json: bool
    personal: bool
    scrub: Callable[[str], str]


class RunLog:
    """The log of one run. Nothing in here raises for a file that can't be written."""

    def __init__(self, lines: Lines, style: Style, *, run_id: str, now: Callable[[], datetime]) -> None:
        self._lines = lines
        self._style = style
        self._run_id = run_id
        self._now = now
        self._file = ""
        self._logged: set[tuple[int, str, str]] = set()

    def began(self, version: str, host: str, files: Iterable[str]) -> None:
        """A run has begun."""
        self._line("info", "run-started", host=host, version=version, inputs=" ".join(files))

    def said(self, text: str) -> None:
        """A person at a terminal was told this."""
        self._line("info", "said", text=text)

    def opened(self, file: str) -> None:
        """This file is next."""
        self._file = file
        self._logged.clear()

    def row(self, result: Row) -> None:
        """This row has its result. Each row of a file is logged once; two of its sheets can have one number."""
        this = (result.number, result.external_id, result.organizer)
        if this in self._logged:
            return
        self._logged.add(this)
        for found in result.problems or (None,):
            self._line(_level(found), "row", **self._row(result), **({} if found is None else self._problem(found)))

    def closed(self, report: FileReport) -> None:
        """This file is done: rows that were not sent are logged now, and how it ended."""
        self._file = report.input
        for row in report.rows:
            self.row(row)
        for found in report.problems:
            self._line(_level(found), "file", **self._problem(found))
        counts = " ".join(f"{status.value.replace(' ', '-')}={count}" for status, count in report.counts.items())
        result = {} if report.result is None else {"result": report.result}
        if report.sheet:
            result["sheet"] = report.sheet
        self._line(
            "info", "file-ended", exit_code=int(report.exit_code), rows=len(report.rows), counts=counts, **result
        )
        self._file = ""

    def note_problem(self, found: Problem) -> None:
        """This happened to the run as a whole; what it says names no person."""
        self._line(_level(found), "run", **self._problem(found), text=found.message)

    def crashed(self, error: BaseException) -> None:
        """This is a bug; what it says may quote a cell."""
        said = {"text": str(error)} if self._style.personal else {}
        self._line("error", "crashed", error=type(error).__name__, where=where_raised(error), **said)

    def ended(self, event: RunEnded) -> None:
        """The run has ended."""
        level = "error" if event.failed else "info"
        seconds = int((event.ended - event.started).total_seconds())
        self._line(level, "run-ended", exit_code=int(event.exit_code), text=event.verdict, seconds=seconds)

    def _row(self, result: Row) -> Fields:
        fields: Fields = {"row": result.number, "external_id": result.external_id, "status": result.status.value}
        if self._style.personal:
            fields["organizer"] = result.organizer
            if result.meeting is not None:
                fields["subject"] = result.meeting.subject
        return fields

    def _problem(self, found: Problem) -> Fields:
        fields: Fields = {"code": found.code, "title": CATALOGUE[found.code].title}
        if found.column:
            fields["column"] = found.column
        fields |= {name: match[1] for name, pattern in _DETAIL if (match := pattern.search(found.detail))}
        if self._style.personal:
            fields |= {"message": found.message, "value": found.value, "detail": found.detail}
        return fields

    def _line(self, level: str, event: str, **fields: str | int) -> None:
        given = {key: value for key, value in fields.items() if value != ""}
        place: Fields = {"file": self._file} if self._file else {}
        whole = {
            "time": timestamp(self._now()),
            "level": level,
            "event": event,
            "run_id": self._run_id,
            **place,
            **{key: self._style.scrub(value) if isinstance(value, str) else value for key, value in given.items()},
        }
        self._lines.write(_json(whole) if self._style.as_json else " ".join(_text(whole)))


def _level(found: Problem | None) -> str:
    if found is None:
        return "info"
    return "error" if found.severity is Severity.ERROR else "warning"


def _text(fields: Fields) -> Iterator[str]:
    """Return the words of a line: time, level and event as they are, the rest named."""
    for key, value in fields.items():
        match key:
            case "time" | "event":
                yield str(value)
            case "level":
                yield str(value).upper()
            case _:
                yield f"{key}={_quoted(str(value))}"


def _quoted(value: str) -> str:
    """Return a value that can't be taken for two, for another line, or for a command: one from a sheet may try."""
    return value if _PLAIN.fullmatch(value) else _json(value)


def _json(value: object) -> str:
    """Return JSON on one line, whatever a reader takes for the end of one."""
    text = json.dumps(value, ensure_ascii=False)
    return text if text.isprintable() else json.dumps(value)
