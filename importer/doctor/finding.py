"""What one check found out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from importer.core.catalogue import CATALOGUE
from importer.core.catalogue.doctor import FINE, LEFT_OUT
from importer.core.model import ExitCode, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from importer.core.model import Problem

NAMES_SHOWN = 5
"""People named in a sentence before the rest becomes a count; the details name all."""


class State(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the result.

    `check` is a key of CHECK_TITLES and `code` one of the catalogue, empty where nothing is wrong. `exit_code` is what
    the command ends with if nothing worse is found.
    """

    check: str
    state: State
    message: str
    remedy: str = ""
    detail: str = ""
    code: str = ""
    exit_code: ExitCode = ExitCode.DONE


def fine(check: str, word: str, **facts: object) -> Finding:
    """Return the finding that all is right, in the words of FINE."""
    return Finding(check=check, state=State.OK, message=FINE[word].format(**facts))


def left_out(check: str, word: str, **facts: object) -> Finding:
    """Return the finding that a check was not made, with the reason from LEFT_OUT."""
    return Finding(check=check, state=State.SKIPPED, message=LEFT_OUT[word].format(**facts))


def trouble(
    check: str, problem: Problem, *, remedy: str = "", detail: str = "", exit_code: ExitCode = ExitCode.REFUSED
) -> Finding:
    """Return the finding for a problem: failed for an error, else a warning; without `remedy`, the catalogue's."""
    failed = problem.severity is Severity.ERROR
    return Finding(
        check=check,
        state=State.FAILED if failed else State.WARNING,
        message=problem.message,
        remedy=remedy or CATALOGUE[problem.code].fix,
        detail=detail or problem.detail,
        code=problem.code,
        exit_code=exit_code if failed else ExitCode.DONE,
    )


def named(names: Iterable[str]) -> str:
    """Return 'a', 'a and b', or 'a, b, c, d, e and 31 more'."""
    every = list(names)
    if len(every) > NAMES_SHOWN:
        return f"{', '.join(every[:NAMES_SHOWN])} and {len(every) - NAMES_SHOWN} more"
    return " and ".join(filter(None, (", ".join(every[:-1]), *every[-1:])))


def lasting(seconds: float) -> str:
    """Return a span of time in its largest fitting unit, rounded down: '12 days', '1 hour'."""
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if abs(seconds) >= 2 * length or (unit == "minute" and abs(seconds) >= length):
            count = int(abs(seconds) // length)
            return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
    return f"{max(1, round(abs(seconds)))} s"
