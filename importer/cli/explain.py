"""The catalogue in words."""

from __future__ import annotations

import shutil
import sys
import textwrap

import click

from importer.cli.usage import fitted
from importer.core.catalogue import CATALOGUE
from importer.core.wording import closest

WIDTH = 96


def explain(code: str | None) -> None:
    """Print the entry for `code`, or all codes with their titles, one a line. Raise UsageError for an unknown one."""
    if code is None:
        widest = max(map(len, CATALOGUE))
        for known in sorted(CATALOGUE):
            listed = CATALOGUE[known]
            line = f"{listed.code:{widest}}  {listed.severity.value:7}  {listed.title}"
            click.echo(fitted(line, sys.stdout, indent=4) if _is_narrow(line) else line)
        return
    entry = CATALOGUE.get(code.strip().lower())
    if entry is None:
        raise click.UsageError(
            f"There is no code '{code}'{closest(code, CATALOGUE)}. `explain` without a code lists all."
        )
    click.echo(f"{entry.code} ({entry.severity.value}): {entry.title}\n")
    click.echo(_filled(entry.means) + "\n")
    click.echo(f"Who can put it right: {entry.who.value}")
    words, *typed = entry.fix.splitlines()
    click.echo(_filled(f"How: {words}"))
    for line in typed:  # to be copied as it stands
        click.echo(f"    {line}")


def _filled(text: str) -> str:
    """Return a paragraph; on a terminal narrower than usual in lines that fit it."""
    if _is_narrow(" " * WIDTH):
        return fitted(text, sys.stdout)
    return textwrap.fill(text, WIDTH, break_on_hyphens=False)


def _is_narrow(line: str) -> bool:
    return sys.stdout.isatty() and shutil.get_terminal_size().columns <= len(line)
