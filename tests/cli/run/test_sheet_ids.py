"""An ID that the settings put together: whether it tells rows apart, and whether it stays when a meeting changes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Done

    Command = Callable[..., Done]

HEADINGS = "Course,Group,Room,Title,Start,Host,Attendees,Status"
ANA = "ana@contoso.example"
ROWS = (
    f"MA 1,a,B 12,Algebra,2031-04-07 09:00,{ANA},x@contoso.example,open",
    f"MA 1,b,B 12,Algebra,2031-04-08 09:00,{ANA},y@contoso.example,shut",
    f"MA 2,a,B 12,Botany,2031-04-08 09:00,{ANA},z@contoso.example,open",
)


def validated(command: Command, columns: str, *rows: str) -> dict[str, str]:
    """Return what is said about the file, by code."""
    Path("r.csv").write_text("\n".join((HEADINGS, *(rows or ROWS))) + "\n", encoding="utf-8")
    said = f'timezone = "Europe/Berlin"\n[columns]\n{columns}\n'
    Path("meeting-importer.toml").write_text(said, encoding="utf-8")
    done = command("validate", "r.csv", "-o", "json")
    return {found["code"]: found["message"] for found in done.json["files"][0]["problems"]}


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        (ROWS, 'external_id = ["Course", "Group"]'),
        ([row.replace(",b,", ",a,") for row in ROWS], 'external_id = ["Course", "Start"]'),
        ([row.replace(",b,", ",a,").replace("04-07", "04-08") for row in ROWS], ""),
        ([row.replace(",b,", ",,") for row in ROWS], 'external_id = ["Course", "Start"]'),
    ],
)
def test_the_column_that_would_tell_rows_apart_is_named_and_never_their_people(
    command: Command, rows: list[str], line: str
) -> None:
    said = validated(command, 'external_id = "Course"', *rows)

    assert ("id-not-unique" in said) is bool(line)
    assert line in said.get("id-not-unique", "")


def test_an_id_that_tells_them_apart_is_not_spoken_of(command: Command) -> None:
    assert not {"id-not-unique", "id-changes"} & validated(command, 'external_id = ["Course", "Group"]').keys()


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ('external_id = ["Host", "Start", "Title"]', True),
        ('external_id = ["Course", "Start"]', True),
        ('external_id = "Title"', True),
        ('external_id = ["Course", "Title", "Group"]', False),
        ('external_id = ["Course", "Group", "Room"]', False),
    ],
)
def test_an_id_of_what_people_change_is_warned_about(command: Command, columns: str, said: bool) -> None:  # noqa: FBT001 - an expectation
    assert ("id-changes" in validated(command, columns)) is said


def test_joined_ids_have_one_blank_between_their_parts_and_no_blank_parts(command: Command) -> None:
    validated(command, 'external_id = ["Course", "Group", "Title"]', ROWS[0], ROWS[2].replace(",a,", ", ,"))
    done = command("validate", "r.csv", "-o", "json")

    assert [row["external_id"] for row in done.rows.values()] == ["MA 1 a Algebra", "MA 2 Botany"]
