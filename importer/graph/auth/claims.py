"""What a token says about itself: for diagnosis only, nothing is verified here."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST_TOKEN = 65_536
"""Characters of a token that are looked into; Entra ID's stay far below (a few thousand)."""


def claims_of(token: str) -> Mapping[str, Any]:
    """Gives the claims of a JWT, e.g. `roles`, `scp`, `appid`, `tid`, `exp`; an opaque token gives none.

    The signature is not checked: good for telling somebody what a token is for, never for trusting it.
    """
    parts = token.split(".")
    if len(parts) != 3 or len(token) > LARGEST_TOKEN:  # noqa: PLR2004 - header, payload, signature
        return {}
    return _object(_decoded(parts[1]))


def challenge_in(www_authenticate: str) -> str:
    """Gives the claims that a Conditional Access challenge asks for, as text for `refresh`; empty without one.

    Graph sends them base64-coded in the `claims` part of the WWW-Authenticate header of a 401. Source:
    https://learn.microsoft.com/entra/identity-platform/claims-challenge
    """
    found = re.search(r'\bclaims="([^"]*)"', www_authenticate)
    if found is None or 'error="insufficient_claims"' not in www_authenticate:
        return ""
    claims = _decoded(found.group(1))
    return claims.decode() if _object(claims) else ""


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


def _object(text: bytes) -> dict[str, Any]:
    try:
        claims = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}
