"""How one tenant does what no document says, by a file of facts that `doctor --prove` has written.

Theory of operation. Without a file the sandbox does what its own reading of the documents says; with one, it asks here
at each place where a fact decides, by the fact's name, and the file's answer counts. What was refused there is refused
here in the same words. Nothing in here knows how a fact is found out.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from importer.core.facts import MASKED, NOT_KEPT, READ, REFUSED, SILENT, TOLD_TEAMS, FactOutcome, option_fact
from importer.sandbox.errors import GraphError, bad_request, failed
from importer.sandbox.model import Participant, StoredMeeting, made_anew
from importer.sandbox.settings import SENTINEL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.sandbox.model import Call

AT_ONCE = 2 * 10_000_000
"""Ticks within which two equal calls count as sent at the same time."""
LONGEST_SUBJECT = 255
"""Characters of a subject where it is cut or refused."""
HALF_AN_HOUR = 1800 * 10_000_000
THROTTLED_EVERY = 12
"""So many calls of createOrGet, and one is throttled, by a tenant that was seen to do so."""

_MADE_WITH_ROLE = {"presenter", "coorganizer"}
_PLACES = {option_fact(option): option.places for option in TOLD_TEAMS}


class RecentCalls:
    """What a tenant has just been asked. Safe to use from threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls = 0
        self._bodies: dict[tuple[str, str, str], tuple[bytes, int]] = {}
        self._unread: set[str] = set()

    def count(self) -> int:
        """Return which call this is."""
        with self._lock:
            self._calls += 1
            return self._calls

    def is_at_once(self, key: tuple[str, str, str], body: bytes, now: int) -> bool:
        """Return whether the same was asked for a moment ago, and remember that it was."""
        with self._lock:
            before = self._bodies.get(key)
            self._bodies[key] = body, now
            return before is not None and before[0] == body and now - before[1] < AT_ONCE

    def made(self, graph_id: str) -> None:
        """Remember that nobody has read the meeting yet."""
        with self._lock:
            self._unread.add(graph_id)

    def is_first_look(self, graph_id: str) -> bool:
        """Return whether the meeting was never read before."""
        with self._lock:
            if graph_id in self._unread:
                self._unread.discard(graph_id)
                return True
            return False


@dataclass(frozen=True, slots=True)
class Tenant:
    """The answers of one tenant; without any, every question is answered with what the sandbox does by itself."""

    outcomes: Mapping[str, FactOutcome] = field(default_factory=dict)
    recent: RecentCalls = field(default_factory=RecentCalls)

    def says(self, fact: str) -> str:
        """Return the answer to a fact, empty where there is none."""
        outcome = self.outcomes.get(fact)
        return "" if outcome is None else outcome.answer

    def refuse(self, fact: str, otherwise: GraphError, answer: str = REFUSED) -> None:
        """Raise the refusal of a fact where that is what the tenant answers."""
        if self.says(fact) == answer:
            raise self.refusal(fact, otherwise)

    def refusal(self, fact: str, otherwise: GraphError) -> GraphError:
        """Return the refusal as the tenant gave it, or `otherwise` where it gave none."""
        outcome = self.outcomes.get(fact)
        said = None if outcome is None else outcome.refusal
        return otherwise if said is None else GraphError(said.status, said.code, said.message)

    def throttle(self) -> None:
        """Raise a 429 for one call in so many, where the tenant has throttled."""
        answer = self.says("throttled-says-how-long")
        if answer and self.recent.count() % THROTTLED_EVERY == 0:
            after = {"Retry-After": "1"} if answer == "yes" else {}
            raise GraphError(429, "TooManyRequests", "Please retry again later.", after)

    def external_id(self, said: str) -> str:
        """Return an external ID as it is kept. Raise GraphError where one like it was refused."""
        kept = said
        for fact, is_one, instead in (("signs", _is_sign, "_"), ("letters", _is_letter, "?")):
            if any(map(is_one, kept)):
                self.refuse(f"external-id-{fact}", bad_request(f"The externalId has {fact} that are not allowed."))
                if self.says(f"external-id-{fact}") == "changed":
                    kept = "".join(instead if is_one(sign) else sign for sign in kept)
        how, _, most = self.says("external-id-length").partition("-over-")
        if most and len(kept) > int(most):
            if how == "refused":
                raise self.refusal("external-id-length", bad_request("The externalId is too long."))
            kept = kept[: int(most)]
        return kept

    def filed_under(self, external_id: str) -> str:
        """Return what a meeting is found by, empty where that is its external ID itself."""
        return external_id.casefold() if self.says("external-id-case") == "one" else ""

    def subject(self, said: str | None) -> str | None:
        """Return a subject as it is kept. Raise GraphError where a long one was refused."""
        if said is None or len(said) <= LONGEST_SUBJECT or self.says("subject-kept") not in ("cut", "refused"):
            return said
        self.refuse("subject-kept", bad_request("The subject is too long."))
        return said[:LONGEST_SUBJECT]

    def refuse_times(self, fact: str, otherwise: GraphError) -> None:
        """Raise the refusal of impossible times, unless the tenant accepts them."""
        if self.says(fact) != "accepted":
            raise self.refusal(fact, otherwise if self.says(fact) != "unnamed" else bad_request("An error occurred."))

    def outsider(self, found: Participant) -> Participant | None:
        """Return an attendee who is not in the directory as kept, None where left out. Raise GraphError."""
        self.refuse("outsider-kept", bad_request("A participant is not in the directory."))
        return None if self.says("outsider-kept") == "dropped" else found

    def id_alone(self, found: Participant) -> Participant | None:
        """Return an attendee who was named by the object ID alone, None where left out. Raise GraphError."""
        match self.says("attendee-by-id-alone"):
            case "kept":
                return found
            case "dropped":
                return None
        raise self.refusal("attendee-by-id-alone", failed())

    def name_alone(self, found: Participant) -> Participant:
        """Return an attendee of the directory who was named by the sign-in name alone. Raise GraphError."""
        self.refuse("attendee-by-name-alone", bad_request("The participant's identity is missing."))
        return replace(found, object_id=None) if self.says("attendee-by-name-alone") == "not-found" else found

    def made_with(self, people: tuple[Participant, ...]) -> tuple[Participant, ...]:
        """Return the attendees with the roles that createOrGet lets them have."""
        if not any(each.role in _MADE_WITH_ROLE for each in people):
            return people
        self.refuse("roles-by-create", bad_request("Roles can't be given when a meeting is created."))
        if self.says("roles-by-create") != "ignored":
            return people
        return tuple(replace(each, role=None) for each in people)

    def changed_to(self, now: StoredMeeting, people: tuple[Participant, ...]) -> tuple[Participant, ...]:
        """Return the attendees with the roles that a change lets them have. Raise GraphError where refused."""
        for role, fact in (("coorganizer", "co-organizers-by-change"), ("presenter", "presenters-by-change")):
            if any(each.role == role for each in people):
                self.refuse(fact, bad_request(f"The role '{role}' can't be given."))
                if self.says(fact) == NOT_KEPT:
                    before = {each.upn: each.role for each in now.attendees}
                    people = tuple(replace(each, role=before.get(each.upn)) for each in people)
        return people

    def settings(self, now: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
        """Return the settings of a change without what a policy keeps. Raise GraphError for those that are refused.

        `now` are all settings as they are: what is sent along unchanged is nobody's wish.
        """
        kept = {name: dict(value) if isinstance(value, dict) else value for name, value in asked.items()}
        for fact, places in _PLACES.items():
            said = self.says(fact)
            if said not in (REFUSED, NOT_KEPT) or asked.get("allowedPresenters") == "roleIsPresenter":
                continue
            for place in places:
                if (value := _at(asked, place)) is None or value == _at(now, place):
                    continue
                self.refuse(fact, bad_request(f"The property '{place}' can't be changed."))
                _remove(kept, place)
        return kept

    def after_deletion(self, deleted: StoredMeeting, wanted: StoredMeeting) -> StoredMeeting:
        """Return the meeting that createOrGet gives for the key of a deleted one. Raise GraphError where refused."""
        self.refuse("deleted-id-is-free", bad_request("The meeting was deleted."))
        if self.says("deleted-id-is-free") == "same":
            return replace(deleted, deleted=False)
        return made_anew(deleted, wanted)

    def after_all(self, deleted: StoredMeeting | None) -> StoredMeeting | None:
        """Return a deleted meeting where the tenant still shows it. Raise GraphError where it says something else."""
        if deleted is None:
            return None
        self.refuse("deleted-is-404", GraphError(410, "Gone", "The meeting was deleted."), "otherwise")
        return deleted if self.says("deleted-is-404") == "still-there" else None

    def is_late(self, graph_id: str) -> bool:
        """Return whether a meeting is not found yet, although it was made."""
        return self.says("readable-at-once") == "no" and self.recent.is_first_look(graph_id)

    def is_at_once(self, wanted: StoredMeeting, body: bytes) -> bool:
        """Return whether the very same was asked for a moment ago, where the tenant does not then make one meeting."""
        if self.says("same-key-at-once") not in ("two", REFUSED):
            return False
        return self.recent.is_at_once(wanted.key, body, wanted.created)

    def remember(self, made: StoredMeeting) -> None:
        """Take notice of a meeting that was made now."""
        if self.says("readable-at-once") == "no":
            self.recent.made(made.names.graph_id)

    def changes_existing(self) -> bool:
        """Return whether createOrGet changes a meeting that is there."""
        return self.says("existing-untouched") == "no"

    def found_by_unknown_link(self, otherwise: GraphError) -> list[dict[str, Any]]:
        """Return what is found by a link that no meeting has. Raise GraphError, which is what the documents have."""
        match self.says("unknown-link-is-404"):
            case "empty":
                return []
            case "otherwise" if self.outcomes["unknown-link-is-404"].refusal is None:
                return [{}]
        raise self.refusal("unknown-link-is-404", otherwise)

    def timed(self, meeting: StoredMeeting) -> StoredMeeting:
        """Return the meeting with the times that the tenant gives it."""
        if self.says("times-kept") != "no":
            return meeting
        return replace(meeting, start=meeting.start - meeting.start % HALF_AN_HOUR)

    def existing(self, meeting: StoredMeeting) -> StoredMeeting:
        """Return a meeting that was there as createOrGet shows it."""
        return replace(meeting, attendees=()) if self.says("existing-names-attendees") == "no" else meeting

    def status(self, *, made: bool) -> int:
        """Return the status of createOrGet's answer."""
        return {"always-200": 200, "always-201": 201}.get(self.says("made-is-201"), 201 if made else 200)

    def shown(self, full: dict[str, Any], call: Call) -> dict[str, Any]:
        """Return an onlineMeeting as this tenant shows it in answer to a call."""
        if not self.outcomes:
            return full
        shown = dict(full)
        if self.says("answer-names-external-id") == "no":
            del shown["externalId"]
        if self.says("answer-names-creation") == "no":
            del shown["creationDateTime"]
        elif self.says("answer-names-creation") == "another-time":
            shown["creationDateTime"] = "2020-02-29T00:00:00Z"
        shown["participants"] = self._people(shown["participants"])
        shown["joinInformation"] = self._invitation(shown["joinInformation"], call)
        for fact, places in _PLACES.items():
            said = self.says(fact)
            for place in places:
                if said == SILENT or (said == READ and call.method == "PATCH"):
                    _remove(shown, place)
                elif said == MASKED and isinstance(_at(shown, place), str):
                    _put(shown, place, SENTINEL)
        return shown

    def _people(self, people: Mapping[str, Any]) -> dict[str, Any]:
        shown = dict(people)
        if self.says("answer-names-organizer") == "no":
            shown["organizer"] = None
        if self.says("co-organizers-by-change") == MASKED:
            shown["attendees"] = [_masked(each) for each in shown["attendees"]]
        return shown

    def _invitation(self, words: Mapping[str, Any], call: Call) -> dict[str, Any] | None:
        match self.says("invitation-language"):
            case "obeyed":
                language = call.headers.get("accept-language", "en-US")
                return {**words, "content": f"{words['content']}&lang={language}"}
            case "no-text":
                return None
        return dict(words)


def _is_sign(sign: str) -> bool:
    return sign.isascii() and not sign.isalnum() and sign != "-"


def _is_letter(sign: str) -> bool:
    return not sign.isascii()


def _masked(person: Mapping[str, Any]) -> dict[str, Any]:
    return {**person, "role": SENTINEL} if person["role"] == "coorganizer" else dict(person)


def _at(body: Mapping[str, Any], place: str) -> Any:  # noqa: ANN401 - any value of a setting
    name, _, part = place.partition(".")
    value = body.get(name)
    return (value.get(part) if isinstance(value, dict) else None) if part else value


def _remove(body: dict[str, Any], place: str) -> None:
    name, _, part = place.partition(".")
    if not part:
        body.pop(name, None)
    elif isinstance(body.get(name), dict):
        body[name] = {key: value for key, value in body[name].items() if key != part}


def _put(body: dict[str, Any], place: str, value: object) -> None:
    name, _, part = place.partition(".")
    body[name] = {**body[name], part: value} if part else value


DOCUMENTED = Tenant()
"""Nobody's in particular: it does what the documents say."""
