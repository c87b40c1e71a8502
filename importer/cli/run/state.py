"""What the state folder has of a roster beside the ledger: what its copies said when saved, what the rules found in it.

Theory of operation. People correct a roster in its copy, and a run must not take that away from them. So it is kept
what each copy said when it was saved: the text of its cells, because opening and saving a workbook changes every byte
and nothing that anybody typed. A copy that says something else now is left, and the next name is taken, which is the
same name night after night. Where nothing is kept (another machine, a state folder that is gone), a copy counts as
unchanged if it says what the roster says, or if a workbook is still as only this program writes one.

Loading what checks a roster takes longer than checking one of usual size, and most nights a roster says what it said
the night before. Of each sheet it is kept what the rules saw, as a digest that stands for all of it, and what they
found. Another build of the program may find other things, whatever its version is called: so its files are part of
what must be the same. All of it is forgotten together.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from enum import Enum, auto
from functools import cache
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from importer import __version__, core
from importer.cli.run.book import open_as
from importer.cli.run.places import dated_path, further_names, part
from importer.cli.run.sheet import IO_RETRY, IORetry
from importer.core.catalogue import problem
from importer.core.model import ExitCode, Stop
from importer.core.wording import quoted, system_reason
from importer.ledger.opening import state_folder
from importer.ledger.store import problems_to_text, to_problems
from importer.locks import opened_by
from importer.paths import resolved
from importer.tables.copies import content_of, is_as_we_write, says_the_same
from importer.tables.save import save

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from importer.cli.config.settings import Settings
    from importer.core.model import Problem
    from importer.tables.base import Table


COPIES, FINDINGS = "copies", "checked"
"""The state folder's folders: for what was saved as each copy, and for what was found in sheets."""
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
    return Copies((settings.state_dir or state_folder()) / COPIES, settings, now, retry)


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
            notes[used] = problem(code, value=used.name, others=quoted(others))
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
    for kept in (COPIES, FINDINGS):
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
    reason, who = system_reason(error), opened_by(target)
    return f"{reason}; opened by {who}" if who else reason


def _digest(data: bytes) -> str:
    return blake2b(data, digest_size=16).hexdigest()


def _name(path: Path) -> str:
    """Return a file's full name, the same however it is typed."""
    return os.path.normcase(resolved(path))


def _plain(name: str) -> str:
    return "".join(sign if sign.isascii() and sign.isprintable() else "_" for sign in name)[:_NAME_KEPT]


CODE = Path(core.__path__[0])
"""Where it is decided what is wrong with a row."""


@cache
def build_of(code: Path) -> str:
    """Return what another build of the program has otherwise: its version, and its files' sizes and times.

    Raise OSError where they can't be looked at.
    """
    looks = sorted((path.name, (look := path.stat()).st_size, look.st_mtime_ns) for path in code.rglob("*.py"))
    return f"{__version__} {blake2b(repr(looks).encode(), digest_size=8).hexdigest()}"


@dataclass(frozen=True, slots=True)
class SheetFindings:
    """What was found in one sheet of a file. `folder` is where it is kept."""

    folder: Path
    source: Path
    sheet: str

    def recall(self, seen: str) -> Mapping[int, Sequence[Problem]] | None:
        """Return what was found where the same was seen the last time; None where it was not, or can't be read."""
        try:
            kept = json.loads(self._record.read_bytes())
            if (kept["program"], kept["seen"]) != (build_of(CODE), seen):
                return None
            return {int(number): list(to_problems(found)) for number, found in kept["found"].items()}
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None

    def keep(self, seen: str, found: Mapping[int, Sequence[Problem]]) -> None:
        """Keep what was found, for the next time."""
        said = {number: problems_to_text(problems) for number, problems in found.items()}
        with suppress(OSError):  # then it is found once more
            record = {"source": _name(self.source), "program": build_of(CODE), "seen": seen, "found": said}
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            save(self._record, json.dumps(record).encode())

    @property
    def _record(self) -> Path:
        of_both = f"{_name(self.source)}\0{self.sheet}".encode("utf-8", "surrogatepass")
        return self.folder / f"{blake2b(of_both, digest_size=16).hexdigest()}.json"


def findings_of(settings: Settings, source: Path, sheet: str) -> SheetFindings:
    """Return what this call's state folder has of a sheet."""
    return SheetFindings((settings.state_dir or state_folder()) / FINDINGS, source, sheet)
