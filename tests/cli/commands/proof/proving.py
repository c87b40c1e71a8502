"""Every trial against a Graph in this process, in virtual time: what was found, and what was left behind."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from importer.core import Person
from importer.core.transcript import redactor
from importer.doctor.bench import Bench
from importer.doctor.journal import FOLDER, TrialJournal, TrialRun
from importer.doctor.trials import TRIALS, TrialSubject, tried
from importer.graph import Gates
from importer.graph.client import GraphClient
from importer.graph.http import trust
from importer.graph.wire import RetryPolicy
from importer.sandbox import APP_TOKEN, object_id_of, serve
from tests.graph.fake_graph import Tokens, VirtualTime

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from wsgiref.types import WSGIApplication

    from importer.core.facts import FactOutcome, FactRefusal
    from importer.graph import Gate

ANA = Person(object_id_of("ana.lopez@contoso.com"), "ana.lopez@contoso.com")
BEN = Person(object_id_of("ben@contoso.com"), "ben@contoso.com")
NOW = datetime(2026, 12, 1, 11, 0, tzinfo=UTC)
TRUSTED = trust({})
RUN = TrialRun(
    mark="0123456789ab",
    since=NOW.isoformat(),
    tenant="contoso",
    service="global",
    organizer_id=ANA.object_id,
)


@dataclass
class Throttled:
    """A gate that lets everything through, and hears who is told to slow down."""

    throttles: set[bool] = field(default_factory=set)

    def wait(self) -> None:
        """Return at once."""

    def answered(self, *, throttled: bool, retry_after: float | None) -> None:
        if throttled:
            self.throttles.add(retry_after is not None)

    def unanswered(self) -> None:
        """Learn nothing."""


@contextmanager
def client_of(url: str, gate: Gate) -> Iterator[GraphClient]:
    """Return a client in virtual time, as patient as doctor's."""
    patience = RetryPolicy(attempts=3)
    with GraphClient(
        url, Tokens(APP_TOKEN), gates=Gates(gate, gate), clock=VirtualTime().clock, context=TRUSTED, limits=patience
    ) as client:
        yield client


def bench_of(client: GraphClient, folder: Path) -> Bench:
    """Return a bench with a new journal."""
    known = [ANA.upn, ANA.object_id, BEN.upn, BEN.object_id, RUN.mark, RUN.subject]
    return Bench(client, TrialJournal.begin(folder, RUN), NOW, redacted=redactor(known), tenant="contoso")


def proven(app: WSGIApplication, folder: Path, *, cloud: str = "global", only: str = "") -> dict[str, FactOutcome]:
    """Return what the trials find out about a Graph, or the one about `only` a fact; no meeting may be left."""
    gate = Throttled()
    found: dict[str, FactOutcome] = {}
    with serve(app) as url, client_of(url, gate) as client, bench_of(client, folder) as bench:
        about = TrialSubject(BEN, cloud, lambda: frozenset(gate.throttles))
        alone = (trial.act(bench, about) for trial in TRIALS if only in trial.facts)
        for each in alone if only else tried(bench, about):
            found |= each
    assert bench.left == {}
    assert list((folder / FOLDER).iterdir()) == []
    return found


def answers(found: dict[str, FactOutcome]) -> dict[str, tuple[str, FactRefusal | None]]:
    """Return what was found without the remarks."""
    return {name: (outcome.answer, outcome.refusal) for name, outcome in found.items() if outcome.answer}
