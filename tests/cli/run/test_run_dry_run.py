"""A dry run ends with what it found out, so that nobody takes it for a check that asks nobody, nor for a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.rosters import csv_file, values

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Done

    Command = Callable[..., Done]

GOOD, BAD = [values("ok-1"), values("ok-2")], values("bad-1", start="25/13/2031")


@pytest.mark.parametrize(
    ("rows", "options", "said"),
    [
        (GOOD, [], "Dry run: nothing was sent. 2 rows would be sent."),
        ([*GOOD, BAD], [], "Dry run: nothing was sent. 2 rows would be sent, 1 would not."),
        ([*GOOD, BAD], ["--all-or-nothing"], "Dry run: nothing was sent. 0 rows would be sent, 3 would not."),
    ],
)
def test_the_last_line_of_a_dry_run_says_what_would_be_sent(
    rows: list[list[object]], options: list[str], said: str, command: Command, tmp_path: Path
) -> None:
    roster = csv_file(tmp_path / "roster.csv", rows)

    done = command("run", roster, "--sandbox", "--dry-run", *options)

    assert done.out.splitlines()[-1] == said


def test_rows_that_would_be_skipped_are_not_counted_as_sent(command: Command, served: str, tmp_path: Path) -> None:
    assert served
    command("run", csv_file(tmp_path / "roster.csv", GOOD))
    roster = csv_file(tmp_path / "roster.csv", [*GOOD, values("ok-3")])

    done = command("run", roster, "--dry-run", "--only-changed")

    assert done.out.splitlines()[-1] == "Dry run: nothing was sent. 1 row would be sent, 2 would not."
    assert "2 unchanged, 1 ready" in done.out
    assert "1 created, 2 existing" in command("run", roster).out, "nothing was put down"


def test_a_dry_run_that_may_not_sign_in_promises_nothing(
    command: Command, served: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEETING_IMPORTER_ACCESS_TOKEN", "nobodys-token")

    done = command("run", csv_file(tmp_path / "roster.csv", GOOD), "--dry-run")

    assert (done.code, done.out.splitlines()[-1]) == (
        5,
        "Dry run: nothing was sent. 0 rows would be sent, 2 would not.",
    )


def test_a_file_that_cant_be_used_has_no_rows_to_send(command: Command, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("no headings\n", encoding="utf-8")

    assert command("run", "bad.csv", "--sandbox", "--dry-run").out.splitlines()[-1] == "Dry run: nothing was sent."


def test_a_run_and_a_check_say_nothing_of_the_kind(command: Command, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "roster.csv", GOOD)

    assert "Dry run" not in command("run", roster, "--sandbox").out + command("validate", roster).out
    assert "Dry run" not in command("run", roster, "--sandbox", "--dry-run", "-o", "json").out
