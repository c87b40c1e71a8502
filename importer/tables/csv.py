"""CSV files as tables: read as Excel shows them, written with every byte kept that is not a result.

`csv.reader` gives values and forgets how they were written, so a copy made from them would have other quotes and
line ends. Here a record is a span of the text, and its fields are looked at only when they are wanted; bytes become
text and back in such a way that what was not changed comes back as the same bytes.
"""

from __future__ import annotations

import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from importer.core.catalogue import problem
from importer.core.layout import HEADER_SEARCH_ROWS, Layout
from importer.core.model import Cell, Problem, Sample, Stop
from importer.core.results import own_columns, own_results
from importer.core.row import Row, SheetCells, places_of
from importer.core.suggestions import near_headings, near_misses, standing_instead
from importer.tables.base import (
    Placed,
    atomic_regex,
    candidate_texts,
    layout_of,
    refuse_overtyped,
    refuse_same_headings,
    refuse_unread_times,
    refused,
    with_unheaded,
)
from importer.tables.encodings import CODE_PAGES, LOST, Encoding, decode_csv, in_other_code_pages

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from importer.tables.base import ResultTexts, SheetRequest


FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet program may take for the beginning of a formula (OWASP, "CSV Injection")."""

COLUMNS_LIMIT = 16_384
"""Columns of a sheet (Microsoft, "Excel specifications and limits")."""

_TEXT = atomic_regex(r'[^"]++|""')
_QUOTED = re.compile(rf'"({_TEXT})"(.*)', re.DOTALL)
_SEPARATOR = re.compile(r"sep=(.)(?:\r\n|\n|\r)", re.IGNORECASE)
_AS_TEXT = re.compile(r'="([^"]*)"')


class Record(NamedTuple):
    """One record: its number from 1 as a spreadsheet would number the row, and where it lies, without its line end."""

    number: int
    start: int
    end: int


def separator_line(text: str) -> tuple[str | None, int]:
    """Return the separator that a first line `sep=;` names, and where the first record begins: that line is no row."""
    found = _SEPARATOR.match(text)
    return (found[1], found.end()) if found else (None, 0)


def records(text: str, delimiter: str, start: int, name: str) -> Iterator[Record]:
    """Return the records in order, blank ones included.

    Raise Stop at a quote without an end (`csv-quote-open`) and at more fields than a sheet has columns.
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
    """Return a record's fields as they are written, quotes included."""
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


def field_value(field: str) -> str:
    """Return what a field says. `="00042"` is how programs tell Excel that it is a text, and say 00042."""
    quoted = _QUOTED.fullmatch(field) if field.startswith('"') else None
    text = quoted[1].replace('""', '"') + quoted[2] if quoted else field
    as_text = _AS_TEXT.fullmatch(text)
    return as_text[1] if as_text else text


def escape_csv_formula(text: str) -> str:
    """Return `text` so that no spreadsheet program takes it for a formula: an apostrophe before it means text.

    A dial-in number +49 69 1234 would otherwise open as the number 49691234 or as an error.
    """
    return "'" + text if text.lstrip("'").startswith(FORMULA_STARTS) else text


def meant(text: str) -> str:
    """Return what `escape_csv_formula` was given."""
    return text[1:] if text[:1] == "'" and text.lstrip("'").startswith(FORMULA_STARTS) else text


def write_field(text: str, delimiter: str, *, always: bool) -> str:
    """Return a field that says `text`, in quotes where it needs them or where the file has all its fields so."""
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
    return _Patterns(re.compile(field + atomic_regex(mark + field) + r"(\r\n|\n|\r|\Z)"), re.compile(field))


DELIMITERS = (",", ";", "\t")
ROWS_LIMIT = 1_048_576
"""Rows of a sheet (Microsoft, "Excel specifications and limits"): more could not be looked at in Excel."""

_NAMES = {",": "a comma", ";": "a semicolon", "\t": "a tab"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvTable:
    """One CSV file, held as its text."""

    name: str
    text: str
    encoding: Encoding
    delimiter: str
    start: int
    layout: Layout
    notices: tuple[Problem, ...]
    request: SheetRequest

    @property
    def sheet(self) -> str:
        """A CSV has no sheets: empty."""
        return ""

    @property
    def width(self) -> int:
        """How many columns it has; see Table."""
        return max((len(values) for _, values in self.raw_rows()), default=0)

    @property
    def data(self) -> bytes:
        """The file's bytes."""
        return self.encoding.encode(self.text)

    def rows(self) -> Iterator[Row]:
        """Return the records below the headings that have something in an input column, with their own numbers."""
        places = places_of(self.layout.inputs)
        for number, values in self.raw_rows():
            if number > self.layout.header_row:
                row = self._row(number, values, places)
                if row is not None:
                    yield row

    def raw_rows(self) -> Iterator[tuple[int, list[str]]]:
        """Return every record: number, and what its fields say. Raise Stop when there are too many."""
        for record in self._records():
            yield record.number, [field_value(field) for field in self._fields(record)]

    def with_results(self, results: ResultTexts, columns: Sequence[str]) -> bytes:
        """Return the bytes of a copy with result texts filled in, everything else kept; see Table."""
        layout = self.placed(columns).layout
        places = layout.results
        new = {number: {places[key]: text for key, text in texts.items()} for number, texts in results.items()}
        missing = [key for key in places if key not in self.layout.results]
        if missing and self.layout.header_row:
            new[self.layout.header_row] = {places[key]: layout.title(key) for key in missing}
        return self.encoding.encode("".join(self._pieces(new)))

    def settled(self) -> CsvTable:
        """Return the same table with those result columns only that are ours; see Table."""
        table = self.with_layout(with_unheaded(self, self.request.extra))
        return table.with_layout(own_results(table.layout, candidate_texts(table), self.request.mapping))

    def with_layout(self, layout: Layout) -> CsvTable:
        """Return the same table read by another layout."""
        return replace(self, layout=layout)

    def beginning(self) -> CsvTable:
        """Return the same table: its rows are read one by one anyway; see Table."""
        return self

    def placed(self, columns: Sequence[str]) -> Placed:
        """Return where the result columns will stand in a copy; see Table."""
        refuse_same_headings(self.layout, columns)
        missing = [key for key in dict.fromkeys(columns) if key not in self.layout.results]
        start = self._free_column() if missing else 0
        results = {**self.layout.results, **{key: start + at for at, key in enumerate(missing)}}
        return Placed(replace(self.layout, results=results), tuple(own_columns(self.layout, results)))

    def same_request(self) -> SheetRequest:
        """Return the request that finds the same rows in a copy of this file."""
        return replace(self.request, delimiter=self.delimiter, header_row=self.layout.header_row)

    def stands(self, text: str) -> str:
        """Return what a field will say that `text` was written into."""
        return self.encoding.sayable(escape_csv_formula(text))

    def refuse_unreadable(self) -> None:
        """Raise Stop when a record can't be read or there are too many."""
        for _ in self._records():
            pass

    def refuse_lost(self) -> None:
        """Raise Stop (`csv-encoding-unknown`) when a cell that is read has bytes which the assumed encoding has not."""
        if not self.encoding.assumed or not LOST.search(self.text):
            return
        read = {place for places in self.layout.inputs.values() for place in places}
        for number, values in self.raw_rows():
            if any(LOST.search(text) for place, text in enumerate(values) if place in read):
                raise refused("csv-encoding-unknown", self.name, row=number)

    def _row(self, number: int, values: Sequence[str], places: Mapping[str, slice]) -> Row | None:
        def cell(place: int) -> Cell:
            return (values[place] or None) if place < len(values) else None

        cells = tuple([cell(place) for places in self.layout.inputs.values() for place in places])
        if not any(isinstance(one, str) and one.strip() for one in cells):
            return None
        standing = {key: meant(values[place]) for key, place in self.layout.results.items() if place < len(values)}
        filled = {key: text for key, text in standing.items() if text.strip()}
        return Row(number=number, cells=SheetCells(places, cells), standing=filled)

    def _records(self) -> Iterator[Record]:
        for record in records(self.text, self.delimiter, self.start, self.name):
            if record.number > ROWS_LIMIT:
                raise refused("too-many-rows", self.name, limit=ROWS_LIMIT)
            yield record

    def _fields(self, record: Record) -> list[str]:
        return fields(self.text[record.start : record.end], self.delimiter)

    def _free_column(self) -> int:
        """Return the first column right of everything from the heading row down; ragged records may reach further."""
        below = (values for number, values in self.raw_rows() if number >= self.layout.header_row)
        return max(_width(values) for values in below)

    def _pieces(self, new: Mapping[int, Mapping[int, str]]) -> Iterator[str]:
        """Return the whole text again: records with something new are put together, the others are as they were."""
        at, always, first = 0, False, self.layout.header_row or 1
        for record in self._records():
            if record.number not in new and record.number != first:
                continue
            raw = self._fields(record)
            always = all_quoted(raw) if record.number == first else always
            yield self.text[at : record.start]
            yield self._with(raw, new.get(record.number, {}), always=always)
            at = record.end
        yield self.text[at:]

    def _with(self, raw: list[str], new: Mapping[int, str], *, always: bool) -> str:
        if not new:
            return self.delimiter.join(raw)
        raw = [*raw, *[""] * (max(new) + 1 - len(raw))]
        for place, text in new.items():
            raw[place] = write_field(self.stands(text), self.delimiter, always=always and bool(text))
        return self.delimiter.join(raw)


def open_csv(data: bytes, name: str, request: SheetRequest) -> CsvTable:
    """Read a CSV; raise Stop when its headings or its separator can't be told."""
    text, encoding = decode_csv(data, name, request.encoding)
    found = _layouts(text, name, request)
    for other, code_page in in_other_code_pages(data) if encoding.assumed else ():
        if _known(there := _layouts(other, name, request)) > _known(found):
            text, encoding, found = other, code_page, there
    named, start = separator_line(text)
    given = request.delimiter or named
    if len(found) > 1:
        raise refused("csv-delimiter-unclear", name, found=" or ".join(_NAMES[one] for one in found))
    if not found:
        tried = (_near(text, one, start, name=name, request=request) for one in ((given,) if given else DELIMITERS))
        hint = next(filter(None, tried), "") or _instead(text, given, start, name=name, request=request)
        raise refused("no-header-row", name, hint=hint)
    delimiter, layout = next(iter(found.items()))
    said = CODE_PAGES[encoding.codec].format() if encoding.assumed else ""
    assumed = (problem("csv-encoding-assumed", value=name, said=said),) if said else ()
    table = CsvTable(
        name=name,
        text=text,
        encoding=encoding,
        delimiter=delimiter,
        start=start,
        layout=layout,
        notices=(*assumed, *near_misses(layout, request.mapping)),
        request=request,
    )
    table.refuse_unreadable()
    table.refuse_lost()
    refuse_overtyped(layout, request.mapping, lambda other: replace(table, layout=other).rows())
    refuse_unread_times(name, layout, request.mapping, lambda other: replace(table, layout=other).rows())
    return table


def _layouts(text: str, name: str, request: SheetRequest) -> dict[str, Layout]:
    """Return where the headings stand, by the separator with which they are found; more than one are unclear."""
    named, start = separator_line(text)
    given = request.delimiter or named
    return {
        one: layout
        for one in ((given,) if given else DELIMITERS)
        if (layout := _layout(text, one, start, name=name, request=request)) is not None
    }


def _known(found: Mapping[str, Layout]) -> int:
    """Return how many headings are known, with the separator with which most are."""
    return max((len(layout.inputs) + len(layout.results) for layout in found.values()), default=0)


def _layout(text: str, delimiter: str, start: int, *, name: str, request: SheetRequest) -> Layout | None:
    rows = _top(text, delimiter, start, name=name, wanted=request.header_row)
    return layout_of(rows, request)


def _near(text: str, delimiter: str, start: int, *, name: str, request: SheetRequest) -> str:
    rows = _top(text, delimiter, start, name=name, wanted=request.header_row)
    return near_headings(rows, mapping=request.mapping, required=request.required, settings=request.settings)


def _instead(text: str, given: str | None, start: int, *, name: str, request: SheetRequest) -> str:
    """Return what stands at the top, read with the separator that gives most cells."""
    tops = [
        [*_top(text, one, start, name=name, wanted=request.header_row)] for one in ([given] if given else DELIMITERS)
    ]
    return standing_instead(max(tops, key=lambda rows: max((_width(values) for _, values in rows), default=0)))


def _top(text: str, delimiter: str, start: int, *, name: str, wanted: int | None) -> Iterator[tuple[int, list[str]]]:
    """Return the rows among which the headings are looked for, as (number, texts)."""
    first = islice(_readable(records(text, delimiter, start, name)), wanted or HEADER_SEARCH_ROWS)
    for one in first:
        if not wanted or wanted == one.number:
            yield one.number, _values(text, one, delimiter)


def _readable(found: Iterator[Record]) -> Iterator[Record]:
    """Return the records before a broken one: with the wrong separator, quotes seem open that are not."""
    with suppress(Stop):
        yield from found


def _width(values: Sequence[str]) -> int:
    """Return how many fields a record has, empty ones at its end not counted. A blank is somebody's, and counts."""
    return max((place + 1 for place, text in enumerate(values) if text), default=0)


def cells_of_csv(data: bytes, name: str, said: str | None = None) -> Iterator[tuple[str, int, Sequence[str]]]:
    """Return every record without looking for headings: no sheet's name, its number, what its fields say.

    The separator is the one that gives the most fields, `said` the encoding as `decode_csv` takes it. Raise Stop
    for what is no CSV.
    """
    text, _encoding = decode_csv(data, name, said)
    named, start = separator_line(text)
    found = [one for one in ((named,) if named else DELIMITERS) if one]
    delimiter = max(found, key=lambda one: sum(map(len, islice(_split(text, one, start, name), HEADER_SEARCH_ROWS))))
    for number, raw in enumerate(_split(text, delimiter, start, name), start=1):
        yield "", number, [field_value(field) for field in raw]


def _split(text: str, delimiter: str, start: int, name: str) -> Iterator[list[str]]:
    for one in records(text, delimiter, start, name):
        yield fields(text[one.start : one.end], delimiter)


def samples_of_csv(data: bytes, name: str, request: SheetRequest, *, depth: int) -> list[Sample]:
    """Return the first records as they are, with the separator that gives the most cells alike. Raise Stop likewise."""
    text, _encoding = decode_csv(data, name, request.encoding)
    named, start = separator_line(text)
    given = request.delimiter or named
    tops = {
        one: [
            (record.number, _values(text, record, one))
            for record in islice(_readable(records(text, one, start, name)), depth)
        ]
        for one in ((given,) if given else (*DELIMITERS, "|"))
    }
    best = max(tops, key=lambda one: _evenness(tops[one]))
    rows = [(number, [text or None for text in values]) for number, values in tops[best]]
    return [Sample("", rows, "tab" if best == "\t" else best, request.languages)]


def _values(text: str, record: Record, delimiter: str) -> list[str]:
    return [field_value(raw) for raw in fields(text[record.start : record.end], delimiter)]


def _evenness(rows: Sequence[tuple[int, Sequence[str]]]) -> float:
    """Return how many cells a row has, as far as rows have as many as others."""
    widths = Counter(width for _, values in rows if (width := _width(values)))
    return sum((width - 1) * count for width, count in widths.items()) / max(1, widths.total())
