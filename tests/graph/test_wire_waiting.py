"""Nobody waits in the dark: servers that are dead, silent, dripping or endless, on real sockets, with small budgets."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from importer.core import Failure, Scope
from importer.core.catalogue import problem
from importer.core.catalogue.words import SILENCE
from importer.core.model import ExitCode, Stop
from importer.graph import FirstAnswers
from importer.graph.client import GraphClient, Operation
from importer.graph.faults import OperationKind
from importer.graph.http import MOST_BYTES
from importer.graph.meetings import GraphMeetings
from importer.graph.probe import probe_connectivity
from importer.graph.users import GraphDirectory
from importer.graph.wire import NOT_GRAPHS, UNREACHABLE, Budget, ErrorResponse, Reply, RetryPolicy
from tests.graph.fake_graph import Act, FakeGraph, Tokens, VirtualTime
from tests.listening import listening
from tests.rows import a_request

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

    Speak = Callable[[socket.socket, threading.Event], None]

ME = Operation("GET", "/me?$select=id", OperationKind.PEOPLE)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
LONG = 20.0
"""Seconds that no test may take; a server that drips does so for longer."""
SHORT = RetryPolicy(attempts=3, total=0.3, silence=1.0)
REQUEST = a_request(external_id="A-1", organizer_id="id-ana", subject="", start=None, end=None, attendees=())


def silent(_connection: socket.socket, over: threading.Event) -> None:
    over.wait(LONG)


def dripping_head(connection: socket.socket, over: threading.Event) -> None:
    connection.sendall(HEAD + b"X-Drip: ")
    while not over.wait(0.05):
        connection.sendall(b"x")


def dripping_body(connection: socket.socket, over: threading.Event) -> None:
    connection.sendall(HEAD + b"Content-Length: 100000\r\n\r\n")
    while not over.wait(0.05):
        connection.sendall(b" ")


def dripping_chunks(connection: socket.socket, over: threading.Event) -> None:
    connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    while not over.wait(0.05):
        connection.sendall(b"1\r\n \r\n")


def endless(connection: socket.socket, over: threading.Event) -> None:
    connection.sendall(HEAD + b"\r\n")
    while not over.is_set():
        connection.sendall(b" " * 65_536)


def endless_head(connection: socket.socket, over: threading.Event) -> None:
    connection.sendall(HEAD + b"X: ")
    while not over.is_set():
        connection.sendall(b"x" * 65_536)


def bomb(connection: socket.socket, over: threading.Event) -> None:
    """A gigabyte in a megabyte."""
    connection.sendall(HEAD + b"Content-Encoding: gzip\r\n\r\n")
    packing = zlib.compressobj(9, wbits=31)
    for _ in range(100):
        if not over.is_set():
            connection.sendall(packing.compress(b" " * 10_000_000))


@contextmanager
def speaking(speak: Speak) -> Iterator[str]:
    """Give the address of a server that treats every connection like that, until the block is left."""
    over = threading.Event()

    def treat(connection: socket.socket) -> None:
        connection.recv(65_536)
        speak(connection, over)

    with listening(treat) as port:
        yield f"http://127.0.0.1:{port}"
        over.set()


@pytest.fixture
def started() -> Iterator[None]:
    """Refuse a test that took as long as a server that never ends."""
    began = time.monotonic()
    yield
    assert time.monotonic() - began < LONG


def after_an_answer(speak: Speak) -> Speak:
    """Answer the first request of a connection, and treat it like that from the second on."""

    def both(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(HEAD + b"Content-Length: 2\r\n\r\n{}")
        connection.recv(65_536)
        speak(connection, over)

    return both


NEVER_WHOLE = (silent, dripping_head, dripping_body, dripping_chunks)
ENDLESS = (endless, bomb)


@pytest.mark.usefixtures("started")
@pytest.mark.parametrize("speak", NEVER_WHOLE)
def test_a_connection_that_falls_silent_later_is_given_up_too(
    speak: Speak, time: VirtualTime, context: ssl.SSLContext
) -> None:
    asking = Operation("GET", "/x", OperationKind.MEETING)
    with (
        speaking(after_an_answer(speak)) as url,
        GraphClient(url, Tokens("token-1"), clock=time.clock, limits=SHORT, context=context) as client,
    ):
        assert [client.call(asking).status for _ in range(3)] == [200, 200, 200]

    assert len(time.slept) == 2  # the second and the third were asked again, over a connection of their own


@pytest.mark.usefixtures("started")
@pytest.mark.parametrize("speak", NEVER_WHOLE)
@pytest.mark.parametrize("kind", list(OperationKind))
def test_an_operation_ends_whatever_trickles_in(
    speak: Speak, kind: OperationKind, time: VirtualTime, context: ssl.SSLContext
) -> None:
    with (
        speaking(speak) as url,
        GraphClient(url, Tokens("token-1"), clock=time.clock, limits=SHORT, context=context) as client,
    ):
        outcome = client.call(Operation("POST", "/x", kind, b"{}"))

    assert isinstance(outcome, ErrorResponse)
    assert (outcome.status, outcome.code) == (0, UNREACHABLE)


@pytest.mark.usefixtures("started")
@pytest.mark.parametrize("speak", ENDLESS)
def test_an_answer_without_an_end_is_not_graphs_and_is_not_read_on(
    speak: Speak, time: VirtualTime, context: ssl.SSLContext
) -> None:
    with (
        speaking(speak) as url,
        GraphClient(url, Tokens("token-1"), clock=time.clock, context=context) as client,
    ):
        refusal = GraphMeetings(client).create_or_get(REQUEST)

    assert isinstance(refusal, Failure)
    assert (refusal.problem.code, refusal.scope) == ("answer-of-somebody-else", Scope.TENANT)
    assert str(MOST_BYTES) in refusal.problem.detail


@pytest.mark.usefixtures("started")
def test_a_head_without_an_end_is_no_answer(time: VirtualTime, context: ssl.SSLContext) -> None:
    with (
        speaking(endless_head) as url,
        GraphClient(url, Tokens("token-1"), clock=time.clock, limits=SHORT, context=context) as client,
    ):
        assert client.call(ME).status == 0


def test_a_packed_answer_is_unpacked_and_a_damaged_one_asked_for_again(client: GraphClient, graph: FakeGraph) -> None:
    packed = gzip.compress(b'{"id": "1"}')
    graph.acts = [
        Act(status=200, body=b"no gzip at all", headers={"Content-Encoding": "gzip"}),
        Act(status=200, body=packed, headers={"Content-Encoding": "br"}),
        Act(status=200, body=packed, headers={"Content-Encoding": "GZIP"}),
    ]

    assert client.call(ME) == Reply(200, {"id": "1"})
    assert len(graph.seen) == 3


@pytest.mark.usefixtures("started")
@pytest.mark.parametrize("speak", [*NEVER_WHOLE, *ENDLESS])
def test_a_knock_ends_too(speak: Speak, context: ssl.SSLContext) -> None:
    with speaking(speak) as url:
        heard = probe_connectivity(url, context=context, now=lambda: 0.0, seconds=0.3)

    assert isinstance(heard.outcome, ErrorResponse)
    assert heard.outcome.code in (UNREACHABLE, NOT_GRAPHS)


class Waited:
    """First answers in virtual time that note what they say."""

    def __init__(self, time: VirtualTime, seconds: float) -> None:
        self.said: list[tuple[str, float]] = []
        self.spoken = threading.Event()
        self.first = FirstAnswers(seconds, monotonic=lambda: time.time, say=self.say, said_after=0.0)

    def say(self, kind: str, seconds: float) -> None:
        self.said.append((kind, seconds))
        self.spoken.set()


def test_a_dead_service_is_given_up_within_the_budget_of_the_first_answer(
    time: VirtualTime, context: ssl.SSLContext
) -> None:
    """One budget for all rows: those that come when it is spent are given up at once."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    waited, began = Waited(time, 40.0), time.time

    with GraphClient(url, Tokens("token-1"), clock=time.clock, context=context, first=waited.first) as client:
        refusals = [GraphMeetings(client).create_or_get(REQUEST) for _ in range(10)]

    assert {each.problem.code for each in refusals if isinstance(each, Failure)} == {"service-unreachable"}
    assert time.time - began <= 40.0
    assert waited.spoken.wait(LONG)
    assert waited.said == [("meetings", 40.0)]


@pytest.mark.usefixtures("started")
def test_people_that_were_told_do_not_lengthen_the_wait_for_the_first_meeting(
    graph: FakeGraph, time: VirtualTime, context: ssl.SSLContext
) -> None:
    graph.users = {"ana@contoso.com": "00000000-0000-0000-0000-000000000001"}
    waited = Waited(time, 0.3)

    with GraphClient(graph.url, Tokens("token-1"), clock=time.clock, context=context, first=waited.first) as client:
        assert not isinstance(GraphDirectory(client).look_up(graph.users), Failure)
        graph.chance = lambda: Act(hang=True)
        refusal = GraphMeetings(client).create_or_get(REQUEST)

    assert isinstance(refusal, Failure)
    assert (refusal.problem.code, refusal.scope) == ("service-unreachable", Scope.SERVICE)
    assert len([seen for seen in graph.seen if seen.path.endswith("createOrGet")]) == 1


def test_after_a_first_answer_there_is_patience_again(
    graph: FakeGraph, time: VirtualTime, context: ssl.SSLContext
) -> None:
    waited = Waited(time, 5.0)
    with GraphClient(graph.url, Tokens("token-1"), clock=time.clock, context=context, first=waited.first) as client:
        assert isinstance(client.call(ME), Reply)
        graph.acts = [Act(reset=True)] * 6
        assert isinstance(client.call(ME), Reply)

    assert sum(time.slept) > 5.0


def test_who_is_waited_for_is_said_only_while_there_is_no_answer() -> None:
    said: list[str] = []
    first = FirstAnswers(40.0, say=lambda kind, _seconds: said.append(kind), said_after=3_600.0)
    first.left("people")
    first.answered("people")
    first.left("meetings")
    first.close()

    assert (first.left("people"), said) == (float("inf"), [])
    assert set(SILENCE) == {"sign-in", "people", "meetings", "changes", "events"}


def test_silence_ends_an_operation_sooner_than_being_told_to_wait() -> None:
    silence, refused = ErrorResponse(0, UNREACHABLE), ErrorResponse(429, "TooManyRequests", retry_after=30.0)
    limits = RetryPolicy(silence=100.0, first_wait=1.0)
    budget = Budget(limits, started=0.0)

    assert budget.wait_after(silence, now=99.5, chance=0.0) == 0.5
    assert budget.wait_after(refused, now=150.0, chance=0.0) == 30.0
    assert budget.wait_after(silence, now=240.0, chance=0.0) == 1.0
    assert budget.wait_after(silence, now=250.0, chance=0.0) is None


@pytest.mark.usefixtures("started")
def test_a_question_about_people_ends_as_soon_as_nobody_waits_for_it(
    time: VirtualTime, context: ssl.SSLContext
) -> None:
    """From its answer nothing is lost; a call that makes a meeting has its moment, which the run gives it."""
    ended = Stop(problem("interrupted"), ExitCode.INTERRUPTED)

    def check() -> None:
        raise ended

    with (
        speaking(silent) as url,
        GraphClient(url, Tokens("token-1"), clock=time.clock, context=context, check=check) as client,
        pytest.raises(Stop) as stopped,
    ):
        GraphDirectory(client).look_up([f"user{n}@contoso.com" for n in range(40)])

    assert stopped.value is ended
