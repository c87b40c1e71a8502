"""What Graph and the directory say no with, in words a person with a sheet understands, and who can put it right."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from importer.core.catalogue.entry import Entry, Who, error, warning
from importer.core.cells import GUID

if TYPE_CHECKING:
    from collections.abc import Sequence

_error = partial(error, who=Who.ADMINISTRATOR)
_warning = partial(warning, who=Who.ADMINISTRATOR)

POLICY_COMMANDS = """\
Connect-MicrosoftTeams
# No policy in this organization yet: make one, and give it to the organizer.
New-CsApplicationAccessPolicy -Identity "MeetingImporter" -AppIds "{client_id}" -Description "meeting-importer"
{grants}
# Or to everybody who has no other policy:
Grant-CsApplicationAccessPolicy -PolicyName "MeetingImporter" -Global
# The organizer has a policy already (a user has one at most; another would replace it): add the app to that one.
Get-CsApplicationAccessPolicy
Set-CsApplicationAccessPolicy -Identity "<name of that policy>" -AppIds @{{Add="{client_id}"}}"""
POLICY_GRANT = 'Grant-CsApplicationAccessPolicy -PolicyName "MeetingImporter" -Identity "{organizer_id}"'
POLICY_GRANTS_LEFT = "# and {count} more organizers, listed in the details (-v or -o json)"
"""What an administrator types, with a line of `grants` for each organizer.

Source: https://learn.microsoft.com/graph/cloud-communication-online-meeting-application-access-policy
"""

CLIENT_ID, ORGANIZER_ID = "<application (client) ID>", "<organizer's object ID>"
"""What stands for an ID that is not known."""
GRANTS_SHOWN = 20
"""Organizers with a line of their own to type; for more, a group or everybody is the better way."""


def policy_commands(client_id: str = "", organizers: Sequence[tuple[str, str]] = (("", ""),)) -> str:
    """Return the PowerShell lines that let this app make meetings for these organizers, each an object ID and a name.

    Nothing in a line to paste comes from outside but an ID of the right form and, as a comment, a name.
    """
    grants = [_grant(*organizer) for organizer in organizers[:GRANTS_SHOWN]]
    if len(organizers) > GRANTS_SHOWN:
        grants.append(POLICY_GRANTS_LEFT.format(count=len(organizers) - GRANTS_SHOWN))
    client = client_id if GUID.fullmatch(client_id) else CLIENT_ID
    return POLICY_COMMANDS.format(client_id=client, grants="\n".join(grants))


def _grant(organizer_id: str, name: str) -> str:
    line = POLICY_GRANT.format(organizer_id=organizer_id if GUID.fullmatch(organizer_id) else ORGANIZER_ID)
    comment = "".join(sign for sign in name if sign.isprintable() and not sign.isspace())
    return f"{line}  # {comment}" if comment else line


_AGAIN = "Run again later: no meeting is ever made twice."

_ORGANIZERS: tuple[Entry, ...] = (
    _error(
        "access-policy-missing",
        "No access policy for this organizer",
        "Teams does not let this program make meetings for {organizer}. Ask your administrator to allow it with an "
        "application access policy, wait 30 minutes, and run again.",
        means="Teams lets a program make meetings only for people whom an administrator has named in an application "
        "access policy. There is none for this organizer, or it is not yet 30 minutes old, or the organizer has "
        "another policy that does not list this program.",
        fix="A Teams administrator types this in PowerShell (module MicrosoftTeams), then waits 30 minutes:\n"
        + policy_commands(),
    ),
    _error(
        "meetings-forbidden",
        "Teams refused without a reason",
        "Teams refused to make meetings for {organizer} and gave no reason. Ask your administrator to check this "
        "program's permission and access policy (meeting-importer explain meetings-forbidden).",
        means="Either the permission OnlineMeetings.ReadWrite.All lacks the administrator's consent, or no application "
        "access policy covers this organizer. Teams answers both alike.",
        fix="Check in Entra ID that the app has the application permission OnlineMeetings.ReadWrite.All with admin "
        "consent; then check the access policy (meeting-importer explain access-policy-missing). A new consent counts "
        "from the next sign-in, up to an hour later.",
    ),
    _error(
        "organizer-without-teams",
        "Organizer can't have meetings",
        "Teams does not know {organizer}, most likely because they have no Teams licence. Ask your administrator to assign one, "
        "or name another organizer.",
        means="The person is in the directory, and Teams does not know them. That is so for people without a licence "
        "that includes Teams, for guests, for shared mailboxes, and for a few hours after a licence was assigned.",
        fix="Assign a licence that includes Teams, wait until the person can open Teams, and run again.",
    ),
    _error(
        "organizer-is-guest",
        "A guest can't be the organizer",
        "{organizer} is a guest here, and Teams lets guests organize nothing. Name an organizer of this organization; the guest "
        "can be an attendee.",
        means="The account is another organization's (#EXT# in its sign-in name); meetings are made where the account is at home.",
        fix="Name somebody of this organization as the organizer, or run the rows of this person in their own organization.",
        who=Who.SHEET,
    ),
)

_TENANT: tuple[Entry, ...] = (
    _error(
        "permission-missing",
        "Permission missing",
        "This program has no permission to make Teams meetings. Ask your administrator to grant and consent to "
        "OnlineMeetings.ReadWrite.All, then run again.",
        means="The app registration lacks the permission, or an administrator has not consented to it.",
        fix="In Entra ID, App registrations, API permissions: add Microsoft Graph, OnlineMeetings.ReadWrite.All "
        "(application; for --delegated OnlineMeetings.ReadWrite), and choose Grant admin consent.",
    ),
    _error(
        "directory-not-allowed",
        "People can't be looked up",
        "This program may not look people up. Ask your administrator to grant and consent to User.ReadBasic.All, then "
        "run again.",
        means="Teams wants to know organizers and attendees by their object ID, which only the directory knows.",
        fix="In Entra ID, App registrations, API permissions: add Microsoft Graph, User.ReadBasic.All, and choose Grant "
        "admin consent.",
    ),
    _error(
        "lookup-refused",
        "People can't be looked up",
        "The directory refused to say who the people in the sheet are. Show your administrator the details, then run "
        "again.",
        means="The directory refused the question for a reason that is not in this list. Its own words are in the details.",
        fix="Read the service's words in the details (-o json, --log-file).",
    ),
    _error(
        "token-refused",
        "Sign-in no longer accepted",
        "Microsoft 365 does not accept this sign-in. Sign in again; if that does not help, ask your administrator to "
        "check the program's credentials and --cloud.",
        means="The token was refused, and so was the one that a fresh sign-in gave. It may be for another "
        "cloud or another service, or may have been revoked.",
        fix="Check tenant, client ID and --cloud. A token in MEETING_IMPORTER_ACCESS_TOKEN lives about an hour: get a "
        "new one.",
    ),
    _error(
        "conditional-access",
        "A sign-in rule stands in the way",
        "A sign-in rule of your organization (Conditional Access) stops this program. Ask your administrator to "
        "exempt it, or where it may run.",
        means="Conditional Access requires something that an unattended program can't provide: another place, a managed "
        "computer, or a second factor.",
        fix="In Entra ID, Protection, Conditional Access, look at the sign-in log for this app, and adapt the rule.",
    ),
    _error(
        "personal-account",
        "A personal account",
        "This sign-in is a personal Microsoft account, which can't have these meetings. Sign in with a work or school "
        "account.",
        means="Online meetings are made for work and school accounts only.",
        fix="Sign in with an account of your organization.",
    ),
    _error(
        "sign-in-is-an-app",
        "Signed in as a program",
        "--delegated makes meetings for the person signed in, but the sign-in is a program's. Run without --delegated, "
        "and name the organizers in the sheet.",
        means="An app-only token was used where a person's is needed.",
        fix="Run without --delegated, or sign in as a person.",
    ),
    _error(
        "sign-in-is-a-person",
        "Signed in as a person",
        "The sign-in is a person's, so meetings can be made for that person only. Run with --delegated, or sign in as "
        "an application.",
        means="A person's token was used where an application's is needed.",
        fix="Run with --delegated and leave Organizer blank, or set AZURE_CLIENT_ID and a secret or a certificate.",
    ),
    _error(
        "address-wrong",
        "Not the address of Teams",
        "The address that was called does not make Teams meetings. Check --cloud and --graph-url.",
        means="Something answered, but it does not know online meetings.",
        fix="Leave out --graph-url, and choose the cloud with --cloud.",
    ),
    _error(
        "answer-redirected",
        "Sent somewhere else",
        "The network redirects calls to Teams, perhaps to a log-in page. Open a browser on this computer, or "
        "ask your administrator about the proxy.",
        means="The answer was a redirection. Microsoft Graph never redirects these calls, so something in between did; "
        "it was not followed, because the token would have been sent along.",
        fix="Log in to the network, or have the proxy let this computer reach Microsoft Graph.",
    ),
    _error(
        "answer-of-somebody-else",
        "Not Microsoft Graph's answer",
        "Something between this computer and Teams refuses the calls: a web filter, or a network that wants a log-in "
        "first. Open a browser on this computer, or ask your administrator to let the program reach Microsoft Graph.",
        means="The answer was a web page, or had no error of Microsoft Graph's in it. It says nothing about the sheet, the "
        "sign-in or the permissions, because Microsoft Graph never got the call.",
        fix="Have the filter or proxy let POST requests of this computer through to Microsoft Graph (the host is in the "
        "details of meeting-importer doctor), or log in to the network. Then run again.",
    ),
    _error(
        "proxy-refused",
        "The proxy wants a log-in",
        "The proxy does not let this program through. Ask your administrator for its address with user name and "
        "password, and set HTTPS_PROXY to it.",
        means="The proxy between this computer and the internet wants to know who is calling.",
        fix="Set HTTPS_PROXY to http://user:password@proxy:port, or have this computer exempted.",
    ),
    _error(
        "proxy-log-in-foreign",
        "The proxy wants a Windows log-in",
        "The proxy wants a Windows log-in (NTLM or Negotiate), which this program can't give. Ask whoever runs the proxy "
        "to let this computer through to Microsoft 365 without one.",
        means="The proxy between this computer and the internet asks for a log-in that only Windows programs can give. "
        "A user name and a password in HTTPS_PROXY don't help.",
        fix="Have this computer, or the addresses graph.microsoft.com and login.microsoftonline.com, exempted from the log-in, or run a program in between that logs in, and name it in HTTPS_PROXY.",
    ),
    _error(
        "proxy-blocks",
        "The proxy blocks the address",
        "The proxy does not let this computer through to Microsoft 365. Ask whoever runs the proxy to allow the address "
        "that the details name.",
        means="The proxy was reached, and its rules forbid this address. No log-in was asked for.",
        fix="Have graph.microsoft.com and login.microsoftonline.com (or those of your cloud) allowed for this computer "
        "and its account. If they can be reached without the proxy, list them in NO_PROXY.",
    ),
    _error(
        "proxy-down",
        "The proxy is out of order",
        "The proxy can't get through to Microsoft 365. Run again later; if it stays so, ask whoever runs the proxy.",
        means="The proxy was reached, and answered with an error of its own.",
        fix="Run again: nothing is made twice. If it stays so, whoever runs the proxy can see why in its log.",
    ),
    _error(
        "certificate-not-trusted",
        "Certificate not trusted",
        "This computer does not trust the certificate of the service it called. Ask your administrator for the "
        "certificate file of your network, and name it in SSL_CERT_FILE.",
        means="Most often a security appliance opens encrypted connections and shows a certificate of its own.",
        fix="Save the organization's root certificate as a PEM file, and set SSL_CERT_FILE to its path.",
    ),
)

_SERVICE: tuple[Entry, ...] = (
    _error(
        "throttled",
        "Asked to slow down for too long",
        f"Teams asked this program to wait longer than it can. {_AGAIN}",
        means="Microsoft 365 limits how much an organization or a person may do in a given time.",
        fix="Run again later, with a smaller --rate or at another hour. 2,000 meetings a month for one organizer may be "
        "a limit of its own.",
    ),
    _error(
        "service-failed",
        "Teams had a fault",
        f"Teams had a fault and did not recover in time. {_AGAIN}",
        means="The service answered with a fault of its own at every attempt.",
        fix="Run again later. If it lasts, look at the Microsoft 365 service health page.",
    ),
    _error(
        "service-unreachable",
        "No connection to Teams",
        f"Teams could not be reached, or did not answer in time. Check the network. {_AGAIN}",
        means="No connection could be made, or it broke at every attempt.",
        fix="Check the network, HTTPS_PROXY and NO_PROXY. A firewall must let this computer reach Microsoft Graph.",
    ),
    _error(
        "answer-not-understood",
        "Answer can't be read",
        f"Teams' answers were cut off or were no answers at all, perhaps because of a proxy. {_AGAIN}",
        means="The service said yes, but what came with it could not be read at any attempt.",
        fix="Check whether a proxy or a log-in page answers in place of Microsoft Graph.",
    ),
)

_ROWS: tuple[Entry, ...] = (
    _error(
        "answers-mixed-up",
        "Another request's answer",
        "The answers that came were those of other requests, so nothing was taken from them. Run again; if that does not "
        "help, ask your administrator what stands between this computer and Microsoft 365.",
        means="Each answer names the meeting that it is about, and these named another external ID, another organizer, or a "
        "meeting that another row has. A proxy or a load balancer that has got out of step gives answers like that. "
        "The request was repeated on fresh connections, and no link was taken from an answer that is not the row's.",
        fix="Run again: what was made is found. If it stays so, the details name what was asked for and what came; show them to "
        "whoever runs the proxy or firewall.",
    ),
    _error(
        "no-join-link",
        "No link in the answer",
        f"Teams made the meeting, but gave no link. {_AGAIN}",
        means="The answer had no join link, and neither had the answers to further attempts.",
        fix="Run again. If it lasts, pass the details on to Microsoft support.",
    ),
    _error(
        "times-refused",
        "Times refused",
        "Teams did not accept the times. Check Start and End.",
        means="Teams could not read the start or the end, or did not accept their order.",
        fix="Correct Start and End.",
        who=Who.SHEET,
    ),
    _error(
        "external-id-refused",
        "External ID refused",
        "Teams did not accept this external ID. Choose another one: letters, digits and hyphens are safe.",
        means="Microsoft documents no rule for external IDs, but this one was refused.",
        fix="Choose a shorter or simpler ID.",
        who=Who.SHEET,
    ),
    _error(
        "row-refused",
        "Teams refused the row",
        "Teams did not accept this row and did not say why in a way this program knows. Check its cells, then show "
        "your administrator the details.",
        means="The service refused the meeting for a reason that is not in this list. Its own words are in the details.",
        fix="Read the service's words in the details (-o json, --log-file).",
    ),
)

_NOTES: tuple[Entry, ...] = (
    _warning(
        "no-dial-in",
        "No dial-in number",
        "The meeting has no conference ID or dial-in number: its organizer has no Audio Conferencing licence. If people "
        "should dial in, ask your administrator for one.",
        means="Dial-in by telephone needs the Audio Conferencing licence for the organizer. It takes hours to have an effect.",
        fix="Assign Audio Conferencing to the organizer, and run again: the row is then filled in.",
    ),
)

_SETTINGS: tuple[Entry, ...] = (
    _error(
        "cloud-unknown",
        "Unknown cloud",
        "'{value}' is not a cloud. Choose one of {known}.",
        means="Microsoft 365 runs in separate clouds; most organizations are in the one called global.",
        fix="Leave out --cloud unless yours is a government organization of the United States.",
    ),
    _error(
        "cloud-has-no-meetings",
        "This cloud can't make meetings",
        "The cloud '{value}' has no way to make Teams meetings by program. Choose another cloud, or make them by hand.",
        means="Microsoft 365 in China, operated by 21Vianet, does not offer online meetings to programs.",
        fix="There is none for this cloud. If your organization is in another one, choose that with --cloud.",
    ),
    _error(
        "address-not-safe",
        "Address not safe",
        "{value} is not a safe address to send a sign-in to. Write one that starts with https://.",
        means="Whoever can read the connection could use the sign-in. Without encryption, only this computer is called.",
        fix="Correct --graph-url. It has a host and perhaps a path, and no user name, question mark or #.",
    ),
    _error(
        "ca-unreadable",
        "Certificate file can't be used",
        "{setting} names {value}, which holds no certificates that can be read. Correct the setting.",
        means="The setting says whom to trust, so without it nobody is trusted.",
        fix="Name a PEM file in SSL_CERT_FILE or a folder of them in SSL_CERT_DIR, or clear the setting.",
    ),
    _error(
        "proxy-not-valid",
        "Proxy setting can't be used",
        "{setting} is not the address of a proxy that can be used. Write it like http://proxy.contoso.com:8080.",
        means="One of HTTPS_PROXY, HTTP_PROXY and ALL_PROXY is not an address of a kind that is supported.",
        fix="Write it like http://proxy.contoso.com:8080. SOCKS proxies are not supported.",
    ),
    _error(
        "proxy-password-not-valid",
        "Characters in the proxy's password",
        "The user name or the password in {setting} contains a character that has a meaning of its own in an address. Write %23 for #, %2F for /, %3F for "
        "?, %5B and %5D for square brackets, %5C for a backslash.",
        means="In an address some characters have a meaning of their own. Percent and two digits stand for the character itself.",
        fix="Replace each of these characters in the user name and the password: # by %23, / by %2F, ? by %3F, [ by %5B, ] by "
        "%5D, \\ by %5C, and % by %25.",
    ),
    _error(
        "no-proxy-not-valid",
        "An entry of NO_PROXY can't be used",
        "'{value}' in NO_PROXY is neither a host nor a network. Write names, addresses and networks with commas between, "
        "like contoso.com,10.0.0.0/8,fd00::/8.",
        means="NO_PROXY lists what is reached without the proxy. With an entry that can't be understood, calls could take a way that nobody intended.",
        fix="Correct the entry. An IPv6 address can be written in brackets, [fd00::1]; a network has its length at the end, fd00::/8.",
    ),
    _error(
        "token-not-valid",
        "Token can't be sent",
        "The access token contains a space, a line break or other characters that no token has. Copy it again, and nothing else with it.",
        means="A token is one long word of letters, digits, dots, hyphens and underscores.",
        fix="Copy the token again, without quotation marks and line breaks.",
    ),
)

REFUSALS: tuple[Entry, ...] = (*_ORGANIZERS, *_TENANT, *_SERVICE, *_ROWS, *_NOTES, *_SETTINGS)


SERVICE: tuple[Entry, ...] = (
    _error(
        "organizer-not-found",
        "Organizer not in the directory",
        "'{value}' is not a user of this organization{hint}. Correct it; for another of a user's addresses, write the sign-in "
        "name.",
        means="No user has this sign-in name (UPN), object ID, or mail address. Other addresses that a user may have are not "
        "looked at.",
        fix="Correct the spelling. The sign-in name stands in the Microsoft Entra admin center > Users > the person > User "
        "principal name; the person signs in to Microsoft 365 with it. A guest can't be the organizer.",
        who=Who.SHEET,
    ),
    _error(
        "mail-of-several",
        "One mail address, several users",
        "'{value}' is the mail address of {people}. Write the sign-in name of the one who is meant.",
        means="Nobody signs in with this address, and more than one user of the directory has it as mail address. Nobody is "
        "chosen.",
        fix="Write the sign-in name of the one who is meant, or have the address taken from the others in the directory.",
        who=Who.SHEET,
    ),
    _error(
        "name-not-found",
        "A name that is not in the directory",
        "'{value}' is nobody's display name in the directory{candidates}. Write the sign-in name, like ana@contoso.com.",
        means="With --find-people names are looked up in the directory, and taken where exactly one user has that display "
        "name. Names that only have the same words are named, never taken.",
        fix="Write the sign-in name instead of the name. Whoever runs the import can say who is meant in "
        "meeting-importer.toml:\n"
        '[people]\n"Ana Lopez" = "ana@contoso.com"',
        who=Who.SHEET,
    ),
    _warning(
        "people-found-by-mail",
        "Found by mail address",
        "Found by their mail addresses, which they don't sign in with: {value}. If that is wrong, write sign-in names.",
        means="An address that is nobody's sign-in name is looked for among the users' mail addresses. Exactly one user has "
        "it, and is taken.",
        fix="If it is right, nothing needs doing. Otherwise write the sign-in name.",
        who=Who.SHEET,
    ),
    _warning(
        "people-found-by-name",
        "Found by name",
        "Found in the directory by their display names: {value}. If that is wrong, write sign-in names.",
        means="With --find-people names are looked up in the directory. Exactly one user has this display name, and is taken.",
        fix="If it is right, nothing needs doing. Otherwise write the sign-in name, or say under [people] who is meant.",
        who=Who.SHEET,
    ),
    _warning(
        "names-not-looked-up",
        "Names that only a run looks up",
        "Whom {value} stand for is looked up by a run only. See it first with: run --dry-run.",
        means="With --find-people names are looked up in the directory. A check of the file asks nobody.",
        fix="Run with --dry-run, which looks people up and makes nothing.",
        who=Who.SHEET,
    ),
    _warning(
        "attendee-not-found",
        "Attendee not in the directory",
        "Not in the directory of this organization: '{value}'{hint}. Added under that name alone. Check the spelling.",
        means="No user has this sign-in name or mail address. That is normal for people from outside.",
        fix="Correct the spelling if the person belongs to your organization.",
        who=Who.SHEET,
    ),
    _error(
        "attendee-refused",
        "Attendee not in the directory",
        "Not in the directory of this organization: '{value}'{hint}. With --strict-attendees everybody has to be. Correct it.",
        means="The run was asked to make meetings only where every attendee is a known user.",
        fix="Correct the spelling, or run without --strict-attendees.",
        who=Who.SHEET,
    ),
    *REFUSALS,
)
