"""The Meetings sheet: one table with the headings in row 1 and prepared rows below."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, cast

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.worksheet.filters import AutoFilter
from openpyxl.worksheet.header_footer import HeaderFooter, HeaderFooterItem
from openpyxl.worksheet.table import Table, TableColumn, TableFormula, TableStyleInfo
from openpyxl.worksheet.views import Pane, Selection

from importer.core.columns import COLUMNS, INPUT_KEYS
from importer.template import looks, words
from importer.template.options import REQUIRED_KEYS
from importer.template.rules import FIRST_ROW, HEADING_ROW, add_colours, add_validations

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from openpyxl.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

    from importer.core.model import CellValue
    from importer.template.options import TemplateOptions
    from importer.template.rules import Grid

DATE_KEYS = frozenset({"start", "end"})
GENERAL_KEYS = frozenset({"time_zone"})
ONE_LINE_KEYS = frozenset({"join_url", "dial_in_url", "options_url", "graph_id", "chat_thread"})
"""Long names nobody reads: cut off at the cell's edge."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula without its equals sign."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What the sheet is to hold. `rows` are prepared rows, `filled` what stands in the first of them."""

    grid: Grid
    options: TemplateOptions
    rows: int
    filled: Sequence[Mapping[str, CellValue]]
    zones: str


def write_meetings(sheet: Worksheet, draft: Draft) -> None:
    """Writes headings, prepared rows and everything that helps with filling them in."""
    for position, key in enumerate(draft.grid.keys, start=1):
        look = _body_look(key, formula=key in draft.options.defaults)
        _write_heading(_cell(sheet, HEADING_ROW, position), key)
        _set_up_column(sheet, draft.grid.letter(key), key, look)
        looks.dress(_cell(sheet, FIRST_ROW, position), look)
    for index in range(draft.rows):
        _write_row(sheet, draft, index)
    sheet.add_table(_table(draft))
    add_validations(sheet, draft.grid, draft.zones)
    add_colours(sheet, draft.grid)
    _set_up_view(sheet)
    _set_up_page(sheet, draft.grid)


def _write_row(sheet: Worksheet, draft: Draft, index: int) -> None:
    row = FIRST_ROW + index
    sheet.row_dimensions[row].height = looks.TWO_LINES
    for position, key in enumerate(draft.grid.keys, start=1):
        cell = _cell(sheet, row, position)
        looks.copy_dress(_cell(sheet, FIRST_ROW, position), cell)
        _fill(cell, _value(draft, key, index))


def _cell(sheet: Worksheet, row: int, column: int) -> Cell:
    return cast("Cell", sheet.cell(row=row, column=column))  # a merged cell has another type; there are none


def _write_heading(cell: Cell, key: str) -> None:
    cell.value = COLUMNS[key].heading
    if key not in INPUT_KEYS:
        look = looks.heading_look(looks.HEADING_RESULT)
    elif key in REQUIRED_KEYS:
        look = looks.heading_look(looks.HEADING_REQUIRED, number_format=looks.REQUIRED_FORMAT)
    else:
        look = looks.heading_look(looks.HEADING_OPTIONAL)
    looks.dress(cell, look)


def _body_look(key: str, *, formula: bool) -> looks.Look:
    """Gives the look of a column's cells. A formula in a cell of text format turns to text when it is edited."""
    number_format = looks.TEXT_FORMAT
    if key in DATE_KEYS:
        number_format = looks.DATE_FORMAT
    elif formula or key in GENERAL_KEYS:
        number_format = "General"
    is_input = key in INPUT_KEYS
    pair = None if is_input else looks.RESULT
    return looks.body_look(pair, number_format=number_format, wrap=key not in ONE_LINE_KEYS, locked=not is_input)


def _set_up_column(sheet: Worksheet, letter: str, key: str, look: looks.Look) -> None:
    """Gives a column its width, and its format also below the prepared rows."""
    column = sheet.column_dimensions[letter]
    column.width = _width(key)
    column.number_format, column.alignment, column.protection = look.number_format, look.alignment, look.protection


def _width(key: str) -> int:
    return looks.WIDTHS.get(key, looks.OTHER_WIDTH)


def _value(draft: Draft, key: str, index: int) -> CellValue | Formula:
    if index < len(draft.filled):
        return draft.options.value(draft.filled[index], key)
    default = draft.options.defaults.get(key)
    if default is None:
        return None
    typed = (f"${draft.grid.letter(key)}{FIRST_ROW + index}" for key in _typed(draft))
    return Formula(_default_formula(typed, default))


def _fill(cell: Cell, value: CellValue | Formula) -> None:
    """Puts a value into a cell; text stays text, whatever it begins with."""
    match value:
        case None | "":
            return
        case Formula():
            cell.value = f"={value.text}"
        case str():
            cell.value = ILLEGAL_CHARACTERS_RE.sub("\ufffd", value)
            cell.data_type = "s"
        case _:
            cell.value = value


def _typed(draft: Draft) -> list[str]:
    """Return the input columns in which people type, from left to right."""
    return [key for key in draft.grid.keys if key in INPUT_KEYS and key not in draft.options.defaults]


def _default_formula(typed: Iterable[str], default: str) -> str:
    """Return the formula of a column that fills in itself as soon as one of the cells `typed` is filled in.

    A formula and not a value: a row with nothing but an organizer would no longer be a blank row. It does not ask for
    the External ID alone: where that is forgotten, one cell is wrong and not three.
    """
    quoted = default.replace('"', '""')
    return f'IF(COUNTA({",".join(typed)})=0,"","{quoted}")'


def _table(draft: Draft) -> Table:
    keys, defaults = draft.grid.keys, draft.options.defaults
    ref = f"A{HEADING_ROW}:{draft.grid.letter(keys[-1])}{HEADING_ROW + draft.rows}"
    typed = _typed(draft)
    columns = [_table_column(number, key, defaults.get(key, ""), typed) for number, key in enumerate(keys, start=1)]
    style = TableStyleInfo(name="TableStyleLight1", showRowStripes=False)
    return Table(
        displayName=words.TABLE_TITLE,
        ref=ref,
        autoFilter=AutoFilter(ref=ref),
        totalsRowShown=False,
        tableColumns=columns,
        tableStyleInfo=style,
    )


def _table_column(number: int, key: str, default: str, typed: Sequence[str]) -> TableColumn:
    column = TableColumn(id=number, name=COLUMNS[key].heading)
    if default:
        here = [f"{words.TABLE_TITLE}[[#This Row],[{COLUMNS[each].heading}]]" for each in typed]
        column.calculatedColumnFormula = TableFormula(attr_text=_default_formula(here, default))
    return column


def _set_up_view(sheet: Worksheet) -> None:
    """Keeps headings and External ID in sight, and starts in the first cell to fill in."""
    sheet.row_dimensions[HEADING_ROW].height = looks.TWO_LINES
    sheet.sheet_view.pane = Pane(
        xSplit=1, ySplit=HEADING_ROW, topLeftCell=f"B{FIRST_ROW}", activePane="bottomLeft", state="frozen"
    )
    sheet.sheet_view.selection = [
        Selection(pane="topRight"),
        Selection(pane="bottomLeft", activeCell=f"A{FIRST_ROW}", sqref=f"A{FIRST_ROW}"),
        Selection(pane="bottomRight"),
    ]
    sheet.sheet_properties.tabColor = looks.HEADING_REQUIRED.fill


def _set_up_page(sheet: Worksheet, grid: Grid) -> None:
    """Repeats headings and External ID on each page, and spreads the columns over as many as reading takes.

    There is no print area. A fixed one would leave out the columns and rows that people add; one that a formula
    works out is replaced by a fixed one as soon as somebody changes the page in Excel.
    """
    sheet.print_title_rows = f"{HEADING_ROW}:{HEADING_ROW}"
    sheet.print_title_cols = "{0}:{0}".format(grid.letter("external_id"))
    looks.set_up_print(sheet, pages_wide=ceil(sum(map(_width, grid.keys)) / looks.PAGE_WIDTH))
    footer = HeaderFooterItem()
    footer.left.text, footer.right.text = "&A", "&P / &N"
    sheet.HeaderFooter = HeaderFooter(oddFooter=footer)
