"""Has LibreOffice do with a template what people do: save it, sort it, insert, delete, filter and paste rows.

`python -m tests.template.office` makes the workbooks in tests/template/resaved/ again; they are kept, so that what
LibreOffice 7.4 writes is tested where there is none. A test with LibreOffice itself shows that they are no fiction.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import openpyxl

from importer.template import TemplateFormat, TemplateOptions, template_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.core.model import CellValue

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
KEPT = Path(__file__).with_name("resaved")
XLSX, ODS = "Calc MS Excel 2007 XML", "calc8"


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Return a wall-clock time in March 2031."""
    return datetime(2031, 3, day, hour, minute)  # noqa: DTZ001 - a sheet has no zones in its cells


def _row(*cells: CellValue) -> Mapping[str, CellValue]:
    keys = ("external_id", "subject", "start", "end", "duration", "time_zone", "organizer", "attendees")
    return {key: cell for key, cell in zip(keys, cells, strict=True) if cell != ""}


BERLIN, ANA, BO = "Europe/Berlin", "ana@contoso.example", "bo@contoso.example"
FIRST: Sequence[Mapping[str, CellValue]] = (
    _row("00123", "Äpfel & <Birnen>", at(20, 9), at(20, 10, 30), "", BERLIN, ANA, f"{BO}; cy@contoso.example"),
    _row("12345678901234567890", "A long number", at(18, 9), "", "90", "Europe/London", ANA, BO),
    _row("1e5", "No number at all", at(19, 14), "", "1:30", "W. Europe Standard Time", ANA, ""),
    _row("GONE", "To be deleted", at(17, 8), at(17, 9), "", BERLIN, ANA, BO),
    _row("007", "=1+1", "2031-02-30 09:00", at(21, 10), "", BERLIN, ANA, BO),
    _row("2031-03-01", "End before Start", at(14, 9), at(14, 8), "", "America/New_York", ANA, BO),
    _row("0-8", "Nobody's", at(13, 9), at(13, 10), "", "UTC", "", BO),
    _row("0009", "Somebody is not known", at(12, 9), at(12, 10), "", BERLIN, ANA, "unknown.x@contoso.example"),
)
"""Rows as they are handed to LibreOffice: IDs that look like numbers, each kind of time, and three mistakes."""

TYPED = _row("00456", "Typed in", at(11, 9), "", "45", "Europe/Rome", ANA, "cy@contoso.example")
PASTED = (
    _row("00777", "Pasted in", at(24, 9), at(24, 10), "", BERLIN, ANA, BO),
    _row("00778", "Pasted in too", at(25, 9), "", "60", BERLIN, ANA, BO),
)


def template(rows: Sequence[Mapping[str, CellValue]]) -> bytes:
    """Return a template with these rows."""
    return template_bytes(TemplateFormat.XLSX, TemplateOptions(rows=25), filled=rows)


def other_book() -> bytes:
    """Return somebody's own workbook with the rows to paste: dates of another look, no colours, no rules."""
    book, out = openpyxl.Workbook(), io.BytesIO()
    sheet = book.worksheets[0]
    sheet.append(list(FIRST[0]))
    for row in PASTED:
        sheet.append([row.get(key) for key in ("external_id", "subject", "start", "end", "duration", "time_zone")])
        for column, key in ((7, "organizer"), (8, "attendees")):
            sheet.cell(sheet.max_row, column, row[key])
        for column in (3, 4):
            sheet.cell(sheet.max_row, column).number_format = "dd.mm.yyyy hh:mm"
    book.save(out)
    return out.getvalue()


WHOLE = FIRST
WITHOUT = tuple(row for row in FIRST if row["external_id"] != "GONE")
EDITS: Mapping[str, tuple[tuple[str, ...], str, Sequence[Mapping[str, CellValue]]]] = {
    "saved-as-xlsx": ((".xlsx",), "", WHOLE),
    "saved-as-ods-then-xlsx": ((".ods", ".xlsx"), "", WHOLE),
    "sorted-by-start": ((".xlsx",), "sort", WHOLE),
    "row-inserted-row-deleted": ((".xlsx",), "insert+delete", (*WITHOUT, TYPED)),
    "rows-pasted-from-another-book": ((".xlsx",), "paste", (*WHOLE, *PASTED)),
    "filtered-rows-hidden": ((".xlsx",), "filter", WHOLE),
    "everything-by-way-of-ods": ((".ods", ".xlsx"), "sort+insert+paste+delete+filter", (*WITHOUT, TYPED, *PASTED)),
}
"""{name: (saved as, what is done before the first saving, the rows that are there afterwards, in any order)}."""


class Office:
    """LibreOffice with a profile of its own in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.profile = folder / "profile"
        self._start("--convert-to", "ods", "--outdir", str(folder), str(self._put("first.xlsx", template(()))))
        self._teach()

    def edited(self, name: str) -> bytes:
        """Return the workbook that the edits of that name end in."""
        suffixes, deeds, _ = EDITS[name]
        source = self._put("begin.xlsx", template(FIRST))
        other = self._put("other.xlsx", other_book())
        for step, suffix in enumerate(suffixes):
            target = self.folder / f"{name}-{step}{suffix}"
            self._macro(source, target, other, deeds if step == 0 else "")
            source = target
        return source.read_bytes()

    def _put(self, name: str, data: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(data)
        return path

    def _macro(self, source: Path, target: Path, other: Path, deeds: str) -> None:
        kind = {".xlsx": XLSX, ".ods": ODS}[target.suffix]
        self._start(
            f"macro:///Standard.Module1.Main({source.as_uri()},{target.as_uri()},{kind},{other.as_uri()},{deeds})"
        )

    def _teach(self) -> None:
        """Record the macro into the place that every new profile has for one."""
        module = self.profile / "user" / "basic" / "Standard" / "Module1.xba"
        head = '<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">'
        basic = escape(Path(__file__).with_name("office.bas").read_text(encoding="utf-8"))
        module.write_text(
            f'<?xml version="1.0" encoding="UTF-8"?>\n{head}\n<script:module '
            'xmlns:script="http://openoffice.org/2000/script" script:name="Module1" script:language="StarBasic">'
            f"{basic}</script:module>",
            encoding="utf-8",
        )

    def _start(self, *arguments: str) -> None:
        assert SOFFICE is not None
        command = [SOFFICE, f"-env:UserInstallation={self.profile.as_uri()}", "--headless", *arguments]
        subprocess.run(command, check=True, capture_output=True, timeout=300)


def main() -> None:
    """Make the kept workbooks again."""
    KEPT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        office = Office(Path(folder))
        for name in EDITS:
            data = office.edited(name)
            (KEPT / f"{name}.xlsx").write_bytes(data)
            sys.stdout.write(f"{name}: {len(data)} bytes\n")


if __name__ == "__main__":
    main()
