"""Each column's reader: from the cells of a row to the value they mean, or to what is unclear about them."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache, partial
from itertools import repeat
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from importer.core.catalogue.drift import SIGN_IN_NAMES
from importer.core.cells import UPN, ParseError, fault_of, is_blank, text_of, trimmed, visible
from importer.core.columns import INPUT_KEYS, PEOPLE_KEYS, Holds
from importer.core.meeting_options import GOVERNMENT, OPTION, OPTIONS, OptionChoice, choices_in, chosen_in, word_of
from importer.core.people import Book, Named, distinct, is_sign_in, named_in
from importer.core.suggestions import closest
from importer.core.texts import NO_LANGUAGES, Languages, Sentence, joined, normalize
from importer.core.times import ClockChange, Moment, Range, Weekly, When, assembled, read_end, read_when, to_utc
from importer.core.times.clocks import offset_alone
from importer.core.times.dates import meanings_of
from importer.core.times.lengths import read_duration
from importer.core.times.spellings import is_date_time
from importer.core.times.weeks import in_company
from importer.core.times.words import words_in
from importer.core.times.zones import find_zone, zone_hint
from importer.core.wording import either

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from importer.core.meeting_options import MeetingOption
    from importer.core.model import Cell, DateOrder
    from importer.core.people import Meant
    from importer.core.row import Row
    from importer.core.times import DatePart
    from importer.core.times.weeks import Weeks
    from importer.core.times.words import Words


LIKELY_HOURS = 24
"""Up to here a number can be a length in hours: where some of a sheet's lengths are, all of these are."""
EXACT_DIGITS = 1e15
"""From here on a spreadsheet's number no longer holds every digit (IEEE 754 double: 15 decimal digits are safe)."""

_SHORTENED = re.compile(r"-?\d(?:[.,]\d+)?E\+\d{2,3}")
"""How Excel writes a number of 12 digits or more into a CSV, six of them kept: 1.23457E+19."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingOptions:
    """What the cells alone don't say.

    The zone of rows without one, the order of day and month in text dates, the unit that the heading of the lengths
    names, who is meant by names, and the organizer of rows without one, empty where there is none for all; and which
    columns of `start` and `end` hold one part of a date, by their headings. `weeks` says on which dates weekdays are
    that stand without one; `company` are all words for weekdays in the sheet. `chosen` is for the options of a meeting,
    by column, where a row leaves them blank, and `cloud` is where the meetings are. `languages` are those in which a
    choice may stand.
    """

    languages: Languages = NO_LANGUAGES
    default_zone: ZoneInfo | None = None
    date_order: DateOrder | None = None
    length_unit: timedelta | None = None
    people: Book = field(default_factory=Book)
    organizer: str = ""
    parts: Mapping[str, Sequence[DatePart | None]] = field(default_factory=dict)
    weeks: Weeks | None = None
    company: frozenset[str] = frozenset()
    chosen: Mapping[str, OptionChoice | tuple[str, ...]] = field(default_factory=dict)
    cloud: str = "global"

    @property
    def words(self) -> Words:
        """Return what days, months and the like are called in those languages."""
        return words_in(self.languages)


ReadText: TypeAlias = str | ParseError
ReadTime: TypeAlias = Moment | ParseError | None
ReadZone: TypeAlias = tzinfo | ParseError | None


def read_rows(rows: Iterable[Row], options: ReadingOptions) -> list[Row]:
    """Return all rows with values. What is in doubt in one row is in doubt in those beside it: none is taken.

    That is a number that can be a length in hours, and one that can be a time of day or a number of another kind.
    """
    rows = list(rows)
    options = replace(options, company=_weekday_words(rows, options))
    read = _Reader.of(options).read(rows)
    if any(_is_unclear(row.values["duration"], "duration-unit") for row in read):
        read = [_in_doubt(row, options) for row in read]
    for key in ("start", "end"):
        if any(_is_unclear(row.values[key], "number-not-time") for row in read):
            read = [_without_bare(row, key) for row in read]
    return read


def _weekday_words(rows: Iterable[Row], options: ReadingOptions) -> frozenset[str]:
    """Return the words that stand for weekdays in the starts: together they tell their language."""
    words: set[str] = set()
    for row in rows:
        cells = row.cells.get("start", ())
        if len(cells) == 1 and isinstance(cells[0], datetime):  # nearly every row of a workbook
            continue
        if any(isinstance(cell, str) and not cell[:1].isdigit() for cell in cells):
            read = read_when(_cells(row, "start", options), options.date_order, options.words)
            words |= read.weekdays.words if isinstance(read, Weekly) else frozenset()
    return frozenset(words)


def _is_unclear(value: object, code: str) -> bool:
    return isinstance(value, ParseError) and value.code == code


def _in_doubt(row: Row, options: ReadingOptions) -> Row:
    text, length = row.text("duration"), row.values["duration"]
    bare = text.isdigit() and isinstance(length, timedelta) and timedelta() < length
    if not bare or (options.length_unit is None and int(text) > LIKELY_HOURS):
        return row
    return replace(row, values={**row.values, "duration": ParseError("duration-unit", text)})


def _without_bare(row: Row, key: str) -> Row:
    moment = row.values[key]
    if not (isinstance(moment, Moment) and moment.written.bare):
        return row
    return replace(row, values={**row.values, key: ParseError("number-not-time", row.text(key)), "occurrences": ()})


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the rows of one sheet, column by column: most cells say what others say, and equal texts are read once."""

    options: ReadingOptions
    texts: Mapping[str, Callable[[Cells], object]]
    people: Mapping[str, Callable[[Cells], tuple[object, Sequence[Meant]]]]
    choices: Mapping[str, Callable[[Cells], tuple[ReadChoice | None, Sequence[Meant]]]]
    zone: Callable[[Cells], ZoneInfo | timezone | ParseError | None]
    length: Callable[[Cells], timedelta | ParseError | None]
    blank: Mapping[str, Any]
    """What a row says in a column that the sheet does not have."""

    @classmethod
    def of(cls, options: ReadingOptions) -> _Reader:
        """Return the reader for a sheet that is read in this way."""
        read: dict[str, Callable[[Cells], tuple[object, Sequence[Meant]]]] = {
            key: partial(_PEOPLE[holds], key, options) for key, holds in PEOPLE_KEYS.items()
        }
        blank: dict[str, Any] = {key: read(()) for key, read in READERS.items()}
        blank |= {key: one(())[0] for key, one in read.items()}
        blank |= {"time_zone": options.default_zone, "start": None, "end": None, "occurrences": (), "duration": None}
        return cls(
            options,
            texts=READERS,
            people={key: _each_once(one) for key, one in read.items()},
            choices={key: _each_once(partial(_read_choice, key, options)) for key in OPTION},
            zone=_each_once(lambda cells: _read_zone(visible(cells), options.default_zone, options.words)),
            length=_each_once(lambda cells: read_duration(visible(cells), options.length_unit, options.words)),
            blank=blank,
        )

    def read(self, rows: Sequence[Row]) -> list[Row]:
        """Return the rows with their values; every cell is read, whatever is wrong with the others.

        An offset in the column of the zones counts as one behind each time, and the times are told in the default zone.
        """
        default = self.options.default_zone
        here = frozenset[str]().union(*(row.cells for row in rows))
        meant: defaultdict[int, list[Meant]] = defaultdict(list)
        read: dict[str, Iterable[Any]] = {key: repeat(blank) for key, blank in self.blank.items()}
        for key in self.texts.keys() & here:
            read[key] = map(self.texts[key], _column(rows, key))
        for key, read_people in self.people.items():
            if key in here:
                read[key] = _named(map(read_people, _column(rows, key)), meant)
        zones = [*map(self.zone, _column(rows, "time_zone"))] if "time_zone" in here else [default] * len(rows)
        read["time_zone"] = (default if isinstance(zone, timezone) else zone for zone in zones)
        read["start"], read["end"], several = self._times(rows, zones)
        read["occurrences"] = (several.get(place, ()) for place in range(len(rows)))
        if "duration" in here:
            read["duration"] = map(self.length, _column(rows, "duration"))
        chooses = bool(self.options.chosen or self.choices.keys() & here)
        done: list[Row] = []
        for place, (row, *said) in enumerate(zip(rows, *read.values())):  # noqa: B905 - what is blank has no end
            values = dict(zip(read, said, strict=True))
            if chooses and (chosen := self._choices(row.cells, meant[place])):
                values |= {key: one for key, one in chosen.items() if key in OPTION or not values[key]}
            done.append(row.read(values, tuple(dict.fromkeys(meant[place])) if place in meant else ()))
        return done

    def _times(
        self, rows: Iterable[Row], zones: Iterable[ReadZone]
    ) -> tuple[list[ReadTime], list[ReadTime], dict[int, object]]:
        """Return starts and ends, and all pairs of them by the place of each row that has more than one."""
        starts: list[ReadTime] = []
        ends: list[ReadTime] = []
        several: dict[int, object] = {}
        for row, zone in zip(rows, zones, strict=True):
            pairs = _read_times(row, zone, self.options)
            if len(pairs) > 1:
                several[len(starts)] = tuple(pairs)
            starts.append(pairs[0][0])
            ends.append(pairs[0][1])
        return starts, ends, several

    def _choices(self, cells: Mapping[str, Cells], meant: list[Meant]) -> dict[str, ReadChoice]:
        """Return what is chosen for the options of a meeting, and what can't be; those left blank are not in it."""
        said: dict[str, ReadChoice] = dict(self.options.chosen)
        for key in cells:
            if key in self.choices:
                found, told = self.choices[key](cells[key])
                meant += told
                if found is not None:
                    said[key] = found
        if self.options.cloud in GOVERNMENT:
            return {key: _in_cloud(one, self.options.cloud) for key, one in said.items()}
        return said


def _named(read: Iterable[tuple[object, Sequence[Meant]]], meant: Mapping[int, list[Meant]]) -> list[object]:
    """Return whom the cells of a column name; those told by a name are added to their row's in `meant`."""
    people: list[object] = []
    for place, (who, told) in enumerate(read):
        people.append(who)
        if told:
            meant[place].extend(told)
    return people


def _column(rows: Iterable[Row], key: str) -> Iterator[Cells]:
    return (row.cells.get(key, ()) for row in rows)


REMEMBERED = 1 << 14
"""Texts of a column whose meaning is kept."""
Cells: TypeAlias = "tuple[Cell, ...]"
Value = TypeVar("Value")


def _each_once(read: Callable[[Cells], Value]) -> Callable[[Cells], Value]:
    """Return `read` with a memory for texts. Numbers are no keys of it: 1, 1.0 and TRUE are equal."""
    known = lru_cache(maxsize=REMEMBERED)(read)

    def once(cells: Cells) -> Value:
        is_text = len(cells) == 1 and (cells[0] is None or type(cells[0]) is str)
        return known(cells) if is_text else read(cells)

    return once


def identity_of(row: Row, options: ReadingOptions) -> tuple[str, str]:
    """Return the external ID and the organizer of a row as text, whatever state the cells are in."""
    organizer, _ = _read_person("organizer", options, row.cells.get("organizer", ()))
    return row.text("external_id"), organizer if isinstance(organizer, str) else row.text("organizer")


def _read_text(cells: Sequence[Cell]) -> ReadText:
    # Nearly every cell is such a one; the rest of this costs four times as much.
    if len(cells) == 1 and isinstance(cells[0], str) and "#" not in cells[0]:
        return trimmed(cells[0])
    return fault_of(cells) or " ".join(filter(None, (trimmed(text_of(cell)) for cell in cells)))


def _read_identifier(cells: Sequence[Cell]) -> ReadText:
    """Return the ID. A date is one that Excel made of an ID, unless it is joined with others: then it was chosen."""
    match cells:
        case [datetime() | date() | time() | timedelta() as only]:
            return ParseError("external-id-is-date", text_of(only))
    return _read_text(cells)


def has_lost_digits(cell: Cell) -> bool:
    """Return whether a spreadsheet has rounded or shortened the number that the cell shows."""
    match cell:
        case int() | float():
            return abs(cell) >= EXACT_DIGITS
        case str():
            return "E+" in cell and _SHORTENED.fullmatch(cell.strip()) is not None
    return False


def _read_subject(cells: Sequence[Cell]) -> ReadText:
    """Return the title. A date is one that slipped in from beside it, unless it is joined with others."""
    match cells:
        case [str() as only] if "#" not in only:
            text = _on_one_line(only.strip())
            return ParseError("subject-is-date", text) if is_date_time(text) else text
        case [datetime() | date() | time() | timedelta() as only]:
            return ParseError("subject-is-date", text_of(only))
    said = _read_text(cells)
    return said if isinstance(said, ParseError) else _on_one_line(said)


def _on_one_line(text: str) -> str:
    return text if text.isprintable() else _LINE_BREAKS.sub(" ", text)


_LINE_BREAKS = re.compile(r"\s*[\n\r\v\f\x85\u2028\u2029]\s*")
"""Exports are full of them, and a title has one line."""


def _read_person(key: str, options: ReadingOptions, cells: Cells) -> tuple[ReadText, Sequence[Meant]]:
    """Return the one person that the cells name; what names nobody as it is written, for the rules to refuse."""
    text = _read_text(cells)
    if text == "" and key == "organizer":
        text = options.organizer
    if isinstance(text, ParseError) or (not options.people and UPN.fullmatch(text)):
        return text, ()
    named = named_in(text, options.people)
    people = distinct(named.people)
    if named.unclear:
        return named.unclear, ()
    if not people or not all(map(is_sign_in, people)):
        return text, ()
    if len(people) > 1:
        return ParseError("organizer-not-one", text, {"count": len(people)}), ()
    return people[0], named.meant


def _read_people(
    _key: str, options: ReadingOptions, cells: Cells
) -> tuple[tuple[str, ...] | ParseError, Sequence[Meant]]:
    """Return everybody whom the cells name. A name can stand in several: one for the first name, one for the last."""
    if len(cells) == 1 and isinstance(cells[0], str):  # nearly every cell; the rest of this costs twice as much
        one = named_in(cells[0].strip(), options.people)
        return one.unclear or one.people, one.meant
    if fault := fault_of(cells):
        return fault, ()
    texts = list(filter(None, map(text_of, cells)))
    found = [named_in(text, options.people) for text in texts]
    match found:
        case []:
            return (), ()
        case [one]:
            return one.unclear or one.people, one.meant
    if options.people and not any(map(_is_known, found)):
        whole = named_in(" ".join(texts), options.people)
        found = [whole] if _is_known(whole) else found
    if unclear := next((one.unclear for one in found if one.unclear), None):
        return unclear, ()
    return tuple(person for one in found for person in one.people), [meant for one in found for meant in one.meant]


def _is_known(named: Named) -> bool:
    return named.unclear is not None or any(map(is_sign_in, named.people))


_PEOPLE: Mapping[Holds, Callable[[str, ReadingOptions, Cells], tuple[object, Sequence[Meant]]]] = {
    Holds.PERSON: _read_person,
    Holds.PEOPLE: _read_people,
}


ReadChoice: TypeAlias = OptionChoice | tuple[str, ...] | ParseError
"""What stands under an option's heading: a choice, people instead of one, or neither."""


def read_option(
    option: MeetingOption, cells: Sequence[Cell], languages: Languages = NO_LANGUAGES
) -> OptionChoice | ParseError | None:
    """Return what is chosen, None where the cells are blank and there is no opinion."""
    text = _read_text(cells)
    if isinstance(text, ParseError) or not text:
        return text or None
    name = normalize(text)
    if chosen := _CHOICES[option.key].get(name) or choices_in(languages, option.key).get(name):
        return chosen
    words = [_QUOTED.format(word=word_of(option, word)) for word in option.words]
    named = [] if option.by_name is None else [SIGN_IN_NAMES.format()]
    return ParseError("option-unknown", text, {"hint": closest(text, option.words), "words": joined((*words, *named))})


_QUOTED = Sentence("", "'{word}'")


def _read_choice(key: str, options: ReadingOptions, cells: Cells) -> tuple[ReadChoice | None, Sequence[Meant]]:
    """Return what is chosen, or the people named instead where the option takes some."""
    found = read_option(OPTION[key], cells, options.languages)
    if isinstance(found, ParseError) and OPTION[key].by_name is not None:
        people, told = _read_people(key, options, cells)
        if isinstance(people, tuple) and all(map(UPN.fullmatch, people)):
            return people, told
    return found, ()


def _in_cloud(chosen: ReadChoice, cloud: str) -> ReadChoice:
    if not isinstance(chosen, OptionChoice):
        return chosen
    return chosen_in(cloud, chosen) or ParseError("option-not-in-cloud", chosen.word, {"cloud": GOVERNMENT[cloud]})


_CHOICES: Mapping[str, Mapping[str, OptionChoice]] = {
    option.key: {normalize(word): choice for choice in option.choices for word in choice.words} for option in OPTIONS
}
"""What each word means under an option's heading, whatever its case and the signs in it."""


def _read_zone(
    cells: Sequence[Cell], default: ZoneInfo | None, words: Words
) -> ZoneInfo | timezone | ParseError | None:
    if fault := fault_of(cells):
        return fault
    if all(map(is_blank, cells)):
        return default
    text = " ".join(filter(None, map(text_of, cells)))
    zone = find_zone(text, words)
    return zone or offset_alone(text) or ParseError("time-zone-unknown", text, {"hint": zone_hint(text, words)})


def _read_times(
    row: Row, zone: tzinfo | ParseError | None, options: ReadingOptions
) -> Sequence[tuple[ReadTime, ReadTime]]:
    """Return each start with its end: one pair, or one for each date of a row on weekdays without a date."""
    match row.cells.get("start", ()), row.cells.get("end", ()):
        case ((datetime() as start,), (datetime() as end,)):  # nearly every row of a workbook
            known = None if isinstance(zone, ParseError) else zone
            return [(_of_date_time(start, known), _of_date_time(end, known))]
    begun = read_when(_cells(row, "start", options), options.date_order, options.words)
    if not isinstance(begun, Weekly):
        return [_start_and_end(row, begun, zone, options)]
    dates = _dates_of(begun, row, options)
    if isinstance(dates, ParseError):
        return [(dates, None)]
    pairs = [_start_and_end(row, begun.on(day), zone, options) for day in dates]
    wrong = (pair for pair in pairs if any(isinstance(each, ParseError) for each in pair))
    return [pair] if (pair := next(wrong, None)) else pairs


def _dates_of(begun: Weekly, row: Row, options: ReadingOptions) -> Sequence[date] | ParseError:
    """Return the dates that weekdays without a date mean, or what is missing to tell them."""
    weekdays = in_company(begun.weekdays, options.company, options.words)
    if weekdays.doubtful:
        meanings = either([*meanings_of(weekdays.doubtful, options.words)])
        return ParseError("weekday-unclear", row.text("start"), {"word": weekdays.doubtful, "meanings": meanings})
    if options.weeks is None:
        return ParseError("weekday-without-date", row.text("start"))
    dates = options.weeks.dates(weekdays.numbers)
    span = {"first": f"{options.weeks.first}", "last": f"{options.weeks.last}"}
    return dates or ParseError("weekday-not-in-weeks", row.text("start"), span)


def _cells(row: Row, key: str, options: ReadingOptions) -> Sequence[Cell]:
    """Return the cells of a start or an end, those with one part of a date each put together."""
    cells, parts = row.cells.get(key, ()), options.parts.get(key, ())
    if not parts or len(parts) != len(cells) or not any(parts) or fault_of(cells):
        return cells
    return assembled(visible(cells), parts, options.words)


def _start_and_end(
    row: Row, begun: When | Range | ParseError | None, zone: tzinfo | ParseError | None, options: ReadingOptions
) -> tuple[ReadTime, ReadTime]:
    """Return start and end. Either cell may hold both, as a range, if the other one does not say otherwise."""
    start = begun.start if isinstance(begun, Range) else begun
    ended = _read_end(row, start, zone, options)
    if isinstance(begun, Range) and isinstance(ended, ParseError) and ended.code == "time-missing":
        ended = None if _is_day_of(begun.end, row, options) else ended
    end = ended.end if isinstance(ended, Range) else ended
    if isinstance(ended, Range) and isinstance(start, When) and ended.start.local != start.local:
        end = _contradiction(row, ended.start, start)
    if isinstance(begun, Range) and end is None:
        end = begun.end
    elif isinstance(begun, Range) and isinstance(end, When) and end.local != begun.end.local:
        end = _contradiction(row, begun.end, end)
    return _moment(start, zone), _moment(end, zone)


def _is_day_of(end: When, row: Row, options: ReadingOptions) -> bool:
    """Return whether the day that stands alone for the end is the one on which the range ends."""
    local = end.local.replace(tzinfo=None)
    whole = read_when((*row.cells.get("end", ()), local.time()), options.date_order, options.words)
    return isinstance(whole, When) and whole.local.replace(tzinfo=None) == local


def _contradiction(row: Row, one: When, other: When) -> ParseError:
    times = {"one": f"{one.local:%Y-%m-%d %H:%M}", "other": f"{other.local:%Y-%m-%d %H:%M}"}
    return ParseError("range-contradicts", row.text("end"), times)


def _read_end(
    row: Row, start: When | ParseError | None, zone: tzinfo | ParseError | None, options: ReadingOptions
) -> When | Range | ParseError | None:
    """Return the end. A time of day alone is on the day of the start, and a start that can't be read is trouble enough.

    Whether the offset of the start is also that of a time alone is certain only where the row's zone has it too.
    """
    cells = _cells(row, "end", options)
    alone = read_when(cells, options.date_order, options.words)
    if alone is None or isinstance(alone, When | Range):
        return alone
    if isinstance(alone, ParseError) and alone.code in {"cell-error", "cell-not-calculated"}:
        return alone
    end = read_end(cells, options.date_order, start.local.date() if isinstance(start, When) else None, options.words)
    if isinstance(end, Weekly):
        end = ParseError("date-missing", row.text("end"))
    if isinstance(end, ParseError) and end.code == "date-missing" and isinstance(start, ParseError):
        return None
    if not isinstance(start, When) or start.local.tzinfo is None or isinstance(end, ParseError | None):
        return end
    last = end.end if isinstance(end, Range) else end
    if last.local.tzinfo is None and not (isinstance(zone, tzinfo) and _has_offset(zone, last, start)):
        return ParseError("offset-missing", row.text("end"))
    return end


def _has_offset(zone: tzinfo, when: When, other: When) -> bool:
    return when.local.replace(tzinfo=zone).utcoffset() == other.local.utcoffset()


def _moment(read: When | ParseError | None, zone: tzinfo | ParseError | None) -> ReadTime:
    match read:
        case When(local=local) as when if local.tzinfo is not None:
            return Moment(when, *to_utc(local, local.tzinfo))
        case When(local=local) as when if isinstance(zone, timezone):
            local = local.replace(tzinfo=zone)
            return Moment(replace(when, local=local), *to_utc(local, zone))
        case When(local=local) as when:
            known = None if zone is None or isinstance(zone, ParseError) else zone
            return Moment(when, None, ClockChange.PLAIN) if known is None else Moment(when, *to_utc(local, known))
        case unclear:
            return unclear


@lru_cache(maxsize=REMEMBERED)
def _of_date_time(cell: datetime, zone: tzinfo | None) -> ReadTime:
    """Return the moment of a cell that is a date and time. Remembered: lessons begin as others begin or end."""
    read = read_when((cell,), None)
    return _moment(read, zone) if isinstance(read, When | ParseError) else None


READERS: Mapping[str, Callable[[Sequence[Cell]], object]] = {
    "external_id": _read_identifier,
    "subject": _read_subject,
}
"""How the cells of a column are read that depend on no other column and on no setting."""

TOGETHER = frozenset({"start", "end", "duration", "time_zone"})
"""Columns that are read together, because the cells of one say how another's are meant."""

if strangers := INPUT_KEYS ^ (READERS.keys() | TOGETHER | PEOPLE_KEYS.keys() | OPTION.keys()):
    raise TypeError(f"Columns and readers don't match: {', '.join(sorted(strangers))}.")
