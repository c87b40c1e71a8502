"""Signing in as a person: the code, who may be asked for it, and what is kept for the next run."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from importer.core.model import ExitCode, Stop
from importer.graph.auth import Place, SignInByPerson, claims_of, token_source
from importer.graph.auth.microsoft import encrypted_vault
from tests.graph.auth.authority import CLIENT, GRAPH, REFRESH, TENANT, Authority, Time, aadsts
from tests.graph.auth.spills import spilled

if TYPE_CHECKING:
    from pathlib import Path

ANA = SignInByPerson(tenant=TENANT, client_id=CLIENT)


def refusal(place: Place) -> Stop:
    with pytest.raises(Stop) as caught:
        token_source(ANA, place).token()
    assert spilled(caught.value) == []
    return caught.value


def outcome(stop: Stop) -> tuple[str, ExitCode]:
    return stop.problem.code, stop.exit_code


def kept(place: Place) -> Path:
    assert place.kept is not None
    return place.kept


def expire_kept(place: Place) -> None:
    """Let the kept access token be over, as after a night; the refresh token is what is left."""
    state = json.loads(kept(place).read_text())
    for entry in state["AccessToken"].values():
        entry["expires_on"] = "1"
    kept(place).write_text(json.dumps(state))


def test_a_code_is_shown_and_the_token_is_the_persons(authority: Authority, place: Place, shown: list[str]) -> None:
    token = token_source(ANA, place).token()

    assert claims_of(token)["upn"] == "ana@contoso.com"
    assert shown[0] == (
        "To sign in, open https://microsoft.com/devicelogin in a browser and enter the code ABCD[31m1234 "
        "within 15 minutes."
    )
    assert f"{GRAPH}/OnlineMeetings.ReadWrite" in authority.asked("/devicecode")[0].form["scope"]


def test_the_service_is_asked_at_its_own_pace(authority: Authority, place: Place, time: Time) -> None:
    authority.decisions.extend(["authorization_pending", "slow_down", "authorization_pending", "yes"])

    assert token_source(ANA, place).token()
    assert time.slept == [5, 5, 10, 10]


def test_a_gap_in_the_network_does_not_end_the_waiting(authority: Authority, place: Place) -> None:
    authority.script.extend([authority.configuration(), authority.code(), (503, {}, "down")])

    assert token_source(ANA, place).token()
    assert len(authority.asked("/devicecode")) == 1


def test_a_strange_answer_while_waiting_ends_it(authority: Authority, place: Place) -> None:
    authority.script.extend([authority.configuration(), authority.code(), (200, {}, "<html>")])

    assert refusal(place).problem.code == "sign-in-answer-strange"


@pytest.mark.parametrize(
    ("decision", "code"),
    [
        ("authorization_declined", "sign-in-declined"),
        ("expired_token", "sign-in-code-expired"),
        ("consent_required", "sign-in-consent-missing"),
    ],
)
def test_a_decision_against_it_is_told(decision: str, code: str, authority: Authority, place: Place) -> None:
    authority.decisions.append(decision)

    assert outcome(refusal(place)) == (code, ExitCode.REFUSED)


def test_a_code_that_nobody_enters_runs_out(authority: Authority, place: Place, time: Time) -> None:
    authority.decisions.extend(["authorization_pending"] * 500)

    assert outcome(refusal(place)) == ("sign-in-code-expired", ExitCode.REFUSED)
    assert sum(time.slept) == 900


def test_an_app_that_allows_no_codes_is_told_how_to(authority: Authority, place: Place) -> None:
    authority.apps[CLIENT].public = False

    assert outcome(refusal(place)) == ("sign-in-public-client-off", ExitCode.REFUSED)


def test_a_code_that_is_not_given_has_its_advice(authority: Authority, place: Place) -> None:
    authority.script.extend([authority.configuration(), aadsts(700016, "unauthorized_client")])

    assert outcome(refusal(place)) == ("sign-in-app-unknown", ExitCode.REFUSED)


def test_without_a_terminal_nobody_is_asked(authority: Authority, place: Place, shown: list[str]) -> None:
    stop = refusal(replace(place, person=False))

    assert outcome(stop) == ("sign-in-needs-person", ExitCode.REFUSED)
    assert authority.asked("/devicecode") == []
    assert shown == []


def test_the_next_run_asks_nobody(authority: Authority, place: Place) -> None:
    first = token_source(ANA, place).token()

    assert token_source(ANA, replace(place, person=False)).token() == first
    assert len(authority.asked("/devicecode")) == 1


def test_an_expired_token_is_renewed_without_a_person(authority: Authority, place: Place) -> None:
    first = token_source(ANA, place).token()
    expire_kept(place)

    second = token_source(ANA, replace(place, person=False)).token()

    assert second != first
    assert len(authority.asked("/devicecode")) == 1


def test_a_token_that_graph_refuses_is_renewed_without_a_person(authority: Authority, place: Place) -> None:
    source = token_source(ANA, place)
    first = source.token()

    assert source.refresh(first) != first
    assert len(authority.asked("/devicecode")) == 1


def test_a_kept_sign_in_that_is_over_needs_a_person_again(authority: Authority, place: Place) -> None:
    token_source(ANA, place).token()
    expire_kept(place)
    authority.oid = "person-2"

    stop = refusal(replace(place, person=False))

    assert outcome(stop) == ("sign-in-needs-person", ExitCode.REFUSED)
    assert "AADSTS700082" in stop.problem.detail


def test_a_kept_sign_in_that_is_over_and_a_person_leave_one_account(authority: Authority, place: Place) -> None:
    token_source(ANA, place).token()
    expire_kept(place)
    authority.oid = "person-2"

    token_source(ANA, place).token()

    accounts = json.loads(kept(place).read_text())["Account"].values()
    assert [account["local_account_id"] for account in accounts] == ["person-2"]


def test_a_busy_service_is_no_reason_to_ask_a_person(authority: Authority, place: Place, time: Time) -> None:
    token_source(ANA, place).token()
    expire_kept(place)
    authority.script.extend([authority.configuration(), aadsts(90033, "temporarily_unavailable")])
    time.slept.clear()

    assert token_source(ANA, replace(place, person=False)).token()
    assert time.slept == [1.0]


@pytest.mark.skipif(os.name != "posix", reason="other platforms keep it encrypted, and know no such modes")
def test_what_is_kept_in_the_open_is_the_owners_alone_and_said_so(place: Place, shown: list[str]) -> None:
    token_source(ANA, place).token()

    assert stat.S_IMODE(kept(place).stat().st_mode) == 0o600
    assert stat.S_IMODE(kept(place).parent.stat().st_mode) == 0o700
    assert [path.name for path in kept(place).parent.iterdir()] == ["sign-in.cache"]
    assert "not encrypted" in shown[1]


@pytest.mark.skipif(os.name != "posix", reason="other platforms know no such modes")
def test_a_file_that_others_could_read_is_closed_to_them(place: Place) -> None:
    token_source(ANA, place).token()
    kept(place).chmod(0o644)

    token_source(ANA, place).token()

    assert stat.S_IMODE(kept(place).stat().st_mode) == 0o600


def test_the_platforms_own_place_is_encrypted_or_not_there(tmp_path: Path) -> None:
    try:
        vault = encrypted_vault(str(tmp_path / "sign-in.cache"))
    except (ImportError, OSError, ValueError, RuntimeError):
        return

    assert vault.is_encrypted


@pytest.mark.parametrize("content", ["", "{", "[]", "\udcff"])
def test_a_damaged_file_is_left_aside_and_written_anew(content: str, place: Place, shown: list[str]) -> None:
    kept(place).parent.mkdir()
    kept(place).write_bytes(content.encode("utf-8", "surrogateescape"))

    assert token_source(ANA, place).token()
    assert "can't be read" in shown[0]
    assert token_source(ANA, replace(place, person=False)).token()


def test_nothing_is_kept_where_nothing_is_wanted(place: Place, shown: list[str]) -> None:
    assert token_source(ANA, replace(place, kept=None)).token()
    assert len(shown) == 1


def test_a_folder_that_can_not_be_made_costs_only_the_keeping(place: Place, shown: list[str], tmp_path: Path) -> None:
    (tmp_path / "in-the-way").write_text("a file, not a folder")

    assert token_source(ANA, replace(place, kept=tmp_path / "in-the-way" / "sign-in.cache")).token()
    assert "can't be kept" in shown[0]


def test_a_file_that_can_not_be_written_costs_only_the_keeping(place: Place, shown: list[str]) -> None:
    kept(place).mkdir(parents=True)

    assert token_source(ANA, place).token()
    assert "can't be kept" in shown[-1]
    assert [path.name for path in kept(place).parent.iterdir()] == ["sign-in.cache"]


class Safe:
    """A platform's encrypted place, in memory."""

    is_encrypted = True
    content: str | None = None

    def load(self) -> str:
        if self.content is None:
            raise FileNotFoundError
        return self.content

    def save(self, content: str) -> None:
        self.content = content


def test_an_encrypted_place_is_used_where_there_is_one(place: Place, shown: list[str]) -> None:
    safe = Safe()
    sheltered = replace(place, vault=lambda _: safe)

    first = token_source(ANA, sheltered).token()

    assert token_source(ANA, replace(sheltered, person=False)).token() == first
    assert REFRESH in (safe.content or "")
    assert list(kept(place).parent.iterdir()) == []
    assert len(shown) == 1


def test_the_code_goes_to_who_must_see_it_and_not_to_who_may_be_silent(
    authority: Authority, place: Place, shown: list[str]
) -> None:
    must_be_seen: list[str] = []

    assert token_source(ANA, replace(place, prompt=must_be_seen.append)).token()
    assert ["enter the code" in text for text in must_be_seen] == [True]
    assert [text for text in shown if "enter the code" in text] == []
