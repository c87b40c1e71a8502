"""People as mail programs copy them: the address counts, the name before it doesn't, and nobody is dropped unsaid."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.core.cells import UPN, people_in
from tests.core.planning import plan, problems, row

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
        "i:0#.f|membership|",
    ],
)
def test_whom_a_cell_does_not_name_for_sure_is_kept_for_the_rules_to_refuse(cell: str) -> None:
    assert [person for person in people_in(cell) if not UPN.fullmatch(person)] != []
