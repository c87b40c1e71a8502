"""What is remembered from run to run: which rows were answered, what was sent for them, and what came back."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Protocol

from importer.core.model import Attendee, Status
from importer.core.properties.drift import PROPERTIES
from importer.core.row import Row

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from importer.core.model import ExitCode, Meeting, Problem
    from importer.core.row import Key, Row


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A roster about to be sent. `replay` is what it takes to read it the same way again."""

    roster: Roster
    scope: TenantScope
    headings: tuple[str, ...]
    rows: Sequence[Row]
    started: datetime
    replay: str = "{}"


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


def fingerprint(row: Row) -> str:
    """Return what tells whether a row still says the same: its own values, so that no look-up is needed to compare.

    The order of attendees, their case, and the zone in which a time is written change nothing that is sent. Nothing is
    said of a row that is invalid.
    """
    if row.status is Status.INVALID:
        return ""
    moments = [None if moment is None else moment.isoformat() for moment in (row.start, row.end)]
    said: list[object] = [row.subject, *moments, sorted({upn.casefold() for upn in row.attendees})]
    later = ((each.key, each.wish(row, Attendee)) for each in PROPERTIES if each.key not in FIRST)
    said += [[key, str(wish)] for key, wish in later if wish is not None]
    if len(row.occurrences) > 1:
        said.append([[str(each.start), str(each.end)] for each in row.occurrences])
    return blake2b(json.dumps(said).encode(), digest_size=16).hexdigest()


class NoSession:
    """The session of a roster of which nothing is remembered."""

    def recall(self, keys: Collection[Key]) -> Mapping[Key, CachedAnswer]:  # noqa: ARG002 - the port's
        """Return nothing."""
        return {}

    def save(self, results: Sequence[Row]) -> None:
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

    def interrupted_runs(self, roster: Roster) -> frozenset[str]:  # noqa: ARG002 - the port's
        """Return none."""
        return frozenset()

    def cut_off(self, roster: Roster, runs: Collection[str]) -> Mapping[Key, datetime]:  # noqa: ARG002 - the port's
        """Return none."""
        return {}

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

    def save(self, results: Sequence[Row]) -> None:
        """Record what became of rows; durable, power cuts included, when this returns. Any thread may call it."""
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

    def interrupted_runs(self, roster: Roster) -> frozenset[str]:
        """Return the runs of the roster that were killed, and that no later run has taken over."""
        ...

    def cut_off(self, roster: Roster, runs: Collection[str]) -> Mapping[Key, datetime]:
        """Return the rows of killed runs whose meetings those may have made, each with the moment since when."""
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
