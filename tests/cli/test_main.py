"""The other commands, the settings and where they come from, and what a console shows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from importer.core.catalogue import CATALOGUE
from tests.cli.rosters import HEADINGS, cells, csv_file, values, xlsx_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from importer.sandbox import Sandbox
    from tests.cli.conftest import Done

    Command = Callable[..., Done]


def test_validate_sends_nothing_and_writes_nothing(
    command: Command, graph: Sandbox, served: str, tmp_path: Path
) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1"), values("2", end="2031-01-13 08:00")])

    done = command("validate", roster, "-o", "json")

    assert (done.code, done.found) == (4, [(3, "end", "end-before-start")])
    assert done.json["files"][0]["counts"] == {"invalid": 1, "not attempted": 1}
    assert (list(graph.requests), sorted(path.name for path in tmp_path.iterdir())) == ([], ["r.csv"])


def test_validate_writes_an_annotated_copy_when_asked(command: Command, tmp_path: Path) -> None:
    roster = xlsx_file(tmp_path / "r.xlsx", [values("1"), values("2", start="32/01/2031")])

    command("validate", roster, "--result", tmp_path / "checked.xlsx")

    row = cells(tmp_path / "checked.xlsx")[3]
    assert (row["Status"], row["What to do"]) == (
        "invalid",
        "[Start] January 2031 has no day 32. Correct '32/01/2031'.",
    )


def test_a_clean_sheet_validates_with_zero(command: Command, tmp_path: Path) -> None:
    assert command("validate", csv_file(tmp_path / "r.csv", [values("1")])).code == 0


def test_headings_without_rows_are_said_to_be_that(command: Command, tmp_path: Path) -> None:
    done = command("validate", csv_file(tmp_path / "r.csv", []))

    assert done.code == 3
    assert "no rows under the headings" in done.out


def test_settings_come_from_flag_then_environment_then_file(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1", start="03/04/2031 09:00", end="", time_zone="")])
    (tmp_path / "meeting-importer.toml").write_text(
        'date_order = "DMY"\ntimezone = "Europe/Berlin"\n', encoding="utf-8"
    )

    assert command("validate", roster).code == 0
    monkeypatch.setenv("MEETING_IMPORTER_DATE_ORDER", "YMD")
    assert command("validate", roster).code == 3
    assert command("validate", roster, "--date-order", "MDY").code == 0


def test_a_settings_file_is_found_beside_the_input_and_by_name(command: Command, tmp_path: Path) -> None:
    folder = tmp_path / "share"
    folder.mkdir()
    roster = csv_file(folder / "r.csv", [values("1", time_zone="")])
    settings = folder / "meeting-importer.toml"
    settings.write_text('timezone = "W. Europe Standard Time"\n', encoding="utf-8")

    assert command("validate", roster).code == 0
    settings.rename(folder / "other.toml")
    assert command("validate", roster).code == 3
    assert command("validate", roster, "--config", folder / "other.toml").code == 0


def test_columns_are_mapped_and_joined(command: Command, tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text(
        "Nr;Datum;Zeit;Lehrer;Titel\r\n7;13.01.2031;09:00;ana@contoso.example;Mathe\r\n",
        encoding="utf-8",
        newline="",
    )
    (tmp_path / "meeting-importer.toml").write_text(
        'timezone = "Europe/Berlin"\n[columns]\nexternal_id = "Nr"\nstart = ["Datum", "Zeit"]\n'
        'organizer = "Lehrer"\nsubject = "Titel"\nstatus = "Ergebnis"\n',
        encoding="utf-8",
    )

    done = command("run", tmp_path / "r.csv", "--sandbox", "-o", "json")

    assert (done.code, done.rows[2]["status"], done.found) == (0, "created", [])
    assert (tmp_path / "r-results.csv").read_text(encoding="utf-8").startswith("Nr;Datum;Zeit;Lehrer;Titel;Ergebnis;")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("timezon = 'UTC'", "'timezon' in"),
        ("timezone = 'Mars'", "'Mars' is not a time zone"),
        ("[columns]\nstrat = 'x'", "did you mean start"),
        ("[columns]\nstart = 5", "must be a heading or several"),
        ("columns = 5", "must be a table"),
        ("= nonsense", "has a mistake"),
        ("files = ['x']", "'files' in"),
    ],
)
def test_a_mistake_in_the_settings_file_is_named(command: Command, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "meeting-importer.toml").write_text(text, encoding="utf-8")

    done = command("validate", csv_file(tmp_path / "r.csv", [values("1")]))

    assert done.code == 2
    assert said in done.err


def test_a_settings_file_in_another_encoding_is_said_to_be_that(command: Command, tmp_path: Path) -> None:
    (tmp_path / "meeting-importer.toml").write_bytes('[columns]\norganizer = "Präsident"'.encode("cp1252"))

    done = command("validate", csv_file(tmp_path / "r.csv", [values("1")]))

    assert (done.code, "Save it again as UTF-8." in done.err, "codec" in done.err) == (2, True, False)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--timezone", "Europe/Berln"], "did you mean Europe/Berlin?"),
        (["--date-order", "DYM"], "'DYM' is not one of YMD, DMY, MDY."),
        (["--header-row", "0"], "'0' is not a whole number from 1 on."),
        (["--config", "none.toml"], "can't be read"),
        (["--nonsense"], "There is no option --nonsense."),
    ],
)
def test_wrong_usage_exits_with_two(command: Command, tmp_path: Path, arguments: list[str], said: str) -> None:
    done = command("validate", csv_file(tmp_path / "r.csv", [values("1")]), *arguments)

    assert done.code == 2
    assert said in done.err


@pytest.mark.parametrize(("limit", "code"), [("10%", 0), ("3", 0), ("some", 2)])
def test_limits_are_numbers_or_shares(command: Command, tmp_path: Path, limit: str, code: int) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1")])

    assert command("run", roster, "--sandbox", "--max-failures", limit).code == code


@pytest.mark.parametrize("name", ["meetings.xlsx", "plan.csv"])
def test_the_template_command_writes_what_run_understands(command: Command, tmp_path: Path, name: str) -> None:
    done = command("template", tmp_path / name)

    assert done.code == 0
    assert command("validate", tmp_path / name).code == 3  # headings found, nothing under them


def test_a_template_is_not_overwritten_unasked(command: Command, tmp_path: Path) -> None:
    (tmp_path / "meetings.xlsx").write_bytes(b"mine")

    assert command("template").code == 2
    assert (tmp_path / "meetings.xlsx").read_bytes() == b"mine"
    assert command("template", "--force").code == 0


def test_a_template_can_be_tailored(command: Command, tmp_path: Path) -> None:
    done = command(
        "template",
        "t.csv",
        "--organizer",
        "ana@contoso.example",
        "--timezone",
        "w. europe standard time",
        "--columns",
        "external_id,start,organizer",
    )

    assert done.code == 0
    assert (tmp_path / "t.csv").read_text(encoding="utf-8-sig").startswith("External ID,Start,Organizer")
    assert command("template", "u.csv", "--columns", "strat").code == 2
    assert command("template", "u.docx").code == 2
    assert command("template", "nowhere/u.csv").code == 2


def test_explain_lists_every_code_and_explains_each(command: Command) -> None:
    listed = [line.split()[0] for line in command("explain").out.splitlines()]

    assert listed == sorted(CATALOGUE)
    for code in listed:
        assert CATALOGUE[code].who.value in command("explain", code).out
    assert "did you mean" in command("explain", "not-a-dat").err


def test_quiet_and_none_print_nothing(command: Command, tmp_path: Path) -> None:
    done = command("run", csv_file(tmp_path / "r.csv", [values("1")]), "--sandbox", "-q", "-o", "none")

    assert (done.code, done.out, done.err) == (0, "", "")


def test_json_stands_alone_on_stdout(command: Command, tmp_path: Path) -> None:
    done = command(
        "run", csv_file(tmp_path / "r.csv", [values("1", subject="Größe – 数学")]), "--sandbox", "-o", "json"
    )

    document = json.loads(done.out)
    assert document["schema"] == 1
    assert {"schema", "run_id", "command", "exit_code", "files"} == set(document)
    assert {"input", "result", "sheet", "counts", "problems", "rows"} < set(document["files"][0])
    assert "Sandbox" in done.err


def test_verbose_shows_the_technical_detail(command: Command, served: str, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1", organizer="nolicence@contoso.example"), values("2")])

    assert "request-id" not in command("run", roster).out
    assert "request-id" in command("run", roster, "-v").out


def test_markup_in_a_cell_is_text_in_the_terminal(command: Command, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1", start="[red]x[/]"), values("2")])

    assert "'[red]x[/]' is not a date" in command("validate", roster).out


def test_headings_in_the_order_of_the_tests() -> None:
    assert HEADINGS[0] == "External ID"


@pytest.mark.parametrize("name", ["run", "doctor"])
def test_examples_in_the_help_keep_their_lines(command: Command, name: str) -> None:
    lines = [line.strip() for line in command(name, "--help").out.splitlines()]

    assert any(line.startswith(f"meeting-importer {name} roster.xlsx --sandbox") for line in lines)
    assert not any("\\b" in line for line in lines)
