"""The trials of `doctor --prove`: what each fact is asked by, and what the answer is.

Each function makes the meetings that it needs, asks, and returns what it found by the fact's name. They stand in the
order in which they are made; the first shows that meetings can be made and removed again, or nothing more is made. What
is said in an answer is told from what is not: no trial takes silence for a yes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from importer.core.body import child, instant, read_instant, text, text_at, value_at
from importer.core.catalogue.doctor import TRIAL_LEFT_OUT
from importer.core.changing import CLOCKS_APART
from importer.core.facts import (
    LENGTHS,
    MASKED,
    NOT_KEPT,
    READ,
    REFUSED,
    SHORTEST,
    SHOWN,
    SILENT,
    TOLD_TEAMS,
    FactOutcome,
    option_fact,
)
from importer.core.meeting_options import chosen_in
from importer.core.properties import UNKNOWN_MEMBER
from importer.core.transcript import redacted_code
from importer.doctor.bench import Bench, NoAnswerError, StrangerError, TrialAnswer
from importer.graph.faults import OperationKind
from importer.graph.probe import unknown_meeting_path
from importer.graph.wire import incomplete

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from importer.core import Person
    from importer.core.body import Body
    from importer.core.meeting_options import MeetingOption

Found: TypeAlias = "Mapping[str, FactOutcome]"


@dataclass(frozen=True, slots=True)
class TrialSubject:
    """What the trials are about: the attendee, None without one, and the cloud; what Graph said when it throttled."""

    attendee: Person | None
    cloud: str
    throttles: Callable[[], frozenset[bool]]


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial: the facts that it is about, and what makes it."""

    facts: tuple[str, ...]
    act: Callable[[Bench, TrialSubject], Found]


def _yes(*, yes: bool) -> FactOutcome:
    return FactOutcome("yes" if yes else "no")


def _not_tried(word: str, **said: object) -> FactOutcome:
    return FactOutcome(reason=TRIAL_LEFT_OUT[word].format(**said))


def _failed(failure: NoAnswerError) -> FactOutcome:
    return _not_tried("failed", status=failure.error.status, code=redacted_code(failure.error.code))


def _first(bench: Bench, _about: TrialSubject) -> Found:
    """One meeting made, and asked for again otherwise."""
    made = _sure(bench.make(bench.key("first")))
    later = bench.start.replace(hour=14)
    subject = f"{bench.subject}, changed"
    times = {"startDateTime": instant(later), "endDateTime": instant(later.replace(hour=later.hour + 1))}
    again = bench.make(bench.key("first"), {"subject": subject, **times})
    told = {(True, False): "201-or-200", (False, False): "always-200"}
    answer = told.get((made.status == CREATED, again.status == CREATED), "always-201")
    organizer = text_at(made.data, "participants.organizer.identity.user.id")
    ours = bench.trials.organizer_id.casefold()
    return {
        "made-is-201": FactOutcome(answer),
        "answer-names-external-id": _yes(yes=text(made.data, "externalId") == bench.key("first")),
        "answer-names-organizer": _yes(yes=organizer.casefold() == ours if ours else bool(organizer)),
        "answer-names-creation": _creation(bench, read_instant(text(made.data, "creationDateTime"))),
        "times-kept": _yes(yes=read_instant(text(made.data, "startDateTime")) == bench.start),
        "existing-untouched": _untouched(bench, again, subject),
    }


CREATED = 201


def _creation(bench: Bench, said: datetime | None) -> FactOutcome:
    if said is None:
        return FactOutcome("no")
    return FactOutcome("yes" if abs(said - bench.began) <= CLOCKS_APART + AT_MOST else "another-time")


AT_MOST = timedelta(minutes=10)
"""How long trials can have gone on by then."""


def _untouched(bench: Bench, again: TrialAnswer, subject: str) -> FactOutcome:
    said = text(again.data, "subject") or text(bench.read_again(again.graph_id).data, "subject")
    return _yes(yes=said != subject) if said else _not_tried("unsaid")


def _sure(heard: TrialAnswer) -> TrialAnswer:
    """Return the answer where it is not refused, and of a meeting has the ID. Raise NoAnswerError elsewhere."""
    if heard.error is not None:
        raise NoAnswerError(heard.error, heard.kind)
    if heard.kind is not OperationKind.REMOVAL and not heard.graph_id:
        raise NoAnswerError(incomplete(heard.status), heard.kind)
    return heard


def _subject(bench: Bench, _about: TrialSubject) -> Found:
    long = f"{bench.subject}{', of a long subject' * 40}"[:400]
    heard = bench.make(bench.key("subject"), {"subject": long})
    if heard.error is not None:
        return {"subject-kept": FactOutcome("refused", bench.refusal(heard))}
    return {"subject-kept": FactOutcome("whole" if text(heard.data, "subject") == long else "cut")}


def _length(bench: Bench, _about: TrialSubject) -> Found:
    cut, refused = "cut", None
    for length, shorter in zip(LENGTHS, (*LENGTHS[1:], SHORTEST), strict=True):
        external_id = bench.key("length-").ljust(length, "x")
        heard = bench.make(external_id)
        if heard.error is not None:
            cut, refused = "refused", bench.refusal(heard)
        elif _is_whole(bench, heard, external_id, external_id[:-1] + "y"):
            return {"external-id-length": FactOutcome(_over(length, cut), refused)}
        else:
            cut, refused = "cut", None
        last = shorter
    return {"external-id-length": FactOutcome(f"{cut}-over-{last}", refused)}


def _over(length: int, cut: str) -> str:
    return "whole" if length == LENGTHS[0] else f"{cut}-over-{length}"


def _is_whole(bench: Bench, heard: TrialAnswer, external_id: str, other: str) -> bool:
    """Return whether an external ID was kept: as the answer says, else by whether an `other` one is another meeting."""
    if said := text(heard.data, "externalId"):
        return said == external_id
    return bench.make(other).graph_id != heard.graph_id


SIGNS = " !\"#$%&'()*+,./:;<=>?@[\\]^_`{|}~"
LETTERS = "".join(map(chr, (0xE4, 0xE9, 0xF1, 0xF8, 0x142, 0x11F, 0x3A9, 0x416, 0x639, 0xE01, 0x3042, 0x65E5, 0x1F393)))
"""Of a dozen alphabets, and a picture beyond the first 65,536 characters; none of them is put together of others."""


def _characters(fact: str, letters: str) -> Callable[[Bench, TrialSubject], Found]:
    def act(bench: Bench, _about: TrialSubject) -> Found:
        for first in range(0, len(letters), PIECE):
            piece = letters[first : first + PIECE]
            external_id = f"{bench.key('')}{piece}x"
            heard = bench.make(external_id)
            if heard.error is not None:
                return {fact: FactOutcome("refused", bench.refusal(heard))}
            if not _is_whole(bench, heard, external_id, f"{bench.key('')}{piece[::-1]}x"):
                return {fact: FactOutcome("changed")}
        return {fact: FactOutcome("kept")}

    return act


PIECE = 12
"""Characters that are tried in one external ID, which stays shorter than the shortest that everybody takes."""


def _case(bench: Bench, _about: TrialSubject) -> Found:
    one, other = (_sure(bench.make(bench.key(f"case-{word}"))) for word in ("abc", "ABC"))
    return {"external-id-case": FactOutcome("one" if one.graph_id == other.graph_id else "two")}


def _deleted(bench: Bench, _about: TrialSubject) -> Found:
    """The first trial: whoever can't delete must not make another meeting."""
    key = bench.key("gone")
    made = _sure(bench.make(key))
    at_once = bench.read(made.graph_id)
    if at_once.is_no_meeting:
        bench.meetings_can_be_late()
        _sure(bench.read_again(made.graph_id))
    _sure(bench.delete(made.graph_id))
    read = bench.read(made.graph_id)
    again = bench.delete(made.graph_id)
    if read.is_no_meeting and (again.is_no_meeting or again.error is None):
        seen = FactOutcome("yes")
    elif read.error is None:
        seen = FactOutcome("still-there")
    else:
        seen = FactOutcome("otherwise", bench.refusal(again if read.is_no_meeting else read))
    anew = bench.make(key, {"subject": f"{bench.subject}, again"})
    if anew.error is not None:
        free = FactOutcome("refused", bench.refusal(anew))
    else:
        free = FactOutcome("same" if anew.graph_id == made.graph_id else "new")
    return {
        "readable-at-once": _yes(yes=not at_once.is_no_meeting),
        "deleted-is-404": seen,
        "deleted-id-is-free": free,
    }


def _at_once(bench: Bench, _about: TrialSubject) -> Found:
    one, other = bench.make_twice(bench.key("twice"))
    if refused := next((each for each in (one, other) if each.error is not None), None):
        return {"same-key-at-once": FactOutcome("refused", bench.refusal(refused))}
    return {"same-key-at-once": FactOutcome("one" if one.graph_id == other.graph_id else "two")}


def _refused_times(fact: str, **said: object) -> Callable[[Bench, TrialSubject], Found]:
    def act(bench: Bench, _about: TrialSubject) -> Found:
        earlier = instant(bench.start.replace(hour=bench.start.hour - 1))
        heard = bench.make(bench.key(fact[:PIECE]), {"endDateTime": earlier, **said})
        if heard.error is None:
            return {fact: FactOutcome("accepted")}
        named = "datetime" in heard.error.said and heard.status == BAD_REQUEST
        return {fact: FactOutcome("names-times" if named else "unnamed", bench.refusal(heard))}

    return act


BAD_REQUEST = 400


def _unknown_link(bench: Bench, _about: TrialSubject) -> Found:
    whose = "" if bench.trials.own else bench.trials.organizer_id
    heard = bench.ask(unknown_meeting_path(whose, bench.tenant))
    if heard.error is None:
        empty = heard.data.get("value") == []
        return {"unknown-link-is-404": FactOutcome("empty" if empty else "otherwise")}
    if heard.is_no_meeting:
        return {"unknown-link-is-404": FactOutcome("not-found")}
    return {"unknown-link-is-404": FactOutcome("otherwise", bench.refusal(heard))}


def _language(bench: Bench, _about: TrialSubject) -> Found:
    texts = []
    for number, language in enumerate(("de-DE", "ja-JP")):
        said = {"subject": f"{bench.subject}, {number}"}
        heard = _sure(bench.make(bench.key("words"), said, headers={"Accept-Language": language}))
        texts.append(text_at(heard.data, "joinInformation.content"))
    if not all(texts):
        return {"invitation-language": FactOutcome("no-text")}
    return {"invitation-language": FactOutcome("obeyed" if texts[0] != texts[1] else "ignored")}


OUTSIDER = "unknown.meeting-importer-trial@example.com"
"""Nobody's address: example.com is (RFC 2606)."""


def _attending(
    bench: Bench, name: str, attendee: Mapping[str, object], *, refusals: tuple[int, ...] = ()
) -> TrialAnswer:
    return bench.make(bench.key(name), {"participants": {"attendees": [attendee]}}, refusals=refusals)


def _listed(data: Body, *, upn: str, object_id: str = "") -> Body | None:
    """Return the attendee as an answer has them, None where it has not."""
    listed = child(data, "participants").get("attendees")
    for each in listed if isinstance(listed, list) else ():
        if not isinstance(each, dict):
            continue
        if text(each, "upn").casefold() == upn.casefold() or (object_id and _id_of(each) == object_id.casefold()):
            return each
    return None


def _id_of(entry: Body) -> str:
    return text_at(entry, "identity.user.id").casefold()


def _outsider(bench: Bench, _about: TrialSubject) -> Found:
    heard = _attending(bench, "outsider", {"upn": OUTSIDER})
    if heard.error is not None:
        return {"outsider-kept": FactOutcome("refused", bench.refusal(heard))}
    return {"outsider-kept": FactOutcome("dropped" if _listed(heard.data, upn=OUTSIDER) is None else "yes")}


def _listed_again(bench: Bench, about: TrialSubject) -> Found:
    upn = OUTSIDER if about.attendee is None else about.attendee.upn
    entry = {"upn": OUTSIDER} if about.attendee is None else _whole(about.attendee, "attendee")
    made = _sure(_attending(bench, "listed", entry))
    if _listed(made.data, upn=upn) is None:
        return {"existing-names-attendees": _not_tried("unsaid")}
    again = _sure(bench.make(bench.key("listed"), {"subject": f"{bench.subject}, again"}))
    return {"existing-names-attendees": _yes(yes=_listed(again.data, upn=upn) is not None)}


def _by_id(bench: Bench, person: Person) -> FactOutcome:
    heard = _attending(bench, "by-id", {"identity": {"user": {"id": person.object_id}}}, refusals=(500,))
    if heard.error is not None:
        return FactOutcome("refused", bench.refusal(heard))
    kept = _listed(heard.data, upn=person.upn, object_id=person.object_id)
    return FactOutcome("dropped" if kept is None else "kept")


def _by_name(bench: Bench, person: Person) -> FactOutcome:
    heard = _attending(bench, "by-name", {"upn": person.upn})
    if heard.error is not None:
        return FactOutcome("refused", bench.refusal(heard))
    kept = _listed(heard.data, upn=person.upn)
    return FactOutcome("found" if kept is not None and _id_of(kept) == person.object_id.casefold() else "not-found")


def _whole(person: Person, role: str) -> dict[str, object]:
    return {"identity": {"user": {"id": person.object_id}}, "upn": person.upn, "role": role}


def _role_of(heard: TrialAnswer, person: Person) -> str:
    entry = _listed(heard.data, upn=person.upn, object_id=person.object_id)
    return "" if entry is None else text(entry, "role")


def _role_made(bench: Bench, person: Person) -> FactOutcome:
    heard = _attending(bench, "role", _whole(person, "coorganizer"))
    if heard.error is not None:
        return FactOutcome("refused", bench.refusal(heard))
    return FactOutcome("taken" if _role_of(heard, person) in ("coorganizer", UNKNOWN_MEMBER) else "ignored")


def _role_changed(bench: Bench, person: Person, role: str, **beside: object) -> FactOutcome:
    made = _sure(_attending(bench, f"as-{role}", _whole(person, "attendee")))
    heard = bench.change(made.graph_id, {"participants": {"attendees": [_whole(person, role)]}, **beside})
    if heard.error is not None:
        return FactOutcome(REFUSED, bench.refusal(heard))
    found = _role_of(heard, person)
    if found == UNKNOWN_MEMBER:
        return FactOutcome(MASKED if role == "coorganizer" else NOT_KEPT)
    return FactOutcome("kept" if found == role else NOT_KEPT)


def _with_attendee(fact: str, act: Callable[[Bench, Person], FactOutcome]) -> Trial:
    def tried(bench: Bench, about: TrialSubject) -> Found:
        return {fact: _not_tried("attendee") if about.attendee is None else act(bench, about.attendee)}

    return Trial((fact,), tried)


def _options(bench: Bench, about: TrialSubject) -> Found:
    """One meeting, of which one option after the other is changed to what it is not."""
    made = _sure(bench.make(bench.key("options")))
    found: dict[str, FactOutcome] = {}
    for option in TOLD_TEAMS:
        try:
            found[option_fact(option)] = _option(bench, about, made, option)
        except NoAnswerError as failure:
            found[option_fact(option)] = _failed(failure)
    return found


def _option(bench: Bench, about: TrialSubject, made: TrialAnswer, option: MeetingOption) -> FactOutcome:
    """Return the worst that becomes of a choice, in which `reason` names it."""
    choices = [choice for each in option.choices if (choice := chosen_in(about.cloud, each)) is not None]
    if len(choices) <= 1:
        return _not_tried("cloud")
    known = {place: _plain(value_at(made.data, place)) for place in option.places}
    others = [each for each in choices if any(known[place] != said for place, said in each.states.items())]
    others.sort(key=lambda each: each == option.lasting)  # nothing can be chosen after that
    found = [replace(_chosen(bench, made, each.states), reason=each.word) for each in others]
    worst = max(found, key=lambda outcome: _FROM_GOOD_TO_BAD.index(outcome.answer))
    return replace(worst, reason="") if worst.answer == SHOWN else worst


_FROM_GOOD_TO_BAD = (SHOWN, READ, SILENT, MASKED, NOT_KEPT, REFUSED)


def _chosen(bench: Bench, made: TrialAnswer, wanted: Mapping[str, Any]) -> FactOutcome:
    answer = bench.change(made.graph_id, _body(made.data, wanted))
    if answer.error is not None:
        return FactOutcome(REFUSED, bench.refusal(answer))
    said = _said(answer.data, wanted)
    if said == SILENT:
        read = _said(_sure(bench.read_again(made.graph_id)).data, wanted)
        return FactOutcome(READ if read == SHOWN else read)
    return FactOutcome(said)


def _said(data: Body, wanted: Mapping[str, Any]) -> str:
    """Return what an answer says of what was asked for."""
    said = [(_plain(value_at(data, place)), value) for place, value in wanted.items()]
    if any(theirs not in (None, UNKNOWN_MEMBER, ours) for theirs, ours in said):
        return NOT_KEPT
    if any(theirs == UNKNOWN_MEMBER for theirs, _ in said):
        return MASKED
    return SILENT if any(theirs is None for theirs, _ in said) else SHOWN


def _plain(value: object) -> object:
    return tuple(map(str, value)) if isinstance(value, list) else value


def _body(data: Body, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body of a change: an object is sent whole, its other parts as the meeting has them."""
    body: dict[str, Any] = {}
    for place, value in wanted.items():
        name, _, part = place.partition(".")
        said = list(value) if isinstance(value, tuple) else value
        if not part:
            body[name] = said
            continue
        known = child(data, name).items()
        beside = {key: each for key, each in known if "@" not in key and each not in (None, UNKNOWN_MEMBER)}
        body[name] = {**beside, **body.get(name, {}), part: said}
    return body


def _throttled(_bench: Bench, about: TrialSubject) -> Found:
    told = about.throttles()
    answer = _yes(yes=False not in told) if told else _not_tried("no-throttle")
    return {"throttled-says-how-long": answer}


TRIALS: tuple[Trial, ...] = (
    Trial(("readable-at-once", "deleted-is-404", "deleted-id-is-free"), _deleted),
    Trial(
        (
            *("made-is-201", "answer-names-external-id", "answer-names-organizer", "answer-names-creation"),
            *("times-kept", "existing-untouched"),
        ),
        _first,
    ),
    Trial(("subject-kept",), _subject),
    Trial(("external-id-length",), _length),
    Trial(("external-id-signs",), _characters("external-id-signs", SIGNS)),
    Trial(("external-id-letters",), _characters("external-id-letters", LETTERS)),
    Trial(("external-id-case",), _case),
    Trial(("same-key-at-once",), _at_once),
    Trial(("end-before-start",), _refused_times("end-before-start")),
    Trial(("end-without-start",), _refused_times("end-without-start", startDateTime=None)),
    Trial(("unknown-link-is-404",), _unknown_link),
    Trial(("invitation-language",), _language),
    Trial(("outsider-kept",), _outsider),
    Trial(("existing-names-attendees",), _listed_again),
    _with_attendee("attendee-by-id-alone", _by_id),
    _with_attendee("attendee-by-name-alone", _by_name),
    _with_attendee("roles-by-create", _role_made),
    _with_attendee("co-organizers-by-change", lambda bench, who: _role_changed(bench, who, "coorganizer")),
    _with_attendee(
        "presenters-by-change",
        lambda bench, who: _role_changed(bench, who, "presenter", allowedPresenters="roleIsPresenter"),
    ),
    Trial(tuple(map(option_fact, TOLD_TEAMS)), _options),
    Trial(("throttled-says-how-long",), _throttled),
)
"""Every trial, in the order in which they are made."""

MEETINGS_AT_MOST = 30
"""So many meetings are made, at most."""


def tried(bench: Bench, about: TrialSubject) -> Iterator[Found]:
    """Yield what each trial found, as it is found; what a trial could not find out has the reason.

    Raise NoAnswerError or StrangerError where the first one shows that meetings can't be made, or can't be removed, and
    Stop.
    """
    for number, trial in enumerate(TRIALS):
        try:
            yield trial.act(bench, about)
        except NoAnswerError as failure:
            if number == 0:
                raise
            yield dict.fromkeys(trial.facts, _failed(failure))
        except StrangerError:
            if number == 0:
                raise
            yield dict.fromkeys(trial.facts, _not_tried("stranger"))
