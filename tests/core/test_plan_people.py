"""Who ends up on a meeting, and what happens to rows whose people the directory doesn't know."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from importer.core import Failure, Person, Scope, Several
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
        self.by_mail: dict[str, Person | Several] = {}
        self.named: list[Person] = []
        self.more: set[str] = set()
        self.searched: list[str] = []

    def search(self, names: Collection[str]) -> Mapping[str, Several] | Failure:
        self.searched += names
        if self.refused is not None:
            return Failure(problem("directory-not-allowed"), self.refused)
        return {
            name: Several(
                tuple(one for one in self.named if _words(name) <= _words(one.name)), name.casefold() in self.more
            )
            for name in names
        }

    def look_up(self, names: Collection[str]) -> Mapping[str, Person | Several | None] | Failure:
        self.asked += names
        if self.refused is not None:
            return Failure(problem("people-not-checked", detail="403"), self.refused)
        return {name: self.people.get(name.casefold()) or self.by_mail.get(name.casefold()) for name in names}

    def me(self) -> Person | Failure:
        return self.signed_in


def _words(name: str) -> set[str]:
    return set(name.casefold().replace(",", " ").split())


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


FIND = PeopleOptions(find_people=True)
LOGIN, MAIL = "u1@c.de", "ana.ruiz@c.de"
TWINS = Several((Person("id-one", "one@c.de", MAIL), Person("id-two", "two@c.de", MAIL)))


def meant(row: Row) -> list[tuple[str, str, str]]:
    return [(one.name, one.sign_in, one.source.value) for one in row.people]


def test_who_is_found_by_mail_is_taken_and_named() -> None:
    book = Book("bo@c.de")
    book.by_mail[MAIL] = Person("id-ana", LOGIN, MAIL)

    found = assign([row(2, MAIL, "bo@c.de"), row(3, "bo@c.de", MAIL)], book, PeopleOptions())

    assert [entry.asked.organizer_id for entry in found.ready] == ["id-ana", "id-of-bo@c.de"]
    assert found.ready[1].asked.attendees == (Attendee(LOGIN, "id-ana"),)
    assert [meant(entry) for entry in found.ready] == [[(MAIL, LOGIN, "mail")]] * 2
    assert [entry.organizer for entry in found.ready] == [MAIL, "bo@c.de"]
    (note,) = found.notices
    assert (note.code, note.detail) == ("people-found-by-mail", f"{MAIL} is {LOGIN}")


@pytest.mark.parametrize("column", ["organizer", "attendees"])
def test_a_mail_address_of_two_users_is_a_problem_and_no_choice(column: str) -> None:
    book = Book("ana@c.de")
    book.by_mail[MAIL] = TWINS

    found = assign([row(2, MAIL) if column == "organizer" else row(2, "ana@c.de", MAIL)], book, PeopleOptions())

    assert codes(found) == [(2, column, "mail-of-several", Status.FAILED)]
    assert "one@c.de and two@c.de" in found.refused[0].problems[0].message


def test_one_person_by_sign_in_name_and_by_mail_can_not_have_an_external_id_twice() -> None:
    book = Book(LOGIN)
    book.by_mail[MAIL] = Person(f"id-of-{LOGIN}", LOGIN, MAIL)

    found = assign([row(2, MAIL, external_id="X"), row(3, LOGIN, external_id="X")], book, PeopleOptions())

    assert codes(found) == [(n, "external_id", "duplicate-external-id", Status.INVALID) for n in (2, 3)]


def directory(*people: tuple[str, str]) -> Book:
    """Return a directory of these people: display name and UPN."""
    book = Book()
    book.named = [Person(f"id-{upn}", upn, name=name) for name, upn in people]
    return book


@pytest.mark.parametrize("name", ["Ana Ruiz", "ruiz,  ANA", "Ana Ru\u00edz"])
@pytest.mark.parametrize("entry", ["Ana Ruiz", "Ruiz, Ana"])
def test_a_display_name_that_one_user_has_is_taken_and_named(name: str, entry: str) -> None:
    book = directory((entry, LOGIN), ("Ana Ruiz Lopez", "other@c.de"), ("Ana Ruiz (HR)", "hr@c.de"))
    if "\u00ed" in name:  # whether a search takes accents for nothing is the directory's
        book.search = lambda names: {each: Several(tuple(book.named)) for each in names}  # type: ignore[method-assign]

    found = assign([row(2, name, "bo@c.de"), row(3, "ana@c.de", name)], _with(book, "bo@c.de", "ana@c.de"), FIND)

    assert codes(found) == []
    assert [entry.asked.organizer_id for entry in found.ready] == [f"id-{LOGIN}", "id-of-ana@c.de"]
    assert found.ready[1].asked.attendees == (Attendee(LOGIN, f"id-{LOGIN}"),)
    assert [meant(each) for each in found.ready] == [[(name, LOGIN, "name")]] * 2
    assert (found.ready[0].organizer, found.ready[1].attendees) == (name, (name,))
    assert [(note.code, note.detail) for note in found.notices] == [("people-found-by-name", f"{name} is {LOGIN}")]


def _with(book: Book, *upns: str) -> Book:
    book.people |= Book(*upns).people
    return book


def test_several_names_in_a_cell_are_looked_up_in_each_way_in_which_they_can_be_read() -> None:
    book = _with(directory(("Ana Ruiz", "a@c.de"), ("Bo Berg", "b@c.de")), "ana@c.de")

    found = assign([row(2, "ana@c.de", "Ruiz, Ana, Bo Berg", "c@c.de")], book, FIND)

    assert [one.upn for one in found.ready[0].asked.attendees] == ["a@c.de", "b@c.de", "c@c.de"]
    assert set(book.searched) == {"Ruiz", "Ana", "Bo Berg", "Ruiz, Ana", "Ana, Bo Berg", "Ruiz, Ana, Bo Berg"}


@pytest.mark.parametrize(
    ("people", "code", "said"),
    [
        ([("Ana Ruiz", "a@c.de"), ("Ruiz, Ana", "b@c.de")], "name-of-several", "can be a@c.de and b@c.de"),
        ([("Ana Maria Ruiz", "a@c.de")], "name-not-found", "(there is Ana Maria Ruiz, a@c.de)"),
        (
            [(f"Ana Ruiz {letter}", f"{letter}@c.de") for letter in "abcde"],
            "name-not-found",
            "(there is Ana Ruiz a, a@c.de, Ana Ruiz b, b@c.de, Ana Ruiz c, c@c.de and 2 more)",
        ),
        ([], "name-not-found", "'Ana Ruiz' is nobody's display name in the directory. "),
    ],
)
@pytest.mark.parametrize("column", ["organizer", "attendees"])
def test_no_hit_and_several_are_problems_that_name_a_few(
    people: list[tuple[str, str]], code: str, said: str, column: str
) -> None:
    planned = row(2, "Ana Ruiz") if column == "organizer" else row(2, "ana@c.de", "Ana Ruiz")

    found = assign([planned], _with(directory(*people), "ana@c.de"), FIND)

    assert codes(found) == [(2, column, code, Status.FAILED)]
    assert said in found.refused[0].problems[0].message


def test_a_search_that_told_only_of_some_takes_nobody() -> None:
    book = directory(("Ana Ruiz", "a@c.de"), ("Ana Ruiz Lopez", "b@c.de"))
    book.more = {"ana ruiz"}

    found = assign([row(2, "Ana Ruiz")], book, FIND)

    assert codes(found) == [(2, "organizer", "name-of-several", Status.FAILED)]


@pytest.mark.parametrize(("scope", "code"), [(Scope.TENANT, ExitCode.REFUSED), (Scope.SERVICE, ExitCode.STOPPED)])
def test_without_a_search_a_run_with_names_ends(scope: Scope, code: ExitCode) -> None:
    with pytest.raises(Stop) as stopped:
        assign([row(2, ANA, "Bo Berg")], Book(refused=scope), FIND)

    assert stopped.value.exit_code is code


def test_nobody_is_searched_for_where_everybody_has_an_address() -> None:
    book = Book("ana@c.de")

    assign([row(2, "ana@c.de", "bo@c.de")], book, FIND)

    assert book.searched == []
