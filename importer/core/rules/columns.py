"""The rules, each one whole-column check with the facts that its sentence needs.

First what a rule is; then the rules about single cells (what can't be read, the external ID, the subject), about the
organizer and the attendees, and about times and zones.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, TypeAlias
from zoneinfo import ZoneInfo

from importer.core.catalogue.sheet import ZONE_EXAMPLE
from importer.core.cells import GUID, UPN, ParseError, hidden_in, likeness
from importer.core.columns import INPUT_COLUMNS, PEOPLE_KEYS, Holds
from importer.core.meeting_options import OPTIONS
from importer.core.model import ATTENDEES_SHOWN, SameId
from importer.core.one_meeting import with_same_id, would_be
from importer.core.people import distinct, is_name
from importer.core.readings import has_lost_digits
from importer.core.suggestions import did_you_mean
from importer.core.texts import Sentence
from importer.core.times import ClockChange, Moment
from importer.core.times.clocks import offset_alone
from importer.core.times.lengths import SHORTEST
from importer.core.times.zones import OF_OFFSET, find_zone, is_gmt_in_summer
from importer.core.wording import NAMED, and_more, join_quoted, rows_in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from importer.core.meeting_options import OptionChoice
    from importer.core.readings import ReadTime
    from importer.core.row import Row


KEYS = tuple(column.key for column in INPUT_COLUMNS)

Facts: TypeAlias = tuple[str, "Mapping[str, Any]"]


@dataclass(frozen=True, slots=True)
class Frame:
    """What the rules look at: the values of each column, and the rows' numbers, which are the index of both."""

    columns: Mapping[str, list[Any]]
    index: list[int]

    def __getitem__(self, column: str) -> list[Any]:
        """Return a column's values."""
        return self.columns[column]

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self.index)


@dataclass(frozen=True, slots=True)
class Rule:
    """One check of one column. `holds` gives a truth per row; `facts` gives the value and facts of a failing row."""

    column: str
    code: str
    holds: Callable[[Frame], Iterable[bool]]
    facts: Callable[[Row], Facts]


def declaring(code: str) -> tuple[str, ...]:
    """Return the columns that declare the rule with that code."""
    return tuple(column.key for column in INPUT_COLUMNS if code in (column.rules or ()))


def no_facts(_row: Row) -> Facts:
    """Return nothing: the sentence needs no more than the heading."""
    return "", {}


def filled(column: str, frame: Frame) -> Iterable[bool]:
    """Return for each row whether a text column has something in it."""
    return (value != "" for value in frame[column])


def people_rules(*, names_looked_up: bool) -> Iterable[Rule]:
    """Return the rules about people. `names_looked_up`: the directory is asked about names, so they may stand there."""
    for key in declaring("hidden-character"):
        yield _rule_about(key, "hidden-character", _hiding, lambda names: {"name": hidden_name(names[0])})
    for key in declaring("upn-not-valid"):
        unnamed = partial(_unnamed, ids=PEOPLE_KEYS[key] is Holds.PERSON, names=names_looked_up)
        yield _rule_about(key, "upn-not-valid", unnamed)
    for key in declaring("attendee-repeated"):
        yield _rule_about(key, "attendee-repeated", _repeated)
    for key in declaring("too-many-attendees"):
        yield Rule(key, "too-many-attendees", partial(_few_enough, key), partial(_counted, key))


def _few_enough(column: str, frame: Frame) -> Iterable[bool]:
    for people in map(_named, frame[column]):
        yield len(people) <= ATTENDEES_SHOWN or len(distinct(people)) <= ATTENDEES_SHOWN


def _counted(column: str, row: Row) -> Facts:
    return "", {"count": len(distinct(_named(row.values[column]))), "limit": ATTENDEES_SHOWN}


def _rule_about(
    key: str,
    code: str,
    wrong: Callable[[Any], Sequence[str]],
    facts: Callable[[Sequence[str]], Mapping[str, Any]] = lambda _: {},
) -> Rule:
    """Return the rule of a column of people that holds where nobody of those named is `wrong`."""

    def said(row: Row) -> Facts:
        names = wrong(row.values[key])
        return join_quoted(names), facts(names)

    return Rule(key, code, lambda frame: _right(wrong, frame[key]), said)


def _right(wrong: Callable[[Any], Sequence[str]], column: Iterable[Any]) -> Iterable[bool]:
    """Return for each row whether nobody is wrong; one person who stands in many rows is looked at once."""
    known: dict[str, bool] = {}
    for people in column:
        if type(people) is not str:
            yield not wrong(people)
        elif people in known:
            yield known[people]
        else:
            yield known.setdefault(people, not wrong(people))


def _named(people: str | tuple[str, ...] | ParseError) -> tuple[str, ...]:
    """Return those named in the cell of one person, or of any number."""
    if isinstance(people, str):
        return (people,) if people else ()
    return () if isinstance(people, ParseError) else people


def _unnamed(people: str | tuple[str, ...] | ParseError, *, ids: bool, names: bool) -> list[str]:
    return [
        name
        for name in _named(people)
        if not UPN.fullmatch(name)
        and not hidden_in(name)
        and not (ids and GUID.fullmatch(name))
        and not (names and is_name(name))
    ]


def _hiding(people: str | tuple[str, ...] | ParseError) -> list[str]:
    return [name for name in _named(people) if hidden_in(name)]


def hidden_name(text: str) -> str:
    """Return the first character that nobody sees by its number, as its names are English alone: 'U+00AD'."""
    return f"U+{ord(hidden_in(text)):04X}"


def _repeated(people: str | tuple[str, ...] | ParseError) -> list[str]:
    named = _named(people)
    if len({name.casefold() for name in named}) == len(named):
        return []
    counts: dict[str, list[str]] = defaultdict(list)
    for name in named:
        counts[name.casefold()].append(name)
    return [names[0] for names in counts.values() if len(names) > 1]


def option_rules() -> Iterable[Rule]:
    """Return the rules about the options of a meeting: what can't be taken back is said before it is done."""
    for option in OPTIONS:
        if option.lasting is not None:
            yield Rule(
                option.key, "option-for-good", partial(_is_not, option.key, option.lasting), partial(_word, option.key)
            )


def _is_not(column: str, choice: OptionChoice, frame: Frame) -> Iterable[bool]:
    return (value != choice for value in frame[column])


def _word(column: str, row: Row) -> Facts:
    return row.values[column].word, {}


_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_DAY = "(?:0?[1-9]|[12][0-9]|3[01])"
_DATE_IN_CSV = re.compile(rf"\d{{1,2}}-{_MONTH}|{_MONTH}-\d{{2}}|{_DAY}([./-]){_DAY}\1(?:19|20)\d\d")
"""How Excel writes into a CSV what it has taken for a date: 03-Apr for 3-4, Apr-26 for 4/2026, or the date in full."""


def readable_rules(rows: Sequence[Row]) -> Iterable[Rule]:
    """Return the rules about cells whose reader found no value in them, of which there are none in most columns."""
    said = {(key, value.code) for row in rows for key, value in row.values.items() if type(value) is ParseError}
    for declared in INPUT_COLUMNS:
        column = declared.key
        for code in ("cell-error", "cell-not-calculated", *(declared.unclear or ())):
            if (column, code) in said:
                yield Rule(column, code, partial(_says_otherwise, column, code), partial(_unclear_facts, column))


def _says_otherwise(column: str, code: str, frame: Frame) -> Iterable[bool]:
    return (not (isinstance(value, ParseError) and value.code == code) for value in frame[column])


def _unclear_facts(column: str, row: Row) -> Facts:
    unclear: ParseError = row.values[column]
    facts = _zone_facts(unclear) if unclear.code == "time-zone-unknown" else unclear.facts
    return unclear.value, facts


def _zone_facts(unclear: ParseError) -> Mapping[str, object]:
    """Return the zone that is offered, or an example where none is: beside an offer it would lead away from it."""
    hint = unclear.facts["hint"]
    return {"hint": hint, "example": "" if hint else ZONE_EXAMPLE.format()}


def control_rules() -> Iterable[Rule]:
    """Return the rules against characters that nobody sees and Teams can't use."""
    for column in declaring("control-characters"):
        yield Rule(column, "control-characters", partial(_clean, column), partial(_control_name, column))


def _clean(column: str, frame: Frame) -> Iterable[bool]:
    return (not isinstance(value, str) or _control(value) is None for value in frame[column])


def _control(text: str) -> str | None:
    """Return the first control character or lone surrogate: JSON or Teams would choke on it, and nobody sees it."""
    return None if text.isprintable() else next((c for c in text if unicodedata.category(c) in {"Cc", "Cs"}), None)


def _control_name(column: str, row: Row) -> Facts:
    value = row.values[column]
    character = _control(value) or ""
    known = {"\n": _LINE_BREAK, "\r": _LINE_BREAK, "\t": _TAB}
    return value, {"name": known[character].format() if character in known else f"U+{ord(character):04X}"}


_LINE_BREAK = Sentence("control-characters line break", "line break")
_TAB = Sentence("control-characters tab", "tab")


def identifier_rules(rows: Sequence[Row], same_id: SameId) -> Iterable[Rule]:
    """Return the rules about the external ID: whole, once for each organizer, and not to be taken for another."""
    groups = with_same_id(rows) if same_id is SameId.ERROR else []
    twins, alike = {row.number: group for group in groups for row in group}, _alike(rows)
    would = {group[0].number: would_be(group) for group in groups}
    yield Rule(
        "external_id",
        "external-id-like-date",
        lambda frame: (not (isinstance(text, str) and _DATE_IN_CSV.fullmatch(text)) for text in frame["external_id"]),
        lambda row: (str(row.values["external_id"]), {}),
    )
    yield Rule(
        "external_id",
        "external-id-rounded",
        lambda _: (not any(map(has_lost_digits, row.cells.get("external_id", ()))) for row in rows),
        lambda row: (str(row.values["external_id"]), {}),
    )
    parts = {row.number for group in groups if _differ_in_attendees_alone(group) for row in group}
    for code, members in (("duplicate-external-id", twins.keys() - parts), ("one-meeting-many-rows", parts)):
        yield Rule(
            "external_id",
            code,
            partial(_is_none_of, members),
            lambda row: (
                str(row.values["external_id"]),
                {"others": _others(row, twins[row.number]), "would": would[twins[row.number][0].number]},
            ),
        )
    yield Rule(
        "external_id",
        "external-id-hides",
        lambda frame: (
            not (isinstance(text, str) and hidden_in(text) and not _control(text)) for text in frame["external_id"]
        ),
        lambda row: (str(row.values["external_id"]), {"name": hidden_name(str(row.values["external_id"]))}),
    )
    yield Rule(
        "external_id",
        "external-id-alike",
        partial(_is_none_of, alike),
        lambda row: (str(row.values["external_id"]), {"others": rows_in_words(alike[row.number])}),
    )


def _is_none_of(numbers: Collection[int], frame: Frame) -> Iterable[bool]:
    return (number not in numbers for number in frame.index)


def _differ_in_attendees_alone(rows: Sequence[Row]) -> bool:
    """Return whether rows with one ID say the same but for the attendees: one meeting with an attendee in each row."""
    named = {"external_id", "organizer", "attendees"}
    meetings = ({key: value for key, value in row.values.items() if key not in named} for row in rows)
    first = next(meetings)
    people = {str(row.values["attendees"]) for row in rows}
    return len(people) > 1 and all(meeting == first for meeting in meetings)


def _others(row: Row, group: Sequence[Row]) -> str:
    """Return the other rows of a group in words; of many, not all are looked at."""
    few = [other.number for other in group[: NAMED + 1] if other.number != row.number][:NAMED]
    return and_more(rows_in_words(few), len(group) - 1 - len(few))


def _alike(rows: Iterable[Row]) -> dict[int, list[int]]:
    """Return, for each row whose external ID is another one and looks the same, the numbers of those other rows."""
    groups: dict[tuple[str, str], list[tuple[str, int]]] = defaultdict(list)
    for row in rows:
        if (
            isinstance(row.values["external_id"], str)
            and row.values["external_id"]
            and isinstance(row.values["organizer"], str)
        ):
            key = likeness(row.values["external_id"]), row.values["organizer"].casefold()
            groups[key].append((row.values["external_id"], row.number))
    found = {}
    for group in groups.values():
        if len({text for text, _ in group}) > 1:
            for text, number in group:
                found[number] = [other for other_text, other in group if other_text != text]
    return found


LONGEST = timedelta(hours=24)
FARTHEST_YEARS = 100
"""A year farther ahead is a slip, or of another calendar: 2570 in Thailand is 2027."""
FARTHEST_OFFSET = timedelta(hours=14)
"""No zone is farther from UTC, so a local time this far back is past everywhere (IANA: Pacific/Kiritimati, +14)."""


def time_rules(rows: Sequence[Row], now: datetime) -> Iterable[Rule]:
    """Return the rules about start, end and duration, and how they stand to each other and to `now`."""
    gaps = [between(row.values["start"], row.values["end"]) for row in rows]
    yield Rule("start", "midnight", _not_midnight, no_facts)
    yield Rule("start", "no-times", _some_time, no_facts)
    yield Rule("start", "in-the-past", lambda _: (not is_past(row, now) for row in rows), _last_start)
    yield Rule("start", "too-far-ahead", partial(_near, now), lambda row: (_shown(row.values["start"]), {}))
    yield Rule("end", "end-without-start", partial(_has_start, "end"), no_facts)
    yield Rule("duration", "end-without-start", partial(_has_start, "duration"), no_facts)
    yield Rule(
        "end",
        "end-before-start",
        lambda _: (not gap or gap >= timedelta() for gap in gaps),
        lambda row: (
            _shown(row.values["end"]),
            {"start": _shown(row.values["start"]), "end": _shown(row.values["end"])},
        ),
    )
    yield Rule(
        "end",
        "zero-length",
        lambda _: (gap is None or gap != timedelta() for gap in gaps),
        no_facts,
    )
    yield Rule(
        "end",
        "over-24-hours",
        lambda _: (not gap or gap <= LONGEST for gap in gaps),
        lambda row: (_shown(row.values["end"]), {}),
    )
    yield Rule("duration", "zero-length", _some_length, no_facts)
    yield Rule("duration", "short-duration", _long_enough, _minutes)
    yield Rule("duration", "over-24-hours", _short_enough, lambda row: (_length(row.values["duration"]), {}))
    yield Rule("duration", "duration-contradicts-end", partial(_agrees, gaps), _contradiction)


def _not_midnight(frame: Frame) -> Iterable[bool]:
    return (not (isinstance(start, Moment) and start.written.midnight) for start in frame["start"])


def _some_time(frame: Frame) -> Iterable[bool]:
    times = zip(frame["start"], frame["end"], frame["duration"], strict=True)
    return (start is not None or end is not None or length is not None for start, end, length in times)


def _has_start(column: str, frame: Frame) -> Iterable[bool]:
    others = frame["end"] if column == "duration" else [None] * len(frame)
    times = zip(frame["start"], frame[column], others, strict=True)
    return (start is not None or value is None or end is not None for start, value, end in times)


def _near(now: datetime, frame: Frame) -> Iterable[bool]:
    latest = now.year + FARTHEST_YEARS
    return (not isinstance(start, Moment) or start.written.local.year <= latest for start in frame["start"])


def is_past(row: Row, now: datetime) -> bool:
    """Return whether a row is over, or about to be: of several times the last counts."""
    last = (row.values.get("occurrences") or [(row.values["start"], None)])[-1][0]
    if not isinstance(last, Moment):
        return False
    if last.instant is not None:
        return last.instant < now
    return last.written.local.replace(tzinfo=UTC) + FARTHEST_OFFSET < now


def _last_start(row: Row) -> Facts:
    return _shown((row.values.get("occurrences") or [(row.values["start"], None)])[-1][0]), {}


def between(start: ReadTime, end: ReadTime) -> timedelta | None:
    """Return the time from start to end, by their instants or, where the zone is unknown, by the clock on the wall."""
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


def _long_enough(frame: Frame) -> Iterable[bool]:
    return (not isinstance(length, timedelta) or not timedelta() < length < SHORTEST for length in frame["duration"])


def _minutes(row: Row) -> Facts:
    length: timedelta = row.values["duration"]
    return _length(length), {"minutes": round(length / timedelta(minutes=1))}


def _agrees(gaps: Sequence[timedelta | None], frame: Frame) -> Iterable[bool]:
    pairs = zip(frame["duration"], gaps, strict=True)
    return (gap is None or not isinstance(length, timedelta) or gap == length for length, gap in pairs)


def _contradiction(row: Row) -> Facts:
    gap = between(row.values["start"], row.values["end"]) or timedelta()
    return _length(row.values["duration"]), {"minutes": round(gap / timedelta(minutes=1))}


def _length(length: object) -> str:
    minutes = round(length / timedelta(minutes=1)) if isinstance(length, timedelta) else 0
    return f"{minutes // 60}:{minutes % 60:02}"


def _shown(moment: ReadTime) -> str:
    return f"{moment.written.local:%Y-%m-%d %H:%M}" if isinstance(moment, Moment) else ""


def zone_rules(rows: Sequence[Row]) -> Iterable[Rule]:
    """Return the rules about the zone, and about times that the zone's clock changes skip or repeat."""
    yield Rule("time_zone", "time-zone-missing", _zone_known, no_facts)
    yield Rule("time_zone", "gmt-in-summer", _no_gmt_in_summer, no_facts)
    yield Rule("time_zone", "offset-in-summer", lambda _: (not _moving_clocks(row) for row in rows), _offset_facts)
    changing = [row for row in rows if _meets_a_change(row)]
    for place, column in enumerate(("start", "end")):
        for code, clock in (("time-does-not-exist", ClockChange.SKIPPED), ("time-happens-twice", ClockChange.REPEATED)):
            odd = {row.number: each for row in changing if (each := _on_clock(row, place, clock)) is not None}
            yield Rule(column, code, partial(_is_none_of, frozenset(odd)), partial(_zoned, odd))


def _zone_known(frame: Frame) -> Iterable[bool]:
    times = zip(frame["time_zone"], frame["start"], frame["end"], strict=True)
    return (zone is not None or not (_needs_zone(start) or _needs_zone(end)) for zone, start, end in times)


def _no_gmt_in_summer(frame: Frame) -> Iterable[bool]:
    for zone, start in zip(frame["time_zone"], frame["start"], strict=True):
        moment = start.instant if isinstance(start, Moment) and start.written.local.tzinfo is None else None
        yield not (isinstance(zone, ZoneInfo) and moment is not None and is_gmt_in_summer(zone, moment))


def _needs_zone(moment: ReadTime) -> bool:
    """A time without an offset needs a zone; one that can't be read yet will, so both are reported at once."""
    return moment is not None and not (isinstance(moment, Moment) and moment.instant is not None)


def _moving_clocks(row: Row) -> tuple[str, ...]:
    """Return the zones that have a row's offset in winter, if another one is theirs when the row starts."""
    start, zones = row.values["start"], _having(row.text("time_zone"))
    if not zones or not isinstance(start, Moment) or start.instant is None:
        return ()
    return zones if any(start.instant.astimezone(ZoneInfo(zone)).dst() for zone in zones) else ()


@lru_cache
def _having(text: str) -> tuple[str, ...]:
    """Return zones that have the offset which stands in the column of the zones; none for the name of one."""
    offset = None if find_zone(text) else offset_alone(text)
    return () if offset is None else OF_OFFSET.get(round(offset.utcoffset(None) / timedelta(minutes=1)), ())


def _offset_facts(row: Row) -> Facts:
    return row.text("time_zone"), {"hint": did_you_mean(_moving_clocks(row))}


def _meets_a_change(row: Row) -> bool:
    """Return whether a clock change makes one of the row's times special: of hardly any row."""
    times = (row.values["start"], row.values["end"])
    return bool(row.values.get("occurrences")) or any(
        isinstance(each, Moment) and each.clock is not ClockChange.PLAIN for each in times
    )


def _on_clock(row: Row, place: int, clock: ClockChange) -> Moment | None:
    """Return the first start (or end, by its place) of a row that a clock change makes special."""
    pairs = row.values.get("occurrences") or [(row.values["start"], row.values["end"])]
    moments = (pair[place] for pair in pairs)
    return next((each for each in moments if isinstance(each, Moment) and each.clock is clock), None)


def _zoned(odd: Mapping[int, Moment], row: Row) -> Facts:
    return _shown(odd[row.number]), {"zone": row.values["time_zone"]}
