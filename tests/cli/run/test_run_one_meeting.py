"""Rows with one ID and organizer are one meeting where the settings say so: one call, and its result in each row."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Done

    Command = Callable[..., Done]

HEADINGS = "External ID,Subject,Start,End,Organizer,Attendees"
ANA = "ana@contoso.example"
ONE = '[rows]\nsame_id = "one meeting"'
CLASS = [f"A,Algebra,2031-04-07 09:00,10:30,{ANA},{name}@contoso.example" for name in ("bo", "cy", "Bo", "di")]
"""An attendee in each row, one of them twice."""
SERIES = (
    f"S,Statics,2031-04-14 09:00,10:30,{ANA},bo@contoso.example",
    f"S,Statics,2031-03-24 09:00,10:30,{ANA},cy@contoso.example",
    f"S,,2031-04-07 09:00,,{ANA},",
    f"S,,,,{ANA},di@contoso.example",
)
"""A date in each row, in no order; the clocks go forward on 30 March. The last one names none."""


def roster(*lines: str, settings: str = ONE) -> Path:
    Path("r.csv").write_text("\n".join((HEADINGS, *lines)) + "\n", encoding="utf-8")
    Path("meeting-importer.toml").write_text(f'timezone = "Europe/Berlin"\n{settings}\n', encoding="utf-8")
    return Path("r.csv")


def run(command: Command, path: Path, *options: str) -> Done:
    return command("run", path, "--sandbox", "--sandbox-file", "meetings.jsonl", "-o", "json", *options)


def made() -> list[dict[str, Any]]:
    """Return the meetings that the sandbox has, as they are now."""
    _, *lines = Path("meetings.jsonl").read_text(encoding="utf-8").splitlines()
    now = {meeting["external_id"]: meeting for meeting in map(json.loads, lines)}
    return [now[external_id] for external_id in sorted(now)]


def statuses(done: Done) -> list[str]:
    return [row["status"] for row in done.rows.values()]


def copied(column: str, path: str = "r-results.csv") -> list[str]:
    with Path(path).open(encoding="utf-8", newline="") as file:
        return [row[column] for row in csv.DictReader(file)]


def notes(done: Done) -> dict[str, str]:
    return {found["code"]: found["message"] for found in done.json["files"][0]["problems"]}


def test_an_attendee_in_each_row_makes_one_meeting_with_its_link_in_all(command: Command) -> None:
    done = run(command, roster(*CLASS, f"B,Botany,2031-04-08 09:00,10:30,{ANA},"))

    assert (done.code, done.found) == (0, [])
    assert done.json["files"][0]["counts"] == {"created": 5}
    (algebra, botany) = made()
    assert [person["upn"] for person in algebra["attendees"]] == [f"{n}@contoso.example" for n in ("bo", "cy", "di")]
    links = copied("Join URL")
    assert links[:4] == [links[0]] * 4
    assert "" != links[0] != links[4]
    assert botany["subject"] == "Botany"
    assert "4 rows are 1 meeting" in notes(done)["rows-are-one"]


def test_a_series_is_one_meeting_from_its_first_start_to_its_last_end_and_each_row_tells_its_own_time(
    command: Command,
) -> None:
    done = run(command, roster(*SERIES), "--add-column", "invitation_text", "--ics", "ics")

    assert (done.code, done.json["files"][0]["counts"]) == (0, {"created": 4})
    (series,) = made()
    assert (series["end"] - series["start"]) // 600_000_000 == 21 * 24 * 60 + 30  # an hour less, on the clocks
    whens = [text.split("When: ")[1].split("\n")[0] for text in copied("Invitation text")]
    assert whens[:3] == [
        "Mon 14 Apr 2031, 09:00 to 10:30 (Europe/Berlin)",
        "Mon 24 Mar 2031, 09:00 to 10:30 (Europe/Berlin)",
        "Mon 7 Apr 2031, 09:00 to 10:00 (Europe/Berlin)",
    ]
    assert whens[3].count(";") == 2
    (calendar,) = Path("ics").iterdir()
    text = calendar.read_text(encoding="utf-8")
    assert text.count("BEGIN:VEVENT") == 3
    assert all(f"mailto:{name}@contoso.example" in text for name in ("bo", "cy", "di"))


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (("Algebra", "Analysis"), "meeting-disagrees"),
        (("10:30", "08:30"), "end-before-start"),
        (("di@", "di"), "upn-not-valid"),
    ],
)
def test_a_meeting_of_which_a_row_cant_be_used_is_not_made_and_each_row_says_why(
    command: Command, change: tuple[str, str], found: str
) -> None:
    done = run(command, roster(*CLASS[:3], CLASS[3].replace(*change), f"B,Botany,2031-04-08 09:00,10:30,{ANA},"))

    assert done.code == 4
    assert statuses(done) == ["invalid"] * 4 + ["created"]
    codes = {row: code for row, _, code in done.found}
    assert codes[5] == found
    assert {codes[row] for row in (2, 3, 4)} == {found if found == "meeting-disagrees" else "meeting-row-wrong"}
    named = next(p["message"] for p in done.rows[2]["problems"])
    assert "row 5" in named


def test_a_second_night_calls_nobody_and_a_change_in_one_row_is_the_meetings(command: Command) -> None:
    run(command, roster(*SERIES))
    links = copied("Join URL")

    again = run(command, roster(*SERIES), "--only-changed")
    assert statuses(again) == ["unchanged"] * 4
    assert again.json["files"][0]["since_last_run"] == {
        **again.json["files"][0]["since_last_run"],
        "new": 0,
        "changed": 0,
        "gone": [],
    }
    changed = run(command, roster(SERIES[0].replace("04-14", "04-21"), *SERIES[1:]), "--only-changed", "--update")
    assert statuses(changed) == ["updated"] * 4
    assert len(made()) == 1
    assert copied("Join URL") == links


def test_a_row_more_joins_the_meeting_that_is_there(command: Command) -> None:
    run(command, roster(*CLASS[:2]))
    links = copied("Join URL")

    differs = run(command, roster(*CLASS))
    assert {code for _, _, code in differs.found} == {"differs-attendees"}
    assert statuses(run(command, roster(*CLASS), "--update")) == ["updated"] * 4
    assert copied("Join URL") == [links[0]] * 4


def test_with_the_link_of_another_meeting_in_one_of_its_rows_the_meeting_is_not_changed(command: Command) -> None:
    run(command, roster(*CLASS, f"B,Botany,2031-04-08 09:00,10:30,{ANA},"))
    botany = copied("Join URL")[4]
    sheet = Path("r-results.csv").read_text(encoding="utf-8").splitlines()
    mixed = sheet[3].replace(copied("Join URL")[0], botany)
    Path("r.csv").write_text("\n".join([*sheet[:3], mixed, *sheet[4:]]).replace("10:30", "11:00"), encoding="utf-8")

    done = run(command, Path("r.csv"), "--update", "--accept-changes")

    assert statuses(done)[:4] == ["differs"] * 4
    assert "row-mixed-up" in {code for row, _, code in done.found if row == 2}


def test_what_a_run_did_is_recovered_in_each_row(command: Command) -> None:
    run(command, roster(*SERIES, f"B,Botany,2031-04-08 09:00,10:30,{ANA},"))
    before = Path("r-results.csv").read_bytes()
    Path("r-results.csv").unlink()

    done = command("recover", "last", "-o", "json")

    assert (done.code, statuses(done)) == (0, ["created"] * 5)
    assert Path("r-results.csv").read_bytes() == before


def test_without_the_setting_the_rows_are_told_of_it_and_of_what_it_would_do(command: Command) -> None:
    same = command("validate", roster(*CLASS, settings=""), "-o", "json")
    series = command("validate", roster(*SERIES, settings=""), "-o", "json")
    other = command("validate", roster(CLASS[0], CLASS[1].replace("Algebra", "Logic"), settings=""), "-o", "json")

    told = [
        next(p["message"] for p in done.rows[2]["problems"] if p["column"] == "external_id")
        for done in (same, series, other)
    ]
    assert 'same_id = "one meeting"' in told[0]
    assert "from 2031-04-07 09:00 to 2031-04-07 10:30, with 3 attendees" in told[0]
    assert "from 2031-03-24 09:00 to 2031-04-14 10:30, with 3 attendees" in told[1]
    assert "same_id" not in told[2]
    assert same.code == series.code == other.code == 3


def test_a_failed_meeting_is_failed_in_each_row_and_counted_in_rows(command: Command) -> None:
    lines = [line.replace(ANA, "ana-unknown-user@contoso.example") for line in CLASS]
    done = run(command, roster(*lines, f"B,Botany,2031-04-08 09:00,10:30,{ANA},"))

    counts = done.json["files"][0]["counts"]
    assert sum(counts.values()) == len(done.rows) == 5


def test_a_word_that_is_none_is_refused(command: Command) -> None:
    done = command("validate", roster(*CLASS, settings='[rows]\nsame_id = "one"'))

    assert done.code == 2
    assert 'must be "error" or "one meeting"' in " ".join(done.err.split())


@pytest.mark.parametrize("organizer", ["", "Ana Nobody"])
def test_a_row_of_which_nobody_knows_whose_it_is_holds_back_all_that_it_may_be_of(
    command: Command, organizer: str
) -> None:
    others = (f"B,Biology,2031-04-07 09:00,10:30,{ANA},", "B,Biology,2031-04-07 09:00,10:30,ben@contoso.example,")
    done = run(command, roster(*CLASS, CLASS[0].replace(ANA, organizer), *others))

    assert statuses(done) == ["invalid"] * 5 + ["created"] * 2
    assert {found["code"] for found in done.rows[2]["problems"]} == {"meeting-row-wrong"}
    assert {meeting["external_id"] for meeting in made()} == {"B"}
