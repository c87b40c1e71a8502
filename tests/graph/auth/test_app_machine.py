"""Signing in with a managed identity, against an imitation of App Service's identity endpoint."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from importer.core.model import ExitCode, Stop
from importer.graph.auth import ManagedIdentity, Place, claims_of, token_source
from tests.graph.auth.authority import CLIENT, GRAPH, Reply
from tests.graph.auth.spills import spilled

if TYPE_CHECKING:
    from tests.graph.auth.authority import Authority, Machine, Time


def refusal(credentials: ManagedIdentity, place: Place) -> Stop:
    with pytest.raises(Stop) as caught:
        token_source(credentials, place).token()
    assert spilled(caught.value) == []
    return caught.value


def test_the_machines_own_identity_gives_a_token(machine: Machine, authority: Authority, place: Place) -> None:
    token = token_source(ManagedIdentity(), place).token()

    assert claims_of(token)["roles"] == ["OnlineMeetings.ReadWrite.All"]
    assert machine.requests[0].form["resource"] == GRAPH
    assert "client_id" not in machine.requests[0].form
    assert authority.requests == []


def test_another_identity_is_asked_for_by_its_client_id(machine: Machine, place: Place) -> None:
    token_source(ManagedIdentity(CLIENT), place).token()

    assert machine.requests[0].form["client_id"] == CLIENT


def test_an_identity_that_is_not_assigned_is_refused_in_words(machine: Machine, place: Place) -> None:
    stop = refusal(ManagedIdentity("not-this-one"), place)

    assert (stop.problem.code, stop.exit_code) == ("managed-identity-refused", ExitCode.REFUSED)
    assert "No User Assigned" in stop.problem.detail
    assert len(machine.requests) == 1


def test_the_machines_secret_header_never_goes_to_a_proxy(
    machine: Machine, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")

    assert token_source(ManagedIdentity(), place).token()
    assert len(machine.requests) == 1


def test_a_computer_without_an_identity_says_so_at_once(
    place: Place, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", f"http://127.0.0.1:{port}")

    stop = refusal(ManagedIdentity(), place)

    assert (stop.problem.code, stop.exit_code) == ("managed-identity-missing", ExitCode.REFUSED)
    assert time.slept == []


def test_an_identity_endpoint_that_is_updating_is_asked_again(machine: Machine, place: Place, time: Time) -> None:
    machine.script.extend([(410, {}, "gone for a moment"), (500, {}, "oops")])

    assert token_source(ManagedIdentity(), place).token()
    assert time.slept == [1.0, 4.0]


def test_an_identity_endpoint_that_is_not_there_yet_is_asked_again(machine: Machine, place: Place, time: Time) -> None:
    machine.script.extend([(404, {}, "not found"), (429, {}, "slowly"), (404, {}, "not found")])

    assert token_source(ManagedIdentity(), place).token()
    assert time.slept == [1.0, 4.0, 15.0]


@pytest.mark.parametrize(("status", "code"), [(404, "managed-identity-refused"), (410, "sign-in-busy")])
def test_one_that_stays_so_is_told_after_the_time_that_an_update_takes(
    machine: Machine, place: Place, time: Time, status: int, code: str
) -> None:
    machine.script.extend([(status, {}, "gone")] * 6)

    stop = refusal(ManagedIdentity(), place)

    assert (stop.problem.code, stop.exit_code) == (code, ExitCode.STOPPED)
    assert sum(time.slept) == 70.0


@pytest.mark.parametrize(
    "reply", [(200, {}, "not json"), (200, {}, {"access_token": "t", "expires_on": "soon"}), (403, {}, "{}")]
)
def test_an_answer_that_makes_no_sense_is_a_refusal(reply: Reply, machine: Machine, place: Place) -> None:
    machine.script.append(reply)

    assert refusal(ManagedIdentity(), place).problem.code == "managed-identity-refused"


def test_a_cluster_that_msal_can_not_serve_here_is_a_refusal(
    machine: Machine, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IDENTITY_SERVER_THUMBPRINT", "00" * 20)

    assert refusal(ManagedIdentity(), place).problem.code == "managed-identity-refused"
