"""What `doctor` finds: the problems that only it looks for, and the words for what is all right or left out."""

from __future__ import annotations

from functools import partial

from importer.core.catalogue.entry import Entry, Who, error, warning

_error = partial(error, who=Who.ADMINISTRATOR)
_warning = partial(warning, who=Who.ADMINISTRATOR)


_MACHINE: tuple[Entry, ...] = (
    _warning(
        "setting-unknown",
        "A setting that does nothing",
        "{value} is set, but the program has no such setting{hint}. Correct its name, or remove it.",
        means="An environment variable begins like this program's, and has a name that it does not know.",
        fix="Correct the spelling of the variable. meeting-importer guide options lists all of them.",
    ),
    _warning(
        "clock-off",
        "This computer's clock is off",
        "This computer's clock is {difference} {direction} Microsoft's. Set it: sign-in fails with a wrong clock.",
        means="Sign-in and encryption compare times, and allow only a few minutes' difference.",
        fix="Turn on automatic time on this computer (Windows: w32tm /resync; Linux: timedatectl set-ntp true).",
    ),
    _warning(
        "clock-suspected",
        "This computer's clock may be off",
        "The certificate of {value} seems to have expired, or not to be valid yet. Check this computer's clock first: it says {now} UTC.",
        means="A certificate that is not yet, or no longer, valid is most often a clock in the wrong year.",
        fix="Set the clock, and run doctor again.",
    ),
    _error(
        "graph-answer-strange",
        "Something other than Microsoft Graph answers",
        "{value} answers, but not like Microsoft Graph. Check --graph-url, and whether a log-in page or a proxy answers.",
        means="The address belongs to something else, or the network shows a page of its own in place of the answer.",
        fix="Open the address in a browser on this computer and see who answers. Leave --graph-url away unless it is needed.",
    ),
    _error(
        "posts-not-let-through",
        "Calls that make meetings don't get through",
        "{value} can be asked, but something on the way stops calls that send data, and every meeting is made by one. Ask your administrator to let them through.",
        means="A web filter or a proxy answers POST requests in place of Microsoft Graph. It was tried with a request that "
        "has no sign-in and makes nothing.",
        fix="Have the filter or proxy let POST requests of this computer through to that host.",
    ),
    _error(
        "folder-not-writable",
        "Results can't be saved there",
        "Results can't be saved as {path} ({reason}). Choose another place with --result-dir, or ask for access.",
        means="A small file was written there as a test, and that failed.",
        fix="Check that the folder exists, that the account which runs the program may write there, and that there is space.",
    ),
    _error(
        "calendar-folder-not-writable",
        "Calendar files can't be saved there",
        "Calendar files can't be saved in {value} ({reason}). Choose another folder with --ics, or ask for access.",
        means="A small file was written there as a test, and that failed. A run would end with exit code 6.",
        fix="Check that the folder it is in exists, that the account which runs the program may write there, and that there is space.",
    ),
    _warning(
        "place-not-writable",
        "Something can't be written there",
        "{name} {value} can't be written ({reason}). Choose another place, or ask for access.",
        means="Writing there was tested, and that failed. It does not stop a run: the results are saved, and only this is missing.",
        fix="Check that the folder exists, that the account which runs the program may write there, and that there is space.",
    ),
)

_SIGN_IN: tuple[Entry, ...] = (
    _error(
        "token-for-another-service",
        "The token is for another service",
        "The token is for {value}, not for Microsoft Graph of this cloud. Get one for Microsoft Graph, or correct --cloud.",
        means="An access token is good for one service in one cloud.",
        fix="Ask for a token for https://graph.microsoft.com, or choose the cloud that it belongs to with --cloud.",
    ),
    _error(
        "own-permission-missing",
        "The permission for a person's own meetings is missing",
        "The sign-in has no permission to make the person's own meetings. Have OnlineMeetings.ReadWrite (delegated) added, then "
        "sign in again.",
        means="The app registration lacks the delegated permission, or the person who signed in has not agreed to it.",
        fix="In Entra ID, App registrations, API permissions: add Microsoft Graph, delegated, OnlineMeetings.ReadWrite.",
    ),
    _warning(
        "lookup-permission-missing",
        "The permission to look people up is missing",
        "The sign-in has none of the permissions to look people up: {value}. Ask for the first of them.",
        means="Organizers named by sign-in name (UPN), and all attendees, are looked up in the directory.",
        fix="In Entra ID, App registrations, API permissions: add Microsoft Graph, User.ReadBasic.All, and choose Grant "
        "admin consent. A new consent counts from the next sign-in, up to an hour later.",
    ),
    _warning(
        "certificate-expires-soon",
        "The certificate expires soon",
        "The certificate in {path} is valid until {date}, {left} from now. Make a new one in time.",
        means="Certificates are valid for a limited time. After that, every run fails to sign in.",
        fix="Make a new certificate, upload its public part to the app registration beside the old one, then name the new "
        "file in AZURE_CLIENT_CERTIFICATE_PATH.",
    ),
    _warning(
        "token-expires-soon",
        "The ready token expires soon",
        "The token in {value} is valid until {date}, {left} from now, and can't be renewed. "
        "Use a secret or a certificate for unattended runs.",
        means="A token that was made elsewhere lives about an hour, and only whoever made it can make the next one.",
        fix="For a trial, get a new token when it has expired. For nightly runs set AZURE_CLIENT_ID and a certificate or secret.",
    ),
)

_PEOPLE: tuple[Entry, ...] = (
    _warning(
        "organizers-unknown",
        "Organizers not in the directory",
        "Organizers who are not users of this organization: {names} ({count} of {all}). Correct them in the sheet.",
        means="No user has these sign-in names or object IDs, so their rows would fail.",
        fix="Correct the spelling. Ask the administrator for the sign-in name (UPN), which can differ from the mail address.",
        who=Who.SHEET,
    ),
    _warning(
        "organizers-not-signed-in-user",
        "Other organizers",
        "The sheet names organizers other than the person signed in, {me}: {names}. Clear them, or run without --delegated.",
        means="With --delegated, meetings are made for the person who signs in, and for nobody else.",
        fix="Clear the Organizer cells, or run without --delegated.",
        who=Who.SHEET,
    ),
    _warning(
        "policy-not-told",
        "It is unclear whether meetings are allowed",
        "It is unclear whether Teams allows meetings for {organizer}: its answer is not one that this program knows. "
        "Run one of their rows and see.",
        means="The test question, which makes no meeting, was answered with neither yes nor no.",
        fix="Run a sheet with one row for this organizer. Graph's own words are in the details.",
    ),
    _warning(
        "audio-conferencing-missing",
        "No Audio Conferencing",
        "{organizer} most likely can't have dial-in numbers: no Audio Conferencing plan is assigned. "
        "If people should dial in, ask your administrator for one.",
        means="Dial-in by telephone needs an Audio Conferencing plan for the organizer. Without one the meetings are made "
        "all the same, with a link and no numbers.",
        fix="Assign Audio Conferencing to the organizer. It takes hours to have an effect.",
    ),
)

_FILES: tuple[Entry, ...] = (
    _warning(
        "rows-not-valid",
        "Some rows can't be sent",
        "{path}: rows that can be sent: {ready} of {rows}; rows with mistakes: {invalid}. "
        "See them with: meeting-importer validate {path}",
        means="Rows with mistakes are left out of a run; the others are sent.",
        fix="Run validate, and fix the rows that it names.",
        who=Who.SHEET,
    ),
    _error(
        "nothing-to-send",
        "No row can be sent",
        "{path}: no row of {rows} can be sent. See why with: meeting-importer validate {path}",
        means="Every row has a mistake.",
        fix="Run validate, and fix the rows that it names. A mistake in all rows alike is often a heading or a setting.",
        who=Who.SHEET,
    ),
)

_TRIALS: tuple[Entry, ...] = (
    _error(
        "trials-not-confirmed",
        "Nobody has said yes to meetings for a trial",
        "--prove makes meetings for {value} in Teams and takes them away again, and nobody has said yes to that. "
        "Run it at a terminal and answer its question, or add --yes.",
        means="doctor --prove is the one thing in doctor that makes meetings, so it wants an explicit yes.",
        fix="Name an organizer for tests, and add --yes where there is nobody to ask. What was asked for: meeting-importer "
        "guide facts.",
    ),
    _error(
        "trial-person-unknown",
        "Somebody named for a trial is not in the directory",
        "No user of this organization is called {value}. Correct --prove or --prove-attendee.",
        means="Trials are made for a user of the organization, with another one as attendee.",
        fix="Name them by sign-in name (UPN) or object ID.",
    ),
    _warning(
        "fact-refuted",
        "Teams does otherwise than this program relies on",
        "Teams does otherwise here than this program relies on, {value}: {what} See what that means in the line below.",
        means="No document of Microsoft's says how this is; the program relies on one of the answers, and this organization's "
        "Teams has given another. The line below the message, and `means` in the JSON, say what follows.",
        fix="Read what follows for your rosters, and send the file tenant-facts.json to whoever maintains this program: it "
        "names nobody.",
    ),
    _warning(
        "trial-meetings-left",
        "Meetings of an earlier trial may be left",
        "A doctor --prove that began {since} was ended before it had taken its meetings away; so many may be left in Teams: "
        "{count}. Run doctor --prove again: it takes them away first.",
        means="The process was killed, or Teams did not answer. What was made is written down in the state folder.",
        fix="Run meeting-importer doctor --prove with the same sign-in.",
    ),
    _warning(
        "trial-meetings-elsewhere",
        "Meetings of an earlier trial are left in another place",
        "Meetings of a doctor --prove that began {since} may be left ({count}), and they are not this sign-in's: {value}. "
        "Run doctor --prove with the sign-in and the address of that time.",
        means="What is left of a trial is only taken away where it was made, by whoever may do so.",
        fix="Set the environment as it was then, and run meeting-importer doctor --prove.",
    ),
    _error(
        "trial-meetings-stay",
        "Meetings of a trial could not be taken away",
        "Meetings that doctor --prove has made are still in Teams ({count}): {reason}. Run doctor --prove again: it takes "
        "them away first.",
        means="Teams did not let them be deleted, or did not answer. Their external IDs begin with mi-trial-.",
        fix="Run meeting-importer doctor --prove again. If it lasts, the details have Graph's own words.",
    ),
    _error(
        "trials-not-recorded",
        "What a trial makes can't be written down",
        "doctor --prove writes down what it makes before it makes it, and can't do so in {path} ({reason}). Choose another "
        "folder with --state-dir.",
        means="Without that, a kill would leave meetings in Teams of which nobody knows. No meeting was made.",
        fix="Check that the folder can be written and that there is space, or name another one with --state-dir.",
    ),
    _error(
        "facts-not-saved",
        "The list of facts could not be saved",
        "What was found could not be saved in {path} ({reason}). Copy it from the result of -o json, or run it again in "
        "another folder.",
        means="The file tenant-facts.json is written to the working folder, and never over another file.",
        fix="Check that the working folder can be written. With -o json the same is printed.",
    ),
)

DOCTOR: tuple[Entry, ...] = (*_MACHINE, *_SIGN_IN, *_PEOPLE, *_FILES, *_TRIALS)

CHECK_TITLES: dict[str, str] = {
    "configuration": "Settings",
    "clock": "Clock",
    "sign-in": "Sign-in",
    "permissions": "Permissions",
    "expiry": "Expiry",
    "graph": "Microsoft Graph",
    "lookup": "Looking people up",
    "access-policy": "Access policy",
    "calendars": "Calendars",
    "audio-conferencing": "Audio Conferencing",
    "file": "File",
    "results": "Results",
    "places": "Other files",
    "trials": "Trials",
}
"""What each check is called, in the order in which they are made."""

FINE: dict[str, str] = {
    "config-file": "The settings file is {path} ({why}).",
    "config-none": "There is no settings file. It would be {name}, beside the input or in the working folder.",
    "environment": "Set in the environment: {names}.",
    "environment-none": "No environment variable that this program reads is set.",
    "settings": "Not at their defaults: {settings}.",
    "settings-none": "All options are at their defaults.",
    "clock": "It says {now} UTC, right to within {difference}.",
    "sign-in": "{way} It works{whom}.",
    "sign-in-sandbox": "The sandbox needs none.",
    "permissions": "The sign-in has {held}.",
    "expiry-certificate": "The certificate is valid until {date}, {left} from now.",
    "graph": "{host} answers, {way}.",
    "lookup": "Allowed.",
    "lookup-organizers": "Allowed. All organizers are in the directory: {count}.",
    "lookup-me": "Allowed. {me} is signed in.",
    "access-policy": "Teams lets this program make meetings for {organizer}.",
    "access-policy-mine": "Teams lets {me} make meetings. A person's own meetings need no access policy.",
    "calendars": "This program may write to the calendar of {organizer}.",
    "calendars-all": "This program may write to the calendar of {organizer}, and to all others in the organization: "
    "`meeting-importer explain calendar-not-allowed` says how to restrict that to some.",
    "audio-conferencing": "It is assigned to {organizer}.",
    "file": "{path}: every row can be sent (rows: {rows}); {headings}.",
    "results": "They can be saved in {folder}.",
    "places": "They can be written: {places}.",
    "trials-cleared": "What an earlier one had left is taken away: {count}.",
    "trials": "Made and taken away: all meetings. Facts that hold: {held}; refuted: {refuted}; not tried: {untried}.",
    "trials-saved": "What was found is in {path}. It names nobody.",
}
"""How doctor says that something is all right."""

LEFT_OUT: dict[str, str] = {
    "configuration": "Not checked: the settings have to be right first (see above).",
    "clock-unknown": "It says {now} UTC. No answer came to compare it with.",
    "sign-in": "Not checked: the sign-in has to work first (see above).",
    "graph": "Not checked: Microsoft Graph has to answer first (see above).",
    "permission": "Not checked: the permission has to be granted first (see above).",
    "lookup": "Not checked: it needs the organizers' object IDs (see above).",
    "permissions-unsaid": "This token does not say what it may do. The checks below find out.",
    "expiry-secret": "Only the app registration shows when the client secret expires (Certificates & secrets).",
    "expiry-unsaid": "This token does not say when it expires.",
    "expiry-none": "Nothing expires, so nothing has to be renewed.",
    "no-organizers": "There are no organizers to ask about. Name a file that can be read: meeting-importer doctor FILE",
    "audio-unknown": "This sign-in may not see licences (with User.Read.All it could). A run shows it: rows without a dial-in number say no-dial-in.",
    "no-files": "No file is named: meeting-importer doctor FILE",
    "trials-not-ready": "No meeting was made: what failed has to be right first (see above).",
    "trials-declined": "No meeting was made.",
}
"""Why doctor leaves a check out."""

TRIAL_ASK = (
    "--prove makes up to {count} meetings for {organizer} in the year {year}, and takes them away again. "
    "Nobody gets mail. Go on?"
)
"""What is asked before a meeting is made."""

TRIAL_LEFT_OUT: dict[str, str] = {
    "attendee": "It takes a second person: --prove-attendee.",
    "cloud": "This cloud does not have it.",
    "no-throttle": "No call was throttled.",
    "failed": "Teams did not answer it: status {status} {code}",
    "stranger": "The answer was another meeting's.",
    "unsaid": "The answers don't say.",
}
"""Why a fact was not tried."""

TRIAL_STAYS: dict[str, str] = {
    "stranger": "another meeting was found in its place, and left alone",
    "interrupted": "it was interrupted",
}
"""Why a meeting of a trial was not removed."""

WAYS: dict[str, str] = {"direct": "reached without a proxy", "proxy": "reached through the proxy {proxy}"}
"""How Graph is reached."""

WHOM: dict[str, str] = {
    "app": "; the app is {app}",
    "tenant": "; the organization (tenant) is {tenant}",
    "person": "; the person is {person}",
}
"""What a token says about itself, for the line about the sign-in."""

ENDINGS: dict[str, str] = {
    "fine": "All right: a run can go ahead.",
    "warnings": "A run can go ahead. Worth a look: {warnings}.",
    "failed": "Not ready yet. To be fixed: {failed}.",
}
"""doctor's last line."""

POLICY_AFTER = "# Then wait 30 minutes, and run doctor again."
"""Under what a Teams administrator types for the organizers that were refused."""
