"""Keeps the sandbox's meetings in a file of JSON lines, so that a second run finds what the first one made.

A line is added for every meeting made or changed, and the last line for a meeting counts: no request waits for
more than one short write, however many meetings there are, and a killed process loses nothing but a half-written
line. The file is put in order when it is opened, by a temporary file and os.replace.
"""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer.sandbox.meetings import Attendee, Meeting

if TYPE_CHECKING:
    from collections.abc import Iterable

_FIRST = {"sandbox": "meetings", "version": 1}
"""The first line, by which a file is known as one of ours."""


class StoreError(Exception):
    """The file is not one that a sandbox has written; it is left as it was. `path` names it."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} can't be used to keep the sandbox's meetings: {reason}.")
        self.path = path
        self.reason = reason


class Journal:
    """The file, open for adding to. `meetings` is what was in it when it was opened."""

    def __init__(self, path: Path) -> None:
        """Opens or makes the file, and its folder. Raises StoreError, or OSError when it can't be written."""
        self.meetings = _read(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, [json.dumps(_FIRST), *map(_to_line, self.meetings)])
        self._file = path.open("a", encoding="utf-8", newline="\n")

    def add(self, meeting: Meeting) -> None:
        """Adds a meeting as it is now; it is with the operating system when this returns."""
        self._file.write(_to_line(meeting) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


def _read(path: Path) -> tuple[Meeting, ...]:
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return ()
    except UnicodeDecodeError:
        raise StoreError(path, "it is not a text file") from None
    if not text:
        return ()
    first, *lines = text.split("\n")
    if _parse(first) != _FIRST:
        raise StoreError(path, "it is some other file")
    del lines[-1:]  # empty, or torn by a kill in the middle of a write
    return _latest(path, lines)


def _latest(path: Path, lines: list[str]) -> tuple[Meeting, ...]:
    """Gives the meetings of the lines, each as its last line says."""
    found: dict[object, Meeting] = {}
    for number, line in enumerate(lines, start=2):
        try:
            meeting = _from_line(line)
        except (ValueError, TypeError, KeyError, RecursionError):
            raise StoreError(path, f"line {number} is damaged") from None
        found[meeting.key] = meeting
    return tuple(found.values())


def _parse(line: str) -> Any:  # noqa: ANN401 - any JSON
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _to_line(meeting: Meeting) -> str:
    return json.dumps(asdict(meeting), separators=(",", ":"))


def _from_line(line: str) -> Meeting:
    fields = json.loads(line)
    return Meeting(**{**fields, "attendees": tuple(Attendee(**each) for each in fields["attendees"])})


def write_whole(path: Path, lines: Iterable[str]) -> None:
    """Writes the file whole, or leaves it as it was and raises what went wrong."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.writelines(line + "\n" for line in lines)
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
