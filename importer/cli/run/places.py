"""Which files are meant, where each one's copy goes, and what else a call writes to; how `recover` reads them again.

Each place is looked at before anything is sent: no file of somebody else's is replaced, so what lies there must look
like one of ours.
"""

from __future__ import annotations

import glob
import json
import os
import re
import secrets
from dataclasses import replace
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import TYPE_CHECKING, Any

from importer.cli.config.settings import OPTIONS, Settings
from importer.cli.config.tables import TABLES
from importer.core.catalogue import problem
from importer.core.model import ExitCode, Stop
from importer.core.suggestions import closest
from importer.core.wording import system_reason
from importer.paths import ROSTER_SUFFIXES, TEXT_SUFFIXES, free_name, full, mode_of, refuse_kept, resolved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

    from importer.core.memory import Roster
    from importer.core.model import Problem


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
        reason = system_reason(error)
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
        unreadable = problem("folder-unreadable", value=str(folder), reason=system_reason(error))
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


LOOKED_AT = 1 << 16
"""Bytes in which a file shows whose it is."""

_LOG_LINE = re.compile(rb"\d{4}-\d\d-\d\dT\S+ (?:INFO|WARNING|ERROR) \S+ .*\brun_id=")
_PAGE = (b"<!DOCTYPE html>", b"require-trusted-types-for")
"""How a report begins, and the policy in its head."""


def _is_report(data: bytes) -> bool:
    return data.startswith(_PAGE[0]) and _PAGE[1] in data


def _is_log(data: bytes) -> bool:
    first = data.lstrip().partition(b"\n")[0]
    return _LOG_LINE.match(first) is not None or _has(first, "run_id", "event")


def _is_heartbeat(data: bytes) -> bool:
    return _has(data, "schema", "last_complete")


def _has(data: bytes, *keys: str) -> bool:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and found.keys() >= set(keys)


_OURS: Mapping[str, Callable[[bytes], bool]] = {
    "report": _is_report,
    "log_file": _is_log,
    "heartbeat": _is_heartbeat,
    "sandbox_file": lambda _data: True,  # it is read and refused by the sandbox itself
}
_FILES = ("result", *_OURS)
_FOLDERS = ("result_dir", "ics")


def usable(settings: Settings) -> tuple[Settings, Problem | None]:
    """Return the settings without the places that must not be written to, and what is wrong with the first of those."""
    wrong = {key: found for key in (*_FILES, *_FOLDERS) if (found := _wrong(key, settings)) is not None}
    without: dict[str, Any] = dict.fromkeys(wrong)
    return replace(settings, **without), next(iter(wrong.values()), None)


def check_outputs(settings: Settings) -> None:
    """Raise Stop (exit 2) where a place that is asked for must not be written to."""
    if (found := usable(settings)[1]) is not None:
        raise Stop(found, ExitCode.USAGE)


def _wrong(key: str, settings: Settings) -> Problem | None:
    path: Path | None = getattr(settings, key)
    if path is None:
        return None
    name = "--" + key.replace("_", "-")
    others = [other for other in (*_FILES, *_FOLDERS) if other != key and getattr(settings, other) is not None]
    for other in others:
        if _same(path, getattr(settings, other)):
            return problem("output-twice", value=str(path), name=name, other="--" + other.replace("_", "-"))
    if any(_same(path, Path(file)) for file in settings.files) and key != "result":  # which says so in its own words
        return problem("output-is-input", value=str(path), name=name)
    try:
        refuse_kept(path)
    except OSError as error:
        return problem("output-no-file", value=str(path), name=name, reason=system_reason(error))
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        loops = os.path.islink(path)  # noqa: PTH114 - Path.is_symlink raises for a name that is too long
        # A link to itself is refused; all else is seen, and said, where it is written.
        reason = getattr(error, "strerror", "") or type(error).__name__
        return problem("output-no-file", value=str(path), name=name, reason=reason) if loops else None
    if not (S_ISDIR(mode) if key in _FOLDERS else S_ISREG(mode)):
        reason = "a folder is needed" if key in _FOLDERS else "it is a folder, a device or a pipe"
        return problem("output-no-file", value=str(path), name=name, reason=reason)
    if key in _OURS and not settings.force and not _is_ours(key, path):
        return problem("output-not-ours", value=str(path), name=name)
    return None


def _is_ours(key: str, path: Path) -> bool:
    try:
        with path.open("rb") as file:
            data = file.read(LOOKED_AT)
    except OSError:  # whether it can be written is seen then
        return True
    return not data.strip() or _OURS[key](data)


def _same(one: Path, other: Path) -> bool:
    return os.path.normcase(resolved(one)) == os.path.normcase(resolved(other))
