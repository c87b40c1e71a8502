"""Where a call writes: each place looked at before anything is sent, so that no file of somebody else's is replaced."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import TYPE_CHECKING, Any

from importer.core.catalogue import problem
from importer.core.model import ExitCode, Stop
from importer.paths import resolved

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from importer.cli.settings import Settings
    from importer.core.model import Problem

LOOKED_AT = 1 << 16
"""Bytes in which a file shows whose it is."""

_LOG_LINE = re.compile(rb"\d{4}-\d\d-\d\dT\S+ (?:INFO|WARNING|ERROR) \S+ .*\brun_id=")
_PAGE = (b"<!DOCTYPE html>", b"require-trusted-types-for")
"""How a report begins, and the policy in its head."""


def _is_report(data: bytes) -> bool:
    return data.startswith(_PAGE[0]) and _PAGE[1] in data


def _is_log(data: bytes) -> bool:
    first = data.lstrip().partition(b"\n")[0]
    return _LOG_LINE.match(first) is not None or _has(first, "run_id", "event")


def _is_heartbeat(data: bytes) -> bool:
    return _has(data, "schema", "last_complete")


def _has(data: bytes, *keys: str) -> bool:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and found.keys() >= set(keys)


_OURS: Mapping[str, Callable[[bytes], bool]] = {
    "report": _is_report,
    "log_file": _is_log,
    "heartbeat": _is_heartbeat,
    "sandbox_file": lambda _data: True,  # it is read and refused by the sandbox itself
}
_FILES = ("result", *_OURS)
_FOLDERS = ("result_dir", "ics")


def usable(settings: Settings) -> tuple[Settings, Problem | None]:
    """Return the settings without the places that must not be written to, and what is wrong with the first of those."""
    wrong = {key: found for key in (*_FILES, *_FOLDERS) if (found := _wrong(key, settings)) is not None}
    without: dict[str, Any] = dict.fromkeys(wrong)
    return replace(settings, **without), next(iter(wrong.values()), None)


def check_outputs(settings: Settings) -> None:
    """Raise Stop (exit 2) where a place that is asked for must not be written to."""
    if (found := usable(settings)[1]) is not None:
        raise Stop(found, ExitCode.USAGE)


def _wrong(key: str, settings: Settings) -> Problem | None:
    path: Path | None = getattr(settings, key)
    if path is None:
        return None
    name = "--" + key.replace("_", "-")
    others = [other for other in (*_FILES, *_FOLDERS) if other != key and getattr(settings, other) is not None]
    for other in others:
        if _same(path, getattr(settings, other)):
            return problem("output-twice", value=str(path), name=name, other="--" + other.replace("_", "-"))
    if any(_same(path, Path(file)) for file in settings.files) and key != "result":  # which says so in its own words
        return problem("output-is-input", value=str(path), name=name)
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        loops = os.path.islink(path)  # noqa: PTH114 - Path.is_symlink raises for a name that is too long
        # A link to itself is refused; all else is seen, and said, where it is written.
        reason = getattr(error, "strerror", "") or type(error).__name__
        return problem("output-no-file", value=str(path), name=name, reason=reason) if loops else None
    if not (S_ISDIR(mode) if key in _FOLDERS else S_ISREG(mode)):
        reason = "a folder is needed" if key in _FOLDERS else "it is a folder, a device or a pipe"
        return problem("output-no-file", value=str(path), name=name, reason=reason)
    if key in _OURS and not settings.force and not _is_ours(key, path):
        return problem("output-not-ours", value=str(path), name=name)
    return None


def _is_ours(key: str, path: Path) -> bool:
    try:
        with path.open("rb") as file:
            data = file.read(LOOKED_AT)
    except OSError:  # whether it can be written is seen then
        return True
    return not data.strip() or _OURS[key](data)


def _same(one: Path, other: Path) -> bool:
    return os.path.normcase(resolved(one)) == os.path.normcase(resolved(other))
