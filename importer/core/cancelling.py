"""Which meetings may be taken away, and what became of each: decided before anybody is asked, and without a network.

Theory of operation. Only what this program has made itself is ever a candidate, and the ledger is what knows that.
`judged` refuses every candidate of which something speaks against it: another list's since, its time over, still a row
of the sheet. What is left is shown, counted, confirmed by that count, and taken away step by step; each `Step` is
durable before the next, so that a process that dies goes on where it was, and each is safe to repeat.

The link of a deleted meeting can go on working, and whoever opens it can bring the meeting back (microsoft-graph-docs
issues 7802 and 17590). So before it is deleted its lobby is closed and its subject says that it is cancelled.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from importer.core.catalogue import problem
from importer.core.meeting_options import OPTION
from importer.core.memory import Step
from importer.core.model import ExitCode, Status, Stop

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from importer.core.calendar import KnownEvent
    from importer.core.memory import CachedAnswer, Cancelled, Roster, TenantScope
    from importer.core.model import Meeting, Problem
    from importer.core.row import Key, Row


class CancelStatus(StrEnum):
    """What became of a candidate, a closed set."""

    CANCELLED = "cancelled"
    KEPT = "kept"
    """It was not touched, and the problem says why."""
    FAILED = "failed"
    NOT_ATTEMPTED = "not attempted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A meeting of the ledger that may be taken away, and what becomes of it.

    `scope` and `key` are what it is remembered by, `made` says whether this program has made it, `begun` how far an
    earlier call came. `events` are those in its organizer's calendar. `number` is its row where a file was named, 0
    where it has none.
    """

    scope: TenantScope
    key: Key
    meeting: Meeting
    roster: Roster | None
    copy: str = ""
    made: bool = False
    begun: Cancelled | None = None
    events: tuple[KnownEvent, ...] = ()
    number: int = 0
    fate: CancelStatus = CancelStatus.NOT_ATTEMPTED
    problems: tuple[Problem, ...] = ()

    @classmethod
    def of(cls, scope: TenantScope, key: Key, answer: CachedAnswer, *, number: int = 0) -> Candidate:
        """Return the meeting that the ledger has under a key."""
        return cls(scope=scope, key=key, meeting=answer.meeting, roster=answer.roster, copy=answer.copy, number=number)

    @property
    def mails(self) -> int:
        """Return how many people are told, each time counted."""
        return sum(len(event.said.invited) for event in self.events)

    @property
    def organizer_id(self) -> str:
        """Return the organizer's object ID as the last answer had it, empty where it did not say."""
        said = self.meeting.organizer
        return (said.object_id or "") if said else ""

    def ended(self, fate: CancelStatus, *problems: Problem) -> Candidate:
        """Return it as it ends."""
        return replace(self, fate=fate, problems=(*self.problems, *problems))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What may be taken away: `most` at once, those whose time is over only if `past`.

    `is_same` returns whether another roster, and the copy made of it, is one of those in hand under another name.
    """

    now: datetime
    most: int
    past: bool = False
    rosters: Collection[Roster] = ()
    is_same: Callable[[Roster, str], bool] = field(default=lambda _roster, _copy: False, repr=False)


def judged(candidate: Candidate, bounds: Bounds) -> Candidate:
    """Return the candidate, kept with the reason where something speaks against taking it away."""
    if reason := _reason(candidate, bounds):
        return candidate.ended(CancelStatus.KEPT, reason)
    return candidate


def _reason(candidate: Candidate, bounds: Bounds) -> Problem | None:
    external_id, meeting = candidate.key.external_id, candidate.meeting
    if not candidate.made or not meeting.graph_id:
        return problem("cancel-not-ours", column="external_id", value=external_id)
    roster = candidate.roster
    if roster is not None and roster not in bounds.rosters and not bounds.is_same(roster, candidate.copy):
        return problem(
            "cancel-other-list", column="external_id", value=external_id, other=roster.name, detail=roster.input
        )
    last = meeting.end or meeting.start
    if last is not None and last < bounds.now and not bounds.past:
        return problem("cancel-past", column="end", value=external_id, when=f"{last:%Y-%m-%d %H:%M} UTC")
    return None


def gone(
    remembered: Mapping[Key, CachedAnswer], here: Collection[Key], answered: Mapping[Key, CachedAnswer]
) -> tuple[list[Key], list[tuple[Key, Problem]]]:
    """Return the remembered keys of which no row is `here`, and those that must stay all the same, with the reason.

    `answered` are the answers of the rows that are here. A meeting that one of them has, under an organizer that is
    spelled otherwise, is not gone; and a row with that ID that was never answered may turn out to be the same.
    """
    meetings = {answer.meeting.graph_id for answer in answered.values()}
    unknown = {key.external_id for key in here if key not in answered}
    found: list[Key] = []
    kept: list[tuple[Key, Problem]] = []
    for key, answer in remembered.items():
        if key in here or answer.meeting.graph_id in meetings:
            continue
        if key.external_id in unknown:
            kept.append((key, problem("cancel-run-first", column="external_id", value=key.external_id)))
        else:
            found.append(key)
    return found, kept


def confirmed(candidates: Sequence[Candidate], bounds: Bounds, said: int | None, before: int) -> None:
    """Raise Stop (exit 2) unless the count that somebody said is that of the meetings that would be taken away.

    Those that were taken away `before` by calls that did not come to their end may be among it.
    """
    count = sum(candidate.fate is CancelStatus.NOT_ATTEMPTED for candidate in candidates)
    if count > bounds.most:
        raise Stop(problem("cancel-too-many", count=count, most=bounds.most), ExitCode.USAGE)
    if said not in (None, count, count + before):
        raise Stop(problem("cancel-count-differs", count=count, typed=said), ExitCode.USAGE)


def same_choice(before: Iterable[Candidate], now: Iterable[Candidate]) -> bool:
    """Return whether what was shown is what would be done now."""

    def chosen(candidates: Iterable[Candidate]) -> list[tuple[Key, str]]:
        return [(each.key, each.meeting.graph_id) for each in candidates if each.fate is CancelStatus.NOT_ATTEMPTED]

    return chosen(before) == chosen(now)


def held_back(row: Row, cancelled: Cancelled, *, remake: bool) -> Row | None:
    """Return the row as it ends because its meeting was taken away; None where it is to be made again."""
    when = f"{cancelled.at:%Y-%m-%d}"
    match cancelled.step:
        case Step.DELETED if remake:
            return None
        case Step.DELETED:
            found = problem("cancelled-before", column="external_id", when=when)
        case Step.BEGUN | Step.CLOSED:
            found = problem("cancel-unfinished", column="external_id", when=when)
    return row.with_error(found, Status.FAILED)


MARK = "Cancelled: "


def farewell(meeting: Meeting) -> dict[str, Any]:
    """Return what a meeting is told before it is deleted, by property: nobody comes in, and the subject says why."""
    subject = meeting.subject if meeting.subject.startswith(MARK) else f"{MARK}{meeting.subject}".rstrip()
    return {"subject": subject, "lobby": CLOSED}


def _stated(key: str, word: str) -> Iterator[Any]:
    """Yield what an option states where that word is chosen. Raise StopIteration where there is no such word: a bug."""
    yield from next(choice for choice in OPTION[key].choices if word in choice.words).states.values()


CLOSED = (*_stated("lobby", "everyone waits"), *_stated("lobby_callers", "callers wait"))
"""The value of the property `lobby` in a meeting that nobody enters unasked."""
