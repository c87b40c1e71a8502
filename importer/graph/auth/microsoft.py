"""MSAL, and the only place that imports it.

An MSAL application is made anew for each sign-in: it remembers refusals for a minute and tokens until they
expire, so one that is kept would repeat an error whose cause is fixed, and give back the token that was just
refused. Its constructor asks for the tenant's addresses over the network; a sign-in an hour can afford that.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import msal  # type: ignore[import-untyped]  # ships no types
from msal_extensions import (  # type: ignore[import-untyped]  # likewise
    build_encrypted_persistence,
)
from msal_extensions.persistence import PersistenceNotFound  # type: ignore[import-untyped]  # likewise

if TYPE_CHECKING:
    from importer.graph.auth.source import Vault
    from importer.graph.auth.transport import HttpForMsal

SILENT = logging.CRITICAL + 1

Answer: TypeAlias = Mapping[str, Any]
"""What MSAL gives: a token and its life, or `error` and what Entra ID said with it."""

Account: TypeAlias = Mapping[str, Any]
"""A person whose sign-in MSAL has kept."""


class AppClient(Protocol):
    """What is used of MSAL's ConfidentialClientApplication."""

    def acquire_token_for_client(self, scopes: list[str], claims_challenge: str | None = None) -> Answer: ...


class PersonClient(Protocol):
    """What is used of MSAL's PublicClientApplication."""

    def get_accounts(self) -> list[Account]: ...

    def remove_account(self, account: Account) -> None: ...

    def acquire_token_silent_with_error(
        self, scopes: list[str], account: Account, *, force_refresh: bool, claims_challenge: str | None
    ) -> Answer | None: ...

    def initiate_device_flow(self, scopes: list[str], *, claims_challenge: str | None) -> dict[str, Any]: ...

    def acquire_token_by_device_flow(
        self,
        flow: dict[str, Any],
        claims_challenge: str | None,
        *,
        exit_condition: Callable[[dict[str, Any]], bool],
    ) -> Answer: ...


class MachineClient(Protocol):
    """What is used of MSAL's ManagedIdentityClient."""

    def acquire_token_for_client(self, *, resource: str, claims_challenge: str | None) -> Answer: ...


class TokenCache(Protocol):
    """What is used of MSAL's SerializableTokenCache."""

    has_state_changed: bool

    def serialize(self) -> str: ...

    def deserialize(self, state: str) -> None: ...


def _hush() -> None:
    """Keep MSAL's log to itself: its debug lines hold device codes, assertions and whole answers."""
    for name in ("msal", "msal_extensions"):
        logger = logging.getLogger(name)
        logger.setLevel(SILENT)
        logger.propagate = False
        logger.addHandler(logging.NullHandler())


_hush()


def confidential_client(
    client_id: str, *, credential: str | dict[str, str], authority: str, http: HttpForMsal
) -> AppClient:
    """Return MSAL's application for an app with a secret or certificate; asks `authority` for its addresses.

    No host but `authority` is asked (no instance discovery, no region). Raise what `http` raises.
    """
    client: AppClient = msal.ConfidentialClientApplication(
        client_id,
        client_credential=credential,
        authority=authority,
        http_client=http,
        instance_discovery=False,
        azure_region=msal.ConfidentialClientApplication.DISABLE_MSAL_FORCE_REGION,
    )
    return client


def public_client(client_id: str, *, authority: str, http: HttpForMsal, cache: TokenCache) -> PersonClient:
    """Return MSAL's application for a person who signs in; otherwise as `confidential_client`."""
    client: PersonClient = msal.PublicClientApplication(
        client_id, authority=authority, http_client=http, token_cache=cache, instance_discovery=False
    )
    return client


def machine_client(client_id: str, *, http: HttpForMsal) -> MachineClient:
    """Return MSAL's client for the machine's own identity, or for the one with `client_id`."""
    identity = (
        msal.UserAssignedManagedIdentity(client_id=client_id) if client_id else msal.SystemAssignedManagedIdentity()
    )
    client: MachineClient = msal.ManagedIdentityClient(identity, http_client=http)
    return client


def token_cache() -> TokenCache:
    """Return an empty token cache that can be written down."""
    cache: TokenCache = msal.SerializableTokenCache()
    return cache


def encrypted_vault(path: str) -> Vault:
    """Return the platform's encrypted place (DPAPI, Keychain, libsecret). Raise what those raise without one."""
    vault: Vault = build_encrypted_persistence(path)
    return vault


__all__ = [
    "PersistenceNotFound",
    "confidential_client",
    "encrypted_vault",
    "machine_client",
    "public_client",
    "token_cache",
]
