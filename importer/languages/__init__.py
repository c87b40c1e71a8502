"""The languages that people can be answered in: one gettext file each (`de.po`), and what CLDR says of it.

Theory of operation. English is what the program is written in and has no file. A file is read when a sheet, a report or
a message needs its language, and the headings at its top when a sheet has a heading that is not English: a call in
English reads none. Babel, which takes a quarter of a second to load, is asked for names of days, numbers and formats;
the file itself is read by the few lines below, which take a fiftieth of the time that Babel's reader takes.

To add a language, add its tag to `SHIPPED` and run `python -m tests.languages`, which makes its file.
"""

from __future__ import annotations

import re
from functools import cache, partial
from gettext import c2py
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from importer.core.texts import ENGLISH, Language

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

SHIPPED: tuple[str, ...] = ("de",)
"""Tags of the languages beside English, as BCP 47 spells them; the file has an underscore for the hyphen."""
HEADING = " heading"
"""How the places of headings end."""


class Entry(NamedTuple):
    """One sentence of a file: where it is declared, in English, and its forms in the language; blank ones left out."""

    place: str
    english: str
    forms: tuple[str, ...]
    fuzzy: bool


def named(text: str) -> str | None:
    """Return the tag of the language that a text like `de`, `de-AT` or `DE_at` names, None where it is none of ours."""
    wanted = text.strip().replace("_", "-").casefold()
    known = {tag.casefold(): tag for tag in (ENGLISH.tag, *SHIPPED)}
    alone = {tag.partition("-")[0].casefold(): tag for tag in known.values()}
    return known.get(wanted) or alone.get(wanted.partition("-")[0])


@cache
def load(tag: str) -> Language:
    """Return a language of ours. Raise KeyError for another tag."""
    if tag == ENGLISH.tag:
        return ENGLISH
    if tag not in SHIPPED:
        raise KeyError(tag)
    return language_of(tag, (files("importer.languages") / f"{tag.replace('-', '_')}.po").read_text("utf-8"))


def language_of(tag: str, file: str) -> Language:
    """Return the language that the text of a file is."""
    from babel import Locale  # noqa: PLC0415 - as said above

    locale = Locale.parse(tag, sep="-")
    entries = list(entries_of(file))
    rule = re.search(r"plural=([^;]+);", "".join(each for entry in entries[:1] for each in entry.forms))
    return Language(
        tag=tag,
        sentences={
            (entry.place, entry.english): entry.forms for entry in entries[1:] if entry.forms and not entry.fuzzy
        },
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


_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
_LINE = re.compile(r'(#,.*)|(msgctxt|msgid|msgid_plural|msgstr(?:\[\d\])?)\s+(".*")|(".*")')
_SIGNS = {"n": "\n", "t": "\t", "r": "\r"}


def entries_of(file: str) -> Iterator[Entry]:
    """Return the sentences of a gettext file, its header first, which has neither place nor English words.

    Source: https://www.gnu.org/software/gettext/manual/html_node/PO-Files.html
    """
    fields: dict[str, str] = {}
    field, fuzzy = "", False
    for line in (*file.splitlines(), ""):
        found = _LINE.fullmatch(line.strip())
        if found and found[2]:
            field = found[2]
            fields[field] = _unquoted(found[3])
        elif found and found[4]:
            fields[field] += _unquoted(found[4])
        elif found:
            fuzzy = "fuzzy" in found[1]
        elif not line.strip() and fields:
            forms = tuple(text for name, text in fields.items() if name.startswith("msgstr") and text)
            yield Entry(fields.get("msgctxt", ""), fields["msgid"], forms, fuzzy)
            fields, fuzzy = {}, False


def _unquoted(quoted: str) -> str:
    return "".join(
        re.sub(r"\\(.)", lambda sign: _SIGNS.get(sign[1], sign[1]), text) for text in _STRING.findall(quoted)
    )
