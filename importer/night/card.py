"""How a run ended, as the Adaptive Card that a Teams Workflow posts.

Sources: https://adaptivecards.io/explorer/ for the elements, and for the envelope
https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer.core.model import ExitCode
from importer.night.words import (
    CAUSES_SHOWN,
    FILES_SHOWN,
    cause_in_words,
    counts_in_words,
    file_in_words,
    headline,
    hints,
    instant,
    others_in_words,
    shown_files,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.night.event import RunEnded

VERSION = "1.4"
"""What every Teams client shows, phones included."""

_COLORS = {ExitCode.DONE: "good", ExitCode.ROWS: "warning", ExitCode.STOPPED: "warning", ExitCode.LOCKED: "warning"}


def card(event: RunEnded) -> dict[str, Any]:
    """Gives the message with the card in it."""
    content = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": VERSION,
        "fallbackText": headline(event),
        "msteams": {"width": "Full"},
        "body": list(_body(event)),
    }
    attachment = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": content,
    }
    return {"type": "message", "attachments": [attachment]}


def _body(event: RunEnded) -> Iterator[dict[str, Any]]:
    color = _COLORS.get(event.exit_code, "attention")
    yield _verbatim(event.verdict, size="large", weight="bolder", color=color)
    yield _verbatim(f"meeting-importer on {event.host}, exit code {int(event.exit_code)}", subtle=True)
    if len(event.files) > 1 and event.counts:
        yield _verbatim(f"{len(event.files)} files, {counts_in_words(event.counts)}", spaced=True)
    yield from _files(event)
    if event.report:
        yield _verbatim(f"Report: {event.report}", spaced=True)
    for number, cause in enumerate(event.causes[:CAUSES_SHOWN]):
        yield _verbatim(f"• {cause_in_words(cause)}", spaced=number == 0)
    if len(event.causes) > CAUSES_SHOWN:
        yield _verbatim(f"• {others_in_words(event)}")
    for hint in hints(event):
        yield _verbatim(hint, spaced=True)
    ended = f"Run {event.run_id}, {instant(event.started)} to {instant(event.ended)}"
    yield _verbatim(ended, size="small", subtle=True, spaced=True)


def _files(event: RunEnded) -> Iterator[dict[str, Any]]:
    for file in shown_files(event):
        yield _verbatim(file.input, weight="bolder", spaced=True)
        yield _verbatim(file_in_words(file))
        if file.result is not None:
            yield _verbatim(f"Results: {file.result}")
    if len(event.files) > FILES_SHOWN:
        yield _verbatim(f"... and {len(event.files) - FILES_SHOWN} more files")


def _verbatim(
    text: str,
    *,
    size: str = "default",
    weight: str = "default",
    color: str = "default",
    subtle: bool = False,
    spaced: bool = False,
) -> dict[str, Any]:
    r"""A text run, not a text block: that one takes text for Markdown, and `\\server\_x` would lose signs."""
    run = {"type": "TextRun", "text": text, "size": size, "weight": weight, "color": color, "isSubtle": subtle}
    return {"type": "RichTextBlock", "spacing": "medium" if spaced else "small", "inlines": [run]}
