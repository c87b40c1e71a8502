"""Whom to tell that a run has ended, and telling them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.core.catalogue import problem
from importer.core.model import Stop
from importer.night.card import card
from importer.night.delivery import STEP_SECONDS, Undelivered, deliver
from importer.night.mail import letter, send
from importer.night.words import facts

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

    from importer.core.model import Problem
    from importer.night.address import Webhook
    from importer.night.event import RunEnded
    from importer.night.mail import Post


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
        """Tells everybody once; gives a warning for each way that did not get through."""
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
        from importer.night.webhook import post  # noqa: PLC0415 - httpx loads only for this

        as_card = self.form == "card" or (self.form is None and webhook.teams)
        return post(webhook, card(event) if as_card else facts(event), trust=trust, seconds=STEP_SECONDS)


def _mailed(event: RunEnded, post: Post, trust: ssl.SSLContext) -> Undelivered | None:
    return send(letter(event, post), post, trust=trust, seconds=STEP_SECONDS)
