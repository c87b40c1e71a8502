"""The shape of a catalogue entry."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from importer.core.model import Severity
from importer.core.texts import Sentence


class Who(StrEnum):
    """Who can put it right."""

    SHEET = "the sheet"
    ADMINISTRATOR = "the administrator"


@dataclass(frozen=True, slots=True)
class Entry:
    """One kind of problem.

    `message` is a format string: `{value}` is the cell's text, other names are facts the caller gives. It says
    what, and ends in the next step. `means` and `fix` are the longer words of `explain`. `counted` is the fact whose
    number decides the form of the message in languages that have several.
    """

    code: str
    severity: Severity
    who: Who
    title: str
    message: str
    means: str
    fix: str
    counted: str = ""

    @property
    def sentence(self) -> Sentence:
        """Return the message as a sentence that other languages can say."""
        return Sentence(self.code, self.message, counted=self.counted)


def error(code: str, title: str, message: str, *, means: str, fix: str, who: Who, counted: str = "") -> Entry:
    """Return an entry for what stops its row, its file or the run."""
    return Entry(code, Severity.ERROR, who, title, message, means, fix, counted)


def warning(code: str, title: str, message: str, *, means: str, fix: str, who: Who, counted: str = "") -> Entry:
    """Return an entry for what is worth a look, and stops nothing."""
    return Entry(code, Severity.WARNING, who, title, message, means, fix, counted)
