"""Signing in by workload identity federation, over real TLS: a token in a file, or GitHub's; each refusal."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from importer.core.model import ExitCode, Stop
from importer.graph.auth import (
    AssertionFile,
    Credentials,
    Federated,
    Place,
    SignIn,
    claims_of,
    client_id_of,
    credentials_from,
    describe,
    expiry_of,
    token_source,
)
from importer.graph.auth.faults import FEDERATED_CODES
from importer.graph.endpoints import CLOUDS
from tests.graph.auth.authority import (
    AUDIENCE,
    CLIENT,
    GITHUB_TOKEN,
    ISSUER,
    MARK,
    NOW,
    SECRET,
    SUBJECT,
    TENANT,
    GitHub,
    aadsts,
    fake_token,
)
from tests.graph.auth.spills import spilled

if TYPE_CHECKING:
    from pathlib import Path

    from tests.graph.auth.authority import Authority, Reply, Time

APP = {"AZURE_TENANT_ID": TENANT, "AZURE_CLIENT_ID": CLIENT}
CLUSTER = "system:serviceaccount:rosters:importer"


def vouched(**claims: object) -> str:
    """Return a federated token that the app trusts but for what is said otherwise."""
    return fake_token(7, **({"iss": ISSUER, "sub": SUBJECT, "aud": AUDIENCE, "exp": NOW + 600} | claims))


def from_file(path: Path, content: str | bytes | None = None) -> Credentials:
    if content is not None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return credentials_from(APP | {"AZURE_FEDERATED_TOKEN_FILE": str(path)}, SignIn.APP)


def workflow(github: GitHub, token: str = GITHUB_TOKEN, query: str = "?api-version=2.0") -> Credentials:
    asked = {"ACTIONS_ID_TOKEN_REQUEST_URL": github.url + "/token" + query, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": token}
    return credentials_from(APP | asked, SignIn.WORKFLOW)


def refusal(credentials: Credentials, place: Place) -> Stop:
    with pytest.raises(Stop) as caught:
        token_source(credentials, place).token()
    assert spilled(caught.value) == []
    return caught.value


def outcome(stop: Stop) -> tuple[str, ExitCode]:
    return stop.problem.code, stop.exit_code


def test_the_token_in_the_file_is_the_apps_proof(authority: Authority, place: Place, tmp_path: Path) -> None:
    token = token_source(from_file(tmp_path / "token", f"\ufeff{vouched()}\r\n"), place).token()

    form = authority.asked("/token")[0].form
    assert claims_of(token)["roles"] == ["OnlineMeetings.ReadWrite.All"]
    assert form["client_assertion"] == vouched()
    assert form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    assert (form["client_id"], "client_secret" in form) == (CLIENT, False)


def test_the_file_is_read_anew_for_each_sign_in(authority: Authority, place: Place, tmp_path: Path) -> None:
    source = token_source(from_file(tmp_path / "token", vouched(jti="first")), place)
    first = source.token()

    (tmp_path / "token").write_text(vouched(jti="second"))
    source.refresh(first)

    sent = [claims_of(request.form["client_assertion"])["jti"] for request in authority.asked("/token")]
    assert sent == ["first", "second"]


def test_a_token_that_is_replaced_in_time_mends_a_refusal(place: Place, tmp_path: Path) -> None:
    source = token_source(from_file(tmp_path / "token", vouched(exp=NOW)), place)
    with pytest.raises(Stop):
        source.token()

    (tmp_path / "token").write_text(vouched())

    assert source.token()


@pytest.mark.parametrize(
    ("claims", "code", "said"),
    [
        ({"iss": ISSUER + "/"}, "federation-issuer-unknown", f"the issuer {ISSUER}/,"),
        (
            {"sub": "repo:contoso/rosters:pull_request"},
            "federation-subject-unknown",
            "repo:contoso/rosters:pull_request",
        ),
        ({"sub": SUBJECT.upper()}, "federation-subject-unknown", SUBJECT.upper()),
        ({"aud": "https://graph.microsoft.com"}, "federation-audience-unknown", "https://graph.microsoft.com"),
        ({"exp": NOW - 1}, "federated-token-expired", f"of {SUBJECT} has expired"),
    ],
)
def test_each_part_that_does_not_fit_is_named_with_what_the_token_says(
    claims: dict[str, object], code: str, said: str, place: Place, tmp_path: Path
) -> None:
    stop = refusal(from_file(tmp_path / "token", vouched(**claims)), place)

    assert outcome(stop) == (code, ExitCode.REFUSED)
    assert said in stop.problem.message


def test_a_signature_that_does_not_fit_is_told_as_that(place: Place, tmp_path: Path) -> None:
    stop = refusal(from_file(tmp_path / "token", vouched().replace(MARK, "cut-off")), place)

    assert outcome(stop) == ("federated-token-refused", ExitCode.REFUSED)
    assert ISSUER in stop.problem.message


@pytest.mark.parametrize(
    ("number", "code"), sorted(each for each in FEDERATED_CODES.items() if each[1] != "federation-issuer-down")
)
def test_each_number_has_its_advice_and_means_no_certificate(
    number: int, code: str, authority: Authority, place: Place, tmp_path: Path
) -> None:
    authority.script.extend([authority.configuration(), aadsts(number)])

    stop = refusal(from_file(tmp_path / "token", vouched()), place)

    assert outcome(stop) == (code, ExitCode.REFUSED)
    assert f"AADSTS{number}" in stop.problem.detail
    assert "certificate" not in stop.problem.message


@pytest.mark.parametrize("number", [50166, 501661, 90061])
def test_an_issuer_that_microsoft_can_not_reach_is_asked_again(
    number: int, authority: Authority, place: Place, time: Time, tmp_path: Path
) -> None:
    authority.script.extend([authority.configuration(), aadsts(number, "invalid_request")] * 4)

    stop = refusal(from_file(tmp_path / "token", vouched()), place)

    assert outcome(stop) == ("federation-issuer-down", ExitCode.STOPPED)
    assert time.slept == [1.0, 4.0, 15.0]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "there is no such file"),
        (b"", "it is empty"),
        (b" \r\n", "it is empty"),
        (b"\xff\xfe\x00", "it is not plain text"),
        (b"not a token", "there is no token in it"),
        (b"one.two", "there is no token in it"),
        (b"one.two.three.four", "there is no token in it"),
        (b"one.t\xc3\xb6o.three", "there is no token in it"),
        (b"one.two.three\nfour.five.six", "there is no token in it"),
        (b"a." * 2**20, "it is too large to be one"),
    ],
)
def test_a_file_that_can_not_be_used_says_why_and_nobody_is_asked(
    content: bytes | None, said: str, authority: Authority, place: Place, tmp_path: Path
) -> None:
    stop = refusal(from_file(tmp_path / "token", content), place)

    assert outcome(stop) == ("federated-file-unreadable", ExitCode.USAGE)
    assert f"AZURE_FEDERATED_TOKEN_FILE can't be used: {said}." in stop.problem.message
    assert authority.requests == []


@pytest.mark.parametrize("name", [".", "x" * 300])
def test_a_folder_or_an_impossible_name_is_no_token_file(name: str, place: Place, tmp_path: Path) -> None:
    assert outcome(refusal(from_file(tmp_path / name), place)) == ("federated-file-unreadable", ExitCode.USAGE)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the superuser may read everything")
def test_a_token_file_of_somebody_else_says_so(place: Place, tmp_path: Path) -> None:
    credentials = from_file(tmp_path / "token", vouched())
    (tmp_path / "token").chmod(0)

    assert "this account may not read it" in refusal(credentials, place).problem.message


@pytest.mark.parametrize("claims", [{"sub": "a\x1b[31m\nb"}, {"sub": ["a", {"b": 1}]}, {"sub": "x" * 5000}])
def test_what_a_token_says_of_itself_does_nothing_to_a_terminal(
    claims: dict[str, object], place: Place, tmp_path: Path
) -> None:
    message = refusal(from_file(tmp_path / "token", vouched(**claims)), place).problem.message

    assert message.isprintable()
    assert len(message) < 400


def test_a_service_that_echoes_the_token_does_not_get_it_into_the_detail(
    authority: Authority, place: Place, tmp_path: Path
) -> None:
    authority.script.extend([authority.configuration(), aadsts(700213, text=f"'{vouched()}' is wrong.")])

    assert "'…' is wrong." in refusal(from_file(tmp_path / "token", vouched()), place).problem.detail


def test_it_is_what_is_left_where_there_is_neither_secret_nor_certificate() -> None:
    file = {"AZURE_FEDERATED_TOKEN_FILE": "/var/run/token"}
    certificate = {"AZURE_CLIENT_CERTIFICATE_PATH": "/run/app.pem"}

    assert describe(credentials_from(APP | file, SignIn.APP)) == (
        "Signing in with the federated token in the file that AZURE_FEDERATED_TOKEN_FILE names."
    )
    for before in (certificate, {"AZURE_CLIENT_SECRET": SECRET}):
        assert describe(credentials_from(APP | file | before, SignIn.APP)).endswith(
            "also set and not used: AZURE_FEDERATED_TOKEN_FILE."
        )


def test_nothing_of_it_runs_out_and_the_app_is_known() -> None:
    credentials = credentials_from(APP | {"AZURE_FEDERATED_TOKEN_FILE": "/var/run/token"}, SignIn.APP)

    assert (expiry_of(credentials), client_id_of(credentials)) == (None, CLIENT)


def test_a_workflow_signs_in_with_the_token_that_github_gives_it(
    github: GitHub, authority: Authority, place: Place
) -> None:
    credentials = workflow(github)

    assert claims_of(token_source(credentials, place).token())["appid"] == CLIENT
    assert describe(credentials) == "Signing in with the identity of this GitHub workflow."
    assert github.requests[0].form == {"api-version": "2.0", "audience": AUDIENCE}
    assert claims_of(authority.asked("/token")[0].form["client_assertion"])["sub"] == SUBJECT
    assert GITHUB_TOKEN not in repr(credentials)


def test_github_is_asked_anew_for_each_sign_in(github: GitHub, place: Place) -> None:
    source = token_source(workflow(github), place)

    source.refresh(source.token())

    assert len(github.requests) == 2


def test_an_address_without_a_query_gets_one(github: GitHub, place: Place) -> None:
    assert token_source(workflow(github, query=""), place).token()


@pytest.mark.parametrize(
    ("cloud", "audience"),
    [
        ("global", AUDIENCE),
        ("usgov-l4", AUDIENCE + "USGov"),
        ("usgov-l5", AUDIENCE + "USGov"),
        ("china", AUDIENCE + "China"),
    ],
)
def test_the_audience_is_the_clouds(cloud: str, audience: str, github: GitHub, place: Place) -> None:
    refusal_or_none = replace(place, graph=CLOUDS[cloud].graph_root)
    try:
        token_source(workflow(github), refusal_or_none).token()
    except Stop as stop:
        assert stop.problem.code == "federation-audience-unknown"  # noqa: PT017 - in the global cloud there is none

    assert github.requests[0].form["audience"] == audience


def test_a_branch_that_is_not_trusted_is_named(github: GitHub, place: Place) -> None:
    github.subject = "repo:contoso/rosters:ref:refs/heads/try-out"

    stop = refusal(workflow(github), place)

    assert outcome(stop) == ("federation-subject-unknown", ExitCode.REFUSED)
    assert "repo:contoso/rosters:ref:refs/heads/try-out" in stop.problem.message


@pytest.mark.parametrize(
    "reply",
    [
        (401, {}, {"message": "no"}),
        (403, {"Content-Type": "text/html"}, "<html>blocked</html>"),
        (404, {}, "gone"),
        (302, {"Location": "https://elsewhere.example"}, {}),
        (200, {}, "not json"),
        (200, {}, ["not", "an", "object"]),
        (200, {}, {"value": None}),
        (200, {}, {"value": "not a token"}),
        (200, {}, {"token": "a.b.c"}),
    ],
)
def test_an_answer_without_a_token_is_githubs_refusal(
    reply: Reply, github: GitHub, authority: Authority, place: Place
) -> None:
    github.script.append(reply)

    stop = refusal(workflow(github), place)

    assert outcome(stop) == ("github-identity-refused", ExitCode.REFUSED)
    assert f"HTTP {reply[0]} from localhost:{github.port}" in stop.problem.detail
    assert authority.requests == []


def test_github_that_is_busy_is_asked_again(github: GitHub, place: Place, time: Time) -> None:
    github.script.extend([(503, {}, "down"), (429, {"Retry-After": "9"}, "slowly")])

    assert token_source(workflow(github), place).token()
    assert time.slept == [1.0, 9.0]


def test_github_that_does_not_answer_is_told_by_its_name(github: GitHub, place: Place) -> None:
    credentials = workflow(github)
    github.close()

    stop = refusal(credentials, place)

    assert outcome(stop) == ("sign-in-unreachable", ExitCode.STOPPED)
    assert f"localhost:{github.port}" in stop.problem.message


@pytest.mark.parametrize("lacking", ["ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"])
def test_a_workflow_that_may_not_ask_is_told_what_to_add(lacking: str) -> None:
    full = {"ACTIONS_ID_TOKEN_REQUEST_URL": "https://a.example/t", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": GITHUB_TOKEN}

    with pytest.raises(Stop) as caught:
        credentials_from(APP | full | {lacking: " "}, SignIn.WORKFLOW)

    assert outcome(caught.value) == ("github-identity-missing", ExitCode.USAGE)
    assert "id-token: write" in caught.value.problem.message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ACTIONS_ID_TOKEN_REQUEST_URL", "http://a.example/t"),
        ("ACTIONS_ID_TOKEN_REQUEST_URL", "https://a b/t"),
        ("ACTIONS_ID_TOKEN_REQUEST_URL", "https://[/t"),
        ("ACTIONS_ID_TOKEN_REQUEST_URL", "https:///t"),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "two words"),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "a\r\nb"),
    ],
)
def test_the_request_goes_to_https_and_with_a_token_that_can_be_sent(name: str, value: str) -> None:
    full = {"ACTIONS_ID_TOKEN_REQUEST_URL": "https://a.example/t", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": GITHUB_TOKEN}

    with pytest.raises(Stop) as caught:
        credentials_from(APP | full | {name: value}, SignIn.WORKFLOW)

    assert outcome(caught.value) == ("sign-in-setting-not-valid", ExitCode.USAGE)
    assert name in caught.value.problem.message
    assert value not in caught.value.problem.message


def test_github_is_asked_only_where_that_was_asked_for() -> None:
    both = {"ACTIONS_ID_TOKEN_REQUEST_URL": "https://a.example/t", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": GITHUB_TOKEN}

    with pytest.raises(Stop) as caught:
        credentials_from(APP | both, SignIn.APP)

    assert caught.value.problem.code == "sign-in-not-set-up"
    given = credentials_from(APP | both | {"AZURE_FEDERATED_TOKEN_FILE": "f"}, SignIn.APP)
    assert isinstance(given, Federated)
    assert isinstance(given.source, AssertionFile)
