"""The wrappers round the Meetings port: which status a meeting that was there gets, and that no link is ever lost."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from importer.core import Failure, Scope
from importer.core.catalogue import problem
from importer.core.changing import FAULTS_BORNE, ComparedMeetings, SettledMeetings, UpdatedMeetings, keeping_answers
from importer.core.memory import NoSession
from importer.core.model import Answer, ExitCode, Meeting, Severity, Status, Stop
from importer.core.properties import NOWHERE, Sent, one_value
from importer.core.properties.drift import PROPERTIES
from importer.core.report import exit_code_of
from importer.core.row import Unheard
from tests.core.planning import NOW
from tests.core.test_drift import MEETING, REQUEST, people, row, teams
from tests.rows import a_row, saying, stating

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.core.properties.drift import Changes
    from importer.core.row import MeetingRequest

NO_DIAL_IN = problem("no-dial-in")
OTHER = teams(subject="Physics")


def says_yes(_request: MeetingRequest, meeting: Meeting, stated: Changes) -> Answer:
    return Answer(Status.UPDATED, saying(meeting, subject=stated.get("subject") or meeting.subject))


@dataclass
class Teams:
    """A Meetings port that answers alike each time, and remembers what it was to change."""

    answer: Answer | Failure
    change: Callable[[MeetingRequest, Meeting, Changes], Answer | Failure] = says_yes
    asked: list[Changes] = field(default_factory=list)
    reads: Meeting | None = None

    def read(self, _order: MeetingRequest, _meeting: Meeting) -> Meeting | None:
        return self.reads

    def create_or_get(self, _request: MeetingRequest) -> Answer | Failure:
        return self.answer

    def update(self, request: MeetingRequest, meeting: Meeting, changes: Changes) -> Answer | Failure:
        self.asked.append(changes)
        return self.change(request, meeting, changes)


def existing(meeting: Meeting) -> Answer:
    return Answer(Status.EXISTING, meeting, (NO_DIAL_IN,))


def refused(scope: Scope, code: str = "service-failed") -> Failure:
    return Failure(problem(code, detail="HTTP 500"), scope)


def outcome(answer: Answer | Failure) -> tuple[Status, list[str], str]:
    assert isinstance(answer, Answer)
    return answer.status, [found.code for found in answer.problems], answer.meeting.join_url


BOTH = [ComparedMeetings, UpdatedMeetings]


@pytest.mark.parametrize("wrapper", BOTH)
def test_a_meeting_that_was_made_now_or_says_the_same_is_left_alone(
    wrapper: type[ComparedMeetings | UpdatedMeetings],
) -> None:
    for answer in (Answer(Status.CREATED, OTHER), existing(MEETING), refused(Scope.ROW)):
        port = Teams(answer)
        assert wrapper(port).create_or_get(REQUEST) is answer
        assert port.asked == []


def test_a_difference_is_shown_and_nothing_is_changed() -> None:
    port = Teams(existing(OTHER))
    assert outcome(ComparedMeetings(port).create_or_get(REQUEST)) == (
        Status.DIFFERS,
        ["differs-subject", "no-dial-in"],
        OTHER.join_url,
    )
    assert port.asked == []


def test_a_difference_is_changed_and_no_warning_is_left_of_it() -> None:
    port = Teams(existing(OTHER))
    answer = UpdatedMeetings(port).create_or_get(REQUEST)
    assert outcome(answer) == (Status.UPDATED, ["no-dial-in"], OTHER.join_url)
    assert port.asked == [stating(subject="Algebra")]


@pytest.mark.parametrize("wrapper", BOTH)
def test_a_row_with_another_meetings_link_is_not_taken_for_what_teams_should_say(
    wrapper: type[ComparedMeetings | UpdatedMeetings],
) -> None:
    port = Teams(existing(OTHER))

    status, codes, _ = outcome(
        wrapper(port).create_or_get(replace(REQUEST, links=("https://teams.example/somebody-elses",)))
    )

    assert (status, codes) == (Status.DIFFERS, ["row-mixed-up", "differs-subject", "no-dial-in"])
    assert port.asked == []


def test_a_yes_that_changed_nothing_is_no_update() -> None:
    port = Teams(existing(OTHER), lambda _request, meeting, _changes: Answer(Status.UPDATED, meeting))
    answer = UpdatedMeetings(port).create_or_get(REQUEST)
    assert outcome(answer) == (Status.DIFFERS, ["update-not-kept", "differs-subject", "no-dial-in"], OTHER.join_url)


def test_a_refused_change_keeps_the_link_and_says_why_and_ends_in_4() -> None:
    port = Teams(existing(OTHER), lambda *_: refused(Scope.TENANT, "token-refused"))
    answer = UpdatedMeetings(port).create_or_get(REQUEST)
    assert outcome(answer) == (Status.DIFFERS, ["update-failed", "differs-subject", "no-dial-in"], OTHER.join_url)
    assert isinstance(answer, Answer)
    failure = answer.problems[0]
    assert failure.severity is Severity.ERROR
    assert failure.message.endswith(problem("token-refused").message)
    assert failure.detail == "token-refused: HTTP 500"
    result = a_row(number=2, external_id="A-1", organizer="ana", status=answer.status, problems=answer.problems)
    assert exit_code_of([result], None) is ExitCode.ROWS
    assert exit_code_of([replace(result, problems=answer.problems[1:])], None) is ExitCode.DONE


def test_a_run_that_ends_in_the_middle_of_a_change_does_not_cost_the_link() -> None:
    def interrupted(*_: object) -> Answer:
        raise Stop(problem("interrupted"), ExitCode.INTERRUPTED)

    answer = UpdatedMeetings(Teams(existing(OTHER), interrupted)).create_or_get(REQUEST)
    assert outcome(answer) == (Status.DIFFERS, ["update-failed", "differs-subject", "no-dial-in"], OTHER.join_url)


@pytest.mark.parametrize(
    ("wanted", "meeting"),
    [(row(attendees=people(751)), teams(attendees=())), (row(attendees=people(2)), teams(attendees=people(750)))],
)
def test_a_list_that_may_be_cut_is_not_replaced_nor_anything_else_of_its_row(
    wanted: MeetingRequest, meeting: Meeting
) -> None:
    port = Teams(existing(saying(meeting, subject="Physics")))
    status, codes, link = outcome(UpdatedMeetings(port).create_or_get(wanted))
    assert (status, codes[0], link) == (Status.DIFFERS, "update-too-many-attendees", meeting.join_url)
    assert codes[1:] == ["differs-subject", "differs-attendees", "no-dial-in"]
    assert port.asked == []


def test_a_service_that_fails_at_every_change_is_not_asked_for_ever() -> None:
    port = Teams(existing(OTHER), lambda *_: refused(Scope.SERVICE))
    updated = UpdatedMeetings(port)
    codes = [outcome(updated.create_or_get(REQUEST))[1][0] for _ in range(FAULTS_BORNE + 2)]
    assert codes == ["update-failed"] * FAULTS_BORNE + ["updates-given-up"] * 2
    assert len(port.asked) == FAULTS_BORNE


def test_one_change_that_works_shows_that_the_service_is_not_down() -> None:
    turns = iter(range(1000))
    flaky = Teams(existing(OTHER), lambda *each: refused(Scope.SERVICE) if next(turns) % 5 else says_yes(*each))
    updated = UpdatedMeetings(flaky)
    for _ in range(50):
        updated.create_or_get(REQUEST)
    assert len(flaky.asked) == 50


def test_refusals_of_single_rows_are_no_faults_of_the_service() -> None:
    port = Teams(existing(OTHER), lambda *_: refused(Scope.ROW, "meeting-gone"))
    updated = UpdatedMeetings(port)
    assert {outcome(updated.create_or_get(REQUEST))[1][0] for _ in range(30)} == {"update-failed"}
    assert len(port.asked) == 30


LOBBY = replace(
    one_value(
        "trial",
        "lobbyBypassSettings.scope",
        str,
        sent=Sent.CHANGE,
        words=lambda sheet, teams: (sheet, teams),
        code="differs-subject",
    ),
    by_itself="organizer",
)
"""A property that only PATCH takes."""

ASKING = replace(REQUEST, wishes={**REQUEST.wishes, "trial": "everyone"})


def lets_in(_request: MeetingRequest, meeting: Meeting, stated: Changes) -> Answer:
    return Answer(Status.UPDATED, saying(meeting, trial=stated["trial"]))


def forgets(_request: MeetingRequest, meeting: Meeting, _stated: Changes) -> Answer:
    return Answer(Status.UPDATED, meeting)


def is_signed_out(*_: object) -> Answer:
    raise Stop(problem("interrupted"), ExitCode.INTERRUPTED)


@pytest.mark.parametrize(
    ("change", "status", "codes", "said"),
    [
        (lets_in, Status.CREATED, [], "everyone"),
        (forgets, Status.DIFFERS, ["options-not-shown", "option-not-shown"], ""),
        (lambda *_: refused(Scope.SERVICE), Status.DIFFERS, ["update-failed", "settings-owed"], ""),
        (is_signed_out, Status.DIFFERS, ["update-failed", "settings-owed"], ""),
    ],
)
def test_a_new_meeting_is_told_what_only_a_change_can_say(
    change: Callable[..., Answer | Failure], status: Status, codes: list[str], said: str
) -> None:
    port = Teams(Answer(Status.CREATED, MEETING), change)
    answer = SettledMeetings(port, (*PROPERTIES, LOBBY)).create_or_get(ASKING)
    assert outcome(answer) == (status, codes, MEETING.join_url)
    assert isinstance(answer, Answer)
    assert (answer.stop is not None) == (change is is_signed_out)
    assert answer.meeting.says.get("trial", "") == said
    assert port.asked == [{"trial": "everyone"}]


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (REQUEST, Answer(Status.CREATED, MEETING)),
        (ASKING, Answer(Status.EXISTING, OTHER)),
        (ASKING, refused(Scope.ROW)),
    ],
)
def test_no_other_meeting_is_changed_unasked(asked: MeetingRequest, answer: Answer | Failure) -> None:
    port = Teams(answer)
    assert SettledMeetings(port, (*PROPERTIES, LOBBY)).create_or_get(asked) == answer
    assert port.asked == []


MADE = saying(MEETING, trial="organizer")
"""As createOrGet makes it."""


OWED = {"trial": "everyone"}
"""What it is told."""
SEEN = Unheard(((NOW, NOW + timedelta(hours=1)),))
POLICY = {"trial": "organization"}


def aged(meeting: Meeting, minutes: float) -> Meeting:
    """Return the meeting, made so many minutes after now."""
    return replace(meeting, created=NOW + timedelta(minutes=minutes))


def says(word: str | None, minutes: float = 1) -> Meeting:
    return aged(saying(MADE, trial=word), minutes)


@pytest.mark.parametrize(
    ("memory", "found", "told"),
    [
        # the answer that made it was seen
        ({"owed": MADE}, says("organizer"), True),
        ({"owed": saying(MADE, trial=None)}, says("organizer"), True),
        ({"owed": saying(MADE, trial=None)}, says(None), True),
        ({"owed": MADE}, says("everyone"), False),
        ({"owed": MADE}, says("nobody"), False),
        ({"owed": saying(MADE, trial=None)}, says("nobody"), False),
        ({"owed": saying(MADE, trial="everyone")}, says("nobody"), False),
        ({"owed": saying(MADE, graph_id="another")}, says("organizer"), False),
        ({"owed": saying(MADE, trial="organization")}, says("organization"), True),
        # it was seen in an earlier run, and this is the second that comes to it
        ({"owed": replace(says("nobody"), at_first={})}, says("nobody"), False),
        ({"owed": replace(says("nobody"), at_first=POLICY)}, says("organization"), True),
        # no answer was seen, so what another one of the organizer said counts, or what Teams does by itself
        ({"unheard": SEEN}, says("organizer"), True),
        ({"unheard": SEEN}, says("organizer", -1), True),
        ({"unheard": SEEN}, says("organizer", -60), False),
        ({"unheard": SEEN}, says("organizer", 90), False),
        ({"unheard": Unheard(((NOW, None),))}, says("organizer", 90), True),
        ({"unheard": SEEN}, saying(MADE, trial="organizer"), False),
        ({"unheard": SEEN}, says("everyone"), False),
        ({"unheard": SEEN}, says("nobody"), False),
        ({"unheard": SEEN}, says("organization"), False),
        ({"unheard": Unheard(SEEN.spans, POLICY)}, says("organization"), True),
        ({"unheard": Unheard(SEEN.spans, POLICY)}, says("organizer"), False),
        ({}, says("organizer"), False),
    ],
)
def test_a_meeting_that_a_run_of_ours_made_is_told_later_unless_somebody_has_changed_it(
    memory: dict[str, Any], found: Meeting, *, told: bool
) -> None:
    port, kept = Teams(existing(found), lets_in, reads=found), list[Answer]()
    asked = replace(ASKING, **memory, keep=kept.append)

    settled = SettledMeetings(port, (*PROPERTIES, LOBBY)).create_or_get(asked)

    assert isinstance(settled, Answer)
    assert settled.status is Status.EXISTING
    assert settled.meeting.says == (saying(found, trial="everyone") if told else found).says
    assert port.asked == ([OWED] if told else [])
    assert [answer.meeting.join_url for answer in kept] == ([found.join_url] if told and "owed" not in memory else [])


def test_what_somebody_changed_before_a_second_attempt_is_not_taken_for_what_it_was_made_as() -> None:
    memory: Meeting | None = MADE
    for word in ("nobody", "nobody", "nobody"):
        found = saying(says(word), chat=("enabled",))
        port = Teams(existing(found), lambda *_: refused(Scope.SERVICE))
        asked = replace(ASKING, wishes={**ASKING.wishes, "chat": ("disabled",)}, owed=memory)
        answer = SettledMeetings(port, (*PROPERTIES, LOBBY)).create_or_get(asked)
        assert isinstance(answer, Answer)
        memory = answer.meeting
        assert [list(each) for each in port.asked] == [["chat"]]


@pytest.mark.parametrize(
    ("shown", "codes", "told"),
    [
        (says("organizer"), ["no-dial-in"], [OWED]),
        (says("nobody"), ["differs-subject", "no-dial-in"], []),
        (None, ["settings-owed", "no-dial-in"], []),
    ],
    ids=["it is as it was made", "somebody has changed it", "nobody says"],
)
def test_where_the_answer_says_too_little_the_meeting_is_read_before_it_is_told(
    shown: Meeting | None, codes: list[str], told: list[Changes]
) -> None:
    port = Teams(existing(says(None)), lets_in, reads=shown)

    properties = (*PROPERTIES, LOBBY)
    answer = ComparedMeetings(SettledMeetings(port, properties), properties).create_or_get(
        replace(ASKING, unheard=SEEN)
    )

    assert (outcome(answer)[1], port.asked) == (codes, told)


def test_what_else_somebody_has_changed_since_is_a_difference() -> None:
    port = Teams(existing(saying(MADE, subject="Physics")), lets_in)
    settled = SettledMeetings(port, (*PROPERTIES, LOBBY))
    answer = ComparedMeetings(settled).create_or_get(replace(ASKING, owed=MADE))
    assert outcome(answer)[:2] == (Status.DIFFERS, ["differs-subject", "no-dial-in"])
    assert port.asked == [{"trial": "everyone"}]


@pytest.mark.parametrize("made", [Status.CREATED, Status.EXISTING])
def test_it_is_durable_that_a_meeting_is_owed_something_before_it_is_told(made: Status) -> None:
    happened: list[str] = []

    def tells(request: MeetingRequest, meeting: Meeting, stated: Changes) -> Answer:
        happened.append("told")
        return lets_in(request, meeting, stated)

    port = Teams(Answer(made, MADE), tells)
    asked = replace(ASKING, keep=lambda answer: happened.append(f"kept {answer.meeting.join_url}"))
    SettledMeetings(port, (*PROPERTIES, LOBBY)).create_or_get(asked)
    assert happened == (["kept https://join", "told"] if made is Status.CREATED else [])


def test_rows_without_such_a_wish_are_as_they_were() -> None:
    rows = [a_row(number=2, request=REQUEST), a_row(number=3, request=ASKING)]
    plain, asking = keeping_answers(rows, NoSession(), lambda: NOW, (*PROPERTIES, LOBBY))
    assert plain is rows[0]
    assert asking.asked.keep is not rows[1].asked.keep


COMPARED = replace(LOBBY, sent=NOWHERE)
"""The trial's property, where no call takes it."""


@pytest.mark.parametrize(
    ("subject", "asked"), [("Algebra", []), ("Physics", [{"subject": "Algebra"}])], ids=["alone", "with another"]
)
def test_what_no_call_takes_stays_a_difference_and_no_empty_change_is_sent(
    subject: str, asked: list[dict[str, str]]
) -> None:
    port = Teams(existing(saying(MADE, subject=subject)))
    answer = UpdatedMeetings(port, (*PROPERTIES, COMPARED)).create_or_get(ASKING)
    assert outcome(answer) == (Status.DIFFERS, ["differs-subject", "no-dial-in"], MADE.join_url)
    assert port.asked == asked
