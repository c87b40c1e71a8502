"""What translations are of: every sentence for people with a sheet, found where it is declared."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import importer
from importer.core.calendar import EventFate
from importer.core.cancelling import CancelStatus
from importer.core.catalogue import Who, words
from importer.core.catalogue.calendar import CALENDAR
from importer.core.catalogue.cancel import CANCEL
from importer.core.catalogue.drift import DRIFT
from importer.core.catalogue.drift import OPTIONS as OPTION_ENTRIES
from importer.core.catalogue.files import FILES, PLACES
from importer.core.catalogue.headings import HEADED
from importer.core.catalogue.notify import ENDINGS, NIGHT, VERDICTS
from importer.core.catalogue.run import MEMORY, RUN
from importer.core.catalogue.service import SERVICE
from importer.core.catalogue.sheet import SHEET
from importer.core.catalogue.sign_in import SIGN_IN
from importer.core.columns import COLUMNS, INPUT_COLUMNS
from importer.core.exports import SYNONYMS
from importer.core.meeting_options import OPTIONS
from importer.core.model import Status
from importer.core.report import HEADINGS, NOBODY_TOLD, READY
from importer.core.texts import Filled, Joined, Sentence
from importer.core.times.vocabulary import WORDS
from importer.template.words import Advice
from tests.core.test_catalogue import LONGEST_MESSAGE, OWN, TYPICAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

IN_A_SHEET = (*SHEET, *CALENDAR, *OPTION_ENTRIES, *DRIFT, *SERVICE)
"""Entries whose messages and remedies stand in a cell or in the report."""
OF_ROWS_TOO = frozenset(
    """
    not-sent answer-not-awaited link-damaged answer-damaged link-of-another-meeting held-back other-list link-replaced
    no-answer-then row-choice-unclear cancelled-before cancel-unfinished
    """.split()  # noqa: SIM905 - a list of words is read as words
)
"""Entries of a run that rows have too, so that the report says how to put them right."""
OF_A_FILE = (
    *RUN,
    *(entry for entry in CANCEL if entry.code in {"cancelled-before", "cancel-unfinished"}),
    *MEMORY,
    *HEADED,
    *FILES,
    *PLACES,
)
"""Entries whose messages stand in the report."""
LISTED = tuple(
    entry
    for entry in CANCEL
    if entry.code in {"cancel-not-ours", "cancel-other-list", "cancel-past", "cancel-run-first", "cancel-lobby-open"}
)
"""Entries whose messages stand in the list of what was cancelled."""
NAMED_ALONE = (*SIGN_IN, *(entry for entry in NIGHT if entry.code in {"unexpected-error", "usage"}))
"""Entries whose titles a notification can name. The rest of them is for administrators, in English."""
LONGEST_HINT, LONGEST_HINT_TITLE, LONGEST_BOX, LONGEST_BOX_TITLE = 255, 32, 225, 32
"""Characters of an input message and of a warning ([MS-XLSX], dataValidation)."""
SHEET_NAME = 31


EXAMPLES = frozenset({"subject", "duration", "time_zone", "what_to_do", "invitation_text"})
"""Columns with words in their example, or a zone; those of options are words to choose, and others are alike in all."""


@dataclass(frozen=True)
class Declared:
    """A sentence to translate; `most` is how long it may be when filled in as in `example`, 0 for any length."""

    place: str
    one: str
    several: str = ""
    note: str = ""
    example: Mapping[str, object] | None = None
    most: int = 0

    @property
    def key(self) -> tuple[str, str]:
        return self.place, self.one


def declared() -> list[Declared]:
    """Every sentence once, headings and the words of times first: they are read alone."""
    found: dict[tuple[str, str], Declared] = {}
    for each in (*_columns(), *_words(), *_catalogue(), *_modules()):
        found.setdefault(each.key, each)
    return list(found.values())


def _columns() -> Iterator[Declared]:
    for column in COLUMNS.values():
        yield Declared(f"{column.key} heading", _plain(column.heading), note="heading of a column", most=40)
    for column in INPUT_COLUMNS:
        also = "; ".join(name for name in column.synonyms if name not in SYNONYMS.get(column.key, ()))
        if also:
            yield Declared(
                f"{column.key} also", _plain(also), note="what else people write over that column, with ; between"
            )
    yield from map(_of, WORDS)
    for option in OPTIONS:
        for choice in option.choices:
            yield Declared(f"{option.key} choice", _plain(choice.word), note="to choose from a list; see the hint")
            if choice.also:
                yield Declared("choice also", choice.also, note=f"also for '{choice.word}', with ; between")
        if option.by_name is not None:
            yield Declared(f"{option.key} choice", option.by_name.word)
    for column in COLUMNS.values():
        yield Declared(f"{column.key} hint", _plain(column.hint), note="appears at the heading; and in the Guide")
        if column.key in EXAMPLES:
            yield Declared(f"{column.key} example", _plain(column.example), note="example of a cell")


def _words() -> Iterator[Declared]:
    for status in (*Status, READY):
        yield Declared("status", f"{status}", note="what became of a row: stands in the cell Status", most=20)
    for end in CancelStatus:
        yield Declared("cancel status", f"{end}", note="what became of a meeting that was to be cancelled", most=20)
    for fate in EventFate:
        yield Declared("event fate", f"{fate}", note="what became of so many events in calendars: '3 made'")
    for status, said in words.STATUS_WORDS.items():
        yield Declared(f"{status} meaning", _plain(said.replace("`", "")), note="in the report, behind the status")
    yield Declared(f"{READY} meaning", _plain(words.READY_WORDS))
    for said in words.EXIT_WORDS.values():
        yield Declared("exit code", _plain(said), note="how a run ended, in report and notification")
    for said in VERDICTS.values():
        yield Declared("verdict", _plain(said), note="begins a notification; no full stop")
    for said in ENDINGS.values():
        yield Declared("ending", _plain(said), note="behind a semicolon: 12 of 20 meetings are in place; ...")
    for who in Who:
        yield Declared("who", who.value, note="for ...: who can put it right")
    for heading in HEADINGS.values():
        yield Declared("group heading", heading, note="heading in the report")
    yield Declared("nobody told", _plain(NOBODY_TOLD), note="in the report")
    yield Declared("differing", _plain(words.DIFFERING), note="in a notification")


def _catalogue() -> Iterator[Declared]:
    for entry in (*IN_A_SHEET, *OF_A_FILE, *LISTED):
        example = {
            name: value
            for name, value in {**TYPICAL, **OWN.get(entry.code, {})}.items()
            if f"{{{name}" in entry.message
        }
        several = entry.message if entry.counted else ""
        yield Declared(entry.code, entry.message, several, f"title: {entry.title}", example, LONGEST_MESSAGE + 80)
    for entry in (*IN_A_SHEET, *OF_A_FILE, *NAMED_ALONE):
        yield Declared(f"{entry.code} title", _plain(entry.title), note="title", most=90)
    for entry in (*IN_A_SHEET, *(entry for entry in OF_A_FILE if entry.code in OF_ROWS_TOO)):
        yield Declared(
            f"{entry.code} fix", _plain(entry.fix), note="How to fix it: ... Lines to type stay as they are."
        )


def _modules() -> Iterator[Declared]:
    for module in sorted(found.name for found in pkgutil.walk_packages(importer.__path__, "importer.")):
        if not module.startswith(("importer.__main__", "importer.sandbox", "importer.doctor", "importer.schedule")):
            for name, value in vars(importlib.import_module(module)).items():
                if not name.startswith("__"):
                    yield from _in(value)


def _in(value: object) -> Iterator[Declared]:
    match value:
        case Sentence(place=place) if place:
            yield _of(value)
        case Filled():
            yield from [_of(value.sentence)] if value.sentence.place else []
        case Joined():
            yield from _each(value.texts)
        case tuple() | list():
            yield from _each(value)
        case Mapping():
            yield from _each(value.values())
        case Advice():
            yield from _each((value.title, value.text))


def _each(values: Iterable[object]) -> Iterator[Declared]:
    for value in values:
        yield from _in(value)


def _of(sentence: Sentence) -> Declared:
    several = sentence.several or (sentence.one if sentence.counted else "")
    most = next((most for begin, most in _MOST.items() if sentence.place.startswith(begin)), 0)
    if most == LONGEST_BOX and sentence.place.endswith(" title"):
        most = LONGEST_BOX_TITLE
    return Declared(sentence.place, sentence.one, several, sentence.note, most=most)


_MOST = {"box ": LONGEST_BOX, "sheet meetings": SHEET_NAME, "sheet guide": SHEET_NAME, "sheet lists": SHEET_NAME}


def _plain(text: str) -> str:
    """Return words without facts as the sentence that they are."""
    return text.replace("{", "{{").replace("}", "}}")
