"""Who is invited to what: events made of rows, and brought about in calendars once there is a meeting.

Theory of operation. Events are made by a Meetings port around another one, as meetings are compared and changed: so a
row has one outcome, and is committed once, with its events. What the ledger knows decides what is called for:

- nothing is known: the calendar is searched for the event's key, and only if it has none the event is made. A run that
  was killed between the event and the commit is healed by that, and so is a ledger that was lost.
- the event is there as it was sent, and the row still says so: nothing is asked, unless everything is to be.
- the row says something else: the event is read, and told what changed in the row. What somebody has changed by hand is
  shown and left alone, unless `update`; and so is an event that was deleted.

An event has two names of ours. Its key is the same for ever, and stands in it as an extended property. Its transaction
is the same for every try to make it and another one once it is made again on purpose, or for another meeting: by that
Exchange makes no second one of a repeated request. What goes wrong never costs a row its link, or its status.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from importer.core import Failure, Scope
from importer.core.calendar import (
    ALIVE,
    Event,
    EventChange,
    EventFate,
    EventResult,
    EventState,
    InvitationRequest,
    InvitedAnswer,
    KnownEvent,
    Part,
)
from importer.core.catalogue import caused, problem
from importer.core.changing import ServiceFaults
from importer.core.meeting_options import NOT_INVITED
from importer.core.model import DEFAULT_LENGTH, Meeting, Status, Stop
from importer.core.people import distinct
from importer.core.properties import moments_in_words, on_clocks, texts_in_words
from importer.core.results import MAILABLE, NAMESPACE, invitation_of, ways_to_join, when_in_words
from importer.core.texts import ENGLISH, Sentence, fixed, joined
from importer.core.web import is_of_another_meeting
from importer.core.wording import encodable, in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from importer.core import Calendars, Meetings
    from importer.core.calendar import SeenEvent
    from importer.core.model import Answer, Problem
    from importer.core.results import Invitation
    from importer.core.row import Key, MeetingRequest, Row
    from importer.core.texts import Language


LONGEST_LOCATION = 255
"""Characters of a place that Outlook shows: what an appointment's text properties were made for."""
LONGEST_SUBJECT = 255
"""Characters of a subject that Exchange keeps: PidTagSubject, MS-OXCMSG section 2.2.1.46."""


def event_key(external_id: str, occurrence: str) -> str:
    """Return what an event in its organizer's calendar is found by, always the same. It has no capitals.

    A filter on the value of an extended property does not know capitals, so the ID itself would not do.
    """
    return uuid.uuid5(NAMESPACE, encodable(f"event\n{external_id}\n{occurrence}")).hex


def transaction_of(meeting: Meeting, occurrence: str, generation: int) -> str:
    """Return what Exchange knows a repeated request to make an event by."""
    name = meeting.graph_id or meeting.join_url
    return str(uuid.uuid5(NAMESPACE, encodable(f"transaction\n{name}\n{occurrence}\n{generation}")))


def inviting(
    rows: Sequence[Row],
    known: Mapping[Key, tuple[KnownEvent, ...]],
    *,
    unseen: bool = False,
    language: Language = ENGLISH,
) -> list[Row]:
    """Return the rows, those whose people are to be invited with what they ask of the calendar, in a language.

    `known` are the events that the ledger has; a killed run may have made others `unseen`.
    """

    def request(row: Row) -> InvitationRequest | None:
        return _request(row, known.get(row.key, ()), unseen=unseen, language=language) if is_invited(row) else None

    return [replace(row, invitation=request(row)) for row in rows]


def is_invited(row: Row) -> bool:
    """Return whether a row's meeting is to be in its organizer's calendar."""
    return bool(row.values.get("invite") != NOT_INVITED)


def _request(row: Row, known: tuple[KnownEvent, ...], *, unseen: bool, language: Language) -> InvitationRequest:
    def events(meeting: Meeting) -> tuple[Event, ...]:
        return events_of(replace(row, status=Status.EXISTING, meeting=meeting), language)

    strange = [person for person in (*row.attendees, *row.with_roles, *row.named_in("room")) if "#" in person]
    told = (problem("not-invited", column="attendees", value=in_words(strange)),) if strange else ()
    return InvitationRequest(events=events, known=known, unseen=unseen, problems=told)


def events_of(row: Row, language: Language = ENGLISH) -> tuple[Event, ...]:
    """Return the events of a row with a meeting, one for each time; none where there is no link or no time.

    Nobody is invited whom the row does not name, be they on the meeting in Teams or not.
    """
    invitation = invitation_of(row)
    if invitation is None:
        return ()
    rooms = tuple(filter(MAILABLE.fullmatch, row.named_in("room")))
    named = (*(invitation.attendees if row.attendees else ()), *row.with_roles)
    own = {invitation.organizer.casefold(), *(room.casefold() for room in rooms)}
    people = tuple(one for one in distinct(named) if one.casefold() not in own and MAILABLE.fullmatch(one))
    return tuple(
        Event(
            occurrence=day,
            subject=" ".join(invitation.subject.split())[:LONGEST_SUBJECT],
            start=time.start.replace(microsecond=0),
            end=(time.end or time.start + DEFAULT_LENGTH).replace(microsecond=0),
            zone=invitation.zone,
            location=location_of(invitation, rooms),
            ways=ways_to_join(invitation, language),
            right_to_left=language.right_to_left,
            attendees=people,
            rooms=rooms,
        )
        for day, time in invitation.times
    )


def location_of(invitation: Invitation, rooms: Sequence[str]) -> str:
    """Return where the meeting is: its rooms, the link, and the number to dial, as much of it as there is room for."""
    kept: list[str] = []
    phone = ", ".join(filter(None, (invitation.dial_in_number, invitation.conference_id)))
    for part in (*rooms, invitation.join_url, phone):
        if part and len(" | ".join((*kept, part))) <= LONGEST_LOCATION:
            kept.append(part)
    return " | ".join(kept)


def drafted(row: Row, now: datetime, *, update: bool) -> tuple[EventResult, ...]:
    """Return what would become of a row's events as far as can be told without asking anybody.

    A meeting that is not known yet stands for itself: its link says nothing that people could agree to or not.
    """
    if row.invitation is None:
        return ()
    meeting = row.previous or Meeting(texts={"join_url": "https://teams.microsoft.com/"})
    if not row.occurrences and meeting.start is None:
        meeting = replace(meeting, says={**meeting.says, "times": (now, now + DEFAULT_LENGTH)})
    ignored = set() if row.previous else {Part.LOCATION, Part.TEXT}
    matched, _ = matching(row.invitation.events(meeting), row.invitation.known)
    return tuple(_drafted(event, known, now, ignored, update=update) for event, known in matched)


def _drafted(event: Event, known: KnownEvent | None, now: datetime, ignored: set[Part], *, update: bool) -> EventResult:
    fate = EventFate.TO_MAKE
    if known is not None and known.state in ALIVE:
        fate = EventFate.TO_CHANGE if event.changed_from(known.said) - ignored else EventFate.UNCHANGED
    elif known is not None and known.state is EventState.GONE and not update:
        fate = EventFate.GONE
    if fate is EventFate.TO_MAKE and event.end < now:
        fate = EventFate.OVER
    return EventResult(event=event, fate=fate, known=known)


def mails_of(results: Sequence[EventResult]) -> int:
    """Return how many people would get an invitation or an update, each time counted."""
    sent = (EventFate.TO_MAKE, EventFate.TO_CHANGE)
    return sum(len(result.event.invited) for result in results if result.fate in sent)


def is_settled(row: Row, now: datetime) -> bool:
    """Return whether nothing is to be said or asked of the calendar about a row whose meeting is as it was."""
    if row.invitation is None:
        return True
    drafts = drafted(row, now, update=False)
    idle = all(each.fate in {EventFate.UNCHANGED, EventFate.OVER} for each in drafts)
    return idle and all(each.state is EventState.THERE for each in row.invitation.known) and not row.invitation.problems


def matching(
    events: Sequence[Event], known: Sequence[KnownEvent]
) -> tuple[list[tuple[Event, KnownEvent | None]], list[KnownEvent]]:
    """Return each event with what is known of it, and the events in the calendar that are none of these any more.

    Where a meeting that took place once takes place more often, or the other way round, its event stays one of them.
    """
    by_day = {each.occurrence: each for each in known}
    days = {event.occurrence for event in events}
    spare = [each for each in known if each.occurrence not in days and each.state in ALIVE]
    turned = [each for each in spare if (each.occurrence == "") != ("" in days)]
    matched: list[tuple[Event, KnownEvent | None]] = []
    for event in events:
        found = by_day.get(event.occurrence)
        if found is None and turned:
            day = f"{on_clocks(event.start, event.zone):%Y%m%d}"
            same = [
                each for each in turned if day in (each.occurrence, f"{on_clocks(each.said.start, event.zone):%Y%m%d}")
            ]
            if same or event is events[-1]:
                found = (same or turned)[0]
                turned.remove(found)
                spare.remove(found)
                event = replace(event, occurrence=found.occurrence)  # noqa: PLW2901 - it keeps the name it is found by
        matched.append((event, found))
    return matched, spare


def _day(event: Event) -> str:
    return f"{on_clocks(event.start, event.zone):%Y%m%d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitingOptions:
    """Whether events are read although nothing has changed, and changed back where somebody else has changed them."""

    refresh: bool = False
    update: bool = False


class InvitedMeetings:
    """Puts meetings into their organizers' calendars. Safe to use from several threads at once.

    A calendar that is closed to this program is not asked again, and none is once the service gives up on them.
    """

    def __init__(
        self, meetings: Meetings, calendars: Calendars, options: InvitingOptions, now: Callable[[], datetime]
    ) -> None:
        self._meetings = meetings
        self._calendars = calendars
        self._options = options
        self._now = now
        self._refused: dict[str | None, Failure] = {}
        self._faults = ServiceFaults()

    def create_or_get(self, request: MeetingRequest) -> Answer | Failure:
        """Return what the wrapped port gives, with what became of its events. Raise what it raises."""
        answer = self._meetings.create_or_get(request)
        if isinstance(answer, Failure) or request.invitation is None:
            return answer
        if held := _held_back(request, answer.meeting):
            return replace(answer, problems=(held, *answer.problems))
        matched, left = matching(request.invitation.events(answer.meeting), request.invitation.known)
        if not matched:
            return replace(answer, problems=(problem("event-without-start", column="start"), *answer.problems))
        if answer.status is Status.CREATED or answer.told:
            request.keep(answer)  # a calendar can take its time, and a link is not to be lost meanwhile
        results, stop = [], answer.stop
        for event, known in matched:
            result = _not_awaited(event, known)
            if stop is None:
                try:
                    result = self._brought_about(request, answer.meeting, event, known)
                except Stop as why:  # it ends the run once this row has its result, which has a link
                    stop = why
            results.append(result)
        told = (*request.invitation.problems, *_left(left, self._now()))
        results[0] = replace(results[0], problems=(*results[0].problems, *told))
        differs = any(each.fate in {EventFate.DIFFERS, EventFate.GONE} for each in results)
        status = Status.DIFFERS if differs else answer.status
        return InvitedAnswer(status, answer.meeting, answer.problems, answer.told, stop, tuple(results))

    def _brought_about(
        self, request: MeetingRequest, meeting: Meeting, event: Event, known: KnownEvent | None
    ) -> EventResult:
        """Return what became of an event. What went wrong is a problem and never the row's end."""
        outcome = self._settled(request, meeting, event, known)
        if isinstance(outcome, EventResult):
            return outcome
        failed = caused("event-failed", outcome.problem)
        return EventResult(event=event, fate=EventFate.FAILED, known=known, problems=(failed,))

    def _settled(
        self, request: MeetingRequest, meeting: Meeting, event: Event, known: KnownEvent | None
    ) -> EventResult | Failure:
        over = event.end < self._now()
        idle = known is not None and known.state is EventState.THERE and not event.changed_from(known.said)
        if idle and not self._options.refresh:
            return EventResult(event=event, fate=EventFate.UNCHANGED, known=known)
        if over and (known is None or known.state not in ALIVE):
            return EventResult(event=event, fate=EventFate.OVER, known=known)
        if known is not None and known.state is EventState.GONE and not (self._options.refresh or self._options.update):
            return _gone(event, known)
        if refusal := self._refused.get(request.organizer_id):
            return refusal
        if self._faults.too_many:
            return Failure(problem("events-given-up"), Scope.SERVICE)
        outcome = self._asked(request, meeting, event, known)
        self._faults.count(outcome)
        if isinstance(outcome, Failure) and outcome.scope in {Scope.ORGANIZER, Scope.TENANT}:
            self._refused[request.organizer_id] = outcome
        return outcome

    def _asked(
        self, request: MeetingRequest, meeting: Meeting, event: Event, known: KnownEvent | None
    ) -> EventResult | Failure:
        whose, key = request.organizer_id, event_key(request.external_id, event.occurrence)
        seen: SeenEvent | Failure | None = None
        if known is not None and known.state in ALIVE:
            seen = self._calendars.read(whose, known.event_id)
        if seen is None:  # one that was moved to another folder has another ID
            seen = self._calendars.find(whose, key)
        if isinstance(seen, Failure):
            return seen
        if seen is not None:
            return self._corrected(request, event, known, seen)
        if known is not None and known.state is not EventState.CANCELLED and not self._options.update:
            return _gone(event, known)
        generation = 0 if known is None else known.generation + 1
        transaction = transaction_of(meeting, event.occurrence, generation)
        outcome = self._calendars.create(whose, event, key, transaction)
        match outcome:
            case Failure():
                return outcome
            case None:
                return _gone(event, KnownEvent(event_id="", said=event, generation=generation))
        made = KnownEvent(event_id=outcome.event_id, said=event, generation=generation)
        return EventResult(event=event, fate=EventFate.MADE, known=made)

    def _corrected(
        self, request: MeetingRequest, event: Event, known: KnownEvent | None, seen: SeenEvent
    ) -> EventResult | Failure:
        """Return what became of an event that is there: told what changed in the row, and on request all of it.

        One that a killed run has made unseen is still as that run's row was, so it is told everything too.
        """
        sent = event if known is None else known.said
        found = seen.differs_from(event, sent)
        unseen = known is None and request.invitation is not None and request.invitation.unseen
        wanted = found if self._options.update or unseen else found & event.changed_from(sent)
        edited = Part.TEXT in wanted and seen.has_own_text(sent)
        wanted -= {Part.TEXT} if edited else set()
        if wanted:
            outcome = self._calendars.update(request.organizer_id, seen, EventChange(event, wanted, sent))
            if isinstance(outcome, Failure):
                return outcome
            if outcome is None:
                return _gone(event, known or KnownEvent(event_id=seen.event_id, said=event))
        left = found - wanted - ({Part.TEXT} if edited else set())
        state = EventState.DIFFERS if left else EventState.THERE
        now = KnownEvent(event_id=seen.event_id, said=event, generation=known.generation if known else 0, state=state)
        told = [problem("event-text-edited")] if edited else []
        told += [_differing(event, seen, left)] if left else []
        fate = EventFate.DIFFERS if left else EventFate.CHANGED if wanted else EventFate.UNCHANGED
        return EventResult(event=event, fate=fate, known=now, problems=tuple(told))


def _held_back(request: MeetingRequest, meeting: Meeting) -> Problem | None:
    """Return why a meeting's event is left alone: it is another list's, or the row is most likely another meeting's."""
    if request.other_list:
        return problem("event-other-list", column="external_id", value=request.external_id, other=request.other_list)
    if any(is_of_another_meeting(link, meeting.join_url) for link in request.links):
        return problem("event-mixed-up")
    return None


def _not_awaited(event: Event, known: KnownEvent | None) -> EventResult:
    told = (problem("event-not-awaited"),)
    return EventResult(event=event, fate=EventFate.FAILED, known=known, problems=told)


def _gone(event: Event, known: KnownEvent) -> EventResult:
    when = when_in_words(event.start, None, event.zone)
    gone = replace(known, said=event, state=EventState.GONE)
    return EventResult(event=event, fate=EventFate.GONE, known=gone, problems=(problem("event-gone", value=when),))


def _left(events: Sequence[KnownEvent], now: datetime) -> Iterator[Problem]:
    """Yield a note for each event whose day is no longer among the meeting's; what is over needs nobody."""
    for each in events:
        if each.said.end >= now:
            yield problem("event-left", column="start", value=when_in_words(each.said.start, None, each.said.zone))


_TITLE = Sentence("event title differs", "title: {sheet} in the row, {calendar} in the calendar")
_START = Sentence(
    "event start differs",
    "start: {sheet} in the row, {calendar} in the calendar ({zone})",
    note="start: Mon 23 Nov 10:00 in the row, Mon 23 Nov 11:00 in the calendar (Europe/Berlin)",
)
_END = Sentence("event end differs", "end: {sheet} in the row, {calendar} in the calendar ({zone})")
_ABSENT = Sentence("event people absent", "not in the calendar: {names}", note="not in the calendar: bo@contoso.com")
_OTHERS = fixed("event people others", "people: others than in the row")
_PLACE = fixed("event place differs", "place: not the row's link")
_TEXT = fixed("event text differs", "text: without the row's link or its numbers")
"""In which parts an event says something else; they stand behind 'The event in the calendar says something else:'."""
_COLUMNS = {Part.SUBJECT: "subject", Part.TIMES: "start", Part.PEOPLE: "attendees"}


def _differing(event: Event, seen: SeenEvent, parts: frozenset[Part]) -> Problem:
    said = [words for part in Part if part in parts for words in _difference(event, seen, part)]
    first = next(part for part in Part if part in parts)
    return problem("event-differs", column=_COLUMNS.get(first, ""), differing=joined(said))


def _difference(event: Event, seen: SeenEvent, part: Part) -> Iterator[str]:
    match part:
        case Part.SUBJECT:
            sheet, calendar = texts_in_words(event.subject, seen.subject or "")
            yield _TITLE.format(sheet=sheet, calendar=calendar)
        case Part.TIMES:
            for sentence, ours, theirs in ((_START, event.start, seen.start), (_END, event.end, seen.end)):
                if theirs is not None and ours != theirs:
                    sheet, calendar = moments_in_words(ours, theirs, event.zone)
                    yield sentence.format(sheet=sheet, calendar=calendar, zone=event.zone)
        case Part.PEOPLE:
            there = {address.casefold() for address, _ in seen.attendees or ()}
            absent = [person for person in event.invited if person.casefold() not in there]
            yield _ABSENT.format(names=in_words(absent)) if absent else _OTHERS
        case Part.LOCATION:
            yield _PLACE
        case Part.TEXT:
            yield _TEXT
