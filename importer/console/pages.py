"""A page of the manual on a terminal: rich's Markdown, with nothing of the page cut off or broken that is to be copied.

Not imported with the rest of the console: it brings a parser of Markdown and a highlighter along, for `guide` alone.
"""

from __future__ import annotations

import re
from typing import IO, ClassVar

from rich.markdown import Markdown, MarkdownElement, TableDataElement
from rich.theme import Theme

from importer.console import console_for

WIDEST = 100
"""Columns of a page on a wide terminal: longer lines lose the eye."""
LOOKS = Theme({"markdown.code": "cyan"})
"""Rich has code on black, which is a bar across a white terminal."""
MARK = "\ue000"
"""A character for private use, round the number of a line of code."""


class _WholeCell(TableDataElement):
    """A cell whose words are broken where a column is narrower than they are, not cut off."""

    def __init__(self, justify: str) -> None:
        super().__init__(justify)  # type: ignore[arg-type]  # rich's own `create` hands a word over that it has checked
        self.content.overflow = "fold"


class _Page(Markdown):
    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **Markdown.elements,
        "th_open": _WholeCell,
        "td_open": _WholeCell,
    }


def rendered(page: str, stream: IO[str]) -> str:
    """Return a page of Markdown as it is to look on the terminal `stream`; lines of code stay whole on any width."""
    console = console_for(stream, color=True)
    console.width = min(console.width, WIDEST)
    code: list[str] = []

    def marked(block: re.Match[str]) -> str:
        """Return a block with a short mark for each of its lines, which rich would break or cut."""
        indent, first = block["indent"], len(code)
        code.extend(line.removeprefix(indent) for line in block["lines"].splitlines())
        marks = "".join(f"{indent}{MARK}{number}{MARK}\n" for number in range(first, len(code)))
        return f"{indent}```text\n{marks}{indent}```\n"

    page = re.sub(r"^(?P<indent> *)```.*\n(?P<lines>(?:.*\n)*?) *```\n", marked, page, flags=re.MULTILINE)
    with console.use_theme(LOOKS), console.capture() as caught:
        console.print(_Page(page, hyperlinks=False, code_theme="ansi_light"))
    text = re.sub(rf"{MARK}(\d+){MARK}", lambda mark: code[int(mark[1])], caught.get())
    if console.options.ascii_only:
        text = text.replace("\N{BULLET}", "*")
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())
