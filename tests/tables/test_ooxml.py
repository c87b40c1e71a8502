"""The zip archive of the copy: untouched members as they lie, and only archives that are whole."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from importer.core.model import ExitCode, Stop
from importer.tables.copies import check_copy
from tests.tables.comparing import compare
from tests.tables.packages import SHEET, book, opened, part_of, parts, sheet, zipped

if TYPE_CHECKING:
    from collections.abc import Callable

DONE = {2: {"status": "created"}}
ENTRY = struct.Struct("<4s6H3I5H2I")


def copied(data: bytes) -> bytes:
    table = opened(data)
    copy = table.with_results(DONE, ["status"])
    check_copy(table, copy, DONE, ["status"])
    assert compare(data, copy, sheet=SHEET, columns={"D"}).others == []
    return copy


def refused(data: bytes, name: str = "roster.xlsx") -> str:
    with pytest.raises(Stop) as stop:
        opened(data, name)
    assert stop.value.exit_code is ExitCode.INPUT
    return stop.value.problem.code


def entries(data: bytes) -> dict[str, zipfile.ZipInfo]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {info.filename: info for info in archive.infolist()}


def written(*, stream: bool = False, **more: object) -> bytes:
    """A workbook written to a pipe (with data descriptors), or with a comment on archive and members."""
    out = io.BytesIO()

    class Pipe(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, data: object) -> int:
            return out.write(bytes(data))  # type: ignore[call-overload]  # a wrapper passes on what it got

    target = Pipe() if stream else out
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.comment = bytes(str(more.get("comment", "")), "ascii")
        for at, (name, part) in enumerate(parts().items()):
            info = zipfile.ZipInfo(name, (2001 + at, 2, 3, 4, 5, 6))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.comment, info.extra = b"a member", struct.pack("<2H4s", 0xCAFE, 4, b"more")
            with archive.open(info, "w", force_zip64=bool(more.get("zip64"))) as member:
                member.write(part.encode() if isinstance(part, str) else part)
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(written(), id="plain"),
        pytest.param(written(stream=True), id="data descriptors"),
        pytest.param(written(zip64=True), id="Zip64 fields"),
        pytest.param(written(stream=True, zip64=True), id="Zip64 data descriptors"),
        pytest.param(written(comment="an archive"), id="comment"),
        pytest.param(zipped(parts(), method=zipfile.ZIP_STORED), id="stored"),
    ],
)
def test_members_keep_order_names_dates_and_comments(data: bytes) -> None:
    before, after = entries(data), entries(copied(data))
    assert list(before) == list(after)
    for name, info in before.items():
        assert (info.date_time, info.comment, info.compress_type) == (
            after[name].date_time,
            after[name].comment,
            after[name].compress_type,
        )
        assert name == SHEET or (info.CRC, info.extra) == (after[name].CRC, after[name].extra)
    with zipfile.ZipFile(io.BytesIO(copied(data))) as archive:
        assert archive.testzip() is None


def test_untouched_members_are_the_same_bytes_descriptor_included() -> None:
    data = written(stream=True)
    copy = copied(data)
    names = [name for name in entries(data) if name != SHEET]
    for name, following in pairwise(names):
        start, end = entries(data)[name].header_offset, entries(data)[following].header_offset
        if SHEET not in {name, following}:
            assert data[start:end] in copy


def test_the_comment_of_the_archive_stays() -> None:
    with zipfile.ZipFile(io.BytesIO(copied(written(comment="an archive")))) as archive:
        assert archive.comment == b"an archive"


def test_a_zip64_directory_is_read() -> None:
    data = zipped(parts())
    at = data.rindex(b"PK\5\6")
    count, size, offset = struct.unpack_from("<HII", data, at + 10)
    end64 = struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, offset)
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, at, 1)
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    copied(data[:at] + end64 + locator + end)


def test_an_offset_in_a_zip64_field_moves_too() -> None:
    data = zipped({"a.bin": b"x", **parts()})
    at = data.rindex(b"PK\5\6")
    count, _, offset = struct.unpack_from("<HII", data, at + 10)
    directory, new = offset, b""
    for _ in range(count):
        fields = list(ENTRY.unpack_from(data, directory))
        name = data[directory + 46 : directory + 46 + fields[10]]
        directory += 46 + fields[10]
        extra = struct.pack("<2H3Q", 1, 24, fields[9], fields[8], fields[16])
        fields[8] = fields[9] = fields[16] = 0xFFFFFFFF
        fields[11] = len(extra)
        new += ENTRY.pack(*fields) + name + extra
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count, count, len(new), offset, 0)
    copied(data[:offset] + new + end)


# --- damaged archives -------------------------------------------------------------------------------------------------


def patched(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


def first_entry(data: bytes) -> int:
    return data.index(b"PK\1\2")


def end(data: bytes) -> int:
    return data.rindex(b"PK\5\6")


@pytest.mark.parametrize(
    "harm",
    [
        pytest.param(lambda data: data[: len(data) // 2], id="cut off"),
        pytest.param(lambda data: data[:-1], id="last byte missing"),
        pytest.param(lambda data: data + b"x", id="something behind"),
        pytest.param(lambda data: b"PK\3\4" + data, id="something before"),
        pytest.param(lambda data: patched(data, end(data) + 10, b"\xff\x00"), id="too many members"),
        pytest.param(lambda data: patched(data, end(data) + 10, b"\x03\x00"), id="too few members"),
        pytest.param(lambda data: patched(data, end(data) + 16, b"\xff\xff\xff\xff"), id="no Zip64 locator"),
        pytest.param(lambda data: patched(data, first_entry(data), b"PX"), id="no entry"),
        pytest.param(lambda data: patched(data, first_entry(data) + 42, b"\x05"), id="a wrong offset"),
        pytest.param(lambda data: patched(data, first_entry(data) + 24, b"\xff\xff\xff\xff"), id="no Zip64 field"),
        pytest.param(lambda data: patched(data, first_entry(data) + 20, b"\xff\xff\xff\x00"), id="a size too large"),
        pytest.param(lambda data: patched(data, 30, b"Z"), id="another name"),
        pytest.param(lambda data: patched(data, first_entry(data) + 10, b"\x0c"), id="another method"),
        pytest.param(lambda data: patched(data, first_entry(data) + 16, b"\0\0\0\0"), id="a wrong CRC"),
        pytest.param(lambda data: patched(data, 30 + 19, b"\xff\xff\xff"), id="not deflated"),
    ],
)
def test_a_damaged_archive_is_said_to_be_damaged(harm: Callable[[bytes], bytes]) -> None:
    assert refused(harm(zipped(parts()))) == "workbook-damaged"


def test_a_member_that_ends_too_early_is_damage() -> None:
    data = bytearray(zipped(parts()))
    at = first_entry(bytes(data))
    size = struct.unpack_from("<I", data, at + 20)[0]
    struct.pack_into("<I", data, at + 20, size - 3)
    assert refused(bytes(data)) == "workbook-damaged"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_damage() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, part in [*parts().items(), ("XL\\worksheets/Sheet1.xml", sheet())]:
            archive.writestr(name, part)
    assert refused(out.getvalue()) == "workbook-damaged"


def test_members_that_share_their_bytes_are_damage() -> None:
    data = bytearray(zipped({"aaa": b"x", "aab": b"x", **parts()}))
    second = bytes(data).index(b"PK\1\2", first_entry(bytes(data)) + 4)
    struct.pack_into("<I", data, second + 42, 0)
    data[second + 46 : second + 49] = b"aaa"
    assert refused(bytes(data)) == "workbook-damaged"


def test_an_encrypted_member_is_encryption() -> None:
    data = zipped(parts())
    assert refused(patched(data, first_entry(data) + 8, b"\x01")) == "workbook-encrypted"


# --- bombs ------------------------------------------------------------------------------------------------------------


def bomb(size: int, declared: int) -> bytes:
    """A sheet of a few rows and then blanks without end, that says of itself to be small."""
    packed = zlib.compressobj(9, wbits=-15)
    head = sheet().encode()
    crc, body = zlib.crc32(head), packed.compress(head)
    blank = b" " * 1_000_000
    for _ in range(size // len(blank)):
        body += packed.compress(blank)
        crc = zlib.crc32(blank, crc)
    body += packed.flush()
    raw = SHEET.encode()
    common = (20, 0, 8, 0, 33, crc, len(body), declared, len(raw), 0)
    local = struct.pack("<4s5H3I2H", b"PK\3\4", *common) + raw + body
    rest = zipped({name: part for name, part in parts().items() if name != SHEET})
    count, size_, offset = struct.unpack_from("<HII", rest, end(rest) + 10)
    entry = ENTRY.pack(b"PK\1\2", 20, *common, 0, 0, 0, 0, offset) + raw
    directory = rest[offset : offset + size_] + entry
    tail = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count + 1, count + 1, len(directory), offset + len(local), 0)
    return rest[:offset] + local + directory + tail


def test_a_zip_bomb_is_stopped_while_it_unpacks() -> None:
    data = bomb(60_000_000, declared=1000)
    assert len(data) < 100_000
    assert refused(data) == "workbook-too-large"


def test_a_bomb_in_another_sheet_does_no_harm() -> None:
    data = book(picture=b" " * 50_000_000)
    assert part_of(copied(data), "xl/media/image1.png")[:1] == b" "
