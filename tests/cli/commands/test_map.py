"""`map` proposes a settings file by which an export is read right, writes it where it does no harm, and compares."""

from __future__ import annotations

import io
import json
import sys
import tomllib
from typing import TYPE_CHECKING

import pytest

from importer.cli.config.settings import CONFIG_NAME
from tests.cli.conftest import Done
from tests.cli.rosters import csv_file, values, xlsx_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Command = Callable[..., Done]

TIMETABLE = """\
Kursnr;Fach;Datum;Beginn;Ende;Lehrkraft E-Mail;Status
K-7;Mathe;05/04/2031;08:15;09:00;zoe@x.example;fest
K-8;Physik;14/04/2031;11:15;12:00;priya@x.example;abgesagt
K-9;Chemie;15/04/2031;11:15;12:00;priya@x.example;fest
"""


class Tty(io.StringIO):
    """A stream that takes itself for a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    return written(tmp_path / "timetable.csv", TIMETABLE)


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8", newline="")
    return path


@pytest.fixture
def at_terminal(monkeypatch: pytest.MonkeyPatch, command: Command) -> Callable[..., Done]:
    """Return a function that runs a command for somebody who types these lines."""

    def run(typed: str, *arguments: object) -> Done:
        streams = {"stdin": Tty(typed), "stdout": Tty(), "stderr": Tty()}
        for name, stream in streams.items():
            monkeypatch.setattr(sys, name, stream)
        code = command(*arguments).code
        return Done(code, streams["stdout"].getvalue(), streams["stderr"].getvalue())

    return run


def test_without_a_terminal_the_draft_is_the_result_and_nothing_is_written(command: Command, roster: Path) -> None:
    done = command("map", roster)

    assert done.code == 4
    assert tomllib.loads(done.out)["columns"]["start"] == ["Datum", "Beginn"]
    assert "# OPEN: In which time zone" in done.out
    assert "Sat 5 Apr 2031, 08:15" in done.err
    assert [path.name for path in roster.parent.iterdir()] == ["timetable.csv"]


def test_what_the_draft_says_is_what_a_check_reads(command: Command, roster: Path) -> None:
    done = command("map", roster, "--timezone", "Europe/Madrid")

    assert done.code == 0
    written(roster.with_name(CONFIG_NAME), done.out)
    rows = command("validate", roster, "-o", "json").rows
    assert {
        number: (row["external_id"], row["read"]["start_utc"], row["organizer"]) for number, row in rows.items()
    } == {
        2: ("K-7", "2031-04-05T06:15:00+00:00", "zoe@x.example"),
        4: ("K-9", "2031-04-15T09:15:00+00:00", "priya@x.example"),
    }


def test_at_a_terminal_what_can_t_be_told_is_asked_and_the_file_written(
    at_terminal: Callable[..., Done], roster: Path
) -> None:
    done = at_terminal("Madird\nEurope/Madrid\n", "map", roster)

    assert done.code == 0
    assert "In which time zone" in done.err
    assert "'Madird' is no time zone" in done.err
    assert tomllib.loads(roster.with_name(CONFIG_NAME).read_text("utf-8"))["timezone"] == "Europe/Madrid"
    assert "Sat 5 Apr 2031, 08:15" in done.out
    assert "Written:" in done.out


def test_whoever_answers_nothing_gets_the_questions_in_the_file(at_terminal: Callable[..., Done], roster: Path) -> None:
    done = at_terminal("\n", "map", roster)

    assert done.code == 4
    text = roster.with_name(CONFIG_NAME).read_text("utf-8")
    assert "# OPEN: In which time zone" in text
    assert "timezone" not in tomllib.loads(text)


def test_no_file_is_ever_written_over(at_terminal: Callable[..., Done], roster: Path) -> None:
    mine = written(roster.with_name(CONFIG_NAME), "this is = [ no settings file")

    done = at_terminal("Europe/Madrid\n", "map", roster)

    assert done.code == 6
    assert mine.read_text("utf-8") == "this is = [ no settings file"
    assert 'start = ["Datum", "Beginn"]' in done.out
    assert "is there already" in done.err


def test_answers_can_be_headings_addresses_orders_and_yes(at_terminal: Callable[..., Done], tmp_path: Path) -> None:
    text = "Course,Title,Day,Doors,Talk,Student\n" + "".join(
        f"MA,Algebra,03/04/2031,08:30,09:00,{name}@x.example\n" for name in "abc"
    )
    roster = written(tmp_path / "r.csv", text)

    done = at_terminal("MDY\nDay + Nothing\nDay + Talk\n\nEurope/Berlin\nana@x.example\ny\n", "map", roster)

    said = tomllib.loads(roster.with_name(CONFIG_NAME).read_text("utf-8"))
    assert "There is no heading 'Nothing'" in done.err
    assert (said["date_order"], said["columns"]["start"]) == ("MDY", ["Day", "Talk"])
    assert said["rows"] == {"same_id": "one meeting"}
    assert "ana@x.example" in done.out
    assert "Tue 4 Mar 2031, 09:00" in done.out


def test_a_start_that_nobody_has_chosen_keeps_every_meeting_from_being_made(command: Command, tmp_path: Path) -> None:
    roster = written(
        tmp_path / "r.csv",
        "External ID,Subject,Einlass,Los,Organizer\n1,x,2031-04-05 18:30Z,2031-04-05 19:00Z,a@x.example\n",
    )

    done = command("map", roster)
    written(roster.with_name(CONFIG_NAME), done.out)

    assert done.code == 4
    assert command("run", roster, "--sandbox").code == 3


def test_rows_without_a_day_make_no_meeting_that_begins_at_once(command: Command, tmp_path: Path) -> None:
    roster = written(
        tmp_path / "r.csv", "Ref,Title,Date,Time,Host\nA1,x,2031-04-05,09:00,a@x.example\nA2,y,,,a@x.example\n"
    )

    done = command("map", roster, "--timezone", "UTC")

    assert tomllib.loads(done.out)["rows"] == {"skip": {"Date": ""}}
    assert "A2" not in done.err


def test_a_file_without_headings_is_read_by_letters_and_no_meeting_is_lost(command: Command, tmp_path: Path) -> None:
    lines = [f"A-{day},Talk,2031-04-0{day},09:00-10:30,zoe@x.example\n" for day in (1, 2, 3)]
    roster = written(tmp_path / "r.csv", "".join(lines))

    done = command("map", roster, "--timezone", "UTC", "--organizer", "zoe@x.example")
    written(roster.with_name(CONFIG_NAME), done.out)

    rows = command("validate", roster, "--organizer", "zoe@x.example", "-o", "json").rows
    assert {row["external_id"]: row["read"]["end"] for row in rows.values()} == {
        f"A-{day}": f"2031-04-0{day}T10:30:00+00:00" for day in (1, 2, 3)
    }


def test_the_template_s_own_headings_are_proposed_as_they_are(command: Command, tmp_path: Path) -> None:
    for roster in (csv_file(tmp_path / "r.csv", [values("1")]), xlsx_file(tmp_path / "r.xlsx", [values("1")], above=2)):
        done = command("map", roster, "-o", "json")

        assert (done.code, done.json["questions"]) == (0, [])
        assert {one["key"]: one["value"] for one in done.json["proposals"] if one["value"] is not None} == {
            "external_id": ["External ID"],
            "subject": ["Subject"],
            "start": ["Start"],
            "end": ["End"],
            "time_zone": ["Time zone"],
            "organizer": ["Organizer"],
            "attendees": ["Attendees"],
        }


def test_the_json_has_the_draft_the_questions_and_the_first_rows(command: Command, roster: Path) -> None:
    done = command("map", roster, "-o", "json", "--show", 1)

    assert done.json["command"] == "map"
    assert [(one["key"], one["stops"]) for one in done.json["questions"]] == [("timezone", True)]
    assert tomllib.loads(done.json["draft"])["columns"]["external_id"] == "Kursnr"
    assert [row["read"]["start"] for row in done.json["rows"]] == ["2031-04-05T08:15:00"]


@pytest.mark.parametrize(
    ("name", "text", "code"), [("r.csv", "", 3), ("r.csv", "1,2\n3,4\n", 3), ("none.csv", None, 3)]
)
def test_what_can_t_be_read_is_said(command: Command, tmp_path: Path, name: str, text: str | None, code: int) -> None:
    if text is not None:
        written(tmp_path / name, text)

    done = command("map", tmp_path / name)

    assert (done.code, done.out) == (code, "")
    assert "Stopped:" in done.err
    assert command("map", tmp_path / name, "-o", "json").json["exit_code"] == code


CHECKED = '[columns]\nexternal_id = "Kursnr"\nstart = ["Datum", "Beginn"]\nend = ["Datum", "Ende"]\norganizer = "{}"\n'
KNOWN = 'timezone = "Europe/Madrid"\ndate_order = "DMY"\n'


def test_a_new_export_that_lacks_a_heading_is_told_with_the_nearest(command: Command, roster: Path) -> None:
    written(roster.with_name(CONFIG_NAME), KNOWN + CHECKED.format("Lehrkraft Mail"))

    done = command("map", roster, "--check")

    assert done.code == 3
    assert (
        "Missing: 'Lehrkraft Mail' for organizer. Row 1 has no such heading (did you mean Lehrkraft E-Mail?)."
        in done.out
    )


def test_a_new_export_with_more_headings_fits_and_they_are_told(command: Command, roster: Path) -> None:
    written(roster.with_name(CONFIG_NAME), KNOWN + CHECKED.format("Lehrkraft E-Mail"))

    done = command("map", roster, "--check")

    assert done.code == 0
    assert "Not read: 'Fach'. It could be subject." in done.out
    assert "Sat 5 Apr 2031, 08:15" in done.out
    found = json.loads(command("map", roster, "--check", "-o", "json").out)
    assert [(one["kind"], one["heading"]) for one in found["differences"]] == [("new", "Fach"), ("new", "Status")]


def test_there_has_to_be_something_to_compare_with(command: Command, roster: Path) -> None:
    assert command("map", roster, "--check").code == 2


def test_the_file_to_compare_can_be_named(command: Command, roster: Path, tmp_path: Path) -> None:
    named = written(tmp_path / "mine.toml", KNOWN + CHECKED.format("Lehrkraft E-Mail"))

    assert command("map", roster, "--check", "--config", named).code == 0
