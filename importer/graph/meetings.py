"""Meetings at Graph: a row's request sent by createOrGet, its answer read, and one that is there changed or deleted.

A PATCH states what the meeting is to say, so it is safe to repeat. An answer of 500 does not mean that nothing was
changed (GCC High sends one although it worked: microsoft-graph-docs issue 15473), nor does one that got lost: then the
meeting is read first, and the change is repeated only if it is not there.

Sources: https://learn.microsoft.com/graph/api/onlinemeeting-createorget, /graph/api/onlinemeeting-update,
/graph/api/onlinemeeting-delete and /graph/api/resources/onlinemeeting
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING

from importer.core import Failure, Scope
from importer.core.body import Body, child, cleaned, read_instant, read_participant, text, text_at
from importer.core.catalogue import problem
from importer.core.model import Answer, Meeting, Status
from importer.core.properties import Sent
from importer.core.properties.drift import Agreement, Changes, agreement, body_of, said_in
from importer.core.results import FILLED, text_in, texts_in
from importer.graph.client import CREATED, Operation
from importer.graph.endpoints import create_or_get_path, meeting_path
from importer.graph.faults import OperationKind, Subject, find_rule, refuse
from importer.graph.wire import ErrorResponse, Reply, another_kind, incomplete

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.core.row import MeetingRequest
    from importer.graph.client import GraphClient


encode = json.JSONEncoder(separators=(",", ":")).encode


def write_request(request: MeetingRequest) -> bytes:
    """Return the body of createOrGet: its documented parameters, those that the sheet left blank not among them.

    No organizer: that is whoever the address or the token names, and another one would be ignored. Raise
    ValueError for a time without a zone.
    """
    body = {"externalId": request.external_id, **body_of(request.wishes, Sent.CREATE)}
    return encode(body).encode()


_LINK = next(column for column in FILLED if column.key == "join_url")


def has_link(data: Body) -> bool:
    """Return whether an answer has what everything is done for."""
    return bool(text_in(data, _LINK))


def names_another(data: Body, *, external_id: str, organizer_id: str, graph_id: str = "") -> str:
    """Return what in an answer names another meeting than the one asked for; nothing where it names no other.

    An answer carries `externalId` and the organizer's object ID; a field that is missing says nothing. `organizer_id`
    and `graph_id` are empty where they are not known. Object IDs have no case, and a name is no object ID.
    """
    if sign := another_kind(data, "a meeting"):
        return sign
    said = text_at(data, "participants.organizer.identity.user.id")
    pairs = (
        ("external ID", external_id, text(data, "externalId")),
        ("organizer", organizer_id.casefold(), "" if "@" in organizer_id else said.casefold()),
        ("Graph ID", graph_id, text(data, "id")),
    )
    return "; ".join(
        f"{what} {found!r} instead of {wanted!r}"
        for what, wanted, found in pairs
        if wanted and found not in ("", wanted)
    )


def read_meeting(data: Body) -> Meeting:
    """Return the meeting that an answer describes: what columns and properties declare of it, and whose it is.

    Texts are byte for byte, so links are never parsed or written anew; whatever is missing, null or of another kind is
    left out.
    """
    organizer = child(child(data, "participants"), "organizer")
    whose = read_participant(organizer) if organizer else None
    created = read_instant(text(data, "creationDateTime"))
    return cleaned(Meeting(texts=texts_in(data), says=said_in(data), organizer=whose, created=created))


OK = 200
GONE, NOT_FOUND = 404, "NotFound"
"""How Graph says that it has no such meeting; of an organizer that it does not know it has another code.

Source: learn.microsoft.com/answers/questions/2084475
"""


@dataclass(frozen=True, slots=True)
class Update:
    """One change: the meeting that `request` found, and what it is to say.

    `organizer_id` is whose it is, as far as that is known; the signed-in person has no ID in `request`.
    """

    request: MeetingRequest
    meeting: Meeting
    changes: Changes
    organizer_id: str = ""

    @property
    def path(self) -> str:
        """Where the meeting is read and changed."""
        return meeting_path(self.request.organizer_id, self.meeting.graph_id)

    def foreign_sign(self, data: Body) -> str:
        """Return what shows that an answer is about another meeting, or nothing."""
        return names_another(
            data,
            external_id=self.request.external_id,
            organizer_id=self.organizer_id,
            graph_id=self.meeting.graph_id,
        )

    def agrees(self, seen: Meeting) -> Agreement:
        """Return whether the change shows in what Graph says now."""
        return agreement(self.request, self.changes, seen)


def write_changes(changes: Changes) -> bytes:
    """Return the body of the PATCH: what is to change and nothing else. Raise ValueError for a time without a zone."""
    return encode(body_of(changes, Sent.CHANGE)).encode()


def send_change(client: GraphClient, update: Update) -> Meeting | ErrorResponse:
    """Return the meeting as Graph says it is after the change, or what is wrong when it has not come about.

    A yes is believed, but where its content says otherwise, or too little, the meeting is read once more. Links and
    numbers stay as they were found. Raise Stop when sign-in fails.
    """
    if not update.meeting.graph_id:
        return incomplete(OK)
    budget = client.budget()
    change = Operation(
        "PATCH", update.path, OperationKind.CHANGE, write_changes(update.changes), foreign_sign=update.foreign_sign
    )
    while True:
        outcome = client.call(change, budget)
        if isinstance(outcome, Reply):
            return _after(client, update, read_meeting(outcome.data))
        if not _doubtful(outcome):
            return budget.close(outcome)
        seen = _read(client, update)
        if seen is not None and update.agrees(seen) is Agreement.YES:
            return _renewed(update.meeting, seen)
        if seen is None or not client.pause(budget, outcome, OperationKind.CHANGE):
            return budget.close(outcome)


def _after(client: GraphClient, update: Update, answered: Meeting) -> Meeting:
    if update.agrees(answered) is Agreement.YES:
        return _renewed(update.meeting, answered)
    return _renewed(update.meeting, _read(client, update) or answered)


def _doubtful(error: ErrorResponse) -> bool:
    """True where the change may have come about all the same; a 429 is a plain no."""
    return find_rule(error, OperationKind.CHANGE).scope is Scope.SERVICE and not error.throttled


def _read(client: GraphClient, update: Update) -> Meeting | None:
    """Return the meeting as it is now, or None when Graph does not say even after all attempts.

    By its ID: createOrGet would make a new one, with another link, if this one had just been deleted.
    """
    kind = OperationKind.MEETING if update.request.organizer_id else OperationKind.MY_MEETING
    outcome = client.call(Operation("GET", update.path, kind, foreign_sign=update.foreign_sign))
    return read_meeting(outcome.data) if isinstance(outcome, Reply) else None


def _renewed(found: Meeting, seen: Meeting) -> Meeting:
    """Return what Graph says now of all that rows can state; a change also puts off when the link expires."""
    expires = seen.text("expires") or found.text("expires")
    texts = {**found.texts, "expires": expires} if expires else found.texts
    return replace(found, texts=texts, says=seen.says, organizer=seen.organizer or found.organizer)


class GraphMeetings:
    """The Meetings port at Microsoft Graph. Safe to use from several threads at once.

    Repeating the POST is safe whatever became of it: tenant, organizer and external ID are the meeting's key, so a
    second call finds what the first has made. Two calls with one key at the same time are the caller's to prevent.
    An answer is taken only where nothing in it says that it is another meeting's, and no meeting is given to two keys.
    """

    def __init__(
        self,
        client: GraphClient,
        *,
        client_id: str = "",
        name_of: Callable[[str], str] = lambda object_id: object_id,
        me: Callable[[], str] = str,
    ) -> None:
        """`client_id` goes into the commands that an administrator needs; `name_of` gives an object ID's UPN.

        `me` gives the signed-in person's object ID, empty where it is not known.
        """
        self._client = client
        self._client_id = client_id
        self._name_of = name_of
        self._me = me
        self._keys: dict[str, tuple[str, str]] = {}
        self._lock = Lock()

    def belongs_to(self, graph_id: str, organizer_id: str, external_id: str) -> tuple[str, str]:
        """Return the organizer and external ID that have the meeting: these, unless others had it before."""
        with self._lock:
            return self._keys.setdefault(graph_id, (organizer_id, external_id))

    def create_or_get(self, request: MeetingRequest) -> Answer | Failure:
        """Return the meeting with the order's key, made now or found, or what to do about it that there is none.

        A meeting without dial-in comes with a warning that names the missing licence. Raise Stop when sign-in
        fails.
        """
        kind = OperationKind.MEETING if request.organizer_id else OperationKind.MY_MEETING
        path = create_or_get_path(request.organizer_id)

        def foreign_sign(data: Body) -> str:
            return self._foreign_sign(request, data)

        outcome = self._client.call(Operation("POST", path, kind, write_request(request), has_link, foreign_sign))
        if isinstance(outcome, Reply):
            return _answer(outcome)
        return refuse(outcome, kind, self._whose(request.organizer_id or ""))

    def update(self, request: MeetingRequest, meeting: Meeting, changes: Changes) -> Answer | Failure:
        """Return the meeting as Teams says it is after the change, or why there was none. Raise Stop like the other."""
        outcome = send_change(self._client, Update(request, meeting, changes, request.organizer_id or self._me()))
        if isinstance(outcome, ErrorResponse):
            return refuse(outcome, OperationKind.CHANGE, self._whose(request.organizer_id or ""))
        return Answer(Status.UPDATED, outcome)

    def delete(self, organizer_id: str | None, meeting: Meeting) -> Failure | None:
        """Delete a meeting; return why it is still there, None once it is gone, be it that it was gone before.

        Its link may go on working, and opening it can bring the meeting back: microsoft-graph-docs issue 7802. Raise
        Stop when sign-in fails.
        """
        operation = Operation("DELETE", meeting_path(organizer_id, meeting.graph_id), OperationKind.REMOVAL)
        outcome = self._client.call(operation)
        if isinstance(outcome, Reply) or (outcome.status == GONE and outcome.code == NOT_FOUND):
            return None
        return refuse(outcome, OperationKind.REMOVAL, self._whose(organizer_id or ""))

    def read(self, request: MeetingRequest, meeting: Meeting) -> Meeting | None:
        """Return the meeting as Teams says it is now, None where it does not say. Raise Stop like the others."""
        seen = _read(self._client, Update(request, meeting, {}, request.organizer_id or self._me()))
        return None if seen is None else _renewed(meeting, seen)

    def _foreign_sign(self, request: MeetingRequest, data: Body) -> str:
        organizer_id = request.organizer_id or self._me()
        if sign := names_another(data, external_id=request.external_id, organizer_id=organizer_id):
            return sign
        graph_id, key = text(data, "id"), (organizer_id.casefold(), request.external_id)
        if not graph_id or not has_link(data):
            return ""
        owner = self.belongs_to(graph_id, *key)
        return "" if owner == key else f"the meeting {graph_id!r}, which external ID {owner[1]!r} has, for {key[1]!r}"

    def _whose(self, organizer_id: str) -> Subject:
        name = self._name_of(organizer_id) if organizer_id else ""
        return Subject(organizer=name, organizer_id=organizer_id, client_id=self._client_id)


def _answer(reply: Reply) -> Answer:
    """The status alone tells made from found: Microsoft's own example shows 200 for a creation, its table says 201."""
    meeting = read_meeting(reply.data)
    status = Status.CREATED if reply.status == CREATED else Status.EXISTING
    return Answer(status, meeting, () if meeting.text("conference_id") else (problem("no-dial-in"),))
