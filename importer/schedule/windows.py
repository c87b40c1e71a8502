"""Windows' own answers about drives. Loaded on Windows only."""

from __future__ import annotations

import ctypes
import sys

from importer.schedule.drives import LONGEST

if sys.platform == "win32":  # pragma: no cover - the tests ask a stand-in; there is nothing in here but the calls

    class Calls:
        """The calls, with their text buffers."""

        def kind(self, drive: str) -> int:
            """Gives GetDriveType's number for a drive like `Z:`."""
            return int(ctypes.windll.kernel32.GetDriveTypeW(drive + "\\"))

        def device(self, drive: str) -> str:
            """Gives the device behind the letter, empty where there is none."""
            room = ctypes.create_unicode_buffer(LONGEST)
            return room.value if ctypes.windll.kernel32.QueryDosDeviceW(drive, room, LONGEST) else ""

        def share(self, drive: str) -> str:
            """Gives the share behind the letter, empty where there is none.

            Source: https://learn.microsoft.com/windows/win32/api/winnetwk/nf-winnetwk-wnetgetconnectionw
            """
            room, length = ctypes.create_unicode_buffer(LONGEST), ctypes.c_ulong(LONGEST)
            failed = ctypes.windll.mpr.WNetGetConnectionW(drive, room, ctypes.byref(length))
            return "" if failed else room.value
