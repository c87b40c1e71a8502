"""Whom to tell that a run has ended, and telling them.

The heartbeat: a small file that says when the last run was and how it ended, so that a missing run shows.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer.core.catalogue import problem
from importer.core.model import ExitCode, Stop
from importer.core.wording import harmless_json
from importer.notify.channels import STEP_SECONDS, Undelivered, card, deliver, letter, send
from importer.notify.event import essentials, facts
from importer.tables.save import save

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from importer.core.model import Problem
    from importer.notify.address import Webhook
    from importer.notify.channels import Post
    from importer.notify.event import RunEnded


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
        """Return everybody once; return a warning for each way that did not get through."""
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
        from importer.notify.channels import post  # noqa: PLC0415 - httpx loads only for this

        as_card = self.form == "card" or (self.form is None and webhook.teams)
        return post(webhook, card(event) if as_card else facts(event), trust=trust, seconds=STEP_SECONDS)


def _mailed(event: RunEnded, post: Post, trust: ssl.SSLContext) -> Undelivered | None:
    return send(letter(event, post), post, trust=trust, seconds=STEP_SECONDS)


NAME = "last-run.json"
TRIAL_NAME = "last-run-sandbox.json"
"""Trials have a file of their own: they must not make it look as if the night had been."""

SCHEMA = 1
"""Raised when a key changes its meaning or goes; a new key does not raise it."""

ALL_ROWS = frozenset({ExitCode.DONE, ExitCode.ROWS})
"""Runs that got through all rows, whatever became of each."""

TRIES = 5
PAUSE_SECONDS = 0.2
"""On Windows a file can't be replaced while somebody reads it, and this one is there to be read."""


def beat(event: RunEnded, path: Path, *, pause: Callable[[float], None] = time.sleep) -> Problem | None:
    """Write the file whole or not at all; return a warning where that is not possible."""
    document = {"schema": SCHEMA, **essentials(event), "last_complete": _last_complete(event, path)}
    data = (harmless_json(json.dumps(document, ensure_ascii=False, indent=2)) + "\n").encode()
    failure: OSError | None = None
    for attempt in range(TRIES):
        if attempt:
            pause(PAUSE_SECONDS)
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


def _warning(path: Path, error: OSError | None) -> Problem:
    reason = (error.strerror if error is not None else None) or type(error).__name__
    return problem("heartbeat-not-written", value=str(path), reason=reason)


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
