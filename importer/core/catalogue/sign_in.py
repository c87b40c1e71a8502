"""Sign-in: what keeps the program from getting a token, in words, and who can put it right.

The meanings of the codes that Microsoft's sign-in service answers with are taken from
https://learn.microsoft.com/entra/identity-platform/reference-error-codes
"""

from __future__ import annotations

from functools import partial

from importer.core.catalogue.entry import Entry, Who, error, warning

_error = partial(error, who=Who.ADMINISTRATOR)
_warning = partial(warning, who=Who.ADMINISTRATOR)

_REGISTRATION = "Microsoft Entra admin center > App registrations > your app"
_AZ = (
    "Sign the Azure CLI in as the app (az login --service-principal): a person's token of it may make no meetings. Then: az "
    "account get-access-token --resource https://graph.microsoft.com --query accessToken --output tsv. For the US government "
    "first: az cloud set --name AzureUSGovernment."
)
_FEDERATED = (
    f"{_REGISTRATION} > Certificates & secrets > Federated credentials: issuer, subject and audience must be the token's, "
    "letter for letter. A new one counts after some minutes."
)


_SETTINGS: tuple[Entry, ...] = (
    _error(
        "sign-in-not-set-up",
        "Sign-in is not set up",
        "Sign-in is not set up. Still missing: {missing}. "
        "Set these environment variables (meeting-importer explain sign-in-not-set-up says where they come from), "
        "or add --sandbox to try without an account.",
        means="To sign in, the program needs to know the organization, the app, and a secret, certificate or federated token.",
        fix="Once, an administrator of Microsoft Entra ID makes an app: Microsoft Entra admin center > App registrations "
        "> New registration. Its Overview shows the tenant ID and the client ID. Under API permissions it gets the "
        "application permissions OnlineMeetings.ReadWrite.All and User.ReadBasic.All of Microsoft Graph, with admin "
        "consent; under Certificates & secrets a certificate or a secret. Then run meeting-importer doctor: it says "
        "what is still missing, the access policy in Teams as well.",
    ),
    _error(
        "sign-in-setting-not-valid",
        "A sign-in setting can't be right",
        "{name} must be {expected}. Correct it.",
        means="The setting has a form that can't work, so nobody was asked.",
        fix="Copy the value again from where it is shown, without quotation marks.",
    ),
    _error(
        "secret-file-unreadable",
        "The file with the secret can't be read",
        "The file named in {name} can't be used: {reason}. Check its path and that this account may read it.",
        means="The secret is to be read from a file, and that failed.",
        fix="Check the path. A scheduled task often runs as another account, which must be allowed to read the file.",
    ),
    _error(
        "federated-file-unreadable",
        "The file with the federated token can't be read",
        "The file named in {name} can't be used: {reason}. Check its path, and what is to write a token into it.",
        means="A cluster or a runner is to keep a token in this file, with which the app proves who it is.",
        fix="In Kubernetes check the service account, its annotations and the label azure.workload.identity/use of the "
        "pod. Elsewhere check the step that writes the file. Without federation, remove AZURE_FEDERATED_TOKEN_FILE.",
    ),
    _error(
        "github-identity-missing",
        "GitHub offers this run no identity",
        "--github-identity works only in a GitHub Actions workflow that may ask for a token. Add 'permissions: id-token: "
        "write' to the workflow.",
        means="ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN, which GitHub sets then, are not set.",
        fix="Add permissions with id-token: write (and contents: read) to the job. Runs for pull requests from forks never "
        "get one. Elsewhere run without --github-identity.",
    ),
    _error(
        "certificate-unreadable",
        "The certificate file can't be used",
        "The certificate file {value} can't be used: {reason}. "
        "Name a PEM or PFX file that holds the certificate and its private key in AZURE_CLIENT_CERTIFICATE_PATH.",
        means="Signing in with a certificate takes its private key too, both in one PEM or PFX file.",
        fix="Export the certificate together with its private key, and check that this account may read the file.",
    ),
    _error(
        "certificate-password-wrong",
        "The certificate's password does not fit",
        "The certificate file {value} is protected by a password, and AZURE_CLIENT_CERTIFICATE_PASSWORD does not hold it. "
        "Set it to the password chosen when the file was exported.",
        means="The file is protected by a password, and the password given is missing or another one.",
        fix="If nobody knows the password any more, export the certificate with its private key again, and choose a new one.",
    ),
    _error(
        "certificate-expired",
        "The certificate has expired",
        "The certificate in {value} was valid until {date}. Make a new one and upload it to the app registration.",
        means="Certificates are valid for a limited time, and this one's has run out.",
        fix=f"Make a new certificate, upload its public part under {_REGISTRATION} > Certificates & secrets, "
        "and name the new file in AZURE_CLIENT_CERTIFICATE_PATH.",
    ),
    _error(
        "access-token-for-another",
        "The access token is for another service",
        "The access token in MEETING_IMPORTER_ACCESS_TOKEN is for {value}, not for Microsoft Graph. "
        "Get one with 'az account get-access-token --resource {graph}', and run again.",
        means="A token says for which service it was made, and only that one takes it.",
        fix=_AZ,
    ),
    _error(
        "access-token-of-another-tenant",
        "The access token is another organization's",
        "The token in MEETING_IMPORTER_ACCESS_TOKEN is of the organization {value}, not {tenant}. "
        "Get one with 'az account get-access-token --resource {graph} --tenant {tenant}', or correct AZURE_TENANT_ID.",
        means="A token is good in one organization only, and AZURE_TENANT_ID names another one.",
        fix=_AZ,
    ),
    _error(
        "access-token-expired",
        "The access token is no longer valid",
        "The access token in MEETING_IMPORTER_ACCESS_TOKEN has expired or was refused, and can't be renewed. "
        "Get a new one with 'az account get-access-token --resource {graph}' or from Graph Explorer, and run again.",
        means="A ready-made token lasts about an hour, and only whoever made it can make the next one.",
        fix="Copy a new token into MEETING_IMPORTER_ACCESS_TOKEN. For unattended runs use a secret or a certificate.",
    ),
)

_CREDENTIALS: tuple[Entry, ...] = (
    _error(
        "sign-in-secret-wrong",
        "Wrong client secret",
        "The client secret is wrong. {hint}Copy the secret's Value, not its Secret ID, into {name}.",
        means="Microsoft does not know this secret for this app. Most often the Secret ID was copied instead of the Value.",
        fix="The Value is shown only once. If it is lost, make a new secret under "
        f"{_REGISTRATION} > Certificates & secrets, and copy its Value.",
    ),
    _error(
        "sign-in-secret-expired",
        "The client secret has expired",
        "The client secret has expired. Make a new one in the app registration and put its Value into {name}.",
        means="Client secrets are valid for two years at most, and this one's time has run out.",
        fix=f"Make a new secret under {_REGISTRATION} > Certificates & secrets. With a certificate, doctor warns in time.",
    ),
    _error(
        "sign-in-certificate-refused",
        "The certificate is not the app's",
        "The certificate is not one of the app's. Upload its public part to the app registration.",
        means="Microsoft knows the app, but not this certificate, or the certificate belongs to another app.",
        fix=f"Upload the certificate under {_REGISTRATION} > Certificates & secrets > Certificates, "
        "and check that AZURE_CLIENT_ID is this app's.",
    ),
    _error(
        "sign-in-certificate-expired",
        "The certificate is not valid now",
        "Microsoft says that the certificate has expired or is not valid yet. Make a new one and upload it to the app "
        "registration.",
        means="A certificate is valid for a limited time; by Microsoft's clock this one has expired or is not valid yet.",
        fix=f"Make a new certificate, upload its public part under {_REGISTRATION} > Certificates & secrets, and name the "
        "new file in AZURE_CLIENT_CERTIFICATE_PATH. If the dates are right, check this computer's clock.",
    ),
    _error(
        "sign-in-certificate-revoked",
        "The certificate was revoked",
        "The certificate was revoked by whoever issued it. Make a new one and upload it to the app registration.",
        means="The issuer says that this certificate must not be trusted any more.",
        fix=f"Ask the issuer why. Upload a new certificate under {_REGISTRATION} > Certificates & secrets, and name its file "
        "in AZURE_CLIENT_CERTIFICATE_PATH.",
    ),
    _error(
        "federation-unmatched",
        "The app does not trust this federated token",
        "No federated credential of the app fits: issuer {issuer}, subject {subject}, audience {audience}. Make one with "
        "exactly these three.",
        means="An app lists whose tokens it trusts; none of them has the issuer, the subject and the audience of this one.",
        fix=_FEDERATED,
    ),
    _error(
        "federation-issuer-unknown",
        "The app does not trust this issuer",
        "No federated credential of the app has the issuer {issuer}, letter for letter. Make one, or correct its issuer.",
        means="The token was issued by a service that the app does not trust. A slash at the end makes another issuer.",
        fix=_FEDERATED,
    ),
    _error(
        "federation-subject-unknown",
        "The app does not trust this subject",
        "No federated credential of the app has the subject {subject}, letter for letter. Make one, or correct its subject.",
        means="The issuer is trusted, but not for this branch, environment, pull request or service account. Capital "
        "letters count.",
        fix=_FEDERATED,
    ),
    _error(
        "federation-audience-unknown",
        "The federated token is for another audience",
        "No federated credential of the app has the audience {audience}. Have the token made for api://AzureADTokenExchange.",
        means="A token says for whom it was made. For a federated sign-in that is api://AzureADTokenExchange, in the US "
        "government cloud api://AzureADTokenExchangeUSGov.",
        fix="Ask for the token with this audience: in Kubernetes in the projected volume of the service account token, "
        "elsewhere in the step that writes the file. The federated credential must name the same one.",
    ),
    _error(
        "federation-issuer-down",
        "Microsoft can't reach the token's issuer",
        "Microsoft can't reach {issuer} to check the federated token. Run again later; nothing is lost.",
        means="To check the token, Microsoft reads the keys of its issuer over the internet, and got no answer.",
        fix="Where this stays so, open the issuer's address, with /.well-known/openid-configuration behind it, from outside "
        "your network: it must answer there.",
    ),
    _error(
        "federated-token-expired",
        "The federated token is not valid now",
        "The federated token of {subject} has expired or is not valid yet. Have a new one made, and run again.",
        means="These tokens live for minutes. Whatever replaces the file has stopped, or made it too long before the run.",
        fix="Make the token in the step just before the run, or see why the cluster no longer replaces it. If it is new, "
        "check the clock of the computer that made it.",
    ),
    _error(
        "federated-token-refused",
        "The federated token's signature does not fit",
        "The signature of the federated token does not fit the keys of {issuer}. Have a new one made, and run again.",
        means="The token was changed or cut off, or signed with a key that its issuer does not publish (any more).",
        fix="See that the file holds the whole token and nothing else. After the keys of a cluster have been replaced, its "
        "published keys must be replaced too.",
    ),
    _error(
        "federated-token-of-entra",
        "A token of Entra ID can't vouch for an app",
        "The federated token was issued by Entra ID itself ({issuer}), which is not accepted. Use another issuer's, or "
        "--managed-identity.",
        means="Federation is for tokens of others, such as Kubernetes or GitHub; of Entra ID's own only those of a managed "
        "identity are accepted.",
        fix="Have the token made by the cluster or the runner, or run on an Azure machine with --managed-identity.",
    ),
    _error(
        "github-identity-refused",
        "GitHub gave no token",
        "GitHub ({value}) gave this workflow no token. Run the workflow again, and check its 'permissions: id-token: write'.",
        means="The permission to ask for a token ended with the job, or somebody else answered instead of GitHub.",
        fix="Run inside the job that has the permission, not later. A proxy must let the runner reach the address.",
    ),
    _error(
        "sign-in-code-blocked",
        "Signing in with a code is blocked",
        "Your organization does not allow signing in with a code. Run with --sign-in browser where there is one, or use an "
        "app with a secret or certificate.",
        means="A policy, which Microsoft switches on in many organizations, blocks the device code flow.",
        fix="Microsoft Entra admin center > Conditional Access: the policy that blocks the device code flow can exempt an account. For nightly runs, use an app with a secret or certificate instead of --delegated.",
    ),
    _error(
        "sign-in-risky",
        "The account is considered at risk",
        "Microsoft considers this account at risk and does not let it in. Ask an administrator to look at it.",
        means="Signs of an attack on the account were seen, by its own organization or by the one asked.",
        fix="Microsoft Entra admin center > Protection > Risky users shows why. Once that is settled there, sign in again.",
    ),
    _error(
        "sign-in-tenant-restricted",
        "Your network does not let you into this organization",
        "A rule of your network (tenant restrictions) does not allow this organization. Ask whoever runs the network to "
        "allow it, or check AZURE_TENANT_ID.",
        means="The proxy or this computer names the organizations that may be signed in to, and this one is not among them.",
        fix="Have the organization added to the tenant restrictions policy. A wrong AZURE_TENANT_ID looks the same.",
    ),
    _error(
        "sign-in-tenant-unavailable",
        "The organization is not available",
        "The organization in AZURE_TENANT_ID, or the one the app belongs to, is not available any more. Ask an administrator.",
        means="Microsoft says this of an organization that was deleted, blocked or shut down, often because it was not used.",
        fix="An administrator sees the state in the Microsoft Entra admin center, and Microsoft's support can lift a block.",
    ),
    _error(
        "sign-in-request-damaged",
        "The sign-in arrived incomplete",
        "A part of the sign-in did not arrive at Microsoft. Check the proxy, and that no AZURE_ setting is blank.",
        means="A machine on the way, most often a proxy that inspects traffic, took away or changed a part of the request.",
        fix="Have login.microsoftonline.com exempted from inspection, and run again.",
    ),
    _error(
        "sign-in-app-for-personal",
        "The app is for personal accounts only",
        "The app is registered for personal Microsoft accounts only. Change its supported account types, or use another app.",
        means="Meetings of an organization can't be made through an app that only personal accounts may use.",
        fix=f"{_REGISTRATION} > Authentication > Supported account types: accounts in this organization.",
    ),
    _error(
        "sign-in-clock-wrong",
        "This computer's clock is wrong",
        "Sign-in was refused because this computer's clock is wrong. Set the clock and run again.",
        means="Signing in with a certificate states the time, and it was too far from the right one.",
        fix="Turn on automatic time on this computer.",
    ),
    _error(
        "sign-in-app-unknown",
        "The app is not known in this organization",
        "The app is not known in this organization. Check AZURE_CLIENT_ID and AZURE_TENANT_ID against the app registration.",
        means="The client ID is wrong, the organization is another one, or the app was never approved there.",
        fix=f"Copy both IDs from {_REGISTRATION} > Overview: Application (client) ID and Directory (tenant) ID.",
    ),
    _error(
        "sign-in-app-disabled",
        "The app is switched off",
        "The app is switched off in this organization. Ask an administrator to switch it on.",
        means="An administrator, or Microsoft, has disabled the app.",
        fix="Microsoft Entra admin center > Enterprise applications > the app > Properties: Enabled for users to sign in.",
    ),
    _error(
        "sign-in-tenant-unknown",
        "No such organization",
        "There is no organization with the ID in AZURE_TENANT_ID. Correct it; "
        "for a government or China cloud, give --cloud too.",
        means="The tenant ID is misspelt, or the organization belongs to another cloud than the one asked.",
        fix=f"Copy the Directory (tenant) ID from {_REGISTRATION} > Overview.",
    ),
    _error(
        "sign-in-tenant-needed",
        "The organization must be named",
        "AZURE_TENANT_ID must name one organization, not all of them. Put the Directory (tenant) ID into it.",
        means="An app signs in to one organization; words like 'common' stand for any.",
        fix=f"Copy the Directory (tenant) ID from {_REGISTRATION} > Overview.",
    ),
    _error(
        "sign-in-wrong-cloud",
        "Another cloud",
        "The organization belongs to another Microsoft cloud. Run with the right --cloud, e.g. usgov-l4 or global.",
        means="Microsoft runs separate clouds for the world, the US government and China; each signs in by itself.",
        fix="Ask the administrator which cloud it is. Remove AZURE_AUTHORITY_HOST unless it is needed.",
    ),
    _error(
        "sign-in-consent-missing",
        "The app lacks consent",
        "Nobody has agreed to what the app may do. Ask an administrator to grant admin consent.",
        means="The permissions of the app have to be approved once for the organization.",
        fix=f"{_REGISTRATION} > API permissions > Grant admin consent.",
    ),
    _error(
        "sign-in-public-client-off",
        "The app does not let people sign in from here",
        "The app does not let people sign in from a program on their computer. "
        "Switch on 'Allow public client flows' in the app registration, or run without --delegated.",
        means="Signing in as a person, in a browser or with a code, has to be switched on for the app.",
        fix=f"{_REGISTRATION} > Authentication > Settings: Allow public client flows: Yes.",
    ),
    _error(
        "sign-in-public-client",
        "The app may not have a secret",
        "The app is registered as one without a secret. Use an app of the kind 'Web', or run with --delegated.",
        means="A secret or certificate was sent for an app that is registered for phones or desktops only.",
        fix="Make an app registration with a secret or certificate of its own.",
    ),
    _error(
        "sign-in-blocked-by-policy",
        "A sign-in rule of your organization says no",
        "A sign-in rule of your organization (Conditional Access) does not allow this. "
        "Ask an administrator to look at the sign-in log.",
        means="Rules can demand a second factor, a known place or a managed device, and this sign-in does not have it.",
        fix="Microsoft Entra admin center > Sign-in logs shows the rule. The detail holds the numbers to search for.",
    ),
    _error(
        "sign-in-account-refused",
        "This account can't be used",
        "This account can't be used with the app. Sign in with an account of the organization, or ask the administrator.",
        means="The account belongs to another organization, is disabled, or was not given access to the app.",
        fix="Use another account, or have it assigned under Enterprise applications > the app > Users and groups.",
    ),
    _error(
        "sign-in-scope-refused",
        "The permission asked for is not known",
        "The organization's sign-in does not know Microsoft Graph under {graph}. Check --cloud and --graph-url.",
        means="The address of Graph and the sign-in service belong to different clouds.",
        fix="Run with the --cloud that your organization belongs to, and without --graph-url.",
    ),
    _error(
        "sign-in-refused",
        "Sign-in was refused",
        "Sign-in was refused for a reason that is not known here. Show the detail to your administrator.",
        means="Microsoft gave an answer that this program has no advice for.",
        fix="Search for the AADSTS number in the detail at https://login.microsoftonline.com/error",
    ),
)

_SERVICE: tuple[Entry, ...] = (
    _error(
        "sign-in-unreachable",
        "The sign-in service can't be reached",
        "The sign-in service {value} can't be reached. Check the network and the proxy, and run again.",
        means="No answer came from the sign-in service: no network, a firewall, or a proxy that is not set.",
        fix="Set HTTPS_PROXY if there is a proxy. A firewall must let this computer reach the sign-in service.",
    ),
    _error(
        "sign-in-proxy-refused",
        "The proxy refuses the connection",
        "The proxy does not let this program reach {value}. Check HTTPS_PROXY, its user name and its password.",
        means="A proxy stands between this computer and Microsoft, and it answered instead of passing on.",
        fix="Ask who runs the proxy. A user name and a password can be put into HTTPS_PROXY.",
    ),
    _error(
        "sign-in-not-trusted",
        "The sign-in service's certificate is not trusted",
        "The certificate of {value} is not trusted here. "
        "If your organization inspects traffic, name its certificate file in SSL_CERT_FILE.",
        means="The connection is not private, or your organization opens it with a certificate of its own.",
        fix="Ask for your organization's root certificate as a PEM file, and name it in SSL_CERT_FILE.",
    ),
    _error(
        "sign-in-answer-strange",
        "Somebody else answered",
        "{value} did not answer like a sign-in service. Check AZURE_AUTHORITY_HOST and the proxy.",
        means="Perhaps a proxy's or a guest network's own page came instead of the answer.",
        fix="Open the address in a browser on this computer and see who answers.",
    ),
    _error(
        "sign-in-busy",
        "The sign-in service is busy",
        "The sign-in service is busy or out of order. Run again later; nothing is lost.",
        means="Microsoft's sign-in asked to be left alone for a while, or had a fault of its own.",
        fix="Run again in some minutes. The state of the service is shown at https://status.cloud.microsoft",
    ),
    _error(
        "managed-identity-missing",
        "No managed identity here",
        "This computer has no managed identity that answers. Run on an Azure machine that has one, "
        "or use a secret or certificate.",
        means="Managed identities exist on Azure machines and services, and on servers connected by Azure Arc.",
        fix="Switch the identity on under Identity in the Azure portal, or run without --managed-identity.",
    ),
    _error(
        "managed-identity-refused",
        "The managed identity was refused",
        "The managed identity was refused. Check that it is assigned to this machine, and AZURE_CLIENT_ID if it is set.",
        means="The machine answers, but has no such identity, or may not use it for Microsoft Graph.",
        fix="For the machine's own identity remove AZURE_CLIENT_ID. For another, set it to that identity's client ID.",
    ),
)

_PERSON: tuple[Entry, ...] = (
    _warning(
        "sign-in-browser",
        "Sign in in the browser",
        "Sign in in the browser window that has opened, within {minutes} minutes; the run then goes on by itself. "
        "If none has opened, run again with --sign-in device-code.",
        means="You sign in as yourself in a browser; the program waits until you have.",
        fix="Sign in. With --sign-in device-code you can do so on another device.",
    ),
    _error(
        "sign-in-browser-missing",
        "No browser could be opened",
        "No browser could be opened here. Run with --sign-in device-code, and sign in on any device.",
        means="--sign-in browser asks for a browser on this computer, and there is none, or none that opens.",
        fix="Leave --sign-in out: a browser is used where there is one, else a code is shown.",
    ),
    _error(
        "sign-in-browser-unused",
        "Nobody signed in in the browser",
        "Nobody signed in in the browser within {minutes} minutes. Run again, or add --sign-in device-code.",
        means="The browser did not come back: the window was closed, or it shows an error of Microsoft's.",
        fix="If it shows AADSTS50011, the app lacks a redirect address: "
        f"{_REGISTRATION} > Authentication > Mobile and desktop applications: http://localhost.",
    ),
    _error(
        "sign-in-browser-stale",
        "The sign-in came too late",
        "The sign-in in the browser came too late or was used before. Run again and sign in anew.",
        means="What the browser brings back is good once, and for some minutes.",
        fix="Run again.",
    ),
    _error(
        "sign-in-redirect-missing",
        "The app can't be signed in to from a browser here",
        "The app does not know the address http://localhost. Add it as a redirect URI of the kind 'Mobile and desktop "
        "applications', or run with --sign-in device-code.",
        means="After the sign-in Microsoft sends the browser back to this computer, which the app must allow.",
        fix=f"{_REGISTRATION} > Authentication > Add a platform > Mobile and desktop applications: http://localhost.",
    ),
    _warning(
        "sign-in-code",
        "Sign in with a code",
        "To sign in, open {url} in a browser and enter the code {user_code} within {minutes} minutes.",
        means="You sign in as yourself in a browser; the program waits until you have.",
        fix="Open the address on any device and enter the code.",
    ),
    _error(
        "sign-in-needs-person",
        "Somebody has to sign in",
        "Somebody has to sign in, and this is not a terminal. Run it once in a terminal with --delegated, "
        "or use a secret or certificate.",
        means="Somebody has to be there to sign in as a person; an unattended run can only use a sign-in that is still valid.",
        fix="Run it in a terminal once and sign in. For nightly runs, use an app with a secret or certificate.",
    ),
    _error(
        "sign-in-code-expired",
        "The code was not used in time",
        "The code was not used in time. Run again and enter the new code.",
        means="A sign-in code is valid for a few minutes only.",
        fix="Run again.",
    ),
    _error(
        "sign-in-declined",
        "The sign-in was declined",
        "The sign-in was declined in the browser. Run again and accept, or ask your administrator.",
        means="Somebody pressed Cancel, or did not agree to what the app may do.",
        fix="Run again and accept what the app may do.",
    ),
    _warning(
        "sign-in-kept-plain",
        "The sign-in is kept without encryption",
        "The sign-in is kept in {value}, which only your account can read, but it is not encrypted. "
        "Delete the file on a shared computer.",
        means="This computer offers no encrypted place for it (on Linux that takes a keyring and PyGObject).",
        fix="Install the keyring, or delete the file after use.",
    ),
    _warning(
        "sign-in-not-kept",
        "The sign-in can't be kept",
        "The sign-in can't be kept in {value}, so you will be asked again next time. Check that you may write there.",
        means="Writing the file with the sign-in failed.",
        fix="Check the folder and the free space.",
    ),
    _warning(
        "sign-in-kept-unreadable",
        "The kept sign-in can't be read",
        "The sign-in kept in {value} can't be read, so it is not used. Sign in again.",
        means="The file is damaged, or was written by another account or on another computer.",
        fix="Sign in again; the file is then written anew.",
    ),
)

SIGN_IN: tuple[Entry, ...] = (*_SETTINGS, *_CREDENTIALS, *_SERVICE, *_PERSON)

WAYS_TO_SIGN_IN: dict[str, str] = {
    "token": "the ready access token in {name}",
    "secret": "the client secret in {name}",
    "secret-file": "the client secret in the file that {name} names",
    "certificate": "the certificate in the file that {name} names",
    "federated-file": "the federated token in the file that {name} names",
    "workflow": "the identity of this GitHub workflow",
    "machine": "this machine's own managed identity",
    "identity": "the managed identity that {name} names",
    "person": "a person's own account",
    "with": "Signing in with {way}.",
    "unused": "Signing in with {way}; also set and not used: {names}.",
}
"""How the program says which of the settings it signs in with. Names of settings only, never their values."""

FILE_REASONS: dict[str, str] = {
    "missing": "there is no such file",
    "forbidden": "this account may not read it",
    "failed": "reading it failed",
    "empty": "it is empty",
    "not-a-file": "it is not a file",
    "not-text": "it is not plain text",
    "too-large": "it is too large to be one",
    "no-token": "there is no token in it",
    "no-key": "there is no private key in it",
    "no-certificate": "there is no certificate in it",
    "no-match": "none of its certificates belongs to its private key",
    "not-rsa": "its private key is not an RSA key",
    "damaged": "it is neither PEM nor PFX, or it is damaged",
}
"""What can be wrong with a file of credentials."""

EXPECTED: dict[str, str] = {
    "tenant": "a tenant ID, or a domain such as contoso.onmicrosoft.com",
    "client": "the Application (client) ID of the app: 32 digits and letters a to f, with four hyphens",
    "host": "a host such as login.microsoftonline.us, or its address beginning with https://",
    "token": "an access token, which is one long word",
    "github": "an address beginning with https://, as GitHub sets it",
    "proxy": "the address of a proxy, such as http://proxy.contoso.com:8080",
    "switch": "true or false",
}
"""What a setting should look like."""

SECRET_HINTS: dict[str, str] = {
    "id": "What was given looks like a Secret ID. ",
    "edges": "What was given begins or ends with a space or a quotation mark. ",
    "": "",
}
"""What a wrong secret gives away about itself, without showing it."""
