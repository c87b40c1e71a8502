"""Which files are meant, where each one's copy goes, and what `recover` needs to read them the same way again."""

from __future__ import annotations

import glob
import json
import re
import secrets
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import TYPE_CHECKING, Any

from importer.cli.config.settings import OPTIONS, Settings
from importer.cli.config.tables import TABLES
from importer.core.catalogue import problem
from importer.core.model import ExitCode, Stop
from importer.core.suggestions import closest
from importer.paths import ROSTER_SUFFIXES, TEXT_SUFFIXES, free_name, full, mode_of, resolved

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from importer.core.memory import Roster


IN_FOLDERS = frozenset(ROSTER_SUFFIXES) - {".txt"}
"""What folders and patterns take: a .txt that nobody named is a note far more often than a roster."""
RESULT_MARK = "-results"
"""Ends the stem of a copy, so that a folder run never takes its own copies for input."""
_COPY = re.compile(
    rf"(?P<base>.+){RESULT_MARK}(?:-(?P<number>[2-9]|[1-9]\d{{1,2}}))?(?: \(\d{{4}}-\d\d-\d\d \d{{4}}(?:, \d+)?\))?"
)
MOST = 100
"""Names for copies of one roster that are tried one after the other."""
DATED = re.compile(r" \(\d{4}-\d\d-\d\d \d{4}(, \d+)?\)$")
"""Ends the stem of a copy that could not be saved under its own name."""


def expand(files: Iterable[str]) -> list[Path]:
    """Return the input files: each file as named, the rosters in each folder, and what each glob matches, once each.

    Folders and globs leave out copies made by this program (those with a date in their name too), Excel's `~$` owner
    files and hidden files, and come in the order of their names. Raise Stop when a name matches nothing.
    """
    found = [path for name in files for path in _matches(name)]
    return list(dict.fromkeys(found))


def _matches(name: str) -> Iterator[Path]:
    path = Path(name)
    mode = _mode(path)
    if S_ISREG(mode):
        yield path
        return
    folder = S_ISDIR(mode)
    matches = _inside(path) if folder else map(Path, glob.glob(name))  # noqa: PTH207 - a UNC path in a pattern
    named = not folder and RESULT_MARK in path.name  # a pattern that says so means copies
    rosters = sorted(match for match in matches if _is_roster(match, copies=named))
    if not rosters and folder:
        raise Stop(problem("folder-without-rosters", value=name), ExitCode.INPUT)
    if not rosters:
        raise Stop(problem("file-not-found", value=name, hint=_nearest(path)), ExitCode.INPUT)
    yield from rosters


def _mode(path: Path) -> int:
    """Return the mode of what is there, 0 for nothing. Raise Stop where a share does not tell: it may be there."""
    try:
        return mode_of(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Stop(problem("file-not-readable", value=str(path), reason=reason), ExitCode.INPUT) from error


def _nearest(path: Path) -> str:
    """Return ' (did you mean …?)' with the roster beside it whose name is nearest, its ending left out or not."""
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


def _is_roster(path: Path, *, copies: bool = False) -> bool:
    return (
        path.suffix.lower() in IN_FOLDERS
        and not path.name.startswith((".", "~$"))
        and (copies or not (RESULT_MARK in path.stem or DATED.search(path.stem)))
        and _may_be_file(path)
    )


def _may_be_file(path: Path) -> bool:
    """Where a share does not tell it is taken for one: reading it says what is wrong, and leaving it out would not."""
    try:
        return path.is_file()
    except OSError:
        return True


def dated_path(path: Path, moment: datetime) -> Path:
    """Return a free name beside `path` with the local time in it, like `name-results (2026-11-22 0200).xlsx`.

    Where a share does not tell which names are free it is one that nobody can have.
    """
    time = f"{moment.astimezone():%Y-%m-%d %H%M}"

    def named(number: int) -> Path:
        return path.with_name(f"{path.stem} ({time}{f', {number}' if number > 1 else ''}){path.suffix}")

    try:
        return free_name(named)
    except OSError:
        return named(secrets.randbelow(10**9) + 10**9)


def unused(path: Path, moment: datetime) -> Path:
    """Return `path`, or the name that `dated_path` has for it where it is taken, or may be."""
    try:
        path.lstat()
    except FileNotFoundError:
        return path
    except OSError:
        pass
    return dated_path(path, moment)


def part(stem: str) -> tuple[str, int]:
    """Return the stem of a copy's roster and the copy's number from 1; of another name itself, and 0."""
    found = _COPY.fullmatch(stem)
    return (stem, 0) if found is None else (found["base"], int(found["number"] or 1))


def result_stem(source: Path) -> str:
    """Return the name of a copy of `source`, without its ending; a copy's own copy has the next number."""
    base, number = part(source.stem)
    return base + RESULT_MARK + (f"-{number + 1}" if number else "")


def result_path(source: Path, settings: Settings) -> Path:
    """Return where the copy of `source` goes: as asked, else `<stem>-results<suffix>` beside it."""
    name = result_stem(source) + source.suffix
    if settings.result is not None:
        return settings.result
    return (settings.result_dir or source.parent) / name


def further_names(target: Path) -> Iterator[Path]:
    """Return the names for a copy that can't be saved as `target`, in the order in which they are tried."""
    base, number = part(target.stem)
    for next_number in range(max(number, 1) + 1, MOST):
        yield target.with_name(f"{base}{RESULT_MARK}-{next_number}{target.suffix}")


def lock_place(source: Path, settings: Settings) -> Path:
    """Return what a run locks: one name for all copies of a roster."""
    target = result_path(source, settings)
    base, number = part(target.stem)
    return target.with_name(f"{base}{RESULT_MARK}{target.suffix}") if number else target


def is_same_list(here: Roster, other: Roster, copy: str, settings: Settings) -> bool:
    """Return whether `other`, whose copy went to `copy`, is the list at `here` under another name.

    It is where --same-list says so, where one is the other's results copy, and where a file of the same name has gone
    from its place or is this very file by another way: a list that was moved, a share under another letter.
    """
    if other.input == here.input:
        return other.sheet.casefold() == here.sheet.casefold() or _is_named(other.sheet, settings.same_list)
    if _is_named(other.name, settings.same_list) or _is_named(other.input, settings.same_list):
        return True
    if here.sheet and other.sheet and here.sheet.casefold() != other.sheet.casefold():
        return False
    mine, theirs = Path(here.input), Path(other.input)
    copies = {copy, str(result_path(theirs, settings))}
    if here.input in copies or other.input == str(result_path(mine, settings)):
        return True
    return _list_name(mine) == _list_name(theirs) and (mine.parent == theirs.parent or _has_moved(theirs, mine))


def _is_named(name: str, names: Iterable[str]) -> bool:
    return name.casefold() in {spelling.casefold() for each in names for spelling in (each, str(resolved(Path(each))))}


def _list_name(path: Path) -> str:
    """Return what a list and its copies are called, whatever their ending."""
    return part(path.stem)[0].casefold()


def _has_moved(before: Path, now: Path) -> bool:
    try:
        return before.samefile(now)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False


def check_results(sources: list[Path], settings: Settings) -> None:
    """Refuse a place for results that would overwrite an input or serve two inputs; raise Stop (usage)."""
    targets = [result_path(source, settings) for source in sources]
    if settings.result is not None and len(sources) > 1:
        raise Stop(problem("result-for-many"), ExitCode.USAGE)
    for source, target in zip(sources, targets, strict=True):
        if not _same_kind(source, target):
            other = problem("result-of-another-kind", value=str(target), suffix=source.suffix)
            raise Stop(other, ExitCode.USAGE)
    inputs = set(map(resolved, sources))
    for target in targets:
        if resolved(target) in inputs:
            raise Stop(problem("result-is-input", value=str(target)), ExitCode.USAGE)
    if len(set(map(resolved, targets))) < len(targets):
        raise Stop(problem("results-collide"), ExitCode.USAGE)


def _same_kind(source: Path, target: Path) -> bool:
    """Return whether a copy of `source` can be opened under the name of `target`: programs go by the ending."""
    one, other = source.suffix.lower(), target.suffix.lower()
    return one == other or {one, other} <= set(TEXT_SUFFIXES)


def saved_settings(settings: Settings, source: Path) -> str:
    """Return as JSON what `recover` reads `source` by again, and where its copy belongs."""
    kept: dict[str, Any] = {key: _as_json(getattr(settings, key)) for key, option in OPTIONS.items() if option.replayed}
    tables = {key: table.kept(getattr(settings, key)) for key, table in TABLES.items()}
    return json.dumps({**kept, **tables, "result": full(result_path(source, settings))})


def restored_settings(replay: Mapping[str, Any]) -> Settings:
    """Return those settings back; an option that an earlier version did not know has its default."""
    known = {
        key: option.value_of(replay[key])
        for key, option in OPTIONS.items()
        if option.replayed and replay.get(key) is not None
    }
    tables = {key: table.restored(replay[key]) for key, table in TABLES.items() if key in replay}
    return Settings(**known, **tables, result=Path(replay["result"]))


def _as_json(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | tuple) else str(value)
