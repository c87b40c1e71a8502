"""Pacing: how fast may we go? Learned from Graph's answers, since no figure is published for online meetings.

`Pacer` decides for all workers: may a request be sent now, and if not, when is it worth asking again? It is pure: no
thread, no sleep, no clock. Every method takes `now`, seconds on any clock that never goes back. `SharedGate` is a pacer
that threads can wait at: only the thread at the head of the queue looks at the clock, the others stand behind it at a
lock, so an opening gate wakes one thread and not all.

Three things can say no, in this order:

1. *Too many in the air* (`ConcurrencyLimit`).
2. *A pause.* A refusal makes everybody wait, for as long as it says. Refusals of requests that were in the air when
   the pause began belong to it: they may lengthen it, and nothing is learned from them. Without a believable
   Retry-After the pause is 1 s, then 2 s, 4 s ... until something is let in, and only one request is sent to find out.
3. *The pace.* Requests leave in single file, evenly spaced at the rate of `LearnedRate`. They keep to a timetable
   and not to the moment a timer woke up, or its lateness would eat a tenth of the rate.

A Retry-After beyond `Limits.longest_pause` is not slept: that is no throttle but a quota (of a month, of a user), and
its row is the caller's to fail. It holds nobody else up.

How many may be in the air
--------------------------
Sixteen at first, then twice as many and so on, as long as that brings more answers. A round is as many answers as may
be in the air, and gives a speed in answers a second. The first round after a step up still hears of requests that were
sent before it, so it may take the next step, but only a later round may find that the step was not worth it. Then the
step is taken back, and tried again after a while, at ever longer intervals. So workers that a service, a network or
this machine can't make use of stay idle, and more of them never make a run slower. A round in which there was seldom
as much in the air as there might have been says nothing: something else, the pace or the rows, set the speed.

What is known of the rate
-------------------------
Nobody is told the rate, but each refusal (429) measures it, from both sides:

* *at least*: what was let in since the pause before, over that time, this pause included. Buckets refill while one
  waits and windows begin anew, so on most services this is the rate itself. Where a pause was longer than it had to be
  (a small bucket; a Retry-After rounded up to a whole second) it is too low, and never too high.
* *at most*: the pace at which the refusal came. A bucket had to be emptied first, or a window filled, so it is too
  high, and the more so the faster the pace was raised.

The rate is taken to be between the two, a little nearer to the upper. The next reading is closer on both sides, so a
few refusals are enough. It comes down on the true rate from above, which is the cheap side: too high a rate costs one
request at each limit, too low a rate costs time that nobody gives back. Where short waits are told in fractions,
nothing is lost to them, and the rate is taken to be close to the lower side. The very first reading has no upper side
(the pace was whatever workers and network gave): the lower one is taken, and a quarter more where seconds were told.

Two readings in a row that agree, though of one a pause was a large part and of the other a small one, show that pauses
lose nothing: a bucket refills meanwhile. Then the reading is exact, and what was missed in a pause is caught up after
it, at twice the pace, so that no tokens are left over at the end. A refusal in the middle of that shows that it was
another kind of limit after all; from then on nothing is caught up.

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
import threading
import time
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol, TypeAlias

from importer.core.catalogue import problem
from importer.core.model import WORKERS, ExitCode, Stop

if TYPE_CHECKING:
    from collections.abc import Callable


NEARER = 0.6
"""Where between the two readings the rate is taken to be, in logarithms. 0.5 to 0.9 were tried on 63 server models
(tests/graph/pacing): with less, too many runs stayed below the limit; with more, limits were touched too often."""
NEARER_EXACT = 0.1
"""The same where short waits are told in fractions: then the lower reading is right but for jitter."""
RISEN = 1.1
"""So many times the known rate is a probe's pace, at which only a part of the reading was taken."""
FIRST_OVER = 1.25
"""So many times the first reading is the first pace where whole seconds were told. Should it be a bucket, it has
refilled meanwhile, and is to be emptied again; with less, a run of 1,500 rows ends before that is done."""
FIRST_HOLD = 6.0
"""Seconds. Of 3 to 20 that were tried: with less, a probe comes before a window has had the time to refuse, and costs a
second; with more, a first reading that was far too low is kept for too long."""
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
PROBE = 0.03
"""The pace rises by exp(PROBE * x * x), with x the time since the hold in holds: 3 %, 13 %, 31 %, 62 % and so on."""
PROVEN = 2.2
"""The x, for a rise of a seventh, from which on x counts in `CLIMB`. More than any confirmed reading was off."""
CLIMB = 2.0
"""Seconds."""
STEEPEST = 16.0
"""The x at which the rise ends, some 28,000-fold, so that no float overflows in a quiet night."""
ROUNDED = 0.4
"""Seconds by which a whole-number Retry-After is taken to be too long: rounding up adds half a second on average, and
most of that is lost. Without this, the lower side is a third too low where windows are as short as a second."""
AGREED = 0.04
"""Two readings that differ by less, in logarithms, agree."""
BEGUN_SLOWLY = 0.1
"""The second may be so much higher: a busy machine does not empty a bucket as fast as it could."""
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
        "_between",
        "_hold",
        "_let_in",
        "_longest_hold",
        "_loses",
        "_pushed",
        "_quiet_since",
        "_rate",
        "_reading",
        "_refused_at",
        "_seen_spent",
        "_told",
        "_void",
        "refills",
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
        self._told: float | None = None
        self._reading = 0.0
        self._loses = False
        self._between = math.inf
        self._void = False
        self.refills = False
        self._seen_spent = False
        self._best = NOTHING

    def pace(self, now: float) -> float:
        """Return the rate at which requests should be sent at this moment; infinite while nothing is known."""
        return self._rate * self._rise(now - self._quiet_since)

    def idle(self, seconds: float) -> None:
        """Take that for so long requests came slower than the pace: what nobody tried is not proven."""
        self._quiet_since += seconds

    def let_in(self) -> None:
        """Take that the service let a request in."""
        self._let_in += 1

    def refused(self, now: float, *, pace: float, told: float | None, missed: float) -> None:
        """Take that the service refused a request sent at `pace` and told that wait (None: none that is believed).

        `missed` are the seconds of a pause before that were still being caught up.
        """
        self._refused_at = now
        self._pushed = pace
        self._told = told
        if self.refills and missed > CATCH_UP:
            self.refills, self._loses, self._void, self._rate = False, True, True, self._between

    def resume(self, now: float, *, limit: int) -> None:
        """Take that the pause is over, and learns from what led to it. `limit` is how many may be in the air."""
        self._quiet_since = now
        if self._refused_at is None:
            return
        self._longest_hold = max(LONGEST_HOLD, HOLD_PER_PAUSE * (now - self._refused_at))
        if self._rate == math.inf and self._spent_before(limit):
            self._seen_spent = True
        elif self._void:  # what was let in while catching up says nothing of the rate
            self._void = False
        elif self._let_in < FEWEST:
            return
        else:
            self._learn(now)
        self._began, self._let_in, self._refused_at = now, 0, None

    def _rise(self, quiet: float) -> float:
        beyond = quiet / self._hold - 1
        if beyond > PROVEN:
            beyond = PROVEN + (quiet - (1 + PROVEN) * self._hold) / CLIMB
        return math.exp(PROBE * min(beyond, STEEPEST) ** 2) if beyond > 0 else 1.0

    def _spent_before(self, limit: int) -> bool:
        """Return whether others may have spent the quota before this run began: nothing is learned from that, once."""
        return self._let_in == 0 or (self._let_in < 2 * limit and not self._seen_spent)

    def _learn(self, now: float) -> None:
        told = self._told or 1.0
        whole, short = told.is_integer(), told <= 1
        before, last = self._rate, self._reading
        self._reading = self._let_in / (now - self._began)
        at_least = self._let_in / (now - self._began - (ROUNDED if whole else 0.0))
        if self._pushed == math.inf:
            self._rate = self._reading * FIRST_OVER if whole else at_least
            return
        held = self._pushed <= RISEN * before
        nearer = NEARER_EXACT if held and short and not whole else NEARER
        self._rate = self._between = min(at_least, self._pushed) ** (1 - nearer) * self._pushed**nearer
        agree = last > 0 and -AGREED < math.log(self._reading / last) < BEGUN_SLOWLY
        self.refills = agree and held and short and whole and not self._loses
        if self.refills:
            self._rate = self._reading
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


FIRST = 16
"""At 50 ms that is 320 requests a second, and a service without a limit is met at once with what most runs use."""
WORTH = 1.15
"""So many times more answers make a step worth its while. In full it brings 2; a round's jitter is below a tenth."""
FIRST_PATIENCE = 1.0
"""Seconds until a step that was taken back is tried again; doubled each time. A hiccup must cost little."""
LONGEST_PATIENCE = 60.0
"""Seconds."""


class ConcurrencyLimit:
    """Limits the requests in the air, to `most` at the utmost. Times are seconds on any one clock."""

    __slots__ = ("_answers", "_began", "_full", "_ladder", "_most", "_patience", "_settled", "_try_at", "size")

    def __init__(self, most: int, now: float) -> None:
        self.size = min(FIRST, most)
        self._most = most
        self._ladder: list[tuple[int, float]] = []
        self._settled = True
        self._try_at = now
        self._patience = FIRST_PATIENCE
        self._begin(now)

    def sent(self, in_air: int) -> None:
        """Take that a request was sent, and how many are in the air with it."""
        self._full += in_air >= self.size

    def restart(self, now: float) -> None:
        """Begins a new round after a pause."""
        self._settled = False
        self._begin(now)

    def shrink(self, now: float) -> None:
        """Begins again with one, to find out at the least cost whether anything is let in."""
        self.size = 1
        self._ladder.clear()
        self.restart(now)

    def answered(self, now: float) -> None:
        """Take that an answer came."""
        self._answers += 1
        if self._answers >= self.size and now > self._began:
            speed, full = self._answers / (now - self._began), 2 * self._full >= self._answers
            self._begin(now)
            if full:
                self._judge(now, speed)

    def _begin(self, now: float) -> None:
        self._began, self._answers, self._full = now, 0, 0

    def _judge(self, now: float, speed: float) -> None:
        worth = not self._ladder or speed >= WORTH * self._ladder[-1][1]
        if worth and self.size < self._most and now >= self._try_at:
            self._ladder.append((self.size, speed))
            self.size = min(2 * self.size, self._most)
            self._settled = False
        elif not worth and self._settled:
            self.size, _ = self._ladder.pop()
            self._try_at, self._patience = now + self._patience, min(2 * self._patience, LONGEST_PATIENCE)
            self._settled = False
        else:
            self._settled = True


SHORTEST_PAUSE = 0.1
"""Seconds. A Retry-After of a few milliseconds is over before the answers in the air are; it is no reason to hurry, and
a bucket gives back the time."""
FIRST_GUESS = 1.0
"""Seconds to pause where nothing believable was said; doubled while nothing is let in."""
LONGEST_GUESS = 60.0
"""Seconds."""
CATCH_UP = 0.3
"""Seconds by which a late timetable is caught up: a busy machine may stand still for that long."""
LATE = 0.1
"""Seconds by which timers may be late, without the timetable being given up. Those of Windows are by up to 0.016 s."""
MISSED = 1.5
"""Seconds of a pause that are caught up at most: the second that a bucket tells, and what it took to hear of it."""
HURRY = 2.0
"""So many times the pace, at most, while something is caught up."""
LONGEST_LOOK_AWAY = 1.0
"""Seconds after which the pace is looked at again: it may have risen since the next departure was worked out."""
NEWS = 1.0
"""Seconds by which a pause must get longer to be told about again."""


class WaitReason(Enum):
    """Why everybody waits, or should."""

    TOLD = auto()
    """The service said for how long."""
    GUESSED = auto()
    """The service refused and said nothing believable about how long."""
    TOO_LONG = auto()
    """The service asked for more than `Limits.longest_pause`; nobody waits, and that row is the caller's to fail."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Nobody sends until `until`, on the clock of `now`."""

    why: WaitReason
    until: float


class Fate(Enum):
    """What became of a request that was not throttled."""

    LET_IN = auto()
    """Answered, with whatever status: it was counted against the quota."""
    FAILED = auto()
    """No answer came: nothing is learned from that."""


@dataclass(frozen=True, slots=True)
class Throttled:
    """Refused for going too fast.

    `retry_after` is in seconds; None, or not above zero, where nothing believable was said.
    """

    retry_after: float | None


Outcome: TypeAlias = Fate | Throttled


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds that are given and not learned: requests in the air, requests a second, seconds of a pause.

    The longest pause is as long as the client's patience with one row (`wire.RetryPolicy`): what is shorter is
    waited for by all, and what is longer makes it give the row up at once.
    """

    workers: int = WORKERS
    rate: float = math.inf
    longest_pause: float = 900.0


class Pacer:
    """Decides when requests leave. All workers share one, and each tells it what became of its requests."""

    __slots__ = ("_crowd", "_guess", "_in_air", "_last", "_learned", "_left_at", "_limits", "_pause", "_paused_at")

    def __init__(self, now: float, limits: Limits | None = None) -> None:
        """Begins to measure: `now` is the moment of the first request."""
        self._limits = limits or Limits()
        self._learned = LearnedRate(now)
        self._crowd = ConcurrencyLimit(self._limits.workers, now)
        self._in_air = 0
        self._last = now - 1 / self.pace(now)
        self._left_at = -math.inf
        self._pause: Pause | None = None
        self._paused_at = -math.inf
        self._guess = FIRST_GUESS

    @property
    def pause(self) -> Pause | None:
        """Why and until when everybody waits. It may be over; None once a request has left after it."""
        return self._pause

    def pace(self, now: float) -> float:
        """Return the requests a second that may leave at this moment; infinite while no limit is known."""
        return min(self._learned.pace(now), self._limits.rate)

    def admit(self, now: float) -> float:
        """Return 0.0 when a request may be sent now, which counts it as sent.

        Else the seconds until it is worth asking again: infinite when that depends on an answer to come.
        """
        if self._in_air >= self._crowd.size:
            return math.inf
        if self._pause is not None:
            if now < self._pause.until:
                return self._pause.until - now
            self._resume(now, self._pause.why)
        gap = 1 / self.pace(now)
        departure = self._last + gap
        earliest = max(departure, self._left_at + gap / HURRY)
        if now < earliest:
            return min(earliest - now, LONGEST_LOOK_AWAY)
        self._depart(now, departure)
        self._left_at = max(earliest, now - LATE)
        return 0.0

    def answered(self, now: float, *, sent_at: float, outcome: Outcome) -> Pause | None:
        """Take what became of a request that was admitted at `sent_at`.

        Return what is worth telling the user: the pause that this began or made longer, or the one that is too long.
        """
        self._in_air -= 1
        match outcome:
            case Fate.LET_IN:
                self._learned.let_in()
                self._guess = FIRST_GUESS
                self._crowd.answered(now)
                return None
            case Fate.FAILED:
                return None
            case Throttled(seconds) if seconds is not None and seconds > self._limits.longest_pause:
                return Pause(WaitReason.TOO_LONG, now + seconds)
            case Throttled(seconds):
                told = seconds if seconds is not None and seconds > 0 else None
                belongs = sent_at <= self._paused_at or self._pause is not None
                return self._lengthen(now, told) if belongs else self._begin_pause(now, told)

    def _begin_pause(self, now: float, told: float | None) -> Pause:
        pace = self.pace(now)
        self._learned.refused(now, pace=pace, told=told, missed=now - self._last - 1 / pace)
        self._paused_at = now
        if told is not None:
            self._pause = Pause(WaitReason.TOLD, now + max(told, SHORTEST_PAUSE))
        else:
            self._pause = Pause(WaitReason.GUESSED, now + self._guess)
            self._guess = min(2 * self._guess, LONGEST_GUESS)
        return self._pause

    def _lengthen(self, now: float, told: float | None) -> Pause | None:
        """A request from before the pause was refused: the pause may get longer, or go on though it was over."""
        until = now if self._pause is None else self._pause.until
        if told is None or now + told <= until:
            return None
        self._pause = Pause(WaitReason.TOLD, now + told)
        return self._pause if self._pause.until - until >= NEWS else None

    def _resume(self, now: float, why: WaitReason) -> None:
        self._pause = None
        self._learned.resume(now, limit=self._crowd.size)
        if why is WaitReason.GUESSED:
            self._crowd.shrink(now)
        else:
            self._crowd.restart(now)
        missed = min(now - self._paused_at, MISSED) if self._learned.refills else 0.0
        self._last = now - max(1 / self.pace(now), missed)

    def _depart(self, now: float, departure: float) -> None:
        kept = now - (MISSED if self._learned.refills else CATCH_UP)
        if departure < kept:
            self._learned.idle(kept - departure)
        self._last = max(departure, kept)
        self._in_air += 1
        self._crowd.sent(self._in_air)


class Timer(Protocol):
    """What the gate needs of the world."""

    def now(self) -> float:
        """Return seconds on a clock that never goes back."""
        ...

    def wait(self, changed: threading.Condition, seconds: float | None) -> None:
        """Wait until `changed` is notified or `seconds` have passed (None: however long it takes).

        The condition is held, and let go while waiting. Returning early is allowed.
        """
        ...


class SystemTimer:
    """The machine's own clock."""

    def now(self) -> float:
        """Return the monotonic clock."""
        return time.monotonic()

    def wait(self, changed: threading.Condition, seconds: float | None) -> None:
        """Wait for real."""
        changed.wait(seconds)


class SharedGate:
    """Paces the requests of all threads; see `importer.graph.gate.Gate`.

    `on_wait(why, seconds)` is called when everybody begins to wait, or for longer than was said, from the thread that
    brought the news and with no lock held. Short waits too: whoever shows them decides what is worth a line.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        timer: Timer | None = None,
        on_wait: Callable[[WaitReason, float], None] = lambda _why, _seconds: None,
    ) -> None:
        self._limits = limits
        self._pacer: Pacer | None = None
        self._timer = timer or SystemTimer()
        self._on_wait = on_wait
        self._turn = threading.Lock()
        self._changed = threading.Condition()
        self._crowded = False
        self._stopped = False
        self._mine = threading.local()

    def wait(self) -> None:
        """Blocks until this thread may send one request. Raise Stop (exit 130) once `stop` was called."""
        with self._turn, self._changed:
            while (delay := self._ask()) > 0:
                self._crowded = delay == math.inf
                self._timer.wait(self._changed, None if self._crowded else delay)
            self._crowded = False
            self._mine.sent_at = self._timer.now()

    def answered(self, *, throttled: bool, retry_after: float | None) -> None:
        """Take what became of this thread's request. `retry_after` is in seconds, None where nothing was said."""
        self._hear(Throttled(retry_after) if throttled else Fate.LET_IN)

    def unanswered(self) -> None:
        """Take that no answer came to this thread's request."""
        self._hear(Fate.FAILED)

    def _hear(self, outcome: Outcome) -> None:
        with self._changed:
            now = self._timer.now()
            pause = self._begun(now).answered(now, sent_at=self._mine.sent_at, outcome=outcome)
            if self._crowded:
                self._changed.notify()
        if pause is not None:
            self._on_wait(pause.why, pause.until - now)

    def stop(self) -> None:
        """Wakes every thread that waits; those and all that come later get Stop. May be called more than once."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def waiting(self) -> tuple[WaitReason, float] | None:
        """Return why everybody waits and for how many seconds more; None while requests may leave."""
        with self._changed:
            now = self._timer.now()
            pause = self._begun(now).pause
        return None if pause is None or pause.until <= now else (pause.why, pause.until - now)

    def _begun(self, now: float) -> Pacer:
        """Return the pacer, which begins to measure with the first request and not when the program starts."""
        self._pacer = self._pacer or Pacer(now, self._limits)
        return self._pacer

    def _ask(self) -> float:
        if self._stopped:
            raise Stop(problem("interrupted"), ExitCode.INTERRUPTED)
        now = self._timer.now()
        return self._begun(now).admit(now)
