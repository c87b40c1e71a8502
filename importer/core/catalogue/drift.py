"""What Teams has and what the row says: where the two differ, and why Teams was not changed."""

from __future__ import annotations

from importer.core.catalogue.entry import Entry, Who
from importer.core.model import Severity

_ADVICE = "Correct the row, or ask whoever runs the import to change Teams."


def _differs(column: str, title: str, message: str, *, means: str) -> Entry:
    return Entry(
        f"differs-{column}",
        Severity.WARNING,
        Who.SHEET,
        title,
        f"{message} {_ADVICE}",
        means + " A cell that is left blank is not compared.",
        "Decide which is right. If it is Teams, correct the row; if it is the row, run with --update, or change the meeting in Teams.",
    )


def _unchanged(code: str, title: str, message: str, *, means: str, fix: str, who: Who = Who.ADMINISTRATOR) -> Entry:
    return Entry(code, Severity.ERROR, who, title, message, means, fix)


DRIFT: tuple[Entry, ...] = (
    _unchanged(
        "row-mixed-up",
        "The row has another meeting's link",
        "The link in this row is another meeting's, so Teams was not changed. Were only some columns sorted? Put the rows back in order and run again.",
        means="The sheet has a link already, and the meeting of the row's external ID and organizer has another one. Most "
        "often one column was sorted without the others. Changing Teams then would give many meetings other people's times.",
        fix="Put the rows back in order: begin again with the sheet as it was before it was sorted. If the row is right and only the link "
        "is old, clear its Join URL, and run again.",
        who=Who.SHEET,
    ),
    _differs(
        "subject",
        "Another subject in Teams",
        "sheet: {sheet}, Teams: {teams}.",
        means="The meeting was there already, under another subject: one of the two was changed after it was made.",
    ),
    _differs(
        "start",
        "Another start in Teams",
        "sheet: {sheet}, Teams: {teams} ({zone}).",
        means="The meeting was there already, with another start: one of the two was changed after it was made.",
    ),
    _differs(
        "end",
        "Another end in Teams",
        "sheet: {sheet}, Teams: {teams} ({zone}).",
        means="The meeting was there already, with another end: one of the two was changed after it was made.",
    ),
    _differs(
        "attendees",
        "Other attendees in Teams",
        "{differing}.",
        means="The meeting was there already, with other attendees: people were added or removed after it was made. "
        "The organizer does not count.",
    ),
    _unchanged(
        "update-failed",
        "Teams could not be changed",
        "The meeting in Teams was not changed to what the row says. {reason}",
        means="--update was asked for, and Teams refused the change or did not answer. The meeting is still there and its link is in the row.",
        fix="Do what the message says, and run with --update again. That is safe: the same change is asked for once more.",
    ),
    _unchanged(
        "update-other-list",
        "The meeting is another list's",
        "Teams was not changed: the meeting with the external ID '{value}' is {other}'s. Give this row another ID; or, if "
        'it is the same list under a new name, run with --same-list "{other}".',
        means="The external ID and organizer of this row were last answered for a row of another list. Changing the "
        "meeting would turn that list's meeting into this one's.",
        fix="Give each list external IDs of its own, for example with the list's name in front. If the list was renamed, "
        "moved or copied, name the old file with --same-list, once.",
        who=Who.SHEET,
    ),
    _unchanged(
        "update-not-kept",
        "The change was not kept",
        "Teams accepted the change, but the meeting still differs from the row. Look at it in Teams.",
        means="Teams said yes to the change, and was then asked what the meeting says now. That is not what was sent.",
        fix="Change the meeting in Teams, or correct the row to what Teams makes of it.",
    ),
    _unchanged(
        "update-too-many-attendees",
        "Too many attendees to change",
        "The list of attendees can't be changed, because the row or Teams has {limit} people or more. Change it in Teams, "
        "or leave Attendees blank.",
        means="A change replaces the whole list, and Teams never shows more than 750 people of a meeting, so nobody "
        "could tell whom it would remove. Nothing of this row was changed.",
        fix="Change the attendees in Teams, or leave the cell blank: blank cells are not compared.",
        who=Who.SHEET,
    ),
    _unchanged(
        "updates-given-up",
        "No more changes in this run",
        "Teams had a fault at every change so far, so no more were tried in this run. Run with --update again later.",
        means="Many changes in a row failed, each after all its attempts. Meetings were still made and found.",
        fix="Run with --update again later. If it lasts, look at the Microsoft 365 service health page.",
    ),
    _unchanged(
        "meeting-gone",
        "The meeting is gone",
        "Teams no longer finds this meeting, though it gave its link a moment ago. Run again.",
        means="The meeting was deleted while the run was at work, or Teams has not yet made it known everywhere.",
        fix="Run again. If it lasts, give the row another external ID: that makes a new meeting with a new link.",
    ),
    _unchanged(
        "change-forbidden",
        "Changes are not allowed",
        "Teams does not let this program change meetings of {organizer}. Ask your administrator to check its permission "
        "and access policy.",
        means="The meeting was found, but the change was refused. Both need the permission OnlineMeetings.ReadWrite.All "
        "and an application access policy for this organizer.",
        fix="Check the permission and the access policy (meeting-importer explain access-policy-missing), then run with --update again.",
    ),
)
