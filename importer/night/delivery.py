"""One notification, tried for a stated time: twice at most, and never a second time where it may have arrived."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from importer.core.catalogue.night import UNDELIVERED

if TYPE_CHECKING:
    from collections.abc import Callable

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
    """Gives the reason in words."""
    return Undelivered(UNDELIVERED[key].format(**facts), again)


def deliver(
    attempt: Callable[[], Undelivered | None],
    *,
    seconds: float = ATTEMPT_SECONDS,
    pause: Callable[[float], object] = time.sleep,
) -> Undelivered | None:
    """Tries to deliver; gives None when it got through, else why not. `attempt` must not raise."""
    failure = _within(seconds, attempt)
    if failure is not None and failure.again:
        pause(PAUSE_SECONDS)
        failure = _within(seconds, attempt)
    return failure


def _within(seconds: float, attempt: Callable[[], Undelivered | None]) -> Undelivered | None:
    """Gives what came of it, and waits no longer: looking up a name can take minutes, and no time limit reaches it."""
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
