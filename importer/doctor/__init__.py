"""Proves a set-up before the first run: what is looked at, in which order, and what each answer means.

Judging stands apart from asking: `setup` and `service` turn what was heard into findings, `examination` does the
asking. Here is what a finding is: fine, a warning, a failure, or not looked at, each with the sentence to say. Only
`bench` makes meetings, for the `trials` of --prove, and takes them away again; the `journal` knows them before.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from importer.core.catalogue import CATALOGUE
from importer.core.catalogue.doctor import FINE, LEFT_OUT
from importer.core.model import ExitCode, Severity

if TYPE_CHECKING:
    from importer.core.model import Problem


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


def finding_for(
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
