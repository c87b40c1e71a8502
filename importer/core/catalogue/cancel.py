"""Taking meetings away: why one is left alone, why the whole call does nothing, and what a later run says of it."""

from __future__ import annotations

from functools import partial

from importer.core.catalogue.entry import Entry, Who, error, warning

_error = partial(error, who=Who.ADMINISTRATOR)
_warning = partial(warning, who=Who.ADMINISTRATOR)

CANCEL: tuple[Entry, ...] = (
    _warning(
        "cancel-not-ours",
        "Not made by this program",
        "Left alone: this program has not made the meeting of '{value}', or does not remember that it has. Have its organizer delete it in Teams.",
        means="Only meetings that a run on this machine has made are taken away. This one was found when it was first asked for, or the memory of its making is gone.",
        fix="Have its organizer delete it in Teams, if nobody needs it.",
    ),
    _warning(
        "cancel-other-list",
        "Another list has it now",
        "Left alone: the meeting of '{value}' was last answered for {other}. Name that list instead, or say --same-list if the two are one.",
        means="A meeting is found by its organizer and external ID, and another list has asked for it since.",
        fix='Name that list instead; or, if it is the same list under another name, add --same-list "NAME".',
    ),
    _warning(
        "cancel-past",
        "Its time is over",
        "Left alone: the meeting of '{value}' was over on {when}. Say --past to cancel it all the same.",
        means="A meeting that has taken place may have a chat, a recording and a list of who was there.",
        fix="Add --past if it is to be taken away all the same.",
    ),
    _warning(
        "cancel-run-first",
        "It may be the meeting of a new row",
        "Left alone: the sheet has a row with the ID '{value}' that was never sent, and it may be of the same meeting. Run the sheet first, then cancel.",
        means="The organizer of that row is written otherwise than before. Whether it is another person is known once the row was sent.",
        fix="Run the sheet, then give the same line of cancel again.",
    ),
    _error(
        "cancel-rows-unread",
        "Nobody can tell which rows are gone",
        "The external ID or organizer of row {row} of {value} can't be read, so nobody can tell which rows are gone. Nothing was cancelled. Correct the row, and try again.",
        means="The meeting of a row that can't be read would look like one whose row is gone.",
        fix="Correct every row whose external ID or organizer is at fault; validate lists them.",
        who=Who.SHEET,
    ),
    _error(
        "cancel-too-many",
        "More meetings than may be cancelled at once",
        "This would cancel {count} meetings, and at most {most} may be at once. Nothing was cancelled. If it is right, say --at-most {count}.",
        means="A wrong file must not take all meetings away.",
        fix="Look at the list that --dry-run shows; if it is right, add --at-most with their number.",
    ),
    _error(
        "cancel-count-differs",
        "Another number of meetings than expected",
        "This would cancel {count} meetings, and {typed} were expected. Nothing was cancelled. Look at them with --dry-run.",
        means="The number after --expect is not that of the meetings that would be taken away now.",
        fix="Look at the list that --dry-run shows; if it is right, give its number.",
    ),
    _error(
        "cancel-needs-count",
        "Nobody is there to confirm it",
        "This would cancel {count} meetings, and nobody is at a terminal to confirm it. Nothing was cancelled. Look at them with --dry-run, then add --yes --expect {count}.",
        means="A cancelled meeting does not come back, so somebody says how many there are.",
        fix="Give the line at a terminal, or add --yes and --expect with the number that --dry-run shows.",
    ),
    _error(
        "cancel-not-confirmed",
        "Not confirmed",
        "No meeting was cancelled, because the number that was typed is not theirs. Give the line again if they are the right ones.",
        means="The number of the meetings that are shown is typed to confirm that they are meant.",
        fix="Give the line again, and type the number.",
    ),
    _error(
        "cancel-choice-changed",
        "Other meetings than those that were shown",
        "The sheet or what is remembered of it has changed since the meetings were shown. Nothing was cancelled. Give the line again.",
        means="Between the question and its answer somebody saved the sheet, or a run went over it.",
        fix="Give the line again, and look at what it shows.",
    ),
    _error(
        "cancel-ledger-lost",
        "What is remembered can't be written",
        "Cancelling has stopped, because what is done can't be remembered any more: {reason}. Put that right, and give the line again: it goes on where it was.",
        means="Each step is written down before the next, so that none is forgotten. Without that nothing is taken away.",
        fix="Free the disk, or give the account its rights on the state folder, and give the same line again.",
    ),
    _warning(
        "cancel-lobby-open",
        "The lobby could not be closed",
        "Teams did not close the lobby before the meeting was deleted, so whoever opens the old link may get in. Tell people that it is off.",
        means="A policy of the tenant decides who waits in the lobby, and the link of a deleted meeting can go on working.",
        fix="Tell the people who have the link. An administrator can change the meeting policy in the Teams admin center.",
    ),
    _error(
        "cancelled-before",
        "Its meeting was cancelled",
        "The meeting of this row was cancelled on {when}, so it is not made again. Delete the row; or, if there is to be a new meeting, run with --remake.",
        means="Somebody has taken the meeting away with cancel. Otherwise the next run would make it again, with another link.",
        fix="Delete the row. If the meeting is to take place after all, add --remake to the run: it gets a new link.",
        who=Who.SHEET,
    ),
    _error(
        "cancel-unfinished",
        "Its meeting is being cancelled",
        "The cancelling of this row's meeting began on {when} and did not end. Give the line of cancel again, then run.",
        means="Its lobby may be closed and its subject marked, and it is not deleted yet.",
        fix="Give the same line of cancel again: it goes on where it was.",
    ),
)
