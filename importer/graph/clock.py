"""Time, sleep and chance, handed in so that tests can run hours in no time and roll known dice."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Clock:
    """What retry needs of the world.

    `sleep` may raise to end an operation that is no longer wanted, e.g. Stop after Ctrl-C. `monotonic` is in
    seconds since any moment, `now` in seconds since 1970 (UTC), `random` is at least 0 and below 1.
    """

    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], object] = time.sleep
    now: Callable[[], float] = time.time
    random: Callable[[], float] = random.random


SYSTEM_CLOCK = Clock()
