"""How a run ended, as text for a mail and as JSON for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer.core.catalogue.terminal import DIFFERING
from importer.core.model import Status
from importer.core.wording import numbers_in_words, rows_counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from importer.night.event import Cause, FileFacts, RunEnded

SCHEMA = 1
"""Raised when a key changes its meaning or goes; a new key does not raise it."""

CAUSES_SHOWN = 5
FILES_SHOWN = 10
"""What a person reads on a phone; the copies and the log have the rest."""


def headline(event: RunEnded) -> str:
    """Gives one line: what happened, and where."""
    return f"meeting-importer on {event.host}: {event.verdict}"


def text(event: RunEnded) -> str:
    """Gives it all, a fact a line."""
    return "\n".join(_lines(event))


def facts(event: RunEnded) -> dict[str, Any]:
    """Gives the run as JSON can hold it. `text` is the one line, where chat programs look for it."""
    return {
        "schema": SCHEMA,
        "event": "run-ended",
        "text": f"{headline(event)} (exit code {int(event.exit_code)})",
        **essentials(event),
        "problems": [
            {
                "code": cause.code,
                "title": cause.title,
                "severity": cause.severity.value,
                "who": cause.who,
                "rows": cause.rows,
                "row_numbers": list(cause.numbers),
                "values": cause.values,
            }
            for cause in event.causes
        ],
    }


def essentials(event: RunEnded) -> dict[str, Any]:
    """Gives what notification and heartbeat have in common."""
    return {
        "run_id": event.run_id,
        "host": event.host,
        "version": event.version,
        "started": instant(event.started),
        "ended": instant(event.ended),
        "exit_code": int(event.exit_code),
        "verdict": event.verdict,
        "counts": _counts(event.counts),
        "report": event.report or None,
        "files": [
            {
                "input": file.input,
                "result": file.result,
                "exit_code": int(file.exit_code),
                "counts": _counts(file.counts),
            }
            for file in event.files
        ],
    }


def instant(moment: datetime) -> str:
    """Gives a time with its offset, to the second."""
    return moment.isoformat(timespec="seconds")


def counts_in_words(counts: Mapping[Status, int]) -> str:
    """Gives '12 rows: 6 created, 5 invalid, 1 failed'."""
    return f"{rows_counted(sum(counts.values()))}: " + ", ".join(
        f"{count} {status}" for status, count in counts.items()
    )


def cause_in_words(cause: Cause) -> str:
    """Return '2 rows (5 and 9): Same external ID twice (duplicate-external-id, for the sheet)'.

    How many values there are is said where there are several: behind one kind of problem there are many people then.
    """
    where = f" ({numbers_in_words(cause.numbers)})" if cause.numbers else ""
    values = f", {cause.values} different values" if cause.values > 1 else ""
    rows = f"{rows_counted(cause.rows)}{where}{values}: " if cause.rows else ""
    return f"{rows}{cause.title} ({cause.code}, for {cause.who})"


def others_in_words(event: RunEnded) -> str:
    """Gives how many kinds of problems are not named."""
    more = len(event.causes) - CAUSES_SHOWN
    return f"and {more} more kind{'' if more == 1 else 's'} of problem"


def file_in_words(file: FileFacts) -> str:
    """Gives what became of a file's rows, or that they could not be read."""
    return counts_in_words(file.counts) if file.counts else f"no rows (exit code {int(file.exit_code)})"


def shown_files(event: RunEnded) -> tuple[FileFacts, ...]:
    """Gives the files worth naming, those that ended badly first."""
    return tuple(sorted(event.files, key=lambda file: int(file.exit_code) == 0))[:FILES_SHOWN]


def _counts(counts: Mapping[Status, int]) -> dict[str, int]:
    return {status.value: count for status, count in counts.items()}


def _lines(event: RunEnded) -> Iterator[str]:
    yield f"{event.verdict} (exit code {int(event.exit_code)})."
    yield ""
    if len(event.files) > 1 and event.counts:
        yield f"{len(event.files)} files, {counts_in_words(event.counts)}"
    yield from _files(event)
    yield from _causes(event)
    yield f"Run {event.run_id} on {event.host}, {instant(event.started)} to {instant(event.ended)}."
    yield "What a code means: meeting-importer explain CODE"


def _files(event: RunEnded) -> Iterator[str]:
    for file in shown_files(event):
        yield file.input
        yield f"  {file_in_words(file)}"
        if file.result is not None:
            yield f"  Results: {file.result}"
    if len(event.files) > FILES_SHOWN:
        yield f"... and {len(event.files) - FILES_SHOWN} more files"
    if event.report:
        yield f"Report: {event.report}"
    if event.files:
        yield ""


def _causes(event: RunEnded) -> Iterator[str]:
    for cause in event.causes[:CAUSES_SHOWN]:
        yield f"- {cause_in_words(cause)}"
    if len(event.causes) > CAUSES_SHOWN:
        yield f"- {others_in_words(event)}"
    yield from hints(event)
    if event.causes:
        yield ""


def hints(event: RunEnded) -> Iterator[str]:
    """Return what only whoever runs the program can do about it."""
    if event.counts.get(Status.DIFFERS):
        yield DIFFERING
