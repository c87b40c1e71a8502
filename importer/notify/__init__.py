"""How a run that nobody watches tells people: a log, a heartbeat, and one notification. None of it changes the run.

Here is where a notification may go: a webhook's URL or a mail server, each with what is secret in it kept out of sight.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NoReturn
from urllib.parse import urlsplit

from importer.core.web import host_in, is_host
from importer.graph.endpoints import is_loopback

_TEAMS = (".logic.azure.com", ".logic.azure.us", ".powerplatform.com", ".webhook.office.com")
"""How the hosts of Teams' webhooks end: Workflows of either age, and the connectors before them.

Source: https://support.microsoft.com/office/create-incoming-webhooks-with-workflows-for-microsoft-teams-8ae491c7-0394-4861-ba59-055e33f75498
"""


class NotAHost(ValueError):  # noqa: N818 - a kind of value
    """What stands where a host should; its text is that."""


class Webhook:
    """A webhook's address. Who knows it can write to the channel, so it is shown without everything behind the host."""

    __slots__ = ("__url", "host", "loopback")

    def __init__(self, url: str) -> None:
        """Raise ValueError unless it is https, or http to this very computer; the message does not repeat it."""
        parts = urlsplit(url.strip())  # raises ValueError for a bracket that is not closed
        self.loopback = is_loopback(parts.geturl())
        if parts.port == 0 or not parts.hostname or not parts.geturl().isprintable() or " " in parts.geturl():
            raise ValueError("not an address")
        if parts.scheme != "https" and not (parts.scheme == "http" and self.loopback):
            raise ValueError("neither https nor on this computer")
        _check_host(parts.geturl())
        self.host = parts.hostname
        self.__url = parts.geturl()

    @property
    def teams(self) -> bool:
        """Return whether it belongs to Microsoft Teams."""
        return self.host.endswith(_TEAMS)

    def reveal(self) -> str:
        """Return the address itself."""
        return self.__url

    def __str__(self) -> str:
        return f"{self.__url.partition('://')[0]}://{self.host}/…"

    def __repr__(self) -> str:
        return f"Webhook({self})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Webhook) and self.__url == other.__url

    def __hash__(self) -> int:
        return hash((Webhook, self.__url))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written down")


def _check_host(address: str) -> None:
    host = host_in(address)
    if host is None or not is_host(host):
        raise NotAHost(host or "")


class Encryption(StrEnum):
    """How the way to a mail server is kept from being read."""

    STARTTLS = "starttls"
    TLS = "tls"
    """From the first byte on."""
    NONE = "none"


_PORTS = {Encryption.STARTTLS: 587, Encryption.TLS: 465, Encryption.NONE: 25}
"""Source: RFC 6409 section 3.1, RFC 8314 section 3.3, RFC 5321 section 4.5.4.2."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """A mail server; port None means the usual one."""

    host: str
    port: int | None = None

    @classmethod
    def parse(cls, text: str) -> MailServer:
        """Return the server of `host`, `host:port` or `[address]:port`. Raise ValueError."""
        parts = urlsplit("//" + text.strip())
        if parts.path or parts.query or "@" in parts.netloc or not parts.hostname or parts.port == 0:
            raise ValueError("not host:port")
        _check_host(f"smtp://{text.strip()}")
        return cls(parts.hostname, parts.port)

    def port_for(self, encryption: Encryption) -> int:
        """Return the port to connect to."""
        return self.port or _PORTS[encryption]

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"


SMTP_USER = "MEETING_IMPORTER_SMTP_USER"
SMTP_PASSWORD = "MEETING_IMPORTER_SMTP_PASSWORD"  # noqa: S105 - the setting's name
"""The environment variables for signing in to the mail server; there are no options for them."""
