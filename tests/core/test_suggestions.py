"""What is offered for a name or a heading that is nearly right: one typo, and never a guess at somebody else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.core.layout import find_layout
from importer.core.suggestions import (
    did_you_mean,
    near_headings,
    near_misses,
    near_names,
    one_typo_away,
    standing_instead,
)

REQUIRED = ("external_id", "organizer")


@pytest.mark.parametrize("typo", ["contso", "conntoso", "contoco", "cotnoso", "contosoo", "ontoso", "ocntoso"])
def test_one_typo_is_a_character_missing_too_many_wrong_or_two_swapped(typo: str) -> None:
    assert one_typo_away([typo], ["fabrikam", "contoso"]) == {typo: "contoso"}


@pytest.mark.parametrize("other", ["contoso", "cntso", "ctonoso", "osotnoc", "contoso12", "fabrikam", "tcontos"])
def test_the_same_two_typos_or_another_word_are_not(other: str) -> None:
    assert one_typo_away([other], ["contoso"]) == {}


def test_another_digit_is_somebody_else_and_short_texts_have_no_neighbours() -> None:
    assert one_typo_away(["pupil.a1", "an"], ["pupil.a2", "am"]) == {}


@given(st.text("abc", min_size=3, max_size=6), st.text("abc", min_size=3, max_size=6))
def test_nearness_is_what_counting_the_edits_says(one: str, other: str) -> None:
    edits = {one[:i] + c + one[i:] for i in range(len(one) + 1) for c in "abc"}
    edits |= {one[:i] + c + one[i + 1 :] for i in range(len(one)) for c in ("", *"abc")}
    edits |= {one[:i] + one[i + 1] + one[i] + one[i + 2 :] for i in range(len(one) - 1)}

    assert bool(one_typo_away([one], [other])) == (other in edits - {one})


def test_a_domain_with_people_is_offered_for_one_without() -> None:
    found = ["bo@contoso.com", "Cy@Contoso.com", "di@fabrikam.com"]

    assert near_names(["Ana@contso.com", "eve@elsewhere.org"], found) == {"ana@contso.com": "Ana@contoso.com"}


def test_within_a_domain_a_found_person_is_offered() -> None:
    near = near_names(["anna.berg@contoso.com", "zed@contoso.com"], ["Ana.Berg@contoso.com", "anna.berg@fabrikam.com"])

    assert near == {"anna.berg@contoso.com": "Ana.Berg@contoso.com"}


def test_a_domain_with_people_is_never_taken_for_another() -> None:
    assert near_names(["ana@contoso.co"], ["bo@contoso.co", "ana@contoso.com"]) == {}


def test_what_has_no_domain_has_no_near_name() -> None:
    assert near_names(["00000000-0000-4000-8000-00000000000a", "@contso.com"], ["bo@contoso.com"]) == {}


def test_a_few_names_are_offered_once_each() -> None:
    assert did_you_mean(["a", "a", "b", "c", "d"]) == " (did you mean a, b, c?)"
    assert did_you_mean([]) == ""


def test_a_heading_that_is_nearly_right_is_named_with_its_row() -> None:
    rows = [
        (1, ["Organisers day", ""]),
        (3, ["Subject", "Start", "Organisor", "Extrnal ID"]),
        (4, ["Subject", "Organizr"]),
    ]

    said = near_headings(rows, mapping={}, required=REQUIRED)

    assert said == "'Extrnal ID' in row 3 looks like External ID. 'Organisor' in row 3 looks like Organizer. "


def test_a_heading_of_the_mapping_counts_in_place_of_the_known_ones() -> None:
    rows = [(1, ["External ID", "Teachers", "Organizr"])]

    assert near_headings(rows, mapping={"organizer": ("Teacher",)}, required=REQUIRED) == (
        "The settings file names 'Teacher' for organizer; row 1 has 'Teachers'. "
    )


@pytest.mark.parametrize("texts", [["Organisor", "Klasse"], ["Subject", "Notes"], ["", ""]])
def test_nothing_is_said_without_a_known_heading_or_a_near_one(texts: list[str]) -> None:
    assert near_headings([(1, texts)], mapping={}, required=REQUIRED) == ""


def test_a_row_with_most_headings_says_which_one_it_lacks_and_which_are_not_known() -> None:
    rows = [(1, ["Roster", ""]), (2, ["Nr.", "Subject", "Start", "Organizer", " Raum\n1 ", "", "Status"])]

    assert near_headings(rows, mapping={}, required=REQUIRED) == (
        "Row 2 has Subject, Start, Organizer, but no External ID; these headings there are not known: 'Nr.', 'Raum 1'. "
    )


def test_a_heading_that_is_nearly_right_is_not_said_to_be_unknown_too() -> None:
    rows = [(2, ["Nr.", "Subject", "Start", "Organisor"])]

    assert near_headings(rows, mapping={}, required=REQUIRED) == (
        "'Organisor' in row 2 looks like Organizer. "
        "Row 2 has Subject, Start, but no External ID; these headings there are not known: 'Nr.'. "
    )


def test_what_a_row_lacks_is_said_in_a_few_words_however_many_columns_it_has() -> None:
    known = ["Subject", "Start", "End", "Time zone", "Attendees"]
    rows = [(1, [*known, *(f"{number} {'long ' * 20}" for number in range(40))])]

    said = near_headings(rows, mapping={}, required=REQUIRED)

    assert said.startswith("Row 1 has Subject, Start, End and 2 more, but no External ID and no Organizer; ")
    assert said.endswith(" and 37 more. ")
    assert len(said) < 230


def test_a_row_without_other_headings_says_no_more_than_what_it_lacks() -> None:
    assert near_headings([(1, ["Start", "Subject", "Organizer"])], mapping={}, required=REQUIRED) == (
        "Row 1 has Start, Subject, Organizer, but no External ID. "
    )


def test_a_heading_that_the_settings_ask_for_is_named_as_theirs() -> None:
    rows = [(1, ["Nr.", "Kurs", "Start", "Organizer", "Tag"])]
    mapping = {"external_id": ("Nummer", "Tag"), "subject": ("Kurs",)}

    assert near_headings(rows, mapping=mapping, required=REQUIRED) == (
        "Row 1 has Kurs, Start, Organizer, but no Nummer (the settings file names it for external_id); "
        "these headings there are not known: 'Nr.'. "
    )


OF_THEIR_OWN = (
    "Room", "Teacher", "Notes", "Note", "Remarks", "Comment", "Class", "Form", "Group", "Course", "Course code",
    "Subject code", "Subject teacher", "Subject 2", "Department", "Stat", "Stats", "State", "Status", "Star",
    "Smart", "Start date", "Start day", "Started", "Start 2", "End date", "Ende-Datum", "Enddatum", "Ended", "Weekend",
    "Date", "Day", "Weekday", "Week", "Time", "Times", "Time slot", "Time spent", "Timer", "Site", "Building", "Street",
    "City", "Phone", "E-mail", "Email 2", "Attendance", "Attended", "Attending physician", "Number of attendees",
    "Participation", "Price", "Currency", "Language", "Level", "Object", "Project", "Rejected", "Section", "Rotation",
    "Location", "Ration", "Duration (hours)", "Donation", "Organization", "Organisation", "Owner", "Priority", "Ort",
    "Raum", "Fach", "Klasse", "Bemerkung", "Host country", "Meeting room", "Meeting type", "Minuted by",
    "Created", "Modified", "Version", "Item", "No.", "#", "Nr", "URL", "Link", "Case number", "Judge", "Length (m)",
    "Untitled", "Tilte", "Hots", "Zones", "Until further notice", "And", "Band",
)  # fmt: skip
"""Headings of real exports that are no misspelled ones, and words that only look like it."""


def missed(*headings: str, mapping: dict[str, tuple[str, ...]] | None = None) -> list[tuple[str, str, str]]:
    mapping = mapping or {}
    layout = find_layout([(3, headings)], mapping=mapping, required=frozenset({"external_id"}))
    assert layout is not None
    return [(found.code, found.column, found.value) for found in near_misses(layout, mapping)]


@pytest.mark.parametrize(
    ("typo", "column"),
    [
        ("Atendees", "attendees"), ("Attendess", "attendees"), ("ATTENDES", "attendees"), ("Particpants", "attendees"),
        ("Strat", "start"), ("Sart time", "start"), ("Edn", "end"), ("End tme", "end"), ("Druation", "duration"),
        ("Duratoin", "duration"), ("Time zome", "time_zone"), ("Timzone", "time_zone"), ("Subjct", "subject"),
        ("Organiser_", ""), ("Orgnizer", "organizer"),
    ],
)  # fmt: skip
def test_a_heading_with_a_typo_is_asked_about_when_its_column_is_missing(typo: str, column: str) -> None:
    expected = [("heading-near-miss", column, typo)] if column else []

    assert missed("External ID", "Room", typo) == expected


def test_nothing_is_asked_when_the_column_is_there() -> None:
    assert missed("External ID", "Attendees", "Atendees", "Start", "Strat") == []


@pytest.mark.parametrize("heading", OF_THEIR_OWN)
def test_columns_of_their_own_are_never_asked_about(heading: str) -> None:
    assert missed("External ID", heading) == []


def test_a_mapped_heading_with_a_typo_is_asked_about_by_the_name_it_was_given() -> None:
    mapping = {"subject": ("Class", "Lesson"), "attendees": ("Pupils",)}

    assert missed("External ID", "Class", "Lessons", "Pupisl", mapping=mapping) == [
        ("heading-near-miss", "attendees", "Pupisl")
    ]
    assert missed("External ID", "Attendes", mapping=mapping) == []
    mapping["subject"] = ("Class", "Lecture")
    assert missed("External ID", "Class", "Lectrue", mapping=mapping) == [("heading-near-miss", "subject", "Lectrue")]


def test_the_question_says_where_and_what_to_write() -> None:
    layout = find_layout([(3, ["External ID", "Atendees"])], mapping={}, required=frozenset({"external_id"}))
    assert layout is not None
    (asked,) = near_misses(layout, {})

    assert asked.message == (
        "The column 'Atendees' in row 3 is not read. If Attendees is meant, rename it; a column of your own can stay."
    )


def test_what_stands_at_the_top_is_said_where_there_are_no_headings_at_all() -> None:
    rows = [(1, ["", ""]), (2, ["Timetable", ""]), (3, ["A-1", "Algebra", "2027-01-11 09:00", "ana@contoso.example"])]

    top = standing_instead(rows)
    assert top.startswith("Row 3 has 'A-1', 'Algebra', '2027-01-11 09:00' and 1 more. If that is no heading")
    assert standing_instead(rows[:2]) == "Row 2 has 'Timetable'. "
    assert standing_instead([(1, ["Nr", "Beginn"])]) == "Row 1 has 'Nr', 'Beginn'. "
    assert standing_instead([]) == ""


def test_a_heading_that_is_joined_into_several_is_named_once() -> None:
    mapping = {"external_id": ("Date", "Title"), "start": ("Date", "From"), "end": ("Date", "To")}
    said = near_headings([(1, ["Date", "From", "To", "Title"])], mapping=mapping, required=REQUIRED)
    assert said == (
        "Row 1 has Date, From, To and 1 more, but no Organizer. "
        "If one person is the organizer of all rows, give --organizer. "
    )
