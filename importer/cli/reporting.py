"""The HTML report of a call, saved where it was asked for; it never changes how the call ends."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from importer import __version__
from importer.core.catalogue import problem
from importer.html import RunFacts, render
from importer.places.paths import resolved
from importer.tables import save

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from importer.cli.settings import Settings
    from importer.cli.tally import Tally
    from importer.core.model import ExitCode, Problem
    from importer.core.report import FileReport


def facts_of(
    settings: Settings,
    command: str,
    run_id: str,
    *,
    code: ExitCode,
    times: tuple[datetime, datetime],
    tally: Tally | None,
) -> RunFacts:
    """Gives what the report says about the call; `times` are when it started and ended."""
    return RunFacts(
        command=command,
        run_id=run_id,
        started=times[0],
        ended=times[1],
        exit_code=code,
        version=__version__,
        sends=command == "run" and not settings.dry_run,
        sandbox=settings.sandbox,
        calls=None if tally is None else tally.calls,
        waited=_waited(tally),
    )


def save_report(target: Path, reports: Sequence[FileReport], facts: RunFacts) -> Problem | None:
    """Saves the report; gives the reason where that is not possible."""
    links = {report.input: link for report in reports if (link := link_from(target, report.result))}
    page = render(reports, replace(facts, links=links))
    try:
        save(target, page.encode(), like=[Path(report.input) for report in reports if report.input])
    except OSError as error:
        return problem("report-not-saved", value=str(target), reason=error.strerror or type(error).__name__)
    return None


def link_from(page: Path, file: str | None) -> str:
    """Gives the address of `file` for a link on `page`: relative, so that both can be moved together."""
    if file is None:
        return ""
    try:
        way = Path(os.path.relpath(resolved(Path(file)), resolved(page).parent))
    except ValueError:  # another drive of Windows
        return resolved(Path(file)).as_uri()
    except OSError:  # the working folder has gone away
        return ""
    return "/".join(quote(os.fsencode(part)) for part in way.parts)


def _waited(tally: Tally | None) -> timedelta | None:
    """No line about waiting where there was none."""
    return tally.waited if tally is not None and tally.waited else None
