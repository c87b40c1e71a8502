"""What a cell says, as the person who typed it would read it: a text. Times are read in times, people in people.py."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from importer.core.model import Cell, CellError, CellFault

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class ParseError:
    """A cell that has no usable value: the catalogue's code for it, what it shows, and the code's other facts."""

    code: str
    value: str
    facts: Mapping[str, object] = field(default_factory=dict)


def is_blank(cell: Cell) -> bool:
    """Return whether a person would call the cell empty."""
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

    What makes no difference to its `spelling` makes none here, nor do Cyrillic and Greek letters that look Latin.
    Source: https://www.unicode.org/reports/tr39/#Confusable_Detection
    """
    spelled = spelling(text)
    return spelled if spelled.isascii() else unicodedata.normalize("NFKC", spelled.translate(_LOOK_ALIKE))


def spelling(text: str) -> str:
    """Return what is the same for texts that are spelled alike.

    Letters written in one or several characters, wide or narrow, capital or small, characters that nobody sees, and
    kinds of blanks, dashes and apostrophes make no difference.
    """
    if text.isascii():
        return " ".join(text.split()).casefold()
    whole = unicodedata.normalize("NFKC", "".join(map(_look, text)))
    return unicodedata.normalize("NFKC", " ".join(whole.casefold().split()).translate(_MARKS))


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
_MARKS = {int(code, 16): "'" for code in ["60", "b4", "2bc", "2018", "2019", "2032"]} | {0x2212: "-"}
"""Apostrophes and dashes."""
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
    }.items()
    for code in codes.split()
}
"""In small letters, which is how they are compared: a capital looks like its Latin one, and is the same by then."""


def text_of(cell: Cell) -> str:
    """Return the cell as text: numbers without a trailing `.0`, dates like 2026-12-25 09:00, blank as ''."""
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
        case CellError(text=text):
            return text
        case int() | float() | timedelta():
            return str(cell)


def fault_of(cells: Iterable[Cell]) -> ParseError | None:
    """Return what makes the first unreadable one of `cells` unreadable, or None when all can be read."""
    for cell in cells:
        if isinstance(cell, CellError):
            code = "cell-error" if cell.fault is CellFault.ERROR else "cell-not-calculated"
            return ParseError(code, cell.text)
        if isinstance(cell, str) and "#" in cell and cell.strip().upper() in _ERRORS:
            return ParseError("cell-error", cell.strip())
    return None


_ERRORS = frozenset(
    """
    #NULL! #DIV/0! #VALUE! #REF! #NAME? #NUM! #N/A #SPILL! #CALC! #GETTING_DATA #BEZUG! #WERT! #ZAHL! #NV #ÜBERLAUF!
    #NUL! #VALEUR! #NOM? #NOMBRE! #PROPAGATION! #¡NULO! #¡DIV/0! #¡VALOR! #¡REF! #¿NOMBRE? #¡NUM! #N/D
    #¡DESBORDAMIENTO! #NULLO! #VALORE! #RIF! #NOME? #ESPANSIONE! #NULO! #VALOR! #NÚM! #DESPEJAR! #LEEG! #DEEL/0!
    #WAARDE! #VERW! #NAAM? #GETAL! #N/B #OVERLOPEN! #ZERO! #DZIEL/0! #ARG! #ADR! #NAZWA? #LICZBA! #ROZLANIE!
    """.split()  # noqa: SIM905 - a list of words is read as words
)
"""How Excel shows an error in the languages of people's sheets. A CSV, or values that were pasted, have it as a text.

Source: https://support.microsoft.com/office/error-type-function-10958677-7c8d-44f7-ae77-b9a9ee6eefaa, in each language.
"""


UPN = re.compile(r"[^\s@,;<>()\[\]\"\\:]+@[^\W_](?:[\w-]*[^\W_])?(?:\.[^\W_](?:[\w-]*[^\W_])?)+")
"""The shape of a user principal name: one @, no blanks or brackets before it, a domain with a dot after it. Guests
(`ana_fabrikam.com#EXT#@contoso.com`) and apostrophes fit. https://learn.microsoft.com/entra/identity/hybrid/connect/plan-connect-userprincipalname"""
GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
"""An ID of Entra ID: a person's object ID, an application's, a tenant's."""
