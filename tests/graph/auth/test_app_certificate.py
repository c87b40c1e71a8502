"""Certificates: PEM and PFX, with password and without, with chain and without, and every way a file can be wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs7,
    pkcs12,
)
from cryptography.x509.oid import NameOID

from importer.core.catalogue.sign_in import FILE_REASONS
from importer.core.model import ExitCode, Stop
from importer.graph.auth import Certificate, Place, Secret, claims_of, expiry_of, token_source
from tests.graph.auth.authority import CLIENT, PASSWORD, TENANT, Authority
from tests.graph.auth.spills import spilled

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime.fromtimestamp(1_795_000_000, UTC)
"""What the clock of these tests says."""


KEYS = [rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2)]


def key(number: int = 0) -> rsa.RSAPrivateKey:
    return KEYS[number]


def name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


@cache
def certificate(
    number: int = 0, *, subject: str = "importer", until: datetime = NOW + timedelta(days=90)
) -> x509.Certificate:
    builder = x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name("issuer"))
    builder = builder.public_key(key(number).public_key()).serial_number(number + 1)
    return builder.not_valid_before(NOW - timedelta(days=900)).not_valid_after(until).sign(key(number), hashes.SHA256())


def pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(each.public_bytes(Encoding.PEM) for each in certificates)


def key_pem(private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, password: str = "") -> bytes:
    wrap = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, wrap)


def pfx(password: str = "", *above: x509.Certificate) -> bytes:
    wrap = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    return pkcs12.serialize_key_and_certificates(b"importer", key(), certificate(), above or None, wrap)


def in_file(tmp_path: Path, data: bytes, password: str = "", *, send_chain: bool = False) -> Certificate:
    path = tmp_path / "app.certificate"
    path.write_bytes(data)
    return Certificate(
        tenant=TENANT,
        client_id=CLIENT,
        path=path,
        password=Secret(password) if password else None,
        send_chain=send_chain,
    )


def refusal(credentials: Certificate, place: Place) -> Stop:
    with pytest.raises(Stop) as caught:
        token_source(credentials, place).token()
    assert spilled(caught.value) == []
    return caught.value


@pytest.fixture
def registered(authority: Authority) -> Authority:
    authority.apps[CLIENT].certificates.append(certificate())
    return authority


@pytest.mark.parametrize(
    ("data", "password"),
    [
        pytest.param(key_pem(key()) + pem(certificate()), "", id="pem"),
        pytest.param(pem(certificate()) + key_pem(key()), "not needed", id="pem, password not needed"),
        pytest.param(key_pem(key(), PASSWORD) + pem(certificate()), PASSWORD, id="pem with password"),
        pytest.param(b"Bag Attributes\n" + key_pem(key()) + pem(certificate(1), certificate()), "", id="order"),
        pytest.param(pfx(), "", id="pfx"),
        pytest.param(pfx(PASSWORD, certificate(1)), PASSWORD, id="pfx with password and chain"),
    ],
)
def test_a_certificate_signs_in(
    data: bytes, password: str, registered: Authority, place: Place, tmp_path: Path
) -> None:
    token = token_source(in_file(tmp_path, data, password), place).token()

    assert claims_of(token)["alg"] == "PS256"
    assert "client_secret" not in registered.asked("/token")[0].form


@pytest.mark.parametrize(
    ("data", "password"),
    [
        pytest.param(key_pem(key()) + pem(certificate(1), certificate()), "", id="pem"),
        pytest.param(pfx(PASSWORD, certificate(1)), PASSWORD, id="pfx"),
    ],
)
def test_the_chain_is_sent_on_request(
    data: bytes, password: str, registered: Authority, place: Place, tmp_path: Path
) -> None:
    credentials = in_file(tmp_path, data, password, send_chain=True)

    assert claims_of(token_source(credentials, place).token())["x5c"] == 2
    assert registered.requests


def test_of_two_certificates_for_the_key_the_one_that_lasts_longer_is_used(
    registered: Authority, place: Place, tmp_path: Path
) -> None:
    old = certificate(subject="old", until=NOW - timedelta(days=1))

    assert token_source(in_file(tmp_path, key_pem(key()) + pem(old, certificate())), place).token()
    assert registered.requests


def test_a_certificate_that_is_not_the_apps_is_refused(authority: Authority, place: Place, tmp_path: Path) -> None:
    stop = refusal(in_file(tmp_path, pfx()), place)

    assert (stop.problem.code, stop.exit_code) == ("sign-in-certificate-refused", ExitCode.REFUSED)
    assert len(authority.asked("/token")) == 1


def test_an_expired_certificate_is_told_before_anybody_is_asked(
    authority: Authority, place: Place, tmp_path: Path
) -> None:
    old = certificate(subject="old", until=NOW - timedelta(days=1))

    stop = refusal(in_file(tmp_path, key_pem(key()) + pem(old)), place)

    assert (stop.problem.code, stop.exit_code) == ("certificate-expired", ExitCode.REFUSED)
    assert (NOW - timedelta(days=1)).strftime("%Y-%m-%d") in stop.problem.message
    assert authority.requests == []


@pytest.mark.parametrize(
    ("data", "code", "said"),
    [
        pytest.param(b"", "certificate-unreadable", "neither PEM nor PFX", id="empty"),
        pytest.param(b"text", "certificate-unreadable", "neither PEM nor PFX", id="text"),
        pytest.param(pem(certificate()), "certificate-unreadable", "no private key", id="no key"),
        pytest.param(key_pem(key()), "certificate-unreadable", "no certificate", id="no certificate"),
        pytest.param(key_pem(key()) + pem(certificate(1)), "certificate-unreadable", "none of its", id="no match"),
        pytest.param(
            key_pem(ec.generate_private_key(ec.SECP256R1())) + pem(certificate()),
            "certificate-unreadable",
            "RSA",
            id="elliptic",
        ),
        pytest.param(
            b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n" + pem(certificate()),
            "certificate-unreadable",
            "damaged",
            id="damaged key",
        ),
        pytest.param(
            key_pem(key()) + b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "certificate-unreadable",
            "damaged",
            id="damaged certificate",
        ),
        pytest.param(key_pem(key(), PASSWORD) + pem(certificate()), "certificate-password-wrong", "", id="pem no word"),
        pytest.param(pfx(PASSWORD), "certificate-password-wrong", "", id="pfx without password"),
        pytest.param(
            pkcs12.serialize_key_and_certificates(b"x", None, None, [certificate()], NoEncryption()),
            "certificate-unreadable",
            "no private key",
            id="pfx without key",
        ),
        pytest.param(
            pkcs12.serialize_key_and_certificates(b"x", key(), None, None, NoEncryption()),
            "certificate-unreadable",
            "no certificate",
            id="pfx without certificate",
        ),
    ],
)
def test_a_file_that_can_not_be_used_says_why(
    data: bytes, code: str, said: str, authority: Authority, place: Place, tmp_path: Path
) -> None:
    stop = refusal(in_file(tmp_path, data), place)

    assert (stop.problem.code, stop.exit_code) == (code, ExitCode.USAGE)
    assert said in stop.problem.message
    assert authority.requests == []


@pytest.mark.parametrize("data", [key_pem(key(), "another") + pem(certificate()), pfx("another")])
def test_a_wrong_password_is_told_and_not_shown(data: bytes, place: Place, tmp_path: Path) -> None:
    stop = refusal(in_file(tmp_path, data, PASSWORD), place)

    assert (stop.problem.code, stop.exit_code) == ("certificate-password-wrong", ExitCode.USAGE)


def test_a_file_that_is_not_there_and_a_folder_are_told(place: Place, tmp_path: Path) -> None:
    credentials = Certificate(tenant=TENANT, client_id=CLIENT, path=tmp_path / "nowhere.pem")
    folder = Certificate(tenant=TENANT, client_id=CLIENT, path=tmp_path)

    assert "no such file" in refusal(credentials, place).problem.message
    impossible = Certificate(tenant=TENANT, client_id=CLIENT, path=tmp_path / ("x" * 300))
    assert refusal(folder, place).problem.code == "certificate-unreadable"
    assert refusal(impossible, place).problem.code == "certificate-unreadable"


def test_a_replaced_file_is_found_by_the_next_sign_in(authority: Authority, place: Place, tmp_path: Path) -> None:
    authority.apps[CLIENT].certificates.append(certificate(1))
    credentials = in_file(tmp_path, pfx())
    source = token_source(credentials, place)
    with pytest.raises(Stop):
        source.token()

    credentials.path.write_bytes(key_pem(key(1)) + pem(certificate(1)))

    assert source.token()


def test_the_expiry_of_a_certificate_can_be_asked(tmp_path: Path) -> None:
    assert expiry_of(in_file(tmp_path, pfx())) == NOW + timedelta(days=90)


PUBLIC = {
    "cer": lambda: certificate(0).public_bytes(Encoding.DER),
    "cer as text": lambda: pem(certificate(0)),
    "p7b": lambda: pkcs7.serialize_certificates([certificate(0)], Encoding.DER),
    "p7b as text": lambda: pkcs7.serialize_certificates([certificate(0)], Encoding.PEM),
}


@pytest.mark.parametrize("kind", PUBLIC)
@pytest.mark.parametrize("password", ["", "secret-word"])
def test_a_certificate_without_its_key_is_told_as_that(kind: str, password: str, place: Place, tmp_path: Path) -> None:
    stop = refusal(in_file(tmp_path, PUBLIC[kind](), password), place)

    assert (stop.problem.code, stop.exit_code) == ("certificate-unreadable", ExitCode.USAGE)
    assert FILE_REASONS["no-key"] in stop.problem.message
