"""Signing in as an app (secret or certificate) and as a machine (managed identity)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from importer.core.catalogue import problem
from importer.core.catalogue.sign_in import SECRET_HINTS
from importer.core.cells import GUID
from importer.core.model import ExitCode, Stop
from importer.graph.auth import certificate as certificates
from importer.graph.auth import microsoft
from importer.graph.auth.credentials import Certificate, ClientSecret, ManagedIdentity
from importer.graph.auth.faults import Asked, Busy, Wire, WireFault, from_answer, from_wire
from importer.graph.auth.microsoft import to_entra, to_machine
from importer.graph.auth.secrets import Secret
from importer.graph.auth.source import Token, TokenRequest

if TYPE_CHECKING:
    from importer.graph.auth.source import Place

DEFAULT_LIFETIME = 3600.0
"""Seconds, where an answer does not say: what Entra ID's tokens live at least."""


class AppSignIn:
    """Signs in as an app."""

    def __init__(self, credentials: ClientSecret | Certificate, place: Place) -> None:
        self._credentials = credentials
        self._place = place

    def __call__(self, wanted: TokenRequest) -> Token:
        """Return a fresh token. Raise Busy or Stop."""
        credential, asked = self._prepared()
        try:
            return grant_from(self._answer(credential, wanted), asked)
        except WireFault as fault:
            raise from_wire(fault, asked) from None

    def _answer(self, credential: str | dict[str, str], wanted: TokenRequest) -> microsoft.Answer:
        tenant, client_id = self._credentials.tenant, self._credentials.client_id
        with to_entra(self._place) as http:
            client = microsoft.confidential_client(
                client_id, credential=credential, authority=f"{self._place.authority}/{tenant}", http=http
            )
            return client.acquire_token_for_client(
                scopes=[f"{self._place.graph}/.default"], claims_challenge=wanted.claims or None
            )

    def _prepared(self) -> tuple[str | dict[str, str], Asked]:
        asked = Asked(host=host_of(self._place.authority), graph=self._place.graph)
        match self._credentials:
            case ClientSecret(secret=secret, setting=setting):
                text = secret.reveal()
                return text, replace(asked, setting=setting, hint=_hint(text), secrets=(text,))
            case Certificate() as certificate:
                pair = certificates.load(certificate, now=self._place.clock.now())
                return certificates.for_msal(pair, send_chain=certificate.send_chain), asked


class MachineSignIn:
    """Signs in with the managed identity of an Azure machine."""

    def __init__(self, credentials: ManagedIdentity, place: Place) -> None:
        self._credentials = credentials
        self._place = place

    def __call__(self, wanted: TokenRequest) -> Token:
        """Return a token, which the machine may have kept from before. Raise Busy or Stop."""
        asked = Asked(host="the managed identity of this machine")
        try:
            answer = self._answer(wanted)
        except WireFault as fault:
            raise _from_machine(fault, asked) from None
        except (ValueError, OSError) as error:  # not JSON, or Azure Arc's key file; their words may hold an answer
            raise _refused(type(error).__name__) from None
        if "access_token" in answer:
            return grant_from(answer, asked)
        raise _refused(from_answer(answer, asked).problem.detail)

    def _answer(self, wanted: TokenRequest) -> microsoft.Answer:
        with to_machine(self._place) as http:
            client = microsoft.machine_client(self._credentials.client_id, http=http)
            return client.acquire_token_for_client(resource=self._place.graph, claims_challenge=wanted.claims or None)


def grant_from(answer: microsoft.Answer, asked: Asked) -> Token:
    """Return the token in an answer of MSAL. Raise Busy or Stop for what it says instead."""
    token = answer.get("access_token")
    if not isinstance(token, str) or not token:
        raise from_answer(answer, asked)
    return Token(Secret(token), float(answer.get("expires_in", DEFAULT_LIFETIME)))


def host_of(address: str) -> str:
    """Return the host of an address as people know it."""
    return urlsplit(address).netloc


def _hint(secret: str) -> str:
    """Return what is wrong with the look of a secret; asked for only when it was refused."""
    if GUID.fullmatch(secret.strip()):
        return SECRET_HINTS["id"]
    return SECRET_HINTS["edges" if secret.strip(" \t\r\n\"'") != secret else ""]


def _from_machine(fault: WireFault, asked: Asked) -> Stop:
    if fault.kind is Wire.NO_ANSWER:
        return Stop(problem("managed-identity-missing", detail=fault.detail), ExitCode.REFUSED)
    stop = from_wire(fault, asked)
    return stop if isinstance(stop, Busy) else _refused(fault.detail)


def _refused(detail: str) -> Stop:
    return Stop(problem("managed-identity-refused", detail=detail), ExitCode.REFUSED)
