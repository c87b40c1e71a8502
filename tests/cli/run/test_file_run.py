"""A bug of ours, or an impatient person, in the middle of a run: what came back is saved and remembered."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from importer.cli.config.settings import Settings
from importer.cli.run.file_run import FileRun, Services
from importer.core import Person, Several
from importer.core.memory import TenantScope
from importer.core.model import Answer, ExitCode, Status, Stop
from importer.core.run import Interrupt
from importer.ledger import open_ledger
from importer.ledger.opening import ThisRun
from tests.cli.rosters import csv_file, values
from tests.rows import a_meeting

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from importer.core.memory import Ledger
    from importer.core.row import MeetingRequest, Row

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)


class Everybody:
    """A directory that has everybody."""

    def look_up(self, names: Collection[str]) -> Mapping[str, Person | None]:
        return {name: Person(f"id-of-{name}", name) for name in names}

    def search(self, names: Collection[str]) -> Mapping[str, Several]:
        raise AssertionError(names)

    def me(self) -> Person:
        raise NotImplementedError


class Failing:
    """Makes so many meetings, then has a bug."""

    def __init__(self, good: int) -> None:
        self.left = good

    def create_or_get(self, request: MeetingRequest) -> Answer:
        self.left -= 1
        if self.left < 0:
            raise ZeroDivisionError
        link = f"https://teams.example/{request.external_id}"
        return Answer(Status.CREATED, a_meeting(graph_id=request.external_id, join_url=link))


class Impatient:
    """Watches, and presses Ctrl-C once too often after so many rows."""

    def __init__(self, rows: int) -> None:
        self.left = rows

    def doing(self, text: str) -> None:
        pass

    def started(self, name: str, rows: int) -> None:
        pass

    def advanced(self, result: Row) -> None:  # noqa: ARG002 - the port's
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt

    def ended(self) -> None:
        pass


def job(ledger: Ledger, watcher: Impatient | None = None, **changes: object) -> FileRun:
    settings = Settings(workers=1, **changes)  # type: ignore[arg-type]  # whatever the test asks for
    return FileRun(
        settings=settings,
        now=lambda: NOW,
        interrupt=Interrupt(),
        progress=watcher or Impatient(-1),
        ledger=ledger,
        scope=TenantScope("", "there"),
    )


def opened(tmp_path: Path, run_id: str) -> Ledger:
    run = ThisRun(run_id=run_id, command="run", inputs=(), target="", started=NOW)
    ledger = open_ledger(tmp_path / "state" / "ledger.sqlite3", run)
    ledger.start()
    return ledger


@pytest.mark.parametrize(
    ("good", "rows", "error"), [(3, -1, ZeroDivisionError), (6, 2, KeyboardInterrupt)], ids=["bug", "Ctrl-C"]
)
def test_what_came_back_is_saved_and_the_next_run_goes_on(
    tmp_path: Path, good: int, rows: int, error: type[BaseException]
) -> None:
    roster = csv_file(tmp_path / "r.csv", [values(f"id-{n}") for n in range(6)])
    first = opened(tmp_path, "first")

    with pytest.raises(error):
        job(first, Impatient(rows)).run(roster, lambda: Services(directory=Everybody(), meetings=Failing(good)))

    first.close()
    lines = (tmp_path / "r-results.csv").read_text(encoding="utf-8-sig").splitlines()[1:]
    linked = [line.partition(",")[0] for line in lines if "https://teams.example/" in line]
    assert linked[: min(good, 2)] == [f"id-{n}" for n in range(min(good, 2))]
    again = Failing(6)
    second = opened(tmp_path, "second")
    (report,) = job(second).run(roster, lambda: Services(directory=Everybody(), meetings=again))
    second.close()
    assert again.left == len(linked)  # asked for the others only
    assert [row.status for row in report.rows] == [Status.CREATED] * 6
    assert [problem.code for problem in report.problems] == ["run-taken-over"]


def test_a_dry_run_that_can_not_sign_in_says_so(tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1")])
    stop = Stop(job(opened(tmp_path, "one")).interrupt.stop.problem, ExitCode.REFUSED)

    def nobody() -> Services:
        raise stop

    (report,) = job(opened(tmp_path, "two"), dry_run=True).run(roster, nobody)

    assert (report.exit_code, report.problems[-1]) == (ExitCode.REFUSED, stop.problem)
    assert [row.status for row in report.rows] == [Status.NOT_ATTEMPTED]


def test_the_first_invitations_of_a_list_are_asked_about(tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values(f"id-{n}") for n in range(3)])
    asked: list[str] = []
    answers = iter((False, True))

    def confirm(question: str) -> bool:
        asked.append(question)
        return next(answers)

    calling = replace(job(opened(tmp_path, "one"), calendar=True), confirm=confirm)
    with pytest.raises(Stop) as declined:
        calling.run(roster, lambda: Services(directory=Everybody(), meetings=Failing(0)))
    (report,) = calling.run(roster, lambda: Services(directory=Everybody(), meetings=Failing(3)))

    assert (declined.value.problem.code, declined.value.exit_code) == ("invitations-declined", ExitCode.USAGE)
    assert [row.status for row in report.rows] == [Status.CREATED] * 3
    assert ["3 invitations to 3 meetings" in question for question in asked] == [True, True]
