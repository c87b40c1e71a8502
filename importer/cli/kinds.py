"""Kinds of values that options take and click does not know."""

from __future__ import annotations

import math
import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from importer.cli.inputs import SUFFIXES
from importer.core.catalogue import CATALOGUE
from importer.core.catalogue import usage as words
from importer.core.run import FailureLimit
from importer.core.web import host_in, is_host
from importer.core.wording import closest
from importer.core.zones import find_zone, zone_hint, zone_names
from importer.night.address import MailServer, NotAHost, Webhook

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import time
    from zoneinfo import ZoneInfo

    from click import ParamType
else:

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
        """Gives the words, for the help."""
        return f"[{'|'.join(self.names)}]"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002 - click's signature
        """Gives the words that begin like that."""
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
        """Gives the zones that begin like that; names with blanks are left out, because shells split them."""
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
