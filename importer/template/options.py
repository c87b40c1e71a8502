"""What can be asked of a template, and its CSV twin: the headings, and nothing a person would have to delete first."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from importer.core.columns import COLUMNS, RESULT_COLUMNS, USUAL_COLUMNS
from importer.core.texts import ENGLISH, Language

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.core.model import CellValue


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
