"""What must not stand in a log, blotted out of whatever does: secrets, tokens, passcodes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from importer.graph.auth.credentials import CERTIFICATE_PASSWORD, SECRET, TOKEN
from importer.night.address import SMTP_PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SECRETS = (SECRET, CERTIFICATE_PASSWORD, TOKEN, SMTP_PASSWORD)
"""Settings whose values are secrets."""

SHORTEST = 6
"""Characters from which a value is looked for: shorter ones would blot out ordinary words."""

BLOT = "…"

_PATTERNS = (
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*"), BLOT),  # a JSON Web Token, RFC 7519
    (re.compile(r"(?i)\b(bearer)\s+[\w.~+/=-]{8,}"), rf"\1 {BLOT}"),
    (re.compile(r"(?i)([?&;](?:p|pwd|passcode|sig|code|key|token|client_secret)=)[^&\s\"'<>]+"), rf"\1{BLOT}"),
    (re.compile(r"(//)[^/@\s]+@"), rf"\1{BLOT}@"),
)
"""Tokens, the passcode in a Teams link (`?p=`), keys in addresses, passwords before a host."""


def scrubber(environment: Mapping[str, str], *others: str) -> Callable[[str], str]:
    """Gives what blots secrets out of a text: `others`, those of this environment, and what looks like one."""
    values = [*others, *(environment.get(name, "").strip() for name in SECRETS)]
    known = [value for value in values if len(value) >= SHORTEST]

    def scrub(text: str) -> str:
        for value in known:
            text = text.replace(value, BLOT)
        for pattern, instead in _PATTERNS:
            text = pattern.sub(instead, text)
        return text

    return scrub
