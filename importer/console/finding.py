"""What doctor found out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from importer.console.terminal import indented, shown
from importer.core.catalogue.doctor import CHECK_TITLES
from importer.core.wording import harmless

if TYPE_CHECKING:
    from rich.console import Console

    from importer.doctor.finding import Finding

STATE_STYLE = {"ok": "green", "warning": "yellow", "failed": "red", "skipped": "dim"}


def show_finding(console: Console, finding: Finding, *, verbose: bool) -> None:
    """Says what one check of doctor found out; commands to paste stay whole, each on its own line."""
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
            console.print(f"         {harmless(line)}", markup=False, soft_wrap=True)
    if finding.detail and (verbose or state == "failed"):
        detail = finding.detail if verbose else finding.detail.partition("\n")[0]
        indented(console, 9, f"[dim]{shown(detail)}[/]")


def show_ending(console: Console, text: str) -> None:
    """Says the last line."""
    console.print(shown(text), style="bold")
