"""Answers are safe before they count: a thread of its own commits what has arrived, and only then is it given on.

Theory of operation. One flush to the disk takes milliseconds, so answers share it: the first one waits a moment for
others, and while one batch is being written the next one gathers. The run's own thread never waits for the disk in
between, so workers are fed meanwhile.
"""

from __future__ import annotations

import threading
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from importer.core.row import Row


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
        self._keep = save
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
                self._keep(batch)
            except BaseException as error:  # noqa: BLE001 - handed to the run's thread, which raises it
                self._give(batch)
                self._done.put(error)
            else:
                self._give(batch)

    def _give(self, batch: Iterable[Row]) -> None:
        for result in batch:
            self._done.put(result)

    def _batch(self) -> list[Row]:
        """Wait for a result, a moment longer for others, and takes what has arrived; nothing once all are through."""
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
