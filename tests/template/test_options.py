"""Templates that are not the default one: other columns, defaults that fill in themselves, rows to start with."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
import zipfile
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from python_calamine import CalamineWorkbook

from importer.core.columns import COLUMNS, EXTRA_COLUMNS, RESULT_COLUMNS, USUAL_COLUMNS
from importer.core.meeting_options import OPTION
from importer.core.readings import ReadingOptions
from importer.core.texts import ENGLISH
from importer.core.times.weeks import Weeks, week_of
from importer.template import DEFAULT_COLUMNS, MAX_ROWS, TemplateFormat, TemplateOptions, template_bytes
from importer.template.filling import filled_from
from importer.template.words import prompt_of
from tests.core.planning import row

if TYPE_CHECKING:
    from openpyxl import Workbook

    from importer.core.model import CellValue

ANA = 'ana "the boss"@contoso.com'
NINE = datetime(2027, 3, 15, 9)  # noqa: DTZ001 - a sheet has no zones in its cells


def opened(options: TemplateOptions, *filled: dict[str, CellValue]) -> Workbook:
    return load_workbook(io.BytesIO(template_bytes(TemplateFormat.XLSX, options, filled=filled)))


def read(options: TemplateOptions, *filled: dict[str, CellValue]) -> list[list[object]]:
    data = template_bytes(TemplateFormat.XLSX, options, filled=filled)
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_name("Meetings")
    return [list(row) for row in sheet.to_python()]


def table_text(options: TemplateOptions) -> str:
    with zipfile.ZipFile(io.BytesIO(template_bytes(TemplateFormat.XLSX, options))) as package:
        return package.read("xl/tables/table1.xml").decode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"columns": ("external_id", "nonsense")},
        {"columns": ("external_id", "start", "start")},
        {"rows": 0},
        {"rows": MAX_ROWS + 1},
        {"organizer": "a" * 114},
        {"time_zone": "Z" * 114},
    ],
)
def test_what_no_template_can_be_made_of_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"columns|rows|characters"):
        TemplateOptions(**wrong)  # type: ignore[arg-type] # one wrong argument at a time


def test_default_columns_are_the_usual_inputs_and_the_standard_results() -> None:
    assert TemplateOptions().keys == DEFAULT_COLUMNS
    assert tuple(column.key for column in (*USUAL_COLUMNS, *RESULT_COLUMNS)) == DEFAULT_COLUMNS


def test_an_option_has_a_drop_down_of_its_words_and_a_hint() -> None:
    book = opened(TemplateOptions(columns=("external_id", "time_zone", "lobby", "watermark"), rows=3))
    sheet, lists = book["Meetings"], book["Lists"]
    rules = {str(each.sqref)[:1]: each for each in sheet.data_validations.dataValidation if each.type == "list"}

    for letter, place, key in (("C", 2, "lobby"), ("D", 3, "watermark")):
        words = [cell.value for cell in next(lists.iter_cols(place, place)) if cell.value]
        assert tuple(words) == OPTION[key].words
        column = get_column_letter(place)
        assert rules[letter].formula1 == f"Lists!${column}$1:${column}${len(words)}"
        assert rules[letter].errorStyle == "warning"
    prompts = {each.promptTitle: each.prompt for each in sheet.data_validations.dataValidation if each.promptTitle}
    assert prompts["Lobby: optional"] == prompt_of("lobby", ENGLISH)


def test_only_the_columns_wanted_in_the_order_wanted() -> None:
    sheet = opened(TemplateOptions(columns=("external_id", "organizer", "start", "passcode"), rows=3))["Meetings"]

    assert [cell.value for cell in sheet[1]] == ["External ID", "Organizer", "Start", "Passcode"]
    assert sheet.tables["Meetings"].column_names == ["External ID", "Organizer", "Start", "Passcode"]


def test_external_id_is_there_even_if_it_was_not_asked_for() -> None:
    assert TemplateOptions(columns=("subject", "organizer")).keys == ("external_id", "subject", "organizer")


def test_every_column_there_is_makes_a_template() -> None:
    every = tuple(COLUMNS)
    sheet = opened(TemplateOptions(columns=every, rows=1))["Meetings"]

    assert [cell.value for cell in sheet[1]] == [COLUMNS[key].heading for key in every]
    passcode = sheet.cell(row=2, column=every.index(EXTRA_COLUMNS[0].key) + 1)
    assert (passcode.protection.locked, passcode.number_format) == (True, "@")


def test_rules_follow_the_columns() -> None:
    """Result columns between input columns, and End without Start."""
    options = TemplateOptions(columns=("status", "external_id", "organizer", "what_to_do", "end"), rows=5)
    sheet = opened(options)["Meetings"]

    found = {str(where.sqref): [rule.formula[0] for rule in where.rules] for where in sheet.conditional_formatting}
    assert list(found) == ["A2:A5006", "B2:C5006 E2:E5006"]
    assert found["B2:C5006 E2:E5006"][-1] == 'ISNUMBER(FIND("["&B$1&"]",$D2))'
    (end,) = [check for check in sheet.data_validations.dataValidation if "E3" in check.sqref]
    assert end.formula1 == "36526"


def test_without_result_columns_there_are_no_colours() -> None:
    sheet = opened(TemplateOptions(columns=("external_id", "organizer"), rows=3))["Meetings"]

    assert not list(sheet.conditional_formatting)


def test_without_status_named_cells_are_red() -> None:
    sheet = opened(TemplateOptions(columns=("external_id", "what_to_do"), rows=1))["Meetings"]

    rules = [rule for where in sheet.conditional_formatting for rule in where.rules]
    assert [rule.formula for rule in rules] == [['ISNUMBER(FIND("["&A$1&"]",$B2))']]


@pytest.mark.parametrize("rows", [1, 7, 250])
def test_as_many_prepared_rows_as_wanted(rows: int) -> None:
    sheet = opened(TemplateOptions(rows=rows))["Meetings"]

    assert sheet.tables["Meetings"].ref == f"A1:P{rows + 1}"
    assert sheet.max_row == rows + 1


def test_defaults_appear_with_whatever_is_typed_first_and_leave_the_row_blank_until_then() -> None:
    """With the External ID alone, a row without one would have three cells marked for one mistake."""
    options = TemplateOptions(organizer=f" {ANA} ", time_zone="Asia/Kolkata", rows=3)
    sheet = opened(options)["Meetings"]

    assert sheet["G3"].value == '=IF(COUNTA($A3,$B3,$C3,$D3,$E3,$H3)=0,"","ana ""the boss""@contoso.com")'
    assert sheet["F4"].value == '=IF(COUNTA($A4,$B4,$C4,$D4,$E4,$H4)=0,"","Asia/Kolkata")'
    assert sheet["G3"].number_format == "General"  # a formula in a text cell turns to text when it is edited
    assert {cell for row in read(options)[1:] for cell in row} == {""}


def test_a_formula_never_lacks_its_result() -> None:
    """A reader that does not calculate would have to take the row for one with a broken cell."""
    data = template_bytes(TemplateFormat.XLSX, TemplateOptions(organizer=ANA, rows=3))
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        sheet = package.read("xl/worksheets/sheet1.xml").decode()
    assert sheet.count("<f>") == sheet.count(' t="str"><f>') == 3


def test_defaults_go_on_in_rows_that_the_table_grows_by() -> None:
    text = table_text(TemplateOptions(time_zone="UTC", rows=3))

    assert 'name="Time zone"><calculatedColumnFormula>IF(COUNTA(Meetings[[#This Row],[External ID]],' in text
    assert 'Meetings[[#This Row],[Attendees]])=0,"","UTC")<' in text
    assert text.count("calculatedColumnFormula>") == 2


def test_a_default_zone_is_first_in_the_list_and_there_once_more_at_its_place() -> None:
    book = opened(TemplateOptions(time_zone="Asia/Kolkata", rows=3))
    names = [cell.value for cell in book["Lists"]["A"]]

    assert names[0] == "Asia/Kolkata"
    assert names.count("Asia/Kolkata") == 2


def test_a_default_for_a_column_that_is_left_out_goes_nowhere() -> None:
    assert TemplateOptions(organizer=ANA, columns=("external_id",)).defaults == {}


def test_filled_rows_come_first_and_keep_their_kinds() -> None:
    rows = read(
        TemplateOptions(rows=2),
        {"external_id": "00042", "start": NINE, "attendees": "a@b.example", "nonsense": "x"},
        {"external_id": 7, "duration": timedelta(minutes=90), "organizer": None},
        {"external_id": "x"},
    )

    assert [row[0] for row in rows[1:]] == ["00042", 7.0, "x"]
    assert rows[1][2] == NINE
    assert rows[1][7] == "a@b.example"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "#N/A", "TRUE", "<b>&amp;", " edge ", "two\nlines"])
def test_text_stays_text_whatever_it_begins_with(text: str) -> None:
    cell = opened(TemplateOptions(rows=1), {"external_id": "1", "subject": text})["Meetings"]["B2"]

    assert (cell.value, cell.data_type) == (text, "s")


def test_a_character_that_xml_can_not_hold_is_replaced_and_not_dropped() -> None:
    (_, row) = read(TemplateOptions(rows=1), {"external_id": "A\x07B"})

    assert row[0] == "A\ufffdB"


def test_filled_rows_have_the_defaults_as_plain_text() -> None:
    options = TemplateOptions(organizer="ana@contoso.com", rows=2)
    rows = read(options, {"external_id": "1"}, {"external_id": "2", "organizer": "ben@contoso.com"})

    assert [row[6] for row in rows[1:]] == ["ana@contoso.com", "ben@contoso.com"]


def test_csv_is_the_headings_and_nothing_to_delete() -> None:
    data = template_bytes(TemplateFormat.CSV, TemplateOptions())

    headings = ",".join(COLUMNS[key].heading for key in DEFAULT_COLUMNS)
    assert data == b"\xef\xbb\xbf" + headings.encode() + b"\r\n"


def test_csv_has_the_columns_wanted() -> None:
    data = template_bytes(TemplateFormat.CSV, TemplateOptions(columns=("organizer",)))

    assert data.decode("utf-8-sig") == "External ID,Organizer\r\n"


def test_csv_writes_values_as_the_template_asks_for_them() -> None:
    options = TemplateOptions(
        organizer="ana@contoso.com", columns=("external_id", "start", "end", "duration", "organizer")
    )
    filled: list[dict[str, CellValue]] = [
        {"external_id": "1, 2", "start": NINE, "end": NINE.replace(second=5), "duration": timedelta(hours=1.5)},
        {"external_id": "Ä", "start": date(2027, 3, 15), "end": time(9, 30), "duration": 90, "organizer": None},
    ]
    data = template_bytes(TemplateFormat.CSV, options, filled=filled)

    assert list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))) == [
        ["External ID", "Start", "End", "Duration", "Organizer"],
        ["1, 2", "2027-03-15 09:00", "2027-03-15 09:00:05", "90", "ana@contoso.com"],
        ["Ä", "2027-03-15", "09:30:00", "90", "ana@contoso.com"],
    ]


def test_a_format_is_named_by_its_suffix() -> None:
    assert [TemplateFormat(suffix) for suffix in ("xlsx", "csv")] == [TemplateFormat.XLSX, TemplateFormat.CSV]


def test_the_workbook_library_is_not_loaded_before_a_workbook_is_wanted() -> None:
    code = (
        "import sys; from importer.template import *; template_bytes(TemplateFormat.CSV, TemplateOptions());"
        "print('openpyxl' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert told.stdout == "False\n"


@pytest.mark.parametrize(
    ("columns", "pages"), [(("organizer", "external_id", "start", "end"), 1), (DEFAULT_COLUMNS, 2), (tuple(COLUMNS), 5)]
)
def test_columns_spread_over_as_many_pages_as_reading_takes(columns: tuple[str, ...], pages: int) -> None:
    sheet = opened(TemplateOptions(columns=columns, rows=1))["Meetings"]

    assert sheet.page_setup.fitToWidth == pages
    letter = "B" if columns[1] == "external_id" else "A"
    assert sheet.print_title_cols == f"${letter}:${letter}"


def test_a_template_keeps_weekdays_of_many_dates_as_they_are_written_and_has_the_one_date_of_a_week() -> None:
    rows = [row(2, start=("Mon", "9:00"), end=("Mon", "10:30"))]

    zone, term = ZoneInfo("Europe/Berlin"), Weeks(date(2027, 4, 5), date(2027, 4, 30))
    (many,) = filled_from(rows, ReadingOptions(default_zone=zone, weeks=term))
    (once,) = filled_from(rows, ReadingOptions(default_zone=zone, weeks=week_of(date(2027, 4, 7))))

    assert (many["start"], many["end"]) == ("Mon 9:00", "Mon 10:30")
    assert (once["start"], once["end"]) == (datetime(2027, 4, 5, 9), datetime(2027, 4, 5, 10, 30))  # noqa: DTZ001 - cells know no zone
