"""The README keeps its promises: generated parts are up to date, and what it names exists."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from importer.cli.main import cli, main
from importer.cli.options import Choice
from importer.cli.settings import PREFIX
from tests.reference import PARTS, README, options, rendered

TEXT = README.read_text(encoding="utf-8")


def test_generated_parts_are_what_the_program_says() -> None:
    assert rendered(TEXT) == TEXT, "run `python -m tests.reference`"


@pytest.mark.parametrize("name", PARTS)
def test_each_generated_part_is_there(name: str) -> None:
    assert TEXT.count(f"<!-- generated: {name} -->") == 1


def test_every_command_is_described() -> None:
    assert [name for name in cli.commands if f"meeting-importer {name}" not in TEXT] == []


def test_an_option_that_takes_one_of_several_words_names_them() -> None:
    rows = {line.split(" | ")[1].strip("`"): line for line in options().splitlines()}
    words = {
        f"{PREFIX}{str(each.name).upper()}": each.type.names
        for each in cli.commands["run"].params
        if isinstance(each.type, Choice)
    }

    assert "MEETING_IMPORTER_NOTIFY_ON" in words
    for variable, names in words.items():
        assert [name for name in names if name.replace("|", "\\|") not in rows[variable]] == []


def test_every_option_that_is_named_exists() -> None:
    known = {flag for command in cli.commands.values() for parameter in command.params for flag in parameter.opts}
    named = set(re.findall(r"`(--[a-z][a-z-]+)", TEXT))

    assert named - known - {"--version"} == set()


def test_every_file_that_is_linked_exists() -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)]+)\)", TEXT)

    assert [link for link in links if not (README.parent / Path(link)).exists()] == []


def test_every_line_of_a_generated_table_is_a_row_of_it() -> None:
    parts = re.findall(r"<!-- generated: [a-z-]+ -->\n(.*?)(?:\n\n|<!-- end -->)", TEXT, re.DOTALL)

    assert [line for part in parts for line in part.splitlines() if not re.fullmatch(r"\|.*\|", line)] == []


def test_every_link_within_the_page_leads_to_a_heading() -> None:
    headings = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", TEXT, flags=re.DOTALL), re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}

    assert [link for link in re.findall(r"\]\(#([^)]+)\)", TEXT) if link not in anchors] == []


def test_the_sample_output_is_what_the_first_line_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = re.search(r"```text\n(Sandbox:.*?)```", TEXT, re.DOTALL)
    shutil.copytree(README.parent / "samples", tmp_path / "samples", ignore=shutil.ignore_patterns("*-results*"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MEETING_IMPORTER_STATE_DIR", str(tmp_path / "state"))

    code = main(["run", str(Path("samples") / "roster.xlsx"), "--sandbox"])

    said = capsys.readouterr()
    assert code == 4
    assert shown is not None
    assert shown[1].split() == (said.err + said.out).replace("\\", "/").split()
