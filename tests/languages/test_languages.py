"""Each language is whole and right, and none can be taken for another."""

from __future__ import annotations

import io

import babel
import pytest
from babel.messages.pofile import read_po

from importer.core.columns import COLUMNS
from importer.core.texts import clauses, parts_of_text, text_of_parts
from importer.core.times.lengths import unit_of
from importer.core.times.words import Words
from importer.core.wording import meetings_counted, rows_counted, with_full_stop
from importer.languages import LANGUAGES, SHIPPED, entries_of, load
from importer.tables import read_table
from importer.tables.base import SheetRequest
from tests.languages.__main__ import renewed
from tests.languages.declared import declared
from tests.languages.faults import ambiguous, faults_of, forms, text_of


def test_each_language_says_everything_and_says_it_right() -> None:
    assert [f"{tag}: {fault}" for tag in SHIPPED for fault in faults_of(tag)] == []


def test_no_heading_choice_or_status_means_two_things() -> None:
    assert ambiguous(map(load, SHIPPED)) == []


@pytest.mark.skipif(
    tuple(map(int, babel.__version__.split(".")[:2])) < (2, 17), reason="an older Babel flags no text that has braces"
)
def test_the_files_are_as_the_script_writes_them() -> None:
    """Behind the header, where Babel puts its own version."""
    for tag in SHIPPED:
        text = text_of(tag)
        assert renewed(tag, text, declared()).partition("\n#.")[2] == text.partition("\n#.")[2], tag


def test_a_file_is_read_as_babel_reads_it() -> None:
    for tag in SHIPPED:
        theirs = {
            (message.context or "", *forms(message.id)[:1]): forms(message.string)
            for message in read_po(io.StringIO(text_of(tag)))
            if message.id
        }
        assert {(each.place, each.english): each.forms for each in list(entries_of(text_of(tag)))[1:]} == theirs, tag


def test_what_parts_clauses_and_ends_them_is_the_languages_own() -> None:
    said = with_full_stop(clauses((rows_counted(2), meetings_counted(1))))
    assert said == "2 rows; 1 meeting."
    for text in (said, text_of_parts(parts_of_text(said))):
        assert (load("ja").say(text), load("nl").say(text)) == ("2行。会議1件。", "2 rijen; 1 vergadering.")


def test_a_heading_that_says_more_than_duration_names_its_unit() -> None:
    """Without it, 8 under `Czas trwania w godzinach` would be eight minutes."""
    words = Words(LANGUAGES)
    for tag in SHIPPED:
        said = {each.place: each.forms[0] for each in list(entries_of(text_of(tag)))[1:] if each.forms}
        longer = [name.strip() for name in said["duration also"].split(";")]
        longer = [name for name in longer if name.startswith(f"{said['duration heading']} ") and ":" not in name]
        assert [(tag, name) for name in longer if unit_of(name, words) is None] == []


def test_a_heading_names_the_same_unit_however_it_is_spelled() -> None:
    """`Dauer (in Stunden)` and `duration_hours` are read as what they are spelled like, and so is their unit."""
    words, request = Words(LANGUAGES), SheetRequest(delimiter="|", languages=LANGUAGES)
    names = [*COLUMNS["duration"].synonyms]
    for tag in SHIPPED:
        names += next(each.forms[0] for each in entries_of(text_of(tag)) if each.place == "duration also").split(";")
    for name in map(str.strip, names):
        plain = name.translate(dict.fromkeys(map(ord, "()\uff08\uff09"), " "))
        first, _, rest = plain.partition(" ")
        for spelled in ("_".join(plain.split()), f"{first} ({rest.strip()})", "".join(plain.title().split())):
            sheet = f"External ID|Subject|Start|Organizer|{spelled}\n||||".encode()
            heading = " ".join(read_table(sheet, "roster.csv", request).layout.declared("duration"))
            assert (spelled, unit_of(heading, words)) == (spelled if heading else name, unit_of(name, words))
