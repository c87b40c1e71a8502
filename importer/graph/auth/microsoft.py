"""MSAL, and the only place that imports it; and the HTTP that it is given.

An MSAL application is made anew for each sign-in: it remembers refusals for a minute and tokens until they
expire, so one that is kept would repeat an error whose cause is fixed, and give back the token that was just
refused. Its constructor asks for the tenant's addresses over the network; a sign-in an hour can afford that.

MSAL takes any object with `get`, `post` and `close` for its HTTP, so it gets the same stack, proxies and certificates
as Graph. What goes wrong on the way becomes a WireFault in here, so that MSAL, which would remember an error and repeat
it for a minute, never sees it.
"""

from __future__ import annotations

import json
import logging
import ssl
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeAlias

import msal  # type: ignore[import-untyped]  # ships no types
from msal_extensions import build_encrypted_persistence  # type: ignore[import-untyped]  # likewise
from msal_extensions.persistence import PersistenceNotFound  # type: ignore[import-untyped]  # likewise

from importer.core.web import host_in, is_host
from importer.graph.auth.faults import WireFault, WireFaultKind
from importer.graph.auth.source import SIGN_IN, Place
from importer.graph.http import (
    AnswerTooLong,
    ClientThread,
    Denied,
    Heard,
    ProxyDenied,
    Wait,
    causes,
    httpx,
    open_client,
)
from importer.graph.wire import read_retry_after

if TYPE_CHECKING:
    from importer.graph.auth.source import Vault


SIGN_IN_TIMEOUT = httpx.Timeout(30.0, connect=15.0)
"""Seconds. Entra ID answers within one; a slow proxy may take some more."""

MACHINE_TIMEOUT = httpx.Timeout(30.0, connect=3.0)
"""Seconds. The identity endpoint is on this machine; where there is none, nothing answers at all."""

ONE_EACH = httpx.Limits(max_keepalive_connections=0)
"""A connection for each request: what a machine in between sends too much never is the answer to the next one, which
could be a token."""

FormFields: TypeAlias = Mapping[str, object] | None

_PLACES = ("authorization_endpoint", "token_endpoint", "device_authorization_endpoint")
"""What a tenant's OpenID configuration names, and secrets and codes are then sent to."""

_TOO_MANY, _GONE, _SERVER_FAULT, _REFUSED, _OK = 429, 410, 500, 400, 200
_ABSENT = 404
_LOG_IN_FIRST = 511
"""A network that wants a log-in first (RFC 6585 section 6): no fault of the service's, and no reason to wait."""
_OF_THE_WAY = frozenset({"content-encoding", "content-length", "transfer-encoding"})

ATTEMPT_SECONDS = 30.0
"""How long one question is waited for, all in all."""


class HttpForMsal:
    """What MSAL calls in place of a requests session; answers are httpx responses, which have what it reads.

    To be used in a `with` block, at whose end its connection is closed.
    """

    def __init__(self, connect: Callable[[], httpx.Client], place: Place) -> None:
        self._connect = connect
        self._place = place
        self._line: ClientThread | None = None

    def get(self, url: str, *, params: FormFields = None, headers: FormFields = None, **_: object) -> httpx.Response:
        """Return the answer to a GET. Raise WireFault."""
        return self._ask("GET", url, params=_plain(params), headers=_plain(headers))

    def post(
        self,
        url: str,
        *,
        params: FormFields = None,
        data: FormFields = None,
        headers: FormFields = None,
        **_: object,
    ) -> httpx.Response:
        """Return the answer to a POST. Raise WireFault."""
        return self._ask("POST", url, params=_plain(params), data=_plain(data), headers=_plain(headers))

    def close(self) -> None:
        """Leave the connection to whoever opened the way."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        if self._line is not None:
            self._line.close()
        self._line = None

    def _ask(self, method: str, url: str, **what: dict[str, str] | None) -> httpx.Response:
        line, self._line = self._line or ClientThread(self._connect()), None
        request = line.client.build_request(method, url, **what)  # type: ignore[arg-type]  # each is a field it knows
        seconds = min(ATTEMPT_SECONDS, self._place.first.left(SIGN_IN))
        try:
            heard = line.ask(request, Wait(max(0.0, seconds), self._place.check))
        except AnswerTooLong as error:
            line.close()
            raise WireFault(WireFaultKind.STRANGE, f"HTTP {error.status}, {error}, from {request.url.host}") from None
        except httpx.RequestError as error:
            line.close()
            raise _fault(error) from None
        except BaseException:
            line.close()
            raise
        self._line = line
        self._place.first.answered(SIGN_IN)
        return self._judged(_plainly(heard, request))

    def _judged(self, answer: httpx.Response) -> httpx.Response:
        if answer.status_code == _LOG_IN_FIRST:
            raise WireFault(WireFaultKind.STRANGE, _place(answer))
        if answer.status_code in (_TOO_MANY, _GONE) or answer.status_code >= _SERVER_FAULT:
            raise WireFault(
                WireFaultKind.OVERLOADED, _place(answer), retry_after=_retry_after(answer), answer=_object(answer)
            )
        return answer


class HttpForMachine(HttpForMsal):
    """The same for a machine's identity endpoint, whose 404 may pass: it is being set up, or updated.

    Source: https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token
    """

    def _judged(self, answer: httpx.Response) -> httpx.Response:
        if answer.status_code == _ABSENT:
            raise WireFault(WireFaultKind.NOT_READY, _place(answer))
        return super()._judged(answer)


class HttpForEntra(HttpForMsal):
    """The same for Entra ID, which speaks JSON and names https addresses only: anything else is somebody else."""

    def _judged(self, answer: httpx.Response) -> httpx.Response:
        answer = super()._judged(answer)
        told = _json(answer)
        if answer.request.method == "GET":  # the tenant's OpenID configuration, refused for an unknown tenant
            if answer.status_code >= _REFUSED:
                raise WireFault(WireFaultKind.REFUSED, _place(answer), answer=told)
            if answer.status_code != _OK or not all(_is_safe(told.get(place)) for place in _PLACES):
                raise WireFault(WireFaultKind.STRANGE, _place(answer))
        elif answer.status_code != _OK and not isinstance(told.get("error"), str):  # neither a token nor a code
            raise WireFault(WireFaultKind.STRANGE, _place(answer))
        return answer


def to_entra(place: Place) -> HttpForEntra:
    """Return the way to Entra ID, through the proxy that the environment names.

    Asking it raises Stop (exit 2) when that is no address: see `open_client`.
    """
    return HttpForEntra(lambda: open_client(tls=place.tls, timeout=SIGN_IN_TIMEOUT, limits=ONE_EACH), place)


def to_github(place: Place) -> HttpForMsal:
    """Return the way to where GitHub gives a workflow its token; the proxies are those of `to_entra`."""
    return HttpForMsal(lambda: open_client(tls=place.tls, timeout=SIGN_IN_TIMEOUT, limits=ONE_EACH), place)


def to_machine(place: Place) -> HttpForMsal:
    """Return the way to this machine's identity endpoint; never through a proxy, which would get its secret header."""

    def connect() -> httpx.Client:
        headers = {"Accept-Encoding": "gzip"}
        return httpx.Client(
            verify=place.tls, timeout=MACHINE_TIMEOUT, trust_env=False, limits=ONE_EACH, headers=headers
        )

    return HttpForMachine(connect, place)


def _plainly(heard: Heard, request: httpx.Request) -> httpx.Response:
    """Return the answer as MSAL reads it: whole, and unpacked already."""
    headers = [(name, value) for name, value in heard.headers.items() if name.lower() not in _OF_THE_WAY]
    return httpx.Response(heard.status, headers=headers, content=heard.content, request=request)


def _plain(fields: FormFields) -> dict[str, str] | None:
    """Return the fields as text: MSAL's assertion is bytes, which httpx would send as "b'...'"."""
    if fields is None:
        return None
    return {
        name: value.decode() if isinstance(value, bytes) else str(value)
        for name, value in fields.items()
        if value is not None
    }


_DENIED = {
    Denied.LOG_IN: WireFaultKind.PROXY,
    Denied.FOREIGN_LOG_IN: WireFaultKind.PROXY_FOREIGN,
    Denied.BLOCKED: WireFaultKind.PROXY_BLOCKS,
    Denied.DOWN: WireFaultKind.PROXY_DOWN,
}


def _fault(error: httpx.RequestError) -> WireFault:
    words = f"{type(error).__name__}: {error}"
    if isinstance(error, ProxyDenied):
        return WireFault(_DENIED[error.why], words)
    if isinstance(error, httpx.DecodingError):
        return WireFault(WireFaultKind.STRANGE, words)
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes(error)):
        return WireFault(WireFaultKind.NOT_TRUSTED, words)
    return WireFault(WireFaultKind.NO_ANSWER, words)


def _json(answer: httpx.Response) -> dict[str, Any]:
    told = _object(answer)
    if told is None:
        raise WireFault(WireFaultKind.STRANGE, _place(answer))
    return told


def read_object(answer: httpx.Response) -> dict[str, Any]:
    """Return the JSON object in an answer, empty where there is none."""
    return _object(answer) or {}


def _object(answer: httpx.Response) -> dict[str, Any] | None:
    try:
        told = json.loads(answer.content)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def _is_safe(place: object) -> bool:
    return isinstance(place, str) and place.lower().startswith("https://") and is_host(host_in(place) or "")


def _place(answer: httpx.Response) -> str:
    """Return which kind of answer came from where; not its words, which could be anybody's."""
    kind = answer.headers.get("content-type", "no content type")
    return f"HTTP {answer.status_code}, {kind}, from {answer.request.url.host}{answer.request.url.path}"


def _retry_after(answer: httpx.Response) -> float | None:
    headers = answer.headers
    return read_retry_after(headers.get("retry-after"), date=headers.get("date"), now=time.time())


SILENT = logging.CRITICAL + 1

MsalAnswer: TypeAlias = Mapping[str, Any]
"""What MSAL gives: a token and its life, or `error` and what Entra ID said with it."""

Account: TypeAlias = Mapping[str, Any]
"""A person whose sign-in MSAL has kept."""


class AppClient(Protocol):
    """What is used of MSAL's ConfidentialClientApplication."""

    def acquire_token_for_client(self, scopes: list[str], claims_challenge: str | None = None) -> MsalAnswer: ...


class PersonClient(Protocol):
    """What is used of MSAL's PublicClientApplication."""

    def get_accounts(self) -> list[Account]: ...

    def remove_account(self, account: Account) -> None: ...

    def acquire_token_silent_with_error(
        self, scopes: list[str], account: Account, *, force_refresh: bool, claims_challenge: str | None
    ) -> MsalAnswer | None: ...

    def initiate_auth_code_flow(
        self, scopes: list[str], *, redirect_uri: str, prompt: str, response_mode: str, claims_challenge: str | None
    ) -> dict[str, Any]: ...

    def acquire_token_by_auth_code_flow(
        self, auth_code_flow: dict[str, Any], auth_response: Mapping[str, str]
    ) -> MsalAnswer: ...

    def initiate_device_flow(self, scopes: list[str], *, claims_challenge: str | None) -> dict[str, Any]: ...

    def acquire_token_by_device_flow(
        self,
        flow: dict[str, Any],
        claims_challenge: str | None,
        *,
        exit_condition: Callable[[dict[str, Any]], bool],
    ) -> MsalAnswer: ...


class MachineClient(Protocol):
    """What is used of MSAL's ManagedIdentityClient."""

    def acquire_token_for_client(self, *, resource: str, claims_challenge: str | None) -> MsalAnswer: ...


class TokenCache(Protocol):
    """What is used of MSAL's SerializableTokenCache."""

    has_state_changed: bool

    def serialize(self) -> str: ...

    def deserialize(self, state: str) -> None: ...


def _hush() -> None:
    """Keep MSAL's log to itself: its debug lines hold device codes, assertions and whole answers."""
    for name in ("msal", "msal_extensions"):
        logger = logging.getLogger(name)
        logger.setLevel(SILENT)
        logger.propagate = False
        logger.addHandler(logging.NullHandler())


_hush()


def confidential_client(
    client_id: str, *, credential: str | dict[str, object], authority: str, http: HttpForMsal
) -> AppClient:
    """Return MSAL's application for an app with a secret, certificate or assertion; asks `authority` for its addresses.

    No host but `authority` is asked (no instance discovery, no region). Raise what `http` raises.
    """
    client: AppClient = msal.ConfidentialClientApplication(
        client_id,
        client_credential=credential,
        authority=authority,
        http_client=http,
        instance_discovery=False,
        azure_region=msal.ConfidentialClientApplication.DISABLE_MSAL_FORCE_REGION,
    )
    return client


def public_client(client_id: str, *, authority: str, http: HttpForMsal, cache: TokenCache) -> PersonClient:
    """Return MSAL's application for a person who signs in; otherwise as `confidential_client`."""
    client: PersonClient = msal.PublicClientApplication(
        client_id, authority=authority, http_client=http, token_cache=cache, instance_discovery=False
    )
    return client


def machine_client(client_id: str, *, http: HttpForMsal) -> MachineClient:
    """Return MSAL's client for the machine's own identity, or for the one with `client_id`."""
    identity = (
        msal.UserAssignedManagedIdentity(client_id=client_id) if client_id else msal.SystemAssignedManagedIdentity()
    )
    client: MachineClient = msal.ManagedIdentityClient(identity, http_client=http)
    return client


def token_cache() -> TokenCache:
    """Return an empty token cache that can be written down."""
    cache: TokenCache = msal.SerializableTokenCache()
    return cache


def encrypted_vault(path: str) -> Vault:
    """Return the platform's encrypted place (DPAPI, Keychain, libsecret). Raise what those raise without one."""
    vault: Vault = build_encrypted_persistence(path)
    return vault


__all__ = [
    "HttpForMsal",
    "PersistenceNotFound",
    "confidential_client",
    "encrypted_vault",
    "machine_client",
    "public_client",
    "token_cache",
]
