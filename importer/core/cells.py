"""What a cell says, as the person who typed it would read it."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from importer.core.model import Cell, CellFault, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Unclear:
    """A cell that has no usable value: the catalogue's code for it, what it shows, and the code's other facts."""

    code: str
    value: str
    facts: Mapping[str, object] = field(default_factory=dict)


def is_blank(cell: Cell) -> bool:
    """Tells whether a person would call the cell empty."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def trimmed(text: str) -> str:
    """Return the text without blanks and characters that nobody sees round it: an address is often copied with some."""
    text = text.strip()
    if text.isascii():
        return text
    first, last = 0, len(text)
    while first < last and _is_nothing(text[first]):
        first += 1
    while last > first and _is_nothing(text[last - 1]):
        last -= 1
    return text[first:last]


def hidden_in(text: str) -> str:
    """Return the first character of the text that nobody sees, empty where there is none.

    Source: https://www.unicode.org/reports/tr44/#General_Category_Values
    """
    if text.isascii() and text.isprintable():
        return ""
    return next((sign for sign in text if unicodedata.category(sign) in _HIDDEN or sign in _UNSEEN), "")


def visible(cells: Sequence[Cell]) -> Sequence[Cell]:
    """Return the cells without marks for the direction of text and the like: Windows puts them into dates."""
    if all(not isinstance(cell, str) or cell.isascii() for cell in cells):
        return cells
    return [
        "".join(sign for sign in cell if unicodedata.category(sign) != "Cf") if isinstance(cell, str) else cell
        for cell in cells
    ]


def likeness(text: str) -> str:
    """Return what a text looks like: the same for texts that a person takes for one another.

    Letters written in one or several characters, wide or narrow, capital or small, characters that nobody sees, and
    kinds of blanks, dashes and apostrophes make no difference, nor do Cyrillic and Greek letters that look Latin.
    Source of the last: https://www.unicode.org/reports/tr39/#Confusable_Detection
    """
    if text.isascii():
        return " ".join(text.split()).casefold()
    whole = unicodedata.normalize("NFKC", "".join(map(_look, text)))
    return unicodedata.normalize("NFKC", " ".join(whole.casefold().split()).translate(_LOOK_ALIKE))


def _is_nothing(sign: str) -> bool:
    return sign.isspace() or unicodedata.category(sign) == "Cf"


def _look(sign: str) -> str:
    if sign in _UNSEEN:
        return ""
    match unicodedata.category(sign):
        case "Cf":
            return ""
        case "Pd":
            return "-"
    return sign


_HIDDEN = frozenset({"Cf", "Cc", "Cs"})
"""Categories: formats, controls, and halves of characters."""
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0") | {
    chr(code) for code in (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))
}
"""What nobody sees either, and is in other categories: fillers, joiners and selectors."""
_LOOK_ALIKE = {
    int(code, 16): latin
    for latin, codes in {
        "a": "430 3b1",
        "b": "432 3b2",
        "c": "441",
        "e": "435 3b5",
        "h": "43d 3b7",
        "i": "456 3b9",
        "j": "458",
        "k": "43a 3ba",
        "m": "43c 3bc",
        "n": "3bd",
        "o": "43e 3bf",
        "p": "440 3c1",
        "s": "455",
        "t": "442 3c4",
        "x": "445 3c7",
        "y": "443 3c5",
        "z": "3b6",
        "'": "60 b4 2bc 2018 2019 2032",
        "-": "2212",
    }.items()
    for code in codes.split()
}
"""In small letters, which is how they are compared: a capital looks like its Latin one, and is the same by then."""


def text_of(cell: Cell) -> str:
    """Gives the cell as text: numbers without a trailing `.0`, dates like 2026-12-25 09:00, blank as ''."""
    match cell:
        case str():
            return cell.strip()
        case None:
            return ""
        case bool():
            return str(cell).upper()
        case float() if cell.is_integer():
            return str(int(cell))
        case datetime():
            return f"{cell:%Y-%m-%d %H:%M}" if cell.second == 0 else f"{cell:%Y-%m-%d %H:%M:%S}"
        case date() | time():
            return cell.isoformat()
        case Unreadable(text=text):
            return text
        case int() | float() | timedelta():
            return str(cell)


def fault_of(cells: Iterable[Cell]) -> Unclear | None:
    """Gives what makes the first unreadable one of `cells` unreadable, or None when all can be read."""
    for cell in cells:
        if isinstance(cell, Unreadable):
            code = "cell-error" if cell.fault is CellFault.ERROR else "cell-not-calculated"
            return Unclear(code, cell.text)
    return None
