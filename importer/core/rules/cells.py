"""Rules about single cells: what can't be read, the external ID, and the subject."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from importer.core.catalogue.sheet import ZONE_EXAMPLE
from importer.core.cells import Unclear, hidden_in, likeness
from importer.core.rules.people import hidden_name
from importer.core.rules.rule import KEYS, Facts, Frame, Rule
from importer.core.wording import rows_in_words
from importer.core.zones import zone_hint

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from importer.core.readings import Reading

_TIMES = (
    "not-a-date",
    "no-such-day",
    "no-such-time",
    "weekday-wrong",
    "date-ambiguous",
    "year-missing",
    "time-missing",
    "date-missing",
    "range-contradicts",
    "cells-disagree",
    "offset-unknown",
    "offset-missing",
    "zone-in-time",
    "serial-number",
    "epoch-time",
    "number-not-time",
)
_UNCLEAR = {
    "external_id": ("external-id-is-date",),
    "subject": ("subject-is-date",),
    "start": _TIMES,
    "end": _TIMES,
    "duration": ("not-a-duration", "duration-unit"),
    "time_zone": ("time-zone-unknown",),
    "organizer": ("organizer-not-one",),
}
"""What a column's reader can say, besides that the cell itself is broken."""

_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_DATE_IN_CSV = re.compile(rf"\d{{1,2}}-{_MONTH}|{_MONTH}-\d{{2}}")
"""How Excel writes into a CSV what it has taken for a date: 03-Apr for 3-4, Apr-26 for 4/2026."""


def readable_rules(readings: Sequence[Reading]) -> Iterable[Rule]:
    """Gives the rules about cells whose reader found no value in them."""
    for column in KEYS:
        values = (getattr(reading, column) for reading in readings)
        said = pd.Series([value.code if isinstance(value, Unclear) else "" for value in values], dtype=object)
        for code in ("cell-error", "cell-not-calculated", *_UNCLEAR.get(column, ())):
            yield Rule(column, code, partial(_says_otherwise, said, code), partial(_unclear_facts, column))


def _says_otherwise(said: pd.Series[str], code: str, _frame: Frame) -> Iterable[bool]:
    return said != code


def _unclear_facts(column: str, reading: Reading) -> Facts:
    unclear: Unclear = getattr(reading, column)
    facts = _zone_facts(unclear.value) if unclear.code == "time-zone-unknown" else unclear.facts
    return unclear.value, facts


def _zone_facts(text: str) -> Mapping[str, object]:
    """Gives the zone that is offered, or an example where none is: beside an offer it would lead away from it."""
    hint = zone_hint(text)
    return {"hint": hint, "example": "" if hint else ZONE_EXAMPLE}


def control_rules() -> Iterable[Rule]:
    """Gives the rules against characters that nobody sees and Teams can't use."""
    for column in ("external_id", "subject"):
        yield Rule(column, "control-characters", partial(_clean, column), partial(_control_name, column))


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


def identifier_rules(readings: Sequence[Reading]) -> Iterable[Rule]:
    """Gives the rules about the external ID: whole, once for each organizer, and not to be taken for another."""
    twins, alike = _twins(readings), _alike(readings)
    yield Rule(
        "external_id",
        "external-id-like-date",
        lambda frame: (not (isinstance(text, str) and _DATE_IN_CSV.fullmatch(text)) for text in frame["external_id"]),
        lambda reading: (str(reading.external_id), {}),
    )
    yield Rule(
        "external_id",
        "external-id-rounded",
        lambda _: (not reading.rounded for reading in readings),
        lambda reading: (str(reading.external_id), {}),
    )
    parts = _parts_of_one_meeting(readings, twins)
    for code, members in (("duplicate-external-id", twins.keys() - parts), ("one-meeting-many-rows", parts)):
        yield Rule(
            "external_id",
            code,
            partial(_is_none_of, members),
            lambda reading: (str(reading.external_id), {"others": rows_in_words(twins[reading.number])}),
        )
    yield Rule(
        "external_id",
        "external-id-hides",
        lambda frame: (
            not (isinstance(text, str) and hidden_in(text) and not _control(text)) for text in frame["external_id"]
        ),
        lambda reading: (str(reading.external_id), {"name": hidden_name(str(reading.external_id))}),
    )
    yield Rule(
        "external_id",
        "external-id-alike",
        partial(_is_none_of, alike),
        lambda reading: (str(reading.external_id), {"others": rows_in_words(alike[reading.number])}),
    )


def _is_none_of(numbers: Collection[int], frame: Frame) -> Iterable[bool]:
    return (number not in numbers for number in frame.index)


def _parts_of_one_meeting(readings: Iterable[Reading], twins: Mapping[int, Sequence[int]]) -> set[int]:
    """Return the rows whose twins say the same but for the attendees: one meeting with an attendee in each row."""
    by_number = {reading.number: reading for reading in readings if reading.number in twins}

    def meeting(number: int) -> object:
        row = by_number[number]
        return row.subject, row.start, row.end, row.duration, row.time_zone

    return {
        number
        for number, others in twins.items()
        if all(meeting(number) == meeting(other) for other in others)
        and any(by_number[number].attendees != by_number[other].attendees for other in others)
    }


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


def _alike(readings: Iterable[Reading]) -> dict[int, list[int]]:
    """Return, for each row whose external ID is another one and looks the same, the numbers of those other rows."""
    groups: dict[tuple[str, str], list[tuple[str, int]]] = defaultdict(list)
    for reading in readings:
        if isinstance(reading.external_id, str) and reading.external_id and isinstance(reading.organizer, str):
            key = likeness(reading.external_id), reading.organizer.casefold()
            groups[key].append((reading.external_id, reading.number))
    found = {}
    for group in groups.values():
        if len({text for text, _ in group}) > 1:
            for text, number in group:
                found[number] = [other for other_text, other in group if other_text != text]
    return found
