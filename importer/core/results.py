"""From a row's result to the texts of its result cells."""

from __future__ import annotations

import re
from functools import cache
from math import ceil
from string import Formatter
from typing import TYPE_CHECKING

from importer.core.catalogue import CATALOGUE
from importer.core.columns import EXTRA_COLUMNS, RESULT_COLUMNS
from importer.core.invitation import invitation_of, invitation_text
from importer.core.model import Severity, Status
from importer.core.report import ANSWERED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from importer.core.columns import Layout
    from importer.core.model import Problem, RowResult

LINK_KEYS = tuple(
    column.key
    for column in (*RESULT_COLUMNS, *EXTRA_COLUMNS)
    if column.key not in {"status", "what_to_do", "checked_at", "invitation_text"}
)
"""The columns that hold what Graph gave. A row that was not answered this time leaves them alone."""

KEPT_KEYS = (*LINK_KEYS, "invitation_text")
"""The columns that a row which is not answered keeps from an earlier copy."""

WHAT_TO_DO_WIDTH, LINES_SHOWN = 88, 2
"""Characters side by side in the template's What to do column, and lines that its rows are high enough for."""

CELL_LIMIT = 32_767
"""Characters a cell can hold: https://support.microsoft.com/office/excel-specifications-and-limits-1672b34d-7043-467e-8e27-269d656771c3"""


def looks_written(key: str, text: str) -> bool:
    """Return whether a result cell holds what this program writes there; of links, nobody can tell."""
    match key:
        case "status":
            return text.strip() in set(Status)
        case "checked_at":
            return _CHECKED.fullmatch(text.strip()) is not None
        case "what_to_do":
            return all(map(_is_sentence, filter(None, map(str.strip, text.splitlines()))))
    return True


_CHECKED = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC")
_PLACE = re.compile(r"(?:\d+ (?:problems|notes): )?(?:\[[^\]]*\] )?")


def _is_sentence(line: str) -> bool:
    said = _PLACE.sub("", line, count=1)
    return any(known.fullmatch(said) for known in _sentences())


@cache
def _sentences() -> tuple[re.Pattern[str], ...]:
    """Return the catalogue's sentences, with anything where they are filled in."""
    return tuple(
        re.compile("".join(re.escape(text) + (".*" if field is not None else "") for text, field, *_ in parts))
        for parts in (Formatter().parse(entry.message) for entry in CATALOGUE.values())
    )


def result_cells(result: RowResult, layout: Layout, earlier: Mapping[str, str]) -> dict[str, str]:
    """Return the texts for one row, by result column's key; an absent key leaves its cell as it is.

    `earlier` are link texts that a former run gave for the same meeting: they fill in for a row that was not
    answered this time, so that yesterday's link is still there tomorrow.
    """
    cells = {"status": result.status.value, "what_to_do": what_to_do(result.problems, layout)}
    if result.checked_at is not None:
        cells["checked_at"] = f"{result.checked_at:%Y-%m-%d %H:%M} UTC"
    if result.meeting is not None and result.status in ANSWERED:
        return cells | {key: getattr(result.meeting, key) for key in LINK_KEYS}
    return {**earlier, **cells}


def invitation_cell(result: RowResult) -> dict[str, str]:
    """Return the text of `Invitation text` for a row with a meeting, nothing for others: a text from before stays."""
    invitation = invitation_of(result)
    return {} if invitation is None else {"invitation_text": invitation_text(invitation)[:CELL_LIMIT]}


def what_to_do(problems: Iterable[Problem], layout: Layout) -> str:
    """Return one line per problem, errors first, each with its heading in brackets as the sheet spells it.

    Of lines that the template's rows are too low for, the first says how many there are: nobody opens a cell to look
    for what it does not show.
    """
    ordered = sorted(problems, key=lambda problem: problem.severity is not Severity.ERROR)
    lines = [
        f"[{layout.title(problem.column)}] {problem.message}" if problem.column else problem.message
        for problem in ordered
    ]
    if len(lines) > 1 and sum(ceil(len(line) / WHAT_TO_DO_WIDTH) for line in lines) > LINES_SHOWN:
        what = "problems" if ordered[0].severity is Severity.ERROR else "notes"
        lines[0] = f"{len(lines)} {what}: {lines[0]}"
    return "\n".join(lines)[:CELL_LIMIT]
