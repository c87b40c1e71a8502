"""Signing in as a person: from what was kept, else with a code in a browser (RFC 8628)."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from importer.core.catalogue import problem
from importer.core.model import ExitCode, Stop
from importer.graph.auth import microsoft
from importer.graph.auth.app import grant_from, host_of
from importer.graph.auth.faults import Asked, Busy, WireFault, from_answer, from_wire
from importer.graph.auth.kept import Kept
from importer.graph.auth.transport import HttpForEntra, to_entra

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.graph.auth.credentials import Person
    from importer.graph.auth.place import Place
    from importer.graph.auth.source import Grant, Wanted

PERMISSIONS = ("OnlineMeetings.ReadWrite", "User.Read", "User.ReadBasic.All")
"""What is asked for in a person's name: meetings, who that is, who others are. None needs an administrator.

Source: https://learn.microsoft.com/graph/permissions-reference
"""

_SLOWER = 5
"""Seconds more between questions when the service says `slow_down` (RFC 8628 section 3.5)."""


class PersonSignIn:
    """Signs in as a person; asks for a code only where there is a person at a terminal."""

    def __init__(self, credentials: Person, place: Place) -> None:
        self._credentials = credentials
        self._place = place
        self._asked = Asked(host=host_of(place.authority), graph=place.graph)
        self._scopes = [f"{place.graph}/{permission}" for permission in PERMISSIONS]

    def __call__(self, wanted: Wanted) -> Grant:
        """Gives a token, without anybody's doing where a kept sign-in is still good. Raises Busy or Stop."""
        try:
            with to_entra(self._place) as http:
                return self._granted(http, wanted)
        except WireFault as fault:
            raise from_wire(fault, self._asked) from None

    def _granted(self, http: HttpForEntra, wanted: Wanted) -> Grant:
        kept = Kept(self._place.kept, self._place.show, vault=self._place.vault or microsoft.encrypted_vault)
        client = microsoft.public_client(
            self._credentials.client_id,
            authority=f"{self._place.authority}/{self._credentials.tenant}",
            http=http,
            cache=kept.cache,
        )
        answer = self._from_kept(client, wanted)
        if "access_token" not in answer:
            answer = self._by_code(client, wanted, answer)
            kept.announce()
        kept.save()
        return grant_from(answer, self._asked)

    def _from_kept(self, client: microsoft.PersonClient, wanted: Wanted) -> microsoft.Answer:
        """Gives the answer for the account that signed in last, or nothing when there is none."""
        for account in client.get_accounts():
            answer = client.acquire_token_silent_with_error(
                self._scopes,
                account,
                force_refresh=wanted.rejected is not None,
                claims_challenge=wanted.claims or None,
            )
            if answer:
                return answer
        return {}

    def _by_code(self, client: microsoft.PersonClient, wanted: Wanted, refused: microsoft.Answer) -> microsoft.Answer:
        """Gives the answer after somebody has entered the code; `refused` is why what was kept did not do."""
        if isinstance(why := from_answer(refused, self._asked), Busy):
            raise why
        if not self._place.person:
            detail = why.problem.detail if refused else "nothing was kept"
            raise Stop(problem("sign-in-needs-person", detail=detail), ExitCode.REFUSED)
        flow = client.initiate_device_flow(self._scopes, claims_challenge=wanted.claims or None)
        if "user_code" not in flow:
            raise from_answer(flow, self._asked)
        (self._place.ask or self._place.show)(_request(flow))
        answer = self._poll(client, flow, wanted)
        if "access_token" in answer:
            _forget_others(client, answer)
        return answer

    def _poll(self, client: microsoft.PersonClient, flow: dict[str, Any], wanted: Wanted) -> microsoft.Answer:
        """Asks at the pace that the service sets until there is a decision; a gap in the network is no decision."""
        clock, pace = self._place.clock, max(1, flow["interval"])
        until = clock.monotonic() + flow["expires_in"]
        while clock.monotonic() < until:
            clock.sleep(pace)
            answer = self._once(client, flow, wanted)
            match answer.get("error"):
                case "authorization_pending":
                    continue
                case "slow_down":
                    pace += _SLOWER
                case _:
                    return answer
        return {"error": "expired_token", "error_description": "nobody entered the code"}

    def _once(self, client: microsoft.PersonClient, flow: dict[str, Any], wanted: Wanted) -> microsoft.Answer:
        flow["interval"] = 1  # the pace is kept here: MSAL neither waits nor warns
        try:
            return client.acquire_token_by_device_flow(
                flow, claims_challenge=wanted.claims or None, exit_condition=lambda _: True
            )
        except WireFault as fault:
            if isinstance(from_wire(fault, self._asked), Busy):
                return {"error": "authorization_pending"}
            raise


def _request(flow: Mapping[str, Any]) -> str:
    return problem(
        "sign-in-code",
        url=_printable(flow.get("verification_uri")),
        user_code=_printable(flow["user_code"]),
        minutes=flow["expires_in"] // 60,
    ).message


def _printable(text: object) -> str:
    """Gives text that does nothing to a terminal but be read."""
    return "".join(char for char in str(text) if unicodedata.category(char)[0] not in "CZ")


def _forget_others(client: microsoft.PersonClient, answer: microsoft.Answer) -> None:
    """Leaves one account in what is kept, so that next time there is no doubt who signs in."""
    name = str(answer.get("id_token_claims", {}).get("oid", ""))
    for account in client.get_accounts():
        if name and account.get("local_account_id") != name:
            client.remove_account(account)
