"""The heartbeat: a small file that says when the last run was and how it ended, so that a missing run shows."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from importer.core.catalogue import problem
from importer.core.model import ExitCode
from importer.core.wording import harmless_json
from importer.night.words import essentials
from importer.tables.save import save

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from importer.core.model import Problem
    from importer.night.event import RunEnded

NAME = "last-run.json"
TRIAL_NAME = "last-run-sandbox.json"
"""Trials have a file of their own: they must not make it look as if the night had been."""

SCHEMA = 1
"""Raised when a key changes its meaning or goes; a new key does not raise it."""

ALL_ROWS = frozenset({ExitCode.DONE, ExitCode.ROWS})
"""Runs that got through all rows, whatever became of each."""

TRIES = 5
PAUSE_SECONDS = 0.2
"""On Windows a file can't be replaced while somebody reads it, and this one is there to be read."""


def beat(event: RunEnded, path: Path, *, pause: Callable[[float], None] = time.sleep) -> Problem | None:
    """Writes the file whole or not at all; gives a warning where that is not possible."""
    document = {"schema": SCHEMA, **essentials(event), "last_complete": _last_complete(event, path)}
    data = (harmless_json(json.dumps(document, ensure_ascii=False, indent=2)) + "\n").encode()
    failure: OSError | None = None
    for attempt in range(TRIES):
        if attempt:
            pause(PAUSE_SECONDS)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            save(path, data)
        except PermissionError as error:
            failure = error
        except OSError as error:
            return _warning(path, error)
        else:
            return None
    return _warning(path, failure)


def _warning(path: Path, error: OSError | None) -> Problem:
    reason = (error.strerror if error is not None else None) or type(error).__name__
    return problem("heartbeat-not-written", value=str(path), reason=reason)


def _last_complete(event: RunEnded, path: Path) -> dict[str, Any] | None:
    """Gives the last run that got through all rows: this one, else the one that the file named until now."""
    if event.exit_code in ALL_ROWS:
        facts = essentials(event)
        return {key: facts[key] for key in ("run_id", "ended", "exit_code")}
    try:
        known = json.loads(path.read_bytes())["last_complete"]
    except (OSError, ValueError, KeyError, TypeError):  # not there, or not ours
        return None
    return known if isinstance(known, dict) else None
