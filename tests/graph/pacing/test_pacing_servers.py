"""The imitated services do what they are named for; else every figure measured against them is worth nothing."""

from __future__ import annotations

import pytest

from tests.graph.pacing.designs import NoPacing
from tests.graph.pacing.models import USUAL, Model, organizers
from tests.graph.pacing.servers import (
    Bucket,
    Changing,
    EachUser,
    Server,
    Sliding,
    Window,
    always_ten,
    decimal,
    integer,
    missing,
)
from tests.graph.pacing.simulation import Setting, efficiency, simulate


def let_in(server: Server, moments: list[float], organizer: str = "ana") -> list[bool]:
    """Return for each moment whether a request was let in."""
    return [server.ask(moment, organizer) is None for moment in moments]


def test_a_bucket_lets_its_burst_in_and_then_its_rate() -> None:
    assert let_in(Bucket(2, 3), [0, 0, 0, 0, 0.4, 0.5, 0.9, 1.0]) == [True, True, True, False, False, True, False, True]


def test_a_bucket_says_when_the_next_token_is_there() -> None:
    bucket = Bucket(2, 1)
    bucket.ask(0, "ana")

    assert bucket.ask(0.1, "ana") == pytest.approx(0.4)


def test_a_greedy_bucket_takes_tokens_for_refused_requests() -> None:
    assert let_in(Bucket(1, 1, greedy=True), [0, 0.5, 1.0, 2.0, 3.5]) == [True, False, False, False, False]


def test_a_window_begins_anew() -> None:
    assert let_in(Window(2, 10), [1, 2, 3, 9.9, 10]) == [True, True, False, False, True]


def test_a_window_may_be_found_begun_and_used() -> None:
    window = Window(2, 10, phase=7, used=1)

    assert let_in(window, [0, 1, 3, 3, 3]) == [True, False, True, True, False]
    assert window.ask(4, "ana") == pytest.approx(9)


def test_a_sliding_window_forgets_one_by_one() -> None:
    assert let_in(Sliding(2, 10), [0, 5, 9, 10, 14, 15]) == [True, True, False, True, False, True]


def test_a_greedy_sliding_window_counts_refused_requests() -> None:
    assert let_in(Sliding(1, 10, greedy=True), [0, 9, 10, 18, 28]) == [True, False, False, False, True]


def test_organizers_have_limits_of_their_own() -> None:
    server = EachUser(lambda: Window(1, 10), Window(2, 10))

    assert let_in(server, [0, 0]) == [True, False]
    assert let_in(server, [0], "bob") == [True]
    assert let_in(server, [0], "cem") == [False]


def test_a_limit_changes_at_its_moment() -> None:
    server = Changing(Window(1, 10), Window(3, 10), 10)

    assert let_in(server, [0, 1, 10, 11, 12, 13]) == [True, False, True, True, True, False]
    assert server.allowed(5) == pytest.approx(0.5)
    assert server.allowed(20) == pytest.approx(1 + 3)


def test_headers_round_as_services_do() -> None:
    assert [header(0.0301) for header in (integer, decimal, missing, always_ten)] == [1.0, 0.031, None, 10.0]
    assert integer(2.001) == 3.0


BUCKETS = [model for model in USUAL if model.name.startswith("bucket")]
"""Windows may be emptied at their beginning, the last one too."""


@pytest.mark.parametrize("model", BUCKETS, ids=str)
def test_whoever_tries_all_the_time_gets_everything_and_no_more(model: Model) -> None:
    rows = organizers(model.rows // 3)
    tally = simulate(NoPacing(), model.make(), Setting(organizers=rows, header=decimal))

    assert 0.98 <= efficiency(tally, model.make()) <= 1.001


def test_time_in_the_simulation_is_the_network_s() -> None:
    """One worker, one row after the other: 1,000 answers of 50 ms each, a fifth of jitter."""
    tally = simulate(NoPacing(), Window(10_000, 1000), Setting(organizers=["ana"] * 1000, workers=1))

    assert tally.seconds == pytest.approx(51, rel=0.02)
    assert tally.most_in_air == 1
