"""Who ends up on a meeting, and what happens to rows whose people the directory doesn't know."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from importer.core import Failure, Person, Scope
from importer.core.catalogue import problem
from importer.core.model import Attendee, ExitCode, Status, Stop
from importer.core.plan import Assignment, PeopleOptions, assign
from tests.rows import a_row

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from importer.core.row import Row

ANA = "00000000-0000-4000-8000-00000000000a"


class Book:
    """A directory of a few people; remembers what it was asked."""

    def __init__(self, *upns: str, refused: Scope | None = None, me: Person | Failure | None = None) -> None:
        self.people = {upn.casefold(): Person(f"id-of-{upn.casefold()}", upn) for upn in upns}
        self.people[ANA] = Person(ANA, "ana@c.de")
        self.refused = refused
        self.signed_in = me or Person("me-id", "me@c.de")
        self.asked: list[str] = []

    def look_up(self, names: Collection[str]) -> Mapping[str, Person | None] | Failure:
        self.asked += names
        if self.refused is not None:
            return Failure(problem("people-not-checked", detail="403"), self.refused)
        return {name: self.people.get(name.casefold()) for name in names}

    def me(self) -> Person | Failure:
        return self.signed_in


def row(number: int, organizer: str = "ana@c.de", *attendees: str, external_id: str = "") -> Row:
    return a_row(
        number=number,
        external_id=external_id or f"id-{number}",
        organizer=organizer,
        subject="s",
        start=None,
        end=None,
        attendees=attendees,
    )


def codes(assignment: Assignment) -> list[tuple[int, str, str, Status | None]]:
    found: list[tuple[int, str, str, Status | None]] = []
    found += [(r.number, p.column, p.code, r.status) for r in assignment.refused for p in r.problems]
    found += [(r.number, p.column, p.code, None) for r in assignment.ready for p in r.problems]
    return sorted(found, key=lambda entry: entry[0])


def test_everybody_is_asked_for_once_and_goes_with_object_id_and_upn() -> None:
    book = Book("Ana@c.de", "bo@c.de")

    found = assign([row(2, "ana@c.de", "bo@c.de"), row(3, "ANA@c.de", "BO@c.de", "ana@c.de")], book, PeopleOptions())

    assert book.asked == ["ana@c.de", "bo@c.de"]
    assert found.ready[0].asked.organizer_id == "id-of-ana@c.de"
    assert found.ready[1].asked.attendees == (
        Attendee("bo@c.de", "id-of-bo@c.de"),
        Attendee("Ana@c.de", "id-of-ana@c.de"),
    )


def test_an_unknown_organizer_fails_its_rows_and_an_unknown_attendee_only_warns() -> None:
    found = assign([row(2, "no@c.de"), row(3, "ana@c.de", "guest@x.de")], Book("ana@c.de"), PeopleOptions())

    assert codes(found) == [
        (2, "organizer", "organizer-not-found", Status.FAILED),
        (3, "attendees", "attendee-not-found", None),
    ]
    assert found.ready[0].asked.attendees == (Attendee("guest@x.de"),)


def test_strict_attendees_fail_their_row() -> None:
    found = assign([row(3, "ana@c.de", "guest@x.de")], Book("ana@c.de"), PeopleOptions(strict_attendees=True))

    assert codes(found) == [(3, "attendees", "attendee-refused", Status.FAILED)]


@pytest.mark.parametrize("strict", [False, True])
def test_a_near_miss_is_offered_beside_the_wrong_name(strict: bool) -> None:  # noqa: FBT001 - a parameter
    rows = [row(2, "ana@contso.com"), row(3, "Bo.Berg@contoso.com", "bo.burg@contoso.com", "x@y.de")]

    found = assign(rows, Book("Bo.Berg@contoso.com"), PeopleOptions(strict_attendees=strict))

    said = {r.number: r.problems[0].message for r in found.refused}
    said |= {entry.number: entry.problems[0].message for entry in found.ready}
    assert said[2].startswith("'ana@contso.com' is not a user of this organization (did you mean ana@contoso.com?).")
    assert "Not in the directory of this organization: 'bo.burg@contoso.com', 'x@y.de'" in said[3]
    assert "(did you mean Bo.Berg@contoso.com?)" in said[3]


def test_one_person_under_two_names_can_not_have_an_external_id_twice() -> None:
    rows = [row(2, "ana@c.de", external_id="X"), row(3, ANA, external_id="X"), row(4, ANA, external_id="Y")]
    book = Book()
    book.people["ana@c.de"] = Person(ANA, "ana@c.de")

    found = assign(rows, book, PeopleOptions())

    assert codes(found) == [(n, "external_id", "duplicate-external-id", Status.INVALID) for n in (2, 3)]
    assert [entry.number for entry in found.ready] == [4]


def test_without_a_directory_organizers_by_object_id_still_work() -> None:
    found = assign([row(2, ANA, "bo@c.de")], Book(refused=Scope.TENANT), PeopleOptions())

    assert found.ready[0].asked.organizer_id == ANA
    assert found.ready[0].asked.attendees == (Attendee("bo@c.de"),)
    assert [notice.code for notice in found.notices] == ["people-not-checked"]


@pytest.mark.parametrize(
    ("organizer", "scope", "strict", "exit_code"),
    [
        ("ana@c.de", Scope.TENANT, False, ExitCode.REFUSED),
        ("ana@c.de", Scope.SERVICE, False, ExitCode.STOPPED),
        (ANA, Scope.SERVICE, False, ExitCode.STOPPED),
        (ANA, Scope.TENANT, True, ExitCode.REFUSED),
    ],
)
def test_without_a_directory_nothing_else_does(organizer: str, scope: Scope, strict: bool, exit_code: ExitCode) -> None:  # noqa: FBT001 - a parameter of the table above
    with pytest.raises(Stop) as stopped:
        assign([row(2, organizer)], Book(refused=scope), PeopleOptions(strict_attendees=strict))

    assert stopped.value.exit_code is exit_code


def test_a_signed_in_person_makes_their_own_meetings_only() -> None:
    rows = [row(2, ""), row(3, "ME@c.de"), row(4, "me-id"), row(5, "ana@c.de")]

    found = assign(rows, Book(), PeopleOptions(delegated=True))

    assert [(entry.number, entry.asked.organizer_id) for entry in found.ready] == [(2, None), (3, None), (4, None)]
    assert codes(found) == [(5, "organizer", "organizer-not-signed-in-user", Status.INVALID)]


def test_a_person_who_can_not_be_told_stops_the_run() -> None:
    nobody = Failure(problem("people-not-checked"), Scope.TENANT)

    with pytest.raises(Stop):
        assign([row(2, "")], Book(me=nobody), PeopleOptions(delegated=True))
