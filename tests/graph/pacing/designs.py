"""The designs that are compared: what most programs do, what is better, and ours."""

from __future__ import annotations

from importer.graph.pacing import Fate, Limits, Pacer, Throttled


class NoPacing:
    """Each worker waits for itself, as retry middlewares do."""

    def admit(self, now: float) -> float:  # noqa: ARG002 - it never says no
        return 0.0

    def answered(self, now: float, *, sent_at: float, refused: bool, retry_after: float | None) -> float:  # noqa: ARG002 - the other designs need it
        return (1.0 if retry_after is None else retry_after) if refused else 0.0


class SharedPause:
    """One refusal makes all workers wait; then they all rush on."""

    def __init__(self) -> None:
        self._until = 0.0

    def admit(self, now: float) -> float:
        return max(0.0, self._until - now)

    def answered(self, now: float, *, sent_at: float, refused: bool, retry_after: float | None) -> float:  # noqa: ARG002 - the other designs need it
        if refused:
            self._until = max(self._until, now + (1.0 if retry_after is None else retry_after))
        return 0.0


class Learned:
    """Ours: the product's own pacer."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.pacer = Pacer(0.0, limits)

    def admit(self, now: float) -> float:
        return self.pacer.admit(now)

    def answered(self, now: float, *, sent_at: float, refused: bool, retry_after: float | None) -> float:
        outcome = Throttled(retry_after) if refused else Fate.LET_IN
        self.pacer.answered(now, sent_at=sent_at, outcome=outcome)
        return 0.0
