"""Makes meetings: one createOrGet for each row, as often as it takes."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from importer.core.catalogue import problem
from importer.core.model import Status
from importer.core.ports import Answer, Refusal
from importer.graph.answers import Reply, Trouble, text
from importer.graph.client import CREATED, Ask
from importer.graph.faults import Asking, Whose, refuse
from importer.graph.online_meeting import has_link, names_another, read_meeting, write_order
from importer.graph.paths import create_or_get_path
from importer.graph.update import Update, send

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.core.drift import Changes
    from importer.core.model import Meeting, Order
    from importer.graph.answers import JsonObject
    from importer.graph.client import GraphClient


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

    def create_or_get(self, order: Order) -> Answer | Refusal:
        """Gives the meeting with the order's key, made now or found, or what to do about it that there is none.

        A meeting without dial-in comes with a warning that names the missing licence. Raises Stop when sign-in
        fails.
        """
        asking = Asking.MEETING if order.organizer_id else Asking.MY_MEETING
        path = create_or_get_path(order.organizer_id)

        def stranger(data: JsonObject) -> str:
            return self._stranger(order, data)

        outcome = self._client.call(Ask("POST", path, asking, write_order(order), has_link, stranger))
        if isinstance(outcome, Reply):
            return _answer(outcome)
        return refuse(outcome, asking, self._whose(order.organizer_id or ""))

    def update(self, order: Order, meeting: Meeting, changes: Changes) -> Answer | Refusal:
        """Gives the meeting as Teams says it is after the change, or why there was none. Raises Stop like the other."""
        outcome = send(self._client, Update(order, meeting, changes, order.organizer_id or self._me()))
        if isinstance(outcome, Trouble):
            return refuse(outcome, Asking.CHANGE, self._whose(order.organizer_id or ""))
        return Answer(Status.UPDATED, outcome)

    def _stranger(self, order: Order, data: JsonObject) -> str:
        organizer_id = order.organizer_id or self._me()
        if sign := names_another(data, external_id=order.external_id, organizer_id=organizer_id):
            return sign
        graph_id, key = text(data, "id"), (organizer_id.casefold(), order.external_id)
        if not graph_id or not has_link(data):
            return ""
        owner = self.belongs_to(graph_id, *key)
        return "" if owner == key else f"the meeting {graph_id!r}, which external ID {owner[1]!r} has, for {key[1]!r}"

    def _whose(self, organizer_id: str) -> Whose:
        name = self._name_of(organizer_id) if organizer_id else ""
        return Whose(organizer=name, organizer_id=organizer_id, client_id=self._client_id)


def _answer(reply: Reply) -> Answer:
    """The status alone tells made from found: Microsoft's own example shows 200 for a creation, its table says 201."""
    meeting = read_meeting(reply.data)
    status = Status.CREATED if reply.status == CREATED else Status.EXISTING
    return Answer(status, meeting, () if meeting.conference_id else (problem("no-dial-in"),))
