"""Signing in as an app (secret, certificate or federated token) and as a machine (managed identity)."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import quote, urlsplit

from importer.core.catalogue import problem, shorten
from importer.core.catalogue.sign_in import SECRET_HINTS
from importer.core.cells import GUID
from importer.core.model import ExitCode, Stop
from importer.core.scrub import scrub_strange
from importer.graph.auth import certificate as certificates
from importer.graph.auth import microsoft
from importer.graph.auth.credentials import Certificate, ClientSecret, Federated, GitHub, ManagedIdentity
from importer.graph.auth.faults import FEDERATED_CODES, Asked, Busy, Wire, WireFault, from_answer, from_wire
from importer.graph.auth.microsoft import read_object, to_entra, to_github, to_machine
from importer.graph.auth.secrets import AssertionFile, Secret, is_jwt
from importer.graph.auth.source import Token, TokenRequest, claims_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.graph.auth.source import Place

DEFAULT_LIFETIME = 3600.0
"""Seconds, where an answer does not say: what Entra ID's tokens live at least."""


EXCHANGE_AUDIENCES: Mapping[str, str] = MappingProxyType({"us": "USGov", "cn": "China"})
"""How the audience of a federated token ends in the cloud whose Graph is under this top-level domain.

Source: https://learn.microsoft.com/entra/workload-id/workload-identity-federation-create-trust
"""

Credential: TypeAlias = "str | dict[str, object]"
"""What MSAL takes for an app's proof of itself."""


class AppSignIn:
    """Signs in as an app."""

    def __init__(self, credentials: ClientSecret | Certificate | Federated, place: Place) -> None:
        self._credentials = credentials
        self._place = place

    def __call__(self, wanted: TokenRequest) -> Token:
        """Return a fresh token. Raise Busy or Stop."""
        credential, asked = self._prepared()
        try:
            return grant_from(self._answer(credential, wanted), asked)
        except WireFault as fault:
            raise from_wire(fault, asked) from None

    def _answer(self, credential: Credential, wanted: TokenRequest) -> microsoft.Answer:
        tenant, client_id = self._credentials.tenant, self._credentials.client_id
        with to_entra(self._place) as http:
            client = microsoft.confidential_client(
                client_id, credential=credential, authority=f"{self._place.authority}/{tenant}", http=http
            )
            return client.acquire_token_for_client(
                scopes=[f"{self._place.graph}/.default"], claims_challenge=wanted.claims or None
            )

    def _prepared(self) -> tuple[Credential, Asked]:
        asked = Asked(host=host_of(self._place.authority), graph=self._place.graph)
        match self._credentials:
            case ClientSecret(secret=secret, setting=setting):
                text = secret.reveal()
                return text, replace(asked, setting=setting, hint=_hint(text), secrets=(text,))
            case Certificate() as certificate:
                pair = certificates.load(certificate, now=self._place.clock.now())
                return {**certificates.for_msal(pair, send_chain=certificate.send_chain)}, asked
            case Federated(source=GitHub() as github):
                text = _from_github(github, self._place)
            case Federated(source=AssertionFile() as file):
                text = file.reveal()
        return {"client_assertion": lambda: text}, _asked_with(text, asked)


def _asked_with(assertion: str, asked: Asked) -> Asked:
    """Return who is asked with the federated token: what it says of itself is what an administrator compares."""
    claims = claims_of(assertion)
    said = {
        name: _printable(", ".join(map(str, each if isinstance(each, list) else [each])))
        for name, claim in (("issuer", "iss"), ("subject", "sub"), ("audience", "aud"))
        if (each := claims.get(claim, "(nothing)"))
    }
    return replace(asked, meanings=FEDERATED_CODES, said=said, secrets=(assertion,))


def _printable(text: str) -> str:
    return shorten("".join(sign for sign in scrub_strange(text) if sign.isprintable()))


def exchange_audience(graph: str) -> str:
    """Return the audience that a federated token needs in the cloud of this Graph root."""
    return "api://AzureADTokenExchange" + EXCHANGE_AUDIENCES.get(graph.rpartition(".")[2], "")


def _from_github(github: GitHub, place: Place) -> str:
    """Return the token that GitHub gives this workflow, good for some minutes. Raise Busy or Stop."""
    asked = Asked(host=host_of(github.url), secrets=(github.token.reveal(),))
    headers = {"Authorization": f"Bearer {github.token.reveal()}", "Accept": "application/json"}
    url = f"{github.url}{'&' if urlsplit(github.url).query else '?'}audience={quote(exchange_audience(place.graph))}"
    try:
        with to_github(place) as http:
            answer = http.get(url, headers=headers)
    except WireFault as fault:
        raise from_wire(fault, asked) from None
    token = read_object(answer).get("value")
    if not isinstance(token, str) or not is_jwt(token):
        detail = f"HTTP {answer.status_code} from {asked.host}"
        raise Stop(problem("github-identity-refused", value=asked.host, detail=detail), ExitCode.REFUSED)
    return token


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
