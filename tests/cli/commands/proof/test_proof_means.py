"""What is said to follow from a refuted fact does follow: rows are run against a tenant that refutes it."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from importer.core.facts import FactOutcome
from importer.sandbox import APP_TOKEN, Sandbox, serve

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pytest

    from tests.cli.commands.doctor.helping import Command
    from tests.cli.conftest import Done

GOOD = {
    "External ID": "",
    "Subject": "Lesson",
    "Start": "2031-01-13 09:07",
    "End": "2031-01-13 10:00",
    "Time zone": "Europe/Berlin",
    "Organizer": "ana@contoso.example",
    "Attendees": "bo@contoso.example",
}
LONG = {"Subject": "x" * 300}
OUTSIDER = {"Attendees": "unknown.x@example.com"}
BO = "bo@contoso.example"
CO_ORGANIZED, PRESENTED = {"Co-organizers": BO}, {"Presenters": BO}
MIXED_UP, KEPT_NOT, SHOWN_NOT = "answers-mixed-up", "options-not-kept", "options-not-shown"

Line: TypeAlias = tuple[str, Mapping[str, str], tuple[str, str], tuple[str, str]]
"""An external ID and what else the row has; its status and one of its problems' codes (empty: any), run by run."""

CHANGES: tuple[Mapping[str, str], list[Line]] = (
    {
        "external-id-length": "cut-over-36",
        "external-id-signs": "changed",
        "external-id-letters": "changed",
        "external-id-case": "one",
        "subject-kept": "cut",
        "outsider-kept": "dropped",
        "attendee-by-name-alone": "not-found",
        "co-organizers-by-change": "not-kept",
        "presenters-by-change": "not-kept",
        "answer-names-organizer": "no",
        "readable-at-once": "no",
        "option-chat": "not-kept",
        "option-camera": "silent",
        "option-live-share": "masked",
        "option-reactions": "read",
    },
    [
        ("x" * 36 + "1", {}, ("failed", MIXED_UP), ("failed", MIXED_UP)),
        ("a b", {}, ("failed", MIXED_UP), ("failed", MIXED_UP)),
        ("\u00e4", {}, ("failed", MIXED_UP), ("failed", MIXED_UP)),
        ("abc", {}, ("", ""), ("", "")),
        ("ABC", {}, ("", ""), ("", "")),
        ("s", LONG, ("created", ""), ("differs", "differs-subject")),
        ("o", OUTSIDER, ("created", "attendee-not-found"), ("differs", "differs-attendees")),
        ("c", CO_ORGANIZED, ("differs", KEPT_NOT), ("differs", "differs-roles")),
        ("p", PRESENTED, ("differs", KEPT_NOT), ("differs", "differs-roles")),
        ("1", {"Chat": "off"}, ("differs", KEPT_NOT), ("differs", "differs-option")),
        ("2", {"Camera": "not allowed"}, ("differs", SHOWN_NOT), ("", "option-not-shown")),
        ("3", {"Live Share": "not allowed"}, ("differs", SHOWN_NOT), ("", "option-not-shown")),
        ("4", {"Reactions": "not allowed"}, ("differs", SHOWN_NOT), ("existing", "")),  # it can't be read at once
    ],
)
REFUSALS: tuple[Mapping[str, str], list[Line]] = (
    {
        "external-id-length": "refused-over-36",
        "external-id-signs": "refused",
        "external-id-letters": "refused",
        "subject-kept": "refused",
        "outsider-kept": "refused",
        "co-organizers-by-change": "masked",
        "presenters-by-change": "refused",
        "made-is-201": "always-200",
        "times-kept": "no",
        "answer-names-external-id": "no",
        "answer-names-creation": "no",
        "existing-names-attendees": "no",
        "option-chat": "refused",
    },
    [
        ("x" * 37, {}, ("failed", "external-id-refused"), ("failed", "external-id-refused")),
        ("a b", {}, ("failed", "external-id-refused"), ("failed", "external-id-refused")),
        ("\u00e4", {}, ("failed", "external-id-refused"), ("failed", "external-id-refused")),
        ("s", LONG, ("failed", "row-refused"), ("failed", "row-refused")),
        ("o", OUTSIDER, ("failed", "row-refused"), ("failed", "row-refused")),
        ("t", {}, ("differs", "differs-start"), ("differs", "differs-start")),
        ("h", {"Start": "2031-01-13 09:00"}, ("existing", ""), ("differs", "differs-attendees")),
    ],
)
ALWAYS: tuple[Mapping[str, str], list[Line]] = (
    {"made-is-201": "always-200", "co-organizers-by-change": "masked", "option-chat": "refused"},
    [
        ("1", {}, ("existing", ""), ("existing", "")),
        ("2", {"Camera": "not allowed"}, ("updated", ""), ("existing", "")),
        ("3", {"Chat": "off"}, ("differs", "update-failed"), ("differs", "")),
        ("c", CO_ORGANIZED, ("differs", SHOWN_NOT), ("", "")),
    ],
)


def write(path: Path, rows: Sequence[Mapping[str, str]]) -> Path:
    """Return the path of a roster with the rows."""
    headings = list(dict.fromkeys(heading for row in rows for heading in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, headings)
        writer.writeheader()
        writer.writerows(rows)
    return path


def tenant(facts: Mapping[str, str]) -> Sandbox:
    return Sandbox(facts={name: FactOutcome(answer) for name, answer in facts.items()})


def run(command: Command, path: Path, facts: Mapping[str, str], rows: Sequence[Mapping[str, str]]) -> tuple[Done, Done]:
    """Return two runs over the rows, one after the other."""
    write(path, rows)
    with tenant(facts) as app, serve(app) as url:
        first, second = (command("run", path, "-o", "json", "--graph-url", url) for _ in range(2))
    return first, second


def test_each_row_is_told_what_was_said_to_follow(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEETING_IMPORTER_ACCESS_TOKEN", APP_TOKEN)
    wrong = []
    for number, (facts, table) in enumerate((CHANGES, REFUSALS, ALWAYS)):
        rows = [{**GOOD, "External ID": external_id, **more} for external_id, more, *_ in table]
        for turn, done in enumerate(run(command, tmp_path / f"{number}.csv", facts, rows)):
            for row, line in zip(done.rows.values(), table, strict=True):
                status, code = (line[2], line[3])[turn]
                codes = [problem["code"] for problem in row["problems"]]
                if (status and status != row["status"]) or (code and code not in codes):
                    wrong.append((number, line[0], turn, row["status"], codes))
        if "external-id-case" in facts:
            pair = [row for row in done.rows.values() if row["external_id"] in ("abc", "ABC")]
            assert sorted(row["status"] for row in pair) == ["existing", "failed"]
    assert wrong == []


def test_a_tenant_that_changes_what_is_there_or_calls_it_new_does_so_without_a_word(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEETING_IMPORTER_ACCESS_TOKEN", APP_TOKEN)
    told = {}
    for fact, answer in (("existing-untouched", "no"), ("made-is-201", "always-201")):
        with tenant({fact: answer}) as app, serve(app) as url:
            for subject in ("Maths", "Physics"):
                path = write(tmp_path / f"{fact}.csv", [{**GOOD, "External ID": "1", "Subject": subject}])
                done = command("run", path, "-o", "json", "--graph-url", url)
            told[fact] = (done.rows[2]["status"], done.found, app.meetings[0].subject)

    assert told == {"existing-untouched": ("existing", [], "Physics"), "made-is-201": ("created", [], "Maths")}
