"""Which files are meant, and where each one's copy goes."""

from __future__ import annotations

import glob
import re
from pathlib import Path
from typing import TYPE_CHECKING

from importer.core.catalogue import problem
from importer.core.model import ExitCode, Stop
from importer.core.wording import closest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from importer.cli.settings import Settings

TEXT_SUFFIXES = frozenset({".csv", ".tsv", ".txt"})
SUFFIXES = frozenset({".xlsx", ".xlsm"}) | TEXT_SUFFIXES
RESULT_MARK = "-results"
"""Ends the stem of a copy, so that a folder run never takes its own copies for input."""
DATED = re.compile(r" \(\d{4}-\d\d-\d\d \d{4}(, \d+)?\)$")
"""Ends the stem of a copy that could not be saved under its own name."""


def expand(files: Iterable[str]) -> list[Path]:
    """Gives the input files: each file as named, the rosters in each folder, and what each glob matches, once each.

    Folders and globs leave out copies made by this program (those with a date in their name too), Excel's `~$` owner
    files and hidden files, and come in the order of their names. Raises Stop when a name matches nothing.
    """
    found = [path for name in files for path in _matches(name)]
    return list(dict.fromkeys(found))


def _matches(name: str) -> Iterator[Path]:
    path = Path(name)
    if path.is_file():
        yield path
        return
    folder = path.is_dir()
    matches = _inside(path) if folder else map(Path, glob.glob(name))  # noqa: PTH207 - a UNC path in a pattern
    rosters = sorted(match for match in matches if _is_roster(match))
    if not rosters and folder:
        raise Stop(problem("folder-without-rosters", value=name), ExitCode.INPUT)
    if not rosters:
        raise Stop(problem("file-not-found", value=name, hint=_nearest(path)), ExitCode.INPUT)
    yield from rosters


def _nearest(path: Path) -> str:
    """Gives ' (did you mean …?)' with the roster beside it whose name is nearest, its ending left out or not."""
    try:
        beside = [other.name for other in path.parent.iterdir() if _is_roster(other)]
    except OSError:
        return ""
    whole = [name for name in beside if Path(name).stem.casefold() == path.name.casefold()]
    return closest(whole[0] if whole else path.name, beside)


def _inside(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError as error:
        unreadable = problem("folder-unreadable", value=str(folder), reason=error.strerror or type(error).__name__)
        raise Stop(unreadable, ExitCode.INPUT) from error


def _is_roster(path: Path) -> bool:
    return (
        path.suffix.lower() in SUFFIXES
        and not path.name.startswith((".", "~$"))
        and RESULT_MARK not in path.stem
        and not DATED.search(path.stem)
        and path.is_file()
    )


def result_stem(source: Path) -> str:
    """Gives the name of a copy of `source`, without its ending."""
    return source.stem + RESULT_MARK


def dated(path: Path, moment: datetime) -> Path:
    """Gives a free name beside `path` with the local time in it, like `name-results (2026-11-22 0200).xlsx`."""
    number, time = 1, f"{moment.astimezone():%Y-%m-%d %H%M}"
    while (free := path.with_name(f"{path.stem} ({time}{f', {number}' if number > 1 else ''}){path.suffix}")).exists():
        number += 1
    return free


def result_path(source: Path, settings: Settings) -> Path:
    """Gives where the copy of `source` goes: as asked, else `<stem>-results<suffix>` beside it."""
    name = result_stem(source) + source.suffix
    if settings.result is not None:
        return settings.result
    return (settings.result_dir or source.parent) / name


def check_results(sources: list[Path], settings: Settings) -> None:
    """Refuses a place for results that would overwrite an input or serve two inputs; raises Stop (usage)."""
    targets = [result_path(source, settings) for source in sources]
    if settings.result is not None and len(sources) > 1:
        raise Stop(problem("result-for-many"), ExitCode.USAGE)
    for source, target in zip(sources, targets, strict=True):
        if not _same_kind(source, target):
            other = problem("result-of-another-kind", value=str(target), suffix=source.suffix)
            raise Stop(other, ExitCode.USAGE)
    inputs = {source.resolve() for source in sources}
    for target in targets:
        if target.resolve() in inputs:
            raise Stop(problem("result-is-input", value=str(target)), ExitCode.USAGE)
    if len({target.resolve() for target in targets}) < len(targets):
        raise Stop(problem("results-collide"), ExitCode.USAGE)


def _same_kind(source: Path, target: Path) -> bool:
    """Tells whether a copy of `source` can be opened under the name of `target`: programs go by the ending."""
    one, other = source.suffix.lower(), target.suffix.lower()
    return one == other or {one, other} <= TEXT_SUFFIXES
