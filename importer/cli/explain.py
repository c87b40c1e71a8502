"""The catalogue in words."""

from __future__ import annotations

import textwrap

import click

from importer.core.catalogue import CATALOGUE
from importer.core.wording import closest

WIDTH = 96


def explain(code: str | None) -> None:
    """Prints the entry for `code`, or all codes with their titles, one a line. Raises UsageError for an unknown one."""
    if code is None:
        widest = max(map(len, CATALOGUE))
        for known in sorted(CATALOGUE):
            listed = CATALOGUE[known]
            click.echo(f"{listed.code:{widest}}  {listed.severity.value:7}  {listed.title}")
        return
    entry = CATALOGUE.get(code.strip().lower())
    if entry is None:
        raise click.UsageError(
            f"There is no code '{code}'{closest(code, CATALOGUE)}. `explain` without a code lists all."
        )
    click.echo(f"{entry.code} ({entry.severity.value}): {entry.title}\n")
    click.echo(textwrap.fill(entry.means, WIDTH) + "\n")
    click.echo(f"Who can put it right: {entry.who.value}")
    words, *typed = entry.fix.splitlines()
    click.echo(textwrap.fill(f"How: {words}", WIDTH))
    for line in typed:  # to be copied as it stands
        click.echo(f"    {line}")
