"""Every way to sign in, and what each says when it is refused: python -m tests.cli.run.refusals prints the table.

The program is the real one, as far as its exit code and what it prints; what refuses is an imitation of Entra ID behind
a certificate authority of its own (`tests.graph.auth.authority`), a GitHub and an Azure machine beside it.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import ssl
import sys
import tempfile
import webbrowser
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from importer.cli.main import main
from tests.cli.rosters import csv_file, values
from tests.graph.auth.authority import (
    AUDIENCE,
    CLIENT,
    EXPIRED,
    GITHUB_TOKEN,
    HEADER,
    ISSUER,
    NOW,
    SECRET,
    SUBJECT,
    TENANT,
    Authority,
    Browser,
    GitHub,
    Machine,
    Reply,
    Request,
    aadsts,
    fake_token,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

APP = {"AZURE_TENANT_ID": TENANT, "AZURE_CLIENT_ID": CLIENT}
BY_SECRET = {**APP, "AZURE_CLIENT_SECRET": SECRET}
OTHER = "99999999-2222-3333-4444-555555555555"
ELSEWHERE = "http://127.0.0.1:9/token"
"""Where nobody answers: the port for discarding, which nothing listens on."""
ENTRAS = f"https://login.microsoftonline.com/{TENANT}/v2.0"


class Refusing(Authority):
    """An Entra ID that answers whoever wants a token, or a code, with what it is told to."""

    says: Reply | None = None
    to = "oauth2/v2.0/token"

    def code(self) -> Reply:
        status, headers, body = super().code()
        return status, headers, body | {"interval": 0}  # nobody waits between two questions whether it was entered

    def answer(self, request: Request) -> Reply:
        return self.says if self.says and request.path.endswith(self.to) else super().answer(request)


@dataclass
class World:
    """All that a case can turn against the program. Files of it lie in `folder`."""

    folder: Path
    authority: Refusing
    github: GitHub
    machine: Machine
    browser: Browser
    environment: dict[str, str] = field(default_factory=dict)

    def file(self, name: str, content: str | bytes) -> str:
        """Return the path of a new file."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    def certificate(self, *, days: int = 90, password: bytes = b"") -> str:
        """Return the path of a certificate and its key."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "importer")])
        until = datetime.now(UTC) + timedelta(days=days)
        made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        made = made.serial_number(7).not_valid_before(until - timedelta(days=365)).not_valid_after(until)
        how = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
        form = serialization.PrivateFormat.PKCS8
        text = key.private_bytes(serialization.Encoding.PEM, form, how)
        return self.file("app.pem", text + made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))


@dataclass(frozen=True)
class Case:
    """A way to sign in that is refused: what the environment holds besides, and what the service says."""

    refusal: str
    code: str
    environment: Callable[[World], dict[str, str]] = lambda _: {}
    says: Reply | None = None
    to: str = "oauth2/v2.0/token"
    exit_code: int = 5


def _with(**more: str) -> Callable[[World], dict[str, str]]:
    return lambda _: more


def _certificate(**how: int | bytes) -> Callable[[World], dict[str, str]]:
    return lambda world: {"AZURE_CLIENT_CERTIFICATE_PATH": world.certificate(**how)}  # type: ignore[arg-type]  # as named there


def _vouched(text: str = "", **claims: object) -> Callable[[World], dict[str, str]]:
    token = fake_token(7, **({"iss": ISSUER, "sub": SUBJECT, "aud": AUDIENCE, "exp": NOW + 600} | claims))
    return lambda world: {"AZURE_FEDERATED_TOKEN_FILE": world.file("token", text or token)}


def _unsigned(world: World) -> dict[str, str]:
    head, body, _ = fake_token(7, iss=ISSUER, sub=SUBJECT, aud=AUDIENCE, exp=NOW + 600).split(".")
    return {"AZURE_FEDERATED_TOKEN_FILE": world.file("token", f"{head}.{body}.cut-off")}


def _github(token: str = GITHUB_TOKEN, subject: str = SUBJECT) -> Callable[[World], dict[str, str]]:
    def environment(world: World) -> dict[str, str]:
        world.github.subject = subject
        url = f"{world.github.url}/token?api-version=2.0"
        return {"ACTIONS_ID_TOKEN_REQUEST_URL": url, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": token}

    return environment


def _machine(**more: str) -> Callable[[World], dict[str, str]]:
    return lambda world: {"IDENTITY_ENDPOINT": f"{world.machine.url}/msi", "IDENTITY_HEADER": HEADER, **more}


def _comes_back(error: str, words: str) -> Callable[[World], dict[str, str]]:
    def environment(world: World) -> dict[str, str]:
        world.browser.refusal = {"error": error, "error_description": words}
        return {}

    return environment


def _decided(answer: str) -> Callable[[World], dict[str, str]]:
    def environment(world: World) -> dict[str, str]:
        world.authority.decisions.append(answer)
        return {}

    return environment


def _not_public(world: World) -> dict[str, str]:
    world.authority.apps[CLIENT].public = False
    return {}


def _ready(**claims: object) -> Callable[[World], dict[str, str]]:
    return _with(MEETING_IMPORTER_ACCESS_TOKEN=fake_token(1, **claims))


GRAPH = "https://graph.microsoft.com"
WAYS: dict[str, tuple[tuple[str, ...], dict[str, str], tuple[Case, ...]]] = {
    "client secret": (
        (),
        BY_SECRET,
        (
            Case("nothing is set", "sign-in-not-set-up", _with(**dict.fromkeys(BY_SECRET, "")), exit_code=2),
            Case("an ID that is none", "sign-in-setting-not-valid", _with(AZURE_CLIENT_ID="my app"), exit_code=2),
            Case("wrong", "sign-in-secret-wrong", _with(AZURE_CLIENT_SECRET="another")),
            Case("its ID in its place", "sign-in-secret-wrong", _with(AZURE_CLIENT_SECRET=OTHER)),
            Case("expired", "sign-in-secret-expired", _with(AZURE_CLIENT_SECRET=EXPIRED)),
            Case("another app's ID", "sign-in-app-unknown", _with(AZURE_CLIENT_ID=OTHER)),
            Case("another tenant's ID", "sign-in-tenant-unknown", _with(AZURE_TENANT_ID=OTHER)),
            Case("no tenant of one's own", "sign-in-tenant-needed", _with(AZURE_TENANT_ID="common"), exit_code=2),
            Case("app switched off", "sign-in-app-disabled", says=aadsts(7000112)),
            Case("no consent", "sign-in-consent-missing", says=aadsts(65001)),
            Case("a policy", "sign-in-blocked-by-policy", says=aadsts(53003)),
            Case("app for people only", "sign-in-public-client", says=aadsts(700025)),
            Case("another cloud's tenant", "sign-in-wrong-cloud", says=aadsts(900382)),
            Case("a number nobody knows", "sign-in-refused", says=aadsts(999999)),
            Case("a network's own page", "sign-in-answer-strange", says=(200, {}, "<html>Welcome to the hotel</html>")),
            Case("TLS opened on the way", "sign-in-not-trusted", _with(SSL_CERT_FILE="")),
        ),
    ),
    "certificate": (
        (),
        APP,
        (
            Case(
                "no such file",
                "certificate-unreadable",
                _with(AZURE_CLIENT_CERTIFICATE_PATH="none.pem"),
                exit_code=2,
            ),
            Case("password missing", "certificate-password-wrong", _certificate(password=b"x"), exit_code=2),
            Case("expired", "certificate-expired", _certificate(days=-1)),
            Case("not the app's", "sign-in-certificate-refused", _certificate()),
            Case("revoked", "sign-in-certificate-revoked", _certificate(), aadsts(7000214)),
            Case("this computer's clock", "sign-in-clock-wrong", _certificate(), aadsts(700024)),
        ),
    ),
    "federation, a token in a file": (
        (),
        APP,
        (
            Case(
                "no such file",
                "federated-file-unreadable",
                _with(AZURE_FEDERATED_TOKEN_FILE="none"),
                exit_code=2,
            ),
            Case("no token in it", "federated-file-unreadable", _vouched("not yet"), exit_code=2),
            Case("issuer", "federation-issuer-unknown", _vouched(iss=f"{ISSUER}/")),
            Case("subject", "federation-subject-unknown", _vouched(sub="repo:contoso/rosters:pull_request")),
            Case("subject, by a capital letter", "federation-subject-unknown", _vouched(sub=SUBJECT.title())),
            Case("audience", "federation-audience-unknown", _vouched(aud=GRAPH)),
            Case("expired", "federated-token-expired", _vouched(exp=NOW - 1)),
            Case("signature", "federated-token-refused", _unsigned),
            Case("of Entra ID itself", "federated-token-of-entra", _vouched(iss=ENTRAS), aadsts(700222)),
        ),
    ),
    "federation, GitHub": (
        ("--github-identity",),
        APP,
        (
            Case("no permission", "github-identity-missing", exit_code=2),
            Case("GitHub gives none", "github-identity-refused", _github("another")),
            Case("subject", "federation-subject-unknown", _github(subject="repo:contoso/rosters:pull_request")),
        ),
    ),
    "managed identity": (
        ("--managed-identity",),
        {},
        (
            Case("not assigned", "managed-identity-refused", _machine(AZURE_CLIENT_ID=OTHER)),
            Case(
                "no Azure machine", "managed-identity-missing", _with(IDENTITY_ENDPOINT=ELSEWHERE, IDENTITY_HEADER="x")
            ),
        ),
    ),
    "in the browser": (
        ("--delegated", "--sign-in", "browser"),
        APP,
        (
            Case("declined", "sign-in-declined", _comes_back("access_denied", "AADSTS65004: The user declined.")),
            Case("a policy", "sign-in-blocked-by-policy", _comes_back("access_denied", "AADSTS53003: Blocked.")),
            Case("no redirect address", "sign-in-redirect-missing", says=aadsts(9002326)),
            Case("app is no public client", "sign-in-public-client-off", _not_public),
            Case("came too late", "sign-in-browser-stale", says=aadsts(70008, "invalid_grant")),
            Case("another organization's account", "sign-in-account-refused", says=aadsts(50020, "invalid_grant")),
        ),
    ),
    "with a code": (
        ("--delegated", "--sign-in", "device-code"),
        APP,
        (
            Case("blocked", "sign-in-code-blocked", says=aadsts(530036), to="oauth2/v2.0/devicecode"),
            Case("declined", "sign-in-declined", _decided("authorization_declined")),
            Case("not used in time", "sign-in-code-expired", _decided("expired_token")),
            Case("app is no public client", "sign-in-public-client-off", _not_public),
            Case("account at risk", "sign-in-risky", says=aadsts(53011, "invalid_grant")),
        ),
    ),
    "a ready token": (
        (),
        {"AZURE_TENANT_ID": TENANT},
        (
            Case("for Azure", "access-token-for-another", _ready(aud="https://management.azure.com", tid=TENANT)),
            Case("of another tenant", "access-token-of-another-tenant", _ready(aud=GRAPH, tid=OTHER)),
            Case("expired", "access-token-expired", _ready(aud=GRAPH, tid=TENANT, exp=1)),
            Case("not whole", "sign-in-setting-not-valid", _with(MEETING_IMPORTER_ACCESS_TOKEN="a b"), exit_code=2),
        ),
    ),
}


class Window(webbrowser.BaseBrowser):
    """What the standard library opens addresses with, which knows a person's browser."""

    def __init__(self, browser: Browser) -> None:
        super().__init__("importer-tests")
        self._browser = browser

    def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:  # noqa: ARG002, FBT001, FBT002 - its promise
        return self._browser.open(url)


@contextmanager
def terminal() -> Iterator[None]:
    """Have somebody sit there, for ways that want a person."""
    far, near = os.openpty()
    before = sys.stdin
    with os.fdopen(near, "r", encoding="utf-8") as seat, os.fdopen(far, "wb"):
        sys.stdin = seat
        try:
            yield
        finally:
            sys.stdin = before


def refused(ca: trustme.CA, way: str, case: Case, folder: Path) -> tuple[int, dict[str, str], set[str]]:
    """Run the program once against what refuses it; return its exit code, the problem it told, and what was set."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("localhost").configure_cert(context)
    options, usual, _ = WAYS[way]
    with contextlib.ExitStack() as stack:
        authority, github, machine = Refusing(context), GitHub(context), Machine()
        browser = Browser(authority)
        for each in (authority, github, machine, browser):
            stack.callback(each.close)
        world = World(folder, authority, github, machine, browser)
        authority.says, authority.to = case.says, case.to
        webbrowser.register("importer-tests", None, Window(browser), preferred=True)
        environment = {
            **{key: value for key, value in os.environ.items() if key in {"PATH", "SYSTEMROOT"}},
            "AZURE_AUTHORITY_HOST": authority.url,
            "SSL_CERT_FILE": world.file("ca.pem", ca.cert_pem.bytes()),
            "HOME": str(folder),
            "XDG_STATE_HOME": str(folder),
            "MEETING_IMPORTER_STATE_DIR": str(folder / "state"),
            "MEETING_IMPORTER_SETTLE": "0",
            "MEETING_IMPORTER_OUTPUT": "json",
            **usual,
        }
        environment |= case.environment(world)
        before = dict(os.environ)
        os.environ.clear()
        os.environ.update(environment)
        out = io.StringIO()
        try:
            with terminal(), contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(out):
                code = main(["run", str(csv_file(folder / "r.csv", [values("1")])), *options])
        finally:
            os.environ.clear()
            os.environ.update(before)
    document = json.loads(out.getvalue())
    problems = [*document.get("problems", ()), *(one for file in document["files"] for one in file["problems"])]
    [found] = {one["code"]: one for one in problems if one["severity"] == "error"}.values()
    return code, found, set(environment)


if __name__ == "__main__":
    authority_of_all = trustme.CA()
    print("| way | refused for | exit | what is said | code |\n| --- | --- | --- | --- | --- |")  # noqa: T201 - a table
    for way, (_options, _usual, cases) in WAYS.items():
        for case in cases:
            with tempfile.TemporaryDirectory() as name:
                code, problem, _settings = refused(authority_of_all, way, case, Path(name))
            print(f"| {way} | {case.refusal} | {code} | {problem['message']} | `{problem['code']}` |")  # noqa: T201 - likewise
