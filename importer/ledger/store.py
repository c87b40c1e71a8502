"""The ledger's statements: what is written for a run, and what is read for the next one.

Values are kept as text. A seal stands over what must not change unnoticed: a row with a broken one is not believed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeAlias

from importer.core.body import cleaned
from importer.core.memory import OWED, CachedAnswer, PreviousRun, Roster
from importer.core.model import ANSWERED, Attendee, ExitCode, Meeting, Problem, Severity, Status
from importer.core.row import Key, Unheard
from importer.core.texts import parts_of_text, text_of_parts
from importer.ledger.opening import goes_on, transaction

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from importer.core.memory import End, Start, TenantScope
    from importer.core.row import Row
    from importer.ledger.opening import ThisRun


_SAYS, _ORGANIZER, _AT_FIRST = "says", "organizer", "at_first"
_FORMERLY = ("subject", "start", "end", "attendees")
"""What a meeting says, as earlier versions kept it: beside its texts."""


def _plain(value: datetime | Attendee) -> dict[str, object]:
    """Return what is stored of a value that JSON does not have."""
    return {"moment": value.isoformat()} if isinstance(value, datetime) else {"person": _person(value)}


def _person(person: Attendee) -> list[str | None]:
    return [person.upn, person.object_id, person.role]


def _value(stored: Any) -> Any:  # noqa: ANN401 - a value of any property
    """Return the value of a property as it was: a list was a tuple, and an object a moment or a person."""
    match stored:
        case list():
            return tuple(map(_value, stored))
        case {"moment": moment}:
            return to_moment(moment)
        case {"person": parts}:
            return Attendee(*parts)
    return stored


_encode = json.JSONEncoder(separators=(",", ":"), default=_plain).encode
"""ASCII only, so that half a surrogate pair out of a damaged sheet can be stored too."""


def to_text(value: str) -> str:
    """Return a text that SQLite can hold; what no encoding can is escaped."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return _encode(value)
    return value


def from_text(text: str) -> str:
    """Return the text that `to_text` was given."""
    if text.startswith('"') and text.isascii():
        try:
            found = json.loads(text)
        except ValueError:
            return text
        if isinstance(found, str) and to_text(found) == text:
            return found
    return text


def moment_to_text(moment: datetime | None) -> str | None:
    """Return the moment for storing; later ones sort behind earlier ones where all are in UTC."""
    return None if moment is None else moment.isoformat()


def to_moment(text: str | None) -> datetime | None:
    """Return the moment back."""
    return None if text is None else datetime.fromisoformat(text)


def problems_to_text(problems: Iterable[Problem]) -> str:
    """Return the problems as JSON."""
    found = [
        [each.code, each.severity, each.column, each.message, each.value, each.detail, parts_of_text(each.message)]
        for each in problems
    ]
    return _encode(found) if found else "[]"


def to_problems(text: str) -> tuple[Problem, ...]:
    """Return the problems back."""
    return tuple(
        Problem(code, Severity(severity), column, text_of_parts(kept[0]) if kept else message, value, detail)
        for code, severity, column, message, value, detail, *kept in json.loads(text)
    )


def meeting_to_text(meeting: Meeting) -> str:
    """Return the meeting as JSON: its texts by their keys, and beside them what it says and whose it is."""
    stored: dict[str, object] = {"graph_id": "", "join_url": "", **meeting.texts, _SAYS: meeting.says}
    if meeting.organizer is not None:
        stored[_ORGANIZER] = _person(meeting.organizer)
    if meeting.at_first is not None:
        stored[_AT_FIRST] = meeting.at_first
    return _encode(stored)


def to_meeting(text: str) -> Meeting:
    """Return the meeting back, also one that an earlier version has kept."""
    stored: dict[str, Any] = json.loads(text)
    organizer, first = stored.pop(_ORGANIZER, None), stored.pop(_AT_FIRST, None)
    says = {key: _value(value) for key, value in stored.pop(_SAYS).items()} if _SAYS in stored else _formerly(stored)
    return Meeting(
        texts={key: value for key, value in stored.items() if value},
        says=says,
        organizer=None if organizer is None else Attendee(*organizer),
        at_first=None if first is None else {key: _value(value) for key, value in first.items()},
    )


def _formerly(stored: dict[str, Any]) -> dict[str, Any]:
    """Return what a meeting says, taken out of a form that had its properties beside its texts."""
    subject, start, end, attendees = (stored.pop(name, None) for name in _FORMERLY)
    says: dict[str, Any] = {} if subject is None else {"subject": subject}
    if start or end:
        says["times"] = (to_moment(start), to_moment(end))
    if attendees is not None:
        says["attendees"] = tuple(Attendee(*each) for each in attendees)
    return says


def seal(*parts: str | None) -> bytes:
    """Return what shows that none of the parts has changed: a damaged disk must never make a link a wrong one."""
    return blake2b(repr(parts).encode(), digest_size=8).digest()


COMPLETED = (ExitCode.DONE, ExitCode.ROWS, ExitCode.RESULTS)
"""Exit codes of a roster that was gone through to its end: what the next one is compared with."""

FROM_GRAPH = ANSWERED - {Status.UNCHANGED}
"""Statuses of rows that Graph answered in this run; `unchanged` is an answer of the ledger itself."""

KEEP_OUTCOMES = 5
"""Runs of a roster of which every row is kept: enough for `recover`, and a nightly job does not fill the disk."""

NEWEST_BROKEN_OFF = timedelta(days=7)
"""A run that was broken off longer ago is not taken over: its answers are no longer news, so Graph is asked."""

_ROWS_AT_ONCE = 50
"""Rows in one statement, thirteen values each at most."""
_AT_ONCE = 200
"""Keys in one question, two values each: old builds of SQLite take 999 (https://www.sqlite.org/limits.html#max_variable_number)."""

_MEETING = """INSERT INTO meeting (tenant, service, organizer, external_id, fingerprint, status, problems, meeting,
    checked_at, run_id, input, kept, seal) VALUES {rows}
    ON CONFLICT (tenant, service, organizer, external_id) DO UPDATE SET fingerprint = excluded.fingerprint,
    status = excluded.status, problems = excluded.problems, meeting = excluded.meeting,
    checked_at = excluded.checked_at, run_id = excluded.run_id, input = excluded.input, kept = excluded.kept,
    seal = excluded.seal"""
_MADE = """INSERT INTO made (tenant, service, organizer, external_id, graph_id, run_id) VALUES {rows}
    ON CONFLICT (tenant, service, organizer, external_id) DO UPDATE SET graph_id = excluded.graph_id,
    run_id = excluded.run_id WHERE graph_id <> excluded.graph_id"""
EVENT = "INSERT OR REPLACE INTO event VALUES (?,?,?,?,?,?,?,?,?,?,?)"
FORGET_MADE = """DELETE FROM made WHERE NOT EXISTS (SELECT 1 FROM meeting m WHERE m.tenant = made.tenant
    AND m.service = made.service AND m.organizer = made.organizer AND m.external_id = made.external_id)"""
FORGET_EVENTS = """DELETE FROM event WHERE NOT EXISTS (SELECT 1 FROM meeting m WHERE m.tenant = event.tenant
    AND m.service = event.service AND m.organizer = event.organizer AND m.external_id = event.external_id)
    AND NOT EXISTS (SELECT 1 FROM cancelled c WHERE c.tenant = event.tenant AND c.service = event.service
    AND c.organizer = event.organizer AND c.external_id = event.external_id)"""
"""Events go with their meetings, or with what is remembered of their cancellation."""
_OUTCOME = """WITH news (number, status, problems, checked_at) AS (VALUES {rows}) UPDATE outcome
    SET (status, problems, checked_at) = (SELECT status, problems, checked_at FROM news WHERE number = outcome.number)
    WHERE roster = ? AND number IN (SELECT number FROM news)"""
# Many rows in one statement: each statement gives up the interpreter's lock, and gets it back behind all workers.
# Nothing newer than SQLite 3.24 (2018), which some servers still have, is used.


@dataclass(frozen=True, slots=True)
class CommittedResult:
    """What became of a row, with what the row said, and the problems that came with the answer.

    `events` are the rows of the table of events that are new.
    """

    result: Row
    fingerprint: str
    problems: tuple[Problem, ...]
    events: tuple[tuple[object, ...], ...] = ()


class Store:
    """An open ledger. Every method raises sqlite3.Error where the disk says no."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def close(self) -> None:
        """Close the file; what was written to its log is put into place first."""
        self.connection.close()

    def starts(self) -> list[datetime]:
        """Return when runs have started, as their clocks had it."""
        found = self.connection.execute("SELECT started FROM run").fetchall()
        return [datetime.fromisoformat(started) for (started,) in found]

    def prune(self, before: datetime, reached: datetime) -> None:
        """Forget what was saved before that moment: by runs up to the last old one before the first that is not.

        The order of runs is known for certain, their times are not: one whose clock said 1970, or is later than what
        time has `reached`, is as old as its neighbours.
        """
        early, late = moment_to_text(before), moment_to_text(reached)
        last = self.connection.execute(
            "SELECT max(id) FROM run WHERE started < ? AND id < "
            "coalesce((SELECT min(id) FROM run WHERE started BETWEEN ? AND ?), id + 1)",
            (early, early, late),
        ).fetchone()[0]
        old = "(SELECT run_id FROM run WHERE id <= ?)"
        if last is None:  # nothing is older than the oldest run, so this alone costs no look at all rows
            return
        with transaction(self.connection):
            self.connection.execute(f"DELETE FROM meeting WHERE run_id IN {old}", (last,))  # noqa: S608 - no value in it
            self.connection.execute(
                f"DELETE FROM outcome WHERE roster IN (SELECT id FROM roster WHERE run_id IN {old})",  # noqa: S608 - likewise
                (last,),
            )
            self.connection.execute(FORGET_MADE)
            for table in ("roster", "cancelled"):
                self.connection.execute(f"DELETE FROM {table} WHERE run_id IN {old}", (last,))  # noqa: S608 - likewise
            self.connection.execute(FORGET_EVENTS)
            self.connection.execute("DELETE FROM run WHERE id <= ?", (last,))

    def start_run(self, run: ThisRun) -> None:
        """Record that a run has started."""
        row = (run.run_id, run.command, json.dumps(run.inputs), to_text(run.target), moment_to_text(run.started))
        self.connection.execute(
            "INSERT INTO run (run_id, command, inputs, target, started, host, pid, born) VALUES (?,?,?,?,?,?,?,?)",
            (*row, to_text(run.host), run.pid, run.born),
        )

    def end_run(self, run_id: str, ended: datetime, exit_code: ExitCode) -> None:
        """Record that it has ended."""
        self.connection.execute(
            "UPDATE run SET ended = ?, exit_code = ? WHERE run_id = ?", (moment_to_text(ended), int(exit_code), run_id)
        )

    def previous_run(self, roster: Roster) -> PreviousRun | None:
        """Return the last completed run of the roster of which every row is known."""
        marks = ",".join("?" * len(COMPLETED))
        found = self.connection.execute(
            f"SELECT id, started, headings, tenant, service, owner FROM roster WHERE input = ? AND sheet = ? "  # noqa: S608 - question marks only
            f"AND rows > 0 AND ended IS NOT NULL AND exit_code IN ({marks}) ORDER BY id DESC LIMIT 1",
            (to_text(roster.input), to_text(roster.sheet), *map(int, COMPLETED)),
        ).fetchone()
        if found is None:
            return None
        number, started, headings, *scope = found
        rows = self.connection.execute(
            "SELECT o.organizer, o.external_id, o.fingerprint, (SELECT m.meeting FROM meeting m WHERE m.tenant = ? "
            "AND m.service = ? AND m.organizer = CASE ? WHEN '' THEN o.organizer ELSE ? END "
            "AND m.external_id = o.external_id) FROM outcome o WHERE o.roster = ?",
            (*scope, scope[2], number),
        ).fetchall()
        return PreviousRun(
            started=datetime.fromisoformat(started),
            headings=tuple(json.loads(headings)),
            count=len(rows),
            rows={
                Key(from_text(organizer), from_text(external_id)): print_ for organizer, external_id, print_, _ in rows
            },
            met=frozenset(
                Key(from_text(organizer), from_text(external_id)) for organizer, external_id, _, met in rows if met
            ),
            links={
                Key(from_text(organizer), from_text(external_id)): _link(met)
                for organizer, external_id, _, met in rows
                if met
            },
        )

    def interrupted_runs(self, roster: Roster, run: ThisRun) -> frozenset[str]:
        """Return the runs on this host whose process has gone in the middle of the roster."""
        found = self.connection.execute(
            "SELECT run.run_id, run.pid, run.born FROM roster JOIN run USING (run_id) WHERE roster.input = ? "
            "AND roster.sheet = ? AND roster.ended IS NULL AND roster.taken_over IS NULL AND run.host = ? "
            "AND run.run_id <> ? AND roster.started >= ?",
            (
                to_text(roster.input),
                to_text(roster.sheet),
                to_text(run.host),
                run.run_id,
                moment_to_text(run.started - NEWEST_BROKEN_OFF),
            ),
        ).fetchall()
        return frozenset(run_id for run_id, pid, known in found if pid == run.pid or not goes_on(pid, known))

    def unheard(self, start: Start, keys: Collection[Key]) -> dict[Key, Unheard]:
        """Return those of the keys of which no answer is known, with when runs of the roster have asked for them.

        A run that was killed has no end; and one that was gone through had given up on some.
        """
        unknown = keys - self.recall(start.scope, keys).keys()
        spans: dict[Key, list[tuple[datetime, datetime | None]]] = {}
        for organizer, external_id, began, ended in self.connection.execute(
            "SELECT o.organizer, o.external_id, r.started, r.ended FROM roster r JOIN outcome o ON o.roster = r.id "
            "WHERE r.input = ? AND r.sheet = ? AND o.status IN (?, ?)",
            (to_text(start.roster.input), to_text(start.roster.sheet), Status.NOT_ATTEMPTED, Status.FAILED),
        ):
            key = Key(from_text(organizer), from_text(external_id))
            if key in unknown:
                spans.setdefault(key, []).append((datetime.fromisoformat(began), to_moment(ended)))
        first = {name: self._at_first(start.scope, name) for name in {organizer_in(start.scope, key) for key in spans}}
        return {key: Unheard(tuple(found), first[organizer_in(start.scope, key)]) for key, found in spans.items()}

    def _at_first(self, scope: TenantScope, organizer: str) -> Mapping[str, Any]:
        """Return what the latest meeting of an organizer's said at first that we know that of."""
        found = self.connection.execute(
            "SELECT meeting FROM meeting WHERE tenant = ? AND service = ? AND organizer = ? AND meeting LIKE ? "
            "ORDER BY kept DESC LIMIT 1",
            (to_text(scope.tenant), to_text(scope.service), organizer, f'%"{_AT_FIRST}":%'),
        ).fetchone()
        return {} if found is None else to_meeting(found[0]).at_first or {}

    def open_session(self, run_id: str, start: Start) -> int:
        """Record a roster and all its rows; return its number."""
        with transaction(self.connection):
            number = self._add_roster(run_id, start)
            self.connection.executemany(
                "INSERT INTO outcome VALUES (?,?,?,?,?,?,?,NULL)",
                (
                    _outcome(number, row, start.fingerprints[whole.number])
                    for whole in start.rows
                    for row in whole.apart()
                ),
            )
            self._drop_old_outcomes(start.roster)
        return number

    def _add_roster(self, run_id: str, start: Start) -> int:
        scope = start.scope
        row = (run_id, start.roster.input, start.roster.sheet, scope.tenant, scope.service, scope.owner)
        rows = sum(len(each.numbers) for each in start.rows)
        cursor = self.connection.execute(
            "INSERT INTO roster (run_id, input, sheet, tenant, service, owner, headings, replay, rows, started, "
            "counts, result, closed) VALUES (?,?,?,?,?,?,?,?,?,?,'{}','','')",
            (*map(to_text, row), json.dumps(start.headings), start.replay, rows, start.started.isoformat()),
        )
        return int(cursor.lastrowid or 0)

    def _drop_old_outcomes(self, roster: Roster) -> None:
        self.connection.execute(
            "DELETE FROM outcome WHERE roster IN (SELECT id FROM roster WHERE input = ? AND sheet = ? "
            "ORDER BY id DESC LIMIT -1 OFFSET ?)",
            (to_text(roster.input), to_text(roster.sheet), KEEP_OUTCOMES),
        )

    def end_roster(self, number: int, ending: End) -> None:
        """Record how a roster's run ended."""
        self.connection.execute(
            "UPDATE roster SET ended = ?, exit_code = ?, counts = ?, result = ?, closed = ? WHERE id = ?",
            (
                moment_to_text(ending.ended),
                int(ending.exit_code),
                json.dumps(dict(ending.counts)),
                to_text(ending.result),
                ending.closed,
                number,
            ),
        )

    def mark_resumed(self, roster: Roster, run_ids: Collection[str], run_id: str) -> None:
        """Record that `run_id` has gone on with the roster of those runs."""
        self.connection.executemany(
            "UPDATE roster SET taken_over = ? WHERE run_id = ? AND input = ? AND sheet = ? AND ended IS NULL",
            [(run_id, each, to_text(roster.input), to_text(roster.sheet)) for each in run_ids],
        )

    def save(self, number: int, run_id: str, start: Start, committed: Sequence[CommittedResult]) -> None:
        """Record what became of rows of the roster with that number, and of their events."""
        met = [each for each in committed if each.result.status in FROM_GRAPH and each.result.meeting is not None]
        ours = [(each, place(start.scope, each.result.key)) for each in met if not _stays_others(each.result)]
        fates = [_fate(row) for each in committed for row in each.result.apart()]
        meetings = [_meeting(run_id, start, each, where) for each, where in ours]
        made = [_made(run_id, each.result, where) for each, where in ours if _is_ours(each.result)]
        with transaction(self.connection):
            for some in _parts(fates):
                self.connection.execute(_OUTCOME.format(rows=_marks(some)), (*chain(*some), number))
            for statement, rows in ((_MEETING, meetings), (_MADE, made)):
                for some in _parts(rows):
                    self.connection.execute(statement.format(rows=_marks(some)), tuple(chain(*some)))
            if events := [event for each in committed for event in each.events]:
                self.connection.executemany(EVENT, events)

    def recall(self, scope: TenantScope, keys: Collection[Key]) -> Mapping[Key, CachedAnswer]:
        """Return the last answer for each key that has one; what the disk has damaged is as if it had none."""
        found: dict[Key, CachedAnswer] = {}
        rosters: dict[tuple[str, str], tuple[Roster, str]] = {}
        columns = "fingerprint, status, problems, meeting, checked_at, seal, run_id, input"
        for named, where, (*what, mark, run_id, source) in look_up(
            self.connection, scope, "meeting", keys, columns=columns
        ):
            if seal(*where, *what) == mark:
                if (run_id, source) not in rosters:
                    rosters[run_id, source] = self._roster(run_id, source)
                found |= dict.fromkeys(named, _remembered(run_id, rosters[run_id, source], *what))
        return found

    def _roster(self, run_id: str, source: str) -> tuple[Roster, str]:
        """Return the roster that a run read from a file, and where its copy went."""
        found = self.connection.execute(
            "SELECT sheet, result FROM roster WHERE run_id = ? AND input = ? ORDER BY id DESC LIMIT 1", (run_id, source)
        ).fetchone()
        sheet, copy = found or ("", "")
        return Roster(source, sheet), copy


def _outcome(number: int, row: Row, print_: str) -> tuple[object, ...]:
    key = row.key
    return (
        number,
        row.number,
        to_text(key.organizer),
        to_text(key.external_id),
        print_,
        row.status,
        problems_to_text(row.problems),
    )


def _parts(rows: Sequence[tuple[object, ...]]) -> Iterator[Sequence[tuple[object, ...]]]:
    """Return the rows in parts that one statement takes."""
    for first in range(0, len(rows), _ROWS_AT_ONCE):
        yield rows[first : first + _ROWS_AT_ONCE]


def _marks(rows: Sequence[tuple[object, ...]]) -> str:
    one = f"({','.join('?' * len(rows[0]))})"
    return ",".join([one] * len(rows))


def _stays_others(result: Row) -> bool:
    """Return whether the meeting is another list's, and stays so: it is the one that is remembered as theirs."""
    codes = {found.code for found in result.problems}
    made = result.status is Status.CREATED or OWED in codes
    return "other-list" in codes and "link-replaced" not in codes and not made


def _fate(result: Row) -> tuple[object, ...]:
    return result.number, result.status.value, problems_to_text(result.problems), moment_to_text(result.checked_at)


def organizer_in(scope: TenantScope, key: Key) -> str:
    """Return whose meeting it is in the ledger: the signed-in user's where there is one."""
    return to_text(scope.owner or key.organizer)


def place(scope: TenantScope, key: Key) -> _Place:
    """Return what a meeting is known by in the ledger."""
    return to_text(scope.tenant), to_text(scope.service), organizer_in(scope, key), to_text(key.external_id)


def _is_ours(result: Row) -> bool:
    """Return whether a run of ours has made the meeting: Graph said so, or the run had begun to set it up."""
    return result.status is Status.CREATED or any(found.code == OWED for found in result.problems)


_Place: TypeAlias = "tuple[str, str, str, str]"
"""What a meeting is known by in the ledger."""


def _made(run_id: str, result: Row, where: _Place) -> tuple[str, ...]:
    assert result.meeting is not None  # noqa: S101 - the caller has looked
    return *where, to_text(result.meeting.graph_id), run_id


def _meeting(run_id: str, start: Start, committed: CommittedResult, where: _Place) -> tuple[object, ...]:
    result = committed.result
    assert result.meeting is not None  # noqa: S101 - the caller has looked
    what = (
        committed.fingerprint,
        result.status.value,
        problems_to_text(committed.problems),
        meeting_to_text(result.meeting),
        moment_to_text(result.checked_at),
    )
    return (*where, *what, run_id, to_text(start.roster.input), start.started.isoformat(), seal(*where, *what))


def look_up(
    connection: sqlite3.Connection, scope: TenantScope, table: str, keys: Iterable[Key], *, columns: str
) -> Iterator[tuple[Sequence[Key], tuple[str, str, str, str], Sequence[Any]]]:
    """Yield each row that a table has of the meetings of `keys`: which keys, what `place` has of them, its columns."""
    here = (to_text(scope.tenant), to_text(scope.service))
    anything = connection.execute(f"SELECT 1 FROM {table} WHERE tenant = ? AND service = ? LIMIT 1", here)  # noqa: S608 - our own names
    if anything.fetchone() is None:  # as most have nothing that was taken away
        return
    named: dict[tuple[str, str, str, str], list[Key]] = {}
    for key in keys:
        named.setdefault(place(scope, key), []).append(key)
    wanted = [(organizer, external_id) for _, _, organizer, external_id in named]
    for first in range(0, len(wanted), _AT_ONCE):
        some = wanted[first : first + _AT_ONCE]
        found = connection.execute(
            f"WITH wanted (organizer, external_id) AS (VALUES {','.join(['(?,?)'] * len(some))}) SELECT organizer, "  # noqa: S608 - our own names and question marks
            f"external_id, {columns} FROM wanted CROSS JOIN {table} USING (organizer, external_id) "
            "WHERE tenant = ? AND service = ?",
            (*chain(*some), *here),
        ).fetchall()
        for organizer, external_id, *said in found:
            where = (*here, organizer, external_id)
            yield named[where], where, said


def _remembered(run_id: str, where: tuple[Roster, str], *what: str) -> CachedAnswer:
    print_, status, problems, meeting, checked_at = what
    return CachedAnswer(
        fingerprint=print_,
        status=Status(status),
        meeting=cleaned(to_meeting(meeting)),  # an earlier version may have kept what no file can hold
        problems=to_problems(problems),
        checked_at=to_moment(checked_at),
        run_id=run_id,
        roster=where[0],
        copy=where[1],
    )


def _link(meeting: str) -> str:
    """Return the join link of a stored meeting, for showing; nothing where a damaged disk has changed the text."""
    try:
        return to_meeting(meeting).join_url
    except (ValueError, TypeError, KeyError):
        return ""
