"""Rules about single cells: what can't be read, the external ID, and the subject."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from functools import cache, partial
from typing import TYPE_CHECKING

import pandas as pd

from importer.core.cells import Unclear
from importer.core.rules.rule import KEYS, Facts, Frame, Rule
from importer.core.times import zone_names
from importer.core.wording import closest, rows_in_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from importer.core.readings import Reading

_UNCLEAR = {
    "external_id": ("external-id-is-date",),
    "start": ("not-a-date", "date-ambiguous", "time-missing", "date-missing"),
    "end": ("not-a-date", "date-ambiguous", "time-missing", "date-missing"),
    "duration": ("not-a-duration",),
    "time_zone": ("time-zone-unknown",),
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
    hint = {"hint": _zone_hint(unclear.value)} if unclear.code == "time-zone-unknown" else {}
    return unclear.value, {**unclear.facts, **hint}


@cache
def _zone_hint(text: str) -> str:
    return closest(text, zone_names())


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
    """Gives the rules about the external ID: whole, and once for each organizer."""
    twins = _twins(readings)
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
