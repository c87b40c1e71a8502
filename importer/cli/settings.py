"""All that was asked for, as one value.

Whether a call is only a trial.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from importer.core.catalogue.words import READ_FROM, READ_NOTHING
from importer.core.model import FailureLimit
from importer.core.times import DateOrder
from importer.graph.endpoints import is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from importer.notify.address import MailServer, Webhook


CONFIG_NAME = "meeting-importer.toml"
PREFIX = "MEETING_IMPORTER_"


class Why(StrEnum):
    """Why a settings file is read, in words; the first goes before the others."""

    NAMED = "named with --config"
    OWN = "of this account"
    FOUND = "found there"


@dataclass(frozen=True, slots=True)
class Origin:
    """A settings file that was read, and the settings that were taken from it."""

    path: Path
    why: Why
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Beside:
    """What a settings file found beside an input says of how it is read; no `origin` where there is no such file."""

    values: Mapping[str, Any] = field(default_factory=dict)
    origin: Origin | None = None

    @property
    def origins(self) -> tuple[Origin, ...]:
        """The file, if there is one."""
        return () if self.origin is None else (self.origin,)


def read_from(origins: Iterable[Origin]) -> Iterator[str]:
    """Return a sentence for each settings file: where it is, why it was read, and what was taken from it."""
    for origin in origins:
        keys = ", ".join(key.replace("_", "-") for key in origin.keys)
        yield (READ_FROM if keys else READ_NOTHING).format(path=origin.path, why=origin.why, keys=keys)


def nothing_beside(_source: Path) -> Beside:
    """Return that no settings file is beside an input."""
    return Beside()


HALF = FailureLimit(percent=50)
"""How much of a roster may be gone: a term's end takes a third, a broken export nearly all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that was asked for, from whichever place it came; commands that lack an option have its default."""

    files: tuple[str, ...] = ()
    result: Path | None = None
    result_dir: Path | None = None
    force: bool = False
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
    first_answer: float = 40.0
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
    origins: tuple[Origin, ...] = ()
    """The settings files that were read."""
    beside: Callable[[Path], Beside] = nothing_beside
    """Gives what the settings file beside an input adds. Raises Stop (exit 2) for one that can't be used."""

    def of(self, source: Path) -> Settings:
        """Return the settings for one input: what nothing goes before is as the settings file beside it says.

        Raise Stop (exit 2) when that file can't be used.
        """
        found = self.beside(source)
        if found.origin is None:
            return self
        return replace(self, **found.values, origins=(*self.origins, found.origin), beside=nothing_beside)

    @property
    def columns_from(self) -> str:
        """Return what the settings file that names the headings is called, for saying so."""
        return next((str(origin.path) for origin in self.origins if "columns" in origin.keys), "the settings file")

    @property
    def order(self) -> DateOrder | None:
        """Return the stated order of text dates."""
        return None if self.date_order is None else DateOrder(self.date_order)

    @property
    def tells(self) -> bool:
        """Return whether anybody but the person at the terminal is to hear of the run."""
        return any((self.log_file, self.heartbeat, self.notify_url, self.notify_smtp))


def is_sandbox_run(settings: Settings) -> bool:
    """Return whether the meetings are made in a sandbox, so that nothing about them is real."""
    return settings.sandbox or _is_here(settings.graph_url or "")


def _is_here(url: str) -> bool:
    try:
        return is_loopback(url)
    except ValueError:  # no address at all, which is said when it is used
        return False
