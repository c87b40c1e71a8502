"""Changes a meeting that is there already: one PATCH, looked at before it is called failed.

A PATCH states what the meeting is to say, so it is safe to repeat. An answer of 500 does not mean that nothing was
changed (GCC High sends one although it worked: microsoft-graph-docs issue 15473), nor does one that got lost: then the
meeting is read first, and the change is repeated only if it is not there.
Source: https://learn.microsoft.com/graph/api/onlinemeeting-update
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from importer.core.drift import Agreement, Changes, agreement
from importer.core.ports import Reach
from importer.graph.answers import Reply, incomplete
from importer.graph.client import Ask
from importer.graph.faults import Asking, find_rule
from importer.graph.online_meeting import encode, instant, names_another, participant, read_meeting
from importer.graph.paths import meeting_path
from importer.graph.retry import Budget

if TYPE_CHECKING:
    from importer.core.model import Meeting, Order
    from importer.graph.answers import JsonObject, Trouble
    from importer.graph.client import GraphClient

OK = 200


@dataclass(frozen=True, slots=True)
class Update:
    """One change: the meeting that `order` found, and what it is to say.

    `organizer_id` is whose it is, as far as that is known; the signed-in person has no ID in `order`.
    """

    order: Order
    meeting: Meeting
    changes: Changes
    organizer_id: str = ""

    @property
    def path(self) -> str:
        """Where the meeting is read and changed."""
        return meeting_path(self.order.organizer_id, self.meeting.graph_id)

    def stranger(self, data: JsonObject) -> str:
        """Return what shows that an answer is about another meeting, or nothing."""
        return names_another(
            data,
            external_id=self.order.external_id,
            organizer_id=self.organizer_id,
            graph_id=self.meeting.graph_id,
        )

    def agrees(self, seen: Meeting) -> Agreement:
        """Gives whether the change shows in what Graph says now."""
        return agreement(self.order, self.changes, seen)


def write_changes(changes: Changes) -> bytes:
    """Gives the body of the PATCH: what is to change and nothing else. Raises ValueError for a time without a zone."""
    body: dict[str, object] = {}
    if changes.subject is not None:
        body["subject"] = changes.subject
    if changes.times is not None:
        body["startDateTime"], body["endDateTime"] = map(instant, changes.times)
    if changes.attendees is not None:
        body["participants"] = {"attendees": [participant(person) for person in changes.attendees]}
    return encode(body).encode()


def send(client: GraphClient, update: Update) -> Meeting | Trouble:
    """Gives the meeting as Graph says it is after the change, or what is wrong when it has not come about.

    A yes is believed, but where its content says otherwise, or too little, the meeting is read once more. Links and
    numbers stay as they were found. Raises Stop when sign-in fails.
    """
    if not update.meeting.graph_id:
        return incomplete(OK)
    budget = Budget(client.limits, started=client.clock.monotonic())
    change = Ask("PATCH", update.path, Asking.CHANGE, write_changes(update.changes), stranger=update.stranger)
    while True:
        outcome = client.call(change)
        if isinstance(outcome, Reply):
            return _after(client, update, read_meeting(outcome.data))
        if not _doubtful(outcome):
            return outcome
        seen = _read(client, update)
        if seen is not None and update.agrees(seen) is Agreement.YES:
            return _renewed(update.meeting, seen)
        if seen is None or not client.pause(budget, outcome, Asking.CHANGE):
            return budget.close(outcome)


def _after(client: GraphClient, update: Update, answered: Meeting) -> Meeting:
    if update.agrees(answered) is Agreement.YES:
        return _renewed(update.meeting, answered)
    return _renewed(update.meeting, _read(client, update) or answered)


def _doubtful(trouble: Trouble) -> bool:
    """True where the change may have come about all the same; a 429 is a plain no."""
    return find_rule(trouble, Asking.CHANGE).reach is Reach.SERVICE and not trouble.throttled


def _read(client: GraphClient, update: Update) -> Meeting | None:
    """Gives the meeting as it is now, or None when Graph does not say even after all attempts.

    By its ID: createOrGet would make a new one, with another link, if this one had just been deleted.
    """
    asking = Asking.MEETING if update.order.organizer_id else Asking.MY_MEETING
    outcome = client.call(Ask("GET", update.path, asking, stranger=update.stranger))
    return read_meeting(outcome.data) if isinstance(outcome, Reply) else None


def _renewed(found: Meeting, seen: Meeting) -> Meeting:
    return replace(
        found,
        subject=seen.subject,
        start=seen.start,
        end=seen.end,
        attendees=seen.attendees,
        organizer=seen.organizer or found.organizer,
        expires=seen.expires or found.expires,
    )
