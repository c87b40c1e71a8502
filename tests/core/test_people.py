"""People as mail programs copy them, and by names: nobody is dropped unsaid, and nobody is chosen from several."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.core.cells import UPN
from importer.core.people import Book, Meant, Source, distinct, named_in, people_in, read_list
from importer.core.plan import make_plan
from importer.core.readings import ReadingOptions
from importer.core.rules import RuleOptions
from tests.core.planning import NOW, plan, problems, row

ADDRESSES = st.builds("{}@{}.example".format, st.text("abcxyz", min_size=1), st.text("abcxyz", min_size=1))
NAMES = st.sampled_from(
    ["", "Bo", "Anna Adam", "Adam, Anna", '"Adam, Anna"', '"Adam; Anna"', "O'Neil (HR)", "Žižek, Ö."]
)


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("a@b.example; c@d.example, e@f.example\ng@h.example;", [f"{x}.example" for x in ("a@b", "c@d", "e@f", "g@h")]),
        ("Anna Adam <a.a@schule.example>", ["a.a@schule.example"]),
        ("Adam, Anna <a@b.example>; Bo <bo@b.example>", ["a@b.example", "bo@b.example"]),
        ("Adam, Anna <a@b.example>, Bo <bo@b.example>, cy@d.example", ["a@b.example", "bo@b.example", "cy@d.example"]),
        ("cy@d.example, Adam, Anna <a@b.example>", ["cy@d.example", "a@b.example"]),
        ('"Adam; Anna, Dr." <a@b.example>; <bo@b.example>', ["a@b.example", "bo@b.example"]),
        ("a@b.example <A@b.example>\n'Bo' <mailto:bo@b.example>", ["A@b.example", "bo@b.example"]),
        ("", []),
        (" ; ,", []),
    ],
)  # fmt: skip
def test_addresses_are_taken_out_of_angle_brackets(text: str, people: list[str]) -> None:
    assert people_in(text) == people


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("Bo, a@b.example", ["Bo"]),
        ("Anna Adam, Bo Berg, Cy <cy@b.example>", ["Anna Adam, Bo Berg, Cy <cy@b.example>"]),
        ("Anna <a@b.example> Bo <bo@b.example>", ["Anna <a@b.example> Bo <bo@b.example>"]),
        ("cy@c.example Bo <bo@b.example>", ["cy@c.example Bo <bo@b.example>"]),
        ('x" ; cy@c.example; "<bo@b.example>', ['x"']),
        ("Anna <a@b.example, bo@b.example>", ["Anna <a@b.example", "bo@b.example>"]),
        ("Anna <anna>", ["Anna <anna>"]),
        ("Anna <a@b.example> (HR)", ["Anna <a@b.example> (HR)"]),
        ("Adam, Anna; bo@b.example", ["Adam", "Anna"]),
        ("Adam, Anna; Bo <bo@b.example>", ["Adam", "Anna"]),
        ("Adam, bo@b.example, Cy <cy@b.example>", ["Adam"]),
    ],
)
def test_what_is_not_understood_is_kept_whole_so_that_it_can_be_quoted(text: str, refused: list[str]) -> None:
    assert [person for person in people_in(text) if not UPN.fullmatch(person)] == refused


@given(st.lists(st.tuples(NAMES, ADDRESSES)), st.sampled_from([";", "; ", "\n", ";\r\n"]))
def test_every_address_comes_back_whatever_the_names(people: list[tuple[str, str]], between: str) -> None:
    text = between.join(f"{name} <{address}>" for name, address in people)

    assert people_in(text) == [address for _, address in people]


def test_an_attendee_and_an_organizer_are_sent_without_their_names() -> None:
    pasted = row(
        2,
        organizer="Adam, Anna <a.a@schule.example>",
        attendees="Adam, Anna <a@b.example>; Bo <bo@b.example>, A <A@b.example>",
    )

    (ready,) = plan([pasted]).ready

    assert (ready.organizer, ready.attendees) == ("a.a@schule.example", ("a@b.example", "bo@b.example"))
    assert [entry.code for entry in ready.problems] == ["attendee-repeated"]


def test_a_rejected_row_is_known_by_the_same_organizer_as_a_sent_one() -> None:
    (rejected,) = plan([row(2, organizer="Anna <a@b.example>", start="rubbish")]).rejected

    assert rejected.organizer == "a@b.example"


def test_the_same_organizer_with_and_without_a_name_is_one() -> None:
    rows = [row(2, external_id="X"), row(3, external_id="X", organizer="Ana <Ana@contoso.example>")]

    assert problems(plan(rows)) == [
        (2, "external_id", "duplicate-external-id"),
        (3, "external_id", "duplicate-external-id"),
    ]


@pytest.mark.parametrize("text", ["a@b.example; bo@b.example", "Adam, Anna <a@b.example>, Bo <bo@b.example>"])
def test_two_organizers_are_told_where_the_others_go(text: str) -> None:
    (rejected,) = plan([row(2, organizer=text)]).rejected

    (found,) = rejected.problems
    assert (found.column, found.code) == ("organizer", "organizer-not-one")
    assert "names 2 people" in found.message
    assert found.message.endswith("Leave one person here and put the others under Attendees.")


@pytest.mark.parametrize("text", ["a@b.example;", "a@b.example; A@b.example"])
def test_one_organizer_is_one_however_often_named(text: str) -> None:
    (ready,) = plan([row(2, organizer=text)]).ready

    assert ready.organizer == "a@b.example"


def test_a_piece_that_is_no_address_is_quoted() -> None:
    (rejected,) = plan([row(2, attendees="Anna <anna>; bo@b.example")]).rejected

    assert "'Anna <anna>'" in rejected.problems[0].message


@pytest.mark.parametrize(
    ("cell", "people"),
    [
        ("bo@c.example\uff1bcy@c.example", ["bo@c.example", "cy@c.example"]),
        ("bo@c.example\u3001cy@c.example\uff0cdi@c.example", ["bo@c.example", "cy@c.example", "di@c.example"]),
        ("bo@c.example\u060c cy@c.example\u061b", ["bo@c.example", "cy@c.example"]),
        ("Bo\uff08bo\uff20c.example\uff09", ["bo@c.example"]),
        ("bo@c.example cy@c.example\tdi@c.example", ["bo@c.example", "cy@c.example", "di@c.example"]),
        ("Bo Berg (bo@c.example)", ["bo@c.example"]),
        ("Ruiz, Ana (ana@c.example), Bo (mailto:bo@c.example)", ["ana@c.example", "bo@c.example"]),
        ("mailto:ana@c.example", ["ana@c.example"]),
        ("MAILTO:ana@c.example?subject=Hi; mailto:bo@c.example", ["ana@c.example", "bo@c.example"]),
        ("i:0#.f|membership|ana@c.example", ["ana@c.example"]),
        ("i:0e.t|adfs|ana@c.example", ["ana@c.example"]),
        ("15;#i:0#.f|membership|ana@c.example;#16;#i:0#.f|membership|bo@c.example", ["ana@c.example", "bo@c.example"]),
        ("ana@c.example;#12", ["ana@c.example"]),
        ('"Ruiz, Ana" <ana@c.example>; "Berg, Bo" <bo@c.example>', ["ana@c.example", "bo@c.example"]),
        ("ana_f.example#EXT#@c.example", ["ana_f.example#EXT#@c.example"]),
        (
            "ana@c.example und bo@c.example and cy@c.example & di@c.example",
            [f"{x}@c.example" for x in ("ana", "bo", "cy", "di")],
        ),
        ("ana@c.example, bo@c.example, and cy@c.example", ["ana@c.example", "bo@c.example", "cy@c.example"]),
        ("Ana Ruiz <ana@c.example> und Berg, Bo <bo@c.example>", ["ana@c.example", "bo@c.example"]),
        ("Ana (ana@c.example) & bo@c.example", ["ana@c.example", "bo@c.example"]),
        ("ana&bo@c.example", ["ana&bo@c.example"]),
    ],
)
def test_people_as_other_systems_write_them(cell: str, people: list[str]) -> None:
    assert people_in(cell) == people


@pytest.mark.parametrize(
    "cell",
    [
        "Bo Berg;#12;#Cy Cole;#15",
        "Ana bo@c.example",
        "ana@c.example (bo@c.example)",
        "c:0o.c|federateddirectoryclaimprovider|0b5e",
        "Ana (HR)",
        "mailto:Ana",
        "Ana and bo@c.example",
        "ana@c.example und Bo",
        "i:0#.f|membership|",
    ],
)
def test_whom_a_cell_does_not_name_for_sure_is_kept_for_the_rules_to_refuse(cell: str) -> None:
    assert [person for person in people_in(cell) if not UPN.fullmatch(person)] != []


ANA, BO, CY = "ana@c.example", "bo@c.example", "cy@c.example"
BOOK = Book.of(
    [
        ("Ana Ruiz", ANA),
        ("Berg, Bo", BO),
        ("Frederik", "frederik@c.example"),
        ("Zo\u00eb M\u00fcller", "zoe@c.example"),
        ("Twin", "one@c.example"),
        ("TWIN ", "two@c.example"),
        ("Jose", "jose@c.example"),
        ("Jos\u00e9", "jos\u00e9@c.example"),
        ("Andr\u00e9", "andre.a@c.example"),
        ("Andr\u00e8", "andre.b@c.example"),
        ("Sales and Marketing", "sales@c.example"),
        ("Lee, Kim", "kim@c.example"),
        ("Lee", "lee@c.example"),
        ("Kim", "kim.other@c.example"),
        ("old@c.example", "new@c.example"),
    ]
)


def read(book: Book = BOOK, **cells: str | tuple[str, ...]) -> tuple[object, object, list[tuple[str, str, object]]]:
    """Return the organizer, the attendees and the problems of a row whose people are read with the book."""
    planned = make_plan([row(2, **{"attendees": "", **cells})], ReadingOptions(people=book), RuleOptions(NOW))
    (one,) = planned.rows
    return one.organizer, one.attendees, [(entry.column, entry.code, entry.value) for entry in one.problems]


@pytest.mark.parametrize(
    ("cell", "sign_in"),
    [
        ("Ana Ruiz", ANA),
        ("  ana   RUIZ ", ANA),
        ("Ruiz, Ana", ANA),
        ('"Ruiz, Ana"', ANA),
        ("Ru\u00edz, Ana", ANA),
        ("Bo Berg", BO),
        ("Bo\u00a0Berg\u200b", BO),
        ("Zoe Muller", "zoe@c.example"),
        ("AnaRuiz", ANA),
        ("Fre de rik", "frederik@c.example"),
        ("MU\u0308LLER, ZOE\u0308", "zoe@c.example"),
        ("Jos\u00e9", "jos\u00e9@c.example"),
        ("jose", "jose@c.example"),
        ("Sales and Marketing", "sales@c.example"),
        ("old@c.example", "new@c.example"),
        ("Ana <old@c.example>", "new@c.example"),
        ("someone@c.example", "someone@c.example"),
    ],
)
def test_a_name_is_whoever_the_book_says_however_it_is_written(cell: str, sign_in: str) -> None:
    assert read(organizer=cell) == (sign_in, (), [])
    assert read(attendees=cell)[1:] == ((sign_in,), [])


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("twin", "name-of-several"),
        ("Andre", "name-of-several"),
        ("Lee, Kim", "names-unclear"),
        ("Nobody", "upn-not-valid"),
        ("Ana", "upn-not-valid"),
        ("Ruiz Ana", "upn-not-valid"),
    ],
)
def test_a_name_of_two_people_or_of_nobody_is_a_problem_and_no_choice(cell: str, code: str) -> None:
    assert read(organizer=cell)[2] == [("organizer", code, cell)]
    assert read(attendees=cell)[2] == [("attendees", code, cell)]


def test_the_problem_names_both_people() -> None:
    planned = make_plan([row(2, organizer="Twin")], ReadingOptions(people=BOOK), RuleOptions(NOW))

    (found,) = planned.rejected[0].problems
    assert found.message.startswith("'Twin' can be one@c.example and two@c.example. ")


@pytest.mark.parametrize(
    ("cell", "people"),
    [
        ("Ana Ruiz; Bo Berg", (ANA, BO)),
        ("Ruiz, Ana; Berg, Bo", (ANA, BO)),
        ("Ana Ruiz, Bo Berg", (ANA, BO)),
        ("Ruiz, Ana, Berg, Bo", (ANA, BO)),
        ("Ana Ruiz und Bo Berg", (ANA, BO)),
        ("Frederik & Ruiz, Ana and cy@c.example", ("frederik@c.example", ANA, CY)),
        ("Sales and Marketing, Frederik", ("sales@c.example", "frederik@c.example")),
        ("Ana Ruiz\nBo Berg", (ANA, BO)),
        ("Bo Berg;#12;#Ana Ruiz;#15", (BO, ANA)),
        ("Ana Ruiz; Cy <cy@c.example>; bo@c.example", (ANA, CY, BO)),
        ("Ana Ruiz; ana@c.example", (ANA,)),
    ],
)
def test_several_names_in_a_cell_are_read_in_the_one_way_in_which_all_are_known(
    cell: str, people: tuple[str, ...]
) -> None:
    assert read(attendees=cell)[1] == people


@pytest.mark.parametrize(
    ("cell", "unknown"),
    [
        ("Ana Ruiz, Nobody", "Nobody"),
        ("Nobody, Nowhere", "Nobody, Nowhere"),
        ("Ana Ruiz; Who, Ever; bo@c.example", "Who, Ever"),
        ("Frederik, Cy <cy@c.example>", "Frederik, Cy <cy@c.example>"),
        ("Ana Ruiz (HR)", "Ana Ruiz (HR)"),
    ],
)
def test_who_is_not_known_is_quoted(cell: str, unknown: str) -> None:
    assert read(attendees=cell)[2] == [("attendees", "upn-not-valid", unknown)]


def test_people_over_several_columns_are_read_each_by_itself_and_a_name_in_two_as_one() -> None:
    assert read(attendees=("Ana Ruiz", "", "bo@c.example"))[1] == (ANA, BO)
    assert read(attendees=("Ana", "Ruiz"))[1] == (ANA,)
    assert read(organizer=("Ana", "Ruiz"))[0] == ANA


def test_a_row_says_who_was_read_by_a_name() -> None:
    rows = [row(2, organizer="Ruiz, Ana", attendees="Frederik; Frederik; bo@c.example"), row(3)]

    planned = make_plan(rows, ReadingOptions(people=BOOK), RuleOptions(NOW))

    assert [one.people for one in planned.ready] == [
        (
            Meant("Ruiz, Ana", ANA, Source.PEOPLE),
            Meant("Frederik", "frederik@c.example", Source.PEOPLE),
        ),
        (),
    ]


def test_rows_of_one_person_by_two_names_are_told_apart_by_nothing() -> None:
    rows = [row(number, external_id="X", organizer=name) for number, name in ((2, "Ana Ruiz"), (3, ANA))]

    planned = make_plan(rows, ReadingOptions(people=BOOK), RuleOptions(NOW))

    assert [(number, code) for number, _, code in problems(planned)] == [
        (2, "duplicate-external-id"),
        (3, "duplicate-external-id"),
    ]


@pytest.mark.parametrize("cell", ["", (), None])
def test_rows_without_an_organizer_get_the_one_for_all_rows(cell: str | tuple[()] | None) -> None:
    rows = [row(2, organizer=cell), row(3, organizer=BO)]
    if cell == ():
        del rows[0].cells["organizer"]  # type: ignore[attr-defined]  # a dict here

    planned = make_plan(rows, ReadingOptions(organizer=ANA), RuleOptions(NOW))

    assert [one.organizer for one in planned.ready] == [ANA, BO]


@given(
    st.lists(
        st.sampled_from(["Ana Ruiz", "Berg, Bo", "Frederik", "Sales and Marketing", "Zo\u00eb M\u00fcller", CY]),
        min_size=1,
    ),
    st.sampled_from(["; ", ";", "\n", ", ", " and ", " und ", " & "]),
)
def test_names_that_are_known_are_read_back_whatever_is_between_them(names: list[str], between: str) -> None:
    expected = tuple(dict.fromkeys(BOOK.find(name)[0] if BOOK.find(name) else name for name in names))

    assert distinct(named_in(between.join(names), BOOK).people) == expected


@pytest.mark.parametrize(
    ("rows", "entries", "left_out"),
    [
        ([("Name", "Email"), ("Ana", ANA), ("Bo", "mailto:bo@c.example")], [("Ana", ANA), ("Bo", BO)], []),
        (
            [("userPrincipalName", "displayName", "mail"), (ANA, "Ana Ruiz", "other@c.example")],
            [("Ana Ruiz", ANA)],
            [],
        ),
        ([("Staff",), (), ("First name", "Last name", "E-mail"), ("Ana", "Ruiz", ANA)], [("Ana Ruiz", ANA)], []),
        ([("Nom", "Prénom", "E-mail"), ("Ruiz", "Ana", ANA)], [("Ana Ruiz", ANA)], []),
        ([("Name", "Vorname", "Anmeldename"), ("Ana Ruiz", "Ana", ANA)], [("Ana Ruiz", ANA)], []),
        ([("Nombre", "Apellidos", "Correo electrónico"), ("Bo", "Ek Ax", BO)], [("Bo Ek Ax", BO)], []),
        ([("Nome", "Cognome", "Nome di accesso"), ("Bo", "", BO)], [("Bo", BO)], []),
        ([("K\u00fcrzel", "Konto"), ("AR", ANA), ("BB", BO)], [("AR", ANA), ("BB", BO)], []),
        ([("AR", ANA), ("BB", BO)], [("AR", ANA), ("BB", BO)], []),
        ([("", "x"), (ANA, "AR")], [("AR", ANA)], []),
        ([("Name", "UPN"), ("Ana", ANA), ("Bo", ""), ("Cy", "n/a"), ("", CY)], [("Ana", ANA)], [3, 4]),
    ],
)
def test_a_list_of_people_is_read_by_its_headings_or_by_its_addresses(
    rows: list[tuple[str, ...]], entries: list[tuple[str, str]], left_out: list[int]
) -> None:
    found = read_list(enumerate(rows, start=1))

    assert found is not None
    assert (list(found.entries), list(found.left_out)) == (entries, left_out)


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [("Name", "Phone"), ("Ana", "1")],
        [("AR", ANA, BO)],
        [("AR", ANA), ("BB", "none")],
        [("AR", "Ana", ANA)],
        [(ANA, BO), (BO, CY)],
    ],
)
def test_a_list_of_which_it_is_not_clear_what_is_what_is_none(rows: list[tuple[str, ...]]) -> None:
    assert read_list(enumerate(rows, start=1)) is None


@pytest.mark.parametrize("between", ["\n", "\r\n", " \r ", "\v", "\u2028", "\n\n"])
def test_a_line_break_in_a_subject_is_a_blank_and_in_an_external_id_an_error(between: str) -> None:
    (read,) = plan([row(2, subject=f" Two{between}lines ")]).ready
    assert (read.subject, read.problems) == ("Two lines", ())
    assert "control-characters" in {code for _, _, code in problems(plan([row(2, external_id="A\n1")]))}


def test_a_name_that_only_looks_like_one_of_the_list_is_nobody_s() -> None:
    book = Book.of([("Ana Ruiz", "ana@contoso.example"), ("Анна", "anna@contoso.example")])

    for text, other in (("\u0410na Ruiz", "ana ruiz"), ("AHHA", "анна")):
        unclear = named_in(text, book).unclear
        assert unclear is not None
        assert (unclear.code, unclear.facts["other"]) == ("name-looks-like", other)
    assert named_in("ANA  RUIZ", book).people == ("ana@contoso.example",)
    assert named_in("анна", book).people == ("anna@contoso.example",)
    assert named_in("Ivan", book).people == ("Ivan",)
