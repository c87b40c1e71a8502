"""The options, each declared once: flag, environment variable, key in meeting-importer.toml and default.

Kinds of values that options take and click does not know.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.shell_completion import CompletionItem

from importer.cli.inputs import SUFFIXES
from importer.cli.settings import CONFIG_NAME, PREFIX
from importer.cli.usage import SectionedOption
from importer.core.catalogue import CATALOGUE, words
from importer.core.columns import EXTRA_COLUMNS
from importer.core.model import FailureLimit
from importer.core.times import DateOrder
from importer.core.web import host_in, is_host
from importer.core.wording import closest
from importer.core.zones import find_zone, zone_hint, zone_names
from importer.notify.address import MailServer, NotAHost, Webhook

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import time
    from zoneinfo import ZoneInfo

    from click import ParamType


if not TYPE_CHECKING:

    class ParamType(click.ParamType):
        """click's own, which before 8.4 can't be told what it gives."""

        def __class_getitem__(cls, _given):  # noqa: ANN001, ANN204 - for the type checker alone
            return cls


class Choice(ParamType[str]):
    """One of several words."""

    name = "choice"

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:  # noqa: ARG002 - click's signature
        """Return the words, for the help."""
        return f"[{'|'.join(self.names)}]"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002 - click's signature
        """Return the words that begin like that."""
        return [CompletionItem(name) for name in self.names if name.startswith(incomplete)]

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value)
        text = next((name for name in self.names if name.casefold() == text.strip().casefold()), text)
        if text not in self.names:
            names = ", ".join(self.names)
            self.fail(words.NOT_CHOSEN.format(value=text, names=names, hint=closest(text, self.names)), param, ctx)
        return text


class WholeNumber(ParamType[int]):
    """A whole number of at least `least`, and at most `most`."""

    name = "n"

    def __init__(self, least: int, most: int | None = None) -> None:
        self.least, self.most = least, most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        text = str(value).strip()
        number = int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else None
        if number is None or number < self.least or (self.most is not None and number > self.most):
            between = words.FROM if self.most is None else words.BETWEEN
            said = words.NOT_WHOLE.format(value=text, between=between.format(least=self.least, most=self.most))
            self.fail(said, param, ctx)
        return number


class Number(ParamType[float]):
    """A number of at least `least`, or greater than `above`."""

    name = "n"

    def __init__(self, least: float = 0, *, above: float | None = None) -> None:
        self.least, self.above = least, above

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            number = float(str(value).strip().replace(",", "."))
        except ValueError:
            number = math.nan
        enough = number >= self.least if self.above is None else number > self.above
        if not enough or math.isinf(number):
            between = (words.FROM if self.above is None else words.ABOVE).format(least=self.least)
            self.fail(words.NOT_NUMBER.format(value=value, between=between), param, ctx)
        return number


class TimeOfDay(ParamType[Any]):
    """A time of day, hours and minutes."""

    name = "hh:mm"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> time:
        try:
            return datetime.strptime(str(value).strip(), "%H:%M").time()  # noqa: DTZ007 - a time has no zone
        except ValueError:
            self.fail(words.NOT_TIME.format(value=value), param, ctx)


class WebhookType(ParamType[Any]):
    """A webhook's address. It is a secret, so no message repeats it."""

    name = "url"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Webhook:
        try:
            return Webhook(str(value))
        except NotAHost as error:
            self.fail(words.NO_HOST.format(host=error), param, ctx)
        except ValueError:
            self.fail("it must be an address that begins with https://, or http:// on this computer.", param, ctx)


class AddressType(ParamType[str]):
    """The address of a Graph. One with a user name or a password in it is not repeated, and goes no further."""

    name = "url"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value).strip()
        host = host_in(text)
        if "@" in text.partition("://")[2].partition("/")[0]:
            self.fail("it has a user name or a password in it. Leave that out.", param, ctx)
        if host is not None and not is_host(host):
            self.fail(words.NO_HOST.format(host=host), param, ctx)
        return text


class ServerType(ParamType[Any]):
    """A mail server, with or without a port."""

    name = "host:port"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> MailServer:
        try:
            return MailServer.parse(str(value))
        except NotAHost as error:
            self.fail(words.NO_HOST.format(host=error), param, ctx)
        except ValueError:
            self.fail(f"'{value}' is not a mail server. Write it like mail.contoso.com:587.", param, ctx)


class DurationType(ParamType[float]):
    """A time like 2h, 30m, 90s or 1h30m; gives seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        found = re.fullmatch(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", str(value).strip().lower())
        if found is None or not any(found.groups()):
            self.fail(f"'{value}' is not a duration. Write it like 2h, 30m or 90s.", param, ctx)
        hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return 3600.0 * hours + 60.0 * minutes + seconds


class MailboxType(ParamType[str]):
    """A mail address alone, without a name."""

    name = "address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value).strip()
        user, _, domain = text.rpartition("@")
        if (
            not (user and domain and is_host(domain))
            or any(sign in text for sign in " <>,;\"'")
            or not text.isprintable()
        ):
            self.fail(f"'{value}' is not a mail address. Write it like it@contoso.com.", param, ctx)
        return text


def complete_file(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the shell to complete the names of files and folders by itself."""
    return [CompletionItem(incomplete, type="file")]


def complete_code(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the catalogue's codes that begin like that, with their titles."""
    return [
        CompletionItem(code, help=entry.title)
        for code, entry in sorted(CATALOGUE.items())
        if code.startswith(incomplete)
    ]


def complete_topic(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the manual's pages that begin like that, with what they answer."""
    return [CompletionItem(topic, help=about) for topic, about in words.TOPICS.items() if topic.startswith(incomplete)]


class OwnFileType(click.Path):
    """A file that this program writes for people; named like a roster, the next run would take it for one."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        path = Path(str(super().convert(value, param, ctx)))
        if path.suffix.lower() in SUFFIXES:
            self.fail(f"'{path}' is named like a roster. Give it another ending, like .log or .json.", param, ctx)
        return path


class PageType(OwnFileType):
    """A file for a web page: under another ending no program would show it."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        path = Path(str(super().convert(value, param, ctx)))
        if path.suffix.lower() not in {".html", ".htm"}:
            self.fail(f"the report is a web page. Give '{path}' the ending .html.", param, ctx)
        return path


class ZoneType(ParamType[Any]):
    """A time zone by IANA or Windows name."""

    name = "zone"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002 - click's signature
        """Return the zones that begin like that; names with blanks are left out, because shells split them."""
        begun = incomplete.casefold()
        return [CompletionItem(n) for n in zone_names() if n.casefold().startswith(begun) and " " not in n]

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> ZoneInfo:
        if not isinstance(value, str):
            zone: ZoneInfo = value
            return zone
        known = find_zone(value)
        if known is None:
            hint = zone_hint(value)
            example = "" if hint else ", like Europe/Berlin"
            self.fail(f"'{value}' is not a time zone{hint}. Write its full name{example}.", param, ctx)
        return known


class LimitType(ParamType[Any]):
    """A number of rows (25) or a share of them (10%)."""

    name = "N|N%"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> FailureLimit:
        if isinstance(value, FailureLimit):
            return value
        found = re.fullmatch(r"(\d+)(%?)", str(value).strip())
        if found is None:
            self.fail(f"'{value}' is neither a number nor a share. Write it like 25 or 10%.", param, ctx)
        number = int(found[1])
        return FailureLimit(percent=number) if found[2] else FailureLimit(number)


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
        """Return `command` with this option."""
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
        """Return a section with only so many of them."""
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
    """Return a decorator that adds sections of options to a command, in this order."""

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
