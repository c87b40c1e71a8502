"""How a row was understood, for a person to look at before a meeting is made of it.

A wrong hour is seen by whoever has the sheet before their eyes: so the times stand there on the clocks of the row's
zone, with the weekday, and in UTC. What could not be read is said to be that, with what stands in the cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from importer.core.catalogue import shorten
from importer.core.catalogue.words import BLANK_END, BLANK_START, MORE_TIMES, NO_ZONE, NOT_READ
from importer.core.cells import ParseError
from importer.core.model import DEFAULT_LENGTH
from importer.core.properties import DAY_AND_TIME, IN_ZONE, TO, full_day_in_words, on_clocks
from importer.core.texts import joined
from importer.core.times import Moment
from importer.core.wording import first_few

if TYPE_CHECKING:
    from importer.core.people import Meant
    from importer.core.row import Row

PEOPLE_NAMED = 2
"""Attendees named in a line before the rest becomes a count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """One row as it was understood. `start` and `end` have the offset of the row's zone, and none where it has none.

    `meant` are those whom the row names otherwise than by their sign-in name.
    `unread` has, for each of the two, what stands in a cell that could not be read. `blank_end` is whether the row says
    no end, so that Teams takes an hour after the start.
    """

    number: int
    external_id: str
    subject: str
    start: datetime | None
    end: datetime | None
    zone: str
    organizer: str
    attendees: tuple[str, ...]
    unread: dict[str, str]
    blank_end: bool = False
    times_more: int = 0
    """How many more times it takes place."""
    last: datetime | None = None
    """The last of them."""
    meant: tuple[Meant, ...] = ()

    @property
    def begins(self) -> str:
        """Return the start in words: `Mon 5 Apr 2027, 09:00`."""
        if "start" in self.unread:
            return NOT_READ.format(text=shorten(self.unread["start"]))
        return BLANK_START.format() if self.start is None else _day_and_time(self.start)

    @property
    def ends(self) -> str:
        """Return the end in words, with its day only where that is another one than the start's."""
        if "end" in self.unread:
            return NOT_READ.format(text=shorten(self.unread["end"]))
        if self.end is None:
            return ""
        same = self.start is not None and self.start.date() == self.end.date()
        words = _time(self.end) if same else _day_and_time(self.end)
        words = BLANK_END.format(time=words) if self.blank_end else words
        more = MORE_TIMES.format(count=self.times_more, last=_day_and_time(self.last)) if self.last else ""
        return joined((words, more), commas=False) if more else words

    @property
    def zone_in_words(self) -> str:
        """Return the zone, or that there is none where a time needs one."""
        naive = any(moment is not None and moment.tzinfo is None for moment in (self.start, self.end))
        return NO_ZONE.format() if naive else self.zone

    @property
    def times(self) -> str:
        """Return start, end and zone in a line."""
        said = TO.format(start=self.begins, end=self.ends) if self.ends else self.begins
        return IN_ZONE.format(time=said, zone=self.zone_in_words) if self.zone_in_words else said

    @property
    def in_utc(self) -> str:
        """Return start and end in UTC, nothing where they are not known: `2027-04-05 07:00 to 08:30`."""
        begun, ended = utc_of(self.start), utc_of(self.end)
        if begun is None:
            return ""
        if ended is None:
            return f"{begun:%Y-%m-%d %H:%M}"
        day = "" if begun.date() == ended.date() else f"{ended:%Y-%m-%d} "
        return TO.format(start=f"{begun:%Y-%m-%d %H:%M}", end=f"{day}{ended:%H:%M}")

    @property
    def attendees_in_words(self) -> str:
        """Return the first attendees, and how many more there are."""
        return first_few([shorten(self._told(name)) for name in self.attendees], PEOPLE_NAMED)

    @property
    def organizer_in_words(self) -> str:
        """Return the organizer: `Ruiz, Ana -> ana@contoso.com` where the row has a name."""
        return self._told(self.organizer)

    def _told(self, name: str) -> str:
        same = name.casefold()
        found = next((one for one in self.meant if same in (one.sign_in.casefold(), one.name.casefold())), None)
        return name if found is None else f"{found.name} -> {found.sign_in}"

    @property
    def cells(self) -> tuple[str, ...]:
        """Return it as a line of a table; `PREVIEW_HEADINGS` are over its columns."""
        return (
            str(self.number),
            shorten(self.external_id),
            shorten(self.subject),
            self.begins,
            self.ends,
            self.zone_in_words,
            self.in_utc,
            shorten(self.organizer_in_words),
            self.attendees_in_words,
        )


def preview(row: Row) -> Preview:
    """Return how a row was understood."""
    zone = row.values.get("time_zone")
    known = zone if isinstance(zone, ZoneInfo) else None
    start = _local(row.values.get("start"), known)
    end = _local(row.values.get("end"), known)
    if end is None and start is not None and not _unclear(row, "end") and not _unclear(row, "duration"):
        end = _after(start, row)
    unread = {key: row.text(key) for key in ("start", "end") if _unclear(row, key)}
    if _unclear(row, "duration"):
        unread.setdefault("end", row.text("duration"))
    if isinstance(zone, ParseError):
        shown: str = NOT_READ.format(text=shorten(row.text("time_zone")))
    else:
        shown = "" if known is None else known.key
    others = row.occurrences[1:]
    return Preview(
        times_more=len(others),
        last=on_clocks(others[-1].start, known.key if known else "UTC") if others else None,
        number=row.number,
        external_id=row.external_id,
        subject=row.subject,
        start=start,
        end=end,
        zone=shown,
        organizer=row.organizer,
        attendees=row.attendees,
        unread=unread,
        blank_end=row.values.get("end") is None and row.values.get("duration") is None,
        meant=row.people,
    )


def utc_of(moment: datetime | None) -> datetime | None:
    """Return the instant in UTC, None where the moment has no offset."""
    return None if moment is None or moment.tzinfo is None else moment.astimezone(UTC)


def _unclear(row: Row, key: str) -> bool:
    return isinstance(row.values.get(key), ParseError)


def _local(value: object, zone: ZoneInfo | None) -> datetime | None:
    """Return a moment on the zone's clocks; without a zone, as it was written."""
    if not isinstance(value, Moment):
        return None
    if value.instant is None or zone is None:
        return value.written.local
    return on_clocks(value.instant, zone.key)


def _after(start: datetime, row: Row) -> datetime:
    """Return the end of a row that has a length or nothing; the time in between is elapsed time."""
    length = row.values.get("duration")
    length = length if isinstance(length, timedelta) else DEFAULT_LENGTH
    if start.tzinfo is None:
        return start + length
    return (start.astimezone(UTC) + length).astimezone(start.tzinfo)


def _day_and_time(moment: datetime) -> str:
    return DAY_AND_TIME.format(day=full_day_in_words(moment), time=_time(moment))


def _time(moment: datetime) -> str:
    """Return the time of day, with its offset where that is not its zone's to say."""
    own = moment.tzinfo is not None and (not isinstance(moment.tzinfo, ZoneInfo) or _is_twice(moment))
    offset = f" UTC{moment:%z}" if own else ""
    return f"{moment:%H:%M:%S}{offset}" if moment.second else f"{moment:%H:%M}{offset}"


def _is_twice(moment: datetime) -> bool:
    return moment.utcoffset() != moment.replace(fold=1 - moment.fold).utcoffset()
