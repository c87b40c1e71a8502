"""A notification sent as a mail."""

from __future__ import annotations

import smtplib
import socket
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from enum import Enum, auto
from typing import TYPE_CHECKING, BinaryIO

from importer.core.wording import encodable
from importer.night.address import Encryption
from importer.night.delivery import Undelivered, undelivered
from importer.night.words import headline, text

if TYPE_CHECKING:
    from importer.night.address import MailServer
    from importer.night.event import RunEnded


MOST_BYTES = 2**20
"""Of a mail server's words in one conversation; they have some hundred for each recipient."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """By which server, from whom and to whom. `user` empty: the server asks for no sign-in."""

    server: MailServer
    encryption: Encryption
    sender: str
    recipients: tuple[str, ...]
    user: str = ""
    password: str = field(default="", repr=False)


def letter(event: RunEnded, post: Post) -> EmailMessage:
    """Gives the mail."""
    message = EmailMessage()
    message["Subject"] = headline(event)
    message["From"] = post.sender
    message["To"] = ", ".join(post.recipients)
    message["Date"] = format_datetime(event.ended)
    message["Message-ID"] = make_msgid(domain=post.sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's out-of-office answers it
    message.set_content(encodable(text(event)))
    return message


def send(message: EmailMessage, post: Post, *, trust: ssl.SSLContext, seconds: float) -> Undelivered | None:
    """Sends the mail; gives None when the server has taken it for everybody."""
    step, refused = _Step.CONNECT, {}
    try:
        with _connected(post, trust, seconds) as smtp:
            step = _Step.SIGN_IN
            if post.user:
                smtp.login(post.user, post.password)
            step = _Step.SEND
            refused = smtp.send_message(message, post.sender, list(post.recipients))
            step = _Step.LEAVE
    except (smtplib.SMTPException, OSError) as error:
        if step is not _Step.LEAVE:  # the mail is on its way, whatever the server says to QUIT
            return _reason(error, step)
    return undelivered("some") if refused else None


class _Step(Enum):
    CONNECT = auto()
    SIGN_IN = auto()
    SEND = auto()
    LEAVE = auto()


def _connected(post: Post, trust: ssl.SSLContext, seconds: float) -> smtplib.SMTP:
    """Gives an open connection, encrypted as asked. The name it greets with needs no look-up."""
    host, port, name = post.server.host, post.server.port_for(post.encryption), socket.gethostname()
    if post.encryption is Encryption.TLS:
        return _BriefTls(host, port, name, timeout=seconds, context=trust)
    smtp = _Brief(host, port, name, timeout=seconds)
    if post.encryption is Encryption.STARTTLS:
        try:
            smtp.starttls(context=trust)
        except BaseException:
            smtp.close()
            raise
    return smtp


class _Lines:
    """A mail server's lines, up to as many bytes as a whole conversation has at most."""

    def __init__(self, lines: BinaryIO) -> None:
        self._lines = lines
        self._left = MOST_BYTES

    def readline(self, most: int) -> bytes:
        """Give the next line. Raise OSError where there have been too many."""
        line = self._lines.readline(most)
        self._left -= len(line)
        if self._left < 0:
            raise OSError("the mail server says too much")
        return line

    def close(self) -> None:
        """Close the connection's reading side."""
        self._lines.close()


class _Brief(smtplib.SMTP):
    """The library's own, which would keep all lines of an answer without an end."""

    def getreply(self) -> tuple[int, bytes]:
        """Give the next answer."""
        if self.file is None and self.sock is not None:
            self.file = _Lines(self.sock.makefile("rb"))
        return super().getreply()


class _BriefTls(_Brief, smtplib.SMTP_SSL):
    """The same, encrypted from the start."""


def _reason(error: smtplib.SMTPException | OSError, step: _Step) -> Undelivered:
    """Gives why in our own words: a server's may name people. Codes: RFC 5321 section 4.2.1, 4xx may pass."""
    match error:
        case smtplib.SMTPNotSupportedError() if step is _Step.CONNECT:
            return undelivered("not-encrypted")
        case smtplib.SMTPNotSupportedError() | smtplib.SMTPAuthenticationError() if step is _Step.SIGN_IN:
            return undelivered("sign-in")
        case smtplib.SMTPRecipientsRefused():
            return undelivered("recipients", again=all(_passing(code) for code, _said in error.recipients.values()))
        case smtplib.SMTPSenderRefused():
            return undelivered("sender", status=error.smtp_code, again=_passing(error.smtp_code))
        case smtplib.SMTPResponseException():
            return undelivered("refused", status=error.smtp_code, again=_passing(error.smtp_code))
        case ssl.SSLCertVerificationError():
            return undelivered("untrusted")
        case ssl.SSLError():
            return undelivered("no-handshake")
        case _ if step is _Step.SEND:
            return undelivered("broken")
        case _:
            return undelivered("unreachable", again=True)


def _passing(code: int) -> bool:
    return 400 <= code < 500  # noqa: PLR2004 - an SMTP status says what it is
