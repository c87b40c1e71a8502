"""The command line speaks plainly: examples first, near misses offered, no programmer's word about a wrong line."""

from __future__ import annotations

import os
import re
import shlex
from typing import TYPE_CHECKING

import click
import pytest

from importer.cli.main import cli
from importer.core.catalogue.words import EXAMPLES
from tests.cli.rosters import csv_file, values

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Done

    Command = Callable[..., Done]

JARGON = re.compile(r"\b(argument|integer|float|range|invalid|positional|parameter|NoneType|directory|Error)\b|x>|<=")
LINES = [(name, line) for name, examples in EXAMPLES.items() for _what, line in examples]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("valdate r.csv", "There is no command 'valdate' (did you mean validate?)."),
        ("polish r.csv", "There is no command 'polish'."),
        ("run r.csv --ouput json", "There is no option --ouput (did you mean --output?)."),
        ("validate r.csv --time-zone UTC", "There is no option --time-zone (did you mean --timezone?)."),
        ("run r.csv -x", "There is no option -x."),
        ("--colour", "There is no option --colour."),
        ("run", "FILE is missing. Write it like this: meeting-importer run roster.xlsx"),
        ("recover", "RUN is missing. Write it like this: meeting-importer recover last"),
        ("schedule -- run x", "--as is missing. Add it: --as [task|systemd|cron]"),
        ("run r.csv --sheet", "--sheet needs a value after it: --sheet NAME"),
        ("run r.csv --sandbox=yes", "--sandbox takes no value."),
        ("template t.csv --rows", "--rows needs a value after it: --rows N"),
        ("run r.csv --workers 0", "--workers: '0' is not a whole number from 1 to 64."),
        ("run r.csv --workers many", "--workers: 'many' is not a whole number from 1 to 64."),
        ("run r.csv --workers 99", "--workers: '99' is not a whole number from 1 to 64."),
        ("validate r.csv --header-row 1.5", "--header-row: '1.5' is not a whole number from 1 on."),
        ("run r.csv --rate 0", "--rate: '0' is not a number above 0."),
        ("run r.csv --rate fast", "--rate: 'fast' is not a number above 0."),
        ("run r.csv --settle -1", "--settle: '-1' is not a number from 0 on."),
        ("run r.csv --rate inf", "--rate: 'inf' is not a number above 0."),
        ("run r.csv --cloud usgov-l6", "--cloud: 'usgov-l6' is not one of global, usgov-l4, usgov-l5, china (did you"),
        ("schedule --as task --at 25:00 -- run x", "--at: '25:00' is not a time of day. Write it like 02:00."),
        ("run r.csv --report night.pdf", "--report: the report is a web page. Give 'night.pdf' the ending .html."),
        ("run r.csv --report night", "--report: the report is a web page. Give 'night' the ending .html."),
        ("explain required x", "'x' is not expected here. Put quotation marks round a name with spaces in it."),
    ],
)
def test_a_line_that_can_not_be_run_is_told_why_in_plain_words(command: Command, line: str, said: str) -> None:
    done = command(*line.split())

    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert JARGON.findall(done.err) == []
    assert re.search(r"^More about it: meeting-importer( [a-z]+)? --help$", done.err, re.MULTILINE)


def test_words_from_the_line_do_nothing_to_the_terminal(command: Command) -> None:
    assert "\x1b" not in command("run", "r.csv", "--sheet=a", "--\x1b[31mred").err


@pytest.mark.parametrize(("given", "near"), [("rooster.xlsx", "roster.xlsx"), ("roster", "roster.xlsx"), ("zzz", "")])
def test_a_file_that_is_not_there_is_answered_with_the_nearest_that_is(
    command: Command, tmp_path: Path, given: str, near: str
) -> None:
    for name in ("roster.xlsx", "roster-results.xlsx", "other.csv", "roster.txt.bak"):
        (tmp_path / name).touch()

    done = command("validate", given)

    hint = f" (did you mean {near}?)" if near else ""
    assert (done.code, f"There is no file {given}{hint}. Check the name" in done.out) == (3, True)


def test_a_folder_that_is_not_there_is_said_like_a_file(command: Command, tmp_path: Path) -> None:
    assert "There is no file nowhere" in command("validate", os.path.join("nowhere", "r.csv")).out  # noqa: PTH118 - as typed


@pytest.mark.parametrize("name", ["", *cli.commands])
def test_help_starts_with_examples_and_fits_a_narrow_window(
    command: Command, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")

    done = command(*([name] if name else []), "--help")

    lines = done.out.splitlines()
    assert (done.code, lines[0], lines[1][:4]) == (0, "Examples:", "  # ")
    assert [line for line in lines if len(line) > 60] == []
    assert re.findall(r"INTEGER|RANGE|FLOAT|x>|<=|range", done.out) == []
    assert not re.search(r"^  [a-z]+  .*\.\.\.$", done.out, re.MULTILINE), "a sentence is cut off"


@pytest.mark.parametrize(("name", "line"), LINES)
def test_every_example_is_a_line_that_can_be_run(name: str, line: str, tmp_path: Path) -> None:
    words = shlex.split(line.partition(" > ")[0])  # the rest is the shell's
    assert name in {"", words[0]}
    (tmp_path / "roster.xlsx").touch()

    context = cli.commands[words[0]].make_context(words[0], words[1:])

    assert context.command.name == words[0]


def test_every_command_has_examples() -> None:
    assert set(EXAMPLES) == {"", *cli.commands}


def test_options_stand_under_headings(command: Command) -> None:
    said = command("run", "--help").out

    headings = re.findall(r"^(\w[\w ]*):$", said, re.MULTILINE)
    assert headings[:3] == ["Examples", "Results", "The sheet"]
    assert headings[-1] == "Other options"
    run = cli.commands["run"]
    known = [flag for option in run.params if isinstance(option, click.Option) for flag in option.opts]
    assert [flag for flag in known if flag not in said] == []


def test_called_alone_it_says_how_to_begin(command: Command) -> None:
    done = command()

    assert (done.code, done.out) == (2, "")
    for line in ("template meetings.xlsx", "run meetings.xlsx --sandbox", "doctor"):
        assert f"  meeting-importer {line}\n" in done.err


def test_a_first_run_without_any_settings_says_what_is_missing_and_the_next_step(
    command: Command, tmp_path: Path
) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1")])

    done = command("run", roster)

    assert (done.code, command("validate", roster).code) == (2, 0)
    for words in ("AZURE_TENANT_ID", "explain sign-in-not-set-up", "--sandbox"):
        assert words in done.out
    assert "App registrations" in command("explain", "sign-in-not-set-up").out
    assert command("run", roster, "--sandbox").code == 0


@pytest.mark.parametrize("words", [["help"], ["help", "run"], ["help", "template"]])
def test_help_may_be_asked_for_as_a_command(command: Command, words: list[str]) -> None:
    asked, usual = command(*words), command(*words[1:], "--help")

    assert (asked.code, asked.out) == (0, usual.out)
    assert asked.out.startswith("Examples:")


def test_help_for_a_command_that_is_none_is_told_so(command: Command) -> None:
    done = command("help", "valdate")

    assert (done.code, "(did you mean validate?)" in done.err) == (2, True)


@pytest.mark.parametrize("name", ["Ana", "ana.contoso.com", "8f14e45f"])
def test_an_organizer_who_is_no_sign_in_name_is_refused(command: Command, tmp_path: Path, name: str) -> None:
    done = command("template", "t.csv", "--organizer", name)

    assert (done.code, (tmp_path / "t.csv").exists()) == (2, False)
    assert f"'{name}' is neither a sign-in name nor an object ID." in done.err


def test_a_worksheet_of_a_csv_is_said_to_mean_nothing(command: Command, tmp_path: Path) -> None:
    done = command("validate", csv_file(tmp_path / "r.csv", [values("1")]), "--sheet", "Lessons", "-o", "json")

    (file,) = done.json["files"]
    assert (done.code, [found["code"] for found in file["problems"]]) == (0, ["sheet-of-a-csv"])
