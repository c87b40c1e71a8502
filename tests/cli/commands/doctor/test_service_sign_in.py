"""Each way in which a sign-in fails, or is good for something else, has a sentence of its own."""

from __future__ import annotations

import ssl
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import trustme
from cryptography import x509

from tests.cli.commands.doctor.helping import ROLES, amiss, checks, one, ready
from tests.graph.auth.authority import (
    AUDIENCE,
    CLIENT,
    EXPIRED,
    GITHUB_TOKEN,
    HEADER,
    ISSUER,
    MARK,
    NOW,
    SECRET,
    SUBJECT,
    TENANT,
    Authority,
    GitHub,
    Machine,
    fake_token,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from importer.sandbox import Sandbox
    from tests.cli.commands.doctor.helping import Command

# Sign-in.


def test_without_credentials_everything_else_is_still_looked_at(
    doctor: Command, served: str, roster: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MEETING_IMPORTER_ACCESS_TOKEN")

    done = doctor(roster)

    assert (done.code, amiss(done)) == (5, [("sign-in", "failed", "sign-in-not-set-up")])
    states = {check: found[0][0] for check, found in checks(done).items()}
    assert {states[check] for check in ("clock", "graph", "file", "results")} == {"ok"}
    assert {states[check] for check in ("permissions", "expiry", "lookup", "access-policy")} == {"skipped"}


IN_AN_HOUR = int((datetime.now(UTC) + timedelta(minutes=59, seconds=30)).timestamp())


@pytest.mark.parametrize(
    ("claims", "code", "found"),
    [
        ({"exp": IN_AN_HOUR}, 0, [("expiry", "warning", "token-expires-soon")]),
        ({"exp": None}, 0, []),
        ({"exp": 1_000_000_000}, 5, [("sign-in", "failed", "access-token-expired")]),
        (
            {"exp": None, "roles": ["User.Read.All"]},
            5,
            [("permissions", "failed", "permission-missing")],
        ),
        (
            {"exp": None, "roles": [ROLES[0]]},
            0,
            [("permissions", "warning", "lookup-permission-missing")],
        ),
        (
            {"exp": None, "roles": None, "idtyp": "app"},
            5,
            [("permissions", "failed", "permission-missing")],
        ),
        (
            {"exp": None, "roles": None, "scp": "OnlineMeetings.ReadWrite"},
            5,
            [("sign-in", "failed", "sign-in-is-a-person")],
        ),
        (
            {"exp": None, "aud": "https://management.azure.com"},
            5,
            [("sign-in", "failed", "token-for-another-service")],
        ),
        ({"exp": None, "aud": "https://graph.microsoft.com/"}, 0, []),
        ({"exp": None, "aud": "00000003-0000-0000-c000-000000000000"}, 0, []),
    ],
)
def test_what_a_token_says_is_weighed(
    doctor: Command,
    served: str,
    roster: Path,
    monkeypatch: pytest.MonkeyPatch,
    claims: dict[str, object],
    code: int,
    found: list[tuple[str, str, str]],
) -> None:
    ready(monkeypatch, **claims)

    done = doctor(roster)

    assert (done.code, amiss(done)) == (code, found)


def test_it_is_said_whose_token_it_is_and_what_it_holds(
    doctor: Command, served: str, roster: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(monkeypatch, app_displayname="Roster\x1b[31m robot", appid=CLIENT, tid=TENANT)

    done = doctor(roster)

    (sign_in,) = [each["message"] for each in done.json["checks"] if each["check"] == "sign-in"]
    (permissions,) = [each["message"] for each in done.json["checks"] if each["check"] == "permissions"]
    assert f"Roster[31m robot ({CLIENT})" in sign_in
    assert TENANT in sign_in
    assert "MEETING_IMPORTER_ACCESS_TOKEN" in sign_in
    assert "OnlineMeetings.ReadWrite.All and User.ReadBasic.All" in permissions


def test_a_missing_permission_saves_asking_about_each_organizer(
    doctor: Command, graph: Sandbox, served: str, roster: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(monkeypatch, exp=None, roles=["User.ReadBasic.All"])

    done = doctor(roster)

    assert checks(done)["access-policy"] == [("skipped", "")]
    assert [request for request in graph.requests if "onlineMeetings" in request.target] == []
    assert [request for request in graph.requests if "assignedPlans" in request.target] == []


def test_a_token_that_graph_refuses_is_no_sign_in_that_works(
    doctor: Command, served: str, roster: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEETING_IMPORTER_ACCESS_TOKEN", "nobodys-token")

    done = doctor(roster)

    assert (done.code, amiss(done)) == (5, [("sign-in", "failed", "access-token-expired")])
    assert "It works" not in done.out
    left = ("permissions", "expiry", "lookup", "access-policy", "audio-conferencing")
    assert [checks(done)[check] for check in left] == [[("skipped", "")]] * len(left)


def test_signing_in_with_a_secret_works(
    doctor: Command, served: str, entra: Authority, roster: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MEETING_IMPORTER_ACCESS_TOKEN")
    monkeypatch.setenv("AZURE_CLIENT_SECRET", SECRET)

    done = doctor(roster)

    assert (done.code, amiss(done)) == (0, [("permissions", "warning", "lookup-permission-missing")])
    assert checks(done)["expiry"] == [("skipped", "")]
    assert f"the client secret in AZURE_CLIENT_SECRET. It works; the app is {CLIENT}" in done.out


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("AZURE_CLIENT_SECRET", "wrong", "sign-in-secret-wrong"),
        ("AZURE_CLIENT_SECRET", EXPIRED, "sign-in-secret-expired"),
        ("AZURE_TENANT_ID", "nowhere.example", "sign-in-tenant-unknown"),
        ("AZURE_TENANT_ID", "common", "sign-in-tenant-needed"),
        ("AZURE_CLIENT_ID", "bbbbbbbb-bbbb-cccc-dddd-eeeeeeeeeeee", "sign-in-app-unknown"),
        ("AZURE_AUTHORITY_HOST", "http://login.example", "sign-in-setting-not-valid"),
        ("AZURE_CLIENT_ID", "Meeting importer", "sign-in-setting-not-valid"),
        ("AZURE_TENANT_ID", "contoso", "sign-in-setting-not-valid"),
        ("SSL_CERT_FILE", "", "sign-in-not-trusted"),
    ],
)
def test_a_sign_in_that_fails_says_why(
    doctor: Command,
    served: str,
    entra: Authority,
    roster: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: str,
    code: str,
) -> None:
    monkeypatch.delenv("MEETING_IMPORTER_ACCESS_TOKEN")
    monkeypatch.setenv("AZURE_CLIENT_SECRET", SECRET)
    monkeypatch.setenv(name, value)

    done = doctor(roster)

    assert (done.code, amiss(done)) == (5, [("sign-in", "failed", code)])
    assert one(done, code)["remedy"]


def test_ids_that_cant_be_right_are_told_without_a_network(
    doctor: Command, command: Command, roster: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEETING_IMPORTER_GRAPH_URL", "http://127.0.0.1:9")  # nobody is there
    for name, value in {"TENANT_ID": TENANT, "CLIENT_ID": "my-app", "CLIENT_SECRET": SECRET}.items():
        monkeypatch.setenv(f"AZURE_{name}", value)

    examined, ran = doctor(roster), command("run", roster, "-o", "json")

    assert ("sign-in", "failed", "sign-in-setting-not-valid") in amiss(examined)
    assert [found["code"] for found in ran.json["files"][0]["problems"]] == ["sign-in-setting-not-valid"]
    assert "AZURE_CLIENT_ID must be the Application (client) ID" in ran.json["files"][0]["problems"][0]["message"]


@pytest.fixture
def certificate(
    entra: Authority, ca: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[int], None]:
    """Return a function that sets up signing in with a certificate that has so many days left."""

    def set_up(days: int) -> None:
        end = datetime.now(UTC) + timedelta(days=days, hours=1)
        own = ca.issue_cert("importer", not_after=end, key_type=trustme.KeyType.RSA)
        own.private_key_and_cert_chain_pem.write_to_path(tmp_path / "app.pem")
        entra.apps[CLIENT].certificates.append(x509.load_pem_x509_certificate(own.cert_chain_pems[0].bytes()))
        monkeypatch.delenv("MEETING_IMPORTER_ACCESS_TOKEN")
        monkeypatch.setenv("AZURE_CLIENT_CERTIFICATE_PATH", str(tmp_path / "app.pem"))

    return set_up


@pytest.mark.parametrize(
    ("days", "code", "found"),
    [
        (400, 0, []),
        (20, 0, [("expiry", "warning", "certificate-expires-soon")]),
        (-1, 5, [("sign-in", "failed", "certificate-expired")]),
    ],
)
def test_a_certificate_is_renewed_in_time(
    doctor: Command,
    served: str,
    roster: Path,
    *,
    certificate: Callable[[int], None],
    days: int,
    code: int,
    found: list[tuple[str, str, str]],
) -> None:
    certificate(days)

    done = doctor(roster)

    assert (done.code, [each for each in amiss(done) if each[0] != "permissions"]) == (code, found)
    if days == 20:
        assert "20 days from now" in one(done, "certificate-expires-soon")["message"]


def test_a_machine_signs_in_as_itself(
    doctor: Command, served: str, roster: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine()
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{machine.url}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", HEADER)

    done = doctor(roster, "--managed-identity")
    machine.close()

    assert (done.code, amiss(done)) == (0, [("permissions", "warning", "lookup-permission-missing")])
    assert "this machine's own managed identity" in done.out


def vouched(subject: str) -> str:
    return fake_token(7, iss=ISSUER, sub=subject, aud=AUDIENCE, exp=NOW + 600)


@pytest.mark.parametrize(
    ("subject", "found"),
    [
        (SUBJECT, [("permissions", "warning", "lookup-permission-missing")]),
        ("repo:contoso/another:ref:refs/heads/main", [("sign-in", "failed", "federation-subject-unknown")]),
    ],
)
def test_an_app_that_a_cluster_vouches_for_is_examined_like_any(
    doctor: Command,
    served: str,
    entra: Authority,
    roster: Path,
    subject: str,
    found: list[tuple[str, str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("MEETING_IMPORTER_ACCESS_TOKEN")
    (roster.parent / "token").write_text(vouched(subject))
    monkeypatch.setenv("AZURE_FEDERATED_TOKEN_FILE", "token")

    done = doctor(roster, "-v")

    assert amiss(done) == found
    assert MARK not in done.out + done.err
    assert "AZURE_FEDERATED_TOKEN_FILE" in done.out


def test_a_workflow_is_examined_like_any(
    doctor: Command, served: str, entra: Authority, ca: trustme.CA, roster: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("localhost").configure_cert(context)
    with closing(GitHub(context)) as github:
        monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", github.url)
        monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", GITHUB_TOKEN)

        done = doctor(roster, "--github-identity", "-v")

    assert amiss(done) == [("permissions", "warning", "lookup-permission-missing")]
    assert "the identity of this GitHub workflow" in done.out
    assert (GITHUB_TOKEN in done.out + done.err, MARK in done.out + done.err) == (False, False)


def test_a_sign_in_service_that_is_down_is_not_waited_for(
    doctor: Command, served: str, entra: Authority, roster: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MEETING_IMPORTER_ACCESS_TOKEN")
    monkeypatch.setenv("AZURE_CLIENT_SECRET", SECRET)
    entra.script.append((503, {"Retry-After": "60"}, {}))

    done = doctor(roster)

    assert (done.code, amiss(done)) == (5, [("sign-in", "failed", "sign-in-busy")])
    assert len(entra.requests) == 1
