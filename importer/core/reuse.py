"""Which rows need no call, because what Graph would answer is known."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from importer.core.cells import GUID
from importer.core.memory import fingerprint
from importer.core.model import Status
from importer.core.row import Row

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
    """Return the rows that may be another row's twin under another name of the organizer: only asking can tell."""
    meetings = Counter(answer.meeting.graph_id or answer.meeting.join_url for answer in found.values())
    asked: dict[str, set[str]] = {}
    for row in rows:
        if row.number not in found:
            asked.setdefault(row.external_id, set()).add(_kind(row.organizer))
    return {
        row.number
        for row in rows
        if (answer := found.get(row.number))
        and (
            meetings[answer.meeting.graph_id or answer.meeting.join_url] > 1
            or asked.get(row.external_id, set()) - {_kind(row.organizer)}
        )
    }


def _kind(organizer: str) -> str:
    """Two different UPNs are two people, two different object IDs too; one of each may be the same person."""
    if not organizer:
        return "me"
    return "id" if GUID.fullmatch(organizer) else "upn"


def _reused(row: Row, answer: CachedAnswer, options: MemoryOptions) -> Row:
    return replace(
        row,
        status=answer.status if answer.run_id in options.interrupted_runs else Status.UNCHANGED,
        problems=(*answer.problems, *row.problems),
        meeting=answer.meeting,
        checked_at=answer.checked_at,
    )
