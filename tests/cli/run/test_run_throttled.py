"""The short form of `tests/benchmarks/throttled.py`: on the real clock, and red for nonsense only, never for noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks.throttled import TOKEN, Case, Graph, serving, write_roster
from tests.graph.pacing.servers import Bucket, decimal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from tests.cli.conftest import Done


def test_a_throttled_run_uses_more_than_a_tenth_of_what_is_allowed(
    command: Callable[..., Done], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = Case(name="short", make=lambda: Bucket(100, 40), rows=120, header=decimal, people=True, attendees=60)
    roster, graph = tmp_path / "roster.csv", Graph(case)
    write_roster(roster, case)
    monkeypatch.setenv("MEETING_IMPORTER_ACCESS_TOKEN", TOKEN)

    with serving(graph) as url:
        done = command("run", roster, "--graph-url", url)

    tally = graph.measured()
    assert (done.code, tally.meetings) == (0, case.rows)
    assert tally.used > 0.1
    assert tally.refused < 0.5 * tally.let_in
