"""A run where somebody else answers, or nobody does: said once, with the right exit code, and soon."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from importer.core.catalogue.words import SILENCE
from importer.sandbox import APP_TOKEN, Sandbox, serve
from tests.cli.rosters import csv_file, values
from tests.cli.run.test_run_process import Hanging
from tests.forks import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path
    from wsgiref.types import StartResponse, WSGIEnvironment

    from tests.cli.conftest import Done
    from tests.forks import Start

    Command = Callable[..., Done]


class Filter:
    """Answers calls to such paths with a page of its own, and lets the others through."""

    def __init__(self, app: Sandbox, ends: str, status: str, kind: str, body: bytes) -> None:
        self.app, self.ends, self.status, self.kind, self.body = app, ends, status, kind, body
        self.answered = 0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not environ["PATH_INFO"].endswith(self.ends):
            return self.app(environ, start_response)
        self.answered += 1
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        start_response(self.status, [("Content-Type", self.kind), ("Content-Length", str(len(self.body)))])
        return [self.body]


PAGE = b"<html>No application access policy. License. Blocked by policy.</html>"


@pytest.mark.parametrize("ends", ["/createOrGet", ""])
@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        ("403 Forbidden", "text/html", PAGE),
        ("404 Not Found", "text/html", PAGE),
        ("451 Unavailable For Legal Reasons", "text/html", PAGE),
        ("511 Network Authentication Required", "text/html", PAGE),
        ("400 Bad Request", "application/json", b'{"message": "externalId"}'),
        ("403 Forbidden", "text/plain", b""),
        ("200 OK", "text/html", PAGE),
    ],
)
def test_a_filters_page_is_said_once_and_stops_the_run(
    command: Command,
    graph: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    *,
    ends: str,
    status: str,
    kind: str,
    body: bytes,
) -> None:

    roster = csv_file(tmp_path / "r.csv", [values(f"id-{n}", organizer=f"o{n}@contoso.example") for n in range(30)])
    page = Filter(graph, ends, status, kind, body)
    monkeypatch.setenv("MEETING_IMPORTER_ACCESS_TOKEN", APP_TOKEN)
    with serve(page) as url:
        done = command("run", roster, "--graph-url", url, "--workers", "2", "-o", "json")

    (file,) = done.json["files"]
    assert (done.code, [found["code"] for found in file["problems"]]) == (5, ["answer-of-somebody-else"])
    assert {row["status"] for row in file["rows"]} <= {"failed", "not attempted"}
    assert len(graph.meetings) == 0
    assert page.answered <= 6


def test_a_service_that_answers_about_people_only_is_given_up_in_time_and_said(to_graph: Start, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values(f"id-{n}") for n in range(3)])
    with Sandbox() as app:
        hanging = Hanging(app, 3)
        with serve(hanging) as url:
            process = to_graph("run", roster, "--first-answer", "4s", "-o", "json", url=url)
            assert hanging.wait()
            began = time.monotonic()
            out, err = process.communicate(timeout=PATIENCE)
            took = time.monotonic() - began
            hanging.released.set()

    rows = json.loads(out)["files"][0]["rows"]
    assert (process.returncode, {row["status"] for row in rows}) == (7, {"failed"})
    assert [p["code"] for row in rows for p in row["problems"]] == ["service-unreachable"] * 3
    assert SILENCE["meetings"].format(seconds=4) in err
    assert took < 60
