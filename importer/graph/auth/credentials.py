"""Which credentials there are, which of them the environment holds, and the host that tokens are asked of.

The names and their precedence are those of Microsoft's azure-identity (EnvironmentCredential): a client secret
wins over a certificate, and that over workload identity federation (WorkloadIdentityCredential).
Source: https://learn.microsoft.com/python/api/azure-identity/azure.identity.environmentcredential

A secret can't be shown by accident (`Secret`), whether it stands in the environment or in a file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeAlias
from urllib.parse import urlsplit

from importer.core.catalogue import problem
from importer.core.catalogue.sign_in import EXPECTED, FILE_REASONS, WAYS_TO_SIGN_IN
from importer.core.cells import GUID
from importer.core.model import ExitCode, Stop
from importer.core.web import host_in, is_host

if TYPE_CHECKING:
    from collections.abc import Mapping


SECRET_FILE_LIMIT = 4096
"""Bytes of a file that is taken for a secret: Entra ID's secrets have 40 characters, a wrong file is larger."""

ASSERTION_LIMIT = 65_536
"""The same for a federated token, a JWT of some thousand characters."""


class Secret:
    """A secret text: printed, formatted and logged it is three dots; only `reveal` gives it away."""

    __slots__ = ("__text",)

    def __init__(self, text: str) -> None:
        self.__text = text

    def reveal(self) -> str:
        """Return the secret itself."""
        return self.__text

    def __repr__(self) -> str:
        return "Secret(…)"

    def __str__(self) -> str:
        return "…"

    def __format__(self, specification: str) -> str:
        return format(str(self), specification)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self.__text == other.__text

    def __hash__(self) -> int:
        return hash((Secret, self.__text))

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written down")


@dataclass(frozen=True, slots=True)
class SecretFile:
    """A file that holds a secret; read anew each time, so that a secret changed in mid-run is found.

    `setting` is the name of the setting that names the file.
    """

    path: Path
    setting: str

    def reveal(self) -> str:
        """Return the secret without the line break that editors put at its end.

        Raise Stop (`secret-file-unreadable`, exit 2).
        """
        return _text_of(self.path, SECRET_FILE_LIMIT, "secret-file-unreadable", self.setting).rstrip("\r\n")


@dataclass(frozen=True, slots=True)
class AssertionFile:
    """A file that a cluster or a runner keeps a federated token in; read anew each time, because it is replaced.

    `setting` is the name of the setting that names the file.
    """

    path: Path
    setting: str

    def reveal(self) -> str:
        """Return the token. Raise Stop (`federated-file-unreadable`, exit 2)."""
        text = _text_of(self.path, ASSERTION_LIMIT, "federated-file-unreadable", self.setting).strip()
        if not is_jwt(text):
            raise _unusable(self.path, "federated-file-unreadable", self.setting, "no-token")
        return text


def is_jwt(text: str) -> bool:
    """Return whether a text has the form of a signed token: three parts of base64url (RFC 7515 section 3.1)."""
    return re.fullmatch(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+){2}", text) is not None


def _text_of(path: Path, most: int, code: str, setting: str) -> str:
    """Return what stands in the file, which is not blank. Raise Stop (`code`)."""
    reason, detail = "", ""
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
        text = data.decode("utf-8-sig")
    except FileNotFoundError:
        reason = "missing"
    except IsADirectoryError:
        reason = "not-a-file"
    except UnicodeDecodeError:
        reason = "not-text"
    except PermissionError:  # on Windows a folder is one too
        reason = "not-a-file" if path.is_dir() else "forbidden"
    except OSError as error:
        reason, detail = "failed", error.strerror or ""
    else:
        reason = "too-large" if len(data) > most else "" if text.strip() else "empty"
        if not reason:
            return text
    raise _unusable(path, code, setting, reason, detail=detail)


def _unusable(path: Path, code: str, setting: str, reason: str, *, detail: str = "") -> Stop:
    facts = {"name": setting, "reason": FILE_REASONS[reason]}
    return Stop(problem(code, value=str(path), detail=detail, **facts), ExitCode.USAGE)


TOKEN = "MEETING_IMPORTER_ACCESS_TOKEN"  # noqa: S105 - a setting's name, as are the next ones
TENANT = "AZURE_TENANT_ID"
CLIENT = "AZURE_CLIENT_ID"
SECRET = "AZURE_CLIENT_SECRET"  # noqa: S105 - a setting's name, no secret
SECRET_FILE = "MEETING_IMPORTER_CLIENT_SECRET_FILE"  # noqa: S105 - a setting's name, no secret
CERTIFICATE = "AZURE_CLIENT_CERTIFICATE_PATH"
CERTIFICATE_PASSWORD = "AZURE_CLIENT_CERTIFICATE_PASSWORD"  # noqa: S105 - a setting's name, no secret
CERTIFICATE_CHAIN = "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN"
FEDERATED_FILE = "AZURE_FEDERATED_TOKEN_FILE"
GITHUB_URL = "ACTIONS_ID_TOKEN_REQUEST_URL"
GITHUB_TOKEN = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"  # noqa: S105 - a setting's name, no secret
"""What GitHub sets in a workflow with `permissions: id-token: write`.

Source: https://docs.github.com/actions/reference/security/oidc#methods-for-requesting-the-oidc-token
"""

PROOFS = (SECRET, SECRET_FILE, CERTIFICATE, FEDERATED_FILE)
"""What an app can prove with who it is, in the order in which one goes before the next."""

_DOMAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*(?:\.[A-Za-z0-9][A-Za-z0-9-]*)+")
"""A tenant is named by its ID or one of its domains, and an app by its ID.

Source: https://learn.microsoft.com/entra/identity-platform/v2-protocols#endpoints
"""

_ANY_TENANT = frozenset({"common", "organizations", "consumers"})
"""Names that stand for every tenant; an app can't sign in to all of them."""


class SignIn(StrEnum):
    """How the user asked to sign in."""

    APP = "app"
    """As an application, the way of the nightly job."""
    MACHINE = "machine"
    """As the machine: `--managed-identity`."""
    WORKFLOW = "workflow"
    """As a GitHub Actions workflow: `--github-identity`."""
    PERSON = "person"
    """As a person, in a browser or with a code: `--delegated`."""


@dataclass(frozen=True, slots=True)
class ReadyToken:
    """A token made elsewhere; it can be used, not renewed. `tenant` is the one it must be of, empty for any."""

    token: Secret
    tenant: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSecret:
    """An app with a client secret; `setting` is the name of the setting it came from."""

    tenant: str
    client_id: str
    secret: Secret | SecretFile
    setting: str
    unused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """An app with a certificate in a PEM or PFX file; `send_chain` for trust by subject name and issuer."""

    tenant: str
    client_id: str
    path: Path
    password: Secret | None = None
    send_chain: bool = False
    unused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GitHub:
    """Where GitHub gives a workflow its token, and the token that this is asked with."""

    url: str
    token: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Federated:
    """An app that somebody else vouches for (workload identity federation): a cluster, or GitHub."""

    tenant: str
    client_id: str
    source: AssertionFile | GitHub


@dataclass(frozen=True, slots=True)
class ManagedIdentity:
    """The identity of an Azure machine: its own, or the one with this client ID."""

    client_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInByPerson:
    """A person who signs in, through the app with this client ID."""

    tenant: str
    client_id: str


Credentials: TypeAlias = ReadyToken | ClientSecret | Certificate | Federated | ManagedIdentity | SignInByPerson


def credentials_from(environment: Mapping[str, str], sign_in: SignIn) -> Credentials:
    """Return the credentials that `environment` holds for this way of signing in; blank settings count as unset.

    A ready token goes before everything but `--managed-identity` and `--github-identity`. Opens no file and no
    connection. Raise Stop (`sign-in-not-set-up`, `sign-in-setting-not-valid`, `github-identity-missing`; exit 2).
    """
    match sign_in:
        case SignIn.MACHINE:
            return ManagedIdentity(_client(environment) if _given(environment, CLIENT) else "")
        case SignIn.WORKFLOW:
            return _workflow(environment)
        case _ if _given(environment, TOKEN):
            tenant = _identifier(environment, TENANT)  # a domain can't be compared with the ID in a token
            return ReadyToken(_token(environment[TOKEN]), tenant if GUID.fullmatch(tenant) else "")
        case SignIn.PERSON:
            _require(environment, [TENANT, CLIENT])
            return SignInByPerson(tenant=_tenant(environment), client_id=_client(environment))
        case SignIn.APP:
            return _app(environment)


def describe(credentials: Credentials) -> str:
    """Return a sentence: which credentials are used, and which setting they come from; never a value."""
    unused = credentials.unused if isinstance(credentials, ClientSecret | Certificate) else ()
    sentence = WAYS_TO_SIGN_IN["unused" if unused else "with"]
    return sentence.format(way=_way(credentials), names=", ".join(unused))


def _way(credentials: Credentials) -> str:
    match credentials:
        case ReadyToken():
            way, name = "token", TOKEN
        case ClientSecret(setting=name):
            way = "secret" if name == SECRET else "secret-file"
        case Certificate():
            way, name = "certificate", CERTIFICATE
        case Federated(source=source):
            way, name = ("federated-file" if isinstance(source, AssertionFile) else "workflow"), FEDERATED_FILE
        case ManagedIdentity(client_id=client_id):
            way, name = "identity" if client_id else "machine", CLIENT
        case SignInByPerson():
            way, name = "person", CLIENT
    return WAYS_TO_SIGN_IN[way].format(name=name)


def _app(environment: Mapping[str, str]) -> ClientSecret | Certificate | Federated:
    offered = [name for name in PROOFS if _given(environment, name)]
    _require(environment, [TENANT, CLIENT, *([] if offered else [f"{SECRET} (or {CERTIFICATE}, {FEDERATED_FILE})"])])
    tenant, client_id = _one_tenant(environment), _client(environment)
    if offered[0] == FEDERATED_FILE:
        source = AssertionFile(_path(environment, FEDERATED_FILE), FEDERATED_FILE)
        return Federated(tenant=tenant, client_id=client_id, source=source)
    if offered[0] == CERTIFICATE:
        return _certificate(environment, tenant, client_id, unused=tuple(offered[1:]))
    return ClientSecret(
        tenant=tenant,
        client_id=client_id,
        secret=_secret(environment, offered[0]),
        setting=offered[0],
        unused=tuple(offered[1:]),
    )


def _secret(environment: Mapping[str, str], name: str) -> Secret | SecretFile:
    return SecretFile(_path(environment, name), name) if name == SECRET_FILE else Secret(environment[name])


def _workflow(environment: Mapping[str, str]) -> Federated:
    if not (_given(environment, GITHUB_URL) and _given(environment, GITHUB_TOKEN)):
        raise Stop(problem("github-identity-missing"), ExitCode.USAGE)
    _require(environment, [TENANT, CLIENT])
    url, token = environment[GITHUB_URL].strip(), environment[GITHUB_TOKEN].strip()
    if not (url.lower().startswith("https://") and is_host(host_in(url) or "")):
        raise not_valid(GITHUB_URL, "github")
    if not _is_one_word(token):
        raise not_valid(GITHUB_TOKEN, "token")
    return Federated(tenant=_one_tenant(environment), client_id=_client(environment), source=GitHub(url, Secret(token)))


def _certificate(
    environment: Mapping[str, str], tenant: str, client_id: str, *, unused: tuple[str, ...]
) -> Certificate:
    password = environment.get(CERTIFICATE_PASSWORD, "")
    return Certificate(
        tenant=tenant,
        client_id=client_id,
        path=_path(environment, CERTIFICATE),
        password=Secret(password) if password else None,
        send_chain=_switch(environment, CERTIFICATE_CHAIN),
        unused=unused,
    )


def _given(environment: Mapping[str, str], name: str) -> bool:
    return bool(environment.get(name, "").strip())


def _require(environment: Mapping[str, str], names: list[str]) -> None:
    """Stop when one of `names` is not set; a name with an alternative in brackets is known to be missing."""
    missing = [name for name in names if not _given(environment, name)]
    if missing:
        raise Stop(problem("sign-in-not-set-up", missing=", ".join(missing)), ExitCode.USAGE)


def _path(environment: Mapping[str, str], name: str) -> Path:
    return Path(_identifier(environment, name))


def _identifier(environment: Mapping[str, str], name: str) -> str:
    """Return an ID or a path without the quotation marks that `set NAME="..."` keeps on Windows."""
    return environment.get(name, "").strip().strip("\"'").strip()


def _tenant(environment: Mapping[str, str]) -> str:
    """Return the tenant; it becomes part of an address, so nothing but letters, digits, dots and hyphens."""
    tenant = _identifier(environment, TENANT)
    if not (GUID.fullmatch(tenant) or (_DOMAIN.fullmatch(tenant) and is_host(tenant)) or tenant.lower() in _ANY_TENANT):
        raise not_valid(TENANT, "tenant")
    return tenant


def _client(environment: Mapping[str, str]) -> str:
    """Return the app's ID; often its name or the ID of its secret is there instead, which nobody could sign in with."""
    client_id = _identifier(environment, CLIENT)
    if not GUID.fullmatch(client_id):
        raise not_valid(CLIENT, "client")
    return client_id


def _one_tenant(environment: Mapping[str, str]) -> str:
    """Return the tenant of an app; a person may leave it open, an app can't."""
    tenant = _tenant(environment)
    if tenant.lower() in _ANY_TENANT:
        raise Stop(problem("sign-in-tenant-needed", value=tenant), ExitCode.USAGE)
    return tenant


def _token(text: str) -> Secret:
    """Return the token without the word Bearer, which is copied along from a header easily."""
    token = re.sub(r"(?i)^bearer\s+", "", text.strip().strip("\"'").strip())
    if not _is_one_word(token):
        raise not_valid(TOKEN, "token")
    return Secret(token)


def _is_one_word(token: str) -> bool:
    """Return whether a token could stand in a header: visible ASCII alone."""
    return re.fullmatch(r"[!-~]+", token) is not None


def _switch(environment: Mapping[str, str], name: str) -> bool:
    match environment.get(name, "").strip().lower():
        case "true" | "1" | "yes":
            return True
        case "false" | "0" | "no" | "":
            return False
        case _:
            raise not_valid(name, "switch")


def not_valid(name: str, expected: str) -> Stop:
    """Return the Stop for a setting that can't be right; its value is not repeated, it may be a secret."""
    return Stop(problem("sign-in-setting-not-valid", name=name, expected=EXPECTED[expected]), ExitCode.USAGE)


AUTHORITY_HOST = "AZURE_AUTHORITY_HOST"


def authority_from(environment: Mapping[str, str], default: str) -> str:
    """Return the sign-in service's address, e.g. `https://login.microsoftonline.com`.

    `AZURE_AUTHORITY_HOST` goes before `default`, which is the cloud's own; a bare host name is taken for https.
    Raise Stop (`sign-in-setting-not-valid`, exit 2) for anything else than an https host: secrets go there.
    """
    text = environment.get(AUTHORITY_HOST, "").strip().strip("\"'").strip() or default
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
    except ValueError:  # half a bracket
        raise not_valid(AUTHORITY_HOST, "host") from None
    plain = re.fullmatch(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?", parts.netloc)
    known = plain and is_host(host_in(f"https://{parts.netloc}") or "")
    if parts.scheme != "https" or not known or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise not_valid(AUTHORITY_HOST, "host")
    return f"https://{parts.netloc}"
