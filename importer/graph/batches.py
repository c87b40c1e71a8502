"""Up to twenty questions in one request, each answered on its own.

Source: https://learn.microsoft.com/graph/json-batching
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from importer.graph.answers import NOT_GRAPHS, JsonObject, Reply, Trouble, another_kind, child, incomplete, read_error
from importer.graph.client import Ask, GraphClient
from importer.graph.faults import Asking, Next, find_rule
from importer.graph.retry import Budget

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BATCH_SIZE = 20
"""Requests in one batch, the documented maximum."""

Outcome = Reply | Trouble


def ask_batch(
    client: GraphClient, paths: Sequence[str], *, stranger: Callable[[int, JsonObject], str] | None = None
) -> list[Outcome] | Trouble:
    """Gives each path's own outcome, in the order of `paths`, or the trouble of the batch as such.

    Questions that were throttled, or that failed in a way worth another attempt, are asked again in a smaller batch
    after the longest time that any of them was told to wait. `stranger` returns what shows that a path's reply is about
    something else. An answer with such a reply, or with names of other questions, is another request's as a whole.
    Raises Stop when sign-in fails.
    """
    budget = Budget(client.limits, started=client.clock.monotonic())
    outcomes: dict[int, Outcome] = {}
    open_ones = list(range(len(paths)))
    while True:
        mark = uuid.uuid4().hex[:8]
        batch = _Batch({f"{mark}-{number}": number for number in open_ones})
        reply = client.call(batch.ask(paths, stranger))
        if isinstance(reply, Trouble):
            return reply
        outcomes |= batch.read(reply.data, now=client.clock.now())
        open_ones = [number for number in open_ones if _is_open(outcomes[number])]
        if not open_ones or not client.pause(budget, _longest(outcomes, open_ones), Asking.PEOPLE):
            whole = [outcomes[number] for number in range(len(paths))]
            return [client.scrubbed(each) if isinstance(each, Trouble) else each for each in whole]


@dataclass(frozen=True, slots=True)
class _Batch:
    """One request. `names` are its questions' names, which no other batch has: an answer with others is another's."""

    names: dict[str, int]

    def ask(self, paths: Sequence[str], stranger: Callable[[int, JsonObject], str] | None) -> Ask:
        requests = [{"id": name, "method": "GET", "url": paths[number]} for name, number in self.names.items()]
        body = json.dumps({"requests": requests}, separators=(",", ":")).encode()

        def sign(data: JsonObject) -> str:
            return self._sign(data, stranger)

        return Ask(
            "POST", "/$batch", Asking.PEOPLE, body, lambda data: isinstance(data.get("responses"), list), stranger=sign
        )

    def _sign(self, data: JsonObject, stranger: Callable[[int, JsonObject], str] | None) -> str:
        if found := another_kind(data, "a batch"):
            return found
        answers = self._by_name(data)
        if answers and not answers.keys() & self.names.keys():
            return f"a batch with the questions {', '.join(answers)}"
        for name in answers.keys() & self.names.keys() if stranger else ():
            outcome = _outcome(answers[name], now=0.0)
            if stranger and isinstance(outcome, Reply) and (found := stranger(self.names[name], outcome.data)):
                return found
        return ""

    def read(self, data: JsonObject, *, now: float) -> dict[int, Outcome]:
        """Return each question's outcome. They come in any order, and one may be missing: that is as good as broken."""
        answers = self._by_name(data)
        return {
            number: _outcome(answers[name], now=now) if name in answers else incomplete(200)
            for name, number in self.names.items()
        }

    def _by_name(self, data: JsonObject) -> dict[str, JsonObject]:
        listed = data.get("responses")
        found = listed if isinstance(listed, list) else []
        return {str(answer.get("id")): answer for answer in found if isinstance(answer, dict)}


def _outcome(answer: JsonObject, *, now: float) -> Outcome:
    status, body = answer.get("status"), child(answer, "body")
    if not isinstance(status, int):
        return incomplete(200)
    if 200 <= status < 300:  # noqa: PLR2004 - an HTTP status says what it is
        return Reply(status, body)
    headers = {key.lower(): value for key, value in child(answer, "headers").items() if isinstance(value, str)}
    trouble = read_error(status, headers, body, now=now)
    # The envelope is Graph's, and so is whatever is in it.
    return replace(trouble, code="") if trouble.code == NOT_GRAPHS else trouble


def _is_open(outcome: Outcome) -> bool:
    return isinstance(outcome, Trouble) and find_rule(outcome, Asking.PEOPLE).next is Next.RETRY


def _longest(outcomes: dict[int, Outcome], numbers: Sequence[int]) -> Trouble:
    """Gives the trouble that asks for the longest wait; one that was throttled counts more than one that failed."""
    troubles = [outcome for number in numbers if isinstance(outcome := outcomes[number], Trouble)]
    return max(troubles, key=lambda trouble: (trouble.throttled, trouble.retry_after or 0.0))
