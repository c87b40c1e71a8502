"""Rules about times and zones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from importer.core.readings import Moment
from importer.core.rules.rule import Facts, Frame, Rule, no_facts
from importer.core.times import Clock
from importer.core.zones import is_gmt_in_summer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from importer.core.readings import Reading, Time

LONGEST = timedelta(hours=24)
FARTHEST_OFFSET = timedelta(hours=14)
"""No zone is farther from UTC, so a local time this far back is past everywhere (IANA: Pacific/Kiritimati, +14)."""


def time_rules(now: datetime) -> Iterable[Rule]:
    """Gives the rules about start, end and duration, and how they stand to each other and to `now`."""
    yield Rule("start", "midnight", _not_midnight, no_facts)
    yield Rule("start", "no-times", _some_time, no_facts)
    yield Rule("start", "in-the-past", partial(_ahead, now), lambda reading: (_shown(reading.start), {}))
    yield Rule("end", "end-without-start", partial(_has_start, "end"), no_facts)
    yield Rule("duration", "end-without-start", partial(_has_start, "duration"), no_facts)
    yield Rule(
        "end",
        "end-before-start",
        lambda frame: (not gap or gap >= timedelta() for gap in _gaps(frame)),
        lambda reading: (_shown(reading.end), {"start": _shown(reading.start), "end": _shown(reading.end)}),
    )
    yield Rule(
        "end",
        "zero-length",
        lambda frame: (gap is None or gap != timedelta() for gap in _gaps(frame)),
        no_facts,
    )
    yield Rule(
        "end",
        "over-24-hours",
        lambda frame: (not gap or gap <= LONGEST for gap in _gaps(frame)),
        lambda reading: (_shown(reading.end), {}),
    )
    yield Rule("duration", "zero-length", _some_length, no_facts)
    yield Rule("duration", "over-24-hours", _short_enough, lambda reading: (_length(reading.duration), {}))
    yield Rule("duration", "duration-contradicts-end", _agrees, _contradiction)


def _not_midnight(frame: Frame) -> Iterable[bool]:
    return (not (isinstance(start, Moment) and start.written.midnight) for start in frame["start"])


def _some_time(frame: Frame) -> Iterable[bool]:
    times = zip(frame["start"], frame["end"], frame["duration"], strict=True)
    return (start is not None or end is not None or length is not None for start, end, length in times)


def _has_start(column: str, frame: Frame) -> Iterable[bool]:
    others = frame["end"] if column == "duration" else [None] * len(frame)
    times = zip(frame["start"], frame[column], others, strict=True)
    return (start is not None or value is None or end is not None for start, value, end in times)


def _ahead(now: datetime, frame: Frame) -> Iterable[bool]:
    return (not isinstance(start, Moment) or not _past(start, now) for start in frame["start"])


def _past(moment: Moment, now: datetime) -> bool:
    if moment.instant is not None:
        return moment.instant < now
    return moment.written.local.replace(tzinfo=UTC) + FARTHEST_OFFSET < now


def _gaps(frame: Frame) -> Iterable[timedelta | None]:
    return (between(start, end) for start, end in zip(frame["start"], frame["end"], strict=True))


def between(start: Time, end: Time) -> timedelta | None:
    """Gives the time from start to end, by their instants or, where the zone is unknown, by the clock on the wall."""
    if not (isinstance(start, Moment) and isinstance(end, Moment)):
        return None
    if start.instant is not None and end.instant is not None:
        return end.instant - start.instant
    if start.written.local.tzinfo is None and end.written.local.tzinfo is None:
        return end.written.local - start.written.local
    return None


def _short_enough(frame: Frame) -> Iterable[bool]:
    times = zip(frame["duration"], frame["end"], strict=True)
    return (end is not None or not isinstance(length, timedelta) or length <= LONGEST for length, end in times)


def _some_length(frame: Frame) -> Iterable[bool]:
    times = zip(frame["duration"], frame["end"], strict=True)
    return (end is not None or length != timedelta() for length, end in times)


def _agrees(frame: Frame) -> Iterable[bool]:
    pairs = zip(frame["duration"], _gaps(frame), strict=True)
    return (gap is None or not isinstance(length, timedelta) or gap == length for length, gap in pairs)


def _contradiction(reading: Reading) -> Facts:
    gap = between(reading.start, reading.end) or timedelta()
    return _length(reading.duration), {"minutes": round(gap / timedelta(minutes=1))}


def _length(length: object) -> str:
    minutes = round(length / timedelta(minutes=1)) if isinstance(length, timedelta) else 0
    return f"{minutes // 60}:{minutes % 60:02}"


def _shown(moment: Time) -> str:
    return f"{moment.written.local:%Y-%m-%d %H:%M}" if isinstance(moment, Moment) else ""


def zone_rules() -> Iterable[Rule]:
    """Gives the rules about the zone, and about times that the zone's clock changes skip or repeat."""
    yield Rule("time_zone", "time-zone-missing", _zone_known, no_facts)
    yield Rule("time_zone", "gmt-in-summer", _no_gmt_in_summer, no_facts)
    for column in ("start", "end"):
        for code, clock in (("time-does-not-exist", Clock.SKIPPED), ("time-happens-twice", Clock.REPEATED)):
            yield Rule(column, code, partial(_not_clock, column, clock), partial(_zoned, column))


def _zone_known(frame: Frame) -> Iterable[bool]:
    times = zip(frame["time_zone"], frame["start"], frame["end"], strict=True)
    return (zone is not None or not (_needs_zone(start) or _needs_zone(end)) for zone, start, end in times)


def _no_gmt_in_summer(frame: Frame) -> Iterable[bool]:
    for zone, start in zip(frame["time_zone"], frame["start"], strict=True):
        moment = start.instant if isinstance(start, Moment) and start.written.local.tzinfo is None else None
        yield not (isinstance(zone, ZoneInfo) and moment is not None and is_gmt_in_summer(zone, moment))


def _needs_zone(moment: Time) -> bool:
    """A time without an offset needs a zone; one that can't be read yet will, so both are reported at once."""
    return moment is not None and not (isinstance(moment, Moment) and moment.instant is not None)


def _not_clock(column: str, clock: Clock, frame: Frame) -> Iterable[bool]:
    return (not isinstance(moment, Moment) or moment.clock is not clock for moment in frame[column])


def _zoned(column: str, reading: Reading) -> Facts:
    return _shown(getattr(reading, column)), {"zone": reading.time_zone}
