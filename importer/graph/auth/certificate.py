"""A certificate and its private key, out of a PEM or a PFX file."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

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

from importer.core.catalogue import problem
from importer.core.catalogue.sign_in import FILE_REASONS
from importer.core.model import ExitCode, Stop

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from importer.graph.auth.credentials import Certificate

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


def load(certificate: Certificate, *, now: float) -> KeyPair:
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
    """Return the moment the certificate in the file stops being good, in UTC. Raise Stop as `load` does."""
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
    """Tells whether this is a certificate alone (.cer) or a chain of them (.p7b): neither has a key, nor a password."""
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
