"""Invitations as calendar files, one for each meeting, in a folder that a further run updates: any program opens them.

A meeting that takes place more than once has all its times in its one file.

A meeting keeps its file, whatever row it has moved to. There is no METHOD on purpose: nobody is asked for an answer,
and one who publishes may not name attendees (RFC 5546, section 3.2.1). Without it DTSTAMP is when the text last
changed. Source: https://www.rfc-editor.org/rfc/rfc5545.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from icalendar import Calendar, Event, vCalAddress

from importer.core.results import MAILABLE, invitation_text
from importer.core.texts import ENGLISH
from importer.core.web import is_web_address
from importer.tables.save import save

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from importer.core.results import Invitation
    from importer.core.texts import Language


PRODUCT = "-//meeting-importer//invitations//EN"

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
"""What an iCalendar text can't hold (RFC 5545, section 3.1), and what can't be written at all."""


def event_file(invitation: Invitation, *, sequence: int, stamp: datetime, language: Language = ENGLISH) -> bytes:
    """Return the file's content. `sequence` counts the versions, `stamp` (UTC) is when this one was made.

    Raise ValueError for an invitation without a start: an event has to have one.
    """
    if invitation.start is None:
        raise ValueError(f"row {invitation.number} has no start")
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    if invitation.occurrences:
        calendar.add("uid", invitation.uid)  # RFC 7986, section 5.3: the file keeps it, whichever dates it holds
    # Each time is an event of its own. A rule that repeats one would need the zone's own rules beside it, and days off
    # as exceptions; lists of dates in one event are not read by every calendar.
    for day, time in invitation.times:
        event = Event()
        event.add("uid", f"{invitation.uid}-{day}" if day else invitation.uid)
        event.add("sequence", sequence)
        event.add("dtstamp", stamp.replace(microsecond=0))
        event.add("dtstart", time.start.replace(microsecond=0))
        if time.end is not None and time.end > time.start:  # equal ends are not allowed, no end is
            event.add("dtend", time.end.replace(microsecond=0))
        event.add("summary", _clean(" ".join(invitation.subject.split())))
        event.add("description", _clean(invitation_text(invitation, language)))
        if is_web_address(invitation.join_url):  # programs make a link of a place too, and of any scheme
            event.add("location", _clean(invitation.join_url))
            event.add("url", invitation.join_url)
        _add_people(event, invitation)
        calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content


def _add_people(event: Event, invitation: Invitation) -> None:
    if organizer := _mailto(invitation.organizer):
        event.add("organizer", organizer)
    for name in invitation.attendees:
        if attendee := _mailto(name):
            event.add("attendee", attendee)


def _mailto(name: str) -> vCalAddress | None:
    """Source of what stays as it is in an address: https://www.rfc-editor.org/rfc/rfc6068#section-2."""
    if MAILABLE.fullmatch(name) is None:
        return None
    return vCalAddress("mailto:" + quote(name, safe="@!$'*+"))


def _clean(text: str) -> str:
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)


SUFFIX = ".ics"

ID_KEPT = 80
"""Characters of an external ID in a file's name: Windows stops at 260 for the whole path."""

LARGEST = 1 << 20
"""Bytes of a file that could be ours: an invitation of 750 people has 50,000."""

_FORBIDDEN = re.compile(r'[<>:"/\\|?*\s]+')
"""https://learn.microsoft.com/windows/win32/fileio/naming-a-file; blanks too, which people forget to quote."""


@dataclass(frozen=True, slots=True)
class SavedInvitations:
    """What became of a folder: how many files are new, changed and as they were, and the rows that have no start."""

    new: int
    changed: int
    kept: int
    without_start: tuple[int, ...]

    @property
    def words(self) -> str:
        """Return it in a line."""
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
    folder: Path,
    invitations: Iterable[Invitation],
    stamp: datetime,
    *,
    like: Sequence[Path] = (),
    language: Language = ENGLISH,
) -> SavedInvitations:
    """Save a file for each meeting and renew those that are there; `stamp` (UTC) is when this run is.

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
    shelf = _Shelf.look(folder, language) if dated else _Shelf({}, {}, language)
    fates = [shelf.put(folder, invitation, stamp, like) for invitation in dated.values()]
    return SavedInvitations(fates.count("new"), fates.count("changed"), fates.count("kept"), undated)


@dataclass(slots=True)
class _Shelf:
    """What the folder holds: our files by identifier, and whose each name is (in lower case, as Windows sees it)."""

    files: Mapping[str, _File]
    names: dict[str, str]
    language: Language

    @classmethod
    def look(cls, folder: Path, language: Language) -> _Shelf:
        paths = sorted(folder.iterdir())
        files = {uid: file for path in paths if path.suffix.lower() == SUFFIX for uid, file in _read(path)}
        ours = {file.path.name.lower(): uid for uid, file in files.items()}
        return cls(files, {path.name.lower(): ours.get(path.name.lower(), "") for path in paths}, language)

    def put(self, folder: Path, invitation: Invitation, stamp: datetime, like: Sequence[Path]) -> str:
        """Bring one meeting's file up to date, and say what that was."""
        uid, old = invitation.uid, self.files.get(invitation.uid)
        path = folder / self._name(invitation)
        make = partial(event_file, invitation, language=self.language)
        content = make(sequence=0 if old is None else old.sequence, stamp=stamp if old is None else old.stamp)
        fate = "new" if old is None else "kept" if content == old.content else "changed"
        if old is not None and fate == "changed":
            content = make(sequence=old.sequence + 1, stamp=stamp)
        if fate != "kept" or old is None or old.path != path:
            save(path, content, like=like)
        if old is not None and old.path != path:
            self._leave(old.path, path)
        self.names[path.name.lower()] = uid
        return fate

    def _leave(self, before: Path, now: Path) -> None:
        """Remove a file that has moved; on Windows another spelling of a name is the same file."""
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
    """Return an ID as a part of a file's name on any system; letters of all scripts stay."""
    plain = "".join(sign for sign in external_id if unicodedata.category(sign)[0] != "C")
    return _FORBIDDEN.sub("_", plain)[:ID_KEPT].strip("._ ") or "_"


def _read(path: Path) -> Iterable[tuple[str, _File]]:
    """Return a file with its identifier, if it is one of ours. Our lines are plain, so that none has to be unfolded."""
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
