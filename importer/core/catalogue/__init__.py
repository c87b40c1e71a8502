"""Every sentence about something that went wrong, in one place, each under a stable code.

One file for each subject: `sheet` (a row's cells), `headings` (a sheet as a whole), `drift` (a row beside its meeting),
`files` (what a file is, and where), `run` (a run as a whole and what is remembered), `cancel` (taking meetings away),
`service` (Graph), `sign_in`, `calendar`, `doctor`, `notify` (logs, notifications, schedules); `words` has what is said
where nothing is wrong. A code is never renamed or given another meaning: people's scripts and run books name it.
"""

from __future__ import annotations

from functools import cache

from importer.core.catalogue.calendar import CALENDAR
from importer.core.catalogue.cancel import CANCEL
from importer.core.catalogue.doctor import DOCTOR
from importer.core.catalogue.drift import DRIFT, OPTIONS
from importer.core.catalogue.entry import Entry, Who
from importer.core.catalogue.files import FILES, PLACES
from importer.core.catalogue.headings import HEADED
from importer.core.catalogue.notify import NIGHT
from importer.core.catalogue.run import MEMORY, RUN
from importer.core.catalogue.service import SERVICE
from importer.core.catalogue.sheet import SHEET
from importer.core.catalogue.sign_in import SIGN_IN
from importer.core.model import Problem
from importer.core.texts import Sentence, fixed

CATALOGUE: dict[str, Entry] = {
    entry.code: entry
    for entry in (
        *SHEET,
        *OPTIONS,
        *HEADED,
        *FILES,
        *RUN,
        *PLACES,
        *MEMORY,
        *SERVICE,
        *DRIFT,
        *SIGN_IN,
        *CALENDAR,
        *CANCEL,
        *DOCTOR,
        *NIGHT,
    )
}

VALUE_SHOWN = 80
"""Characters of a cell's value quoted in a message: enough to recognise it, short enough for a cell."""


def problem(code: str, *, column: str = "", value: str = "", detail: str = "", **facts: object) -> Problem:
    """Return the catalogue's sentence for `code`, filled in with `value` and `facts`.

    Raise KeyError for an unknown code or a fact the sentence names and the caller forgot: both are bugs.
    """
    entry = CATALOGUE[code]
    message = _sentence(code).format(value=shorten(value), **facts)
    return Problem(code, entry.severity, column, message, value, detail)


def caused(code: str, cause: Problem) -> Problem:
    """Return the problem `code` whose `reason` is another one, about the same cell: that one's code is in its detail."""
    detail = f"{cause.code}: {cause.detail}" if cause.detail else cause.code
    return problem(code, column=cause.column, value=cause.value, detail=detail, reason=cause.message)


def title_of(code: str) -> str:
    """Return a code's title as other languages can say it."""
    return fixed(f"{code} title", CATALOGUE[code].title)


def fix_of(code: str) -> str:
    """Return how to put right what a code is about, likewise: words, and lines to type below them."""
    return fixed(f"{code} fix", CATALOGUE[code].fix)


@cache
def _sentence(code: str) -> Sentence:
    return CATALOGUE[code].sentence


def shorten(text: str) -> str:
    """Return `text` on one line and short enough to quote in a message; its end stays too: a path's is the name."""
    line = " ".join(text.split())
    if line == text and len(line) <= VALUE_SHOWN:
        return text  # which may be one that other languages can say
    left = (VALUE_SHOWN - 1) // 2
    return line if len(line) <= VALUE_SHOWN else f"{line[:left]}…{line[left + 1 - VALUE_SHOWN :]}"


__all__ = ["CATALOGUE", "Entry", "Who", "caused", "fix_of", "problem", "shorten", "title_of"]
