"""A row of the sheet: one object that gains parts on its way from cells to a result.

Theory of operation. A table gives a `Row` with its number and its `cells`. Reading adds `values`, the rules add
`problems`, looking people up adds the `request`, and the answer adds `status`, `meeting` and `checked_at`. Each step
returns the row with its part (`dataclasses.replace`, or `with_error`); nothing is copied field by field, so a part
that is added here reaches whoever is at the end. Only the first step, `read`, makes the row anew of the little that is
known by then, because it does so for each row of the sheet. What many ask of a row (`subject`) is worked out from its
values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import accumulate
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from importer.core.cells import ParseError, text_of, trimmed
from importer.core.model import DEFAULT_LENGTH, Occurrence, Status
from importer.core.people import distinct
from importer.core.times import Moment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from importer.core.calendar import EventResult, InvitationRequest
    from importer.core.model import Answer, Attendee, Cell, Meeting, Problem
    from importer.core.people import Meant


@dataclass(frozen=True, slots=True)
class Key:
    """A row as the sheet identifies it. `organizer` is in lower case: neither UPNs nor object IDs know case."""

    organizer: str
    external_id: str


def key_of(organizer: str, external_id: str) -> Key:
    """Return the key of a row from what stands in its cells."""
    return Key(organizer.casefold(), external_id)


class SheetCells(Mapping[str, "tuple[Cell, ...]"]):
    """The cells of one row by their columns' keys.

    All rows of a sheet share where those of a column are among the row's: so a row takes a quarter of a dict's room.
    """

    __slots__ = ("_cells", "_places")

    def __init__(self, places: Mapping[str, slice], cells: tuple[Cell, ...]) -> None:
        self._places = places
        self._cells = cells

    def __getitem__(self, key: str) -> tuple[Cell, ...]:
        return self._cells[self._places[key]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, key: object) -> bool:
        return key in self._places

    def get(self, key: str, default: Any = None) -> Any:  # noqa: ANN401 - what is given, as any mapping gives it back
        """Return the cells of a column, or `default` where the sheet does not have it."""
        place = self._places.get(key)
        return default if place is None else self._cells[place]

    def __repr__(self) -> str:
        return repr(dict(self))


def places_of(inputs: Mapping[str, Sequence[int]]) -> Mapping[str, slice]:
    """Return where the cells of each column are in a row that has those of all columns, one after the other."""
    ends = [*accumulate(map(len, inputs.values()), initial=0)]
    return dict(zip(inputs, map(slice, ends, ends[1:]), strict=False))


def _keep_nothing(_answer: Answer) -> None:
    """Stands for a memory that there is none of."""


@dataclass(frozen=True, slots=True)
class Unheard:
    """When runs of ours may have made a meeting without hearing of it: it was asked for, and no answer is known.

    `spans` are from when to when (None: not over, or nobody knows); `at_first` is what Teams says of a new meeting of
    this organizer, as far as that is not what it says by itself.
    """

    spans: tuple[tuple[datetime, datetime | None], ...]
    at_first: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingRequest:
    """What one row asks of Teams, people already looked up. `organizer_id` None means the signed-in user (`/me`).

    `wishes` maps a property's key (`subject`) to what the meeting is to say; one that is absent has no opinion. `zone`
    is the row's, for saying times to people, `links` the join links that stand in its rows, and `other_list` the list
    whose meeting it was before; none of these three is sent. `owed` is the meeting that a run of ours has made and not
    told everything, `unheard` says when one may have made it without hearing of it, and `keep` makes an answer
    durable before more is asked. `invitation` is what the row asks of its organizer's calendar, None for nothing.
    """

    external_id: str
    organizer_id: str | None
    wishes: Mapping[str, Any]
    zone: str = "UTC"
    links: tuple[str, ...] = ()
    other_list: str = ""
    owed: Meeting | None = field(default=None, repr=False)
    unheard: Unheard | None = field(default=None, repr=False)
    keep: Callable[[Answer], None] = field(default=_keep_nothing, repr=False, compare=False)
    invitation: InvitationRequest | None = field(default=None, repr=False)

    @property
    def subject(self) -> str:
        """Return the title, empty where the row has no opinion."""
        said: str = self.wishes.get("subject", "")
        return said

    @property
    def start(self) -> datetime | None:
        """Return the instant of the start, None where Graph's default is wanted."""
        return self.wishes["times"][0] if "times" in self.wishes else None

    @property
    def end(self) -> datetime | None:
        """Return the instant of the end, None where the row has no opinion."""
        return self.wishes["times"][1] if "times" in self.wishes else None

    @property
    def attendees(self) -> tuple[Attendee, ...]:
        """Return the attendees, nobody where the row has no opinion."""
        people: tuple[Attendee, ...] = self.wishes.get("attendees", ())
        return people


def named_by(row: Row, key: str) -> tuple[str, ...]:
    """Return whom a column of people names, as it was read; nobody where it could not be."""
    said = row.values.get(key)
    if isinstance(said, str):
        return (said,) if said else ()
    return said if isinstance(said, tuple) else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the sheet that has something in an input column, as far as it has come.

    `number` is the row number in the spreadsheet's margin (for CSV: the record's number, counting from 1).
    `cells` maps a column's key (`start`) to its cells: one, or two where the mapping joins two columns; columns that
    the sheet does not have are not in it. `standing` maps a result column's key to the text that stands there now,
    blank ones left out. `values` maps an input column's key to what its cells mean: None or an empty text where they
    are blank, a ParseError where they can't be read. One more, `occurrences`, has all pairs of start and end where the
    meeting takes place more than once, in their order, and is empty for others; `start` and `end` are the first pair.
    `people` are those whom the row names otherwise than by their sign-in name. `request` is what is sent, once people
    are looked up.

    A row is bound to its number and its external ID, never to a place in a list. `previous` is the meeting that this
    very row had when it was last answered, and `other_list` the name of another list whose meeting it was then, both as
    far as that is remembered. `owed` is `previous` where that meeting was made and not yet told everything; `told` says
    that this run has told it. `invitation` is what is asked of the organizer's calendar, `events` what became of that.

    `rows` are, in a row that is the whole of a meeting which several rows of the sheet are (one_meeting.py), those rows
    as they were planned, itself the first of them. It is sent and remembered once; `apart` gives what became of each.
    """

    number: int
    cells: Mapping[str, tuple[Cell, ...]] = field(default_factory=dict, repr=False)
    standing: Mapping[str, str] = field(default_factory=dict, repr=False)
    values: Mapping[str, Any] = field(default_factory=dict)
    people: tuple[Meant, ...] = field(default=(), repr=False)
    request: MeetingRequest | None = field(default=None, repr=False)
    status: Status = Status.NOT_ATTEMPTED
    problems: tuple[Problem, ...] = ()
    meeting: Meeting | None = None
    checked_at: datetime | None = None
    previous: Meeting | None = field(default=None, repr=False)
    other_list: str = ""
    owed: Meeting | None = field(default=None, repr=False)
    told: bool = False
    invitation: InvitationRequest | None = field(default=None, repr=False)
    events: tuple[EventResult, ...] = field(default=(), repr=False)
    rows: tuple[Row, ...] = field(default=(), repr=False)

    @property
    def numbers(self) -> tuple[int, ...]:
        """Return the numbers of the rows of the sheet that this is, for nearly all its own."""
        return tuple(row.number for row in self.rows) or (self.number,)

    def apart(self) -> tuple[Row, ...]:
        """Return what became of each row of the sheet that this is; of nearly all, it is itself the one."""
        if not self.rows:
            return (self,)
        news = tuple(found for found in self.problems if found not in self.rows[0].problems)
        return tuple(
            replace(
                row,
                problems=(*news, *row.problems),
                status=self.status,
                meeting=self.meeting,
                told=self.told and row is self.rows[0],
                events=self.events if row is self.rows[0] else (),
                checked_at=self.checked_at,
            )
            for row in self.rows
        )

    def text(self, key: str) -> str:
        """Return what a person sees in a column; joined columns with a blank between."""
        return " ".join(filter(None, (trimmed(text_of(cell)) for cell in self.cells.get(key, ()))))

    @property
    def external_id(self) -> str:
        """Return the external ID as text, whatever state its cell is in."""
        return self._name("external_id")

    @property
    def organizer(self) -> str:
        """Return the organizer's UPN or object ID as in the sheet, empty for the signed-in user."""
        return self._name("organizer")

    @property
    def key(self) -> Key:
        """Return what the row is known by from run to run."""
        return key_of(self.organizer, self.external_id)

    @property
    def subject(self) -> str:
        """Return the title, empty where there is none that could be read."""
        said = self.values.get("subject")
        return said if isinstance(said, str) else ""

    @property
    def start(self) -> datetime | None:
        """Return the whole-second UTC instant of the first start, None where Graph's default is wanted."""
        return self._instant("start")

    @property
    def end(self) -> datetime | None:
        """Return the last end: as written, else the start plus the duration (elapsed, so right across a clock change).

        Of several times, one without an end is an hour long, as a single one is to Graph.
        """
        times = self.occurrences
        if len(times) > 1:
            return max(time.end or time.start + DEFAULT_LENGTH for time in times)
        return times[0].end if times else self._instant("end")

    @property
    def occurrences(self) -> tuple[Occurrence, ...]:
        """Return each time at which the meeting takes place, in order: one for most rows, none without a start."""
        several = self.values.get("occurrences") or ((self.values.get("start"), self.values.get("end")),)
        return tuple(
            Occurrence(start.instant, self._end_of(start.instant, end))
            for start, end in several
            if isinstance(start, Moment) and start.instant is not None
        )

    @property
    def attendees(self) -> tuple[str, ...]:
        """Return the attendees' names as in the sheet, each once."""
        return self.named_in("attendees")

    def named_in(self, key: str) -> tuple[str, ...]:
        """Return the people whom a column names as in the sheet, each once; none where it has a choice instead."""
        people = self.values.get(key)
        return tuple(distinct(people)) if isinstance(people, tuple) else ()

    @property
    def with_roles(self) -> tuple[str, ...]:
        """Return the people to whom the row gives a role, by whichever column."""
        return (*self.named_in("presenters"), *self.named_in("co_organizers"))

    @property
    def zone(self) -> str:
        """Return the IANA name of the row's zone, UTC where it has none."""
        zone = self.values.get("time_zone")
        return zone.key if isinstance(zone, ZoneInfo) else "UTC"

    @property
    def link(self) -> str:
        """Return the join link that stands in the row already."""
        return self.standing.get("join_url", "")

    @property
    def links(self) -> tuple[str, ...]:
        """Return the join links that stand in the rows of the sheet that this is."""
        return tuple(filter(None, (row.link for row in self.rows or (self,))))

    @property
    def asked(self) -> MeetingRequest:
        """Return the request. Raise LookupError where people were not looked up yet: a bug of ours."""
        if self.request is None:
            raise LookupError(f"row {self.number}: nothing is known yet of what to send")
        return self.request

    def read(self, values: Mapping[str, Any], people: tuple[Meant, ...]) -> Row:
        """Return the row, of which its cells alone were known, with what they mean, and the people whom they name."""
        return Row(
            number=self.number,
            cells=self.cells,
            standing=self.standing,
            values=values,
            people=people,
            problems=self.problems,
        )

    def with_error(self, found: Problem, status: Status) -> Row:
        """Return the row as it ends: `status`, and why, before what else is to be said of it."""
        return replace(self, status=status, request=None, problems=(found, *self.problems))

    def _name(self, key: str) -> str:
        value = self.values.get(key, "")
        return self.text(key) if isinstance(value, ParseError) else value

    def _end_of(self, start: datetime, end: object) -> datetime | None:
        length = self.values.get("duration")
        if end is None and isinstance(length, timedelta):
            return start + length
        return end.instant if isinstance(end, Moment) else None

    def _instant(self, key: str) -> datetime | None:
        moment = self.values.get(key)
        return moment.instant if isinstance(moment, Moment) else None
