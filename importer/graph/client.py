"""One operation at Graph, from the first attempt to the last: paced, retried, signed in again when needed."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Self

from importer import __version__
from importer.core.catalogue import problem
from importer.core.model import ExitCode, Stop
from importer.core.wording import scrubber
from importer.graph import SYSTEM_CLOCK, Clock, FirstAnswers, Gates
from importer.graph.auth.source import challenge_in
from importer.graph.endpoints import check_target
from importer.graph.faults import Action, OperationKind, find_rule
from importer.graph.http import Headers, Wait, httpx, trust
from importer.graph.wire import (
    FOREIGN,
    Budget,
    ErrorResponse,
    Reply,
    RetryPolicy,
    Wire,
    anybodys,
    incomplete,
    unanswered,
)

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from importer.core.body import Body
    from importer.graph import Gate, TokenSource


CREATED = 201
TOKENS_KNOWN = 4
"""Tokens that are looked for in what comes back; an answer to an older one can't come any more."""

RECONNECTIONS = 5
"""Fresh connections on which one operation is asked for again because the answer was another request's."""

_KINDS = {
    OperationKind.MEETING: "meetings",
    OperationKind.MY_MEETING: "meetings",
    OperationKind.PEOPLE: "people",
    OperationKind.CHANGE: "changes",
    OperationKind.REMOVAL: "changes",
    OperationKind.CALENDAR: "events",
    OperationKind.EVENT: "events",
    OperationKind.EVENT_CHANGE: "events",
}
"""What a first answer is about: one about people says nothing about whether there will be one about meetings."""

_TOKEN = re.compile(r"[\x21-\x7e]+")
"""What a header can hold as one word. HTTP's own complaint about anything else would quote the token."""

_HEADERS: Headers = [
    (b"Accept", b"application/json"),
    (b"Accept-Encoding", b"gzip"),
    (b"Content-Type", b"application/json"),
    # Without it, newer members of an enumeration come back as 'unknownFutureValue', all alike.
    # Source: https://learn.microsoft.com/graph/best-practices-concept
    (b"Prefer", b"include-unknown-enum-members"),
    (b"User-Agent", f"meeting-importer/{__version__}".encode()),
]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. It may be sent more than once, so it must be safe to repeat.

    `path` starts with a slash, stands behind the version, and is percent-encoded. `complete` tells whether a 2xx
    answer has what was asked for; one that has not is as good as broken. `foreign_sign` returns what shows that an
    answer belongs to another request, nothing where it does not or can't say. `headers` are sent beside the usual
    ones, or instead of those of the same name.
    `refusal` returns the throttled answer that a 2xx one holds, None for none: to the gate, all of it was refused.
    """

    method: str
    path: str
    kind: OperationKind
    body: bytes | None = None
    complete: Callable[[Body], bool] | None = None
    foreign_sign: Callable[[Body], str] = anybodys
    headers: tuple[tuple[bytes, bytes], ...] = ()
    refusal: Callable[[Body], ErrorResponse | None] = lambda _data: None


class GraphClient:
    """Brings operations to an end at one Graph root. Safe to use from several threads at once."""

    def __init__(
        self,
        root: str,
        tokens: TokenSource,
        *,
        gates: Gates | None = None,
        clock: Clock = SYSTEM_CLOCK,
        limits: RetryPolicy | None = None,
        context: ssl.SSLContext | None = None,
        first: FirstAnswers | None = None,
        check: Callable[[], None] | None = None,
    ) -> None:
        """Open no connection yet. Raise Stop when the address, proxy or certificate settings can't be used.

        `check` is called while a question is under way from whose answer nothing is lost; it raises Stop to end it.
        """
        self._first = first or FirstAnswers()
        self._check = check
        self.clock = clock
        self.limits = limits or RetryPolicy()
        self._tokens = tokens
        self._sent: tuple[str, ...] = ()
        self._gates = gates or Gates()
        self._heard: set[str] = set()
        base = check_target(root) + "/v1.0"
        self._wire = Wire(base, context=context or trust(), limits=self.limits)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections. Call it when no operation is under way any more."""
        self._wire.close()

    def budget(self) -> Budget:
        """Return what there is from now on for something that takes several calls."""
        return Budget(self.limits, started=self.clock.monotonic())

    def call(self, operation: Operation, shared: Budget | None = None) -> Reply | ErrorResponse:
        """Return Graph's reply, or what is wrong when no further attempt is worth it or allowed.

        A budget that is `shared` with other calls is its owner's to close: else each call would have all of it again.
        A reply that follows on a 201 whose content was lost says 201: this very call made the meeting. Raise
        Stop when sign-in fails.
        """
        budget = shared or self.budget()
        token, fresh, created, again, mixed_up = self._tokens.token(), False, False, False, 0
        while True:
            outcome = self._send(operation, token, on_fresh_connection=mixed_up > 0)
            created = created or (outcome.status == CREATED and not is_foreign(outcome))
            if isinstance(outcome, Reply) or outcome.is_graphs:
                self._heard.add(_KINDS[operation.kind])
            if isinstance(outcome, Reply):
                return replace(outcome, status=CREATED) if created else outcome
            match find_rule(outcome, operation.kind).next:
                case Action.SIGN_IN if not fresh:
                    claims = challenge_in(outcome.challenge)
                    token, fresh = self._tokens.refresh(token, claims=claims), True
                case Action.RECONNECT if mixed_up < RECONNECTIONS:
                    mixed_up += 1
                case Action.ONCE_MORE if (_KINDS[operation.kind] in self._heard or not again) and self.pause(
                    budget, outcome, operation.kind
                ):
                    again = True
                case Action.RETRY if self.pause(budget, outcome, operation.kind):
                    token, fresh = self._tokens.token(), False
                case _:
                    return self.scrubbed(outcome if shared else budget.close(outcome))

    def scrubbed(self, error: ErrorResponse) -> ErrorResponse:
        """Return what is wrong without the tokens that were sent, whole or in pieces."""
        return error.scrubbed(scrubber(*self._sent))

    def pause(self, budget: Budget, error: ErrorResponse, kind: OperationKind) -> bool:
        """Sleep as long as `error` asks for before another attempt; False, at once, when there is to be none."""
        wait = budget.wait_after(error, now=self.clock.monotonic(), chance=self.clock.random())
        if wait is None or wait >= self._first.left(_KINDS[kind]):
            return False
        self.clock.sleep(wait)
        return True

    def _gate(self, kind: OperationKind) -> Gate:
        match kind:
            case OperationKind.PEOPLE:
                return self._gates.people
            case OperationKind.CALENDAR | OperationKind.EVENT | OperationKind.EVENT_CHANGE:
                return self._gates.calendars
            case _:
                return self._gates.meetings

    def _send(self, operation: Operation, token: str, *, on_fresh_connection: bool) -> Reply | ErrorResponse:
        own = {name for name, _ in operation.headers}
        usual = [each for each in _HEADERS if each[0] not in own]
        headers = [*usual, *operation.headers, (b"Authorization", _bearer(token))]
        if token not in self._sent:
            self._sent = (*self._sent[1 - TOKENS_KNOWN :], token)
        gate = self._gate(operation.kind)
        gate.wait()
        seconds = self._first.left(_KINDS[operation.kind])
        if seconds <= 0:
            gate.unanswered()
            return unanswered(httpx.ReadTimeout("nothing has answered since the run began"))
        outcome = self._wire.send(
            operation.method,
            operation.path,
            headers,
            operation.body,
            now=self.clock.now(),
            wait=Wait(min(seconds, self.limits.total), self._check if operation.kind is OperationKind.PEOPLE else None),
            foreign_sign=operation.foreign_sign,
            fresh=on_fresh_connection,
        )
        if outcome.status:
            self._first.answered(_KINDS[operation.kind])
        if isinstance(outcome, ErrorResponse):
            if outcome.status == 0:
                gate.unanswered()
            else:
                gate.answered(throttled=outcome.throttled, retry_after=outcome.retry_after)
            return outcome
        refusal = operation.refusal(outcome.data)
        if refusal is None:
            gate.answered(throttled=False, retry_after=None)
        else:
            gate.answered(throttled=True, retry_after=refusal.retry_after)
        lacking = operation.complete is not None and not operation.complete(outcome.data)
        return incomplete(outcome.status) if lacking else outcome


def is_foreign(outcome: Reply | ErrorResponse) -> bool:
    """Return whether the answer is another request's: then neither its status nor its content says anything."""
    return isinstance(outcome, ErrorResponse) and outcome.code == FOREIGN


@lru_cache(maxsize=TOKENS_KNOWN)
def _bearer(token: str) -> bytes:
    if not _TOKEN.fullmatch(token):
        raise Stop(problem("token-not-valid"), ExitCode.USAGE)
    return b"Bearer " + token.encode()
