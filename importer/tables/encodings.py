"""In which encoding a text file of a table is: as somebody said, as it says itself, in UTF-8, or as Windows saves it.

Theory of operation. A CSV does not name its encoding. What is UTF-8 is nothing else by chance. Anything else is what
Windows saves plain CSV in, which depends on its language: so it is read in each code page of the languages that a sheet
can be in, and the reader of headings says in which of them most headings are known; Western Windows' where none has
more. It is said either way, since titles and names may still be others than were typed.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.core.texts import Sentence
from importer.tables.base import refused

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_KEPT = "surrogateescape"
"""Windows-1252 leaves five bytes undefined; they pass through as they are, in cells that are not read."""
LOST = re.compile("[\udc80-\udcff]")
"""Such a byte."""
_NO_SIGNS = re.compile("[\x80-\x9f]")
"""Control characters that no text has: the encodings of ISO have them where Windows' have signs."""


WESTERN = "cp1252"
CODE_PAGES = {
    WESTERN: Sentence("code page", "Western European (Windows-1252)"),
    "cp1250": Sentence("code page", "Central European (Windows-1250)"),
    "cp932": Sentence("code page", "Japanese (Windows-932)"),
}
"""What Windows saves plain CSV in, where people write one of the languages that a sheet can be in.
https://learn.microsoft.com/windows/win32/intl/code-page-identifiers"""


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a file's bytes are text. `assumed` where nothing in the file says so."""

    codec: str
    mark: bytes
    assumed: bool = False

    def encode(self, text: str) -> bytes:
        """Return the bytes of a whole file."""
        errors = _KEPT if self.assumed else "strict"
        return self.mark + text.encode(self.codec, errors)

    def sayable(self, text: str) -> str:
        """Return `text` with a question mark for every character that the encoding has not."""
        return text.encode(self.codec, "replace").decode(self.codec)


def decode_csv(data: bytes, name: str, said: str | None = None) -> tuple[str, Encoding]:
    """Return the text and its encoding: as `said`, else as the mark says, else UTF-8, else as Excel saves plain CSV.

    That is Windows-1252. Raise Stop (`csv-nul`) for what is no text, and (`csv-encoding-wrong`) for what is not in the
    encoding that was said: what can be read in a wrong one is a title that nobody has typed.
    """
    encoding = next((Encoding(codec, mark) for mark, codec in _MARKS if data.startswith(mark)), Encoding("utf-8", b""))
    if said is not None:
        return _as_said(data, name, said, encoding)
    try:
        text = data[len(encoding.mark) :].decode(encoding.codec)
    except UnicodeDecodeError:
        encoding = Encoding(WESTERN, b"", assumed=True)
        text = data.decode(WESTERN, _KEPT)
    if "\0" in text or encoding.encode(text) != data:
        raise refused("csv-nul", name)
    return text, encoding


def _as_said(data: bytes, name: str, said: str, seen: Encoding) -> tuple[str, Encoding]:
    """Return the text in the encoding that was said; `seen` is the one that the file itself shows."""
    codec = codecs.lookup(said).name
    other = seen.codec.upper()
    if seen.mark and not seen.codec.startswith(codec):
        raise refused("csv-encoding-wrong", name, said=said, reason=f"begins with the mark of {other}")
    if codec == "utf-16" and not seen.mark:
        reason = "has no mark that tells which of utf-16-le and utf-16-be it is"
        raise refused("csv-encoding-wrong", name, said=said, reason=reason)
    if not seen.mark and not codec.startswith("utf") and not data.isascii() and _is_in(data, "utf-8"):
        raise refused("csv-encoding-wrong", name, said=said, reason="is in UTF-8")
    encoding = seen if seen.mark else Encoding(codec, b"")
    try:
        text = data[len(encoding.mark) :].decode(encoding.codec)
        same = encoding.encode(text) == data
    except UnicodeError as error:
        reason = f"has what no text in {said} has, first at byte {getattr(error, 'start', 0)}"
        raise refused("csv-encoding-wrong", name, said=said, reason=reason) from error
    if "\0" in text:
        raise refused("csv-nul", name)
    if _NO_SIGNS.search(text):
        raise refused("csv-encoding-wrong", name, said=said, reason=f"has characters that {said} has not")
    if not same:  # cp932 has signs twice
        reason = "has signs that are written there in two ways, and a copy of it would be another file"
        raise refused("csv-encoding-wrong", name, said=said, reason=reason)
    return text, encoding


def in_other_code_pages(data: bytes) -> Iterator[tuple[str, Encoding]]:
    """Return the text of a file in each code page but the Western one in which all of its bytes can be text."""
    for codec in (codec for codec in CODE_PAGES if codec != WESTERN):
        if _is_in(data, codec):
            text, encoding = data.decode(codec), Encoding(codec, b"", assumed=True)
            if encoding.encode(text) == data and not _NO_SIGNS.search(text):
                yield text, encoding


def _is_in(data: bytes, codec: str) -> bool:
    try:
        data.decode(codec)
    except UnicodeDecodeError:
        return False
    return True
