"""The options, each declared once, and with them all that was asked for as one value; what settings files added to it.

To add an option: declare it in `Settings`, and use it where it has its effect. Nothing else names it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from importer.cli.config.options import (
    CALLING,
    NOTIFYING,
    READING,
    RUNNING,
    SHOWING,
    WRITING,
    Command,
    Section,
    Settable,
    declared_in,
    option,
)
from importer.cli.config.param_types import (
    FILE,
    FOLDER,
    AddressType,
    Choice,
    DateType,
    DurationType,
    EncodingType,
    LanguageType,
    LimitType,
    MailboxType,
    Number,
    OwnFileType,
    PageType,
    PersonType,
    ServerType,
    WebhookType,
    WholeNumber,
    ZoneType,
)
from importer.core.catalogue.words import READ_FROM, READ_NOTHING
from importer.core.columns import EXTRA_COLUMNS
from importer.core.model import EVERY_ROW, WORKERS, DateOrder, RowChoice
from importer.graph.endpoints import is_loopback
from importer.languages import TAGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import date
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from importer.core.meeting_options import OptionChoice
    from importer.core.model import FailureLimit
    from importer.core.times.weeks import Weeks
    from importer.notify import MailServer, Webhook


CONFIG_NAME = "meeting-importer.toml"
PREVIEWED = 5
"""Rows that `validate` shows as they were read, where nobody said how many."""
BROWSER, DEVICE_CODE = "browser", "device-code"


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


@dataclass(frozen=True, slots=True)
class PeopleFrom:
    """Who is meant by names, as a settings file says: these `entries`, or a file that has them, or a sheet.

    The `sheet` is one of the workbook that is read; `named` is how the settings call either. Where nothing is said,
    nobody is meant by a name.
    """

    entries: tuple[tuple[str, str], ...] = ()
    file: Path | None = None
    sheet: str = ""
    named: str = ""


def nothing_beside(_source: Path) -> Beside:
    """Return that no settings file is beside an input."""
    return Beside()


EXTRA_KEYS = tuple(column.key for column in EXTRA_COLUMNS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that was asked for, from whichever place it came; commands that lack an option have its default.

    Each field made by `option` is an option of `run`, in the order of its help. See `importer.cli.config.options`.
    """

    files: tuple[str, ...] = ()

    result: Path | None = option(
        Section.RESULTS,
        "Where to save the copy (one input).",
        type=FILE,
        metavar="PATH",
        commands=WRITING,
    )
    result_dir: Path | None = option(
        Section.RESULTS,
        "Folder for the copies; made if the one above it is there.",
        type=FOLDER,
        metavar="DIR",
        commands=WRITING | Command.CANCEL,
    )
    force: bool = option(
        Section.RESULTS,
        "Replace what the places to write to hold, even if it is not this program's.",
        flag=True,
        settable=Settable.NOWHERE,  # once and for a reason: from a file it would replace things night after night
        commands=WRITING,
    )
    add_column: tuple[str, ...] = option(
        Section.RESULTS,
        f"One more result column; may be repeated: {', '.join(EXTRA_KEYS)}.",
        type=Choice(EXTRA_KEYS),
        metavar="KEY",
        multiple=True,
        replayed=True,
        settable=Settable.FOUND,
        commands=RUNNING | Command.VALIDATE,
    )
    report: Path | None = option(
        Section.RESULTS,
        "Also save a report to read (.html).",
        type=PageType(),
        metavar="PATH",
        commands=RUNNING | Command.VALIDATE,
    )

    sheet: tuple[str, ...] = option(
        Section.SHEET,
        "Worksheet to read, if not the one with the headings; may be repeated, or a pattern like '*'.",
        metavar="NAME",
        multiple=True,
        between="/",  # which no sheet's name can have, and a comma can be in one
        replayed=True,
        settable=Settable.FOUND,
        commands=READING,
    )
    header_row: int | None = option(
        Section.SHEET,
        "Row with the headings, if it is not found.",
        type=WholeNumber(1),
        metavar="N",
        replayed=True,
        settable=Settable.FOUND,
        commands=READING,
    )
    delimiter: str | None = option(
        Section.SHEET,
        "Separator of a CSV, if it is not recognized: , ; | or tab.",
        type=Choice([",", ";", "tab", "|"]),
        metavar="SIGN",
        replayed=True,
        settable=Settable.FOUND,
        commands=READING,
    )
    encoding: str | None = option(
        Section.SHEET,
        "Encoding of a CSV, if it is not recognized: utf-8, cp1252, cp932.",
        type=EncodingType(),
        metavar="NAME",
        replayed=True,
        settable=Settable.FOUND,
        commands=READING,
    )
    timezone: ZoneInfo | None = option(
        Section.SHEET,
        "Zone of rows without one: Europe/Berlin, W. Europe Standard Time.",
        type=ZoneType(),
        replayed=True,
        settable=Settable.FOUND,
        commands=READING | Command.TEMPLATE,
    )
    date_order: str | None = option(
        Section.SHEET,
        "Order of day, month and year in text dates.",
        type=Choice([order.value for order in DateOrder]),
        replayed=True,
        settable=Settable.FOUND,
        commands=READING,
    )
    language: str | None = option(
        Section.SHEET,
        f"Language of what is answered, where the headings tell none, and of the report: {', '.join(TAGS)}.",
        type=LanguageType(),
        metavar="NAME",
        replayed=True,
        settable=Settable.FOUND,
        commands=READING | Command.TEMPLATE,
    )
    week_of: date | None = option(
        Section.SHEET,
        "Week of weekdays without a date, Monday to Sunday: any day of it.",
        type=DateType(),
        metavar="DATE",
        replayed=True,
        settable=Settable.FOUND,
        commands=READING,
    )
    config: Path | None = option(
        Section.SHEET,
        f"Settings file; else this account's own, and {CONFIG_NAME} beside the input for how it is read.",
        type=FILE,
        metavar="PATH",
        settable=Settable.NOWHERE,
        commands=READING | Command.REFUSAL,
    )
    organizer: str | None = option(
        Section.SHEET,
        "Organizer of every row without one: a sign-in name, an object ID, or a name that [people] knows.",
        type=PersonType(),
        metavar="UPN",
        replayed=True,
        commands=READING | Command.TEMPLATE,
    )
    find_people: bool = option(
        Section.SHEET,
        "Look names that are no addresses up in the directory, by display name.",
        flag=True,
        replayed=True,
        commands=CALLING | Command.VALIDATE,
    )
    delegated: bool = option(
        Section.SHEET,
        "Sign in as a person, for that person's own meetings.",
        flag=True,
        replayed=True,
        commands=READING,
    )

    sign_in: str | None = option(
        Section.TEAMS,
        "With --delegated: in a browser here, or with a code on any device; else a browser where there is one.",
        type=Choice([BROWSER, DEVICE_CODE]),
        metavar="WAY",
        commands=CALLING,
    )
    ics: Path | None = option(
        Section.TEAMS,
        "Also save a calendar file for each meeting in this folder.",
        type=FOLDER,
        metavar="DIR",
    )
    calendar: bool = option(
        Section.TEAMS,
        "Also put each meeting into its organizer's calendar, so that Exchange invites its attendees.",
        flag=True,
    )
    max_invitations: int = option(
        Section.TEAMS,
        "With --calendar: send nothing if more mails than this would go out to people.",
        type=WholeNumber(1),
        default=1000,
        show_default=True,
        metavar="N",
    )
    yes: bool = option(
        Section.TEAMS,
        "With --calendar: don't ask before the first invitations of a list. With doctor --prove: don't ask.",
        flag=True,
        settable=Settable.NOWHERE,  # whoever lists rows anew in a file that is read every night is to be asked
    )
    cloud: str = option(
        Section.TEAMS,
        "Microsoft cloud: global, usgov-l4, usgov-l5 or china.",
        type=Choice(["global", "usgov-l4", "usgov-l5", "china"]),
        default="global",
        metavar="NAME",
        commands=CALLING | Command.VALIDATE,  # some options of meetings are not in every cloud
    )
    graph_url: str | None = option(
        Section.TEAMS,
        "Another address of Graph (https, or this machine).",
        type=AddressType(),
        metavar="URL",
        commands=NOTIFYING | Command.CANCEL | Command.VALIDATE,  # likewise: it may be another cloud's
    )
    sandbox: bool = option(
        Section.TEAMS,
        "Try it out: an imitation of Graph inside this program, no sign-in.",
        flag=True,
        commands=NOTIFYING | Command.CANCEL,
    )
    sandbox_file: Path | None = option(
        Section.TEAMS,
        "Where the sandbox keeps its meetings.",
        type=FILE,
        metavar="PATH",
        commands=CALLING,
    )
    managed_identity: bool = option(
        Section.TEAMS, "Sign in as this machine's managed identity.", flag=True, commands=CALLING
    )
    github_identity: bool = option(
        Section.TEAMS, "Sign in as this GitHub Actions workflow (OIDC).", flag=True, commands=CALLING
    )
    dry_run: bool = option(
        Section.TEAMS, "Sign in and look people up, but make nothing.", flag=True, commands=NOTIFYING | Command.CANCEL
    )
    update: bool = option(Section.TEAMS, "Change meetings in Teams that differ from their row.", flag=True)
    remake: bool = option(
        Section.TEAMS,
        "Make meetings of rows again that were taken away with cancel.",
        flag=True,
        settable=Settable.NOWHERE,  # once and for a reason, as with --force
    )
    strict_attendees: bool = option(Section.TEAMS, "Fail rows with an attendee who is not in the directory.", flag=True)
    all_or_nothing: bool = option(Section.TEAMS, "Send nothing if any row is invalid.", flag=True)
    max_failures: FailureLimit | None = option(
        Section.TEAMS,
        "Stop once more rows than this have failed, or have a meeting that could not be changed.",
        type=LimitType(),
    )
    workers: int = option(
        Section.TEAMS,
        "Calls at the same time, at most.",
        type=WholeNumber(1, 64),
        default=WORKERS,
        show_default=True,
        metavar="N",
        commands=CALLING,
    )
    rate: float | None = option(
        Section.TEAMS,
        "Calls a second, at most; found by trying if not given.",
        type=Number(0, min_open=True),
        metavar="N",
        commands=CALLING,
    )

    only_changed: bool = option(Section.MEMORY, "Skip rows that have not changed since they were answered.", flag=True)
    refresh: bool = option(Section.MEMORY, "Ask about every row, whatever is remembered.", flag=True)
    max_shrink: FailureLimit = option(
        Section.MEMORY,
        "Send nothing if more rows than this have gone since the last run.",
        type=LimitType(),
        default="50%",  # a term's end takes a third, a broken export nearly all
        show_default=True,
        commands=CALLING,
    )
    same_list: tuple[str, ...] = option(
        Section.MEMORY,
        "This is the list that had this file name (or path, or sheet name) before; may be repeated.",
        metavar="NAME",
        multiple=True,
        commands=CALLING,
    )
    accept_changes: bool = option(
        Section.MEMORY, "Go on even if the sheet shrank or its headings changed.", flag=True, commands=CALLING
    )
    state_dir: Path | None = option(
        Section.MEMORY,
        "Folder for what is remembered from run to run (never on a share).",
        type=FOLDER,
        metavar="DIR",
        commands=SHOWING | Command.REFUSAL,
    )

    settle: float | None = option(
        Section.WAITING,
        "How long a file must stay as it is before it is read: 2 in folders and patterns, else 0.",
        type=Number(0),
        metavar="SECONDS",
    )
    wait: float = option(
        Section.WAITING,
        "Wait this long for another run to end: 10m.",
        type=DurationType(),
        default="0s",
        metavar="DURATION",
        commands=CALLING,
    )
    first_answer: float = option(
        Section.WAITING,
        "Give up if there is no first answer within this time; a night may wait longer: 10m.",
        type=DurationType(),
        default="40s",
        metavar="DURATION",
        commands=CALLING,
    )
    time_limit: float | None = option(
        Section.WAITING,
        "Stop cleanly after this time: 2h, 30m.",
        type=DurationType(),
        metavar="DURATION",
        commands=CALLING,
    )

    output: str = option(
        Section.TERMINAL,
        "Form of the result on stdout.",
        type=Choice(["text", "json", "none"]),
        default="text",
        show_default=True,
        short="-o",
        commands=SHOWING,
    )
    show: int | None = option(
        Section.TERMINAL,
        f"Show so many rows as they were read: {PREVIEWED} in validate and map, else 0.",
        type=WholeNumber(0),
        metavar="N",
        commands=RUNNING | Command.VALIDATE | Command.MAP,
    )
    quiet: bool = option(
        Section.TERMINAL,
        "Nothing on stderr but errors, and the code to sign in with.",
        flag=True,
        short="-q",
        commands=SHOWING,
    )
    verbose: bool = option(
        Section.TERMINAL, "Show the technical detail of each problem too.", flag=True, short="-v", commands=SHOWING
    )
    no_color: bool = option(
        Section.TERMINAL, "No colours (NO_COLOR does the same).", flag=True, commands=SHOWING | Command.REFUSAL
    )

    log_file: Path | None = option(
        Section.UNATTENDED,
        "Log to this file; it is kept small.",
        type=OwnFileType(),
        metavar="PATH",
        commands=NOTIFYING,
    )
    log_format: str = option(
        Section.UNATTENDED,
        "Form of the log's lines.",
        type=Choice(["text", "json"]),
        default="text",
        commands=NOTIFYING,
    )
    log_personal_data: bool = option(
        Section.UNATTENDED,
        "Log names, subjects and cells too, not only row numbers and IDs.",
        flag=True,
        commands=NOTIFYING,
    )
    heartbeat: Path | None = option(
        Section.UNATTENDED,
        "Write how the last run ended to this file too.",
        type=OwnFileType(),
        metavar="PATH",
        commands=NOTIFYING,
    )
    notify_url: Webhook | None = option(
        Section.UNATTENDED,
        "Webhook to notify; better set as a variable.",
        type=WebhookType(),
        metavar="URL",
        secret=True,
        commands=NOTIFYING,
    )
    notify_format: str | None = option(
        Section.UNATTENDED,
        "What the webhook gets; for Teams a card.",
        type=Choice(["card", "json"]),
        commands=NOTIFYING,
    )
    notify_on: str = option(
        Section.UNATTENDED,
        "When to notify: failure, change or always.",
        type=Choice(["failure", "change", "always"]),
        default="always",
        metavar="WHEN",
        commands=NOTIFYING,
    )
    notify_smtp: MailServer | None = option(
        Section.UNATTENDED,
        "Mail server for notifications.",
        type=ServerType(),
        metavar="HOST:PORT",
        commands=NOTIFYING,
    )
    notify_smtp_security: str = option(
        Section.UNATTENDED,
        "Encryption on the way to the mail server: starttls, tls or none.",
        type=Choice(["starttls", "tls", "none"]),
        default="starttls",
        metavar="WAY",
        commands=NOTIFYING,
    )
    notify_from: str | None = option(
        Section.UNATTENDED, "The mail's sender.", type=MailboxType(), metavar="ADDRESS", commands=NOTIFYING
    )
    notify_to: tuple[str, ...] = option(
        Section.UNATTENDED,
        "Whom to mail; may be repeated.",
        type=MailboxType(),
        metavar="ADDRESS",
        multiple=True,
        commands=NOTIFYING,
    )

    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The headings of each column, by its key: a settings file's table, and no option."""
    weeks: Weeks | None = None
    """The weeks of a timetable: likewise a table. `--week-of` goes before it."""
    rows: RowChoice = EVERY_ROW
    """Which rows become meetings: likewise a table."""
    people: PeopleFrom = PeopleFrom()
    """Who is meant by names: likewise."""
    meeting: Mapping[str, OptionChoice | tuple[str, ...]] = field(default_factory=dict)
    """What is chosen for the options of all meetings, by their columns: likewise a table."""
    sheets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The settings of single sheets, by their names or patterns: likewise a table."""
    origins: tuple[Origin, ...] = ()
    """The settings files that were read."""
    beside: Callable[[Path], Beside] = nothing_beside
    """Returns what the settings file beside an input adds. Raises Stop (exit 2) for one that can't be used."""

    def of(self, source: Path) -> Settings:
        """Return the settings for one input: what nothing goes before is as the settings file beside it says.

        Raise Stop (exit 2) when that file can't be used.
        """
        found = self.beside(source)
        if found.origin is None:
            return self
        return replace(self, **found.values, origins=(*self.origins, found.origin), beside=nothing_beside)

    def for_sheet(self, name: str) -> Settings:
        """Return the settings for one worksheet: its own before the file's, those of its name before a pattern's."""
        said: dict[str, Any] = {}
        for pattern in sorted(self.sheets, key=lambda pattern: not is_pattern(pattern)):
            if fits(name, pattern):
                said |= {key: _joined(said.get(key), value) for key, value in self.sheets[pattern].items()}
        own = {key: _joined(getattr(self, key), value) for key, value in said.items()}
        return replace(self, **own, sheet=(name,), sheets={})

    def place_of(self, table: str) -> str:
        """Return what the settings file that has a table is called, for saying so."""
        places = (str(origin.path) for key in (table, "sheets") for origin in self.origins if key in origin.keys)
        return next(places, "the settings file")

    @property
    def order(self) -> DateOrder | None:
        """Return the stated order of text dates."""
        return None if self.date_order is None else DateOrder(self.date_order)

    @property
    def timetable(self) -> Weeks | None:
        """Return the weeks in which weekdays without a date are dates, None where none were named."""
        from importer.core.times.weeks import week_of  # noqa: PLC0415 - keeps --help quick

        return self.weeks if self.week_of is None else week_of(self.week_of)

    @property
    def has_notifications(self) -> bool:
        """Whether anybody but the person at the terminal is told of the run."""
        return any((self.log_file, self.heartbeat, self.notify_url, self.notify_smtp))


def _joined(general: Any, own: Any) -> Any:
    """Return a table of the file's with what a sheet's own says: key by key, so that nothing else is forgotten."""
    return {**general, **own} if isinstance(general, Mapping) and isinstance(own, Mapping) else own


def is_pattern(sheet: str) -> bool:
    """Return whether it stands for several sheets: no sheet's name has any of these signs."""
    return any(sign in sheet for sign in "*?[")


def fits(name: str, sheet: str) -> bool:
    """Return whether the worksheet `name` is meant by a name or a pattern, in capitals or not."""
    wanted = sheet.strip().casefold()
    return fnmatchcase(name.strip().casefold(), wanted) if is_pattern(wanted) else name.strip().casefold() == wanted


OPTIONS = declared_in(Settings)
"""Every option, by its key."""


def is_sandbox_run(settings: Settings) -> bool:
    """Return whether the meetings are made in a sandbox, so that nothing about them is real."""
    return settings.sandbox or _is_here(settings.graph_url or "")


def _is_here(url: str) -> bool:
    try:
        return is_loopback(url)
    except ValueError:  # no address at all, which is said when it is used
        return False
