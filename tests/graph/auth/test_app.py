"""Signing in as an app, over real TLS: each way in, and each way to be refused with its own advice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from importer.core.model import ExitCode, Stop
from importer.graph.auth import ClientSecret, Place, Secret, SecretFile, claims_of, token_source
from importer.graph.auth.faults import CODES, ERROR_WORDS
from tests.graph.auth.authority import CLIENT, EXPIRED, GRAPH, SECRET, Authority, Reply, Time, aadsts
from tests.graph.auth.spills import spilled

if TYPE_CHECKING:
    from pathlib import Path


PLACES = ("authorization_endpoint", "token_endpoint", "device_authorization_endpoint")


def refusal(credentials: ClientSecret, place: Place) -> Stop:
    with pytest.raises(Stop) as caught:
        token_source(credentials, place).token()
    assert spilled(caught.value) == []
    return caught.value


def outcome(stop: Stop) -> tuple[str, ExitCode]:
    return stop.problem.code, stop.exit_code


def test_a_secret_gives_a_token_for_graph(authority: Authority, place: Place, app: ClientSecret) -> None:
    token = token_source(app, place).token()

    assert claims_of(token)["roles"] == ["OnlineMeetings.ReadWrite.All"]
    assert authority.asked("/token")[0].form["scope"] == f"{GRAPH}/.default"


def test_one_sign_in_asks_twice_and_nobody_else(authority: Authority, place: Place, app: ClientSecret) -> None:
    source = token_source(app, place)

    assert source.token() == source.token()
    assert [request.method for request in authority.requests] == ["GET", "POST"]


def test_nothing_is_asked_before_a_token_is_wanted(authority: Authority, place: Place, app: ClientSecret) -> None:
    token_source(app, place)

    assert authority.requests == []


def test_a_secret_from_a_file_comes_without_its_line_break(
    authority: Authority, place: Place, app: ClientSecret, tmp_path: Path
) -> None:
    path = tmp_path / "secret.txt"
    path.write_bytes(SECRET.encode() + b"\r\n")

    token_source(replace(app, secret=SecretFile(path, "A_FILE"), setting="A_FILE"), place).token()

    assert authority.asked("/token")[0].form["client_secret"] == SECRET


def test_a_secret_changed_in_its_file_is_found_by_the_next_sign_in(
    place: Place, app: ClientSecret, tmp_path: Path
) -> None:
    path = tmp_path / "secret.txt"
    path.write_text(EXPIRED)
    source = token_source(replace(app, secret=SecretFile(path, "A_FILE"), setting="A_FILE"), place)
    with pytest.raises(Stop):
        source.token()

    path.write_text(SECRET)

    assert source.token()


def test_a_wrong_secret_is_told_from_an_expired_one(place: Place, app: ClientSecret) -> None:
    wrong = refusal(replace(app, secret=Secret("another")), place)
    expired = refusal(replace(app, secret=Secret(EXPIRED)), place)

    assert outcome(wrong) == ("sign-in-secret-wrong", ExitCode.REFUSED)
    assert outcome(expired) == ("sign-in-secret-expired", ExitCode.REFUSED)
    assert "AZURE_CLIENT_SECRET" in wrong.problem.message
    assert "AZURE_CLIENT_SECRET" in expired.problem.message


def test_the_detail_holds_what_an_administrator_searches_the_logs_with(place: Place, app: ClientSecret) -> None:
    detail = refusal(replace(app, secret=Secret("another")), place).problem.detail

    assert "AADSTS7000215" in detail
    assert "9a2b0000-correlation" in detail
    assert "7e1c0000-trace" in detail


@pytest.mark.parametrize(
    ("secret", "said"),
    [
        ("0a1b2c3d-0000-1111-2222-333344445555", "looks like a Secret ID"),
        ('"quoted"', "quotation mark"),
        ("edge-blank ", "begins or ends with a space"),
        ("nothing-to-say", "The client secret is wrong. Copy"),
    ],
)
def test_a_wrong_secret_says_what_it_looks_like(secret: str, said: str, place: Place, app: ClientSecret) -> None:
    stop = refusal(replace(app, secret=Secret(secret)), place)

    assert said in stop.problem.message
    assert secret not in f"{stop.problem}"


def test_an_unknown_app_and_an_unknown_tenant_are_told_apart(place: Place, app: ClientSecret) -> None:
    unknown_app = refusal(replace(app, client_id="somebody-else"), place)
    unknown_tenant = refusal(replace(app, tenant="nowhere.example"), place)

    assert outcome(unknown_app) == ("sign-in-app-unknown", ExitCode.REFUSED)
    assert outcome(unknown_tenant) == ("sign-in-tenant-unknown", ExitCode.REFUSED)
    assert "AADSTS90002" in unknown_tenant.problem.detail


@pytest.mark.parametrize(("number", "code"), sorted(CODES.items()))
def test_each_number_has_its_advice(
    number: int, code: str, authority: Authority, place: Place, app: ClientSecret
) -> None:
    authority.script.extend([*[authority.configuration(), aadsts(number)] * 4])

    stop = refusal(app, place)

    busy = code == "sign-in-busy"
    assert outcome(stop) == (code, ExitCode.STOPPED if busy else ExitCode.REFUSED)
    assert f"AADSTS{number}" in stop.problem.detail


@pytest.mark.parametrize(("word", "code"), sorted(ERROR_WORDS.items()))
def test_an_answer_without_a_number_is_understood_by_its_word(
    word: str, code: str, authority: Authority, place: Place, app: ClientSecret
) -> None:
    authority.script.extend([authority.configuration(), (400, {}, {"error": word})] * 4)

    assert refusal(app, place).problem.code == code


def test_a_number_is_found_in_the_words_where_it_is_not_listed(
    authority: Authority, place: Place, app: ClientSecret
) -> None:
    answer = {"error": "invalid_client", "error_description": "AADSTS7000222: over", "correlation_id": "c-1"}
    authority.script.extend([authority.configuration(), (401, {}, answer)])

    stop = refusal(app, place)

    assert stop.problem.code == "sign-in-secret-expired"
    assert "Correlation ID: c-1" in stop.problem.detail


def test_an_unknown_refusal_keeps_the_services_words(authority: Authority, place: Place, app: ClientSecret) -> None:
    authority.script.extend([authority.configuration(), aadsts(99999, text="A thing nobody has heard of.")])

    stop = refusal(app, place)

    assert outcome(stop) == ("sign-in-refused", ExitCode.REFUSED)
    assert "A thing nobody has heard of." in stop.problem.detail


def test_a_service_that_echoes_the_secret_does_not_get_it_into_the_detail(
    authority: Authority, place: Place, app: ClientSecret
) -> None:
    authority.script.extend([authority.configuration(), aadsts(7000215, text=f"'{SECRET}' is wrong.")])

    assert "'…' is wrong." in refusal(app, place).problem.detail


def test_a_mended_secret_is_not_answered_from_memory(authority: Authority, place: Place, app: ClientSecret) -> None:
    source = token_source(replace(app, secret=Secret("made a minute ago")), place)
    with pytest.raises(Stop):
        source.token()

    authority.apps[CLIENT].secrets.add("made a minute ago")

    assert source.token()


def test_a_refused_token_is_replaced_by_a_really_new_one(authority: Authority, place: Place, app: ClientSecret) -> None:
    source = token_source(app, place)
    first = source.token()

    assert source.refresh(first) != first
    assert len(authority.asked("/token")) == 2


def test_a_claims_challenge_is_passed_on(authority: Authority, place: Place, app: ClientSecret) -> None:
    source = token_source(app, place)
    claims = '{"access_token":{"nbf":{"essential":true,"value":"1"}}}'

    source.refresh(source.token(), claims=claims)  # type: ignore[call-arg,unused-ignore]  # known here, not to the port

    assert authority.asked("/token")[-1].form["claims"] == claims


def test_a_busy_service_is_asked_again_after_the_time_it_states(
    authority: Authority, place: Place, app: ClientSecret, time: Time
) -> None:
    authority.script.extend([(503, {"Retry-After": "7"}, "busy"), (429, {}, "slow"), (500, {}, "oops")])

    assert token_source(app, place).token()
    assert time.slept == [7.0, 4.0, 15.0]


def test_a_service_that_stays_down_stops_the_run_safely(authority: Authority, place: Place, app: ClientSecret) -> None:
    authority.script.extend([(503, {}, "down")] * 4)

    stop = refusal(app, place)

    assert outcome(stop) == ("sign-in-busy", ExitCode.STOPPED)
    assert "HTTP 503" in stop.problem.detail


def test_a_busy_service_that_gives_its_number_gets_it_into_the_detail(
    authority: Authority, place: Place, app: ClientSecret
) -> None:
    _, _, body = aadsts(90055, "temporarily_unavailable")
    authority.script.extend([(429, {}, body)] * 4)

    assert "AADSTS90055" in refusal(app, place).problem.detail


def test_many_threads_at_once_make_one_sign_in(authority: Authority, place: Place, app: ClientSecret) -> None:
    source = token_source(app, place)

    with ThreadPoolExecutor(32) as pool:
        first = set(pool.map(lambda _: source.token(), range(64)))
        second = set(pool.map(lambda _: source.refresh(*first), range(64)))

    assert (len(first), len(second)) == (1, 1)
    assert len(authority.asked("/token")) == 2


def test_a_scope_of_another_cloud_names_graphs_address(authority: Authority, place: Place, app: ClientSecret) -> None:
    authority.script.extend([authority.configuration(), aadsts(500011, "invalid_resource")])

    assert GRAPH in refusal(app, place).problem.message


def test_a_wait_too_long_is_told_and_not_sat_through(
    authority: Authority, place: Place, app: ClientSecret, time: Time
) -> None:
    authority.script.append((429, {"Retry-After": "3600"}, "later"))

    assert outcome(refusal(app, place)) == ("sign-in-busy", ExitCode.STOPPED)
    assert time.slept == []


@pytest.mark.parametrize(
    "reply",
    [
        (200, {"Content-Type": "text/html"}, "<html>Welcome to the guest network</html>"),
        (200, {}, ["not", "an", "object"]),
        (200, {}, {"issuer": "only"}),
        (200, {}, {"authorization_endpoint": "http://plain.example/a", "token_endpoint": "http://plain.example/t"}),
        (
            200,
            {},
            {
                "authorization_endpoint": "https://a.example/a",
                "token_endpoint": "https://a.example/t",
                "device_authorization_endpoint": "http://plain.example/d",
            },
        ),
        (200, {}, dict.fromkeys(PLACES, "https://[")),
        (302, {"Location": "https://elsewhere.example"}, {}),
        (404, {"Content-Type": "text/html"}, "<html>not found</html>"),
        (200, {"Content-Encoding": "gzip"}, "not compressed"),
    ],
)
def test_a_page_that_is_no_sign_in_service_is_recognised(
    reply: Reply, authority: Authority, place: Place, app: ClientSecret
) -> None:
    authority.script.append(reply)

    assert outcome(refusal(app, place)) == ("sign-in-answer-strange", ExitCode.REFUSED)


def test_an_answer_to_the_token_request_that_is_not_json_is_recognised(
    authority: Authority, place: Place, app: ClientSecret
) -> None:
    authority.script.extend([authority.configuration(), (403, {"Content-Type": "text/html"}, "<html>blocked</html>")])

    stop = refusal(app, place)

    assert stop.problem.code == "sign-in-answer-strange"
    assert "HTTP 403, text/html, from localhost/" in stop.problem.detail


@pytest.mark.parametrize(("said", "lives"), [({"expires_in": "600"}, 600), ({}, 3600)])
def test_a_token_is_held_for_as_long_as_it_lives(
    said: dict[str, str], lives: int, authority: Authority, place: Place, app: ClientSecret, time: Time
) -> None:
    answer = {"access_token": "opaque", "token_type": "Bearer"} | said
    authority.script.extend([authority.configuration(), (200, {}, answer)])
    source = token_source(app, place)
    source.token()

    time.seconds += lives * 0.89
    assert source.token() == "opaque"
    time.seconds += lives * 0.11
    assert source.token() != "opaque"


def test_a_token_that_lives_no_time_is_used_once(authority: Authority, place: Place, app: ClientSecret) -> None:
    authority.lifetime = 0
    source = token_source(app, place)

    assert source.token() != source.token()
