"""Kinds of values that options take: click's own with our sentences, and those that click does not know.

Theory of operation. Click parses, completes and documents; what it says of a value that can't be used is written for
programmers. So its own kinds are taken as they are and only their sentence is replaced. The others are
kinds of ours: `convert` returns the value as `Settings` holds it, or fails with a sentence that says how to write it.
"""

from __future__ import annotations

import codecs
import math
import re
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from importer.core.catalogue import CATALOGUE, shorten, words
from importer.core.model import FailureLimit
from importer.core.people import is_name, is_sign_in
from importer.core.suggestions import closest
from importer.core.web import host_in, is_host
from importer.languages import TAGS, named
from importer.notify import MailServer, NotAHost, Webhook
from importer.paths import ROSTER_SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from click import ParamType

    ClickChoice = click.Choice[str]
else:
    ClickChoice = click.Choice

    class ParamType(click.ParamType):
        """click's own, which before 8.4 can't be told what its values are."""

        def __class_getitem__(cls, _given):  # noqa: ANN001, ANN204 - for the type checker alone
            return cls


class Choice(ClickChoice):
    """One of several words, in capitals or not."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(names)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value).strip()
        text = next((name for name in self.choices if name.casefold() == text.casefold()), text)
        if text not in self.choices:
            names = ", ".join(self.choices)
            self.fail(words.NOT_CHOSEN.format(value=text, names=names, hint=closest(text, self.choices)), param, ctx)
        return text


class LanguageType(ParamType[str]):
    """A language that there is a file of, by its tag; the country behind it is of no matter."""

    name = "language"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if found := named(str(value)):
            return found
        names = ", ".join(TAGS)
        return self.fail(words.NOT_CHOSEN.format(value=value, names=names, hint=""), param, ctx)


class WholeNumber(click.IntRange):
    """A whole number of at least `min`, and at most `max`."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        text: Any = str(value).strip()  # as text, so that 3.7 in a settings file is not taken for 3
        try:
            return super().convert(text, param, ctx)
        except click.BadParameter:
            said = words.NOT_WHOLE.format(value=text, between=_between(self))
            raise click.BadParameter(said, ctx, param) from None

    def _describe_range(self) -> str:
        return ""  # the help says it in words


class Number(click.FloatRange):
    """A number of at least `min`, or above it with `min_open`; with a comma or a point."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        text: Any = str(value).strip().replace(",", ".")
        try:
            number = super().convert(text, param, ctx)
        except click.BadParameter:
            number = math.nan
        if not math.isfinite(number):
            self.fail(words.NOT_NUMBER.format(value=value, between=_between(self)), param, ctx)
        return number

    def _describe_range(self) -> str:
        return ""


def _between(kind: click.IntRange | click.FloatRange) -> str:
    """Return a range in words."""
    form = words.ABOVE if kind.min_open else words.FROM if kind.max is None else words.BETWEEN
    return form.format(least=kind.min, most=kind.max)


class TimeOfDay(click.DateTime):
    """A time of day, hours and minutes."""

    def __init__(self) -> None:
        super().__init__(["%H:%M"])

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return super().convert(str(value).strip(), param, ctx).time()
        except click.BadParameter:
            self.fail(words.NOT_TIME.format(value=value), param, ctx)


class PersonType(ParamType[Any]):
    """Somebody: a sign-in name, an object ID, or a name that the settings say more of."""

    name = "person"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value).strip()
        if not text.isprintable() or not (is_sign_in(text) or is_name(text)):
            self.fail(words.NOT_PERSON.format(value=shorten(text)), param, ctx)
        return text


SUNDAY = 6


class DateType(ParamType[Any]):
    """A day of the calendar, year first. A Sunday ends a week here and begins one elsewhere, so it names none."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        text = str(value).strip()
        try:
            day = date.fromisoformat(text)
        except ValueError:
            self.fail(words.NOT_DAY.format(value=text), param, ctx)
        if day.weekday() == SUNDAY:
            before, after = day - timedelta(days=6), day + timedelta(days=1)
            self.fail(words.A_SUNDAY.format(value=text, before=before, after=after), param, ctx)
        return day


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
    """A time like 2h, 30m, 90s or 1h30m, in seconds."""

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
    """Return what has the shell complete the names of files and folders by itself."""
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


FILE = click.Path(readable=False, dir_okay=False, path_type=Path)
FOLDER = click.Path(readable=False, file_okay=False, path_type=Path)
FILE_OR_FOLDER = click.Path(readable=False, path_type=Path)


class OwnFileType(click.Path):
    """A file that this program writes for people; named like a roster, the next run would take it for one."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        path = Path(str(super().convert(value, param, ctx)))
        if path.suffix.lower() in ROSTER_SUFFIXES:
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
        from importer.core.times.zones import zone_names  # noqa: PLC0415 - keeps --help quick

        begun = incomplete.casefold()
        return [CompletionItem(n) for n in zone_names() if n.casefold().startswith(begun) and " " not in n]

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> ZoneInfo:
        if not isinstance(value, str):
            zone: ZoneInfo = value
            return zone
        from importer.core.times.zones import find_zone, zone_hint  # noqa: PLC0415 - keeps --help quick

        known = find_zone(value)
        if known is None:
            hint = zone_hint(value)
            example = "" if hint else ", like Europe/Berlin"
            self.fail(f"'{value}' is not a time zone{hint}. Write its full name{example}.", param, ctx)
        return known


_WINDOWS_OWN = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "shift_jis": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "big5": "cp950",
    "utf-8-sig": "utf-8",
}
"""What programs mean that say so: https://encoding.spec.whatwg.org/#names-and-labels"""
_ENCODINGS = re.compile(
    r"utf-8|utf-16(-[lb]e)?|cp(125\d|437|85\d|86\d|932|949|950)|iso8859-\d+|gb18030|euc_jp|koi8-[ru]"
)


class EncodingType(ParamType[str]):
    """An encoding that spreadsheets are saved in, as Python's codecs call it."""

    name = "encoding"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value).strip().lower()
        try:
            found = codecs.lookup(f"cp{text}" if text.isdigit() else text).name
        except (LookupError, ValueError):
            found = ""
        known = _WINDOWS_OWN.get(found, found)
        if not _ENCODINGS.fullmatch(known):
            self.fail(words.NOT_ENCODING.format(value=value), param, ctx)
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
