"""The terminal: progress on stderr while a run goes on, and the summary a person reads on stdout at its end.

Here is what both stand on: a console for a terminal of any width and age, or for a pipe. Whatever text comes from a
sheet, a file's name or Graph goes through `shown` first, so that it is only ever read.
"""

from __future__ import annotations

import os
from typing import IO, TYPE_CHECKING, Literal

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from importer.core.catalogue.doctor import CHECK_TITLES
from importer.core.facts import state_of
from importer.core.wording import strip_control_chars

if TYPE_CHECKING:
    from importer.core.facts import Fact, FactOutcome
    from importer.doctor import Finding


_SAID_NO = frozenset({"", "0", "false"})


def console_for(stream: IO[str], *, color: bool) -> Console:
    """Return a console on `stream`.

    Obeyed are NO_COLOR (https://no-color.org), FORCE_COLOR (https://force-color.org; it colours, and no more), dumb
    terminals, and CI, where a moving bar would fill a log that only looks like a terminal.
    """
    plain = not color or bool(os.environ.get("NO_COLOR"))
    watched = stream.isatty()
    forced: Literal["standard", "auto"] = "standard" if os.environ.get("FORCE_COLOR") and not watched else "auto"
    console = Console(
        file=stream,
        color_system=None if plain else forced,
        force_terminal=watched,
        highlight=False,
        soft_wrap=not watched,
        emoji=False,
    )
    console.is_interactive = watched and not console.is_dumb_terminal and not _in_ci()
    return console


def _in_ci() -> bool:
    return os.environ.get("CI", "").casefold() not in _SAID_NO


def shown(text: str) -> str:
    """Return text from anywhere as what a console may be given: no markup, and nothing that a terminal obeys."""
    return escape(strip_control_chars(text))


def indented(console: Console, columns: int, markup: str) -> None:
    """Print indented text, the indent kept where a terminal wraps it; elsewhere lines stay whole."""
    if console.is_terminal:
        console.print(Padding(markup, (0, 0, 0, columns), expand=False))
    else:
        console.print(" " * columns + markup, soft_wrap=True)


STATE_STYLE = {"ok": "green", "warning": "yellow", "failed": "red", "skipped": "dim"}


def show_finding(console: Console, finding: Finding, *, verbose: bool) -> None:
    """Say what one check of doctor found out; commands to paste stay whole, each on its own line."""
    state, title = finding.state.value, CHECK_TITLES[finding.check]
    word, text = f"[{STATE_STYLE[state]}]{state:8}[/]", f"[bold]{shown(title)}:[/] {shown(finding.message)}"
    if finding.code:  # for `explain`
        text += f" [dim]({shown(finding.code)})[/]"
    if console.is_terminal:
        grid = Table.grid(padding=(0, 1))
        grid.add_row(word, text)
        console.print(grid)
    else:
        console.print(f"{word} {text}")
    if finding.remedy and "\n" not in finding.remedy:
        indented(console, 9, shown(finding.remedy))
    elif finding.remedy:
        for line in finding.remedy.splitlines():
            console.print(f"         {strip_control_chars(line)}", markup=False, soft_wrap=True)
    if finding.detail and (verbose or state == "failed"):
        detail = finding.detail if verbose else finding.detail.partition("\n")[0]
        indented(console, 9, f"[dim]{shown(detail)}[/]")


STYLE_OF_FACT = {"held": "green", "refuted": "yellow", "learned": "green", "not tried": "dim"}


def show_fact(console: Console, fact: Fact, outcome: FactOutcome) -> None:
    """Say what became of one fact, in a line."""
    state = state_of(fact, outcome)
    words = fact.answers[outcome.answer].words if outcome.answer else f"Not tried: {outcome.reason}"
    line = f"[bold]{shown(fact.name)}:[/] {shown(fact.sentence)} {shown(words)}"
    console.print(f"[{STYLE_OF_FACT[state.value]}]{state.value:9}[/] {line}")


def show_ending(console: Console, text: str) -> None:
    """Say the last line."""
    console.print(shown(text), style="bold")
