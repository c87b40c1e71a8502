"""The rule book: a Pandera schema over the whole sheet, and the one place that turns its findings into problems.

Theory of operation. The rows are read first (readings.py), so that a cell's trouble never hides another cell's. A
frame of those values, indexed by the sheet's own row numbers, is checked once and lazily. Each rule is one
whole-column check whose `error` is the catalogue's code, so a failure case is already (row, column, code). Checks
look at the frame through the closure: Pandera's frame-level checks would report a failing row once per column.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING, Any, TypeAlias

import pandas as pd
import pandera.pandas as pa

from importer.core.catalogue import problem
from importer.core.cells import Unclear
from importer.core.readings import Moment, Reading
from importer.core.times import Clock, zone_names
from importer.core.wording import closest, quoted, rows_in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from importer.core.model import Problem
    from importer.core.readings import Time

ATTENDEES_SHOWN = 750
"""GET answers at most this many attendees, without saying so (microsoftgraph/microsoft-graph-docs-contrib #2349)."""
LONGEST = timedelta(hours=24)
FARTHEST_OFFSET = timedelta(hours=14)
"""No zone is farther from UTC, so a local time this far back is past everywhere (IANA: Pacific/Kiritimati, +14)."""

KEYS = ("external_id", "subject", "start", "end", "duration", "time_zone", "organizer", "attendees")
UPN = re.compile(r"[^\s@,;<>()\[\]\"\\:]+@[^\W_](?:[\w-]*[^\W_])?(?:\.[^\W_](?:[\w-]*[^\W_])?)+")
"""The shape of a user principal name: one @, no blanks or brackets before it, a domain with a dot after it. Guests
(`ana_fabrikam.com#EXT#@contoso.com`) and apostrophes fit. https://learn.microsoft.com/entra/identity/hybrid/connect/plan-connect-userprincipalname"""
OBJECT_ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

Frame: TypeAlias = pd.DataFrame
Facts: TypeAlias = tuple[str, "Mapping[str, Any]"]


@dataclass(frozen=True, slots=True)
class RuleOptions:
    """What the rules depend on besides the rows: the moment of the check, and whether Organizer must be filled in."""

    now: datetime
    organizer_required: bool = True


@dataclass(frozen=True, slots=True)
class Rule:
    """One check of one column. `holds` gives a truth per row; `facts` gives the value and facts of a failing row."""

    column: str
    code: str
    holds: Callable[[Frame], Iterable[bool]]
    facts: Callable[[Reading], Facts]


def check(readings: Sequence[Reading], options: RuleOptions) -> dict[int, list[Problem]]:
    """Gives every problem of every row, by row number, in the order of the columns; rows without any are absent."""
    if not readings:
        return {}
    frame = pd.DataFrame(
        {key: [getattr(reading, key) for reading in readings] for key in KEYS},
        index=[reading.number for reading in readings],
        dtype=object,
    )
    rules = rule_book(readings, options)
    return _translate(_failures(frame, rules), readings, rules)


def rule_book(readings: Sequence[Reading], options: RuleOptions) -> tuple[Rule, ...]:
    """Gives the rules for one sheet, those that compare rows with each other bound to `readings`."""
    required = ("external_id", "organizer") if options.organizer_required else ("external_id",)
    return (
        *(Rule(column, "required", partial(_filled, column), _nothing) for column in required),
        *_readable(readings),
        *(
            Rule(column, "control-characters", partial(_clean, column), partial(_control_name, column))
            for column in ("external_id", "subject")
        ),
        *_identifier_rules(readings),
        Rule("subject", "subject-blank", partial(_filled, "subject"), _nothing),
        *_time_rules(options.now),
        *_zone_rules(),
        *_people_rules(),
    )


def _failures(frame: Frame, rules: Iterable[Rule]) -> list[tuple[int, str, str]]:
    checks: dict[str, list[pa.Check]] = {key: [] for key in KEYS}
    for rule in rules:
        checks[rule.column].append(pa.Check(partial(_verdict, rule, frame), error=rule.code, ignore_na=False))
    columns = {key: pa.Column(None, checks=found, nullable=True) for key, found in checks.items()}
    try:
        pa.DataFrameSchema(columns).validate(frame, lazy=True)
    except pa.errors.SchemaErrors as found:
        cases = found.failure_cases
        return list(zip(cases["index"], cases["column"], cases["check"], strict=True))
    return []


def _verdict(rule: Rule, frame: Frame, _series: object) -> pd.Series[bool]:
    return pd.Series(list(rule.holds(frame)), index=frame.index, dtype=bool)


def _translate(
    failures: Iterable[tuple[int, str, str]], readings: Iterable[Reading], rules: Sequence[Rule]
) -> dict[int, list[Problem]]:
    by_number = {reading.number: reading for reading in readings}
    places = {(rule.column, rule.code): (place, rule) for place, rule in enumerate(rules)}
    found: dict[int, list[tuple[int, int, Problem]]] = defaultdict(list)
    for number, column, code in failures:
        place, rule = places[column, code]  # a KeyError here is a rule that raised: our bug, and loud
        value, facts = rule.facts(by_number[number])
        entry = problem(code, column=column, value=value, **facts)
        found[number].append((KEYS.index(column), place, entry))
    return {number: [entry for *_, entry in sorted(row, key=lambda item: item[:2])] for number, row in found.items()}


def _nothing(_reading: Reading) -> Facts:
    return "", {}


def _filled(column: str, frame: Frame) -> Iterable[bool]:
    return (value != "" for value in frame[column])


# --- cells that can't be read -------------------------------------------------------------------------------------

_UNCLEAR = {
    "external_id": ("external-id-is-date",),
    "start": ("not-a-date", "date-ambiguous", "time-missing", "date-missing"),
    "end": ("not-a-date", "date-ambiguous", "time-missing", "date-missing"),
    "duration": ("not-a-duration",),
    "time_zone": ("time-zone-unknown",),
}
"""What a column's reader can say, besides that the cell itself is broken."""


def _readable(readings: Sequence[Reading]) -> Iterable[Rule]:
    for column in KEYS:
        values = (getattr(reading, column) for reading in readings)
        said = pd.Series([value.code if isinstance(value, Unclear) else "" for value in values], dtype=object)
        for code in ("cell-error", "cell-not-calculated", *_UNCLEAR.get(column, ())):
            yield Rule(column, code, partial(_says_otherwise, said, code), partial(_unclear_facts, column))


def _says_otherwise(said: pd.Series[str], code: str, _frame: Frame) -> Iterable[bool]:
    return said != code


def _unclear_facts(column: str, reading: Reading) -> Facts:
    unclear: Unclear = getattr(reading, column)
    hint = {"hint": _zone_hint(unclear.value)} if unclear.code == "time-zone-unknown" else {}
    return unclear.value, {**unclear.facts, **hint}


@cache
def _zone_hint(text: str) -> str:
    return closest(text, zone_names())


# --- external ID and subject ------------------------------------------------------------------------------------------


def _clean(column: str, frame: Frame) -> Iterable[bool]:
    return (not isinstance(value, str) or _control(value) is None for value in frame[column])


def _control(text: str) -> str | None:
    """Gives the first control character or lone surrogate: JSON or Teams would choke on it, and nobody sees it."""
    return None if text.isprintable() else next((c for c in text if unicodedata.category(c) in {"Cc", "Cs"}), None)


def _control_name(column: str, reading: Reading) -> Facts:
    value = getattr(reading, column)
    character = _control(value) or ""
    known = {"\n": "line break", "\r": "line break", "\t": "tab"}
    return value, {"name": known.get(character, f"U+{ord(character):04X}")}


def _identifier_rules(readings: Sequence[Reading]) -> Iterable[Rule]:
    twins = _twins(readings)
    yield Rule(
        "external_id",
        "external-id-rounded",
        lambda _: (not reading.rounded for reading in readings),
        lambda reading: (str(reading.external_id), {}),
    )
    yield Rule(
        "external_id",
        "duplicate-external-id",
        lambda frame: (number not in twins for number in frame.index),
        lambda reading: (str(reading.external_id), {"others": rows_in_words(twins[reading.number])}),
    )


def _twins(readings: Iterable[Reading]) -> dict[int, list[int]]:
    """Gives, for each row that shares its external ID and organizer with others, those others' numbers.

    Graph's key is tenant, organizer and external ID: https://learn.microsoft.com/graph/api/onlinemeeting-createorget
    """
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for reading in readings:
        if isinstance(reading.external_id, str) and reading.external_id and isinstance(reading.organizer, str):
            groups[reading.external_id, reading.organizer.casefold()].append(reading.number)
    return {
        number: [other for other in group if other != number]
        for group in groups.values()
        if len(group) > 1
        for number in group
    }


# --- times --------------------------------------------------------------------------------------------------------


def _time_rules(now: datetime) -> Iterable[Rule]:
    yield Rule("start", "midnight", _not_midnight, _nothing)
    yield Rule("start", "no-times", _some_time, _nothing)
    yield Rule("start", "in-the-past", partial(_ahead, now), lambda reading: (_shown(reading.start), {}))
    yield Rule("end", "end-without-start", partial(_has_start, "end"), _nothing)
    yield Rule("duration", "end-without-start", partial(_has_start, "duration"), _nothing)
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
        _nothing,
    )
    yield Rule(
        "end",
        "over-24-hours",
        lambda frame: (not gap or gap <= LONGEST for gap in _gaps(frame)),
        lambda reading: (_shown(reading.end), {}),
    )
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


# --- zones --------------------------------------------------------------------------------------------------------


def _zone_rules() -> Iterable[Rule]:
    yield Rule("time_zone", "time-zone-missing", _zone_known, _nothing)
    for column in ("start", "end"):
        for code, clock in (("time-does-not-exist", Clock.SKIPPED), ("time-happens-twice", Clock.REPEATED)):
            yield Rule(column, code, partial(_not_clock, column, clock), partial(_zoned, column))


def _zone_known(frame: Frame) -> Iterable[bool]:
    times = zip(frame["time_zone"], frame["start"], frame["end"], strict=True)
    return (zone is not None or not (_needs_zone(start) or _needs_zone(end)) for zone, start, end in times)


def _needs_zone(moment: Time) -> bool:
    """A time without an offset needs a zone; one that can't be read yet will, so both are reported at once."""
    return moment is not None and not (isinstance(moment, Moment) and moment.instant is not None)


def _not_clock(column: str, clock: Clock, frame: Frame) -> Iterable[bool]:
    return (not isinstance(moment, Moment) or moment.clock is not clock for moment in frame[column])


def _zoned(column: str, reading: Reading) -> Facts:
    return _shown(getattr(reading, column)), {"zone": reading.time_zone}


# --- people -------------------------------------------------------------------------------------------------------


def _people_rules() -> Iterable[Rule]:
    yield Rule("organizer", "upn-not-valid", _organizer_named, lambda reading: (str(reading.organizer), {}))
    yield Rule(
        "attendees",
        "upn-not-valid",
        lambda frame: (not _unnamed(people) for people in frame["attendees"]),
        lambda reading: (quoted(_unnamed(reading.attendees)), {}),
    )
    yield Rule(
        "attendees",
        "attendee-repeated",
        lambda frame: (not _repeated(people) for people in frame["attendees"]),
        lambda reading: (", ".join(_repeated(reading.attendees)), {}),
    )
    yield Rule(
        "attendees",
        "too-many-attendees",
        lambda frame: (len(distinct(people)) <= ATTENDEES_SHOWN for people in frame["attendees"]),
        lambda reading: ("", {"count": len(distinct(reading.attendees)), "limit": ATTENDEES_SHOWN}),
    )


def _organizer_named(frame: Frame) -> Iterable[bool]:
    return (
        not isinstance(name, str) or not name or bool(UPN.fullmatch(name) or OBJECT_ID.fullmatch(name))
        for name in frame["organizer"]
    )


def _unnamed(people: tuple[str, ...] | Unclear) -> list[str]:
    return [] if isinstance(people, Unclear) else [name for name in people if not UPN.fullmatch(name)]


def distinct(people: tuple[str, ...] | Unclear) -> tuple[str, ...]:
    """Gives the people once each, in the order and spelling of their first mention; UPNs don't know case."""
    named = () if isinstance(people, Unclear) else people
    return tuple({name.casefold(): name for name in reversed(named)}.values())[::-1]


def _repeated(people: tuple[str, ...] | Unclear) -> list[str]:
    named = () if isinstance(people, Unclear) else people
    if len({name.casefold() for name in named}) == len(named):
        return []
    counts: dict[str, list[str]] = defaultdict(list)
    for name in named:
        counts[name.casefold()].append(name)
    return [names[0] for names in counts.values() if len(names) > 1]
