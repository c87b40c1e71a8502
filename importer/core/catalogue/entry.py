"""The shape of a catalogue entry."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importer.core.model import Severity


class Who(StrEnum):
    """Who can put it right."""

    SHEET = "the sheet"
    ADMINISTRATOR = "the administrator"


@dataclass(frozen=True, slots=True)
class Entry:
    """One kind of problem.

    `message` is a format string: `{value}` is the cell's text, other names are facts the caller gives. It says
    what, and ends in the next step. `means` and `fix` are the longer words of `explain`.
    """

    code: str
    severity: Severity
    who: Who
    title: str
    message: str
    means: str
    fix: str
