"""Headings of the exports that people have are known, and what means something else in some of them is not taken."""

from __future__ import annotations

from collections import Counter

import pytest

from importer.core.columns import COLUMNS, INPUT_COLUMNS
from importer.core.exports import FORMS, JOINS, SYNONYMS
from importer.core.headings import head_count
from importer.core.layout import Layout, find_layout
from importer.core.row import Row
from importer.core.texts import normalize

NO_ID = frozenset({"organizer"})

OUTLOOK = {
    "en": "Subject,Start Date,Start Time,End Date,End Time,All day event,Reminder on/off,Reminder Date,Reminder Time,"
    "Meeting Organizer,Required Attendees,Optional Attendees,Meeting Resources,Location",
    "de": "Betreff,Beginnt am,Beginnt um,Endet am,Endet um,Ganztägiges Ereignis,Erinnerung Ein/Aus,Erinnerung am,"
    "Erinnerung um,Besprechungsplanung,Erforderliche Teilnehmer,Optionale Teilnehmer,Besprechungsressourcen,Ort",
    "fr": "Objet,Début,Début,Fin,Fin,Journée entière,Rappel actif/inactif,Date de rappel,Heure du rappel,"
    "Organisateur d'une réunion,Participants obligatoires,Participants facultatifs,Ressources de la réunion,Lieu",
    "ja": "件名,開始日,開始時刻,終了日,終了時刻,終日イベント,アラーム オン/オフ,アラーム日付,アラーム時刻,"
    "会議の開催者,必須出席者,任意出席者,リソース,場所",
}


def places(
    heading_row: str, required: frozenset[str] = NO_ID, **mapping: tuple[str, ...]
) -> dict[str, tuple[int, ...]]:
    layout = find_layout([(1, heading_row.split(","))], mapping=mapping, required=required)
    assert layout is not None
    return dict(layout.inputs)


@pytest.mark.parametrize("language", OUTLOOK)
def test_outlooks_export_is_read_with_its_dates_and_times(language: str) -> None:
    assert places(OUTLOOK[language]) == {
        "subject": (0,),
        "start": (1, 2),
        "end": (3, 4),
        "organizer": (9,),
        "attendees": (10, 11),
    }


@pytest.mark.parametrize(
    ("row", "found"),
    [
        # Outlook's lists, as they are copied
        ("Onderwerp,Locatie,Verplichte deelnemers,Begin,Einde,Organisator", "subject attendees start end organizer"),
        ("Asunto,Inicio,Fin,Organizador,Participantes necesarios", "subject start end organizer attendees"),
        ("Oggetto,Inizio,Organizzatore", "subject start organizer"),
        ("Assunto,Início,Fim,Organizador,Participantes obrigatórios", "subject start end organizer attendees"),
        ("Temat,Rozpoczęcie,Zakończenie,Organizator,Uczestnicy", "subject start end organizer attendees"),
        # Webex, Canvas, Salesforce, Zoom
        ("MeetingName,Host,StartTime,EndTime,Attendees", "subject organizer start end attendees"),
        ("id,title,start_at,end_at,Organizer", "external_id subject start end organizer"),
        (
            "Id,Subject,StartDateTime,EndDateTime,DurationInMinutes,Organizer",
            "external_id subject start end duration organizer",
        ),
        (
            "Topic,Start Time,End Time,Duration (Minutes),Host email,Participants",
            "subject start end duration organizer attendees",
        ),
        # School Data Sync: a term is no meeting
        ("SIS ID,Section Name,Term StartDate,Term EndDate,Organizer", "external_id organizer"),
        ("Start Date,End Date,Organizer", "organizer"),
    ],
)
def test_other_exports_are_known(row: str, found: str) -> None:
    assert set(places(row)) == set(found.split())


def test_what_the_settings_say_goes_before_columns_that_belong_together() -> None:
    row = "Subject,Start Date,Start Time,End Date,End Time,Organizer"
    assert places(row, start=("Start Date",))["start"] == (1,)
    assert "start" not in places(row, start=())
    assert places(row, external_id=("Subject", "Start Date"))["start"] == (1, 2)


@pytest.mark.parametrize("form", FORMS)
def test_a_forms_own_times_are_no_meetings(form: tuple[str, str, str]) -> None:
    own = f"ID,{','.join(form)},Name,Organizer"
    assert set(places(own)) == {"external_id", "organizer"}
    asked = places(f"{own},Start")
    assert asked["start"] == (6,)


def test_those_times_are_a_meetings_where_nothing_shows_a_form() -> None:
    found = places("ID,Start time,End time,Email,Organizer")
    assert (found["start"], found["end"]) == ((1,), (2,))


def test_each_heading_means_one_thing() -> None:
    known = [{normalize(name) for name in (column.heading, *column.synonyms)} for column in COLUMNS.values()]
    assert [name for name, count in Counter(name for names in known for name in names).items() if count > 1] == []
    assert {name for names in SYNONYMS.values() for name in names} & {form.begun for form in FORMS} == set()
    assert {column.key: column.joins for column in INPUT_COLUMNS if column.joins} == JOINS


@pytest.mark.parametrize(
    ("cells", "counted"),
    [
        (["25", "7"], True),
        ([25, None], True),
        (["25", "bo@contoso.example"], False),
        ([None, None], False),
        (["Bo", "25"], False),
    ],
)
def test_a_head_count_is_no_list_of_people(cells: list[str | int | None], *, counted: bool) -> None:
    layout = Layout(
        header_row=1, inputs={"attendees": (0,)}, texts=("Participants",), titles={"attendees": "Participants"}
    )
    rows = [Row(number=number, cells={"attendees": (cell,)}) for number, cell in enumerate(cells, start=2)]
    found = [(one.code, one.value) for one in head_count(layout, {}, lambda: rows)]
    assert found == ([("head-count", "Participants")] if counted else [])
    assert head_count(layout, {"attendees": ("Participants",)}, lambda: rows) == ()
    assert layout.without("attendees").others == ("Participants",)
    assert "attendees" not in layout.without("attendees").inputs
