"""Bytes of a CSV to text and back, so that what was not changed comes back as the same bytes."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from importer.tables.refusal import refused

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_KEPT = "surrogateescape"
"""Windows-1252 leaves five bytes undefined; they pass through as they are."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a file's bytes are text. `assumed` where nothing in the file says so."""

    codec: str
    mark: bytes
    assumed: bool = False

    def encode(self, text: str) -> bytes:
        """Gives the bytes of a whole file."""
        errors = _KEPT if self.assumed else "strict"
        return self.mark + text.encode(self.codec, errors)

    def sayable(self, text: str) -> str:
        """Gives `text` with a question mark for every character that the encoding has not."""
        return text.encode(self.codec, "replace").decode(self.codec)


def decode(data: bytes, name: str) -> tuple[str, Encoding]:
    """Gives the text and its encoding: as the mark says, else UTF-8, else Windows-1252 as Excel saves plain CSV.

    Raises Stop (`csv-nul`) for what is no text.
    """
    encoding = next((Encoding(codec, mark) for mark, codec in _MARKS if data.startswith(mark)), Encoding("utf-8", b""))
    try:
        text = data[len(encoding.mark) :].decode(encoding.codec)
    except UnicodeDecodeError:
        encoding = Encoding("cp1252", b"", assumed=True)
        text = data.decode("cp1252", _KEPT)
    if "\0" in text or encoding.encode(text) != data:
        raise refused("csv-nul", name)
    return text, encoding
