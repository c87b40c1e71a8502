"""The file format of .xlsx: a zip archive of XML parts, read within limits and edited in place, never rebuilt.

Here is the archive, at the level of its bytes. `zipfile` can read, but can't copy a member without unpacking it, and it
believes the sizes a stranger wrote down. Here a member is inflated within limits, or copied without being touched: an
archive is put together again with a few members changed and every other byte where it was. An unchanged member is
copied as it lies, header, packed bytes, data descriptor and whatever padding follows it. Its directory entry is copied
too; only the offset in it moves.

Source of the structures: PKWARE APPNOTE 6.3.9, sections 4.3 and 4.5.3.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from importer.tables.base import damaged, refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


LOCAL = struct.Struct("<4s5H3I2H")
"""Before each member: signature, version, flags, method, time, date, CRC, packed, size, lengths of name and extra."""

CENTRAL = struct.Struct("<4s6H3I5H2I")
"""In the directory: the same with two versions, then length of comment, disk, two attributes, offset of the member."""

END = struct.Struct("<4s4H2IH")
"""Signature, two disks, two counts, size and offset of the directory, length of the comment."""

END64 = struct.Struct("<4sQ2H2I4Q")
FULL16, FULL32 = 0xFFFF, 0xFFFFFFFF
"""A plain field that is full: the value is in the Zip64 structure."""

ZIP64 = 1
"""Kind of the extra field that holds what the plain fields can't."""

ENCRYPTED, DESCRIPTOR, LEVEL_BITS, UTF8 = 0x1, 0x8, 0x6, 0x800
"""Flags: encrypted, sizes behind the content, how hard it was packed, name in UTF-8."""


STORED, DEFLATED = 0, 8

PART_LIMIT = 240 * 1024 * 1024
"""Bytes that one part may unpack to: a sheet of 400,000 rows by 12 columns, far beyond any roster."""

RATIO_LIMIT = 250
"""How many bytes a packed byte may become. Sheets reach 10 to 60, a zip bomb 1,000."""

RATIO_FREE = 16 * 1024 * 1024
"""Up to here a part may be as compressible as it likes: a small sheet of equal rows is no bomb."""

FASTEST, _LEVEL = 1, 3
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
        """Return the member called `part`; case and kind of slash don't matter, as in ECMA-376 part 2, 6.2.2."""
        return self.members.get(fold(part))

    def chunks(self, member: Member, *, limit: int = PART_LIMIT) -> Iterator[bytes]:
        """Return the member's content piece by piece; raise Stop when it is too large or damaged."""
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
        """Return the member's content whole; raise Stop when it is too large or damaged."""
        buffer = BytesIO()
        for chunk in self.chunks(member, limit=limit):
            buffer.write(chunk)
        return buffer.getvalue()

    def packed(self, member: Member) -> Packed:
        """Return the member as it lies in the archive, not unpacked."""
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
    """Return what two spellings of a part's name have in common."""
    return name.replace("\\", "/").lstrip("/").casefold()


def open_archive(data: bytes, name: str) -> Archive:
    """Read the central directory; raise Stop (`workbook-damaged`) unless everything in it fits together."""
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
    """Return the directory's offset, size and number of members, and the archive's comment."""
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
    """Return size, packed size and offset, taken from the Zip64 field where the plain fields are full (4.5.3)."""
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
    """Return where the packed bytes begin; the local header must be there and agree on the name."""
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


def pack(chunks: Iterable[bytes], method: int = DEFLATED, *, level: int = _LEVEL) -> Packed:
    """Return the chunks packed, one after the other, so that they need never be in memory together."""
    engine = zlib.compressobj(level=level, wbits=-zlib.MAX_WBITS) if method == DEFLATED else None
    packed, crc, size = BytesIO(), 0, 0
    for chunk in chunks:
        crc = zlib.crc32(chunk, crc)
        size += len(chunk)
        packed.write(engine.compress(chunk) if engine else chunk)
    if engine:
        packed.write(engine.flush())
    return Packed(method=method, crc=crc, size=size, data=packed.getvalue())


_VERSION, _EPOCH = 20, 0x21
"""Zip 2.0, names in UTF-8, 1 January 1980: for added members, so that the same input gives the same bytes."""


def rebuild(archive: Archive, changed: Mapping[str, Packed], added: Mapping[str, Packed]) -> bytes:
    """Return the archive with members `changed` (by name) replaced where they lie, and `added` behind the others."""
    new = {fold(name): packed for name, packed in changed.items()}
    out, starts = BytesIO(), dict[str, int]()
    physical = sorted(archive.members.values(), key=lambda member: member.start)
    ends = [*(member.start for member in physical[1:]), archive.directory]
    out.write(archive.data[: physical[0].start])
    for member, end in zip(physical, ends, strict=True):
        starts[member.name] = out.tell()
        packed = new.get(fold(member.name))
        out.write(archive.data[member.start : end] if packed is None else _local(archive, member, packed))
    entries = [_entry(member, new.get(fold(member.name)), starts[member.name]) for member in archive.members.values()]
    entries += [_append(out, name, packed) for name, packed in added.items()]
    return _finish(out, entries, archive.comment)


def _local(archive: Archive, member: Member, packed: Packed) -> bytes:
    """Return a changed member's local header and content: its own name, date and extras, new sizes."""
    fields = list(LOCAL.unpack_from(archive.data, member.start))
    at = member.start + LOCAL.size
    name = archive.data[at : at + fields[9]]
    extra = _without_zip64(archive.data[at + fields[9] : at + fields[9] + fields[10]])
    fields[2] &= ~(DESCRIPTOR | LEVEL_BITS)
    fields[3], fields[6], fields[7], fields[8] = packed.method, packed.crc, len(packed.data), packed.size
    fields[10] = len(extra)
    return LOCAL.pack(*fields) + name + extra + packed.data


def _entry(member: Member, packed: Packed | None, start: int) -> bytes:
    """Return a member's directory entry, moved to `start`."""
    if packed is None:
        return _moved(member, start)
    fields = list(CENTRAL.unpack_from(member.record))
    at = CENTRAL.size + fields[10]
    name, extra = member.record[CENTRAL.size : at], member.record[at : at + fields[11]]
    comment = member.record[at + fields[11] :]
    extra = _without_zip64(extra)
    fields[3] &= ~(DESCRIPTOR | LEVEL_BITS)
    fields[4], fields[7], fields[8], fields[9] = packed.method, packed.crc, len(packed.data), packed.size
    fields[11], fields[16] = len(extra), start
    return CENTRAL.pack(*fields) + name + extra + comment


def _moved(member: Member, start: int) -> bytes:
    fields = list(CENTRAL.unpack_from(member.record))
    if fields[16] != FULL32:
        fields[16] = start
        return CENTRAL.pack(*fields) + member.record[CENTRAL.size :]
    at = CENTRAL.size + fields[10]
    extra = bytearray(member.record[at : at + fields[11]])
    place = sum(8 for value in (fields[9], fields[8]) if value == FULL32)
    field = extra.index(struct.pack("<H", ZIP64)) + 4
    struct.pack_into("<Q", extra, field + place, start)
    return member.record[:at] + bytes(extra) + member.record[at + fields[11] :]


def _without_zip64(extra: bytes) -> bytes:
    """Return a member's extra fields but the one for large sizes: its new ones fit the plain fields."""
    kept, at = b"", 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        kept += b"" if kind == ZIP64 else extra[at : at + 4 + length]
        at += 4 + length
    return kept + extra[at:]


def _append(out: BytesIO, name: str, packed: Packed) -> bytes:
    """Write a new member and return its directory entry."""
    start, raw = out.tell(), name.encode()
    common = (UTF8, packed.method, 0, _EPOCH, packed.crc, len(packed.data), packed.size, len(raw), 0)
    out.write(LOCAL.pack(b"PK\3\4", _VERSION, *common) + raw + packed.data)
    return CENTRAL.pack(b"PK\1\2", _VERSION, _VERSION, *common, 0, 0, 0, 0, start) + raw


def _finish(out: BytesIO, entries: list[bytes], comment: bytes) -> bytes:
    directory = out.tell()
    out.writelines(entries)
    size = out.tell() - directory
    out.write(END.pack(b"PK\5\6", 0, 0, len(entries), len(entries), size, directory, len(comment)) + comment)
    return out.getvalue()


def assemble(parts: Mapping[str, Packed]) -> bytes:
    """Return a new archive of these parts, in this order."""
    out = BytesIO()
    return _finish(out, [_append(out, name, packed) for name, packed in parts.items()], b"")
