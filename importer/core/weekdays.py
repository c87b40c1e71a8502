"""The day of the week that stands before a date: it adds nothing, but it can contradict."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

_FULL = (
    ("monday", "montag"),
    ("tuesday", "dienstag"),
    ("wednesday", "mittwoch"),
    ("thursday", "donnerstag"),
    ("friday", "freitag"),
    ("saturday", "samstag", "sonnabend"),
    ("sunday", "sonntag"),
)
_SHORT = (
    ("mon", "mo"),
    ("tue", "tues", "tu", "di"),
    ("wed", "we", "mi"),
    ("thu", "thur", "thurs", "th", "do"),
    ("fri", "fr"),
    ("sat", "sa"),
    ("sun", "su", "so"),
)
"""From Monday, in English and German; no short name of the one is another day's in the other."""

_NUMBERS = {name: number for names in (_FULL, _SHORT) for number, day in enumerate(names) for name in day}
_LEADING = re.compile(r"(?P<name>[A-Za-z]{2,10})(?:\.,?|,)?\s+(?P<rest>\S.*)")


def split_weekday(text: str) -> tuple[int | None, str]:
    """Gives the weekday's number (Monday is 0) and what follows it; None and all of the text if it begins with none."""
    found = _LEADING.fullmatch(text)
    number = _NUMBERS.get(found["name"].lower()) if found else None
    return (number, found["rest"]) if found and number is not None else (None, text)


def agrees(day: date, weekday: int | None) -> bool:
    """Tells whether the day falls on the weekday, if there is one."""
    return weekday is None or day.weekday() == weekday


def contradiction(days: Sequence[tuple[date, str]], weekday: int | None) -> str:
    """Return which weekday the days (each with its words) really are: '2 March 2026 is a Monday, not a Thursday'."""
    names = [_FULL[number][0].capitalize() for number in range(len(_FULL))]
    written = names[weekday or 0]
    if len(days) == 1:
        day, words = days[0]
        return f"{words} is a {names[day.weekday()]}, not a {written}"
    return f"Neither {' nor '.join(words for _, words in days)} is a {written}"
