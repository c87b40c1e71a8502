"""The claim that pacing exists for: as fast as the service allows, with hardly a request refused.

Figures are of whole runs, with what learning costs, and all in virtual time. What is allowed includes a burst at the
start, so nothing is won by finding a full bucket.
"""

from __future__ import annotations

import random
from statistics import mean
from typing import TYPE_CHECKING

import pytest

from importer.core.run import spread
from importer.graph.pacing import Limits
from tests.graph.pacing.designs import Learned, NoPacing, SharedPause
from tests.graph.pacing.models import ODD, USUAL, Model, organizers
from tests.graph.pacing.servers import Bucket, Changing, EachUser, NoLimit, Window, decimal
from tests.graph.pacing.simulation import Setting, Tally, efficiency, rising, simulate, steady, thrashing

if TYPE_CHECKING:
    from tests.graph.pacing.servers import Server
    from tests.graph.pacing.simulation import Latency

USED = 0.97
"""Of what the server allows."""
REFUSED = 0.01
"""Of the requests sent after the first ten seconds."""

SHORT_OF_IT = {
    "sliding 200 in 10 s, whole seconds": 0.92,
    "sliding 500 in 10 s, whole seconds": 0.92,
    "sliding 1000 in 10 s, whole seconds": 0.92,
    "window 60 in 3 s, whole seconds": 0.90,
    "window 150 in 3 s, whole seconds": 0.90,
    "window 300 in 3 s, whole seconds": 0.90,
    "window 20 in 1 s, whole seconds": 0.89,
    "window 50 in 1 s, whole seconds": 0.89,
    "window 100 in 1 s, whole seconds": 0.89,
    "window 50 in 1 s, milliseconds": 0.96,
}
"""What is reached instead where Retry-After is rounded up to one second and the true wait is a few milliseconds: each
refusal costs that second. A few are needed to learn the rate, and one every half minute to notice a raised limit."""

ODD_BOUNDS = {
    "window 30 in 3 s": (0.92, 0.01),
    "sliding 100 in 10 s, refused count too": (0.92, 0.01),
    "bucket 50/s, no Retry-After": (0.92, 0.01),
    "window 500 in 10 s, no Retry-After": (0.95, 0.02),
    "bucket 20/s, burst 3000": (0.99, 0.035),
    "user 0.4/s, fifty of them": (0.95, 0.01),
    "bucket 50/s, burst 10": (0.75, 0.01),
    "bucket 50/s, always says 10 s": (0.50, 0.01),
}
"""Share used and share refused late, where a service makes the usual bounds impossible or dear."""


AT_50 = [model for model in USUAL if model.rate == 50]
"""A cut through the usual models, for what takes several runs each."""


FAMILIES = (AT_50[0], AT_50[3], AT_50[5], AT_50[7], AT_50[8])
"""One of each kind: bucket, windows, sliding window, and the bucket that tells milliseconds."""


def run(model: Model, *, workers: int = 16, seed: int = 1) -> Tally:
    """Return our run against a model."""
    setting = Setting(organizers=organizers(model.rows), workers=workers, header=model.header, seed=seed)
    return simulate(Learned(Limits(workers=workers)), model.make(), setting)


def seconds(server: Server, rows: list[str], *, workers: int = 16) -> float:
    """Return how long we take for these rows, the mean of three networks."""
    settings = [Setting(organizers=rows, workers=workers, seed=seed) for seed in range(3)]
    return mean(simulate(Learned(Limits(workers=workers)), server, setting).seconds for setting in settings)


@pytest.mark.parametrize("model", USUAL, ids=str)
def test_uses_what_the_service_allows_and_is_hardly_refused(model: Model) -> None:
    tally = run(model)

    assert efficiency(tally, model.make()) >= SHORT_OF_IT.get(model.name, USED)
    assert tally.refused_late <= REFUSED
    assert sorted(row for _, row in tally.done) == list(range(model.rows))


@pytest.mark.parametrize("rate", [50, 100])
@pytest.mark.parametrize("latency", [steady(), rising(0.05, beyond=7)], ids=["fast client", "slow client"])
def test_a_run_of_half_a_minute_leaves_hardly_a_token_in_the_bucket(rate: int, latency: Latency) -> None:
    """A pause of a second fills a bucket, and what is left in it at the end was waited for in vain."""
    settings = [Setting(organizers=organizers(1500), latency=latency, seed=seed) for seed in range(3)]
    tallies = [simulate(Learned(), Bucket(rate, rate), setting) for setting in settings]

    assert mean(efficiency(tally, Bucket(rate, rate)) for tally in tallies) >= 0.96
    assert mean(tally.refused_share for tally in tallies) <= 0.011


@pytest.mark.parametrize("model", ODD, ids=str)
def test_odd_services_are_used_well_too(model: Model) -> None:
    used, refused = ODD_BOUNDS.get(model.name, (USED, REFUSED))

    tally = run(model)

    assert efficiency(tally, model.make()) >= used
    assert tally.refused_late <= refused
    assert sorted(row for _, row in tally.done) == list(range(model.rows))


def test_is_refused_ten_times_less_often_than_simpler_designs() -> None:
    ours = mean(run(model).refused_late for model in FAMILIES)

    for simpler in (NoPacing, SharedPause):
        settings = [Setting(organizers=organizers(model.rows), header=model.header) for model in FAMILIES]
        theirs = [simulate(simpler(), model.make(), setting) for model, setting in zip(FAMILIES, settings, strict=True)]
        assert ours <= 0.1 * mean(tally.refused_late for tally in theirs)


@pytest.mark.parametrize("model", FAMILIES, ids=str)
def test_64_workers_are_never_slower_than_16(model: Model) -> None:
    """The dice fall differently for each number of workers, hence the 4 %."""
    few = mean(run(model, workers=16, seed=seed).seconds for seed in (1, 2, 3))
    many = mean(run(model, workers=64, seed=seed).seconds for seed in (1, 2, 3))

    assert many <= few * 1.04


@pytest.mark.parametrize("workers", [1, 4, 8, 16])
@pytest.mark.parametrize("rows", [20, 500])
def test_without_a_limit_nothing_is_slower(workers: int, rows: int) -> None:
    setting = Setting(organizers=organizers(rows), workers=workers)

    ours = simulate(Learned(Limits(workers=workers)), NoLimit(), setting)

    assert ours.seconds == simulate(NoPacing(), NoLimit(), setting).seconds


@pytest.mark.parametrize(("workers", "round_trips"), [(32, 1.0), (64, 2.0)])
def test_many_workers_join_within_two_round_trips(workers: int, round_trips: float) -> None:
    setting = Setting(organizers=organizers(2000), workers=workers, latency=steady(0.2))

    ours = simulate(Learned(Limits(workers=workers)), NoLimit(), setting)

    assert ours.seconds <= simulate(NoPacing(), NoLimit(), setting).seconds + 0.2 * round_trips
    assert ours.most_in_air == workers


@pytest.mark.parametrize("workers", [32, 64, 128])
def test_workers_that_a_slow_service_can_not_use_do_no_harm(workers: int) -> None:
    times = {}
    for count in (16, workers):
        setting = Setting(organizers=organizers(5000), workers=count, latency=rising(0.05, beyond=16))
        times[count] = simulate(Learned(Limits(workers=count)), NoLimit(), setting).seconds

    assert times[workers] <= times[16] * 1.01


@pytest.mark.parametrize("workers", [32, 64, 128])
def test_a_service_that_breaks_down_under_load_is_not_loaded_so_far(workers: int) -> None:
    """Unpaced, 64 workers take twice the time of 16 here, and 128 four times."""
    times = {}
    for count in (16, workers):
        setting = Setting(organizers=organizers(5000), workers=count, latency=thrashing(0.05, beyond=16))
        times[count] = simulate(Learned(Limits(workers=count)), NoLimit(), setting).seconds

    assert times[workers] <= times[16] * 1.05


def limited_users() -> EachUser:
    """Four a second for each organizer, twenty a second for all."""
    return EachUser(lambda: Window(4, 1), Window(600, 30))


def test_a_sorted_roster_is_as_fast_as_a_shuffled_one() -> None:
    grouped = [f"user{row // 40}" for row in range(2000)]
    shuffled = random.Random(1).sample(grouped, len(grouped))

    as_it_is, ours, best = (seconds(limited_users(), rows) for rows in (grouped, spread(grouped, str), shuffled))

    assert ours <= 1.2 * best
    assert as_it_is > 3 * best


def test_a_busy_organizer_among_small_ones_is_as_fast_as_shuffled() -> None:
    grouped = ["busy"] * 300 + [f"user{row // 7}" for row in range(1700)]
    shuffled = random.Random(1).sample(grouped, len(grouped))

    ours, best = (seconds(limited_users(), rows) for rows in (spread(grouped, str), shuffled))

    assert ours <= 1.2 * best


@pytest.mark.parametrize(
    ("before", "after", "used"), [(100, 20, 0.97), (20, 100, 0.75), (30, 50, 0.90), (50, 30, 0.97)]
)
def test_a_limit_that_changes_is_followed(before: int, after: int, used: float) -> None:
    """A lowered limit at once, a raised one within a minute or so: these runs have two minutes left for it."""

    def server() -> Changing:
        return Changing(Bucket(before, before), Bucket(after, after), 40.0)

    rows = 40 * before + 120 * after
    tally = simulate(Learned(), server(), Setting(organizers=organizers(rows), header=decimal))

    assert efficiency(tally, server()) >= used
    assert tally.refused_late <= 1.5 * REFUSED


def test_a_rate_that_the_user_set_is_kept() -> None:
    tally = simulate(Learned(Limits(rate=12.5)), NoLimit(), Setting(organizers=organizers(500)))

    assert len(tally.sent) / tally.seconds == pytest.approx(12.5, rel=0.01)


def test_no_more_are_in_the_air_than_the_user_set() -> None:
    setting = Setting(organizers=organizers(500), workers=64)

    assert simulate(Learned(Limits(workers=5)), NoLimit(), setting).most_in_air == 5
