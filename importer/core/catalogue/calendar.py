"""Calendars: why nobody was invited, and where an event says something else than its row."""

from __future__ import annotations

from functools import partial

from importer.core.catalogue.entry import Entry, Who, error, warning

_error = partial(error, who=Who.ADMINISTRATOR)
_warning = partial(warning, who=Who.ADMINISTRATOR)

SCOPE_COMMANDS = """\
Connect-ExchangeOnline
# Only these mailboxes: a group of the organizers, for one.
New-ServicePrincipal -AppId "<application (client) ID>" -ObjectId "<object ID under Enterprise applications>" -DisplayName "meeting-importer"
New-ManagementScope -Name "MeetingOrganizers" -RecipientRestrictionFilter "MemberOfGroup -eq '<distinguished name of the group>'"
New-ManagementRoleAssignment -App "<object ID under Enterprise applications>" -Role "Application Calendars.ReadWrite" -CustomResourceScope "MeetingOrganizers"
# Whether it works, for one organizer:
Test-ServicePrincipalAuthorization -Identity "meeting-importer" -Resource "<organizer>\""""
"""What an Exchange administrator types so that the app may write to some calendars, and to no other.

Source: https://learn.microsoft.com/exchange/permissions-exo/application-rbac
"""

_MADE = "The meeting is made, and its link is in the row."


_REFUSALS: tuple[Entry, ...] = (
    _error(
        "calendar-not-allowed",
        "The calendar is not open to this program",
        "This program may not write to the calendar of {organizer}. Ask your administrator to grant and consent to "
        "Calendars.ReadWrite, and to include this mailbox, then run again.",
        means="--calendar needs the permission Calendars.ReadWrite beside the one for meetings. It is missing, has no consent, or "
        "an Exchange administrator has restricted it to mailboxes of which this is none.",
        fix="Either in Entra ID, App registrations, API permissions: add Microsoft Graph, Calendars.ReadWrite (application; for "
        "--delegated the delegated one), and choose Grant admin consent: then it holds for every mailbox. Or, for some mailboxes "
        "only, leave it out there, and have an Exchange administrator type this; it takes up to two hours:\n"
        + SCOPE_COMMANDS,
    ),
    _error(
        "calendar-missing",
        "No calendar in Exchange Online",
        "{organizer} has no calendar that this program can reach. Ask your administrator for a mailbox in Exchange Online, or name another organizer.",
        means="The person has no mailbox in Exchange Online: no licence for it, or a mailbox on a server of your own.",
        fix="Assign a licence with Exchange Online, or name an organizer who has a mailbox there. In the meantime pass on the link, or "
        "the calendar file that --ics makes.",
    ),
    _error(
        "event-made-already",
        "The event was made before",
        "Exchange says that the event was made before, and does not have it. Run again.",
        means="A request with the same mark was answered before, and the event is not found by it.",
        fix="Run again. If that does not help, run with --refresh.",
    ),
    _warning(
        "event-gone",
        "The event was deleted in the calendar",
        "The event of {value} was deleted in the calendar, so it is not made again. If people are to be invited once more, run with --calendar --update.",
        means="This program has made an event for the row, and it is not in the calendar any more. Somebody has deleted it there, most "
        "likely on purpose, and those who were invited know.",
        fix="If the meeting does not take place, remove the row. If the event was deleted by mistake, run with --calendar --update: "
        "it is made again, and everybody gets an invitation.",
    ),
    _error(
        "event-people-refused",
        "Exchange refused somebody's address",
        "Exchange did not accept the address of somebody who is to be invited. Check the attendees' addresses.",
        means="One of the addresses is not one that Exchange can send to.",
        fix="Correct the addresses under Attendees, and run again. Exchange's own words are in the details.",
        who=Who.SHEET,
    ),
    _error(
        "event-refused",
        "Exchange refused the event",
        "Exchange did not accept the event of this meeting. Show your administrator the details.",
        means="Exchange refused it for a reason that is not in this list. Its own words are in the details.",
        fix="Read the service's words in the details (-o json, --log-file).",
    ),
)

_ROWS: tuple[Entry, ...] = (
    _error(
        "event-failed",
        "The meeting is not in the calendar as it should be",
        "The meeting's event in the calendar is not as the row says. {reason}",
        means="--calendar was asked for, and Exchange refused the event or its change, or did not answer. " + _MADE,
        fix="Do what the message says, and run again: the meeting is found, and nobody is invited twice.",
    ),
    _error(
        "events-given-up",
        "The calendars were left alone",
        "The calendars were not asked any more, because too many requests in a row had failed. Run again later.",
        means="Each request that fails is tried for minutes, so after ten in a row the others are not tried. " + _MADE,
        fix="Run again later: meetings are found, and nobody is invited twice.",
    ),
    _error(
        "event-not-awaited",
        "The calendar was not written to",
        "The run ended before this meeting's event in the calendar was made or looked at. Run again.",
        means="The run was stopped. " + _MADE,
        fix="Run again: meetings are found, and nobody is invited twice.",
    ),
    _error(
        "event-without-start",
        "No time for the calendar",
        "Neither the row nor Teams says when the meeting is, so there is no event for it. Enter a start.",
        means="An event in a calendar has to have a time.",
        fix="Fill in Start, and run again.",
        who=Who.SHEET,
    ),
    _warning(
        "event-differs",
        "The event says something else",
        "The event in the calendar says something else than the row: {differing}. Correct the row, or ask the organizer to correct the event.",
        means="The event was made as the row says, and says something else now: somebody has moved or edited it in the calendar. It is left as it is.",
        fix="If the calendar is right, correct the row. If the row is right, run with --calendar --refresh --update: the event is changed, and everybody gets an update.",
        who=Who.SHEET,
    ),
    _warning(
        "event-text-edited",
        "The event's text is the organizer's",
        "The event's text was edited in the calendar, so the link in it was left as it was. Ask the organizer to put this row's link there.",
        means="The meeting has another link than before. Somebody has written into the event's text, which is not overwritten.",
        fix="Have the organizer replace the link in the event's text by the row's. The place of the event has it already.",
        who=Who.SHEET,
    ),
    _warning(
        "event-left",
        "An event that no row has any more",
        "The calendar still has an event of {value}, on which the meeting does not take place any more. Ask the organizer to delete it.",
        means="A date was taken out of the rows of this meeting. A run cancels nothing, because mail can't be taken back.",
        fix="Have the organizer delete the event of that day: people are told by that.",
        who=Who.SHEET,
    ),
    _warning(
        "not-invited",
        "No mail can be sent to this name",
        "No invitation can be sent to {value}, which is no mail address. Write a mail address.",
        means="Exchange invites people by their mail addresses. A guest's sign-in name with #EXT# in it is none, and neither is a name.",
        fix="Write the mail address of the person.",
        who=Who.SHEET,
    ),
    _warning(
        "event-other-list",
        "Another list's meeting",
        "Nobody was invited for this row, because its meeting belongs to the list '{other}'. Run that list with --calendar instead.",
        means="The external ID and the organizer are those of a meeting that another list has made. Its event is that list's.",
        fix="If the two are one list, say so with --same-list. Otherwise give the rows external IDs of their own.",
        who=Who.SHEET,
    ),
    _warning(
        "event-mixed-up",
        "The row has another meeting's link",
        "The link in this row is another meeting's, so its event was left alone. Were only some columns sorted? Put the rows back in order and run again.",
        means="The sheet has a link already, and the meeting of the row's external ID and organizer has another one.",
        fix="Put the rows back in order. If the row is right and only the link is old, clear its Join URL, and run again.",
        who=Who.SHEET,
    ),
)

_CALLS: tuple[Entry, ...] = (
    _error(
        "too-many-invitations",
        "More invitations than allowed",
        "The sheet would have {count} invitations and updates sent, and --max-invitations lets {limit} through. Look at them with --dry-run, then raise it.",
        means="Mail can't be taken back, so a run sends no more of it than was expected. Nothing was sent, and no meeting was made.",
        fix="See who would be invited with run --calendar --dry-run. If it is right, set --max-invitations to that number.",
    ),
    _error(
        "invitations-not-confirmed",
        "The first invitations of a list",
        "Nobody was invited for this sheet before, and {count} invitations would be sent now. See them with --dry-run, then add --yes.",
        means="The first run of a list with --calendar asks before it sends mail to people. Nobody can answer here, so it was not done: "
        "nothing was sent, and no meeting was made.",
        fix="Run it once by hand, or with --yes. Later runs of the list don't ask.",
    ),
    _error(
        "invitations-declined",
        "The invitations were declined",
        "The answer was no, so no meeting was made and nobody was invited for this sheet. Run again without --calendar for the meetings alone.",
        means="The first run of a list with --calendar asks before it sends mail to people.",
        fix="Look at the invitations with --dry-run, or leave --calendar out.",
    ),
)

CALENDAR: tuple[Entry, ...] = (*_REFUSALS, *_ROWS, *_CALLS)
