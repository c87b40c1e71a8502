"""The results copy: made, proved, and put in place whole, if need be in another one.

Theory of operation. The place is tried before anything is sent. When saving fails all the same, what can pass is waited
for a while; then the copy goes beside its place under a dated name, else into the state folder. A copy that does not
pass its check is not kept: the results are then a plain list, each link beside its row and external ID, which has no
sheet to be wrong about.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from importer.cli.config.settings import is_sandbox_run
from importer.cli.run.book import open_as
from importer.cli.run.places import dated_path, result_path, result_stem, unused
from importer.cli.run.sheet import IO_RETRY, IORetry, requests_from, result_keys
from importer.cli.run.state import Copies, copies_of, reason_of
from importer.core.catalogue import problem
from importer.core.columns import COLUMNS
from importer.core.layout import Layout
from importer.core.model import ANSWERED, ExitCode, SameId, Stop
from importer.core.readings import identity_of
from importer.core.results import KEPT_KEYS, LINK_KEYS, invitation_cell, result_cells
from importer.core.row import key_of
from importer.core.texts import ENGLISH, fixed
from importer.core.web import leads_nowhere
from importer.core.wording import where_raised
from importer.ledger.opening import state_folder
from importer.locks import opened_by
from importer.paths import is_folder
from importer.tables.copies import Written, copy_of, with_other_sheets
from importer.tables.csv import escape_csv_formula
from importer.tables.save import remove_leftovers, save, try_place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from importer.cli.config.settings import Settings
    from importer.cli.run.sheet import Sheet
    from importer.core.model import Meeting, Problem
    from importer.core.row import Key, Row
    from importer.core.texts import Language
    from importer.tables.base import ResultTexts, SheetRequest


BEFORE = ("external_id", "organizer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """The results of a sheet for a plain list: its rows, and the text for each row's `columns`, in its `language`."""

    sheet: str
    rows: Sequence[Row]
    cells: ResultTexts
    columns: Sequence[str]
    language: Language = ENGLISH


_SHEET, _ROW = fixed("list column", "Sheet"), fixed("report column", "Row")


def as_list(sheets: Sequence[Listed]) -> bytes:
    """Return a CSV (UTF-8, as Excel opens it) with one line per row that was read, in the order of the file.

    Where there are several sheets, each line begins with the name of its own. The headings are in the first one's
    language.
    """
    text = io.StringIO(newline="")
    lines = csv.writer(text)
    columns = list(dict.fromkeys(key for sheet in sheets for key in sheet.columns))
    say = sheets[0].language.say
    begin = [say(_SHEET)] if len(sheets) > 1 else []
    lines.writerow([*begin, say(_ROW), *(say(COLUMNS[key].named) for key in (*BEFORE, *columns))])
    for sheet in sheets:
        for row in sheet.rows:
            texts = (row.external_id, row.organizer, *(sheet.cells[row.number].get(key, "") for key in columns))
            named = [escape_csv_formula(sheet.sheet)] if begin else []
            lines.writerow([*named, row.number, *map(escape_csv_formula, texts)])
    return text.getvalue().encode("utf-8-sig", "replace")


def plain_cells(result: Row, language: Language = ENGLISH) -> dict[str, str]:
    """Return the texts for a row of the list by column's key, of a row that no sheet is known of."""
    return result_cells(result, Layout(header_row=1, inputs={}), {}, language)


PreviousLinks: TypeAlias = "Mapping[Key, Mapping[str, str]]"
"""Link texts from before, by result column's key."""

BESIDE = 3
"""Names beside a place that are tried when saving there fails."""
TAKEN_OVER = "this run was silent for so long that another one took its turn there"
REFUGE = "results"
"""The state folder's folder for results that could not be saved where they belong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """Saves the copies of one call."""

    settings: Settings
    now: Callable[[], datetime]
    retry: IORetry = field(default=IO_RETRY)
    holds: Callable[[], bool] = field(default=lambda: True)
    """Tells whether it is still this run's turn there; raises OSError where that can't be told."""
    former: dict[tuple[Sheet, Path], PreviousLinks] = field(default_factory=dict)
    """What former copies hold of a sheet: they are read once, to compare with and to take over."""

    def try_place(self, sheets: Sequence[Sheet]) -> None:
        """Raise Stop (exit 6) where no copy of a file could be saved now; to be tried before sending.

        Results that somebody has open, or has changed, are no reason: then the copy goes beside them.
        """
        sheet = sheets[0]
        target = result_path(sheet.source, self.settings)
        try:
            self.retry.attempt(lambda: try_place(target))
        except OSError as error:
            if not any(map(_takes, islice(self._copies().free_names(sheet.source, target, sheet.table), BESIDE))):
                raise Stop(_unusable(target, error), ExitCode.RESULTS) from error

    def save(self, sheets: Sequence[Sheet]) -> tuple[Path | None, bool]:
        """Save the copy of a file with the results of its sheets, which are all from the same bytes.

        Return where the results are (None: nowhere), and whether that is where they belong. What there is to say of it
        is a problem of the first sheet. Raise Stop when there is no copy, and no result that would be lost with it. A
        fault of the program itself is a problem too, and the links are in a list: they come out, whatever fails.
        """
        try:
            return self._save(sheets)
        except Stop:
            raise
        except Exception as error:
            if not _has_answers(sheets):
                raise
            bug = problem("copy-not-made", value=type(error).__name__, detail=where_raised(error))
            sheets[0].problems.append(bug)
            return self.save_list(sheets), False

    def save_list(self, sheets: Sequence[Sheet]) -> Path | None:
        """Save what came back for each row as a plain list, and say where; nothing else has to be right for it."""
        listed = [
            listed_of(one.table.sheet, one.report.results(), result_keys(one.settings), one.language) for one in sheets
        ]
        source = sheets[0].source
        saved, said = self.put_list(source, result_path(source, self.settings).parent, as_list(listed))
        sheets[0].problems.append(said)
        return saved

    def _save(self, sheets: Sequence[Sheet]) -> tuple[Path | None, bool]:
        first = sheets[0]
        target = result_path(first.source, self.settings)
        place, why = self._copies().place_for(first.source, target, first.table)
        cells = [self._all_cells(sheet, target, place) for sheet in sheets]
        try:
            copy = copy_of(
                [Written(one.table, texts, result_keys(one.settings)) for one, texts in zip(sheets, cells, strict=True)]
            )
            copy = self._with_other_sheets(sheets, copy, dict.fromkeys((place, target)))
        except Stop as stop:
            if not _has_answers(sheets):
                raise
            first.problems.append(stop.problem)
            listed = [
                Listed(
                    sheet=one.table.sheet,
                    rows=one.report.results(),
                    cells=texts,
                    columns=result_keys(one.settings),
                    language=one.language,
                )
                for one, texts in zip(sheets, cells, strict=True)
            ]
            saved, said = self.put_list(first.source, target.parent, as_list(listed))
            first.problems.append(said)
            return saved, False
        try:
            self._put(first, place, copy)
        except OSError as error:
            return self._elsewhere(first, copy, place, error), False
        if why is not None:
            first.problems.append(why)
        elif who := opened_by(target):  # where an open file is not locked, its window still has the old results
            first.problems.append(problem("result-open-elsewhere", value=str(target), who=who))
        return place, why is None

    def _all_cells(self, sheet: Sheet, target: Path, place: Path) -> ResultTexts:
        """Return the texts for a sheet, with the links that are known from before."""
        results = sheet.report.results()
        earlier = _together(self._in_copies(sheet, target, place), _in_ledger(sheet, results))
        if sheet.same_id is SameId.ERROR:
            earlier = _of_one_row(earlier, results)
        return self._cells(sheet, results, earlier)

    def former_links(self, sheet: Sheet) -> PreviousLinks:
        """Return the links that the former copies of the sheet hold."""
        target = result_path(sheet.source, self.settings)
        return self._in_copies(sheet, target, self._copies().place_for(sheet.source, target, sheet.table)[0])

    def _in_copies(self, sheet: Sheet, target: Path, place: Path) -> PreviousLinks:
        return {**self._in_copy(sheet, target), **(self._in_copy(sheet, place) if place != target else {})}

    def _with_other_sheets(self, sheets: Sequence[Sheet], copy: bytes, former: Iterable[Path]) -> bytes:
        """Return the copy with the results that former copies hold on other sheets of the workbook."""
        for path in former:
            try:
                data = self.retry.attempt(path.read_bytes)
            except OSError:
                continue
            kept = with_other_sheets(copy, data, [one.table for one in sheets], self._requests)
            copy = kept.data
            for name in kept.lost:
                sheets[0].problems.append(problem("sheet-results-lost", value=name, former=path.name))
        return copy

    def _requests(self, sheet: str) -> Sequence[SheetRequest]:
        return requests_from(self.settings.for_sheet(sheet))

    def _copies(self) -> Copies:
        return copies_of(self.settings, self.now, self.retry)

    def _put(self, sheet: Sheet, place: Path, copy: bytes) -> None:
        """Raise OSError too where another run has taken its turn meanwhile: its copy is the newer one."""
        if not self.retry.attempt(self.holds):
            raise OSError(0, TAKEN_OVER)
        remove_leftovers(place)
        self._copies().put_down(place, copy, sheet.source, sheet.table.data)
        self.retry.attempt(lambda: save(place, copy, like=[sheet.source]))

    def put_list(self, source: Path, folder: Path, data: bytes) -> tuple[Path | None, Problem]:
        """Save a list of results in the folder, else in a refuge; return where it is, and what to say of it."""
        path = folder / f"{result_stem(source)}.csv"
        if saved := self.put_beside(path, data, source):
            return saved, problem("results-as-list", other=str(saved))
        return None, problem("result-not-saved", value=str(path), reason="no place could be written")

    def put_beside(self, path: Path, data: bytes, source: Path) -> Path | None:
        """Save under the name or one beside it that is free, else in a refuge; return where, None for nowhere."""
        return self._try_all([unused(path, self.now())], data, source) or self._flee(path, data, source)

    def _elsewhere(self, sheet: Sheet, copy: bytes, target: Path, error: OSError) -> Path | None:
        reason = reason_of(error, target)
        saved = self._beside(sheet, copy, target) or self._flee(target, copy, sheet.source)
        sheet.problems.append(
            problem("result-moved", value=str(target), reason=reason, other=str(saved))
            if saved
            else problem("result-not-saved", value=str(target), reason=reason)
        )
        return saved

    def _beside(self, sheet: Sheet, copy: bytes, target: Path) -> Path | None:
        """Save under one of the next names: the first is the same night after night, so that there is one copy."""
        for place in islice(self._copies().free_names(sheet.source, target, sheet.table), BESIDE):
            with suppress(OSError):
                self._copies().put_down(place, copy, sheet.source, sheet.table.data)
                save(place, copy, like=[sheet.source])
                return place
        return self._try_all([dated_path(target, self.now())], copy, sheet.source)

    def _flee(self, path: Path, data: bytes, source: Path) -> Path | None:
        """Save into the state folder, else into the user's own: better an odd place than none."""
        refuge = (self.settings.state_dir or state_folder()) / REFUGE
        with suppress(OSError):
            refuge.mkdir(mode=0o700, parents=True, exist_ok=True)
        places = [dated_path(folder / path.name, self.now()) for folder in (refuge, *_home())]
        return self._try_all(places, data, source)

    def _try_all(self, paths: Iterable[Path], data: bytes, source: Path) -> Path | None:
        """Return the first of the paths that the data could be saved as."""
        for path in paths:
            with suppress(OSError):
                save(path, data, like=[source])
                return path
        return None

    def _cells(self, sheet: Sheet, results: Iterable[Row], earlier: PreviousLinks) -> ResultTexts:
        """Return the texts for the copy, of the columns that it will have."""
        layout = sheet.table.layout
        standing = {*result_keys(sheet.settings), *layout.results}
        in_sheet = {row.number: row.standing for row in sheet.rows}
        cells = {}
        for result in results:
            former = earlier.get(result.key, {})
            missing = {key: text for key, text in former.items() if not in_sheet[result.number].get(key)}
            texts = result_cells(result, layout, missing, sheet.language)
            if "invitation_text" in standing:
                texts |= invitation_cell(result, sheet.language)
            cells[result.number] = {key: text for key, text in texts.items() if key in standing}
        return cells

    def _in_copy(self, sheet: Sheet, target: Path) -> PreviousLinks:
        if (sheet, target) not in self.former:
            self.former[sheet, target] = self._read(sheet, target)
        return self.former[sheet, target]

    def _read(self, sheet: Sheet, target: Path) -> PreviousLinks:
        """Return the links that an earlier copy at `target` holds.

        A copy that is not there, or can't be read, gives none: it is about to be replaced by a better one.
        """
        try:
            rows = list(open_as(target, sheet.settings).table.rows())
        except (Stop, OSError):
            return {}
        links = {}
        for row in rows:
            external_id, organizer = identity_of(row, sheet.reading)
            found = {key: row.standing[key] for key in KEPT_KEYS if row.standing.get(key)}
            if found and (is_sandbox_run(self.settings) or not leads_nowhere(found.get("join_url", ""))):
                links[key_of(organizer, external_id)] = found
        return links


def listed_of(sheet: str, rows: Sequence[Row], columns: Sequence[str], language: Language = ENGLISH) -> Listed:
    """Return a sheet's results for a plain list, by what is known of the rows alone."""
    cells = {row.number: plain_cells(row, language) for row in rows}
    return Listed(sheet=sheet, rows=rows, cells=cells, columns=columns, language=language)


def _has_answers(sheets: Iterable[Sheet]) -> bool:
    return any(result.status in ANSWERED for sheet in sheets for result in sheet.report.results())


def _home() -> Iterator[Path]:
    with suppress(RuntimeError):  # the account has none
        yield Path.home()


def _takes(place: Path) -> bool:
    with suppress(OSError):
        try_place(place)
        return True
    return False


def _unusable(target: Path, error: OSError) -> Problem:
    if isinstance(error, FileNotFoundError | NotADirectoryError) and not is_folder(target.parent):
        return problem("result-folder-missing", value=str(target.parent))
    return problem("result-place-unusable", value=str(target), reason=reason_of(error, target))


def _in_ledger(sheet: Sheet, results: Iterable[Row]) -> PreviousLinks:
    """Return the links that the ledger has for rows which were not answered this time."""
    keys = [row.key for row in results if row.status not in ANSWERED]
    known = sheet.session.recall(keys) if keys else {}
    return {key: links_of(answer.meeting) for key, answer in known.items()}


def _together(copied: PreviousLinks, remembered: PreviousLinks) -> PreviousLinks:
    """Return both; what is remembered goes first, and the copy adds what else it says of the same link."""
    found = {**copied, **remembered}
    for key in copied.keys() & remembered.keys():
        if copied[key].get("join_url") == remembered[key].get("join_url"):
            found[key] = {**copied[key], **remembered[key]}
    return found


def _of_one_row(links: PreviousLinks, results: Iterable[Row]) -> PreviousLinks:
    """Return the links of keys that one row has: of two rows with the same ID nobody knows whose meeting it is."""
    rows = Counter(result.key for result in results)
    return {key: texts for key, texts in links.items() if rows[key] == 1}


def links_of(meeting: Meeting) -> dict[str, str]:
    """Return what Graph gave for a meeting, by result column's key."""
    return {key: text for key in LINK_KEYS if (text := meeting.text(key))}
