"""What is known of the rate that the service allows.

Theory of operation
-------------------
Nobody is told the rate, but each refusal (429) is a measurement of it, from both sides:

* *at least*: what was let in since the last pause ended, over that time with the pause included. Buckets refill
  while one waits and windows begin anew, so on most servers this is the rate itself; where a pause was longer than
  the server needed (a small bucket, `Retry-After` rounded up to a second) it is too low, never too high.
* *at most*: the pace at which the refusal came. The bucket had to be emptied or the window filled first, so it is too
  high, the more so the faster the pace was raised.

The new rate lies between the two: `at_least ** 0.3 * at_most ** 0.7`. It leans upward because erring upward is cheap
(the next refusal comes soon, costs one request, and halves the error or better: both readings are closer then), while
erring downward costs time that nobody gives back. So it comes down on the true rate from above in a few steps, and
arrives a hair below it.

Then it is held. After `hold` seconds without a refusal the pace rises, slowly first and then ever faster, and that is
the probe for a limit that has been raised. When the probe is refused near the rate already known, the knowledge is
good and the next hold is three times as long, up to a minute: a limit that stays costs ever fewer refusals. When it is
refused elsewhere, the limit has moved, and the hold is halved. One curve does for everything: it is stretched by
`hold`, so early mistakes are mended within seconds and late probes are gentle.

Until the first refusal nothing is known, and the pace is infinite. That first measurement has no *at most* (the pace
was whatever the workers and the network gave), so *at least* is taken alone.
"""

from __future__ import annotations

import math

LEAN = 0.7
"""Where between the two readings (in logarithms) the rate is taken to be. Of 0.5 to 0.9 tried on 44 server models,
0.7 lost least: below, hours under the limit; above, a refusal more at each limit."""
MARGIN = 0.99
"""Held a hundredth below the rate: a window of 20 a second refuses the 21st that jitter pushes into it."""
FIRST_HOLD = 3.0
"""Seconds. A window's end and the network's jitter need to be behind us before quiet means anything."""
LONGEST_HOLD = 60.0
"""Seconds. With a probe every two minutes, a raised limit is noticed within three and a probe costs nothing."""
CONFIRMED = 0.2
"""A new reading within a fifth (in logarithms) of the old confirms it."""
LENGTHENED = 3.0
"""So many times longer is the hold after a confirmation. Three reaches the longest in three refusals."""
PROBE = 0.04
"""The pace rises by a factor exp(PROBE * x * x) with x the quiet time beyond the hold, in holds: 4 % after the first
hold, 17 % after the second, 43 % after the third, and tenfold after eight."""
MEMORY = 0.3
"""How much the reading before weighs beside the present one: evens out Retry-After's rounding."""
ROUNDING = 0.25
"""Seconds by which a whole-number Retry-After is taken to be too long. It is rounded up, by half a second on average;
half of that is lost (windows), or none (buckets)."""
FEWEST = 3
"""A reading needs so many requests let in; with less, the pause before has merely gone on."""
STEEPEST = 16.0
"""The probe's x is cut here, where the pace has grown a thousandfold and twenty times: a float never overflows."""


class LearnedRate:
    """The allowed rate in requests a second, as the answers so far tell it. Times are seconds on any one clock."""

    __slots__ = (
        "_began",
        "_hold",
        "_let_in",
        "_past",
        "_pushed",
        "_quiet_since",
        "_rate",
        "_refused",
        "_rounding",
        "_seen_spent",
    )

    def __init__(self) -> None:
        self._rate = math.inf
        self._hold = FIRST_HOLD
        self._quiet_since = 0.0
        self._began = 0.0
        self._let_in = 0
        self._past = (0.0, 0.0)
        self._pushed = math.inf
        self._refused = False
        self._rounding = 0.0
        self._seen_spent = False

    def pace(self, now: float) -> float:
        """Gives the rate at which requests should be sent at this moment; infinite while nothing is known."""
        beyond = (now - self._quiet_since) / self._hold - 1
        rise = math.exp(PROBE * min(beyond, STEEPEST) ** 2) if beyond > 0 else 1.0
        return self._rate * MARGIN * rise

    def idle(self, seconds: float) -> None:
        """Hears that the pace was not used for so long: what nobody tried is not proven, so the probe waits."""
        self._quiet_since += seconds

    def let_in(self) -> None:
        """Hears that the service let a request in."""
        self._let_in += 1

    def refused(self, now: float, *, whole_seconds: bool) -> None:
        """Hears that the service refused, and whether it told the wait in whole seconds."""
        self._refused = True
        self._pushed = self.pace(now)
        self._rounding = ROUNDING if whole_seconds else 0.0

    def resume(self, now: float, *, crowd: int) -> None:
        """Hears that the pause is over, and learns from what led to it. `crowd` is how many may be in the air."""
        self._quiet_since = now
        if not self._refused:
            return
        if self._rate == math.inf and self._spent_before(crowd):
            self._seen_spent = True
        elif self._let_in < FEWEST:
            return
        else:
            self._learn(self._at_least(now))
        self._began, self._let_in, self._refused = now, 0, False

    def _spent_before(self, crowd: int) -> bool:
        """Others may have used the quota up before the run began; a first refusal that early says nothing, once."""
        return self._let_in < FEWEST or (self._let_in < 2 * crowd and not self._seen_spent)

    def _at_least(self, now: float) -> float:
        past_count, past_time = self._past
        count = MEMORY * past_count + self._let_in
        time = MEMORY * past_time + now - self._began - self._rounding
        self._past = count, time
        return count / time

    def _learn(self, at_least: float) -> None:
        if self._pushed == math.inf:
            self._rate = at_least
            return
        rate = min(at_least, self._pushed) ** (1 - LEAN) * self._pushed**LEAN
        near = abs(math.log(rate / self._rate)) < CONFIRMED
        self._hold = min(LONGEST_HOLD, self._hold * LENGTHENED) if near else max(FIRST_HOLD, self._hold / 2)
        self._rate = rate
