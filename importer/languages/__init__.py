"""The languages that people can be answered in: one gettext file each (`de.po`), and what CLDR says of it.

Theory of operation. English is what the program is written in and has no file. A file is read when a sheet, a report or
a message needs its language, and the headings at its top when a sheet has a heading that is not known in English: a
call for the template's headings reads none. Babel is asked for names of days, for numbers and formats; the file itself
is read by the few lines below: the headings of eight languages in a tenth of what Babel's reader takes for them.

To add a language, add its tag to `SHIPPED` and run `python -m tests.languages`, which makes its file.
"""

from __future__ import annotations

import re
from functools import cache, partial
from gettext import c2py
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from importer.core.texts import ENGLISH, Language, Languages

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

SHIPPED: tuple[str, ...] = ("de", "fr", "es", "it", "pt-BR", "nl", "pl", "ja")
"""Tags of the languages beside English, as BCP 47 spells them; the file has an underscore for the hyphen."""
HEADINGS = (" heading", " also", " word")
"""How the places end of headings, of what else people write there, and of the words of times (vocabulary.py)."""


TAGS = (ENGLISH.tag, *SHIPPED)


class Translation(NamedTuple):
    """One sentence of a file: where it is declared, in English, and its forms in the language; blank ones left out."""

    place: str
    english: str
    forms: tuple[str, ...]
    fuzzy: bool


def named(text: str) -> str | None:
    """Return the tag of the language that a text like `de`, `de-AT` or `DE_at` names, None where it is none of ours."""
    wanted = text.strip().replace("_", "-").casefold()
    known = {tag.casefold(): tag for tag in TAGS}
    alone = {tag.partition("-")[0].casefold(): tag for tag in known.values()}
    return known.get(wanted) or alone.get(wanted.partition("-")[0])


@cache
def load(tag: str) -> Language:
    """Return a language of ours. Raise KeyError for another tag."""
    return ENGLISH if tag == ENGLISH.tag else read_language(tag, _file(tag))


def read_language(tag: str, file: str) -> Language:
    """Return the language that the text of a file is."""
    from babel import Locale  # noqa: PLC0415 - as said above

    locale = Locale.parse(tag, sep="-")
    header, *entries = entries_of(file)
    rule = re.search(r"plural=([^;]+);", "".join(header.forms))
    return Language(
        tag=tag,
        sentences=_translated(entries),
        form_of=c2py(rule[1].strip()) if rule else lambda count: int(count != 1),
        dated=partial(_dated, tag),
        group=locale.number_symbols["latn"]["group"],
        date_format=_date_format(locale.date_formats["short"].pattern),
        right_to_left=locale.text_direction == "rtl",
    )


def _dated(tag: str, moment: date, pattern: str) -> str:
    from babel.dates import format_date, format_skeleton  # noqa: PLC0415 - as said above

    locale = tag.replace("-", "_")
    if pattern in {"EEEE", "LLLL"}:  # a name alone is no skeleton
        return format_date(moment, pattern.replace("EEEE", "cccc"), locale=locale)
    return format_skeleton(pattern, moment, locale=locale, fuzzy=True)


def _date_format(short: str) -> str:
    """Return how a spreadsheet is told to show a date and a time as people write them: `dd.mm.yyyy hh:mm`."""
    figures = re.sub("y+", "yyyy", re.sub("M+", "mm", re.sub("d+", "dd", short)))
    return f"{figures} hh:mm"


_FIELD = re.compile(r'^(msgctxt|msgid_plural|msgid|msgstr(?:\[\d\])?)[ \t]+(".*(?:\n".*)*)', re.MULTILINE)
_FUZZY = re.compile(r"^#,.*\bfuzzy\b", re.MULTILINE)
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
_SIGNS = {"n": "\n", "t": "\t", "r": "\r"}


def entries_of(file: str) -> Iterator[Translation]:
    """Return the sentences of a gettext file, its header first, which has neither place nor English words.

    Source: https://www.gnu.org/software/gettext/manual/html_node/PO-Files.html
    """
    for block in file.replace("\r\n", "\n").split("\n\n"):
        fields = {found[1]: _unquoted(found[2]) for found in _FIELD.finditer(block)}
        if fields:
            forms = tuple(text for name, text in fields.items() if name.startswith("msgstr") and text)
            yield Translation(fields.get("msgctxt", ""), fields["msgid"], forms, _FUZZY.search(block) is not None)


def _unquoted(quoted: str) -> str:
    if "\\" not in quoted and "\n" not in quoted:
        return quoted.rstrip()[1:-1]
    text = "".join(_STRING.findall(quoted))
    return re.sub(r"\\(.)", lambda sign: _SIGNS.get(sign[1], sign[1]), text)


@cache
def sentences(tag: str) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """Return what a language says, by place and English sentence. Raise KeyError for a tag that is none of ours."""
    _, *entries = entries_of(_file(tag))
    return _translated(entries)


@cache
def headings(tag: str) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """Return what a language says at the places of headings and of the words of times, the first in its file."""
    entries = entries_of(_file(tag))
    next(entries)
    return _translated(takewhile(lambda entry: entry.place.endswith(HEADINGS), entries))


def _translated(entries: Iterable[Translation]) -> dict[tuple[str, str], tuple[str, ...]]:
    return {(entry.place, entry.english): entry.forms for entry in entries if entry.forms and not entry.fuzzy}


@cache
def _file(tag: str) -> str:
    if tag not in SHIPPED:
        raise KeyError(tag)
    from importlib.resources import files  # noqa: PLC0415 - loaded only where a file of a language is read

    return (files("importer.languages") / f"{tag.replace('-', '_')}.po").read_text("utf-8")


LANGUAGES = Languages(tags=SHIPPED, headings=headings, sentences=sentences, load=load)
"""All of them, for whoever reads a sheet."""
