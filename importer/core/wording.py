"""Small pieces of sentences that several parts need said alike."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


NAMED = 5
"""Names or row numbers spelled out before the rest becomes a count: what fits a cell and an eye."""

MINUTE, HOUR, DAY = 60, 3_600, 86_400
"""In seconds."""


def rows_counted(count: int) -> str:
    """Return '1 row' or '2,000 rows'."""
    return f"{count:,} row" if count == 1 else f"{count:,} rows"


def rows_in_words(numbers: Sequence[int]) -> str:
    """Return 'row 5', 'rows 5 and 9', or 'rows 5, 6, 7, 8, 9 and 31 more'."""
    return f"{'row' if len(numbers) == 1 else 'rows'} {numbers_in_words(numbers)}"


def numbers_in_words(numbers: Sequence[int]) -> str:
    """Return '5', '5 and 9', or '5, 6, 7, 8, 9 and 31 more'."""
    return in_words([*map(str, numbers)])


def in_words(names: Sequence[str]) -> str:
    """Return 'a', 'a and b', or 'a, b, c, d, e and 31 more'."""
    if len(names) > NAMED:
        return first_few(names)
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def first_few(names: Sequence[str], most: int = NAMED) -> str:
    """Return 'a, b, c' and, beyond `most`, how many more there are: 'a, b, c and 31 more'."""
    return ", ".join(names[:most]) + and_more(len(names) - most)


def and_more(count: int) -> str:
    """Return ' and 31 more' for those that are not named, or nothing where there are none."""
    return f" and {count} more" if count > 0 else ""


def took_in_words(seconds: float) -> str:
    """Return how long something took, as exact as it was measured: '0.4 s', '12 s', '5 min 3 s', '2 h 5 min'."""
    whole = round(seconds)
    if seconds < 10 and seconds != whole:  # noqa: PLR2004 - seconds below which a tenth is worth saying
        return f"{seconds:.1f} s"
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE} s"
    return f"{whole // HOUR:,} h {whole % HOUR // MINUTE} min"


def left_in_words(seconds: float) -> str:
    """Return a time that is left, no more exact than it is known: '18 s', '3 min', '1 h 5 min'."""
    whole = round(seconds)
    if whole < 90:  # noqa: PLR2004 - seconds; above, nobody counts them
        return f"{whole} s"
    minutes = round(seconds / MINUTE)
    return f"{minutes} min" if minutes < HOUR // MINUTE else f"{minutes // 60} h {minutes % 60} min"


def apart_in_words(seconds: float) -> str:
    """Return how far apart two moments are in the largest fitting unit, rounded down: '12 days', '1 hour'."""
    for unit, length in (("day", DAY), ("hour", HOUR), ("minute", MINUTE)):
        if abs(seconds) >= 2 * length or (unit == "minute" and abs(seconds) >= length):
            count = int(abs(seconds) // length)
            return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
    return f"{max(1, round(abs(seconds)))} s"


def quoted(values: Iterable[str]) -> str:
    """Return values for a sentence that puts quotes round one value: a', 'b', 'c."""
    return "', '".join(values)


_CONTROLS = re.compile(r"[\x7f-\x9f\ud800-\udfff]")
"""DEL and C1: JSON lets them stand as they are, and some terminals obey them (ECMA-48). And halves of pairs."""
_HALVES = re.compile(r"[\ud800-\udfff]")
"""What stands for the bytes of a file's name that are no text in this locale (PEP 383), and what no encoding takes."""
_OBEYED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What a terminal acts on instead of showing it: C0 without tab and line feed, DEL, C1 (ECMA-48), and the signs that
turn the direction of all that follows (https://www.unicode.org/reports/tr9/, "Explicit Directional Formatting")."""


def strip_control_chars(text: str) -> str:
    """Return `text` with a sign of replacement for everything that does something to a terminal but be read.

    A cell with an escape sequence in it could otherwise rewrite what stands above it, or fill the clipboard.
    """
    return _OBEYED.sub("\N{REPLACEMENT CHARACTER}", text)


def encodable(text: str) -> str:
    """Return `text` with a sign of replacement for each half of a surrogate pair, which no encoding takes."""
    return _HALVES.sub("\N{REPLACEMENT CHARACTER}", text)


def harmless_json(document: str) -> str:
    """Return the same JSON, every control character and half of a surrogate pair spelled out: any encoding takes it."""
    return _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", document)
