"""Telling people that a run has ended: one notification by webhook or mail, and a heartbeat file.

Theory of operation. A notification is tried for a stated time: twice at most, and never a second time where it may have
arrived. The heartbeat says when the last run was and how it ended, so that a run that is missing shows.

Sources for the Adaptive Card that a Teams Workflow posts: https://adaptivecards.io/explorer/ for the elements, and for
the envelope https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
"""

from __future__ import annotations

import json
import smtplib
import socket
import ssl
import threading
import time
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from enum import Enum, auto
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, BinaryIO

from importer.core.catalogue import problem
from importer.core.catalogue.notify import UNDELIVERED
from importer.core.model import ExitCode, Stop
from importer.core.texts import Sentence
from importer.core.wording import encodable, json_text, system_reason
from importer.graph.http import ProxyDenied, causes, httpx, open_client
from importer.notify import Encryption
from importer.notify.event import (
    CAUSES_SHOWN,
    FILES_SHOWN,
    REPORT,
    RESULTS,
    all_files_in_words,
    cause_in_words,
    essentials,
    event_text,
    facts,
    file_in_words,
    headline,
    hints,
    name_in_words,
    other_files_in_words,
    others_in_words,
    shown_files,
    timestamp,
)
from importer.tables.save import save

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from importer.core.model import Problem
    from importer.notify import MailServer, Webhook
    from importer.notify.event import RunEnded


ATTEMPT_SECONDS = 10.0
"""How long one attempt may take, all in all."""
STEP_SECONDS = 9.0
"""How long one step of it may take, so that a connection that can't be made is known as that."""
PAUSE_SECONDS = 1.0
"""Between the two attempts: what is restarting has a moment, and the run's end is not held up."""


@dataclass(frozen=True, slots=True)
class Undelivered:
    """Why it did not get through. `again` tells that it certainly did not arrive and that a second try may help."""

    reason: str
    again: bool = False


def undelivered(key: str, *, again: bool = False, **facts: object) -> Undelivered:
    """Return the reason in words."""
    return Undelivered(UNDELIVERED[key].format(**facts), again)


def deliver(
    attempt: Callable[[], Undelivered | None],
    *,
    seconds: float = ATTEMPT_SECONDS,
    pause: Callable[[float], object] = time.sleep,
) -> Undelivered | None:
    """Try to deliver; return None when it got through, else why not. `attempt` must not raise."""
    failure = _within(seconds, attempt)
    if failure is not None and failure.again:
        pause(PAUSE_SECONDS)
        failure = _within(seconds, attempt)
    return failure


def _within(seconds: float, attempt: Callable[[], Undelivered | None]) -> Undelivered | None:
    """Return what came of it, and wait no longer: looking up a name can take minutes, and no time limit reaches it."""
    answer: SimpleQueue[Undelivered | BaseException | None] = SimpleQueue()

    def work() -> None:
        try:
            answer.put(attempt())
        except BaseException as error:  # noqa: BLE001 - handed over, and raised where somebody sees it
            answer.put(error)

    threading.Thread(target=work, name="notification", daemon=True).start()
    try:
        came = answer.get(timeout=seconds)
    except Empty:
        return undelivered("late", seconds=seconds)
    if isinstance(came, BaseException):
        raise came
    return came


VERSION = "1.4"
"""What every Teams client shows, phones included."""

_COLORS = {ExitCode.DONE: "good", ExitCode.ROWS: "warning", ExitCode.STOPPED: "warning", ExitCode.LOCKED: "warning"}


def card(event: RunEnded) -> dict[str, Any]:
    """Return the message with the card in it."""
    content = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": VERSION,
        "fallbackText": event.language.say(headline(event)),
        "msteams": {"width": "Full"},
        "body": list(_body(event)),
    } | ({"rtl": True} if event.language.right_to_left else {})
    attachment = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": content,
    }
    return {"type": "message", "attachments": [attachment]}


def _body(event: RunEnded) -> Iterator[dict[str, Any]]:
    color, say = _COLORS.get(event.exit_code, "attention"), event.language.say
    yield _verbatim(say(event.verdict), size="large", weight="bolder", color=color)
    yield _verbatim(say(_WHERE.format(host=event.host, code=int(event.exit_code))), subtle=True)
    if len(event.files) > 1 and event.counts:
        yield _verbatim(say(all_files_in_words(event)), spaced=True)
    yield from _files(event)
    if event.report:
        yield _verbatim(say(REPORT.format(path=event.report)), spaced=True)
    for number, cause in enumerate(event.causes[:CAUSES_SHOWN]):
        yield _verbatim(f"• {say(cause_in_words(cause))}", spaced=number == 0)
    if len(event.causes) > CAUSES_SHOWN:
        yield _verbatim(f"• {say(others_in_words(event))}")
    for hint in hints(event):
        yield _verbatim(say(hint), spaced=True)
    ended = _ENDED.format(run=event.run_id, start=timestamp(event.started), end=timestamp(event.ended))
    yield _verbatim(say(ended), size="small", subtle=True, spaced=True)


_WHERE = Sentence("card where", "meeting-importer on {host}, exit code {code}")
_ENDED = Sentence("card run", "Run {run}, {start} to {end}", note="Run 4f2a, 2026-12-25T02:00 to 2026-12-25T02:10")


def _files(event: RunEnded) -> Iterator[dict[str, Any]]:
    say = event.language.say
    for file in shown_files(event):
        yield _verbatim(say(name_in_words(file)), weight="bolder", spaced=True)
        yield _verbatim(say(file_in_words(file)))
        if file.result is not None:
            yield _verbatim(say(RESULTS.format(path=file.result)))
    if len(event.files) > FILES_SHOWN:
        yield _verbatim(say(other_files_in_words(event)))


def _verbatim(
    text: str,
    *,
    size: str = "default",
    weight: str = "default",
    color: str = "default",
    subtle: bool = False,
    spaced: bool = False,
) -> dict[str, Any]:
    r"""A text run, not a text block: that one takes text for Markdown, and `\\server\_x` would lose signs."""
    run = {"type": "TextRun", "text": text, "size": size, "weight": weight, "color": color, "isSubtle": subtle}
    return {"type": "RichTextBlock", "spacing": "medium" if spaced else "small", "inlines": [run]}


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
    """Return the mail."""
    message = EmailMessage()
    message["Subject"] = event.language.say(headline(event))
    message["From"] = post.sender
    message["To"] = ", ".join(post.recipients)
    message["Date"] = format_datetime(event.ended)
    message["Message-ID"] = make_msgid(domain=post.sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's out-of-office answers it
    message.set_content(encodable(event_text(event)))
    return message


def send_mail(message: EmailMessage, post: Post, *, trust: ssl.SSLContext, seconds: float) -> Undelivered | None:
    """Send the mail; return None when the server has taken it for everybody."""
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
    """Return an open connection, encrypted as asked. The name it greets with needs no look-up."""
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
    """Return why in our own words: a server's may name people. Codes: RFC 5321 section 4.2.1, 4xx may pass."""
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


_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers that may be others a moment later."""
_JSON = {"Content-Type": "application/json"}
_GONE = frozenset({401, 403, 404, 410})
"""What a webhook answers that was deleted, or whose key was changed."""


def post(address: Webhook, message: dict[str, Any], *, trust: ssl.SSLContext, seconds: float) -> Undelivered | None:
    """Post the message; return None when it was taken. No redirect is followed: the address is the secret.

    The answer's body is not read. Proxies are obeyed (HTTPS_PROXY, NO_PROXY), except for this very computer.
    """
    body = encodable(json.dumps(message, ensure_ascii=False)).encode()
    try:
        with (
            open_client(address.reveal(), tls=trust, timeout=seconds) as client,
            client.stream("POST", address.reveal(), content=body, headers=_JSON) as response,
        ):
            return _judged(response.status_code)
    except Stop as stop:  # a setting about proxies
        return Undelivered(stop.problem.message)
    except ProxyDenied as denied:
        return undelivered("proxy", status=denied.args[0])
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        return _unreached(error)
    except httpx.TimeoutException:
        return undelivered("late", seconds=seconds)
    except httpx.RequestError:
        return undelivered("broken")


def _judged(status: int) -> Undelivered | None:
    if 200 <= status < 300:  # noqa: PLR2004 - RFC 9110 section 15.3
        return None
    if status in _GONE:
        return undelivered("gone", status=f"HTTP {status}")
    return undelivered("refused", status=f"HTTP {status}", again=status in _PASSING)


def _unreached(error: BaseException) -> Undelivered:
    """Look for a certificate that is not trusted among the causes; nothing of the error's own words is repeated."""
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes(error)):
        return undelivered("untrusted")
    return undelivered("unreachable", again=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """Where notifications go, and when: `on` is `failure`, `change` or `always`, `form` is `card`, `json` or None.

    `trust` gives whose certificates are believed; it may raise Stop.
    """

    trust: Callable[[], ssl.SSLContext]
    on: str = "always"
    webhook: Webhook | None = None
    form: str | None = None
    post: Post | None = None

    def tell(self, event: RunEnded) -> Iterator[Problem]:
        """Tell everybody once; return a warning for each way that did not get through."""
        if not self._wanted(event):
            return
        for name, attempt in self._ways(event):
            if (failure := deliver(attempt)) is not None:
                yield problem("notification-failed", value=name, reason=failure.reason)

    def _wanted(self, event: RunEnded) -> bool:
        match self.on:
            case "failure":
                return event.failed
            case "change":
                return event.changed
            case _:
                return True

    def _ways(self, event: RunEnded) -> Iterator[tuple[str, Callable[[], Undelivered | None]]]:
        if (webhook := self.webhook) is not None:
            yield str(webhook), lambda: self._trusting(lambda trust: self._posted(event, webhook, trust))
        if (post := self.post) is not None:
            yield str(post.server), lambda: self._trusting(lambda trust: _mailed(event, post, trust))

    def _trusting(self, attempt: Callable[[ssl.SSLContext], Undelivered | None]) -> Undelivered | None:
        try:
            trust = self.trust()
        except Stop as stop:
            return Undelivered(stop.problem.message)
        return attempt(trust)

    def _posted(self, event: RunEnded, webhook: Webhook, trust: ssl.SSLContext) -> Undelivered | None:
        as_card = self.form == "card" or (self.form is None and webhook.teams)
        return post(webhook, card(event) if as_card else facts(event), trust=trust, seconds=STEP_SECONDS)


def _mailed(event: RunEnded, post: Post, trust: ssl.SSLContext) -> Undelivered | None:
    return send_mail(letter(event, post), post, trust=trust, seconds=STEP_SECONDS)


NAME = "last-run.json"
TRIAL_NAME = "last-run-sandbox.json"
"""Trials have a file of their own: they must not make it look as if the night had been."""

SCHEMA = 1
"""Raised when a key changes its meaning or goes; a new key does not raise it."""

ALL_ROWS = frozenset({ExitCode.DONE, ExitCode.ROWS})
"""Runs that got through all rows, whatever became of each."""

TRIES = 5
HEARTBEAT_PAUSE_SECONDS = 0.2
"""On Windows a file can't be replaced while somebody reads it, and this one is there to be read."""


def beat(event: RunEnded, path: Path, *, pause: Callable[[float], None] = time.sleep) -> Problem | None:
    """Write the file whole or not at all; return a warning where that is not possible."""
    document = {"schema": SCHEMA, **essentials(event), "last_complete": _last_complete(event, path)}
    data = (json_text(document) + "\n").encode()
    failure = OSError()
    for attempt in range(TRIES):
        if attempt:
            pause(HEARTBEAT_PAUSE_SECONDS)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            save(path, data)
        except PermissionError as error:
            failure = error
        except OSError as error:
            return _warning(path, error)
        else:
            return None
    return _warning(path, failure)


def _warning(path: Path, error: OSError) -> Problem:
    return problem("heartbeat-not-written", value=str(path), reason=system_reason(error))


def _last_complete(event: RunEnded, path: Path) -> dict[str, Any] | None:
    """Return the last run that got through all rows: this one, else the one that the file named until now."""
    if event.exit_code in ALL_ROWS:
        facts = essentials(event)
        return {key: facts[key] for key in ("run_id", "ended", "exit_code")}
    try:
        known = json.loads(path.read_bytes())["last_complete"]
    except (OSError, ValueError, KeyError, TypeError):  # not there, or not ours
        return None
    return known if isinstance(known, dict) else None
