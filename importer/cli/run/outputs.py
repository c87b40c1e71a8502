"""Where a call writes, each place looked at before anything is sent; and the copies of earlier runs that lie there.

Theory of operation. No file of somebody else's is replaced: what lies at a place must look like one of ours. People
correct a roster in its copy, and a run must not take that away from them. So the ledger keeps what each copy said when
it was saved: the text of its cells, because opening and saving a workbook changes every byte and nothing that anybody
typed. A copy that says something else now is left, and the next name is taken, which is the same name night after
night. Where nothing is kept (another machine, a state folder that is gone), a copy counts as unchanged if it says what
the roster says, or if a workbook is still as only this program writes one.
"""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from enum import Enum, auto
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import TYPE_CHECKING, Any

from importer.cli.run.book import open_as
from importer.cli.run.checked import FOLDER as CHECKED
from importer.cli.run.inputs import dated_path, further_names, part
from importer.cli.run.sheet import IO_RETRY, IORetry
from importer.core.catalogue import problem
from importer.core.model import ExitCode, Stop
from importer.core.wording import join_quoted
from importer.ledger.opening import state_folder
from importer.locks import opened_by
from importer.paths import resolved, windows_keeps
from importer.tables.copies import content_of, is_as_we_write, says_the_same
from importer.tables.save import save

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from importer.cli.config.settings import Settings
    from importer.core.model import Problem
    from importer.tables.base import Table


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
    if os.name == "nt" and windows_keeps(path):
        reason = "Windows keeps such a name for itself"
        return problem("output-no-file", value=str(path), name=name, reason=reason)
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


FOLDER = "copies"
"""The state folder's folder for what was saved as each copy."""
_NAME_KEPT = 60
_KEPT = 6
"""What is known of the last copies of one name: its bytes' and its cells' digest each. The last one may have been put
down and then not been saved."""


_HEADINGS = {"status", "what_to_do", "join_url"}


class TargetState(Enum):
    """What stands at a copy's place."""

    FREE = auto()
    """Nothing that would be lost: no file, an empty one, or a copy as it was saved."""
    CHANGED = auto()
    """A results copy, and somebody has changed it, or nobody can tell."""
    FOREIGN = auto()
    """A file that is no results copy."""


@dataclass(frozen=True, slots=True)
class SavedCopy:
    """What is kept of a copy: the roster, what that said, and what the last copies of this name said."""

    source: str = ""
    source_content: str = ""
    contents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Copies:
    """The copies known to a state folder."""

    folder: Path
    settings: Settings
    now: Callable[[], datetime]
    retry: IORetry = IO_RETRY

    def standing(self, path: Path, table: Table | None = None) -> TargetState:
        """Return what stands at `path`; `table` is the roster as it is now. Raise OSError where it can't be read."""
        try:
            data = self.retry.attempt(path.read_bytes)
        except FileNotFoundError:
            return TargetState.FREE
        if not data.strip():
            return TargetState.FREE
        known = self.saved_as(path).contents
        if known and (_digest(data) in known or self._said(data, path) in known):
            return TargetState.FREE
        found = self._copy(path)
        if found is None:
            return TargetState.CHANGED if known else TargetState.FOREIGN
        same = not known and table is not None and says_the_same(found, table)
        return TargetState.FREE if same or is_as_we_write(found, data) else TargetState.CHANGED

    def place_for(self, source: Path, target: Path, table: Table) -> tuple[Path, Problem | None]:
        """Return where a copy can be saved: `target`, else the next name, and then why it is not `target`."""
        if self.settings.force and target == self.settings.result:
            return target, None
        try:
            standing = self.standing(target, table)
        except OSError as error:
            code, facts = "result-moved", {"reason": reason_of(error, target)}
        else:
            if standing is TargetState.FREE:
                return target, None
            code = "results-changed" if standing is TargetState.CHANGED else "result-name-taken"
            facts = {"roster": source.name, "name": target.name}
        other = next(self.free_names(source, target, table))
        return other, problem(code, value=str(target), other=str(other), **facts)

    def free_names(self, source: Path, target: Path, table: Table) -> Iterator[Path]:
        """Return the names after `target` at which nothing would be lost, and then one with the time in it.

        A copy there is replaced only if it is this roster's own: after a corrected copy has been run, its results stay.
        """
        quick = replace(self, retry=IORetry(pauses=()))  # the wait for one name is enough
        for path in further_names(target):
            with suppress(OSError):
                is_free = quick.standing(path, table) is TargetState.FREE
                if is_free and self.saved_as(path).source in {"", _name(source)}:
                    yield path
        yield dated_path(target, self.now())

    def newest(self, files: Sequence[Path]) -> Path:
        """Return the file that holds what was typed into all of them; `files` are a roster and its copies in order."""
        used, *later = files
        for file in later:
            table = self._table(used)
            with suppress(OSError):
                if self.standing(file, table) is TargetState.FREE:
                    continue
            known = self.saved_as(file)
            if table is None or known.source != _name(used) or known.source_content != self._content(used):
                both = problem("which-of-them", value=used.name, other=file.name)
                raise Stop(both, ExitCode.USAGE)
            used = file
        return used

    def put_down(self, path: Path, copy: bytes, source: Path, roster: bytes) -> None:
        """Record what is about to be saved as `path`: before it is, so that no copy is ever there unknown."""
        content = self._said(copy, path)
        if content is None:
            return
        known = self.saved_as(path)
        contents = tuple(islice(dict.fromkeys((_digest(copy), content, *known.contents)), _KEPT))
        record = SavedCopy(_name(source), self._said(roster, source) or "", contents)
        with suppress(OSError):  # then it is told from the file itself
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            save(self._record(path), json.dumps(asdict(record)).encode())

    def saved_as(self, path: Path) -> SavedCopy:
        """Return what is kept of a copy; nothing where nothing is, or it can't be read."""
        try:
            found = json.loads(self._record(path).read_bytes())
            return SavedCopy(str(found["source"]), str(found["source_content"]), tuple(map(str, found["contents"])))
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return SavedCopy()

    def _record(self, path: Path) -> Path:
        digest = blake2b(os.fsencode(_name(path)), digest_size=8).hexdigest()
        return self.folder / f"{_plain(path.name)}-{digest}.json"

    def _copy(self, path: Path) -> Table | None:
        """Return the file as a table if it has the headings of a copy."""
        table = self._table(path)
        return table if table is not None and table.layout.candidates.keys() >= _HEADINGS else None

    def _table(self, path: Path) -> Table | None:
        try:
            return open_as(path, self.settings).table
        except (Stop, OSError):
            return None

    def _content(self, path: Path) -> str | None:
        try:
            return self._said(path.read_bytes(), path)
        except OSError:
            return None

    def _said(self, data: bytes, path: Path) -> str | None:
        return content_of(data, path.name, self.settings.encoding)


def copies_of(settings: Settings, now: Callable[[], datetime], retry: IORetry = IO_RETRY) -> Copies:
    """Return the copies that this call's state folder knows."""
    return Copies((settings.state_dir or state_folder()) / FOLDER, settings, now, retry)


def one_of_each(sources: Sequence[Path], copies: Copies) -> tuple[list[Path], dict[Path, Problem]]:
    """Return one file of each roster, and what to say of it: the roster, or the corrected copy that comes after it.

    Raise Stop (usage) where two of them have been changed, and neither holds what the other says.
    """
    lists: dict[tuple[Path, str, str], list[Path]] = {}
    for source in sources:
        lists.setdefault((source.parent, part(source.stem)[0], source.suffix.lower()), []).append(source)
    chosen, notes = [], {}
    for files in lists.values():
        mine = copies if len(files) == 1 else replace(copies, settings=copies.settings.of(files[0]))
        used = mine.newest(sorted(files, key=lambda file: part(file.stem)[1]))
        chosen.append(used)
        if others := [file.name for file in files if file != used]:
            code = "corrected-copy-used" if part(used.stem)[1] else "copies-left-out"
            notes[used] = problem(code, value=used.name, others=f"'{join_quoted(others)}'")
    return chosen, notes


def check_place(settings: Settings, now: Callable[[], datetime]) -> None:
    """Raise Stop (exit 2) where `--result` names a file that is no results copy; make `--result-dir` in its folder."""
    if settings.result_dir is not None and not settings.dry_run:
        with suppress(OSError):  # whatever is wrong with it is said where a copy is to be saved
            settings.result_dir.mkdir(exist_ok=True)
    if settings.result is None or settings.force:
        return
    with suppress(OSError):
        if copies_of(settings, now).standing(settings.result) is TargetState.FOREIGN:
            wrong = problem("output-not-ours", value=str(settings.result), name="--result")
            raise Stop(wrong, ExitCode.USAGE)


def forget_copies(folder: Path, source: str = "") -> None:
    """Remove what is kept of a roster and its copies, or of all."""
    for kept in (FOLDER, CHECKED):
        for path in _within(folder / kept):
            with suppress(OSError, ValueError, TypeError, KeyError):
                if not source or json.loads(path.read_bytes())["source"] == os.path.normcase(source):
                    path.unlink()


def _within(folder: Path) -> list[Path]:
    try:
        return [*folder.glob("*.json")]
    except OSError:
        return []


def reason_of(error: OSError, target: Path) -> str:
    """Return why it could not be saved, and who has the old results open if somebody says so."""
    reason, who = error.strerror or type(error).__name__, opened_by(target)
    return f"{reason}; opened by {who}" if who else reason


def _digest(data: bytes) -> str:
    return blake2b(data, digest_size=16).hexdigest()


def _name(path: Path) -> str:
    """Return a file's full name, the same however it is typed."""
    return os.path.normcase(resolved(path))


def _plain(name: str) -> str:
    return "".join(sign if sign.isascii() and sign.isprintable() else "_" for sign in name)[:_NAME_KEPT]
