"""A terminal of any width to print on, and what a person would then see on it."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyte

from importer.console import console_for
from importer.core.catalogue import problem
from importer.core.model import ExitCode, Status
from importer.core.report import FileReport
from tests.rows import a_row

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from importer.core.model import Problem
    from importer.core.row import Row

ROWS = 50


class Tty(io.StringIO):
    """Text that takes itself for a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@dataclass
class Window:
    """A console, and the screen that shows what comes out of it."""

    columns: int
    stream: Tty = field(default_factory=Tty)
    console: Console = field(init=False)

    def __post_init__(self) -> None:
        self.console = console_for(self.stream, color=True)
        self.console.width = self.columns
        self.console.legacy_windows = False  # what it prints is for a terminal, wherever the tests run

    @property
    def screen(self) -> list[str]:
        return screen_of(self.stream.getvalue(), self.columns)


def screen_of(text: str, columns: int) -> list[str]:
    """Return the lines that stand on a screen of so many columns after all of `text`, without blank ones at the end."""
    screen = pyte.Screen(columns, ROWS)
    screen.set_mode(pyte.modes.LNM)
    pyte.Stream(screen).feed(text)
    return "\n".join(line.rstrip() for line in screen.display).rstrip().split("\n")


def row(number: int, status: Status, *problems: Problem) -> Row:
    return a_row(
        number=number, external_id=f"id-{number}", organizer="ana@contoso.com", status=status, problems=problems
    )


def report(rows: Iterable[Row], **changes: object) -> FileReport:
    facts = {
        "input": "r.xlsx",
        "titles": {"start": "Start", "organizer": "Organizer"},
        "exit_code": ExitCode.ROWS,
        "rows": tuple(rows),
    }
    return FileReport(**{**facts, **changes})  # type: ignore[arg-type]  # whatever the test asks for


def not_a_date(number: int, value: str = "x", detail: str = "") -> Row:
    return row(number, Status.INVALID, problem("not-a-date", column="start", value=value, detail=detail))
