"""Which credentials are taken from the environment, in which order, and what is said when some are missing."""

from __future__ import annotations

import copy
import json
import os
import pickle
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from importer.core.model import ExitCode, Stop
from importer.graph.auth import (
    Certificate,
    ClientSecret,
    ManagedIdentity,
    ReadyToken,
    Secret,
    SecretFile,
    SignIn,
    SignInByPerson,
    authority_from,
    client_id_of,
    credentials_from,
    describe,
    expiry_of,
)
from tests.graph.auth.authority import CLIENT, PASSWORD, SECRET, TENANT, fake_token

if TYPE_CHECKING:
    from collections.abc import Mapping

APP = {"AZURE_TENANT_ID": TENANT, "AZURE_CLIENT_ID": CLIENT}
WITH_SECRET = APP | {"AZURE_CLIENT_SECRET": SECRET}
TOKEN = {"MEETING_IMPORTER_ACCESS_TOKEN": "a.b.c"}


def refusal(environment: Mapping[str, str], sign_in: SignIn = SignIn.APP) -> tuple[str, str]:
    with pytest.raises(Stop) as caught:
        credentials_from(environment, sign_in)
    assert caught.value.exit_code is ExitCode.USAGE
    return caught.value.problem.code, caught.value.problem.message


def test_a_secret_in_the_environment_is_taken() -> None:
    credentials = credentials_from(WITH_SECRET, SignIn.APP)

    assert isinstance(credentials, ClientSecret)
    assert (credentials.tenant, credentials.client_id, credentials.secret.reveal()) == (TENANT, CLIENT, SECRET)


def test_a_secret_goes_before_its_file_and_that_before_a_certificate() -> None:
    file = {"MEETING_IMPORTER_CLIENT_SECRET_FILE": "/run/secret"}
    certificate = {"AZURE_CLIENT_CERTIFICATE_PATH": "/run/app.pem"}

    assert describe(credentials_from(WITH_SECRET | file | certificate, SignIn.APP)) == (
        "Signing in with the client secret in AZURE_CLIENT_SECRET; also set and not used: "
        "MEETING_IMPORTER_CLIENT_SECRET_FILE, AZURE_CLIENT_CERTIFICATE_PATH."
    )
    assert describe(credentials_from(APP | file | certificate, SignIn.APP)) == (
        "Signing in with the client secret in the file that MEETING_IMPORTER_CLIENT_SECRET_FILE names; "
        "also set and not used: AZURE_CLIENT_CERTIFICATE_PATH."
    )
    assert describe(credentials_from(APP | certificate, SignIn.APP)) == (
        "Signing in with the certificate in the file that AZURE_CLIENT_CERTIFICATE_PATH names."
    )


def test_a_certificate_comes_with_its_password_and_its_chain() -> None:
    environment = APP | {
        "AZURE_CLIENT_CERTIFICATE_PATH": "app.pfx",
        "AZURE_CLIENT_CERTIFICATE_PASSWORD": PASSWORD,
        "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN": "True",
    }

    assert credentials_from(environment, SignIn.APP) == Certificate(
        tenant=TENANT, client_id=CLIENT, path=Path("app.pfx"), password=Secret(PASSWORD), send_chain=True
    )


@pytest.mark.parametrize(("value", "sent"), [("1", True), ("yes", True), ("0", False), ("FALSE", False), ("", False)])
def test_the_chain_is_a_switch(value: str, sent: bool) -> None:  # noqa: FBT001 - a column of the table
    environment = {"AZURE_CLIENT_CERTIFICATE_PATH": "a", "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN": value}
    credentials = credentials_from(APP | environment, SignIn.APP)

    assert isinstance(credentials, Certificate)
    assert credentials.send_chain is sent


def test_a_switch_that_is_neither_on_nor_off_is_named() -> None:
    environment = {"AZURE_CLIENT_CERTIFICATE_PATH": "a", "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN": "perhaps"}

    code, message = refusal(APP | environment)

    assert code == "sign-in-setting-not-valid"
    assert message == "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN must be true or false. Correct it."


@pytest.mark.parametrize("sign_in", [SignIn.APP, SignIn.PERSON])
def test_a_ready_token_goes_before_the_rest(sign_in: SignIn) -> None:
    credentials = credentials_from(WITH_SECRET | TOKEN, sign_in)

    assert credentials == ReadyToken(Secret("a.b.c"), TENANT)
    assert describe(credentials) == "Signing in with the ready access token in MEETING_IMPORTER_ACCESS_TOKEN."


@pytest.mark.parametrize("text", ["Bearer a.b.c", " a.b.c\n", '"a.b.c"', "bearer  a.b.c"])
def test_a_token_may_be_copied_with_its_surroundings(text: str) -> None:
    assert credentials_from({"MEETING_IMPORTER_ACCESS_TOKEN": text}, SignIn.APP) == ReadyToken(Secret("a.b.c"))


@pytest.mark.parametrize("text", ["a b", "a\nb", "tökén"])
def test_a_token_that_could_not_be_sent_is_refused_without_showing_it(text: str) -> None:
    code, message = refusal({"MEETING_IMPORTER_ACCESS_TOKEN": text})

    assert code == "sign-in-setting-not-valid"
    assert text not in message


def test_a_managed_identity_was_asked_for_and_goes_before_a_token() -> None:
    own = credentials_from(TOKEN, SignIn.MACHINE)
    other = credentials_from(WITH_SECRET, SignIn.MACHINE)

    assert (own, describe(own)) == (ManagedIdentity(), "Signing in with this machine's own managed identity.")
    assert (other, describe(other)) == (
        ManagedIdentity(CLIENT),
        "Signing in with the managed identity that AZURE_CLIENT_ID names.",
    )


def test_a_person_signs_in_through_an_app() -> None:
    credentials = credentials_from(WITH_SECRET, SignIn.PERSON)

    assert credentials == SignInByPerson(tenant=TENANT, client_id=CLIENT)
    assert describe(credentials) == "Signing in with a person's own account."


PROOF = "AZURE_CLIENT_SECRET (or AZURE_CLIENT_CERTIFICATE_PATH, AZURE_FEDERATED_TOKEN_FILE)"


@pytest.mark.parametrize(
    ("environment", "sign_in", "missing"),
    [
        (
            {},
            SignIn.APP,
            f"AZURE_TENANT_ID, AZURE_CLIENT_ID, {PROOF}",
        ),
        (APP, SignIn.APP, PROOF),
        (
            APP | {"AZURE_CLIENT_SECRET": "  "},
            SignIn.APP,
            PROOF,
        ),
        ({"AZURE_CLIENT_SECRET": SECRET}, SignIn.APP, "AZURE_TENANT_ID, AZURE_CLIENT_ID"),
        ({"AZURE_TENANT_ID": TENANT}, SignIn.PERSON, "AZURE_CLIENT_ID"),
    ],
)
def test_what_is_missing_is_named(environment: dict[str, str], sign_in: SignIn, missing: str) -> None:
    assert refusal(environment, sign_in) == (
        "sign-in-not-set-up",
        (
            f"Sign-in is not set up. Still missing: {missing}. "
            "Set these environment variables (meeting-importer explain sign-in-not-set-up says where they come from), "
            "or add --sandbox to try without an account."
        ),
    )


@pytest.mark.parametrize("tenant", ["a/b", "a b", "-x", "https://login", "?"])
def test_a_tenant_that_is_no_name_is_refused(tenant: str) -> None:
    assert refusal(WITH_SECRET | {"AZURE_TENANT_ID": tenant})[0] == "sign-in-setting-not-valid"


def test_a_tenant_that_stands_for_all_is_no_app_s_but_may_be_a_persons() -> None:
    environment = WITH_SECRET | {"AZURE_TENANT_ID": "Organizations"}

    assert refusal(environment)[0] == "sign-in-tenant-needed"
    assert credentials_from(environment, SignIn.PERSON) == SignInByPerson(tenant="Organizations", client_id=CLIENT)


def test_quotation_marks_around_a_path_are_not_part_of_it() -> None:
    credentials = credentials_from(APP | {"AZURE_CLIENT_CERTIFICATE_PATH": '"C:/my keys/app.pfx"'}, SignIn.APP)

    assert isinstance(credentials, Certificate)
    assert credentials.path == Path("C:/my keys/app.pfx")


def test_quotation_marks_around_an_id_are_not_part_of_it() -> None:
    quoted = {"AZURE_TENANT_ID": f'"{TENANT}"', "AZURE_CLIENT_ID": f" '{CLIENT}' "}

    assert credentials_from(WITH_SECRET | quoted, SignIn.APP) == credentials_from(WITH_SECRET, SignIn.APP)


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("", "https://login.microsoftonline.com"),
        ("login.microsoftonline.us", "https://login.microsoftonline.us"),
        ("https://login.microsoftonline.us/", "https://login.microsoftonline.us"),
        (" 'https://sts.contoso.com:8443' ", "https://sts.contoso.com:8443"),
        ("[::1]:8443", "https://[::1]:8443"),
    ],
)
def test_the_authority_may_be_another(given: str, address: str) -> None:
    assert authority_from({"AZURE_AUTHORITY_HOST": given}, "https://login.microsoftonline.com") == address


@pytest.mark.parametrize(
    "given",
    [
        "http://login.example",
        "https://a/tenant",
        "https://user:word@host",
        "https://a?b",
        "ftp://a",
        "a b",
        "https://[",
        "[::1",
    ],
)
def test_an_authority_that_is_not_an_https_host_is_refused(given: str) -> None:
    with pytest.raises(Stop) as caught:
        authority_from({"AZURE_AUTHORITY_HOST": given}, "https://login.microsoftonline.com")

    assert (caught.value.problem.code, caught.value.exit_code) == ("sign-in-setting-not-valid", ExitCode.USAGE)
    assert "AZURE_AUTHORITY_HOST" in caught.value.problem.message


def test_a_secret_is_not_shown_by_accident() -> None:
    secret = Secret(SECRET)
    shown = [
        repr(secret),
        f"{secret} {secret!r} {secret:>10}",
        str([secret]),
        json.dumps(secret, default=str),
        repr(credentials_from(WITH_SECRET, SignIn.APP)),
        repr(asdict(credentials_from(WITH_SECRET, SignIn.APP))),
    ]

    assert [text for text in shown if SECRET in text] == []
    assert copy.deepcopy(secret) == secret
    assert secret != Secret("another")
    assert len({secret, Secret(SECRET)}) == 1
    with pytest.raises(TypeError):
        pickle.dumps(secret)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "there is no such file"),
        (b"", "it is empty"),
        (b"\r\n", "it is empty"),
        (b"\xff\xfe\x00", "not plain text"),
        (b"x" * 4_097, "it is too large to be one"),
    ],
)
def test_a_secret_file_that_can_not_be_used_says_why(content: bytes | None, said: str, tmp_path: Path) -> None:
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(Stop) as caught:
        SecretFile(path, "A_SETTING").reveal()

    assert (caught.value.problem.code, caught.value.exit_code) == ("secret-file-unreadable", ExitCode.USAGE)
    assert "A_SETTING" in caught.value.problem.message
    assert said in caught.value.problem.message


@pytest.mark.parametrize("name", [".", "x" * 300])
def test_a_folder_or_an_impossible_name_is_no_secret_file(name: str, tmp_path: Path) -> None:
    with pytest.raises(Stop) as caught:
        SecretFile(tmp_path / name, "A_SETTING").reveal()

    assert caught.value.problem.code == "secret-file-unreadable"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the superuser may read everything")
def test_a_secret_file_of_somebody_else_says_so(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(SECRET)
    (tmp_path / "secret").chmod(0)

    with pytest.raises(Stop) as caught:
        SecretFile(tmp_path / "secret", "A_SETTING").reveal()

    assert "this account may not read it" in caught.value.problem.message


def test_a_secret_file_of_the_windows_editor_is_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"\xef\xbb\xbf" + SECRET.encode() + b"\r\n")

    assert SecretFile(tmp_path / "secret", "A_SETTING").reveal() == SECRET


def test_the_apps_client_id_is_known_from_the_setting_or_from_the_token() -> None:
    token = {"MEETING_IMPORTER_ACCESS_TOKEN": fake_token(1, appid=CLIENT)}

    assert client_id_of(credentials_from(WITH_SECRET, SignIn.APP)) == CLIENT
    assert client_id_of(credentials_from(token, SignIn.APP)) == CLIENT
    assert client_id_of(credentials_from(TOKEN, SignIn.APP)) == ""
    assert client_id_of(ManagedIdentity()) == ""


def test_the_expiry_of_a_token_is_its_own_word_and_a_secrets_is_unknown() -> None:
    token = credentials_from({"MEETING_IMPORTER_ACCESS_TOKEN": fake_token(1)}, SignIn.APP)
    opaque = credentials_from(TOKEN, SignIn.APP)

    expiry = expiry_of(token)
    assert expiry is not None
    assert expiry.year == 2096
    assert expiry_of(opaque) is None
    assert expiry_of(ReadyToken(Secret(fake_token(1, exp=10**30)))) is None
    assert expiry_of(credentials_from(WITH_SECRET, SignIn.APP)) is None
