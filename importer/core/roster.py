"""A roster beside its last run: what is new, changed and gone, which meetings its rows had, and if it looks cut off."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TYPE_CHECKING

from importer.core.catalogue import problem
from importer.core.columns import COLUMNS
from importer.core.memory import OWED, fingerprint
from importer.core.model import ExitCode, Meeting, Status, Stop
from importer.core.row import Row
from importer.core.texts import Sentence, clauses, joined, normalize
from importer.core.web import is_of_another_meeting
from importer.core.wording import and_more, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from importer.core.layout import Layout
    from importer.core.memory import CachedAnswer, PreviousRun, Roster
    from importer.core.model import FailureLimit, Problem
    from importer.core.row import Key, Row

GUARDED_FROM = 10
"""Rows from which a roster is guarded against shrinking: of a handful, half is soon gone for good reason."""

SHOWN = 5
"""External IDs named of rows that are gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterDiff:
    """What is new since the roster's last completed run. `gone` are external IDs whose meetings are still there.

    `links` are the join links of those meetings, in the same order; none where they are not known.
    """

    since: datetime
    new: int
    changed: int
    gone: tuple[str, ...]
    links: tuple[str, ...] = ()

    @property
    def gone_with_links(self) -> tuple[tuple[str, str], ...]:
        """Return each external ID that is gone with the link of its meeting, blank where it is not known."""
        return tuple(zip_longest(self.gone, self.links[: len(self.gone)], fillvalue=""))

    @property
    def words(self) -> str:
        """Return it in a line; nothing where nothing is new."""
        counts = ((self.new, "new"), (self.changed, "changed"), (len(self.gone), "gone"))
        found = ", ".join(f"{count} {word}" for count, word in counts if count)
        return f"Since the run of {_day(self.since)}: {found}." if found else ""

    def notices(self, source: str) -> tuple[Problem, ...]:
        """Return what a person should hear about it; `source` is the roster's path, for the line that cancels."""
        if not self.gone:
            return ()
        ids = and_more(quoted(self.gone[:SHOWN]), len(self.gone) - SHOWN)
        return (problem("rows-gone", count=len(self.gone), ids=ids, since=_day(self.since), source=source),)


def replaced(previous: Meeting | None, now: Meeting | None, status: Status) -> tuple[Problem, ...]:
    """Return what to say where a row has another meeting than `previous`, which it had under the same key.

    A meeting that was there already, with the same Graph ID, is no other one: only its link is written otherwise.
    """
    if previous is None or now is None or not is_of_another_meeting(previous.join_url, now.join_url):
        return ()
    if status is not Status.CREATED and previous.graph_id and previous.graph_id == now.graph_id:
        return ()
    return (problem("link-replaced", detail=f"the old link: {previous.join_url}"),)


def remembered(
    rows: Iterable[Row],
    known: Mapping[Key, CachedAnswer],
    here: Roster,
    is_same: Callable[[Roster, str], bool],
) -> tuple[Row, ...]:
    """Return the rows with what is remembered of them: the meeting that each had, and whose list's it was.

    The key of a meeting knows no list, so two lists that count 1, 2, 3 share each other's meetings. `is_same` returns
    whether another roster, and the copy made of it, is this list under another name. Where that does not show, it is
    the same list if half of the rows that the two share say what they said then.
    """
    rows = list(rows)
    answers = {row.number: known[key] for row in rows if (key := row.key) in known}
    shared: dict[Roster, list[bool]] = {}
    copies: dict[Roster, str] = {}
    for row in rows:
        answer = answers.get(row.number)
        if answer is not None and answer.roster is not None and answer.roster != here:
            shared.setdefault(answer.roster, []).append(answer.fingerprint == fingerprint(row))
            copies[answer.roster] = answer.copy
    others = {
        roster
        for roster, alike in shared.items()
        if 2 * sum(alike) < len(alike) and not is_same(roster, copies[roster])
    }
    return tuple(_with_past(row, answers[row.number], here, others) if row.number in answers else row for row in rows)


def _with_past(row: Row, answer: CachedAnswer, here: Roster, others: Collection[Roster]) -> Row:
    if answer.roster is None or answer.roster not in others:
        owed = any(found.code == OWED for found in answer.problems)
        return replace(row, previous=answer.meeting, owed=answer.meeting if owed else None)
    name = answer.roster.name_beside(here)
    found = problem("other-list", column="external_id", value=row.external_id, other=name, detail=answer.roster.input)
    return replace(row, other_list=name, problems=(*row.problems, found))


def headings_key(layout: Layout) -> tuple[str, ...]:
    """Return the input columns and their headings, in a form that neither their order nor their spelling changes."""
    return tuple(sorted(f"{key}={normalize(layout.title(key))}" for key in layout.inputs))


def diff(previous: PreviousRun, rows: Sequence[Row]) -> RosterDiff:
    """Compare the rows with those of the last run, by organizer and external ID."""
    known = previous.rows
    here = {row.key for row in rows}
    gone = [key for key in known if key in previous.met and key not in here]
    return RosterDiff(
        since=previous.started,
        new=sum(row.key not in known for row in rows),
        changed=sum(row.key in known and known[row.key] != fingerprint(row) for row in rows),
        gone=tuple(key.external_id for key in gone),
        links=tuple(previous.links.get(key, "") for key in gone),
    )


def guard(previous: PreviousRun, headings: tuple[str, ...], rows: int, limit: FailureLimit) -> None:
    """Raise Stop where the roster looks like a broken export: other headings, or far fewer rows."""
    if headings != previous.headings:
        changes = _changes(previous.headings, headings)
        raise Stop(problem("headings-changed", since=_day(previous.started), changes=changes), ExitCode.INPUT)
    if previous.count >= GUARDED_FROM and limit.exceeded(previous.count - rows, previous.count):
        shrunk = problem("roster-shrunk", before=previous.count, rows=rows, since=_day(previous.started))
        raise Stop(shrunk, ExitCode.INPUT)


def _changes(before: Iterable[str], now: Iterable[str]) -> str:
    """Return what is no longer there and what is new, by heading: 'Attendees gone; Duration new'."""
    gone, new = set(before) - set(now), set(now) - set(before)
    titles = {entry: COLUMNS[entry.partition("=")[0]].named for entry in gone | new}
    said = [
        what.format(names=joined(sorted(titles[entry] for entry in entries)))
        for entries, what in ((gone, _GONE), (new, _NEW))
        if entries
    ]
    return clauses(said)


_GONE = Sentence("headings-changed gone", "{names} gone", note="Attendees, End gone: columns that are no longer there")
_NEW = Sentence("headings-changed new", "{names} new", note="Duration new: columns that were not there before")


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
