"""The manual in the terminal: what is to be typed keeps its lines, since run together nobody could copy it."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import pytest

from importer.console.pages import rendered
from importer.core.catalogue import CATALOGUE
from importer.core.catalogue.words import TOPICS
from tests.console.screens import Tty
from tests.reference import GUIDE

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from tests.cli.conftest import Done
    from tests.cli.pseudo import Terminal
    from tests.forks import Start

    Command = Callable[..., Done]

each_topic = pytest.mark.parametrize("topic", TOPICS)
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def source(topic: str) -> str:
    return (GUIDE / f"{topic}.md").read_text(encoding="utf-8")


def typed(page: str) -> list[str]:
    """Return the lines of a page's blocks of code, as they are to be typed."""
    blocks = re.findall(r"^( *)```\w*\n(.*?)^ *```$", page, re.DOTALL | re.MULTILINE)
    return [line.removeprefix(indent) for indent, block in blocks for line in block.splitlines()]


@pytest.fixture
def on_screen(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Return a function that says what a terminal is given of a page."""

    def shown(page: str, columns: int, encoding: str = "utf-8") -> str:
        stream = Tty()
        stream.encoding = encoding
        monkeypatch.setenv("COLUMNS", str(columns))
        return ANSI.sub("", rendered(page, stream))

    return shown


@pytest.mark.parametrize("code", [code for code, entry in CATALOGUE.items() if "\n" in entry.fix])
def test_what_is_to_be_typed_stands_on_lines_of_its_own(code: str, command: Command) -> None:
    lines = CATALOGUE[code].fix.splitlines()[1:]

    assert command("explain", code).out.splitlines()[-len(lines) :] == [f"    {line}" for line in lines]


def test_without_a_topic_the_pages_are_listed(command: Command) -> None:
    done = command("guide")

    assert done.code == 0
    assert [line.split()[0] for line in done.out.split("\n\n")[0].splitlines()] == list(TOPICS)


@each_topic
def test_a_pipe_gets_the_page_as_it_stands_without_the_marks_of_its_tests(topic: str, command: Command) -> None:
    done = command("guide", topic)

    shown, kept = done.out.splitlines(), source(topic).splitlines()
    assert (done.code, done.err) == (0, "")
    assert [line for line in kept if line not in shown and "<!--" not in line] == []
    assert "<!--" not in done.out


@pytest.mark.parametrize("name", ["Tenant", "tenant.md", " TENANT "])
def test_a_topic_is_known_however_it_is_written(name: str, command: Command) -> None:
    assert command("guide", name).out == command("guide", "tenant").out


def test_an_unknown_topic_is_answered_with_the_nearest(command: Command) -> None:
    done = command("guide", "tennant")

    assert done.code == 2
    assert "There is no page 'tennant' (did you mean tenant?)." in done.err


@each_topic
@pytest.mark.parametrize("columns", [40, 80, 200])
def test_lines_to_be_typed_stay_whole_on_every_terminal(
    topic: str, columns: int, on_screen: Callable[..., str]
) -> None:
    shown = [line.strip() for line in on_screen(source(topic), columns).splitlines()]

    assert [line for line in typed(source(topic)) if line.strip() not in shown] == []


@each_topic
@pytest.mark.parametrize("columns", [40, 80, 200])
def test_no_word_of_a_page_is_cut_off(topic: str, columns: int, on_screen: Callable[..., str]) -> None:
    shown = on_screen(source(topic), columns)

    assert shown.count("\u2026") == source(topic).count("\u2026")


@each_topic
@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_a_page_can_be_read_on_an_old_console(topic: str, encoding: str, on_screen: Callable[..., str]) -> None:
    source(topic).encode("cp1252")

    shown = on_screen(source(topic), 80, encoding)

    beyond = {character for character in shown if not character.encode(encoding, "ignore")}
    assert beyond - set(source(topic)) == set()


@each_topic
@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_a_pipe_of_an_old_console_gets_the_page_too(topic: str, encoding: str, starts: Start) -> None:
    program = starts("guide", topic, encoding=encoding)
    out, err = program.communicate()

    assert (program.returncode, err) == (0, "")
    assert out.startswith(source(topic).splitlines()[0])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo terminals of this kind")
def test_a_terminal_gets_the_page_rendered_and_paged(
    in_terminal: Callable[..., AbstractContextManager[Terminal]],
) -> None:
    with in_terminal("guide", "troubleshooting", columns=100, PAGER="cat") as seen:
        code = seen.leave()

    text = " ".join(" ".join(seen.lines).split())
    assert code == 0
    assert "(guide results)" in text
    assert ("](" in text, "##" in text) == (False, False)
