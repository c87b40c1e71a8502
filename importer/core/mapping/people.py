"""Which columns name people, and who is meant by it: the organizer, or those who take part."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.core.columns import COLUMNS
from importer.core.mapping import NONE_OF_IT, Answers, OpenQuestion, SettingLine, Sure, toml_string, toml_value
from importer.core.mapping.columns import CellKind, Role, SheetColumn
from importer.core.mapping.times import CHOOSE, answered, heading_names, quoted_headings
from importer.core.texts import normalize

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

NAMES_LISTED = 40
"""Names in a proposal that somebody fills in by hand."""


@dataclass
class People:
    """What was found."""

    lines: list[SettingLine] = field(default_factory=list)
    questions: list[OpenQuestion] = field(default_factory=list)
    names: tuple[str, ...] = ()
    organizer: tuple[SheetColumn, ...] = ()
    attendees: tuple[SheetColumn, ...] = ()


def find_people(columns: Sequence[SheetColumn], taken: Iterable[SheetColumn], answers: Answers) -> People:
    """Return what the columns say of people."""
    found = People()
    free = [column for column in columns if column not in [*taken] and not column.says(Role.NOT_OURS, Role.ZONE)]
    addresses = [column for column in free if column.is_of(CellKind.ADDRESS, CellKind.ADDRESSES)]
    _organizer(free, addresses, answers, found)
    _attendees(free, addresses, answers, found)
    return found


def _organizer(free: Sequence[SheetColumn], addresses: Sequence[SheetColumn], answers: Answers, found: People) -> None:
    if named := answered("organizer", free, answers):
        _take(found, named, "as you said", Sure.SURE)
        return
    single = [column for column in addresses if column.is_of(CellKind.ADDRESS)]
    called = [column for column in single if column.says(Role.ORGANIZER) and not column.says(Role.ATTENDEES)]
    plain = [column for column in single if not column.says(Role.ATTENDEES, Role.ORGANIZER)]
    persons = [column for column in free if column.says(Role.ORGANIZER) and _is_names(column)]
    known = [column for column in called if column.name == normalize(COLUMNS["organizer"].heading)]
    called = known or called
    if len(called) == 1:
        _take(found, called, "one address in nearly every row", Sure.SURE)
    elif answers.organizer:
        found.lines.append(
            SettingLine("organizer", None, f"{answers.organizer} for every row, as you said (--organizer)")
        )
    elif answers.delegated:
        found.lines.append(SettingLine("organizer", None, "whoever signs in (--delegated)"))
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


def _is_names(column: SheetColumn) -> bool:
    """Return whether most cells are names, whatever they look like: texts without an address or a figure."""
    texts = column.texts(column.filled)
    plain = [text for text in texts if "@" not in text and not any(map(str.isdigit, text))]
    return column.is_of(CellKind.NAME, CellKind.TEXT, CellKind.ZONE) and len(plain) * 2 > len(texts)


def _take(found: People, columns: Sequence[SheetColumn], reason: str, sure: Sure) -> None:
    found.organizer = tuple(columns)
    found.lines.append(SettingLine("organizer", heading_names(columns), reason, sure))


def _ask(found: People, columns: Sequence[SheetColumn]) -> None:
    found.lines.append(
        SettingLine("organizer", (CHOOSE,), f"{quoted_headings(columns)} could be the organizer", Sure.GUESS)
    )
    text = f"Whose meeting is it? There are addresses ({quoted_headings(columns)}), and no heading says whose."
    line = f"organizer = {toml_value(heading_names(columns[:1]))}"
    found.questions.append(OpenQuestion("organizer", text, line, choices=heading_names(columns)))


def _ask_none(found: People, persons: Sequence[SheetColumn]) -> None:
    if persons:
        found.lines.append(
            SettingLine("organizer", (CHOOSE,), f"{quoted_headings(persons)} could be the organizer", Sure.GUESS)
        )
        text = f"Whose meeting is it? It can be only one person's ({quoted_headings(persons)})."
        choices = heading_names(persons)
    else:
        found.lines.append(SettingLine("organizer", None, "No column says whose meeting it is", Sure.GUESS))
        text, choices = "Whose meetings are they? No column says it.", ()
    line = "--organizer ana@contoso.com in the command line, for all rows"
    found.questions.append(OpenQuestion("organizer", text, line, choices=choices))


def _ask_people(found: People, column: SheetColumn) -> None:
    names = [*dict.fromkeys(" ".join(text.split()) for text in column.texts(column.filled))]
    found.names = tuple(names[:NAMES_LISTED])
    text = f"Who are they? '{column.heading}' has names ({len(names)} of them), and Teams needs sign-in names."
    found.questions.append(OpenQuestion("people", text, f'{toml_string(names[0])} = "their.name@contoso.com"'))


def _attendees(free: Sequence[SheetColumn], addresses: Sequence[SheetColumn], answers: Answers, found: People) -> None:
    if named := answered("attendees", free, answers):
        found.attendees = named
        found.lines.append(SettingLine("attendees", heading_names(named), "as you said"))
        return
    left = [column for column in addresses if column not in found.organizer]
    called = [column for column in left if column.says(Role.ATTENDEES)]
    several = [column for column in left if column.kinds[CellKind.ADDRESSES]]
    if called:
        found.attendees = tuple(called)
        found.lines.append(SettingLine("attendees", heading_names(called), "addresses of people"))
        return
    if several:
        found.lines.append(
            SettingLine("attendees", None, f"{quoted_headings(several)} could be those who take part", Sure.GUESS)
        )
        text = f"Who takes part? There are addresses ({quoted_headings(several)}), and no heading says whose."
        line = f"attendees = {toml_value(heading_names(several[:1]))}"
        found.questions.append(OpenQuestion("attendees", text, line, choices=heading_names(several), stops=False))
        return
    heads = [column for column in free if column.says(Role.ATTENDEES) and column not in found.organizer]
    names = [column for column in heads if _is_names(column)]
    if names and answers.names_read:
        found.attendees = tuple(names)
        found.lines.append(SettingLine("attendees", heading_names(names), "people, whose names lead to addresses"))
    elif names:
        reason = f"names, not addresses, and left out ({quoted_headings(names)}); with [people] they can be read"
        found.lines.append(SettingLine("attendees", NONE_OF_IT, reason, Sure.LIKELY))
    elif heads:
        example = next(iter(heads[0].texts(heads[0].filled)), "")
        found.lines.append(
            SettingLine("attendees", NONE_OF_IT, f"no people ({quoted_headings(heads)}, like '{example}')")
        )
    else:
        found.lines.append(SettingLine("attendees", None, "No column has addresses of those who take part"))
