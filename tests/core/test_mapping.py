"""What is proposed for an export fits its headings and its values; what could be a wrong meeting is asked about."""

from __future__ import annotations

import csv
import io
import tomllib
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.core.exports import FORMS
from importer.core.mapping import Answers, Proposal, SettingLine, Sure, find_headings
from importer.core.mapping.columns import CellKind, traits_of
from importer.core.mapping.proposal import alike, best_sample, draft, propose
from importer.core.mapping.times import CHOOSE
from importer.core.model import Sample
from importer.core.texts import normalize
from importer.core.times.words import words_in
from importer.languages import LANGUAGES

if TYPE_CHECKING:
    from importer.core.model import Cell


def sample(text: str) -> Sample:
    """Return rows that are written as a CSV with semicolons."""
    rows = csv.reader(io.StringIO(text.strip("\n")), delimiter=";")
    numbered = [(number, [cell or None for cell in row]) for number, row in enumerate(rows, start=1)]
    return Sample("", numbered, languages=LANGUAGES)


def proposed(text: str, **answers: Any) -> Proposal:  # noqa: ANN401 - any answer
    """Return what is proposed for such a sheet."""
    found, row = best_sample([sample(text)])
    return propose(found, row, Answers(**answers))


def said(proposal: Proposal) -> dict[str, Any]:
    """Return what the draft says: settings and columns."""
    content = tomllib.loads(draft(proposal, "r.csv"))
    return {**content.pop("columns"), **content}


def asked(proposal: Proposal) -> list[str]:
    """Return what is open before a meeting can be made."""
    return [question.key for question in proposal.questions if question.stops]


TIMETABLE = """
Lesson no.;Class;Date;Start time;End time;Teacher;Pupils
0007;5a;05/04/2027;08:15;09:00;zoe@x.example;a@x.example; b@x.example
0009;5b;14/04/2027;11:15;12:00;priya@x.example;c@x.example
0012;5b;15/04/2027;11:15;12:00;priya@x.example;c@x.example
"""
OUTLOOK = """
Subject;Start Date;Start Time;End Date;End Time;All day event;Reminder Date;Reminder Time;Meeting Organizer
Budget;4/5/2027;9:00:00 AM;4/5/2027;10:30:00 AM;FALSE;4/5/2027;8:45:00 AM;ana@x.example
Staffing;4/16/2027;9:00:00 AM;4/16/2027;10:30:00 AM;FALSE;4/16/2027;8:45:00 AM;ana@x.example
"""
HR = """
Interview ID;Job title;Person;Start (UTC);Duration (min);Candidate time zone;Recruiter email;Interviewer emails;Status
I-1;Analyst;Ann Bell;2027-09-14T07:00:00Z;30;Europe/Brussels;rita@x.example;b@x.example, c@x.example;Scheduled
I-2;Analyst;Cid Dorn;2027-09-14T08:00:00Z;30;America/New_York;rita@x.example;b@x.example;Cancelled
"""
WEBINARS = """
Webinar;Date;Time;Presenter name;Host email;Registrants
Safety;Monday, 5 April 2027;10:00 AM - 11:00 AM;Bo Berg;ana@x.example;120
Privacy;Tuesday, 6 April 2027;10:00 AM - 11:00 AM;Cy Cole;ana@x.example;80
"""
COURT = """
Amtsgericht Musterstadt;;;;
Aktenzeichen;Terminsart;Sitzungstag;Uhrzeit;Kennung Vorsitz
3 C 12/27;Verhandlung;Di 14.09.2027;09.00 - 10.30 Uhr;weber@x.example
3 C 12/27;Verkündung;Mi 15.09.2027;11.30 - 11.45 Uhr;weber@x.example
4 C 7/27;Verhandlung;Mi 15.09.2027;13.00 - 14.00 Uhr;weber@x.example
"""


@pytest.mark.parametrize(
    ("text", "settings", "questions"),
    [
        (
            TIMETABLE,
            {
                "date_order": "DMY",
                "external_id": "Lesson no.",
                "subject": "Class",
                "start": ["Date", "Start time"],
                "end": ["Date", "End time"],
                "organizer": "Teacher",
                "attendees": "Pupils",
            },
            ["timezone"],
        ),
        (
            OUTLOOK,
            {
                "date_order": "MDY",
                "external_id": ["Start Date", "Start Time", "Subject"],
                "subject": "Subject",
                "start": ["Start Date", "Start Time"],
                "end": ["End Date", "End Time"],
                "organizer": "Meeting Organizer",
            },
            ["timezone"],
        ),
        (
            HR,
            {
                "external_id": "Interview ID",
                "subject": "Job title",
                "start": "Start (UTC)",
                "duration": "Duration (min)",
                "time_zone": "Candidate time zone",
                "organizer": "Recruiter email",
                "attendees": "Interviewer emails",
                "rows": {"skip": {"Status": "Cancelled"}},
            },
            [],
        ),
        (
            WEBINARS,
            {
                "external_id": ["Date", "Time", "Webinar"],
                "subject": "Webinar",
                "start": ["Date", "Time"],
                "organizer": "Host email",
            },
            ["timezone"],
        ),
        (
            COURT,
            {
                "date_order": "DMY",
                "external_id": ["Aktenzeichen", "Sitzungstag"],
                "subject": "Terminsart",
                "start": ["Sitzungstag", "Uhrzeit"],
                "organizer": "Kennung Vorsitz",
            },
            ["timezone"],
        ),
    ],
    ids=["timetable", "Outlook", "interviews", "webinars", "court list"],
)
def test_exports_of_five_systems(text: str, settings: dict[str, Any], questions: list[str]) -> None:
    proposal = proposed(text)

    assert (said(proposal), asked(proposal)) == (settings, questions)


FOREIGN = {
    "pl": "Sygnatura;Temat;Data rozprawy;Godzina od;Godzina do;Organizator;Uczestnicy",
    "ja": "管理番号;会議名;日付;開始時刻;終了時刻;開催者;参加者",
    "nl": "Zaaknummer;Onderwerp;Datum;Aanvang;Einde;Organisator;Genodigden",
    "es": "Referencia;Nombre de la reunión;Fecha;Comienzo;Hasta;Anfitriona;Personas invitadas",
    "pt-BR": "Identificador;Assunto;Dia;Horário de início;Término;Organizador;Convidados",
}
"""Headings of exports that no list of words here has, over cells as people write them there."""
FOREIGN_ROWS = {
    "pl": ("5 kwietnia 2027 r.;godz. 9.00;godz. 10.30", "6 kwietnia 2027 r.;godz. 9.00;godz. 9.45"),
    "ja": (
        "2027年4月5日(月);9時;10時30分",
        "2027年4月6日(火);午後1時;午後2時",
    ),
    "nl": ("maandag 5 april 2027;9 uur;10.30 uur", "dinsdag 6 april 2027;14 uur;15 uur"),
    "es": ("lunes, 5 de abril de 2027;a las 9;10:30 h", "martes, 6 de abril de 2027;a las 3 de la tarde;16 h"),
    "pt-BR": ("segunda-feira, 5 de abril de 2027;9h;10h30", "terça-feira, 6 de abril de 2027;14h;15h"),
}


def test_exports_in_other_languages_are_understood_by_their_own_words() -> None:
    for tag, headings in FOREIGN.items():
        lines = [
            f"N-{number};Intake;{times};ana@x.example;b@x.example" for number, times in enumerate(FOREIGN_ROWS[tag])
        ]
        key, subject, day, begin, end, organizer, attendees = headings.split(";")
        proposal = proposed("\n".join([headings, *lines]))
        assert (said(proposal), asked(proposal)) == (
            {
                "external_id": key,
                "subject": subject,
                "start": [day, begin],
                "end": [day, end],
                "organizer": organizer,
                "attendees": attendees,
            },
            ["timezone"],
        ), tag


def test_one_answer_is_written_down_and_asked_no_more() -> None:
    proposal = proposed(TIMETABLE, timezone="Europe/Madrid")

    assert said(proposal)["timezone"] == "Europe/Madrid"
    assert asked(proposal) == []


HEAD = "External ID;Subject;Organizer"
ROW = "{};Talk {};ana@x.example"


def sheet(headings: str, *rows: str) -> str:
    """Return a sheet whose ID, title and organizer are plain, with these columns behind them."""
    lines = [f"{ROW.format(number, number)};{row}" for number, row in enumerate(rows, start=1)]
    return "\n".join([f"{HEAD};{headings}", *lines])


@pytest.mark.parametrize(
    ("headings", "rows", "settings", "questions"),
    [
        ("Start;End", ["2027-04-05 09:00;10:30"], {"start": "Start", "end": "End"}, ["timezone"]),
        ("Start;End", ["2027-04-05 09:00Z;2027-04-05 10:00Z"], {"start": "Start", "end": "End"}, []),
        ("StartTime;EndTime", ["2027-04-05 09:00;2027-04-05 10:00"],
         {"start": "StartTime", "end": "EndTime"}, ["timezone"]),
        ("Beginnt am;Beginnt um;Endet am;Endet um", ["05.04.2027;09:00;05.04.2027;10:00"],
         {"start": ["Beginnt am", "Beginnt um"], "end": ["Endet am", "Endet um"]}, ["timezone"]),
        ("Date;Time;Offset", ["2027-04-05;09:00;+02:00"], {"start": ["Date", "Time", "Offset"]}, []),
        ("Start (UTC);End (UTC);Your time zone", ["2027-04-05 09:00;2027-04-05 10:00;Europe/Berlin"],
         {"start": "Start (UTC)", "end": "End (UTC)", "timezone": "UTC", "time_zone": False}, []),
        ("Start;Candidate time zone", ["2027-04-05 09:00;Europe/Berlin"],
         {"start": "Start", "time_zone": False}, ["timezone"]),
        ("Start;Zone", ["2027-04-05 09:00;B"], {"start": "Start", "time_zone": False}, ["timezone"]),
        ("Start;Participants", ["2027-04-05 09:00Z;25"], {"start": "Start", "attendees": False}, []),
        ("Date;Start;End", ["03/04/2027;9:00;10:00"],
         {"start": ["Date", "Start"], "end": ["Date", "End"]}, ["date_order", "timezone"]),
        ("Date;Start;End", ["03/04/27;9:00;10:00", "31/12/27;9:00;10:00"],
         {"start": ["Date", "Start"], "end": ["Date", "End"], "date_order": "DMY"}, ["timezone"]),
        ("Date;Start;End", ["25/12/2027;9:00;10:00", "12/26/2027;9:00;10:00"],
         {"start": ["Date", "Start"], "end": ["Date", "End"]}, ["date_order", "timezone"]),
        ("Day;From;To", ["Monday;9:00;10:00"], {"start": ["Day", "From"], "end": ["Day", "To"]}, ["weeks", "timezone"]),
        ("Start;Minutes", ["2027-04-05 09:00Z;45"], {"start": "Start", "duration": "Minutes"}, []),
        ("Start;Attendee 1;Attendee 2", ["2027-04-05 09:00Z;a@x.example;b@x.example"],
         {"start": "Start", "attendees": ["Attendee 1", "Attendee 2"]}, []),
    ],
)  # fmt: skip
def test_times_and_people_in_many_shapes(
    headings: str, rows: list[str], settings: dict[str, Any], questions: list[str]
) -> None:
    proposal = proposed(sheet(headings, *rows))
    known = {"external_id": "External ID", "subject": "Subject", "organizer": "Organizer"}

    assert (said(proposal), asked(proposal)) == ({**known, **settings}, questions)


@pytest.mark.parametrize(
    ("headings", "row", "key"),
    [
        ("Einlass;Los;Datum", "18:30;19:00;05.04.2027", "start"),
        ("Utworzono;Kiedy", "2027-01-05 09:00;2027-04-05 09:00", "start"),
        ("Date", "2027-04-05", "start"),
        ("Date", "2027-04-05 00:00:00", "start"),
        ("Time", "09:00", "start"),
        ("Notes", "soon", "start"),
        ("When;Start time", "2027-04-05 09:00;18:00", "start"),
        ("Start;Schluss;Ende", "2027-04-05 09:00;2027-04-05 10:00;2027-04-05 11:00", "end"),
        ("Start;Vége", "2027-04-05 09:00;2027-04-05 10:00", "end"),
        ("Date;Start;Vége", "2027-04-05;09:00;10:00", "end"),
        ("Start Date;End Date;Start Time;End Time", "2027-04-05;2027-04-09;09:00;10:00", "end"),
    ],
)
def test_what_could_be_another_time_stops_the_file_until_somebody_chooses(headings: str, row: str, key: str) -> None:
    proposal = proposed(sheet(headings, row))

    assert said(proposal)[key] == CHOOSE
    assert key in asked(proposal)


@pytest.mark.parametrize(
    ("headings", "row"),
    [
        (
            "Start time;Completion time;Date and time of the meeting",
            "2026-11-20 08:15;2026-11-20 08:17;2027-04-05 09:00",
        ),
        ("Created;When", "2026-11-20 08:15;2027-04-05 09:00"),
        ("Logged at all;Meeting date", "2026-11-20 08:17:31;2027-04-05 09:00"),
        ("Geburtsdatum;Termin", "01.02.1999;05.04.2027 09:00"),
    ],
)
def test_when_a_form_was_sent_or_somebody_was_born_is_no_start(headings: str, row: str) -> None:
    assert said(proposed(sheet(headings, row)))["start"] == headings.rpartition(";")[2]


@pytest.mark.parametrize(
    ("text", "external_id", "open_"),
    [
        ("Ref;Title;Start\nA1;x;2027-04-05 09:00\nA2;x;2027-04-06 09:00", "Ref", False),
        ("Nr;Title;Start\n1;x;2027-04-05 09:00\n2;x;2027-04-06 09:00", "Nr", True),
        ("Nr;Course no.;Title;Start\n1;C7;x;2027-04-05 09:00\n2;C7;x;2027-04-06 09:00", ["Course no.", "Start"], False),
        ("Title;Start\nx;2027-04-05 09:00\ny;2027-04-06 09:00", ["Start", "Title"], True),
        ("Room no.;Title;Start\n1;x;2027-04-05 09:00\n2;y;2027-04-05 09:00", ["Start", "Title"], True),
    ],
)
def test_the_id_is_what_stays_with_its_meeting(text: str, external_id: object, open_: bool) -> None:  # noqa: FBT001 - an outcome
    proposal = proposed(text)

    assert said(proposal)["external_id"] == external_id
    assert any(question.key == "external_id" for question in proposal.questions) is open_


def test_one_attendee_a_row_is_asked_about_and_no_meeting_each() -> None:
    rows = [
        f"MA{course};Algebra;2027-04-05 09:00Z;ana@x.example;s{number}@x.example" for course in "12" for number in "123"
    ]
    text = "\n".join(["Course;Title;Start;Teacher;Student", *rows])

    assert said(proposed(text))["external_id"] == "Course"
    assert asked(proposed(text)) == ["same_id"]
    assert said(proposed(text, one_meeting="y"))["rows"] == {"same_id": "one meeting"}


@pytest.mark.parametrize(
    ("headings", "row", "organizer", "questions"),
    [
        ("Email", "ana@x.example", CHOOSE, ["organizer"]),
        ("Host email;Owner email", "ana@x.example;bo@x.example", CHOOSE, ["organizer"]),
        ("Student email", "ana@x.example", None, ["organizer"]),
        ("Teacher", "Ana Ruiz", "Teacher", ["people"]),
        ("Teacher;Teacher email", "Ana Ruiz;ana@x.example", "Teacher email", []),
    ],
)
def test_whose_meeting_it_is_is_never_guessed(
    headings: str, row: str, organizer: str | None, questions: list[str]
) -> None:
    proposal = proposed(f"Ref;Title;Start;{headings}\nA1;x;2027-04-05 09:00Z;{row}\nA2;y;2027-04-06 09:00Z;{row}")

    assert (said(proposal).get("organizer"), asked(proposal)) == (organizer, questions)


def test_whole_days_of_a_calendar_are_no_meetings() -> None:
    rows = ["2027-04-05;09:00;FALSE", "2027-05-31;12:00 AM;TRUE"]

    assert said(proposed(sheet("Start Date;Start Time;All day event", *rows)))["rows"] == {
        "skip": {"All day event": "TRUE"}
    }


def test_a_class_is_a_title_only_where_nothing_else_is() -> None:
    text = "Ref;Klasse;Fach;Start\nA1;5a;Mathe;2027-04-05 09:00\nA2;5b;Physik;2027-04-06 09:00"

    assert said(proposed(text))["subject"] == "Fach"


def test_names_are_listed_for_somebody_to_fill_in() -> None:
    text = draft(
        proposed("Ref;Title;Start;Teacher\nA1;x;2027-04-05 09:00Z;Ana Ruiz\nA2;y;2027-04-05 09:00Z;Bo Berg"), "r"
    )

    assert "[people]\n" in text
    assert '# "Ana Ruiz" = "@"\n# "Bo Berg" = "@"\n' in text


def test_legends_totals_and_headings_said_again_change_nothing() -> None:
    rows = ("Report of today;;", "Ref;Title;Start", "A1;x;2027-04-05 09:00", "Ref;Title;Start", "A2;y;2027-04-06 09:00")
    text = "\n".join([*rows, "Total;;2", "* draft;;"])

    proposal = proposed(text)

    assert (proposal.header_row, proposal.rows) == (2, 2)
    assert said(proposal)["start"] == "Start"


def test_a_result_s_heading_over_a_column_that_is_read_gets_another_one() -> None:
    assert said(proposed("Meeting ID;Topic;Start\n82;x;2027-04-05 09:00Z\n83;y;2027-04-05 09:00Z"))["meeting_id"] == (
        "Teams Meeting ID"
    )


def test_the_sheet_with_meetings_is_found_among_others() -> None:
    notes, list_ = sample("How to use this file;\nAsk Bo;"), sample(TIMETABLE)
    other = Sample("Notes", notes.rows), Sample("List", list_.rows)

    assert best_sample(other)[0].sheet == "List"
    assert said(propose(other[1], 1, Answers(), sheets=["List"]))["sheet"] == "List"


def test_sheets_with_the_same_headings_are_named_and_none_is_taken_unasked() -> None:
    samples = [Sample(name, sample(TIMETABLE).rows) for name in ("Maths", "History")]

    assert alike([*samples, sample(OUTLOOK)], samples[0], 1) == ("Maths", "History")
    proposal = propose(samples[0], 1, Answers(), sheets=["Maths", "History"])
    assert [(line.value, line.sure) for line in proposal.settings if line.key == "sheet"] == [("Maths", Sure.GUESS)]
    assert '#   sheet = ["Maths", "History"]' in draft(proposal, "r.xlsx")


def test_data_is_no_row_of_headings_and_its_columns_are_named_by_letters() -> None:
    rows = "\n".join(f"A{day};talk;2027-04-0{day};09:00-10:00;a@x.example" for day in (5, 6, 7))

    proposal = proposed(rows)

    assert (find_headings(sample(rows))[0], proposal.header_row, proposal.rows) == (0, 0, 3)
    assert said(proposal) == {
        "external_id": {"column": "A"},
        "start": [{"column": "C"}, {"column": "D"}],
        "organizer": CHOOSE,
    }


@pytest.mark.parametrize("headings", ["Ref;;Date and time;Host", "Ref;Info;Date and time;Host;Info"])
def test_a_column_without_a_heading_of_its_own_is_named_by_its_letters(headings: str) -> None:
    text = f"{headings}\nA1;x;2027-04-05 09:00Z;a@x.example;z\nA2;y;2027-04-06 09:00Z;a@x.example;z"

    (asked_for,) = [question for question in proposed(text).questions if question.key == "subject"]

    assert asked_for.example == 'subject = { column = "B" }'
    assert said(proposed(text, columns={"subject": ("column B",)}))["subject"] == {"column": "B"}


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("2027-04-05 09:00", CellKind.MOMENT),
        (datetime(2027, 4, 5, 9), CellKind.MOMENT),  # noqa: DTZ001 - as a sheet has it
        ("2027-04-05 09:00-10:30", CellKind.MOMENTS),
        ("25/13/2027", CellKind.BAD_TIME),
        (date(2027, 4, 5), CellKind.DAY),
        (time(9), CellKind.CLOCK),
        ("9am-10:30", CellKind.CLOCKS),
        ("+02:00", CellKind.OFFSET),
        ("Montag", CellKind.WEEKDAY),
        ("Mo 9:00", CellKind.WEEKLY),
        ("90", CellKind.NUMBER),
        ("ana@x.example", CellKind.ADDRESS),
        ("a@x.example; b@x.example", CellKind.ADDRESSES),
        ("Ruiz, Ana", CellKind.NAME),
        ("(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", CellKind.ZONE),
        ("https://x.example/1", CellKind.LINK),
        ("TRUE", CellKind.TRUTH),
        ("Room 12", CellKind.TEXT),
    ],
    ids=str,
)
def test_a_cell_is_what_the_readers_would_make_of_it(cell: Cell, kind: CellKind) -> None:
    assert traits_of(cell, words_in(LANGUAGES)).kind is kind


@given(st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=3), st.text(), st.text())
def test_whatever_a_sheet_says_stays_a_comment_or_a_heading(names: list[str], reason: str, sheet_name: str) -> None:
    """Nothing in a sheet becomes a setting, and a heading is found again by what its spellings have in common."""
    headings = tuple(names)
    line, where = SettingLine("start", headings, reason), SettingLine("sheet", sheet_name, reason)
    proposal = Proposal(
        sheet=sheet_name, header_row=1, headings=headings, rows=1, settings=(where,), columns=(line,), people=headings
    )

    content = tomllib.loads(draft(proposal, reason))

    assert content.keys() == {"sheet", "columns"}
    written = content["columns"]["start"]
    assert [*map(normalize, [written] if isinstance(written, str) else written)] == [*map(normalize, headings)]


TERM = """
Course;Start date;End date;Join time;Days;Teacher
Maths;2027-04-05;2027-06-21;9:15 AM;MWF;ana@x.example
Arts;2027-04-06;2027-06-22;1:00 PM;TR;bo@x.example
"""


def test_a_row_that_is_a_whole_term_is_asked_about() -> None:
    found = proposed(TERM)

    assert said(found)["start"] == ["Start date", "Join time"]
    assert said(found)["end"] == CHOOSE
    assert "end" in asked(found)
    assert any("'2027-06-21' under 'End date' is days after the start" in one.text for one in found.questions)


def test_an_end_on_the_day_of_the_start_is_not() -> None:
    same = TERM.replace("2027-06-21", "2027-04-05").replace("2027-06-22", "2027-04-06")

    assert "end" not in asked(proposed(same))


@pytest.mark.parametrize("form", FORMS)
def test_when_a_form_was_opened_and_sent_is_nobodys_meeting_in_any_language(form: tuple[str, str, str]) -> None:
    begun, sent, email = form
    answers = f"""
ID;{begun};{sent};{email};Name;Meeting;Day and time;Organizer
1;2026-11-20 08:15;2026-11-20 08:17;bo@x.example;Bo;Budget;2027-04-05 09:00;ana@x.example
2;2026-11-21 11:01;2026-11-21 11:03;cy@x.example;Cy;Staffing;2027-04-06 09:00;ana@x.example
"""
    assert said(proposed(answers))["start"] == "Day and time"
