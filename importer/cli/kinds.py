"""Kinds of values that options take and click does not know."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from importer.cli.inputs import SUFFIXES
from importer.core.catalogue import CATALOGUE
from importer.core.run import FailureLimit
from importer.core.times import find_zone, zone_names
from importer.core.wording import closest
from importer.night.address import MailServer, Webhook

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


class WebhookType(click.ParamType[Any]):
    """A webhook's address. It is a secret, so no message repeats it."""

    name = "url"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Webhook:
        try:
            return Webhook(str(value))
        except ValueError:
            self.fail("it must be an address that begins with https://, or http:// on this computer.", param, ctx)


class ServerType(click.ParamType[Any]):
    """A mail server, with or without a port."""

    name = "host:port"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> MailServer:
        try:
            return MailServer.parse(str(value))
        except ValueError:
            self.fail(f"'{value}' is not a mail server. Write it like mail.contoso.com:587.", param, ctx)


class DurationType(click.ParamType[float]):
    """A time like 2h, 30m, 90s or 1h30m; gives seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        found = re.fullmatch(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", str(value).strip().lower())
        if found is None or not any(found.groups()):
            self.fail(f"'{value}' is not a duration. Write it like 2h, 30m or 90s.", param, ctx)
        hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return 3600.0 * hours + 60.0 * minutes + seconds


class MailboxType(click.ParamType[str]):
    """A mail address alone, without a name."""

    name = "address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value).strip()
        user, _, domain = text.rpartition("@")
        if not (user and domain) or any(sign in text for sign in " <>,;\"'") or not text.isprintable():
            self.fail(f"'{value}' is not a mail address. Write it like it@contoso.com.", param, ctx)
        return text


def complete_file(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Tells the shell to complete the names of files and folders by itself."""
    return [CompletionItem(incomplete, type="file")]


def complete_code(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Gives the catalogue's codes that begin like that, with their titles."""
    return [
        CompletionItem(code, help=entry.title)
        for code, entry in sorted(CATALOGUE.items())
        if code.startswith(incomplete)
    ]


class OwnFileType(click.Path):
    """A file that this program writes for people; named like a roster, the next run would take it for one."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        path = Path(str(super().convert(value, param, ctx)))
        if path.suffix.lower() in SUFFIXES:
            self.fail(f"'{path}' is named like a roster. Give it another ending, like .log or .json.", param, ctx)
        return path


class ZoneType(click.ParamType[Any]):
    """A time zone by IANA or Windows name."""

    name = "zone"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002 - click's signature
        """Gives the zones that begin like that; names with blanks are left out, because shells split them."""
        begun = incomplete.casefold()
        return [CompletionItem(n) for n in zone_names() if n.casefold().startswith(begun) and " " not in n]

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
