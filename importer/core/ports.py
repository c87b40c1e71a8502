"""What the core needs from the world: who knows people, who makes meetings, and who remembers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from importer.core.drift import Changes
    from importer.core.memory import End, Former, Key, Remembered, Roster, Start
    from importer.core.model import ExitCode, Meeting, Order, Problem, RowResult, Status


class Reach(Enum):
    """How far a refusal reaches, which is what the run does next."""

    ROW = auto()
    """This row only: it fails, the others go on."""
    ORGANIZER = auto()
    """Every row of this organizer would be refused alike, e.g. no access policy for this user."""
    TENANT = auto()
    """Nothing can succeed until an administrator acts: the run stops (exit 5)."""
    SERVICE = auto()
    """The service gave up for now, after all retries: the row fails, and a series of these stops the run (exit 7)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Graph has the meeting. `status` is `created` (201) or `existing` (200); `problems` are warnings."""

    status: Status
    meeting: Meeting
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Graph said no, or never answered; `problem` says what to do, `reach` what the run does next."""

    problem: Problem
    reach: Reach


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the directory."""

    object_id: str
    upn: str


class Directory(Protocol):
    """Turns names in the sheet into people of the directory."""

    def look_up(self, names: Collection[str]) -> Mapping[str, Person | None] | Refusal:
        """Gives for each name (a UPN or an object ID) the person, or None where the directory has none.

        A Refusal means that looking people up is not possible at all. Each distinct name is asked for once.
        Raises Stop when sign-in fails.
        """
        ...

    def me(self) -> Person | Refusal:
        """Gives the signed-in user (delegated sign-in only)."""
        ...


class Meetings(Protocol):
    """Makes meetings. Safe to call from several threads at once, each with a different key."""

    def create_or_get(self, order: Order) -> Answer | Refusal:
        """Makes the meeting or finds the one with the same key (tenant, organizer, external ID).

        Retries what is worth retrying before it answers; never raises for what the service says.
        """
        ...


class ChangeableMeetings(Meetings, Protocol):
    """Makes meetings, and changes those that are there already."""

    def update(self, order: Order, meeting: Meeting, changes: Changes) -> Answer | Refusal:
        """Changes `meeting`, which `order` found, and gives it as Teams says it is now (status `updated`).

        Whether that is what was asked for is the caller's to see. A change that may have come about although its
        answer says otherwise is looked at before it is called refused. Raises Stop when sign-in fails.
        """
        ...


class Page(Protocol):
    """One roster of one run in the ledger. Nothing here raises for a disk's sake: the ledger says so in `notices`."""

    def recall(self, keys: Collection[Key]) -> Mapping[Key, Remembered]:
        """Gives the last answer for each key that has one."""
        ...

    def keep(self, results: Sequence[RowResult]) -> None:
        """Puts down what became of rows; durable, power cuts included, when this returns. Any thread may call it."""
        ...

    def take_over(self, run_ids: Collection[str]) -> None:
        """Puts down that this run has gone on with the roster where those runs were broken off."""
        ...

    def end(self, ending: End) -> None:
        """Puts down that the roster is done, and how."""
        ...


class Ledger(Protocol):
    """What is remembered from run to run."""

    def start(self) -> None:
        """Puts down that the run has started; a run of which this is never said leaves no trace."""
        ...

    def former(self, roster: Roster) -> Former | None:
        """Gives the last completed run of the roster, if there was one."""
        ...

    def broken_off(self, roster: Roster) -> frozenset[str]:
        """Gives the runs of the roster that were killed, and that no later run has taken over."""
        ...

    def begin(self, start: Start) -> Page:
        """Puts down all rows of a roster as not attempted, and gives the page for what becomes of them."""
        ...

    def stopped(self, start: Start, ending: End) -> None:
        """Puts down that a file was not sent at all."""
        ...

    def finish(self, ended: datetime, exit_code: ExitCode) -> None:
        """Puts down that the run has ended."""
        ...

    def notices(self) -> tuple[Problem, ...]:
        """Gives, each once, what a person should know about the ledger itself."""
        ...

    def close(self) -> None:
        """Lets go of the file."""
        ...
