"""A task has no mapped drives, and a path that hangs on a session's folder or letter fails at night only."""

from __future__ import annotations

from typing import Protocol

import pytest

from importer.core.model import ExitCode, Stop
from importer.schedule import DISK, UNKNOWN, Calls, Drive, Places, asked, guessed, this_computer

NOT_CONNECTED = 2250


class Buffer(Protocol):
    value: str


class FakeWindows:
    """C: is a disk, Z: a mapped share, Y: one whose share is not known, S: and T: are subst drives."""

    DEVICES = {  # noqa: RUF012 - read only
        "C:": r"\Device\HarddiskVolume3",
        "Z:": r"\Device\LanmanRedirector\;Z:0000000000012345\fs01\rosters",
        "Y:": r"\Device\Mup\;RDPDR",
        "S:": r"\??\C:\rosters",
        "T:": r"\??\UNC\fs01\rosters",
    }

    def kind(self, drive: str) -> int:
        return 4 if drive in {"Z:", "Y:"} else 3

    def device(self, drive: str) -> str:
        return self.DEVICES.get(drive, "")

    def share(self, drive: str) -> str:
        return r"\\fs01\rosters" if drive == "Z:" else ""


class FakeLibrary:
    """kernel32 and mpr, as far as they are called; text goes into the caller's buffer."""

    def __init__(self) -> None:
        self.windows = FakeWindows()

    def GetDriveTypeW(self, root: str) -> int:  # noqa: N802 - Windows' name, as are the next two
        return self.windows.kind(root.removesuffix("\\"))

    def QueryDosDeviceW(self, drive: str, room: Buffer, size: int) -> int:  # noqa: N802 - Windows' own name
        room.value = self.windows.device(drive)[:size]
        return len(room.value)

    def WNetGetConnectionW(self, drive: str, room: Buffer, _length: object) -> int:  # noqa: N802 - Windows' own name
        room.value = self.windows.share(drive) or "not to be looked at"
        return 0 if self.windows.share(drive) else NOT_CONNECTED


def full(path: str, folder: str | None = r"C:\jobs") -> str:
    """Return the full path on that Windows."""
    return Places(windows=True, folder=folder, drive=lambda drive: asked(drive, FakeWindows())).full(path)


def refusal(path: str, places: Places) -> tuple[str, str]:
    with pytest.raises(Stop) as caught:
        places.full(path)
    assert caught.value.exit_code is ExitCode.USAGE
    return caught.value.problem.code, caught.value.problem.message


WINDOWS = Places(windows=True, folder=r"C:\jobs", drive=lambda drive: asked(drive, FakeWindows()))
ELSEWHERE = Places(windows=True, folder=None, drive=guessed)
POSIX = Places(windows=False, folder="/srv", drive=guessed)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (r"\\fs01\rosters\week 3", r"\\fs01\rosters\week 3"),
        ("//fs01/rosters/*.xlsx", r"\\fs01\rosters\*.xlsx"),
        (r"\\fs01\rosters", r"\\fs01\rosters"),
        (r"C:\a\..\rosters", r"C:\rosters"),
        (r"c:\rosters", r"c:\rosters"),
        (r"rosters\a.xlsx", r"C:\jobs\rosters\a.xlsx"),
        (r"\rosters", r"C:\rosters"),
        (r"C:rosters", r"C:\jobs\rosters"),
        (r"\\?\C:\rosters", r"\\?\C:\rosters"),
        (r"\\?\UNC\fs01\rosters", r"\\?\UNC\fs01\rosters"),
    ],
)
def test_paths_of_windows_are_made_full_and_unc_paths_stay(given: str, expected: str) -> None:
    assert full(given) == expected


@pytest.mark.parametrize(
    ("given", "instead"),
    [
        (r"Z:\week 3\*.xlsx", r"\\fs01\rosters\week 3\*.xlsx"),
        ("z:/week 3", r"\\fs01\rosters\week 3"),
        (r"\\?\Z:\x", r"\\fs01\rosters\x"),
        (r"S:\x", r"C:\rosters\x"),
        (r"T:\x", r"\\fs01\rosters\x"),
        (r"Y:\x", r"the path with \\server\share"),
    ],
)
def test_a_drive_of_ones_own_session_is_refused_with_what_to_write_instead(given: str, instead: str) -> None:
    code, message = refusal(given, WINDOWS)

    assert (code, f"Write {instead} instead" in message) == ("drive-mapped", True)
    assert "session" in message


@pytest.mark.parametrize("given", [r"Z:\x", r"E:\x"])
def test_elsewhere_a_letter_beyond_the_usual_disks_is_refused(given: str) -> None:
    assert refusal(given, ELSEWHERE)[0] == "drive-unknown"


@pytest.mark.parametrize("given", [r"C:\x", r"d:\x", r"\\fs01\x\y"])
def test_elsewhere_the_usual_disks_and_shares_are_taken(given: str) -> None:
    assert ELSEWHERE.full(given) == given


@pytest.mark.parametrize("given", ["rosters", r"\rosters", "C:rosters", "/srv/rosters", ""])
def test_elsewhere_a_path_must_be_full(given: str) -> None:
    assert refusal(given, ELSEWHERE)[0] == "schedule-path-relative"


def test_a_path_that_hangs_on_another_drives_folder_is_refused() -> None:
    assert refusal("Z:rosters", WINDOWS)[0] == "schedule-path-relative"


@pytest.mark.parametrize(
    ("given", "expected"),
    [("a/../b", "/srv/b"), ("/x/*.xlsx", "/x/*.xlsx"), ("//fs/x", "/fs/x"), ("", "/srv"), (".", "/srv")],
)
def test_paths_of_linux_are_made_full(given: str, expected: str) -> None:
    assert POSIX.full(given) == expected


def test_a_path_of_windows_in_a_unit_is_refused() -> None:
    places = Places(windows=False, folder=None, drive=guessed)

    assert refusal(r"\\fs01\rosters", places)[0] == "schedule-path-relative"


@pytest.mark.parametrize("drive", ["C:", "S:", "T:", "Y:", "Z:", "X:"])
def test_windows_is_asked_by_its_own_calls(drive: str) -> None:
    library = FakeLibrary()

    assert asked(drive, Calls(library, library)) == asked(drive, FakeWindows())


def test_this_computer_can_be_asked() -> None:
    assert this_computer()("C:") in {DISK, UNKNOWN}
    assert asked("C:", FakeWindows()) == DISK
    assert asked("Z:", FakeWindows()) == Drive(mapped=True, target=r"\\fs01\rosters")
