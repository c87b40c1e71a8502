"""A mail over a real SMTP conversation: encrypted by default, signed in where asked, and handed over once."""

from __future__ import annotations

import socket
import ssl
from email import message_from_string, policy
from typing import TYPE_CHECKING

import pytest

from importer.notify import Encryption, MailServer
from importer.notify.delivery import MOST_BYTES, Post, letter, send_mail
from tests.notify.events import MIXED, PERSONAL, ended
from tests.notify.receivers import SILENCE, Manners, mail_server

if TYPE_CHECKING:
    from importer.notify.delivery import Undelivered

PASSWORD = "s3cr3t-mail-password"
PLAIN, STARTTLS, TLS = Encryption.NONE, Encryption.STARTTLS, Encryption.TLS
RECIPIENTS = ("it@contoso.example", "office@contoso.example")


def sent(
    server: MailServer,
    trust: ssl.SSLContext,
    encryption: Encryption = PLAIN,
    *,
    user: str = "",
    seconds: float = 5,
) -> Undelivered | None:
    post = Post(
        server=server,
        encryption=encryption,
        sender="night@contoso.example",
        recipients=RECIPIENTS,
        user=user,
        password=PASSWORD if user else "",
    )
    assert PASSWORD not in repr(post)
    return send_mail(letter(ended(MIXED), post), post, trust=trust, seconds=seconds)


def here(port: int) -> MailServer:
    return MailServer("127.0.0.1", port)


def test_the_mail_goes_encrypted_to_everybody_once(trust: ssl.SSLContext, server_tls: ssl.SSLContext) -> None:
    with mail_server(Manners(tls=server_tls, users={"night": PASSWORD})) as server:
        assert sent(here(server.port), trust, STARTTLS, user="night") is None

    (mail,) = server.mails
    assert (mail.encrypted, mail.user, mail.sender) == (True, "night", "night@contoso.example")
    assert mail.recipients == list(RECIPIENTS)
    read = message_from_string(mail.text, policy=policy.default)
    assert "2 of 5 meetings" in read["Subject"]
    assert r"Results: \\fs01\links\_week_3-results.xlsx" in read.get_content()
    assert not any(text in mail.text for text in PERSONAL)


def test_a_server_that_is_encrypted_from_the_start_will_do(trust: ssl.SSLContext, server_tls: ssl.SSLContext) -> None:
    with mail_server(Manners(tls=server_tls, from_the_start=True)) as server:
        assert sent(here(server.port), trust, TLS) is None

    assert [mail.encrypted for mail in server.mails] == [True]


def test_without_encryption_nothing_is_sent_unless_that_was_asked_for(trust: ssl.SSLContext) -> None:
    with mail_server(Manners(users={"night": PASSWORD})) as server:
        found = sent(here(server.port), trust, STARTTLS, user="night")
        assert "AUTH" not in server.commands
        assert sent(here(server.port), trust, PLAIN) is None

    assert found is not None
    assert ("no encryption" in found.reason, found.again) == (True, False)
    assert len(server.mails) == 1


@pytest.mark.parametrize("encryption", [STARTTLS, TLS])
def test_a_certificate_that_is_not_trusted_gets_no_password(encryption: Encryption, server_tls: ssl.SSLContext) -> None:
    manners = Manners(tls=server_tls, from_the_start=encryption is TLS, users={"night": PASSWORD})
    with mail_server(manners) as server:
        found = sent(here(server.port), ssl.create_default_context(), encryption, user="night")

    assert found is not None
    assert (found.reason, found.again) == ("its certificate is not trusted", False)
    assert (server.mails, "AUTH" in server.commands) == ([], False)


def test_tls_at_a_port_without_it_is_told(trust: ssl.SSLContext) -> None:
    with mail_server() as server:
        found = sent(here(server.port), trust, TLS)

    assert found is not None
    assert "--notify-smtp-security" in found.reason


@pytest.mark.parametrize(
    ("answers", "reason", "again"),
    [
        ({"AUTH": ["535 no"]}, "the mail server refused user name and password", False),
        ({"MAIL": ["550 not you"]}, "the mail server refused the sender (550)", False),
        ({"MAIL": ["451 later"]}, "the mail server refused the sender (451)", True),
        ({"RCPT": ["550 a", "550 b"]}, "the mail server refused the recipients", False),
        ({"RCPT": ["450 a", "450 b"]}, "the mail server refused the recipients", True),
        ({"RCPT": ["450 a", "550 b"]}, "the mail server refused the recipients", False),
        ({"DATA": ["554 no"]}, "it answered 554", False),
        ({"MESSAGE": ["451 later"]}, "it answered 451", True),
        ({"CONNECT": ["421 busy"]}, "it answered 421", True),
        ({"CONNECT": [""]}, "it can't be reached", True),
        ({"DATA": [""]}, "the connection ended before it answered, so it may have arrived", False),
    ],
)
def test_a_no_is_told_in_our_words_and_only_what_may_pass_is_tried_again(
    answers: dict[str, list[str]], reason: str, trust: ssl.SSLContext, *, again: bool
) -> None:
    with mail_server(Manners(users={"night": PASSWORD}, answers=answers)) as server:
        found = sent(here(server.port), trust, user="night")

    assert found is not None
    assert (found.reason, found.again) == (reason, again)
    assert server.mails == []


def test_some_recipients_refused_is_told_and_not_sent_again(trust: ssl.SSLContext) -> None:
    with mail_server(Manners(answers={"RCPT": ["250 ok", "550 who"]})) as server:
        found = sent(here(server.port), trust)

    assert found is not None
    assert (found.reason, found.again) == ("the mail server refused some of the recipients", False)
    assert len(server.mails) == 1


@pytest.mark.parametrize("farewell", ["500 what?", ""])
def test_what_the_server_says_afterwards_does_not_matter(farewell: str, trust: ssl.SSLContext) -> None:
    with mail_server(Manners(answers={"QUIT": [farewell]})) as server:
        assert sent(here(server.port), trust) is None

    assert len(server.mails) == 1


def test_a_server_without_sign_in_is_told(trust: ssl.SSLContext) -> None:
    with mail_server() as server:
        found = sent(here(server.port), trust, user="night")

    assert found is not None
    assert found.reason == "the mail server refused user name and password"


def test_a_server_that_says_nothing_is_left(trust: ssl.SSLContext) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        found = sent(here(silent.getsockname()[1]), trust, seconds=0.05)

    assert found is not None
    assert (found.reason, found.again) == ("it can't be reached", True)


@pytest.mark.parametrize("answer", ["", SILENCE])
def test_a_mail_that_may_have_arrived_is_not_sent_twice(answer: str, trust: ssl.SSLContext) -> None:
    with mail_server(Manners(answers={"MESSAGE": [answer]})) as server:
        found = sent(here(server.port), trust, seconds=0.3 if answer else 5)

    assert found is not None
    assert (found.reason, found.again) == ("the connection ended before it answered, so it may have arrived", False)


@pytest.mark.parametrize("verb", ["CONNECT", "EHLO", "RCPT", "MESSAGE"])
def test_a_server_that_talks_without_an_end_is_not_listened_to(verb: str, trust: ssl.SSLContext) -> None:
    """What it says would be kept line for line, as long as it talks."""
    long = "\r\n".join([*(f"250-{'x' * 1_000}" for _ in range(2 * MOST_BYTES // 1_000)), "250 ok"])
    with mail_server(Manners(answers={verb: [long.replace("250", "220") if verb == "CONNECT" else long]})) as server:
        assert sent(here(server.port), trust) is not None
