"""Signing in as an app (secret, certificate or federated token) and as a machine (managed identity).

An app's certificate and its private key are read here too, out of a PEM or a PFX file.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, NoReturn, TypeAlias
from urllib.parse import quote, urlsplit

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    pkcs7,
    pkcs12,
)

from importer.core.catalogue import problem, shorten
from importer.core.catalogue.sign_in import FILE_REASONS, SECRET_HINTS
from importer.core.cells import GUID
from importer.core.model import ExitCode, Stop
from importer.core.wording import scrub_strange
from importer.graph.auth import microsoft
from importer.graph.auth.credentials import (
    AssertionFile,
    Certificate,
    ClientSecret,
    Federated,
    GitHub,
    ManagedIdentity,
    Secret,
    is_jwt,
)
from importer.graph.auth.faults import FEDERATED_CODES, Asked, Busy, WireFault, WireFaultKind, from_answer, from_wire
from importer.graph.auth.microsoft import read_object, to_entra, to_github, to_machine
from importer.graph.auth.source import Token, TokenRequest, claims_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from importer.graph.auth.source import Place


LARGEST_FILE = 1_048_576
"""Bytes of a certificate file that are read: a long chain takes some ten thousand."""

_DER_SEQUENCE = b"\x30"
"""What every PFX file begins with (ASN.1 SEQUENCE)."""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A private key, its own certificate, and the certificates above it in the order of the file."""

    key: RSAPrivateKey
    leaf: x509.Certificate
    above: tuple[x509.Certificate, ...]

    @property
    def expires(self) -> datetime:
        """The moment the certificate stops being good, in UTC."""
        return self.leaf.not_valid_after_utc


def load_key_pair(certificate: Certificate, *, now: float) -> KeyPair:
    """Return the key pair in the file, read anew each time, so that a replaced file is found.

    `now` is in seconds since 1970. Raise Stop (exit 2: `certificate-unreadable`, `certificate-password-wrong`;
    exit 5: `certificate-expired`).
    """
    pair = _pair(certificate)
    if pair.expires.timestamp() <= now:
        date = pair.expires.strftime("%Y-%m-%d")
        raise Stop(problem("certificate-expired", value=str(certificate.path), date=date), ExitCode.REFUSED)
    return pair


def expires(certificate: Certificate) -> datetime:
    """Return the moment the certificate in the file stops being good, in UTC. Raise Stop as `load_key_pair` does."""
    return _pair(certificate).expires


def for_msal(pair: KeyPair, *, send_chain: bool) -> dict[str, str]:
    """Return the key pair as MSAL wants it.

    With a thumbprint of ours MSAL signs RS256 and sends every certificate it was given; without one it signs
    PS256, which Microsoft recommends, and sends the app's own certificate alone. So the chain, which trust by
    subject name and issuer may need, costs the older signature.
    """
    key = pair.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    if send_chain:
        thumbprint = pair.leaf.fingerprint(SHA1()).hex()  # noqa: S303 - a name for the certificate, no protection
        return {"private_key": key, "thumbprint": thumbprint, "public_certificate": _pem(pair.leaf, *pair.above)}
    return {"private_key": key, "public_certificate": _pem(pair.leaf)}


def _pem(*certificates: x509.Certificate) -> str:
    return "".join(each.public_bytes(Encoding.PEM).decode() for each in certificates)


def _pair(certificate: Certificate) -> KeyPair:
    data = _read(certificate.path)
    password = certificate.password.reveal().encode() if certificate.password else None
    key, certificates = (_pem_parts if b"-----BEGIN" in data else _pfx_parts)(certificate.path, data, password)
    if not isinstance(key, RSAPrivateKey):
        _unreadable(certificate.path, "no-key" if key is None else "not-rsa")
    return _matched(certificate.path, key, certificates)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_FILE)
    except FileNotFoundError:
        _unreadable(path, "missing")
    except IsADirectoryError:
        _unreadable(path, "not-a-file")
    except PermissionError:  # on Windows a folder is one too
        _unreadable(path, "forbidden")
    except OSError as error:
        _unreadable(path, "failed", detail=error.strerror or "")


def _pem_parts(path: Path, data: bytes, password: bytes | None) -> tuple[object | None, Sequence[x509.Certificate]]:
    if b"PRIVATE KEY-----" not in data:
        return None, ()
    return _pem_key(path, data, password), _pem_certificates(path, data)


def _pem_key(path: Path, data: bytes, password: bytes | None) -> object:
    encrypted = b"ENCRYPTED" in data
    if encrypted and password is None:
        _password_wrong(path)
    try:
        return load_pem_private_key(data, password if encrypted else None)
    except (ValueError, TypeError):
        return _password_wrong(path) if encrypted else _unreadable(path, "damaged")
    except UnsupportedAlgorithm:
        _unreadable(path, "not-rsa")


def _pem_certificates(path: Path, data: bytes) -> Sequence[x509.Certificate]:
    if b"-----BEGIN CERTIFICATE-----" not in data:
        _unreadable(path, "no-certificate")
    try:
        return x509.load_pem_x509_certificates(data)
    except ValueError:
        _unreadable(path, "damaged")


def _pfx_parts(path: Path, data: bytes, password: bytes | None) -> tuple[object | None, Sequence[x509.Certificate]]:
    try:
        key, leaf, above = pkcs12.load_key_and_certificates(data, password)
    except UnsupportedAlgorithm:
        _unreadable(path, "not-rsa")
    except ValueError:
        if _is_public(data):
            _unreadable(path, "no-key")
        return _password_wrong(path) if data.startswith(_DER_SEQUENCE) else _unreadable(path, "damaged")
    return key, ([leaf] if leaf else []) + above


def _is_public(data: bytes) -> bool:
    """Return whether this is a certificate (.cer) or a chain of them (.p7b): neither has a key, nor a password."""
    for load in (x509.load_der_x509_certificate, pkcs7.load_der_pkcs7_certificates):
        with suppress(ValueError, UnsupportedAlgorithm):
            return bool(load(data))
    return False


def _matched(path: Path, key: RSAPrivateKey, certificates: Sequence[x509.Certificate]) -> KeyPair:
    """Return the pair; which certificate is the key's own is told by the key, not by the order in the file."""
    if not certificates:
        _unreadable(path, "no-certificate")
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    own = [each for each in certificates if _public(each) == public]
    if not own:
        _unreadable(path, "no-match")
    leaf = max(own, key=lambda each: each.not_valid_after_utc)
    return KeyPair(key, leaf, tuple(each for each in certificates if each not in own))


def _public(certificate: x509.Certificate) -> bytes:
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _password_wrong(path: Path) -> NoReturn:
    raise Stop(problem("certificate-password-wrong", value=str(path)), ExitCode.USAGE) from None


def _unreadable(path: Path, reason: str, *, detail: str = "") -> NoReturn:
    raise Stop(
        problem("certificate-unreadable", value=str(path), reason=FILE_REASONS[reason], detail=detail), ExitCode.USAGE
    ) from None


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

    def _answer(self, credential: Credential, wanted: TokenRequest) -> microsoft.MsalAnswer:
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
                pair = load_key_pair(certificate, now=self._place.clock.now())
                return {**for_msal(pair, send_chain=certificate.send_chain)}, asked
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

    def _answer(self, wanted: TokenRequest) -> microsoft.MsalAnswer:
        with to_machine(self._place) as http:
            client = microsoft.machine_client(self._credentials.client_id, http=http)
            return client.acquire_token_for_client(resource=self._place.graph, claims_challenge=wanted.claims or None)


def grant_from(answer: microsoft.MsalAnswer, asked: Asked) -> Token:
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
    if fault.kind is WireFaultKind.NO_ANSWER:
        return Stop(problem("managed-identity-missing", detail=fault.detail), ExitCode.REFUSED)
    stop = from_wire(fault, asked)
    return stop if isinstance(stop, Busy) else _refused(fault.detail)


def _refused(detail: str) -> Stop:
    return Stop(problem("managed-identity-refused", detail=detail), ExitCode.REFUSED)
