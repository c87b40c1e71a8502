"""A service that echoes the token in whatever it says gets none of it into anything that is shown, sent or kept."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from tests.cli.rosters import csv_file, values
from tests.core.test_wording_scrub import TOKEN
from tests.graph.fake_graph import Act, FakeGraph, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Done

    Command = Callable[..., Done]

PLACES: dict[str, Callable[[str], Act]] = {
    "message": lambda echo: Act(400, {"error": {"code": "BadRequest", "message": f"no: {echo}"}}),
    "code": lambda echo: Act(400, {"error": {"code": echo, "message": "no"}}),
    "inner": lambda echo: Act(
        400, {"error": {"code": "x", "message": "y", "innerError": {"message": echo, "code": echo}}}
    ),
    "id": lambda echo: Act(403, {"error": {"code": "Forbidden", "innerError": {"request-id": echo, "date": echo}}}),
    "header": lambda echo: Act(400, {"error": {"code": "x"}}, {"request-id": echo, "x-ms-ags-diagnostic": echo}),
    "challenge": lambda echo: Act(401, {"error": {"code": "x"}}, {"WWW-Authenticate": f'Bearer realm="{echo}"'}),
}
ECHOES: dict[str, Callable[[], str]] = {
    "whole": lambda: f"Bearer {TOKEN}",
    "piece": lambda: TOKEN[120:260],
    "short piece": lambda: TOKEN[-40:-16],
    "percent": lambda: quote(f"Bearer {TOKEN}", safe=""),
    "base64": lambda: b64encode(TOKEN.encode()).decode(),
    "lower": TOKEN.lower,
    "spaced": lambda: " ".join(TOKEN[at : at + 20] for at in range(0, len(TOKEN), 20)),
}


@pytest.fixture
def echoing(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGraph]:
    with serving() as state:
        state.tokens = {TOKEN}
        state.users = {"ana@contoso.example": "id-ana", "bo@contoso.example": "id-bo"}
        monkeypatch.setenv("MEETING_IMPORTER_GRAPH_URL", state.url)
        monkeypatch.setenv("MEETING_IMPORTER_ACCESS_TOKEN", TOKEN)
        yield state


def shows_a_piece(seen: str, size: int = 12) -> bool:
    """Return whether so many letters and digits in a row of the token stand there."""
    shown, known = ("".join(sign for sign in text.lower() if sign.isalnum()) for text in (seen, TOKEN))
    return any(known[at : at + size] in shown for at in range(len(known) - size + 1))


def everything(done: Done, *folders: Path) -> str:
    """All that can be seen of a run: its streams, and every file that it left."""
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    assert files
    return "\n".join([done.out, done.err, *(path.read_bytes().decode("utf-8", errors="replace") for path in files)])


@pytest.mark.parametrize("echo", ECHOES)
@pytest.mark.parametrize("place", PLACES)
def test_no_piece_of_the_token_comes_out(
    command: Command, echoing: FakeGraph, tmp_path: Path, place: str, echo: str
) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1")])
    act = PLACES[place](ECHOES[echo]())

    def refuse(method: str, path: str, body: dict[str, Any]) -> tuple[int, Any, dict[str, str]]:
        if "createOrGet" in path:
            return act.status, act.body, act.headers
        return FakeGraph.proper(echoing, method, path, body)

    echoing.proper = refuse  # type: ignore[method-assign]  # the server's own script
    more = ["--log-file", "run.log", "--log-personal-data", "--report", "r.html", "--heartbeat", "beat.json"]
    done = command("run", roster, "-v", "-o", "json", *more)

    assert done.code in {4, 5}, done.err
    assert done.json["files"][0]["rows"][0]["problems"]
    seen = everything(done, tmp_path, tmp_path.with_name(tmp_path.name + "-state"))
    assert not shows_a_piece(seen)


@pytest.mark.parametrize("echo", ECHOES)
def test_nor_out_of_an_answer_within_a_batch(command: Command, echoing: FakeGraph, tmp_path: Path, echo: str) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1")])
    error = {"error": {"code": "Authorization_RequestDenied", "message": ECHOES[echo]()}}
    echoing.filtering = False
    echoing.item_acts = [Act(403, error) for _ in range(20)]

    done = command("run", roster, "-v", "-o", "json", "--log-file", "run.log", "--log-personal-data")

    assert done.code == 5, done.err
    assert "directory-not-allowed" in json.dumps(done.json)
    assert not shows_a_piece(everything(done, tmp_path))


def test_a_password_in_the_address_of_graph_is_kept_nowhere(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEETING_IMPORTER_ACCESS_TOKEN", TOKEN)
    roster = csv_file(tmp_path / "r.csv", [values("1")])
    address = "https://me:pAsSwOrD-of-mine@graph.example/v1.0"

    for words in (
        ["run", roster, "--graph-url", address],
        ["doctor", roster, "--graph-url", address],
        ["history", "-v"],
    ):
        done = command(*words)
        assert "pAsSwOrD" not in done.out + done.err
        assert words[0] == "history" or (done.code == 2 and "--graph-url" in done.err)
    state = tmp_path.with_name(tmp_path.name + "-state")
    assert not any(b"pAsSwOrD" in path.read_bytes() for path in state.rglob("*") if path.is_file())
