"""A CSV file as a table."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from importer.core.catalogue import problem
from importer.core.columns import HEADER_SEARCH_ROWS, Layout, find_layout
from importer.core.model import Cell, Problem, SheetRow, Stop
from importer.core.near import near_headings, near_misses, standing_instead
from importer.core.results import own_columns, own_results
from importer.tables.base import Placed
from importer.tables.csv.encoding import Encoding, decode
from importer.tables.csv.records import (
    Record,
    all_quoted,
    fields,
    harmless,
    meant,
    records,
    separator_line,
    value,
    written,
)
from importer.tables.headings import candidate_texts, refuse_overtyped, refuse_same_headings, refuse_unread_times
from importer.tables.refusal import refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from importer.tables.base import SheetRequest

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
    def data(self) -> bytes:
        """The file's bytes."""
        return self.encoding.encode(self.text)

    def rows(self) -> Iterator[SheetRow]:
        """Return the records below the headings that have something in an input column, with their own numbers."""
        for number, values in self.raw_rows():
            if number > self.layout.header_row:
                row = self._row(number, values)
                if row is not None:
                    yield row

    def raw_rows(self) -> Iterator[tuple[int, list[str]]]:
        """Return every record: number, and what its fields say. Raise Stop when there are too many."""
        for record in self._records():
            yield record.number, [value(field) for field in self._fields(record)]

    def with_results(self, results: Mapping[int, Mapping[str, str]], columns: Sequence[str]) -> bytes:
        """Gives the bytes of a copy with result texts filled in, everything else kept; see Table."""
        layout = self.placed(columns).layout
        places = layout.results
        new = {number: {places[key]: text for key, text in texts.items()} for number, texts in results.items()}
        missing = [key for key in places if key not in self.layout.results]
        if missing:
            new[self.layout.header_row] = {places[key]: layout.title(key) for key in missing}
        return self.encoding.encode("".join(self._pieces(new)))

    def settled(self) -> CsvTable:
        """Return the same table with those result columns only that are ours; see Table."""
        return self.with_layout(own_results(self.layout, candidate_texts(self), self.request.mapping))

    def with_layout(self, layout: Layout) -> CsvTable:
        """Return the same table read by another layout."""
        return replace(self, layout=layout)

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
        return self.encoding.sayable(harmless(text))

    def refuse_unreadable(self) -> None:
        """Raise Stop when a record can't be read or there are too many."""
        for _ in self._records():
            pass

    def _row(self, number: int, values: Sequence[str]) -> SheetRow | None:
        def cell(place: int) -> Cell:
            return (values[place] or None) if place < len(values) else None

        cells = {key: tuple(map(cell, places)) for key, places in self.layout.inputs.items()}
        if not any(isinstance(one, str) and one.strip() for group in cells.values() for one in group):
            return None
        standing = {key: values[place] for key, place in self.layout.results.items() if place < len(values)}
        return SheetRow(number, cells, {key: meant(text) for key, text in standing.items() if text.strip()})

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
        at, always = 0, False
        for record in self._records():
            if record.number not in new and record.number != self.layout.header_row:
                continue
            raw = self._fields(record)
            always = all_quoted(raw) if record.number == self.layout.header_row else always
            yield self.text[at : record.start]
            yield self._with(raw, new.get(record.number, {}), always=always)
            at = record.end
        yield self.text[at:]

    def _with(self, raw: list[str], new: Mapping[int, str], *, always: bool) -> str:
        if not new:
            return self.delimiter.join(raw)
        raw = [*raw, *[""] * (max(new) + 1 - len(raw))]
        for place, text in new.items():
            raw[place] = written(self.stands(text), self.delimiter, always=always and bool(text))
        return self.delimiter.join(raw)


def open_csv(data: bytes, name: str, request: SheetRequest) -> CsvTable:
    """Reads a CSV; raises Stop when its headings or its separator can't be told."""
    text, encoding = decode(data, name)
    named, start = separator_line(text)
    given = request.delimiter or named
    found = {
        one: layout
        for one in ((given,) if given else DELIMITERS)
        if (layout := _layout(text, one, start, name=name, request=request)) is not None
    }
    if len(found) > 1:
        raise refused("csv-delimiter-unclear", name, found=" or ".join(_NAMES[one] for one in found))
    if not found:
        tried = (_near(text, one, start, name=name, request=request) for one in ((given,) if given else DELIMITERS))
        hint = next(filter(None, tried), "") or _instead(text, given, start, name=name, request=request)
        raise refused("no-header-row", name, hint=hint)
    delimiter, layout = next(iter(found.items()))
    assumed = (problem("csv-encoding-assumed", value=name),) if encoding.assumed else ()
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
    refuse_overtyped(layout, request.mapping, lambda other: replace(table, layout=other).rows())
    refuse_unread_times(name, layout, request.mapping, lambda other: replace(table, layout=other).rows())
    return table


def _layout(text: str, delimiter: str, start: int, *, name: str, request: SheetRequest) -> Layout | None:
    rows = _top(text, delimiter, start, name=name, wanted=request.header_row)
    return find_layout(rows, mapping=request.mapping, required=request.required)


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
        if wanted in {None, one.number}:
            yield one.number, [value(raw) for raw in fields(text[one.start : one.end], delimiter)]


def _readable(found: Iterator[Record]) -> Iterator[Record]:
    """Return the records before a broken one: with the wrong separator, quotes seem open that are not."""
    with suppress(Stop):
        yield from found


def _width(values: Sequence[str]) -> int:
    """Return how many fields a record has, blank ones at its end not counted."""
    return max((place + 1 for place, text in enumerate(values) if text.strip()), default=0)


def cells_of_csv(data: bytes, name: str) -> Iterator[tuple[str, int, Sequence[str]]]:
    """Return every record without looking for headings: no sheet's name, its number, what its fields say.

    The separator is the one that gives the most fields. Raise Stop for what is no CSV.
    """
    text, _encoding = decode(data, name)
    named, start = separator_line(text)
    found = [one for one in ((named,) if named else DELIMITERS) if one]
    delimiter = max(found, key=lambda one: sum(map(len, islice(_split(text, one, start, name), HEADER_SEARCH_ROWS))))
    for number, raw in enumerate(_split(text, delimiter, start, name), start=1):
        yield "", number, [value(field) for field in raw]


def _split(text: str, delimiter: str, start: int, name: str) -> Iterator[list[str]]:
    for one in records(text, delimiter, start, name):
        yield fields(text[one.start : one.end], delimiter)
