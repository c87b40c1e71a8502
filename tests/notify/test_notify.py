"""Where notifications go: only to places that are safe, and a webhook's address is shown to nobody."""

from __future__ import annotations

import copy
import pickle

import pytest

from importer.notify import Encryption, MailServer, Webhook

SECRET = "s3cr3t-path"


@pytest.mark.parametrize(
    "url",
    [
        "https://prod-12.westeurope.logic.azure.com:443/workflows/x?sig=y",
        "https://hooks.example/x",
        "http://localhost:8080/x",
        "http://127.0.0.1/x",
        "http://[::1]:80/x",
        "  https://hooks.example/x \n",
    ],
)
def test_https_and_this_computer_are_taken(url: str) -> None:
    assert Webhook(url).reveal() == url.strip()


@pytest.mark.parametrize(
    "url",
    ["", "hooks.example", "http://hooks.example/x", "ftp://hooks.example", "https://", "https:///x", "https://[::1",
     "https://a b/", "https://hooks.example/a\x00b", "http://localhost.example/", "https://hooks.example:0/",
     "https://hooks.example:x/"],
)  # fmt: skip
def test_anything_else_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - whatever it says
        Webhook(url)
    assert "hooks.example" not in str(caught.value)


def test_it_is_shown_without_what_is_behind_the_host() -> None:
    hook = Webhook(f"https://user:{SECRET}@hooks.example:8443/{SECRET}?sig={SECRET}#{SECRET}")

    for shown in (str(hook), repr(hook), f"{hook}", f"{[hook]}"):
        assert ("hooks.example" in shown, SECRET in shown) == (True, False)
    for write in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError):
            write(hook)


def test_equal_addresses_are_equal() -> None:
    assert Webhook("https://a.example/x") == Webhook("https://a.example/x") != Webhook("https://a.example/y")
    assert len({Webhook("https://a.example/x"), Webhook("https://a.example/x")}) == 1


@pytest.mark.parametrize(
    ("url", "teams"),
    [
        ("https://prod-12.westeurope.logic.azure.com:443/workflows/x", True),
        ("https://default1.23.environment.api.powerplatform.com:443/powerautomate/x", True),
        ("https://contoso.webhook.office.com/webhookb2/x", True),
        ("https://logic.azure.com.evil.example/x", False),
        ("https://hooks.example/.logic.azure.com", False),
    ],
)
def test_teams_is_known_by_its_hosts(url: str, *, teams: bool) -> None:
    assert Webhook(url).teams is teams


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("mail.example", MailServer("mail.example")),
        ("mail.example:25", MailServer("mail.example", 25)),
        ("[::1]:2525", MailServer("::1", 2525)),
        (" 127.0.0.1 ", MailServer("127.0.0.1")),
    ],
)
def test_a_mail_server_is_a_host_with_or_without_a_port(text: str, server: MailServer) -> None:
    assert MailServer.parse(text) == server
    assert str(server) == text.strip()


@pytest.mark.parametrize("text", ["", ":25", "mail:x", "mail:0", "user@mail", "mail/x", "smtp://mail", "mail:70000"])
def test_anything_else_is_no_mail_server(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever it says
        MailServer.parse(text)


@pytest.mark.parametrize(("encryption", "port"), [("starttls", 587), ("tls", 465), ("none", 25)])
def test_each_way_has_its_usual_port(encryption: str, port: int) -> None:
    assert MailServer("mail.example").port_for(Encryption(encryption)) == port
    assert MailServer("mail.example", 7).port_for(Encryption(encryption)) == 7
