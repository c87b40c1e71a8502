"""What can be asked of a template, the rows of an exported roster that it starts with, and its CSV twin.

The twin is the headings, and nothing a person would have to delete first. An exported row's values are what `run` would
read from the roster: it reads them from the template again.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from importer.core.cells import ParseError, text_of
from importer.core.columns import COLUMNS, HOLDS, INPUT_COLUMNS, PEOPLE_KEYS, RESULT_COLUMNS, USUAL_COLUMNS, Holds
from importer.core.model import CellError
from importer.core.readings import EXACT_DIGITS, read_rows
from importer.core.texts import ENGLISH, Language
from importer.core.times import Moment
from importer.core.times.lengths import MINUTE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from importer.core.model import Cell, CellValue
    from importer.core.readings import ReadingOptions, ReadTime
    from importer.core.row import Row


DEFAULT_COLUMNS: tuple[str, ...] = tuple(column.key for column in (*USUAL_COLUMNS, *RESULT_COLUMNS))

MAX_ROWS = 20_000
"""More prepared rows than this make a blank workbook that is slow to open; the table grows by itself anyway."""

MAX_DEFAULT = 113
"""Longest sign-in name: 64 characters, the @ and a domain of 48 (learn.microsoft.com, user resource type)."""


class TemplateFormat(StrEnum):
    """The two kinds of template; the value is the file's suffix without its dot."""

    XLSX = "xlsx"
    CSV = "csv"


@dataclass(frozen=True, slots=True)
class TemplateOptions:
    """What one template is to be like. Raises ValueError for what no template can be made of.

    `organizer` and `time_zone` are put on each row as soon as something is typed into it; anything typed there
    replaces them. `rows` are prepared rows, `columns` the keys wanted, in order; External ID is always there. All that
    it says is in `language`.
    """

    organizer: str = ""
    time_zone: str = ""
    rows: int = 200
    columns: tuple[str, ...] = DEFAULT_COLUMNS
    language: Language = ENGLISH

    def __post_init__(self) -> None:
        unknown = [key for key in self.columns if key not in COLUMNS]
        if unknown or len(set(self.columns)) < len(self.columns):
            raise ValueError(f"columns unknown or named twice: {unknown or self.columns}")
        if not 1 <= self.rows <= MAX_ROWS:
            raise ValueError(f"rows must be from 1 to {MAX_ROWS}")
        if max(len(self.organizer), len(self.time_zone)) > MAX_DEFAULT:
            raise ValueError(f"organizer and time zone have at most {MAX_DEFAULT} characters")

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the columns' keys from left to right."""
        return self.columns if "external_id" in self.columns else ("external_id", *self.columns)

    @property
    def defaults(self) -> Mapping[str, str]:
        """Return {key: text} for the columns that fill in themselves."""
        pairs = {"organizer": self.organizer.strip(), "time_zone": self.time_zone.strip()}
        return {key: text for key, text in pairs.items() if text and key in self.keys}

    def heading(self, key: str) -> str:
        """Return a column's heading."""
        return self.language.say(COLUMNS[key].named)

    def value(self, row: Mapping[str, CellValue], key: str) -> CellValue:
        """Return what stands under `key` in a row that is filled in: its own value, or else the default."""
        own = row.get(key)
        return self.defaults.get(key) if own is None or own == "" else own


def csv_bytes(options: TemplateOptions, filled: Sequence[Mapping[str, CellValue]] = ()) -> bytes:
    """Return the headings and the filled rows as CSV.

    UTF-8 with a byte order mark, because Excel takes a CSV without one for the machine's old code page and turns
    `Müller` into `MÃ¼ller`; commas and CRLF as in RFC 4180.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([options.heading(key) for key in options.keys])
    for row in filled:
        writer.writerow([_text(options.value(row, key)) for key in options.keys])
    return out.getvalue().encode("utf-8-sig")


def _text(value: CellValue) -> str:
    """Return a value as the template asks people to write it; no seconds, unless there are some."""
    match value:
        case None:
            return ""
        case datetime():
            return value.isoformat(sep=" ", timespec="seconds" if value.second else "minutes")
        case timedelta():
            return f"{value // timedelta(minutes=1)}"
        case date() | time():
            return value.isoformat()
        case _:
            return str(value)


def filled_from(rows: Iterable[Row], options: ReadingOptions) -> list[Mapping[str, CellValue]]:
    """Return {column's key: value} for each row, read as the roster's settings say.

    Dates and joined columns become one date-time, text stays text, and what can't be understood stays as it is
    written, so that checking the template finds it. So do weekdays that are many dates, which no cell could hold.
    Result columns are left out.
    """
    keys = [column.key for column in INPUT_COLUMNS]
    filled: list[Mapping[str, CellValue]] = []
    for row in read_rows(rows, options):
        values = {key: _value(key, row) for key in keys if key in row.cells}
        ended = {"end": _time(row.values["end"])} if row.values["end"] is not None else {}
        if row.values["occurrences"]:
            ended = {key: row.text(key) for key in ("start", "end") if key in row.cells}
        filled.append(values | ended)
    return filled


def unreadable_rows(rows: Iterable[Row]) -> list[int]:
    """Return the number of a row for each cell that can't be read: an Excel error, or a formula never calculated."""
    return [row.number for row in rows for cells in row.cells.values() for cell in cells if isinstance(cell, CellError)]


def _value(key: str, row: Row) -> CellValue:
    cells = row.cells[key]
    match HOLDS[key], cells:
        case Holds.MOMENT, _:
            return _time(row.values[key])
        case Holds.LENGTH, [cell]:
            return _length(cell, row.values[key])
        case _ if key in PEOPLE_KEYS and row.people and not isinstance(row.values[key], ParseError):
            named = row.values[key]
            return named if isinstance(named, str) else "; ".join(named)
        case Holds.PEOPLE, _:
            return "; ".join(filter(None, map(text_of, cells)))
        case Holds.TEXT, _ if any(isinstance(cell, CellError) for cell in cells):
            return None  # `#REF!` as a text would pass for an ID or a title
        case Holds.TEXT, [int() | float() as number] if key == "external_id" and abs(number) < EXACT_DIGITS:
            return text_of(number)
        case Holds.TEXT, [cell] if key == "external_id":
            return cell.text if isinstance(cell, CellError) else cell
    return " ".join(filter(None, map(text_of, cells)))


def _time(moment: ReadTime) -> CellValue:
    """Return a date-time where the cells say one; with an offset as text, because a sheet's date-times have none."""
    match moment:
        case Moment(written=when):
            return when.local if when.local.tzinfo is None else when.local.isoformat()
        case None:
            return None
        case unclear:
            return unclear.value


def _length(cell: Cell, length: timedelta | ParseError | None) -> CellValue:
    """Return a length with its unit, which the template's heading does not say as the roster's may."""
    if isinstance(length, timedelta) and not isinstance(cell, time | timedelta):
        return f"{round(length / MINUTE)} min"
    return length.value if isinstance(length, ParseError) else None if isinstance(cell, CellError) else cell
