"""A row beside its meeting: options that can't be set, where Teams has something else, and why it was not changed.

`OPTIONS` is about what rows ask of a meeting; `DRIFT` about rows whose meeting exists.
"""

from __future__ import annotations

from functools import partial

from importer.core.catalogue.entry import Entry, Who, error, warning
from importer.core.model import ATTENDEES_SHOWN
from importer.core.texts import Sentence

_error = partial(error, who=Who.SHEET)
_warning = partial(warning, who=Who.SHEET)

SIGN_IN_NAMES = Sentence("option-unknown names", "sign-in names with a semicolon between")
"""What `option-unknown` adds where people can be named instead of a choice."""

OPTIONS: tuple[Entry, ...] = (
    _error(
        "role-not-found",
        "Somebody with a role is not in the directory",
        "'{value}' is not in your organization's directory{hint}, and can have no role in a meeting. Correct the name, or "
        "name them under Attendees.",
        means="Presenters and co-organizers must be people of the directory; Teams refuses roles of anybody else.",
        fix="Correct the sign-in name. People from elsewhere can be attendees; with 'everyone' under Presenters they can present.",
    ),
    _error(
        "option-unknown",
        "Not a choice for this option",
        "'{value}' can't be chosen here{hint}. Choose one of: {words}.",
        means="The column is about an option of the meeting, and what stands there is none of the words for its choices. "
        "Nothing is guessed, because a lobby that stays open is noticed too late.",
        fix="Choose one of the words, or clear the cell: then the option stays as Teams has it. If the column is about "
        "something else, leave it out under [columns] in the settings file, like: lobby = false.",
    ),
    _error(
        "option-not-in-cloud",
        "This cloud does not have the option",
        "'{value}' can't be chosen in {cloud}, which does not have this. Clear the cell.",
        means="Microsoft's clouds for the United States' government lack some options of meetings, so Graph would refuse them there.",
        fix="Clear the cell. If the meetings are in another cloud, say so with --cloud.",
    ),
    _warning(
        "option-never-set",
        "Something that can't be set here",
        "'{value}' can't be set on meetings that are found again by an External ID, so the column is not read. Set it in "
        "each meeting's options.",
        means="Graph takes whether a passcode is needed, the template, the sensitivity label and encryption only when a "
        "meeting is made in another way, or not at all. The meetings are made without it.",
        fix="Set it in the options of each meeting, or by the organizer's policy. Nothing else of the row is touched by it.",
    ),
    _warning(
        "option-for-good",
        "This can't be taken back",
        "a meeting keeps this for good once it has it. Check that it is meant before the meeting is made or changed.",
        means="Graph takes back every option but this one: once attendees' names are hidden, no later change shows them again. "
        "On a meeting that is there already it is done only with --update.",
        fix="Leave the cell as it is if that is meant, else clear it before the run.",
    ),
)

_ADVICE = "Correct the row, or ask whoever runs the import to change Teams."


def _differs(column: str, title: str, message: str, *, means: str) -> Entry:
    return _warning(
        f"differs-{column}",
        title,
        f"{message} {_ADVICE}",
        means=f"{means} A cell that is left blank is not compared.",
        fix="Decide which is right. If it is Teams, correct the row; if it is the row, run with --update, or change the meeting in Teams.",
    )


DRIFT: tuple[Entry, ...] = (
    _error(
        "row-mixed-up",
        "The row has another meeting's link",
        "The link in this row is another meeting's, so Teams was not changed. Were only some columns sorted? Put the rows back in order and run again.",
        means="The sheet has a link already, and the meeting of the row's external ID and organizer has another one. Most "
        "often one column was sorted without the others. Changing Teams then would give many meetings other people's times.",
        fix="Put the rows back in order: begin again with the sheet as it was before it was sorted. If the row is right and only the link "
        "is old, clear its Join URL, and run again.",
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
    _differs(
        "option",
        "Another option in Teams",
        "asked: {sheet}; Teams says: {teams}.",
        means="The meeting has another option than the row asks for: somebody changed one of the two after it was made, or a "
        "policy of the organization decides on it.",
    ),
    _differs(
        "roles",
        "Other people with a role in Teams",
        "{differing}.",
        means="Other people are presenters or co-organizers of the meeting than the row names: one of the two was changed "
        "after it was made.",
    ),
    _warning(
        "differs-option-for-good",
        "An option that Teams does not take back",
        "asked: {sheet}; Teams says: {teams}, and that can't be taken back. Correct the row, or make another meeting.",
        means="The meeting has an option that Graph never takes back, and the row asks for the contrary. Nothing was tried.",
        fix="Correct the row, or clear the cell. If the meeting must not be so, give the row another external ID: that makes a new meeting.",
    ),
    _warning(
        "option-not-shown",
        "Teams does not show this option",
        "Teams does not say what this is set to. Look in the meeting's options.",
        means="The row asks for an option, and the answer about the meeting has nothing about it that can be read. Whether it "
        "is as the row says is not known.",
        fix="Look at the meeting's options in Teams. If they are right, nothing has to be done.",
    ),
    _error(
        "options-not-kept",
        "Teams did not keep all options",
        "The meeting was made, and Teams did not keep all its options, though it said yes. A policy may forbid them. "
        "Ask your Teams administrator.",
        means="The meeting was made and told its options. Teams accepted them, and was then asked what the meeting says: some "
        "are as they were. Most often a policy for meetings, given to the organizer, decides on them.",
        fix="Look at the organizer's meeting policy in the Teams admin center, or set the option in the meeting by hand. Until "
        "then the row is shown as one that differs.",
        who=Who.ADMINISTRATOR,
    ),
    _error(
        "options-not-shown",
        "Teams does not show all options",
        "The meeting was made and told its options, and Teams does not say that it has them all. Look in the meeting's options.",
        means="Teams accepted the options, and neither its answer nor a second look shows all of them. They may have taken all the same.",
        fix="Look at the meeting's options in Teams.",
        who=Who.ADMINISTRATOR,
    ),
    _error(
        "update-failed",
        "Teams could not be changed",
        "The meeting in Teams was not changed to what the row says. {reason}",
        means="--update was asked for, and Teams refused the change or did not answer. The meeting is still there and its link is in the row.",
        fix="Do what the message says, and run with --update again. That is safe: the same change is asked for once more.",
        who=Who.ADMINISTRATOR,
    ),
    _error(
        "update-other-list",
        "The meeting is another list's",
        "Teams was not changed: the meeting with the external ID '{value}' is {other}'s. Give this row another ID; or, if "
        'it is the same list under a new name, run with --same-list "{other}".',
        means="The external ID and organizer of this row were last answered for a row of another list. Changing the "
        "meeting would turn that list's meeting into this one's.",
        fix="Give each list external IDs of its own, for example with the list's name in front. If the list was renamed, "
        "moved or copied, name the old file with --same-list, once.",
    ),
    _warning(
        "settings-owed",
        "Settings are still to be made",
        "The meeting was made, and not yet told all that the row says. Run again.",
        means="Some settings can only be made once there is a meeting. The run ended after this one was made and before "
        "Teams was told them, or Teams did not accept them. The link is right all the same.",
        fix="Run again, also without --update: the settings are made then, unless somebody has changed them in Teams since.",
    ),
    _error(
        "update-not-kept",
        "The change was not kept",
        "Teams accepted the change, but the meeting still differs from the row. Look at it in Teams.",
        means="Teams said yes to the change, and was then asked what the meeting says now. That is not what was sent.",
        fix="Change the meeting in Teams, or correct the row to what Teams makes of it.",
        who=Who.ADMINISTRATOR,
    ),
    _error(
        "update-too-many-attendees",
        "Too many attendees to change",
        "The list of attendees can't be changed, because the row or Teams has {limit} people or more. Change it in Teams, "
        "or leave Attendees blank.",
        means=f"A change replaces the whole list, and Teams never shows more than {ATTENDEES_SHOWN} people of a meeting, so nobody "
        "could tell whom it would remove. Nothing of this row was changed.",
        fix="Change the attendees in Teams, or leave the cell blank: blank cells are not compared.",
    ),
    _error(
        "updates-given-up",
        "No more changes in this run",
        "Teams had a fault at every change so far, so no more were tried in this run. Run with --update again later.",
        means="Many changes in a row failed, each after all its attempts. Meetings were still made and found.",
        fix="Run with --update again later. If it lasts, look at the Microsoft 365 service health page.",
        who=Who.ADMINISTRATOR,
    ),
    _error(
        "meeting-gone",
        "The meeting is gone",
        "Teams no longer finds this meeting, though it gave its link a moment ago. Run again.",
        means="The meeting was deleted while the run was at work, or Teams has not yet made it known everywhere.",
        fix="Run again. If it lasts, give the row another external ID: that makes a new meeting with a new link.",
        who=Who.ADMINISTRATOR,
    ),
    _error(
        "change-forbidden",
        "Changes are not allowed",
        "Teams does not let this program change meetings of {organizer}. Ask your administrator to check its permission "
        "and access policy.",
        means="The meeting was found, but the change was refused. Both need the permission OnlineMeetings.ReadWrite.All "
        "and an application access policy for this organizer.",
        fix="Check the permission and the access policy (meeting-importer explain access-policy-missing), then run with --update again.",
        who=Who.ADMINISTRATOR,
    ),
)
