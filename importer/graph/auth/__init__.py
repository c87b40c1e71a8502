"""Signing in to Microsoft: which credentials there are, and tokens that renew themselves.

Importing this loads neither MSAL nor the HTTP library; the first sign-in does.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypeAlias

from importer.graph.auth.credentials import (
    AssertionFile,
    Certificate,
    ClientSecret,
    Credentials,
    Federated,
    GitHub,
    ManagedIdentity,
    ReadyToken,
    Secret,
    SecretFile,
    SignIn,
    SignInByPerson,
    authority_from,
    credentials_from,
    describe,
)
from importer.graph.auth.source import (
    MACHINE_PAUSES,
    PAUSES,
    SIGN_IN,
    Place,
    RenewingToken,
    SignInStep,
    StaticToken,
    Token,
    TokenRequest,
    challenge_in,
    claims_of,
    kept_file,
)


def token_source(
    credentials: Credentials, place: Place, *, pauses: tuple[float, ...] = PAUSES, audience: str = ""
) -> StaticToken | RenewingToken:
    """Return the tokens of `credentials`; nothing is read and nobody is asked before the first one is wanted.

    `pauses` are the seconds between attempts while the sign-in service is down or busy. `audience` is the root of Graph
    that a ready token must be for, empty where that can't be told.
    """
    if isinstance(credentials, ReadyToken):
        return StaticToken(credentials, audience=audience, graph=place.graph, clock=place.clock)
    if isinstance(credentials, ManagedIdentity) and pauses == PAUSES:
        pauses = MACHINE_PAUSES
    sign_in = _Lazily(credentials, place)
    return RenewingToken(sign_in, clock=place.clock, pauses=pauses, left=lambda: place.first.left(SIGN_IN))


def expiry_of(credentials: Credentials) -> datetime | None:
    """Return the moment (UTC) the credentials themselves expire, None where that can't be known here.

    A certificate's and a ready token's can; a client secret's only the app registration knows.
    Raise Stop where the certificate's file can't be used.
    """
    match credentials:
        case Certificate():
            from importer.graph.auth.app import expires  # noqa: PLC0415 - loads a crypto library

            return expires(credentials)
        case ReadyToken(token=token):
            return _moment(claims_of(token.reveal()).get("exp"))
        case _:
            return None


def client_id_of(credentials: Credentials) -> str:
    """Return the app's client ID, which an access policy has to name; empty where only a later token can tell.

    For a machine's own identity that is so: `claims_of(token)["appid"]`.
    """
    if isinstance(credentials, ReadyToken):
        return str(claims_of(credentials.token.reveal()).get("appid", ""))
    return credentials.client_id


def _moment(seconds: object) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int) else None
    except (ValueError, OverflowError, OSError):  # a number that is no date, here or in the platform's calendar
        return None


SignsIn: TypeAlias = ClientSecret | Certificate | Federated | ManagedIdentity | SignInByPerson


class _Lazily:
    """A way of signing in that is loaded when it is first used."""

    def __init__(self, credentials: SignsIn, place: Place) -> None:
        self._credentials = credentials
        self._place = place
        self._step: SignInStep | None = None

    def __call__(self, wanted: TokenRequest) -> Token:
        if self._step is None:
            self._step = self._load()
        return self._step(wanted)

    def _load(self) -> SignInStep:
        from importer.graph.auth.app import AppSignIn, MachineSignIn  # noqa: PLC0415 - loads MSAL
        from importer.graph.auth.person import PersonSignIn  # noqa: PLC0415 - likewise

        match self._credentials:
            case ManagedIdentity() as machine:
                return MachineSignIn(machine, self._place)
            case SignInByPerson() as person:
                return PersonSignIn(person, self._place)
            case app:
                return AppSignIn(app, self._place)


__all__ = [
    "AssertionFile",
    "Certificate",
    "ClientSecret",
    "Credentials",
    "Federated",
    "GitHub",
    "ManagedIdentity",
    "Place",
    "ReadyToken",
    "Secret",
    "SecretFile",
    "SignIn",
    "SignInByPerson",
    "authority_from",
    "challenge_in",
    "claims_of",
    "client_id_of",
    "credentials_from",
    "describe",
    "expiry_of",
    "kept_file",
    "token_source",
]
