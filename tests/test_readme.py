"""README and guide keep their promises: generated parts are up to date, and what they name exists."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from importer.cli.config.options import PREFIX
from importer.cli.config.param_types import Choice
from importer.cli.main import cli, main
from importer.core.catalogue import CATALOGUE
from importer.core.catalogue.service import POLICY_COMMANDS, POLICY_GRANT
from importer.core.catalogue.words import TOPICS
from tests import pictures
from tests.reference import GUIDE, PAGES, PARTS, README, ROOT, options, rendered

TEXTS = {path: path.read_text(encoding="utf-8") for path in PAGES}
ALL = "\n".join(TEXTS.values())
WRITTEN = {path: TEXTS.get(path) or path.read_text(encoding="utf-8") for path in (*PAGES, *ROOT.glob("importer/*.md"))}
WRITTEN |= {path: path.read_text(encoding="utf-8") for path in ROOT.glob(".github/*.md")}
"""Also what is written for engineers."""

SMALL = 150_000
"""Bytes of a picture: everybody who clones the project gets it."""
SHORT = 10_000
"""Characters of a README that somebody reads in five minutes."""

page = pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
written = pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.stem)


def prose(text: str) -> str:
    """Return a page without its blocks of code."""
    return re.sub(r"^ *```.*?^ *```$", "", text, flags=re.DOTALL | re.MULTILINE)


def anchors(text: str) -> set[str]:
    """Return what links to headings are called, as GitHub calls them."""
    headings = re.findall(r"^#+ (.+)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@page
def test_generated_parts_are_what_the_program_says(path: Path) -> None:
    assert rendered(TEXTS[path]) == TEXTS[path], "run `python -m tests.reference`"


@pytest.mark.parametrize("name", PARTS)
def test_each_generated_part_is_there(name: str) -> None:
    assert ALL.count(f"<!-- generated: {name} -->") == 1


def test_an_administrator_reads_the_same_commands_in_the_guide_as_in_a_message() -> None:
    grants = POLICY_GRANT.format(organizer_id="<organizer's object ID>")
    said = POLICY_COMMANDS.format(client_id="<client ID>", grants=grants).splitlines()
    commands = [line for line in said if not line.startswith(("#", "Get-"))]
    assert [command for command in commands if command not in TEXTS[GUIDE / "tenant.md"]] == []


def test_a_reader_is_through_in_five_minutes() -> None:
    assert len(TEXTS[README]) < SHORT


def test_each_page_is_listed_and_one_click_away() -> None:
    assert {path.stem for path in GUIDE.iterdir()} == set(TOPICS)
    assert [topic for topic in TOPICS if f"](importer/guide/{topic}.md" not in TEXTS[README]] == []


def test_every_command_is_described() -> None:
    described = TEXTS[GUIDE / "options.md"]

    assert [name for name in cli.commands if f"| `meeting-importer {name}" not in described] == []


def test_an_option_that_takes_one_of_several_words_names_them() -> None:
    rows = {line.split(" | ")[1].strip("`"): line for line in options().splitlines()}
    words = {
        f"{PREFIX}{str(each.name).upper()}": each.type.choices
        for each in cli.commands["run"].params
        if isinstance(each.type, Choice)
    }

    assert "MEETING_IMPORTER_NOTIFY_ON" in words
    for variable, names in words.items():
        assert [name for name in names if name.replace("|", "\\|") not in rows[variable]] == []


@page
def test_every_option_that_is_named_exists(path: Path) -> None:
    known = {flag for command in cli.commands.values() for parameter in command.params for flag in parameter.opts}
    named = set(re.findall(r"`(--[a-z][a-z-]+)", TEXTS[path]))

    assert named - known - {"--version"} == set()


@page
def test_every_command_and_option_of_a_line_to_type_exists(path: Path) -> None:
    lines = re.findall(r"meeting-importer ([a-z]+)((?: [^|`\n#]*)?)", TEXTS[path])
    wrong = [name for name, _ in lines if name not in cli.commands]
    for name, rest in lines:
        inner = "run" if name == "schedule" and " -- run" in rest else name
        known = {flag for each in (name, inner) for parameter in cli.commands[each].params for flag in parameter.opts}
        wrong += [f"{name} {flag}" for flag in re.findall(r"(?<!\S)(--[a-z][a-z-]+)", rest) if flag not in known]

    assert wrong == []


@page
def test_every_code_and_page_that_is_named_exists(path: Path) -> None:
    codes = re.findall(r"meeting-importer explain ([a-z][a-z-]+)", TEXTS[path])
    topics = re.findall(r"meeting-importer guide ([a-z]+)", TEXTS[path])

    assert ([code for code in codes if code not in CATALOGUE], [one for one in topics if one not in TOPICS]) == ([], [])


@written
def test_every_link_leads_to_a_file_and_to_a_heading_that_is_there(path: Path) -> None:
    lost = []
    for link in re.findall(r"\]\((?!https?:)([^)]+)\)", WRITTEN[path]):
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        if not target.exists() or (anchor and anchor not in anchors(target.read_text(encoding="utf-8"))):
            lost.append(link)

    assert lost == []


def test_every_place_that_architecture_names_is_there() -> None:
    text = WRITTEN[ROOT / "importer" / "ARCHITECTURE.md"]
    lost = []
    for place, name in re.findall(r"`((?:[a-z_]+/)*[a-z_]+\.(?:py|txt)|(?:[a-z_]+/)+[a-z_]+)(?:: (\w+))?`", text):
        file = next((path for path in (ROOT / "importer" / place, ROOT / place) if path.exists()), None)
        named = rf"^(?:(?:class|def) {name}\b|{name}(?:: | = ))"
        if file is None or (name and not re.search(named, file.read_text("utf-8"), re.MULTILINE)):
            lost.append(f"{place}: {name}")

    assert lost == []


def test_architecture_shows_every_place_of_the_core() -> None:
    text = WRITTEN[ROOT / "importer" / "ARCHITECTURE.md"].partition("in the core, from below")[2].partition("\n\n")[0]
    places = {path.stem for path in (ROOT / "importer" / "core").iterdir() if not path.name.startswith("_")}

    assert places == set(re.findall(r"`(\w+)`", text)) - {"core"}


@page
def test_every_line_of_a_generated_table_is_a_row_of_it(path: Path) -> None:
    parts = re.findall(r"<!-- generated: [a-z-]+ -->\n(.*?)(?:\n\n|<!-- end -->)", TEXTS[path], re.DOTALL)

    assert [line for part in parts for line in part.splitlines() if not re.fullmatch(r"\|.*\|", line)] == []


def test_the_pictures_show_what_the_program_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEETING_IMPORTER_STATE_DIR", str(tmp_path / "state"))
    roster, results = pictures.made(tmp_path)

    marks = [pictures.mark_in(picture) for picture in (pictures.BEFORE, pictures.AFTER)]

    assert marks == [pictures.mark(roster), pictures.mark(roster, results)], "run `python -m tests.pictures`"
    assert max(picture.stat().st_size for picture in (pictures.BEFORE, pictures.AFTER)) < SMALL


def test_the_sample_output_is_what_the_first_line_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = re.search(r"```text\n(Sandbox:.*?)```", TEXTS[README], re.DOTALL)
    shutil.copytree(ROOT / "samples", tmp_path / "samples", ignore=shutil.ignore_patterns("*-results*"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MEETING_IMPORTER_STATE_DIR", str(tmp_path / "state"))

    code = main(["run", str(Path("samples") / "roster.xlsx"), "--sandbox"])

    said = capsys.readouterr()
    assert code == 4
    assert shown is not None
    assert shown[1].split() == (said.err + said.out).replace("\\", "/").split()
