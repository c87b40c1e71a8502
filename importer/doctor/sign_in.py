"""What the sign-in is good for: whom it stands for, what it may do, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer.core.catalogue import problem, shorten
from importer.core.catalogue.doctor import WHOM
from importer.doctor.finding import Finding, fine, lasting, left_out, trouble
from importer.graph.auth import Certificate, ClientSecret, ReadyToken, describe
from importer.graph.auth.credentials import TOKEN

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from importer.graph.auth import Credentials

MEETINGS = "OnlineMeetings.ReadWrite.All"
"""What an app needs to make meetings; source: https://learn.microsoft.com/graph/api/onlinemeeting-createorget"""
OWN_MEETINGS = "OnlineMeetings.ReadWrite"
"""What a person's sign-in needs."""

PEOPLE = ("User.ReadBasic.All", "User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All")
"""Any of these lets a sign-in look people up; source: https://learn.microsoft.com/graph/api/user-get"""

PLANS = frozenset(PEOPLE[1:])
"""Any of these shows which plans are assigned to a user; a person's own need User.Read only."""

GRAPH_ITSELF = "00000003-0000-0000-c000-000000000000"
"""Microsoft Graph's own application ID, the same in every cloud: another way to say for whom a token is.

Source: https://learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in
"""

SOON = 30 * 86_400.0
"""Seconds before its end from which on an expiry is a warning: time to have a new certificate made."""


@dataclass(frozen=True, slots=True)
class Token:
    """What a token says about itself. Nothing is verified: it is for a person to read."""

    claims: Mapping[str, Any]

    @property
    def permissions(self) -> frozenset[str] | None:
        """What it may do; None where it does not say."""
        roles, scopes = self.claims.get("roles"), self.claims.get("scp")
        if isinstance(scopes, str):
            return frozenset(scopes.split())
        if isinstance(roles, list):
            return frozenset(role for role in roles if isinstance(role, str))
        return frozenset() if self.claims else None

    @property
    def is_persons(self) -> bool | None:
        """Whether it stands for a person (True) or an app (False); None where it does not say."""
        if isinstance(self.claims.get("scp"), str):
            return True
        return False if "roles" in self.claims or self.claims.get("idtyp") == "app" else None

    def text(self, *names: str) -> str:
        """Gives the first of these claims that has a text, fit to be shown."""
        values = (self.claims.get(name) for name in names)
        found = next((value for value in values if isinstance(value, str) and value), "")
        return shorten("".join(sign for sign in found if sign.isprintable()))


def judge_sign_in(credentials: Credentials | None, token: Token, *, graph: str, delegated: bool) -> Finding:
    """Gives whose sign-in it is, or why it is not one for this job. `graph` is the cloud's Graph root."""
    if credentials is None:
        return fine("sign-in", "sign-in-sandbox")
    audience = token.text("aud")
    if audience and audience.rstrip("/") not in (graph, GRAPH_ITSELF):
        return trouble("sign-in", problem("token-for-another-service", value=audience))
    if delegated and token.is_persons is False:
        return trouble("sign-in", problem("sign-in-is-an-app"))
    if not delegated and token.is_persons:
        return trouble("sign-in", problem("sign-in-is-a-person"))
    return fine("sign-in", "sign-in", way=describe(credentials), whom=_whom(credentials, token))


def _whom(credentials: Credentials, token: Token) -> str:
    name, client_id = token.text("app_displayname"), token.text("appid", "azp") or getattr(credentials, "client_id", "")
    facts = {
        "app": f"{name} ({client_id})" if name and client_id else name or client_id,
        "tenant": token.text("tid") or getattr(credentials, "tenant", ""),
        "person": token.text("upn", "unique_name", "preferred_username"),
    }
    return "".join(WHOM[key].format(**{key: value}) for key, value in facts.items() if value)


def judge_permissions(token: Token, *, delegated: bool) -> Finding:
    """Gives whether the token says that it may do what a run does."""
    held = token.permissions
    if held is None:
        return left_out("permissions", "permissions-unsaid")
    detail = f"{'scp' if delegated else 'roles'}: {' '.join(sorted(held)) or 'none'}"
    needed = OWN_MEETINGS if delegated else MEETINGS
    if needed not in held:
        lacking = "own-permission-missing" if delegated else "permission-missing"
        return trouble("permissions", problem(lacking), detail=detail)
    people = [name for name in PEOPLE if name in held]
    if not people:
        return trouble("permissions", problem("lookup-permission-missing", value=", ".join(PEOPLE)), detail=detail)
    return fine("permissions", "permissions", held=f"{needed} and {people[0]}")


def may_see_plans(token: Token, *, delegated: bool) -> bool:
    """Tells whether it is worth asking which plans people have; a token that does not say is tried."""
    held = token.permissions
    return held is None or bool(held & PLANS) or (delegated and "User.Read" in held)


def judge_expiry(credentials: Credentials | None, expiry: datetime | None, now: datetime) -> Finding:
    """Gives until when the credentials are good, a warning if that is soon. `expiry` is None where it isn't known."""
    match credentials:
        case ClientSecret():
            return left_out("expiry", "expiry-secret")
        case ReadyToken() if expiry is None:
            return left_out("expiry", "expiry-unsaid")
        case ReadyToken() | Certificate() if expiry is not None:
            return _expiring(credentials, expiry, (expiry - now).total_seconds())
        case _:
            return left_out("expiry", "expiry-none")


def _expiring(credentials: ReadyToken | Certificate, expiry: datetime, left: float) -> Finding:
    facts = {"date": f"{expiry:%Y-%m-%d %H:%M} UTC", "left": lasting(left)}
    if isinstance(credentials, ReadyToken):
        return trouble("expiry", problem("token-expires-soon", value=TOKEN, **facts))
    if left < SOON:
        return trouble("expiry", problem("certificate-expires-soon", path=credentials.path, **facts))
    return fine("expiry", "expiry-certificate", **facts)
