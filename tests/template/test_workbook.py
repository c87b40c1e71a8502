"""The .xlsx template as a reader finds it.

Pictures can't be tested; what Excel would offer to repair, what turns `00123` into 123, and which cell a rule
colours can.
"""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from python_calamine import CalamineWorkbook

from importer.core.columns import COLUMNS, RESULT_COLUMNS, USUAL_COLUMNS
from importer.core.layout import find_layout
from importer.core.model import Status
from importer.core.texts import ENGLISH
from importer.languages import LANGUAGES
from importer.template import TemplateFormat, TemplateOptions, looks, template_bytes, words
from importer.template import workbook as zones
from importer.template.words import prompt_of

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.datavalidation import DataValidation
    from openpyxl.worksheet.worksheet import Worksheet

HEADINGS = [column.heading for column in (*USUAL_COLUMNS, *RESULT_COLUMNS)]
LETTER = {column.key: get_column_letter(n) for n, column in enumerate((*USUAL_COLUMNS, *RESULT_COLUMNS), start=1)}
BOTH_REQUIRED = frozenset({"external_id", "organizer"})


def part(data: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return package.read(name).decode()


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 - our own file


def validations(sheet: Worksheet, place: str) -> list[DataValidation]:
    return [found for found in sheet.data_validations.dataValidation if place in found.sqref]


def check(sheet: Worksheet, key: str, row: int = 2) -> DataValidation:
    (found,) = validations(sheet, f"{LETTER[key]}{row}")
    return found


def rows_of(sheet: Worksheet) -> list[tuple[int, list[str]]]:
    return [
        (number, ["" if text is None else str(text) for text in row])
        for number, row in enumerate(sheet.iter_rows(values_only=True), start=1)
    ]


def test_same_options_same_bytes(blank: bytes) -> None:
    assert template_bytes(TemplateFormat.XLSX, TemplateOptions()) == blank


def test_no_clock_no_machine_and_no_library_version_in_the_file(blank: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(blank)) as package:
        assert {member.date_time for member in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {member.create_system for member in package.infolist()} == {0}
    assert part(blank, "docProps/core.xml").count("2026-01-01T00:00:00Z") == 2
    assert "openpyxl" not in part(blank, "docProps/app.xml").lower()


def test_every_part_is_well_formed_and_listed_once(blank: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(blank)) as package:
        names = package.namelist()
        for name in names:
            parsed(package.read(name).decode())
    assert len(names) == len(set(names))


def test_sheets_and_which_can_be_seen(book: Workbook) -> None:
    assert [(sheet.title, sheet.sheet_state) for sheet in book] == [
        ("Meetings", "visible"),
        ("Guide", "visible"),
        ("Lists", "hidden"),
    ]
    assert book.active is book["Meetings"]


def test_headings_stand_in_row_one_and_are_found(meetings: Worksheet) -> None:
    layout = find_layout(rows_of(meetings), mapping={}, required=BOTH_REQUIRED)

    assert layout is not None
    assert layout.header_row == 1
    assert [layout.title(key) for key in LETTER] == HEADINGS
    assert {**layout.inputs, **{key: (place,) for key, place in layout.results.items()}} == {
        key: (place,) for place, key in enumerate(LETTER)
    }


@pytest.mark.parametrize("name", ["Guide", "Lists"])
def test_no_other_sheet_can_be_taken_for_the_roster(book: Workbook, name: str) -> None:
    for required in (BOTH_REQUIRED, frozenset({"external_id"})):
        layout = find_layout(rows_of(book[name]), mapping={}, required=required)
        assert layout is None or len(layout.inputs) == 1


def test_prepared_rows_are_blank(blank: bytes) -> None:
    rows = CalamineWorkbook.from_filelike(io.BytesIO(blank)).get_sheet_by_name("Meetings").to_python()

    assert rows[0] == HEADINGS
    assert {cell for row in rows[1:] for cell in row} <= {""}


def test_table_covers_headings_and_prepared_rows(blank: bytes, meetings: Worksheet) -> None:
    (table,) = meetings.tables.values()

    assert (table.displayName, table.ref, table.headerRowCount, table.totalsRowShown) == (
        "Meetings",
        "A1:P201",
        1,
        False,
    )
    assert table.autoFilter.ref == table.ref
    assert table.column_names == HEADINGS == [cell.value for cell in meetings[1]]
    assert [column.id for column in table.tableColumns] == list(range(1, 17))
    assert words.TABLE_SUMMARY in part(blank, "xl/tables/table1.xml")


def test_table_has_alternative_text_after_its_style(blank: bytes) -> None:
    children = [child.tag.rpartition("}")[2] for child in parsed(part(blank, "xl/tables/table1.xml"))]

    assert children == ["autoFilter", "tableColumns", "tableStyleInfo", "extLst"]


def test_no_green_corners_that_offer_to_lose_the_zeros(blank: bytes) -> None:
    """The order of elements is the schema's; Excel repairs a sheet that has them in another."""
    sheet = parsed(part(blank, "xl/worksheets/sheet1.xml"))
    names = [child.tag.rpartition("}")[2] for child in sheet]

    assert names == [
        "sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "conditionalFormatting",
        "conditionalFormatting", "dataValidations", "pageMargins", "pageSetup", "headerFooter", "ignoredErrors",
        "tableParts",
    ]  # fmt: skip
    (ignored,) = sheet[names.index("ignoredErrors")]
    assert ignored.attrib == {"sqref": "A1:P201", "numberStoredAsText": "1", "calculatedColumn": "1"}


@pytest.mark.parametrize("row", [2, 201])
def test_what_is_typed_stays_as_typed_where_it_must(meetings: Worksheet, row: int) -> None:
    formats = {key: meetings[f"{letter}{row}"].number_format for key, letter in LETTER.items()}

    dates = {key for key, found in formats.items() if found == "yyyy-mm-dd hh:mm"}
    general = {key for key, found in formats.items() if found == "General"}
    assert (dates, general) == ({"start", "end"}, {"time_zone"})
    assert {formats[key] for key in formats.keys() - dates - general} == {"@"}


def test_formats_reach_below_the_prepared_rows(meetings: Worksheet) -> None:
    for letter in LETTER.values():
        assert meetings.column_dimensions[letter].number_format == meetings[f"{letter}2"].number_format


def test_only_required_headings_show_an_asterisk_and_none_contains_one(meetings: Worksheet) -> None:
    shown = {key for key, letter in LETTER.items() if "*" in meetings[f"{letter}1"].number_format}

    assert shown == BOTH_REQUIRED
    assert not [cell.value for cell in meetings[1] if "*" in str(cell.value)]


def test_three_kinds_of_headings_look_different(meetings: Worksheet) -> None:
    fills = {key: meetings[f"{letter}1"].fill.fgColor.rgb for key, letter in LETTER.items()}

    assert len({fills["external_id"], fills["subject"], fills["status"]}) == 3
    assert fills["organizer"] == fills["external_id"]
    assert len({fills[column.key] for column in RESULT_COLUMNS}) == 1


def test_only_result_cells_are_shaded_and_locked_and_the_sheet_is_not_protected(meetings: Worksheet) -> None:
    locked = {key for key, letter in LETTER.items() if meetings[f"{letter}9"].protection.locked}
    grey = {key for key, letter in LETTER.items() if meetings[f"{letter}9"].fill.fill_type == "solid"}

    assert locked == grey == {column.key for column in RESULT_COLUMNS}
    assert not meetings.protection.sheet


def test_every_heading_says_what_goes_in(meetings: Worksheet) -> None:
    for column in USUAL_COLUMNS:
        (hint,) = validations(meetings, f"{LETTER[column.key]}1")
        kind = "required" if column.key in BOTH_REQUIRED else "optional"
        assert hint.promptTitle == f"{column.heading}: {kind}"
        assert hint.showInputMessage
        assert "Example: " in str(hint.prompt)
    for result in RESULT_COLUMNS:
        (hint,) = validations(meetings, f"{LETTER[result.key]}1")
        assert hint.promptTitle == "Filled in for you"
        assert hint.showInputMessage
        assert "Example: " in str(hint.prompt)


def test_typing_over_a_heading_warns(meetings: Worksheet) -> None:
    for letter in LETTER.values():
        (found,) = validations(meetings, f"{letter}1")
        assert (found.type, found.formula1, found.errorStyle) == ("custom", "FALSE", "warning")
        assert found.error == words.HEADING_TYPED.text


def test_dates_are_checked_with_a_helping_message(meetings: Worksheet) -> None:
    start, end = check(meetings, "start"), check(meetings, "end")

    assert (start.type, start.operator, start.formula1) == ("date", "greaterThanOrEqual", "36526")
    assert (end.type, end.operator, end.formula1) == ("date", "greaterThanOrEqual", "MAX(36526,$C2)")
    for found in (start, end):
        assert found.showErrorMessage
        assert "2027-03-15" in str(found.error)


def test_zones_are_offered_and_others_may_be_typed(book: Workbook, meetings: Worksheet) -> None:
    found = check(meetings, "time_zone")
    names = [cell.value for cell in book["Lists"]["A"]]

    assert (found.type, found.formula1) == ("list", f"Lists!$A$1:$A${len(names)}")
    assert not found.showDropDown  # in the file format, true hides the arrow
    assert names[0] == "Europe/London"
    assert set(zones.COMMON) < set(zones.every_zone()) == set(names)
    assert len(names) == len(zones.COMMON) + len(zones.every_zone())


def test_result_cells_refuse_what_is_typed(meetings: Worksheet) -> None:
    for column in RESULT_COLUMNS:
        found = check(meetings, column.key)
        assert (found.type, found.formula1, found.errorTitle) == ("custom", "FALSE", "This column is filled in for you")
        assert (found.errorStyle, found.allowBlank) == ("stop", True)


def test_in_input_cells_nothing_forbids(meetings: Worksheet) -> None:
    for column in USUAL_COLUMNS:
        for found in validations(meetings, f"{LETTER[column.key]}2"):
            assert (found.errorStyle, found.allowBlank) == ("warning", True)


def test_nothing_keeps_from_sorting_inserting_and_deleting(meetings: Worksheet) -> None:
    assert not meetings.protection.sheet
    assert {cell.protection.locked for cell in meetings[2][:8]} == {False}
    assert {cell.protection.locked for cell in meetings[2][8:]} == {True}


def test_texts_fit_what_excel_takes(meetings: Worksheet) -> None:
    """Longer ones make Excel offer a repair: title 32, message 255 (prompt) or 225 (error), formula 255."""
    for found in meetings.data_validations.dataValidation:
        assert len(found.promptTitle or "") <= 32
        assert len(found.errorTitle or "") <= 32
        assert len(found.prompt or "") <= 255
        assert len(found.error or "") <= 225
        assert len(found.formula1 or "") <= 255


def test_checks_reach_below_the_prepared_rows_but_not_without_end(meetings: Worksheet) -> None:
    for found in meetings.data_validations.dataValidation:
        (span,) = found.sqref.ranges
        assert span.max_row in {1, 5201}


def test_every_column_has_words_for_its_heading() -> None:
    assert max(len(prompt_of(key, ENGLISH)) for key in COLUMNS) <= 255
    assert all(hint.example for hint in COLUMNS.values())


def colours(sheet: Worksheet) -> list[tuple[str, str, str]]:
    """Return (range, formula, background) in the order in which the rules win."""
    rules = [
        (rule.priority, str(where.sqref), rule.formula[0], rule.dxf.fill.bgColor.rgb[2:])
        for where in sheet.conditional_formatting
        for rule in where.rules
    ]
    return [rule[1:] for rule in sorted(rules)]


def test_status_and_named_cells_are_coloured(meetings: Worksheet) -> None:
    named = 'ISNUMBER(FIND("["&A$1&"]",$J2))'
    good = '$I2="created",$I2="existing",$I2="updated",$I2="unchanged"'
    care = '$I2="differs",$I2="not attempted"'

    assert colours(meetings) == [
        ("I2:I5201", f'AND(OR({good}),ISNUMBER(FIND("[",$J2)))', looks.CARE.fill),
        ("I2:I5201", f"OR({good})", looks.GOOD.fill),
        ("I2:I5201", f"OR({care})", looks.CARE.fill),
        ("I2:I5201", 'OR($I2="invalid",$I2="failed")', looks.BAD.fill),
        ("A2:H5201", f"AND({named},OR({good},{care}))", looks.CARE.fill),
        ("A2:H5201", named, looks.BAD.fill),
    ]
    assert all(rule.stopIfTrue for where in meetings.conditional_formatting for rule in where.rules)


def test_nothing_is_aligned_to_one_side_so_that_a_sheet_from_right_to_left_is_its_mirror(book: Workbook) -> None:
    cells = [cell for name in ("Meetings", "Guide") for row in book[name].iter_rows() for cell in row]

    assert {cell.alignment.horizontal for cell in cells} == {None, "fill"}
    assert not any(cell.alignment.readingOrder for cell in cells)


def luminance(rgb: str) -> float:
    channels = [int(rgb[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(
    "pair",
    [
        looks.HEADING_REQUIRED, looks.HEADING_OPTIONAL, looks.HEADING_RESULT, looks.RESULT,
        looks.GOOD, looks.CARE, looks.BAD,
    ],
)  # fmt: skip
def test_text_can_be_read_on_its_background(pair: looks.Pair) -> None:
    """WCAG 2.2, 1.4.6: 7:1."""
    light, dark = sorted((luminance(pair.fill), luminance(pair.text)), reverse=True)

    assert (light + 0.05) / (dark + 0.05) >= 7


def test_headings_and_id_stay_in_sight_on_screen_and_on_paper_which_can_be_read(meetings: Worksheet) -> None:
    assert meetings.freeze_panes == "B2"
    assert meetings.sheet_view.selection[1].activeCell == "A2"
    assert meetings.print_title_rows == "$1:$1"
    assert meetings.print_title_cols == "$A:$A"
    assert (meetings.page_setup.orientation, meetings.page_setup.pageOrder) == ("landscape", "overThenDown")
    assert (meetings.page_setup.fitToWidth, meetings.page_setup.fitToHeight) == (2, 0)
    assert meetings.sheet_properties.pageSetUpPr is not None
    assert meetings.sheet_properties.pageSetUpPr.fitToPage


def test_guide_shows_one_example_with_every_input_column(book: Workbook) -> None:
    texts = {row[0]: row[1:] for row in book["Guide"].iter_rows(values_only=True)}

    for column in USUAL_COLUMNS:
        mark = " *" if column.key in BOTH_REQUIRED else ""
        assert texts[column.heading + mark] == (column.hint, column.example)
    assert book["Guide"].max_row <= 24


def test_guide_gives_wide_characters_the_lines_they_take() -> None:
    japanese = TemplateOptions(rows=1, language=LANGUAGES.load("ja"))

    guide = load_workbook(io.BytesIO(template_bytes(TemplateFormat.XLSX, japanese)))["ガイド"]

    hint = next(cell for cell in guide["B"] if cell.value == japanese.language.say(COLUMNS["external_id"].hinted))
    assert guide.row_dimensions[hint.row].height == looks.TWO_LINES


def test_pages_are_a4_where_no_other_paper_is_in_use(book: Workbook) -> None:
    german = TemplateOptions(rows=1, language=LANGUAGES.load("de"))

    there = load_workbook(io.BytesIO(template_bytes(TemplateFormat.XLSX, german)))

    assert {there[name].page_setup.paperSize for name in ("Besprechungen", "Anleitung")} == {looks.A4}
    assert {book[name].page_setup.paperSize for name in ("Meetings", "Guide")} == {None}


def test_guide_names_every_status_once(book: Workbook) -> None:

    named = [name for names, _ in words.GUIDE_STATUS for name in names.split(", ")]

    assert sorted(named) == sorted(Status)
    assert {names for names, _ in words.GUIDE_STATUS} <= {cell.value for cell in book["Guide"]["A"]}
