"""Zip archives at the level of their bytes: a member is inflated within limits, or copied without being touched.

`zipfile` can read, but can't copy a member without unpacking it, and it believes the sizes a stranger wrote down.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from importer.tables.ooxml.structures import (
    CENTRAL,
    ENCRYPTED,
    END,
    END64,
    FULL16,
    FULL32,
    LOCAL,
    UTF8,
    ZIP64,
)
from importer.tables.refusal import damaged, refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

STORED, DEFLATED = 0, 8

PART_LIMIT = 240 * 1024 * 1024
"""Bytes that one part may unpack to: a sheet of 400,000 rows by 12 columns, far beyond any roster."""

RATIO_LIMIT = 250
"""How many bytes a packed byte may become. Sheets reach 10 to 60, a zip bomb 1,000."""

RATIO_FREE = 16 * 1024 * 1024
"""Up to here a part may be as compressible as it likes: a small sheet of equal rows is no bomb."""

_LEVEL = 3
"""On a sheet of 50 MB: level 1 takes 0.2 s and gives 7.9 MB, 3 takes 0.3 s and gives 6.3, 6 takes 0.7 and gives 5.7."""

_CHUNK = 1024 * 1024
_MEMBERS_LIMIT = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One file in the archive. `record` is its entry in the central directory, whole; offsets are into the archive."""

    name: str
    record: bytes
    method: int
    crc: int
    packed: int
    size: int
    start: int
    data: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A member's new content, ready to be put into an archive."""

    method: int
    crc: int
    size: int
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """An archive in memory; `name` is the file's name for sentences, `members` are keyed by folded name."""

    name: str
    data: bytes
    members: Mapping[str, Member]
    directory: int
    comment: bytes

    def find(self, part: str) -> Member | None:
        """Gives the member called `part`; case and kind of slash don't matter, as in ECMA-376 part 2, 6.2.2."""
        return self.members.get(fold(part))

    def chunks(self, member: Member, *, limit: int = PART_LIMIT) -> Iterator[bytes]:
        """Gives the member's content piece by piece; raises Stop when it is too large or damaged."""
        total, crc = 0, 0
        for chunk in self._inflate(member):
            total += len(chunk)
            crc = zlib.crc32(chunk, crc)
            if total > limit or (total > RATIO_FREE and total > RATIO_LIMIT * member.packed):
                raise refused("workbook-too-large", self.name, limit=limit // (1024 * 1024))
            yield chunk
        if crc != member.crc:
            raise damaged(self.name, f"CRC of {member.name} is wrong")

    def read(self, member: Member, *, limit: int = PART_LIMIT) -> bytes:
        """Gives the member's content whole; raises Stop when it is too large or damaged."""
        buffer = BytesIO()
        for chunk in self.chunks(member, limit=limit):
            buffer.write(chunk)
        return buffer.getvalue()

    def packed(self, member: Member) -> Packed:
        """Gives the member as it lies in the archive, not unpacked."""
        data = self.data[member.data : member.data + member.packed]
        return Packed(method=member.method, crc=member.crc, size=member.size, data=data)

    def _inflate(self, member: Member) -> Iterator[bytes]:
        packed = memoryview(self.data)[member.data : member.data + member.packed]
        if member.method == STORED:
            yield from (bytes(packed[at : at + _CHUNK]) for at in range(0, len(packed), _CHUNK))
            return
        if member.method != DEFLATED:
            raise damaged(self.name, f"{member.name} is packed with method {member.method}")
        engine = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            yield from _inflated(engine, packed)
        except zlib.error as error:
            raise damaged(self.name, f"{member.name}: {error}") from error
        if not engine.eof:
            raise damaged(self.name, f"{member.name} ends too early")


def _inflated(engine: zlib._Decompress, packed: memoryview) -> Iterator[bytes]:
    for at in range(0, len(packed), _CHUNK):
        chunk = engine.decompress(packed[at : at + _CHUNK], _CHUNK)
        while chunk:
            yield chunk
            chunk = engine.decompress(engine.unconsumed_tail, _CHUNK)


def fold(name: str) -> str:
    """Gives what two spellings of a part's name have in common."""
    return name.replace("\\", "/").lstrip("/").casefold()


def open_archive(data: bytes, name: str) -> Archive:
    """Reads the central directory; raises Stop (`workbook-damaged`) unless everything in it fits together."""
    directory, size, count, comment = _end(data, name)
    members: dict[str, Member] = {}
    at = directory
    for _ in range(count):
        member, at = _member(data, at, name)
        if fold(member.name) in members:
            raise damaged(name, f"two members are called {member.name}")
        members[fold(member.name)] = member
    if at != directory + size:
        raise damaged(name, "the directory's size is wrong")
    _refuse_overlap(members.values(), directory, name)
    return Archive(name=name, data=data, members=members, directory=directory, comment=comment)


def _end(data: bytes, name: str) -> tuple[int, int, int, bytes]:
    """Gives the directory's offset, size and number of members, and the archive's comment."""
    at = data.rfind(b"PK\5\6", max(0, len(data) - END.size - FULL16))
    if at < 0 or at + END.size > len(data):
        raise damaged(name, "no end of central directory")
    _, _, _, _, count, size, offset, comment = END.unpack_from(data, at)
    if at + END.size + comment != len(data):
        raise damaged(name, "bytes after the end of the archive")
    stop = at
    if count == FULL16 or FULL32 in {size, offset}:
        stop, count, size, offset = _end64(data, at, name)
    if offset + size != stop or count > _MEMBERS_LIMIT:
        raise damaged(name, f"the directory of {count} members does not end where it should")
    return offset, size, count, data[at + END.size :]


def _end64(data: bytes, end: int, name: str) -> tuple[int, int, int, int]:
    locator = end - 20
    if locator < 0 or data[locator : locator + 4] != b"PK\6\7":
        raise damaged(name, "no Zip64 locator")
    at = int(struct.unpack_from("<Q", data, locator + 8)[0])
    if at + END64.size > locator or data[at : at + 4] != b"PK\6\6":
        raise damaged(name, "no Zip64 end of central directory")
    count, size, offset = (int(field) for field in END64.unpack_from(data, at)[7:10])
    return at, count, size, offset


def _member(data: bytes, at: int, name: str) -> tuple[Member, int]:
    if data[at : at + 4] != b"PK\1\2" or at + CENTRAL.size > len(data):
        raise damaged(name, "an entry of the directory is broken")
    fields = CENTRAL.unpack_from(data, at)
    flags, method, crc, packed, size, named, extra, comment, start = *fields[3:5], *fields[7:13], fields[16]
    after = at + CENTRAL.size + named + extra + comment
    raw = data[at + CENTRAL.size : at + CENTRAL.size + named]
    extras = data[at + CENTRAL.size + named : after - comment]
    size, packed, start = _wide(extras, (size, packed, start), name)
    label = raw.decode("utf-8" if flags & UTF8 else "cp437", "replace")
    if flags & ENCRYPTED:
        raise refused("workbook-encrypted", name)
    content = _content(data, start, raw, name)
    if content + packed > len(data):
        raise damaged(name, f"{label} is cut off")
    record = data[at:after]
    member = Member(
        name=label, record=record, method=method, crc=crc, packed=packed, size=size, start=start, data=content
    )
    return member, after


def _wide(extras: bytes, narrow: tuple[int, int, int], name: str) -> tuple[int, int, int]:
    """Gives size, packed size and offset, taken from the Zip64 field where the plain fields are full (4.5.3)."""
    field = dict(_extras(extras)).get(ZIP64, b"")
    values = iter(struct.unpack(f"<{len(field) // 8}Q", field[: len(field) // 8 * 8]))
    try:
        size, packed, start = (next(values) if value == FULL32 else value for value in narrow)
    except (StopIteration, RuntimeError) as error:
        raise damaged(name, "a Zip64 field is missing") from error
    return size, packed, start


def _extras(extras: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(extras):
        kind, length = struct.unpack_from("<2H", extras, at)
        yield kind, extras[at + 4 : at + 4 + length]
        at += 4 + length


def _content(data: bytes, start: int, raw: bytes, name: str) -> int:
    """Gives where the packed bytes begin; the local header must be there and agree on the name."""
    if data[start : start + 4] != b"PK\3\4" or start + LOCAL.size > len(data):
        raise damaged(name, "a member is not where the directory says")
    named, extra = (int(field) for field in LOCAL.unpack_from(data, start)[9:11])
    if data[start + LOCAL.size : start + LOCAL.size + named] != raw:
        raise damaged(name, "a member has two names")
    return start + LOCAL.size + named + extra


def _refuse_overlap(members: Iterable[Member], directory: int, name: str) -> None:
    """Members that share bytes are the trick of the smallest zip bombs, and can't be copied as they lie."""
    end = 0
    for member in sorted(members, key=lambda one: one.start):
        if member.start < end or member.data + member.packed > directory:
            raise damaged(name, f"{member.name} overlaps another member")
        end = member.data + member.packed


def pack(chunks: Iterable[bytes], method: int = DEFLATED) -> Packed:
    """Gives the chunks packed, one after the other, so that they need never be in memory together."""
    engine = zlib.compressobj(level=_LEVEL, wbits=-zlib.MAX_WBITS) if method == DEFLATED else None
    packed, crc, size = BytesIO(), 0, 0
    for chunk in chunks:
        crc = zlib.crc32(chunk, crc)
        size += len(chunk)
        packed.write(engine.compress(chunk) if engine else chunk)
    if engine:
        packed.write(engine.flush())
    return Packed(method=method, crc=crc, size=size, data=packed.getvalue())
