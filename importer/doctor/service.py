"""What Graph's answers say about a set-up, each turned into findings.

An unsigned request shows whether Graph answers, through which proxy, and what time it is there. The token shows whom
the sign-in stands for, what it may do, and until when. Answers about people show who is known, for whom meetings may
be made, and who can have dial-in numbers.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeGuard
from urllib.parse import urlsplit

from importer.core import Failure, Person, Several
from importer.core.catalogue import CATALOGUE, problem, shorten
from importer.core.catalogue.doctor import POLICY_AFTER, WAYS, WHOM
from importer.core.catalogue.service import policy_commands
from importer.core.cells import GUID
from importer.core.model import ExitCode
from importer.core.wording import apart_in_words, in_words
from importer.doctor import Finding, State, finding_for, fine, left_out
from importer.graph.auth import Certificate, ClientSecret, ReadyToken, describe
from importer.graph.auth.credentials import TOKEN
from importer.graph.auth.source import GRAPH_ITSELF
from importer.graph.events import PERMISSION
from importer.graph.faults import OperationKind, find_rule, refuse
from importer.graph.probe import host_and_port
from importer.graph.wire import CERTIFICATE, GARBLED, NOT_GRAPHS, NOT_NOW, ErrorResponse, read_http_date

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from importer.graph.auth import Credentials
    from importer.graph.probe import ConnectivityProbe
    from importer.graph.wire import Reply


CLOCK_TOLERANCE = 300.0
"""Seconds. What Entra ID, like Kerberos before it, bears: assertions are refused beyond five minutes (AADSTS700024)."""

_OUT_OF_TIME = ("not yet valid", "has expired")
"""What OpenSSL says of a certificate whose time this computer's clock puts in the future or the past."""

_UNKNOWN = frozenset(
    {"lookup-refused", "address-wrong", "directory-not-allowed", "answer-not-understood", "answer-of-somebody-else"}
)
"""Faults of the table that mean nothing here: no question was asked that could be refused like that."""


def judge_clock(heard: ConnectivityProbe, root: str) -> Finding:
    """Return how far this computer's clock is from the server's."""
    now = f"{datetime.fromtimestamp(heard.received, UTC):%Y-%m-%d %H:%M:%S}"
    theirs = read_http_date(heard.date)
    if theirs is None:
        if _is_out_of_time(heard):
            return finding_for("clock", problem("clock-suspected", value=_host(root), now=now))
        return left_out("clock", "clock-unknown", now=now)
    ahead = (heard.sent + heard.received) / 2 - theirs
    if abs(ahead) <= CLOCK_TOLERANCE:
        return fine("clock", "clock", now=now, difference=apart_in_words(ahead))
    direction = "ahead of" if ahead > 0 else "behind"
    return finding_for("clock", problem("clock-off", difference=apart_in_words(ahead), direction=direction))


def judge_graph(heard: ConnectivityProbe, root: str, posted: ConnectivityProbe | None = None) -> Finding:
    """Return whether it was Graph that answered, and which way the request went; `posted` is what a POST met."""
    proxy = heard.via if heard.via not in ("", host_and_port(root)) else ""
    way = WAYS["proxy" if proxy else "direct"].format(proxy=proxy)
    outcome = heard.outcome
    if not isinstance(outcome, ErrorResponse) or _is_graphs(outcome):
        if posted is not None and _is_stopped(posted.outcome):
            stopped = problem("posts-not-let-through", value=_host(root), detail=f"{posted.outcome.detail}; {way}")
            return finding_for("graph", stopped)
        return fine("graph", "graph", host=_host(root), way=way)
    detail = f"{outcome.detail}; {way}" if proxy else outcome.detail
    if outcome.code == GARBLED or find_rule(outcome, OperationKind.PEOPLE).fault in _UNKNOWN:
        return finding_for("graph", problem("graph-answer-strange", value=_host(root), detail=detail))
    return finding_for("graph", refuse(outcome, OperationKind.PEOPLE).problem, detail=detail)


def _is_stopped(outcome: Reply | ErrorResponse) -> TypeGuard[ErrorResponse]:
    """Return what keeps a POST from Graph from Graph's own answer, and from what may be otherwise in a moment."""
    return isinstance(outcome, ErrorResponse) and not _is_graphs(outcome) and outcome.status not in (0, *NOT_NOW)


def _is_graphs(outcome: ErrorResponse) -> bool:
    """Return Graph's own no: to ask without a token is refused (401), and being busy (429) is an answer too."""
    if outcome.code == NOT_GRAPHS:
        return False
    return outcome.status in (401, 429) or (400 <= outcome.status < 500 and bool(outcome.code))  # noqa: PLR2004 - an HTTP status says what it is


def _is_out_of_time(heard: ConnectivityProbe) -> bool:
    outcome = heard.outcome
    if not isinstance(outcome, ErrorResponse) or outcome.code != CERTIFICATE:
        return False
    return any(words in outcome.message for words in _OUT_OF_TIME)


def _host(root: str) -> str:
    return urlsplit(root).netloc


MEETINGS = "OnlineMeetings.ReadWrite.All"
"""What an app needs to make meetings; source: https://learn.microsoft.com/graph/api/onlinemeeting-createorget"""
OWN_MEETINGS = "OnlineMeetings.ReadWrite"
"""What a person's sign-in needs."""

PEOPLE = ("User.ReadBasic.All", "User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All")
"""Any of these lets a sign-in look people up; source: https://learn.microsoft.com/graph/api/user-get"""

PLANS = frozenset(PEOPLE[1:])
"""Any of these shows which plans are assigned to a user; a person's own need User.Read only."""

SOON = 30 * 86_400.0
"""Seconds before its end from which on an expiry is a warning: time to have a new certificate made."""


@dataclass(frozen=True, slots=True)
class JudgedToken:
    """What a token says about itself. Nothing is verified: it is for a person to read."""

    claims: Mapping[str, Any]

    @property
    def permissions(self) -> frozenset[str] | None:
        """What it may do; None where it does not say."""
        roles, scopes = self.claims.get("roles"), self.claims.get("scp")
        if isinstance(scopes, str):
            return frozenset(scopes.split())
        if isinstance(roles, list):
            return frozenset(role for role in roles if isinstance(role, str))
        return frozenset() if self.claims else None

    @property
    def is_persons(self) -> bool | None:
        """Whether it stands for a person (True) or an app (False); None where it does not say."""
        if isinstance(self.claims.get("scp"), str):
            return True
        return False if "roles" in self.claims or self.claims.get("idtyp") == "app" else None

    def text(self, *names: str) -> str:
        """Return the first of these claims that has a text, fit to be shown."""
        values = (self.claims.get(name) for name in names)
        found = next((value for value in values if isinstance(value, str) and value), "")
        return shorten("".join(sign for sign in found if sign.isprintable()))


def judge_sign_in(credentials: Credentials | None, token: JudgedToken, *, graph: str, delegated: bool) -> Finding:
    """Return whose sign-in it is, or why it is not one for this job. `graph` is the cloud's Graph root."""
    if credentials is None:
        return fine("sign-in", "sign-in-sandbox")
    audience = token.text("aud")
    if audience and audience.rstrip("/") not in (graph, GRAPH_ITSELF):
        return finding_for("sign-in", problem("token-for-another-service", value=audience))
    if delegated and token.is_persons is False:
        return finding_for("sign-in", problem("sign-in-is-an-app"))
    if not delegated and token.is_persons:
        return finding_for("sign-in", problem("sign-in-is-a-person"))
    return fine("sign-in", "sign-in", way=describe(credentials), whom=_whom(credentials, token))


def _whom(credentials: Credentials, token: JudgedToken) -> str:
    name, client_id = token.text("app_displayname"), token.text("appid", "azp") or getattr(credentials, "client_id", "")
    facts = {
        "app": f"{name} ({client_id})" if name and client_id else name or client_id,
        "tenant": token.text("tid") or getattr(credentials, "tenant", ""),
        "person": token.text("upn", "unique_name", "preferred_username"),
    }
    return "".join(WHOM[key].format(**{key: value}) for key, value in facts.items() if value)


def judge_permissions(token: JudgedToken, *, delegated: bool) -> Finding:
    """Return whether the token says that it may do what a run does."""
    held = token.permissions
    if held is None:
        return left_out("permissions", "permissions-unsaid")
    detail = f"{'scp' if delegated else 'roles'}: {' '.join(sorted(held)) or 'none'}"
    needed = OWN_MEETINGS if delegated else MEETINGS
    if needed not in held:
        lacking = "own-permission-missing" if delegated else "permission-missing"
        return finding_for("permissions", problem(lacking), detail=detail)
    people = [name for name in PEOPLE if name in held]
    if not people:
        return finding_for("permissions", problem("lookup-permission-missing", value=", ".join(PEOPLE)), detail=detail)
    return fine("permissions", "permissions", held=f"{needed} and {people[0]}")


def may_see_plans(token: JudgedToken, *, delegated: bool) -> bool:
    """Return whether it is worth asking which plans people have; a token that does not say is tried."""
    held = token.permissions
    return held is None or bool(held & PLANS) or (delegated and "User.Read" in held)


def judge_expiry(credentials: Credentials | None, expiry: datetime | None, now: datetime) -> Finding:
    """Return until when the credentials are good, a warning if that is soon. `expiry` is None where it isn't known."""
    match credentials:
        case ClientSecret():
            return left_out("expiry", "expiry-secret")
        case ReadyToken() if expiry is None:
            return left_out("expiry", "expiry-unsaid")
        case ReadyToken() | Certificate() if expiry is not None:
            return _expiring(credentials, expiry, (expiry - now).total_seconds())
        case _:
            return left_out("expiry", "expiry-none")


def _expiring(credentials: ReadyToken | Certificate, expiry: datetime, left: float) -> Finding:
    facts = {"date": f"{expiry:%Y-%m-%d %H:%M} UTC", "left": apart_in_words(left)}
    if isinstance(credentials, ReadyToken):
        return finding_for("expiry", problem("token-expires-soon", value=TOKEN, **facts))
    if left < SOON:
        return finding_for("expiry", problem("certificate-expires-soon", path=credentials.path, **facts))
    return fine("expiry", "expiry-certificate", **facts)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What Teams said about one organizer's meetings: None is yes."""

    person: Person
    failure: Failure | None


def known_people(names: Sequence[str], answer: Mapping[str, Person | Several | None] | Failure) -> list[Person]:
    """Return the organizers whose object ID is known: as looked up, or as the sheet has it where nobody may look up."""
    if isinstance(answer, Failure):
        return [Person(name, name) for name in names if GUID.fullmatch(name)]
    people = [person for name in names if isinstance(person := answer.get(name), Person)]
    return list({person.object_id: person for person in people}.values())


def judge_lookup(
    names: Sequence[str], answer: Mapping[str, Person | Several | None] | Failure, *, strict: bool
) -> Finding:
    """Return whether people can be looked up, and which organizers are nobody's. `strict` is --strict-attendees."""
    if isinstance(answer, Failure):
        return _no_lookup(names, answer, strict=strict)
    unknown = [name for name in names if not isinstance(answer.get(name), Person)]
    if unknown:
        told = problem("organizers-unknown", count=len(unknown), all=len(names), names=in_words(unknown))
        found = finding_for("lookup", told, detail=", ".join(unknown))
        if len(unknown) == len(names):
            return replace(found, state=State.FAILED, exit_code=ExitCode.INPUT)
        return found
    return fine("lookup", "lookup-organizers", count=len(names)) if names else fine("lookup", "lookup")


def _no_lookup(names: Sequence[str], failure: Failure, *, strict: bool) -> Finding:
    """A run can do without where the sheet has object IDs, unless every attendee must be known."""
    if names and not strict and all(GUID.fullmatch(name) for name in names):
        return finding_for("lookup", problem("people-not-checked", detail=failure.problem.detail))
    return finding_for("lookup", failure.problem)


def judge_me(me: Person, names: Sequence[str], answer: Mapping[str, Person | Several | None] | Failure) -> Finding:
    """Return who is signed in, and whether the sheet names somebody else as organizer."""
    mine = {me.upn.casefold(), me.object_id.casefold()}
    others = [name for name in names if name and name.casefold() not in mine]
    if others:
        found = problem("organizers-not-signed-in-user", me=me.upn, names=in_words(others))
        return finding_for("lookup", found, detail=", ".join(others))
    if isinstance(answer, Failure):
        return finding_for("lookup", problem("people-not-checked", detail=answer.problem.detail))
    return fine("lookup", "lookup-me", me=me.upn)


def judge_policies(verdicts: Sequence[Verdict], *, client_id: str, permitted: bool) -> Iterator[Finding]:
    """Return a line for those who may have meetings, and one for each way in which others may not.

    `permitted` is whether the token itself says that it may make meetings: then a refusal without a reason can only
    be about the access policy.
    """
    allowed = [verdict.person.upn for verdict in verdicts if verdict.failure is None]
    if allowed:
        yield fine("access-policy", "access-policy", organizer=in_words(allowed))
    refused: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        if verdict.failure is not None:
            refused[verdict.failure.problem.code].append(verdict)
    for code, group in refused.items():
        by_policy = code == "access-policy-missing" or (permitted and code == "meetings-forbidden")
        people = [(verdict.person.object_id, verdict.person.upn) for verdict in group]
        typed = f"{policy_commands(client_id, people)}\n{POLICY_AFTER}"
        yield _refused(code, group, typed if by_policy else CATALOGUE[code].fix)


def _refused(code: str, group: Sequence[Verdict], remedy: str) -> Finding:
    people = [verdict.person for verdict in group]
    first = group[0].failure
    said = first.problem.detail.partition("\n")[0] if first else ""
    everybody = ", ".join(f"{person.upn} ({person.object_id})" for person in people)
    told = problem(
        code, organizer=in_words([person.upn for person in people]), detail=f"{said}; organizers: {everybody}"
    )
    return finding_for("access-policy", told, remedy=remedy)


def judge_calendars(verdicts: Sequence[Verdict], held: frozenset[str] | None) -> Iterator[Finding]:
    """Return a line for those whose calendars are open to this sign-in, and one for each way in which others' are not.

    `held` is what the token says that it may do. A permission that is given for some mailboxes only (RBAC for
    Applications) stands in no token, so that it lacks one says nothing; one that may only read is not enough.
    """
    reads_only = held is not None and PERMISSION not in held and any("Calendars.Read" in each for each in held)
    allowed = [] if reads_only else [verdict.person.upn for verdict in verdicts if verdict.failure is None]
    if allowed:
        everywhere = held is not None and PERMISSION in held
        yield fine("calendars", "calendars-all" if everywhere else "calendars", organizer=in_words(allowed))
    refused: dict[str, list[str]] = defaultdict(list)
    for verdict in verdicts:
        if verdict.failure is not None or reads_only:
            code = "calendar-not-allowed" if verdict.failure is None else verdict.failure.problem.code
            refused[code].append(verdict.person.upn)
    for code, people in refused.items():
        first = next((each.failure.problem for each in verdicts if each.failure), None)
        told = problem(code, organizer=in_words(people), detail=first.detail if first else "")
        yield finding_for("calendars", told)


def judge_dial_in(people: Sequence[Person], told: Mapping[str, bool]) -> Iterator[Finding]:
    """Return who has Audio Conferencing and who has not; `told` is by object ID, and may leave people out."""
    if not any(person.object_id in told for person in people):
        yield left_out("audio-conferencing", "audio-unknown")
        return
    having = [person.upn for person in people if told.get(person.object_id)]
    lacking = [person.upn for person in people if told.get(person.object_id) is False]
    if having:
        yield fine("audio-conferencing", "audio-conferencing", organizer=in_words(having))
    if lacking:
        found = problem("audio-conferencing-missing", organizer=in_words(lacking), detail=", ".join(lacking))
        yield finding_for("audio-conferencing", found)
