"""People are asked for in bulk, each once, and whatever refuses that costs requests and no answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from importer.core import Failure, Person, Scope, Several
from importer.graph import Gates
from importer.graph.client import GraphClient
from importer.graph.users import GraphDirectory
from tests.graph.fake_graph import Act, FakeGraph, Tokens, VirtualTime, error

if TYPE_CHECKING:
    import ssl
    from collections.abc import Collection, Mapping

ODD = (
    "o'brien@contoso.com",
    "'@contoso.com",
    "ana_fabrikam.com#EXT#@contoso.com",
    "$plus+sign&and=more%@contoso.com",
    "$o'cash@contoso.com",
    "a b/c?d@contoso.com",
    "müller@contoso.com",
)


def object_id(number: int) -> str:
    return f"00000000-0000-0000-0000-{number:012x}"


@pytest.fixture
def directory(client: GraphClient) -> GraphDirectory:
    return GraphDirectory(client)


def _people(directory: GraphDirectory, names: Collection[str]) -> Mapping[str, Person | Several | None]:
    found = directory.look_up(names)
    assert not isinstance(found, Failure), found
    return found


@pytest.mark.parametrize("batching", [True, False])
@pytest.mark.parametrize("filtering", [True, False])
def test_everybody_is_found_whichever_way_is_open(
    directory: GraphDirectory, graph: FakeGraph, *, batching: bool, filtering: bool
) -> None:
    graph.batching, graph.filtering = batching, filtering
    graph.users = {
        upn: object_id(number) for number, upn in enumerate((*ODD, *(f"u{n}@contoso.com" for n in range(40))))
    }
    names = [*graph.users, "nobody@contoso.com", object_id(3), object_id(999)]
    assert _people(directory, names) == {
        **{upn: Person(key, upn) for upn, key in graph.users.items()},
        "nobody@contoso.com": None,
        object_id(3): Person(object_id(3), "$plus+sign&and=more%@contoso.com"),
        object_id(999): None,
    }


def test_names_that_differ_in_case_are_one_person_asked_for_once(directory: GraphDirectory, graph: FakeGraph) -> None:
    graph.users = {"Ana@contoso.com": object_id(10)}
    names = ["ana@contoso.com", "ANA@CONTOSO.COM", object_id(10), object_id(10).upper()]
    assert _people(directory, names) == dict.fromkeys(names, Person(object_id(10), "Ana@contoso.com"))
    assert [len(seen.body["requests"]) for seen in graph.seen] == [2]
    assert str(graph.seen[0].body).lower().count("ana%40contoso") == 1


def test_ten_thousand_people_take_fewer_than_sixty_requests(directory: GraphDirectory, graph: FakeGraph) -> None:
    graph.users = {f"user{n}@contoso.com": object_id(n) for n in range(10_000)}
    found = _people(directory, graph.users)
    assert all(isinstance(one, Person) and one.object_id == graph.users[name] for name, one in found.items())
    assert len(graph.seen) == 34


ANA, LOGIN, MAIL = object_id(1), "u123@contoso.com", "ana.ruiz@contoso.com"


@pytest.mark.parametrize("batching", [True, False])
def test_an_address_that_is_nobodys_sign_in_name_is_whoever_has_it_for_mail(
    directory: GraphDirectory, graph: FakeGraph, *, batching: bool
) -> None:
    graph.batching = batching
    graph.users = {
        LOGIN: ANA,
        "bo@contoso.com": object_id(2),
        "one@contoso.com": object_id(3),
        "two@contoso.com": object_id(4),
    }
    graph.mails = {
        LOGIN: "Ana.Ruiz@contoso.com",
        "one@contoso.com": "both@contoso.com",
        "two@contoso.com": "both@contoso.com",
    }

    found = _people(directory, [MAIL, "bo@contoso.com", "both@contoso.com", "guest@elsewhere.com", object_id(9)])

    twins = (
        Person(object_id(3), "one@contoso.com", "both@contoso.com"),
        Person(object_id(4), "two@contoso.com", "both@contoso.com"),
    )
    assert found == {
        MAIL: Person(ANA, LOGIN, "Ana.Ruiz@contoso.com"),
        "bo@contoso.com": Person(object_id(2), "bo@contoso.com"),
        "both@contoso.com": Several(twins),
        "guest@elsewhere.com": None,
        object_id(9): None,
    }
    assert directory.name_of(ANA) == LOGIN


def test_mail_addresses_are_asked_for_in_bulk_and_only_those_that_are_nobodys(
    directory: GraphDirectory, graph: FakeGraph
) -> None:
    graph.users = {f"u{n}@contoso.com": object_id(n) for n in range(300)}
    graph.mails = {upn: f"mail.{upn}" for upn in graph.users}

    assert all(_people(directory, graph.mails.values()).values())
    assert len(graph.seen) == 2
    assert all(_people(directory, graph.users).values())
    assert len(graph.seen) == 3


def test_whoever_may_not_see_mail_addresses_is_told_of_sign_in_names_all_the_same(
    directory: GraphDirectory, graph: FakeGraph
) -> None:
    graph.users = {LOGIN: ANA}
    acts = iter([None, error(403, "Authorization_RequestDenied")])
    graph.chance = lambda: next(acts)

    assert _people(directory, [LOGIN, MAIL]) == {LOGIN: Person(ANA, LOGIN), MAIL: None}


@pytest.mark.parametrize("batching", [True, False])
def test_a_search_finds_all_whose_names_have_the_words(
    directory: GraphDirectory, graph: FakeGraph, *, batching: bool
) -> None:
    graph.batching = batching
    graph.users = {f"u{n}@contoso.com": object_id(n) for n in range(3)}
    graph.names = dict(zip(graph.users, ("Ruiz, Ana", "Ana Ruiz Lopez", "Bo Berg"), strict=True))

    found = directory.search(["Ana Ruiz", "Bo Berg", "Nobody", "bo berg", 'A "B" & C: D'])

    assert not isinstance(found, Failure)
    assert {name: [(one.upn, one.name) for one in some.people] for name, some in found.items()} == {
        "Ana Ruiz": [("u0@contoso.com", "Ruiz, Ana"), ("u1@contoso.com", "Ana Ruiz Lopez")],
        "Bo Berg": [("u2@contoso.com", "Bo Berg")],
        "bo berg": [("u2@contoso.com", "Bo Berg")],
        "Nobody": [],
        'A "B" & C: D': [],
    }
    assert not any(some.more for some in found.values())
    assert len(graph.seen) == (1 if batching else 5)


def test_a_search_with_more_hits_than_a_page_says_so(directory: GraphDirectory, graph: FakeGraph) -> None:
    graph.users = {f"u{n}@contoso.com": object_id(n) for n in range(3)}
    graph.names = dict.fromkeys(graph.users, "Ana Ruiz")
    graph.page = 2

    found = directory.search(["Ana Ruiz", "Bo Berg"])

    assert not isinstance(found, Failure)
    assert [(len(some.people), some.more) for some in found.values()] == [(2, True), (0, False)]


def test_a_search_that_is_not_allowed_is_a_refusal(directory: GraphDirectory, graph: FakeGraph) -> None:
    graph.item_acts = [error(403, "Authorization_RequestDenied")] * 2

    refusal = directory.search(["Ana Ruiz", "Bo Berg"])

    assert isinstance(refusal, Failure)
    assert (refusal.problem.code, refusal.scope) == ("directory-not-allowed", Scope.TENANT)


def test_nobody_is_asked_about_nobody(directory: GraphDirectory, graph: FakeGraph) -> None:
    assert _people(directory, []) == {}
    assert graph.seen == []


def test_long_names_are_spread_over_more_filters(directory: GraphDirectory, graph: FakeGraph) -> None:
    graph.users = {f"{'ü' * 60}{n}@contoso.com": object_id(n) for n in range(30)}
    assert all(_people(directory, graph.users).values())
    urls = [item["url"] for seen in graph.seen for item in seen.body["requests"]]
    assert max(map(len, urls)) < 2_048


def test_throttled_questions_are_asked_again_after_the_longest_wait(
    directory: GraphDirectory, graph: FakeGraph, time: VirtualTime
) -> None:
    graph.users = {f"user{n}@contoso.com": object_id(n) for n in range(45)}
    graph.item_acts = [error(429, Retry_After="3"), error(429, Retry_After="0.249")]
    assert all(_people(directory, graph.users).values())
    assert time.slept == [3.0]
    assert [len(seen.body["requests"]) for seen in graph.seen] == [3, 2]


class Listener:
    """A gate that writes down what it hears."""

    def __init__(self) -> None:
        self.heard: list[object] = []

    def wait(self) -> None:
        self.heard.append("wait")

    def answered(self, *, throttled: bool, retry_after: float | None) -> None:
        self.heard.append(retry_after if throttled else "let in")

    def unanswered(self) -> None:
        self.heard.append("unanswered")


def test_look_ups_are_paced_apart_from_meetings_and_gently_where_a_batch_has_refusals_in_it(
    graph: FakeGraph, time: VirtualTime, context: ssl.SSLContext
) -> None:
    """A refusal inside a batch is the directory's: one batch at a time is asked for at first, and again after it."""
    graph.users = {f"user{n}@contoso.com": object_id(n) for n in range(900)}
    graph.item_acts = [error(429, Retry_After="2"), error(429, Retry_After="3")]
    meetings, people = Listener(), Listener()

    with GraphClient(
        graph.url, Tokens("token-1"), gates=Gates(meetings, people), clock=time.clock, context=context
    ) as client:
        assert all(_people(GraphDirectory(client), graph.users).values())

    assert people.heard == ["wait", 3.0, *["wait", "let in"] * 3]
    assert meetings.heard == []


def test_failed_questions_are_asked_again_too(directory: GraphDirectory, graph: FakeGraph) -> None:
    graph.users = {f"user{n}@contoso.com": object_id(n) for n in range(45)}
    graph.item_acts = [error(503), Act(status=504, body=None), Act(status="odd", body=None)]  # type: ignore[arg-type]  # as a broken server would
    assert all(_people(directory, graph.users).values())


def test_a_question_that_is_never_answered_ends_the_lookup(directory: GraphDirectory, graph: FakeGraph) -> None:
    graph.item_acts = [error(500, "InternalServerError")] * 100
    refusal = directory.look_up([f"user{n}@contoso.com" for n in range(45)])
    assert isinstance(refusal, Failure)
    assert (refusal.problem.code, refusal.scope) == ("service-failed", Scope.SERVICE)
    assert len(graph.seen) == 12


def test_an_answer_that_a_batch_forgets_is_asked_for_again(directory: GraphDirectory, graph: FakeGraph) -> None:
    graph.users = {f"user{n}@contoso.com": object_id(n) for n in range(45)}
    stray = [{"id": "77", "status": 200, "body": {}}, "odd", {"id": "1", "status": 404}]
    graph.acts = [Act(status=200, body={"responses": stray})]
    assert all(_people(directory, graph.users).values())


@pytest.mark.parametrize(
    ("act", "code", "scope"),
    [
        (error(403, "Authorization_RequestDenied", "Insufficient privileges"), "directory-not-allowed", Scope.TENANT),
        (error(401, "InvalidAuthenticationToken"), "token-refused", Scope.TENANT),
        (error(500), "service-failed", Scope.SERVICE),
        (Act(status=404, body=b"<html>Not here"), "answer-of-somebody-else", Scope.TENANT),
        (error(429, Retry_After="3600"), "throttled", Scope.SERVICE),
        (Act(status=200, body={}), "answer-not-understood", Scope.SERVICE),
    ],
)
@pytest.mark.parametrize("count", [1, 40, 2_000])
def test_trouble_that_concerns_all_ends_the_lookup_early(
    directory: GraphDirectory, graph: FakeGraph, *, act: Act, code: str, scope: Scope, count: int
) -> None:
    graph.chance = lambda: act
    refusal = directory.look_up([f"user{n}@contoso.com" for n in range(count)])
    assert isinstance(refusal, Failure)
    assert (refusal.problem.code, refusal.scope) == (code, scope)
    assert len(graph.seen) < 200


def test_a_missing_permission_is_named(directory: GraphDirectory, graph: FakeGraph) -> None:
    graph.item_acts = [error(403, "Authorization_RequestDenied")] * 3
    refusal = directory.look_up([f"user{n}@contoso.com" for n in range(45)])
    assert isinstance(refusal, Failure)
    assert "User.ReadBasic.All" in refusal.problem.message


def test_an_answer_in_several_pages_is_asked_for_one_by_one(directory: GraphDirectory, graph: FakeGraph) -> None:
    graph.users = {"ana@contoso.com": object_id(1), "ben@contoso.com": object_id(2)}
    graph.acts = [Act(status=200, body={"value": [], "@odata.nextLink": "https://evil.example/"})]
    assert all(_people(directory, graph.users).values())


def test_entries_without_an_id_and_people_not_asked_for_are_passed_over(
    directory: GraphDirectory, graph: FakeGraph
) -> None:
    people = [None, {"userPrincipalName": "ana@contoso.com"}, {"id": "x", "userPrincipalName": "eve@contoso.com"}]
    graph.acts = [Act(status=200, body={"value": people})]
    assert _people(directory, ["ana@contoso.com"]) == {"ana@contoso.com": None}


def test_a_person_without_a_name_in_the_answer_keeps_the_one_asked_for(
    directory: GraphDirectory, graph: FakeGraph
) -> None:
    graph.acts = [Act(status=200, body={"id": object_id(1), "userPrincipalName": None})]
    assert _people(directory, [object_id(1)]) == {object_id(1): Person(object_id(1), object_id(1))}


def test_somebody_looked_up_is_known_by_name(directory: GraphDirectory, graph: FakeGraph) -> None:
    graph.users = {"ana@contoso.com": object_id(10)}
    _people(directory, ["ana@contoso.com"])
    assert directory.name_of(object_id(10).upper()) == "ana@contoso.com"
    assert directory.name_of("unknown") == "unknown"
