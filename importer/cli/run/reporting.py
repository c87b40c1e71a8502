"""What a call tells beside its copies: the HTML report, the calendar files, the result as JSON; and who hears of it.

None of it changes how the call ends. A place that can't be written is a warning, said where the result is said. The
JSON is one object for machines, its schema versioned.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from importer import __version__
from importer.core.catalogue import problem
from importer.core.catalogue.words import ICS_SAVED
from importer.core.columns import RESULT_COLUMNS
from importer.core.model import ExitCode
from importer.core.preview import preview, utc_of
from importer.core.properties import on_clocks
from importer.core.report import language_for, worst
from importer.core.results import LINK_KEYS, invitation_cell, invitation_of, one_each
from importer.core.wording import json_text, rows_in_words, system_reason
from importer.languages import load
from importer.paths import resolved
from importer.report import RunFacts
from importer.tables.save import save

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime, timedelta

    from importer.cli.config.settings import Settings
    from importer.cli.run.file_run import Progress
    from importer.cli.run.services import RequestCounter
    from importer.core.calendar import EventResult
    from importer.core.model import Problem
    from importer.core.report import FileReport
    from importer.core.roster import RosterDiff
    from importer.core.row import Row


class Observer:
    """Is told how a run goes, and by itself does nothing about it. What it does changes nothing about the run."""

    def begin(self) -> None:
        """The run begins. Raise Stop (exit 2) where the observer itself is not set up."""

    def saying(self, say: Callable[[str], None]) -> Callable[[str], None]:
        """Return what to say sentences with, so that they are heard as well."""
        return say

    def watching(self, progress: Progress) -> Progress:
        """Return what to report rows to, so that they are heard as well."""
        return progress

    def opened(self, source: Path) -> None:
        """This file is next."""

    def closed(self, report: FileReport) -> None:
        """This is what became of the file."""

    def finished(self, reports: Sequence[FileReport]) -> None:
        """This is what became of all files."""

    def reported(self, page: Path) -> None:
        """The HTML report has been saved there."""


UNOBSERVED = Observer()
"""For calls that nobody else hears of."""


def facts_of(
    settings: Settings,
    command: str,
    run_id: str,
    *,
    code: ExitCode,
    times: tuple[datetime, datetime],
    counter: RequestCounter | None,
) -> RunFacts:
    """Return what the report says about the call; `times` are when it started and ended."""
    return RunFacts(
        command=command,
        run_id=run_id,
        started=times[0],
        ended=times[1],
        exit_code=code,
        version=__version__,
        sends=command == "run" and not settings.dry_run,
        sandbox=settings.sandbox,
        calls=None if counter is None else counter.calls,
        waited=_waited(counter),
        language=None if settings.language is None else load(settings.language),
    )


def save_report(target: Path, reports: Sequence[FileReport], facts: RunFacts) -> Problem | None:
    """Save the report; return the reason where that is not possible."""
    from importer.report.page import render  # noqa: PLC0415 - nor pages

    links = {report.input: link for report in reports if (link := link_from(target, report.result))}
    page = render(reports, replace(facts, links=links, language=language_for(reports, facts.language)))
    try:
        save(target, page.encode(), like=[Path(report.input) for report in reports if report.input])
    except OSError as error:
        return problem("report-not-saved", value=str(target), reason=system_reason(error))
    return None


def link_from(page: Path, file: str | None) -> str:
    """Return the address of `file` for a link on `page`: relative, so that both can be moved together."""
    if file is None:
        return ""
    try:
        way = Path(os.path.relpath(resolved(Path(file)), resolved(page).parent))
    except ValueError:  # another drive of Windows
        return resolved(Path(file)).as_uri()
    except OSError:  # the working folder has gone away
        return ""
    return "/".join(quote(os.fsencode(part)) for part in way.parts)


def _waited(counter: RequestCounter | None) -> timedelta | None:
    """No line about waiting where there was none."""
    return counter.waited if counter is not None and counter.waited else None


def invite(folder: Path, report: FileReport, stamp: datetime, *, say: Callable[[str], None]) -> FileReport:
    """Save the calendar files of one input file's meetings; return its report with what there is to say about them.

    They are results like the copy: where they can't be saved, the exit code says so.
    """
    from importer.invitations import save_invitations  # noqa: PLC0415 - most runs make no calendar files

    invitations = one_each(found for row in report.rows if (found := invitation_of(row)) is not None)
    try:
        saved = save_invitations(folder, invitations, stamp, like=[Path(report.input)], language=report.language)
    except OSError as error:
        unsaved = problem("calendar-not-saved", value=str(folder), reason=system_reason(error))
        code = worst((report.exit_code, ExitCode.RESULTS))
        return replace(report, problems=(*report.problems, unsaved), exit_code=code)
    if invitations:
        say(ICS_SAVED.format(folder=folder, words=saved.words))
    if not saved.without_start:
        return report
    undated = problem("calendar-without-start", rows=rows_in_words(saved.without_start))
    return replace(report, problems=(*report.problems, undated))


LINKS_IN_JSON = tuple(column.key for column in RESULT_COLUMNS if column.key in LINK_KEYS)
JSON_SCHEMA = 1
"""Raised when a key changes its meaning or goes; a new key does not raise it."""


def as_json(command: str, run_id: str, exit_code: ExitCode, files: Sequence[FileReport]) -> str:
    """Return the run's result as JSON text, in the shape that guide/json.md documents.

    A passcode, like other columns beyond the standard ones, is there only if it was asked for.
    """
    document = {
        "schema": JSON_SCHEMA,
        "run_id": run_id,
        "command": command,
        "exit_code": int(exit_code),
        "files": [_json_file(report, (*LINKS_IN_JSON, *report.extra)) for report in files],
    }
    return json_text(document)


def _json_file(report: FileReport, keys: Sequence[str]) -> dict[str, Any]:
    return {
        "input": report.input,
        "result": report.result,
        "sheet": report.sheet,
        "exit_code": int(report.exit_code),
        "counts": {status.value: count for status, count in report.counts.items()},
        "left_out": dict(report.left_out),
        "told": report.told,
        "problems": [json_problem(found) for found in report.problems],
        "since_last_run": None if report.diff is None else _json_diff(report.diff),
        "rows": [_json_row(row, keys) for row in report.rows],
    }


def _json_diff(diff: RosterDiff) -> dict[str, Any]:
    return {
        "since": json_moment(diff.since),
        "new": diff.new,
        "changed": diff.changed,
        "gone": list(diff.gone),
        "gone_links": [link for _, link in diff.gone_with_links],
    }


def _json_row(row: Row, keys: Sequence[str]) -> dict[str, Any]:
    texts = {"invitation_text": "", **invitation_cell(row)} if "invitation_text" in keys else {}
    links = {key: "" if row.meeting is None else row.meeting.text(key) for key in keys if key in LINK_KEYS}
    return {
        "row": row.number,
        "external_id": row.external_id,
        "organizer": row.organizer,
        "read": json_preview(row),
        "people": [{"name": one.name, "sign_in": one.sign_in, "source": one.source.value} for one in row.people],
        "status": row.status.value,
        "problems": [json_problem(found) for found in row.problems],
        **links,
        **texts,
        "events": [_json_event(each) for each in row.events],
        "checked_at": json_moment(row.checked_at),
    }


def _json_event(result: EventResult) -> dict[str, Any]:
    return {
        "fate": result.fate.value,
        "start": json_moment(on_clocks(result.event.start, result.event.zone)),
        "end": json_moment(on_clocks(result.event.end, result.event.zone)),
        "subject": result.event.subject,
        "invited": list(result.event.invited),
        "event_id": "" if result.known is None else result.known.event_id,
    }


def json_preview(row: Row) -> dict[str, Any]:
    """Return how a row was understood; times are on the clocks of its zone and in UTC, null where not known."""
    seen = preview(row)
    return {
        "subject": seen.subject,
        "start": json_moment(seen.start),
        "end": json_moment(seen.end),
        "start_utc": json_moment(utc_of(seen.start)),
        "end_utc": json_moment(utc_of(seen.end)),
        "time_zone": seen.zone,
        "attendees": list(seen.attendees),
    }


def json_moment(moment: datetime | None) -> str | None:
    """Return a moment as JSON has it (ISO 8601), null where it is not known."""
    return None if moment is None else moment.isoformat(timespec="seconds")


def json_problem(found: Problem) -> dict[str, str]:
    """Return a problem as JSON has it."""
    return {
        "code": found.code,
        "severity": found.severity.value,
        "column": found.column,
        "message": found.message,
        "value": found.value,
        "detail": found.detail,
    }
