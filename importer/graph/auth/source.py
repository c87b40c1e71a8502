"""Tokens for many threads: one sign-in for all who ask, renewed before it runs out.

A `Place` is everything that the outside decides about a sign-in: its clock, its connections, whether there is a person
to ask. What a token says about itself is read for diagnosis only; nothing is verified here.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

from importer.core.catalogue import problem
from importer.core.model import ExitCode, Stop
from importer.graph import SYSTEM_CLOCK, Clock, FirstAnswers
from importer.graph.auth.credentials import Secret
from importer.graph.auth.faults import Busy
from importer.paths import own_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from ssl import SSLContext

    from importer.graph.auth.credentials import ReadyToken


LARGEST_TOKEN = 65_536
"""Characters of a token that are looked into; Entra ID's stay far below (a few thousand)."""


def claims_of(token: str) -> Mapping[str, Any]:
    """Return the claims of a JWT, e.g. `roles`, `scp`, `appid`, `tid`, `exp`; an opaque token gives none.

    The signature is not checked: good for telling somebody what a token is for, never for trusting it.
    """
    parts = token.split(".")
    if len(parts) != 3 or len(token) > LARGEST_TOKEN:  # noqa: PLR2004 - header, payload, signature
        return {}
    return _object(_decoded(parts[1]))


def challenge_in(www_authenticate: str) -> str:
    """Return the claims that a Conditional Access challenge asks for, as text for `refresh`; empty without one.

    Graph sends them base64-coded in the `claims` part of the WWW-Authenticate header of a 401. Source:
    https://learn.microsoft.com/entra/identity-platform/claims-challenge
    """
    found = re.search(r'\bclaims="([^"]*)"', www_authenticate)
    if found is None or 'error="insufficient_claims"' not in www_authenticate:
        return ""
    claims = _decoded(found.group(1))
    return claims.decode() if _object(claims) else ""


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


def _object(text: bytes) -> dict[str, Any]:
    try:
        claims = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


SIGN_IN = "sign-in"
"""What a first answer of the sign-in service is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a sign-in needs besides credentials.

    `authority` is the sign-in service's address (`authority_from`), `graph` the cloud's Graph root that the token
    is for (the cloud's, also when requests go to another address); neither ends in a slash. `tls` is the trust
    shared with Graph. `show` is given sentences for the person at the terminal, and `ask` what they must see, or
    nobody signs in (None: `show`); `person` tells whether there is one, and `browser` opens an address in their browser
    and tells whether it could (None: there is none, so a code is shown). `kept` is the file that a person's sign-in
    is kept in (`kept_file`), None to keep nothing; `vault` opens the encrypted place that goes with it, None for
    the platform's own. `first` is how long the first answer is waited for, and `check` raises Stop once nobody waits
    for any. `also` are permissions that a person's sign-in asks for beside the usual ones.
    """

    authority: str
    graph: str
    tls: SSLContext
    show: Callable[[str], None]
    prompt: Callable[[str], None] | None = None
    person: bool = False
    browser: Callable[[str], bool] | None = None
    kept: Path | None = None
    vault: Callable[[str], Vault] | None = None
    clock: Clock = SYSTEM_CLOCK
    first: FirstAnswers = field(default_factory=FirstAnswers)
    check: Callable[[], None] | None = None
    also: tuple[str, ...] = ()


def kept_file() -> Path | None:
    """Return where this user's sign-in is kept: in the user's own folder of this machine, never a roaming one.

    None for an account that has no such folder.
    """
    folder = own_folder("state")
    return None if folder is None else folder / "sign-in.cache"


class Vault(Protocol):
    """A place of msal-extensions that text is kept in."""

    is_encrypted: bool

    def load(self) -> str:
        """Return the text that is kept."""
        ...

    def save(self, content: str) -> None:
        """Keep `content` in place of what was there."""
        ...


RENEW_BEFORE = 300.0
"""Seconds before its end at which a token is renewed: MSAL's own margin (5 minutes)."""

SHARE_BEFORE = 0.1
"""The margin for tokens that live so short that five minutes would be most of their life."""

TRY_AGAIN = 30.0
"""Seconds until an early renewal that failed is tried again, while the old token is still good."""

MACHINE_PAUSES = (1.0, 4.0, 15.0, 25.0, 25.0)
"""The same for a machine's identity: its endpoint may be gone (410) for 70 seconds while it is updated.

Source: https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token
"""

PAUSES = (1.0, 4.0, 15.0)
"""Seconds between attempts while the service is down or busy: all workers wait meanwhile, so not for long."""

LONGEST_PAUSE = 120.0
"""Seconds the service may ask to be left alone for; above that the run stops and says so rather than hang."""


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """Why somebody signs in: `rejected` is the token that must not come back, `claims` what else it must hold."""

    rejected: Secret | None = None
    claims: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """A token and how many seconds from now it is good for."""

    token: Secret
    lifetime: float


class SignInStep(Protocol):
    """One way of signing in, tried once."""

    def __call__(self, wanted: TokenRequest) -> Token:
        """Ask for a token. Raise Busy where another attempt may help, else Stop."""
        ...


@dataclass(frozen=True, slots=True)
class _Held:
    token: str
    renew_at: float
    expires_at: float

    def __repr__(self) -> str:
        return f"_Held(renew_at={self.renew_at}, expires_at={self.expires_at})"


class RenewingToken:
    """A token source over one way of signing in; safe to use from any number of threads.

    While a token is good nobody waits: one thread renews it early, the others go on with it. When there is none,
    one thread signs in and all who wait get what it got, the refusal too.
    """

    def __init__(
        self,
        sign_in: SignInStep,
        *,
        clock: Clock = SYSTEM_CLOCK,
        pauses: tuple[float, ...] = PAUSES,
        left: Callable[[], float] = lambda: math.inf,
    ) -> None:
        """`pauses` are the seconds between attempts while the service is down or busy; none means one attempt.

        `left` gives how many seconds more a first answer of the service is waited for.
        """
        self._left = left
        self._sign_in = sign_in
        self._pauses = pauses
        self._clock = clock
        self._lock = Lock()
        self._held: _Held | None = None
        self._attempts = 0
        self._failure: Stop | None = None

    def token(self) -> str:
        """Return a token that is still good. Raise Stop when signing in fails."""
        attempts, held, now = self._attempts, self._held, self._clock.monotonic()
        if held is None or now >= held.expires_at:
            return self._one_for_all(TokenRequest(), self._good, since=attempts)
        return held.token if now < held.renew_at else self._early(held)

    def refresh(self, rejected: str, *, claims: str = "") -> str:
        """Return another token than `rejected`; the newer one where somebody has renewed it already.

        `claims` is what a Conditional Access challenge asked for (`challenge_in`). Raise Stop.
        """

        def newer() -> str | None:
            token = self._good()
            return token if token != rejected else None

        return self._one_for_all(TokenRequest(Secret(rejected), claims), newer, since=self._attempts)

    def _good(self) -> str | None:
        held = self._held
        return held.token if held and self._clock.monotonic() < held.expires_at else None

    def _one_for_all(self, wanted: TokenRequest, ready: Callable[[], str | None], *, since: int) -> str:
        """Return what is `ready` when this thread's turn comes, else signs in; `since` is the attempts it knew of."""
        with self._lock:
            if token := ready():
                return token
            if self._failure and self._attempts != since:  # it was refused while this thread stood waiting
                raise Stop(self._failure.problem, self._failure.exit_code)
            return self._attempt(lambda: self._patiently(wanted)).token

    def _attempt(self, sign_in: Callable[[], Token]) -> _Held:
        self._failure = None
        try:
            self._held = self._hold(sign_in())
        except Stop as stop:
            self._failure = stop
            raise
        finally:
            self._attempts += 1
        return self._held

    def _early(self, held: _Held) -> str:
        """Renews a token that is still good, unless somebody is at it; a failure can wait until it has expired."""
        if not self._lock.acquire(blocking=False):
            return held.token
        try:
            if self._held is not held:
                return self._good() or held.token
            return self._hold_on(held)
        finally:
            self._lock.release()

    def _hold_on(self, held: _Held) -> str:
        try:
            self._held = self._hold(self._sign_in(TokenRequest()))
        except Stop:
            later = min(self._clock.monotonic() + TRY_AGAIN, held.expires_at)
            self._held = _Held(held.token, later, held.expires_at)
        return self._held.token

    def _hold(self, grant: Token) -> _Held:
        now = self._clock.monotonic()
        margin = min(RENEW_BEFORE, grant.lifetime * SHARE_BEFORE)
        return _Held(grant.token.reveal(), now + grant.lifetime - margin, now + grant.lifetime)

    def _patiently(self, wanted: TokenRequest) -> Token:
        """Sign in, and tries again while the service is down or busy; the last refusal is the one that is told."""
        for pause in self._pauses:
            try:
                return self._sign_in(wanted)
            except Busy as busy:
                wait = max(pause, busy.retry_after or 0.0)
                if wait > LONGEST_PAUSE or wait >= self._left():
                    raise
            self._clock.sleep(wait)
        return self._sign_in(wanted)


GRAPH_ITSELF = "00000003-0000-0000-c000-000000000000"
"""Microsoft Graph's own application ID, the same in every cloud: another way to say for whom a token is.

Source: https://learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in
"""


class StaticToken:
    """A token source over a token made elsewhere, which nobody here can renew."""

    def __init__(self, ready: ReadyToken, *, graph: str, audience: str = "", clock: Clock = SYSTEM_CLOCK) -> None:
        """`audience` is the root of Graph that the token must be for, empty where that can't be told.

        `graph` is the cloud's, which a new token is to be asked for.
        """
        self._token = ready.token
        self._tenant = ready.tenant
        self._graph = graph
        self._audience = audience
        self._clock = clock

    def token(self) -> str:
        """Return the token.

        Raise Stop (exit 5: `access-token-expired`, `access-token-for-another`, `access-token-of-another-tenant`) when
        it says so of itself.
        """
        claims = claims_of(self._token.reveal())
        audience, tenant, expires = claims.get("aud"), claims.get("tid"), claims.get("exp")
        if self._audience and isinstance(audience, str) and audience.rstrip("/") not in (self._audience, GRAPH_ITSELF):
            told = problem("access-token-for-another", value=_printable(audience), graph=self._graph)
            raise Stop(told, ExitCode.REFUSED)
        if self._tenant and isinstance(tenant, str) and tenant.casefold() != self._tenant.casefold():
            facts = {"tenant": self._tenant, "graph": self._graph}
            raise Stop(problem("access-token-of-another-tenant", value=_printable(tenant), **facts), ExitCode.REFUSED)
        if isinstance(expires, int) and expires <= self._clock.now():
            raise self._over("by its own account")
        return self._token.reveal()

    def refresh(self, rejected: str, *, claims: str = "") -> str:  # noqa: ARG002 - there is only the one
        """Raise Stop (`access-token-expired`, exit 5)."""
        raise self._over("refused by Graph")

    def _over(self, detail: str) -> Stop:
        return Stop(problem("access-token-expired", graph=self._graph, detail=detail), ExitCode.REFUSED)


def _printable(claim: str) -> str:
    """Return a claim as it may be shown on a terminal."""
    return "".join(sign for sign in claim if sign.isprintable())
