"""--sandbox beside --graph-url: one of them would be ignored, and nobody would know which."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.rosters import csv_file, values

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from importer.sandbox import Sandbox
    from tests.cli.conftest import Done

    Command = Callable[..., Done]

ADDRESS = ["--graph-url", "http://127.0.0.1:9/v1.0"]


@pytest.mark.parametrize("command_name", ["run", "doctor"])
@pytest.mark.parametrize(
    ("options", "variables"),
    [
        (["--sandbox", *ADDRESS], {}),
        (ADDRESS, {"SANDBOX": "1"}),
        ([], {"SANDBOX": "1", "GRAPH_URL": ADDRESS[1]}),
    ],
)
def test_two_graphs_at_once_are_wrong_usage(
    command_name: str,
    options: list[str],
    variables: dict[str, str],
    command: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"MEETING_IMPORTER_{name}", value)

    done = command(command_name, csv_file(tmp_path / "r.csv", [values("1")]), *options)

    assert (done.code, "--sandbox" in done.err, "--graph-url" in done.err) == (2, True, True)
    assert not (tmp_path / "r-results.csv").exists()


def test_the_flag_for_a_trial_goes_before_an_address_in_the_environment(
    command: Command, graph: Sandbox, served: str, tmp_path: Path
) -> None:
    done = command("run", csv_file(tmp_path / "r.csv", [values("1")]), "--sandbox")

    assert (done.code, len(graph.requests)) == (0, 0)
