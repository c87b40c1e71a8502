"""Rows that are one meeting: one attendee in each, as in a list of enrolments, or one date of a series.

With `same_id = "one meeting"` in the settings, rows with the same external ID and organizer are one meeting. It is from
their first start to their last end, at all their times, with the attendees of all of them; what else they say has to
agree, or be blank. Such a meeting is planned, sent and remembered as one `Row` that has the others in it
(`Row.rows`), and whatever becomes of it becomes of each of those, which keep their own times and people for the
invitations. Nothing is guessed: where one of the rows can't be used, or two contradict each other, none is sent.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from importer.core.catalogue import problem
from importer.core.catalogue.sheet import ATTENDEES_COUNTED, SPAN, WOULD_BE_ONE
from importer.core.cells import ParseError
from importer.core.columns import INPUT_COLUMNS, KEY, OWNER, Holds
from importer.core.model import ATTENDEES_SHOWN, Occurrence, Severity, Status
from importer.core.people import distinct
from importer.core.times import ClockChange, Moment, When
from importer.core.times.lengths import HOUR
from importer.core.wording import rows_in_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from importer.core.model import Problem
    from importer.core.row import Row


def with_same_id(rows: Iterable[Row]) -> list[list[Row]]:
    """Return the rows that share external ID and organizer with others, as far as both can be read, by meeting.

    Graph's key is tenant, organizer and external ID: https://learn.microsoft.com/graph/api/onlinemeeting-createorget
    """
    keys = [(row, _known_by(row)) for row in rows]
    counts = Counter(key for _, key in keys)
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row, key in keys:
        if key is not None and counts[key] > 1:
            groups[key].append(row)
    return list(groups.values())


def _known_by(row: Row) -> tuple[str, str] | None:
    external_id, organizer = row.values["external_id"], row.values["organizer"]
    known = isinstance(external_id, str) and external_id and isinstance(organizer, str)
    return (organizer.casefold(), external_id) if known else None


def meetings_of(rows: Sequence[Row]) -> list[list[Row]]:
    """Return the rows that are one meeting, by meeting.

    A row whose organizer is not known can be of any meeting with its ID: until it is, all of those are one, and none is
    sent.
    """
    strays = {row.values["external_id"] for row in rows if _lacks_organizer(row)}
    groups: dict[str, list[Row]] = {external_id: [] for external_id in strays if isinstance(external_id, str)}
    groups.pop("", None)
    rest: list[Row] = []
    for row in rows:
        external_id = row.values["external_id"]
        (groups[external_id] if isinstance(external_id, str) and external_id in groups else rest).append(row)
    return [*with_same_id(rest), *(group for group in groups.values() if len(group) > 1)]


def _lacks_organizer(row: Row) -> bool:
    return any(found.column == "organizer" and found.severity is Severity.ERROR for found in row.problems)


def join_rows(rows: Sequence[Row], now: datetime) -> list[Row]:
    """Return the one row that checked rows of a meeting are, or all of them as they are refused."""
    wrong = [row.number for row in rows if any(found.severity is Severity.ERROR for found in row.problems)]
    contradicting = contradictions(rows)
    if wrong or contradicting:
        return [_refused(row, wrong, contradicting) for row in rows]
    values = _together(rows)
    whole = replace(rows[0], values=values)
    parts = tuple(_part(row, whole, now) for row in rows)
    return [replace(whole, rows=parts, problems=parts[0].problems)]


def contradictions(rows: Sequence[Row]) -> dict[int, tuple[Problem, ...]]:
    """Return, for each row that says something else than another one of its meeting, what that is.

    A cell that can't be read contradicts nothing: its own problem is told.
    """
    found: dict[int, list[Problem]] = defaultdict(list)
    for column in _TO_AGREE:
        said: dict[object, list[Row]] = {}
        for row in rows:
            if not _is_blank(value := row.values.get(column)) and not isinstance(value, ParseError):
                said.setdefault(value, []).append(row)
        for value, those in said.items() if len(said) > 1 else ():
            other = next(group for different, group in said.items() if different != value)[0]
            for row in those:
                facts = {"value": row.text(column), "other": other.text(column), "row": str(other.number)}
                found[row.number].append(problem("meeting-disagrees", column=column, **facts))
    return {number: tuple(problems) for number, problems in found.items()}


_TO_JOIN = tuple(column.key for column in INPUT_COLUMNS if column.holds is Holds.PEOPLE)
_TO_AGREE = tuple(
    column.key
    for column in INPUT_COLUMNS
    if column.says not in {KEY, OWNER, "times"} and column.holds is not Holds.PEOPLE
)


def _is_blank(value: object) -> bool:
    return value is None or value in ("", ())


def _refused(row: Row, wrong: Sequence[int], contradicting: Mapping[int, tuple[Problem, ...]]) -> Row:
    found = contradicting.get(row.number, ())
    others = [number for number in dict.fromkeys((*wrong, *contradicting)) if number != row.number]
    if row.number not in wrong and not found:
        facts = {"value": row.external_id, "others": rows_in_words(others)}
        found = (problem("meeting-row-wrong", column="external_id", **facts),)
    return replace(row, status=Status.INVALID, problems=(*found, *row.problems))


def _together(rows: Sequence[Row]) -> dict[str, Any]:
    """Return what the rows say together."""
    values = dict(rows[0].values)
    for column in _TO_AGREE:
        values |= next(({column: said} for row in rows if not _is_blank(said := row.values.get(column))), {})
    for column in _TO_JOIN:
        named = [people for row in rows if isinstance(people := row.values.get(column), tuple)]
        values[column] = distinct(person for people in named for person in people)
    return values | _times(rows)


def _times(rows: Sequence[Row]) -> dict[str, Any]:
    """Return the values that say when the meeting takes place; those of its one time, as its row has them."""
    times = times_of(rows)
    timed = next((row for row in rows if row.occurrences), rows[0])
    zone = {"time_zone": timed.values["time_zone"]}
    if len(times) > 1:
        return _pairs(times) | zone
    alone = next((row for row in rows if set(times) & set(row.occurrences)), timed)
    return {key: alone.values.get(key) for key in _WHEN} | zone


_WHEN = ("start", "end", "duration", "occurrences")


def _pairs(times: Sequence[Occurrence]) -> dict[str, Any]:
    pairs = tuple((_moment(time.start), None if time.end is None else _moment(time.end)) for time in times)
    return {"start": pairs[0][0], "end": pairs[0][1], "duration": None, "occurrences": pairs}


def times_of(rows: Iterable[Row]) -> list[Occurrence]:
    """Return all times of the rows once each, in order.

    One without an end is the same as one that has it. Of several, one without is an hour long, as Graph makes one.
    """
    times = {time for row in rows for time in row.occurrences}
    ended = {time.start for time in times if time.end is not None}
    kept = [time for time in times if time.end is not None or time.start not in ended]
    if len(kept) > 1:
        kept = [Occurrence(time.start, time.end or time.start + HOUR) for time in kept]
    return sorted(kept, key=lambda time: (time.start, time.end or time.start))


def _moment(instant: datetime) -> Moment:
    return Moment(When(instant), instant, ClockChange.PLAIN)


def _part(row: Row, whole: Row, now: datetime) -> Row:
    """Return a row of the meeting: one without times has the meeting's; what is said of all is said of each."""
    if not row.occurrences and whole.occurrences:
        zone = row.values["time_zone"] or whole.values["time_zone"]
        row = replace(row, values={**row.values, **{key: whole.values.get(key) for key in _WHEN}, "time_zone": zone})
    elif any(time.end is None for time in row.occurrences):
        ends = {time.start: time.end for time in whole.occurrences}
        own = [Occurrence(time.start, time.end or ends[time.start]) for time in row.occurrences]
        row = replace(row, values={**row.values, **_pairs(own)})
    idle = {"no-times"} if whole.occurrences else set()
    idle |= {"in-the-past"} if whole.end is None or whole.end >= now else set()
    problems = tuple(found for found in row.problems if found.code not in idle)
    return replace(row, problems=(*problems, *_too_many(whole)))


def _too_many(whole: Row) -> Iterator[Problem]:
    if (count := len(whole.attendees)) > ATTENDEES_SHOWN:
        yield problem("too-many-attendees", column="attendees", count=count, limit=ATTENDEES_SHOWN)


def would_be(rows: Sequence[Row]) -> str:
    """Return what `same_id` would make of rows with one ID, for the sentence that refuses them without it.

    Nothing where it would not help, as two of them contradict each other.
    """
    if contradictions(rows):
        return ""
    times, people = times_of(rows), len(distinct(person for row in rows for person in row.attendees))
    span = ""
    if times:
        zone = ZoneInfo(next(row.zone for row in rows if row.occurrences))
        last = max(time.end or time.start for time in times).astimezone(zone)
        first = times[0].start.astimezone(zone)
        span = SPAN.format(start=f"{first:%Y-%m-%d %H:%M}", end=f"{last:%Y-%m-%d %H:%M}")
    return WOULD_BE_ONE.format(span=span, people=ATTENDEES_COUNTED.format(count=people))
