"""Who says when the next request may be sent; the client asks before every send."""

from __future__ import annotations

from typing import Protocol


class Gate(Protocol):
    """Paces requests of all threads. Safe to call from several threads at once."""

    def wait(self) -> None:
        """Blocks until this request may be sent. Called before every send, retries too."""
        ...

    def answered(self, *, throttled: bool, retry_after: float | None) -> None:
        """Hears about every request that was let through and got an answer, once each.

        `throttled` is true for a 429, and for a 503 that says how long to stay away. `retry_after` is in seconds
        and None where the service said nothing believable (nothing, garbage, zero or less); an hour is passed on
        as it is, for the gate to judge.
        """
        ...

    def unanswered(self) -> None:
        """Hears about every other request that was let through, once each: nothing is known of the service's limits."""
        ...


class OpenGate:
    """Lets everything through at once: for single calls, and for servers without limits."""

    def wait(self) -> None:
        """Returns at once."""

    def answered(self, *, throttled: bool, retry_after: float | None) -> None:
        """Learns nothing."""

    def unanswered(self) -> None:
        """Learns nothing."""
