"""What the workbook checks and colours by itself: validations, hints and conditional formats.

In input cells everything warns and nothing forbids. A box with no way past it would lock out what the importer takes
and Excel does not know: `2027-10-31T02:30+01:00`, a Windows zone, a date pasted as text. Result cells refuse what is
typed, which is the one lock that leaves sorting, filtering, inserting, deleting and clearing as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from openpyxl.formatting.rule import Rule
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from importer.core.columns import COLUMNS, INPUT_KEYS
from importer.core.model import Status
from importer.template import looks, words
from importer.template.options import REQUIRED_KEYS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpyxl.worksheet.worksheet import Worksheet

HEADING_ROW = 1
FIRST_ROW = HEADING_ROW + 1

EARLIEST = 36526
"""Excel's number for 2000-01-01: what is smaller was typed as a time without a day, or as a plain number."""

GOOD = (Status.CREATED, Status.EXISTING, Status.UPDATED, Status.UNCHANGED)
CARE = (Status.DIFFERS, Status.NOT_ATTEMPTED)
BAD = (Status.INVALID, Status.FAILED)


@dataclass(frozen=True, slots=True)
class Grid:
    """Where the columns of a template are: keys from left to right, and the last row that rules reach."""

    keys: tuple[str, ...]
    last_row: int

    def letter(self, key: str) -> str:
        """Gives the letter of a column that is there."""
        return get_column_letter(self.keys.index(key) + 1)

    def body(self, key: str) -> str:
        """Gives the range under a heading."""
        letter = self.letter(key)
        return f"{letter}{FIRST_ROW}:{letter}{self.last_row}"

    def first(self, key: str) -> str:
        """Gives the first cell under a heading, its column fixed: rules are written for it and move down from it."""
        return f"${self.letter(key)}{FIRST_ROW}"


def add_validations(sheet: Worksheet, grid: Grid, zones: str) -> None:
    """Puts hints on the headings and warnings on the cells below; `zones` is the range that lists the zones."""
    for key in grid.keys:
        for validation, where in ((_hint(key), _heading(grid, key)), (_check(grid, key, zones), grid.body(key))):
            if validation is not None:
                validation.add(where)
                sheet.add_data_validation(validation)


def _heading(grid: Grid, key: str) -> str:
    return f"{grid.letter(key)}{HEADING_ROW}"


def _hint(key: str) -> DataValidation:
    """Gives a hint as an input message, and a warning to whoever types over the heading, by which a column is found.

    Unlike a note, an input message is read out by screen readers, appears for keyboard and finger too, and needs no
    drawing.
    """
    validation = _warn(words.HEADING_TYPED, kind="custom", formula="FALSE")
    validation.showInputMessage, validation.promptTitle = True, _hint_title(key)
    validation.prompt = words.HINTS[key].prompt
    return validation


def _hint_title(key: str) -> str:
    if key not in INPUT_KEYS:
        return words.FILLED_IN
    return f"{COLUMNS[key].heading}: {words.REQUIRED if key in REQUIRED_KEYS else words.OPTIONAL}"


def _check(grid: Grid, key: str, zones: str) -> DataValidation | None:
    match key:
        case "start":
            return _dates(str(EARLIEST), words.NOT_A_DATE)
        case "end":
            after = f"MAX({EARLIEST},{grid.first('start')})" if "start" in grid.keys else str(EARLIEST)
            return _dates(after, words.BAD_END)
        case "duration":
            return _warn(words.NOT_A_DURATION, kind="custom", formula=f"IFERROR(VALUE({grid.first(key)})>0,FALSE)")
        case "time_zone":
            return _warn(words.NOT_IN_LIST, kind="list", formula=zones)
        case _ if key not in INPUT_KEYS:
            locked = _warn(words.FILLED_IN_TYPED, kind="custom", formula="FALSE")
            locked.errorStyle = "stop"
            return locked
        case _:
            return None


def _dates(earliest: str, advice: words.Advice) -> DataValidation:
    validation = _warn(advice, kind="date", formula=earliest)
    validation.operator = "greaterThanOrEqual"
    return validation


def _warn(advice: words.Advice, *, kind: Literal["custom", "date", "list"], formula: str) -> DataValidation:
    return DataValidation(
        type=kind,
        formula1=formula,
        allowBlank=True,
        showErrorMessage=True,
        errorStyle="warning",
        errorTitle=advice.title,
        error=advice.text,
    )


def add_colours(sheet: Worksheet, grid: Grid) -> None:
    """Colours Status by what it says, and each input cell whose heading stands in brackets in What to do.

    A row that is done is amber all the same where a cell is named: it is seen after the meeting is made.
    """
    if {"status", "what_to_do"} <= set(grid.keys):
        odd = f'AND({_is_one_of(grid, GOOD)},ISNUMBER(FIND("[",{grid.first("what_to_do")})))'
        _colour(sheet, grid.body("status"), odd, looks.CARE)
    if "status" in grid.keys:
        for group, pair in ((GOOD, looks.GOOD), (CARE, looks.CARE), (BAD, looks.BAD)):
            _colour(sheet, grid.body("status"), _is_one_of(grid, group), pair)
    if "what_to_do" in grid.keys:
        _colour_named(sheet, grid)


def _colour_named(sheet: Worksheet, grid: Grid) -> None:
    """Marks named cells: amber where the meeting is there all the same (a warning), red in every other row."""
    ranges = _input_ranges(grid)
    letter = ranges.partition(str(FIRST_ROW))[0]
    named = f'ISNUMBER(FIND("["&{letter}${HEADING_ROW}&"]",{grid.first("what_to_do")}))'
    if "status" in grid.keys:
        _colour(sheet, ranges, f"AND({named},{_is_one_of(grid, (*GOOD, *CARE))})", looks.CARE)
    _colour(sheet, ranges, named, looks.BAD)


def _input_ranges(grid: Grid) -> str:
    """Gives the ranges of the input columns, neighbours joined, from left to right as rules count from the first."""
    runs: list[tuple[str, str]] = []
    before = ""
    for key in grid.keys:
        if key in INPUT_KEYS:
            first = runs.pop()[0] if before in INPUT_KEYS else grid.letter(key)
            runs.append((first, grid.letter(key)))
        before = key
    return " ".join(f"{first}{FIRST_ROW}:{last}{grid.last_row}" for first, last in runs)


def _is_one_of(grid: Grid, group: Sequence[Status]) -> str:
    cell = grid.first("status")
    tests = ",".join(f'{cell}="{status}"' for status in group)
    return f"OR({tests})"


def _colour(sheet: Worksheet, where: str, formula: str, pair: looks.Pair) -> None:
    rule = Rule(type="expression", dxf=looks.marked(pair), stopIfTrue=True, formula=[formula])
    sheet.conditional_formatting.add(where, rule)
