"""An imitation of Entra ID, an Azure machine's identity endpoint, and time that obeys."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import sys
import threading
from collections import deque
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives import hashes

from importer.graph import Clock
from importer.graph.auth import claims_of

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from cryptography import x509

TENANT = "11111111-2222-3333-4444-555555555555"
CLIENT = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
GRAPH = "https://graph.microsoft.com"
SECRET = "sEcReT~Value.of-the-App_0123456789"
EXPIRED = "eXpIrEd~Value.of-the-App_0123456789"
PASSWORD = "pAsSwOrD-of-the-pfx"
MARK = "SiGnAtUrE"
DEVICE_CODE = "dEvIcE-cOdE-never-shown"
REFRESH = "rEfReSh-tOkEn-never-shown"
PROXY_PASSWORD = "pAsSwOrD-of-the-proxy"
HEADER = "iDeNtItY-hEaDeR-never-shown"
GITHUB_TOKEN = "gItHuB-request-token-never-shown"
ISSUER = "https://token.actions.githubusercontent.com"
SUBJECT = "repo:contoso/rosters:ref:refs/heads/main"
AUDIENCE = "api://AzureADTokenExchange"
CODE = "cOdE-of-the-browser-never-shown"
SECRETS = (CODE, GITHUB_TOKEN, SECRET, EXPIRED, PASSWORD, MARK, DEVICE_CODE, REFRESH, HEADER, PROXY_PASSWORD)

NOW = 1_795_000_000
"""What time it is, in seconds since 1970."""

Reply = tuple[int, dict[str, str], Any]


def aadsts(number: int, error: str = "invalid_client", text: str = "Something is wrong.") -> Reply:
    """Return a refusal as Entra ID words it."""
    ids = "Trace ID: 7e1c0000-trace Correlation ID: 9a2b0000-correlation Timestamp: 2026-11-24 02:00:00Z"
    body = {
        "error": error,
        "error_description": f"AADSTS{number}: {text} {ids}",
        "error_codes": [number],
        "timestamp": "2026-11-24 02:00:00Z",
        "trace_id": "7e1c0000-trace",
        "correlation_id": "9a2b0000-correlation",
    }
    return (400 if error != "invalid_client" else 401), {}, body


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    form: dict[str, str]


@dataclass
class App:
    secrets: set[str] = field(default_factory=lambda: {SECRET})
    expired: set[str] = field(default_factory=lambda: {EXPIRED})
    certificates: list[x509.Certificate] = field(default_factory=list)
    trusted: set[tuple[str, str, str]] = field(default_factory=lambda: {(ISSUER, SUBJECT, AUDIENCE)})
    """The issuers, subjects and audiences of its federated credentials."""
    public: bool = True


def fake_token(number: int, **claims: object) -> str:
    """Return a token that looks like Entra ID's; its signature is the mark that is searched for."""
    parts = [{"alg": "RS256", "typ": "JWT"}, {"jti": str(number), "exp": 4_000_000_000, **claims}]
    coded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*coded, f"{MARK}{number}"])


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - socketserver's
        """Keep quiet about clients that go away, or do not trust the certificate."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class Served:
    """A server in a thread of its own, whose answers are this object's."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Request] = []
        self.script: deque[Reply] = deque()
        self.server = _Server(("127.0.0.1", 0), _handler(self))
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        scheme = "https" if tls else "http"
        self.port = self.server.server_address[1]
        self.url = f"{scheme}://{'localhost' if tls else '127.0.0.1'}:{self.port}"
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()

    def reply(self, request: Request) -> Reply:
        self.requests.append(request)
        return self.script.popleft() if self.script else self.answer(request)

    def answer(self, request: Request) -> Reply:
        raise NotImplementedError

    def asked(self, ending: str) -> list[Request]:
        """Return the requests whose path ends so."""
        return [request for request in self.requests if request.path.endswith(ending)]


def _handler(served: Served) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0"))).decode()
            where = urlsplit(self.path)
            form = dict(parse_qsl(where.query)) | dict(parse_qsl(body))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, extra, answer = served.reply(Request(self.command, where.path, headers, form))
            data = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
            self.send_response(status)
            for name, value in ({"Content-Type": "application/json"} | extra).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = _any  # noqa: N815 - the names that the standard library looks for

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - likewise
            """Say nothing: requests hold secrets."""

    return Handler


class Authority(Served):
    """Entra ID: tenants, apps with secrets and certificates, and a person who decides about a code."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self.tenants = {TENANT}
        self.apps = {CLIENT: App()}
        self.decisions: deque[str] = deque()
        self.lifetime = 3599
        self.oid = "person-1"
        self.scope = ""
        self.codes: dict[str, dict[str, str]] = {}
        self.count = itertools.count(1)
        super().__init__(tls)

    def answer(self, request: Request) -> Reply:
        tenant, _, rest = request.path.lstrip("/").partition("/")
        if tenant not in self.tenants:
            return aadsts(90002, "invalid_tenant", f"Tenant '{tenant}' not found.")
        match rest:
            case "v2.0/.well-known/openid-configuration":
                return self.configuration(tenant)
            case "oauth2/v2.0/devicecode":
                self.scope = request.form["scope"]
                return self.code()
            case "oauth2/v2.0/token" if request.form["client_id"] not in self.apps:
                return aadsts(700016, "unauthorized_client", "Application was not found in the directory.")
            case "oauth2/v2.0/token":
                return self._token(self.apps[request.form["client_id"]], request)
            case _:
                return 404, {}, "<html>not here</html>"

    def configuration(self, tenant: str = TENANT) -> Reply:
        base = f"{self.url}/{tenant}/oauth2/v2.0"
        answer = {
            "issuer": f"{self.url}/{tenant}/v2.0",
            "authorization_endpoint": f"{base}/authorize",
            "token_endpoint": f"{base}/token",
            "device_authorization_endpoint": f"{base}/devicecode",
        }
        return 200, {}, answer

    def code(self) -> Reply:
        answer = {
            "user_code": "ABCD\x1b[31m1234",
            "device_code": DEVICE_CODE,
            "verification_uri": "https://microsoft.com/devicelogin",
            "expires_in": 900,
            "interval": 5,
            "message": "not used",
        }
        return 200, {}, answer

    def _token(self, app: App, request: Request) -> Reply:
        match request.form["grant_type"]:
            case "client_credentials" if "client_assertion" in request.form:
                federated = "iss" in (claims := claims_of(request.form["client_assertion"])) and claims["iss"] != CLIENT
                return self._by_federation(app, request) if federated else self._by_certificate(app, request)
            case "client_credentials" if request.form["client_secret"] in app.expired:
                return aadsts(7000222, text="The provided client secret keys for app are expired.")
            case "client_credentials" if request.form["client_secret"] not in app.secrets:
                return aadsts(7000215, text="Invalid client secret provided.")
            case "client_credentials":
                return self._granted(roles=["OnlineMeetings.ReadWrite.All"], appid=CLIENT, tid=TENANT)
            case "refresh_token" if request.form["refresh_token"] == f"{REFRESH}-{self.oid}":
                return self._person()
            case "refresh_token":
                return aadsts(700082, "invalid_grant", "The refresh token has expired due to inactivity.")
            case "authorization_code":
                return self._by_browser(app, request.form)
            case _:
                return self._decided(app)

    def _by_browser(self, app: App, form: dict[str, str]) -> Reply:
        if not app.public:
            return aadsts(7000218, text="The request body must contain client_assertion or client_secret.")
        asked = self.codes.pop(form["code"], None)
        if asked is None:
            return aadsts(54005, "invalid_grant", "The code was already redeemed.")
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode()
        if challenge.rstrip("=") != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return aadsts(50148, "invalid_grant", "The code_verifier does not match.")
        self.scope = asked["scope"]
        return self._person(nonce=asked["nonce"])

    def _decided(self, app: App) -> Reply:
        if not app.public:
            return aadsts(7000218, text="The request body must contain client_assertion or client_secret.")
        match self.decisions.popleft() if self.decisions else "yes":
            case "yes":
                return self._person()
            case error:
                return 400, {}, {"error": error, "error_description": f"{error}", "error_codes": []}

    def _by_certificate(self, app: App, request: Request) -> Reply:
        assertion = request.form["client_assertion"]
        head = jwt.get_unverified_header(assertion)
        for certificate in app.certificates:
            if head.get("x5t#S256", _name(certificate, hashes.SHA256())) != _name(certificate, hashes.SHA256()):
                continue
            if head.get("x5t", _name(certificate, hashes.SHA1())) != _name(certificate, hashes.SHA1()):  # noqa: S303 - the service's own thumbprint
                continue
            audience = f"{self.url}{request.path}"
            key: Any = certificate.public_key()
            jwt.decode(assertion, key, algorithms=["PS256", "RS256"], audience=audience, issuer=CLIENT)
            return self._granted(roles=["OnlineMeetings.ReadWrite.All"], alg=head["alg"], x5c=len(head["x5c"]))
        return aadsts(700027, text="The certificate with identifier used to sign the assertion is not registered.")

    def _by_federation(self, app: App, request: Request) -> Reply:
        assertion = request.form["client_assertion"]
        claims = claims_of(assertion)
        issuer, subject, audience = said = tuple(str(claims[name]) for name in ("iss", "sub", "aud"))
        no = "No matching federated identity record found for presented assertion"
        if issuer not in {each for each, _, _ in app.trusted}:
            return aadsts(700211, text=f"{no} issuer '{issuer}'.")
        if subject not in {each for _, each, _ in app.trusted}:
            alike = subject.casefold() in {each.casefold() for _, each, _ in app.trusted}
            return aadsts(7002138 if alike else 700213, text=f"{no} subject '{subject}'.")
        if said not in app.trusted:
            return aadsts(700212, text=f"{no} audience '{audience}'.")
        if claims["exp"] <= NOW:
            return aadsts(700024, text="Client assertion is not within its valid time range.")
        if not assertion.rpartition(".")[2].startswith(MARK):
            return aadsts(50013, "invalid_grant", "Assertion failed signature validation.")
        return self._granted(roles=["OnlineMeetings.ReadWrite.All"], appid=CLIENT, tid=TENANT)

    def _person(self, **said: str) -> Reply:
        status, headers, body = self._granted(scp="OnlineMeetings.ReadWrite User.Read", upn="ana@contoso.com")
        who = {
            "aud": CLIENT,
            "oid": self.oid,
            "tid": TENANT,
            "preferred_username": "ana@contoso.com",
            "sub": self.oid,
            **said,
        }
        info = base64.urlsafe_b64encode(json.dumps({"uid": self.oid, "utid": TENANT}).encode()).decode()
        body |= {
            "refresh_token": f"{REFRESH}-{self.oid}",
            "id_token": fake_token(0, **who),
            "client_info": info,
            "scope": self.scope,
        }
        return status, headers, body

    def _granted(self, **claims: object) -> Reply:
        token = fake_token(next(self.count), **claims)
        return 200, {}, {"token_type": "Bearer", "expires_in": self.lifetime, "access_token": token}


def _name(certificate: x509.Certificate, algorithm: hashes.HashAlgorithm) -> str:
    return base64.urlsafe_b64encode(certificate.fingerprint(algorithm)).decode()


class Machine(Served):
    """The identity endpoint of App Service and its like: a header to know the caller by, and a token."""

    def answer(self, request: Request) -> Reply:
        if request.headers.get("x-identity-header") != HEADER:
            return 401, {}, {"statusCode": 401, "message": "no"}
        if request.form.get("client_id", CLIENT) != CLIENT:
            return 400, {}, {"statusCode": 400, "message": "No User Assigned or Delegated Managed Identity found"}
        token = fake_token(len(self.requests), roles=["OnlineMeetings.ReadWrite.All"])
        return 200, {}, {"access_token": token, "expires_on": "4000000000", "token_type": "Bearer"}


class Browser:
    """A person's browser, in a thread: it is given an address, and comes back with what Entra ID would send along."""

    def __init__(self, authority: Authority) -> None:
        self.authority = authority
        self.asked: list[dict[str, str]] = []
        self.pages: list[tuple[int, str]] = []
        self.refusal: dict[str, str] = {}
        self.before: list[Callable[[str, str], None]] = []
        """What happens first, with the address to come back to and the state."""
        self._threads: list[threading.Thread] = []

    def open(self, address: str) -> bool:
        where = urlsplit(address)
        assert f"{where.scheme}://{where.netloc}" == self.authority.url
        asked = dict(parse_qsl(where.query))
        self.asked.append(asked)
        self._threads.append(threading.Thread(target=self._come_back, args=(asked,), daemon=True))
        self._threads[-1].start()
        return True

    def close(self) -> None:
        for thread in self._threads:
            thread.join()

    def _come_back(self, asked: dict[str, str]) -> None:
        for each in self.before:
            each(asked["redirect_uri"], asked["state"])
        self.authority.codes[CODE] = asked
        self.pages.append(visit(asked["redirect_uri"], {"state": asked["state"], **(self.refusal or {"code": CODE})}))


def visit(address: str, form: dict[str, str] | bytes | None) -> tuple[int, str]:
    """Return how a page is answered that is posted to, or with no form asked for."""
    connection = HTTPConnection("127.0.0.1", urlsplit(address).port or 0, timeout=30)
    try:
        body = urlencode(form) if isinstance(form, dict) else form
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request("GET" if form is None else "POST", "/", body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


class GitHub(Served):
    """Where GitHub gives a workflow its token."""

    subject = SUBJECT

    def answer(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {GITHUB_TOKEN}":
            return 401, {}, {"message": "no"}
        claims = {"iss": ISSUER, "sub": self.subject, "aud": request.form["audience"]}
        return 200, {}, {"value": fake_token(len(self.requests), **claims)}


class Time:
    """Time that passes only when somebody sleeps or a test says so."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.slept: list[float] = []
        self.clock = Clock(monotonic=lambda: self.seconds, sleep=self._sleep, now=lambda: float(NOW))

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds
