"""What is remembered from run to run: which rows were answered, what was sent for them, and what came back.

Theory of operation. Rows that an earlier run has answered are not sent again where nothing about them can have changed;
where only asking can tell, they are. New answers are committed to the ledger by a thread of its own, and only then
given on. One flush to the disk takes milliseconds, so answers share it: the first one waits a moment for others, and
while one batch is being written the next one gathers. The run's own thread never waits for the disk in between, so
workers are fed meanwhile.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from hashlib import blake2b
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Protocol, TypeAlias

from importer.core.model import Attendee, Status
from importer.core.properties.drift import PROPERTIES
from importer.core.row import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from importer.core.calendar import KnownEvent
    from importer.core.model import ExitCode, Meeting, Problem
    from importer.core.row import Key, Row, Unheard


@dataclass(frozen=True, slots=True)
class TenantScope:
    """Whose meetings they are: the tenant where it is known, the address of Graph, and the signed-in user if any.

    With `owner` (an object ID) all rows are that user's, whatever their Organizer cells say.
    """

    tenant: str
    service: str
    owner: str = ""


UNKNOWN = TenantScope("", "")
"""Nobody's in particular."""


@dataclass(frozen=True, slots=True)
class Roster:
    """One sheet of one input file, the same from run to run. `input` is its full path."""

    input: str
    sheet: str

    @property
    def name(self) -> str:
        """Return the file's name, without the folder it is in."""
        return self.input.replace("\\", "/").rpartition("/")[2]

    def name_beside(self, other: Roster) -> str:
        """Return what tells it from `other`: the sheet of the same file, else the name, else the whole path."""
        if self.input == other.input:
            return self.sheet
        return self.name if self.name != other.name else self.input


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedAnswer:
    """The last answer for a key. `problems` are the warnings that came with it, without those of the sheet itself.

    `roster` is where the row stood that was answered, and `copy` the path of the results copy that it went into.
    """

    fingerprint: str
    status: Status
    meeting: Meeting
    problems: tuple[Problem, ...]
    checked_at: datetime | None
    run_id: str
    roster: Roster | None = None
    copy: str = ""


class Step(StrEnum):
    """How far the taking away of a meeting has come."""

    BEGUN = "begun"
    """It was confirmed, and nothing may have happened yet."""
    CLOSED = "closed"
    """Nobody comes in any more without being let in, and the subject says why."""
    DELETED = "deleted"
    """Graph has it no longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """What the ledger knows of a meeting that is being taken away, or is gone."""

    graph_id: str
    step: Step
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviousRun:
    """The last completed run of a roster.

    `count` are its rows, `rows` their fingerprints (empty: invalid), `met` those of which there is a meeting,
    with the `links` of those meetings.
    """

    started: datetime
    headings: tuple[str, ...]
    count: int
    rows: Mapping[Key, str]
    met: frozenset[Key] = frozenset()
    links: Mapping[Key, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Start:
    """A roster about to be sent. `replay` is what it takes to read it the same way again."""

    roster: Roster
    scope: TenantScope
    headings: tuple[str, ...]
    rows: Sequence[Row]
    started: datetime
    replay: str = "{}"

    @cached_property
    def fingerprints(self) -> Mapping[int, str]:
        """The fingerprint of each row, by its number."""
        return {row.number: fingerprint(row) for row in self.rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How a roster's run ended. `closed` is the code said on the rows that were not attempted, if any were."""

    ended: datetime
    exit_code: ExitCode
    counts: Mapping[str, int] = field(default_factory=dict)
    result: str = ""
    closed: str = ""


FIRST = frozenset({"subject", "times", "attendees"})
"""Properties that stand in every fingerprint, in their own form; later ones join it where a row states them, so that
the fingerprints of rows without them stay as earlier versions wrote them."""
_LATER = tuple(each for each in PROPERTIES if each.key not in FIRST)


def fingerprint(row: Row) -> str:
    """Return what tells whether a row still says the same: its own values, so that no look-up is needed to compare.

    The order of attendees, their case, and the zone in which a time is written change nothing that is sent. Nothing is
    said of a row that is invalid.
    """
    if row.status is Status.INVALID:
        return ""
    moments = [None if moment is None else moment.isoformat() for moment in (row.start, row.end)]
    said: list[object] = [row.subject, *moments, sorted({upn.casefold() for upn in row.attendees})]
    stated = (each for each in _LATER if not row.values.keys().isdisjoint(each.columns))
    later = ((each.key, each.wish(row, Attendee)) for each in stated)
    said += [[key, str(wish)] for key, wish in later if wish is not None]
    if len(row.occurrences) > 1:
        said.append([[str(each.start), str(each.end)] for each in row.occurrences])
    return blake2b(json.dumps(said).encode(), digest_size=16).hexdigest()


class NoSession:
    """The session of a roster of which nothing is remembered."""

    def recall(self, keys: Collection[Key]) -> Mapping[Key, CachedAnswer]:  # noqa: ARG002 - the port's
        """Return nothing."""
        return {}

    def unheard(self, keys: Collection[Key]) -> Mapping[Key, Unheard]:  # noqa: ARG002 - the port's
        """Return none."""
        return {}

    def save(self, results: Sequence[Row]) -> None:
        """Does nothing."""

    def cancelled(self, keys: Collection[Key]) -> Mapping[Key, Cancelled]:  # noqa: ARG002 - the port's
        """Return nothing."""
        return {}

    def remake(self, keys: Collection[Key]) -> None:
        """Does nothing."""

    def mark_resumed(self, run_ids: Collection[str]) -> None:
        """Does nothing."""

    def end(self, ending: End) -> None:
        """Does nothing."""


class NoLedger:
    """A ledger that remembers nothing, for commands that send nothing and for disks that can't be written."""

    def __init__(self, *notices: Problem) -> None:
        self._notices = list(notices)

    def start(self) -> None:
        """Does nothing."""

    def previous_run(self, roster: Roster) -> PreviousRun | None:  # noqa: ARG002 - the port's
        """Return None."""
        return None

    def recall(self, scope: TenantScope, keys: Collection[Key]) -> Mapping[Key, CachedAnswer]:  # noqa: ARG002 - the port's
        """Return nothing."""
        return {}

    def events(self, scope: TenantScope, keys: Collection[Key]) -> Mapping[Key, tuple[KnownEvent, ...]]:  # noqa: ARG002 - the port's
        """Return nothing."""
        return {}

    def has_invited(self, roster: Roster) -> bool:  # noqa: ARG002 - the port's
        """Return False."""
        return False

    def interrupted_runs(self, roster: Roster) -> frozenset[str]:  # noqa: ARG002 - the port's
        """Return none."""
        return frozenset()

    def open_session(self, start: Start) -> RosterSession:  # noqa: ARG002 - the port's
        """Return a session that keeps nothing."""
        return NoSession()

    def stopped(self, start: Start, ending: End) -> None:
        """Does nothing."""

    def finish(self, ended: datetime, exit_code: ExitCode) -> None:
        """Does nothing."""

    def close(self) -> None:
        """Does nothing."""

    def notices(self) -> tuple[Problem, ...]:
        """Return each notice once: what a person should know about the memory itself."""
        given = tuple(self._notices)
        self._notices.clear()
        return given


OWED = "settings-owed"
"""The code that an answer has while its meeting is made and not yet told everything. Such a meeting is ours to tell."""


def without(problems: Iterable[Problem], planned: Collection[Problem]) -> tuple[Problem, ...]:
    """Return the problems that came with an answer, without those that the plan had found in the sheet already."""
    return tuple(found for found in problems if found not in planned)


class RosterSession(Protocol):
    """One roster of one run in the ledger. Nothing here raises for a disk's sake: the ledger says so in `notices`."""

    def recall(self, keys: Collection[Key]) -> Mapping[Key, CachedAnswer]:
        """Return the last answer for each key that has one."""
        ...

    def unheard(self, keys: Collection[Key]) -> Mapping[Key, Unheard]:
        """Return those of which no answer is known, with when this run and earlier ones have asked for them."""
        ...

    def save(self, results: Sequence[Row]) -> None:
        """Record what became of rows; durable, power cuts included, when this returns. Any thread may call it."""
        ...

    def cancelled(self, keys: Collection[Key]) -> Mapping[Key, Cancelled]:
        """Return what is known of the meetings among the keys that were taken away, or are being taken away."""
        ...

    def remake(self, keys: Collection[Key]) -> None:
        """Forget that the meetings of these keys were taken away."""
        ...

    def mark_resumed(self, run_ids: Collection[str]) -> None:
        """Record that this run has gone on with the roster where those runs were broken off."""
        ...

    def end(self, ending: End) -> None:
        """Record that the roster is done, and how."""
        ...


class Ledger(Protocol):
    """What is remembered from run to run."""

    def start(self) -> None:
        """Record that the run has started; a run of which this is never said leaves no trace."""
        ...

    def previous_run(self, roster: Roster) -> PreviousRun | None:
        """Return the last completed run of the roster, if there was one."""
        ...

    def recall(self, scope: TenantScope, keys: Collection[Key]) -> Mapping[Key, CachedAnswer]:
        """Return the last answer for each key that has one."""
        ...

    def events(self, scope: TenantScope, keys: Collection[Key]) -> Mapping[Key, tuple[KnownEvent, ...]]:
        """Return the events that were made for each key that has any."""
        ...

    def has_invited(self, roster: Roster) -> bool:
        """Return whether people were invited to meetings of this file before."""
        ...

    def interrupted_runs(self, roster: Roster) -> frozenset[str]:
        """Return the runs of the roster that were killed, and that no later run has taken over."""
        ...

    def open_session(self, start: Start) -> RosterSession:
        """Record all rows of a roster as not attempted, and return the session for what becomes of them."""
        ...

    def stopped(self, start: Start, ending: End) -> None:
        """Record that a file was not sent at all."""
        ...

    def finish(self, ended: datetime, exit_code: ExitCode) -> None:
        """Record that the run has ended."""
        ...

    def notices(self) -> tuple[Problem, ...]:
        """Return, each once, what a person should know about the ledger itself."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


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


LARGEST_BATCH = 100
"""Answers in one commit: a kill at the worst moment costs these calls once more, never a meeting twice."""

GATHER_SECONDS = 0.1
"""How long the first answer of a batch waits for others. A commit costs as much CPU as twenty of its answers, so where
fifty answers come in a second, one alone must not be one; and a kill makes ask again what arrives in this time."""

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
