"""Who people are: UPNs and object IDs to users of the directory, each distinct one once, hundreds in a request.

Twenty queries go in one batch, each answered on its own, and a query asks for several people by `$filter`. Addresses
that are nobody's UPN are asked for once more, as mail addresses. People by display name are searched for one by one;
Graph then answers with all whose names have the words, and whose name is the same is told in the core.

Sources: https://learn.microsoft.com/graph/json-batching, /graph/api/user-get, /graph/api/user-list,
/graph/filter-query-parameter and, for the header that a search needs, /graph/aad-advanced-queries
"""

from __future__ import annotations

import json
import unicodedata
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import quote

from importer.core import Failure, Person, Several
from importer.core.body import Body, child, text
from importer.core.cells import GUID
from importer.graph.client import GraphClient, Operation
from importer.graph.faults import Action, OperationKind, find_rule, refuse
from importer.graph.wire import (
    NOT_GRAPHS,
    ErrorResponse,
    Reply,
    another_kind,
    incomplete,
    read_error,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence


BATCH_SIZE = 20
"""Requests in one batch, the documented maximum."""

QueryOutcome = Reply | ErrorResponse


def ask_batch(
    client: GraphClient,
    paths: Sequence[str],
    *,
    foreign_sign: Callable[[int, Body], str] | None = None,
    headers: Mapping[str, str] | None = None,
    on_refusal: Callable[[], None] = lambda: None,
) -> list[QueryOutcome] | ErrorResponse:
    """Return each path's own outcome, in the order of `paths`, or the error of the batch as such.

    Questions that were throttled, or that failed in a way worth another attempt, are asked again in a smaller batch
    after the longest time that any of them was told to wait. `foreign_sign` returns what shows that a path's reply is
    about something else. An answer with such a reply, or with names of other questions, is another request's as a
    whole. `on_refusal` is called when any of them was throttled. Raise Stop when sign-in fails.
    """
    budget = client.budget()
    outcomes: dict[int, QueryOutcome] = {}
    open_ones = list(range(len(paths)))
    while True:
        mark = uuid.uuid4().hex[:8]
        names = {f"{mark}-{number}": number for number in open_ones}
        batch = _Batch(names, headers or {}, client.clock.now())
        reply = client.call(batch.ask(paths, foreign_sign), budget)
        if isinstance(reply, ErrorResponse):
            return budget.close(reply)
        outcomes |= batch.read(reply.data)
        open_ones = [number for number in open_ones if _is_open(outcomes[number])]
        if batch.refusal(reply.data) is not None:
            on_refusal()
        if not open_ones or not client.pause(budget, _longest(outcomes, open_ones), OperationKind.PEOPLE):
            whole = [outcomes[number] for number in range(len(paths))]
            return [client.scrubbed(each) if isinstance(each, ErrorResponse) else each for each in whole]


@dataclass(frozen=True, slots=True)
class _Batch:
    """One request. `names` are its questions' names, which no other batch has: an answer with others is another's.

    `headers` are those of each of its questions, and `asked_at` is in seconds since 1970.
    """

    names: dict[str, int]
    headers: Mapping[str, str]
    asked_at: float

    def ask(self, paths: Sequence[str], foreign_sign: Callable[[int, Body], str] | None) -> Operation:
        more = {"headers": dict(self.headers)} if self.headers else {}
        requests = [{"id": name, "method": "GET", "url": paths[number], **more} for name, number in self.names.items()]
        body = json.dumps({"requests": requests}, separators=(",", ":")).encode()

        def sign(data: Body) -> str:
            return self._sign(data, foreign_sign)

        return Operation(
            "POST",
            "/$batch",
            OperationKind.PEOPLE,
            body,
            lambda data: isinstance(data.get("responses"), list),
            foreign_sign=sign,
            refusal=self.refusal,
        )

    def refusal(self, data: Body) -> ErrorResponse | None:
        """Return the refusal that asks for the longest wait, None where no question was throttled."""
        outcomes = self.read(data)
        throttled = [key for key, each in outcomes.items() if isinstance(each, ErrorResponse) and each.throttled]
        return _longest(outcomes, throttled) if throttled else None

    def _sign(self, data: Body, foreign_sign: Callable[[int, Body], str] | None) -> str:
        if found := another_kind(data, "a batch"):
            return found
        answers = self._by_name(data)
        if answers and not answers.keys() & self.names.keys():
            return f"a batch with the questions {', '.join(answers)}"
        for name in answers.keys() & self.names.keys() if foreign_sign else ():
            outcome = _outcome(answers[name], now=0.0)
            if foreign_sign and isinstance(outcome, Reply) and (found := foreign_sign(self.names[name], outcome.data)):
                return found
        return ""

    def read(self, data: Body) -> dict[int, QueryOutcome]:
        """Return each question's outcome. They come in any order, and one may be missing: that is as good as broken."""
        answers = self._by_name(data)
        return {
            number: _outcome(answers[name], now=self.asked_at) if name in answers else incomplete(200)
            for name, number in self.names.items()
        }

    def _by_name(self, data: Body) -> dict[str, Body]:
        listed = data.get("responses")
        found = listed if isinstance(listed, list) else []
        return {str(answer.get("id")): answer for answer in found if isinstance(answer, dict)}


def _outcome(answer: Body, *, now: float) -> QueryOutcome:
    status, body = answer.get("status"), child(answer, "body")
    if not isinstance(status, int):
        return incomplete(200)
    if 200 <= status < 300:  # noqa: PLR2004 - an HTTP status says what it is
        return Reply(status, body)
    headers = {key.lower(): value for key, value in child(answer, "headers").items() if isinstance(value, str)}
    error = read_error(status, headers, body, now=now)
    # The envelope is Graph's, and so is whatever is in it.
    return replace(error, code="") if error.code == NOT_GRAPHS else error


def _is_open(outcome: QueryOutcome) -> bool:
    return isinstance(outcome, ErrorResponse) and find_rule(outcome, OperationKind.PEOPLE).next is Action.RETRY


def _longest(outcomes: dict[int, QueryOutcome], numbers: Sequence[int]) -> ErrorResponse:
    """Return the error that asks for the longest wait; one that was throttled counts more than one that failed."""
    troubles = [outcome for number in numbers if isinstance(outcome := outcomes[number], ErrorResponse)]
    return max(troubles, key=lambda error: (error.throttled, error.retry_after or 0.0))


VALUES = 15
"""Values that one `in` filter takes: it counts as that many clauses joined by `or`, of which Graph allows 15."""

LENGTH = 1_800
"""Characters that a filter may have: the only limit documented for an address is 2,048, for advanced queries."""

ME = "/me?$select=id,userPrincipalName"


SEARCH_HEADERS = {"ConsistencyLevel": "eventual"}
"""Without it Graph refuses to search."""


class By(Enum):
    """What people are asked for by."""

    SIGN_IN = auto()
    """UPN or object ID."""
    MAIL = auto()
    NAME = auto()
    """Display name."""


@dataclass(frozen=True, slots=True)
class UserQuery:
    """One GET that asks for these people: up to fifteen by a filter, or one by name."""

    names: tuple[str, ...]
    path: str
    filtered: bool
    by: By = By.SIGN_IN


Found: TypeAlias = "Mapping[str, tuple[Person, ...]]"
"""People by the name asked for in folded case; those whom the directory lacks are left out."""


def ask_together(names: Iterable[str]) -> list[UserQuery]:
    """Return as few questions as will do: UPNs in filters, object IDs one by one."""
    upns: list[str] = []
    single: list[UserQuery] = []
    for name in names:
        if GUID.fullmatch(name):
            single.append(ask_for(name))
        else:
            upns.append(name)
    return [*_filters(upns, By.SIGN_IN), *single]


def ask_for(name: str) -> UserQuery:
    """Return the question for one person. A `$` in front is only safe in the longer form, in quotation marks."""
    key = f"('{quote(_doubled(name), safe='')}')" if name.startswith("$") else f"/{quote(name, safe='')}"
    return UserQuery((name,), f"/users{key}?$select=id,userPrincipalName", filtered=False)


def ask_by_mail(addresses: Iterable[str]) -> list[UserQuery]:
    """Return as few questions as will do for the users with these mail addresses."""
    return list(_filters(list(addresses), By.MAIL))


def ask_by_name(name: str) -> UserQuery:
    """Return the question for the users whose display names have all words of this one.

    Quotation marks would end the phrase, and an ampersand is a known issue of Graph's; neither tells names apart.
    Source: https://learn.microsoft.com/graph/search-query-parameter
    """
    words = " ".join(name.translate(_NOT_SEARCHED).split())
    search = quote(f'"displayName:{words}"', safe="")
    path = f"/users?$search={search}&$select=id,userPrincipalName,displayName"
    return UserQuery((name,), path, filtered=True, by=By.NAME)


_NOT_SEARCHED = str.maketrans(dict.fromkeys('"\\&:', " "))


def read_found(question: UserQuery, outcome: QueryOutcome) -> Found | ErrorResponse | None:
    """Return the people found. Trouble ends the whole lookup.

    None: the question was refused or not fully answered, so ask one by one where it is about several.
    """
    if isinstance(outcome, ErrorResponse):
        if concerns_all(question, outcome):
            return outcome
        return None if question.filtered else {}
    return _listed(question, outcome.data) if question.filtered else _single(question, outcome.data)


def answers_another(question: UserQuery, data: Body) -> str:
    """Return what shows that a 2xx answer is about other people than the question, or nothing.

    It lists people, and nobody of those asked for. How the directory writes a letter is no difference. Whom a search
    finds is not told by the names.
    """
    if sign := another_kind(data, "a list" if question.filtered else "a person"):
        return sign
    if question.by is By.NAME:
        return ""
    listed = data.get("value") if question.filtered else [data]
    people = [_person(entry) for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    by_id = not question.filtered and GUID.fullmatch(question.names[0]) is not None
    said = [name for person in people if (name := person.object_id if by_id else _key(question, person))]
    asked = {_folded(name) for name in question.names}
    if not said or any(_folded(name) in asked for name in said):
        return ""
    return f"it is about {said[0]!r}, who was not asked for"


def _key(question: UserQuery, person: Person) -> str:
    return person.mail if question.by is By.MAIL else person.upn


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def concerns_all(question: UserQuery, error: ErrorResponse) -> bool:
    """Return whether the sign-in, the permission, the address or the service is at fault, not this question.

    That there is no such user, or that no user can have such a name, Graph says in its own form. A bare 404 may be
    anybody's, and must not make the people of a whole sheet look unknown.
    """
    if find_rule(error, OperationKind.PEOPLE).fault != "lookup-refused":
        return True
    return not question.filtered and not (error.status in (400, 404) and error.code)


def _filters(names: list[str], by: By) -> Iterator[UserQuery]:
    batch: list[str] = []
    for name in names:
        if batch and (len(batch) == VALUES or len(_filter([*batch, name], by)) > LENGTH):
            yield UserQuery(tuple(batch), _filter(batch, by), filtered=True, by=by)
            batch = []
        batch.append(name)
    if batch:
        yield UserQuery(tuple(batch), _filter(batch, by), filtered=True, by=by)


def _filter(names: list[str], by: By) -> str:
    values = ",".join(f"'{_doubled(name)}'" for name in names)
    key, more = ("mail", ",mail") if by is By.MAIL else ("userPrincipalName", "")
    return f"/users?$filter={quote(f'{key} in ({values})', safe='')}&$select=id,userPrincipalName{more}"


def _doubled(name: str) -> str:
    """An apostrophe inside quotation marks is written twice (OData 4.01, URL conventions 5.1.1.6.1)."""
    return name.replace("'", "''")


def _listed(question: UserQuery, data: Body) -> Found | None:
    listed = data.get("value")
    if not isinstance(listed, list) or ("@odata.nextLink" in data and question.by is not By.NAME):
        return None
    people = [_person(entry) for entry in listed if isinstance(entry, dict)]
    if question.by is By.NAME:
        (name,) = question.names
        return {name.casefold(): tuple(person for person in people if person.object_id and person.upn)}
    asked = {name.casefold() for name in question.names}
    found: dict[str, tuple[Person, ...]] = {}
    for person in people:
        key = _key(question, person).casefold()
        if person.object_id and person.upn and key in asked:
            found[key] = (*found.get(key, ()), person)
    return found


def _single(question: UserQuery, data: Body) -> Found | ErrorResponse:
    person, name = _person(data), question.names[0]
    if not person.object_id:
        return incomplete(200)
    return {name.casefold(): (person if person.upn else Person(person.object_id, name),)}


def _person(data: Body) -> Person:
    return Person(text(data, "id"), text(data, "userPrincipalName"), text(data, "mail"), text(data, "displayName"))


PARALLEL = 4
"""Requests at a time, once one and two at a time went well. 300 names each, so 10,000 names are ten rounds; more would
only run into the limit of a small organization, 3,500 units in 10 s at one unit for each question.
Source: https://learn.microsoft.com/graph/throttling-limits#identity-and-access-service-limits
"""


_ME = Operation(
    "GET",
    ME,
    OperationKind.PEOPLE,
    complete=lambda data: bool(text(data, "id")),
    foreign_sign=lambda data: another_kind(data, "a person"),
)


_NOT_ALLOWED = frozenset({"directory-not-allowed", "lookup-refused"})
"""What Graph says where this sign-in may not ask that; everything else concerns other questions too."""


class GraphDirectory:
    """The Directory port at Microsoft Graph. It remembers whom it has found, for `name_of`."""

    def __init__(self, client: GraphClient) -> None:
        self._client = client
        self._names: dict[str, str] = {}
        self._batching = True
        self._me = ""
        self._at_once = 1
        self._cut_short: set[str] = set()

    def look_up(self, names: Collection[str]) -> Mapping[str, Person | Several | None] | Failure:
        """Return for each name the person or None, asking once for names that differ in case only.

        UPNs are asked for 300 in a request, object IDs 20; where Graph refuses a batch or a filter, one by one.
        Addresses that are nobody's UPN are asked for again, by mail. Raise Stop when sign-in fails.
        """
        distinct = list({name.casefold(): name for name in names}.values())
        found = self._ask(ask_together(distinct))
        if isinstance(found, ErrorResponse):
            return refuse(found, OperationKind.PEOPLE)
        unknown = [name for name in distinct if "@" in name and name.casefold() not in found]
        by_mail = self._ask(ask_by_mail(unknown))
        if isinstance(by_mail, ErrorResponse):
            failure = refuse(by_mail, OperationKind.PEOPLE)
            if failure.problem.code not in _NOT_ALLOWED:
                return failure
            by_mail = {}  # whoever may not see mail addresses is told of sign-in names all the same
        found |= by_mail
        self._remember(found)
        return {name: _one_of(found.get(name.casefold(), ())) for name in names}

    def search(self, names: Collection[str]) -> Mapping[str, Several] | Failure:
        """Return for each display name the users whose own has its words, 20 names in a request; none where refused.

        Raise Stop when sign-in fails.
        """
        distinct = list({name.casefold(): name for name in names}.values())
        self._cut_short.clear()
        found = self._ask([ask_by_name(name) for name in distinct])
        if isinstance(found, ErrorResponse):
            return refuse(found, OperationKind.PEOPLE)
        self._remember(found)
        more = {name.casefold() for name in self._cut_short}
        return {name: Several(found.get(name.casefold(), ()), name.casefold() in more) for name in names}

    def _remember(self, found: Found) -> None:
        self._names |= {person.object_id.casefold(): person.upn for people in found.values() for person in people}

    def name_of(self, object_id: str) -> str:
        """Return the UPN of somebody looked up before, else the object ID as it is."""
        return self._names.get(object_id.casefold()) or object_id

    def me(self) -> Person | Failure:
        """Return the signed-in user. Raise Stop when sign-in fails."""
        outcome = self._client.call(_ME)
        if isinstance(outcome, ErrorResponse):
            return refuse(outcome, OperationKind.PEOPLE)
        self._me = text(outcome.data, "id")
        return Person(self._me, text(outcome.data, "userPrincipalName"))

    def my_id(self) -> str:
        """Return the signed-in user's object ID, empty as long as nobody has asked who that is."""
        return self._me

    def _ask(self, questions: list[UserQuery]) -> dict[str, tuple[Person, ...]] | ErrorResponse:
        found: dict[str, tuple[Person, ...]] = {}
        while questions:  # twice at most: a question for one person is never asked again
            answers = self._answers(questions)
            if isinstance(answers, ErrorResponse):
                return answers
            unanswered: list[UserQuery] = []
            for question, outcome in zip(questions, answers, strict=True):
                people = read_found(question, outcome)
                if isinstance(people, ErrorResponse):
                    return people
                if people is None:
                    unanswered.append(question)
                found |= people or {}
                if isinstance(outcome, Reply) and "@odata.nextLink" in outcome.data:
                    self._cut_short.update(question.names)
            questions = [single for question in unanswered for single in _apart(question)]
        return found

    def _answers(self, questions: list[UserQuery]) -> list[QueryOutcome] | ErrorResponse:
        """Return each question's outcome in order; the first error that concerns them all ends the asking.

        A directory that is asked for more than it allows refuses whole handfuls of questions, so it is asked for one
        group at first, and for one at a time again once it has refused any.
        """
        groups = _groups(questions)
        answers: list[QueryOutcome] = []
        with ThreadPoolExecutor(PARALLEL, thread_name_prefix="lookup") as pool:
            try:
                while together := list(islice(groups, self._at_once)):
                    self._at_once = min(2 * self._at_once, PARALLEL)
                    for outcomes in pool.map(self._answer, together):
                        if isinstance(outcomes, ErrorResponse):
                            return outcomes
                        answers += outcomes
            finally:
                pool.shutdown(wait=False, cancel_futures=True)  # after an error or Ctrl-C nobody wants the rest
        return answers

    def _answer(self, group: list[UserQuery]) -> list[QueryOutcome] | ErrorResponse:
        if len(group) > 1 and self._batching:
            paths = [question.path for question in group]
            headers = SEARCH_HEADERS if group[0].by is By.NAME else {}
            outcomes = ask_batch(
                self._client,
                paths,
                foreign_sign=_foreign_sign_in(group),
                headers=headers,
                on_refusal=self._slow_down,
            )
            if not (isinstance(outcomes, ErrorResponse) and _is_refused(outcomes)):
                return outcomes
            self._batching = False
        return self._one_by_one(group)

    def _slow_down(self) -> None:
        self._at_once = 1

    def _one_by_one(self, group: list[UserQuery]) -> list[QueryOutcome] | ErrorResponse:
        outcomes: list[QueryOutcome] = []
        for question in group:
            foreign_sign = partial(answers_another, question)
            headers = SEARCH_HEADERS if question.by is By.NAME else {}
            outcome = self._client.call(
                Operation(
                    "GET",
                    question.path,
                    OperationKind.PEOPLE,
                    foreign_sign=foreign_sign,
                    headers=tuple((key.encode(), value.encode()) for key, value in headers.items()),
                )
            )
            if isinstance(outcome, ErrorResponse) and concerns_all(question, outcome):
                return outcome
            outcomes.append(outcome)
        return outcomes


def _one_of(people: tuple[Person, ...]) -> Person | Several | None:
    match people:
        case ():
            return None
        case (person,):
            return person
    return Several(people)


def _apart(question: UserQuery) -> Iterator[UserQuery]:
    """Return the questions for each of the people of one that was refused; what asks for one alone is not repeated."""
    if question.by is By.SIGN_IN:
        yield from map(ask_for, question.names)
    elif len(question.names) > 1:
        for name in question.names:
            yield replace(question, names=(name,), path=_filter([name], question.by))


def _groups(questions: list[UserQuery]) -> Iterator[list[UserQuery]]:
    rest = iter(questions)
    while group := list(islice(rest, BATCH_SIZE)):
        yield group


def _foreign_sign_in(group: list[UserQuery]) -> Callable[[int, Body], str]:
    """Return what looks at the answer to the question with that number, and finds whether it is another's."""
    return lambda number, data: answers_another(group[number], data)


def _is_refused(error: ErrorResponse) -> bool:
    """Return a batch that is not wanted (a proxy's rule, an imitation of Graph) from a sign-in or service at fault."""
    return error.status > 0 and find_rule(error, OperationKind.PEOPLE).next in (Action.GIVE_UP, Action.ONCE_MORE)
