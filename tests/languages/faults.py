"""What can be wrong with a language's file, each fault a line that says where."""

from __future__ import annotations

import io
import re
from collections import defaultdict
from importlib.resources import files
from string import Formatter
from typing import TYPE_CHECKING

from babel import Locale
from babel.messages.pofile import read_po

from importer.core.columns import COLUMNS, INPUT_KEYS, REQUIRED_KEYS
from importer.core.exports import SYNONYMS
from importer.core.meeting_options import OPTION
from importer.core.model import Status
from importer.core.report import READY
from importer.core.texts import ENGLISH, Language, normalize
from importer.languages import read_language
from tests.languages.declared import LONGEST_HINT, LONGEST_HINT_TITLE, SHEET_NAME, Declared, declared

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from babel.messages.catalog import Catalog

NOT_SAID = "Not said:"
"""Begins the line of a file's header that lists, with commas between, words nobody with a sheet would understand."""
TYPED = re.compile(r"\[\w+\]|--[a-z-]+ \S+|\w+ = .*|\".*\" = .*|\S+@\S+.*|#.*|[A-Z][a-z]+-Cs\w+.*|Connect-\w+")
"""A line to type, which no language changes."""
NO_WORDS = re.compile(r"\{[^{}]*\}|https?://\S+|\"[^\"]*\"")
"""Placeholders, addresses and what is quoted as it is to be typed."""
QUOTED = re.compile(r"'\{[^{}]*\}'")
LETTER = r"(?![\u3000-\uffff])[\w.-]"
"""What makes a longer word of a word beside it. Japanese, which has no blanks between words, has no such thing."""
ENDS = {".": ".。", "?": "?？", ":": ":：", "!": "!！"}


def text_of(tag: str) -> str:
    return (files("importer.languages") / f"{tag.replace('-', '_')}.po").read_text("utf-8")


def faults_of(tag: str) -> list[str]:
    """Return what is wrong with a shipped language's file."""
    text = text_of(tag)
    return [*faults_in(tag, text, declared()), *_of_columns(read_language(tag, text))]


def faults_in(tag: str, text: str, sentences: Iterable[Declared]) -> Iterator[str]:
    """Return what is wrong with the text of a language's file."""
    catalog = read_po(io.StringIO(text), locale=tag.replace("-", "_"))
    jargon = _jargon(catalog)
    there = {(each.context or "", forms(each.id)[0]): each for each in catalog if each.id}
    wanted = {each.key: each for each in sentences}
    for key in wanted.keys() - there.keys():
        yield f"{key}: is not in the file; run python -m tests.languages"
    for key in there.keys() - wanted.keys():
        yield f"{key}: nothing says that any more; run python -m tests.languages"
    for key, each in there.items():
        if key in wanted:
            said = [text for text in forms(each.string) if text]
            where = f"{each.context} ('{key[1][:40]}')"
            if each.fuzzy:
                yield f"{where}: the English has changed; look at it again and take 'fuzzy' out"
            if len(said) != (catalog.num_plurals if wanted[key].several else 1):
                yield f"{where}: is not translated, or not in all its forms"
            for form in said:
                yield from (f"{where}: {fault}" for fault in _of_form(wanted[key], form, jargon))
    yield from _of_plurals(tag, catalog)


def _of_form(each: Declared, said: str, jargon: Iterable[str]) -> Iterator[str]:
    try:
        names = _names(said)
    except ValueError:
        yield "a brace is not closed, or not doubled"
        return
    if names not in (_names(each.one), _names(each.several or each.one)):
        yield f"has {sorted(names)} in braces, and not {sorted(_names(each.several or each.one))}"
        return
    yield from _of_lines(each.one, said)
    yield from _of_signs(each.several or each.one, said)
    filled = len(said.format(**each.example)) if each.example else len(said)
    if each.most and filled > each.most:
        yield f"is {filled} characters long, and there is room for {each.most}"
    plain = NO_WORDS.sub("", "\n".join(line for line in said.splitlines() if not TYPED.fullmatch(line)))
    for word in jargon:
        if re.search(rf"(?<!{LETTER}){re.escape(word)}(?!{LETTER})", plain, re.IGNORECASE):
            yield f"says '{word}'"


def _of_lines(english: str, said: str) -> Iterator[str]:
    typed = [line for line in english.splitlines()[1:] if TYPED.fullmatch(line)]
    if typed != [line for line in said.splitlines()[1:] if TYPED.fullmatch(line)]:
        yield "a line to type is not as it was"
    if len(said.splitlines()) != len(english.splitlines()):
        yield "has other lines"


def _of_signs(english: str, said: str) -> Iterator[str]:
    if len(QUOTED.findall(said)) != len(QUOTED.findall(english)):
        yield "a cell's text stands in straight quotes: '{value}'"
    if (end := ENDS.get(english.strip()[-1:])) and said.strip()[-1:] not in end:
        yield f"ends without {end[0]}"
    if english[:1] == " " != said[:1] and said[:1].isascii():
        yield "begins without the blank"
    if english[-1:] == " " != said[-1:] and said[-1:].isascii():
        yield "ends without the blank"
    if "  " in said.strip():
        yield "has two blanks"


def _of_columns(language: Language) -> Iterator[str]:
    """Return what does not fit in the template, or can be taken for something else."""
    for key, column in COLUMNS.items():
        heading = language.word(f"{key} heading", column.heading)
        for kind in ("required" if key in REQUIRED_KEYS else "optional",) if key in INPUT_KEYS else ():
            title = language.word(f"hint {kind}", f"{{heading}}: {kind}").format(heading=heading)
            if len(title) > LONGEST_HINT_TITLE:
                yield f"{key}: '{title}' over its hint is longer than {LONGEST_HINT_TITLE} characters"
        hint = language.word(f"{key} hint", column.hint)
        example = language.word(f"{key} example", column.example)
        whole = language.word("hint example", "{hint}\n\nExample: {example}").format(hint=hint, example=example)
        if len(whole) > LONGEST_HINT:
            yield f"{key}: the hint with its example has {len(whole)} characters, and {LONGEST_HINT} fit"
    for sheet in ("Meetings", "Guide", "Lists"):
        name = language.word(f"sheet {sheet.lower()}", sheet)
        if not name.isidentifier() or len(name) > SHEET_NAME:
            yield f"'{name}' is no word alone that a formula can call a sheet by"
    statuses = [language.word("status", status) for status in (*Status, READY)]
    if len({status.casefold() for status in statuses}) < len(statuses):
        yield "two statuses have the same word"


def ambiguous(languages: Iterable[Language]) -> list[str]:
    """Return headings, choices and statuses that mean one thing in a language and another thing in the next."""
    meant: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for language in (ENGLISH, *languages):
        for where, word, meaning in (*_headings(language), *_choices(language), *_statuses(language)):
            if name := normalize(word):
                meant[where, name].setdefault(meaning, language.tag)
    return [f"'{name}' ({where}) can be {found}" for (where, name), found in meant.items() if len(found) > 1]


def _headings(language: Language) -> Iterator[tuple[str, str, str]]:
    for key, column in COLUMNS.items():
        yield "heading", language.word(f"{key} heading", column.heading), key
        own = [name for name in column.synonyms if name not in SYNONYMS.get(key, ())]
        said = language.word(f"{key} also", "; ".join(own)) if own else ""
        for name in (*said.split(";"), *column.synonyms):
            yield "heading", name, key


def _choices(language: Language) -> Iterator[tuple[str, str, str]]:
    for key, option in OPTION.items():
        for choice in option.choices:
            yield key, language.word(f"{key} choice", choice.word), choice.word
            for word in language.word("choice also", choice.also).split(";"):
                yield key, word, choice.word


def _statuses(language: Language) -> Iterator[tuple[str, str, str]]:
    for status in (*Status, READY):
        yield "status", language.word("status", status), status


def _of_plurals(tag: str, catalog: Catalog) -> Iterator[str]:
    """Return numbers whose form the file's rule and CLDR's tell apart otherwise than the other."""
    form_of = read_language(tag, f'msgid ""\nmsgstr "Plural-Forms: {catalog.plural_forms};\\n"\n').form_of
    category = Locale.parse(tag, sep="-").plural_form
    pairs = {(form_of(number), category(number)) for number in range(1001)}
    if len(pairs) != len({form for form, _ in pairs}) or len(pairs) != len({name for _, name in pairs}):
        yield f"the plural forms are not those of the language: {sorted(pairs)}"


def _jargon(catalog: Catalog) -> list[str]:
    lines = [line.removeprefix("#").strip() for line in catalog.header_comment.splitlines()]
    said = next((line for line in lines if line.startswith(NOT_SAID)), "")
    return [word.strip() for word in said.removeprefix(NOT_SAID).split(",") if word.strip()]


def _names(text: str) -> frozenset[tuple[str, str]]:
    return frozenset((name, spec or "") for _, name, spec, _ in Formatter().parse(text) if name is not None)


def forms(said: object) -> tuple[str, ...]:
    return (said,) if isinstance(said, str) else tuple(said) if isinstance(said, tuple | list) else ()
