"""Which text from outside may become a link, and which links can't lead anywhere."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

_WEB = re.compile(r"https://[^\s\"'<>\\^`{|}@/?#\x00-\x20\x7f-\x9f]+(?:[/?#][^\s\"'<>\\^`{|}\x00-\x20\x7f-\x9f]*)?")


def is_web_address(text: str) -> bool:
    """Return whether `text` is a whole https address and nothing else: no script, no name before the host, no blank.

    Source of what an address can hold: https://www.rfc-editor.org/rfc/rfc3986#section-2
    """
    return _WEB.fullmatch(text) is not None


_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
_LONGEST_HOST = 253


def host_in(address: str) -> str | None:
    """Return the host of an address as it is written, an IPv6 address in brackets; None where it has none."""
    place = re.split(r"[/?#\\]", address.strip().partition("://")[2], maxsplit=1)[0].rpartition("@")[2]
    found = re.fullmatch(r"(\[[^\]]*\]|[^:]*)(?::.*)?", place, re.DOTALL)
    return found[1] if found and found[1] else None


def is_host(text: str) -> bool:
    """Return whether `text` can be the name or the address of a host, an IPv6 address in brackets.

    A dot too many, a label over 63 characters, one that begins with `xn--` and stands for nothing, or a letter that
    nobody sees fail only when the name is looked up, in words of the library that does. Sources: RFC 1123 section
    2.1, RFC 1035 section 2.3.4, RFC 5891 section 5.
    """
    if text.startswith("[") and text.endswith("]"):
        return _is_address(text[1:-1], version=6)
    labels = text.removesuffix(".").split(".")
    if labels[-1].isdigit():  # a name never ends in a number, so this is an address or nothing
        return _is_address(text, version=4)
    return len(text) <= _LONGEST_HOST and all(map(_is_label, labels))


def _is_label(label: str) -> bool:
    if label.isascii() and not label.lower().startswith("xn--"):
        return _LABEL.fullmatch(label) is not None
    import idna  # noqa: PLC0415 - large tables, and hardly a host needs them

    try:
        idna.encode(label.lower())
    except (ValueError, UnicodeError):
        return False
    return True


def _is_address(text: str, *, version: int) -> bool:
    try:
        return ip_address(text).version == version
    except ValueError:
        return False


def leads_nowhere(address: str) -> bool:
    """Return whether a link's host is one that can't exist, as in the sandbox's links.

    Source: https://www.rfc-editor.org/rfc/rfc2606#section-2 keeps `.invalid` free for such.
    """
    try:
        return (urlsplit(address).hostname or "").endswith(".invalid")
    except ValueError:
        return False


def is_of_another_meeting(before: str, now: str) -> bool:
    """Return whether the link that stands in a row is another meeting's than `now`. A trial's link is no meeting's."""
    return before not in {"", now} and leads_nowhere(before) <= leads_nowhere(now)
