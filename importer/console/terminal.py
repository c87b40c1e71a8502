"""Where text comes out: a terminal of any width and age, or a pipe; and what text may do there, which is be read."""

from __future__ import annotations

import os
from typing import IO, Literal

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from importer.core.wording import harmless

_SAID_NO = frozenset({"", "0", "false"})


class Terminal(Console):
    """A console whose reader may go away: the run's result is in the copy, so its exit code must not change."""

    def on_broken_pipe(self) -> None:
        """Says nothing more; rich would end the process with exit code 1."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), self.file.fileno())


def console_for(stream: IO[str], *, color: bool) -> Terminal:
    """Gives a console on `stream`.

    Obeyed are NO_COLOR (https://no-color.org), FORCE_COLOR (https://force-color.org; it colours, and no more), dumb
    terminals, and CI, where a moving bar would fill a log that only looks like a terminal.
    """
    plain = not color or bool(os.environ.get("NO_COLOR"))
    watched = stream.isatty()
    forced: Literal["standard", "auto"] = "standard" if os.environ.get("FORCE_COLOR") and not watched else "auto"
    console = Terminal(
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
    """Gives text from anywhere as what a console may be given: no markup, and nothing that a terminal obeys."""
    return escape(harmless(text))


def indented(console: Console, columns: int, markup: str) -> None:
    """Prints indented text, the indent kept where a terminal wraps it; elsewhere lines stay whole."""
    if console.is_terminal:
        console.print(Padding(markup, (0, 0, 0, columns), expand=False))
    else:
        console.print(" " * columns + markup, soft_wrap=True)
