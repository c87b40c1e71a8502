"""The log: on Monday every row is found in it, with what support asks for, and nobody's name."""

from __future__ import annotations

import json
import re
import string
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from importer.cli.commands.notifications import secrets_of
from importer.core.catalogue import problem
from importer.core.model import ExitCode, Problem, Severity, Status
from importer.core.wording import scrubber
from importer.notify.log import Lines, RunLog, Style
from tests.notify.events import CLOSED, LINK, MIXED, NO_POLICY, PERSONAL, ended, row
from tests.rows import a_row, changed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SECRET = "s3cr3t~value.of-the-app"
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJncmFwaCJ9.c2lnbmF0dXJl"
NOW = datetime(2026, 11, 22, 2, 0, 3, tzinfo=UTC)


@contextmanager
def log_at(path: Path, *, as_json: bool = True, personal: bool = False, **environment: str) -> Iterator[RunLog]:
    style = Style(as_json=as_json, personal=personal, scrub=scrubber(*secrets_of(environment)))
    with closing(Lines(path)) as lines:
        yield RunLog(lines, style, run_id="20261122T020000Z-abc123", now=lambda: NOW)


def whole_run(log: RunLog) -> None:
    """Logs a run as it goes: some rows while they are sent, the rest at the file's end."""
    log.began("0.1.0", "srv-night", ["rosters"])
    log.opened(MIXED.input)
    log.row(MIXED.rows[0])
    log.row(MIXED.rows[4])
    log.closed(MIXED)
    log.closed(CLOSED)
    log.ended(ended(MIXED, CLOSED))


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_each_row_is_logged_once_with_its_codes(tmp_path: Path) -> None:
    with log_at(tmp_path / "run.log") as log:
        whole_run(log)

    rows = [line for line in read(tmp_path / "run.log") if line["event"] == "row"]
    assert [(line["row"], line["status"], line.get("code", "")) for line in rows] == [
        (5, "created", "subject-blank"),
        (9, "failed", "access-policy-missing"),
        (6, "existing", ""),
        (7, "invalid", "not-a-date"),
        (7, "invalid", "required"),
        (8, "invalid", "not-a-date"),
    ]
    assert {line["file"] for line in rows} == {MIXED.input}
    assert [line["level"] for line in rows] == ["warning", "error", "info", "error", "error", "error"]


def test_the_rows_of_the_next_file_are_other_rows(tmp_path: Path) -> None:
    with log_at(tmp_path / "run.log") as log:
        for name in ("a.csv", "b.csv"):
            log.opened(name)
            log.row(row(2, Status.EXISTING))

    assert [(line["file"], line["row"]) for line in read(tmp_path / "run.log")] == [("a.csv", 2), ("b.csv", 2)]


def test_every_line_says_when_and_in_which_run(tmp_path: Path) -> None:
    with log_at(tmp_path / "run.log") as log:
        whole_run(log)

    for line in read(tmp_path / "run.log"):
        assert (line["time"], line["run_id"]) == ("2026-11-22T02:00:03+00:00", "20261122T020000Z-abc123")


def test_what_microsofts_support_asks_for_is_kept_and_its_words_are_not(tmp_path: Path) -> None:
    said = "AADSTS7000222: expired for ana@contoso.example. Trace ID: 12345678-aaaa Correlation ID: 87654321-bbbb"
    facts = {"name": "AZURE_CLIENT_SECRET", "hint": "", "graph": ""}
    with log_at(tmp_path / "run.log") as log:
        log.row(row(9, Status.FAILED, NO_POLICY))
        log.note_problem(problem("sign-in-secret-expired", detail=f"invalid_client; {said}", value="x", **facts))

    policy, expired = read(tmp_path / "run.log")
    assert {key: policy[key] for key in ("http_status", "graph_code", "request_id", "client_request_id")} == {
        "http_status": "403",
        "graph_code": "Forbidden",
        "request_id": "0a1b2c3d-aaaa",
        "client_request_id": "9f8e7d6c-bbbb",
    }
    assert (expired["aadsts"], expired["trace_id"], expired["correlation_id"]) == (
        "AADSTS7000222",
        "12345678-aaaa",
        "87654321-bbbb",
    )
    assert "ana@" not in (tmp_path / "run.log").read_text(encoding="utf-8")


@pytest.mark.parametrize("as_json", [True, False])
def test_people_are_left_out_unless_asked_for(tmp_path: Path, *, as_json: bool) -> None:
    for name in ("without.log", "with.log"):
        with log_at(tmp_path / name, as_json=as_json, personal=name == "with.log") as log:
            whole_run(log)

    without, with_people = ((tmp_path / name).read_text(encoding="utf-8") for name in ("without.log", "with.log"))
    assert [text for text in PERSONAL if text in without] == []
    assert [text in with_people for text in PERSONAL] == [True, True, True, False]
    assert "BD-7" in without


@pytest.mark.parametrize("as_json", [True, False])
def test_secrets_are_never_in_it(tmp_path: Path, *, as_json: bool) -> None:
    path = tmp_path / "run.log"
    texts = (
        f"said {SECRET}",
        f"Authorization: Bearer {TOKEN}",
        f"token {TOKEN}",
        f"link {LINK}&x=1",
        "https://me:s3cr3t-proxy@proxy.example/",
        f"https://hooks.example/x?sig={SECRET}x",
    )
    with log_at(path, as_json=as_json, personal=True, AZURE_CLIENT_SECRET=SECRET) as log:
        for number, text in enumerate(texts):
            wrong = Problem("not-a-date", Severity.ERROR, "", text, text, text)
            log.said(text)
            log.row(a_row(number=number, external_id=text, organizer="", status=Status.FAILED, problems=(wrong,)))

    found = path.read_text(encoding="utf-8")
    assert [text for text in (SECRET, TOKEN, PERSONAL[3], "s3cr3t-proxy") if text in found] == []
    assert "https://teams.microsoft.com/meet/123?p=…&x=1" in found
    assert "@proxy.example" in found


def test_text_lines_can_be_read_and_cut_apart(tmp_path: Path) -> None:
    with log_at(tmp_path / "run.log", as_json=False) as log:
        log.opened("week 3.xlsx")
        log.row(row(9, Status.FAILED, NO_POLICY))

    assert (tmp_path / "run.log").read_text(encoding="utf-8") == (
        "2026-11-22T02:00:03+00:00 ERROR row run_id=20261122T020000Z-abc123 "
        'file="week 3.xlsx" row=9 external_id=BD-9 status=failed code=access-policy-missing '
        'title="No access policy for this organizer" column=organizer http_status=403 graph_code=Forbidden '
        "request_id=0a1b2c3d-aaaa client_request_id=9f8e7d6c-bbbb\n"
    )


def test_a_bug_is_logged_with_its_place_and_without_its_words(tmp_path: Path) -> None:
    with pytest.raises(KeyError) as caught:
        dict[str, str]()[PERSONAL[2]]
    for personal in (False, True):
        with log_at(tmp_path / f"{personal}.log", personal=personal) as log:
            log.crashed(caught.value)

    (without,), (with_words,) = read(tmp_path / "False.log"), read(tmp_path / "True.log")
    assert (without["error"], without["level"], "text" in without) == ("KeyError", "error", False)
    assert without["where"].startswith("test_a_bug_is_logged_with_its_place_and_without_its_words:")
    assert PERSONAL[2] in with_words["text"]


def test_the_end_says_how_it_was(tmp_path: Path) -> None:
    with log_at(tmp_path / "run.log") as log:
        log.ended(ended(MIXED))
        log.ended(ended(code=ExitCode.DONE))

    bad, good = read(tmp_path / "run.log")
    assert (bad["level"], bad["exit_code"], bad["seconds"]) == ("error", 4, 65)
    assert good["level"] == "info"


def fields(line: str) -> Mapping[str, str]:
    """Cut a text line apart as its reader does: names, an equals sign, a word or a JSON text."""
    found, decoder = {}, json.JSONDecoder()
    rest = line.split(" ", 3)[3]
    while rest:
        name, _, rest = rest.partition("=")
        if rest.startswith('"'):
            found[name], end = decoder.raw_decode(rest)
        else:
            end = len(rest.partition(" ")[0])
            found[name] = rest[:end]
        rest = rest[end + 1 :]
    return found


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(external_id=st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_nothing_in_a_sheet_can_forge_a_line(external_id: str, tmp_path: Path) -> None:
    for as_json in (True, False):
        path = tmp_path / f"{as_json}.log"
        path.unlink(missing_ok=True)
        style = Style(as_json=as_json, personal=False, scrub=str)
        with closing(Lines(path)) as lines:
            log = RunLog(lines, style, run_id="run", now=lambda: NOW)
            log.row(a_row(number=2, external_id=external_id, organizer="", status=Status.CREATED))

        (line,) = path.read_bytes().decode().splitlines()
        cut = json.loads(line) if as_json else fields(line)
        assert (cut["external_id"], str(cut["row"]), cut["status"]) == (external_id, "2", "created")


@pytest.mark.parametrize(
    "value",
    [
        "$(reboot)",
        "`reboot`",
        "a;reboot",
        "a|b",
        "a&b",
        "a>b",
        "a\nb",
        "a\r\nERROR run-ended exit_code=0",
        "a\u2028b",
        "a\x1b[2Kb",
        "a'b",
        "x=1",
        "~",
        "*",
        "!!",
        "#",
        "",
    ],
)
def test_no_value_of_a_line_is_a_command_or_another_line(tmp_path: Path, value: str) -> None:
    with log_at(tmp_path / "run.log", as_json=False) as log:
        log.began("0.1.0", "srv-night", [value])
        log.opened(value)
        log.row(changed(row(7, Status.CREATED), external_id=value))

    for line in (tmp_path / "run.log").read_text(encoding="utf-8").splitlines():
        assert line.isprintable()
        assert set(re.sub(r'"(?:[^"\\]|\\.)*"', "", line)) <= set(string.ascii_letters + string.digits + "-_:.=/ +TZ")
