"""A strict Graph that can be told to do otherwise, one fact at a time; it shares nothing with the sandbox.

It is the tests' own reading of the OpenAPI documents (strict.py), and of what no document says it does what `does`
says, by the names of the facts and of their answers. Whoever is called `unknown` is in no directory.
"""

from __future__ import annotations

import json
import re
import uuid
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from tests.cli.strict import AT_FIRST, CREATES, MEETING, RefusedError, StrictGraph

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

PLACES = {
    "option-lobby": "lobbyBypassSettings.scope",
    "option-lobby-callers": "lobbyBypassSettings.isDialInBypassEnabled",
    "option-lobby-admitters": "allowedLobbyAdmitters",
    "option-presenters": "allowedPresenters",
    "option-recording": "recordAutomatically allowRecording",
    "option-transcription": "allowTranscription",
    "option-chat": "allowMeetingChat",
    "option-microphone": "allowAttendeeToEnableMic",
    "option-camera": "allowAttendeeToEnableCamera",
    "option-reactions": "allowTeamworkReactions",
    "option-names-hidden": "anonymizeIdentityForRoles",
    "option-announce-entry": "isEntryExitAnnounced",
    "option-watermark": "watermarkProtection.isEnabledForContentSharing watermarkProtection.isEnabledForVideo",
    "option-copying": "allowCopyingAndSharingMeetingContent",
    "option-breakout-rooms": "allowBreakoutRooms",
    "option-whiteboard": "allowWhiteboard",
    "option-powerpoint": "allowPowerPointSharing",
    "option-live-share": "allowLiveShare",
}
NO_MEETING = (404, "NotFound", "3004: Specified meeting is not found")


class OtherwiseError(RefusedError):
    """Ends a request with any status, code and message; headers go with it."""

    def __init__(self, status: int, code: str, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status, self.code, self.headers = status, code, headers


@dataclass
class Contrary(StrictGraph):
    """See above. `meetings` are by what they are filed under; those that were deleted are in `gone`."""

    does: dict[str, str] = field(default_factory=dict)
    gone: dict[str, dict[str, Any]] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    made: int = 0
    asked: int = 0
    previous: Any = None
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    lock: Lock = field(default_factory=Lock)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request, one at a time."""
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = json.loads(environ["wsgi.input"].read(length)) if length else None
        language, headers = environ.get("HTTP_ACCEPT_LANGUAGE", ""), {}
        with self.lock:
            try:
                status, answer = self.ask(environ["REQUEST_METHOD"], environ["RAW_URI"], body, language)
            except OtherwiseError as refusal:
                status, headers = refusal.status, refusal.headers
                answer = {"error": {"code": refusal.code, "message": str(refusal)}}
            except RefusedError as refusal:
                status, answer = 400, {"error": {"code": "BadRequest", "message": str(refusal)}}
            content = b"" if answer is None else json.dumps(answer).encode()
        named = [(name.replace("_", "-"), value) for name, value in headers.items()]
        start_response(f"{status} x", [("Content-Type", "application/json"), *named])
        return [content]

    def ask(self, method: str, path: str, body: Any, language: str) -> tuple[int, Any]:  # noqa: ANN401 - any JSON
        """Return status and content."""
        if "/onlineMeetings" not in path:
            return self._user(path, body)
        if "$filter" in path:
            return self.find()
        if path.endswith("/createOrGet"):
            status, meeting = self.create(path.split("/")[3], body)
            return status, self.show(method, meeting, language)
        found = MEETING.fullmatch(path)
        assert found is not None, path
        return self.use(method, unquote(found[2]), body)

    def refuse(self, fact: str, answer: str = "refused") -> None:
        """Raise the refusal of a fact, in words of its own."""
        if self.does.get(fact) == answer:
            raise OtherwiseError(422, "UnprocessableEntity", f"Not with {fact} here.")

    def find(self) -> tuple[int, Any]:
        """Look for the made-up link."""
        self.refuse("unknown-link-is-404", "otherwise")
        if self.does.get("unknown-link-is-404") == "empty":
            return 200, {"value": []}
        raise OtherwiseError(*NO_MEETING)

    def create(self, organizer: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Make or find a meeting."""
        self.asked += 1
        if (said := self.does.get("throttled-says-how-long")) and self.asked % 9 == 0:
            raise OtherwiseError(429, "TooManyRequests", "Later.", **({"Retry_After": "3"} if said == "yes" else {}))
        assert body.keys() <= CREATES
        self.check_times(body)
        kept = self.kept_id(body["externalId"])
        key = f"{organizer} {kept.lower() if self.does.get('external-id-case') == 'one' else kept}"
        again, self.previous = body == self.previous, body
        if again:
            self.refuse("same-key-at-once")
            key += " twice" if self.does.get("same-key-at-once") == "two" else ""
        made = key not in self.meetings
        if made:
            self.meetings[key] = self.anew(key, organizer, kept, body)
        elif self.does.get("existing-untouched") == "no":
            self.meetings[key] |= {
                name: value for name, value in body.items() if name in ("subject", "startDateTime", "endDateTime")
            }
        status = {"always-200": 200, "always-201": 201}.get(self.does.get("made-is-201", ""), 201 if made else 200)
        meeting = deepcopy(self.meetings[key])
        if not made and self.does.get("existing-names-attendees") == "no":
            meeting["participants"]["attendees"] = []
        return status, meeting

    def check_times(self, body: dict[str, Any]) -> None:
        """Refuse times that are none, in one way or another."""
        start, end = body.get("startDateTime"), body.get("endDateTime")
        fact = "end-without-start" if end and not start else "end-before-start" if end and end < start else ""
        match self.does.get(fact, "names-times") if fact else "accepted":
            case "names-times":
                raise RefusedError(f"The startDateTime is not right: {fact}.")
            case "unnamed":
                raise OtherwiseError(422, "Unprocessable", "An error has occurred.")

    def kept_id(self, said: str) -> str:
        """Return an external ID as it is kept."""
        kept = said
        for fact, others in (("external-id-signs", r"[!-,./:-@\[-`{-~ ]"), ("external-id-letters", r"[^\x00-\x7f]")):
            if re.search(others, said):
                self.refuse(fact)
                kept = re.sub(others, "*", kept) if self.does.get(fact) == "changed" else kept
        how, _, most = self.does.get("external-id-length", "").partition("-over-")
        if most and len(kept) > int(most):
            if how == "refused":
                raise OtherwiseError(422, "UnprocessableEntity", "Not with external-id-length here.")
            kept = kept[: int(most)]
        return kept

    def anew(self, key: str, organizer: str, external_id: str, body: dict[str, Any]) -> dict[str, Any]:
        """Return the meeting that is made now."""
        if key in self.gone:
            self.refuse("deleted-id-is-free")
            if self.does.get("deleted-id-is-free") == "same":
                return self.gone.pop(key)
        subject = body["subject"]
        if len(subject) > 300:
            self.refuse("subject-kept")
            subject = subject[:300] if self.does.get("subject-kept") == "cut" else subject
        start = body.get("startDateTime", "")
        start = start.replace(":07:", ":00:") if self.does.get("times-kept") == "no" else start
        self.made += 1
        wrong = timedelta(days=self.does.get("answer-names-creation") == "another-time")
        meeting = {
            "id": f"MSp{self.made}+{uuid.uuid4()}==",
            "joinWebUrl": f"https://teams.example/{self.made}",
            "externalId": external_id,
            "subject": subject,
            "startDateTime": start,
            "endDateTime": body.get("endDateTime"),
            "creationDateTime": f"{self.now - wrong:%Y-%m-%dT%H:%M:%S}.1234567Z",
            "participants": {"organizer": {"identity": {"user": {"id": organizer}}}, "attendees": self.people(body)},
            **deepcopy(AT_FIRST),
        }
        if self.does.get("readable-at-once") == "no":
            self.unread.add(str(meeting["id"]))
        return meeting

    def people(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the attendees as a new meeting has them."""
        kept = []
        for each in body.get("participants", {}).get("attendees", ()):
            upn, known, role = each.get("upn"), each.get("identity"), each.get("role")
            if role not in (None, "attendee"):
                self.refuse("roles-by-create")
                role = role if self.does.get("roles-by-create") != "ignored" else None
            fact = "attendee-by-id-alone" if upn is None else ""
            if known is None:
                fact = "outsider-kept" if upn.startswith("unknown") else "attendee-by-name-alone"
            self.refuse(fact)
            if self.does.get(fact) == "dropped":
                continue
            if fact == "attendee-by-name-alone" and self.does.get(fact) != "not-found":
                known = {"user": {"id": str(uuid.uuid5(uuid.NAMESPACE_DNS, upn))}}
            kept.append({"upn": upn, "identity": known, "role": role})
        return kept

    def use(self, method: str, graph_id: str, body: Any) -> tuple[int, Any]:  # noqa: ANN401 - any JSON
        """Read, change or delete a meeting."""
        here = next((key for key, each in self.meetings.items() if each["id"] == graph_id), "")
        lost = next((each for each in self.gone.values() if each["id"] == graph_id), None)
        if method == "GET" and graph_id in self.unread:
            self.unread.discard(graph_id)
            raise OtherwiseError(*NO_MEETING)
        if not here and lost is not None:
            self.refuse("deleted-is-404", "otherwise")
            if self.does.get("deleted-is-404") == "still-there":
                return (204, None) if method == "DELETE" else (200, self.show(method, lost, ""))
        if not here:
            raise OtherwiseError(*NO_MEETING)
        meeting = self.meetings[here]
        if method == "DELETE":
            self.gone[here] = self.meetings.pop(here)
            return 204, None
        if method == "PATCH":
            self.change(meeting, body)
        return 200, self.show(method, meeting, "")

    def change(self, meeting: dict[str, Any], body: dict[str, Any]) -> None:
        """Change what may be changed."""
        before = deepcopy(meeting)
        asked = [] if "participants" in body else [(fact, at) for fact, each in PLACES.items() for at in each.split()]
        for fact, at in asked:
            if part(body, at) is not None and part(body, at) != part(before, at):
                self.refuse(fact)
        self._change(meeting, body)
        for fact, at in asked:
            if self.does.get(fact) == "not-kept" and part(body, at) is not None:
                put(meeting, at, part(before, at))
        for each in body.get("participants", {}).get("attendees", ()):
            fact = {"coorganizer": "co-organizers-by-change", "presenter": "presenters-by-change"}.get(each["role"], "")
            self.refuse(fact)
            if self.does.get(fact) == "not-kept":
                each["role"] = "attendee"

    def show(self, method: str, meeting: dict[str, Any], language: str) -> dict[str, Any]:
        """Return a meeting as an answer has it."""
        shown = deepcopy(meeting)
        hidden = ("external-id", "externalId", shown), ("creation", "creationDateTime", shown)
        for fact, name, where in (*hidden, ("organizer", "organizer", shown["participants"])):
            if self.does.get(f"answer-names-{fact}") == "no":
                del where[name]
        spoken = language if self.does.get("invitation-language") == "obeyed" else "en"
        if self.does.get("invitation-language") != "no-text":
            shown["joinInformation"] = {"content": f"data:text/html,{spoken}"}
        masked = {"coorganizer"} if self.does.get("co-organizers-by-change") == "masked" else set()
        for each in shown["participants"]["attendees"]:
            each["role"] = "unknownFutureValue" if each["role"] in masked else each["role"]
        for fact, places in PLACES.items():
            for at in places.split():
                if self.does.get(fact) == "silent" or (self.does.get(fact) == "read" and method == "PATCH"):
                    put(shown, at, None)
                elif self.does.get(fact) == "masked":
                    put(shown, at, "unknownFutureValue")
        return shown


def part(body: Any, at: str) -> Any:  # noqa: ANN401 - any JSON
    """Return what stands at a place, None where nothing does."""
    for name in at.split("."):
        body = body.get(name) if isinstance(body, dict) else None
    return body


def put(body: Any, at: str, value: Any) -> None:  # noqa: ANN401 - any JSON
    """Put something at a place."""
    *way, last = at.split(".")
    for name in way:
        body = body[name]
    body[last] = value
