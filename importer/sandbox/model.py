"""The sandbox's nouns: people, meetings, a request as the endpoints see it, and their answer.

Everybody with a plausible UPN is in the directory, and some names ask for a behaviour. There is one meeting for each
tenant, organizer and external ID, whoever asks at the same time.
"""

from __future__ import annotations

import base64
import json
import re
import threading
import uuid
from dataclasses import dataclass, field, replace
from enum import Enum, StrEnum, auto
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qsl, unquote

from importer.sandbox.errors import bad_request, unknown_segment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


TENANT_ID = str(uuid.uuid5(uuid.NAMESPACE_DNS, "sandbox.invalid"))

_PLAUSIBLE = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_SIGN_IN = re.compile(r"signin\.(?P<rest>.+)", re.IGNORECASE)
_TWIN = re.compile(r"(?:one|two)\.(?P<mail>mailtwins.+)", re.IGNORECASE)
_GUEST = re.compile(r"(?P<name>.+)_(?P<domain>[^_@]+)#EXT#@.+", re.IGNORECASE)
_NOBODY = "00000000-"


class Behaviour(StrEnum):
    """What a person's name asks for: the word that the part before the @ begins with."""

    ORDINARY = ""
    UNKNOWN = "unknown"
    """Not in the directory; as an organizer: 404."""
    MAIL_ONLY = "mailonly"
    """Nobody's UPN, and the mail address of one user, who signs in as `signin.`"""
    MAIL_TWINS = "mailtwins"
    """Nobody's UPN, and the mail address of two users."""
    NO_POLICY = "nopolicy"
    """No application access policy covers this organizer: 403."""
    NO_LICENCE = "nolicence"
    """In the directory, but without a Teams licence; as an organizer: 404."""
    NO_DIAL_IN = "nodialin"
    """Has no Audio Conferencing: `audioConferencing` is null."""
    NO_CALENDAR = "nocalendar"
    """This app may not write to the calendar: 403."""
    FIXED_OPTIONS = "fixedoptions"
    """A policy of the tenant decides on the options of this organizer's meetings: a change is answered with 200, and
    they stay as they were."""


@dataclass(frozen=True, slots=True)
class User:
    """A user. `object_id` is in lower case."""

    object_id: str
    upn: str
    behaviour: Behaviour
    name: str = ""

    @property
    def display_name(self) -> str:
        """The name by which the user was searched for, else one made from the UPN: `ana.lopez@…` is Ana Lopez."""
        return self.name or re.split(r"[@#]", self.upn)[0].replace(".", " ").replace("_", " ").title()

    @property
    def mail(self) -> str:
        """The address: the UPN, for a guest the address at home, for some another one."""
        if twin := _TWIN.fullmatch(self.upn):
            return twin["mail"]
        if other := _SIGN_IN.fullmatch(self.upn):
            return f"{Behaviour.MAIL_ONLY}.{other['rest']}"
        guest = _GUEST.fullmatch(self.upn)
        return f"{guest['name']}@{guest['domain']}" if guest else self.upn


def object_id_of(upn: str) -> str:
    """Return the object ID that the sandbox's directory has for a UPN: always the same one."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, upn.lower()))


def behaviour_of(upn: str) -> Behaviour:
    """Return what the UPN asks for by its first word."""
    name = upn.lower()
    asked = (each for each in Behaviour if each is not Behaviour.ORDINARY and name.startswith(each.value))
    return next(asked, Behaviour.ORDINARY)


def as_object_id(text: str) -> str | None:
    """Return `text` in lower case if it is written as an object ID."""
    try:
        given = uuid.UUID(text)
    except ValueError:
        return None
    return str(given) if str(given) == text.lower() else None


_NOBODY_S_UPN = {Behaviour.UNKNOWN, Behaviour.MAIL_ONLY, Behaviour.MAIL_TWINS}

_WORD = re.compile(r"[^\W\d_]+|\d+")
_INNER_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def search_words(text: str) -> list[str]:
    """Return the words that a search goes by: parted by blanks, symbols, figures, and a capital after a small letter.

    Source: https://learn.microsoft.com/graph/search-query-parameter
    """
    return [word.casefold() for word in _WORD.findall(_INNER_CAPITAL.sub(" ", text))]


class UserDirectory:
    """Remembers who was looked up, so that an object ID leads back to its UPN. Safe to use from threads."""

    def __init__(self) -> None:
        self._by_id: dict[str, User] = {}

    def find(self, name: str) -> User | None:
        """Return the person with this UPN or object ID; None where the directory has nobody."""
        object_id = as_object_id(name)
        person = self.by_object_id(object_id) if object_id else self._by_upn(name)
        return None if person is None or person.behaviour in _NOBODY_S_UPN else person

    def with_mail(self, address: str) -> list[User]:
        """Return the users whose mail address this is; whoever has a UPN has it for address, unless said otherwise."""
        match behaviour_of(address):
            case Behaviour.MAIL_ONLY:
                upns = [f"signin.{address[len(Behaviour.MAIL_ONLY) :].lstrip('.')}"]
            case Behaviour.MAIL_TWINS:
                upns = [f"{which}.{address}" for which in ("one", "two")]
            case _:
                upns = [address]
        found = (self.find(upn) for upn in upns if "@" in upn)
        return [person for person in found if person and person.mail.lower() == address.lower()]

    def named(self, text: str) -> list[User]:
        """Return the users whose display names have all words of `text`, in any order and case.

        Everybody who is searched for by two words or more is there, signing in at sandbox.invalid; of `Twins` there are
        two, of `Unknown` nobody. A word alone is the name of nobody, and found in the names of two.
        """
        last, comma, first = text.partition(",")
        name = " ".join((f"{first} {last}" if comma else text).split())
        words = search_words(name)
        if not words or words[0] == Behaviour.UNKNOWN:
            return []
        names = [name] if len(words) > 1 else [f"{name} Lopez", f"{name} Ruiz"]
        upns = [".".join(search_words(each)) for each in names]
        if words[0] == "twins":
            names, upns = names * 2, [*upns, *(f"{upn}.2" for upn in upns)]
        for each, upn in zip(names, upns, strict=True):
            whole = f"{upn}@sandbox.invalid"
            person = User(object_id_of(whole), whole, behaviour_of(whole), each)
            self._by_id.setdefault(person.object_id, person)
        return [person for person in self.everybody() if person.name and set(words) <= set(search_words(person.name))]

    def by_object_id(self, object_id: str) -> User:
        """Return the person with this object ID, made up on the spot unless it was met before by its UPN.

        IDs that begin with eight zeros are nobody's.
        """
        nobody = object_id.startswith(_NOBODY)
        made_up = User(
            object_id,
            f"user-{object_id[:8]}@sandbox.invalid",
            Behaviour.UNKNOWN if nobody else Behaviour.ORDINARY,
        )
        return self._by_id.get(object_id, made_up)

    def everybody(self) -> list[User]:
        """Return everyone met so far, in the order of meeting them."""
        return [person for person in self._by_id.copy().values() if person.behaviour not in _NOBODY_S_UPN]

    def _by_upn(self, upn: str) -> User | None:
        if not _PLAUSIBLE.fullmatch(upn):
            return None
        object_id = object_id_of(upn)
        known = self._by_id.get(object_id)
        return known or self._by_id.setdefault(object_id, User(object_id, upn, behaviour_of(upn)))


HOST = "teams.sandbox.invalid"
"""Stands in every link. `.invalid` never resolves (RFC 2606), so nobody mistakes it for a meeting."""

_PASSCODE_LETTERS = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"

MeetingKey: TypeAlias = tuple[str, str, str]
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
def meeting_names(key: MeetingKey, before: int = 0) -> Names:
    """Return the names of the meeting with this key: always the same ones, so that trials can be repeated.

    One that is made after others of the key were deleted has names of its own; `before` says how many those were.

    The forms are those of the service: its long links with lower-case escapes, IDs that are Base64 of organizer
    and chat.
    """
    tenant, organizer, _ = key
    whole = "/".join(key) + f"#{before}" * bool(before)
    digest = sha256(whole.encode(errors="surrogatepass")).digest()
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
class Participant:
    """A participant as stored: the object ID verbatim as it was sent, or from the directory for a bare UPN."""

    upn: str | None
    object_id: str | None = None
    role: str | None = None
    tenant_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMeeting:
    """An online meeting. Times are ticks; `settings` holds what a PATCH has set beside the fields of their own.

    `before` says how many meetings of this key were deleted before it was made. `filed_under` is what it is found by
    where that is not its external ID.
    """

    organizer_id: str
    organizer_upn: str
    external_id: str
    subject: str | None
    start: int
    end: int
    created: int
    has_dial_in: bool = True
    attendees: tuple[Participant, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    deleted: bool = False
    before: int = 0
    filed_under: str = ""

    @property
    def key(self) -> MeetingKey:
        """What createOrGet finds it by."""
        return (TENANT_ID, self.organizer_id, self.filed_under or self.external_id)

    @property
    def names(self) -> Names:
        """Its IDs, links and numbers."""
        return meeting_names(self.key, self.before)


def made_anew(deleted: StoredMeeting, wanted: StoredMeeting) -> StoredMeeting:
    """Return the meeting that is made after one with its key was deleted: with names of its own."""
    return replace(wanted, before=deleted.before + 1)


class MeetingStore:
    """All meetings by key, ID, join URL and join meeting ID. Safe to use from threads.

    `keep` is called with every new or changed meeting, while nobody else can make one.
    """

    def __init__(self, known: Iterable[StoredMeeting] = (), *, keep: Callable[[StoredMeeting], None]) -> None:
        self._lock = threading.Lock()
        self._keep = keep
        self._by_key: dict[MeetingKey, StoredMeeting] = {}
        self._keys: dict[str, MeetingKey] = {}
        for meeting in known:
            self._put(meeting)

    def all(self) -> tuple[StoredMeeting, ...]:
        """Return every meeting that was not deleted, in the order of their making."""
        with self._lock:
            return tuple(meeting for meeting in self._by_key.values() if not meeting.deleted)

    def create_or_get(
        self, wanted: StoredMeeting, again: Callable[[StoredMeeting, StoredMeeting], StoredMeeting] = made_anew
    ) -> tuple[StoredMeeting, bool]:
        """Return the meeting with the key of `wanted`, and whether it was made now.

        `again` gives the one that is made where one with the key was deleted, or raises.
        """
        with self._lock:
            existing = self._by_key.get(wanted.key)
            if existing and not existing.deleted:
                return existing, False
            made = again(existing, wanted) if existing else wanted
            self._keep(made)
            self._put(made)
            return made, True

    def find(self, name: str) -> StoredMeeting | None:
        """Return the meeting with this ID, join URL or join meeting ID; None for one that was deleted."""
        with self._lock:
            key = self._keys.get(name)
            found = self._by_key[key] if key else None
            return None if found is None or found.deleted else found

    def find_deleted(self, graph_id: str) -> StoredMeeting | None:
        """Return the meeting that had this ID and was deleted, None where there is none, or another one since."""
        with self._lock:
            key = self._keys.get(graph_id)
            found = self._by_key[key] if key else None
            return found if found and found.deleted and found.names.graph_id == graph_id else None

    def change(self, meeting: StoredMeeting, change: Callable[[StoredMeeting], Mapping[str, Any]]) -> StoredMeeting:
        """Return the meeting after `change`, which gets it as it is and returns its new fields, or raises."""
        with self._lock:
            now = self._by_key[meeting.key]
            changed = replace(now, **change(now))
            self._keep(changed)
            self._put(changed)
            return changed

    def _put(self, meeting: StoredMeeting) -> None:
        known = self._by_key.get(meeting.key)
        if known is None or known.before != meeting.before:
            names = meeting.names
            found_by = (names.graph_id, names.join_url, names.join_meeting_id)
            self._keys.update(dict.fromkeys(found_by, meeting.key))
        self._by_key[meeting.key] = meeting


APP_TOKEN = "sandbox-app"  # noqa: S105 - opens nothing but the sandbox
"""Any bearer token that begins with this is an application's."""

DELEGATED_TOKEN = "sandbox-me"  # noqa: S105 - likewise
"""Any bearer token that begins with this is the signed-in user's."""

POWERLESS_TOKEN = "sandbox-nothing"  # noqa: S105 - likewise
"""Any bearer token that begins with this is of an application to which no permission was granted."""

_KEY_FORM = re.compile(r"(?P<collection>\w+)\('(?P<key>.*)'\)")
"""`users('ana@contoso.com')`: the only form that takes a UPN with a leading dollar sign."""


class Access(Enum):
    """What a token is good for."""

    APP = auto()
    """Whatever the application access policy of an organizer lets an application do."""
    DELEGATED = auto()
    """What the signed-in user may do."""
    POWERLESS = auto()
    """Nothing: consent was never given."""


def access_of(token: str) -> Access | None:
    """Return what a sandbox token is good for; None for a token that is none of ours."""
    known = {APP_TOKEN: Access.APP, DELEGATED_TOKEN: Access.DELEGATED, POWERLESS_TOKEN: Access.POWERLESS}
    return next((access for start, access in known.items() if token.startswith(start)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request: `segments` are the decoded parts of the path after `/v1.0`, header names are in lower case."""

    method: str
    segments: tuple[str, ...]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    access: Access
    target: str
    """Path and query after `/v1.0` as they were sent."""

    def json(self) -> dict[str, Any]:
        """Return the body's JSON object. Raise GraphError: 400 without one or without its Content-Type."""
        if "json" not in self.headers.get("content-type", ""):
            raise bad_request("Write requests must contain the Content-Type header declaration.")
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError):
            raise bad_request("Unable to read JSON request payload.") from None
        if not isinstance(value, dict):
            raise bad_request("The JSON request payload is not an object.")
        return value

    @property
    def select(self) -> tuple[str, ...]:
        """The names in $select."""
        return tuple(filter(None, self.query.get("$select", "").split(",")))

    @property
    def wants_all_members(self) -> bool:
        """Whether the client has asked for enumeration members that are newer than the API."""
        return "include-unknown-enum-members" in self.headers.get("prefer", "")


@dataclass(frozen=True, slots=True)
class Response:
    """What goes back: the status, the JSON object (None: no content), and headers beside the usual ones."""

    status: int
    payload: dict[str, Any] | None
    headers: Mapping[str, str] = field(default_factory=dict)


def split(target: str) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the segments and the query of a target.

    Raise GraphError for a UPN with a leading dollar sign written as a plain segment: Graph takes it for a
    system segment (learn.microsoft.com/graph/api/user-get).
    """
    path, _, query = target.partition("?")
    segments: list[str] = []
    for raw in filter(None, path.split("/")):
        segments += _segment(unquote(raw))
    return tuple(segments), dict(parse_qsl(query, keep_blank_values=True))


def _segment(text: str) -> list[str]:
    if keyed := _KEY_FORM.fullmatch(text):
        return [keyed["collection"], keyed["key"].replace("''", "'")]
    if text.startswith("$") and text != "$batch":
        raise unknown_segment(text)
    return [text]
