"""The report: complete from the start, every row `not attempted`, until what happened is recorded.

From it comes what a person needs to know: the run in one sentence, the same on a page, in a chat, in a mail and in a
log; and equal problems once, with their rows, apart by who can put them right.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from importer.core.body import is_damaged
from importer.core.calendar import EventFate
from importer.core.catalogue import CATALOGUE, Who, problem
from importer.core.catalogue.words import (
    ALL_IN_PLACE,
    ALL_JOINED,
    ALL_READY,
    BY_FATE,
    INVITED,
    MAILS,
    NEEDING,
    NOT_SENT,
    NOT_TO_BE_SENT,
    REHEARSED,
    SOME_IN_PLACE,
    SOME_JOINED,
    SOME_READY,
    TO_INVITE,
    TOLD,
    UNDONE,
    UNUSABLE,
)
from importer.core.columns import EXTRA_COLUMNS, RESULT_COLUMNS
from importer.core.model import ANSWERED, BAD, ExitCode, Meeting, Severity, Status, Stop
from importer.core.roster import RosterDiff, replaced
from importer.core.row import Row
from importer.core.texts import ENGLISH, Language, clauses, fixed, joined
from importer.core.web import is_of_another_meeting
from importer.core.wording import numbers_in_words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from importer.core.model import Problem
    from importer.core.plan import Plan
    from importer.core.row import Key, Row


WORST_FIRST = (
    ExitCode.BUG,
    ExitCode.INTERRUPTED,
    ExitCode.LOCKED,
    ExitCode.REFUSED,
    ExitCode.STOPPED,
    ExitCode.RESULTS,
    ExitCode.USAGE,
    ExitCode.INPUT,
    ExitCode.ROWS,
    ExitCode.DONE,
)
"""Of several files' exit codes the first in this order is the run's: what stops everything before what stops a row."""


class Report:
    """What became of one sheet's rows."""

    def __init__(self, plan: Plan) -> None:
        self._results = {row.number: row for planned in (*plan.rejected, *plan.ready) for row in planned.apart()}
        self._rows = sum(len(row.numbers) for row in (*plan.rejected, *plan.ready))

    def record(self, result: Row) -> None:
        """Record what became of a row, or of the rows that are one meeting.

        Raise LookupError when it is not that row's result: a bug of ours.
        """
        for row in result.apart():
            self._record(row)

    def _record(self, result: Row) -> None:
        known = self._results[result.number]
        if (known.external_id, known.organizer) != (result.external_id, result.organizer):
            raise LookupError(f"row {result.number}: a result for another row's external ID or organizer")
        if news := (*_new_link(result), *_damaged(result)):
            result = replace(result, problems=(*result.problems, *news))
        self._results[result.number] = result

    def compare(self, earlier: Mapping[Key, Mapping[str, str]]) -> None:
        """Say on each row that was asked whether it has another link than in an earlier copy, `earlier`."""
        for number, result in self._results.items() if earlier else ():
            links = earlier.get(result.key, {})
            told = any(found.code == "link-replaced" for found in result.problems)
            if result.meeting is None or result.status is Status.UNCHANGED or told or not links.get("join_url"):
                continue
            previous = Meeting(texts=links)
            problems = (*replaced(previous, result.meeting, result.status), *result.problems)
            self._results[number] = replace(result, problems=problems)

    def close(self, code: str, *, unanswered: Collection[int] = ()) -> None:
        """Say on every row that was not attempted why: `code` is the catalogue's.

        Rows whose numbers are `unanswered` were sent, and nobody waited for what became of them.
        """
        for number, result in self._results.items():
            if result.status is Status.NOT_ATTEMPTED:
                why = problem("answer-not-awaited" if number in unanswered else code)
                self._results[number] = replace(result, problems=(why, *result.problems))

    def results(self) -> list[Row]:
        """Return every row's result in the sheet's order. Raise LookupError when they don't add up to the rows."""
        if len(self._results) != self._rows:
            raise LookupError(f"{len(self._results)} results for {self._rows} rows")
        return [self._results[number] for number in sorted(self._results)]


def _new_link(row: Row) -> Iterator[Problem]:
    """A new meeting on a row that has a link already is another meeting: its external ID or organizer changed."""
    if row.status is not Status.CREATED or row.meeting is None:
        return
    if any(found.code == "link-replaced" for found in row.problems):
        return  # its external ID and organizer are as they were
    if is_of_another_meeting(row.link, row.meeting.join_url):
        yield problem("link-of-another-meeting", detail=f"the link before: {row.link}")


def _damaged(result: Row) -> Iterator[Problem]:
    """Say what of an answer holds characters that no file can hold: it was replaced in this row alone."""
    if result.meeting is None or not any(map(is_damaged, result.meeting.texts.values())):
        return
    if is_damaged(result.meeting.join_url):
        yield problem("link-damaged")
    columns = (column for column in (*RESULT_COLUMNS, *EXTRA_COLUMNS) if column.key != "join_url")
    if names := [column.named for column in columns if is_damaged(result.meeting.text(column.key))]:
        yield problem("answer-damaged", names=joined(names))


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """What became of one input file. `result` is the copy's path, None where none was written.

    `diff` is what is new since the last run of the same roster, None where there was none. `extra` are the keys of the
    result columns that were asked for beyond the usual ones. `left_out` says how many rows were left out by what; they
    are none of `rows`. `language` is the one in which the sheet is answered.
    """

    input: str
    result: str | None = None
    sheet: str = ""
    titles: Mapping[str, str]
    rows: Sequence[Row] = ()
    problems: tuple[Problem, ...] = ()
    exit_code: ExitCode = ExitCode.DONE
    diff: RosterDiff | None = None
    extra: tuple[str, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    language: Language = ENGLISH

    @property
    def counts(self) -> dict[Status, int]:
        """Return how many rows have each status that occurs; together they are all rows."""
        counted = Counter(row.status for row in self.rows)
        return {status: counted[status] for status in Status if status in counted}

    @property
    def told(self) -> int:
        """Return how many meetings were changed in this run after they were made: told their options."""
        return sum(row.told for row in self.rows)

    @property
    def told_in_words(self) -> str:
        """Return it in a line; nothing where there was none."""
        return TOLD.format(count=self.told) if self.told else ""


def language_for(reports: Iterable[FileReport], wanted: Language | None) -> Language:
    """Return the language for people who are told of all files: the one that is `wanted`, else that of all sheets."""
    said = list(dict.fromkeys(report.language for report in reports))
    return wanted or (said[0] if len(said) == 1 else ENGLISH)


def invited_in_words(rows: Iterable[Row], *, sends: bool) -> str:
    """Return how many events there are now, by what became of them, and how many people were told; nothing for none."""
    results = [event for row in rows for event in row.events]
    counted = Counter(event.fate for event in results)
    if not counted:
        return ""
    told = (EventFate.MADE, EventFate.CHANGED) if sends else (EventFate.TO_MAKE, EventFate.TO_CHANGE)
    people = sum(len(event.event.invited) for event in results if event.fate in told)
    parts = [
        BY_FATE.format(count=counted[fate], fate=fixed("event fate", fate.value))
        for fate in EventFate
        if fate in counted
    ]
    parts += [MAILS.format(count=people)] if people else []
    return (INVITED if sends else TO_INVITE).format(parts=joined(parts))


def exit_code_of(rows: Iterable[Row], ending: Stop | None) -> ExitCode:
    """Return the exit code that follows from the rows and from why the run ended early, if it did."""
    if ending is not None:
        return ending.exit_code
    return ExitCode.ROWS if any(map(needs_somebody, rows)) else ExitCode.DONE


def needs_somebody(row: Row) -> bool:
    """Return whether a row is not what was asked for; a warning alone is only worth a look.

    A row that `--update` could not change keeps its status and its link, and has an error like any other.
    """
    wrong = any(found.severity is Severity.ERROR for found in row.problems)
    return wrong or row.status in BAD


def can_be_updated(row: Row) -> bool:
    """Return whether a row differs, and all that kept its meeting from being changed is that nobody asked for it."""
    differing = {found.code for found in row.problems if found.code.startswith("differs-")}
    return row.status is Status.DIFFERS and not needs_somebody(row) and differing != {"differs-option-for-good"}


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    """Return the exit code of a run over several files."""
    return min(codes, key=WORST_FIRST.index, default=ExitCode.DONE)


HEADINGS = {
    (Severity.ERROR, Who.SHEET): "To fix in the sheet",
    (Severity.ERROR, Who.ADMINISTRATOR): "For the administrator",
    (Severity.WARNING, Who.SHEET): "Worth a look",
    (Severity.WARNING, Who.ADMINISTRATOR): "Worth a look by the administrator",
}
"""What stands over a group, by how bad it is and who can fix it."""

NOBODY_TOLD = (
    "The meetings are on nobody's calendar and no mail was sent: have people invited with --calendar, or pass on the "
    "join links, or the calendar files that --ics makes."
)


def tells_nobody(row: Row) -> bool:
    """Return whether a row's meeting is new, and in nobody's calendar."""
    return row.status is Status.CREATED and not row.events


MOST_VALUES = 5
"""Values of one problem that are told apart before the rest is one group: what a screen shows at once."""


@dataclass(frozen=True, slots=True)
class Group:
    """Equal problems of several rows: the same code in the same column about the same value.

    `members` are the rows' numbers with their problems, in order. `values` is more than one only in a group of those
    for which there was no room.
    """

    members: tuple[tuple[int, Problem], ...]
    values: int = 1

    @property
    def example(self) -> Problem:
        """The first row's problem."""
        return self.members[0][1]

    @property
    def who(self) -> Who:
        """Who can put it right."""
        return CATALOGUE[self.example.code].who

    @property
    def rows(self) -> tuple[int, ...]:
        """The numbers of the rows, each once."""
        return tuple(dict.fromkeys(number for number, _ in self.members))

    @property
    def alike(self) -> bool:
        """Whether all of them read the same."""
        return all(entry.message == self.example.message for _, entry in self.members)

    @property
    def kind(self) -> tuple[str, str]:
        """What groups about different values have in common: code and column."""
        return self.example.code, self.example.column

    @property
    def place(self) -> str:
        """Return where: 'row 5', '31 rows, from row 5 to row 35', or '3 rows (4, 7 and 9)'."""
        rows = self.rows
        if len(rows) == 1:
            return f"row {rows[0]}"
        if rows[-1] - rows[0] == len(rows) - 1:
            return f"{len(rows)} rows, from row {rows[0]} to row {rows[-1]}"
        return f"{len(rows)} rows ({numbers_in_words(rows)})"


def group(rows: Iterable[Row], *, most: int | None = MOST_VALUES) -> list[Group]:
    """Return the groups, errors before warnings, the sheet's before the administrator's, then by first row.

    Of one kind of problem the first `most` values (None: all) have groups of their own, the others one together. Those
    of one kind stand together.
    """
    found: dict[tuple[str, str], dict[str, list[tuple[int, Problem]]]] = {}
    for row in rows:
        for entry in row.problems:
            values = found.setdefault((entry.code, entry.column), {})
            values.setdefault(entry.value, []).append((row.number, entry))
    kinds = [_parted([*values.values()], most) for values in found.values()]
    return [entry for kind in sorted(kinds, key=_order) for entry in kind]


def _parted(values: Sequence[Sequence[tuple[int, Problem]]], most: int | None) -> list[Group]:
    if most is None or len(values) <= most + 1:
        return [Group(tuple(members)) for members in values]
    rest = sorted((member for members in values[most:] for member in members), key=lambda member: member[0])
    return [*(Group(tuple(members)) for members in values[:most]), Group(tuple(rest), len(values) - most)]


def _order(kind: Sequence[Group]) -> tuple[bool, bool, int]:
    first = kind[0]
    warning = first.example.severity is Severity.WARNING
    return warning, first.who is Who.ADMINISTRATOR, first.rows[0]


def of_several_files(reports: Iterable[FileReport]) -> tuple[Problem, ...]:
    """Return what stopped several files alike, each once: it is about the run, so it is said once."""
    stops = [found for report in reports for found in report.problems if found.severity is Severity.ERROR]
    return tuple(found for found in dict.fromkeys(stops) if stops.count(found) > 1)


def stops_the_run(found: Problem) -> bool:
    """Whether its detail is for whoever reads it: what stops a whole run and is for an administrator to put right."""
    return found.severity is Severity.ERROR and CATALOGUE[found.code].who is Who.ADMINISTRATOR


CLOSED = frozenset({"not-sent", "held-back"})
"""Codes of rows that would not have been sent, although nothing is wrong with them."""


READY = "ready"
"""What a row that could be sent is called where nothing was to be sent. Machines read its status, `not attempted`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """How the rows and the files of a call stand.

    `good` rows are as they were asked for: their meeting is in place or, where nothing was to be sent, they are ready
    (`sends` says which). `bad` ones need somebody; `waiting` ones were not sent. Files that gave no rows are `unusable`
    where it is the file's fault, else `undone`. `differing` rows could be updated, and nobody asked for it. `joined` is
    whether several rows are one meeting.
    """

    sends: bool = True
    rows: int = 0
    good: int = 0
    bad: int = 0
    waiting: int = 0
    differing: int = 0
    unusable: int = 0
    undone: int = 0
    joined: bool = False

    @property
    def words(self) -> str:
        """Return a sentence without a full stop; it makes sense only where there are rows."""
        all_good, some_good = (ALL_READY, SOME_READY)
        if self.sends:
            all_good, some_good = (ALL_JOINED, SOME_JOINED) if self.joined else (ALL_IN_PLACE, SOME_IN_PLACE)
        rest = list(self._rest())
        if self.good == self.rows and not rest:
            return all_good.format(count=self.good)
        said = some_good.format(count=self.good, rows=self.rows)
        return clauses((said, *rest))

    @property
    def rehearsed(self) -> str:
        """Return what a dry run has found out, for its end."""
        if not self.rows:
            return REHEARSED
        rest = f", {self.rows - self.good:,} would not" if self.good < self.rows else ""
        return f"{REHEARSED} {self.good:,} {'row' if self.good == 1 else 'rows'} would be sent{rest}."

    def _rest(self) -> Iterator[str]:
        waiting = NOT_SENT if self.sends else NOT_TO_BE_SENT
        for count, what in (
            (self.bad, NEEDING),
            (self.waiting, waiting),
            (self.unusable, UNUSABLE),
            (self.undone, UNDONE),
        ):
            if count:
                yield what.format(count=count)


def summary_of(reports: Iterable[FileReport], *, sends: bool) -> RunSummary:
    """Return how a call stands; `sends` tells whether it was to send what it can, or only to check."""
    reports = list(reports)
    rows = [row for report in reports for row in report.rows]
    bad = sum(map(needs_somebody, rows))
    good = sum(_as_asked(row, sends=sends) and not needs_somebody(row) for row in rows)
    empty = [report.exit_code for report in reports if not report.rows and report.exit_code is not ExitCode.DONE]
    unusable = empty.count(ExitCode.INPUT)
    return RunSummary(
        sends=sends,
        rows=len(rows),
        good=good,
        bad=bad,
        waiting=len(rows) - good - bad,
        differing=sum(map(can_be_updated, rows)),
        unusable=unusable,
        undone=len(empty) - unusable,
        joined=any(found.code == "rows-are-one" for report in reports for found in report.problems),
    )


def status_in_words(row: Row, *, sends: bool) -> str:
    """Return a row's status for people: where nothing was to be sent, a row that could be is ready."""
    return READY if not sends and _as_asked(row, sends=False) else row.status.value


def counts_by_word(rows: Iterable[Row], *, sends: bool) -> dict[str, tuple[Status, int]]:
    """Return how many rows have each status that occurs, by its word for people, in the order of the statuses."""
    counted = Counter((status_in_words(row, sends=sends), row.status) for row in rows)
    ordered = sorted(counted, key=lambda pair: (list(Status).index(pair[1]), pair[0]))
    return {word: (status, counted[word, status]) for word, status in ordered}


def _as_asked(row: Row, *, sends: bool) -> bool:
    if sends:
        return row.status in ANSWERED
    return row.status is Status.NOT_ATTEMPTED and CLOSED.isdisjoint(found.code for found in row.problems)
