"""Whether what a run writes beside its results can be written where it was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.core.catalogue import problem
from importer.doctor.finding import Finding, fine, trouble
from importer.tables import try_place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Where a run is to write what is not its results; None where it was not asked to."""

    report: Path | None = None
    ics: Path | None = None
    log_file: Path | None = None
    heartbeat: Path | None = None


def judge_places(wanted: Wanted) -> Iterator[Finding]:
    """Tries each place and leaves nothing there; gives a line for those that are all right and one for each other."""
    good: list[str] = []
    for option, path in (
        ("--report", wanted.report),
        ("--ics", wanted.ics),
        ("--log-file", wanted.log_file),
        ("--heartbeat", wanted.heartbeat),
    ):
        if path is None:
            continue
        try:
            _try(option, path)
        except OSError as error:
            code = "calendar-folder-not-writable" if option == "--ics" else "place-not-writable"
            reason = error.strerror or type(error).__name__
            yield trouble("places", problem(code, value=str(path), name=option, reason=reason))
        else:
            good.append(f"{option} {path}")
    if good:
        yield fine("places", "places", places=", ".join(good))


def _try(option: str, path: Path) -> None:
    """Raises OSError where a run could not write. It makes some folders that are missing, and not the others."""
    match option:
        case "--ics":
            try_place(path / "calendar.ics" if path.exists() else path)
        case "--log-file" if path.is_file():
            path.open("ab").close()  # it is added to
        case "--log-file" | "--heartbeat":
            try_place(_standing(path))
        case _:
            try_place(path)


def _standing(path: Path) -> Path:
    """Gives the file where its folder is there, else the first folder that would have to be made."""
    missing = [folder for folder in path.parents if not folder.exists()]
    return missing[-1] if missing else path
