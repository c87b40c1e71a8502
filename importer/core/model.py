"""The nouns everything else is said in: cells, problems, meetings, what became of a row, and which rows are meant."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

from importer.core.texts import NO_LANGUAGES, Languages

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


class ExitCode(IntEnum):
    """What the process tells the shell or the scheduler; stable, and the same in every command."""

    DONE = 0
    BUG = 1
    USAGE = 2
    INPUT = 3
    ROWS = 4
    REFUSED = 5
    RESULTS = 6
    STOPPED = 7
    LOCKED = 8
    INTERRUPTED = 130


class Severity(StrEnum):
    """An error stops its row; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


class Status(StrEnum):
    """What became of a row: exactly one of these, a closed set."""

    CREATED = "created"
    EXISTING = "existing"
    DIFFERS = "differs"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    INVALID = "invalid"
    FAILED = "failed"
    NOT_ATTEMPTED = "not attempted"


ANSWERED = frozenset({Status.CREATED, Status.EXISTING, Status.DIFFERS, Status.UPDATED, Status.UNCHANGED})
"""Statuses of rows whose meeting is known now."""
GOOD = (Status.CREATED, Status.EXISTING, Status.UPDATED, Status.UNCHANGED)
CARE = (Status.DIFFERS, Status.NOT_ATTEMPTED)
BAD = (Status.INVALID, Status.FAILED)
"""Statuses by what they ask of a person: nothing, a look, a correction. So they are coloured wherever they stand."""

WORKERS = 16
"""Calls at the same time, at most, where nobody said how many."""

DEFAULT_LENGTH = timedelta(hours=1)
"""What Graph gives a meeting without an end: https://learn.microsoft.com/graph/api/onlinemeeting-createorget"""

ATTENDEES_SHOWN = 750
"""Attendees that an answer of Graph holds at most, without saying so.

Source: https://github.com/microsoftgraph/microsoft-graph-docs-contrib/issues/2349
"""


class CellFault(StrEnum):
    """Why a cell has no value that could be read."""

    ERROR = "error"
    """The cell shows an Excel error such as `#REF!`."""
    UNCACHED = "uncached"
    """The cell holds a formula whose result was never calculated and saved."""


@dataclass(frozen=True, slots=True)
class CellError:
    """A cell that is there and can't be read; `text` is what a person sees in it, or its formula."""

    fault: CellFault
    text: str


CellValue: TypeAlias = str | int | float | bool | datetime | date | time | timedelta | None
"""What a sheet can hold, as the file says it: nothing guessed, nothing converted, blank is None."""

Cell: TypeAlias = CellValue | CellError


@dataclass(frozen=True, slots=True)
class Problem:
    """Anything that went wrong, for validation and Graph alike.

    `message` is for the person with the sheet and ends in the next step; `detail` is for the person with the
    logs. `column` is a heading's key (`start`) or empty when no single column is to blame.
    """

    code: str
    severity: Severity
    column: str
    message: str
    value: str = ""
    detail: str = ""


class Stop(Exception):  # noqa: N818 - it ends the run in order; not every stop is an error
    """Ends the run with one sentence; whoever catches it prints `problem` and exits with `exit_code`.

    `sheet` is the worksheet that it is about, where one of several is.
    """

    def __init__(self, problem: Problem, exit_code: ExitCode, sheet: str = "") -> None:
        super().__init__(problem.message)
        self.problem = problem
        self.exit_code = exit_code
        self.sheet = sheet

    def on(self, sheet: str) -> Stop:
        """Return the same about a worksheet."""
        return Stop(self.problem, self.exit_code, sheet)


class DateOrder(StrEnum):
    """The order of day, month and year in text dates of the sheet."""

    YMD = "YMD"
    DMY = "DMY"
    MDY = "MDY"


@dataclass(frozen=True, slots=True)
class Sample:
    """The first rows of one sheet as they are: its name (empty for a CSV), and each row's number and cells.

    `delimiter` is the separator of a CSV, as the setting names it; `languages` are those that the sheet can be in.
    """

    sheet: str
    rows: Sequence[tuple[int, Sequence[Cell]]]
    delimiter: str = ""
    languages: Languages = NO_LANGUAGES


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time at which a meeting takes place, as instants; no end where nobody said one."""

    start: datetime
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Attendee:
    """A person on a meeting: the UPN, and the object ID where the directory or Teams knew it.

    `role` is Graph's word (`presenter`), empty where nobody gave one; the sheet never does.
    """

    upn: str
    object_id: str | None = None
    role: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """An online meeting as Graph answered it.

    `texts` are what result columns show, by the column's key (columns.py): byte for byte, blank ones left out, the
    passcode among them. `says` is what rows can state, by the property's key (core/properties); one that is absent
    was not in the answer, which is not the same as nobody being invited. `created` is when it was made. `at_first` is
    what a meeting that we made said before it was told anything, where that was not what Teams says by itself; None
    where we did not see that. Source: https://learn.microsoft.com/graph/api/resources/onlinemeeting
    """

    texts: Mapping[str, str] = field(default_factory=dict, repr=False)
    says: Mapping[str, Any] = field(default_factory=dict)
    organizer: Attendee | None = None
    created: datetime | None = None
    at_first: Mapping[str, Any] | None = field(default=None, repr=False)

    def text(self, key: str) -> str:
        """Return what a result column shows of the meeting, empty where Graph had nothing."""
        return self.texts.get(key, "")

    @property
    def graph_id(self) -> str:
        """Return the ID by which the meeting is read and changed."""
        return self.text("graph_id")

    @property
    def join_url(self) -> str:
        """Return the link."""
        return self.text("join_url")

    @property
    def subject(self) -> str:
        """Return the title, empty where it has none."""
        said: str = self.says.get("subject", "")
        return said

    @property
    def start(self) -> datetime | None:
        """Return the instant of the start, None where the answer did not say."""
        return self.says["times"][0] if "times" in self.says else None

    @property
    def end(self) -> datetime | None:
        """Return the instant of the end, None where the answer did not say."""
        return self.says["times"][1] if "times" in self.says else None

    @property
    def attendees(self) -> tuple[Attendee, ...] | None:
        """Return the attendees, None where the answer did not say."""
        return self.says.get("attendees")


@dataclass(frozen=True, slots=True)
class FailureLimit:
    """`--max-failures`: a number of rows, or a share of the rows sent so far, over all sheets of a call."""

    count: int = 0
    percent: float | None = None

    def exceeded(self, failed: int, rows: int) -> bool:
        """Return whether `failed` of `rows` is more than allowed."""
        return failed > (self.count if self.percent is None else rows * self.percent / 100)


@dataclass(frozen=True, slots=True)
class Answer:
    """Graph has the meeting. `status` is `created` (201) or `existing` (200); `problems` are warnings.

    `told` says that a meeting of ours was told in this run what createOrGet could not take. `stop` is what ends the run
    once this row has its result: it came between the meeting and what was to be told it.
    """

    status: Status
    meeting: Meeting
    problems: tuple[Problem, ...] = ()
    told: bool = False
    stop: Stop | None = None


class SameId(StrEnum):
    """What rows with the same external ID and organizer are."""

    ERROR = "error"
    """A mistake."""
    ONE_MEETING = "one meeting"
    """One meeting, see one_meeting.py."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowChoice:
    """What the settings say about which rows become meetings, and which of them are one.

    `only` and `skip` map a heading to what stands under it, as a cell shows it: a row is taken that has one of the
    values under each heading of `only`, and none under any of `skip`. An empty text is a blank cell.
    """

    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    skip: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    same_id: SameId = SameId.ERROR

    @property
    def headings(self) -> Iterator[tuple[str, str]]:
        """Return each heading that has to be there, with the setting that names it."""
        yield from ((name, setting) for setting, asked in (("only", self.only), ("skip", self.skip)) for name in asked)

    def named(self) -> tuple[str, ...]:
        """Return the settings that say something."""
        same_id = ("same_id",) if self.same_id is not SameId.ERROR else ()
        return (*dict.fromkeys(setting for _, setting in self.headings), *same_id)


EVERY_ROW = RowChoice()
"""What is chosen where the settings say nothing."""
