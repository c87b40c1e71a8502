"""A timetable without dates: its weeks are named on the line or in the settings, and each row is one meeting."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import vobject

from importer.cli.config.settings import Settings
from importer.cli.run.places import restored_settings, saved_settings
from importer.core.times.weeks import Weeks, week_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Done

    Command = Callable[..., Done]

TERM = "first = 2031-04-07\nlast = 2031-04-30\ndays_off = [2031-04-14, '2031-04-20 to 2031-04-22']"


def roster(weeks: str) -> Path:
    """Write a timetable, and beside it settings with those lines under [weeks]."""
    Path("r.csv").write_text(
        "External ID,Subject,Day,From,To,Organizer\n"
        "M-1,Algebra,Monday,9:00,10:30,ana@contoso.example\n"
        "M-2,Latin,Mon+Wed,0900,1030,ana@contoso.example\n",
        encoding="utf-8",
    )
    joined = '[columns]\nstart = ["Day", "From"]\nend = ["Day", "To"]\n'
    said = f'timezone = "Europe/Berlin"\n{joined}' + (f"[weeks]\n{weeks}\n" if weeks else "")
    Path("meeting-importer.toml").write_text(said, encoding="utf-8")
    return Path("r.csv")


def test_a_row_is_one_meeting_and_its_invitation_and_calendar_file_have_each_date(command: Command) -> None:
    done = command(
        "run", roster(TERM), "--sandbox", "--ics", "calendars", "--add-column", "invitation_text", "-o", "json"
    )

    assert done.code == 0
    assert done.json["files"][0]["counts"] == {"created": 2}
    text = done.json["files"][0]["rows"][0]["invitation_text"]
    assert "When: Mon 7 Apr 2031, 09:00 to 10:30; Mon 28 Apr 2031, 09:00 to 10:30 (Europe/Berlin)" in text
    calendar = next(vobject.readComponents(Path("calendars/00003-M-2.ics").read_text(encoding="utf-8")))
    assert [f"{event.dtstart.value:%m-%d %H:%M}" for event in calendar.vevent_list] == [
        f"04-{day} 07:00" for day in ("07", "09", "16", "23", "28", "30")
    ]


def test_the_week_on_the_line_goes_before_the_weeks_in_the_settings(command: Command) -> None:
    done = command("validate", roster(TERM), "--week-of", "2031-04-09", "-o", "json")

    rows = done.json["files"][0]["rows"]
    assert done.code == 0
    assert [row["read"]["start"] for row in rows] == ["2031-04-07T09:00:00+02:00"] * 2


def test_without_weeks_a_weekday_is_refused_with_both_ways_to_name_them(command: Command) -> None:
    done = command("validate", roster(""), "-o", "json")

    assert done.code == 3
    assert {found["code"] for row in done.json["files"][0]["rows"] for found in row["problems"]} == {
        "weekday-without-date"
    }


@pytest.mark.parametrize(
    ("weeks", "said"),
    [
        ("first = 2031-04-07", "'last' under [weeks]"),
        ("first = 2031-04-07\nlast = 2030-04-07", "'last' under [weeks]"),
        ("first = 2031-04-07\nlast = 2041-04-07", "two years"),
        ("first = 'soon'\nlast = 2031-04-07", "'first' under [weeks]"),
        ("first = 2031-04-07\nlast = 2031-04-30\nday_off = []", "did you mean days_off?"),
        ("first = 2031-04-07\nlast = 2031-04-30\ndays_off = ['Easter']", "'days_off' under [weeks]"),
    ],
)
def test_weeks_that_are_none_are_refused_with_what_they_should_be(command: Command, weeks: str, said: str) -> None:
    done = command("validate", roster(weeks))

    assert done.code == 2
    assert said in done.err


@pytest.mark.parametrize(("day", "said"), [("2031-04-13", "Sunday"), ("13.4.2031", "Write it like 2027-04-05")])
def test_a_day_that_names_no_week_is_refused(command: Command, day: str, said: str) -> None:
    done = command("validate", roster(""), "--week-of", day)

    assert done.code == 2
    assert said in done.err


def test_recover_reads_by_the_same_weeks() -> None:
    week = week_of(date(2031, 4, 9))
    settings = Settings(weeks=Weeks(week.first, week.last, frozenset({week.first})), week_of=date(2031, 4, 9))

    found = restored_settings(json.loads(saved_settings(settings, Path("r.csv"))))

    assert (found.weeks, found.week_of) == (settings.weeks, settings.week_of)
