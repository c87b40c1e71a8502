"""Addresses of one person's online meetings, behind the version and percent-encoded."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import quote


@lru_cache(maxsize=1024)
def create_or_get_path(organizer_id: str | None) -> str:
    """Gives where one is made or found; without an organizer, the signed-in person's.

    Source: https://learn.microsoft.com/graph/api/onlinemeeting-createorget
    """
    return f"{_meetings(organizer_id)}/createOrGet"


def meeting_path(organizer_id: str | None, graph_id: str) -> str:
    """Gives where one is read and changed. IDs can hold `=`, `/` and `+`: they are Base64.

    Source: https://learn.microsoft.com/graph/api/onlinemeeting-update
    """
    return f"{_meetings(organizer_id)}/{quote(graph_id, safe='')}"


def _meetings(organizer_id: str | None) -> str:
    person = f"users/{quote(organizer_id, safe='')}" if organizer_id else "me"
    return f"/{person}/onlineMeetings"
