"""What a run takes from the ledger instead of asking for it, and how new answers get there before they count.

Theory of operation. Rows that an earlier run has answered are not sent again where nothing about them can have changed;
where only asking can tell, they are. New answers are committed by a thread of its own, and only then given on. One
flush to the disk takes milliseconds, so answers share it: the first one waits a moment for others, and while one batch
is being written the next one gathers. The run's own thread never waits for the disk in between, so workers are fed
meanwhile.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, TypeAlias

from importer.core.memory import fingerprint
from importer.core.model import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from importer.core.memory import CachedAnswer
    from importer.core.row import Key, Row


SETTLED = frozenset({Status.CREATED, Status.EXISTING, Status.UPDATED})
"""Answers that leave nothing to do while the row stays as it is; `differs` needs a person, or --update."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryOptions:
    """What may be reused: answers of the runs in `interrupted_runs`, and with `only_changed` every same row's."""

    interrupted_runs: frozenset[str] = frozenset()
    only_changed: bool = False
    strict_attendees: bool = False


@dataclass(frozen=True, slots=True)
class Reuse:
    """The ready rows again: those `reused` from memory, and those that are `to_send` to ask.

    `recovered` counts those of the former that a broken-off run had answered.
    """

    reused: tuple[Row, ...]
    to_send: tuple[Row, ...]
    recovered: int = 0


def reuse_known_results(rows: Sequence[Row], known: Mapping[Key, CachedAnswer], options: MemoryOptions) -> Reuse:
    """Split the rows into those whose answer is known and those to ask."""
    found = {row.number: answer for row in rows if (answer := _answer(row, known, options))}
    for number in _doubtful(rows, found):
        del found[number]
    reused = tuple(_reused(row, found[row.number], options) for row in rows if row.number in found)
    recovered = sum(result.status is not Status.UNCHANGED for result in reused)
    return Reuse(reused, tuple(row for row in rows if row.number not in found), recovered)


def _answer(row: Row, known: Mapping[Key, CachedAnswer], options: MemoryOptions) -> CachedAnswer | None:
    answer = known.get(row.key)
    if answer is None or answer.status not in SETTLED or answer.fingerprint != fingerprint(row):
        return None
    if options.strict_attendees and any(found.code == "attendee-not-found" for found in answer.problems):
        return None  # such a row was fine when it was answered, and fails now
    return answer if options.only_changed or answer.run_id in options.interrupted_runs else None


def _doubtful(rows: Sequence[Row], found: Mapping[int, CachedAnswer]) -> set[int]:
    """Return the rows that may be another row's twin under another name of the organizer: only asking can tell.

    One person has several names: UPN, object ID, mail address, display name.
    """
    meetings = Counter(answer.meeting.graph_id or answer.meeting.join_url for answer in found.values())
    asked: dict[str, set[str]] = {}
    for row in rows:
        if row.number not in found:
            asked.setdefault(row.external_id, set()).add(row.organizer.casefold())
    return {
        row.number
        for row in rows
        if (answer := found.get(row.number))
        and (
            meetings[answer.meeting.graph_id or answer.meeting.join_url] > 1
            or asked.get(row.external_id, set()) - {row.organizer.casefold()}
        )
    }


def _reused(row: Row, answer: CachedAnswer, options: MemoryOptions) -> Row:
    return replace(
        row,
        status=answer.status if answer.run_id in options.interrupted_runs else Status.UNCHANGED,
        problems=(*answer.problems, *row.problems),
        meeting=answer.meeting,
        checked_at=answer.checked_at,
    )


LARGEST_BATCH = 50
"""Answers in one commit: a kill at the worst moment costs these calls once more, never a meeting twice."""

GATHER_SECONDS = 0.02
"""How long the first answer of a batch waits for others. A commit costs 1.5 ms of CPU (measured at 560 rows a second),
so fifty of them a second are borne; and a kill makes ask again what arrives in this time."""

_Done: TypeAlias = "Row | BaseException"


class CommitQueue:
    """Results on their way from the runner to the report, by way of the ledger.

    `save` makes results durable before it returns; it is called from one other thread. `gather` is in seconds.
    Iterate `through(results)`; when that ends early, `rest()` still gives what has not been given yet.
    """

    def __init__(self, save: Callable[[Sequence[Row]], None], *, gather: float = GATHER_SECONDS) -> None:
        self._save = save
        self._gather = gather
        self._ended = threading.Event()
        self._arrived: SimpleQueue[Row | None] = SimpleQueue()
        self._done: SimpleQueue[_Done] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="ledger", daemon=True)

    def through(self, results: Iterable[Row]) -> Iterator[Row]:
        """Return each result once it is durable. Raise what `results` or `save` raised."""
        self._thread.start()
        try:
            for result in results:
                self._arrived.put(result)
                yield from self._committed()
        finally:
            self._arrived.put(None)
            self._ended.set()
            self._thread.join()
        yield from self._committed()

    def rest(self) -> list[Row]:
        """Return the results that came after the last one that `through` gave; for saving what there is."""
        left = []
        while not self._done.empty():
            left.append(self._done.get())
        return [done for done in left if not isinstance(done, BaseException)]

    def _committed(self) -> Iterator[Row]:
        while not self._done.empty():
            done = self._done.get()
            if isinstance(done, BaseException):
                raise done
            yield done

    def _work(self) -> None:
        while batch := self._batch():
            try:
                self._save(batch)
            except BaseException as error:  # noqa: BLE001 - handed to the run's thread, which raises it
                self._give(batch)
                self._done.put(error)
            else:
                self._give(batch)

    def _give(self, batch: Iterable[Row]) -> None:
        for result in batch:
            self._done.put(result)

    def _batch(self) -> list[Row]:
        """Wait for a result, a moment longer for others, and take what has arrived; nothing once all are through."""
        batch: list[Row] = []
        found = self._arrived.get()
        if self._arrived.qsize() < LARGEST_BATCH:
            self._ended.wait(self._gather)
        while found is not None:
            batch.append(found)
            if len(batch) == LARGEST_BATCH:
                return batch
            try:
                found = self._arrived.get_nowait()
            except Empty:
                return batch
        if batch:
            self._arrived.put(None)  # the end is still to be seen
        return batch
