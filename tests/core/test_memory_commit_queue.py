"""No answer counts before it is durable, none is held back for the next one, and none is lost on the way."""

from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING

import pytest

from importer.core.memory import LARGEST_BATCH, CommitQueue
from tests.ledger.entries import answered, planned

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.core.row import Row

RESULTS = [answered(planned(number)) for number in range(2, 202)]


class Disk:
    """Keeps results, each batch when it is let."""

    def __init__(self) -> None:
        self.kept: list[Row] = []
        self.batches: list[int] = []
        self.free = threading.Event()
        self.wrote: SimpleQueue[None] = SimpleQueue()

    def save(self, results: Sequence[Row]) -> None:
        assert self.free.wait(60)
        self.kept += results
        self.batches.append(len(results))
        self.wrote.put(None)


@pytest.fixture
def disk() -> Disk:
    """Return a disk that is free."""
    made = Disk()
    made.free.set()
    return made


def test_every_result_comes_through_in_order_and_once(disk: Disk) -> None:
    assert list(CommitQueue(disk.save, gather=0).through(iter(RESULTS))) == disk.kept == RESULTS


def test_nothing_is_given_before_it_is_kept(disk: Disk) -> None:
    for result in CommitQueue(disk.save, gather=0).through(iter(RESULTS)):
        assert result in disk.kept


def test_nothing_at_all_goes_through_too(disk: Disk) -> None:
    assert list(CommitQueue(disk.save, gather=0).through(iter(()))) == []


def test_a_result_that_comes_alone_is_kept_while_the_next_is_waited_for(disk: Disk) -> None:
    def one_by_one() -> Iterator[Row]:
        for result in RESULTS[:3]:
            yield result
            disk.wrote.get(timeout=60)  # the next one comes when this one is safe

    assert list(CommitQueue(disk.save, gather=0).through(one_by_one())) == RESULTS[:3]
    assert disk.batches == [1, 1, 1]


def test_what_arrives_while_the_disk_is_busy_shares_a_commit(disk: Disk) -> None:
    def at_once() -> Iterator[Row]:
        disk.free.clear()
        yield from RESULTS
        disk.free.set()

    list(CommitQueue(disk.save, gather=0).through(at_once()))

    assert (sum(disk.batches), max(disk.batches)) == (len(RESULTS), LARGEST_BATCH)
    assert len(disk.batches) <= len(RESULTS) / LARGEST_BATCH + 2


def test_what_was_kept_is_still_given_when_the_run_breaks(disk: Disk) -> None:
    def breaks() -> Iterator[Row]:
        yield from RESULTS[:5]
        raise ZeroDivisionError

    commits, got = CommitQueue(disk.save, gather=0), []
    with pytest.raises(ZeroDivisionError):
        got += [*commits.through(breaks())]
    assert [*got, *commits.rest()] == RESULTS[:5]


def test_what_was_kept_is_still_given_when_whoever_counts_breaks(disk: Disk) -> None:
    commits = CommitQueue(disk.save, gather=0)
    through = commits.through(iter(RESULTS))
    got = next(through)
    through.close()  # type: ignore[attr-defined]  # it is a generator, and this is what an exception outside it does

    assert [got, *commits.rest()] == disk.kept


def test_a_bug_in_keeping_is_not_swallowed() -> None:
    def breaks(_: object) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(CommitQueue(breaks, gather=0).through(iter(RESULTS)))
