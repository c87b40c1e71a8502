"""What trials have made at Graph, written down before it is made, so that nothing is left there by a kill.

Theory of operation. One file for each `doctor --prove` in the state folder, a JSON value a line, each on the disk
before the call that it is about is sent. A meeting that was asked for, and of which no answer was written down, may be
there: createOrGet with its external ID finds it, or makes it, and then it is taken away. A line that a kill has torn
was about a call that was not sent. The file goes when all of its meetings have gone.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import Self

FOLDER = "trials"
"""The state folder's folder for these files."""
SUFFIX = ".jsonl"

PREFIX = "mi-trial-"
"""Begins every external ID of a trial; the run's own mark comes behind it."""
SUBJECT = "meeting-importer trial"
"""Begins every subject of a trial; the run's own mark comes behind it."""

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRun:
    """One `doctor --prove`: its mark, when it began (ISO), where, and whose meetings it makes.

    `tenant` and `service` are as far as they are known without asking. `organizer_id` is an object ID; `own` says that
    they are the signed-in person's, whom the address does not name.
    """

    mark: str
    since: str
    tenant: str
    service: str
    organizer_id: str
    own: bool = False

    @property
    def prefix(self) -> str:
        """Begins the external IDs of its meetings."""
        return f"{PREFIX}{self.mark}-"

    @property
    def subject(self) -> str:
        """Begins the subjects of its meetings."""
        return f"{SUBJECT} {self.mark}"

    @property
    def path_id(self) -> str | None:
        """Whom an address names: None for the signed-in person."""
        return None if self.own else self.organizer_id


@dataclass(slots=True)
class TrialMeeting:
    """What may be there under one external ID: calls without an answer that is written down, and meetings by ID."""

    external_id: str
    unanswered: int = 0
    ids: list[str] = field(default_factory=list)


class TrialJournal:
    """The file of one run, open for adding to.

    Only what must not be lost raises OSError where the disk says no: that a meeting is about to be asked for. What
    became of it can be found out again.
    """

    def __init__(self, path: Path, trials: TrialRun, made: dict[str, TrialMeeting]) -> None:
        self.trials = trials
        self._path = path
        self._made = made

    @classmethod
    def begin(cls, folder: Path, trials: TrialRun) -> Self:
        """Return the journal of new trials, their head written down. Raise OSError."""
        (folder / FOLDER).mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / FOLDER / f"{trials.mark}{SUFFIX}"
        os.close(os.open(path, _FLAGS, 0o600))
        journal = cls(path, trials, {})
        journal._add(asdict(trials))
        return journal

    def asked(self, external_id: str) -> None:
        """Write down that a meeting is about to be asked for; it is on the disk when this returns. Raise OSError."""
        self._add(["asked", external_id])
        self._of(external_id).unanswered += 1

    def made(self, external_id: str, graph_id: str) -> None:
        """Write down the answer: the meeting's ID."""
        self._note(["made", external_id, graph_id])
        _put(self._of(external_id), graph_id)

    def settled(self, external_id: str) -> None:
        """Write down that one of the calls without an answer has made nothing, or nothing that is there any more."""
        self._note(["settled", external_id])
        self._of(external_id).unanswered -= 1

    def gone(self, graph_id: str) -> None:
        """Write down that a meeting is not there any more, whatever external IDs had led to it."""
        self._note(["gone", graph_id])
        _take(self._made, graph_id)

    def left(self) -> Sequence[TrialMeeting]:
        """Return what may still be there."""
        return [each for each in self._made.values() if each.unanswered > 0 or each.ids]

    @property
    def count(self) -> int:
        """How many meetings may still be there."""
        return sum(max(each.unanswered, 0) + len(each.ids) for each in self.left())

    def end(self) -> None:
        """Remove the file; what is left is nobody's any more."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)

    def _of(self, external_id: str) -> TrialMeeting:
        return self._made.setdefault(external_id, TrialMeeting(external_id))

    def _add(self, line: object) -> None:
        """Add a line; it is on the disk when this returns. Raise OSError."""
        self._write(line, durable=True)

    def _note(self, line: object) -> None:
        with suppress(OSError):
            self._write(line, durable=False)

    def _write(self, line: object, *, durable: bool) -> None:
        with self._path.open("ab") as file:
            file.write(b"\n" + json.dumps(line).encode())  # before it: the line above may be torn
            file.flush()
            if durable:
                os.fsync(file.fileno())


def _put(made: TrialMeeting, graph_id: str) -> None:
    made.unanswered -= 1
    if graph_id not in made.ids:
        made.ids.append(graph_id)


def _take(made: Mapping[str, TrialMeeting], graph_id: str) -> None:
    for each in made.values():
        if graph_id in each.ids:
            each.ids.remove(graph_id)


def trial_journals(folder: Path) -> Iterator[TrialJournal]:
    """Yield the journals of earlier trials, the oldest first. A file that is none of ours is left alone.

    Raise OSError where the folder can't be read.
    """
    with suppress(FileNotFoundError):
        for path in sorted((folder / FOLDER).iterdir(), key=lambda path: path.name):
            if path.suffix == SUFFIX and (found := _read(path)) is not None:
                yield found


def _read(path: Path) -> TrialJournal | None:
    head, *lines = path.read_bytes().lstrip(b"\n").split(b"\n")
    try:
        trials = TrialRun(**json.loads(head))
        if trials.mark != path.stem:
            return None
    except (ValueError, TypeError, RecursionError):
        if not any(lines):  # killed before a call could be sent
            with suppress(OSError):
                path.unlink()
        return None
    made: dict[str, TrialMeeting] = {}
    for line in lines:
        with suppress(ValueError, RecursionError):  # torn by a kill
            _apply(json.loads(line), made)
    return TrialJournal(path, trials, made)


def _apply(line: object, made: dict[str, TrialMeeting]) -> None:
    match line:
        case ["asked", str(external_id)]:
            made.setdefault(external_id, TrialMeeting(external_id)).unanswered += 1
        case ["settled", str(external_id)] if external_id in made:
            made[external_id].unanswered -= 1
        case ["made", str(external_id), str(graph_id)] if external_id in made:
            _put(made[external_id], graph_id)
        case ["gone", str(graph_id)]:
            _take(made, graph_id)
