"""The manual in the terminal: the catalogue's entries in words, and the pages of `importer/guide`.

The pages are Markdown, to be read on the web as they are. A terminal gets them rendered and paged, a pipe as they
stand, so that their lines can be searched and copied whole.
"""

from __future__ import annotations

import re
import shutil
import sys
import textwrap
from importlib.resources import files

import click

from importer.cli.config.usage import fitted
from importer.core.catalogue import CATALOGUE
from importer.core.catalogue.words import READ_ON, TOPICS
from importer.core.suggestions import closest

WIDTH = 96


def explain(code: str | None) -> None:
    """Print the entry for `code`, or all codes with their titles, one a line. Raise UsageError for an unknown one."""
    if code is None:
        widest = max(map(len, CATALOGUE))
        for known in sorted(CATALOGUE):
            listed = CATALOGUE[known]
            _listed(f"{listed.code:{widest}}  {listed.severity.value:7}  {listed.title}")
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


def guide(topic: str | None) -> None:
    """Show the page on `topic`, or list all pages, one a line. Raise UsageError for an unknown one."""
    if topic is None:
        widest = max(map(len, TOPICS))
        for known, about in TOPICS.items():
            _listed(f"{known:{widest}}  {about}")
        click.echo(f"\n{READ_ON}")
        return
    name = topic.strip().lower().removesuffix(".md")
    if name not in TOPICS:
        raise click.UsageError(
            f"There is no page '{topic}'{closest(topic, TOPICS)}. `guide` without a topic lists all."
        )
    page = _page(name)
    if not sys.stdout.isatty():
        click.echo(page, nl=False)
        return
    from importer.console.pages import rendered  # noqa: PLC0415 - the list and a pipe need no rich

    click.echo_via_pager(rendered(_without_paths(page), sys.stdout))


def _page(topic: str) -> str:
    """Return a page's Markdown without the marks that only its tests read."""
    text = (files("importer") / "guide" / f"{topic}.md").read_text(encoding="utf-8")
    return re.sub(r"^ *<!-- .*? -->\n", "", text, flags=re.MULTILINE)


def _without_paths(page: str) -> str:
    """Return a page whose links to other pages name what to type, and whose other links within the project are gone."""
    page = re.sub(r"\[([^]]+)\]\(([a-z]+)\.md(?:#[^)]*)?\)", r"\1 (`guide \2`)", page)
    return re.sub(r"\[([^]]+)\]\((?!https?:)[^)]*\)", r"\1", page)


def _listed(line: str) -> None:
    click.echo(fitted(line, sys.stdout, indent=4) if _is_narrow(line) else line)


def _filled(text: str) -> str:
    """Return a paragraph; on a terminal narrower than usual in lines that fit it."""
    if _is_narrow(" " * WIDTH):
        return fitted(text, sys.stdout)
    return textwrap.fill(text, WIDTH, break_on_hyphens=False)


def _is_narrow(line: str) -> bool:
    return sys.stdout.isatty() and shutil.get_terminal_size().columns <= len(line)
