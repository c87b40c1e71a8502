"""Makes the rosters in samples/. `python tests/template/samples.py` writes them again; a test holds them to it.

The people and schools are made up. A local part that begins with `unknown` is not in the sandbox's directory, one
that begins with `nopolicy` has no access policy, one that begins with `nodialin` no dial-in licence.
"""

from __future__ import annotations

import csv
import io
import sys
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

from openpyxl import Workbook
from openpyxl.styles import Font

from importer.core.columns import USUAL_COLUMNS
from importer.template import TemplateFormat, TemplateOptions, template_bytes
from importer.template.workbook import packed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openpyxl.worksheet.worksheet import Worksheet

    from importer.core.model import CellValue

ROOT = Path(__file__).resolve().parents[2]


def at(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    """Return a wall-clock time in 2027."""
    return datetime(2027, month, day, hour, minute)  # noqa: DTZ001 - a sheet has no zones in its cells


def at_contoso(name: str) -> str:
    """Return a sign-in name."""
    return f"{name}@contoso.example" if name else ""


BERLIN, LONDON, NEW_YORK = "Europe/Berlin", "Europe/London", "America/New_York"

_ROWS: tuple[tuple[str, str, CellValue, CellValue, str, str, str, str], ...] = (
    ("HR-0101", "Interview: data analyst, first round", at(3, 1, 9), at(3, 1, 10), "", BERLIN,
     "ana.ruiz", "ben.okafor chloe.martin"),
    ("HR-0102", "Interview: data analyst, second round", at(3, 4, 14), None, "90", BERLIN,
     "ana.ruiz", "ben.okafor dieter.kraemer"),
    ("00042", "Budget review 2027", at(3, 8, 13, 30), at(3, 8, 15), "", LONDON,
     "emma.clarke", "farid.haddad grace.liu"),
    ("00043", "Budget review 2027: follow-up", "2027-03-32 13:30", None, "1:00", LONDON,
     "emma.clarke", "farid.haddad grace.liu"),
    ("TR-7", "Fire safety training", at(3, 10, 10), at(3, 10, 12), "", "W. Europe Standard Time",
     "henrik.larsen", "ines.duarte jonas.weber"),
    ("TR-8", "First aid training", at(3, 11, 10), at(3, 11, 12), "", BERLIN,
     "", "ines.duarte jonas.weber"),
    ("TR-9", "Data protection for newcomers", at(3, 12, 9), at(3, 12, 10, 30), "", BERLIN,
     "henrik.larsen", "unknown.person kofi.mensah"),
    ("BD-2027-1", "Board meeting, spring", at(4, 6, 15), at(4, 6, 14), "", NEW_YORK,
     "lucia.romano", "emma.clarke henrik.larsen"),
    ("BD-2027-2", "Board meeting, summer", at(7, 6, 14), at(7, 6, 16), "", NEW_YORK,
     "lucia.romano", "emma.clarke henrik.larsen"),
    ("BD-2027-2", "Board meeting, autumn", at(10, 5, 14), at(10, 5, 16), "", NEW_YORK,
     "lucia.romano", "emma.clarke henrik.larsen"),
    ("CT-311", "Hearing 311/27 · Größer & Söhne", at(5, 18, 9), at(5, 18, 11), "", LONDON,
     "nopolicy.hall3", "mary.osei"),
    ("00042", "Supplier day", at(6, 2, 9, 30), at(6, 2, 16), "", NEW_YORK,
     "nodialin.reception", "noor.bakker peter.novak"),
)  # fmt: skip
"""Rows 2 to 13. Wrong on purpose: row 5 a date that does not exist, 7 no organizer, 9 end before start, 10 and 11
the same ID, 12 no access policy; row 8 names somebody unknown, row 13 has no dial-in. Rows 4 and 13 share an ID and
are right: the ID needs to differ within one organizer's rows only."""


def _meeting(row: tuple[CellValue, ...]) -> Mapping[str, CellValue]:
    cells = dict(zip((column.key for column in USUAL_COLUMNS), row, strict=True))
    people = "; ".join(map(at_contoso, str(cells["attendees"]).split()))
    return {**cells, "organizer": at_contoso(str(cells["organizer"])), "attendees": people}


ROSTER = tuple(map(_meeting, _ROWS))


def at_school(name: str) -> str:
    """Return a sign-in name of the school."""
    return f"{name}@school.contoso.example"


_LESSONS: tuple[tuple[str, str, str, date, int, str, str], ...] = (
    ("0007", "5a", "Français: les métiers", date(2027, 4, 5), 8, "zoe.lefevre", "pupil.a1 pupil.a2"),
    ("0008", "5a", "Geografía: los ríos", date(2027, 4, 5), 9, "oscar.nunez", "pupil.a1 pupil.a2"),
    ("0009", "5b", "Maths: fractions", date(2027, 4, 5), 11, "priya.shah", "pupil.b1 pupil.b2 pupil.b3"),
    ("0010", "5b", "Français: les métiers", date(2027, 4, 6), 8, "zoe.lefevre", "pupil.b1 pupil.b2"),
    ("0011", "6c", "Physics: levers", date(2027, 4, 6), 10, "priya.shah", "pupil.c1 pupil.c2"),
    ("0012", "6c", "Geografía: los ríos", date(2027, 4, 12), 9, "oscar.nunez", "pupil.c1 pupil.c2"),
    ("0013", "5a", "Maths: fractions", date(2027, 4, 13), 11, "priya.shah", "pupil.a1 pupil.a2"),
    ("0014", "6c", "Physics: pulleys", date(2027, 4, 20), 10, "priya.shah", "pupil.c1 pupil.c2"),
)
"""Number, class, lesson, day, hour (lessons last 45 minutes from a quarter past), teacher, pupils."""

TITLES = ("Instituto Contoso · Colegio internacional", "Timetable of online lessons, exported 11/01/2027 07:30")
HEADINGS = ("Lesson no.", "Class", "Lesson", "Date", "Start time", "End time", "Room", "Teacher", "Pupils")

MAPPING = """\
# How the columns of exported-timetable.xlsx and .csv are to be read.
# This file is found by its name, because it stands in the same folder as they do.

timezone = "Europe/Madrid"   # the export has no column for it
date_order = "DMY"           # 05/04/2027 is the fifth of April

[columns]
external_id = "Lesson no."
subject = ["Class", "Lesson"]       # two columns joined: "5a Maths: fractions"
start = ["Date", "Start time"]
end = ["Date", "End time"]
organizer = "Teacher"
attendees = "Pupils"
"""


def roster(form: TemplateFormat) -> bytes:
    """Return the roster, as somebody has filled it into the template."""
    return template_bytes(form, TemplateOptions(rows=40), filled=ROSTER)


def timetable_xlsx() -> bytes:
    """Return the timetable as the other system's workbook: titles above, a legend beside, real dates and times."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Export"
    _write_timetable(sheet)
    book.properties.creator = "Contoso Timetable"
    book.properties.created = datetime(2027, 1, 11, 7, 30)  # noqa: DTZ001 - openpyxl wants it naive
    return packed(book)


def _write_timetable(sheet: Worksheet) -> None:
    for title in TITLES:
        sheet.append([title])
    sheet["A1"].font = Font(name="Calibri", bold=True, size=14)
    sheet.merge_cells("A1:F1")
    sheet.append([])
    sheet.append(HEADINGS)
    for lesson in _lessons():
        sheet.append(lesson)
    for day, begin, finish in sheet.iter_rows(min_row=5, min_col=4, max_col=6):
        day.number_format, begin.number_format, finish.number_format = "dd/mm/yyyy", "hh:mm", "hh:mm"
    for letter, width in zip("ABCDEFGHI", (11, 7, 26, 12, 11, 11, 8, 36, 76), strict=True):
        sheet.column_dimensions[letter].width = width


def _lessons() -> list[list[CellValue]]:
    """Return the lines of the export: day and times apart, and a column that no meeting needs."""
    return [
        [number, form, lesson, day, time(hour, 15), time(hour + 1), "online", at_school(teacher), _pupils(pupils)]
        for number, form, lesson, day, hour, teacher, pupils in _LESSONS
    ]


def _pupils(names: str) -> str:
    return "; ".join(map(at_school, names.split()))


def timetable_csv() -> bytes:
    """Return the timetable as the other system's CSV: semicolons and the old Windows code page."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    width = len(HEADINGS)
    writer.writerows([title, *[""] * (width - 1)] for title in TITLES)
    writer.writerow([""] * width)
    writer.writerow(HEADINGS)
    writer.writerows(map(_as_text, lesson) for lesson in _lessons())
    return out.getvalue().encode("cp1252")


def _as_text(value: CellValue) -> str:
    match value:
        case date():
            return f"{value:%d/%m/%Y}"
        case time():
            return f"{value:%H:%M}"
        case _:
            return str(value)


def files() -> Mapping[str, bytes]:
    """Return every sample by its path from the project's root."""
    blank = TemplateOptions()
    return {
        "templates/meetings.xlsx": template_bytes(TemplateFormat.XLSX, blank),
        "templates/meetings.csv": template_bytes(TemplateFormat.CSV, blank),
        "samples/roster.xlsx": roster(TemplateFormat.XLSX),
        "samples/roster.csv": roster(TemplateFormat.CSV),
        "samples/timetable/exported-timetable.xlsx": timetable_xlsx(),
        "samples/timetable/exported-timetable.csv": timetable_csv(),
        "samples/timetable/meeting-importer.toml": MAPPING.encode(),
    }


def main() -> None:
    """Write every sample."""
    for name, data in files().items():
        path = ROOT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        sys.stdout.write(f"{name}: {len(data)} bytes\n")


if __name__ == "__main__":
    main()
