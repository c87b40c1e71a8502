"""What the sheet says and what Teams has, compared: createOrGet never changes a meeting that is there.

One rule for all columns: a blank cell has no opinion. Graph fills in what a row leaves blank (now, and an hour later),
and people fill in the rest in Teams, so neither is a difference, and neither is ever cleared. In particular:

- Without a start nothing about times is compared. With a start alone the end is not: someone may have made the
  meeting longer. When its start is moved, it keeps the length it has in Teams.
- A blank subject does not ask for one to be removed. Spaces, line breaks and the Unicode form of a letter are nobody's
  decision and not compared.
- No attendees in the row: anybody may be on the meeting. The organizer never counts, on either side.
- What the answer does not say is unknown, not empty: times of the year 1, and participants that are missing or null.
- Of 750 attendees or more, Graph shows 750 without saying so (microsoft-graph-docs-contrib issue 2349): then those it
  shows must be in the row, and whether the others are there can't be told.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING

from importer.core.catalogue import problem
from importer.core.crowd import Crowd, absent, merged
from importer.core.drift_words import moments_in_words, people_in_words, texts_in_words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from importer.core.model import Attendee, Meeting, Order, Problem

ATTENDEES_SHOWN = 750
"""Attendees that an answer holds at most: https://github.com/microsoftgraph/microsoft-graph-docs-contrib/issues/2349"""
DEFAULT_LENGTH = timedelta(hours=1)
"""What Graph gives a meeting without an end: https://learn.microsoft.com/graph/api/onlinemeeting-createorget"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a meeting is to say; None leaves a part alone. Start and end go together, attendees are the whole list.

    Source: https://learn.microsoft.com/graph/api/onlinemeeting-update
    """

    subject: str | None = None
    times: tuple[datetime, datetime] | None = None
    attendees: tuple[Attendee, ...] | None = None


class Agreement(Enum):
    """Whether a meeting says what it was to say."""

    YES = auto()
    NO = auto()
    UNSAID = auto()
    """Nothing contradicts it, but the answer leaves out a part of it."""


def drift(order: Order, meeting: Meeting) -> tuple[Problem, ...]:
    """Gives one warning for each column in which the meeting says something else than the row."""
    return (*_subject(order, meeting), *_moments(order, meeting), *_attendees(order, meeting))


def changes(order: Order, meeting: Meeting, columns: Collection[str]) -> Changes:
    """Gives what to state so that `meeting` says what the row says in `columns`, and keeps everything else."""
    moved = "start" in columns or "end" in columns
    return Changes(
        subject=order.subject if "subject" in columns else None,
        times=_times(order, meeting) if moved else None,
        attendees=merged(order.attendees, meeting.attendees or ()) if "attendees" in columns else None,
    )


def too_many(stated: Changes, meeting: Meeting) -> bool:
    """Tells whether replacing the attendees could remove somebody whom nobody has seen, or could not be checked."""
    shown = len(meeting.attendees or ())
    return stated.attendees is not None and (len(stated.attendees) > ATTENDEES_SHOWN or shown >= ATTENDEES_SHOWN)


def agreement(order: Order, stated: Changes, meeting: Meeting) -> Agreement:
    """Gives whether `meeting` says what was stated for `order`."""
    said = [same for same in _agreements(order, stated, meeting) if same is not Agreement.YES]
    return Agreement.NO if Agreement.NO in said else Agreement.UNSAID if said else Agreement.YES


def _subject(order: Order, meeting: Meeting) -> Iterator[Problem]:
    if order.subject.strip() and _plain(order.subject) != _plain(meeting.subject):
        sheet, teams = texts_in_words(_plain(order.subject), _plain(meeting.subject))
        yield problem("differs-subject", column="subject", value=order.subject, sheet=sheet, teams=teams)


def _moments(order: Order, meeting: Meeting) -> Iterator[Problem]:
    if order.start is None:
        return
    pairs = {"start": (order.start, meeting.start), "end": (order.end, meeting.end)}
    for column, (wanted, found) in pairs.items():
        if wanted is not None and found is not None and _second(wanted) != _second(found):
            yield _moment(column, wanted, found, order.zone)


def _moment(column: str, wanted: datetime, found: datetime, zone: str) -> Problem:
    sheet, teams = moments_in_words(wanted, found, zone)
    detail = f"sheet {wanted.isoformat()}, Teams {found.isoformat()}"
    return problem(f"differs-{column}", column=column, value=sheet, detail=detail, sheet=sheet, teams=teams, zone=zone)


def _attendees(order: Order, meeting: Meeting) -> Iterator[Problem]:
    if not order.attendees or meeting.attendees is None:
        return
    sheet, teams = order.attendees, meeting.attendees
    organizers = _organizers(order, meeting)
    missing = absent(sheet, teams, organizers) if len(teams) < ATTENDEES_SHOWN else ()
    extra = absent(teams, sheet, organizers)
    if missing or extra:
        value = "; ".join(person.upn for person in sheet)
        differing, detail = people_in_words(missing, extra)
        yield problem("differs-attendees", column="attendees", value=value, detail=detail, differing=differing)


def _organizers(order: Order, meeting: Meeting) -> Crowd:
    by_id = () if order.organizer_id is None else (order.organizer_id,)
    return Crowd((() if meeting.organizer is None else (meeting.organizer,)), ids=by_id)


def _times(order: Order, meeting: Meeting) -> tuple[datetime, datetime] | None:
    if order.start is None:
        return None
    length = DEFAULT_LENGTH
    if meeting.start is not None and meeting.end is not None and meeting.start <= meeting.end:
        length = meeting.end - meeting.start
    try:
        return order.start, order.end or order.start + length
    except OverflowError:  # a meeting that ends with the year 9999, as an answer may say
        return order.start, order.start + DEFAULT_LENGTH


def _agreements(order: Order, stated: Changes, meeting: Meeting) -> Iterator[Agreement]:
    if stated.subject is not None:
        yield _same(_plain(stated.subject), _plain(meeting.subject))
    if stated.times is not None:
        yield _same(_second(stated.times[0]), None if meeting.start is None else _second(meeting.start))
        yield _same(_second(stated.times[1]), None if meeting.end is None else _second(meeting.end))
    if stated.attendees is not None:
        yield _same_people(stated.attendees, meeting.attendees, _organizers(order, meeting))


def _same(wanted: object, found: object) -> Agreement:
    return Agreement.UNSAID if found is None else Agreement.YES if wanted == found else Agreement.NO


def _same_people(wanted: Collection[Attendee], found: Collection[Attendee] | None, organizers: Crowd) -> Agreement:
    if found is None:
        return Agreement.UNSAID
    apart = absent(wanted, found, organizers) or absent(found, wanted, organizers)
    return Agreement.NO if apart else Agreement.YES


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()))


def _second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
