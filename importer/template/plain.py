"""The CSV twin of the template: the headings, and nothing a person would have to delete first."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from importer.core.columns import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.core.model import CellValue
    from importer.template.options import TemplateOptions


def csv_bytes(options: TemplateOptions, filled: Sequence[Mapping[str, CellValue]] = ()) -> bytes:
    """Gives the headings and the filled rows as CSV.

    UTF-8 with a byte order mark, because Excel takes a CSV without one for the machine's old code page and turns
    `Müller` into `MÃ¼ller`; commas and CRLF as in RFC 4180.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([COLUMNS[key].heading for key in options.keys])
    for row in filled:
        writer.writerow([_text(options.value(row, key)) for key in options.keys])
    return out.getvalue().encode("utf-8-sig")


def _text(value: CellValue) -> str:
    """Gives a value as the template asks people to write it; no seconds, unless there are some."""
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
