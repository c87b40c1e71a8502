"""Which text from outside may become a link, and which links can't lead anywhere."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_WEB = re.compile(r"https://[^\s\"'<>\\^`{|}@/?#\x00-\x20\x7f-\x9f]+(?:[/?#][^\s\"'<>\\^`{|}\x00-\x20\x7f-\x9f]*)?")


def is_web_address(text: str) -> bool:
    """Tells whether `text` is a whole https address and nothing else: no script, no name before the host, no blank.

    Source of what an address can hold: https://www.rfc-editor.org/rfc/rfc3986#section-2
    """
    return _WEB.fullmatch(text) is not None


def leads_nowhere(address: str) -> bool:
    """Tells whether a link's host is one that can't exist, as in the sandbox's links.

    Source: https://www.rfc-editor.org/rfc/rfc2606#section-2 keeps `.invalid` free for such.
    """
    try:
        return (urlsplit(address).hostname or "").endswith(".invalid")
    except ValueError:
        return False


def is_of_another_meeting(before: str, now: str) -> bool:
    """Tells whether the link that stands in a row is another meeting's than `now`. A trial's link is no meeting's."""
    return before not in {"", now} and leads_nowhere(before) <= leads_nowhere(now)
