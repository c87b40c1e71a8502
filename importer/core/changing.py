"""Meetings that are told what createOrGet could not take, compared with their rows, and on request changed.

Theory of operation. Each of these is the Meetings port wrapped around another one, so that the runner, its pacing and
its threads stay as they are. A change that fails never costs a row its link: the meeting exists, so the row keeps
`differs`, with an error that says why Teams was not changed (and the run ends with exit code 4).
"""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from importer.core import Failure, Scope
from importer.core.catalogue import caused, problem
from importer.core.memory import OWED
from importer.core.model import Answer, Problem, Status, Stop
from importer.core.properties.drift import (
    PROPERTIES,
    Agreement,
    agreement,
    at_first,
    changes,
    drift,
    late,
    owed,
    silences,
    still_owed,
    too_long,
)
from importer.core.row import Row
from importer.core.web import is_of_another_meeting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from importer.core import ChangeableMeetings, Meetings
    from importer.core.memory import RosterSession
    from importer.core.model import Meeting
    from importer.core.properties import Property
    from importer.core.properties.drift import Changes
    from importer.core.row import MeetingRequest, Row, Unheard

FAULTS_BORNE = 10
"""So many changes in a row that the service gave up on, each after all its retries, and no more are tried: each costs
minutes, and a service that makes meetings but can't change them would hold up the whole run."""


class ServiceFaults:
    """Counts the changes in a row that the service gave up on. Safe to use from several threads at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._in_a_row = 0

    @property
    def too_many(self) -> bool:
        """Return whether no more are to be tried."""
        return self._in_a_row >= FAULTS_BORNE

    def count(self, outcome: object) -> None:
        """Take what came of one."""
        faulty = isinstance(outcome, Failure) and outcome.scope is Scope.SERVICE
        with self._lock:
            self._in_a_row = self._in_a_row + 1 if faulty else 0


class SettledMeetings:
    """Tells a meeting that was just made what createOrGet can't take, by one PATCH: the row has one outcome.

    That it is owed is durable before it is told, so a later run tells it where the process dies in between, and where
    Teams did not accept it. Until then it keeps its link and `differs`, with an error that says why if there was one.
    A meeting whose making nobody lived to hear of, or whose answer got lost, was made while a run of ours asked for it.

    Two runs never fight, and nobody's change is undone: what is owed is told only as long as the meeting says what it
    said when it was made. Where that was not seen, it is what another meeting of the same organizer said, or what Teams
    says by itself; what is neither that nor as the row says is somebody's decision, and the row differs.
    """

    def __init__(self, meetings: ChangeableMeetings, properties: Sequence[Property] = PROPERTIES) -> None:
        self._meetings = meetings
        self._properties = properties
        self._changer = _Changer(meetings, properties)

    def create_or_get(self, request: MeetingRequest) -> Answer | Failure:
        """Return what the wrapped port gives, settled where the meeting is new. Raise what `create_or_get` raises."""
        answer = self._meetings.create_or_get(request)
        if isinstance(answer, Failure):
            return answer
        if answer.status is Status.CREATED:
            return self._made(request, answer)
        first = self._at_first(request, answer.meeting)
        return answer if first is None else self._found(request, answer, first)

    def update(self, request: MeetingRequest, meeting: Meeting, changes: Changes) -> Answer | Failure:
        """Return what the wrapped port gives. Raise what it raises."""
        return self._meetings.update(request, meeting, changes)

    def read(self, request: MeetingRequest, meeting: Meeting) -> Meeting | None:
        """Return what the wrapped port gives. Raise what it raises."""
        return self._meetings.read(request, meeting)

    def _made(self, request: MeetingRequest, answer: Answer) -> Answer:
        if stated := owed(request, answer.meeting, self._properties):
            answer = _as_made(answer, at_first(answer.meeting, self._properties))
            request.keep(_differing(answer, (problem(OWED),)))
            return self._settled(request, answer, stated)
        left = self._left(request, answer.meeting)  # there is a wish, and no change that would bring it about
        return _differing(answer, left, problem("options-not-shown")) if left else answer

    def _found(self, request: MeetingRequest, answer: Answer, first: Mapping[str, Any]) -> Answer:
        answer = _as_made(answer, first)
        if silences(request, answer.meeting, self._properties):
            try:
                seen = self._meetings.read(request, answer.meeting)
            except Stop as stop:
                return _not_changed(answer, (problem(OWED),), stop)
            if seen is None:
                return _differing(answer, (problem(OWED),))
            answer = replace(answer, meeting=seen)
        stated = still_owed(request, first, answer.meeting, self._properties)
        if stated and request.owed is None:
            request.keep(_differing(answer, (problem(OWED),)))
        return self._settled(request, answer, stated) if stated else answer

    def _at_first(self, request: MeetingRequest, meeting: Meeting) -> Mapping[str, Any] | None:
        """Return what a meeting of ours that is not told everything said at first, None where it is none of those."""
        if request.owed is not None and is_same_meeting(request.owed, meeting):
            first = request.owed.at_first
            return at_first(request.owed, self._properties) if first is None else first
        return request.unheard.at_first if request.unheard and _was_made_in(request.unheard, meeting) else None

    def _settled(self, request: MeetingRequest, answer: Answer, stated: Changes) -> Answer:
        outcome = self._changer.change(request, answer.meeting, stated)
        if isinstance(outcome, Problem) and outcome.code == "update-too-many-attendees":  # no later run can do it
            return _differing(answer, self._left(request, answer.meeting), outcome)
        if isinstance(outcome, Problem | Stop):
            return _not_changed(answer, (problem(OWED),), outcome)
        told = replace(answer, meeting=outcome, told=True)
        match agreement(request, stated, outcome, self._properties):
            case Agreement.YES:
                return told
            case Agreement.NO:
                return _differing(told, self._left(request, outcome), problem("options-not-kept"))
            case Agreement.UNSAID:
                return _differing(told, self._left(request, outcome), problem("options-not-shown"))

    def _left(self, request: MeetingRequest, meeting: Meeting) -> tuple[Problem, ...]:
        known = late(request.wishes, self._properties)
        return (*drift(request, meeting, known), *silences(request, meeting, known))


CLOCKS_APART = timedelta(minutes=2)
"""What our clock and Graph's may be apart."""


def _was_made_in(unheard: Unheard, meeting: Meeting) -> bool:
    """Return whether a meeting was made while a run of ours asked for it."""
    if meeting.created is None:
        return False
    return any(
        since - CLOCKS_APART <= meeting.created and (until is None or meeting.created <= until + CLOCKS_APART)
        for since, until in unheard.spans
    )


def _as_made(answer: Answer, first: Mapping[str, Any]) -> Answer:
    return replace(answer, meeting=replace(answer.meeting, at_first=first))


def is_same_meeting(one: Meeting, other: Meeting) -> bool:
    """Return whether two answers are about one meeting."""
    return (one.graph_id or one.join_url) == (other.graph_id or other.join_url)


def keeping_answers(
    rows: Sequence[Row],
    session: RosterSession,
    now: Callable[[], datetime],
    properties: Sequence[Property] = PROPERTIES,
) -> Sequence[Row]:
    """Return the rows, those whose meetings are told more than createOrGet takes able to save what that answered first.

    That is what only a change can set, with what the session knows of when such meetings may have been made unheard,
    and what is asked of a calendar.
    """
    asking = {row.number for row in rows if late(row.asked.wishes, properties)}
    unheard = session.unheard([row.key for row in rows if row.number in asking])

    def keeper(row: Row) -> Callable[[Answer], None]:
        def keep(answer: Answer) -> None:
            found, told = (*answer.problems, *row.problems), answer.told
            kept = replace(row, status=answer.status, problems=found, meeting=answer.meeting, told=told)
            session.save([replace(kept, checked_at=now())])

        return keep

    return [
        replace(row, request=replace(row.asked, keep=keeper(row), unheard=unheard.get(row.key)))
        if row.number in asking or row.asked.invitation
        else row
        for row in rows
    ]


class ComparedMeetings:
    """Says `differs` where a meeting was there already and says something else than its row."""

    def __init__(self, meetings: Meetings, properties: Sequence[Property] = PROPERTIES) -> None:
        self._meetings = meetings
        self._properties = properties

    def create_or_get(self, request: MeetingRequest) -> Answer | Failure:
        """Return what the wrapped port gives, compared with the row. Raise what it raises."""
        answer = self._meetings.create_or_get(request)
        if isinstance(answer, Failure) or answer.status is not Status.EXISTING:
            return answer
        answer = _compared(request, answer, self._properties)
        found = drift(request, answer.meeting, self._properties)
        return self._told(request, answer, found) if found else answer

    def _told(self, request: MeetingRequest, answer: Answer, found: tuple[Problem, ...]) -> Answer:
        return _differing(answer, found, *_mixed_up(request, answer.meeting))


class UpdatedMeetings(ComparedMeetings):
    """Changes a meeting that was there already to what its row says, and says `updated` once Teams says so too."""

    def __init__(self, meetings: ChangeableMeetings, properties: Sequence[Property] = PROPERTIES) -> None:
        super().__init__(meetings, properties)
        self._changer = _Changer(meetings, properties)

    def _told(self, request: MeetingRequest, answer: Answer, found: tuple[Problem, ...]) -> Answer:
        stated = self._stated(request, answer.meeting, found)
        if not stated:  # no call takes what differs, so it is for a person to change
            return super()._told(request, answer, found)
        for failure in (*_mixed_up(request, answer.meeting), *_others(request)):
            return _differing(answer, found, failure)
        outcome = self._changer.change(request, answer.meeting, stated)
        if isinstance(outcome, Problem | Stop):
            return _not_changed(answer, found, outcome)
        left = drift(request, outcome, self._properties)
        changed = replace(answer, status=Status.UPDATED, meeting=outcome)
        if not left:
            return changed
        lost = self._stated(request, outcome, left)
        return _differing(changed, left, *([problem("update-not-kept")] if lost else []))

    def _stated(self, request: MeetingRequest, meeting: Meeting, found: Iterable[Problem]) -> Changes:
        return changes(request, meeting, {each.column for each in found}, self._properties)


def _compared(request: MeetingRequest, answer: Answer, properties: Sequence[Property]) -> Answer:
    """Return the answer of a meeting that was there, with what it does not show, and whether it was settled now."""
    silent = silences(request, answer.meeting, properties)
    status = Status.UPDATED if answer.told else answer.status
    return replace(answer, status=status, problems=(*silent, *answer.problems)) if silent or answer.told else answer


class _Changer:
    """Changes meetings, until the service can't any more. Safe to use from several threads at once."""

    def __init__(self, meetings: ChangeableMeetings, properties: Sequence[Property]) -> None:
        self._meetings = meetings
        self._properties = properties
        self._faults = ServiceFaults()

    def change(self, request: MeetingRequest, meeting: Meeting, stated: Changes) -> Meeting | Problem | Stop:
        """Return the meeting as it is now, or why it was not changed: something about it, or what ends the run."""
        if cut := too_long(stated, meeting, self._properties):
            return problem("update-too-many-attendees", column=cut.columns[0], limit=cut.longest)
        if self._faults.too_many:
            return problem("updates-given-up")
        try:
            outcome = self._meetings.update(request, meeting, stated)
        except Stop as stop:  # it must not cost this row the link that it has
            return stop
        self._faults.count(outcome)
        return caused("update-failed", outcome.problem) if isinstance(outcome, Failure) else outcome.meeting


def _mixed_up(request: MeetingRequest, meeting: Meeting) -> Iterator[Problem]:
    """A row that differs and has another meeting's link is most likely one whose columns were sorted apart."""
    if any(is_of_another_meeting(link, meeting.join_url) for link in request.links):
        yield problem("row-mixed-up")


def _others(request: MeetingRequest) -> Iterator[Problem]:
    """A meeting that another list has is that list's to change, until somebody says that the two are one."""
    if request.other_list:
        yield problem("update-other-list", column="external_id", value=request.external_id, other=request.other_list)


def _differing(answer: Answer, found: tuple[Problem, ...], *failures: Problem) -> Answer:
    return replace(answer, status=Status.DIFFERS, problems=(*failures, *found, *answer.problems))


def _not_changed(answer: Answer, found: tuple[Problem, ...], why: Problem | Stop) -> Answer:
    if isinstance(why, Stop):
        return _differing(replace(answer, stop=why), found, caused("update-failed", why.problem))
    return _differing(answer, found, why)
