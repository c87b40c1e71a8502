"""Which columns tell one meeting from the others, and which have its title.

The ID finds a meeting again: it has to be another one in each row, and the same one tomorrow. So a column is preferred
whose heading says that it is an ID; parts are joined where none is unique, and what changes is taken last.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.core.columns import COLUMNS
from importer.core.mapping import Answers, OpenQuestion, SettingLine, Sure, toml_value
from importer.core.mapping.columns import TIMES, CellKind, Role, SheetColumn, heading_words, is_unique
from importer.core.mapping.times import CHOOSE, answered, heading_names, quoted_headings
from importer.core.texts import normalize
from importer.core.wording import rows_in_words

if TYPE_CHECKING:
    from collections.abc import Sequence

FEWEST = 3
"""Rows from which it tells something that all values differ."""
MANY = 0.2
"""Share of the rows that say the same as another one, from which they seem to be parts of one meeting."""
_NO_ID = frozenset(
    """
    phone telefon tel room raum seats capacity passcode pin week woche order color day days tag period stunde paper page
    dial postal zip plz
    """.split()  # noqa: SIM905 - a list of words is read as words
)


_CLASS = frozenset({"class", "klasse", "group", "gruppe"})
"""Who is taught: a title only where nothing else is one."""


@dataclass
class Identity:
    """What was found. `same_id` says why rows with one ID seem to be one meeting; empty where they don't."""

    lines: list[SettingLine] = field(default_factory=list)
    questions: list[OpenQuestion] = field(default_factory=list)
    subject: tuple[SheetColumn, ...] = ()
    same_id: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known already: the rows that can be meetings, the columns that are free, times and organizer."""

    rows: Sequence[int]
    columns: Sequence[SheetColumn]
    start: Sequence[SheetColumn]
    organizer: Sequence[SheetColumn]
    taken: Sequence[SheetColumn]
    answers: Answers

    @property
    def free(self) -> list[SheetColumn]:
        """Return the columns that say nothing else yet."""
        return [column for column in self.columns if column not in self.taken]


def find_identity(known: Known) -> Identity:
    """Return what the columns say of the ID and the title."""
    found = Identity()
    _subject(known.free, known.answers, found)
    _external_id(known, found)
    return found


def _known(key: str, column: SheetColumn) -> bool:
    declared = COLUMNS[key]
    return column.name in {normalize(name) for name in (declared.heading, *declared.synonyms)}


def _subject(free: Sequence[SheetColumn], answers: Answers, found: Identity) -> None:
    if named := answered("subject", free, answers):
        found.subject = named
        found.lines.append(SettingLine("subject", heading_names(named), "as you said"))
        return
    texts = [column for column in free if _is_title(column)]
    for sure, chosen in (
        (Sure.SURE, [column for column in texts if _known("subject", column)]),
        (Sure.SURE, [column for column in texts if column.says(Role.SUBJECT) and not column.says(Role.ID)]),
        (Sure.LIKELY, [column for column in texts if _is_perhaps_title(column)]),
    ):
        if chosen:
            best = max(
                chosen[:3], key=lambda column: (not _CLASS & {*heading_words(column.heading)}, len(column.filled))
            )
            found.subject = (best,)
            text = next(iter(best.texts(best.filled)), "")
            found.lines.append(SettingLine("subject", (best.heading,), f"a title, like '{text}'", sure))
            return
    others = (Role.STATUS, Role.ATTENDEES, Role.ORGANIZER, Role.NOT_OURS, Role.ID)
    texts = [column for column in texts if not column.says(*others) and not _are_codes(column, [*column.filled])]
    reason = f"{quoted_headings(texts)} could be the title" if texts else "No column looks like a title"
    found.lines.append(SettingLine("subject", None, reason, Sure.GUESS))
    if texts:
        line = f"subject = {toml_value(heading_names(texts[:1]))}"
        text = f"What is a meeting called? {reason}; without one, the meetings have no title."
        found.questions.append(OpenQuestion("subject", text, line, choices=heading_names(texts), stops=False))


def _is_title(column: SheetColumn) -> bool:
    return column.is_of(CellKind.TEXT, CellKind.NAME, CellKind.BAD_TIME, CellKind.ZONE, CellKind.WEEKDAY) and bool(
        column.kinds[CellKind.TEXT] + column.kinds[CellKind.NAME]
    )


def _is_perhaps_title(column: SheetColumn) -> bool:
    """Return whether a heading like Course could be over titles; Name alone is often over people."""
    person = column.name == "name" and column.is_of(CellKind.NAME)
    return column.says(Role.PERHAPS_SUBJECT) and not _is_about_others(column) and not person


def _is_about_others(column: SheetColumn) -> bool:
    return column.says(Role.ORGANIZER, Role.ATTENDEES, Role.NOT_OURS, Role.STATUS, Role.ID)


def _another_one(rows: Sequence[int]) -> str:
    return "the only row has one" if len(rows) == 1 else f"each of {len(rows):,} rows has another one"


def _external_id(known: Known, found: Identity) -> None:
    rows = known.rows
    if named := answered("external_id", known.columns, known.answers):
        found.lines.append(SettingLine("external_id", heading_names(named), "as you said"))
        return
    own = [column for column in known.free if column.name == normalize(COLUMNS["external_id"].heading)]
    if own and is_unique(own, rows):
        found.lines.append(SettingLine("external_id", heading_names(own), _another_one(rows)))
        return
    if known.answers.one_meeting != "n" and (groups := _seem_parts(known, found)):
        _ask_parts(known, groups, found)
        return
    candidates = [column for column in known.free if _can_be_id(column)]
    unique = [column for column in candidates if is_unique([column], rows)]
    called = [column for column in unique if _is_called_id(column)]
    stable = [column for column in called if not _is_counted(column, rows)]
    if stable:
        best = max(stable, key=lambda column: (_known("external_id", column), column.is_guids, -column.place))
        found.lines.append(SettingLine("external_id", (best.heading,), _another_one(rows)))
        return
    not_unique = [column for column in candidates if _is_called_id(column) and column not in called]
    if not_unique and _joined_id(not_unique, known, found):
        return
    if called:
        _counted(called[0], rows, found)
        return
    codes = [column for column in unique if column.is_of(CellKind.TEXT) and _are_codes(column, rows)]
    codes = [column for column in codes if column not in found.subject]
    if codes and len(rows) >= FEWEST:
        reason = f"{_another_one(rows)}, though no heading says that they are IDs"
        found.lines.append(SettingLine("external_id", (codes[0].heading,), reason, Sure.LIKELY))
        return
    _last_resort(known, found)


def _can_be_id(column: SheetColumn) -> bool:
    kinds = (
        *TIMES,
        CellKind.LENGTH,
        CellKind.OFFSET,
        CellKind.ZONE,
        CellKind.WEEKDAY,
        CellKind.TRUTH,
        CellKind.LINK,
        CellKind.ADDRESS,
    )
    return not column.is_of(*kinds) and not _NO_ID & {*heading_words(column.heading)} and not column.says(Role.NOT_OURS)


def _is_called_id(column: SheetColumn) -> bool:
    return (_known("external_id", column) or column.says(Role.ID)) and not column.says(Role.LENGTH)


def _is_counted(column: SheetColumn, rows: Sequence[int]) -> bool:
    texts = column.texts(rows)
    if not texts or not all(map(str.isdecimal, texts)) or texts[0] not in {"0", "1"}:
        return False
    first = int(texts[0])
    return [*map(int, texts)] == [*range(first, first + len(texts))]


def _counted(column: SheetColumn, rows: Sequence[int], found: Identity) -> None:
    """Propose running numbers, which are right only while they stay with their row."""
    reason = f"{_another_one(rows)}, though they are only counted"
    found.lines.append(SettingLine("external_id", (column.heading,), reason, Sure.LIKELY))
    text = (
        f"Does a meeting keep its '{column.heading}' when the list is exported again? They are only counted: if they "
        "begin again with each list, the next list would be taken for this one's meetings."
    )
    line = f"external_id = {toml_value(heading_names([column]))}"
    found.questions.append(OpenQuestion("external_id", text, line, choices=(column.heading,), stops=False))


def _are_codes(column: SheetColumn, rows: Sequence[int]) -> bool:
    return all(len(text.split()) == 1 and any(map(str.isdigit, text)) for text in column.texts(rows))


def _joined_id(called: Sequence[SheetColumn], known: Known, found: Identity) -> bool:
    """Return whether an ID that is there more than once becomes one with another column, and propose that."""
    others = [column for column in called[1:] if column is not called[0]]
    for more in (*([other] for other in others), known.start[:1], known.start[:2]):
        parts = [called[0], *more]
        if more and is_unique(parts, known.rows):
            reason = f"'{called[0].heading}' is there more than once, and with {quoted_headings(more)} it is not"
            moves = any(column in known.start for column in more)
            reason += "; a meeting that is moved to another day becomes another one" if moves else ""
            found.lines.append(SettingLine("external_id", heading_names(parts), reason, Sure.LIKELY))
            return True
    return False


def _last_resort(known: Known, found: Identity) -> None:
    """Propose what tells the rows apart and can change: who, when and what."""
    named = [*known.organizer]
    start = [column for column in known.start if not column.is_of(CellKind.OFFSET)]
    for parts in ([*start, *found.subject], [*named, *start, *found.subject], [*named, *start]):
        if start and parts and is_unique(parts, known.rows):
            reason = (
                "no column has IDs, and together these are another text in each row; with any of them changed, it is "
            )
            reason += "another meeting"
            found.lines.append(SettingLine("external_id", heading_names(parts), reason, Sure.GUESS))
            names = f"external_id = {toml_value(heading_names(parts))}"
            text = "Which columns tell one meeting from the others, and stay as they are when it is moved?"
            found.questions.append(OpenQuestion("external_id", text, names, choices=heading_names(parts), stops=False))
            return
    found.lines.append(
        SettingLine("external_id", (CHOOSE,), "No column, and no two of them, are other ones in each row", Sure.GUESS)
    )
    text = "Which columns tell one meeting from the others? No column is another one in each row."
    found.questions.append(OpenQuestion("external_id", text, 'external_id = ["Course", "Date"]'))


def _seem_parts(known: Known, found: Identity) -> list[list[int]]:
    """Return groups of rows with one title, time and organizer: they seem to be one meeting, with somebody in each."""
    rows, parts = known.rows, [*known.start, *found.subject, *known.organizer]
    if not known.start or len(parts) == len(known.start):
        return []
    groups: dict[tuple[str, ...], list[int]] = {}
    for number, *said in zip(rows, *(column.texts(rows) for column in parts), strict=True):
        groups.setdefault(tuple(said), []).append(number)
    several = [group for group in groups.values() if len(group) > 1]
    return several if sum(map(len, several)) > MANY * len(rows) else []


def _ask_parts(known: Known, groups: Sequence[Sequence[int]], found: Identity) -> None:
    """Ask whether the rows are one meeting each, or together; say which ID would do for that."""
    first = groups[0]
    free = [column for column in known.free if column not in found.subject]
    keys = [column for column in free if _can_be_id(column) and _tells(column, known, found)]
    keys.sort(key=lambda column: (not _is_called_id(column), len({*column.texts(known.rows)})))
    names = rows_in_words(first)
    found.same_id = f"{names} have one title and one time"
    text = f"Are {names} one meeting? They have one title and one time."
    if keys:
        found.lines.append(
            SettingLine(
                "external_id", (keys[0].heading,), f"the same in rows of one title and time, like {names}", Sure.LIKELY
            )
        )
    else:
        found.lines.append(SettingLine("external_id", (CHOOSE,), f"{names} have one title and one time", Sure.GUESS))
    if known.answers.one_meeting != "y":
        found.questions.append(OpenQuestion("same_id", text, 'same_id = "one meeting"'))


def _tells(column: SheetColumn, known: Known, found: Identity) -> bool:
    """Return whether rows with one text in the column have one title, time and organizer, and several have."""
    said: dict[str, set[tuple[str, ...]]] = {}
    parts = [*known.start, *found.subject, *known.organizer]
    texts = column.texts(known.rows)
    for text, *others in zip(texts, *(part.texts(known.rows) for part in parts), strict=True):
        said.setdefault(text, set()).add(tuple(others))
    return "" not in said and 1 < len(said) < len(texts) and all(len(one) == 1 for one in said.values())
