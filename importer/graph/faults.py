"""The one table of what Graph says no with: what it means to a person, how far it reaches, what is done next.

Status and code decide; Graph's sentences are no contract and only tell apart what shares both. Rules are tried
from the top, the first that fits counts, so special ones stand above general ones. An answer that no rule knows
fails its row and keeps Graph's words.
Sources: https://learn.microsoft.com/graph/errors, /graph/throttling, /graph/resolve-auth-errors, and the pages of
createOrGet and of the application access policy.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from importer.core import Failure, Scope
from importer.core.catalogue import problem
from importer.core.catalogue.service import policy_commands
from importer.graph.wire import (
    CERTIFICATE,
    FOREIGN,
    GARBLED,
    INCOMPLETE,
    NOT_GRAPHS,
    NOT_NOW,
    PROXY,
    PROXY_BLOCKS,
    PROXY_DOWN,
    PROXY_FOREIGN,
    UNREACHABLE,
)

if TYPE_CHECKING:
    from importer.graph.wire import ErrorResponse


class OperationKind(Enum):
    """What was asked for: the same answer means different things."""

    MEETING = auto()
    """A meeting of somebody else's, by an app-only sign-in."""
    MY_MEETING = auto()
    """A meeting of the signed-in person's."""
    PEOPLE = auto()
    """Users of the directory."""
    CHANGE = auto()
    """A change to a meeting that was found a moment ago."""
    REMOVAL = auto()
    """The deletion of a meeting; safe to repeat, since one that is gone is what was wanted."""
    CALENDAR = auto()
    """A calendar as a whole, in which an event is made or looked for; both are safe to repeat."""
    EVENT = auto()
    """An event that was made, read or taken away: likewise."""
    EVENT_CHANGE = auto()
    """A change to an event, about which people get a mail."""


class Action(Enum):
    """What the client does about an answer, as long as its budget lasts."""

    GIVE_UP = auto()
    RETRY = auto()
    RECONNECT = auto()
    """Ask again at once on a fresh connection, a few times; then it is final."""
    SIGN_IN = auto()
    """A fresh token, once; then it is final."""
    ONCE_MORE = auto()
    """Another attempt, once, and then it is final; where Graph has been heard before, as `RETRY`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRule:
    """One line of the table. No `status` fits every one; `code` and `hint` are in lower case, empty fits all.

    `hint` is looked for in the code and the message of the error and of those inside it, `challenge` in what a 401
    asks of the next token; `fault` is a code of the catalogue, and `column` the heading's key of the cell to blame.
    """

    fault: str
    scope: Scope
    status: tuple[int, ...] = ()
    code: str = ""
    hint: str = ""
    challenge: str = ""
    kind: tuple[OperationKind, ...] = tuple(OperationKind)
    next: Action = Action.GIVE_UP
    column: str = ""

    def fits(self, error: ErrorResponse, kind: OperationKind) -> bool:
        """Return whether this line is about `error`."""
        return (
            kind in self.kind
            and (not self.status or error.status in self.status)
            and self.code in ("", error.code.lower())
            and self.hint in error.said
            and self.challenge in error.challenge.lower()
        )


_ROW, _ORGANIZER, _TENANT, _SERVICE = Scope.ROW, Scope.ORGANIZER, Scope.TENANT, Scope.SERVICE
_THEIRS, _MINE, _PEOPLE = (OperationKind.MEETING,), (OperationKind.MY_MEETING,), (OperationKind.PEOPLE,)
_MEETINGS, _CHANGES = _THEIRS + _MINE, (OperationKind.CHANGE,)
_THERE = (*_CHANGES, OperationKind.REMOVAL)
_EVENTS = (OperationKind.EVENT, OperationKind.EVENT_CHANGE)
_CREATES = (OperationKind.CALENDAR,)
_CALENDARS = (*_CREATES, *_EVENTS)
_USED = (400, 409)
_LOOKED_AT = (OperationKind.CHANGE, OperationKind.EVENT_CHANGE)
_REDIRECTS = (300, 301, 302, 303, 304, 305, 306, 307, 308)
_FAULTS = tuple(status for status in NOT_NOW if status != 429)  # noqa: PLR2004 - an HTTP status says what it is
"""What is worth another attempt: the five of dev-proxy's Graph simulator and 509 of Graph's own list, those of gateways
in between, and three that say 'not now' by definition (RFC 9110 15.5.9 and 15.5.10, RFC 8470). createOrGet is safe to
repeat, whatever became of the request before: tenant, organizer and external ID are the meeting's key.
"""

_DOUBTFUL = tuple(status for status in _FAULTS if status not in (409, 425, 503))
"""Of these, those after which a change may have been made or not: a machine in between, or a later step, failed."""

RULES: tuple[FaultRule, ...] = (
    # A change that may have come about all the same: it is looked at before it is repeated (meetings.py).
    FaultRule(code=UNREACHABLE, fault="service-unreachable", scope=_SERVICE, kind=_LOOKED_AT),
    FaultRule(code=GARBLED, fault="answer-not-understood", scope=_SERVICE, kind=_LOOKED_AT),
    FaultRule(status=_DOUBTFUL, fault="service-failed", scope=_SERVICE, kind=_LOOKED_AT),
    FaultRule(code=FOREIGN, fault="answers-mixed-up", scope=_SERVICE, kind=_LOOKED_AT),
    # No answer, one that was not Graph's, or another request's.
    FaultRule(code=FOREIGN, fault="answers-mixed-up", scope=_ROW, next=Action.RECONNECT, kind=_MEETINGS),
    FaultRule(code=FOREIGN, fault="answers-mixed-up", scope=_SERVICE, next=Action.RECONNECT),
    FaultRule(code=CERTIFICATE, fault="certificate-not-trusted", scope=_TENANT),
    FaultRule(code=PROXY, fault="proxy-refused", scope=_TENANT),
    FaultRule(code=PROXY_FOREIGN, fault="proxy-log-in-foreign", scope=_TENANT),
    FaultRule(code=PROXY_BLOCKS, fault="proxy-blocks", scope=_TENANT),
    FaultRule(code=PROXY_DOWN, fault="proxy-down", scope=_SERVICE, next=Action.RETRY),
    FaultRule(code=UNREACHABLE, fault="service-unreachable", scope=_SERVICE, next=Action.RETRY),
    FaultRule(code=GARBLED, fault="answer-not-understood", scope=_SERVICE, next=Action.RETRY),
    FaultRule(code=INCOMPLETE, fault="no-join-link", scope=_ROW, next=Action.RETRY, kind=_MEETINGS),
    FaultRule(code=INCOMPLETE, fault="answer-not-understood", scope=_SERVICE, next=Action.RETRY),
    FaultRule(status=_REDIRECTS, fault="answer-redirected", scope=_TENANT),
    FaultRule(code=NOT_GRAPHS, fault="answer-of-somebody-else", scope=_TENANT, next=Action.ONCE_MORE),
    FaultRule(status=(407,), fault="proxy-refused", scope=_TENANT),
    # An event whose transaction was used, which is the good news that it is there, or was: it is looked for by its key.
    FaultRule(status=_USED, hint="already been used to create", fault="event-made-already", scope=_ROW, kind=_CREATES),
    FaultRule(status=_USED, hint="errorduplicatetransactionid", fault="event-made-already", scope=_ROW, kind=_CREATES),
    # Not now.
    FaultRule(status=(429,), fault="throttled", scope=_SERVICE, next=Action.RETRY),
    FaultRule(status=_FAULTS, fault="service-failed", scope=_SERVICE, next=Action.RETRY),
    # The sign-in.
    FaultRule(status=(401, 403), code="authenticationerror", fault="personal-account", scope=_TENANT),
    FaultRule(
        status=(401,), hint="insufficient_claims", fault="conditional-access", scope=_TENANT, next=Action.SIGN_IN
    ),
    FaultRule(
        status=(401,), challenge="insufficient_claims", fault="conditional-access", scope=_TENANT, next=Action.SIGN_IN
    ),
    FaultRule(status=(401,), fault="token-refused", scope=_TENANT, next=Action.SIGN_IN),
    FaultRule(status=(403,), hint="insufficient_claims", fault="conditional-access", scope=_TENANT),
    FaultRule(status=(400, 403), hint="delegated authentication flow", fault="sign-in-is-an-app", scope=_TENANT),
    FaultRule(status=(400, 403), hint="only /me endpoint is supported", fault="sign-in-is-a-person", scope=_TENANT),
    # Permissions and policies. A bare 403 may be either; the runner sees whether it is the same for everybody.
    FaultRule(status=(403,), fault="calendar-not-allowed", scope=_ORGANIZER, kind=_CALENDARS, column="organizer"),
    FaultRule(status=(403,), fault="directory-not-allowed", scope=_TENANT, kind=_PEOPLE),
    FaultRule(status=(403,), code="authorization_requestdenied", fault="permission-missing", scope=_TENANT),
    *(
        FaultRule(
            status=(403,),
            hint=hint,
            fault="access-policy-missing",
            scope=_ORGANIZER,
            kind=_THEIRS,
            column="organizer",
        )
        for hint in (
            "application access policy",
            "is not authorized to",
            "not allowed to perform operations on the user",
        )
    ),
    FaultRule(status=(400, 403), hint="license", fault="organizer-without-teams", scope=_ORGANIZER, column="organizer"),
    FaultRule(status=(403,), fault="permission-missing", scope=_TENANT, kind=_MINE),
    FaultRule(status=(403,), fault="meetings-forbidden", scope=_ORGANIZER, kind=_THEIRS, column="organizer"),
    # The address and the organizer in it, who has been looked up: the directory knows them and Teams does not.
    FaultRule(status=(400, 404), hint="resource not found for the segment", fault="address-wrong", scope=_TENANT),
    FaultRule(status=(404,), fault="organizer-without-teams", scope=_ORGANIZER, kind=_MEETINGS, column="organizer"),
    # A calendar, and an event in it, which was there a moment ago or is to be made.
    FaultRule(
        status=(400, 404),
        hint="mailbox",
        fault="calendar-missing",
        scope=_ORGANIZER,
        kind=_CALENDARS,
        column="organizer",
    ),
    FaultRule(status=(404,), fault="calendar-missing", scope=_ORGANIZER, kind=_CREATES, column="organizer"),
    FaultRule(status=(404, 410), fault="event-gone", scope=_ROW, kind=_EVENTS),
    FaultRule(
        status=(400,), hint="recipient", fault="event-people-refused", scope=_ROW, kind=_CALENDARS, column="attendees"
    ),
    FaultRule(fault="event-refused", status=(400, 405, 413, 422), scope=_ROW, kind=_CALENDARS),
    # A meeting that was there.
    FaultRule(status=(403,), fault="change-forbidden", scope=_ORGANIZER, kind=_THERE, column="organizer"),
    FaultRule(status=(404,), fault="meeting-gone", scope=_ROW, kind=_CHANGES),
    # The row.
    FaultRule(status=(400,), hint="datetime", fault="times-refused", scope=_ROW, column="start"),
    FaultRule(status=(400,), hint="externalid", fault="external-id-refused", scope=_ROW, column="external_id"),
    # Everything else.
    FaultRule(fault="lookup-refused", scope=_TENANT, kind=_PEOPLE),
    FaultRule(fault="row-refused", scope=_ROW),
)


def find_rule(error: ErrorResponse, kind: OperationKind) -> FaultRule:
    """Return the first line of the table that fits; the last two fit everything."""
    return next(rule for rule in RULES if rule.fits(error, kind))


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whom a refused meeting was for: how a person knows them, and the IDs an administrator needs.

    `organizer_id` is empty for the signed-in person, `client_id` where it is not known (a ready-made token).
    """

    organizer: str = ""
    organizer_id: str = ""
    client_id: str = ""


NOBODY = Subject()


GUEST_MARK = "#ext#"
"""What stands in the sign-in name of somebody whose account is another organization's.

Source: https://learn.microsoft.com/entra/external-id/user-properties
"""


def refuse(error: ErrorResponse, kind: OperationKind, whose: Subject = NOBODY) -> Failure:
    """Return the refusal that tells a person what to do about `error`."""
    rule = find_rule(error, kind)
    code, detail = rule.fault, error.detail
    if code == "organizer-without-teams" and GUEST_MARK in whose.organizer.casefold():
        code = "organizer-is-guest"
    if rule.fault == "access-policy-missing":
        detail = f"{detail}\n{policy_commands(whose.client_id, [(whose.organizer_id, '')])}"
    told = problem(
        code,
        column=rule.column if kind is not OperationKind.MY_MEETING else "",
        value=whose.organizer if rule.column == "organizer" else "",
        detail=detail,
        organizer=whose.organizer or "the person signed in",
    )
    return Failure(told, rule.scope)
