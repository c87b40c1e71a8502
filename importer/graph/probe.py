"""Questions that only look: what stands in a run's way, found out without making a meeting.

Nothing in here writes at Graph. Sources: https://learn.microsoft.com/graph/api/onlinemeeting-get (a meeting by its
join URL), https://learn.microsoft.com/graph/api/user-get (assignedPlans).
"""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeGuard
from urllib.parse import quote, urlsplit

from importer.core import Failure, Scope
from importer.core.body import text
from importer.core.catalogue import problem
from importer.graph.client import Operation
from importer.graph.faults import OperationKind, Subject, find_rule, refuse
from importer.graph.http import AnswerTooLong, ClientThread, Wait, httpx
from importer.graph.users import BATCH_SIZE, ask_batch
from importer.graph.wire import (
    NOT_GRAPHS,
    UNREACHABLE,
    ErrorResponse,
    Reply,
    another_kind,
    not_graphs,
    open_connection,
    read_answer,
    unanswered,
)

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping, Sequence

    from importer.core.body import Body
    from importer.graph.client import GraphClient
    from importer.graph.users import QueryOutcome


KNOCK_TIMEOUT = httpx.Timeout(20.0, connect=10.0)
"""Seconds. A person waits for the answer, and a firewall that drops packets says nothing at all."""

KNOCK_SECONDS = 20.0
"""How long one probe takes at most, all in all."""

NO_ONE = "00000000-0000-0000-0000-000000000000"

DIAL_IN_PLANS = frozenset(
    {
        "3e26ee1f-8a5f-4d52-aee2-b81ce45c8f40",  # MCOMEETADV, Microsoft 365 Audio Conferencing
        "f544b08d-1645-4287-82de-8d91f37c02a1",  # MCOMEETADV_GOV, the same for governments
        "bb038288-76ab-49d6-afc1-eaa6c222c65a",  # MCOMEETACPEA, the same paid by the minute
        "9974d6cf-cd24-4ba2-921c-e2aa687da846",  # with dial-out to the USA and Canada, at no charge
    }
)
"""Service plans with which meetings have numbers to dial.

Source: https://learn.microsoft.com/entra/identity/users/licensing-service-plan-reference
"""

_IN_USE = frozenset({"enabled", "warning"})
"""Capability statuses of a plan that works: a licence in its grace period still does."""


@dataclass(frozen=True, slots=True)
class ConnectivityProbe:
    """What came back from an unsigned request. `via` is the `host:port` that was connected to, a proxy's or Graph's.

    `date` is the answer's Date header, empty without an answer; `sent` and `received` are in seconds since 1970.
    """

    outcome: Reply | ErrorResponse
    via: str
    date: str
    sent: float
    received: float


def probe_connectivity(
    root: str, *, context: ssl.SSLContext, now: Callable[[], float], how: str = "GET", seconds: float = KNOCK_SECONDS
) -> ConnectivityProbe:
    """Ask Graph at `root` who we are, without a token: it refuses, and in doing so shows that it is there.

    With `how` POST it sends a batch of no questions: filters treat POST otherwise, and a meeting is made by one. `now`
    gives the seconds since 1970. Raise Stop (`proxy-not-valid`) when a proxy setting can't be used.
    """
    heard = _knock(root, context, now=now, how=how, seconds=seconds)
    unreached = isinstance(heard.outcome, ErrorResponse) and heard.outcome.code == UNREACHABLE
    return (
        _knock(root, context, now=now, how=how, seconds=seconds) if unreached else heard
    )  # one in many breaks for no reason


def _knock(
    root: str, context: ssl.SSLContext, *, now: Callable[[], float], how: str, seconds: float
) -> ConnectivityProbe:
    reached: list[str] = []

    def trace(event: str, info: Mapping[str, object]) -> None:
        if event == "connection.connect_tcp.started":
            reached.append(f"{info['host']}:{info['port']}")

    sent, date = now(), ""
    outcome: Reply | ErrorResponse
    line = ClientThread(open_connection(root, context=context, timeout=KNOCK_TIMEOUT))
    try:
        headers = {"Accept": "application/json"}
        request = line.client.build_request(
            how,
            f"{root}/v1.0/{'me' if how == 'GET' else '$batch'}",
            headers=headers,
            json=None if how == "GET" else {"requests": []},
            extensions={"trace": trace, "timeout": KNOCK_TIMEOUT.as_dict()},
        )
        heard = line.ask(request, Wait(seconds))
    except AnswerTooLong as error:
        outcome = not_graphs(error.status, error.headers, str(error))
    except httpx.RequestError as error:
        outcome = unanswered(error)
    else:
        date = heard.headers.get("date", "")
        outcome = read_answer(heard.status, heard.headers, heard.content, now=sent)
    finally:
        line.close()
    return ConnectivityProbe(outcome, reached[-1] if reached else "", date, sent, now())


def ask_policy(client: GraphClient, whose: Subject, *, tenant: str = "") -> Failure | None:
    """Return None where Teams lets this sign-in handle the organizer's meetings, else what it says against it.

    It asks for a meeting with a made-up join link; `whose` without an organizer's ID asks for the signed-in person's.
    A refusal with the code `policy-not-told` is neither. Raise Stop when sign-in fails.
    """
    kind = OperationKind.MEETING if whose.organizer_id else OperationKind.MY_MEETING
    outcome = client.call(
        Operation(
            "GET",
            unknown_meeting_path(whose.organizer_id, tenant),
            kind,
            complete=lambda data: isinstance(data.get("value"), list),
            foreign_sign=lambda data: another_kind(data, "a list"),
        )
    )
    if isinstance(outcome, Reply) or _is_no_such_meeting(outcome):
        return None
    return _not_told(outcome, whose) if _is_unknown(outcome, kind) else refuse(outcome, kind, whose)


def unknown_meeting_path(organizer_id: str, tenant: str) -> str:
    """Return where a meeting is looked for that there is not, by its link; no ID is the signed-in person's."""
    person = f"users/{quote(organizer_id, safe='')}" if organizer_id else "me"
    wanted = quote(f"JoinWebUrl eq '{_made_up_link(organizer_id, tenant)}'", safe="")
    return f"/{person}/onlineMeetings?$filter={wanted}"


def _made_up_link(organizer_id: str, tenant: str) -> str:
    """Return a join link in the form of real ones, so that nothing but the missing meeting can be wrong with it."""
    thread = quote(f"19:meeting_{b64encode(NO_ONE.encode()).decode()}@thread.v2", safe="")
    context = quote(
        json.dumps({"Tid": tenant or NO_ONE, "Oid": organizer_id or NO_ONE}, separators=(",", ":")), safe=""
    )
    return f"https://teams.microsoft.com/l/meetup-join/{thread}/0?context={context}"


def _is_no_such_meeting(error: ErrorResponse) -> bool:
    """Return the 404 about a meeting from the 404 about its organizer, whose code is another one."""
    return error.status == 404 and (error.code.lower() == "notfound" or "3004" in error.message)  # noqa: PLR2004 - an HTTP status says what it is


def _is_unknown(error: ErrorResponse, kind: OperationKind) -> bool:
    """Return answers that the table of faults takes to be about a row: there is no row here."""
    unsaid = error.status == 404 and error.code in ("", NOT_GRAPHS)  # noqa: PLR2004 - anybody's, a proxy's for one
    return unsaid or find_rule(error, kind).scope is Scope.ROW


def _not_told(error: ErrorResponse, whose: Subject) -> Failure:
    name = whose.organizer or "the person signed in"
    return Failure(problem("policy-not-told", organizer=name, detail=error.detail), Scope.ROW)


def dial_in_of(client: GraphClient, object_ids: Sequence[str]) -> Mapping[str, bool] | ErrorResponse:
    """Return for each user whether a plan with dial-in numbers is assigned, leaving out those it is not told about.

    The property needs more than User.ReadBasic.All, so mostly this is an error (403) or nothing. An empty ID is the
    signed-in person. Raise Stop when sign-in fails.
    """
    told: dict[str, bool] = {}
    for first in range(0, len(object_ids), BATCH_SIZE):
        group = object_ids[first : first + BATCH_SIZE]
        outcomes = ask_batch(client, [_plans_of(object_id) for object_id in group])
        if isinstance(outcomes, ErrorResponse):
            return outcomes
        if refused := next((outcome for outcome in outcomes if _is_forbidden(outcome)), None):
            return refused
        for object_id, outcome in zip(group, outcomes, strict=True):
            plans = outcome.data.get("assignedPlans") if isinstance(outcome, Reply) else None
            if isinstance(plans, list):
                told[object_id] = any(_has_dial_in(plan) for plan in plans if isinstance(plan, dict))
    return told


def _plans_of(object_id: str) -> str:
    person = f"users/{quote(object_id, safe='')}" if object_id else "me"
    return f"/{person}?$select=assignedPlans"


def _is_forbidden(outcome: QueryOutcome) -> TypeGuard[ErrorResponse]:
    return isinstance(outcome, ErrorResponse) and outcome.status == 403  # noqa: PLR2004 - an HTTP status says what it is


def _has_dial_in(plan: Body) -> bool:
    return text(plan, "servicePlanId").lower() in DIAL_IN_PLANS and text(plan, "capabilityStatus").lower() in _IN_USE


def host_and_port(root: str) -> str:
    """Return the `host:port` of an address, the port spelled out as in ConnectivityProbe.via."""
    parts = urlsplit(root)
    return f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"
