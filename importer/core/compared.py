"""Meetings that are compared with their rows, and on request changed to what the rows say.

Both are the Meetings port wrapped around another one, so that the runner, its pacing and its threads stay as they are.
A change that fails never costs a row its link: the meeting exists, so the row keeps `differs`, with an error that says
why Teams was not changed (and the run ends with exit code 4).
"""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from importer.core.catalogue import problem
from importer.core.drift import ATTENDEES_SHOWN, changes, drift, too_many
from importer.core.model import Problem, Status, Stop
from importer.core.ports import Answer, Reach, Refusal
from importer.core.web import is_of_another_meeting

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from importer.core.model import Meeting, Order
    from importer.core.ports import ChangeableMeetings, Meetings

FAULTS_BORNE = 10
"""So many changes in a row that the service gave up on, each after all its retries, and no more are tried: each costs
minutes, and a service that makes meetings but can't change them would hold up the whole run."""


class ComparedMeetings:
    """Says `differs` where a meeting was there already and says something else than its row."""

    def __init__(self, meetings: Meetings) -> None:
        self._meetings = meetings

    def create_or_get(self, order: Order) -> Answer | Refusal:
        """Gives what the wrapped port gives, compared. Raises what it raises."""
        answer = self._meetings.create_or_get(order)
        if isinstance(answer, Refusal) or answer.status is not Status.EXISTING:
            return answer
        found = drift(order, answer.meeting)
        return _differing(answer, found, *_mixed_up(order, answer.meeting)) if found else answer


class UpdatedMeetings:
    """Changes a meeting that was there already to what its row says, and says `updated` once Teams says so too."""

    def __init__(self, meetings: ChangeableMeetings) -> None:
        self._meetings = meetings
        self._lock = threading.Lock()
        self._faults = 0

    def create_or_get(self, order: Order) -> Answer | Refusal:
        """Gives what the wrapped port gives, compared and if need be changed. Raises what `create_or_get` raises."""
        answer = self._meetings.create_or_get(order)
        if isinstance(answer, Refusal) or answer.status is not Status.EXISTING:
            return answer
        found = drift(order, answer.meeting)
        return self._changed(order, answer, found) if found else answer

    def _changed(self, order: Order, answer: Answer, found: tuple[Problem, ...]) -> Answer:
        outcome = self._change(order, answer.meeting, found)
        if isinstance(outcome, Problem):
            return _differing(answer, found, outcome)
        left = drift(order, outcome)
        changed = replace(answer, status=Status.UPDATED, meeting=outcome)
        return _differing(changed, left, problem("update-not-kept")) if left else changed

    def _change(self, order: Order, meeting: Meeting, found: Iterable[Problem]) -> Meeting | Problem:
        for refusal in (*_mixed_up(order, meeting), *_others(order)):
            return refusal
        stated = changes(order, meeting, {each.column for each in found})
        if too_many(stated, meeting):
            return problem("update-too-many-attendees", column="attendees", limit=ATTENDEES_SHOWN)
        if self._faults >= FAULTS_BORNE:
            return problem("updates-given-up")
        try:
            outcome = self._meetings.update(order, meeting, stated)
        except Stop as stop:
            # Ends the run all the same, at the next row; here it must not cost this row the link that it has.
            return _failed(stop.problem)
        self._count(outcome)
        return _failed(outcome.problem) if isinstance(outcome, Refusal) else outcome.meeting

    def _count(self, outcome: Answer | Refusal) -> None:
        faulty = isinstance(outcome, Refusal) and outcome.reach is Reach.SERVICE
        with self._lock:
            self._faults = self._faults + 1 if faulty else 0


def _mixed_up(order: Order, meeting: Meeting) -> Iterator[Problem]:
    """A row that differs and has another meeting's link is most likely one whose columns were sorted apart."""
    if is_of_another_meeting(order.link, meeting.join_url):
        yield problem("row-mixed-up")


def _others(order: Order) -> Iterator[Problem]:
    """A meeting that another list has is that list's to change, until somebody says that the two are one."""
    if order.other_list:
        yield problem("update-other-list", column="external_id", value=order.external_id, other=order.other_list)


def _differing(answer: Answer, found: tuple[Problem, ...], *failures: Problem) -> Answer:
    return replace(answer, status=Status.DIFFERS, problems=(*failures, *found, *answer.problems))


def _failed(cause: Problem) -> Problem:
    return problem(
        "update-failed",
        column=cause.column,
        value=cause.value,
        detail=f"{cause.code}: {cause.detail}" if cause.detail else cause.code,
        reason=cause.message,
    )
