"""The results as a plain list, for when no copy of the sheet can be made: each link beside its row and external ID."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from importer.core.columns import COLUMNS, Layout
from importer.core.results import result_cells
from importer.tables.csv.records import harmless

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from importer.core.model import RowResult

BEFORE = ("external_id", "organizer")


def as_list(results: Iterable[RowResult], cells: Mapping[int, Mapping[str, str]], columns: Sequence[str]) -> bytes:
    """Gives a CSV (UTF-8, as Excel opens it) with one line per row that was read, in the sheet's order."""
    text = io.StringIO(newline="")
    lines = csv.writer(text)
    lines.writerow(["Row", *(COLUMNS[key].heading for key in (*BEFORE, *columns))])
    for result in results:
        texts = (result.external_id, result.organizer, *(cells[result.number].get(key, "") for key in columns))
        lines.writerow([result.number, *map(harmless, texts)])
    return text.getvalue().encode("utf-8-sig", "replace")


def plain_cells(result: RowResult) -> dict[str, str]:
    """Return the texts for a row of the list by column's key, of a row that no sheet is known of."""
    return result_cells(result, Layout(header_row=1, inputs={}), {})
