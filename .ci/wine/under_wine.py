"""What tests need under Wine: its own failures are skipped with their reason."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

KNOWN = Path(__file__).with_name("known.txt")

os.getppid = lambda: 4  # the system's own process is always there; Wine's PssCaptureSnapshot ends the asking one


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
                item.add_marker(pytest.mark.skip(reason=f"Wine: {reason}"))
    if any("::" in argument for argument in config.args):
        return  # only part of a file is asked for
    whole = {item.nodeid.partition("::")[0] for item in items}
    if gone := [name for name in entries if name not in used and name.partition("::")[0] in whole]:
        raise pytest.UsageError(f"{KNOWN.name} names tests that are not there: {', '.join(gone)}")
