"""The options, each declared once: flag, environment variable, key in meeting-importer.toml and default."""

from __future__ import annotations

import os
import re
import tomllib
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from importer.cli.kinds import DurationType, MailboxType, OwnFileType, ServerType, WebhookType
from importer.core.columns import COLUMNS, EXTRA_COLUMNS
from importer.core.run import FailureLimit
from importer.core.times import DateOrder, find_zone, zone_names
from importer.core.wording import closest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from importer.night.address import MailServer, Webhook

CONFIG_NAME = "meeting-importer.toml"
PREFIX = "MEETING_IMPORTER_"

Decorated = TypeVar("Decorated", bound="Callable[..., Any]")


class ZoneType(click.ParamType[Any]):
    """A time zone by IANA or Windows name."""

    name = "zone"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> ZoneInfo:
        if not isinstance(value, str):
            zone: ZoneInfo = value
            return zone
        known = find_zone(value)
        if known is None:
            hint = closest(value, zone_names())
            self.fail(f"'{value}' is not a time zone{hint}. Write it like Europe/Berlin.", param, ctx)
        return known


class LimitType(click.ParamType[Any]):
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


def _option(name: str, **attributes: Any) -> Callable[[Decorated], Decorated]:
    flags = name.split("/")
    key = flags[-1].lstrip("-").replace("-", "_")
    return click.option(*flags, envvar=PREFIX + key.upper(), **attributes)


_FLAG = {"is_flag": True, "default": False}

SHEET_OPTIONS = (
    _option("--sheet", metavar="NAME", help="Worksheet to read, if not the one with the headings."),
    _option("--header-row", type=click.IntRange(1), metavar="N", help="Row with the headings, if it is not found."),
    _option("--delimiter", type=click.Choice([",", ";", "tab", "|"]), help="CSV only, if it can't be told."),
    _option("--timezone", type=ZoneType(), help="Zone of rows without one: Europe/Berlin, W. Europe Standard Time."),
    _option(
        "--date-order", type=click.Choice([order.value for order in DateOrder]), help="Order in dates that are text."
    ),
    _option("--config", type=click.Path(dir_okay=False, path_type=Path), help=f"Settings file, if not {CONFIG_NAME}."),
    _option("--delegated", **_FLAG, help="Sign in as a person, for that person's own meetings."),
)
RESULT_OPTIONS = (
    _option(
        "--result",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="PATH",
        help="Where to save the copy (one input).",
    ),
    _option(
        "--result-dir", type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="Folder for the copies."
    ),
    _option(
        "--add-column",
        multiple=True,
        type=click.Choice([column.key for column in EXTRA_COLUMNS]),
        help="One more result column; may be repeated.",
    ),
)
SEND_OPTIONS = (
    _option(
        "--ics",
        type=click.Path(file_okay=False, path_type=Path),
        metavar="DIR",
        help="Also save a calendar file for each meeting in this folder.",
    ),
    _option(
        "--cloud",
        type=click.Choice(["global", "usgov-l4", "usgov-l5", "china"]),
        default="global",
        help="Microsoft cloud.",
    ),
    _option("--graph-url", metavar="URL", help="Another address of Graph (https, or this machine)."),
    _option("--sandbox", **_FLAG, help="Try it out: an imitation of Graph inside this program, no sign-in."),
    _option(
        "--sandbox-file",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="PATH",
        help="Where the sandbox keeps its meetings.",
    ),
    _option("--managed-identity", **_FLAG, help="Sign in as this machine's managed identity."),
    _option("--dry-run", **_FLAG, help="Sign in and look people up, but make nothing."),
    _option("--update", **_FLAG, help="Change meetings in Teams that say something else than their row."),
    _option("--strict-attendees", **_FLAG, help="An attendee who is not in the directory fails the row."),
    _option("--all-or-nothing", **_FLAG, help="One invalid row: send none."),
    _option("--max-failures", type=LimitType(), help="Stop once more rows than this have failed."),
    _option("--workers", type=click.IntRange(1, 64), default=16, show_default=True, help="Most calls at a time."),
    _option(
        "--rate",
        type=click.FloatRange(0, min_open=True),
        metavar="N",
        help="Most calls a second; learned if not given.",
    ),
)
STATE_DIR = _option(
    "--state-dir",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder for what is remembered from run to run (never on a share).",
)
STATE_OPTIONS = (
    _option("--only-changed", **_FLAG, help="Don't ask about rows that are as they were when they were answered."),
    _option("--refresh", **_FLAG, help="Ask about every row, whatever is remembered."),
    _option(
        "--max-shrink",
        type=LimitType(),
        default="50%",
        show_default=True,
        help="Send nothing if more rows than this have gone since the last run.",
    ),
    _option("--accept-changes", **_FLAG, help="The sheet is right, even if it shrank or has other headings."),
    STATE_DIR,
)
REPORT_OPTIONS = (_option("--report", type=OwnFileType(), metavar="PATH", help="Also save a report to read (.html)."),)
PLACE_OPTIONS = (
    _option(
        "--settle",
        type=click.FloatRange(0),
        metavar="SECONDS",
        help="How long a file must stay as it is before it is read: 2 in folders and patterns, else 0.",
    ),
    _option("--wait", type=DurationType(), metavar="DURATION", default="0s", help="Wait so long for another run: 10m."),
    _option("--time-limit", type=DurationType(), metavar="DURATION", help="Stop in order after this time: 2h, 30m."),
)
OUTPUT_OPTIONS = (
    _option(
        "-o/--output",
        type=click.Choice(["text", "json", "none"]),
        default="text",
        show_default=True,
        help="Result on stdout.",
    ),
    _option("-q/--quiet", **_FLAG, help="Nothing on stderr but errors."),
    _option("-v/--verbose", **_FLAG, help="The technical detail of each problem too."),
    _option("--no-color", **_FLAG, help="No colours (NO_COLOR does the same)."),
)
NIGHT_OPTIONS = (
    _option("--log-file", type=OwnFileType(), metavar="PATH", help="Log to this file; it is kept small."),
    _option("--log-format", type=click.Choice(["text", "json"]), default="text", help="Of the log's lines."),
    _option("--log-personal-data", **_FLAG, help="Log names, subjects and cells too, not only row numbers and IDs."),
    _option("--heartbeat", type=OwnFileType(), metavar="PATH", help="Write how the last run ended to this file too."),
    _option("--notify-url", type=WebhookType(), metavar="URL", help="Webhook to tell; better set as a variable."),
    _option("--notify-format", type=click.Choice(["card", "json"]), help="For the webhook; Teams gets a card."),
    _option("--notify-on", type=click.Choice(["failure", "change", "always"]), default="always", help="When to tell."),
    _option("--notify-smtp", type=ServerType(), metavar="HOST:PORT", help="Mail server to tell people through."),
    _option(
        "--notify-smtp-security",
        type=click.Choice(["starttls", "tls", "none"]),
        default="starttls",
        help="How the way to the mail server is encrypted.",
    ),
    _option("--notify-from", type=MailboxType(), metavar="ADDRESS", help="The mail's sender."),
    _option("--notify-to", type=MailboxType(), multiple=True, metavar="ADDRESS", help="Whom to mail; may be repeated."),
)

_WHERE_AND_WHAT = frozenset({"files", "config", "sandbox", "graph_url", "dry_run", "state_dir", "no_color"})
NIGHT_KEYS = frozenset(
    name for name in Settings.__dataclass_fields__ if name.startswith(("log_", "notify_", "heartbeat"))
)


def options(*groups: Sequence[Callable[[Any], Any]]) -> Callable[[Decorated], Decorated]:
    """Gives a decorator that adds groups of options to a command, in this order."""

    def decorate(command: Decorated) -> Decorated:
        for group in reversed(groups):
            for option in reversed(group):
                command = option(command)
        return command

    return decorate


class ConfiguredCommand(click.Command):
    """A command whose options can also stand in a settings file, below flag and environment in precedence."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Finds the settings file first, because it gives the other options their defaults."""
        given, _rest, _order = self.make_parser(ctx).parse_args(list(args))
        path = _config_path(given)
        if path is not None:
            ctx.default_map = _read_config(path, {parameter.name for parameter in self.params if parameter.name})
            ctx.meta["config"] = path
        return super().parse_args(ctx, args)


class WatchedCommand(ConfiguredCommand):
    """A command that tells people when its line is wrong: at night nobody sees the usage on a screen."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        given = list(args)
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.UsageError:
            settings = self._as_far_as_possible(given)
            if settings.tells:
                from importer.cli.night import refused  # noqa: PLC0415 - heavy, and for a run only

                refused(settings)
            raise

    def _as_far_as_possible(self, args: list[str]) -> Settings:
        """Gives what line, settings file and environment say about telling people: all else may be wrong."""
        named = [parameter for parameter in self.params if parameter.name in _WHERE_AND_WHAT | NIGHT_KEYS]
        for kind, words in ((ConfiguredCommand, args), (click.Command, args), (click.Command, ["-"])):
            lenient = kind("run", params=named, context_settings={"ignore_unknown_options": True})
            with suppress(click.UsageError):
                context = lenient.make_context("run", list(words))
                return settings_from(context, context.params)
        return Settings()


def _config_path(given: Mapping[str, Any]) -> Path | None:
    named, inputs = given.get("config"), given.get("files")  # either may be click's own sign for "not given"
    if not isinstance(named, str):
        named = os.environ.get(PREFIX + "CONFIG")
    if named:
        return Path(named)
    first = Path(inputs[0]) if isinstance(inputs, tuple | list) and inputs else Path()
    folders = (first if first.is_dir() else first.parent, Path())
    return next((folder / CONFIG_NAME for folder in folders if (folder / CONFIG_NAME).is_file()), None)


def _read_config(path: Path, known: set[str]) -> dict[str, Any]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise click.UsageError(
            f"The settings file {path} can't be read ({error.strerror}). Check its name and place."
        ) from error
    except ValueError as error:
        raise click.UsageError(f"The settings file {path} has a mistake: {error}. Correct that line.") from error
    columns = content.pop("columns", {})
    allowed = known | set(Settings.__dataclass_fields__)
    for key in content:
        if key.replace("-", "_") not in allowed or key in {"files", "config"}:
            raise click.UsageError(
                f"'{key}' in {path} is not a setting{closest(key, sorted(allowed))}. Correct or delete it."
            )
    return {**{key.replace("-", "_"): value for key, value in content.items()}, "columns": _mapping(path, columns)}


def _mapping(path: Path, columns: Any) -> dict[str, tuple[str, ...]]:
    if not isinstance(columns, dict):
        raise click.UsageError(f'[columns] in {path} must be a table, like: start = "Start time".')
    mapping = {}
    for key, value in columns.items():
        names = [value] if isinstance(value, str) else value
        place = f"'{key}' under [columns] in {path}"
        if key not in COLUMNS:
            known = ", ".join(COLUMNS)
            raise click.UsageError(f"{place} is not a column{closest(key, COLUMNS)}. The columns are: {known}.")
        if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
            raise click.UsageError(f'{place} must be a heading or several, like ["Date", "Start time"].')
        mapping[key] = tuple(names)
    return mapping


def settings_from(ctx: click.Context, given: Mapping[str, Any]) -> Settings:
    """Gives the settings of this call, `[columns]` of the settings file included."""
    columns = (ctx.default_map or {}).get("columns", {})
    return Settings(**{**given, "columns": columns, "config": ctx.meta.get("config")})
