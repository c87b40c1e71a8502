"""An archive again, with a few members changed and every other byte where it was.

An unchanged member is copied as it lies: header, packed bytes, data descriptor and whatever padding follows it.
Its directory entry is copied too; only the offset in it moves.
"""

from __future__ import annotations

import struct
from io import BytesIO
from typing import TYPE_CHECKING

from importer.tables.ooxml.archive import Archive, Member, Packed, fold
from importer.tables.ooxml.structures import CENTRAL, DESCRIPTOR, END, FULL32, LEVEL_BITS, LOCAL, UTF8, ZIP64

if TYPE_CHECKING:
    from collections.abc import Mapping

_VERSION, _EPOCH = 20, 0x21
"""Zip 2.0, names in UTF-8, 1 January 1980: for added members, so that the same input gives the same bytes."""


def rebuild(archive: Archive, changed: Mapping[str, Packed], added: Mapping[str, Packed]) -> bytes:
    """Gives the archive with members `changed` (by name) replaced where they lie, and `added` behind the others."""
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
    """Gives a changed member's local header and content: its own name, date and extras, new sizes."""
    fields = list(LOCAL.unpack_from(archive.data, member.start))
    at = member.start + LOCAL.size
    name = archive.data[at : at + fields[9]]
    extra = _without_zip64(archive.data[at + fields[9] : at + fields[9] + fields[10]])
    fields[2] &= ~(DESCRIPTOR | LEVEL_BITS)
    fields[3], fields[6], fields[7], fields[8] = packed.method, packed.crc, len(packed.data), packed.size
    fields[10] = len(extra)
    return LOCAL.pack(*fields) + name + extra + packed.data


def _entry(member: Member, packed: Packed | None, start: int) -> bytes:
    """Gives a member's directory entry, moved to `start`."""
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
    """Gives a member's extra fields but the one for large sizes: its new ones fit the plain fields."""
    kept, at = b"", 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        kept += b"" if kind == ZIP64 else extra[at : at + 4 + length]
        at += 4 + length
    return kept + extra[at:]


def _append(out: BytesIO, name: str, packed: Packed) -> bytes:
    """Writes a new member and gives its directory entry."""
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
    """Gives a new archive of these parts, in this order."""
    out = BytesIO()
    return _finish(out, [_append(out, name, packed) for name, packed in parts.items()], b"")
