"""What this program takes for granted of Graph although no document says it, each by a name, and what the answer is.

Theory of operation. A fact is one declaration: the sentence, what a tenant can answer, which code relies on it, and how
it is tried, or why it can't be. An answer with which that code does not do what it promises says what this means for
people, and what the program then does. From the declarations come the trials of `doctor --prove` (each has one, which a
test holds), its lines, the JSON and the file of them (transcript.py), and what the sandbox behaves by when it is given
such a file. The facts about options come from their own declarations (meeting_options.py).

A question on whose answer nothing relies is asked all the same, and its answer is only learned.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from importer.core.meeting_options import OPTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from importer.core.meeting_options import MeetingOption


class FactState(StrEnum):
    """What is known of a fact after a trial."""

    HELD = "held"
    REFUTED = "refuted"
    LEARNED = "learned"
    """Nothing relies on it, so either answer is right."""
    NOT_TRIED = "not tried"


@dataclass(frozen=True, slots=True)
class FactAnswer:
    """One thing that a tenant can do, in words; `means` says what follows where it is not what is relied on."""

    words: str
    means: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A fact that no document states. Raise TypeError for a declaration with a part missing.

    `relied_on` names code as `file: name`, below the package; `answers` are by the words that stand for them in JSON.
    `trial` says how it is found out; where it can't be, `untried` says why.
    """

    name: str
    sentence: str
    relied_on: tuple[str, ...] = ()
    answers: Mapping[str, FactAnswer] = field(default_factory=dict)
    trial: str = ""
    untried: str = ""

    def __post_init__(self) -> None:
        """Raise TypeError where it has no trial and no reason, or a trial without answers."""
        if bool(self.trial) == bool(self.untried) or bool(self.trial) != bool(self.answers):
            raise TypeError(f"The fact '{self.name}' is declared without a trial with its answers, or a reason.")
        if not self.relied_on and any(each.means for each in self.answers.values()):
            raise TypeError(f"The fact '{self.name}' can be refuted, and nothing relies on it.")


@dataclass(frozen=True, slots=True)
class FactRefusal:
    """An error as Graph gave it, without what names anybody."""

    status: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class FactOutcome:
    """What became of one fact: the answer, empty where it was not tried, and then the `reason`.

    `refusal` is the error that was the answer, None where it was none.
    """

    answer: str = ""
    refusal: FactRefusal | None = None
    reason: str = ""


def state_of(fact: Fact, outcome: FactOutcome) -> FactState:
    """Return whether the code that relies on the fact may go on doing so. Raise KeyError for an answer there is not."""
    if not outcome.answer:
        return FactState.NOT_TRIED
    if fact.answers[outcome.answer].means:
        return FactState.REFUTED
    return FactState.HELD if fact.relied_on else FactState.LEARNED


_OK, _REFUSED = FactAnswer, "It is refused."
_COMPARED = "core/properties/drift.py: drift"

_UNHEARD = (
    "After a run that was killed while it made a meeting, that meeting's options are told as differences: run with "
    "--update, which sets them."
)

_ANSWER: tuple[Fact, ...] = (
    Fact(
        name="made-is-201",
        sentence="A meeting that was made now is told from one that was there by the answer's status.",
        relied_on=("graph/meetings.py: _answer", "core/changing.py: SettledMeetings"),
        answers={
            "201-or-200": _OK("201 for one that was made, 200 for one that was there."),
            "always-200": FactAnswer(
                "200 for either.",
                "New meetings are counted as existing, or as updated where options were set.",
            ),
            "always-201": FactAnswer(
                "201 for either.",
                "Meetings that were there are counted as created, and what people changed in Teams is not told as "
                "a difference. Compare with the report of an earlier run.",
            ),
        },
        trial="A meeting is made, and asked for again.",
    ),
    Fact(
        name="answer-names-external-id",
        sentence="The answer of createOrGet carries the external ID.",
        relied_on=("graph/meetings.py: names_another",),
        answers={
            "yes": _OK("It does."),
            "no": FactAnswer(
                "It does not.",
                "An answer that belongs to another row is then known only by its meeting's ID, which no two rows get.",
            ),
        },
        trial="A meeting is made, and the answer looked at.",
    ),
    Fact(
        name="answer-names-organizer",
        sentence="The answer of createOrGet carries the organizer's object ID.",
        relied_on=("graph/meetings.py: names_another",),
        answers={
            "yes": _OK("It does."),
            "no": FactAnswer(
                "It does not.",
                "An answer for another organizer is then known only by its external ID. Use IDs that are not the same "
                "for two organizers.",
            ),
        },
        trial="A meeting is made, and the answer looked at.",
    ),
    Fact(
        name="answer-names-creation",
        sentence="The answer of createOrGet says when the meeting was made, by a clock that is right.",
        relied_on=("core/changing.py: _was_made_in",),
        answers={
            "yes": _OK("It does."),
            "no": FactAnswer("It does not.", _UNHEARD),
            "another-time": FactAnswer("It says another time.", _UNHEARD),
        },
        trial="A meeting is made, and the answer looked at.",
    ),
    Fact(
        name="existing-untouched",
        sentence="createOrGet changes nothing of a meeting that is there.",
        relied_on=("core/changing.py: ComparedMeetings",),
        answers={
            "yes": _OK("It does not."),
            "no": FactAnswer(
                "It changes the meeting to what was sent.",
                "A run without --update changes subject and times in Teams all the same: what people changed there by "
                "hand is overwritten. Don't run rows again whose meetings are changed in Teams; use --only-changed.",
            ),
        },
        trial="A meeting is asked for again with another subject and other times, and read.",
    ),
    Fact(
        name="times-kept",
        sentence="A meeting has the times that were sent, to the minute.",
        relied_on=(_COMPARED,),
        answers={
            "yes": _OK("It has."),
            "no": FactAnswer("It has others.", "Rows are told as differing each time, although nobody changed them."),
        },
        trial="A meeting is made seven minutes past an hour, and the answer looked at.",
    ),
    Fact(
        name="subject-kept",
        sentence="A subject of 400 characters is kept whole.",
        relied_on=(_COMPARED,),
        answers={
            "whole": _OK("It is."),
            "cut": FactAnswer("It is cut.", "Rows with a long subject are told as differing each time. Shorten them."),
            "refused": FactAnswer(_REFUSED, "Rows with a long subject fail. Shorten them."),
        },
        trial="A meeting is made with such a subject.",
    ),
    Fact(
        name="readable-at-once",
        sentence="A meeting can be read by its ID as soon as it was made.",
        relied_on=("graph/meetings.py: send_change",),
        answers={
            "yes": _OK("It can."),
            "no": FactAnswer(
                "At first Graph says that there is no such meeting.",
                "An option that was set at once, and whose answer says too little, is told as not shown. Run again.",
            ),
        },
        trial="A meeting is made and read.",
    ),
    Fact(
        name="invitation-language",
        sentence="The invitation's text is in the language that is asked for (Accept-Language).",
        answers={
            "obeyed": _OK("It is."),
            "ignored": _OK("It is in one language, whatever is asked for."),
            "no-text": _OK("The answer has no such text."),
        },
        trial="One meeting is asked for in German and in Japanese.",
    ),
)

LENGTHS = (1024, 256, 128, 64)
"""Characters of external IDs that are tried, the longest first."""
SHORTEST = 36
"""Characters of an external ID that every tenant takes: those in Microsoft's examples have as many."""


def _lengths() -> Mapping[str, FactAnswer]:
    found = {"whole": FactAnswer("All of 1,024 characters are kept.")}
    for length in (*LENGTHS[1:], SHORTEST):
        found[f"refused-over-{length}"] = FactAnswer(
            f"{length} are kept, longer ones refused.",
            f"Rows whose external ID is longer than {length} characters may fail as external-id-refused. Shorten it.",
        )
        found[f"cut-over-{length}"] = FactAnswer(
            f"{length} are kept, longer ones cut.",
            "Rows whose external ID is longer fail as answers-mixed-up, because the answer names another one; their "
            "meeting is made all the same. Shorten their IDs.",
        )
    return MappingProxyType(found)


_LETTERS_MEANS = (
    "Rows with such IDs fail as answers-mixed-up, because the answer names another one; their meeting is made all the "
    "same. Use letters of A to Z and figures."
)

_IDENTITY: tuple[Fact, ...] = (
    Fact(
        name="external-id-length",
        sentence="External IDs are kept whole, as long as people have them.",
        relied_on=("graph/meetings.py: write_request",),
        answers=_lengths(),
        trial="Meetings are made with external IDs of 1,024, 256, 128 and 64 characters, until one is kept whole.",
    ),
    Fact(
        name="external-id-signs",
        sentence="Signs and blanks in an external ID are kept.",
        relied_on=("graph/meetings.py: write_request",),
        answers={
            "kept": _OK("They are."),
            "changed": FactAnswer("They are changed.", _LETTERS_MEANS),
            "refused": FactAnswer(_REFUSED, "Rows with such IDs fail as external-id-refused. Use letters and figures."),
        },
        trial="A meeting is made with all signs of a keyboard in its ID.",
    ),
    Fact(
        name="external-id-letters",
        sentence="Letters beyond A to Z in an external ID are kept.",
        relied_on=("graph/meetings.py: write_request",),
        answers={
            "kept": _OK("They are."),
            "changed": FactAnswer("They are changed.", _LETTERS_MEANS),
            "refused": FactAnswer(_REFUSED, "Rows with such IDs fail as external-id-refused. Use letters of A to Z."),
        },
        trial="A meeting is made with letters of a dozen alphabets in its ID.",
    ),
    Fact(
        name="external-id-case",
        sentence="External IDs that differ only in capitals are two meetings.",
        relied_on=("core/row.py: key_of",),
        answers={
            "two": _OK("They are."),
            "one": FactAnswer(
                "They are one.",
                "Of rows whose IDs differ only in capitals one gets the link, and the others fail as answers-mixed-up. "
                "Heed the warning about IDs that look alike.",
            ),
        },
        trial="Two meetings are made whose IDs differ only in capitals.",
    ),
    Fact(
        name="deleted-id-is-free",
        sentence="createOrGet for the external ID of a deleted meeting gives a meeting again.",
        relied_on=("core/cancelling.py: held_back",),
        answers={
            "new": _OK("A new one, with another link."),
            "same": _OK("The deleted one is back, with its link."),
            "refused": FactAnswer(_REFUSED, "A row whose meeting was deleted needs another external ID."),
        },
        trial="A meeting is made, deleted and asked for again.",
    ),
    Fact(
        name="deleted-is-404",
        sentence="Graph says of a deleted meeting that there is none: 404 NotFound.",
        relied_on=("graph/meetings.py: GraphMeetings", "graph/faults.py: RULES"),
        answers={
            "yes": _OK("It does."),
            "still-there": FactAnswer(
                "It still shows the meeting.",
                "That a meeting is gone can't be seen by reading it; the answer to the deletion is believed.",
            ),
            "otherwise": FactAnswer(
                "It says something else.", "A meeting that is gone already is told as not deleted."
            ),
        },
        trial="A meeting is made, deleted and read.",
    ),
    Fact(
        name="same-key-at-once",
        sentence="Two calls at the same time with one external ID make one meeting.",
        relied_on=("graph/client.py: GraphClient",),
        answers={
            "one": _OK("They do."),
            "two": FactAnswer(
                "They make two.",
                "A call that is repeated because its answer was late can make a second meeting, and so can two lists "
                "with one ID that run at the same time. Run one list after the other, with --workers 1 on a bad line.",
            ),
            "refused": FactAnswer("One of them is refused.", "Rows can fail for a moment. Run again."),
        },
        trial="One meeting is asked for twice at the same time.",
    ),
)


def _refused_dates(name: str, sentence: str, trial: str) -> Fact:
    return Fact(
        name=name,
        sentence=sentence,
        relied_on=("graph/faults.py: RULES",),
        answers={
            "names-times": _OK("It is refused, and the refusal names the times."),
            "unnamed": FactAnswer(
                "It is refused in words that don't name the times.",
                "The row says row-refused in place of times-refused; Graph's own words are in the details.",
            ),
            "accepted": FactAnswer("It is accepted.", "Only the program's own check stands before such a meeting."),
        },
        trial=trial,
    )


_REFUSALS: tuple[Fact, ...] = (
    _refused_dates(
        "end-before-start",
        "A meeting that ends before it starts is refused.",
        "A meeting is asked for with such times.",
    ),
    _refused_dates(
        "end-without-start", "A meeting with an end alone is refused.", "A meeting is asked for with an end alone."
    ),
    Fact(
        name="unknown-link-is-404",
        sentence="A made-up link is answered with 404 NotFound where meetings are allowed.",
        relied_on=("graph/probe.py: ask_policy",),
        answers={
            "not-found": _OK("It is."),
            "empty": _OK("It is answered with an empty list."),
            "otherwise": FactAnswer(
                "It is answered otherwise.", "doctor can't tell whether meetings are allowed, and says policy-not-told."
            ),
        },
        trial="A meeting is looked for by a made-up link.",
    ),
    Fact(
        name="throttled-says-how-long",
        sentence="Who is told to slow down is told for how long.",
        relied_on=("graph/pacing.py: Pacer",),
        answers={
            "yes": _OK("It is."),
            "no": FactAnswer(
                "It is not.", "The program finds the pace by itself, in longer steps. Name one with --rate if need be."
            ),
        },
        trial="It is seen where Graph happens to throttle a call of these; nothing is done to bring it about.",
    ),
)

_ROLES_MEANS = "Presenters and co-organizers by name are told as not kept. Name them in Teams."

_PEOPLE: tuple[Fact, ...] = (
    Fact(
        name="outsider-kept",
        sentence="An attendee who is not in the directory is kept.",
        relied_on=("core/body.py: participant",),
        answers={
            "yes": _OK("They are."),
            "dropped": FactAnswer(
                "They are left out.", "Rows with outsiders are told as differing. Use --strict-attendees."
            ),
            "refused": FactAnswer(
                _REFUSED, "Rows with outsiders fail. Use --strict-attendees, which says who they are."
            ),
        },
        trial="A meeting is made with an address of example.com, which is nobody's.",
    ),
    Fact(
        name="existing-names-attendees",
        sentence="Of a meeting that is there, the answer of createOrGet lists the attendees.",
        relied_on=("core/properties/drift.py: drift",),
        answers={
            "yes": _OK("It does."),
            "no": FactAnswer("It does not.", "Rows with attendees are told as differing, although Teams has them."),
        },
        trial="A meeting with an attendee is made, and asked for again.",
    ),
    Fact(
        name="attendee-by-id-alone",
        sentence="An attendee can be named by the object ID alone.",
        answers={
            "kept": _OK("They are kept."),
            "dropped": _OK("They are left out."),
            "refused": _OK(_REFUSED),
        },
        trial="A meeting is made with such an attendee.",
    ),
    Fact(
        name="attendee-by-name-alone",
        sentence="Of an attendee who is named by the sign-in name alone, Graph finds the object ID.",
        relied_on=("core/properties/__init__.py: IdentitySet",),
        answers={
            "found": _OK("It does."),
            "not-found": _OK("It keeps the name alone."),
            "refused": FactAnswer(
                _REFUSED, "Attendees fail where nobody may look people up: grant User.ReadBasic.All."
            ),
        },
        trial="A meeting is made with such an attendee.",
    ),
    Fact(
        name="roles-by-create",
        sentence="createOrGet takes the role of co-organizer.",
        answers={"taken": _OK("It does."), "ignored": _OK("The role is ignored."), "refused": _OK(_REFUSED)},
        trial="A meeting is made with a co-organizer.",
    ),
    Fact(
        name="co-organizers-by-change",
        sentence="A change makes an attendee a co-organizer, and the answer says so.",
        relied_on=("core/properties/options.py: _roles",),
        answers={
            "kept": _OK("It does."),
            "masked": FactAnswer("The answer names no role.", "Whether co-organizers took is told as unknown."),
            "not-kept": FactAnswer("The role is not kept.", _ROLES_MEANS),
            "refused": FactAnswer(_REFUSED, _ROLES_MEANS),
        },
        trial="A meeting is made, and changed so that its attendee is a co-organizer.",
    ),
    Fact(
        name="presenters-by-change",
        sentence="A change makes an attendee a presenter, and the answer says so.",
        relied_on=("core/properties/options.py: _roles",),
        answers={
            "kept": _OK("It does."),
            "not-kept": FactAnswer("The role is not kept.", _ROLES_MEANS),
            "refused": FactAnswer(_REFUSED, _ROLES_MEANS),
        },
        trial="A meeting is made, and changed so that only its attendee presents.",
    ),
)

TOLD_TEAMS = tuple(option for option in OPTIONS if option.places)
"""The options that state something of the meeting in Teams."""

SHOWN, READ, SILENT, MASKED, NOT_KEPT, REFUSED = "shown", "read", "silent", "masked", "not-kept", "refused"
"""What can become of an option."""


def option_fact(option: MeetingOption) -> str:
    """Return the name of the fact about an option."""
    return f"option-{option.key.replace('_', '-')}"


def _of_option(option: MeetingOption) -> Fact:
    heading = option.heading
    unknown = f"Rows with {heading} keep their link, and say that it is unknown whether the option took."
    answers = {
        SHOWN: FactAnswer("It does."),
        READ: FactAnswer("It sets it; the answer leaves it out, and the meeting has it when it is read."),
        SILENT: FactAnswer("Neither the answer nor the meeting shows it.", unknown),
        MASKED: FactAnswer("It is shown as a word that stands for any newer one.", unknown),
        NOT_KEPT: FactAnswer(
            "The change is answered with yes, and not kept.",
            f"Rows with {heading} are told as differing: a policy of the organization decides. Ask whoever runs Teams.",
        ),
        REFUSED: FactAnswer(_REFUSED, f"Rows with {heading} get a link and no options. Leave this column out."),
    }
    if not any(isinstance(value, str) for choice in option.choices for value in choice.states.values()):
        del answers[MASKED]  # a truth has no newer words
    return Fact(
        name=option_fact(option),
        sentence=f"A change sets {heading}, and its answer says so.",
        relied_on=("core/properties/options.py: _Together",),
        answers=answers,
        trial="A meeting is made, and changed to what it does not have.",
    )


_UNTRIED: tuple[Fact, ...] = (
    Fact(
        name="nobody-gets-mail",
        sentence="Nobody is told of a meeting by Teams, and it stands in no calendar.",
        relied_on=("core/results.py: Invitation",),
        untried="Only those who are invited see their mail.",
    ),
    Fact(
        name="unlicensed-is-404",
        sentence="For an organizer without a licence for Teams, Graph says 404 without NotFound.",
        relied_on=("graph/faults.py: RULES",),
        untried="It takes an organizer without a licence.",
    ),
    Fact(
        name="no-number-is-no-licence",
        sentence="A meeting without dial-in numbers has an organizer without Audio Conferencing.",
        relied_on=("graph/meetings.py: _answer",),
        untried="It takes an organizer without that licence.",
    ),
    Fact(
        name="deleted-link-lives",
        sentence="The link of a deleted meeting goes on working, and opening it can bring the meeting back.",
        relied_on=("core/cancelling.py: farewell",),
        untried="Only somebody who opens the link sees it.",
    ),
    Fact(
        name="expired-id-is-found",
        sentence="A meeting whose dial-in has expired is found by its external ID.",
        relied_on=("core/changing.py: ComparedMeetings",),
        untried="It takes sixty days.",
    ),
    Fact(
        name="attendees-shown",
        sentence="An answer leaves out attendees beyond some hundreds, without saying so.",
        relied_on=("core/model.py: ATTENDEES_SHOWN",),
        untried="It takes as many people.",
    ),
    Fact(
        name="done-though-500",
        sentence="A change can have come about although the answer says 500.",
        relied_on=("graph/meetings.py: send_change",),
        untried="Nobody can bring it about.",
    ),
    Fact(
        name="many-at-once",
        sentence="Many calls about meetings can be under way at the same time.",
        relied_on=("core/model.py: WORKERS",),
        untried="It would slow down whatever else the organization does.",
    ),
    Fact(
        name="year-one-is-no-time",
        sentence="The year 1 stands for a time that a meeting does not have.",
        relied_on=("core/body.py: NO_MOMENT",),
        untried="Only meetings that are made otherwise (in channels) have it.",
    ),
    Fact(
        name="repeated-event-is-one",
        sentence="A calendar makes no second event of a transaction that is repeated, however late.",
        relied_on=("graph/events.py: GraphCalendars",),
        untried="Trials touch nobody's calendar: taking an event away sends mail.",
    ),
    Fact(
        name="meetings-a-month",
        sentence="How many meetings an organizer can have made in a month.",
        relied_on=("graph/pacing.py: Pacer",),
        untried="It would use up the organizer's month.",
    ),
)

FACTS: tuple[Fact, ...] = (*_ANSWER, *_IDENTITY, *_REFUSALS, *_PEOPLE, *map(_of_option, TOLD_TEAMS), *_UNTRIED)
"""Every fact, in the order in which they are said."""

FACT: Mapping[str, Fact] = MappingProxyType({fact.name: fact for fact in FACTS})
"""Every fact, by its name."""


def in_order(outcomes: Mapping[str, FactOutcome]) -> Iterator[tuple[Fact, FactOutcome]]:
    """Yield every fact with what became of it; those that no trial got to are not tried, and why."""
    for fact in FACTS:
        yield fact, outcomes.get(fact.name, FactOutcome(reason=fact.untried or "The trials did not get there."))


def refuted(outcomes: Mapping[str, FactOutcome]) -> Iterable[tuple[Fact, FactOutcome]]:
    """Return the facts that the tenant refutes."""
    return [(fact, outcome) for fact, outcome in in_order(outcomes) if state_of(fact, outcome) is FactState.REFUTED]
