"""The results copy: made, proved, and put in place whole, if need be in another one."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from importer.cli.inputs import result_path
from importer.cli.sheet import columns_of, request_from
from importer.core.catalogue import problem
from importer.core.memory import key_of
from importer.core.model import Stop
from importer.core.readings import identity_of
from importer.core.report import ANSWERED
from importer.core.results import LINK_KEYS, result_cells
from importer.tables import check_copy, open_table, save

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from importer.cli.options import Settings
    from importer.cli.sheet import Sheet
    from importer.core.memory import Key
    from importer.core.model import Meeting, RowResult

Cells: TypeAlias = "Mapping[int, Mapping[str, str]]"
Links: TypeAlias = "Mapping[Key, Mapping[str, str]]"
"""Link texts from before, by result column's key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """Saves the copies of one call."""

    settings: Settings
    now: Callable[[], datetime]

    def save(self, sheet: Sheet) -> tuple[Path | None, bool]:
        """Saves the sheet's copy; gives where it is (None: nowhere), and whether that is where it belongs.

        Raises Stop when the copy does not pass its check.
        """
        target = result_path(sheet.source, self.settings)
        results = sheet.report.results()
        columns = columns_of(self.settings)
        cells = self._cells(sheet, results, {**self._in_copy(target), **_in_ledger(sheet, results)})
        copy = sheet.table.with_results(cells, columns)
        check_copy(sheet.table, copy, cells, columns)
        try:
            save(target, copy)
        except OSError as error:
            return self._elsewhere(sheet, copy, target, error), False
        return target, True

    def _elsewhere(self, sheet: Sheet, copy: bytes, target: Path, error: OSError) -> Path | None:
        reason = error.strerror or type(error).__name__
        dated = f"{target.stem} ({self.now():%Y-%m-%d %H%M}){target.suffix}"
        for folder in dict.fromkeys((target.parent, sheet.source.parent, Path.home())):
            with suppress(OSError):
                save(folder / dated, copy)
                moved = problem("result-moved", value=str(target), reason=reason, other=str(folder / dated))
                sheet.problems.append(moved)
                return folder / dated
        sheet.problems.append(problem("result-not-saved", value=str(target), reason=reason))
        return None

    def _cells(self, sheet: Sheet, results: Iterable[RowResult], earlier: Links) -> Cells:
        """Gives the texts for the copy, of the columns that it will have."""
        layout = sheet.table.layout
        standing = {*columns_of(self.settings), *layout.results}
        in_sheet = {row.number: row.results for row in sheet.rows}
        cells = {}
        for result in results:
            former = earlier.get(key_of(result.organizer, result.external_id), {})
            missing = {key: text for key, text in former.items() if not in_sheet[result.number].get(key)}
            texts = result_cells(result, layout, missing)
            cells[result.number] = {key: text for key, text in texts.items() if key in standing}
        return cells

    def _in_copy(self, target: Path) -> Links:
        """Gives the links that an earlier copy at `target` holds.

        A copy that is not there, or can't be read, gives none: it is about to be replaced by a better one.
        """
        try:
            rows = list(open_table(target, request_from(self.settings)).rows())
        except (Stop, OSError):
            return {}
        links = {}
        for row in rows:
            external_id, organizer = identity_of(row)
            if found := {key: row.results[key] for key in LINK_KEYS if row.results.get(key)}:
                links[key_of(organizer, external_id)] = found
        return links


def _in_ledger(sheet: Sheet, results: Iterable[RowResult]) -> Links:
    """Gives the links that the ledger has for rows which were not answered this time."""
    keys = [key_of(row.organizer, row.external_id) for row in results if row.status not in ANSWERED]
    known = sheet.page.recall(keys) if keys else {}
    return {key: links_of(answer.meeting) for key, answer in known.items()}


def links_of(meeting: Meeting) -> dict[str, str]:
    """Gives what Graph gave for a meeting, by result column's key."""
    return {key: text for key in LINK_KEYS if (text := getattr(meeting, key))}
