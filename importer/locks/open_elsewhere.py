"""Who has a file open in Excel or LibreOffice, told by the small file that these put beside it.

Both are left behind by a crash, so they say who may have it open, never that nobody has. They lie where strangers can
write: little is read of them, and only what can be printed is believed.
"""

from __future__ import annotations

import csv
import os
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


READ = 1024
"""Bytes looked at. Excel's file has 165, seen in files of Excel 2010 to 365; LibreOffice's is one line."""
NAME_LIMIT = 54
"""Characters of a name: Excel keeps as many."""
_ANSI, _WIDE = 0, 55
"""Where the length of the name stands: one byte before its ANSI text, two before its UTF-16 text."""

SOMEBODY = "somebody"


def opened_by(path: Path) -> str | None:
    """Return who seems to have the file open (`somebody` where there is no name), None where nobody seems to."""
    for sign, name_of in ((f"~${path.name}", _excel), (f".~lock.{path.name}#", _libreoffice)):
        try:
            with path.with_name(sign).open("rb") as file:
                return _printable(name_of(file.read(READ))) or SOMEBODY
        except FileNotFoundError:
            continue
        except OSError:  # it is there, and whoever has it open keeps it to themselves
            if os.path.exists(path.with_name(sign)):  # noqa: PTH110 - Path.exists raises where a name is too long
                return SOMEBODY
    return None


def _excel(data: bytes) -> str:
    """Return the name in Excel's file: in UTF-16 where that is whole, else in the ANSI of who knows which machine."""
    count = int.from_bytes(data[_WIDE : _WIDE + 2], "little")
    wide = data[_WIDE + 2 : _WIDE + 2 + 2 * count]
    if 0 < count <= NAME_LIMIT and len(wide) == 2 * count:
        with suppress(UnicodeDecodeError):
            return wide.decode("utf-16-le")
    return data[_ANSI + 1 : _ANSI + 1 + data[_ANSI]].decode("cp1252", "replace") if data else ""


def _libreoffice(data: bytes) -> str:
    """Return the first of LibreOffice's fields that says something: the person's name, else the account's."""
    line = data.decode("utf-8", "replace").partition("\n")[0].rstrip(";")
    try:
        fields = next(csv.reader([line], escapechar="\\"), [])
    except csv.Error:
        return ""
    name, account, host = [*(field.strip() for field in fields), "", "", ""][:3]
    who = name or account
    return f"{who} on {host}" if who and host else who


def _printable(text: str) -> str:
    return "".join(sign for sign in text if sign.isprintable()).strip()[:NAME_LIMIT]
