"""Secrets, blotted out of what comes from outside: a service can echo what it was sent, whole, in pieces, or coded.

Texts are scrubbed where they enter, so that nothing that shows, sends or keeps them has to think of it.
"""

from __future__ import annotations

import re
from base64 import b64encode
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SHORTEST = 6
"""Characters from which a value is looked for: shorter ones would blot out ordinary words."""

PIECE = 8
"""Letters and digits in a row that give a secret away, wherever in it they stand."""

BLOT = "…"

_LONG = re.compile(r"[\w+=%~.-]{32,}", re.ASCII)
_KEPT = re.compile(r"[0-9A-Fa-f-]+|[a-z0-9.-]+|[A-Z0-9_]+|[A-Za-z._-]+")
"""Long words that are no secrets: IDs, hosts, names."""

_PATTERNS = (
    (re.compile(r"eyJ[\w-]{8,}(?:\.[\w-]*){0,4}"), BLOT),  # a JSON Web Token, RFC 7519
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), rf"\1 {BLOT}"),
    (
        re.compile(
            r"(?i)([?&;](?:p|pwd|passcode|sig|code|key|token|access_token|client_secret|client_assertion)=)[^&\s\"'<>]+"
        ),
        rf"\1{BLOT}",
    ),
    (re.compile(r"(//)[^/@\s]+@"), rf"\1{BLOT}@"),
)
"""Tokens, the passcode in a Teams link (`?p=`), keys in addresses, passwords before a host."""


def scrub(text: str) -> str:
    """Return `text` without what looks like a secret."""
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text


def scrub_strange(text: str) -> str:
    """Return a stranger's words without what looks like a secret or a piece of one: long words that nobody can say."""
    return _LONG.sub(lambda found: found[0] if _KEPT.fullmatch(found[0]) else BLOT, scrub(text))


@lru_cache(maxsize=16)
def scrubber(*secrets: str) -> Callable[[str], str]:
    """Return what blots these secrets out of a text, and what looks like one.

    A secret is found as it is, percent-encoded, in base64, as HTML, in hexadecimal, in the other case, broken by line
    ends or anything else but letters and digits, and so is every piece of it of `PIECE` letters and digits or more.
    """
    known = [secret for secret in secrets if len(secret) >= SHORTEST]
    forms = [form for secret in known for form in (secret, *_coded(secret))]
    pieces = frozenset(piece for form in forms for piece in _pieces(_folded(form)[0]))

    def blot(text: str) -> str:
        for secret in known:
            text = text.replace(secret, BLOT)
        return scrub(_without(text, pieces))

    return blot


def _coded(secret: str) -> Iterator[str]:
    data = secret.encode(errors="replace")
    yield quote(secret, safe="", errors="replace")
    yield escape(secret)
    yield data.hex()
    for before in range(3):  # where its first byte falls within the three that make four letters
        coded = b64encode(b" " * before + data).decode().rstrip("=")
        yield coded[4 if before else 0 : -1]


def _folded(text: str) -> tuple[str, list[int]]:
    """Return the letters and digits of `text` in lower case, and where each of them stands."""
    places = [place for place, sign in enumerate(text) if sign.isalnum() and len(sign.lower()) == 1]
    return "".join(text[place].lower() for place in places), places


def _pieces(folded: str) -> Iterator[str]:
    for start in range(len(folded) - PIECE + 1):
        yield folded[start : start + PIECE]


def _without(text: str, pieces: frozenset[str]) -> str:
    folded, places = _folded(text)
    found = [start for start, piece in enumerate(_pieces(folded)) if piece in pieces]
    if not found:
        return text
    kept, at = [], 0
    for start, end in _joined(found):
        kept += [text[at : places[start]], BLOT]
        at = places[end - 1] + 1
    return "".join((*kept, text[at:]))


def _joined(starts: list[int]) -> Iterator[tuple[int, int]]:
    """Return the stretches that pieces which begin at these places cover."""
    first = last = starts[0]
    for start in starts[1:]:
        if start > last + PIECE:
            yield first, last + PIECE
            first = start
        last = start
    yield first, last + PIECE
