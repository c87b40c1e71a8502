"""Lists on several sheets of one workbook: no run takes away what another one has obtained."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING

import openpyxl
import pytest

from importer.core.model import Stop
from importer.sandbox import object_id_of
from importer.tables import read_table
from importer.tables.base import SheetRequest
from importer.tables.copies import Written, copy_of, rehearse

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
def test_rows_of_two_sheets_that_would_be_one_meeting_are_refused(command: Command, tmp_path: Path) -> None:
    roster = workbook(tmp_path / "d.xlsx", {"Maths": 2, "History": 2})
    book = openpyxl.load_workbook(roster)
    for name in ("Maths", "History"):
        book[name]["A2"] = "1"
    book.save(roster)

    done = command("run", roster, "--sheet", "*", "--update", "-o", "json")

    maths, history = json.loads(done.out)["files"]
    assert done.code == 4
    for sheet, other in ((maths, "History"), (history, "Maths")):
        assert [row["status"] for row in sheet["rows"]] == ["invalid", "created"]
        (found,) = sheet["rows"][0]["problems"]
        assert (found["column"], found["code"]) == ("external_id", "duplicate-external-id")
        assert f"is also in row 2 of sheet '{other}'" in found["message"]


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


def sheets_of(done: Done) -> list[tuple[str, int, int]]:
    """Return each sheet of the result with its exit code and how many rows it has."""
    return [(file["sheet"], file["exit_code"], len(file["rows"])) for file in done.json["files"]]


@pytest.mark.usefixtures("served")
@pytest.mark.parametrize(
    ("asked", "read"),
    [
        (["--sheet", "History", "--sheet", "maths"], ["Maths", "History"]),
        (["--sheet", "*"], ["Maths", "History", "Maths, advanced"]),
        (["--sheet", "maths*"], ["Maths", "Maths, advanced"]),
        (["--sheet", "Maths, advanced/History"], ["History", "Maths, advanced"]),
    ],
)
def test_several_sheets_are_one_run_and_one_copy(
    command: Command, tmp_path: Path, asked: list[str], read: list[str]
) -> None:
    counts = {"Maths": 2, "History": 3, "Maths, advanced": 1}
    roster = workbook(tmp_path / "d.xlsx", counts)
    done = command("run", roster, *asked, "-o", "json")
    assert sheets_of(done) == [(name, 0, counts[name]) for name in read]
    assert {file["result"] for file in done.json["files"]} == {str(tmp_path / "d-results.xlsx")}
    found = links(tmp_path / "d-results.xlsx")
    assert set(found) == {f"{name}-{number}" for name in read for number in range(counts[name])}
    assert all(link.startswith("https://") for link in found.values())
    assert len(set(found.values())) == len(found)
    assert all(file["rows"][0]["join_url"] == found[f"{file['sheet']}-0"] for file in done.json["files"])
    again = command("run", roster, *asked, "--only-changed", "-o", "json")
    assert [file["counts"] for file in again.json["files"]] == [{"unchanged": counts[name]} for name in read]
    assert links(tmp_path / "d-results.xlsx") == found


@pytest.mark.usefixtures("served")
def test_a_pattern_passes_over_what_is_no_list_and_a_name_does_not(command: Command, tmp_path: Path) -> None:
    roster = workbook(tmp_path / "d.xlsx", {"Maths": 1, "May": 0})
    done = command("run", roster, "--sheet", "*", "-o", "json")
    assert sheets_of(done) == [("Maths", 0, 1)]
    assert [(one["code"], one["value"]) for one in done.json["files"][0]["problems"]] == [
        ("sheets-passed-over", "'Read me', 'May'")
    ]
    named = command("run", roster, "--sheet", "*", "--sheet", "Read me", "-o", "json")
    assert (named.code, sheets_of(named)) == (3, [("Read me", 3, 0)])
    assert [one["code"] for one in named.json["files"][0]["problems"]] == ["no-header-row"]
    for asked, code in (("Term*", "sheet-unknown"), ("Read*", "no-header-row")):
        nothing = command("run", roster, "--sheet", asked, "-o", "json")
        assert (nothing.code, [one["code"] for one in nothing.json["files"][0]["problems"]]) == (3, [code])


@pytest.mark.usefixtures("served")
def test_a_sheet_that_looks_cut_off_keeps_the_whole_file_from_being_sent(command: Command, tmp_path: Path) -> None:
    roster = workbook(tmp_path / "d.xlsx", {"Maths": 12, "History": 12})
    assert command("run", roster, "--sheet", "*").code == 0
    workbook(roster, {"Maths": 13, "History": 1})
    done = command("run", roster, "--sheet", "*", "-o", "json")
    assert (done.code, sheets_of(done)) == (3, [("History", 3, 0)])
    assert command("run", roster, "--sheet", "*", "--accept-changes").code == 0


@pytest.mark.usefixtures("served")
def test_one_bad_row_holds_all_sheets_back_where_that_is_asked_for(command: Command, tmp_path: Path) -> None:
    roster = workbook(tmp_path / "d.xlsx", {"Maths": 1, "History": 1})
    book = openpyxl.load_workbook(roster)
    book["History"]["C2"] = "2099-05-32"
    book.save(roster)
    done = command("run", roster, "--sheet", "*", "--all-or-nothing", "-o", "json")
    assert [file["counts"] for file in done.json["files"]] == [{"not attempted": 1}, {"invalid": 1}]
    done = command("run", roster, "--sheet", "*", "-o", "json")
    assert (done.code, sheets_of(done)) == (3, [("Maths", 0, 1), ("History", 3, 1)])


OWN = """
timezone = "Europe/Berlin"
sheet = "*"

[columns]
organizer = "Organizer"

[sheets.Kurse]
timezone = "Europe/Lisbon"
[sheets.Kurse.columns]
external_id = "Kurs"
subject = "Thema"
start = "Beginn"
end = "Ende"
organizer = "Lehrer"

[sheets."K*"]
timezone = "Europe/Rome"
"""


@pytest.mark.usefixtures("served")
def test_each_sheet_is_read_by_its_own_settings(command: Command, tmp_path: Path) -> None:
    without = tuple("" if name == "Time zone" else name for name in HEADINGS)
    foreign = tuple("" if name == "Zone" else name for name in FOREIGN)
    heads = {"Maths": without, "Kurse": foreign, "Klassen": without}
    roster = workbook(tmp_path / "d.xlsx", dict.fromkeys(heads, 1), heads)
    (tmp_path / "meeting-importer.toml").write_text(OWN)
    zones = ["Europe/Berlin", "Europe/Lisbon", "Europe/Rome"]
    done = command("run", roster, "-o", "json")
    assert sheets_of(done) == [("Maths", 0, 1), ("Kurse", 0, 1), ("Klassen", 0, 1)]
    assert [file["rows"][0]["read"]["time_zone"] for file in done.json["files"]] == zones
    name = command("history", "-o", "json").json["runs"][0]["run_id"]
    (tmp_path / "meeting-importer.toml").unlink()
    (tmp_path / "d-results.xlsx").rename(tmp_path / "before.xlsx")
    recovered = command("recover", name, "-o", "json")
    assert [file["rows"][0]["read"]["time_zone"] for file in recovered.json["files"]] == zones
    assert links(tmp_path / "d-results.xlsx") == links(tmp_path / "before.xlsx")
    flagged = command("validate", roster, "--config", tmp_path / "none.toml", "-o", "json")
    assert flagged.code == 2


@pytest.mark.usefixtures("served")
def test_what_is_said_plainly_goes_before_a_sheets_own_settings(command: Command, tmp_path: Path) -> None:
    without = tuple("" if name == "Time zone" else name for name in HEADINGS)
    roster = workbook(tmp_path / "d.xlsx", {"Maths": 1}, {"Maths": without})
    own = tmp_path / "meeting-importer.toml"
    own.write_text('timezone = "Europe/Berlin"\n[sheets.Maths]\ntimezone = "Europe/Rome"\n')
    other = tmp_path / "other.toml"
    other.write_text('timezone = "Europe/Oslo"\n')

    def zone(*words: object) -> str:
        done = command("validate", roster, "-o", "json", *words)
        return str(done.json["files"][0]["rows"][0]["read"]["time_zone"])

    assert zone() == "Europe/Rome"  # it names the sheet, which no option does
    assert zone("--timezone", "Asia/Tokyo") == "Asia/Tokyo"
    assert zone("--config", own, "--timezone", "Asia/Tokyo") == "Asia/Tokyo"
    assert zone("--config", other) == "Europe/Oslo"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ('[sheets.Maths]\nsheet = "X"\n', "not about how a sheet is read"),
        ("[sheets.Maths]\ndelegated = true\n", "not about how a sheet is read"),
        ('[sheets.Maths]\ntimezone = "Mars/Base"\n', "not a time zone"),
        ("[sheets.Maths.columns]\nend = 3\n", 'In [sheets."Maths"]: '),
        ('sheets = "Maths"\n', "must have a table for each worksheet"),
    ],
)
def test_what_a_sheets_own_settings_can_not_say(command: Command, tmp_path: Path, said: str, why: str) -> None:
    roster = workbook(tmp_path / "d.xlsx", {"Maths": 1})
    (tmp_path / "s.toml").write_text(said)
    done = command("validate", roster, "--config", tmp_path / "s.toml")
    assert done.code == 2
    assert why in " ".join(done.err.split())


def test_a_variable_names_sheets_whole_blanks_and_commas_included(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    roster = workbook(tmp_path / "d.xlsx", {"Term 1": 1, "Maths, advanced": 1, "Other": 1})
    monkeypatch.setenv("MEETING_IMPORTER_SHEET", "Term 1/maths, *")
    assert [name for name, _, _ in sheets_of(command("validate", roster, "-o", "json"))] == [
        "Term 1",
        "Maths, advanced",
    ]


def test_a_copy_of_several_sheets_has_their_parts_changed_and_no_other(tmp_path: Path) -> None:
    data = workbook(tmp_path / "d.xlsx", {"Maths": 2, "History": 1, "Physics": 1}).read_bytes()
    asked = {
        "Maths": {2: {"status": "created", "join_url": "https://a.example/1"}},
        "Physics": {2: {"status": "failed"}},
    }
    columns = ("status", "join_url")

    def written(name: str) -> Written:
        return Written(read_table(data, "d.xlsx", SheetRequest(sheet=name)), asked[name], columns)

    copy = copy_of([written(name) for name in asked])
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(io.BytesIO(copy)) as after:
        changed = {one.filename for one in after.infolist() if one.filename not in before.namelist()}
        changed |= {name for name in before.namelist() if before.read(name) != after.read(name)}
    assert changed - {"[Content_Types].xml"} == {
        "xl/worksheets/sheet2.xml",
        "xl/worksheets/_rels/sheet2.xml.rels",
        "xl/worksheets/sheet4.xml",
    }
    for name, texts in asked.items():
        (row, *_) = read_table(copy, "d.xlsx", SheetRequest(sheet=name)).rows()
        assert {key: row.standing[key] for key in texts[2]} == texts[2]


def test_a_sheet_that_can_not_take_its_results_keeps_the_copy_from_being_made(tmp_path: Path) -> None:
    path = workbook(tmp_path / "d.xlsx", {"Maths": 1, "History": 1})
    book = openpyxl.load_workbook(path)
    book["History"]["XFD1"] = "full to the last column"
    book["History"]["XFD2"] = "likewise"
    book.save(path)
    data = path.read_bytes()
    sheets = [
        Written(read_table(data, "d.xlsx", SheetRequest(sheet=name)), {2: {"status": "created"}}, ("status",))
        for name in ("Maths", "History")
    ]
    for act in (rehearse, copy_of):
        with pytest.raises(Stop):
            act(sheets)


@pytest.mark.usefixtures("served")
def test_settings_for_a_sheet_that_is_not_there_are_told(command: Command, tmp_path: Path) -> None:
    """The settings can be another workbook's too, so that nothing is stopped by them."""
    roster = workbook(tmp_path / "d.xlsx", {"Maths": 1})
    (tmp_path / "meeting-importer.toml").write_text(
        '[sheets."Mahts"]\ntimezone = "Europe/Berlin"\n[sheets."M*"]\ndate_order = "DMY"\n', encoding="utf-8"
    )
    done = command("validate", roster, "-o", "json")
    assert [(one["code"], one["value"]) for one in done.json["files"][0]["problems"]] == [
        ("sheet-settings-unused", "'Mahts'")
    ]


@pytest.mark.usefixtures("served")
def test_a_row_that_turns_out_to_be_another_sheet_s_meeting_is_refused_when_that_is_known(
    command: Command, tmp_path: Path
) -> None:
    roster = workbook(tmp_path / "d.xlsx", {"Maths": 2, "History": 1})
    book = openpyxl.load_workbook(roster)
    book["History"]["A2"], book["History"]["F2"] = "Maths-1", object_id_of("ana.ruiz@contoso.example")
    book.save(roster)

    done = command("run", roster, "--sheet", "*", "-o", "json")

    assert [file["counts"] for file in done.json["files"]] == [{"created": 2}, {"invalid": 1}]
    (found,) = [found for found in done.json["files"][1]["rows"][0]["problems"] if found["severity"] == "error"]
    assert (found["code"], "row 3 of sheet 'Maths'" in found["message"]) == ("duplicate-external-id", True)
