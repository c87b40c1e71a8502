"""The Meetings sheet: one table with its headings in row 1 and prepared rows below, checked by the workbook itself.

In input cells every validation warns and none forbids. A box with no way past it would lock out what the importer takes
and Excel does not know: `2027-10-31T02:30+01:00`, a Windows zone, a date pasted as text. Result cells refuse what is
typed, which is the one lock that leaves sorting, filtering, inserting, deleting and clearing as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import ceil
from typing import TYPE_CHECKING, Literal, cast

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.formatting.rule import Rule
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.filters import AutoFilter
from openpyxl.worksheet.header_footer import HeaderFooter, HeaderFooterItem
from openpyxl.worksheet.table import Table, TableColumn, TableFormula, TableStyleInfo
from openpyxl.worksheet.views import Pane, Selection

from importer.core.catalogue.words import status_word
from importer.core.columns import COLUMNS, INPUT_KEYS, REQUIRED_KEYS, Holds, InputColumn, ResultColumn
from importer.core.model import BAD, CARE, GOOD
from importer.core.texts import ENGLISH
from importer.template import looks, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from openpyxl.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

    from importer.core.model import CellValue, Status
    from importer.core.texts import Language
    from importer.template.options import TemplateOptions


HEADING_ROW = 1
FIRST_ROW = HEADING_ROW + 1

EARLIEST = 36526
"""Excel's number for 2000-01-01: what is smaller was typed as a time without a day, or as a plain number."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Where the columns of a template are: keys from left to right, and the last row that rules reach."""

    keys: tuple[str, ...]
    last_row: int

    def letter(self, key: str) -> str:
        """Return the letter of a column that is there."""
        return get_column_letter(self.keys.index(key) + 1)

    def body(self, key: str) -> str:
        """Return the range under a heading."""
        letter = self.letter(key)
        return f"{letter}{FIRST_ROW}:{letter}{self.last_row}"

    def first(self, key: str) -> str:
        """Return the first cell under a heading, its column fixed: rules are written for it and move down from it."""
        return f"${self.letter(key)}{FIRST_ROW}"


def add_validations(sheet: Worksheet, grid: Grid, lists: Mapping[str, str], language: Language = ENGLISH) -> None:
    """Record hints on the headings and warnings on the cells below; `lists` are the drop-downs' ranges, by key."""
    for key in grid.keys:
        for validation, where in (
            (_hint(key, language), _heading(grid, key)),
            (_check(grid, key, lists, language), grid.body(key)),
        ):
            if validation is not None:
                validation.add(where)
                sheet.add_data_validation(validation)


def _heading(grid: Grid, key: str) -> str:
    return f"{grid.letter(key)}{HEADING_ROW}"


def _hint(key: str, language: Language) -> DataValidation:
    """Return a hint as an input message, and a warning to whoever types over the heading, by which a column is found.

    Unlike a note, an input message is read out by screen readers, appears for keyboard and finger too, and needs no
    drawing.
    """
    validation = _warn(language, words.HEADING_TYPED, kind="custom", formula="FALSE")
    validation.showInputMessage, validation.promptTitle = True, language.say(_hint_title(key))
    validation.prompt = words.prompt_of(key, language)
    return validation


def _hint_title(key: str) -> str:
    if key not in INPUT_KEYS:
        return words.FILLED_IN
    return (words.REQUIRED if key in REQUIRED_KEYS else words.OPTIONAL).format(heading=COLUMNS[key].named)


def _check(grid: Grid, key: str, lists: Mapping[str, str], language: Language) -> DataValidation | None:
    column, warn = COLUMNS[key], partial(_warn, language)
    if not isinstance(column, InputColumn):
        locked = warn(words.FILLED_IN_TYPED, kind="custom", formula="FALSE")
        locked.errorStyle = "stop"
        return locked
    match column.holds:
        case Holds.MOMENT if column.after in grid.keys:
            return _dates(warn, f"MAX({EARLIEST},{grid.first(column.after)})", words.BAD_END)
        case Holds.MOMENT:
            return _dates(warn, str(EARLIEST), words.BAD_END if column.after else words.NOT_A_DATE)
        case Holds.LENGTH:
            return warn(words.NOT_A_DURATION, kind="custom", formula=f"IFERROR(VALUE({grid.first(key)})>0,FALSE)")
        case Holds.ZONE:
            return warn(words.NOT_IN_LIST, kind="list", formula=lists[key])
        case Holds.CHOICE:
            return warn(words.NOT_A_CHOICE, kind="list", formula=lists[key])
    return None


def _dates(warn: Callable[..., DataValidation], earliest: str, advice: words.Advice) -> DataValidation:
    validation = warn(advice, kind="date", formula=earliest)
    validation.operator = "greaterThanOrEqual"
    return validation


def _warn(
    language: Language, advice: words.Advice, *, kind: Literal["custom", "date", "list"], formula: str
) -> DataValidation:
    return DataValidation(
        type=kind,
        formula1=formula,
        allowBlank=True,
        showErrorMessage=True,
        errorStyle="warning",
        errorTitle=language.say(advice.title),
        error=language.say(advice.text),
    )


def add_colours(sheet: Worksheet, grid: Grid, language: Language = ENGLISH) -> None:
    """Colours Status by what it says, and each input cell whose heading stands in brackets in What to do.

    A row that is done is amber all the same where a cell is named: it is seen after the meeting is made.
    """
    if {"status", "what_to_do"} <= set(grid.keys):
        odd = f'AND({_is_one_of(grid, GOOD, language)},ISNUMBER(FIND("[",{grid.first("what_to_do")})))'
        _colour(sheet, grid.body("status"), odd, looks.CARE)
    if "status" in grid.keys:
        for group, pair in ((GOOD, looks.GOOD), (CARE, looks.CARE), (BAD, looks.BAD)):
            _colour(sheet, grid.body("status"), _is_one_of(grid, group, language), pair)
    if "what_to_do" in grid.keys:
        _colour_named(sheet, grid, language)


def _colour_named(sheet: Worksheet, grid: Grid, language: Language) -> None:
    """Mark named cells: amber where the meeting is there all the same (a warning), red in every other row."""
    ranges = _input_ranges(grid)
    letter = ranges.partition(str(FIRST_ROW))[0]
    named = f'ISNUMBER(FIND("["&{letter}${HEADING_ROW}&"]",{grid.first("what_to_do")}))'
    if "status" in grid.keys:
        _colour(sheet, ranges, f"AND({named},{_is_one_of(grid, (*GOOD, *CARE), language)})", looks.CARE)
    _colour(sheet, ranges, named, looks.BAD)


def _input_ranges(grid: Grid) -> str:
    """Return the ranges of the input columns, neighbours joined, from left to right as rules count from the first."""
    runs: list[tuple[str, str]] = []
    before = ""
    for key in grid.keys:
        if key in INPUT_KEYS:
            first = runs.pop()[0] if before in INPUT_KEYS else grid.letter(key)
            runs.append((first, grid.letter(key)))
        before = key
    return " ".join(f"{first}{FIRST_ROW}:{last}{grid.last_row}" for first, last in runs)


def _is_one_of(grid: Grid, group: Sequence[Status], language: Language) -> str:
    cell = grid.first("status")
    tests = ",".join(f'{cell}="{language.say(status_word(status))}"' for status in group)
    return f"OR({tests})"


def _colour(sheet: Worksheet, where: str, formula: str, pair: looks.Pair) -> None:
    rule = Rule(type="expression", dxf=looks.marked(pair), stopIfTrue=True, formula=[formula])
    sheet.conditional_formatting.add(where, rule)


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula without its equals sign."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What the sheet is to hold. `rows` are prepared rows, `filled` what stands in the first of them.

    `lists` are the ranges of the drop-downs, by the column's key.
    """

    grid: Grid
    options: TemplateOptions
    rows: int
    filled: Sequence[Mapping[str, CellValue]]
    lists: Mapping[str, str]


def write_meetings(sheet: Worksheet, draft: Draft) -> None:
    """Write headings, prepared rows and everything that helps with filling them in."""
    for position, key in enumerate(draft.grid.keys, start=1):
        look = _body_look(key, draft.options)
        _write_heading(_cell(sheet, HEADING_ROW, position), key, draft.options.heading(key))
        _set_up_column(sheet, draft.grid.letter(key), key, look)
        looks.dress(_cell(sheet, FIRST_ROW, position), look)
    for index in range(draft.rows):
        _write_row(sheet, draft, index)
    sheet.add_table(_table(draft))
    add_validations(sheet, draft.grid, draft.lists, draft.options.language)
    add_colours(sheet, draft.grid, draft.options.language)
    _set_up_view(sheet)
    sheet.sheet_view.rightToLeft = draft.options.language.right_to_left or None
    _set_up_page(sheet, draft.grid, draft.options.language)


def _write_row(sheet: Worksheet, draft: Draft, index: int) -> None:
    row = FIRST_ROW + index
    sheet.row_dimensions[row].height = looks.TWO_LINES
    for position, key in enumerate(draft.grid.keys, start=1):
        cell = _cell(sheet, row, position)
        looks.copy_dress(_cell(sheet, FIRST_ROW, position), cell)
        _fill(cell, _value(draft, key, index))


def _cell(sheet: Worksheet, row: int, column: int) -> Cell:
    return cast("Cell", sheet.cell(row=row, column=column))  # a merged cell has another type; there are none


def _write_heading(cell: Cell, key: str, heading: str) -> None:
    cell.value = heading
    if key not in INPUT_KEYS:
        look = looks.heading_look(looks.HEADING_RESULT)
    elif key in REQUIRED_KEYS:
        look = looks.heading_look(looks.HEADING_REQUIRED, number_format=looks.REQUIRED_FORMAT)
    else:
        look = looks.heading_look(looks.HEADING_OPTIONAL)
    looks.dress(cell, look)


def _body_look(key: str, options: TemplateOptions) -> looks.CellLook:
    """Return the look of a column's cells. A formula in a cell of text format turns to text when it is edited."""
    column = COLUMNS[key]
    holds = column.holds if isinstance(column, InputColumn) else None
    number_format = looks.TEXT_FORMAT
    if holds is Holds.MOMENT:
        number_format = options.language.date_format
    elif key in options.defaults or holds in _CHOSEN:
        number_format = "General"
    if isinstance(column, ResultColumn):
        return looks.body_look(looks.RESULT, number_format=number_format, wrap=not column.one_line, locked=True)
    return looks.body_look(None, number_format=number_format, wrap=True, locked=False)


_CHOSEN = frozenset({Holds.ZONE, Holds.CHOICE})
"""What is chosen from a list."""


def _set_up_column(sheet: Worksheet, letter: str, key: str, look: looks.CellLook) -> None:
    """Give a column its width, and its format also below the prepared rows."""
    column = sheet.column_dimensions[letter]
    column.width = _width(key)
    column.number_format, column.alignment, column.protection = look.number_format, look.alignment, look.protection


def _width(key: str) -> int:
    return COLUMNS[key].width


def _value(draft: Draft, key: str, index: int) -> CellValue | Formula:
    if index < len(draft.filled):
        return draft.options.value(draft.filled[index], key)
    default = draft.options.defaults.get(key)
    if default is None:
        return None
    typed = (f"${draft.grid.letter(key)}{FIRST_ROW + index}" for key in _typed(draft))
    return Formula(_default_formula(typed, default))


def _fill(cell: Cell, value: CellValue | Formula) -> None:
    """Record a value into a cell; text stays text, whatever it begins with."""
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
    keys = draft.grid.keys
    ref = f"A{HEADING_ROW}:{draft.grid.letter(keys[-1])}{HEADING_ROW + draft.rows}"
    typed = _typed(draft)
    columns = [_table_column(number, key, draft.options, typed) for number, key in enumerate(keys, start=1)]
    style = TableStyleInfo(name="TableStyleLight1", showRowStripes=False)
    return Table(
        displayName=words.TABLE_TITLE,
        ref=ref,
        autoFilter=AutoFilter(ref=ref),
        totalsRowShown=False,
        tableColumns=columns,
        tableStyleInfo=style,
    )


def _table_column(number: int, key: str, options: TemplateOptions, typed: Sequence[str]) -> TableColumn:
    column = TableColumn(id=number, name=options.heading(key))
    if default := options.defaults.get(key, ""):
        here = [f"{words.TABLE_TITLE}[[#This Row],[{options.heading(each)}]]" for each in typed]
        column.calculatedColumnFormula = TableFormula(attr_text=_default_formula(here, default))
    return column


def _set_up_view(sheet: Worksheet) -> None:
    """Keep headings and External ID in sight, and start in the first cell to fill in."""
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


def _set_up_page(sheet: Worksheet, grid: Grid, language: Language) -> None:
    """Repeats headings and External ID on each page, and spreads the columns over as many as reading takes.

    There is no print area. A fixed one would leave out the columns and rows that people add; one that a formula
    works out is replaced by a fixed one as soon as somebody changes the page in Excel.
    """
    sheet.print_title_rows = f"{HEADING_ROW}:{HEADING_ROW}"
    sheet.print_title_cols = "{0}:{0}".format(grid.letter("external_id"))
    pages = ceil(sum(map(_width, grid.keys)) / looks.PAGE_WIDTH)
    looks.set_up_print(sheet, language, pages_wide=pages)
    footer = HeaderFooterItem()
    footer.left.text, footer.right.text = "&A", "&P / &N"
    sheet.HeaderFooter = HeaderFooter(oddFooter=footer)
