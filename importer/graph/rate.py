"""What is known of the rate that the service allows.

Theory of operation
-------------------
Nobody is told the rate, but each refusal (429) measures it, from both sides:

* *at least*: what was let in since the pause before, over that time, this pause included. Buckets refill while one
  waits and windows begin anew, so on most services this is the rate itself. Where a pause was longer than it had to be
  (a small bucket; a Retry-After rounded up to a whole second) it is too low, and never too high.
* *at most*: the pace at which the refusal came. A bucket had to be emptied first, or a window filled, so it is too
  high, and the more so the faster the pace was raised.

The rate is taken to be between the two, a little nearer to the upper. The next reading is closer on both sides, so a
few refusals are enough. It comes down on the true rate from above, which is the cheap side: too high a rate costs one
request at each limit, too low a rate costs time that nobody gives back. The very first reading has no upper side (the
pace was whatever workers and network gave) and the lower one is taken alone.

Then the rate is held. When nothing was refused during the hold, the pace rises, slowly first and ever faster: this
probes for a limit that has been raised. A probe that is refused near the known rate confirms it, and the next hold is
three times as long, so a limit that stays costs ever fewer refusals. One that is refused elsewhere shortens the hold.
A probe that has gone far beyond the known rate unrefused has its proof, and goes on at the speed of the first one.

Not every refusal is about the pace: a machine restarts, a neighbour is noisy. Such a one lowers the rate for nothing,
and the next one lowers it further. It shows, because a limit lets in as much at a lower pace as at a higher, and chance
lets in less. When that is seen, everything is forgotten and learned anew; the same happens when a limit has dropped.
"""

from __future__ import annotations

import math

NEARER = 0.6
"""Where between the two readings the rate is taken to be, in logarithms. 0.5 to 0.9 were tried on 63 server models
(tests/graph/pacing): with less, too many runs stayed below the limit; with more, limits were touched too often."""
MARGIN = 0.99
"""The share of the rate that is used. At the full rate, jitter pushes a 21st request into a window of 20 a second."""
FIRST_HOLD = 3.0
"""Seconds. Of 1 to 5 that were tried: with less, a probe comes before a window has had the time to refuse; with more, a
first reading that was far too low is kept for too long."""
LENGTHENED = 3.0
"""So many times longer is the hold after a confirmation."""
SHORTENED = 0.5
"""So many times longer is the hold after a surprise."""
CONFIRMED = 0.2
"""A new rate within a fifth of the old, in logarithms, confirms it."""
LONGEST_HOLD = 15.0
"""Seconds. A probe then rises by a fifth within 48 s and fivefold within 65 s, and a refusal every half minute is less
than two in a thousand at 20 a second."""
HOLD_PER_PAUSE = 30.0
"""The hold may always be so many times as long as the last pause: as probes come every two holds, they cost less than
2 % of the time, whatever a service asks for."""
PROBE = 0.04
"""The pace rises by exp(PROBE * x * x), with x the time since the hold in holds: 4 %, 17 %, 43 %, 90 % and so on."""
PROVEN = 2.2
"""The x, for a rise of a fifth, from which on x counts in first holds. Far more than any confirmed reading was off."""
STEEPEST = 16.0
"""The x at which the rise ends, some 28,000-fold, so that no float overflows in a quiet night."""
ROUNDED = 0.4
"""Seconds by which a whole-number Retry-After is taken to be too long: rounding up adds half a second on average, and
most of that is lost. Without this, the lower side is a third too low where windows are as short as a second."""
DOUBTFUL = 0.7
"""Where less than this share of what once got in gets in at a lower pace, it is not a limit that refuses. Readings of a
limit that stays differ by less, even where Retry-After is rounded."""
NOTHING = (0.0, 0.0)
"""No reading yet: nothing got in, at no pace."""
FEWEST = 3
"""A reading needs so many requests let in. With less, it is still the pause before that goes on."""


class LearnedRate:
    """The allowed rate in requests a second, as the answers so far tell it. Times are seconds on any one clock."""

    __slots__ = (
        "_began",
        "_best",
        "_hold",
        "_let_in",
        "_longest_hold",
        "_pushed",
        "_quiet_since",
        "_rate",
        "_refused_at",
        "_rounded",
        "_seen_spent",
    )

    def __init__(self, now: float) -> None:
        self._rate = math.inf
        self._hold = FIRST_HOLD
        self._longest_hold = LONGEST_HOLD
        self._quiet_since = now
        self._began = now
        self._let_in = 0
        self._refused_at: float | None = None
        self._pushed = math.inf
        self._rounded = 0.0
        self._seen_spent = False
        self._best = NOTHING

    def pace(self, now: float) -> float:
        """Return the rate at which requests should be sent at this moment; infinite while nothing is known."""
        return self._rate * MARGIN * self._rise(now - self._quiet_since)

    def idle(self, seconds: float) -> None:
        """Take that for so long requests came slower than the pace: what nobody tried is not proven."""
        self._quiet_since += seconds

    def let_in(self) -> None:
        """Take that the service let a request in."""
        self._let_in += 1

    def refused(self, now: float, *, pace: float, whole_seconds: bool) -> None:
        """Take that the service refused a request sent at `pace`, and whether it told the wait in whole seconds."""
        self._refused_at = now
        self._pushed = pace
        self._rounded = ROUNDED if whole_seconds else 0.0

    def resume(self, now: float, *, crowd: int) -> None:
        """Take that the pause is over, and learns from what led to it. `crowd` is how many may be in the air."""
        self._quiet_since = now
        if self._refused_at is None:
            return
        self._longest_hold = max(LONGEST_HOLD, HOLD_PER_PAUSE * (now - self._refused_at))
        if self._rate == math.inf and self._spent_before(crowd):
            self._seen_spent = True
        elif self._let_in < FEWEST:
            return
        else:
            self._learn(self._let_in / (now - self._began - self._rounded))
        self._began, self._let_in, self._refused_at = now, 0, None

    def _rise(self, quiet: float) -> float:
        beyond = quiet / self._hold - 1
        if beyond > PROVEN:
            beyond = PROVEN + (quiet - (1 + PROVEN) * self._hold) / FIRST_HOLD
        return math.exp(PROBE * min(beyond, STEEPEST) ** 2) if beyond > 0 else 1.0

    def _spent_before(self, crowd: int) -> bool:
        """Return whether others may have spent the quota before this run began: nothing is learned from that, once."""
        return self._let_in == 0 or (self._let_in < 2 * crowd and not self._seen_spent)

    def _learn(self, at_least: float) -> None:
        before, self._rate = self._rate, at_least
        if self._pushed == math.inf:
            return
        self._rate = min(at_least, self._pushed) ** (1 - NEARER) * self._pushed**NEARER
        if before < math.inf:
            self._stretch(before)
        self._doubt(at_least)

    def _stretch(self, before: float) -> None:
        """Lengthens the hold when a probe was refused near the rate known before, and shortens it after a surprise."""
        near = abs(math.log(self._rate / before)) < CONFIRMED
        probed = self._pushed > before
        by = SHORTENED if not near else LENGTHENED if probed else 1.0
        self._hold = max(FIRST_HOLD, min(by * self._hold, self._longest_hold))

    def _doubt(self, at_least: float) -> None:
        """Forget the rate when less got in at a lower pace: then it was not the pace that was refused."""
        most, pushed = self._best
        if self._pushed < pushed and at_least < DOUBTFUL * most:
            self._rate, self._best = math.inf, NOTHING
        elif at_least > most:
            self._best = at_least, self._pushed
