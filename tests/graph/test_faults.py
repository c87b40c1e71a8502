"""Every line of the fault table, heard from a real socket: what is told, how far it reaches, how often it was tried."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from importer.core import Failure, Person, Scope
from importer.core.catalogue import CATALOGUE
from importer.core.catalogue.service import policy_commands
from importer.graph.events import GraphCalendars
from importer.graph.faults import RULES, OperationKind, Subject, find_rule, refuse
from importer.graph.meetings import GraphMeetings
from importer.graph.users import GraphDirectory
from importer.graph.wire import (
    CERTIFICATE,
    FOREIGN,
    PROXY,
    PROXY_BLOCKS,
    PROXY_DOWN,
    PROXY_FOREIGN,
    ErrorResponse,
    incomplete,
    read_answer,
)
from tests.graph.fake_graph import Act, FakeGraph, error
from tests.graph.test_events import EVENT
from tests.rows import a_meeting, a_request, stating

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.graph.client import GraphClient

ANA = "00000000-0000-0000-0000-000000000001"
CLIENT_ID = "11111111-2222-3333-4444-555555555555"
THEIRS, MINE, PEOPLE, CHANGE = (
    OperationKind.MEETING,
    OperationKind.MY_MEETING,
    OperationKind.PEOPLE,
    OperationKind.CHANGE,
)
CALENDAR = OperationKind.CALENDAR
DENIED = "Insufficient privileges to complete the operation."
NO_POLICY = "No application access policy found for this app."


@dataclass(frozen=True)
class Case:
    """What the server says, to which question, and what must come of it: code, scope, column, sends."""

    act: Act
    code: str
    scope: Scope
    column: str = ""
    sends: int = 1
    kind: tuple[OperationKind, ...] = (THEIRS, MINE, PEOPLE)


SOMEBODY = "answer-of-somebody-else"


def inner(status: int, message: str) -> Act:
    """An answer whose cause is two errors further in."""
    deep = {"code": "", "innererror": {"code": "Deep", "message": message}}
    return Act(status=status, body={"error": {"code": "Forbidden", "message": "", "innerError": deep}})


CASES = [
    Case(Act(reset=True), "service-unreachable", Scope.SERVICE, sends=12),
    Case(Act(status=200, body=b"{"), "answer-not-understood", Scope.SERVICE, sends=12),
    Case(Act(status=200, body=b"<html>"), "answer-of-somebody-else", Scope.TENANT, sends=2),
    Case(Act(status=200, headers={"Content-Type": "text/html"}, body=b"Log in"), SOMEBODY, Scope.TENANT, sends=2),
    *(
        Case(Act(status=status, body=body), SOMEBODY, Scope.TENANT, sends=2, kind=(THEIRS, MINE, PEOPLE, CHANGE))
        for status in (400, 401, 403, 404, 405, 418, 451, 501, 511)
        for body in (b"<html>No application access policy. License. externalId</html>", b"", b"[]", {"error": "no"})
    ),
    *(
        Case(Act(status=status, body=b"<html>"), "service-failed", Scope.SERVICE, sends=12)
        for status in (408, 425, 500, 502, 503, 504, 520, 530)
    ),
    # Causes stand in the fields of the error: whole, however long, and nowhere else.
    Case(
        error(403, "Forbidden", "x" * 5_000 + NO_POLICY),
        "access-policy-missing",
        Scope.ORGANIZER,
        "organizer",
        1,
        (THEIRS,),
    ),
    Case(inner(403, NO_POLICY), "access-policy-missing", Scope.ORGANIZER, "organizer", 1, (THEIRS,)),
    Case(
        error(403, "Forbidden", "", client_request_id=NO_POLICY, x_ms_ags_diagnostic="License"),
        "meetings-forbidden",
        Scope.ORGANIZER,
        "organizer",
        kind=(THEIRS,),
    ),
    Case(
        error(
            400,
            "BadRequest",
            "An error has occurred.",
            request_id="externalId",
            x_ms_ags_diagnostic="license",
        ),
        "row-refused",
        Scope.ROW,
        kind=(THEIRS, MINE),
    ),
    Case(Act(status=201, body={"id": ""}), "no-join-link", Scope.ROW, sends=12, kind=(THEIRS, MINE)),
    Case(Act(status=200, body={"id": ""}), "answer-not-understood", Scope.SERVICE, sends=12, kind=(PEOPLE,)),
    Case(Act(status=302, headers={"Location": "https://login.example"}), "answer-redirected", Scope.TENANT),
    Case(error(407), "proxy-refused", Scope.TENANT),
    Case(error(429, "TooManyRequests", "Please retry", Retry_After="10"), "throttled", Scope.SERVICE, sends=91),
    Case(error(429, "UnknownError", "", Retry_After="3600"), "throttled", Scope.SERVICE),
    Case(error(500, "InternalServerError", "Internal Server Error"), "service-failed", Scope.SERVICE, sends=12),
    Case(error(503, "Service Unavailable"), "service-failed", Scope.SERVICE, sends=12),
    Case(error(401, "AuthenticationError", "Error authenticating with resource"), "personal-account", Scope.TENANT),
    Case(error(401, "InvalidAuthenticationToken", "Access token has expired."), "token-refused", Scope.TENANT, sends=2),
    Case(
        error(401, "InvalidAuthenticationToken", "x", WWW_Authenticate='Bearer error="insufficient_claims"'),
        "conditional-access",
        Scope.TENANT,
        sends=2,
    ),
    Case(error(401, "Unauthorized", "insufficient_claims"), "conditional-access", Scope.TENANT, sends=2),
    Case(error(403, "insufficient_claims", "insufficient_claims"), "conditional-access", Scope.TENANT),
    Case(
        error(400, "BadRequest", "/me request is only valid with delegated authentication flow."),
        "sign-in-is-an-app",
        Scope.TENANT,
    ),
    Case(
        error(400, "General", "Organizer ID ... With delegated permission only /me endpoint is supported."),
        "sign-in-is-a-person",
        Scope.TENANT,
    ),
    Case(error(403, "Authorization_RequestDenied", DENIED), "directory-not-allowed", Scope.TENANT, kind=(PEOPLE,)),
    Case(error(403, "Authorization_RequestDenied", DENIED), "permission-missing", Scope.TENANT, kind=(THEIRS, MINE)),
    *(
        Case(error(403, code, message), "access-policy-missing", Scope.ORGANIZER, "organizer", kind=(THEIRS,))
        for code, message in (
            ("General", NO_POLICY),
            ("Forbidden", "No Application Access Policy Found for this app"),
            ("Unauthorized", f"App {CLIENT_ID} is not authorized to Create meeting on behalf of user {ANA}"),
            ("Forbidden", f"Application is not allowed to perform operations on the user '{ANA}', neither is allowed"),
        )
    ),
    Case(
        error(403, "Forbidden", "The user has no license"),
        "organizer-without-teams",
        Scope.ORGANIZER,
        "organizer",
        kind=(THEIRS,),
    ),
    Case(error(403, "Forbidden", ""), "permission-missing", Scope.TENANT, kind=(MINE,)),
    Case(error(403, "Forbidden", ""), "meetings-forbidden", Scope.ORGANIZER, "organizer", kind=(THEIRS,)),
    Case(
        error(400, "BadRequest", "Resource not found for the segment 'onlineMeetings'."), "address-wrong", Scope.TENANT
    ),
    Case(error(404, "UnknownError", ""), "organizer-without-teams", Scope.ORGANIZER, "organizer", kind=(THEIRS,)),
    Case(
        error(400, "BadRequest", "Cannot convert the literal '2026' to the expected type 'Edm.DateTimeOffset'."),
        "times-refused",
        Scope.ROW,
        "start",
        kind=(THEIRS,),
    ),
    Case(
        error(400, "BadRequest", "externalId is not valid"),
        "external-id-refused",
        Scope.ROW,
        "external_id",
        kind=(THEIRS,),
    ),
    Case(
        error(400, "BadRequest", "endDateTime must be after startDateTime"),
        "times-refused",
        Scope.ROW,
        "start",
        kind=(THEIRS,),
    ),
    Case(error(400, "BadRequest", "1026: An error has occurred."), "row-refused", Scope.ROW, kind=(THEIRS, MINE)),
    Case(error(405, "MethodNotAllowed", "An error has occurred."), "row-refused", Scope.ROW, kind=(THEIRS, MINE)),
    Case(error(400, "UnknownError", ""), "lookup-refused", Scope.TENANT, kind=(PEOPLE,)),
    # A change: sent once, then looked for as often as anything is.
    Case(Act(reset=True), "service-unreachable", Scope.SERVICE, sends=13, kind=(CHANGE,)),
    Case(Act(status=200, body=b"{"), "answer-not-understood", Scope.SERVICE, sends=13, kind=(CHANGE,)),
    Case(error(500, "InternalServerError", ""), "service-failed", Scope.SERVICE, sends=13, kind=(CHANGE,)),
    Case(error(403, "Forbidden", ""), "change-forbidden", Scope.ORGANIZER, "organizer", kind=(CHANGE,)),
    Case(error(404, "NotFound", "3004: Specified meeting is not found"), "meeting-gone", Scope.ROW, kind=(CHANGE,)),
    Case(error(401, "InvalidAuthenticationToken", "x"), "token-refused", Scope.TENANT, sends=2, kind=(CHANGE,)),
    Case(error(400, "BadRequest", "1026: An error has occurred."), "row-refused", Scope.ROW, kind=(CHANGE,)),
    # A calendar.
    *(
        Case(error(403, refused, DENIED), "calendar-not-allowed", Scope.ORGANIZER, "organizer", kind=(CALENDAR,))
        for refused in ("ErrorAccessDenied", "Authorization_RequestDenied")
    ),
    *(
        Case(error(404, absent, "x"), "calendar-missing", Scope.ORGANIZER, "organizer", kind=(CALENDAR,))
        for absent in ("MailboxNotEnabledForRESTAPI", "ErrorInvalidUser")
    ),
    Case(error(400, "ErrorInvalidRecipients", "x"), "event-people-refused", Scope.ROW, "attendees", kind=(CALENDAR,)),
    Case(error(400, "ErrorInvalidRequest", "x"), "event-refused", Scope.ROW, kind=(CALENDAR,)),
    Case(error(500, "ErrorInternalServerError", "x"), "service-failed", Scope.SERVICE, sends=12, kind=(CALENDAR,)),
    Case(
        error(429, "ApplicationThrottled", "MailboxConcurrency"), "throttled", Scope.SERVICE, sends=45, kind=(CALENDAR,)
    ),
]
EACH = [(case, kind) for case in CASES for kind in case.kind]


def _ask(client: GraphClient, kind: OperationKind) -> object:
    if kind is PEOPLE:
        return GraphDirectory(client).me()
    organizer = None if kind is MINE else ANA
    request = a_request(external_id="A-1", organizer_id=organizer, subject="", start=None, end=None, attendees=())
    meetings = GraphMeetings(client, client_id=CLIENT_ID, name_of={ANA: "ana@contoso.com", "": ""}.__getitem__)
    if kind is CALENDAR:
        calendars = GraphCalendars(client, name_of={ANA: "ana@contoso.com"}.__getitem__)
        return calendars.create(ANA, EVENT, "key", "transaction")
    if kind is CHANGE:
        return meetings.update(request, a_meeting(graph_id="MSo=", join_url="https://join"), stating(subject="Maths"))
    return meetings.create_or_get(request)


@pytest.mark.parametrize(("case", "kind"), EACH, ids=lambda each: each.code if isinstance(each, Case) else each.name)
def test_each_refusal_is_told_in_its_own_words(
    client: GraphClient, graph: FakeGraph, case: Case, kind: OperationKind
) -> None:
    graph.chance = lambda: case.act
    refusal = _ask(client, kind)
    assert isinstance(refusal, Failure)
    told = refusal.problem
    column = "" if kind is MINE else case.column
    assert (told.code, refusal.scope, told.column, len(graph.seen)) == (case.code, case.scope, column, case.sends)
    assert told.detail


def test_no_line_of_the_table_is_untested() -> None:
    """Those that need another server are in test_connections, test_events and, for mixed-up answers, test_right_row."""
    gone, used = "ErrorItemNotFound", "ErrorDuplicateTransactionId"
    elsewhere = [ErrorResponse(0, code) for code in (CERTIFICATE, PROXY, PROXY_FOREIGN, PROXY_BLOCKS, PROXY_DOWN)]
    heard = [(trouble, PEOPLE) for trouble in elsewhere]
    heard += [(ErrorResponse(200, FOREIGN), kind) for kind in (PEOPLE, THEIRS, CHANGE)]
    heard += [(_trouble(case.act), kind) for case, kind in EACH]
    heard += [(ErrorResponse(404, gone), OperationKind.EVENT), (ErrorResponse(409, used), CALENDAR)]
    heard += [(ErrorResponse(400, "x", "The TransactionId has already been used to create an event"), CALENDAR)]
    found = {id(find_rule(trouble, kind)) for trouble, kind in heard}
    assert [rule for rule in RULES if id(rule) not in found] == []


def _trouble(act: Act) -> ErrorResponse:
    if act.reset:
        return ErrorResponse(0, "unreachable")
    body = act.body if isinstance(act.body, bytes) else json.dumps(act.body).encode()
    headers = {key.lower(): value for key, value in act.headers.items()}
    told = read_answer(act.status, headers, body, now=0.0)
    return told if isinstance(told, ErrorResponse) else incomplete(act.status)


def test_every_code_of_the_table_is_in_the_catalogue() -> None:
    assert {rule.fault for rule in RULES} <= CATALOGUE.keys()


def test_a_missing_policy_names_the_organizer_and_gives_the_commands(client: GraphClient, graph: FakeGraph) -> None:
    graph.chance = lambda: error(403, "General", NO_POLICY)
    refusal = _ask(client, THEIRS)
    assert isinstance(refusal, Failure)
    assert "ana@contoso.com" in refusal.problem.message
    assert refusal.problem.value == "ana@contoso.com"
    for line in (
        f'New-CsApplicationAccessPolicy -Identity "MeetingImporter" -AppIds "{CLIENT_ID}"',
        f'Grant-CsApplicationAccessPolicy -PolicyName "MeetingImporter" -Identity "{ANA}"',
        f'-AppIds @{{Add="{CLIENT_ID}"}}',
        NO_POLICY,
    ):
        assert line in refusal.problem.detail


@pytest.mark.parametrize("upn", ["bo_fabrikam.com#EXT#@contoso.onmicrosoft.com", "bo_x.y#ext#@contoso.com"])
@pytest.mark.parametrize(("status", "message"), [(404, ""), (403, "The user has no license"), (400, "no license")])
def test_a_guest_whom_teams_does_not_know_is_told_as_a_guest(upn: str, status: int, message: str) -> None:
    refused = ErrorResponse(status, "General", message)

    guest = refuse(refused, THEIRS, Subject(organizer=upn, organizer_id=ANA)).problem
    member = refuse(refused, THEIRS, Subject(organizer="bo@contoso.com", organizer_id=ANA)).problem

    assert (guest.code, member.code) == ("organizer-is-guest", "organizer-without-teams")
    assert (guest.value, guest.column) == (upn, "organizer")
    assert upn in guest.message


def test_a_guest_is_no_reason_for_what_has_another() -> None:
    guest = Subject(organizer="bo_fabrikam.com#EXT#@contoso.onmicrosoft.com", organizer_id=ANA)

    assert refuse(ErrorResponse(403, "General", NO_POLICY), THEIRS, guest).problem.code == "access-policy-missing"
    assert refuse(ErrorResponse(0, "unreachable"), THEIRS, guest).problem.code != "organizer-is-guest"


def test_commands_without_known_ids_say_what_goes_there() -> None:
    assert '-AppIds "<application (client) ID>"' in policy_commands()
    assert "<organizer's object ID>" in policy_commands()


def test_nothing_but_an_id_and_a_name_gets_into_the_commands() -> None:
    typed = policy_commands('x"; Remove-Item *', [('y"; Remove-Item *', "ana@c.x\nRemove-Item *")]).splitlines()

    assert not [line for line in typed if line.partition("#")[0].count("Remove-Item")]
    assert typed[3].endswith('-Identity "<organizer\'s object ID>"  # ana@c.xRemove-Item*')


def test_words_of_an_unknown_refusal_are_kept(client: GraphClient, graph: FakeGraph) -> None:
    graph.chance = lambda: error(418, "Teapot", "Short and stout")
    refusal = _ask(client, THEIRS)
    assert isinstance(refusal, Failure)
    assert (refusal.problem.code, refusal.scope) == ("row-refused", Scope.ROW)
    assert "HTTP 418; code 'Teapot'; message 'Short and stout'; request-id req-1" in refusal.problem.detail


@pytest.mark.parametrize("code", sorted({rule.fault for rule in RULES}))
def test_a_sentence_for_nobody_in_particular_still_reads_as_one(code: str) -> None:
    rule = next(rule for rule in RULES if rule.fault == code)
    trouble = ErrorResponse(rule.status[0] if rule.status else 418, rule.code, rule.hint, challenge=rule.challenge)
    told = refuse(trouble, rule.kind[0], Subject()).problem
    assert told.code == code
    assert "{" not in told.message
    assert told.message.endswith(".")


def test_a_signed_in_person_is_told_to_be_one(client: GraphClient) -> None:
    directory: Callable[[], Person | Failure] = GraphDirectory(client).me
    assert directory() == Person("id-me", "me@contoso.com")
