"""Rosters with people by name: who is meant is said by the settings, or nobody is, and nothing is made by guessing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from tests.cli.rosters import cells, csv_file, values, xlsx_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.sandbox import Sandbox
    from tests.cli.conftest import Done

    Command = Callable[..., Done]

ANA, BO = "ana@contoso.example", "bo@contoso.example"
TABLE = f'[people]\n"Ana Ruiz" = "{ANA}"\n"Berg, Bo" = "{BO}"\n'
NAMES = values("1", organizer='"Ruiz, Ana"', attendees="Bo Berg; cy@contoso.example")


def settings(text: str, name: str = "meeting-importer.toml") -> str:
    Path(name).write_text(text, encoding="utf-8")
    return name


def people(done: Done) -> list[tuple[str, str, str]]:
    return [(one["name"], one["sign_in"], one["source"]) for one in done.rows[2]["people"]]


def meant(graph: Sandbox) -> list[tuple[str, list[str | None]]]:
    return [(meeting.organizer_upn, [each.upn for each in meeting.attendees]) for meeting in graph.meetings]


READ = [("Ruiz, Ana", ANA, "people"), ("Bo Berg", BO, "people")]


def test_people_by_the_names_that_the_settings_beside_the_roster_know(
    command: Command, graph: Sandbox, served: str, tmp_path: Path
) -> None:
    settings(TABLE)
    roster = csv_file(tmp_path / "r.csv", [NAMES])

    done = command("run", roster, "-o", "json")

    assert (done.code, done.found, done.rows[2]["organizer"]) == (0, [], ANA)
    assert people(done) == READ
    assert meant(graph) == [(ANA, [BO, "cy@contoso.example"])]
    assert people(command("validate", roster, "-o", "json")) == READ


def test_the_same_night_after_night_and_by_what_was_written_then(
    command: Command, graph: Sandbox, served: str, tmp_path: Path
) -> None:
    """The name is no other row than the sign-in name is; and a run is written again without the settings' help."""
    settings(TABLE)
    roster = csv_file(tmp_path / "r.csv", [NAMES])
    first = command("run", roster, "-o", "json")
    again = command("run", roster, "--only-changed", "-o", "json")
    csv_file(roster, [values("1", organizer=ANA, attendees=f"{BO}; cy@contoso.example")])
    typed = command("run", roster, "--only-changed", "-o", "json")

    assert [done.rows[2]["status"] for done in (first, again, typed)] == ["created", "unchanged", "unchanged"]
    assert len(graph.meetings) == 1
    csv_file(roster, [NAMES])
    copy = tmp_path / "r-results.csv"
    copy.unlink()
    Path("meeting-importer.toml").unlink()
    back = command("recover", first.json["run_id"], "-o", "json")
    assert (back.code, back.rows[2]["join_url"]) == (0, first.rows[2]["join_url"])


@pytest.mark.parametrize(
    ("name", "heading"), [("staff.csv", "Name,UPN"), ("staff.txt", "Name\tUPN"), ("staff.xlsx", "")]
)
def test_a_list_in_a_file_in_the_same_folder(command: Command, tmp_path: Path, name: str, heading: str) -> None:
    if heading:
        mark = heading[4]
        lines = (heading, f'"Ruiz, Ana"{mark}{ANA}', f"Bo Berg{mark}{BO}", f"Somebody{mark}")
        Path(name).write_text("\n".join(lines), encoding="utf-8")
    else:
        book = openpyxl.Workbook()
        for line in (("Display name", "User principal name"), ("Ruiz, Ana", ANA), ("Bo Berg", BO), ("Somebody", None)):
            book.worksheets[0].append(line)
        book.save(name)
    settings(f'people = "{name}"\n')

    done = command("validate", csv_file(tmp_path / "r.csv", [NAMES]), "-o", "json")

    assert (done.code, people(done)) == (0, READ)
    (left,) = done.json["files"][0]["problems"]
    assert left["code"] == "people-left-out"
    assert "row 4" in left["message"]


def test_a_list_in_a_sheet_of_the_same_workbook(command: Command, tmp_path: Path) -> None:
    roster = xlsx_file(tmp_path / "r.xlsx", [values("1", organizer="Ruiz, Ana", attendees="Bo Berg")])
    book = openpyxl.load_workbook(roster)
    sheet = book.create_sheet("Who is who")
    for line in (("Kürzel", "Konto"), ("Ana Ruiz", ANA), ("Bo Berg", BO)):
        sheet.append(line)
    book.save(roster)
    settings('people = "who is who"\n')

    done = command("validate", roster, "-o", "json")

    assert (done.code, people(done)) == (0, READ)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ('people = "missing.csv"', "No such file"),
        ('people = "odd.csv"', "not clear which of its columns"),
        ('people = "broken.xlsx"', "broken.xlsx"),
        ('people = "Staff"', "a CSV has no sheets"),
    ],
)
def test_a_list_that_can_not_be_read_stops_the_file(command: Command, tmp_path: Path, said: str, reason: str) -> None:
    Path("odd.csv").write_text("A,B,C\nAna,x,y\n", encoding="utf-8")
    Path("broken.xlsx").write_bytes(b"PK\3\4 nothing")
    settings(said + "\n")

    done = command("validate", csv_file(tmp_path / "r.csv", [NAMES]), "-o", "json")

    (found,) = done.json["files"][0]["problems"]
    assert (done.code, found["code"]) == (3, "people-not-read")
    assert reason in found["message"]


def test_a_sheet_that_is_not_there_is_named_with_those_that_are(command: Command, tmp_path: Path) -> None:
    settings('people = "Staff"\n')

    done = command("validate", xlsx_file(tmp_path / "r.xlsx", [values("1")]), "-o", "json")

    (found,) = done.json["files"][0]["problems"]
    assert (done.code, found["code"]) == (3, "people-not-read")
    assert "'Sheet'" in found["message"]


OUTSIDE = [
    "../staff.csv",
    "/etc/staff.csv",
    "sub/staff.csv",
    r"sub\\staff.csv",
    r"\\\\host\\share\\staff.csv",
    "C:staff.csv",
]


@pytest.mark.parametrize("file", OUTSIDE)
def test_a_settings_file_that_was_only_found_names_no_file_elsewhere(
    command: Command, tmp_path: Path, file: str
) -> None:
    settings(f'people = "{file}"\n')

    done = command("validate", csv_file(tmp_path / "r.csv", [values("1")]))

    assert done.code == 2
    assert "a file in its own folder and no other" in done.err


def test_nor_by_a_link(command: Command, tmp_path: Path) -> None:
    elsewhere = tmp_path.with_name(tmp_path.name + "-elsewhere.csv")
    elsewhere.write_text(f"Name,UPN\nAna,{ANA}\n", encoding="utf-8")
    Path("staff.csv").symlink_to(elsewhere)
    settings('people = "staff.csv"\n')

    done = command("validate", csv_file(tmp_path / "r.csv", [values("1")]))

    assert done.code == 2
    assert "leads out of its folder" in done.err


def test_one_that_is_named_may_and_from_its_own_folder(command: Command, tmp_path: Path) -> None:
    folder = tmp_path / "settings"
    folder.mkdir()
    (tmp_path / "staff.csv").write_text(f"Name,UPN\nAna Ruiz,{ANA}\nBo Berg,{BO}\n", encoding="utf-8")
    (folder / "s.toml").write_text('people = "../staff.csv"\n', encoding="utf-8")
    rosters = tmp_path / "rosters"
    rosters.mkdir()

    done = command("validate", csv_file(rosters / "r.csv", [NAMES]), "--config", folder / "s.toml", "-o", "json")

    assert (done.code, people(done)) == (0, READ)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[people]\n"Ana" = "Ana Ruiz"', "'Ana' under [people]"),
        ('[people]\n"Ana" = ["a@b.example"]', "must be one sign-in name in quotes"),
        ('[people]\n" " = "a@b.example"', "is no name"),
        ("people = 5", "must be a table"),
        ('people = " "', "must be a table"),
    ],
)
def test_what_can_not_be_is_wrong_usage(command: Command, tmp_path: Path, text: str, said: str) -> None:
    settings(text + "\n")

    done = command("validate", csv_file(tmp_path / "r.csv", [values("1")]))

    assert done.code == 2
    assert said in done.err


def test_the_organizer_of_rows_without_one(command: Command, graph: Sandbox, served: str, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1", organizer=""), values("2", organizer=BO)])

    done = command("run", roster, "--organizer", ANA, "-o", "json")

    assert (done.code, [row["organizer"] for row in done.rows.values()]) == (0, [ANA, BO])
    assert {organizer for organizer, _ in meant(graph)} == {ANA, BO}


def test_and_of_a_roster_without_the_column_by_a_setting_and_a_name(
    command: Command, graph: Sandbox, served: str, tmp_path: Path
) -> None:
    (tmp_path / "r.csv").write_text("External ID,Start,Time zone\n7,2031-01-13 09:00,UTC\n", encoding="utf-8")
    named = settings('organizer = "ruiz, ana"\n' + TABLE, "mine.toml")

    first = command("run", "r.csv", "--config", named, "-o", "json")
    second = command("run", "r.csv", "--config", named, "-o", "json")

    assert (first.code, [row["status"] for row in second.rows.values()]) == (0, ["existing"])
    assert meant(graph) == [(ANA, [])]
    assert cells_of(tmp_path / "r-results.csv")[0]["Join URL"] == first.rows[2]["join_url"]


def cells_of(copy: Path) -> list[dict[str, Any]]:
    header, *lines = copy.read_text(encoding="utf-8").splitlines()
    return [dict(zip(header.split(","), line.split(","), strict=True)) for line in lines]


def test_a_settings_file_that_was_only_found_does_not_say_who_organizes(command: Command, tmp_path: Path) -> None:
    settings(f'organizer = "{ANA}"\n')

    done = command("validate", csv_file(tmp_path / "r.csv", [values("1")]))

    assert done.code == 2
    assert "'organizer' in" in done.err


@pytest.mark.parametrize("who", ["Nobody", "a b@c.example", "12", ""])
def test_an_organizer_for_all_rows_who_can_not_be_told_is_wrong_usage(
    command: Command, tmp_path: Path, who: str
) -> None:
    done = command("validate", csv_file(tmp_path / "r.csv", [values("1", organizer="")]), "--organizer", who)

    assert done.code == 2


def test_a_template_is_filled_in_with_whoever_is_meant(command: Command, tmp_path: Path) -> None:
    settings(TABLE)
    roster = csv_file(tmp_path / "r.csv", [NAMES, values("2", organizer="", attendees="")])

    done = command("template", "t.xlsx", "--from", roster, "--organizer", "Berg, Bo")

    assert done.code == 0
    filled = cells(tmp_path / "t.xlsx")
    assert [(filled[row]["Organizer"], filled[row]["Attendees"]) for row in (2, 3)] == [
        (ANA, f"{BO}; cy@contoso.example"),
        (BO, None),
    ]


def test_a_template_of_a_roster_without_the_column(command: Command, tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("External ID,Start\n7,2031-01-13 09:00\n", encoding="utf-8")

    done = command("template", "t.xlsx", "--from", "r.csv", "--organizer", ANA)

    assert (done.code, cells(tmp_path / "t.xlsx")[2]["Organizer"]) == (0, ANA)


def test_a_blank_template_wants_a_sign_in_name(command: Command) -> None:
    assert command("template", "t.xlsx", "--organizer", "Ana Ruiz").code == 2


def test_people_by_mail_and_by_display_name_are_looked_up_by_a_run(
    command: Command, graph: Sandbox, served: str, tmp_path: Path
) -> None:
    mail = "mailonly.ana@contoso.example"
    rows = [values("1", organizer=mail, attendees='"Berg, Bo"'), values("2", organizer="Bo Berg", attendees=mail)]
    roster = csv_file(tmp_path / "r.csv", rows)

    done = command("run", roster, "--find-people", "-o", "json", "--ics", "calendars", "--report", "r.html")

    login, bo = "signin.ana@contoso.example", "bo.berg@sandbox.invalid"
    assert (done.code, done.found) == (0, [])
    assert sorted(meant(graph)) == [(bo, [login]), (login, [bo])]
    assert people(done) == [("Berg, Bo", bo, "name"), (mail, login, "mail")]
    assert [found["code"] for found in done.json["files"][0]["problems"]] == [
        "people-found-by-mail",
        "people-found-by-name",
    ]
    calendar = "".join(path.read_text(encoding="utf-8") for path in Path("calendars").iterdir())
    assert "Berg" not in calendar.replace("bo.berg", "")
    again = command("run", roster, "--find-people", "--only-changed", "-o", "json")
    assert {row["status"] for row in again.rows.values()} == {"unchanged"}
    assert command("recover", done.json["run_id"], "-o", "json").code == 0


@pytest.mark.parametrize(
    ("cell", "code", "said"),
    [
        ("Twins Berg", "name-of-several", "twins.berg@sandbox.invalid and twins.berg.2@sandbox.invalid"),
        ("Unknown Person", "name-not-found", "nobody's display name"),
        ("Ana", "name-not-found", "(there is Ana Lopez, ana.lopez@sandbox.invalid, Ana Ruiz"),
        ("mailtwins@contoso.example", "mail-of-several", "one.mailtwins@contoso.example and two.mailtwins"),
    ],
)
def test_whom_the_directory_does_not_tell_for_sure_is_not_chosen(
    command: Command, graph: Sandbox, served: str, tmp_path: Path, cell: str, code: str, said: str
) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1", organizer=cell)])

    done = command("run", roster, "--find-people", "-o", "json")

    assert (done.code, done.found, len(graph.meetings)) == (4, [(2, "organizer", code)], 0)
    assert said in done.rows[2]["problems"][0]["message"]


def test_a_check_says_that_only_a_run_looks_names_up(command: Command, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1", organizer="Bo Berg")])

    done = command("validate", roster, "--find-people", "-o", "json")

    assert (done.code, done.found) == (0, [])
    assert [found["code"] for found in done.json["files"][0]["problems"]] == ["names-not-looked-up"]
    assert command("validate", roster, "-o", "json").found == [(2, "organizer", "upn-not-valid")]


def test_the_organizer_for_all_rows_can_be_looked_up_too(
    command: Command, graph: Sandbox, served: str, tmp_path: Path
) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1", organizer="", attendees="")])

    assert command("run", roster, "--find-people", "--organizer", "Bo Berg").code == 0
    assert meant(graph) == [("bo.berg@sandbox.invalid", [])]


@pytest.mark.parametrize(("organizer", "code"), [("Bo Berg", 0), ("Unknown Person", 3)])
def test_doctor_looks_for_the_organizers_by_name(
    command: Command, served: str, tmp_path: Path, organizer: str, code: int
) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1", organizer=organizer)])

    assert command("doctor", roster, "--find-people").code == code


def test_a_column_of_names_is_told_what_to_do_about_them(command: Command, tmp_path: Path) -> None:
    names = enumerate(("Ana Ruiz", "Bo Berg", ANA))
    rows = [values(str(number), organizer=name) for number, name in names]

    done = command("validate", csv_file(tmp_path / "r.csv", rows), "-o", "json")

    found = [(found["code"], found["column"]) for found in done.json["files"][0]["problems"]]
    assert found == [("names-not-known", "organizer")]


def test_the_preview_says_who_was_read_by_a_name(command: Command, tmp_path: Path) -> None:
    settings(TABLE)

    done = command("validate", csv_file(tmp_path / "r.csv", [NAMES]), "--show", "1", "--report", "r.html")

    page = Path("r.html").read_text(encoding="utf-8")
    assert f"Ruiz, Ana -> {ANA}" in done.out
    assert f"Bo Berg -> {BO}" in done.out
    assert f"Bo Berg -&gt; {BO}" in page


EXPORTED = [
    ("bo.berg@c.example\uff1bcy.cole@c.example", ("bo.berg@c.example", "cy.cole@c.example")),
    ("bo.berg@c.example\u3001cy.cole@c.example", ("bo.berg@c.example", "cy.cole@c.example")),
    ("bo.berg@c.example cy.cole@c.example", ("bo.berg@c.example", "cy.cole@c.example")),
    ("Bo Berg;#12;#Cy Cole;#15", ("bo.berg@c.example", "cy.cole@c.example")),
    ("Bo Berg (bo.berg@c.example)", ("bo.berg@c.example",)),
    ("mailto:bo.berg@c.example", ("bo.berg@c.example",)),
    ("i:0#.f|membership|bo.berg@c.example", ("bo.berg@c.example",)),
    ("\u200bbo.berg@c.example\ufeff", ("bo.berg@c.example",)),
]


def test_people_as_other_systems_export_them(command: Command, tmp_path: Path) -> None:
    """SharePoint's names come without addresses, so they need somebody who says whose they are."""
    settings('[people]\n"Bo Berg" = "bo.berg@c.example"\n"Cy Cole" = "cy.cole@c.example"\n')
    rows = [values(str(number), attendees=cell) for number, (cell, _) in enumerate(EXPORTED)]

    done = command("validate", csv_file(tmp_path / "r.csv", rows), "-o", "json")

    assert (done.code, done.found) == (0, [])
    read = [tuple(row["read"]["attendees"]) for row in done.rows.values()]
    assert read == [people for _, people in EXPORTED]


def test_a_name_of_two_people_is_told_on_its_row_in_the_copy(
    command: Command, graph: Sandbox, served: str, tmp_path: Path
) -> None:
    settings(f'[people]\n"Ana" = "{ANA}"\n"ANA" = "{BO}"\n')
    roster = xlsx_file(tmp_path / "r.xlsx", [values("1", organizer="ana"), values("2")])

    done = command("run", roster)

    row = cells(tmp_path / "r-results.xlsx")[2]
    assert (done.code, row["Status"], len(graph.meetings)) == (4, "invalid", 1)
    assert row["What to do"].startswith(f"[Organizer] 'ana' can be {ANA} and {BO}. ")


def test_nor_does_it_for_a_single_sheet(command: Command, tmp_path: Path) -> None:
    settings('[sheets.Sheet]\npeople = "../staff.csv"\n')

    done = command("validate", xlsx_file(tmp_path / "r.xlsx", [values("1")]))

    assert done.code == 2
    assert "a file in its own folder and no other" in done.err


def test_each_sheet_can_have_its_own_names(command: Command, tmp_path: Path) -> None:
    settings(f'[people]\n"Ana Ruiz" = "{ANA}"\n[sheets.Sheet.people]\n"Ana Ruiz" = "{BO}"\n')

    done = command("validate", xlsx_file(tmp_path / "r.xlsx", [values("1", organizer="Ana Ruiz")]), "-o", "json")

    assert done.rows[2]["organizer"] == BO


def test_those_with_a_role_are_read_and_looked_up_like_everybody(
    command: Command, graph: Sandbox, served: str, tmp_path: Path
) -> None:
    settings(TABLE)
    headings = "External ID,Subject,Start,Time zone,Organizer,Co-organizers,Presenters"
    line = f'7,Talk,2031-01-13 09:00,UTC,{ANA},"Berg, Bo; Cy Cole",mailonly.di@contoso.example'
    (tmp_path / "r.csv").write_text(f"{headings}\n{line}\n", encoding="utf-8")

    done = command("run", "r.csv", "--find-people", "-o", "json")

    roles = {each.upn: each.role for each in graph.meetings[0].attendees}
    assert (done.code, done.found) == (0, [])
    assert roles == {
        BO: "coorganizer",
        "cy.cole@sandbox.invalid": "coorganizer",
        "signin.di@contoso.example": "presenter",
    }
    assert [one for _, _, one in people(done)] == ["people", "name", "mail"]
