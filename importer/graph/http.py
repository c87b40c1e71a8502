"""HTTP, and the only module that imports the library for it: `httpx>=0.28,<1`, whose 1.0 is another API.

httpx2, which others carry on from 0.28, takes its place by the imports below, with httpcore2: in 2.16.2 all tests of
Graph, of sign-in, doctor and notifications passed. We stay with httpx as long as it is mended and runs on our Pythons:
it is what systems package and what others in an environment want, and httpx2 brings what we have no use for.

Every connection of ours is opened here, so that one set of rules says which proxy it takes (HTTPS_PROXY, HTTP_PROXY
and ALL_PROXY name it, NO_PROXY says what goes past it, and this very computer always does) and which certificate
authorities are trusted, for Graph and sign-in alike.
"""

from __future__ import annotations

import math
import os
import re
import socket
import ssl
import threading
import time
import zlib
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from enum import Enum, auto
from http import HTTPStatus
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, cast
from urllib.parse import unquote
from urllib.request import getproxies

import httpcore
import httpx

from importer.core.catalogue import problem
from importer.core.model import ExitCode, Stop
from importer.core.web import is_host
from importer.graph.endpoints import is_loopback
from importer.sockets import hang_up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping


_LOG_IN_FIRST, _SERVER_FAULT = 407, 500
_TO_BE_WRITTEN_OTHERWISE = "#/?[]\\"
"""What ends the user name and password of an address, or the address itself. Source: RFC 3986 section 3.2."""
_BRACKETED = re.compile(r"\[([0-9a-f:.]+)(/\d+)?\](/\d+)?(?::(\d+))?")
"""An address or a network of NO_PROXY in brackets, and perhaps a port behind it."""
MOST_BYTES = 4 * 2**20
"""Bytes of an answer, unpacked: the longest of Graph's and of the sign-in service have a few hundred thousand."""
_GLANCE_SECONDS = 0.2
"""How often who waits for an answer looks whether it is still wanted."""
_PACKED = frozenset({"gzip", "x-gzip", "deflate"})
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,20}(?=$|[ ,])")
"""A way to log in. Source: RFC 9110 section 11.1."""
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
    headers = {"Accept-Encoding": "gzip"}  # what `ClientThread` unpacks
    return httpx.Client(transport=ways, timeout=timeout, trust_env=False, headers=headers)


class Heard(NamedTuple):
    """A whole answer. `headers` are asked in any case."""

    status: int
    headers: Mapping[str, str]
    content: bytes


@dataclass(frozen=True, slots=True)
class Wait:
    """How long a whole answer is waited for. `check` is called now and then meanwhile; what it raises ends it."""

    seconds: float
    check: Callable[[], None] | None = None


class AnswerTooLong(httpx.RequestError):
    """More came than any answer has; the rest of it was not read."""

    def __init__(self, status: int, headers: Mapping[str, str]) -> None:
        super().__init__(f"the answer has more than {MOST_BYTES} bytes")
        self.status = status
        self.headers = headers


class ClientThread:
    """A client and the thread that uses it, so that whoever asks waits for a whole answer no longer than they say.

    The library limits each step: a look-up of a name not at all, a connection for each of a host's addresses, an answer
    for each piece, so that one byte now and then keeps it for ever. It is for one question at a time, and for none
    after one that went unanswered.

    Over a connection that is open there is nothing to wait for but the answer, and that can be broken off. So whoever
    asks reads it themselves, which costs a fifth less than to be handed it by another thread; and the connection is
    asked directly, which costs another fifth less than to have the client and its pool look for it.
    """

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self._asked: SimpleQueue[_Question | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lost = False

    def ask(self, request: httpx.Request, wait: Wait) -> Heard:
        """Return the answer. Raise httpx.RequestError where none comes in time, or one that is too long."""
        if wait.check is None and (connection := _open_one(self.client, request.url)) is not None:
            return self._read(connection, request, wait.seconds)
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="http", daemon=True)
            self._thread.start()
        answer: SimpleQueue[Heard | BaseException] = SimpleQueue()
        self._lost = True
        self._asked.put((request, answer))
        heard = self._wait(answer, request, wait)
        self._lost = False
        if isinstance(heard, BaseException):
            raise heard
        return heard

    def close(self) -> None:
        """Close the connection; one that still waits for an answer is broken off."""
        if self._lost:
            _hang_up(self.client)
        else:
            self.client.close()
        self._asked.put(None)

    def _read(self, connection: httpcore.ConnectionInterface, request: httpx.Request, seconds: float) -> Heard:
        until = time.monotonic() + seconds
        with _DEADLINES.over(self.client, until):
            try:
                return _heard_from(connection, request)
            except httpx.RequestError as error:
                if isinstance(error, AnswerTooLong) or time.monotonic() < until:
                    raise
                raise _too_late(request, seconds) from error

    def _wait(
        self,
        answer: SimpleQueue[Heard | BaseException],
        request: httpx.Request,
        wait: Wait,
    ) -> Heard | BaseException:
        until = time.monotonic() + wait.seconds
        while (left := until - time.monotonic()) > 0:
            with suppress(Empty):
                return answer.get(timeout=left if wait.check is None else min(left, _GLANCE_SECONDS))
            if wait.check is not None:
                wait.check()
        raise _too_late(request, wait.seconds)

    def _work(self) -> None:
        while (question := self._asked.get()) is not None:
            request, answer = question
            try:
                with closing(_sent(self.client, request)) as response:
                    pieces = cast("httpx.SyncByteStream", response.stream)
                    heard = _whole(response.status_code, response.headers, pieces)
                answer.put(heard)  # not before: the next one to ask has the connection for themselves
            except BaseException as error:  # noqa: BLE001 - handed to whoever asked, who raises it
                answer.put(error)
        self.client.close()


Headers: TypeAlias = "list[tuple[bytes, bytes]]"
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
"""Methods of which a missing length is said too. Source: RFC 9110 section 8.6."""
_Question: TypeAlias = "tuple[httpx.Request, SimpleQueue[Heard | BaseException]]"


class _Deadlines:
    """Breaks off the connections whose time is up. One thread for all of them, which sleeps until the next may be."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._due: dict[httpx.Client, float] = {}
        self._wakes_at = math.inf
        self._thread: threading.Thread | None = None

    @contextmanager
    def over(self, client: httpx.Client, until: float) -> Iterator[None]:
        """Break the client's connection off where the block goes on at that moment of the monotonic clock."""
        with self._changed:
            self._due[client] = until
            if self._thread is None or not self._thread.is_alive():  # a fork has no threads but the one that forked
                self._thread = threading.Thread(target=self._work, name="deadlines", daemon=True)
                self._thread.start()
            elif until < self._wakes_at:
                self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._due.pop(client, None)

    def _work(self) -> None:
        with self._changed:
            while True:
                now = time.monotonic()
                for client in [client for client, until in self._due.items() if until <= now]:
                    del self._due[client]
                    _hang_up(client)
                self._wakes_at = min(self._due.values(), default=math.inf)
                self._changed.wait(None if self._wakes_at == math.inf else self._wakes_at - now)


_DEADLINES = _Deadlines()


def request_of(
    method: str, url: httpx.URL, headers: Headers, body: bytes | None, *, extensions: dict[str, Any]
) -> httpx.Request:
    """Return the request, its host and the length of its body said beforehand.

    Left to the library, that is looked for in all headers and makes them twice: a third of what the request costs.
    """
    said = [(b"Host", url.netloc), *headers]
    if body is not None or method in _WITH_BODY:
        said.append((b"Content-Length", b"%d" % len(body or b"")))
    return httpx.Request(method, url, headers=said, stream=httpx.ByteStream(body or b""), extensions=extensions)


def _too_late(request: httpx.Request, seconds: float) -> httpx.ReadTimeout:
    return httpx.ReadTimeout(f"no whole answer within {seconds:.0f} s", request=request)


def _sent(client: httpx.Client, request: httpx.Request) -> httpx.Response:
    """Return the answer, whose content is still to be read.

    Past the client's own layers where the way is ours: no cookie is kept and no redirection followed, and looking for
    either takes a fifth of a request's time.
    """
    ways = getattr(client, "_transport", None)
    if not isinstance(ways, _Ways):
        return client.send(request, stream=True)
    try:
        response = ways.handle_request(request)
    except httpx.RequestError as error:
        error.request = request
        raise
    response.request = request
    return response


def _heard_from(connection: httpcore.ConnectionInterface, request: httpx.Request) -> Heard:
    """Return the answer that comes over an open connection. Raise httpx.RequestError."""
    headers, content = request.headers.raw, cast("httpx.SyncByteStream", request.stream)
    asked = httpcore.Request(
        request.method, _place(request.url), headers=headers, content=content, extensions=request.extensions
    )
    try:
        with closing(connection.handle_request(asked)) as response:
            return _whole(response.status, httpx.Headers(response.headers), cast("Iterable[bytes]", response.stream))
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
        fault: type[httpx.RequestError] = getattr(httpx, type(error).__name__)  # the two call their errors alike
        raise fault(str(error), request=request) from error


def _place(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)


def _whole(status: int, headers: Mapping[str, str], pieces: Iterable[bytes]) -> Heard:
    """Return the answer with all of its content. Raise AnswerTooLong, or httpx.DecodingError where it is damaged.

    It is unpacked no further than to the limit: a thousandth of it may do to fill a computer's memory.
    """
    packing = headers.get("content-encoding", "").strip().lower()
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 32) if packing in _PACKED else None
    if packing not in {"", "identity", *_PACKED}:
        raise httpx.DecodingError(f"packed in an unknown way: {packing}")
    content = bytearray()
    for piece in pieces:
        try:
            content += unpack.decompress(piece, MOST_BYTES + 1 - len(content)) if unpack else piece
        except zlib.error as error:
            raise httpx.DecodingError(str(error)) from error
        if len(content) > MOST_BYTES:
            raise AnswerTooLong(status, headers)
    return Heard(status, headers, bytes(content))


def _hang_up(client: httpx.Client) -> None:
    """Break off the client's connections, so that the thread that reads from one wakes up.

    Neither httpx nor httpcore has a way to do so from outside. Where they are built otherwise, the thread sleeps on;
    it keeps nobody waiting, and not the process either.
    """
    for connection in _connections(client):
        stream = getattr(_innermost(connection), "_network_stream", None)
        raw = stream.get_extra_info("socket") if stream is not None else None
        if isinstance(raw, socket.socket):
            hang_up(raw)


def has_unread_bytes(client: httpx.Client) -> bool:
    """Return whether more has arrived on the client's connections than the answers that were read.

    Whatever it is, it would be taken for the next request's answer. Neither httpx nor httpcore says so themselves, so
    this looks inside them, and say no where they are built otherwise; what arrives later, httpcore notices by itself.
    """
    parsers = [getattr(_innermost(each), "_h11_state", None) for each in _connections(client)]
    return any(any(getattr(parser, "trailing_data", (b"", False))) for parser in parsers)


def _open_one(client: httpx.Client, url: httpx.URL) -> httpcore.ConnectionInterface | None:
    """Return the client's connection where it waits for a request to that place, None where there is none.

    Nor is there one where httpx or httpcore is built otherwise.
    """
    match _connections(client):
        case [httpcore.ConnectionInterface() as one] if one.is_idle() and not one.has_expired():
            return one if one.can_handle_request(_place(url).origin) else None
    return None


def _connections(client: httpx.Client) -> list[Any]:
    ways = getattr(client, "_transport", None)
    pools = [getattr(way, "_pool", None) for way in ways.opened] if isinstance(ways, _Ways) else []
    return [each for pool in pools for each in getattr(pool, "connections", ())]


def _innermost(connection: object) -> object:
    """Return the HTTP/1.1 connection itself, which stands inside those that open it, or lead it through a proxy."""
    while (inner := getattr(connection, "_connection", None)) is not None:
        connection = inner
    return connection


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
    """Return the denial in words of our own: the proxy's could be those that it was sent, a password included."""
    found = re.match(r"\d{3}\b", str(error))
    status = int(found[0]) if found else _SERVER_FAULT
    words = f"{status} {HTTPStatus(status).phrase}" if status in set(HTTPStatus) else str(status)
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
            offers.extend(found[0].lower() for value in values if (found := _SCHEME.match(value.decode("latin-1"))))

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


CA_FILE = "SSL_CERT_FILE"
CA_FOLDER = "SSL_CERT_DIR"


def trust(environ: Mapping[str, str] = os.environ) -> ssl.SSLContext:
    """Return a context that trusts what `SSL_CERT_FILE` or `SSL_CERT_DIR` name, else what this computer trusts.

    Where the computer's own store is empty (a slim image, a Python for macOS fresh from its installer) the list
    that ships with the HTTP library stands in. Costs some 10 ms: make one, and share it among all connections.
    Raise Stop (`ca-unreadable`, exit code 2) when a named file or folder can't be used.
    """
    for setting in (CA_FILE, CA_FOLDER):
        if environ.get(setting):
            return _named(setting, environ[setting])
    return or_shipped(ssl.create_default_context(), Path(ssl.get_default_verify_paths().openssl_capath))


def or_shipped(context: ssl.SSLContext, folder: Path) -> ssl.SSLContext:
    """Return `context`, or the shipped list where it trusts nobody.

    `folder` is where OpenSSL looks: what lies there is not counted in the context until it is needed.
    """
    trusts = context.cert_store_stats()["x509_ca"] > 0 or any(folder.glob("*.0"))
    return context if trusts else httpx.create_ssl_context(trust_env=False)


def _named(setting: str, place: str) -> ssl.SSLContext:
    """Return the context for authorities that an administrator has named, whatever RFC 5280 says of their form.

    Since 3.13 Python refuses certificates without an Authority Key Identifier, or whose Basic Constraints are not
    marked critical: those of many appliances that inspect traffic. Signatures, names and dates are still checked.
    Source: https://docs.python.org/3/library/ssl.html#ssl.create_default_context
    """
    try:
        if setting == CA_FILE:
            return _lenient(ssl.create_default_context(cafile=place))
        if any(Path(place).iterdir()):
            return _lenient(ssl.create_default_context(capath=place))
        reason = "the folder is empty"
    except OSError as error:  # ssl.SSLError is one: the file is there and is no certificate
        reason = str(error)
    raise Stop(problem("ca-unreadable", value=place, setting=setting, detail=reason), ExitCode.USAGE)


def _lenient(context: ssl.SSLContext) -> ssl.SSLContext:
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


__all__ = [
    "CA_FILE",
    "CA_FOLDER",
    "AnswerTooLong",
    "ClientThread",
    "Denied",
    "Heard",
    "ProxyDenied",
    "Wait",
    "causes",
    "goes_past",
    "has_unread_bytes",
    "httpx",
    "open_client",
    "or_shipped",
    "trust",
]
