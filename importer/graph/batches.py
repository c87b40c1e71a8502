"""Up to twenty questions in one request, each answered on its own.

Source: https://learn.microsoft.com/graph/json-batching
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from importer.graph.answers import JsonObject, Reply, Trouble, child, incomplete, read_error
from importer.graph.client import Ask, GraphClient
from importer.graph.faults import Asking, Next, find_rule
from importer.graph.retry import Budget

if TYPE_CHECKING:
    from collections.abc import Sequence

BATCH_SIZE = 20
"""Requests in one batch, the documented maximum."""

Outcome = Reply | Trouble


def ask_batch(client: GraphClient, paths: Sequence[str]) -> list[Outcome] | Trouble:
    """Gives each path's own outcome, in the order of `paths`, or the trouble of the batch as such.

    Questions that were throttled, or that failed in a way worth another attempt, are asked again in a smaller batch
    after the longest time that any of them was told to wait. Raises Stop when sign-in fails.
    """
    budget = Budget(client.limits, started=client.clock.monotonic())
    outcomes: dict[int, Outcome] = {}
    open_ones = list(range(len(paths)))
    while True:
        reply = client.call(_ask(paths, open_ones))
        if isinstance(reply, Trouble):
            return reply
        outcomes |= _read(reply.data, open_ones, now=client.clock.now())
        open_ones = [number for number in open_ones if _is_open(outcomes[number])]
        if not open_ones or not client.pause(budget, _longest(outcomes, open_ones)):
            return [outcomes[number] for number in range(len(paths))]


def _ask(paths: Sequence[str], numbers: Sequence[int]) -> Ask:
    requests = [{"id": str(number), "method": "GET", "url": paths[number]} for number in numbers]
    body = json.dumps({"requests": requests}, separators=(",", ":")).encode()
    return Ask("POST", "/$batch", Asking.PEOPLE, body, lambda data: isinstance(data.get("responses"), list))


def _read(data: JsonObject, numbers: Sequence[int], *, now: float) -> dict[int, Outcome]:
    """Answers come in any order, and one may be missing: that one is as good as broken."""
    found: dict[int, Outcome] = dict.fromkeys(numbers, incomplete(200))
    answers = data.get("responses")
    for answer in answers if isinstance(answers, list) else ():
        if isinstance(answer, dict) and str(answer.get("id")) in map(str, numbers):
            found[int(str(answer.get("id")))] = _outcome(answer, now=now)
    return found


def _outcome(answer: JsonObject, *, now: float) -> Outcome:
    status, body = answer.get("status"), child(answer, "body")
    if not isinstance(status, int):
        return incomplete(200)
    if 200 <= status < 300:  # noqa: PLR2004 - an HTTP status says what it is
        return Reply(status, body)
    headers = {key.lower(): value for key, value in child(answer, "headers").items() if isinstance(value, str)}
    return read_error(status, headers, body, now=now)


def _is_open(outcome: Outcome) -> bool:
    return isinstance(outcome, Trouble) and find_rule(outcome, Asking.PEOPLE).next is Next.RETRY


def _longest(outcomes: dict[int, Outcome], numbers: Sequence[int]) -> Trouble:
    """Gives the trouble that asks for the longest wait; one that was throttled counts more than one that failed."""
    troubles = [outcome for number in numbers if isinstance(outcome := outcomes[number], Trouble)]
    return max(troubles, key=lambda trouble: (trouble.throttled, trouble.retry_after or 0.0))
