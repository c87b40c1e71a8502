"""All that was asked for, as one value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.core.run import FailureLimit
from importer.core.times import DateOrder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from importer.night.address import MailServer, Webhook

HALF = FailureLimit(percent=50)
"""How much of a roster may be gone: a term's end takes a third, a broken export nearly all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that was asked for, from whichever place it came; commands that lack an option have its default."""

    files: tuple[str, ...] = ()
    result: Path | None = None
    result_dir: Path | None = None
    sheet: str | None = None
    header_row: int | None = None
    delimiter: str | None = None
    timezone: ZoneInfo | None = None
    date_order: str | None = None
    config: Path | None = None
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    add_column: tuple[str, ...] = ()
    cloud: str = "global"
    graph_url: str | None = None
    sandbox: bool = False
    sandbox_file: Path | None = None
    delegated: bool = False
    managed_identity: bool = False
    dry_run: bool = False
    update: bool = False
    strict_attendees: bool = False
    all_or_nothing: bool = False
    max_failures: FailureLimit | None = None
    workers: int = 16
    rate: float | None = None
    same_list: tuple[str, ...] = ()
    only_changed: bool = False
    refresh: bool = False
    max_shrink: FailureLimit = HALF
    accept_changes: bool = False
    state_dir: Path | None = None
    report: Path | None = None
    ics: Path | None = None
    settle: float | None = None
    wait: float = 0.0
    time_limit: float | None = None
    output: str = "text"
    quiet: bool = False
    verbose: bool = False
    no_color: bool = False
    log_file: Path | None = None
    log_format: str = "text"
    log_personal_data: bool = False
    heartbeat: Path | None = None
    notify_url: Webhook | None = None
    notify_format: str | None = None
    notify_on: str = "always"
    notify_smtp: MailServer | None = None
    notify_smtp_security: str = "starttls"
    notify_from: str | None = None
    notify_to: tuple[str, ...] = ()

    @property
    def order(self) -> DateOrder | None:
        """Gives the stated order of text dates."""
        return None if self.date_order is None else DateOrder(self.date_order)

    @property
    def tells(self) -> bool:
        """Tells whether anybody but the person at the terminal is to hear of the run."""
        return any((self.log_file, self.heartbeat, self.notify_url, self.notify_smtp))
