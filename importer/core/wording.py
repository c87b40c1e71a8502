"""Small pieces of sentences that several parts need said alike."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


ROWS_NAMED = 5
"""Row numbers spelled out before the rest becomes a count: what fits a cell and an eye."""


def rows_counted(count: int) -> str:
    """Return '1 row' or '2,000 rows'."""
    return f"{count:,} row" if count == 1 else f"{count:,} rows"


def rows_in_words(numbers: Sequence[int]) -> str:
    """Return 'row 5', 'rows 5 and 9', or 'rows 5, 6, 7, 8, 9 and 31 more'."""
    return f"{'row' if len(numbers) == 1 else 'rows'} {numbers_in_words(numbers)}"


def numbers_in_words(numbers: Sequence[int]) -> str:
    """Return '5', '5 and 9', or '5, 6, 7, 8, 9 and 31 more'."""
    if len(numbers) > ROWS_NAMED:
        return f"{', '.join(map(str, numbers[:ROWS_NAMED]))} and {len(numbers) - ROWS_NAMED} more"
    return " and ".join(filter(None, (", ".join(map(str, numbers[:-1])), str(numbers[-1]))))


def quoted(values: Iterable[str]) -> str:
    """Return values for a sentence that puts quotes round one value: a', 'b', 'c."""
    return "', '".join(values)


def closest(text: str, names: Iterable[str]) -> str:
    """Return ' (did you mean …?)' with the nearest of `names`, or nothing where none is near."""
    by_fold = {name.casefold(): name for name in names}
    near = get_close_matches(text.casefold(), by_fold, n=1, cutoff=0.75)
    return f" (did you mean {by_fold[near[0]]}?)" if near else ""


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
