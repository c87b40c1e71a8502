"""run --calendar, against strict calendars: one event for each key, nobody told twice, and nothing undone unasked."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from importer.sandbox import APP_TOKEN, serve
from tests.cli.rosters import HEADINGS, values
from tests.cli.strict import StrictGraph

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Done
    from tests.graph.strict_calendars import StrictCalendars

    Command = Callable[..., Done]

BO, CHLOE = "bo@contoso.example", "chloe@contoso.example"


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> Iterator[StrictGraph]:
    """Return the Graph that commands find, with an empty settings file beside the rosters."""
    graph = StrictGraph()
    with serve(graph) as url:
        monkeypatch.setenv("MEETING_IMPORTER_ACCESS_TOKEN", APP_TOKEN)
        monkeypatch.setenv("MEETING_IMPORTER_GRAPH_URL", url)
        yield graph


@pytest.fixture
def run(command: Command, tmp_path: Path) -> Callable[..., Done]:
    """Return a function that writes a roster of these rows and runs it with --calendar."""

    def run_(rows: list[dict[str, Any]], *options: str) -> Done:
        path = tmp_path / "roster.csv"
        names = list(dict.fromkeys(name for row in rows for name in row if name[0].isupper()))
        lines = [[*HEADINGS, *names]]
        for row in rows:
            known = {name: value for name, value in row.items() if name[0].islower()}
            lines.append([*values(known.pop("id", "A-1"), **known), *(row.get(name, "") for name in names)])
        text = "\r\n".join(",".join(f'"{cell}"' for cell in line) for line in lines)
        path.write_text(text, encoding="utf-8", newline="")
        return command("run", path, "--calendar", "--force", "-o", "json", *options)

    return run_


def outcome(done: Done) -> tuple[str, list[str], list[str], int]:
    """Return the first row's status, its problems' codes, the fates of its events, and the exit code."""
    row = next(iter(done.rows.values()))
    codes = [found["code"] for found in row["problems"]]
    return row["status"], codes, [event["fate"] for event in row["events"]], done.code


def news(calendars: StrictCalendars) -> tuple[list[tuple[str, str]], list[str]]:
    """Return whom a run has mailed what, and the methods of its calls; both begin anew after that."""
    mails = sorted((what, person) for (what, _, _, person), count in calendars.mails.items() for _ in range(count))
    calls = [method for method, _ in calendars.calls]
    calendars.mails.clear()
    calendars.calls.clear()
    return mails, calls


def test_a_row_has_one_event_that_follows_it(run: Callable[..., Done], strict: StrictGraph) -> None:
    first = run([{}], "--yes")
    assert outcome(first) == ("created", [], ["made"], 0)
    assert news(strict.calendars) == ([("invitation", BO)], ["GET", "POST"])
    assert first.rows[2]["events"][0]["invited"] == [BO]

    assert outcome(run([{}])) == ("existing", [], ["unchanged"], 0)
    assert outcome(run([{}], "--only-changed")) == ("unchanged", [], ["unchanged"], 0)
    assert news(strict.calendars) == ([], [])
    assert outcome(run([{}], "--refresh")) == ("existing", [], ["unchanged"], 0)
    assert news(strict.calendars) == ([], ["GET"])

    moved = [{"start": "2031-01-13 11:00", "end": "2031-01-13 12:00"}]
    assert outcome(run(moved)) == ("differs", ["differs-start", "differs-end"], ["changed"], 0)
    assert news(strict.calendars) == ([("update", BO)], ["GET", "PATCH"])
    assert outcome(run([{**moved[0], "attendees": f"{BO};{CHLOE}"}], "--update")) == ("updated", [], ["changed"], 0)
    assert news(strict.calendars) == ([("invitation", CHLOE)], ["GET", "PATCH"])
    assert outcome(run([{**moved[0], "attendees": CHLOE}], "--update")) == ("updated", [], ["changed"], 0)
    assert news(strict.calendars) == ([("cancellation", BO)], ["GET", "PATCH"])
    assert len(strict.calendars.events) == 1


def test_a_lost_ledger_makes_no_second_event(run: Callable[..., Done], strict: StrictGraph, tmp_path: Path) -> None:
    run([{}], "--yes")
    news(strict.calendars)
    shutil.rmtree(tmp_path.with_name(tmp_path.name + "-state"))

    assert outcome(run([{}], "--yes")) == ("existing", [], ["unchanged"], 0)
    assert news(strict.calendars) == ([], ["GET"])
    assert len(strict.calendars.events) == 1


def test_what_somebody_did_in_the_calendar_is_shown_and_undone_on_request_only(
    run: Callable[..., Done], strict: StrictGraph
) -> None:
    run([{}], "--yes")
    (event,) = strict.calendars.events.values()
    for name in ("start", "end"):
        event[name] = {**event[name], "dateTime": "2031-01-13T15:00:00"}
    news(strict.calendars)

    assert outcome(run([{}])) == ("existing", [], ["unchanged"], 0)
    shown = run([{}], "--refresh")
    assert outcome(shown) == ("differs", ["event-differs"], ["differs"], 0)
    assert (
        "start: Mon 13 Jan 09:00 in the row, Mon 13 Jan 15:00 in the calendar"
        in shown.rows[2]["problems"][0]["message"]
    )
    assert outcome(run([{}])) == ("differs", ["event-differs"], ["differs"], 0), "as long as it is so"
    assert outcome(run([{}], "--only-changed")) == ("differs", ["event-differs"], ["differs"], 0)
    assert news(strict.calendars)[0] == []
    assert outcome(run([{"subject": "Other"}], "--update"))[2] == ["changed"]
    assert news(strict.calendars)[0] == [("update", BO)]

    strict.calendars.events.clear()

    assert outcome(run([{"subject": "Other"}], "--refresh"))[:3] == ("differs", ["event-gone"], ["gone"])
    news(strict.calendars)
    assert outcome(run([{"subject": "Other"}]))[:3] == ("differs", ["event-gone"], ["gone"])
    assert news(strict.calendars) == ([], [])
    assert outcome(run([{"subject": "Other"}], "--update"))[2] == ["made"]
    assert news(strict.calendars)[0] == [("invitation", BO)]


def test_a_calendar_that_is_closed_costs_no_row_its_link_and_is_made_up_for(
    run: Callable[..., Done], strict: StrictGraph
) -> None:
    run([{"id": "A-0"}], "--yes")
    strict.calendars.closed = {event["mailbox"] for event in strict.calendars.events.values()}
    rows = [{"id": f"A-{n}"} for n in range(1, 4)]
    news(strict.calendars)

    done = run(rows, "--workers", "1")

    assert outcome(done) == ("created", ["event-failed"], ["failed"], 4)
    assert done.rows[4]["join_url"]
    assert "Calendars.ReadWrite" in done.rows[2]["problems"][0]["message"]
    assert len(news(strict.calendars)[1]) == 1, "it is asked once"

    strict.calendars.closed = set()

    assert outcome(run(rows, "--only-changed")) == ("existing", [], ["made"], 0)
    assert len(news(strict.calendars)[0]) == 3
    assert len(strict.meetings) == 4


def test_a_series_has_one_event_for_each_date_and_one_link(
    run: Callable[..., Done], strict: StrictGraph, tmp_path: Path
) -> None:
    (tmp_path / "meeting-importer.toml").write_text('[rows]\nsame_id = "one meeting"\n', encoding="utf-8")
    days = [{"start": f"2031-01-{day} 09:00", "end": f"2031-01-{day} 10:00"} for day in (13, 20, 27)]
    run(days[:1], "--yes")
    news(strict.calendars)

    assert outcome(run(days, "--update"))[2] == ["unchanged", "made", "made"]
    assert news(strict.calendars)[0] == [("invitation", BO)] * 2
    assert len({event["location"]["displayName"] for event in strict.calendars.events.values()}) == 1

    later = [days[0], {"start": "2031-01-20 11:00", "end": "2031-01-20 12:00"}]
    done = run(later, "--update", "--max-shrink", "90%")
    assert outcome(done)[1:3] == (["event-left"], ["unchanged", "changed"])
    assert news(strict.calendars)[0] == [("update", BO)]
    assert len(strict.calendars.events) == 3


def test_whom_a_row_invites(run: Callable[..., Done], strict: StrictGraph) -> None:
    rows = [
        {"id": "A-1", "Invite": "no"},
        {"id": "A-2", "attendees": f"guest_x.com#EXT#@contoso.example;{CHLOE};ANA@contoso.example", "Invite": "Yes"},
        {"id": "A-3", "attendees": "", "Room mailbox": "room1@contoso.example"},
        {"id": "A-4", "start": "2020-01-13 09:00", "end": "2020-01-13 10:00"},
    ]

    done = run(rows, "--yes")

    assert [[event["fate"] for event in row["events"]] for row in done.rows.values()] == [
        [],
        ["made"],
        ["made"],
        ["over"],
    ]
    assert "not-invited" in [code for _, _, code in done.found]
    assert done.code == 0
    assert news(strict.calendars)[0] == [("invitation", CHLOE), ("invitation", "room1@contoso.example")]


def test_nothing_is_mailed_before_somebody_knows_what(
    run: Callable[..., Done], command: Command, strict: StrictGraph, tmp_path: Path
) -> None:
    rows = [{"id": f"A-{n}", "attendees": f"{BO};{CHLOE}"} for n in range(3)]

    assert "invitations-not-confirmed" in run(rows).out
    assert "too-many-invitations" in run(rows, "--yes", "--max-invitations", "5").out
    assert strict.calls == []
    dry = run(rows, "--dry-run")
    assert [row["events"][0]["fate"] for row in dry.rows.values()] == ["to make"] * 3
    text = command("run", tmp_path / "roster.csv", "--calendar", "--dry-run").out
    assert f"Row 2: Lesson A-0, Mon 13 Jan 2031, 09:00 to 10:00 (Europe/Berlin): {BO}, {CHLOE}" in " ".join(
        text.split()
    )
    assert "6 mails to people" in text
    assert (strict.calls, strict.calendars.calls) == ([], [])

    assert run(rows, "--yes", "--max-invitations", "6").code == 0
    assert run([*rows, {"id": "A-9"}]).code == 0, "a list is asked about once"
    said = command("run", tmp_path / "roster.csv", "--calendar", "--force").out
    assert "In calendars: 4 unchanged" in said
    assert "nobody's calendar" not in said
