"""The meetings the sandbox has: one for each tenant, organizer and external ID, whoever asks at the same time."""

from __future__ import annotations

import base64
import threading
import uuid
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeAlias

from importer.sandbox.people import TENANT_ID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

HOST = "teams.sandbox.invalid"
"""Stands in every link. `.invalid` never resolves (RFC 2606), so nobody mistakes it for a meeting."""

_PASSCODE_LETTERS = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"

Key: TypeAlias = tuple[str, str, str]
"""Tenant ID, organizer's object ID, external ID: what identifies a meeting with an external ID, says the API page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """All that identifies a meeting, to Graph and to people."""

    graph_id: str
    thread_id: str
    join_url: str
    options_url: str
    join_meeting_id: str
    passcode: str
    conference_id: str
    video_id: str


@lru_cache(maxsize=1024)  # asked for several times while a meeting is made and answered
def names_of(key: Key) -> Names:
    """Gives the names of the meeting with this key: always the same ones, so that trials can be repeated.

    The forms are those of the service: its long links with lower-case escapes, IDs that are Base64 of organizer
    and chat.
    """
    tenant, organizer, _ = key
    digest = sha256("/".join(key).encode(errors="surrogatepass")).digest()
    inside = base64.b64encode(str(uuid.UUID(bytes=digest[:16], version=4)).encode()).decode()
    thread_id = f"19:meeting_{inside}@thread.v2"
    context = f"%7b%22Tid%22%3a%22{tenant}%22%2c%22Oid%22%3a%22{organizer}%22%7d"
    options = f"organizerId={organizer}&tenantId={tenant}&threadId=19_meeting_{inside}@thread.v2"
    return Names(
        graph_id=base64.b64encode(f"1*{organizer}*0**{thread_id}".encode()).decode(),
        thread_id=thread_id,
        join_url=f"https://{HOST}/l/meetup-join/19%3ameeting_{inside}%40thread.v2/0?context={context}",
        options_url=f"https://{HOST}/meetingOptions/?{options}&messageId=0&language=en-US",
        join_meeting_id=f"2{int.from_bytes(digest[16:22]) % 10**12:012}",
        passcode="".join(_PASSCODE_LETTERS[byte % len(_PASSCODE_LETTERS)] for byte in digest[22:28]),
        conference_id=str(100_000_000 + int.from_bytes(digest[4:10]) % 900_000_000),
        video_id=f"1{int.from_bytes(digest[10:16]) % 10**9:09}",
    )


@dataclass(frozen=True, slots=True)
class Attendee:
    """A participant as stored: the object ID verbatim as it was sent, or from the directory for a bare UPN."""

    upn: str | None
    object_id: str | None = None
    role: str | None = None
    tenant_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """An online meeting. Times are ticks; `settings` holds what a PATCH has set beside the fields of their own."""

    organizer_id: str
    organizer_upn: str
    external_id: str
    subject: str | None
    start: int
    end: int
    created: int
    has_dial_in: bool = True
    attendees: tuple[Attendee, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> Key:
        """What createOrGet finds it by."""
        return (TENANT_ID, self.organizer_id, self.external_id)

    @property
    def names(self) -> Names:
        """Its IDs, links and numbers."""
        return names_of(self.key)


class Meetings:
    """All meetings by key, ID, join URL and join meeting ID. Safe to use from threads.

    `keep` is called with every new or changed meeting, while nobody else can make one.
    """

    def __init__(self, known: Iterable[Meeting] = (), *, keep: Callable[[Meeting], None]) -> None:
        self._lock = threading.Lock()
        self._keep = keep
        self._by_key: dict[Key, Meeting] = {}
        self._keys: dict[str, Key] = {}
        for meeting in known:
            self._put(meeting)

    def all(self) -> tuple[Meeting, ...]:
        """Gives every meeting, in the order of their making."""
        with self._lock:
            return tuple(self._by_key.values())

    def create_or_get(self, wanted: Meeting) -> tuple[Meeting, bool]:
        """Gives the meeting with the key of `wanted`, and whether that is `wanted` itself, newly made."""
        with self._lock:
            if existing := self._by_key.get(wanted.key):
                return existing, False
            self._keep(wanted)
            self._put(wanted)
            return wanted, True

    def find(self, name: str) -> Meeting | None:
        """Gives the meeting with this ID, join URL or join meeting ID."""
        with self._lock:
            key = self._keys.get(name)
            return self._by_key[key] if key else None

    def change(self, meeting: Meeting, changes: Mapping[str, Any]) -> Meeting:
        """Gives the meeting as it is with `changes` to its fields; `settings` are added to, not replaced."""
        with self._lock:
            now = self._by_key[meeting.key]
            settings = {**now.settings, **changes.get("settings", {})}
            changed = replace(now, **{**changes, "settings": settings})
            self._keep(changed)
            self._put(changed)
            return changed

    def _put(self, meeting: Meeting) -> None:
        if meeting.key not in self._by_key:
            names = meeting.names
            found_by = (names.graph_id, names.join_url, names.join_meeting_id)
            self._keys.update(dict.fromkeys(found_by, meeting.key))
        self._by_key[meeting.key] = meeting
