"""The options of a meeting as the documents describe them: defaults, words behind the sentinel, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from importer.sandbox import Sandbox, object_id_of
from importer.sandbox.settings import ONLY_SOME_CLOUDS, SETTINGS
from tests.sandbox.conftest import NOW

if TYPE_CHECKING:
    from tests.sandbox.client import Client, Connect, Json

ALL = {"Prefer": "include-unknown-enum-members"}
PEOPLE = {"attendees": [{"upn": "ben@contoso.com", "role": "presenter"}]}


def made(client: Client, organizer: str = "ana@contoso.com") -> tuple[str, Json]:
    """Return the address and the answer of a new meeting; the directory has met its organizer."""
    client.get(f"/users/{organizer}")
    meetings = f"/users/{object_id_of(organizer)}/onlineMeetings"
    answer = client.post(f"{meetings}/createOrGet", {"externalId": "x"}).json
    return f"{meetings}/{quote(answer['id'], safe='')}", answer


def test_a_new_meeting_has_every_setting(client: Client) -> None:
    _, answer = made(client)

    assert {name: answer[name] for name in SETTINGS} == {name: each.default for name, each in SETTINGS.items()}
    assert answer["lobbyBypassSettings"] == {"scope": "organization", "isDialInBypassEnabled": False}


@pytest.mark.parametrize("word", ["invited", "organizationExcludingGuests"])
def test_newer_members_are_shown_to_those_who_ask_for_them(client: Client, word: str) -> None:
    path, _ = made(client)
    plain = client.ask("PATCH", path, {"lobbyBypassSettings": {"scope": word}}).json

    assert plain["lobbyBypassSettings"] == {"scope": "unknownFutureValue", "isDialInBypassEnabled": False}
    assert client.get(path, headers=ALL).json["lobbyBypassSettings"]["scope"] == word


def test_a_co_organizer_is_shown_to_those_who_ask_for_newer_members(client: Client) -> None:
    path, _ = made(client)
    people = {"attendees": [{"upn": "ben@contoso.com", "role": "coorganizer"}]}
    plain = client.ask("PATCH", path, {"participants": people}).json

    assert plain["participants"]["attendees"][0]["role"] == "unknownFutureValue"
    assert client.get(path, headers=ALL).json["participants"]["attendees"][0]["role"] == "coorganizer"


def test_of_a_complex_value_the_parts_that_are_not_sent_stay(client: Client) -> None:
    path, _ = made(client)
    client.ask("PATCH", path, {"lobbyBypassSettings": {"scope": "everyone"}})
    now = client.ask("PATCH", path, {"lobbyBypassSettings": {"isDialInBypassEnabled": True}}).json

    assert now["lobbyBypassSettings"] == {"scope": "everyone", "isDialInBypassEnabled": True}


def test_who_presents_is_left_to_roles_together_with_the_roles(client: Client) -> None:
    path, _ = made(client)
    alone = client.ask("PATCH", path, {"allowedPresenters": "roleIsPresenter"})
    both = client.ask("PATCH", path, {"allowedPresenters": "roleIsPresenter", "participants": PEOPLE})

    assert alone.refusal[:2] == (400, "BadRequest")
    assert (both.json["allowedPresenters"], both.json["participants"]["attendees"][0]["role"]) == (
        "roleIsPresenter",
        "presenter",
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"lobbyBypassSettings": {"scope": "unknownFutureValue"}},
        {"lobbyBypassSettings": {"who": "everyone"}},
        {"lobbyBypassSettings": "everyone"},
        {"allowedPresenters": "Everyone"},
        {"allowMeetingChat": True},
        {"recordAutomatically": "true"},
        {"recordAutomatically": None},
        {"anonymizeIdentityForRoles": "attendee"},
        {"anonymizeIdentityForRoles": ["everybody"]},
        {"watermarkProtection": {"isEnabledForVideo": 1}},
        {"shareMeetingChatHistoryDefault": "all"},
        {"meetingType": "scheduled"},
        {"notAProperty": True},
        {"participants": {"attendees": [{"upn": "unknown@contoso.com", "role": "coorganizer"}]}},
        {"participants": {"attendees": [{"upn": "ben@contoso.com", "role": "unknownFutureValue"}]}},
    ],
)
def test_what_is_no_value_of_a_setting_is_refused_and_changes_nothing(client: Client, changes: dict[str, Any]) -> None:
    path, _ = made(client)

    assert client.ask("PATCH", path, {"recordAutomatically": True, **changes}).refusal[:2] == (400, "BadRequest")
    assert client.get(path).json["recordAutomatically"] is False


def test_hidden_names_can_t_be_shown_again(client: Client) -> None:
    path, _ = made(client)
    hidden = client.ask("PATCH", path, {"anonymizeIdentityForRoles": ["attendee"]}).json

    assert hidden["anonymizeIdentityForRoles"] == ["attendee"]
    assert client.ask("PATCH", path, {"anonymizeIdentityForRoles": []}).refusal[:2] == (400, "BadRequest")


def test_a_policy_says_yes_and_keeps_what_it_had(client: Client) -> None:
    path, _ = made(client, "fixedoptions@contoso.com")
    answer = client.ask("PATCH", path, {"subject": "Physics", "lobbyBypassSettings": {"scope": "organizer"}})

    assert (answer.status, answer.json["subject"]) == (200, "Physics")
    assert answer.json["lobbyBypassSettings"]["scope"] == "organization"


@pytest.mark.parametrize("cloud", ["usgov-l4", "usgov-l5"])
def test_a_government_s_cloud_lacks_some(connect: Connect, cloud: str) -> None:
    client = connect(Sandbox(clock=lambda: NOW, cloud=cloud))
    path, answer = made(client)

    assert not ONLY_SOME_CLOUDS & answer.keys()
    assert client.ask("PATCH", path, {"allowRecording": False}).refusal[:2] == (400, "BadRequest")
    assert client.ask("PATCH", path, {"recordAutomatically": True}).json["recordAutomatically"] is True
