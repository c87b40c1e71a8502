"""Tokens for many threads: one sign-in for all, renewed in time, and failures that all who wait share.

The sign-in of these tests waits until every thread has come, so without the lock every thread would sign in.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from importer.core.catalogue import problem
from importer.core.model import ExitCode, Stop
from importer.graph.auth import ReadyToken, Secret, SignIn, credentials_from, token_source
from importer.graph.auth.faults import Busy
from importer.graph.auth.source import GRAPH_ITSELF, RenewingToken, StaticToken, Token, TokenRequest
from importer.graph.endpoints import CLOUDS
from tests.graph.auth.authority import CLIENT, GRAPH, TENANT, Time, fake_token

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.graph.auth import Place

THREADS = 32


class Steps:
    """A way of signing in that gives t1, t2, ... or fails as told, and counts."""

    def __init__(self, lifetime: float = 3600.0) -> None:
        self.lifetime = lifetime
        self.wanted: list[TokenRequest] = []
        self.failures: list[Stop] = []
        self.before: Callable[[], object] = lambda: None

    def __call__(self, wanted: TokenRequest) -> Token:
        self.wanted.append(wanted)
        number = len(self.wanted)
        self.before()
        if self.failures:
            raise self.failures.pop(0)
        return Token(Secret(f"t{number}"), self.lifetime)


def refused() -> Stop:
    return Stop(problem("sign-in-refused"), ExitCode.REFUSED)


def busy() -> Busy:
    return Busy(problem("sign-in-busy"))


class Gathering:
    """Knows when every thread has asked, so that the sign-in can go on no earlier."""

    def __init__(self, time: Time) -> None:
        self.complete = threading.Event()
        self.clock = replace(time.clock, monotonic=self._monotonic)
        self._time = time
        self._lock = threading.Lock()
        self._here = 0

    def arrive(self) -> None:
        with self._lock:
            self._here += 1
            if self._here == THREADS:
                self.complete.set()

    def _monotonic(self) -> float:
        """Is what a thread that asks for a token looks at before it stands in line."""
        self.arrive()
        return self._time.seconds


def all_at_once(ask: Callable[[], str], steps: Steps, gathering: Gathering) -> list[str]:
    """Let every thread ask while the sign-in is under way, and return what each got."""

    def one() -> str:
        try:
            return ask()
        except Stop as stop:
            return stop.problem.code

    steps.before = lambda: gathering.complete.wait(30)
    with ThreadPoolExecutor(THREADS) as pool:
        return [each.result(timeout=60) for each in [pool.submit(one) for _ in range(THREADS)]]


def test_threads_that_ask_at_once_make_one_sign_in(time: Time) -> None:
    steps, gathering = Steps(), Gathering(time)
    source = RenewingToken(steps, clock=gathering.clock)

    assert all_at_once(source.token, steps, gathering) == ["t1"] * THREADS
    assert len(steps.wanted) == 1


def test_threads_whose_token_is_refused_at_once_make_one_sign_in(time: Time) -> None:
    steps, gathering = Steps(), Gathering(time)
    source = RenewingToken(steps, clock=time.clock)
    source.token()

    def ask() -> str:
        gathering.arrive()
        return source.refresh("t1")

    assert all_at_once(ask, steps, gathering) == ["t2"] * THREADS
    assert len(steps.wanted) == 2


def test_threads_that_wait_share_the_refusal(time: Time) -> None:
    steps, gathering = Steps(), Gathering(time)
    steps.failures = [refused()] * THREADS
    source = RenewingToken(steps, clock=gathering.clock)

    assert all_at_once(source.token, steps, gathering) == ["sign-in-refused"] * THREADS
    assert len(steps.wanted) == 1


def test_who_asks_after_a_refusal_signs_in_anew(time: Time) -> None:
    steps = Steps()
    steps.failures = [refused()]
    source = RenewingToken(steps, clock=time.clock)
    with pytest.raises(Stop):
        source.token()

    assert source.token() == "t2"


def test_a_token_somebody_has_renewed_already_is_given_without_a_sign_in(time: Time) -> None:
    steps = Steps()
    source = RenewingToken(steps, clock=time.clock)
    source.refresh(source.token())

    assert source.refresh("t1") == "t2"
    assert len(steps.wanted) == 2


def test_a_refresh_says_which_token_must_not_come_back(time: Time) -> None:
    steps = Steps()
    source = RenewingToken(steps, clock=time.clock)

    source.refresh("old", claims="{}")

    assert steps.wanted == [TokenRequest(Secret("old"), "{}")]
    assert "old" not in repr(steps.wanted)


@pytest.mark.parametrize(("lifetime", "margin"), [(3600.0, 300.0), (60.0, 6.0)])
def test_a_token_is_renewed_before_its_end(lifetime: float, margin: float, time: Time) -> None:
    source = RenewingToken(Steps(lifetime), clock=time.clock)
    source.token()

    time.seconds += lifetime - margin - 0.5
    assert source.token() == "t1"
    time.seconds += 0.5
    assert source.token() == "t2"


def test_while_one_thread_renews_early_the_others_go_on(time: Time) -> None:
    steps = Steps()
    source = RenewingToken(steps, clock=time.clock)
    source.token()
    time.seconds += 3400
    began, go_on = threading.Event(), threading.Event()

    def linger() -> None:
        began.set()
        go_on.wait(30)

    steps.before = linger

    with ThreadPoolExecutor(1) as pool:
        renewing = pool.submit(source.token)
        assert began.wait(30)
        assert [source.token() for _ in range(5)] == ["t1"] * 5
        go_on.set()
        assert renewing.result(timeout=30) == "t2"


def test_an_early_renewal_that_fails_is_no_harm_while_the_token_is_good(time: Time) -> None:
    steps = Steps()
    source = RenewingToken(steps, clock=time.clock)
    source.token()
    steps.failures = [busy(), refused()]

    time.seconds += 3400
    assert source.token() == "t1"
    assert source.token() == "t1"
    assert len(steps.wanted) == 2
    time.seconds += 30
    assert source.token() == "t1"
    time.seconds += 30
    assert source.token() == "t4"
    assert time.slept == []


def test_a_token_that_has_run_out_is_not_used_when_renewing_fails(time: Time) -> None:
    steps = Steps()
    source = RenewingToken(steps, clock=time.clock)
    source.token()
    steps.failures = [refused()]
    time.seconds += 3600

    with pytest.raises(Stop):
        source.token()


def test_a_busy_service_is_tried_four_times(time: Time) -> None:
    steps = Steps()
    steps.failures = [busy(), busy(), busy(), busy()]

    with pytest.raises(Stop) as caught:
        RenewingToken(steps, clock=time.clock).token()

    assert (caught.value.exit_code, len(steps.wanted)) == (ExitCode.STOPPED, 4)
    assert time.slept == [1.0, 4.0, 15.0]


def test_a_refusal_is_not_tried_again(time: Time) -> None:
    steps = Steps()
    steps.failures = [refused()]

    with pytest.raises(Stop):
        RenewingToken(steps, clock=time.clock).token()

    assert len(steps.wanted) == 1


def test_what_is_held_does_not_show_the_token(time: Time) -> None:
    source = RenewingToken(Steps(), clock=time.clock)
    source.token()

    assert "t1" not in repr(vars(source))


def test_a_ready_token_is_given_as_it_is(place: Place) -> None:
    assert token_source(ReadyToken(Secret("opaque")), place).token() == "opaque"


def test_a_ready_token_that_is_refused_can_not_be_renewed(place: Place) -> None:
    source = token_source(ReadyToken(Secret("opaque")), place)

    with pytest.raises(Stop) as caught:
        source.refresh("opaque")

    assert (caught.value.problem.code, caught.value.exit_code) == ("access-token-expired", ExitCode.REFUSED)
    assert "Graph Explorer" in caught.value.problem.message


def ready(token: str, time: Time, *, audience: str = "", tenant: str = "") -> StaticToken:
    return StaticToken(ReadyToken(Secret(token), tenant), graph=GRAPH, audience=audience, clock=time.clock)


def test_a_ready_token_that_says_it_is_over_is_not_sent(time: Time) -> None:
    good = ready(fake_token(1), time)
    over = ready(fake_token(1, exp=1_794_999_999), time)

    assert good.token()
    with pytest.raises(Stop) as caught:
        over.token()
    assert caught.value.problem.code == "access-token-expired"


@pytest.mark.parametrize("audience", ["https://graph.microsoft.com", "https://graph.microsoft.com/", GRAPH_ITSELF])
def test_a_ready_token_for_graph_is_given(time: Time, audience: str) -> None:
    token = fake_token(1, aud=audience, exp=1_999_999_999)

    assert ready(token, time, audience=GRAPH).token() == token


@pytest.mark.parametrize("audience", ["https://management.azure.com", "https://graph.microsoft.us", "api://x", ""])
def test_a_ready_token_for_another_service_is_told_before_it_is_sent(time: Time, audience: str) -> None:
    token = fake_token(1, aud=audience, exp=1_999_999_999)

    with pytest.raises(Stop) as caught:
        ready(token, time, audience=GRAPH).token()

    assert (caught.value.problem.code, caught.value.exit_code) == ("access-token-for-another", ExitCode.REFUSED)


@pytest.mark.parametrize("cloud", ["global", "usgov-l4", "usgov-l5"])
def test_the_line_that_gets_the_right_token_is_the_clouds(time: Time, cloud: str, place: Place) -> None:
    graph = CLOUDS[cloud].graph_root
    at = replace(place, graph=graph, clock=time.clock)
    for claims in ({"aud": "https://management.azure.com"}, {"exp": 1}, {"tid": "another"}):
        source = token_source(ReadyToken(Secret(fake_token(1, **claims)), TENANT), at, audience=graph)
        with pytest.raises(Stop) as caught:
            source.token()

        assert f"az account get-access-token --resource {graph}" in caught.value.problem.message
        assert caught.value.exit_code is ExitCode.REFUSED


@pytest.mark.parametrize(
    ("said", "wanted", "code"),
    [
        ({"tid": TENANT}, TENANT, ""),
        ({"tid": TENANT.upper()}, TENANT, ""),
        ({}, TENANT, ""),
        ({"tid": 5}, TENANT, ""),
        ({"tid": CLIENT}, "", ""),
        ({"tid": CLIENT}, TENANT, "access-token-of-another-tenant"),
        ({"tid": "\x1b[31m"}, TENANT, "access-token-of-another-tenant"),
    ],
)
def test_a_ready_token_of_another_tenant_is_told_before_it_is_sent(
    said: dict[str, object], wanted: str, code: str, time: Time
) -> None:
    source = ready(fake_token(1, **said), time, tenant=wanted)
    if not code:
        assert source.token()
        return

    with pytest.raises(Stop) as caught:
        source.token()

    assert (caught.value.problem.code, caught.value.exit_code) == (code, ExitCode.REFUSED)
    assert caught.value.problem.message.isprintable()


def test_a_tenant_that_is_named_by_a_domain_is_not_compared() -> None:
    for name, tenant in ((TENANT, TENANT), ("contoso.onmicrosoft.com", ""), ("", "")):
        credentials = credentials_from({"MEETING_IMPORTER_ACCESS_TOKEN": "a.b.c", "AZURE_TENANT_ID": name}, SignIn.APP)
        assert credentials == ReadyToken(Secret("a.b.c"), tenant)
