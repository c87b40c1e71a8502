"""What tests need under Wine: its own failures are skipped with their reason."""

from __future__ import annotations

import _winapi
import ctypes
import os
from pathlib import Path

import pytest

KNOWN = Path(__file__).with_name("known.txt")
OWN = "Wine: "
"""How the reason begins why a test is not run for Wine's sake."""


def another_process() -> int:
    """Gives the number of a process that goes on as long as this one, as its parent's does: one of Wine's own.

    Asking for the parent itself (PssCaptureSnapshot) ends whoever asks.
    """
    numbers, size = (ctypes.c_ulong * 1024)(), ctypes.c_ulong()
    ctypes.WinDLL("psapi").EnumProcesses(numbers, ctypes.sizeof(numbers), ctypes.byref(size))
    return min({*numbers[: size.value // 4]} - {0, os.getpid()})


os.getppid = another_process
if hasattr(_winapi, "CopyFile2"):
    del _winapi.CopyFile2  # a stub of Wine's that ends the process; shutil does without


def known() -> dict[str, str]:
    """Gives the beginnings of test IDs that fail for Wine's sake, each with its reason."""
    lines = KNOWN.read_text(encoding="utf-8").splitlines()
    entries = (line.partition(" | ") for line in lines if line and not line.startswith("#"))
    return {name.strip(): reason.strip() for name, _, reason in entries}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skips what is known; a name that has gone from its file is an error, so that the list stays true."""
    entries = known()
    used = set()
    for item in items:
        for name, reason in entries.items():
            if item.nodeid == name or item.nodeid.startswith((name + "[", name + "::")):
                used.add(name)
                item.add_marker(pytest.mark.skip(reason=f"{OWN}{reason}"))
    if any("::" in argument for argument in config.args):
        return  # only part of a file is asked for
    whole = {item.nodeid.partition("::")[0] for item in items}
    if gone := [name for name in entries if name not in used and name.partition("::")[0] in whole]:
        raise pytest.UsageError(f"{KNOWN.name} names tests that are not there: {', '.join(gone)}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Adds a line to the file that TESTS_FIGURES names: tests passed, failed, skipped, and not run for Wine's sake."""
    if (file := os.environ.get("TESTS_FIGURES")) is None:
        return
    of = {name: terminalreporter.getreports(name) for name in ("passed", "failed", "error", "skipped")}
    own = sum(OWN in str(report.longrepr) for report in of["skipped"])
    counts = (len(of["passed"]), len(of["failed"]) + len(of["error"]), len(of["skipped"]) - own, own)
    with Path(file.strip()).open("a", encoding="ascii") as figures:
        print(*counts, file=figures)
