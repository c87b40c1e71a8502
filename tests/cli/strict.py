"""A Graph stricter than need be, by the tests' own reading of the OpenAPI documents; it shares nothing with ours.

createOrGet takes its six parameters and nothing else. A PATCH takes what the page on it lists, each of its documented
kind; an object that is sent replaces the whole object, so that whoever sends half of one loses the other half. Start
goes with end. Of everything else it can be told to be difficult: see `StrictGraph`.
"""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from importer.sandbox import Hangup
from tests.graph.strict_calendars import StrictCalendars

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

CREATES = {"externalId", "startDateTime", "endDateTime", "subject", "participants", "chatInfo"}
LOBBY = {"organizer", "organization", "organizationAndFederated", "everyone", "invited", "organizationExcludingGuests"}
TRUTHS = """
    allowAttendeeToEnableCamera allowAttendeeToEnableMic allowBreakoutRooms allowCopyingAndSharingMeetingContent
    allowPowerPointSharing allowRecording allowTeamworkReactions allowTranscription allowWhiteboard isEntryExitAnnounced
    recordAutomatically
""".split()  # noqa: SIM905 - a list of words is read as words
WORDS = {
    "allowLiveShare": {"enabled", "disabled"},
    "allowMeetingChat": {"enabled", "disabled", "limited"},
    "allowedLobbyAdmitters": {"organizerAndCoOrganizersAndPresenters", "organizerAndCoOrganizers"},
    "allowedPresenters": {"everyone", "organization", "roleIsPresenter", "organizer"},
}
OBJECTS: dict[str, dict[str, set[Any]]] = {
    "lobbyBypassSettings": {"scope": LOBBY, "isDialInBypassEnabled": {True, False}},
    "watermarkProtection": {"isEnabledForContentSharing": {True, False}, "isEnabledForVideo": {True, False}},
}
AT_FIRST: dict[str, Any] = {
    **dict.fromkeys(TRUTHS, True),
    "recordAutomatically": False,
    "allowLiveShare": "enabled",
    "allowMeetingChat": "enabled",
    "allowedLobbyAdmitters": "organizerAndCoOrganizersAndPresenters",
    "allowedPresenters": "everyone",
    "anonymizeIdentityForRoles": [],
    "lobbyBypassSettings": {"scope": "organization", "isDialInBypassEnabled": False},
    "watermarkProtection": {"isEnabledForContentSharing": False, "isEnabledForVideo": False},
}
MEETING = re.compile(r"/v1\.0/users/([^/]+)/onlineMeetings/([^/]+)")


class RefusedError(Exception):
    """Ends a request with a 400."""


@dataclass
class StrictGraph:
    """Meetings by external ID, and the calls that were answered.

    `kept` are options that a policy keeps as they are, `hushed` those that the answers of these methods leave out, and
    `shown` what is said of others instead of what they are; `refuses` are methods that are answered with 400. `lost` is
    how many answers to createOrGet get lost once it was done, and `policy` what new meetings have at first otherwise.
    """

    meetings: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[tuple[str, Any]] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)
    hushed: dict[str, set[str]] = field(default_factory=dict)
    shown: dict[str, Any] = field(default_factory=dict)
    refuses: set[str] = field(default_factory=set)
    lost: int = 0
    policy: dict[str, Any] = field(default_factory=dict)
    calendars: StrictCalendars = field(default_factory=StrictCalendars)

    @property
    def methods(self) -> list[str]:
        """Return the methods of the calls about meetings."""
        return [method for method, _ in self.calls]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        method, path = environ["REQUEST_METHOD"], environ["RAW_URI"]
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = json.loads(environ["wsgi.input"].read(length)) if length else None
        try:
            if self.calendars.knows(path):
                status, answer = self._of_calendar(method, path, environ.get("HTTP_PREFER", ""), body)
            else:
                status, answer = self._answer(method, path, body)
        except RefusedError as refusal:
            status, answer = 400, {"error": {"code": "BadRequest", "message": str(refusal)}}
        start_response(f"{status} x", [("Content-Type", "application/json")])
        return [b"" if answer is None else json.dumps(answer).encode()]

    def _of_calendar(self, method: str, path: str, prefer: str, body: Any) -> tuple[int, Any]:  # noqa: ANN401 - any JSON
        with self.calendars.at_once(path) as too_many:
            if too_many:
                return 429, {"error": {"code": "ApplicationThrottled", "message": "MailboxConcurrency"}}
            return self.calendars.answer(method, path, {"prefer": prefer}, body)

    def _answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:  # noqa: ANN401 - any JSON
        if "/onlineMeetings" not in path:
            return self._user(path, body)
        self.calls.append((method, body))
        if method in self.refuses:
            raise RefusedError("An error has occurred.")
        if path.endswith("/createOrGet"):
            return self._create(path.split("/")[3], body)
        found = MEETING.fullmatch(path)
        assert found is not None, path
        meeting = next(each for each in self.meetings.values() if each["id"] == unquote(found[2]))
        if method == "PATCH":
            self._change(meeting, body)
        return 200, self._seen(method, meeting)

    def _user(self, path: str, body: Any) -> tuple[int, Any]:  # noqa: ANN401 - any JSON
        if path.endswith("$batch"):
            items = [(item["id"], *self._user(item["url"], None)) for item in body["requests"]]
            return 200, {"responses": [{"id": i, "status": s, "headers": {}, "body": b} for i, s, b in items]}
        upns = re.findall(r"'([^']*)'", unquote(path)) or [unquote(path.split("?", maxsplit=1)[0].rpartition("/")[2])]
        people = [{"id": str(uuid.uuid5(uuid.NAMESPACE_DNS, upn)), "userPrincipalName": upn} for upn in upns]
        return 200, {"value": people} if "$filter" in path else people[0]

    def _create(self, organizer: str, body: dict[str, Any]) -> tuple[int, Any]:
        if strange := body.keys() - CREATES:
            raise RefusedError(f"createOrGet takes no {sorted(strange)}.")
        key = body["externalId"]
        made = key not in self.meetings
        if made:
            self.meetings[key] = {
                "id": f"meeting-of-{organizer}-{key}",
                "joinWebUrl": f"https://teams.example/{key}",
                "externalId": key,
                "subject": body.get("subject"),
                "startDateTime": body.get("startDateTime"),
                "endDateTime": body.get("endDateTime"),
                "participants": {
                    "organizer": {"identity": {"user": {"id": organizer}}},
                    **body.get("participants", {}),
                },
                "audioConferencing": {"conferenceId": "1", "tollNumber": "+1"},
                "creationDateTime": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
                **json.loads(json.dumps({**AT_FIRST, **self.policy})),
            }
        if self.lost:
            self.lost -= 1
            raise Hangup
        return 201 if made else 200, self._seen("POST", self.meetings[key])

    def _change(self, meeting: dict[str, Any], body: dict[str, Any]) -> None:
        if ("startDateTime" in body) != ("endDateTime" in body):
            raise RefusedError("Start goes with end.")
        for name, value in body.items():
            _check(name, value)
        if body.get("allowedPresenters") == "roleIsPresenter" and "participants" not in body:
            raise RefusedError("Roles go with the whole list of attendees.")
        if "attendee" in meeting["anonymizeIdentityForRoles"] and body.get("anonymizeIdentityForRoles") == []:
            raise RefusedError("Hidden names stay hidden.")
        for name, value in body.items():
            if name in OBJECTS:
                value = {**AT_FIRST[name], **value}  # noqa: PLW2901 - what is not sent is lost
            if name == "participants":
                meeting[name]["attendees"] = value["attendees"]
            elif name not in self.kept:
                meeting[name] = value

    def _seen(self, method: str, meeting: dict[str, Any]) -> dict[str, Any]:
        return {
            name: value for name, value in {**meeting, **self.shown}.items() if name not in self.hushed.get(method, ())
        }


def _check(name: str, value: Any) -> None:  # noqa: ANN401 - any JSON
    """Raise RefusedError for what the page on PATCH does not list, and for a value of another kind."""
    if name in {"subject", "startDateTime", "endDateTime", "participants"}:
        return
    if name in TRUTHS:
        good = isinstance(value, bool)
    elif name in WORDS:
        good = value in WORDS[name]
    elif name in OBJECTS:
        good = isinstance(value, dict) and all(each in OBJECTS[name].get(part, ()) for part, each in value.items())
    else:
        good = name == "anonymizeIdentityForRoles" and value in ([], ["attendee"])
    if not good:
        raise RefusedError(f"{name} can't be {value!r}.")
