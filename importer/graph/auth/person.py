"""Signing in as a person: from what was kept, else in a browser (RFC 8252), else with a code elsewhere (RFC 8628).

What is kept of a sign-in is encrypted where the platform can (DPAPI, Keychain, libsecret), else readable by that
account alone.
"""

from __future__ import annotations

import json
import os
import tempfile
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer.core.catalogue import problem
from importer.core.model import ExitCode, Stop
from importer.graph.auth import microsoft
from importer.graph.auth.app import grant_from, host_of
from importer.graph.auth.browser import Redirect
from importer.graph.auth.faults import Asked, Busy, WireFault, WireFaultKind, from_answer, from_wire
from importer.graph.auth.microsoft import HttpForEntra, to_entra
from importer.graph.auth.source import PAUSES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from importer.graph.auth.credentials import SignInByPerson
    from importer.graph.auth.source import Place, Token, TokenRequest, Vault


OWNER_ONLY = 0o600
OWNER_ONLY_FOLDER = 0o700

_VAULT_FAULTS = (OSError, ValueError, RuntimeError)
"""What the platforms' vaults raise: DPAPI and Keychain an OSError, libsecret a RuntimeError."""


class KeptSignIn:
    """What MSAL keeps in memory, and the file or vault that it comes from and goes to.

    Trouble with the file never stops a sign-in: it is told through `show`, and the person signs in again.
    """

    def __init__(
        self,
        path: Path | None,
        show: Callable[[str], None],
        *,
        vault: Callable[[str], Vault],
    ) -> None:
        self.cache = microsoft.token_cache()
        self._path = path
        self._show = show
        self._vault = None if path is None else self._open(path, vault)
        if self._vault:
            self._load(self._vault)

    def announce(self) -> None:
        """Say where a new sign-in is kept, if that is in the open."""
        if self._vault and not self._vault.is_encrypted:
            self._tell("sign-in-kept-plain")

    def save(self) -> None:
        """Write down what has changed."""
        if self._vault is None or not self.cache.has_state_changed:
            return
        try:
            self._vault.save(self.cache.serialize())
        except _VAULT_FAULTS as fault:
            self._tell("sign-in-not-kept", fault)

    def _open(self, path: Path, vault: Callable[[str], Vault]) -> Vault | None:
        try:
            path.parent.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
        except OSError as fault:
            self._tell("sign-in-not-kept", fault)
            return None
        try:
            return vault(str(path))
        except (ImportError, *_VAULT_FAULTS):
            return self._in_the_open(path)

    def _in_the_open(self, path: Path) -> Vault | None:
        try:
            if os.name == "posix" and path.exists():
                path.chmod(OWNER_ONLY)
        except OSError as fault:  # somebody else's file: neither trusted nor written
            self._tell("sign-in-not-kept", fault)
            return None
        return _Plain(path)

    def _load(self, vault: Vault) -> None:
        try:
            text = vault.load()
            known = json.loads(text)
        except (FileNotFoundError, microsoft.PersistenceNotFound):
            return
        except _VAULT_FAULTS as fault:
            self._tell("sign-in-kept-unreadable", fault)
            return
        if isinstance(known, dict):
            self.cache.deserialize(text)
        else:
            self._tell("sign-in-kept-unreadable")

    def _tell(self, code: str, fault: Exception | None = None) -> None:
        detail = type(fault).__name__ if fault else ""
        self._show(problem(code, value=str(self._path), detail=detail).message)


class _Plain:
    """A file that only its owner may read. Always whole: another run may read it while this one writes."""

    is_encrypted = False

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> str:
        return self._path.read_text("utf-8")

    def save(self, content: str) -> None:
        handle, name = tempfile.mkstemp(dir=self._path.parent)  # made so that nobody else may read it
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(content)
            Path(name).replace(self._path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


PERMISSIONS = ("OnlineMeetings.ReadWrite", "User.Read", "User.ReadBasic.All")
"""What is asked for in a person's name: meetings, who that is, who others are. None needs an administrator.

Source: https://learn.microsoft.com/graph/permissions-reference
"""

BROWSER_SECONDS = 300.0
"""How long a sign-in in the browser is waited for: long enough for a second factor, too short to be forgotten."""

_SLOWER = 5
"""Seconds more between questions when the service says `slow_down` (RFC 8628 section 3.5)."""


class PersonSignIn:
    """Signs in as a person; asks only where there is one at a terminal."""

    def __init__(self, credentials: SignInByPerson, place: Place) -> None:
        self._credentials = credentials
        self._place = place
        self._asked = Asked(host=host_of(place.authority), graph=place.graph)
        self._scopes = [f"{place.graph}/{permission}" for permission in (*PERMISSIONS, *place.also)]

    def __call__(self, wanted: TokenRequest) -> Token:
        """Return a token, without anybody's doing where a kept sign-in is still good. Raise Busy or Stop."""
        try:
            with to_entra(self._place) as http:
                return self._granted(http, wanted)
        except WireFault as fault:
            raise from_wire(fault, self._asked) from None

    def _granted(self, http: HttpForEntra, wanted: TokenRequest) -> Token:
        kept = KeptSignIn(self._place.kept, self._place.show, vault=self._place.vault or microsoft.encrypted_vault)
        client = microsoft.public_client(
            self._credentials.client_id,
            authority=f"{self._place.authority}/{self._credentials.tenant}",
            http=http,
            cache=kept.cache,
        )
        answer = self._from_kept(client, wanted)
        if "access_token" not in answer:
            self._need_person(answer)
            answer = self._in_browser(client, wanted) or self._by_code(client, wanted)
            if "access_token" in answer:
                _forget_others(client, answer)
            kept.announce()
        kept.save()
        return grant_from(answer, self._asked)

    def _from_kept(self, client: microsoft.PersonClient, wanted: TokenRequest) -> microsoft.MsalAnswer:
        """Return the answer for the account that signed in last, or nothing when there is none."""
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

    def _need_person(self, refused: microsoft.MsalAnswer) -> None:
        """Raise Busy or Stop where nobody is to be asked; `refused` is why what was kept did not do."""
        if isinstance(why := from_answer(refused, self._asked), Busy):
            raise why
        if not self._place.person:
            detail = why.problem.detail if refused else "nothing was kept"
            raise Stop(problem("sign-in-needs-person", detail=detail), ExitCode.REFUSED)

    def _in_browser(self, client: microsoft.PersonClient, wanted: TokenRequest) -> microsoft.MsalAnswer | None:
        """Return the answer after somebody has signed in in the browser, None where there is none. Raise Stop."""
        if self._place.browser is None:
            return None
        try:
            here = Redirect()
        except OSError:  # nothing may listen here, not even for this computer alone
            return None
        with here as redirect:
            flow = client.initiate_auth_code_flow(
                self._scopes,
                redirect_uri=redirect.address,
                prompt="select_account",
                response_mode="form_post",
                claims_challenge=wanted.claims or None,
            )
            redirect.expect(flow["state"])
            until = self._place.clock.monotonic() + BROWSER_SECONDS
            if not self._place.browser(flow["auth_uri"]):
                return None
            minutes = round(BROWSER_SECONDS / 60)
            (self._place.prompt or self._place.show)(problem("sign-in-browser", minutes=minutes).message)
            fields = redirect.wait(is_over=lambda: self._is_over(until))
        if fields is None:
            raise Stop(problem("sign-in-browser-unused", minutes=minutes), ExitCode.REFUSED)
        return self._redeemed(client, flow, fields)

    def _is_over(self, until: float) -> bool:
        if self._place.check is not None:
            self._place.check()
        return self._place.clock.monotonic() >= until

    def _redeemed(
        self, client: microsoft.PersonClient, flow: dict[str, Any], fields: Mapping[str, str]
    ) -> microsoft.MsalAnswer:
        """Return the token for the code. A gap in the network must not cost the person another sign-in."""
        for pause in (*PAUSES, None):
            try:
                return client.acquire_token_by_auth_code_flow({**flow}, fields)
            except WireFault as fault:
                if pause is None or not isinstance(from_wire(fault, self._asked), Busy):
                    raise
                self._place.clock.sleep(pause)
            except (ValueError, RuntimeError) as error:  # an ID token of another sign-in; the words may hold it
                raise WireFault(WireFaultKind.STRANGE, type(error).__name__) from None
        raise AssertionError  # the last pause is None

    def _by_code(self, client: microsoft.PersonClient, wanted: TokenRequest) -> microsoft.MsalAnswer:
        """Return the answer after somebody has entered the code."""
        flow = client.initiate_device_flow(self._scopes, claims_challenge=wanted.claims or None)
        if "user_code" not in flow:
            raise from_answer(flow, self._asked)
        (self._place.prompt or self._place.show)(_request(flow))
        return self._poll(client, flow, wanted)

    def _poll(self, client: microsoft.PersonClient, flow: dict[str, Any], wanted: TokenRequest) -> microsoft.MsalAnswer:
        """Ask at the pace that the service sets until there is a decision; a gap in the network is no decision."""
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

    def _once(self, client: microsoft.PersonClient, flow: dict[str, Any], wanted: TokenRequest) -> microsoft.MsalAnswer:
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
    """Return text that does nothing to a terminal but be read."""
    return "".join(char for char in str(text) if unicodedata.category(char)[0] not in "CZ")


def _forget_others(client: microsoft.PersonClient, answer: microsoft.MsalAnswer) -> None:
    """Leave one account in what is kept, so that next time there is no doubt who signs in."""
    name = str(answer.get("id_token_claims", {}).get("oid", ""))
    for account in client.get_accounts():
        if name and account.get("local_account_id") != name:
            client.remove_account(account)
