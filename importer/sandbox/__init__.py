"""An imitation of Microsoft Graph on loopback, for trials (`--sandbox`) and for tests: real HTTP, no tenant.

It answers the addresses that the importer uses the way Microsoft documents them, with links and numbers that are
visibly not real. It shares no code with the client it is there to try.

Everybody with a plausible UPN is in its directory, and has the same object ID each time. A person whose name
(the part before the @) begins with one of these words asks for a behaviour:

==============  ================================================================================
`unknown`       is not in the directory
`mailonly`      is nobody's UPN, and one user's mail address
`mailtwins`     is nobody's UPN, and the mail address of two users
`nopolicy`      no application access policy covers this organizer: every meeting is refused, 403
`nolicence`     is in the directory but has no Teams licence: every meeting is refused, 404
`nodialin`      has no Audio Conferencing: meetings come without numbers to dial
`nocalendar`    has a calendar that is closed to this app: every event is refused, 403
`fixedoptions`  a policy decides on the options of this organizer's meetings: they stay as they are
==============  ================================================================================

Everybody is there by a display name of two words too (`$search`): once, of `Twins …` two, of `Unknown …` nobody.

An object ID is ordinary unless its UPN was looked up before; one that begins with eight zeros is nobody's.
"""

from __future__ import annotations

from importer.sandbox.app import Request, Sandbox, StoreError
from importer.sandbox.model import (
    APP_TOKEN,
    DELEGATED_TOKEN,
    POWERLESS_TOKEN,
    TENANT_ID,
    Access,
    Behaviour,
    Participant,
    StoredMeeting,
    access_of,
    object_id_of,
)
from importer.sandbox.server import Hangup, serve

__all__ = [
    "APP_TOKEN",
    "DELEGATED_TOKEN",
    "POWERLESS_TOKEN",
    "TENANT_ID",
    "Access",
    "Behaviour",
    "Hangup",
    "Participant",
    "Request",
    "Sandbox",
    "StoreError",
    "StoredMeeting",
    "access_of",
    "object_id_of",
    "serve",
]
