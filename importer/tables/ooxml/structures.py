"""The structures of a zip archive (PKWARE APPNOTE 6.3.9, sections 4.3 and 4.5.3)."""

from __future__ import annotations

import struct

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
