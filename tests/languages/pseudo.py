"""A language that nobody speaks: long, with letters of its own, written from right to left.

It says every sentence that can be translated, and marks it by its letters: an English letter that is left in a text
belongs to a fact (what somebody has typed, a code, an address), or to a sentence that no language can say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from string import Formatter, ascii_letters
from typing import TYPE_CHECKING

from importer.core.texts import Language

if TYPE_CHECKING:
    from datetime import date

LETTERS = str.maketrans({each: chr(0x05D0 + place % 27) for place, each in enumerate(ascii_letters)})
"""A Hebrew letter for each English one."""
LONGER = "\u05e9\u05e9"
"""Behind every sentence, which is a third longer than the English one, as German and Polish are."""
AS_TYPED = re.compile(
    r"\[\w+\]|--[a-z-]+|meeting-importer \w+|^\w+ = .*$|^\".*\" = .*$|^.*-Cs\w+.*$|^Connect-\w+.*$|^#.*$", re.MULTILINE
)
"""Lines and options to type, which no language changes."""


def in_pseudo(sentence: str) -> str:
    """Return a sentence, a format string, in the language: placeholders and what is to be typed as they are."""
    said = "".join(
        _spelled(text) + ("" if field is None else "{" + field + (f":{spec}" if spec else "") + "}")
        for text, field, spec, _ in Formatter().parse(sentence)
    )
    return said if len(sentence) < len("required") else said + LONGER * (len(sentence) // 6)


def _spelled(text: str) -> str:
    end, pieces = 0, []
    for typed in AS_TYPED.finditer(text):
        pieces += [text[end : typed.start()].translate(LETTERS), typed[0]]
        end = typed.end()
    return "".join([*pieces, text[end:].translate(LETTERS)]).replace("{", "{{").replace("}", "}}")


class _Sentences(Mapping[tuple[str, str], tuple[str, ...]]):
    """Every sentence that anybody asks for."""

    def __getitem__(self, key: tuple[str, str]) -> tuple[str, ...]:
        _, english = key
        return (in_pseudo(english),) * 2

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(())

    def __len__(self) -> int:
        return 1


def _dated(moment: date, _pattern: str) -> str:
    return f"{moment.day}.{moment.month}.{moment.year}"


PSEUDO = Language(
    tag="qps",
    sentences=_Sentences(),
    dated=_dated,
    group="\u066c",
    date_format="yyyy/mm/dd hh:mm",
    right_to_left=True,
)
