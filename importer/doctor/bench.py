"""Makes, reads, changes and removes the meetings of trials, each written down first; nothing else is ever touched.

Theory of operation. A meeting counts as one of ours when the answer names our external ID, or, where it names none, our
subject; an answer that shows neither is a stranger's, and its ID is never written down, and so never deleted. What is
left of earlier trials is read before it is deleted, and left where it is not ours. Whatever ends the block, all
meetings are removed on leaving it; what can't be is told, and stays in the journal for the next time.
"""

from __future__ import annotations

import json
import secrets
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Barrier
from typing import TYPE_CHECKING, Any

from importer.core.body import instant, text
from importer.core.catalogue.doctor import TRIAL_STAYS
from importer.core.facts import FactRefusal
from importer.core.model import Stop
from importer.core.transcript import redacted_code
from importer.graph.client import Operation
from importer.graph.endpoints import create_or_get_path, meeting_path
from importer.graph.faults import OperationKind
from importer.graph.meetings import NOT_FOUND
from importer.graph.wire import NOT_NOW, ErrorResponse, Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from types import TracebackType
    from typing import Self

    from importer.core.body import Body
    from importer.doctor.journal import TrialJournal, TrialMeeting, TrialRun
    from importer.graph.client import GraphClient

YEARS_AHEAD = 10
"""When the meetings of trials take place."""
ABSENT, GONE = 404, 410
BEFORE_AGAIN = 4.0
"""Seconds until a meeting that can't be read at once is looked for again before it counts as gone."""
LOOKS = 2


class NoAnswerError(Exception):
    """A question got no answer to be judged; the error says why, and `kind` what was asked."""

    def __init__(self, error: ErrorResponse, kind: OperationKind) -> None:
        super().__init__(error.detail)
        self.error = error
        self.kind = kind


class StrangerError(Exception):
    """An answer was another meeting's. It is left alone."""


@dataclass(frozen=True, slots=True)
class TrialAnswer:
    """An answer to a question of one kind: its status, and either what it says or the error that it is."""

    kind: OperationKind
    status: int = 0
    data: Body = field(default_factory=dict, repr=False)
    error: ErrorResponse | None = None

    @property
    def graph_id(self) -> str:
        """The meeting's ID, empty where the answer has none."""
        return text(self.data, "id")

    @property
    def is_no_meeting(self) -> bool:
        """Whether Graph says that there is no such meeting."""
        return self.error is not None and (self.status, self.error.code) == (ABSENT, NOT_FOUND)

    @property
    def is_removal(self) -> bool:
        """Whether a meeting is not there after this answer to its deletion."""
        return self.error is None or self.is_no_meeting or self.status == GONE


def is_answer(error: ErrorResponse) -> bool:
    """Return whether an error is Graph's answer to the question, and no sign of trouble on the way or at Graph."""
    return error.is_graphs and error.status not in (*NOT_NOW, 401)


class Bench:
    """The meetings of one `doctor --prove`. To be used in a `with` block, which removes them all at its end.

    `left` has why meetings could not be removed, by external ID, once the block is left. `now` is when trials begin.
    """

    def __init__(
        self,
        client: GraphClient,
        journal: TrialJournal,
        now: datetime,
        *,
        redacted: Callable[[str], str],
        tenant: str = "",
    ) -> None:
        self._client = client
        self._journal = journal
        self._redacted = redacted
        self._can_be_late = False
        self.tenant = tenant
        self.began = now
        self.start = now.replace(year=now.year + YEARS_AHEAD, month=6, day=1, hour=9, minute=7, second=0, microsecond=0)
        self.left: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            self._remove_all()
        except KeyboardInterrupt:
            if not isinstance(error, KeyboardInterrupt):  # a first one ends the trials, a second one their removal
                self._remove_all()
            raise

    def _remove_all(self) -> None:
        try:
            self.left = remove_all(self._client, self._journal, looked_at=True, late=self._can_be_late)
        except (Stop, KeyboardInterrupt) as ending:
            reason = ending.problem.message if isinstance(ending, Stop) else TRIAL_STAYS["interrupted"]
            self.left = {each.external_id: reason for each in self._journal.left()}
            if isinstance(ending, KeyboardInterrupt):
                raise

    @property
    def trials(self) -> TrialRun:
        """Whose meetings they are."""
        return self._journal.trials

    @property
    def subject(self) -> str:
        """Begins every subject."""
        return self.trials.subject

    def refusal(self, heard: TrialAnswer) -> FactRefusal | None:
        """Return the error of an answer, without what names anybody."""
        if heard.error is None:
            return None
        return FactRefusal(heard.status, redacted_code(heard.error.code), self._redacted(heard.error.message))

    def key(self, name: str) -> str:
        """Return the external ID of one of the meetings."""
        return self.trials.prefix + name

    def make(
        self,
        external_id: str,
        said: Body | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        refusals: Sequence[int] = (),
    ) -> TrialAnswer:
        """Return the answer of createOrGet with what is `said` beside the subject and times of all trials.

        None leaves one of those out. Statuses in `refusals` are answers too, whatever they mean elsewhere. Raise
        NoAnswerError, StrangerError.
        """
        body = {
            "externalId": external_id,
            "subject": self.subject,
            "startDateTime": instant(self.start),
            "endDateTime": instant(self.start.replace(hour=self.start.hour + 1)),
            **(said or {}),
        }
        self._journal.asked(external_id)
        heard = self._post(body, headers or {})
        self._put_down(external_id, heard)
        return self._judged(heard, refusals)

    def make_twice(self, external_id: str) -> tuple[TrialAnswer, TrialAnswer]:
        """Return the answers of two equal calls of createOrGet that are sent at the same time. Raise as `make` does."""
        body = {"externalId": external_id, "subject": self.subject, "startDateTime": instant(self.start)}
        together = Barrier(2)

        def post(_number: int) -> TrialAnswer:
            together.wait()
            return self._post(body, {})

        for _ in range(2):
            self._journal.asked(external_id)
        with ThreadPoolExecutor(2, thread_name_prefix="trial") as pool:
            heard = list(pool.map(post, range(2)))
        for each in heard:
            self._put_down(external_id, each)
        first, second = (self._judged(each, ()) for each in heard)
        return first, second

    def _post(self, body: Mapping[str, Any], headers: Mapping[str, str]) -> TrialAnswer:
        given = {name: value for name, value in body.items() if value is not None}
        return answer_of(
            self._client,
            Operation(
                "POST",
                create_or_get_path(self.trials.path_id),
                self._kind,
                json.dumps(given).encode(),
                headers=tuple((name.encode(), value.encode()) for name, value in headers.items()),
            ),
        )

    @property
    def _kind(self) -> OperationKind:
        return OperationKind.MY_MEETING if self.trials.own else OperationKind.MEETING

    def _put_down(self, external_id: str, heard: TrialAnswer) -> None:
        if heard.error is not None:
            if is_answer(heard.error):
                self._journal.settled(external_id)
            return
        if not is_ours(heard.data, self.trials):
            raise StrangerError
        if heard.graph_id:
            self._journal.made(external_id, heard.graph_id)

    @staticmethod
    def _judged(heard: TrialAnswer, refusals: Sequence[int]) -> TrialAnswer:
        error = heard.error
        if error is None or is_answer(error) or (error.is_graphs and error.status in refusals):
            return heard
        raise NoAnswerError(error, heard.kind)

    def read(self, graph_id: str) -> TrialAnswer:
        """Return the answer of GET. Raise NoAnswerError."""
        return self.ask(self._path(graph_id))

    def read_again(self, graph_id: str) -> TrialAnswer:
        """Return the answer of GET, after a while where the meeting is not found at first. Raise NoAnswerError."""
        heard = self.read(graph_id)
        if heard.is_no_meeting and self._can_be_late:
            self._client.clock.sleep(BEFORE_AGAIN)
            heard = self.read(graph_id)
        return heard

    def change(self, graph_id: str, said: Body) -> TrialAnswer:
        """Return the answer of PATCH with what is `said`. Raise NoAnswerError."""
        body = json.dumps(said).encode()
        operation = Operation("PATCH", self._path(graph_id), OperationKind.CHANGE, body)
        return self._judged(answer_of(self._client, operation), ())

    def ask(self, path: str) -> TrialAnswer:
        """Return the answer of GET at an address. Raise NoAnswerError."""
        return self._judged(answer_of(self._client, Operation("GET", path, self._kind)), ())

    def delete(self, graph_id: str) -> TrialAnswer:
        """Return the answer of DELETE. Raise NoAnswerError."""
        operation = Operation("DELETE", self._path(graph_id), OperationKind.REMOVAL)
        heard = self._judged(answer_of(self._client, operation), ())
        if heard.is_removal:
            self._journal.gone(graph_id)
        return heard

    def meetings_can_be_late(self) -> None:
        """Remember that a meeting that was just made may not be found for a while."""
        self._can_be_late = True

    def _path(self, graph_id: str) -> str:
        return meeting_path(self.trials.path_id, graph_id)


def answer_of(client: GraphClient, operation: Operation) -> TrialAnswer:
    """Return the answer to an operation, whatever it is. Raise Stop when sign-in fails."""
    outcome = client.call(operation)
    if isinstance(outcome, Reply):
        return TrialAnswer(operation.kind, outcome.status, outcome.data)
    return TrialAnswer(operation.kind, outcome.status, error=client.scrubbed(outcome))


def is_ours(data: Body, trials: TrialRun) -> bool:
    """Return whether a meeting is one that these trials have made: by its external ID, or its subject without one."""
    if external_id := text(data, "externalId"):
        return external_id.casefold().startswith(trials.prefix)
    return text(data, "subject").startswith(trials.subject)


def remove_all(
    client: GraphClient, journal: TrialJournal, *, looked_at: bool = False, late: bool = False
) -> dict[str, str]:
    """Remove every meeting that may be left of trials; return why some are still there, by external ID.

    `looked_at` is for meetings whose answers this very program has seen: they need not be read first. `late` is for
    those that may have been made a moment ago: Graph may not find them yet. The journal is removed once nothing is
    left. Raise Stop when sign-in fails.
    """
    wrong: dict[str, str] = {}
    for made in journal.left():
        if reason := _Removal(client, journal, looked_at, late).all_of(made):
            wrong[made.external_id] = reason
    if not journal.left():
        journal.end()
    return wrong


@dataclass(frozen=True, slots=True)
class _Removal:
    client: GraphClient
    journal: TrialJournal
    looked_at: bool
    late: bool

    def all_of(self, made: TrialMeeting) -> str:
        """Remove what may be there under one external ID; return why something still is, or nothing."""
        for graph_id in tuple(made.ids):  # those that went with another external ID are not in it any more
            if reason := self._remove(graph_id, looked_at=self.looked_at):
                return reason
        for _ in range(made.unanswered):  # each may have made one, and each of these calls finds one of them
            subject = f"{self.journal.trials.subject}, {secrets.token_hex(4)}"  # like no other call's at the same time
            body = {"externalId": made.external_id, "subject": subject}
            with suppress(OSError):  # it is better taken away unrecorded than not at all
                self.journal.asked(made.external_id)
            found = self._call("POST", create_or_get_path(self.journal.trials.path_id), body)
            if found.error is not None:
                if is_answer(found.error):
                    self.journal.settled(made.external_id)
                return found.error.detail
            if not (found.graph_id and is_ours(found.data, self.journal.trials)):
                return TRIAL_STAYS["stranger"]
            self.journal.made(made.external_id, found.graph_id)
            if reason := self._remove(found.graph_id, looked_at=True):
                return reason
            self.journal.settled(made.external_id)
        return ""

    def _remove(self, graph_id: str, *, looked_at: bool) -> str:
        path = meeting_path(self.journal.trials.path_id, graph_id)
        for look in range(LOOKS if self.late else 1):
            if look:
                self.client.clock.sleep(BEFORE_AGAIN)
            seen = TrialAnswer(OperationKind.REMOVAL) if looked_at else self._call("GET", path)
            if not looked_at and seen.error is None and not is_ours(seen.data, self.journal.trials):
                self.journal.gone(graph_id)
                return TRIAL_STAYS["stranger"]
            heard = seen if seen.error is not None else self._call("DELETE", path)
            if heard.error is None:
                break
            if not heard.is_removal:
                return heard.error.detail
        self.journal.gone(graph_id)
        return ""

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> TrialAnswer:
        own = OperationKind.MY_MEETING if self.journal.trials.own else OperationKind.MEETING
        kind = OperationKind.REMOVAL if method == "DELETE" else own
        content = None if body is None else json.dumps(body).encode()
        return answer_of(self.client, Operation(method, path, kind, content))
