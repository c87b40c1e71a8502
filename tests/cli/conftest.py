"""A Graph to talk to, and a way to run a command and see what a shell would see."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from importer.cli.main import main
from importer.sandbox import APP_TOKEN, Sandbox, serve
from tests.cli.pseudo import Terminal, terminal
from tests.cli.rosters import let_in
from tests.forks import Start, forks, start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

SCRUBBED = (
    "AZURE_",
    "MEETING_IMPORTER_",
    "HTTP",
    "http",
    "NO_PROXY",
    "no_proxy",
    "NO_COLOR",
    "SSL_CERT",
    "FORCE_COLOR",
    "COLUMNS",
    "CI",
)


@dataclass(frozen=True)
class Done:
    """What a shell sees of a command that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.out)
        return document

    @property
    def rows(self) -> dict[int, dict[str, Any]]:
        """Return the rows of the first file by number."""
        return {row["row"]: row for row in self.json["files"][0]["rows"]}

    @property
    def found(self) -> list[tuple[int, str, str]]:
        """Return every row's problems as (row, heading's key, code)."""
        return [(n, p["column"], p["code"]) for n, row in self.rows.items() for p in row["problems"]]


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Gives each test an environment without the machine's settings, and folders of its own to work and remember in.

    A file that was written a moment ago is read at once: whether it still grows is asked where that is the subject.
    """
    for name in list(os.environ):
        if name.startswith(SCRUBBED):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path.with_name(tmp_path.name + "-config")))
    monkeypatch.setenv("MEETING_IMPORTER_STATE_DIR", str(tmp_path.with_name(tmp_path.name + "-state")))
    monkeypatch.setenv("MEETING_IMPORTER_SETTLE", "0")


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """Return a function that runs one command in this process."""

    def run(*arguments: object) -> Done:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        seen = capsys.readouterr()
        return Done(code, seen.out, seen.err)

    return run


@pytest.fixture
def graph() -> Iterator[Sandbox]:
    """Return an imitation of Graph to serve."""
    with Sandbox() as app:
        yield app


@pytest.fixture
def served(graph: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve that Graph, and sets up the environment so that commands find it and are let in."""
    with serve(graph) as url:
        monkeypatch.setenv("MEETING_IMPORTER_ACCESS_TOKEN", APP_TOKEN)
        monkeypatch.setenv("MEETING_IMPORTER_GRAPH_URL", url)
        yield url


@pytest.fixture(scope="session")
def starts() -> Iterator[Start]:
    """Return what starts a command as a process of its own: in no time, where there are forks."""
    if sys.platform == "win32":
        yield start
        return
    with forks() as server:
        yield server.start


@pytest.fixture
def in_terminal(starts: Start) -> Callable[..., AbstractContextManager[Terminal]]:
    """Return what has a command run in a terminal of its own."""
    return partial(terminal, starts)


@pytest.fixture
def to_graph(starts: Start) -> Start:
    """Return what starts a command as a process of its own that is let in by the imitation of Graph at `url`."""
    return lambda *arguments, url: starts(*arguments, environment=let_in(url))
