"""HTTP, and the only module that imports the library for it: `httpx>=0.28,<1`, whose 1.0 is another API.

Every connection of ours is opened here, so that one set of rules says which proxy it takes: HTTPS_PROXY, HTTP_PROXY
and ALL_PROXY name it, NO_PROXY says what goes past it, and this very computer always does.
"""

from __future__ import annotations

import os
import re
from enum import Enum, auto
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote
from urllib.request import getproxies

import httpx

from importer.core.catalogue import problem
from importer.core.model import ExitCode, Stop
from importer.core.web import is_host
from importer.graph.clouds import is_loopback

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator, Mapping

_LOG_IN_FIRST, _SERVER_FAULT = 407, 500
_TO_BE_WRITTEN_OTHERWISE = "#/?[]\\"
"""What ends the user name and password of an address, or the address itself. Source: RFC 3986 section 3.2."""
_BRACKETED = re.compile(r"\[([0-9a-f:.]+)(/\d+)?\](/\d+)?(?::(\d+))?")
"""An address or a network of NO_PROXY in brackets, and perhaps a port behind it."""
_OURS = frozenset({"basic"})
"""Ways to log in to a proxy that this program knows."""


class Denied(Enum):
    """Why a proxy does not pass on."""

    LOG_IN = auto()
    FOREIGN_LOG_IN = auto()
    """It wants a log-in of a kind that this program can't give: NTLM, Negotiate."""
    BLOCKED = auto()
    DOWN = auto()


class ProxyDenied(httpx.ProxyError):
    """A proxy answered in place of passing on."""

    def __init__(self, why: Denied, words: str) -> None:
        super().__init__(words)
        self.why = why


def open_client(
    to: str = "", *, tls: ssl.SSLContext, timeout: httpx.Timeout | float, limits: httpx.Limits | None = None
) -> httpx.Client:
    """Return a client for the address `to`, or for several hosts where that is empty. It opens no connection yet.

    Raise Stop (exit 2: `proxy-not-valid`, `proxy-password-not-valid`, `no-proxy-not-valid`) where a setting about
    proxies can't be used.
    """
    ways = _Ways(tls, limits or httpx.Limits(), proxies={} if is_loopback(to) else getproxies())
    if to:
        ways.to(httpx.URL(to))
    return httpx.Client(transport=ways, timeout=timeout, trust_env=False)


def has_unread_bytes(client: httpx.Client) -> bool:
    """Return whether more has arrived on the client's connections than the answers that were read.

    Whatever it is, it would be taken for the next request's answer. Neither httpx nor httpcore says so themselves, so
    this looks inside them, and says no where they are built otherwise; what arrives later, httpcore notices by itself.
    """
    ways = getattr(client, "_transport", None)
    pools = [getattr(way, "_pool", None) for way in ways.opened] if isinstance(ways, _Ways) else []
    return any(_holds_more(each) for pool in pools for each in getattr(pool, "connections", ()))


def _holds_more(connection: object) -> bool:
    """Return whether the parser of an HTTP/1.1 connection, or of the one inside it, holds bytes of no answer yet."""
    while connection is not None:
        parser = getattr(connection, "_h11_state", None)
        if parser is not None:
            return any(getattr(parser, "trailing_data", (b"", False)))
        connection = getattr(connection, "_connection", None)
    return False


class _Ways(httpx.BaseTransport):
    """Sends each request through the proxy that is for its host, or past all of them.

    `proxies` are those of the environment, else of Windows' or macOS' own settings, as `getproxies` has them.
    """

    def __init__(self, tls: ssl.SSLContext, limits: httpx.Limits, *, proxies: Mapping[str, str]) -> None:
        self._tls = tls
        self._proxies = proxies
        self._limits = limits
        self._known: dict[tuple[str, str, int | None], httpx.HTTPTransport] = {}
        self._opened: dict[str, httpx.HTTPTransport] = {}

    @property
    def opened(self) -> tuple[httpx.HTTPTransport, ...]:
        """The ways that have been gone so far."""
        return tuple(self._opened.values())

    def to(self, url: httpx.URL) -> httpx.HTTPTransport:
        """Return the way to `url`. Raise Stop."""
        place = (url.scheme, url.host, url.port)
        if place not in self._known:
            self._known[place] = self._way(*_proxy_for(url, self._proxies))
        return self._known[place]

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        way = self.to(request.url)
        try:
            return way.handle_request(request)
        except httpx.ProxyError as error:
            raise _denied(error, way, request) from None

    def close(self) -> None:
        for way in self._opened.values():
            way.close()

    def _way(self, setting: str, address: str) -> httpx.HTTPTransport:
        if address not in self._opened:
            proxy = _proxy(setting, address, self._tls) if address else None
            self._opened[address] = httpx.HTTPTransport(
                verify=self._tls, trust_env=False, limits=self._limits, proxy=proxy
            )
        return self._opened[address]


def _denied(error: httpx.ProxyError, way: httpx.HTTPTransport, request: httpx.Request) -> ProxyDenied:
    words = str(error)
    found = re.match(r"\d{3}\b", words)
    status = int(found[0]) if found else _SERVER_FAULT
    if status == _LOG_IN_FIRST:
        offers = _offers(way, request)
        foreign = bool(offers) and not _OURS.intersection(offers)
        shown = f"{words} ({', '.join(offers)})" if offers else words
        return ProxyDenied(Denied.FOREIGN_LOG_IN if foreign else Denied.LOG_IN, shown)
    return ProxyDenied(Denied.DOWN if status >= _SERVER_FAULT else Denied.BLOCKED, words)


def _offers(way: httpx.HTTPTransport, request: httpx.Request) -> tuple[str, ...]:
    """Return the ways to log in that the proxy offers: the library tells its status alone, so it is asked once more."""
    offers: list[str] = []

    def trace(event: str, info: Mapping[str, Any]) -> None:
        if event == "http11.receive_response_headers.complete":
            headers = info["return_value"][3]
            values = [value for name, value in headers if name.lower() == b"proxy-authenticate"]
            offers.extend(value.decode("latin-1").split(" ")[0].strip(",").lower() for value in values)

    request.extensions = {**request.extensions, "trace": trace}
    try:
        way.handle_request(request).close()
    except (httpx.HTTPError, OSError):
        """It says no again, and what it offers has been heard."""
    return tuple(offers)


def _proxy_for(url: httpx.URL, proxies: Mapping[str, str]) -> tuple[str, str]:
    """Return the setting and the address of the proxy that is for `url`, the address empty for none. Raise Stop."""
    kind = next((kind for kind in (url.scheme, "all") if proxies.get(kind)), "")
    if not kind or goes_past(proxies.get("no", ""), url.host, url.port):
        return "", ""
    name = f"{kind.upper()}_PROXY"
    return (name if os.environ.get(name) or not os.environ.get(name.lower()) else name.lower()), proxies[kind]


def _proxy(setting: str, address: str, tls: ssl.SSLContext) -> httpx.Proxy:
    """Return the proxy at `address`, whose user name and password are taken as they are. Raise Stop."""
    scheme, rest = address.strip().split("://", 1) if "://" in address else ("http", address.strip())
    user, _, place = rest.rpartition("@")
    if any(sign in user for sign in _TO_BE_WRITTEN_OTHERWISE):
        raise Stop(problem("proxy-password-not-valid", setting=setting), ExitCode.USAGE)
    found = re.fullmatch(r"(\[[^\]]+\]|[^:\[\]]+)(?::(\d{1,5}))?/?", place)
    if scheme.lower() not in ("http", "https") or found is None or not is_host(found[1]) or found[2] == "0":
        raise Stop(problem("proxy-not-valid", setting=setting), ExitCode.USAGE)
    name, _, password = user.partition(":")
    try:
        return httpx.Proxy(
            f"{scheme.lower()}://{place}",
            auth=(unquote(name), unquote(password)) if user else None,
            ssl_context=tls if scheme.lower() == "https" else None,
        )
    except (ValueError, httpx.InvalidURL):
        # Not the setting itself: it may hold a password.
        raise Stop(problem("proxy-not-valid", setting=setting), ExitCode.USAGE) from None


def goes_past(no_proxy: str, host: str, port: int | None) -> bool:
    """Return whether NO_PROXY lists `host`: by name, as a part of a domain, by address, or as one of a network.

    IPv6 addresses may stand in brackets, and a port may follow. Raise Stop (`no-proxy-not-valid`, exit 2) for an entry
    with a network or an address that is none. Source: https://curl.se/libcurl/c/CURLOPT_NOPROXY.html
    """
    return any(_fits(entry, host.strip("[]").lower(), port) for entry in re.split(r"[,\s]+", no_proxy) if entry)


def _fits(entry: str, host: str, port: int | None) -> bool:
    bare = entry.lower().rpartition("://")[2]
    if bare == "*":
        return True
    within: IPv4Network | IPv6Network | None = None
    if found := _BRACKETED.fullmatch(bare):
        within, only = _network(entry, f"{found[1]}{found[2] or found[3] or ''}"), found[4]
    elif "/" in bare.rstrip("/") or "[" in bare:
        within, only = _network(entry, bare), ""
    elif (address := _address(bare)) is not None:
        return address == _address(host)
    else:
        bare, _, only = bare.rstrip("/").partition(":")
    if only and port is not None and only != str(port):
        return False
    if within is not None:
        return (address := _address(host)) is not None and address in within
    name = bare.removeprefix("*")
    return host.endswith(name) if name.startswith(".") else host == name or host.endswith(f".{name}")


def _network(entry: str, text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        raise Stop(problem("no-proxy-not-valid", value=entry), ExitCode.USAGE) from None


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """Return an error and everything that led to it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


__all__ = ["Denied", "ProxyDenied", "causes", "goes_past", "has_unread_bytes", "httpx", "open_client"]
