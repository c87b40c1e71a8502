"""Records and fields of a CSV as Excel reads them, with their places in the text.

`csv.reader` gives values and forgets how they were written, so a copy made from them would have other quotes and
line ends. Here a record is a span of the text, and its fields are looked at only when they are wanted.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from importer.tables.greedy import repeated
from importer.tables.refusal import refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet program may take for the beginning of a formula (OWASP, "CSV Injection")."""

COLUMNS_LIMIT = 16_384
"""Columns of a sheet (Microsoft, "Excel specifications and limits")."""

_TEXT = repeated(r'[^"]++|""')
_QUOTED = re.compile(rf'"({_TEXT})"(.*)', re.DOTALL)
_SEPARATOR = re.compile(r"sep=(.)(?:\r\n|\n|\r)", re.IGNORECASE)
_AS_TEXT = re.compile(r'="([^"]*)"')


class Record(NamedTuple):
    """One record: its number from 1 as a spreadsheet would number the row, and where it lies, without its line end."""

    number: int
    start: int
    end: int


def separator_line(text: str) -> tuple[str | None, int]:
    """Gives the separator that a first line `sep=;` names, and where the first record begins: that line is no row."""
    found = _SEPARATOR.match(text)
    return (found[1], found.end()) if found else (None, 0)


def records(text: str, delimiter: str, start: int, name: str) -> Iterator[Record]:
    """Gives the records in order, blank ones included.

    Raises Stop at a quote without an end (`csv-quote-open`) and at more fields than a sheet has columns.
    """
    match = _patterns(delimiter).record.match
    at, number = start, 0
    while at < len(text):
        number += 1
        found = match(text, at)
        if found is None:
            raise refused("csv-quote-open", name, row=number)
        if text.count(delimiter, at, found.start(1)) >= COLUMNS_LIMIT:
            raise refused("sheet-too-large", name, row=number, columns=COLUMNS_LIMIT)
        yield Record(number, at, found.start(1))
        at = found.end()


def fields(raw: str, delimiter: str) -> list[str]:
    """Gives a record's fields as they are written, quotes included."""
    if '"' not in raw:
        return raw.split(delimiter)
    found, at = [], 0
    match = _patterns(delimiter).field.match
    while True:
        one = match(raw, at)
        if one is None:
            raise AssertionError("a record was found, so it has fields")
        found.append(one[0])
        at = one.end() + 1
        if at > len(raw):
            return found


def value(field: str) -> str:
    """Gives what a field says. `="00042"` is how programs tell Excel that it is a text, and says 00042."""
    quoted = _QUOTED.fullmatch(field) if field.startswith('"') else None
    text = quoted[1].replace('""', '"') + quoted[2] if quoted else field
    as_text = _AS_TEXT.fullmatch(text)
    return as_text[1] if as_text else text


def harmless(text: str) -> str:
    """Gives `text` so that no spreadsheet program takes it for a formula: an apostrophe before it means text.

    A dial-in number +49 69 1234 would otherwise open as the number 49691234 or as an error.
    """
    return "'" + text if text.lstrip("'").startswith(FORMULA_STARTS) else text


def meant(text: str) -> str:
    """Gives what `harmless` was given."""
    return text[1:] if text[:1] == "'" and text.lstrip("'").startswith(FORMULA_STARTS) else text


def written(text: str, delimiter: str, *, always: bool) -> str:
    """Gives a field that says `text`, in quotes where it needs them or where the file has all its fields so."""
    needed = always or text != text.strip() or any(mark in text for mark in (delimiter, '"', "\r", "\n"))
    return '"' + text.replace('"', '""') + '"' if needed else text


def all_quoted(raw: Sequence[str]) -> bool:
    """Whether a record's fields are all in quotes, as some programs write every file."""
    return all(field.startswith('"') for field in raw)


class _Patterns(NamedTuple):
    record: re.Pattern[str]
    field: re.Pattern[str]


@lru_cache(maxsize=8)
def _patterns(delimiter: str) -> _Patterns:
    mark = re.escape(delimiter)
    plain = rf"[^{mark}\r\n]*+"
    field = rf'(?:"{_TEXT}"{plain}|(?!"){plain})'
    return _Patterns(re.compile(field + repeated(mark + field) + r"(\r\n|\n|\r|\Z)"), re.compile(field))
