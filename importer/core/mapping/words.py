"""What headings of other systems say: the part that a column plays, told from the words of its heading.

The headings that are read without a settings file stand in core/columns.py. These words are many more, and some mean
something else in another sheet: they only lead to a proposal, which has to fit the values and which a person looks at.
"""

from __future__ import annotations

import re
import unicodedata
from enum import Enum, auto
from functools import lru_cache


class Role(Enum):
    """What a heading's words say that a column is."""

    ID = auto()
    SUBJECT = auto()
    PERHAPS_SUBJECT = auto()
    BEGIN = auto()
    END = auto()
    LENGTH = auto()
    ZONE = auto()
    ORGANIZER = auto()
    ATTENDEES = auto()
    STATUS = auto()
    NOT_OURS = auto()
    """A date, a person or a number that is about something else than the meeting: when a form was sent, who sent it."""


_WORDS: dict[Role, str] = {
    Role.ID: """
        id ids identifier nr no num number nummer code key uid guid uuid ref reference referenz kennung kennnummer
        kennziffer aktenzeichen az kürzel numero número número núm identifiant codice código clave sleutel volgnummer
        case ticket crn lfd idmeetings eventid meetingid sessionid kursnr kursnummer buchungsnummer
        veranstaltungsnummer
    """,
    Role.SUBJECT: """
        subject title topic theme betreff titel thema objet titre sujet asunto título tema oggetto titolo onderwerp
        assunto summary bezeichnung veranstaltung veranstaltungstitel meetingname eventname coursename kursname
        kurstitel sessionname webinarname seminartitel besprechung sitzung
    """,
    Role.PERHAPS_SUBJECT: """
        name event course kurs class klasse module modul lesson session lecture seminar meeting fach unterricht
        training activity workshop webinar terminsart terminart anlass matière cours materia curso asignatura corso
        lezione vak les cursus disciplina beschreibung description details
    """,
    Role.BEGIN: """
        start starts started starting begin begins beginn beginnt beginning anfang von from ab début debut commence
        inicio comienzo inizia inizio início aanvang begintijd desde dalle da de van startzeit startuhrzeit startdatum
        starttime startdate beginndatum beginnzeit anfangszeit anfangsdatum startet startdatetime
    """,
    Role.END: """
        end ends ended ending ende endet to bis until till thru through finish finishes fin fine finisce einde hasta
        jusqu à alle fim término termina tot schluss endzeit enduhrzeit enddatum endtime enddate endezeit endzeitpunkt
        enddatetime
    """,
    Role.LENGTH: """
        duration length dauer länge durée duración durata duur duração minutes mins min minuten minutos minuti hours
        hrs stunden std heures horas ore
    """,
    Role.ZONE: "timezone zone tz zeitzone fuseau zona fuso tijdzone",
    Role.ORGANIZER: """
        organizer organiser organisator organisatorin organizador organizadora organizzatore organisateur host hosts
        gastgeber teacher lehrer lehrerin lehrkraft dozent dozentin dozierende instructor trainer trainerin lecturer
        owner besitzer moderator moderatorin facilitator vorsitz vorsitzende richter richterin leiter leiterin leitung
        kursleitung kursleiter veranstalter besprechungsplaner enseignant professeur profesor profesora docente docent
        tutor coach recruiter chair judge referent referentin animateur formateur animador formador planer lehrperson
        prof professor faculty aufsicht formatore insegnante
    """,
    Role.ATTENDEES: """
        attendee attendees participant participants teilnehmer teilnehmende teilnehmern teilnehmerin invitee invitees
        guest guests student students schüler schülerin schülerinnen pupil pupils learner learners members mitglieder
        interviewer interviewers panel panelists beisitz beisitzer cotrainer participantes asistentes alumnos alumnas
        élèves étudiants invités partecipanti studenti deelnemer deelnemers leerlingen candidate candidates bewerber
        kandidat employee employees mitarbeiter mitarbeitende cc users gäste inductee
    """,
    Role.STATUS: "status state zustand état estado stato statut cancelled canceled abgesagt storniert",
    Role.NOT_OURS: """
        created creation modified updated changed submitted submission registered registration registrant enrolled
        enrollment enrolment signup due deadline birth birthday dob born completed completion last expiry expires
        expiration published approved entered logged received reminder timestamp hired hire joined exported export
        requested request requester applied application booked erstellt angelegt geändert aktualisiert frist geburt
        geburtsdatum geburtstag eingang abgegeben eingereicht fertigstellungszeit erinnerung erinnerungsdatum
        zeitstempel anmeldung anmeldedatum gesendet créé modifié naissance inscription échéance creado modificado
        nacimiento inscripción vencimiento creato modificato nascita sent ausgestellt stand meldedatum archived
        deleted
    """,
}


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in letters if not unicodedata.combining(sign))


_PARTS: dict[str, tuple[Role, ...]] = {}
for _part, _words in _WORDS.items():
    for _word in map(_plain, _words.split()):
        _PARTS[_word] = (*_PARTS.get(_word, ()), _part)

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


WHOLE_DAY = frozenset(
    """
    alldayevent allday ganztägigesereignis ganztägigestermin ganztägig ganztags journéeentière touteslajournée
    todoeldía díacompleto tuttoilgiorno giornatainterna giornatointero diainteiro heledag geheledag całodzienne 終日
    終日イベント
    """.split()  # noqa: SIM905 - a list of words is read as words
)
"""What calendars call the column that says of an event that it has no time of day (Outlook, Google Calendar)."""
TRUE = frozenset("true wahr vrai verdadero vero verdadeiro waar prawda yes ja oui sí sì sim tak 1 on x".split())  # noqa: SIM905 - likewise


@lru_cache(maxsize=1 << 12)
def heading_words(heading: str) -> tuple[str, ...]:
    """Return the words of a heading without accents and case; StartTime and start_time are two."""
    apart = _CAMEL.sub(" ", unicodedata.normalize("NFKC", heading)).replace("_", " ")
    return tuple(_plain(word) for word in re.findall(r"[^\W_]+", apart))


@lru_cache(maxsize=1 << 12)
def roles_of(heading: str) -> frozenset[Role]:
    """Return what the words of a heading say; nothing where none of them is known."""
    words = heading_words(heading)
    joined = ("".join(words),)
    return frozenset(part for word in (*words, *joined) for part in _PARTS.get(word, ()))
