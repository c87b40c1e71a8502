"""Result cells as XML: inline strings, so that text is text and the shared strings stay as they are."""

from __future__ import annotations

import re
from typing import NamedTuple

TEXT_LIMIT = 32_767
"""Characters in a cell (Microsoft, "Excel specifications and limits"), counted in UTF-16 as Excel counts."""

_WRITTEN_OUT = re.compile("[\x00-\x08\x0b-\x1f]|_(?=x[0-9A-Fa-f]{4}_)")
_SPECIAL = re.compile("[&<>\x00-\x08\x0b-\x1f]|_x")
_NO_CHARACTER = re.compile("[\ud800-\udfff\ufffe\uffff]")
"""What XML can't hold and no reader gives back, however it is written: half characters and two reserved codes."""


class NewCell(NamedTuple):
    """What a cell is to become. `text` empty means blank; `style` is the number of a format in the workbook, or ''."""

    column: int
    text: str
    style: str


def standing(text: str) -> str:
    """Gives what a cell will hold of `text`: no more than Excel's limit, nothing that is half a character."""
    if len(text) > TEXT_LIMIT // 2 and len(text.encode("utf-16-le", "replace")) > 2 * TEXT_LIMIT:
        kept = text.encode("utf-16-le", "replace")[: 2 * (TEXT_LIMIT - 1)]
        text = kept.decode("utf-16-le", "ignore") + "…"
    return text if text.isascii() else _NO_CHARACTER.sub("\ufffd", text)


def written(text: str) -> str:
    """Gives `text` escaped: markup as entities, what XML can't hold as `_xHHHH_` (ECMA-376 part 1, 22.9.2.19)."""
    if _SPECIAL.search(text) is None:
        return text
    text = _WRITTEN_OUT.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def quoted(text: str) -> str:
    """Gives `text` as an attribute's value."""
    return written(text).replace('"', "&quot;")


def cell_xml(prefix: str, reference: str, cell: NewCell) -> str:
    """Gives the element for a cell; its style is kept even where it is blank."""
    style = f' s="{cell.style}"' if cell.style else ""
    if not cell.text:
        return f'<{prefix}c r="{reference}"{style}/>'
    return (
        f'<{prefix}c r="{reference}"{style} t="inlineStr"><{prefix}is><{prefix}t xml:space="preserve">'
        f"{written(cell.text)}</{prefix}t></{prefix}is></{prefix}c>"
    )
