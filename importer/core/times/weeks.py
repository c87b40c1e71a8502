"""Weekdays without a date: on which dates a timetable's `Mon 9:00` takes place.

Whoever runs the import names the weeks, from a first day to a last one, without the days off. A row is one meeting with
one link, and its dates are its occurrences (row.py). Short names of weekdays mean another day in another language; a
column of them tells its language where only one knows all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from importer.core.times.dates import Weekdays
    from importer.core.times.words import Words


LONGEST = timedelta(days=2 * 366)
"""From a first day to a last one: a longer time is a slip in a year, and a text of so many dates nobody reads."""


@dataclass(frozen=True, slots=True)
class Weeks:
    """The time in which a timetable holds: both days are in it, and the days off are not."""

    first: date
    last: date
    off: frozenset[date] = frozenset()

    def dates(self, weekdays: Collection[int]) -> tuple[date, ...]:
        """Return the days of these weekdays (Monday is 0), in their order."""
        days = days_between(self.first, self.last)
        return tuple(day for day in days if day.weekday() in weekdays and day not in self.off)


def days_between(first: date, last: date) -> Iterator[date]:
    """Return each day from the first to the last, both included; none where the last is before the first."""
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def week_of(day: date) -> Weeks:
    """Return the week from Monday to Sunday that a day is in."""
    monday = day - timedelta(days=day.weekday())
    return Weeks(monday, monday + timedelta(days=6))


def in_company(weekdays: Weekdays, company: frozenset[str], words: Words) -> Weekdays:
    """Return the weekdays as the one language means them that knows all words of `company`, a column's.

    They stay doubtful where several languages do, and mean other days by them, or where a word is also a month's name.
    """
    if not weekdays.doubtful or weekdays.is_month:
        return weekdays
    known = [names for tag in words.tags if company <= (names := words.days_in(tag)).keys()]
    meant = {weekdays.read_with(names) for names in known if weekdays.words <= names.keys()}
    return replace(weekdays, numbers=meant.pop(), doubtful="") if len(meant) == 1 else weekdays
