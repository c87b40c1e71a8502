"""Lists on several sheets of one workbook: no run takes away what another one has obtained."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import openpyxl
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.cli.conftest import Done

    Command = Callable[..., Done]

HEADINGS = ("External ID", "Subject", "Start", "End", "Time zone", "Organizer")
FOREIGN = ("Kurs", "Thema", "Beginn", "Ende", "Zone", "Lehrer")


def workbook(path: Path, sheets: Mapping[str, int], headings: Mapping[str, tuple[str, ...]] | None = None) -> Path:
    """Save a workbook with so many rows on each sheet, and a sheet of remarks."""
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.title = "Read me"
    book.active.append(["Nothing here"])
    for name, count in sheets.items():
        sheet = book.create_sheet(name)
        sheet.append((headings or {}).get(name, HEADINGS))
        for number in range(count):
            times = f"2099-05-{number + 1:02} 09:00", f"2099-05-{number + 1:02} 10:00"
            sheet.append((f"{name}-{number}", f"Talk {number}", *times, "Europe/Berlin", "ana.ruiz@contoso.example"))
    out = io.BytesIO()
    book.save(out)
    path.write_bytes(out.getvalue())
    return path


def links(path: Path) -> dict[str, str]:
    """What stands under Join URL, by external ID, on all sheets."""
    found: dict[str, str] = {}
    for sheet in openpyxl.load_workbook(path):
        head, *rows = [[str(cell or "") for cell in row] for row in sheet.iter_rows(values_only=True)]
        if "Join URL" in head:
            found |= {row[0]: row[head.index("Join URL")] for row in rows}
    return found


@pytest.mark.usefixtures("served")
def test_each_run_keeps_the_links_of_the_others(command: Command, tmp_path: Path) -> None:
    sheets = {"Maths": 2, "History & Art": 3, "Physics": 1}
    roster = workbook(tmp_path / "d.xlsx", sheets)
    copy = tmp_path / "d-results.xlsx"
    known: dict[str, str] = {}
    for name in (*sheets, *reversed(sheets), "Maths"):
        assert command("run", roster, "--sheet", name).code == 0
        now = links(copy)
        assert {key: link for key, link in now.items() if key in known} == known
        assert all(now[f"{name}-{number}"].startswith("https://") for number in range(sheets[name]))
        known = now
    assert len([link for link in known.values() if link]) == sum(sheets.values())


@pytest.mark.usefixtures("served")
def test_links_go_with_their_rows_when_another_sheet_was_sorted_and_cut(command: Command, tmp_path: Path) -> None:
    roster = workbook(tmp_path / "d.xlsx", {"Maths": 4, "History": 1})
    assert command("run", roster, "--sheet", "Maths").code == 0
    before = links(tmp_path / "d-results.xlsx")
    book = openpyxl.load_workbook(roster)
    book["Maths"].move_range("A2:F4", rows=1)  # the last row is gone, the others one down, and a new one on top
    for place, text in enumerate(("New", "Talk", None, None, "Europe/Berlin", "ana.ruiz@contoso.example"), start=1):
        book["Maths"].cell(2, place, text)
    book.save(roster)
    assert command("run", roster, "--sheet", "History").code == 0
    after = links(tmp_path / "d-results.xlsx")
    assert {key: after[key] for key in ("Maths-0", "Maths-1", "Maths-2")} == {
        key: before[key] for key in ("Maths-0", "Maths-1", "Maths-2")
    }
    assert after["New"] == ""


@pytest.mark.usefixtures("served")
def test_a_sheet_that_this_run_can_not_read_is_said(command: Command, tmp_path: Path) -> None:
    roster = workbook(tmp_path / "d.xlsx", {"Maths": 1, "Kurse": 1}, {"Kurse": FOREIGN})
    keys = ("external_id", "subject", "start", "end", "time_zone", "organizer")
    named = "\n".join(f'{key} = "{heading}"' for key, heading in zip(keys, FOREIGN, strict=True))
    (tmp_path / "kurse.toml").write_text(f"[columns]\n{named}\n")
    assert command("run", roster, "--sheet", "Kurse", "--config", tmp_path / "kurse.toml").code == 0
    done = command("run", roster, "--sheet", "Maths", "-o", "json")
    assert [(one["code"], one["value"]) for one in done.json["files"][0]["problems"]] == [
        ("sheet-results-lost", "Kurse")
    ]


@pytest.mark.usefixtures("served")
def test_by_the_settings_of_one_the_template_on_another_is_kept_too(command: Command, tmp_path: Path) -> None:
    roster = workbook(tmp_path / "d.xlsx", {"Maths": 1, "Kurse": 1}, {"Kurse": FOREIGN})
    keys = ("external_id", "subject", "start", "end", "time_zone", "organizer")
    named = "\n".join(f'{key} = "{heading}"' for key, heading in zip(keys, FOREIGN, strict=True))
    (tmp_path / "kurse.toml").write_text(f"[columns]\n{named}\n")
    assert command("run", roster, "--sheet", "Maths").code == 0
    done = command("run", roster, "--sheet", "Kurse", "--config", tmp_path / "kurse.toml", "-o", "json")
    assert done.json["files"][0]["problems"] == []
    assert all(links(tmp_path / "d-results.xlsx").values())
    assert set(links(tmp_path / "d-results.xlsx")) == {"Maths-0", "Kurse-0"}
