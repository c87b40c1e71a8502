"""The headings of the exports that people have, and where each is known from.

Further synonyms of the columns (columns.py), for programs and in languages other than the template's. Each means one
thing wherever it stands: a heading that is one thing in one program and another in the next is in none of these. What
some programs say in two columns, a date and a time, is in `JOINS`. A form's own times are no meeting's (`FORMS`).

Canvas (`start_at`, `end_at`: its calendar's API) and Salesforce (`StartDateTime`, `DurationInMinutes`, `Id`: the object
Event) say what the template says, when blanks and signs don't count; so does Webex (`MeetingName`, `StartTime`). Moodle
exports its calendar as iCalendar alone, and what Untis exports has no headings.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

SYNONYMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "external_id": (
            "SIS ID",  # School Data Sync, sections
            "sourcedId",  # School Data Sync 2.1, classes (OneRoster)
            "Scheduled Offering ID",  # SAP SuccessFactors Learning, scheduled offerings
            "Reference ID",  # Workday, what its reports call the ID of anything
        ),
        # Outlook says Subject in the language of Office: German, French, Spanish, Italian, Dutch, Portuguese, Polish,
        # Japanese.
        "subject": ("Betreff", "Objet", "Asunto", "Oggetto", "Onderwerp", "Assunto", "Temat", "件名"),
        # Outlook's own labels of an appointment, which its lists have when they are copied; Canvas.
        "start": ("Start at", "Beginn", "Début", "Inicio", "Inizio", "Início", "Rozpoczęcie", "開始", "開始日時"),
        "end": ("End at", "Ende", "Fin", "Einde", "Fim", "Zakończenie", "終了", "終了日時"),
        "duration": ("Dauer", "Durée", "Duración", "Durata", "Duração", "Duur", "Czas trwania", "所要時間"),
        "time_zone": (
            *("Zeitzone", "Fuseau horaire", "Zona horaria", "Fuso orario", "Tijdzone", "Fuso horário"),
            *("Strefa czasowa", "タイムゾーン"),
        ),
        "organizer": (
            "Meeting Organizer",  # Outlook
            "Host email",  # Zoom and Webex, lists of meetings
            "Organisator",  # Outlook in German and Dutch
            "Besprechungsplanung",  # what Outlook's export in German calls the organizer
            "Organisateur",
            "Organisateur d'une réunion",  # Outlook's export in French
            "Organizador",  # Spanish and Portuguese
            "Organizador de la reunión",
            "Organizador da reunião",
            "Organizzatore",
            "Organizzatore riunione",
            "Organizator",
            "Organizator spotkania",
            "会議の開催者",  # Outlook's export in Japanese
            "開催者",
        ),
        # Outlook, those who have to come: those who may are joined to them, below.
        "attendees": (
            *("Required Attendees", "Mandatory participants", "Erforderliche Teilnehmer", "Participants obligatoires"),
            *("Participantes necesarios", "Asistentes necesarios", "Verplichte deelnemers"),
            *("Participantes obrigatórios", "必須出席者", "Teilnehmer", "Deelnemers", "Partecipanti", "Uczestnicy"),
        ),
    }
)

JOINS: Mapping[str, tuple[tuple[str, ...], ...]] = MappingProxyType(
    {
        "start": (
            # Outlook's export, and what Google Calendar imports (its help: "Create or edit a .csv file").
            ("Start Date", "Start Time"),
            ("Beginnt am", "Beginnt um"),
            ("Début", "Début"),  # both the same in French
            ("開始日", "開始時刻"),
        ),
        "end": (
            ("End Date", "End Time"),
            ("Endet am", "Endet um"),
            ("Fin", "Fin"),
            ("終了日", "終了時刻"),
        ),
        "attendees": (
            ("Required Attendees", "Optional Attendees"),
            ("Mandatory participants", "Optional participants"),
            ("Erforderliche Teilnehmer", "Optionale Teilnehmer"),
            ("Participants obligatoires", "Participants facultatifs"),
            ("Participantes necesarios", "Participantes opcionales"),
            ("Verplichte deelnemers", "Optionele deelnemers"),
            ("Participantes obrigatórios", "Participantes opcionais"),
            ("必須出席者", "任意出席者"),
        ),
    }
)
"""Columns that belong together wherever they stand in one row: all of them, in this order."""


class Form(NamedTuple):
    """What a form's answers begin with: when it was opened and sent, and by whom."""

    begun: str
    sent: str
    email: str


FORMS: tuple[Form, ...] = (
    # Microsoft Forms, "Open in Excel", in the language of whoever opens it.
    Form("Start time", "Completion time", "Email"),
    Form("Startzeit", "Fertigstellungszeit", "E-Mail"),
    Form("Heure de début", "Heure de fin", "Adresse de messagerie"),
    Form("Hora de inicio", "Hora de finalización", "Correo electrónico"),
    Form("Ora di inizio", "Ora di completamento", "Posta elettronica"),
    Form("Hora de início", "Hora de conclusão", "Email"),
    Form("Begintijd", "Tijd van voltooien", "E-mail"),
    Form("Godzina rozpoczęcia", "Godzina ukończenia", "Adres e-mail"),
    Form("開始時刻", "完了時刻", "メール"),
)
"""Those two times are about the form, and about no meeting."""
