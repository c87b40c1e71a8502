"""What `cancel` shows: the meetings before the question, and what became of them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from importer.console import indented, shown
from importer.core.cancelling import CancelStatus
from importer.core.catalogue import words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import Console

    from importer.core.cancelling import Candidate
    from importer.core.model import Meeting

SHOWN = 40
"""Meetings that are shown before the question; the JSON has them all."""
FATE_STYLE = {
    CancelStatus.CANCELLED: "green",
    CancelStatus.KEPT: "yellow",
    CancelStatus.FAILED: "red",
    CancelStatus.NOT_ATTEMPTED: "yellow",
}


def start_in_words(meeting: Meeting) -> str:
    """Return when a meeting starts, empty where that is not known."""
    return f"{meeting.start:%Y-%m-%d %H:%M} UTC" if meeting.start else ""


def show_candidates(console: Console, source: str, candidates: Sequence[Candidate]) -> None:
    """Show what would be taken away of a file's meetings, and why the others would not."""
    console.print(f"[bold]{shown(source)}[/]", soft_wrap=True)
    doomed = [each for each in candidates if each.fate is CancelStatus.NOT_ATTEMPTED]
    for each in doomed[:SHOWN]:
        indented(console, 2, f"[cyan]{shown(each.key.external_id)}[/]  {shown(_in_a_line(each))}")
        console.print(f"      [dim]{shown(each.meeting.join_url)}[/]", soft_wrap=True)
    if mails := sum(each.mails for each in doomed):
        indented(console, 2, words.CANCEL_MAILS.format(count=mails))
    if len(doomed) > SHOWN:
        indented(console, 2, words.CANCEL_MORE.format(count=len(doomed) - SHOWN))
    _show_problems(console, [each for each in candidates if each.fate is CancelStatus.KEPT], verbose=False)
    if not candidates:
        indented(console, 2, words.CANCEL_NOTHING)


def _in_a_line(candidate: Candidate) -> str:
    meeting = candidate.meeting
    people = len(meeting.attendees or ())
    return words.CANCEL_LINE.format(
        subject=meeting.subject or words.CANCEL_UNTITLED,
        start=start_in_words(meeting) or "?",
        organizer=candidate.key.organizer,
        people=f"{people} attendee{'' if people == 1 else 's'}",
    )


def show_cancelled(
    console: Console, candidates: Sequence[Candidate], results: Sequence[Path], *, verbose: bool
) -> None:
    """Show what became of the meetings, where the lists of them are, and what their links are still good for."""
    counts = Counter(each.fate for each in candidates)
    if counted := ", ".join(f"[{FATE_STYLE[fate]}]{counts[fate]} {fate}[/]" for fate in CancelStatus if counts[fate]):
        console.print(counted)
    _show_problems(console, [each for each in candidates if each.fate is not CancelStatus.KEPT], verbose=verbose)
    for path in results:
        console.print(f"  Results: [bold]{shown(str(path))}[/]", soft_wrap=True)
    if counts[CancelStatus.CANCELLED]:
        mails = sum(each.mails for each in candidates if each.fate is CancelStatus.CANCELLED)
        told = words.CANCEL_TOLD.format(count=mails) if mails else words.CANCEL_UNTOLD
        console.print(words.CANCEL_LINKS.format(told=told))


def _show_problems(console: Console, candidates: Sequence[Candidate], *, verbose: bool) -> None:
    for each in candidates:
        for found in each.problems:
            text = f"[cyan]{shown(each.key.external_id)}[/]: {shown(found.message)} [dim]({found.code})[/]"
            indented(console, 2, text)
            if verbose and found.detail:
                indented(console, 6, f"[dim]{shown(found.detail)}[/]")
