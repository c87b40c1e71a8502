"""What each status and each exit code means, in a sentence."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from importer.core.model import ExitCode, Status

if TYPE_CHECKING:
    from collections.abc import Mapping

STATUS_WORDS: Mapping[Status, str] = MappingProxyType(
    {
        Status.CREATED: "The meeting was made in this run; its link is in the row.",
        Status.EXISTING: "The meeting was there already; its link is in the row. Nothing was changed.",
        Status.DIFFERS: "The meeting is there, but differs from the row; `What to do` says how.",
        Status.UPDATED: "The meeting was there and was changed to what the row says.",
        Status.UNCHANGED: "Nothing has changed since the last run, so Teams was not asked; the link is in the row.",
        Status.INVALID: "The row has a mistake and was not sent; `What to do` says what to fix.",
        Status.FAILED: "The row was sent, or its people were looked up, and that was refused; `What to do` says why.",
        Status.NOT_ATTEMPTED: "The row was not sent this time. A link it had before is kept.",
    }
)

READY_WORDS = "The row can be sent; this time nothing was to be."
"""What `ready` means, which is what people read where nothing was to be sent."""

REHEARSED = "Dry run: nothing was sent."
"""How a dry run ends; how many rows would be sent comes behind."""

EXIT_WORDS: Mapping[ExitCode, str] = MappingProxyType(
    {
        ExitCode.DONE: "All rows are done, or there was nothing to do.",
        ExitCode.BUG: "An unexpected error: a bug in this program. Please report what it printed.",
        ExitCode.USAGE: "Wrong usage or configuration; nothing was sent.",
        ExitCode.INPUT: "The input can't be used: unreadable, no heading row, or nothing valid to send.",
        ExitCode.ROWS: "Finished, but at least one row is invalid, failed or could not be updated.",
        ExitCode.REFUSED: "Sign-in, permission or access policy: nothing can succeed until an administrator acts.",
        ExitCode.RESULTS: "The results could not be written where asked; they are safe, and the message says where.",
        ExitCode.STOPPED: "Stopped early (throttled out, service down, --max-failures, --time-limit). Safe to run again.",
        ExitCode.LOCKED: "Another run is at work in the same place.",
        ExitCode.INTERRUPTED: "Interrupted. What was done so far is in the results.",
    }
)
