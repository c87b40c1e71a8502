"""A folder of calendar files that a further run updates: one file for each meeting, whatever row it has moved to."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from importer.invitations.event import PRODUCT, event_file
from importer.tables import save

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from importer.core.invitation import Invitation

SUFFIX = ".ics"

ID_KEPT = 80
"""Characters of an external ID in a file's name: Windows stops at 260 for the whole path."""

LARGEST = 1 << 20
"""Bytes of a file that could be ours: an invitation of 750 people has 50,000."""

_FORBIDDEN = re.compile(r'[<>:"/\\|?*\s]+')
"""https://learn.microsoft.com/windows/win32/fileio/naming-a-file; blanks too, which people forget to quote."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a folder: how many files are new, changed and as they were, and the rows that have no start."""

    new: int
    changed: int
    kept: int
    without_start: tuple[int, ...]

    @property
    def words(self) -> str:
        """Gives it in a line."""
        counts = ((self.new, "new"), (self.changed, "changed"), (self.kept, "as they were"))
        return ", ".join(f"{count} {word}" for count, word in counts if count) or "none"


@dataclass(frozen=True, slots=True)
class _File:
    """A calendar file that an earlier run saved."""

    path: Path
    content: bytes
    sequence: int
    stamp: datetime


def save_invitations(
    folder: Path, invitations: Iterable[Invitation], stamp: datetime, *, like: Sequence[Path] = ()
) -> Saved:
    """Saves a file for each meeting and renews those that are there; `stamp` (UTC) is when this run is.

    A file is known by the identifier in it, so it goes with its meeting when rows are sorted or inserted; one whose
    text is the same stays untouched, and a changed one has a higher SEQUENCE, by which calendars know an update. Files
    of meetings that are not among these, and of other programs, are left alone. They get the permissions of the files
    in `like`, from which the meetings come. Raise OSError.
    """
    wanted = {invitation.uid: invitation for invitation in invitations}
    dated = {uid: invitation for uid, invitation in wanted.items() if invitation.start is not None}
    undated = tuple(sorted(invitation.number for uid, invitation in wanted.items() if uid not in dated))
    if dated:
        folder.mkdir(exist_ok=True)
    shelf = _Shelf.look(folder) if dated else _Shelf({}, {})
    fates = [shelf.put(folder, invitation, stamp, like) for invitation in dated.values()]
    return Saved(fates.count("new"), fates.count("changed"), fates.count("kept"), undated)


@dataclass(slots=True)
class _Shelf:
    """What the folder holds: our files by identifier, and whose each name is (in lower case, as Windows sees it)."""

    files: Mapping[str, _File]
    names: dict[str, str]

    @classmethod
    def look(cls, folder: Path) -> _Shelf:
        paths = sorted(folder.iterdir())
        files = {uid: file for path in paths if path.suffix.lower() == SUFFIX for uid, file in _read(path)}
        ours = {file.path.name.lower(): uid for uid, file in files.items()}
        return cls(files, {path.name.lower(): ours.get(path.name.lower(), "") for path in paths})

    def put(self, folder: Path, invitation: Invitation, stamp: datetime, like: Sequence[Path]) -> str:
        """Brings one meeting's file up to date, and says what that was."""
        uid, old = invitation.uid, self.files.get(invitation.uid)
        path = folder / self._name(invitation)
        content = event_file(
            invitation, sequence=0 if old is None else old.sequence, stamp=stamp if old is None else old.stamp
        )
        fate = "new" if old is None else "kept" if content == old.content else "changed"
        if old is not None and fate == "changed":
            content = event_file(invitation, sequence=old.sequence + 1, stamp=stamp)
        if fate != "kept" or old is None or old.path != path:
            save(path, content, like=like)
        if old is not None and old.path != path:
            self._leave(old.path, path)
        self.names[path.name.lower()] = uid
        return fate

    def _leave(self, before: Path, now: Path) -> None:
        """Removes a file that has moved; on Windows another spelling of a name is the same file."""
        if before.exists() and not before.samefile(now):
            before.unlink()
            self.names.pop(before.name.lower(), None)

    def _name(self, invitation: Invitation) -> str:
        """The row and the external ID; where that name is another meeting's, a piece of the identifier too."""
        stem = f"{invitation.number:05d}-{_safe(invitation.external_id)}"
        longer = f"{stem}-{invitation.uid[:8]}{SUFFIX}"
        owner = self.names.get(f"{stem}{SUFFIX}".lower(), invitation.uid)
        return f"{stem}{SUFFIX}" if owner == invitation.uid else longer


def _safe(external_id: str) -> str:
    """Gives an ID as a part of a file's name on any system; letters of all scripts stay."""
    plain = "".join(sign for sign in external_id if unicodedata.category(sign)[0] != "C")
    return _FORBIDDEN.sub("_", plain)[:ID_KEPT].strip("._ ") or "_"


def _read(path: Path) -> Iterable[tuple[str, _File]]:
    """Gives a file with its identifier, if it is one of ours. Our lines are plain, so that none has to be unfolded."""
    try:
        content = path.read_bytes() if path.stat().st_size <= LARGEST else b""
        found = {name: _line(content, name) for name in ("PRODID", "UID", "SEQUENCE", "DTSTAMP")}
        sequence, stamp = int(found["SEQUENCE"]), datetime.strptime(found["DTSTAMP"], "%Y%m%dT%H%M%S%z")
    except (OSError, ValueError):  # somebody else's, whatever it is
        return
    if found["PRODID"] == PRODUCT:
        yield found["UID"], _File(path, content, sequence, stamp)


def _line(content: bytes, name: str) -> str:
    found = re.search(rb"^%s:([ -~]{1,100})\r$" % name.encode(), content, re.MULTILINE)
    return "" if found is None else found[1].decode("ascii")
