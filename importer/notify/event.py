"""How a run ended, in facts that anybody may read, as text for a mail and as JSON for machines.

Counts, verdict, causes and places are in it; nothing of what a cell says.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from importer.core.catalogue import CATALOGUE, title_of
from importer.core.catalogue.notify import ENDINGS, VERDICTS
from importer.core.catalogue.words import DIFFERING, status_word, who_in_words
from importer.core.model import ExitCode, Severity, Status
from importer.core.report import RunSummary
from importer.core.texts import ENGLISH, Language, Sentence, clauses, fixed, joined
from importer.core.wording import SAID_OF, numbers_in_words, rows_counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from importer.core.model import Problem
    from importer.core.report import FileReport
    from importer.core.row import Row


NEWS = frozenset({Status.CREATED, Status.UPDATED, Status.DIFFERS})
"""Statuses of rows that somebody may want to hear of, although nothing went wrong."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A kind of problem. `rows` is how many rows have it, 0 where it is about a file or the run itself.

    `numbers` are those rows' where the run had one file only. `values` is how many different values they have it for.
    """

    code: str
    rows: int
    numbers: tuple[int, ...] = ()
    values: int = 0

    @property
    def title(self) -> str:
        """Return the catalogue's title, which names no value."""
        return CATALOGUE[self.code].title

    @property
    def severity(self) -> Severity:
        """Return whether it stops a row."""
        return CATALOGUE[self.code].severity

    @property
    def who(self) -> str:
        """Return who can put it right."""
        return CATALOGUE[self.code].who.value


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """What became of one input file; `result` is where its copy is, None where none was written.

    `sheet` is the worksheet, where it is one of several of the file.
    """

    input: str
    result: str | None
    exit_code: ExitCode
    counts: Mapping[Status, int]
    sheet: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnded:
    """What became of a run. `causes` come errors first, those of files and of the run before those of rows.

    People are told in `language`.
    """

    run_id: str
    started: datetime
    ended: datetime
    exit_code: ExitCode
    host: str
    version: str
    report: str = ""
    standing: RunSummary = field(default_factory=RunSummary)
    files: tuple[FileFacts, ...] = ()
    causes: tuple[Cause, ...] = ()
    language: Language = ENGLISH

    @property
    def counts(self) -> dict[Status, int]:
        """Return how many rows of all files have each status that occurs."""
        counted: Counter[Status] = Counter()
        for file in self.files:
            counted.update(file.counts)
        return {status: counted[status] for status in Status if counted[status]}

    @property
    def verdict(self) -> str:
        """Return a sentence without a full stop. What was reached is said first, however the run ended."""
        ending = ENDINGS.get(self.exit_code, "")
        if not self.standing.rows or (ending and not self.standing.good):
            return fixed("verdict", VERDICTS[self.exit_code])
        return clauses((self.standing.words, *([fixed("ending", ending)] if ending else [])))

    @property
    def failed(self) -> bool:
        """Return whether somebody has to look at it."""
        return self.exit_code is not ExitCode.DONE

    @property
    def changed(self) -> bool:
        """Return whether anything is other than before, failures included."""
        return self.failed or not NEWS.isdisjoint(self.counts)


def files_of(reports: Iterable[FileReport]) -> tuple[FileFacts, ...]:
    """Return the facts about each file."""
    reports = list(reports)
    files = Counter(report.input for report in reports)
    return tuple(
        FileFacts(
            input=report.input,
            sheet=report.sheet if files[report.input] > 1 else "",
            result=report.result,
            exit_code=report.exit_code,
            counts=report.counts,
        )
        for report in reports
    )


def causes_of(reports: Iterable[FileReport], about_the_run: Sequence[Problem] = ()) -> tuple[Cause, ...]:
    """Return the kinds of problems of all files."""
    reports = list(reports)
    rows: Counter[str] = Counter(code for report in reports for row in report.rows for code in _codes(row))
    others = [*about_the_run, *(found for report in reports for found in report.problems)]
    causes = [Cause(code, 0) for code in dict.fromkeys(found.code for found in others)]
    causes += [_cause(code, count, reports) for code, count in rows.items()]
    return tuple(sorted(causes, key=lambda cause: (cause.severity is Severity.WARNING, cause.rows > 0, -cause.rows)))


def _cause(code: str, count: int, reports: Sequence[FileReport]) -> Cause:
    found = [
        (row.number, one.value) for report in reports for row in report.rows for one in row.problems if one.code == code
    ]
    numbers = tuple(dict.fromkeys(number for number, _ in found)) if len(reports) == 1 else ()
    return Cause(code, count, numbers, len({value for _, value in found}))


def _codes(row: Row) -> Iterator[str]:
    """Return each code of a row once: the number is one of rows."""
    return iter(dict.fromkeys(found.code for found in row.problems))


_INDENTED, _LISTED = Sentence("", "  {said}"), Sentence("", "- {said}")

SCHEMA = 1
"""Raised when a key changes its meaning or goes; a new key does not raise it."""

CAUSES_SHOWN = 5
FILES_SHOWN = 10
"""What a person reads on a phone; the copies and the log have the rest."""


def headline(event: RunEnded) -> str:
    """Return one line: what happened, and where."""
    return _HEADLINE.format(host=event.host, verdict=event.verdict)


_HEADLINE = Sentence("headline", "meeting-importer on {host}: {verdict}")


def event_text(event: RunEnded) -> str:
    """Return it all, a fact a line."""
    return "\n".join(map(event.language.say, _lines(event)))


def facts(event: RunEnded) -> dict[str, Any]:
    """Return the run as JSON can hold it. `text` is the one line, where chat programs look for it."""
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
    """Return what notification and heartbeat have in common."""
    return {
        "run_id": event.run_id,
        "host": event.host,
        "version": event.version,
        "started": timestamp(event.started),
        "ended": timestamp(event.ended),
        "exit_code": int(event.exit_code),
        "verdict": event.verdict,
        "counts": _counts(event.counts),
        "report": event.report or None,
        "files": [
            {
                "input": file.input,
                "sheet": file.sheet,
                "result": file.result,
                "exit_code": int(file.exit_code),
                "counts": _counts(file.counts),
            }
            for file in event.files
        ],
    }


def timestamp(moment: datetime) -> str:
    """Return a time with its offset, to the second."""
    return moment.isoformat(timespec="seconds")


def counts_in_words(counts: Mapping[Status, int]) -> str:
    """Return '12 rows: 6 created, 5 invalid, 1 failed'."""
    said = joined(_OF_STATUS.format(count=count, status=status_word(status)) for status, count in counts.items())
    return SAID_OF.format(what=rows_counted(sum(counts.values())), said=said)


_OF_STATUS = Sentence("rows of a status", "{count} {status}", note="12 rows: 6 created, 6 failed")


def cause_in_words(cause: Cause) -> str:
    """Return '2 rows (5 and 9): Same external ID twice (duplicate-external-id, for the sheet)'.

    How many values there are is said where there are several: behind one kind of problem there are many people then.
    """
    said = _CAUSE.format(title=title_of(cause.code), code=cause.code, who=who_in_words(CATALOGUE[cause.code].who))
    if not cause.rows:
        return said
    rows = rows_counted(cause.rows)
    if cause.numbers:
        rows = _WHICH.format(rows=rows, numbers=numbers_in_words(cause.numbers))
    if cause.values > 1:
        rows = _VALUES.format(rows=rows, count=cause.values)
    return SAID_OF.format(what=rows, said=said)


_CAUSE = Sentence(
    "cause", "{title} ({code}, for {who})", note="Same external ID twice (duplicate-external-id, for the sheet)"
)
_WHICH = Sentence("", "{rows} ({numbers})")
_VALUES = Sentence(
    "cause values",
    "{rows}, {count} different values",
    counted="count",
    note="12 rows (5, 6 and 10 more), 3 different values",
)


def others_in_words(event: RunEnded) -> str:
    """Return how many kinds of problems are not named."""
    return _OTHERS.format(count=len(event.causes) - CAUSES_SHOWN)


_OTHERS = Sentence("other causes", "and {count} more kind of problem", "and {count} more kinds of problem", "count")


def other_files_in_words(event: RunEnded) -> str:
    """Return how many files are not named."""
    return _OTHER_FILES.format(count=len(event.files) - FILES_SHOWN)


_OTHER_FILES = Sentence("other files", "... and {count} more file", "... and {count} more files", "count")


def name_in_words(file: FileFacts) -> str:
    """Return which file it is, and which sheet of it."""
    return _SHEET.format(file=file.input, sheet=file.sheet) if file.sheet else file.input


_SHEET = Sentence("sheet of a file", "{file} (sheet {sheet})", note="roster.xlsx (sheet November)")


def file_in_words(file: FileFacts) -> str:
    """Return what became of a file's rows, or that they could not be read."""
    return counts_in_words(file.counts) if file.counts else _NO_ROWS.format(code=int(file.exit_code))


_NO_ROWS = Sentence("no rows", "no rows (exit code {code})")


def shown_files(event: RunEnded) -> tuple[FileFacts, ...]:
    """Return the files worth naming, those that ended badly first."""
    return tuple(sorted(event.files, key=lambda file: int(file.exit_code) == 0))[:FILES_SHOWN]


def _counts(counts: Mapping[Status, int]) -> dict[str, int]:
    return {status.value: count for status, count in counts.items()}


def _lines(event: RunEnded) -> Iterator[str]:
    yield _ENDED_WITH.format(verdict=event.verdict, code=int(event.exit_code))
    yield ""
    if len(event.files) > 1 and event.counts:
        yield all_files_in_words(event)
    yield from _files(event)
    yield from _causes(event)
    yield _RUN.format(run=event.run_id, host=event.host, start=timestamp(event.started), end=timestamp(event.ended))
    yield _MORE.format()


def all_files_in_words(event: RunEnded) -> str:
    """Return '3 files, 12 rows: 6 created, 6 existing'."""
    return _FILES.format(count=len(event.files), counts=counts_in_words(event.counts))


_ENDED_WITH = Sentence("ended with", "{verdict} (exit code {code}).")
_FILES = Sentence(
    "files counted", "{count} files, {counts}", counted="count", note="3 files, 12 rows: 6 created, 6 failed"
)
_RUN = Sentence("run", "Run {run} on {host}, {start} to {end}.", note="Run 4f2a on server, 02:00 to 02:10.")
_MORE = Sentence("more about codes", "What a code means: meeting-importer explain CODE")
RESULTS = Sentence("results at", "Results: {path}", note="Results: roster-results.xlsx")
REPORT = Sentence("report at", "Report: {path}", note="Report: report.html")


def _files(event: RunEnded) -> Iterator[str]:
    for file in shown_files(event):
        yield name_in_words(file)
        yield _INDENTED.format(said=file_in_words(file))
        if file.result is not None:
            yield _INDENTED.format(said=RESULTS.format(path=file.result))
    if len(event.files) > FILES_SHOWN:
        yield other_files_in_words(event)
    if event.report:
        yield REPORT.format(path=event.report)
    if event.files:
        yield ""


def _causes(event: RunEnded) -> Iterator[str]:
    for cause in event.causes[:CAUSES_SHOWN]:
        yield _LISTED.format(said=cause_in_words(cause))
    if len(event.causes) > CAUSES_SHOWN:
        yield _LISTED.format(said=others_in_words(event))
    yield from hints(event)
    if event.causes:
        yield ""


def hints(event: RunEnded) -> Iterator[str]:
    """Return what only whoever runs the program can do about it."""
    if event.standing.differing:
        yield fixed("differing", DIFFERING)
