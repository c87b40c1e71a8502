"""Workbooks as real programs write them, each with the oddities that people put round a roster.

openpyxl writes them; where LibreOffice is installed, it saves each of them again in its own way. Nothing of this is
kept in the repository: what a program writes today is what the tests should see.
"""

from __future__ import annotations

import io
import shutil
import subprocess
from datetime import datetime
from typing import TYPE_CHECKING

import openpyxl
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Font, PatternFill
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table, TableStyleInfo

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

HEADINGS = ("External ID", "Subject", "Start", "End", "Time zone", "Organizer", "Attendees")
SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
START = datetime(2026, 12, 25, 9, 0)  # noqa: DTZ001 - a sheet has no zone


def roster(sheet: Worksheet, top: int = 1, rows: int = 5) -> None:
    """Record headings and rows on the sheet, from row `top`."""
    for column, heading in enumerate(HEADINGS, start=1):
        sheet.cell(top, column, heading).font = Font(bold=True)
    for at in range(1, rows + 1):
        values: tuple[str | datetime, ...] = (
            f"0{at}",
            f"Lesson {at} <&>",
            START,
            START.replace(hour=10),
            "Europe/Berlin",
            f"o{at}@contoso.com",
            "a@b.c",
        )
        for column, value in enumerate(values, start=1):
            sheet.cell(top + at, column).value = value


def _plain(book: Workbook, sheet: Worksheet) -> None:
    roster(sheet)


def _titles(book: Workbook, sheet: Worksheet) -> None:
    sheet["A1"] = "Autumn term"
    sheet.merge_cells("A1:G2")
    roster(sheet, top=5)
    sheet.freeze_panes = "A6"
    sheet.print_title_rows = "1:5"


def _table(book: Workbook, sheet: Worksheet) -> None:
    roster(sheet)
    table = Table(displayName="Roster", ref="A1:G6")
    table.tableStyleInfo = TableStyleInfo(name="TableStyleMedium9", showRowStripes=True)
    sheet.add_table(table)


def _chart(book: Workbook, sheet: Worksheet) -> None:
    roster(sheet)
    numbers = book.create_sheet("Numbers")
    for at in range(1, 9):
        numbers.append([at, at * at, f"=A{at}+B{at}"])
    chart = BarChart()
    chart.add_data(Reference(numbers, min_col=1, min_row=1, max_row=8, max_col=2))
    sheet.add_chart(chart, "J2")
    numbers.add_chart(BarChart(), "E2")


def _rules(book: Workbook, sheet: Worksheet) -> None:
    roster(sheet)
    red = DifferentialStyle(fill=PatternFill("solid", bgColor="FFC7CE"))
    zones = DataValidation(type="list", formula1='"Europe/Berlin,Asia/Tokyo"')
    zones.add("E2:E99")
    sheet.add_data_validation(zones)
    sheet.conditional_formatting.add("A2:G99", Rule(type="expression", formula=["$A2=1"], dxf=red))
    sheet.conditional_formatting.add("C2:C99", Rule(type="duplicateValues", dxf=red))
    book.defined_names["Zones"] = DefinedName("Zones", attr_text="'Sheet'!$E$2:$E$6")


def _remarks(book: Workbook, sheet: Worksheet) -> None:
    roster(sheet)
    sheet["B2"].comment = Comment("Is this right?", "Ana")
    sheet["F2"].hyperlink = "mailto:o1@contoso.com"
    sheet["G3"].hyperlink = "https://contoso.com/people?x=1&y=2"
    sheet.protection.sheet = True


def _formulas(book: Workbook, sheet: Worksheet) -> None:
    roster(sheet)
    for row in range(2, 7):
        sheet.cell(row, 9, f'=A{row}&"-"&F{row}')
    sheet["I1"] = "Key"


def _since_1904(book: Workbook, sheet: Worksheet) -> None:
    book.epoch = CALENDAR_MAC_1904
    roster(sheet)


def _hidden(book: Workbook, sheet: Worksheet) -> None:
    roster(sheet, rows=8)
    sheet.auto_filter.ref = "A1:G9"
    for row in (3, 5):
        sheet.row_dimensions[row].hidden = True
    sheet.column_dimensions["D"].hidden = True


def _second(book: Workbook, sheet: Worksheet) -> None:
    sheet["A1"] = "How to fill this in"
    roster(book.create_sheet("Liste"), top=2)


KINDS: dict[str, Callable[[Workbook, Worksheet], None]] = {
    "plain": _plain,
    "titles-and-merge": _titles,
    "table": _table,
    "charts": _chart,
    "rules": _rules,
    "remarks-links-protection": _remarks,
    "formulas": _formulas,
    "since-1904": _since_1904,
    "hidden-rows": _hidden,
    "second-sheet": _second,
}


def authored(kind: str) -> bytes:
    """Return the workbook as openpyxl writes it."""
    book, out = openpyxl.Workbook(), io.BytesIO()
    assert book.active is not None
    KINDS[kind](book, book.active)
    book.save(out)
    return out.getvalue()


def converted(paths: list[Path], to: str, folder: Path) -> list[Path]:
    """Has LibreOffice open the files and save each as `to`; return the new files, missing where it could not."""
    assert SOFFICE is not None
    folder.mkdir(parents=True, exist_ok=True)
    profile = (folder / "profile").as_uri()
    command = [SOFFICE, f"-env:UserInstallation={profile}", "--headless", "--convert-to", to, "--outdir", str(folder)]
    subprocess.run([*command, *map(str, paths)], check=True, capture_output=True, timeout=300)
    return [folder / f"{path.stem}.{to.partition(':')[0]}" for path in paths]
