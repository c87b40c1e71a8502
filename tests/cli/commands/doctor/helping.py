"""Reading doctor's findings, tokens that say things of themselves, and whatever may stand where Graph should be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from importer.core.catalogue.doctor import CHECK_TITLES
from tests.graph.auth.authority import fake_token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

    import pytest

    from importer.sandbox import Sandbox
    from tests.cli.conftest import Done

    Command = Callable[..., Done]

ROLES = ["OnlineMeetings.ReadWrite.All", "User.ReadBasic.All"]
ORDER = [check for check in CHECK_TITLES if check != "calendars"]
"""The checks in their order; calendars are looked into only where they are to be written."""


def checks(done: Done) -> dict[str, list[tuple[str, str]]]:
    """Return for each check its states and codes."""
    found: dict[str, list[tuple[str, str]]] = {}
    for each in done.json["checks"]:
        found.setdefault(each["check"], []).append((each["state"], each["code"]))
    return found


def amiss(done: Done) -> list[tuple[str, str, str]]:
    """Return what is not all right, as (check, state, code); what was left out is not in it."""
    return [
        (each["check"], each["state"], each["code"])
        for each in done.json["checks"]
        if each["state"] in ("warning", "failed")
    ]


def one(done: Done, code: str) -> dict[str, Any]:
    """Return the only finding with this code."""
    (found,) = [each for each in done.json["checks"] if each["code"] == code]
    return dict(found)


def ready(monkeypatch: pytest.MonkeyPatch, **claims: object) -> None:
    """Set a token that says this of itself."""
    monkeypatch.setenv("MEETING_IMPORTER_ACCESS_TOKEN", fake_token(1, **{"roles": ROLES, **claims}))


class Page:
    """Whatever stands where Graph should be."""

    def __init__(self, status: str, kind: str, content: bytes, **headers: str) -> None:
        self.status = status
        self.headers = [("Content-Type", kind), *((key.replace("_", "-"), value) for key, value in headers.items())]
        self.content = content

    def __call__(self, _environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response(self.status, self.headers)
        return [self.content]


class Instead:
    """Answers addresses that contain a word in its own way, and leaves the others to the sandbox."""

    def __init__(self, app: Sandbox, word: str, page: Page) -> None:
        self.app, self.word, self.page = app, word, page
        self.count = 0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if self.word in str(environ["RAW_URI"]):
            self.count += 1
            return self.page(environ, start_response)
        return self.app(environ, start_response)


def graph_error(status: str, code: str, message: str = "") -> Page:
    content = json.dumps({"error": {"code": code, "message": message, "innerError": {}}}).encode()
    return Page(status, "application/json", content)
