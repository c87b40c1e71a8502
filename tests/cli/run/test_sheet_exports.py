"""Whatever way a roster is exported, it is read back to the same meetings.

A roster is made up, and a way of exporting it: how its columns are called and in which order they stand, what is in one
cell and what in several, how days, times and people are written, a row for each meeting or for each attendee, lines
above and below, kind of file and encoding. What a person would write into the settings file for it is made with it.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import openpyxl
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.cli.config.settings import PeopleFrom, Settings
from importer.cli.run.sheet import IO_RETRY, Sheet
from importer.core.layout import ByLetter, letters
from importer.core.model import RowChoice, SameId

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2030, 1, 1, tzinfo=UTC)
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata")
WORDS = ("Algebra", "Botany, part one", "Größen; Maße", "Café “Nord”", "Review 3/4", "Ruiz & Söhne", "会议")
NAMES = {f"{name}@contoso.example": f"{name.title()} Berg" for name in ("ana", "bo", "cy", "di", "ed")}


@dataclass(frozen=True)
class Meeting:
    """What a roster is about. Times are on the clocks of `zone`, on one day."""

    id: tuple[str, str]
    subject: str
    start: datetime
    length: int
    zone: str
    organizer: str
    attendees: tuple[str, ...]

    @property
    def end(self) -> datetime:
        return self.start + timedelta(minutes=self.length)

    def read(self) -> tuple[Any, ...]:
        """Return it as it is to be read."""
        zone = ZoneInfo(self.zone)
        times = [moment.replace(tzinfo=zone).astimezone(UTC) for moment in (self.start, self.end)]
        return (" ".join(self.id), self.subject, *times, self.organizer, frozenset(self.attendees))


MEETINGS = st.lists(
    st.builds(
        Meeting,
        id=st.tuples(st.from_regex(r"[A-Z]{2}[1-9][0-9]{1,3}", fullmatch=True), st.sampled_from(["a1", "b2", "c3"])),
        subject=st.builds("{} {}".format, st.sampled_from(WORDS), st.sampled_from(["A", "intro", "II"])),
        start=st.builds(
            lambda day, minutes: datetime(2031, 1, 1, 8, 0) + timedelta(days=day, minutes=minutes),  # noqa: DTZ001 - on a zone's clocks
            st.integers(0, 700),
            st.integers(0, 119).map(lambda step: step * 5),
        ),
        length=st.integers(6, 60).map(lambda step: step * 5),
        zone=st.sampled_from(ZONES),
        organizer=st.sampled_from([*NAMES]),
        attendees=st.lists(st.sampled_from([*NAMES]), unique=True, max_size=4).map(tuple),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda meeting: meeting.id,
)


@dataclass
class Export:
    """The columns of an export: what each is called, and what stands in it; and what the settings say of it."""

    columns: list[tuple[str, Callable[[Meeting, str], Any]]] = field(default_factory=list)
    mapping: dict[str, list[str]] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)

    def add(self, key: str, heading: str, cell: Callable[[Meeting, str], Any]) -> None:
        """Add a column, for a key or (blank) for nobody."""
        self.columns.append((heading, cell))
        if key:
            self.mapping.setdefault(key, []).append(heading)


_MONTHS = "January February March April May June July August September October November December".split()  # noqa: SIM905 - a list of words is read as words
_WEEKDAYS = "Mon Tue Wed Thu Fri Sat Sun".split()  # noqa: SIM905 - likewise
DAYS: dict[str, tuple[Callable[[date], str], str | None]] = {
    "iso": (lambda day: f"{day:%Y-%m-%d}", None),
    "compact": (lambda day: f"{day.day}.{day.month}.{day.year}", "DMY"),
    "british": (lambda day: f"{day:%d/%m/%Y}", "DMY"),
    "american": (lambda day: f"{day.month}/{day.day}/{day.year}", "MDY"),
    "in words": (lambda day: f"{day.day} {_MONTHS[day.month - 1]} {day.year}", None),
    "on a weekday": (lambda day: f"{_WEEKDAYS[day.weekday()]}, {day:%Y-%m-%d}", None),
}
"""Ways to write a day, each with the order that the settings have to state for it."""
CLOCKS: dict[str, Callable[[datetime], str]] = {
    "plain": lambda moment: f"{moment:%H:%M}",
    "with seconds": lambda moment: f"{moment:%H:%M:%S}",
    "short": lambda moment: f"{moment.hour}:{moment:%M}",
    "american": lambda moment: f"{moment.hour % 12 or 12}:{moment:%M} {'AM' if moment.hour < 12 else 'PM'}",
}


PEOPLE: dict[str, Callable[[str], str]] = {
    "plain": str,
    "as Outlook": lambda person: f"{NAMES[person]} <{person}>",
    "in brackets": lambda person: f"{NAMES[person]} ({person})",
    "listed": lambda person: NAMES[person],
}
"""Ways to write a person."""


@st.composite
def exports(draw: st.DrawFn) -> tuple[Export, bool, bool]:
    """Return an export, whether it has a row for each attendee, and whether its cells can be dates."""
    export, cells = Export(), draw(st.booleans())
    if draw(st.booleans()):
        export.add("external_id", "Kursnummer", lambda meeting, _: " ".join(meeting.id))
    else:
        export.add("external_id", "Kurs", lambda meeting, _: meeting.id[0])
        export.add("external_id", "Gruppe", lambda meeting, _: meeting.id[1])
    export.add("subject", draw(st.sampled_from(["Title", "Thema"])), lambda meeting, _: meeting.subject)
    _add_times(draw, export, cells=cells)
    if "offset" not in export.more:
        export.add("time_zone", draw(st.sampled_from(["TZ", "Zone, in der es gilt"])), lambda meeting, _: meeting.zone)
    export.more.pop("offset", None)
    long = _add_people(draw, export)
    for noise in draw(st.lists(st.sampled_from(["Raum", "Preis", "Vermerk"]), unique=True)):
        export.add("", noise, lambda _meeting, _: "x 1")
    export.columns = draw(st.permutations(export.columns))
    return export, long, cells


def _add_times(draw: st.DrawFn, export: Export, *, cells: bool) -> None:
    day, order = DAYS[draw(st.sampled_from([*DAYS]))]
    clock = CLOCKS[draw(st.sampled_from([*CLOCKS]))]
    if order:
        export.more["date_order"] = order
    match draw(st.sampled_from(["whole", "parts", "range", "range beside", "length", "offset", "offset beside"])):
        case "whole" if cells:
            export.add("start", "Beginn", lambda meeting, _: meeting.start)
            export.add("end", "Ende", lambda meeting, _: meeting.end)
        case "whole":
            export.add("start", "Beginn", lambda meeting, _: f"{day(meeting.start)} {clock(meeting.start)}")
            export.add("end", "Ende", lambda meeting, _: f"{day(meeting.end)} {clock(meeting.end)}")
        case "parts":
            export.add("start", "Tag", lambda meeting, _: meeting.start.date() if cells else day(meeting.start))
            export.add("start", "von", lambda meeting, _: meeting.start.time() if cells else clock(meeting.start))
            export.add("end", "bis", lambda meeting, _: meeting.end.time() if cells else clock(meeting.end))
            if draw(st.booleans()):
                export.mapping["end"].insert(0, "Tag")
        case "range":
            dash = draw(st.sampled_from([" - ", "-", "–", " to "]))
            export.add("start", "Wann", lambda one, _: f"{day(one.start)} {clock(one.start)}{dash}{clock(one.end)}")
        case "range beside":
            export.add("start", "Tag", lambda meeting, _: day(meeting.start))
            export.add("start", "Zeit", lambda meeting, _: f"{clock(meeting.start)} - {clock(meeting.end)}")
        case "length":
            in_minutes = draw(st.booleans())
            export.add("start", "Beginn", lambda one, _: f"{day(one.start)} {clock(one.start)}")
            export.add(
                "duration",
                "Dauer (min)" if in_minutes else "Dauer",
                lambda one, _: str(one.length) if in_minutes else f"{one.length // 60}:{one.length % 60:02}",
            )
        case "offset":
            export.more["offset"] = True
            export.add("start", "Beginn", lambda one, _: _with_offset(one.start, one.zone).isoformat())
            export.add(
                "end", "Ende", lambda one, _: f"{_with_offset(one.end, one.zone).astimezone(UTC):%Y-%m-%dT%H:%MZ}"
            )
        case _:
            export.more["offset"] = True
            export.add("start", "Tag", lambda meeting, _: day(meeting.start))
            export.add("start", "von", lambda meeting, _: clock(meeting.start))
            export.add("duration", "Dauer (min)", lambda meeting, _: meeting.length)
            export.add("start", "Abstand", lambda meeting, _: f"{_with_offset(meeting.start, meeting.zone):%z}")


def _with_offset(moment: datetime, zone: str) -> datetime:
    return moment.replace(tzinfo=ZoneInfo(zone))


def _add_people(draw: st.DrawFn, export: Export) -> bool:
    """Add the columns of people; return whether each attendee has a row."""
    written = PEOPLE[way := draw(st.sampled_from([*PEOPLE]))]
    if way == "listed":
        export.more["people"] = PeopleFrom(entries=tuple((name, person) for person, name in NAMES.items()))
    export.add("organizer", draw(st.sampled_from(["Host", "Lehrkraft"])), lambda meeting, _: written(meeting.organizer))
    match draw(st.sampled_from(["one cell", "wide", "long"])):
        case "one cell":
            between = draw(st.sampled_from(["; ", ";", "\n"]))
            export.add("attendees", "Gäste", lambda meeting, _: between.join(map(written, meeting.attendees)))
        case "wide":
            for place in range(4):
                export.add("attendees", f"Gast {place + 1}", _guest(place, written))
        case _:
            export.add("attendees", "Gast", lambda _meeting, person: written(person) if person else "")
            return True
    return False


DELIMITERS = {",": ",", ";": ";", "\t": "tab"}
"""What separates the cells of a CSV, as options say it."""


def _guest(place: int, written: Callable[[str], str]) -> Callable[[Meeting, str], str]:
    return lambda meeting, _: "".join(map(written, meeting.attendees[place : place + 1]))


def _file(draw: Callable[[st.SearchStrategy[Any]], Any], rows: list[list[Any]], *, delimiter: str) -> tuple[str, bytes]:
    if not delimiter:
        book = openpyxl.Workbook()
        for row in rows:
            book.worksheets[0].append(row)
        saved = io.BytesIO()
        book.save(saved)
        return "r.xlsx", saved.getvalue()
    text = io.StringIO(newline="")
    csv.writer(
        text,
        delimiter=delimiter,
        lineterminator=draw(st.sampled_from(["\r\n", "\n"])),
        quoting=draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
    ).writerows(rows)
    return "r.csv", text.getvalue().encode(draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"])))


@settings(max_examples=60)
@given(MEETINGS, exports(), st.data())
def test_a_roster_is_read_back_from_any_export(
    meetings: list[Meeting], made: tuple[Export, bool, bool], data: st.DataObject
) -> None:
    export, long, cells = made
    rows = [
        [cell(meeting, person) for _, cell in export.columns]
        for meeting in meetings
        for person in ((meeting.attendees or ("",)) if long else ("",))
    ]
    rows = data.draw(st.permutations(rows))
    headings = [heading for heading, _ in export.columns]
    mapping: dict[str, tuple[str, ...]] = {key: tuple(names) for key, names in export.mapping.items()}
    delimiter = "" if cells else data.draw(st.sampled_from([*DELIMITERS]))
    if data.draw(st.booleans()):
        rows = [*([["Stundenplan"], []] if data.draw(st.booleans()) else []), headings, *rows]
    else:
        by_heading = {heading: ByLetter(letters(place)) for place, heading in enumerate(headings)}
        mapping = {key: tuple(by_heading[name] for name in names) for key, names in mapping.items()}
        export.more["delimiter"] = DELIMITERS.get(delimiter)  # nothing but headings tells a comma from a semicolon
    name, content = _file(data.draw, rows, delimiter=delimiter)
    same_id = SameId.ONE_MEETING if long else SameId.ERROR
    said = Settings(columns=mapping, rows=RowChoice(same_id=same_id), **export.more)

    sheet = Sheet.of(content, Path(name), said, NOW, retry=IO_RETRY)

    assert [
        (row.number, found.column, found.code, found.value) for row in sheet.plan.rejected for found in row.problems
    ] == []
    found = [
        (row.external_id, row.subject, row.start, row.end, row.organizer, frozenset(row.attendees))
        for row in sheet.plan.ready
    ]
    assert sorted(found, key=str) == sorted((meeting.read() for meeting in meetings), key=str)
