"""`--ics`: a calendar file for each meeting of a call, and what to say where that is not possible."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from importer.core.catalogue import problem
from importer.core.invitation import invitation_of
from importer.core.model import ExitCode
from importer.core.report import worst
from importer.core.wording import rows_in_words
from importer.invitations import save_invitations

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from importer.core.report import FileReport


def invite(folder: Path, report: FileReport, stamp: datetime, *, say: Callable[[str], None]) -> FileReport:
    """Saves the calendar files of one input file's meetings; gives its report with what there is to say about them.

    They are results like the copy: where they can't be saved, the exit code says so.
    """
    invitations = [found for row in report.rows if (found := invitation_of(row)) is not None]
    try:
        saved = save_invitations(folder, invitations, stamp, like=[Path(report.input)])
    except OSError as error:
        unsaved = problem("calendar-not-saved", value=str(folder), reason=error.strerror or type(error).__name__)
        code = worst((report.exit_code, ExitCode.RESULTS))
        return replace(report, problems=(*report.problems, unsaved), exit_code=code)
    if invitations:
        say(f"Calendar files in {folder}: {saved.words}")
    if not saved.without_start:
        return report
    undated = problem("calendar-without-start", rows=rows_in_words(saved.without_start))
    return replace(report, problems=(*report.problems, undated))
