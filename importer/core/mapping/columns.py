"""What one column of somebody's export is: the role that its heading gives it, and the kind that its cells are of.

The headings that are read without a settings file stand in core/columns.py. The words here are many more, and some mean
something else in another sheet: they only lead to a proposal, which has to fit the cells and which a person looks at.

What a cell is, is told by the very readers that will read it. A column is of a kind if nearly all of its filled cells
are: a legend or a total under it does not change that. A date whose day and month can be swapped counts as a date all
the same; which orders it can be in is told apart.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import Enum, auto
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from importer.core.cells import GUID, UPN, ParseError, is_blank, text_of
from importer.core.layout import ByLetter, foreign_names
from importer.core.model import DateOrder
from importer.core.people import people_in
from importer.core.texts import normalize
from importer.core.times import Range, Weekly, When, read_when
from importer.core.times.lengths import read_duration
from importer.core.times.vocabulary import FROM, UNTIL
from importer.core.times.words import ENGLISH_WORDS
from importer.core.times.zones import find_zone

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from importer.core.model import Cell
    from importer.core.texts import Languages
    from importer.core.times.words import Words


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


ROLES = {
    "external_id": Role.ID,
    "subject": Role.SUBJECT,
    "start": Role.BEGIN,
    "end": Role.END,
    "duration": Role.LENGTH,
    "time_zone": Role.ZONE,
    "organizer": Role.ORGANIZER,
    "attendees": Role.ATTENDEES,
}
"""What a column's names in other languages say that a heading is."""
SHORTEST_NAME = 4
"""Letters of a name that says the same as a word of a longer heading: in these, `do` is the Portuguese `of the`."""


@lru_cache(maxsize=1 << 12)
def roles_of(heading: str, words: Words = ENGLISH_WORDS) -> frozenset[Role]:
    """Return what the words of a heading say; nothing where none of them is known.

    What is called so in one of the languages is that. Else, where none of the words above is in it, what they call a
    column is looked for as a word of it, and `from` or `until` at its end: `Godzina od`.
    """
    said = heading_words(heading)
    known = frozenset(part for word in (*said, "".join(said)) for part in _PARTS.get(word, ()))
    if not words.languages.tags or (known and len(said) == 1):
        return known
    names = _names_in(words.languages)
    if whole := names.get(normalize(heading)):
        return frozenset({whole})
    if known:
        return known
    last = heading.split()[-1:]
    found = {names[word] for word in map(normalize, heading.split()) if len(word) >= SHORTEST_NAME and word in names}
    found |= {role for sentence, role in ((FROM, Role.BEGIN), (UNTIL, Role.END)) if words.says(sentence, *last)}
    return frozenset(found)


@lru_cache(maxsize=4)
def _names_in(languages: Languages) -> Mapping[str, Role]:
    """Return what the languages call the columns; the first key that has a name is the likeliest."""
    found: dict[str, Role] = {}
    for _, key, name in foreign_names(languages):
        if key in ROLES:
            found.setdefault(name, ROLES[key])
    return found


class CellKind(Enum):
    """What a cell is."""

    MOMENT = auto()
    """A day with a time of day."""
    MOMENTS = auto()
    """A day with two times of day, or two days with one each."""
    DAY = auto()
    CLOCK = auto()
    CLOCKS = auto()
    """Two times of day: a range."""
    OFFSET = auto()
    WEEKDAY = auto()
    WEEKLY = auto()
    """A weekday with one or two times of day, and no date."""
    LENGTH = auto()
    NUMBER = auto()
    ADDRESS = auto()
    ADDRESSES = auto()
    NAME = auto()
    """Two to four words without figures, as people are called; titles are, too."""
    ZONE = auto()
    LINK = auto()
    TRUTH = auto()
    TEXT = auto()
    BAD_TIME = auto()
    """A time or a day that can't be read, though it was meant as one."""


TIMES = frozenset({CellKind.MOMENT, CellKind.MOMENTS, CellKind.DAY, CellKind.CLOCK, CellKind.CLOCKS, CellKind.BAD_TIME})
NEARLY_ALL = 0.8
"""Share of a column's filled cells."""
MIDNIGHTS = 0.1
"""Share of midnights from which a column of days and times is one of days."""
A_MONDAY = date(2027, 1, 4)
"""Put before a time of day, to see whether it is one."""
NOON = time(12)
_NAME = re.compile(r"(?:[^\W\d_][\w.'’-]*,?\s+){1,3}[^\W\d_][\w.'’-]*", re.UNICODE)  # noqa: RUF001 - as people type it
_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?%?")
_DATED = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}")
ORDERS = (DateOrder.DMY, DateOrder.MDY, DateOrder.YMD)


@dataclass(frozen=True, slots=True)
class CellTraits:
    """What a cell is.

    `orders` are those in which a date can be read, `ambiguous` is whether it can be two days, `midnight` as in When,
    and `offset` whether it has one from UTC.
    """

    kind: CellKind
    orders: frozenset[DateOrder] = frozenset(ORDERS)
    ambiguous: bool = False
    midnight: bool = False
    offset: bool = False


def traits_of(cell: Cell, words: Words = ENGLISH_WORDS) -> CellTraits:
    """Return what a filled cell is."""
    if isinstance(cell, bool):
        return CellTraits(CellKind.TRUTH)
    if isinstance(cell, datetime | date | time | timedelta):
        return _seen_time(cell, words)
    if isinstance(cell, int | float):
        return CellTraits(CellKind.NUMBER)
    return _seen_text(" ".join(text_of(cell).split()), words)


@lru_cache(maxsize=1 << 15)
def _seen_text(text: str, words: Words) -> CellTraits:
    if text.upper() in {"TRUE", "FALSE"}:
        return CellTraits(CellKind.TRUTH)
    if re.match(r"https?://", text, re.IGNORECASE):
        return CellTraits(CellKind.LINK)
    if "@" in text:
        people = people_in(text)
        if people and all(UPN.fullmatch(one) for one in people):
            return CellTraits(CellKind.ADDRESS if len(people) == 1 else CellKind.ADDRESSES)
        return CellTraits(CellKind.TEXT)
    if _NUMBER.fullmatch(text):
        return CellTraits(CellKind.NUMBER)
    if text[:1] in "(GU" and find_zone(text) is not None:  # an offset in front looks like a time
        return CellTraits(CellKind.ZONE)
    return _seen_time(text, words) if any(map(str.isdigit, text)) else _seen_word(text, words)


def _seen_word(text: str, words: Words) -> CellTraits:
    """Return what a text without a figure is."""
    if len(text) > 1 and isinstance(read_when((text, NOON), None, words), Weekly):
        return CellTraits(CellKind.WEEKDAY)
    if text == "Z" or (len(text) > 2 and find_zone(text) is not None):  # noqa: PLR2004 - two letters are rarely a zone
        return CellTraits(CellKind.ZONE if text != "Z" else CellKind.OFFSET)
    return CellTraits(CellKind.NAME if _NAME.fullmatch(text) else CellKind.TEXT)


def _seen_time(cell: Cell, words: Words) -> CellTraits:
    """Return what a text with figures, or a date of the spreadsheet's, is."""
    read = read_when((cell,), None, words)
    dated = isinstance(cell, str) and _DATED.search(cell) is not None
    if isinstance(read, Weekly):
        return CellTraits(CellKind.WEEKLY)
    if isinstance(read, When | Range):
        return replace(_of_time(read), orders=_orders_of(cell, words) if dated else frozenset(ORDERS))
    match read.code if isinstance(read, ParseError) else "":
        case "date-ambiguous" | "no-such-day":
            return _in_any_order(cell, words)
        case "time-missing":
            return CellTraits(CellKind.DAY, _orders_of(cell, words) if dated else frozenset(ORDERS))
        case "date-missing":
            both = read_when((A_MONDAY, cell), None, words)
            return CellTraits(CellKind.CLOCKS if isinstance(both, Range) else CellKind.CLOCK)
        case "weekday-wrong" | "no-such-time" | "year-missing" | "zone-in-time" | "cells-disagree":
            return CellTraits(CellKind.BAD_TIME)
    return _seen_other(cell, words)


def _in_any_order(cell: Cell, words: Words) -> CellTraits:
    """Return what a date is that is one in a stated order alone, and in which."""
    orders = _orders_of(cell, words)
    if not orders:
        return CellTraits(CellKind.BAD_TIME)
    read = read_when((cell,), min(orders), words)
    whole = CellTraits(CellKind.DAY) if isinstance(read, ParseError) else _of_time(read)
    return replace(whole, orders=orders, ambiguous=len(orders) > 1)


def _orders_of(cell: Cell, words: Words) -> frozenset[DateOrder]:
    readings = {order: read_when((cell,), order, words) for order in ORDERS}
    return frozenset(
        order
        for order, read in readings.items()
        if isinstance(read, When | Range) or (isinstance(read, ParseError) and read.code == "time-missing")
    )


def _of_time(read: object) -> CellTraits:
    if isinstance(read, Range):
        return CellTraits(CellKind.MOMENTS, offset=read.start.local.tzinfo is not None)
    return CellTraits(CellKind.MOMENT, midnight=isinstance(read, When) and read.midnight, offset=_has_offset(read))


def _has_offset(read: object) -> bool:
    return isinstance(read, When) and read.local.tzinfo is not None


def _seen_other(cell: Cell, words: Words) -> CellTraits:
    text = text_of(cell)
    with_offset = read_when((A_MONDAY, NOON, cell), None, words)
    if isinstance(with_offset, When) and _has_offset(with_offset):
        return CellTraits(CellKind.OFFSET)
    if isinstance(read_duration((cell,), None, words), timedelta):
        return CellTraits(CellKind.LENGTH)
    if find_zone(text) is not None:
        return CellTraits(CellKind.ZONE)
    return CellTraits(CellKind.BAD_TIME if _DATED.match(text) else CellKind.TEXT)


@dataclass(frozen=True)
class SheetColumn:
    """One column of the sheet: its place from 0, its heading on one line, and the cells below by their row's number."""

    place: int
    heading: str
    cells: Mapping[int, Cell]
    words: Words = ENGLISH_WORDS

    @cached_property
    def filled(self) -> Mapping[int, Cell]:
        """The cells that are not blank."""
        return {number: cell for number, cell in self.cells.items() if not is_blank(cell)}

    @cached_property
    def traits(self) -> Mapping[int, CellTraits]:
        """What each filled cell is."""
        return {number: traits_of(cell, self.words) for number, cell in self.filled.items()}

    @cached_property
    def kinds(self) -> Counter[CellKind]:
        """How many cells are of each kind."""
        return Counter(one.kind for one in self.traits.values())

    def is_of(self, *kinds: CellKind) -> bool:
        """Return whether nearly all of its filled cells are of one of the kinds."""
        return bool(self.filled) and sum(self.kinds[kind] for kind in kinds) >= NEARLY_ALL * len(self.filled)

    @cached_property
    def roles(self) -> frozenset[Role]:
        """What the words of its heading say that it is."""
        return frozenset() if isinstance(self.heading, ByLetter) else roles_of(self.heading, self.words)

    def says(self, *parts: Role) -> bool:
        """Return whether the heading says one of these."""
        return bool(self.roles & set(parts))

    @property
    def name(self) -> str:
        """What spellings of its heading have in common."""
        return normalize(self.heading)

    @cached_property
    def is_midnight(self) -> bool:
        """Whether it is of days that are written with the midnight that they begin with."""
        moments = [one for one in self.traits.values() if one.kind is CellKind.MOMENT]
        return sum(one.midnight for one in moments) > MIDNIGHTS * len(moments)

    @cached_property
    def is_stamps(self) -> bool:
        """Whether it is of moments that a machine noted: nobody plans a meeting for 08:17:42."""
        whole = [
            read
            for cell in self.filled.values()
            if isinstance(read := read_when((cell,), DateOrder.DMY, self.words), When)
        ]
        odd = [read for read in whole if read.local.second or read.local.minute % 5]
        return len(odd) * 2 > len(whole)

    @cached_property
    def is_guids(self) -> bool:
        """Whether its cells are IDs that no two rows share anywhere."""
        return bool(self.filled) and all(GUID.fullmatch(text_of(cell)) for cell in self.filled.values())

    def texts(self, rows: Iterable[int]) -> list[str]:
        """Return what its cells show in these rows."""
        return [text_of(self.cells.get(number)) for number in rows]


def is_unique(columns: Sequence[SheetColumn], rows: Sequence[int]) -> bool:
    """Return whether the columns together are filled, and say something else, in each of the rows."""
    said = list(zip(*(column.texts(rows) for column in columns), strict=True))
    return all(any(text) for text in said) and len({tuple(map(str.casefold, text)) for text in said}) == len(said)


def possible_orders(columns: Iterable[SheetColumn]) -> tuple[frozenset[DateOrder], bool, str]:
    """Return the orders in which all dates can be read, whether one can be two days, and the date that tells the order.

    A date that no order makes right is somebody's slip, and tells nothing.
    """
    orders, ambiguous, telling = frozenset(ORDERS), False, ""
    for column in columns:
        for number, one in column.traits.items():
            ambiguous = ambiguous or one.ambiguous
            if one.kind in TIMES and one.orders and not orders <= one.orders:
                orders, telling = orders & one.orders, text_of(column.cells[number])
    return orders, ambiguous, telling
