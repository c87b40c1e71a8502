"""What an unsigned request shows: whether Graph answers, through which proxy, and what time it is there."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, TypeGuard
from urllib.parse import urlsplit

from importer.core.catalogue import problem
from importer.core.catalogue.doctor import WAYS
from importer.doctor.finding import Finding, fine, lasting, left_out, trouble
from importer.graph.answers import CERTIFICATE, GARBLED, NOT_GRAPHS, NOT_NOW, Trouble
from importer.graph.faults import Asking, find_rule, refuse
from importer.graph.probe import host_of

if TYPE_CHECKING:
    from importer.graph.answers import Reply
    from importer.graph.probe import Knock

CLOCK_TOLERANCE = 300.0
"""Seconds. What Entra ID, like Kerberos before it, bears: assertions are refused beyond five minutes (AADSTS700024)."""

_OUT_OF_TIME = ("not yet valid", "has expired")
"""What OpenSSL says of a certificate whose time this computer's clock puts in the future or the past."""

_UNKNOWN = frozenset(
    {"lookup-refused", "address-wrong", "directory-not-allowed", "answer-not-understood", "answer-of-somebody-else"}
)
"""Faults of the table that mean nothing here: no question was asked that could be refused like that."""


def judge_clock(heard: Knock, root: str) -> Finding:
    """Gives how far this computer's clock is from the server's."""
    now = f"{datetime.fromtimestamp(heard.received, UTC):%Y-%m-%d %H:%M:%S}"
    theirs = _moment(heard.date)
    if theirs is None:
        if _is_out_of_time(heard):
            return trouble("clock", problem("clock-suspected", value=_host(root), now=now))
        return left_out("clock", "clock-unknown", now=now)
    ahead = (heard.sent + heard.received) / 2 - theirs
    if abs(ahead) <= CLOCK_TOLERANCE:
        return fine("clock", "clock", now=now, difference=lasting(ahead))
    direction = "ahead of" if ahead > 0 else "behind"
    return trouble("clock", problem("clock-off", difference=lasting(ahead), direction=direction))


def judge_graph(heard: Knock, root: str, posted: Knock | None = None) -> Finding:
    """Gives whether it was Graph that answered, and which way the request went; `posted` is what a POST met."""
    proxy = heard.via if heard.via not in ("", host_of(root)) else ""
    way = WAYS["proxy" if proxy else "direct"].format(proxy=proxy)
    outcome = heard.outcome
    if not isinstance(outcome, Trouble) or _is_graphs(outcome):
        if posted is not None and _is_stopped(posted.outcome):
            stopped = problem("posts-not-let-through", value=_host(root), detail=f"{posted.outcome.detail}; {way}")
            return trouble("graph", stopped)
        return fine("graph", "graph", host=_host(root), way=way)
    detail = f"{outcome.detail}; {way}" if proxy else outcome.detail
    if outcome.code == GARBLED or find_rule(outcome, Asking.PEOPLE).fault in _UNKNOWN:
        return trouble("graph", problem("graph-answer-strange", value=_host(root), detail=detail))
    return trouble("graph", refuse(outcome, Asking.PEOPLE).problem, detail=detail)


def _is_stopped(outcome: Reply | Trouble) -> TypeGuard[Trouble]:
    """Tells what keeps a POST from Graph from Graph's own answer, and from what may be otherwise in a moment."""
    return isinstance(outcome, Trouble) and not _is_graphs(outcome) and outcome.status not in (0, *NOT_NOW)


def _is_graphs(outcome: Trouble) -> bool:
    """Tells Graph's own no: to ask without a token is refused (401), and being busy (429) is an answer too."""
    if outcome.code == NOT_GRAPHS:
        return False
    return outcome.status in (401, 429) or (400 <= outcome.status < 500 and bool(outcome.code))  # noqa: PLR2004 - an HTTP status says what it is


def _is_out_of_time(heard: Knock) -> bool:
    outcome = heard.outcome
    if not isinstance(outcome, Trouble) or outcome.code != CERTIFICATE:
        return False
    return any(words in outcome.message for words in _OUT_OF_TIME)


def _host(root: str) -> str:
    return urlsplit(root).netloc


def _moment(date: str) -> float | None:
    try:
        moment = parsedate_to_datetime(date)
    except (ValueError, TypeError, OverflowError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
