"""Whether the files can be used, and whether their results can be saved."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from importer.core.catalogue import problem
from importer.core.model import ExitCode, Status, Stop
from importer.doctor.finding import Finding, fine, trouble
from importer.places.paths import full
from importer.tables import try_place

if TYPE_CHECKING:
    from importer.core.columns import Layout
    from importer.core.report import FileReport


@dataclass(frozen=True, slots=True)
class Inspected:
    """A file that could be read: what became of its rows before anything is sent, and where its headings stand."""

    report: FileReport
    layout: Layout

    @property
    def ready(self) -> int:
        """How many rows can be sent."""
        return sum(row.status is not Status.INVALID for row in self.report.rows)

    @property
    def organizers(self) -> list[str]:
        """The organizers of the rows that can be sent, each once."""
        names = {
            row.organizer.casefold(): row.organizer for row in self.report.rows if row.status is not Status.INVALID
        }
        return list(names.values())


def judge_file(file: Inspected) -> Finding:
    """Gives how many of the file's rows can be sent."""
    path, rows, ready = file.report.input, len(file.report.rows), file.ready
    if not ready:
        return trouble("file", problem("nothing-to-send", path=path, rows=rows), exit_code=ExitCode.INPUT)
    if ready < rows:
        told = problem("rows-not-valid", path=path, rows=rows, ready=ready, invalid=rows - ready)
        return trouble("file", told, detail=_headings(file))
    return fine("file", "file", path=path, rows=rows, headings=_headings(file))


def _headings(file: Inspected) -> str:
    names = ", ".join(file.layout.title(key) for key in file.layout.inputs)
    sheet = f" of sheet {file.report.sheet}" if file.report.sheet else ""
    return f"headings in row {file.layout.header_row}{sheet}: {names}"


def judge_stop(stop: Stop) -> Finding:
    """Gives why a file can't be used."""
    return trouble("file", stop.problem, exit_code=ExitCode.INPUT)


def judge_place(target: Path) -> Finding:
    """Tries whether a copy can be saved as `target`, and leaves nothing there."""
    try:
        try_place(target)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return trouble("results", problem("folder-not-writable", path=target, reason=reason))
    return fine("results", "results", folder=Path(full(target)).parent)
