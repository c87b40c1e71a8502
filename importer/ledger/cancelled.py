"""Which meetings this program has taken away, or is taking away, and what the ledger has of those that it may.

Theory of operation. A meeting is ours to take away only if Graph has said that a run of ours made it (201), or a run of
ours has begun to set it up: that is one row in `made`, which `store` writes with the answer. It names the Graph ID, so
that another meeting that has the key since is not taken for it. Each step of taking one away is a row in `cancelled`,
durable before the next step begins. With the last step the meeting is no longer remembered, and only the row in
`cancelled` stays: a later run that still has the row does not make the meeting again unless it is told to.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING

from importer.core.calendar import ALIVE, EventState
from importer.core.cancelling import Candidate
from importer.core.memory import Cancelled, Step
from importer.core.model import ExitCode
from importer.core.row import Key
from importer.ledger.events import recall_events, save_events
from importer.ledger.opening import transaction
from importer.ledger.store import Store, from_text, look_up, moment_to_text, place, to_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from importer.core.calendar import KnownEvent
    from importer.core.memory import CachedAnswer, TenantScope

_STEP = """INSERT INTO cancelled (tenant, service, organizer, external_id, graph_id, step, at, run_id, input)
    VALUES (?,?,?,?,?,?,?,?,?) ON CONFLICT (tenant, service, organizer, external_id) DO UPDATE SET
    graph_id = excluded.graph_id, step = excluded.step, at = excluded.at, run_id = excluded.run_id,
    input = excluded.input"""
_THIS = "WHERE tenant = ? AND service = ? AND organizer = ? AND external_id = ?"


@dataclass(frozen=True, slots=True)
class Removals:
    """An open ledger for taking meetings away. Every method raises sqlite3.Error where the disk says no."""

    store: Store
    run_id: str
    _lock: Lock = field(default_factory=Lock, compare=False)

    def of_list(self, scope: TenantScope, source: str) -> Mapping[Key, CachedAnswer]:
        """Return all meetings that were last answered for rows of an input file."""
        return self._recalled(scope, "meeting", "input", to_text(source))

    def of_run(self, scope: TenantScope, run_id: str) -> Mapping[Key, CachedAnswer]:
        """Return all meetings that a run has made and that are still remembered."""
        return self._recalled(scope, "made", "run_id", run_id)

    def _recalled(self, scope: TenantScope, table: str, column: str, value: str) -> Mapping[Key, CachedAnswer]:
        rows = self.store.connection.execute(
            f"SELECT organizer, external_id FROM {table} WHERE tenant = ? AND service = ? AND {column} = ? "  # noqa: S608 - our own names
            "ORDER BY rowid",
            (to_text(scope.tenant), to_text(scope.service), value),
        ).fetchall()
        keys = [Key(from_text(organizer), from_text(external_id)) for organizer, external_id in rows]
        found = self.store.recall(scope, keys)
        return {key: found[key] for key in keys if key in found}

    def candidates(
        self, scope: TenantScope, answers: Mapping[Key, CachedAnswer], numbers: Mapping[Key, int]
    ) -> list[Candidate]:
        """Return the meetings as candidates, each with whether it was made by this program, and how far it has come."""
        found = look_up(self.store.connection, scope, "made", answers, columns="graph_id")
        made = {key: from_text(graph_id) for keys, _, (graph_id,) in found for key in keys}
        begun = self.cancelled(scope, answers)
        events = recall_events(self.store.connection, scope, list(answers))
        return [
            replace(
                Candidate.of(scope, key, answer, number=numbers.get(key, 0)),
                made=made.get(key) in {"", answer.meeting.graph_id},
                begun=begun.get(key),
                events=tuple(event for event in events.get(key, ()) if event.state in ALIVE),
            )
            for key, answer in answers.items()
        ]

    def cancelled(self, scope: TenantScope, keys: Collection[Key]) -> Mapping[Key, Cancelled]:
        """Return how far the taking away of each meeting has come, of those of which it has begun."""
        return {
            key: Cancelled(graph_id=from_text(graph_id), step=Step(step), at=datetime.fromisoformat(at))
            for named, _, (graph_id, step, at) in look_up(
                self.store.connection, scope, "cancelled", keys, columns="graph_id, step, at"
            )
            for key in named
        }

    def before(self, scope: TenantScope, inputs: Collection[str], *, left: bool) -> int:
        """Return how many meetings of these input files were taken away by the calls that this one goes on with.

        Those are the ones since the last that came to its end; where nothing is `left` to do, that one too: it is the
        same line, given again.
        """
        marks = ",".join("?" * len(inputs))
        calls = self.store.connection.execute(
            "SELECT run.exit_code, count(*) FROM cancelled JOIN run USING (run_id) WHERE tenant = ? AND service = ? "  # noqa: S608 - question marks only
            f"AND input IN ({marks}) AND step = ? GROUP BY run.id ORDER BY run.id DESC",
            (to_text(scope.tenant), to_text(scope.service), *map(to_text, inputs), Step.DELETED.value),
        ).fetchall()
        ends = (place for place, (code, _) in enumerate(calls) if code == ExitCode.DONE and (left or place))
        return sum(count for _, count in calls[: next(ends, len(calls))])

    def note(self, candidate: Candidate, step: Step, at: datetime) -> None:
        """Record how far the taking away has come, durably; with the last step the meeting itself is forgotten.

        Any thread may call it.
        """
        where = place(candidate.scope, candidate.key)
        source = "" if candidate.roster is None else candidate.roster.input
        what = (candidate.meeting.graph_id, step.value, moment_to_text(at), self.run_id, source)
        connection = self.store.connection
        with self._lock, transaction(connection):
            connection.execute(_STEP, (*where, *(to_text(each or "") for each in what)))
            if step is Step.DELETED:
                for table in ("meeting", "made"):
                    connection.execute(f"DELETE FROM {table} {_THIS}", where)  # noqa: S608 - our own names

    def note_event(self, candidate: Candidate, event: KnownEvent) -> None:
        """Record that an event was taken away, durably. Any thread may call it."""
        source = "" if candidate.roster is None else candidate.roster.input
        gone = replace(event, state=EventState.CANCELLED)
        with self._lock:
            save_events(self.store.connection, candidate.scope, source, [(candidate.key, gone)])

    def forget(self, scope: TenantScope, keys: Iterable[Key]) -> None:
        """Forget that meetings were taken away, so that they are made again."""
        with transaction(self.store.connection):
            self.store.connection.executemany(
                f"DELETE FROM cancelled {_THIS}",  # noqa: S608 - no value in it
                [place(scope, key) for key in keys],
            )
