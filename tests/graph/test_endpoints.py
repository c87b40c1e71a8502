"""A token must never leave for a place that can be listened to, nor for a cloud without meetings."""

from __future__ import annotations

import pytest

from importer.core.model import ExitCode, Stop
from importer.graph.endpoints import check_target, find_cloud


@pytest.mark.parametrize(
    ("name", "root", "login"),
    [
        ("global", "https://graph.microsoft.com", "https://login.microsoftonline.com"),
        ("usgov-l4", "https://graph.microsoft.us", "https://login.microsoftonline.us"),
        (" USGOV-L5 ", "https://dod-graph.microsoft.us", "https://login.microsoftonline.us"),
    ],
)
def test_each_cloud_has_its_own_hosts_and_scope(name: str, root: str, login: str) -> None:
    cloud = find_cloud(name)
    assert (cloud.graph_root, cloud.login_host, cloud.scope) == (root, login, root + "/.default")


@pytest.mark.parametrize(("name", "code"), [("china", "cloud-has-no-meetings"), ("mars", "cloud-unknown")])
def test_a_cloud_that_can_not_serve_stops_the_run(name: str, code: str) -> None:
    with pytest.raises(Stop) as stopped:
        find_cloud(name)
    assert (stopped.value.problem.code, stopped.value.exit_code) == (code, ExitCode.USAGE)
    assert name in stopped.value.problem.message


@pytest.mark.parametrize(
    ("url", "root"),
    [
        ("https://graph.microsoft.com", "https://graph.microsoft.com"),
        (" https://graph.microsoft.com/v1.0/ ", "https://graph.microsoft.com"),
        ("https://relay.contoso.com:8443/graph/", "https://relay.contoso.com:8443/graph"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:8080/", "http://localhost:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_https_anywhere_and_http_to_this_computer_are_taken(url: str, root: str) -> None:
    assert check_target(url) == root


@pytest.mark.parametrize(
    "url",
    [
        "http://graph.microsoft.com",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "http://127.0.0.1@evil.example",
        "https://user:secret@evil.example",
        "https://graph.microsoft.com?x=1",
        "https://graph.microsoft.com#x",
        "https://",
        "https://[::1",
        "https://graph.microsoft.com:99999",
        "ftp://127.0.0.1",
        "graph.microsoft.com",
        "",
    ],
)
def test_every_other_address_stops_the_run_without_quoting_a_password(url: str) -> None:
    with pytest.raises(Stop) as stopped:
        check_target(url)
    told = stopped.value
    assert (told.problem.code, told.exit_code) == ("address-not-safe", ExitCode.USAGE)
    assert "secret" not in told.problem.message + told.problem.value
