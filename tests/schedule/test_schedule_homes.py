"""A job of another account can't enter a home folder that is closed, and it turns out at night only."""

from __future__ import annotations

import pytest

from importer.schedule import anothers
from tests.schedule.jobs import job, unit


@pytest.mark.parametrize(
    ("path", "user", "found"),
    [
        ("/home/anna/rosters", "rosters", True),
        ("/home/anna", "rosters", True),
        ("/home/anna/rosters", "anna", False),
        ("/root/x.csv", "rosters", True),
        ("/rooted/x.csv", "rosters", False),
        ("/Users/anna/x.csv", "rosters", True),
        ("/Users/Shared/x.csv", "rosters", False),
        ("/srv/home/anna/x.csv", "rosters", False),
    ],
)
def test_homes_of_linux_and_macos(path: str, user: str, *, found: bool) -> None:
    assert anothers(unit(places=(path,), user=user)) == ([path] if found else [])


@pytest.mark.parametrize(
    ("path", "user", "found"),
    [
        (r"C:\Users\Anna\x.csv", r"CONTOSO\svc", True),
        (r"C:\Users\Anna\x.csv", r"CONTOSO\anna", False),
        (r"C:\Users\Public\x.csv", r"CONTOSO\svc", False),
        (r"\\fs01\Users\Anna\x.csv", r"CONTOSO\svc", False),
    ],
)
def test_homes_of_windows(path: str, user: str, *, found: bool) -> None:
    assert anothers(job(places=(path,), user=user)) == ([path] if found else [])


def test_the_program_is_looked_at_too() -> None:
    program = "/home/anna/venv/bin/meeting-importer"

    assert anothers(unit(program=(program,))) == [program]
