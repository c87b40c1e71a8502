"""The options, each declared once: flag, environment variable, key in meeting-importer.toml and default."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

import click

from importer.cli.kinds import (
    AddressType,
    Choice,
    DurationType,
    LimitType,
    MailboxType,
    Number,
    OwnFileType,
    PageType,
    ServerType,
    WebhookType,
    WholeNumber,
    ZoneType,
)
from importer.cli.settings import CONFIG_NAME, PREFIX
from importer.cli.usage import SectionedOption
from importer.core.columns import EXTRA_COLUMNS
from importer.core.times import DateOrder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Decorated = TypeVar("Decorated", bound="Callable[..., Any]")


class Settable(Enum):
    """Where an option may be set, beside on the command line and in the environment."""

    NOWHERE = auto()
    NAMED = auto()
    """In a settings file that somebody has named, or that is the account's own."""
    FOUND = auto()
    """In one that was merely found as well: whoever can write beside the roster could have put it there."""


@dataclass(frozen=True, slots=True)
class Declared:
    """An option that no command has yet."""

    flags: tuple[str, ...]
    attributes: Mapping[str, Any]
    settable: Settable = Settable.NAMED

    @property
    def key(self) -> str:
        """Its name in a settings file, with _ for -."""
        return self.flags[-1].lstrip("-").replace("-", "_")

    @property
    def is_flag(self) -> bool:
        """Whether it is on or off, and takes no value."""
        return bool(self.attributes.get("is_flag"))

    @property
    def multiple(self) -> bool:
        """Whether it may be given several times."""
        return bool(self.attributes.get("multiple"))

    def only(self, settable: Settable) -> Declared:
        """Return the option, settable there."""
        return replace(self, settable=settable)

    def under(self, section: str, command: Callable[..., Any]) -> Callable[..., Any]:
        """Gives `command` with this option."""
        add = click.option(
            *self.flags, envvar=PREFIX + self.key.upper(), cls=SectionedOption, section=section, **self.attributes
        )
        return add(command)


@dataclass(frozen=True, slots=True)
class Section:
    """Options that stand together in `--help`."""

    title: str
    declared: tuple[Declared, ...]

    def first(self, count: int) -> Section:
        """Gives a section with only so many of them."""
        return Section(self.title, self.declared[:count])


def _option(name: str, **attributes: Any) -> Declared:
    return Declared(tuple(name.split("/")), attributes)


def _reading(name: str, **attributes: Any) -> Declared:
    """Return an option that says how the sheet is read: a settings file that was merely found may say it."""
    return _option(name, **attributes).only(Settable.FOUND)


_FLAG = {"is_flag": True, "default": False}

SHEET_OPTIONS = Section(
    "The sheet",
    (
        _reading("--sheet", metavar="NAME", help="Worksheet to read, if not the one with the headings."),
        _reading("--header-row", type=WholeNumber(1), metavar="N", help="Row with the headings, if it is not found."),
        _reading(
            "--delimiter",
            type=Choice([",", ";", "tab", "|"]),
            metavar="SIGN",
            help="Separator of a CSV, if it is not recognized: , ; | or tab.",
        ),
        _reading(
            "--timezone", type=ZoneType(), help="Zone of rows without one: Europe/Berlin, W. Europe Standard Time."
        ),
        _reading(
            "--date-order",
            type=Choice([order.value for order in DateOrder]),
            help="Order of day, month and year in text dates.",
        ),
        _option(
            "--config",
            type=click.Path(dir_okay=False, path_type=Path),
            metavar="PATH",
            help=f"Settings file; else this account's own, and {CONFIG_NAME} beside the input for how it is read.",
        ).only(Settable.NOWHERE),
        _option("--delegated", **_FLAG, help="Sign in as a person, for that person's own meetings."),
    ),
)
RESULT_OPTIONS = Section(
    "Results",
    (
        _option(
            "--result",
            type=click.Path(dir_okay=False, path_type=Path),
            metavar="PATH",
            help="Where to save the copy (one input).",
        ),
        _option(
            "--result-dir",
            type=click.Path(file_okay=False, path_type=Path),
            metavar="DIR",
            help="Folder for the copies; made if the one above it is there.",
        ),
        _option("--force", **_FLAG, help="Replace what the places to write to hold, even if it is not this program's."),
        _reading(
            "--add-column",
            multiple=True,
            type=Choice([column.key for column in EXTRA_COLUMNS]),
            metavar="KEY",
            help=f"One more result column; may be repeated: {', '.join(column.key for column in EXTRA_COLUMNS)}.",
        ),
    ),
)
SEND_OPTIONS = Section(
    "Teams",
    (
        _option(
            "--ics",
            type=click.Path(file_okay=False, path_type=Path),
            metavar="DIR",
            help="Also save a calendar file for each meeting in this folder.",
        ),
        _option(
            "--cloud",
            type=Choice(["global", "usgov-l4", "usgov-l5", "china"]),
            default="global",
            metavar="NAME",
            help="Microsoft cloud: global, usgov-l4, usgov-l5 or china.",
        ),
        _option(
            "--graph-url", type=AddressType(), metavar="URL", help="Another address of Graph (https, or this machine)."
        ),
        _option("--sandbox", **_FLAG, help="Try it out: an imitation of Graph inside this program, no sign-in."),
        _option(
            "--sandbox-file",
            type=click.Path(dir_okay=False, path_type=Path),
            metavar="PATH",
            help="Where the sandbox keeps its meetings.",
        ),
        _option("--managed-identity", **_FLAG, help="Sign in as this machine's managed identity."),
        _option("--dry-run", **_FLAG, help="Sign in and look people up, but make nothing."),
        _option("--update", **_FLAG, help="Change meetings in Teams that differ from their row."),
        _option("--strict-attendees", **_FLAG, help="Fail rows with an attendee who is not in the directory."),
        _option("--all-or-nothing", **_FLAG, help="Send nothing if any row is invalid."),
        _option("--max-failures", type=LimitType(), help="Stop once more rows than this have failed."),
        _option(
            "--workers",
            type=WholeNumber(1, 64),
            metavar="N",
            default=16,
            show_default=True,
            help="Calls at the same time, at most.",
        ),
        _option(
            "--rate",
            type=Number(above=0),
            metavar="N",
            help="Calls a second, at most; found by trying if not given.",
        ),
    ),
)
_STATE_DIR = _option(
    "--state-dir",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder for what is remembered from run to run (never on a share).",
)
STATE_OPTIONS = Section(
    "What is remembered",
    (
        _option("--only-changed", **_FLAG, help="Skip rows that have not changed since they were answered."),
        _option("--refresh", **_FLAG, help="Ask about every row, whatever is remembered."),
        _option(
            "--max-shrink",
            type=LimitType(),
            default="50%",
            show_default=True,
            help="Send nothing if more rows than this have gone since the last run.",
        ),
        _option(
            "--same-list",
            multiple=True,
            metavar="NAME",
            help="This is the list that had this file name (or path, or sheet name) before; may be repeated.",
        ),
        _option("--accept-changes", **_FLAG, help="Go on even if the sheet shrank or its headings changed."),
        _STATE_DIR,
    ),
)
STATE_PLACE = Section("What is remembered", (_STATE_DIR,))
REPORT_OPTIONS = Section(
    "Results", (_option("--report", type=PageType(), metavar="PATH", help="Also save a report to read (.html)."),)
)
PLACE_OPTIONS = Section(
    "Waiting",
    (
        _option(
            "--settle",
            type=Number(0),
            metavar="SECONDS",
            help="How long a file must stay as it is before it is read: 2 in folders and patterns, else 0.",
        ),
        _option(
            "--wait",
            type=DurationType(),
            metavar="DURATION",
            default="0s",
            help="Wait this long for another run to end: 10m.",
        ),
        _option(
            "--first-answer",
            type=DurationType(),
            metavar="DURATION",
            default="40s",
            help="Give up if there is no first answer within this time; a night may wait longer: 10m.",
        ),
        _option("--time-limit", type=DurationType(), metavar="DURATION", help="Stop cleanly after this time: 2h, 30m."),
    ),
)
OUTPUT_OPTIONS = Section(
    "The terminal",
    (
        _option(
            "-o/--output",
            type=Choice(["text", "json", "none"]),
            default="text",
            show_default=True,
            help="Form of the result on stdout.",
        ),
        _option("-q/--quiet", **_FLAG, help="Nothing on stderr but errors, and the code to sign in with."),
        _option("-v/--verbose", **_FLAG, help="Show the technical detail of each problem too."),
        _option("--no-color", **_FLAG, help="No colours (NO_COLOR does the same)."),
    ),
)
NIGHT_OPTIONS = Section(
    "Unattended",
    (
        _option("--log-file", type=OwnFileType(), metavar="PATH", help="Log to this file; it is kept small."),
        _option("--log-format", type=Choice(["text", "json"]), default="text", help="Form of the log's lines."),
        _option(
            "--log-personal-data", **_FLAG, help="Log names, subjects and cells too, not only row numbers and IDs."
        ),
        _option(
            "--heartbeat", type=OwnFileType(), metavar="PATH", help="Write how the last run ended to this file too."
        ),
        _option("--notify-url", type=WebhookType(), metavar="URL", help="Webhook to notify; better set as a variable."),
        _option("--notify-format", type=Choice(["card", "json"]), help="What the webhook gets; for Teams a card."),
        _option(
            "--notify-on",
            type=Choice(["failure", "change", "always"]),
            default="always",
            metavar="WHEN",
            help="When to notify: failure, change or always.",
        ),
        _option("--notify-smtp", type=ServerType(), metavar="HOST:PORT", help="Mail server for notifications."),
        _option(
            "--notify-smtp-security",
            type=Choice(["starttls", "tls", "none"]),
            default="starttls",
            metavar="WAY",
            help="Encryption on the way to the mail server: starttls, tls or none.",
        ),
        _option("--notify-from", type=MailboxType(), metavar="ADDRESS", help="The mail's sender."),
        _option(
            "--notify-to", type=MailboxType(), multiple=True, metavar="ADDRESS", help="Whom to mail; may be repeated."
        ),
    ),
)


def options(*sections: Section) -> Callable[[Decorated], Decorated]:
    """Gives a decorator that adds sections of options to a command, in this order."""

    def decorate(command: Decorated) -> Decorated:
        decorated: Any = command
        for section in reversed(sections):
            for option in reversed(section.declared):
                decorated = option.under(section.title, decorated)
        given: Decorated = decorated
        return given

    return decorate


DECLARED: Mapping[str, Declared] = MappingProxyType(
    {
        option.key: option
        for section in (
            SHEET_OPTIONS,
            RESULT_OPTIONS,
            REPORT_OPTIONS,
            SEND_OPTIONS,
            STATE_OPTIONS,
            PLACE_OPTIONS,
            OUTPUT_OPTIONS,
            NIGHT_OPTIONS,
        )
        for option in section.declared
    }
)
"""Every option that can stand in a settings file, by its key there."""
