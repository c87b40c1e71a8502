"""Harmed files, a few small harms each: every one must end in an answer or a sentence, never in a traceback.

By hand, for a long run: python -m tests.tables.mutants 10000 [SEED]
"""

from __future__ import annotations

import io
import random
import sys
import time
import zipfile
import zlib
from collections import Counter
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError, fromstring

from importer.core.model import Stop
from importer.tables.copies import check_copy
from tests.tables.packages import HEADINGS, MAIN, ROSTER, SHEET, XML, book, opened, relations, sheet, texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

COLUMNS = ["status", "what_to_do", "join_url"]
TOKENS = (
    *(b"<", b">", b'"', b"'", b"&", b"/>", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<?x", b"?>", b"\0", b"\xff", b"]"),
    *(b'r="A1"', b'r="XFD1048576"', b'r="ZZZ9"', b'r=""', b'r="-1"', b't="s"', b't="e"', b's="999999"', b"<f>", b"<v>"),
    *(b"<row>", b"</row>", b"<c/>", b"<sheetData>", b"xmlns=", b'xmlns:x="y"', b"mc:AlternateContent", b"99999999999"),
    *(
        b'ref="A1:B2"',
        b'ref="B:B"',
        b"<mergeCell ref='A1:D9'/>",
        b"../../..",
        b"/",
        b"\\",
        b"<!DOCTYPE x>",
        b"&#0;",
        b"&x;",
    ),
)


Seed = tuple[str, bytes]
"""A file's name and bytes."""


def seeds() -> list[Seed]:
    """Files with everything that has code of its own."""
    strings = f'{XML}<sst xmlns="{MAIN}" count="2" uniqueCount="1"><si><t>a</t></si></sst>'
    book_links = relations(
        ("rId1", "worksheet", "worksheets/sheet1.xml"),
        ("rId2", "styles", "styles.xml"),
        ("rId3", "sharedStrings", "sharedStrings.xml"),
    )
    array = '<c r="D2"><f t="array" ref="D2:D3">1</f><v>1</v></c></row>'
    formulas = ROSTER.replace("</row>", array, 2).replace(array, "</row>", 1)
    names = "".join(f'<tableColumn id="{at}" name="{name}"/>' for at, name in enumerate(HEADINGS, start=1))
    table = (
        f'{XML}<table xmlns="{MAIN}" id="1" name="T" displayName="T" ref="A1:C3"><autoFilter ref="A1:C3"/>'
        f'<tableColumns count="3">{names}</tableColumns></table>'
    )
    around = (
        '<sheetProtection sheet="1"/><mergeCells count="1"><mergeCell ref="A9:B9"/></mergeCells>'
        '<hyperlinks><hyperlink ref="A2" r:id="rId2"/></hyperlinks>'
        '<tableParts count="1"><tablePart r:id="rId1"/></tableParts>'
    )
    links = relations(("rId1", "table", "../tables/table1.xml"), ("rId2", "hyperlink", "https://a.example/"))
    full = texts(1, *HEADINGS, "Status", "Join URL") + texts(2, "1", "a", "b@c.d", "created", "https://a.example/")
    workbooks = [
        book(),
        book(
            sheet(ROSTER, before='<dimension ref="A1:C3"/><cols><col min="1" max="3" width="9"/></cols>', after=around),
            table=table,
            sheet_links=links,
        ),
        book(sheet(formulas), strings=strings, links=book_links),
        book(sheet(full)),
        book(sheet().replace("UTF-8", "UTF-16").encode("utf-16")),
    ]
    plain = 'External ID;Subject;Organizer;Status\r\n00042;"a ""b""\nc";a@b.c;\r\n\r\nN/A;=1+1;zoë@b.c;created'
    records = [plain.encode(), plain.encode("utf-16"), ("sep=;\r\n" + plain).encode("cp1252")]
    return [*(("a.xlsx", data) for data in workbooks), *(("a.csv", data) for data in records)]


def mutant(chance: random.Random, seed: Seed) -> Seed:
    """Return the file with one to three harms."""
    name, data = seed
    if name == "a.xlsx":
        return name, harmed_workbook(chance, data)
    for _ in range(chance.randint(1, 3)):
        data = _harm(chance, data)
    return name, data


def harmed_workbook(chance: random.Random, seed: bytes) -> bytes:
    """Return the workbook with one to three harms, in its archive or in one of its parts."""
    if chance.random() < 0.1:
        return _harm(chance, seed)
    with zipfile.ZipFile(io.BytesIO(seed)) as archive:
        parts = [(name, archive.read(name)) for name in archive.namelist()]
    for _ in range(chance.randint(1, 3)):
        sheets = [at for at, part in enumerate(parts) if part[0] == SHEET and chance.random() < 0.5]
        at = sheets[0] if sheets else chance.randrange(len(parts))
        parts[at] = (parts[at][0], _likely(chance, parts[at][1]))
        if chance.random() < 0.05:
            parts.pop(at)
            if not parts:
                break
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts:
            archive.writestr(name, part)
    return out.getvalue()


def _likely(chance: random.Random, part: bytes) -> bytes:
    """Return the part harmed, nine times in ten so that it is XML still: what is no XML is found out at once."""
    new = _harm(chance, part)
    for _ in range(30 if chance.random() < 0.9 else 0):
        try:
            fromstring(new)  # noqa: S314 - our own harm
        except (ParseError, ValueError, LookupError):
            new = _harm(chance, part)
        else:
            break
    return new


def _harm(chance: random.Random, data: bytes) -> bytes:
    if not data:
        return chance.choice(TOKENS)
    at = chance.randrange(len(data))
    length = chance.choice((1, 1, 2, 5, 40))
    return chance.choice(_HARMS)(chance, data, at, length)


def _flip(chance: random.Random, data: bytes, at: int, _: int) -> bytes:
    return data[:at] + bytes([data[at] ^ (1 << chance.randrange(8))]) + data[at + 1 :]


def _drop(_: random.Random, data: bytes, at: int, length: int) -> bytes:
    return data[:at] + data[at + length :]


def _double(_: random.Random, data: bytes, at: int, length: int) -> bytes:
    return data[:at] + data[at : at + length] * 2 + data[at + length :]


def _move(chance: random.Random, data: bytes, at: int, length: int) -> bytes:
    to = chance.randrange(len(data))
    return data[:to] + data[at : at + length] + data[to:]


def _put(chance: random.Random, data: bytes, at: int, _: int) -> bytes:
    return data[:at] + chance.choice(TOKENS) + data[at:]


def _cut(_: random.Random, data: bytes, at: int, __: int) -> bytes:
    return data[:at]


def _element(chance: random.Random, data: bytes, at: int, _: int) -> bytes:
    """Drop or doubles what stands between two tags, so that the XML often stays well-formed."""
    start = data.find(b"<", at)
    end = data.find(b">", start) + 1
    if start < 0 or end <= 0:
        return data[:at]
    return data[:start] + data[start:end] * chance.choice((0, 2)) + data[end:]


def _attribute(chance: random.Random, data: bytes, at: int, _: int) -> bytes:
    """Replace an attribute's value."""
    start = data.find(b'="', at) + 2
    end = data.find(b'"', start)
    if start < 2 or end < 0:
        return data[:at]
    return (
        data[:start]
        + chance.choice((b"", b"0", b"-1", b"1", b"A1", b"XFD1048576", b"99999999999", b"x", b"1:2"))
        + data[end:]
    )


_HARMS: tuple[Callable[[random.Random, bytes, int, int], bytes], ...] = (
    *(_flip, _drop, _double, _move, _put, _put, _cut, _element, _element, _attribute, _attribute),
)


def outcome(file: Seed) -> str:
    """Return `answer`, or the code of the sentence; anything else that happens is a bug and goes through."""
    name, data = file
    kept = zlib.crc32(data)
    try:
        table = opened(data, name)
        results = {row.number: dict.fromkeys(COLUMNS, "https://b.example/") for row in table.rows()}
        copy = table.with_results(results, COLUMNS)
        check_copy(table, copy, results, COLUMNS)
    except Stop as stop:
        return stop.problem.code
    finally:
        assert zlib.crc32(data) == kept, "the input was changed"
    return "answer"


def run(count: int, seed: int) -> tuple[Counter[str], float, list[tuple[Seed, BaseException]]]:
    """Try `count` mutants; return outcomes, the slowest in seconds, and what went wrong."""
    chance, sources = random.Random(seed), seeds()
    found, slowest, wrong = Counter[str](), 0.0, list[tuple[Seed, BaseException]]()
    for file in (mutant(chance, chance.choice(sources)) for _ in range(count)):
        start = time.perf_counter()
        try:
            found[outcome(file)] += 1
        except BaseException as error:  # noqa: BLE001 - a panic of the reader's Rust is no Exception
            wrong.append((file, error))
        slowest = max(slowest, time.perf_counter() - start)
    return found, slowest, wrong


def main(arguments: Iterable[str]) -> int:
    numbers = [int(one) for one in arguments]
    count, seed = numbers[0], numbers[1] if len(numbers) > 1 else 1
    found, slowest, wrong = run(count, seed)
    for code, number in found.most_common():
        print(f"{number:7} {code}")  # noqa: T201 - it is a program for the terminal
    print(f"{len(wrong)} tracebacks, slowest {slowest:.2f} s")  # noqa: T201 - likewise
    for _, error in wrong[:10]:
        print(type(error).__name__, error)  # noqa: T201 - likewise
    return len(wrong) > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
