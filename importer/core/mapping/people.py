"""Which columns name people, and who is meant by it: the organizer, or those who take part."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.core.columns import COLUMNS
from importer.core.layout import normalize
from importer.core.mapping import NONE_OF_IT, Answers, Line, Question, Sure, quoted, written
from importer.core.mapping.times import CHOOSE, answered, headings_of, names_of
from importer.core.mapping.values import Column, Kind
from importer.core.mapping.words import Part

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

NAMES_LISTED = 40
"""Names in a proposal that somebody fills in by hand."""


@dataclass
class People:
    """What was found."""

    lines: list[Line] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    names: tuple[str, ...] = ()
    organizer: tuple[Column, ...] = ()
    attendees: tuple[Column, ...] = ()


def find_people(columns: Sequence[Column], taken: Iterable[Column], answers: Answers) -> People:
    """Return what the columns say of people."""
    found = People()
    free = [column for column in columns if column not in [*taken] and not column.says(Part.NOT_OURS, Part.ZONE)]
    addresses = [column for column in free if column.is_of(Kind.ADDRESS, Kind.ADDRESSES)]
    _organizer(free, addresses, answers, found)
    _attendees(free, addresses, answers, found)
    return found


def _organizer(free: Sequence[Column], addresses: Sequence[Column], answers: Answers, found: People) -> None:
    if named := answered("organizer", free, answers):
        _take(found, named, "as you said", Sure.SURE)
        return
    single = [column for column in addresses if column.is_of(Kind.ADDRESS)]
    called = [column for column in single if column.says(Part.ORGANIZER) and not column.says(Part.ATTENDEES)]
    plain = [column for column in single if not column.says(Part.ATTENDEES, Part.ORGANIZER)]
    persons = [column for column in free if column.says(Part.ORGANIZER) and _is_names(column)]
    known = [column for column in called if column.name == normalize(COLUMNS["organizer"].heading)]
    called = known or called
    if len(called) == 1:
        _take(found, called, "one address in nearly every row", Sure.SURE)
    elif answers.organizer:
        found.lines.append(Line("organizer", None, f"{answers.organizer} for every row, as you said (--organizer)"))
    elif answers.delegated:
        found.lines.append(Line("organizer", None, "whoever signs in (--delegated)"))
    elif called or plain:
        _ask(found, called or plain)
    elif len(persons) == 1:
        if answers.names_read:
            _take(found, persons, "people, whose names lead to addresses", Sure.SURE)
            return
        _take(found, persons, "people, by their names: [people] below has to say who they are", Sure.LIKELY)
        _ask_people(found, persons[0])
    else:
        _ask_none(found, persons)


def _is_names(column: Column) -> bool:
    """Return whether most cells are names, whatever they look like: texts without an address or a figure."""
    texts = column.texts(column.filled)
    plain = [text for text in texts if "@" not in text and not any(map(str.isdigit, text))]
    return column.is_of(Kind.NAME, Kind.TEXT, Kind.ZONE) and len(plain) * 2 > len(texts)


def _take(found: People, columns: Sequence[Column], reason: str, sure: Sure) -> None:
    found.organizer = tuple(columns)
    found.lines.append(Line("organizer", headings_of(columns), reason, sure))


def _ask(found: People, columns: Sequence[Column]) -> None:
    found.lines.append(Line("organizer", (CHOOSE,), f"{names_of(columns)} could be the organizer", Sure.GUESS))
    text = f"Whose meeting is it? There are addresses ({names_of(columns)}), and no heading says whose."
    line = f"organizer = {written(headings_of(columns[:1]))}"
    found.questions.append(Question("organizer", text, line, choices=headings_of(columns)))


def _ask_none(found: People, persons: Sequence[Column]) -> None:
    if persons:
        found.lines.append(Line("organizer", (CHOOSE,), f"{names_of(persons)} could be the organizer", Sure.GUESS))
        text = f"Whose meeting is it? It can be only one person's ({names_of(persons)})."
        choices = headings_of(persons)
    else:
        found.lines.append(Line("organizer", None, "No column says whose meeting it is", Sure.GUESS))
        text, choices = "Whose meetings are they? No column says it.", ()
    line = "--organizer ana@contoso.com in the command line, for all rows"
    found.questions.append(Question("organizer", text, line, choices=choices))


def _ask_people(found: People, column: Column) -> None:
    names = [*dict.fromkeys(" ".join(text.split()) for text in column.texts(column.filled))]
    found.names = tuple(names[:NAMES_LISTED])
    text = f"Who are they? '{column.heading}' has names ({len(names)} of them), and Teams needs sign-in names."
    found.questions.append(Question("people", text, f'{quoted(names[0])} = "their.name@contoso.com"'))


def _attendees(free: Sequence[Column], addresses: Sequence[Column], answers: Answers, found: People) -> None:
    if named := answered("attendees", free, answers):
        found.attendees = named
        found.lines.append(Line("attendees", headings_of(named), "as you said"))
        return
    left = [column for column in addresses if column not in found.organizer]
    called = [column for column in left if column.says(Part.ATTENDEES)]
    several = [column for column in left if column.kinds[Kind.ADDRESSES]]
    if called:
        found.attendees = tuple(called)
        found.lines.append(Line("attendees", headings_of(called), "addresses of people"))
        return
    if several:
        found.lines.append(Line("attendees", None, f"{names_of(several)} could be those who take part", Sure.GUESS))
        text = f"Who takes part? There are addresses ({names_of(several)}), and no heading says whose."
        line = f"attendees = {written(headings_of(several[:1]))}"
        found.questions.append(Question("attendees", text, line, choices=headings_of(several), stops=False))
        return
    heads = [column for column in free if column.says(Part.ATTENDEES) and column not in found.organizer]
    names = [column for column in heads if _is_names(column)]
    if names and answers.names_read:
        found.attendees = tuple(names)
        found.lines.append(Line("attendees", headings_of(names), "people, whose names lead to addresses"))
    elif names:
        reason = f"names, not addresses, and left out ({names_of(names)}); with [people] they can be read"
        found.lines.append(Line("attendees", NONE_OF_IT, reason, Sure.LIKELY))
    elif heads:
        example = next(iter(heads[0].texts(heads[0].filled)), "")
        found.lines.append(Line("attendees", NONE_OF_IT, f"no people ({names_of(heads)}, like '{example}')"))
    else:
        found.lines.append(Line("attendees", None, "No column has addresses of those who take part"))
