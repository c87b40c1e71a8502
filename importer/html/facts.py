"""What a report is told about a run besides what became of its rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from importer.core.model import ExitCode


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """One call of the program. Times are in UTC; `calls` to Graph and time `waited` on its request: None if not known.

    `sends` is false where nothing was to be sent, so that rows are ready rather than missing. `links` has, by input
    file, where the results copy is as seen from the report.
    """

    command: str
    run_id: str
    started: datetime
    ended: datetime
    exit_code: ExitCode
    version: str
    sends: bool = True
    sandbox: bool = False
    calls: int | None = None
    waited: timedelta | None = None
    links: Mapping[str, str] = field(default_factory=dict)
