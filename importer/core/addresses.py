"""People as cells name them: sign-in names alone, or as mail programs copy them, `Adam, Anna <anna@contoso.com>`.

Nobody is dropped unsaid: a name in front of an address may have one comma, as in `Adam, Anna`, and more only within
quotation marks, where RFC 5322 (3.4) allows them. What has an address and is not understood is kept whole, so that
the rules can quote it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from importer.core.cells import trimmed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

UPN = re.compile(r"[^\s@,;<>()\[\]\"\\:]+@[^\W_](?:[\w-]*[^\W_])?(?:\.[^\W_](?:[\w-]*[^\W_])?)+")
"""The shape of a user principal name: one @, no blanks or brackets before it, a domain with a dot after it. Guests
(`ana_fabrikam.com#EXT#@contoso.com`) and apostrophes fit. https://learn.microsoft.com/entra/identity/hybrid/connect/plan-connect-userprincipalname"""
OBJECT_ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

_PLAIN = UPN.pattern
_WIDE = str.maketrans(
    "\uff1b\ufe54\u061b\uff0c\ufe50\u060c\u3001\uff20\uff1c\uff1e\uff08\uff09\uff1a\u3000", ";;;,,,,@<>(): "
)
"""Separators and brackets as Chinese, Japanese and Arabic keyboards write them."""
_CLAIM = re.compile(rf"(?<![\w|])i:0[#e]?\.[a-z]\|[\w.-]*\|({_PLAIN})", re.IGNORECASE)
"""A person as SharePoint encodes who signed in how: `i:0#.f|membership|ana@contoso.com`.
https://learn.microsoft.com/sharepoint/authentication/plan-for-claims-authentication"""
_IN_ROUND = re.compile(rf"\s*\(\s*(?:mailto:)?({_PLAIN})\s*\)", re.IGNORECASE)
_LINK = re.compile(rf"(?<!\S)mailto:({_PLAIN})(?:\?\S*)?", re.IGNORECASE)
"""A link as browsers copy it, with what RFC 6068 lets follow the address left off."""
_SEPARATORS = re.compile(r"[;,\r\n]+")
_BREAKS = re.compile(r"[;\r\n]+")
_QUOTED = re.compile(r'"[^"<>@\r\n]*"\s*(?=<)')
"""A display name in quotation marks; never one with an address in it, which could be somebody else."""
_NAMED = re.compile(r"(?P<name>[^<>]*)<\s*(?:mailto:)?(?P<address>[^<>\s]+)\s*>")


def people_in(text: str) -> list[str]:
    """Gives whom a cell names, in its order: their addresses, and what is none as it is written."""
    text = _as_mail_programs_write(text)
    if "<" not in text:
        return [person for part in _SEPARATORS.split(text) for person in _apart(trimmed(part))]
    return [person for part in _BREAKS.split(_QUOTED.sub("", text)) for person in _in_part(part)]


def _as_mail_programs_write(text: str) -> str:
    """Return the cell as a mail program would have written it: what other systems write round an address taken off."""
    if text.isascii() and not any(sign in text for sign in "(|:#"):  # nearly every cell
        return text
    if ";#" in text:  # SharePoint's lookups: the numbers are those of its own list
        text = ";".join(part for part in text.split(";#") if not part.strip().isdecimal())
    text = text.translate(_WIDE)
    text = _CLAIM.sub(r"\1", text)
    text = _IN_ROUND.sub(r" <\1>", text)
    return _LINK.sub(r"\1", text)


def _apart(part: str) -> list[str]:
    """Return several addresses with blanks between one by one, anything else as it is; nothing for nothing."""
    words = [*filter(None, map(trimmed, part.split()))]
    return words if len(words) > 1 and all(map(UPN.fullmatch, words)) else [part] if part else []


def _in_part(part: str) -> Iterator[str]:
    """Gives the people between two semicolons: a comma there ends a person, or stands in a name before an address."""
    held: list[str] = []
    for piece in filter(None, map(trimmed, part.split(","))):
        if "<" in piece:
            yield _address(", ".join([*held, piece]))
            held = []
        elif "@" in piece:
            yield from (*held, piece)
            held = []
        else:
            held.append(piece)
    yield from held


def _address(piece: str) -> str:
    """Gives the address in the angle brackets, or the piece where it is unsure that it names one person."""
    found = _NAMED.fullmatch(piece)
    address = "" if found is None else trimmed(found["address"])
    if found is None or not UPN.fullmatch(address) or found["name"].count(",") > 1:
        return piece
    other = "@" in found["name"] and trimmed(found["name"]).strip(" \"'").casefold() != address.casefold()
    return piece if other else address


def distinct(people: Iterable[str]) -> tuple[str, ...]:
    """Gives the people once each, in the order and spelling of their first mention; UPNs don't know case."""
    found: dict[str, str] = {}
    for name in people:
        found.setdefault(name.casefold(), name)
    return tuple(found.values())
